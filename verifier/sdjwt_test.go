package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// sdIssue issues claims as SD-JWT with any key.
func sdIssue(t testing.TB, key keys.Signer, claims verifiertest.Doc, c sdjwt.Config, disclosable ...string) string {
	t.Helper()
	s, err := sdjwt.NewSigner(key, c)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(claims.Text()), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Issue(v, disclosable, sdjwt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out.Compact
}

// TestSDJWT: a badge as SD-JWT, whole and with parts hidden, and its nearest twins.
func TestSDJWT(t *testing.T) {
	s := newStage(t)
	es, eddsa := s.School.Key(keys.ES256), s.School.Key(keys.EdDSA)
	vct := verifiertest.Doc{"vct": sdjwt.BadgeType}
	claims := s.badge().Claims().Merge(vct)
	model := sdjwt.Config{Type: sdjwt.TypeVCDM}
	whole := s.selective(t, s.badge().With("/evidence", evidence()).With("/credentialSubject/narrative", "Long."), sdjwt.Config{})
	hidden, err := sdjwt.Present(whole, nil, nil)
	if err != nil || strings.Count(whole, "~") != 3 || strings.Count(hidden, "~") != 1 {
		t.Fatal(err, whole)
	}
	const (
		form, prf, bind = verifier.CheckForm, verifier.CheckProof, verifier.CheckBinding
		when, schema    = verifier.CheckTime, verifier.CheckSchema
	)
	other := s.Stranger.Key(keys.ES256)
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"an SD-JWT VC", whole, ok()},
		{"with everything hidden that may be", hidden, ok()},
		{"by EdDSA", sdIssue(t, eddsa, claims, sdjwt.Config{}), ok()},
		{"a VCDM document (vc+sd-jwt)", sdIssue(t, es, s.badge(), model), ok()},
		{"by the former name of SD-JWT VC", sdIssue(t, es, claims, model), ok()},
		{"a changed disclosure", strings.Replace(whole, "~", "~"+b64(`["s","x",1]`)+"~", 1), refused(form, "sdjwt.disclosure_unused")},
		{"another issuer as iss", sdIssue(t, es, claims.With("/iss", s.Stranger.ID), sdjwt.Config{}), refused(form, "claims.iss_mismatch")},
		{"another id as jti", sdIssue(t, es, claims.With("/jti", "urn:x"), sdjwt.Config{}), refused(form, "claims.jti_mismatch")},
		{"another subject as sub", sdIssue(t, es, claims.With("/sub", s.thief.ID), sdjwt.Config{}), refused(form, "claims.sub_mismatch")},
		{"a vc claim beside a VCDM document", sdIssue(t, es, s.badge().With("/vc", map[string]any{}), model), refused(form, "vc.ambiguous")},
		{"version 1.1 of the data model", sdIssue(t, es, s.oldBadge().Merge(vct), sdjwt.Config{}), refused(form, "vc.version")},
		{"another's key under the issuer's name", sdIssue(t, other.WithID(s.School.KeyID(keys.ES256)), claims, sdjwt.Config{}), refused(prf, "jose.signature")},
		{"a stranger's key", sdIssue(t, other, claims, sdjwt.Config{}), refused(bind, "key.not_bound_to_issuer")},
		{"no name of a key", sdIssue(t, es.WithID(""), claims, sdjwt.Config{}), refused(bind, "jose.no_key")},
		{"a token that ended before the credential does", sdIssue(t, es, s.badge().With("/exp", verifiertest.Now().Unix()), model), refused(when, "time.expired")},
		{"a token that begins later", sdIssue(t, es, s.badge().With("/nbf", verifiertest.Now().Unix()+1), model), refused(when, "time.not_yet_valid")},
		{"expired", sdIssue(t, es, s.badge().With("/validUntil", "2026-06-15T11:59:59Z"), model), refused(when, "time.expired")},
		{"without criteria", sdIssue(t, es, claims.Without("/credentialSubject/achievement/criteria"), sdjwt.Config{}), refused(schema, "schema.required")},
		{"a kind that is not known", sdIssue(t, es, verifiertest.Doc{"vct": "https://x.example/id", "iss": s.School.ID, "iat": 1, "name": "Ada"}, sdjwt.Config{}), unclear(schema, "schema.vct_unknown")},
		{"a kind that is not known, without dates", sdIssue(t, es, verifiertest.Doc{"vct": "https://x.example/id", "iss": s.School.ID}, sdjwt.Config{}), unclear(schema, "schema.vct_unknown")},
		{"a kind that is not known, expired", sdIssue(t, es, verifiertest.Doc{"vct": "https://x.example/id", "iss": s.School.ID, "exp": 1}, sdjwt.Config{}), refused(when, "time.expired")},
		{"no issuer at all", sdIssue(t, es, verifiertest.Doc{"vct": "https://x.example/id"}, sdjwt.Config{}), unclear(bind, "binding.no_issuer")},
		{"a status list that nobody serves", sdIssue(t, es, claims.With("/status", map[string]any{"status_list": map[string]any{"idx": 1, "uri": "https://school.example/nowhere"}}), sdjwt.Config{}),
			unclear(verifier.CheckStatus, "STATUS_RETRIEVAL_ERROR")},
		{"a status of a kind that is not known", sdIssue(t, es, claims.With("/status", map[string]any{"other": map[string]any{}}), sdjwt.Config{}), unclear(verifier.CheckStatus, "status.type_unknown")},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, s.World, row.in), row.want)
		})
	}
	r := check(t, s.World, whole)
	if r.Achievement == nil || r.Achievement.Name != "Welding" || r.Recipient.ID != s.holder.ID || r.Issuer.Domain != "school.example" || r.Form != proof.SDJWT || r.Type != sdjwt.BadgeType {
		t.Errorf("%+v", r)
	}
}

// TestSDJWTOfAnAddress: an issuer that is an https address publishes its keys as metadata of SD-JWT VC, or as key set.
func TestSDJWTOfAnAddress(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const id = "https://awards.example/tenant/1"
	const place = "https://awards.example/.well-known/jwt-vc-issuer/tenant/1"
	school := verifiertest.NewIssuer(t, w.Web, id, keys.ES256)
	w.Trusting(t, id)
	in := sdIssue(t, school.Key(keys.ES256), school.Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{})
	keySet := map[string]any(school.Document())
	stranger := map[string]any(verifiertest.NewIssuer(t, w.Web, "https://other.example", keys.ES256).As(id).Document())
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name  string
		serve func()
		want  want
	}{
		{"a key set of Open Badges", func() {}, ok()},
		{"metadata with keys", func() { w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id, "jwks": keySet}.Text()) }, ok()},
		{"metadata with the address of keys", func() {
			w.Web.Put("https://awards.example/k", "application/json", school.Document().Text())
			w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id, "jwks_uri": "https://awards.example/k"}.Text())
		}, ok()},
		{"metadata with keys elsewhere", func() {
			w.Web.Put("https://keys.example/k", "application/json", school.Document().Text())
			w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id, "jwks_uri": "https://keys.example/k"}.Text())
		}, refused(bind, "did.mismatch")},
		{"metadata about another", func() {
			w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id + "/", "jwks": keySet}.Text())
		}, refused(bind, "did.mismatch")},
		{"metadata with another key of that name", func() {
			w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id, "jwks": renamed(stranger, school.KeyID(keys.ES256))}.Text())
		}, refused(verifier.CheckProof, "jose.signature")},
		{"metadata without that key", func() { w.Web.Put(place, "application/json", verifiertest.Doc{"issuer": id, "jwks": stranger}.Text()) }, refused(bind, "key.not_bound_to_issuer")},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.serve()
			look(t, check(t, w, in), row.want)
		})
	}
}

// renamed gives the only key of a set another name.
func renamed(set map[string]any, kid string) map[string]any {
	return map[string]any(verifiertest.Doc(set).With("/keys/0/kid", kid))
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: verifiertest.Now().Add(-time.Hour), NotAfter: verifiertest.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) certify(t *testing.T, key crypto.PublicKey, host string, until time.Time) []byte {
	t.Helper()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: verifiertest.Now().Add(-time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.cert, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCertificates (x5c): a certificate ties a key to the issuer's host only when an authority of the configuration signed it.
func TestCertificates(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const id = "https://awards.example"
	school := verifiertest.NewIssuer(t, w.Web, id, keys.ES256)
	w.Web.Fail(school.KeysURL(), "fetch.dns")
	w.Trusting(t, id, w.School.ID)
	good, bad := newAuthority(t), newAuthority(t)
	key := school.Key(keys.ES256)
	public := key.Public().Key
	later := verifiertest.Now().Add(time.Minute)
	anchors := x509.NewCertPool()
	anchors.AddCert(good.cert)
	badge := school.Badge().Claims().With("/vct", sdjwt.BadgeType)
	chain := func(der []byte) string { return sdIssue(t, key, badge, sdjwt.Config{Chain: [][]byte{der}}) }
	own := w.School.Key(keys.ES256)
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name, in string
		anchors  *x509.CertPool
		want     want
	}{
		{"certified for the host", chain(good.certify(t, public, "awards.example", later)), anchors, ok()},
		{"no authority is relied on", chain(good.certify(t, public, "awards.example", later)), nil, unclear(bind, "binding.x5c_untrusted")},
		{"by another authority", chain(bad.certify(t, public, "awards.example", later)), anchors, unclear(bind, "binding.x5c_untrusted")},
		{"for another host", chain(good.certify(t, public, "evil.example", later)), anchors, refused(bind, "binding.x5c_host")},
		{"expired", chain(good.certify(t, public, "awards.example", verifiertest.Now().Add(-time.Minute))), anchors, unclear(bind, "binding.x5c_untrusted")},
		{"a key that the issuer shows itself", sdIssue(t, own, w.School.Badge().Claims().With("/vct", sdjwt.BadgeType),
			sdjwt.Config{Chain: [][]byte{bad.certify(t, own.Public().Key, "else.example", later)}}), nil, ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := verifier.New(verifier.Config{Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Anchors: row.anchors})
			look(t, v.Check(t.Context(), verifier.Input{Text: row.in}, verifier.Policy{}), row.want)
		})
	}
}
