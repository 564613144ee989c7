package keys

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
)

// sealVersion is the first byte of a sealed key: AES-256-GCM with a random nonce over PKCS #8.
const sealVersion = 1

// rsaBits is the size of new RSA keys.
const rsaBits = 2048

// Private is a private key held in this process. It is a Signer. Printing it shows the public part only.
type Private struct{ s *signer }

// Generate makes a new key. A nil random means crypto/rand, which the standard library takes for ECDSA and RSA in any case.
// The key has no ID until it was sealed and opened under one, or WithID gave it one.
func Generate(alg Algorithm, random io.Reader) (Private, error) {
	if random == nil {
		random = rand.Reader
	}
	var key crypto.Signer
	var err error
	switch alg {
	case ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), random)
	case ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), random)
	case ES512:
		key, err = ecdsa.GenerateKey(elliptic.P521(), random)
	case EdDSA:
		_, key, err = ed25519.GenerateKey(random)
	case RS256:
		key, err = rsa.GenerateKey(random, rsaBits)
	default:
		err = fmt.Errorf("not an algorithm of ours")
	}
	if err != nil {
		return Private{}, fmt.Errorf("new key for %q: %w", string(alg), err)
	}
	return private("", alg, key)
}

func private(id string, alg Algorithm, key crypto.Signer) (Private, error) {
	s, err := newSigner(id, alg, key)
	return Private{s}, err
}

// WithID returns the same key under that ID.
func (p Private) WithID(id string) Private {
	if p.s == nil {
		return p
	}
	s := *p.s
	s.public.ID = id
	return Private{&s}
}

// Public implements Signer. The zero Private has the zero Public.
func (p Private) Public() Public {
	if p.s == nil {
		return Public{}
	}
	return p.s.public
}

// Sign implements Signer.
func (p Private) Sign(message []byte) ([]byte, error) {
	if p.s == nil {
		return nil, fmt.Errorf("signing: there is no key")
	}
	return p.s.Sign(message)
}

// Format implements fmt.Formatter: whatever the verb, the private part is not printed.
func (p Private) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "private key %s (%s)", p.Public().ID, p.Public().Alg)
}

// Seal encrypts the key under kek. It can be opened only under the same kek and the same id.
func (p Private) Seal(kek KEK, id string) ([]byte, error) {
	if p.s == nil {
		return nil, fmt.Errorf("sealing key %s: there is no key", id)
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.s.key)
	if err != nil {
		return nil, fmt.Errorf("sealing key %s: %w", id, err)
	}
	defer clear(der)
	aead, err := kek.aead()
	if err != nil {
		return nil, fmt.Errorf("sealing key %s: %w", id, err)
	}
	return aead.Seal([]byte{sealVersion}, nil, der, associated(id)), nil
}

// Open decrypts what Seal made. The key gets id as its ID. An error means that kek or id is another one, or that the
// bytes were changed.
func Open(kek KEK, id string, sealed []byte) (Private, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return Private{}, fmt.Errorf("sealed key %s: the version is not known", id)
	}
	aead, err := kek.aead()
	if err != nil {
		return Private{}, fmt.Errorf("sealed key %s: %w", id, err)
	}
	der, err := aead.Open(nil, nil, sealed[1:], associated(id))
	if err != nil {
		return Private{}, fmt.Errorf("sealed key %s: it does not fit this key-encryption key: %w", id, err)
	}
	defer clear(der)
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return Private{}, fmt.Errorf("sealed key %s: %w", id, err)
	}
	switch k := key.(type) {
	case *ecdsa.PrivateKey:
		if c, ok := curveOf(&k.PublicKey); ok {
			return private(id, c.alg, k)
		}
	case ed25519.PrivateKey:
		return private(id, EdDSA, k)
	case *rsa.PrivateKey:
		return private(id, RS256, k)
	}
	return Private{}, fmt.Errorf("sealed key %s: a key of the type %T is not used", id, key)
}

func associated(id string) []byte { return append([]byte{sealVersion}, id...) }

func (k KEK) aead() (cipher.AEAD, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("there is no key-encryption key")
	}
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
