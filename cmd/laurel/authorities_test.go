package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// TestAuthorities: a file of authorities is taken, and one that is missing, empty or holds anything else is refused at the start.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(isCA bool) string {
		c := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: isCA, BasicConstraintsValid: true,
			NotBefore: time.Unix(0, 0), NotAfter: time.Unix(4e9, 0),
		}
		der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	for name, row := range map[string]struct {
		text string
		good bool
	}{
		"an authority":             {certificate(true), true},
		"two authorities":          {certificate(true) + certificate(true), true},
		"the certificate of a key": {certificate(false), false},
		"no certificate":           {"hello", false},
		"a broken certificate":     {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "authorities.pem")
			if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			pool, err := readAuthorities(path)
			if (err == nil && pool != nil) != row.good || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%v %v", pool, err)
			}
		})
	}
	if pool, err := readAuthorities(""); pool != nil || err != nil {
		t.Errorf("no file: %v %v", pool, err)
	}
	if _, err := readAuthorities(filepath.Join(t.TempDir(), "nothing")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file that is not there: %v", err)
	}
}
