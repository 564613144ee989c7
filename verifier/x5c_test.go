package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestMetadataThatCannotBeRead: of an https issuer whose metadata are none, the key set of Open Badges counts; the keys of a
// malformed one never.
func TestMetadataThatCannotBeRead(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const id = "https://awards.example"
	const place = id + "/.well-known/jwt-vc-issuer"
	school := verifiertest.NewIssuer(t, w.Web, id, keys.ES256)
	w.Trusting(t, id)
	badge := school.Badge().Claims().With("/vct", sdjwt.BadgeType)
	in := sdIssue(t, school.Key(keys.ES256), badge, sdjwt.Config{})
	thief := verifiertest.NewIssuer(t, verifiertest.NewWeb(), id, keys.ES256)
	stolen := sdIssue(t, thief.Key(keys.ES256), badge, sdjwt.Config{})
	own, others := map[string]any(school.Document()), map[string]any(thief.Document())
	for _, row := range []struct {
		name  string
		serve string
		want  want
	}{
		{"keys inside", verifiertest.Doc{"issuer": id, "jwks": own}.Text(), ok()},
		{"a page", "<!doctype html><p>Welcome", ok()},
		{"an array", `["` + id + `"]`, ok()},
		{"no keys at all", verifiertest.Doc{"issuer": id}.Text(), ok()},
		{"keys both inside and elsewhere", verifiertest.Doc{"issuer": id, "jwks": others, "jwks_uri": id + "/k"}.Text(), ok()},
		{"keys at an address that nobody serves", verifiertest.Doc{"issuer": id, "jwks_uri": id + "/k"}.Text(), ok()},
		{"keys that are none", verifiertest.Doc{"issuer": id, "jwks": 5}.Text(), ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.Web.Put(place, "application/json", row.serve)
			look(t, check(t, w, in), row.want)
			look(t, check(t, w, stolen), refused(verifier.CheckProof, "jose.signature"))
		})
	}
}

// TestMetadataOfNoAddress: an issuer whose address has more than a host and a path is asked for nothing.
func TestMetadataOfNoAddress(t *testing.T) {
	w := verifiertest.NewWorld(t)
	key := w.School.Key(keys.ES256)
	for _, id := range []string{"https://awards.example/?tenant=1", "https://awards.example/#a", "https://me@awards.example/", "https:///x", "https://awards.example/%zz"} {
		before := w.Web.Requests()
		look(t, check(t, w, sdIssue(t, key, w.School.As(id).Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{})), refused(verifier.CheckBinding, "did.syntax"))
		if n := w.Web.Requests() - before; n != 0 {
			t.Errorf("%s: %d requests", id, n)
		}
	}
}

// TestMetadataOfManyIssuersIsBounded: a record with badges of many issuers asks no more addresses than anything else.
func TestMetadataOfManyIssuersIsBounded(t *testing.T) {
	w := verifiertest.NewWorld(t)
	ids := []string{w.School.ID}
	var members []any
	for i := range limits.LookUps {
		id := fmt.Sprintf("https://awards-%d.example", i)
		school := verifiertest.NewIssuer(t, w.Web, id, keys.ES256)
		w.Web.Put(id+"/.well-known/jwt-vc-issuer", "application/json", verifiertest.Doc{"issuer": id, "jwks": map[string]any(school.Document())}.Text())
		ids = append(ids, id)
		members = append(members, sdIssue(t, school.Key(keys.ES256), school.Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{}))
	}
	w.Trusting(t, ids...)
	r := check(t, w, w.School.JWT(keys.ES256, w.School.Record(members...).Claims()))
	if n := w.Web.Requests(); n != limits.LookUps || len(r.Nested) != limits.LookUps {
		t.Fatalf("%d requests\n%s", n, summary(r))
	}
	look(t, r.Nested[limits.LookUps-2].Result, ok())
	look(t, r.Nested[limits.LookUps-1].Result, unclear(verifier.CheckBinding, "limits.look_ups"))
}

// TestWhatACertificateIsFor: an issuer that is tied to no host has no certificate, and an authority is no signer of badges.
func TestWhatACertificateIsFor(t *testing.T) {
	w := verifiertest.NewWorld(t)
	a := newAuthority(t)
	self, school := verifiertest.NewKeyIssuer(t, w.Web, nil), w.School.As("https://school.example")
	w.Trusting(t, school.ID, self.ID)
	anchors := x509.NewCertPool()
	anchors.AddCert(a.cert)
	later := verifiertest.Now().Add(time.Minute)
	key, public := w.School.Key(keys.ES256), w.School.Key(keys.ES256).Public().Key
	claims := func(i *verifiertest.Issuer) verifiertest.Doc { return i.Badge().Claims().With("/vct", sdjwt.BadgeType) }
	leaf := a.certify(t, public, "school.example", later)
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name   string
		issuer *verifiertest.Issuer
		der    []byte
		want   want
	}{
		{"of the issuer's host", school, leaf, ok()},
		{"of an issuer without a host", self, leaf, unclear(bind, "binding.x5c_issuer")},
		{"of an authority", school, authorityFor(t, a, public, "school.example"), refused(bind, "binding.x5c_host")},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := verifier.New(verifier.Config{Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Anchors: anchors})
			in := sdIssue(t, key, claims(row.issuer), sdjwt.Config{Chain: [][]byte{row.der}})
			look(t, v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{}), row.want)
		})
	}
}

// TestChains: every certificate above the first vouches for the one before it, and may; a chain in another order is another key's.
func TestChains(t *testing.T) {
	w := verifiertest.NewWorld(t)
	root := newAuthority(t)
	school := w.School.As("https://school.example")
	w.Trusting(t, school.ID)
	anchors := x509.NewCertPool()
	anchors.AddCert(root.cert)
	between := func(may bool) authority {
		a := newAuthority(t)
		template := *a.cert
		template.Subject.CommonName, template.IsCA = "Between", may
		der, err := x509.CreateCertificate(rand.Reader, &template, root.cert, &a.key.PublicKey, root.key)
		if err != nil {
			t.Fatal(err)
		}
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		return a
	}
	good, plain := between(true), between(false)
	key, later := w.School.Key(keys.ES256), verifiertest.Now().Add(time.Minute)
	leaf := func(a authority) []byte { return a.certify(t, key.Public().Key, "school.example", later) }
	claims := school.Badge().Claims().With("/vct", sdjwt.BadgeType)
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name  string
		chain [][]byte
		want  want
	}{
		{"with the authority between", [][]byte{leaf(good), good.cert.Raw}, want{verifier.Valid, bind, verifier.Pass, "binding.x5c"}},
		{"with the anchor, too", [][]byte{leaf(good), good.cert.Raw, root.cert.Raw}, want{verifier.Valid, bind, verifier.Pass, "binding.x5c"}},
		{"without the authority between", [][]byte{leaf(good)}, unclear(bind, "binding.x5c_untrusted")},
		{"with another one between", [][]byte{leaf(good), plain.cert.Raw}, unclear(bind, "binding.x5c_untrusted")},
		{"with one between who may not certify", [][]byte{leaf(plain), plain.cert.Raw}, unclear(bind, "binding.x5c_untrusted")},
		{"in the wrong order", [][]byte{good.cert.Raw, leaf(good)}, refused(verifier.CheckProof, "jose.signature")},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := verifier.New(verifier.Config{Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Anchors: anchors})
			look(t, v.Check(t.Context(), verifier.Input{Text: certifiedBy(t, key, claims, row.chain...)}, verifier.Policy{}), row.want)
		})
	}
}

// authorityFor is a certificate for a host that may itself sign certificates.
func authorityFor(t *testing.T, a authority, key crypto.PublicKey, host string) []byte {
	t.Helper()
	cert := *a.cert
	cert.DNSNames, cert.RawSubject = []string{host}, nil
	der, err := x509.CreateCertificate(rand.Reader, &cert, a.cert, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestTheAuthoritiesOfTheWebAreNotAsked: an authority that the machine relies on for web servers vouches for no issuer. The test runs
// itself again, on a machine that relies on the authority of the test.
func TestTheAuthoritiesOfTheWebAreNotAsked(t *testing.T) {
	const name = "LAUREL_TEST_AUTHORITY"
	if file := os.Getenv(name); file != "" {
		underAnAuthorityOfTheWeb(t, file)
		return
	}
	a := newAuthority(t)
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authority.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), name+"="+file, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func underAnAuthorityOfTheWeb(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cert, rest := pem.Decode(text)
	private, _ := pem.Decode(rest)
	a := authority{key: &ecdsa.PrivateKey{}}
	if a.cert, err = x509.ParseCertificate(cert.Bytes); err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(private.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if a.key, _ = key.(*ecdsa.PrivateKey); a.key.Curve != elliptic.P256() {
		t.Fatal("another key")
	}
	w := verifiertest.NewWorld(t)
	school := w.School.As("https://school.example")
	w.Trusting(t, school.ID)
	leaf := a.certify(t, w.School.Key(keys.ES256).Public().Key, "school.example", verifiertest.Now().Add(time.Minute))
	parsed, err := x509.ParseCertificate(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify(x509.VerifyOptions{CurrentTime: verifiertest.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Fatalf("the machine does not rely on the authority of the test: %v", err)
	}
	in := sdIssue(t, w.School.Key(keys.ES256), school.Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{Chain: [][]byte{leaf}})
	look(t, check(t, w, in), unclear(verifier.CheckBinding, "binding.x5c_untrusted"))
}
