package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
)

var message = make([]byte, 4096)

// The raw primitive beside our Sign, over the same bytes.
func BenchmarkSign(b *testing.B) {
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	b.Run("ES256/raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(message)
			if _, err := ecdsa.SignASN1(rand.Reader, ec, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ES256/ours", func(b *testing.B) {
		s, _ := keys.NewSigner("k", keys.ES256, ec)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(message); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("EdDSA/raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Sign(ed, message)
		}
	})
	b.Run("EdDSA/ours", func(b *testing.B) {
		s, _ := keys.NewSigner("k", keys.EdDSA, ed)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(message); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The raw primitive beside our Verify, and what parsing a key costs.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range all() {
		k := generated()[alg]
		sig, _ := k.Sign(message)
		p := k.Public()
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Verify(message, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	sum := sha256.Sum256(message)
	der, _ := ecdsa.SignASN1(rand.Reader, private, sum[:])
	b.Run("ES256/raw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sum := sha256.Sum256(message)
			ecdsa.VerifyASN1(&private.PublicKey, sum[:], der)
		}
	})
	b.Run("ParseJWK/ES256", func(b *testing.B) {
		v := parse(b, string(generated()[keys.ES256].Public().JWK()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.ParseJWK(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ParseJWK/EdDSA", func(b *testing.B) {
		v := parse(b, string(generated()[keys.EdDSA].Public().JWK()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.ParseJWK(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ParseJWK/RS256", func(b *testing.B) {
		v := parse(b, string(generated()[keys.RS256].Public().JWK()))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := keys.ParseJWK(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
