package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// certificate makes a self-signed certificate, in standard base64.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a.example"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestReadMembersTakesTheNamedMembersOnly(t *testing.T) {
	key := generate(t, keys.ES256)
	cert := certificate(t)
	for _, c := range []struct {
		name, header, code string
		members            []string
	}{
		{"a member of the list", `{"alg":"ES256","kid":"k"}`, "", []string{"alg", "kid"}},
		{"one that Read takes and the list does not", `{"alg":"ES256","iss":"k"}`, "jose.header_not_allowed", []string{"alg", "kid"}},
		{"a chain", `{"alg":"ES256","x5c":["` + cert + `"]}`, "", []string{"alg", "x5c"}},
		{"a chain of two", `{"alg":"ES256","x5c":["` + cert + `","` + cert + `"]}`, "", []string{"alg", "x5c"}},
		{"a chain that is not on the list", `{"alg":"ES256","x5c":["` + cert + `"]}`, "jose.header_not_allowed", []string{"alg"}},
		{"no certificate", `{"alg":"ES256","x5c":[]}`, "jose.x5c", []string{"alg", "x5c"}},
		{"a string", `{"alg":"ES256","x5c":"` + cert + `"}`, "jose.x5c", []string{"alg", "x5c"}},
		{"a number", `{"alg":"ES256","x5c":[1]}`, "jose.x5c", []string{"alg", "x5c"}},
		{"nine certificates", `{"alg":"ES256","x5c":["` + cert + strings.Repeat(`","`+cert, 8) + `"]}`, "jose.x5c", []string{"alg", "x5c"}},
		{"a line feed", `{"alg":"ES256","x5c":["` + cert[:64] + `\n` + cert[64:] + `"]}`, "jose.x5c", []string{"alg", "x5c"}},
		{"no certificate inside", `{"alg":"ES256","x5c":["AAAA"]}`, "jose.x5c", []string{"alg", "x5c"}},
		{"crit, whatever the list says", `{"alg":"ES256","crit":["exp"]}`, "jose.crit", []string{"alg"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := jose.ReadMembers([]byte(signed(t, key, c.header, payload)), c.members...)
			want(t, err, c.code)
			if err == nil && strings.Count(c.header, cert) != len(m.Header.Chain) {
				t.Fatalf("%d certificates", len(m.Header.Chain))
			}
		})
	}
}
