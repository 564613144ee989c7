package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
)

// NewSigner makes a Signer of any crypto.Signer, such as a key in a hardware module. id becomes Public().ID. A key that
// is weak or not for alg is refused with the *fault.Defect of NewPublic.
func NewSigner(id string, alg Algorithm, s crypto.Signer) (Signer, error) {
	return newSigner(id, alg, s)
}

func newSigner(id string, alg Algorithm, s crypto.Signer) (*signer, error) {
	if s == nil {
		return nil, fmt.Errorf("signing key %s: there is none", id)
	}
	p, err := NewPublic(id, alg, s.Public())
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", id, err)
	}
	return &signer{public: p, key: s}, nil
}

type signer struct {
	public Public
	key    crypto.Signer
}

// Public implements Signer.
func (s *signer) Public() Public { return s.public }

// Sign implements Signer.
func (s *signer) Sign(message []byte) ([]byte, error) {
	switch s.public.Alg {
	case EdDSA:
		return s.key.Sign(rand.Reader, message, crypto.Hash(0))
	case RS256:
		digest := sha256.Sum256(message)
		return s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	case ES256:
		digest := sha256.Sum256(message)
		return s.ecdsa(&p256, digest[:], crypto.SHA256)
	case ES384:
		digest := sha512.Sum384(message)
		return s.ecdsa(&p384, digest[:], crypto.SHA384)
	case ES512:
		digest := sha512.Sum512(message)
		return s.ecdsa(&p521, digest[:], crypto.SHA512)
	}
	return nil, fmt.Errorf("signing with %q: not an algorithm of ours", s.public.Alg)
}

func (s *signer) ecdsa(c *curve, digest []byte, hash crypto.Hash) ([]byte, error) {
	der, err := s.key.Sign(rand.Reader, digest, hash)
	if err != nil {
		return nil, err
	}
	return joseForm(c, der)
}

// derMax is the longest DER form of a P-521 signature.
const derMax = 3 + 2*(2+1+66)

// appendDER appends SEQUENCE { INTEGER r, INTEGER s } (RFC 3279 §2.2.3). The numbers of P-521 make a sequence whose length
// takes a second byte (X.690 §8.1.3.5); all other lengths stay under 128.
func appendDER(dst, r, s []byte) []byte {
	begin := len(dst)
	dst = append(dst, 0x30, 0)
	dst = appendInteger(appendInteger(dst, r), s)
	n := len(dst) - begin - 2
	if n < 0x80 {
		dst[begin+1] = byte(n) //nolint:gosec // under 128
		return dst
	}
	dst = append(dst, 0)
	copy(dst[begin+3:], dst[begin+2:])
	dst[begin+1], dst[begin+2] = 0x81, byte(n) //nolint:gosec // at most derMax
	return dst
}

func appendInteger(dst, n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	if n[0]&0x80 != 0 {
		dst = append(dst, 0x02, byte(len(n)+1), 0) //nolint:gosec // at most 67
	} else {
		dst = append(dst, 0x02, byte(len(n))) //nolint:gosec // at most 66
	}
	return append(dst, n...)
}

// joseForm turns the DER form into r‖s in fixed length (RFC 7518 §3.4).
func joseForm(c *curve, der []byte) ([]byte, error) {
	out := make([]byte, 2*c.size)
	if len(der) > 3 && der[0] == 0x30 && der[1] == 0x81 && der[2] >= 0x80 {
		der = der[1:] // the length stands in the second byte
	} else if len(der) < 2 || der[0] != 0x30 || der[1] >= 0x80 {
		return nil, errNotDER(c)
	}
	if int(der[1]) != len(der)-2 {
		return nil, errNotDER(c)
	}
	rest, ok := takeInteger(out[:c.size], der[2:])
	if ok {
		rest, ok = takeInteger(out[c.size:], rest)
	}
	if !ok || len(rest) != 0 {
		return nil, errNotDER(c)
	}
	return out, nil
}

// takeInteger copies the DER INTEGER at the start of src, right-aligned, into dst and returns what follows it.
func takeInteger(dst, src []byte) (rest []byte, ok bool) {
	if len(src) < 3 || src[0] != 0x02 || int(src[1]) > len(src)-2 || src[1] == 0 {
		return nil, false
	}
	n, rest := src[2:2+src[1]], src[2+src[1]:]
	if n[0] == 0 {
		n = n[1:]
	}
	if len(n) > len(dst) {
		return nil, false
	}
	copy(dst[len(dst)-len(n):], n)
	return rest, true
}

func errNotDER(c *curve) error {
	return fmt.Errorf("signing with %s: the key's holder returned no ASN.1 signature", c.alg)
}
