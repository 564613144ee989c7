package keys

import (
	"math/big"
	"strings"
)

// base58 is the alphabet of base58-btc, without 0, O, I and l.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// Digits are converted ten at a time: 58¹⁰ is the highest power in a machine word.
const (
	base58Run   = 10
	base58Power = 430_804_206_899_405_824
)

// EncodeBase58 writes base58-btc: a number in base 58, and one "1" for each leading zero byte.
func EncodeBase58(src []byte) string {
	n, power, rest := new(big.Int).SetBytes(src), new(big.Int).SetUint64(base58Power), new(big.Int)
	out := make([]byte, len(src)*138/100+1+base58Run)
	i := len(out)
	for n.Sign() > 0 {
		n.DivMod(n, power, rest)
		run := rest.Uint64()
		for k := 0; k < base58Run && (run > 0 || n.Sign() > 0); k++ {
			i--
			out[i] = base58[run%58]
			run /= 58
		}
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
	n, factor, digits := new(big.Int), new(big.Int), new(big.Int)
	leading := len(s) - len(strings.TrimLeft(s, base58[:1]))
	for from := 0; from < len(s); from += base58Run {
		run, power := uint64(0), uint64(1)
		for i := from; i < min(from+base58Run, len(s)); i++ {
			digit := strings.IndexByte(base58, s[i])
			if digit < 0 {
				return nil, false
			}
			run, power = 58*run+uint64(digit), 58*power
		}
		n.Add(n.Mul(n, factor.SetUint64(power)), digits.SetUint64(run))
	}
	return append(make([]byte, leading), n.Bytes()...), true
}
