package dataintegrity

import (
	"math/big"
	"strings"
)

// base58 is the alphabet of base58-btc, without 0, O, I and l.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// proofText bounds a proof value, because base58 takes quadratic time: 96 bytes are 132 characters.
const proofText = 160

// encodeMultibase writes multibase base58-btc.
func encodeMultibase(src []byte) string {
	n, base, digit := new(big.Int).SetBytes(src), big.NewInt(58), new(big.Int)
	out := make([]byte, len(src)*138/100+2)
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
	i--
	out[i] = 'z'
	return string(out[i:])
}

// decodeMultibase reads multibase base58-btc of at most proofText characters.
func decodeMultibase(s string) ([]byte, bool) {
	if len(s) < 2 || len(s) > proofText || s[0] != 'z' {
		return nil, false
	}
	s = s[1:]
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
