package keys

import (
	"math/big"
	"strings"
)

// base58 is the alphabet of base58-btc, without 0, O, I and l.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// Digits are written five and read ten at a time: 58⁵ and 58¹⁰ are the highest powers in 32 and 64 bits.
const (
	base58Limb = 58 * 58 * 58 * 58 * 58
	base58Run  = 10
)

// EncodeBase58 writes base58-btc: a number in base 58, and one "1" for each leading zero byte.
func EncodeBase58(src []byte) string {
	limbs := make([]uint64, 0, len(src)*138/500+1) // of five digits, the lowest first
	for i, n := 0, len(src)%4; i < len(src); i, n = i+n, 4 {
		carry := uint64(0)
		for _, b := range src[i : i+n] {
			carry = carry<<8 | uint64(b)
		}
		for k := range limbs {
			carry += limbs[k] << (8 * n)
			limbs[k], carry = carry%base58Limb, carry/base58Limb
		}
		for ; carry > 0; carry /= base58Limb {
			limbs = append(limbs, carry%base58Limb)
		}
	}
	out := make([]byte, len(src)+5*len(limbs))
	i := len(out)
	for k, limb := range limbs {
		for digit := 0; digit < 5 && (limb > 0 || k < len(limbs)-1); digit++ {
			i--
			out[i] = base58[limb%58]
			limb /= 58
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
