package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/openlaurel/laurel/internal/fault"
)

// Verify checks a signature in the JOSE form over message. The error is a *fault.Defect: jose.signature when it does not
// hold, key.alg_mismatch when Alg is not the one for the kind of Key, key.unsupported.
func (p Public) Verify(message, signature []byte) error {
	holds := false
	switch k := p.Key.(type) {
	case *ecdsa.PublicKey:
		c, ok := curveOf(k)
		if !ok || c.alg != p.Alg {
			return p.mismatch()
		}
		holds = verifyECDSA(c, k, message, signature)
	case ed25519.PublicKey:
		if p.Alg != EdDSA {
			return p.mismatch()
		}
		holds = len(k) == ed25519.PublicKeySize && len(signature) == ed25519.SignatureSize && ed25519.Verify(k, message, signature)
	case *rsa.PublicKey:
		if p.Alg != RS256 {
			return p.mismatch()
		}
		digest := sha256.Sum256(message)
		holds = len(signature) == k.Size() && rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature) == nil
	default:
		return fault.Wrong("key.unsupported", "", "a key of the type %T is not read", p.Key)
	}
	if !holds {
		return fault.Wrong("jose.signature", "", "the signature does not fit the content and the key")
	}
	return nil
}

func (p Public) mismatch() error {
	return fault.Wrong("key.alg_mismatch", "/alg", "the key cannot make signatures of %.20q", string(p.Alg))
}

// verifyECDSA takes r‖s in fixed length (RFC 7518 §3.4) with both in [1, n−1].
func verifyECDSA(c *curve, k *ecdsa.PublicKey, message, signature []byte) bool {
	if len(signature) != 2*c.size {
		return false
	}
	r, s := signature[:c.size], signature[c.size:]
	if !c.inRange(r) || !c.inRange(s) {
		return false
	}
	var buf [derMax]byte
	var sum [sha512.Size]byte
	return ecdsa.VerifyASN1(k, c.digest(sum[:0], message), appendDER(buf[:0], r, s))
}

func (c *curve) inRange(scalar []byte) bool {
	if string(scalar) >= c.order {
		return false
	}
	for _, b := range scalar {
		if b != 0 {
			return true
		}
	}
	return false
}

// digest appends the hash that JOSE pairs with the curve.
func (c *curve) digest(dst, message []byte) []byte {
	switch c.alg {
	case ES384:
		sum := sha512.Sum384(message)
		return append(dst, sum[:]...)
	case ES512:
		sum := sha512.Sum512(message)
		return append(dst, sum[:]...)
	}
	sum := sha256.Sum256(message)
	return append(dst, sum[:]...)
}

// Equal reports whether both are the same key for the same algorithm, whatever they are called.
func (p Public) Equal(other Public) bool {
	k, ok := p.Key.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && p.Alg == other.Alg && k.Equal(other.Key)
}
