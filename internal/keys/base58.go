package keys

import (
	"math/big"
	"strings"
)

// base58 is the alphabet of base58-btc, without 0, O, I and l.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// EncodeBase58 writes base58-btc: a number in base 58, and one "1" for each leading zero byte.
func EncodeBase58(src []byte) string {
	n, base, digit := new(big.Int).SetBytes(src), big.NewInt(58), new(big.Int)
	out := make([]byte, len(src)*138/100+1)
	i := len(out)
	for n.Sign() > 0 {
		n.DivMod(n, base, digit)
		i--
		out[i] = base58[digit.Int64()]
	}
	for _, b := range src {
		if b != 0 {
			break
		}
		i--
		out[i] = base58[0]
	}
	return string(out[i:])
}

// DecodeBase58 reads base58-btc; ok is false for another character. The caller bounds its length: the time is quadratic.
func DecodeBase58(s string) (src []byte, ok bool) {
	n, base := new(big.Int), big.NewInt(58)
	leading := len(s) - len(strings.TrimLeft(s, base58[:1]))
	for i := range len(s) {
		digit := strings.IndexByte(base58, s[i])
		if digit < 0 {
			return nil, false
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(digit)))
	}
	return append(make([]byte, leading), n.Bytes()...), true
}
