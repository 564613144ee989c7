package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// opaque lends one of our keys to go-jose.
type opaque struct {
	k   keys.Private
	alg keys.Algorithm
}

func (o opaque) Public() *jose.JSONWebKey { return &jose.JSONWebKey{Key: o.k.Public().Key} }
func (o opaque) Algs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.SignatureAlgorithm(o.alg)}
}
func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	return o.k.Sign(payload)
}

func kek(t testing.TB) keys.KEK {
	t.Helper()
	k, err := keys.NewKEK(nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedKeysOpenUnderTheSameNameAndKeyOnly(t *testing.T) {
	t.Parallel()
	secret := kek(t)
	for _, alg := range all() {
		k := generated()[alg]
		sealed, err := k.Seal(secret, "did:web:a.example#k1")
		if err != nil {
			t.Fatal(err)
		}
		open, err := keys.Open(secret, "did:web:a.example#k1", sealed)
		if err != nil || open.Public().ID != "did:web:a.example#k1" || !open.Public().Equal(k.Public()) {
			t.Fatalf("%s: %v", alg, err)
		}
		sig, err := open.Sign([]byte("m"))
		if err != nil || k.Public().Verify([]byte("m"), sig) != nil {
			t.Errorf("%s: the opened key signs otherwise: %v", alg, err)
		}
		again, _ := k.Seal(secret, "did:web:a.example#k1")
		if bytes.Equal(sealed, again) {
			t.Error("two seals are the same: the nonce is not random")
		}
		for name, f := range map[string]func() (keys.Private, error){
			"another id":         func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k2", sealed) },
			"another secret":     func() (keys.Private, error) { return keys.Open(kek(t), "did:web:a.example#k1", sealed) },
			"no secret":          func() (keys.Private, error) { return keys.Open(keys.KEK{}, "did:web:a.example#k1", sealed) },
			"a changed byte":     func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k1", flip(sealed, 40)) },
			"another version":    func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k1", flip(sealed, 0)) },
			"a byte less":        func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k1", sealed[:len(sealed)-1]) },
			"the version only":   func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k1", sealed[:1]) },
			"nothing was sealed": func() (keys.Private, error) { return keys.Open(secret, "did:web:a.example#k1", nil) },
		} {
			if _, err := f(); err == nil {
				t.Errorf("%s: %s opens it", alg, name)
			}
		}
	}
	if _, err := generated()[keys.ES256].Seal(keys.KEK{}, "k"); err == nil {
		t.Error("a key is sealed under no key")
	}
}

func TestTheZeroPrivateDoesNothing(t *testing.T) {
	t.Parallel()
	var k keys.Private
	if _, err := k.Sign(nil); err == nil {
		t.Error("it signs")
	}
	if _, err := k.Seal(kek(t), "k"); err == nil {
		t.Error("it is sealed")
	}
	if k.WithID("k").Public() != (keys.Public{}) {
		t.Error("it has a public key")
	}
}

func TestGenerateRefusesUnknownAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []keys.Algorithm{"", "none", "HS256", "PS256"} {
		if _, err := keys.Generate(alg, nil); err == nil {
			t.Errorf("%q makes a key", alg)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	secret := kek(t)
	k := generated()[keys.EdDSA].WithID("k1")
	sealed, err := k.Seal(secret, "k1")
	if err != nil {
		t.Fatal(err)
	}
	open, _ := keys.Open(secret, "k1", sealed)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		if got := fmt.Sprintf(verb, secret); got != "key-encryption key" {
			t.Errorf("%s of a KEK: %s", verb, got)
		}
		if got := fmt.Sprintf(verb, open); got != "private key k1 (EdDSA)" {
			t.Errorf("%s of a private key: %s", verb, got)
		}
	}
	if out, _ := json.Marshal(map[string]any{"kek": secret, "key": open}); string(out) != `{"kek":"key-encryption key","key":{}}` {
		t.Errorf("%s", out)
	}
}

func TestParseKEK(t *testing.T) {
	t.Parallel()
	secret := kek(t)
	text := string(secret.Text())
	line := strings.TrimSuffix(text, "\n")
	for _, c := range []struct {
		name, file string
		ok         bool
	}{
		{"the file as it was written", text, true},
		{"without the end of the line", line, true},
		{"with a Windows end of line", line + "\r\n", true},
		{"nothing", "", false},
		{"another mark", strings.Replace(text, "-1:", "-2:", 1), false},
		{"without the mark", strings.TrimPrefix(text, "laurel-kek-1:"), false},
		{"a character less", line[:len(line)-1], false},
		{"a character more", line + "A", false},
		{"a line feed inside", line[:20] + "\n" + line[20:], false},
		{"a space before", " " + text, false},
		{"zeros", "laurel-kek-1:" + strings.Repeat("A", 43), false},
	} {
		got, err := keys.ParseKEK([]byte(c.file))
		if c.ok != (err == nil) || c.ok && got != secret || !c.ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := keys.NewKEK(iotest.ErrReader(errors.New("no randomness"))); err == nil {
		t.Error("a key is made without randomness")
	}
	if _, err := keys.NewKEK(bytes.NewReader(make([]byte, 32))); err == nil {
		t.Error("a key of zeros is made")
	}
}

// device is a key that sits elsewhere and answers what it likes.
type device struct {
	public crypto.PublicKey
	answer func(digest []byte) ([]byte, error)
}

func (d device) Public() crypto.PublicKey { return d.public }
func (d device) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return d.answer(digest)
}

func TestNewSignerOverAnyCryptoSigner(t *testing.T) {
	t.Parallel()
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	rs, _ := rsa.GenerateKey(rand.Reader, 2048)
	ec384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	for alg, key := range map[keys.Algorithm]crypto.Signer{keys.ES256: ec, keys.ES384: ec384, keys.EdDSA: ed, keys.RS256: rs} {
		for range 50 { // r and s have leading zeros now and then
			s, err := keys.NewSigner("k1", alg, key)
			if err != nil {
				t.Fatal(err)
			}
			sig, err := s.Sign([]byte("m"))
			if err != nil || s.Public().ID != "k1" || s.Public().Verify([]byte("m"), sig) != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			if alg == keys.RS256 {
				break
			}
		}
	}
	if _, err := keys.NewSigner("k1", keys.ES384, ec); err == nil {
		t.Error("P-256 becomes a signer for ES384")
	}
	if _, err := keys.NewSigner("k1", keys.ES256, nil); err == nil {
		t.Error("nothing becomes a signer")
	}
}

func TestSignaturesOfADeviceAreCheckedInForm(t *testing.T) {
	t.Parallel()
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	digest := sha256.Sum256([]byte("m"))
	good, _ := ecdsa.SignASN1(rand.Reader, ec, digest[:])
	der := func(r, s *big.Int) []byte { b, _ := asn1.Marshal(struct{ R, S *big.Int }{r, s}); return b }
	long := new(big.Int).Lsh(big.NewInt(1), 300)
	for _, c := range []struct {
		name   string
		answer []byte
		ok     bool
	}{
		{"DER", good, true},
		{"small numbers", der(big.NewInt(1), big.NewInt(2)), true},
		{"r too long", der(long, big.NewInt(2)), false},
		{"a byte after it", append(bytes.Clone(good), 0), false},
		{"cut", good[:len(good)-1], false},
		{"raw", make([]byte, 64), false},
		{"nothing", nil, false},
		{"only r", []byte{0x30, 3, 2, 1, 1}, false},
		{"three numbers", []byte{0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}, false},
	} {
		s, err := keys.NewSigner("k", keys.ES256, device{&ec.PublicKey, func([]byte) ([]byte, error) { return c.answer, nil }})
		if err != nil {
			t.Fatal(err)
		}
		sig, err := s.Sign([]byte("m"))
		if (err == nil) != c.ok || c.ok && len(sig) != 64 {
			t.Errorf("%s: %x, %v", c.name, sig, err)
		}
	}
	broken, _ := keys.NewSigner("k", keys.ES256, device{&ec.PublicKey, func([]byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }})
	if _, err := broken.Sign(nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the device's error is lost: %v", err)
	}
}
