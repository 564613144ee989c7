package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// ed25519Codec is the multicodec prefix of an Ed25519 public key.
const ed25519Codec = "\xed\x01"

// multikeyText bounds a Multikey, because base58 takes quadratic time. An RSA key of 4,096 bits, which is recognised and not
// read, has 720 characters.
const multikeyText = 1024

// ParseMultikey reads a public key in the Multikey form (Controlled Identifiers v1.0 §2.2.2): multibase base58-btc of a
// multicodec prefix and the key, for Ed25519, P-256 and P-384. The error is a *fault.Defect: key.syntax, key.unsupported
// for another kind of key, key.weak.
func ParseMultikey(s string) (Public, error) {
	if !strings.HasPrefix(s, "z") || len(s) > multikeyText {
		return Public{}, fault.Wrong("key.syntax", "", "a Multikey begins with z and has at most %d characters", multikeyText)
	}
	raw, ok := DecodeBase58(s[1:])
	if !ok || len(raw) < 3 {
		return Public{}, fault.Wrong("key.syntax", "", "the Multikey is not base58")
	}
	code, key := string(raw[:2]), raw[2:]
	switch code {
	case ed25519Codec:
		return NewPublic("", EdDSA, ed25519.PublicKey(key))
	case p256.codec:
		return parsePoint(&p256, key)
	case p384.codec:
		return parsePoint(&p384, key)
	}
	if code[1] == 0x26 && code[0] >= 0x80 && code[0] <= 0x87 { // multicodec 0x1300 to 0x1307: private keys
		return Public{}, fault.Wrong("key.private_leaked", "", "a private key was published")
	}
	return Public{}, fault.Wrong("key.unsupported", "", "Multikeys of this kind are not read, but those of Ed25519, P-256 and P-384")
}

func parsePoint(c *curve, point []byte) (Public, error) {
	if len(point) != 1+c.size || point[0] != 2 && point[0] != 3 {
		return Public{}, fault.Wrong("key.syntax", "", "a Multikey of %s holds a compressed point", c.name)
	}
	x, y := elliptic.UnmarshalCompressed(c.curve(), point)
	if x == nil {
		return Public{}, fault.Wrong("key.weak", "", "the point does not lie on the curve %s", c.name)
	}
	full := make([]byte, 1+2*c.size)
	full[0] = 4
	x.FillBytes(full[1 : 1+c.size])
	y.FillBytes(full[1+c.size:])
	k, err := ecdsa.ParseUncompressedPublicKey(c.curve(), full)
	if err != nil {
		return Public{}, fault.Wrong("key.weak", "", "the point does not lie on the curve %s", c.name)
	}
	return Public{Alg: c.alg, Key: k}, nil
}

// Multikey returns the key in the Multikey form, and "" for RSA, for which Controlled Identifiers v1.0 defines none, and P-521.
func (p Public) Multikey() string {
	switch k := p.Key.(type) {
	case ed25519.PublicKey:
		return "z" + EncodeBase58(append([]byte(ed25519Codec), k...))
	case *ecdsa.PublicKey:
		c, ok := curveOf(k)
		point, err := k.Bytes()
		if !ok || c.codec == "" || err != nil {
			return ""
		}
		out := append([]byte(c.codec), 2+point[len(point)-1]&1) // SEC 1 §2.3.3: the parity of y
		return "z" + EncodeBase58(append(out, point[1:1+c.size]...))
	}
	return ""
}
