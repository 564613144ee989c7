// Package keys owns public and private signing keys: algorithms, JWK (RFC 7517), Multikey, thumbprints (RFC 7638), and
// the sealing of private keys at rest.
//
// It refuses weak keys (RSA under 2,048 bits, small-order Ed25519 points, points off the curve), JWKs that carry a
// private member, and a label that does not fit the key.
package keys

import (
	"crypto"
)

// Algorithm is a JOSE signature algorithm of the closed list below (RFC 7518, RFC 8037).
type Algorithm string

// The closed list. Whatever is not here is refused.
const (
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512" // read, and signed for the official suites; no issuer has such a key
	EdDSA Algorithm = "EdDSA"
)

// ParseAlgorithm returns the algorithm of that exact name; ok is false for anything else, "none" above all.
func ParseAlgorithm(name string) (alg Algorithm, ok bool) {
	switch a := Algorithm(name); a {
	case RS256, ES256, ES384, ES512, EdDSA:
		return a, true
	}
	return "", false
}

// Public is a public key with what its publisher says about it.
type Public struct {
	ID  string           // kid, or DID URL of the verification method; may be empty
	Alg Algorithm        // the one algorithm that this key is for
	Key crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey, already checked for strength
}

// Signer is a private key that may sit outside the process. Sign takes the message itself, not a digest, and returns
// the JOSE form of the signature (r‖s for ECDSA, RFC 7518 §3.4).
type Signer interface {
	Public() Public
	Sign(message []byte) (signature []byte, err error)
}
