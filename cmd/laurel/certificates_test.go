package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// authority signs certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// certify makes a certificate under a, or under itself.
func (a *authority) certify(t *testing.T, template *x509.Certificate, public any) []byte {
	t.Helper()
	above := a.cert
	if above == nil {
		above = template
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(1), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, above, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newAuthority(t *testing.T, name string, above *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key}
	by := above
	if by == nil {
		by = a
	}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true}
	if a.cert, err = x509.ParseCertificate(by.certify(t, template, key.Public())); err != nil {
		t.Fatal(err)
	}
	return a
}

func pemOf(ders ...[]byte) string {
	var out bytes.Buffer
	for _, der := range ders {
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	return out.String()
}

// A key of the keyring is requested to be certified, and the chain that comes back belongs to it, without the anchor.
func TestCertificatesFindTheirKeys(t *testing.T) {
	dir := t.TempDir()
	a, award := awardedIn(t, dir)
	root := newAuthority(t, "Root", nil)
	middle := newAuthority(t, "Middle", root)
	var made [][]byte
	for _, alg := range []string{"ES256", "ES384", "EdDSA", "RS256"} {
		var out bytes.Buffer
		if code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: io.Discard}, []string{"keys", "csr", "--alg", alg, "--data", dir}); code != 0 {
			t.Fatalf("%s: exit %d", alg, code)
		}
		block, _ := pem.Decode(out.Bytes())
		request, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil || request.CheckSignature() != nil || request.Subject.CommonName != "Example School" {
			t.Fatalf("%s: %v, %+v", alg, err, request)
		}
		made = append(made, middle.certify(t, &x509.Certificate{Subject: request.Subject}, request.PublicKey))
	}
	path := filepath.Join(dir, "chains.pem")
	if err := os.WriteFile(path, []byte(pemOf(made[0], middle.cert.Raw, root.cert.Raw, made[1])), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readCertificates(path)
	if err != nil {
		t.Fatal(err)
	}
	for alg, want := range map[keys.Algorithm]int{keys.ES256: 2, keys.ES384: 1, keys.EdDSA: 0} {
		key, err := a.keys.Signer(t.Context(), award.IssuerID, alg)
		if err != nil {
			t.Fatal(err)
		}
		if chain := got.Chain(key.Public()); len(chain) != want {
			t.Errorf("%s: %d certificates, want %d", alg, len(chain), want)
		}
	}
	if none, err := readCertificates(""); err != nil || len(none) != 0 {
		t.Errorf("without a file: %v, %v", none, err)
	}
}

func TestCertificatesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	root := newAuthority(t, "Root", nil)
	own := &authority{key: root.key}
	for name, text := range map[string]string{
		"nothing":                      "",
		"no certificate":               "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"an authority alone":           pemOf(root.cert.Raw),
		"a key that signed for itself": pemOf(own.certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "Own"}}, own.key.Public())),
	} {
		path := filepath.Join(dir, "c.pem")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCertificates(path); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readCertificates(filepath.Join(dir, "none.pem")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file that is not there: %v", err)
	}
}
