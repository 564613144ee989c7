package crosscheck_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
	"github.com/openlaurel/laurel/test/pgtest"
	"github.com/openlaurel/laurel/verifier"
)

// authority signs certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// certify makes a certificate of a public key, which ends then.
func (a authority) certify(t *testing.T, template x509.Certificate, public any, end time.Time) *x509.Certificate {
	t.Helper()
	above := a.cert
	if above == nil {
		above = &template
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-2*time.Hour), end
	der, err := x509.CreateCertificate(rand.Reader, &template, above, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// newAuthority makes one under another, or under itself when that is nil. One that may not is an authority by name alone.
func newAuthority(t *testing.T, name string, above *authority, may bool) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{key: key}
	by := a
	if above != nil {
		by = *above
	}
	template := x509.Certificate{Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true, IsCA: may, KeyUsage: x509.KeyUsageCertSign}
	a.cert = by.certify(t, template, key.Public(), time.Now().Add(time.Hour))
	return a
}

// pemFile writes certificates as PEM.
func pemFile(t *testing.T, certs ...*x509.Certificate) string {
	t.Helper()
	var out bytes.Buffer
	for _, c := range certs {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "certificates.pem")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certifiedIssuer is a deployment at a host with a name, an issuer on it, and what its key is certified by.
type certifiedIssuer struct {
	*laureltest.Deployment
	did          string
	root, middle authority
	request      *x509.CertificateRequest
	chain        string // where the service reads its certificates from
	awards       int
}

func newCertifiedIssuer(t *testing.T) *certifiedIssuer {
	t.Helper()
	port := pgtest.FreePort(t)
	c := &certifiedIssuer{root: newAuthority(t, "Root", nil, true), chain: filepath.Join(t.TempDir(), "chain.pem")}
	c.middle = newAuthority(t, "Middle", &c.root, true)
	base := fmt.Sprintf("http://localhost:%d", port)
	c.Deployment = laureltest.New(t, laureltest.Build(t), "", fmt.Sprintf("LAUREL_LISTEN=127.0.0.1:%d", port), "LAUREL_BASE_URL="+base,
		"LAUREL_CERTIFICATES="+c.chain, "LAUREL_AUTHORITIES="+pemFile(t, c.root.cert))
	c.Base, c.did = base, fmt.Sprintf("did:web:localhost%%3A%d", port)
	copyFile(t, pemFile(t, c.middle.certify(t, x509.Certificate{}, newKey(t, keys.ES256).Public().Key, time.Now().Add(time.Hour))), c.chain) // of no key of ours
	c.Command(t, "issuer", "add", "--name", "School of Tests")
	c.Command(t, "achievement", "add", "--name", "First aid", "--slug", "first-aid", "--description", "Helps.", "--criteria", "Helped.")
	block, _ := pem.Decode([]byte(c.Command(t, "keys", "csr", "--alg", "ES256")))
	var err error
	if c.request, err = x509.ParseCertificateRequest(block.Bytes); err != nil {
		t.Fatal(err)
	}
	if err := c.request.CheckSignature(); err != nil || !slices.Equal(c.request.DNSNames, []string{"localhost"}) {
		t.Fatalf("the certificate is asked for %v, %v", c.request.DNSNames, err)
	}
	return c
}

// leaf certifies the issuer's key for a host.
func (c *certifiedIssuer) leaf(t *testing.T, by authority, host string, end time.Time) *x509.Certificate {
	t.Helper()
	return by.certify(t, x509.Certificate{Subject: c.request.Subject, DNSNames: []string{host}, KeyUsage: x509.KeyUsageDigitalSignature}, c.request.PublicKey, end)
}

// issued is a new SD-JWT of the issuer with the certificates of a file, made by the command line; the error is that of the command.
func (c *certifiedIssuer) issued(t *testing.T, certificates string) (string, error) {
	t.Helper()
	c.awards++
	var award laureltest.Award
	name := fmt.Sprintf("twin-%d", c.awards)
	out := c.Command(t, "award", "--achievement", "first-aid", "--name", "Ada", "--external-id", name, "--json")
	if err := json.Unmarshal([]byte(out), &award); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	file := filepath.Join(t.TempDir(), name+".sd-jwt")
	_, said, code := c.Run(t, "award", "credential", award.ID, "--form", "sd-jwt", "--alg", "ES256", "--out", file, "--certificates", certificates)
	if code != 0 {
		return "", errors.New(said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text)), nil
}

// elsewhere verifies by the command line of somebody who trusts the issuer, relies on those authorities, and reaches nobody.
func (c *certifiedIssuer) elsewhere(t *testing.T, text string, authorities ...*x509.Certificate) verifier.Check {
	t.Helper()
	dir := t.TempDir()
	trust, badge := filepath.Join(dir, "trust.txt"), filepath.Join(dir, "badge.jwt")
	for path, content := range map[string]string{trust: c.did + "\n", badge: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"verify", badge, "--json", "--data", filepath.Join(dir, "data"), "--trust", trust, "--offline"}
	if len(authorities) > 0 {
		args = append(args, "--authorities", pemFile(t, authorities...))
	}
	cmd := exec.CommandContext(t.Context(), c.Binary, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LAUREL_") })
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var r verifier.Result
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Verdict == verifier.Valid {
		t.Errorf("valid, though no status list could be read")
	}
	return r.Check(verifier.CheckBinding)
}

// TestACertifiedSDJWT: an SD-JWT VC with a chain (x5c) that the running service made holds for the service itself, for the command line
// of somebody else who relies on the authority, and for @sd-jwt with the key of the chain; and its twins do not.
func TestACertifiedSDJWT(t *testing.T) {
	npmtest.Dir(t)
	c := newCertifiedIssuer(t)
	soon := time.Now().Add(time.Hour)
	good := c.leaf(t, c.middle, "localhost", soon)
	copyFile(t, pemFile(t, good, c.middle.cert), c.chain)
	c.Start(t)
	client := c.Admin(t)
	var award laureltest.Award
	request := map[string]any{"achievement": "first-aid", "external_id": "certified", "recipient": map[string]any{"name": "Ada", "email": "ada@learner.example"}}
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", request, &award, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	var made laureltest.Credential
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards/"+award.ID+"/credentials", map[string]any{"form": "sd-jwt", "alg": "ES256"}, &made, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	text, err := client.Text(t.Context(), "/c/"+made.ID+".jwt", "*/*")
	if err != nil {
		t.Fatal(err)
	}
	text = strings.TrimSpace(text)

	var here verifier.Result
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/verify", map[string]any{"credential": text}, &here, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	if b := here.Check(verifier.CheckBinding); here.Verdict != verifier.Valid || b.Code != "binding.x5c" || here.Check(verifier.CheckStatus).Code != "status.clear" {
		t.Errorf("the service says %s: %+v", here.Verdict, here.Checks)
	}
	certifiedForOthers(t, client, text, good)
	c.twins(t, text, good, soon)
}

// certifiedForOthers lets @sd-jwt verify with the key of the first certificate, and not with another.
func certifiedForOthers(t *testing.T, client *laureltest.Client, text string, leaf *x509.Certificate) {
	t.Helper()
	read, err := sdjwt.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Header.Chain) != 2 || !read.Header.Chain[0].Equal(leaf) {
		t.Fatalf("%d certificates", len(read.Header.Chain))
	}
	key, _, err := read.ChainKey()
	if err != nil {
		t.Fatal(err)
	}
	_, all := publishedKey(t, client, read.Header.KeyID) // for the status list
	in := func(text string, k keys.Public) map[string]any {
		return map[string]any{"typ": read.Header.Type, "alg": "ES256", "sd_jwt": text, "jwk": json.RawMessage(k.JWK()), "jwks": all}
	}
	jws, rest, _ := strings.Cut(text, "~")
	var answers []struct {
		OK      bool   `json:"ok"`
		Problem string `json:"problem"`
	}
	npmtest.Run(t, "verify-sdjwt.mjs", []map[string]any{in(text, key), in(text, newKey(t, keys.ES256).Public()), in(resigned(jws)+"~"+rest, key)}, &answers)
	if len(answers) != 3 || !answers[0].OK || answers[1].OK || answers[2].OK {
		t.Errorf("@sd-jwt: %+v", answers)
	}
}

// twins are the nearest credentials that an authority does not vouch for.
func (c *certifiedIssuer) twins(t *testing.T, text string, good *x509.Certificate, soon time.Time) {
	t.Helper()
	other, namesake := newAuthority(t, "Other", nil, true), newAuthority(t, "Root", nil, true)
	plain := newAuthority(t, "Plain", &c.root, false)
	for _, row := range []struct {
		name        string
		chain       []*x509.Certificate // nil: what the service made
		authorities []*x509.Certificate
		outcome     verifier.Outcome
		code        string
	}{
		{"the authority", nil, []*x509.Certificate{c.root.cert}, verifier.Pass, "binding.x5c"},
		{"the authority and another one", nil, []*x509.Certificate{other.cert, c.root.cert}, verifier.Pass, "binding.x5c"},
		{"another authority", nil, []*x509.Certificate{other.cert}, verifier.Unknown, "binding.x5c_untrusted"},
		{"another authority of the same name", nil, []*x509.Certificate{namesake.cert}, verifier.Unknown, "binding.x5c_untrusted"},
		{"no authority", nil, nil, verifier.Unknown, "binding.x5c_untrusted"},
		{"another host", []*x509.Certificate{c.leaf(t, c.middle, "school.example", soon), c.middle.cert}, []*x509.Certificate{c.root.cert}, verifier.Fail, "binding.x5c_host"},
		{"a host above", []*x509.Certificate{c.leaf(t, c.middle, "a.localhost", soon), c.middle.cert}, []*x509.Certificate{c.root.cert}, verifier.Fail, "binding.x5c_host"},
		{"a certificate that has ended", []*x509.Certificate{c.leaf(t, c.middle, "localhost", time.Now().Add(-time.Minute)), c.middle.cert}, []*x509.Certificate{c.root.cert}, verifier.Unknown, "binding.x5c_untrusted"},
		{"a chain with a gap", []*x509.Certificate{good}, []*x509.Certificate{c.root.cert}, verifier.Unknown, "binding.x5c_untrusted"},
		{"one in the chain who may not certify", []*x509.Certificate{c.leaf(t, plain, "localhost", soon), plain.cert}, []*x509.Certificate{c.root.cert}, verifier.Unknown, "binding.x5c_untrusted"},
	} {
		t.Run(row.name, func(t *testing.T) {
			in := text
			if row.chain != nil {
				var err error
				if in, err = c.issued(t, pemFile(t, row.chain...)); err != nil {
					t.Fatal(err)
				}
			}
			if got := c.elsewhere(t, in, row.authorities...); got.Outcome != row.outcome || got.Code != row.code {
				t.Errorf("got %+v, want %s %s", got, row.outcome, row.code)
			}
		})
	}
	if out, err := c.issued(t, pemFile(t, c.middle.cert, good)); err == nil || !strings.Contains(err.Error(), "is an authority and stands first") {
		t.Errorf("certificates in the wrong order: %.60q, %v", out, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
