package wallets_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// walletProvider makes an authority and a provider of wallets for whom it vouches: the file with the one is for the service, that
// with the other for a wallet.
func walletProvider(t *testing.T) (authority, provider string) {
	t.Helper()
	dir := t.TempDir()
	make := func(name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: parent == nil,
		}
		if parent == nil {
			parent, by = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return made, key
	}
	ca, caKey := make("authority of wallets", nil, nil)
	leaf, key := make("provider of wallets", ca, caKey)
	raw, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	doc, err := json.Marshal(map[string]any{
		"key": map[string]string{"kty": "EC", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:]), "d": text(raw)},
		"x5c": []string{base64.StdEncoding.EncodeToString(leaf.Raw)},
	})
	if err != nil {
		t.Fatal(err)
	}
	authority, provider = filepath.Join(dir, "authority.pem"), filepath.Join(dir, "provider.json")
	for name, body := range map[string][]byte{authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), provider: doc} {
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return authority, provider
}

// attestedWallet runs a library of others that shows who vouches for a wallet and its keys: by the page of consent and by a code,
// with an attestation in the place of a proof and in its header. One whose provider nobody vouches for, and one that has not the key of
// its attestation, get nothing.
func attestedWallet(t *testing.T, s *service, provider string) {
	t.Helper()
	script := filepath.Join("testdata", "attested.mjs")
	out := s.run(t, script, provider, s.link(t, s.claim(t), "badge-sdjwt"), s.link(t, s.claim(t), "badge-jwt11"), agree(t))
	if out["ok"] != true || out["pushed"] != true || out["bound"] != "DPoP" {
		t.Fatalf("%v", out)
	}
	seen := map[string]bool{}
	for _, c := range elems(out["credentials"]) {
		s.verified(t, c)
		seen[fmt.Sprint(c)] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d different credentials for three keys", len(seen))
	}
	_, other := walletProvider(t)
	for name, args := range map[string][]string{"a provider for whom nobody vouches": {other}, "another's key": {provider, "stranger"}} {
		out := s.run(t, script, append([]string{args[0], s.link(t, s.claim(t), "badge-sdjwt"), s.link(t, s.claim(t), "badge-sdjwt"), agree(t)}, args[1:]...)...)
		if said := fmt.Sprint(out["error"], out["answer"]); out["ok"] != false || !strings.Contains(said, "invalid_client") || len(elems(out["credentials"])) > 0 {
			t.Errorf("%s: %v", name, out)
		}
	}
}
