package verifier_test

import (
	"context"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestClaims is rows K01, K06 and T04: the claims of an Open Badges JWT repeat members, and must say the same.
func TestClaims(t *testing.T) {
	w := verifiertest.NewWorld(t)
	good := w.School.Badge().Claims()
	form := verifier.CheckForm
	raw := verifiertest.Raw
	for _, row := range []struct {
		name    string
		payload verifiertest.Doc
		want    want
	}{
		{"the untouched twin", good, ok()},
		{"K01 iss of another", good.With("/iss", w.Stranger.ID), refused(form, "claims.iss_mismatch")},
		{"K01 iss missing", good.Without("/iss"), refused(form, "claims.iss_missing")},
		{"K06 jti of another", good.With("/jti", "urn:x"), refused(form, "claims.jti_mismatch")},
		{"K06 jti missing", good.Without("/jti"), refused(form, "claims.jti_missing")},
		{"K06 sub of another", good.With("/sub", "urn:x"), refused(form, "claims.sub_mismatch")},
		{"K06 sub missing", good.Without("/sub"), refused(form, "claims.sub_missing")},
		{"K06 nbf a second off", good.With("/nbf", good["nbf"].(int64)+1), refused(form, "claims.nbf_mismatch")},
		{"K06 nbf missing", good.Without("/nbf"), refused(form, "claims.nbf_missing")},
		{"K06 exp a second off", good.With("/exp", good["exp"].(int64)+1), refused(form, "claims.exp_mismatch")},
		{"K06 exp missing", good.Without("/exp"), refused(form, "claims.exp_missing")},
		{"K06 exp without an end to repeat", good.Without("/validUntil"), refused(form, "claims.exp_mismatch")},
		{"no end at all, the accepted twin", good.Without("/validUntil").Without("/exp"), ok()},
		{"iss in an array", good.With("/iss", []any{w.School.ID}), refused(form, "claims.iss_mismatch")},
		{"sub null", good.With("/sub", nil), refused(form, "claims.sub_mismatch")},
		{"T04 a date in a string", good.With("/nbf", "1769850000"), refused(form, "time.syntax")},
		{"T04 a fraction", good.With("/nbf", raw("1769850000.0")), refused(form, "time.syntax")},
		{"T04 a negative date", good.With("/nbf", -1), refused(form, "time.syntax")},
		{"T04 minus zero", good.With("/nbf", raw("-0")), refused(form, "time.syntax")},
		{"T04 1e20", good.With("/exp", raw("1e20")), refused(form, "time.syntax")},
		{"T04 an exponent", good.With("/nbf", raw("176985e4")), refused(form, "time.syntax")},
		{"T04 the year 10000", good.With("/exp", raw("253402300800")), refused(form, "time.syntax")},
		{"T04 null", good.With("/nbf", nil), refused(form, "time.syntax")},
		{"claims that nobody defined, accepted", good.With("/iat", 1).With("/aud", "x"), ok()},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, w.School.JWT(keys.ES256, row.payload)), row.want) })
	}
}

// TestForms: the same content in each form that is a JWS, and what each form forbids (D04).
func TestForms(t *testing.T) {
	w := verifiertest.NewWorld(t)
	badge, old := w.School.Badge(), w.School.OldBadge()
	header := w.School.Header(keys.EdDSA)
	sign := func(h, p verifiertest.Doc) string { return w.School.Sign(keys.EdDSA, h.Text(), p.Text()) }
	form := verifier.CheckForm
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"ob-jwt", sign(header, badge.Claims()), ok()},
		{"vc-jwt without claims", w.School.VCJWT(keys.EdDSA, badge), ok()},
		{"vc-jwt with claims", w.School.VCJWT(keys.EdDSA, badge.Claims()), ok()},
		{"vc-jwt with the issuer in its header", sign(header.With("/typ", "vc+jwt").With("/iss", w.School.ID), badge), ok()},
		{"vc-jwt with another issuer in its header", sign(header.With("/typ", "vc+jwt").With("/iss", w.Stranger.ID), badge), refused(form, "claims.iss_mismatch")},
		{"K01 vc-jwt with a wrong claim", w.School.VCJWT(keys.EdDSA, badge.Claims().With("/iss", w.Stranger.ID)), refused(form, "claims.iss_mismatch")},
		{"ob-jwt without claims", sign(header, badge), refused(form, "claims.iss_missing")},
		{"jwt-vc-1.1", sign(header, old.Wrapped()), ok()},
		{"K01 jwt-vc-1.1 with another issuer in the claim", sign(header, old.Wrapped().With("/iss", w.Stranger.ID)), refused(form, "claims.iss_mismatch")},
		{"D04 a vc claim beside VCDM 2.0", sign(header, old.Wrapped().Merge(badge)), refused(form, "vc.ambiguous")},
		{"D04 a vc claim beside one member of VCDM 2.0", sign(header, old.Wrapped().With("/issuer", w.Stranger.ID)), refused(form, "vc.ambiguous")},
		{"D04 VCDM 2.0 in a vc claim", sign(header, badge.Claims().Merge(verifiertest.Doc{"vc": map[string]any(badge)}).Without("/@context").Without("/issuer").Without("/credentialSubject").Without("/validFrom")), refused(form, "vc.version")},
		{"D04 a vc claim in a vc+jwt", sign(header.With("/typ", "vc+jwt"), old.Wrapped()), refused(form, "vc.ambiguous")},
		{"VCDM 1.1 without a vc claim", sign(header, old.Merge(old.Wrapped().Without("/vc"))), refused(form, "vc.version")},
		{"a type that is no credential's", sign(header.With("/typ", "at+jwt"), badge.Claims()), refused(form, "jose.typ")},
		{"cty in an ob-jwt", sign(header.With("/cty", "vc"), badge.Claims()), refused(form, "jose.header_not_allowed")},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, w, row.in), row.want)
		})
	}
}

// TestMissingClaimsUnderPolicies: the compatible policy lets missing claims go, never wrong ones, and says so.
func TestMissingClaimsUnderPolicies(t *testing.T) {
	w := verifiertest.NewWorld(t)
	lax := verifier.Policy{Waive: verifier.MissingClaims}
	for name, row := range map[string]struct {
		payload verifiertest.Doc
		want    want
	}{
		"none of them": {w.School.Badge(), ok()},
		"without sub":  {w.School.Badge().Claims().Without("/sub"), ok()},
		"a wrong sub":  {w.School.Badge().Claims().With("/sub", "urn:x"), refused(verifier.CheckForm, "claims.sub_mismatch")},
		"a wrong date": {w.School.Badge().Claims().With("/nbf", 5), refused(verifier.CheckForm, "claims.nbf_mismatch")},
	} {
		r := w.Verifier().Check(t.Context(), verifier.Input{Text: w.School.JWT(keys.ES256, row.payload)}, lax)
		look(t, r, row.want)
		if row.want == ok() && !warned(r, "claims.sub_missing") {
			t.Errorf("%s: no warning\n%s", name, summary(r))
		}
	}
}

// TestPublishedKeys is rows K03, K04 and K12: what the issuer's own document must say about the key.
func TestPublishedKeys(t *testing.T) {
	binding := verifier.CheckBinding
	for _, row := range []struct {
		name  string
		serve func(w *verifiertest.World)
		want  want
	}{
		{"the untouched twin", func(*verifiertest.World) {}, ok()},
		{"K03 only for authentication", func(w *verifiertest.World) {
			w.School.Serve(w.School.Document().Without("/assertionMethod").With("/authentication", []any{w.School.KeyID(keys.ES256)}))
		}, refused(binding, "key.purpose")},
		{"K03 only for key agreement", func(w *verifiertest.World) {
			w.School.Serve(w.School.Document().Without("/assertionMethod").With("/keyAgreement", []any{w.School.KeyID(keys.ES256)}))
		}, refused(binding, "key.purpose")},
		{"K03 for nothing", func(w *verifiertest.World) { w.School.Serve(w.School.Document().Without("/assertionMethod")) }, refused(binding, "key.purpose")},
		{"K03 embedded under authentication", func(w *verifiertest.World) {
			d := w.School.Document()
			w.School.Serve(d.Without("/assertionMethod").Without("/verificationMethod").With("/authentication", d["verificationMethod"]))
		}, refused(binding, "key.purpose")},
		{"K03 embedded under assertionMethod, the accepted twin", func(w *verifiertest.World) {
			d := w.School.Document()
			w.School.Serve(d.Without("/verificationMethod").With("/assertionMethod", d["verificationMethod"]))
		}, ok()},
		{"K04 controlled by somebody else", func(w *verifiertest.World) {
			w.School.Serve(w.School.Document().With("/verificationMethod/0/controller", w.Stranger.ID).With("/verificationMethod/1/controller", w.Stranger.ID))
		}, refused(binding, "did.mismatch")},
		{"K04 a document about somebody else", func(w *verifiertest.World) { w.School.Serve(w.School.Document().With("/id", w.Stranger.ID)) }, refused(binding, "did.mismatch")},
		{"K04 the name of the key twice", func(w *verifiertest.World) {
			d := w.School.Document()
			w.School.Serve(d.With("/verificationMethod/0/id", w.School.KeyID(keys.ES256)).With("/verificationMethod/1/id", w.School.KeyID(keys.ES256)))
		}, refused(binding, "did.ambiguous")},
		{"K12 the document moved to another host", func(w *verifiertest.World) { w.Web.Fail(w.School.KeysURL(), "fetch.redirect") }, unclear(binding, "did.unreachable")},
		{"no document", func(w *verifiertest.World) { w.Web.Fail(w.School.KeysURL(), "fetch.status") }, unclear(binding, "did.unreachable")},
		{"an error page instead", func(w *verifiertest.World) { w.Web.Put(w.School.KeysURL(), "text/html", "<html>") }, unclear(binding, "did.malformed")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			row.serve(w)
			r := check(t, w, signed(w, w.School.Badge()))
			look(t, r, row.want)
			if row.want != ok() && r.Issuer.Domain != "" {
				t.Errorf("the domain %q is shown without proof", r.Issuer.Domain)
			}
		})
	}
}

// TestHTTPSIssuers: an issuer named by an https address has its keys in the key set of its host, and the set may say whose
// a key is.
func TestHTTPSIssuers(t *testing.T) {
	w := verifiertest.NewWorld(t)
	school := verifiertest.NewIssuer(t, w.Web, "https://college.example/issuer", keys.ES256)
	w.Trusting(t, school.ID)
	jws := school.JWT(keys.ES256, school.Badge().Claims())
	look(t, check(t, w, jws), ok())
	if r := check(t, w, jws); r.Issuer.Domain != "college.example" {
		t.Errorf("domain %q", r.Issuer.Domain)
	}
	school.Serve(school.Document().With("/keys/0/iss", "https://college.example/other"))
	look(t, check(t, w, jws), refused(verifier.CheckBinding, "key.not_bound_to_issuer"))
	school.Serve(school.Document().With("/keys/0/iss", school.ID))
	look(t, check(t, w, jws), ok())
}

// TestRotation: a key that the kept document does not show is looked for once more, a retired one is gone.
func TestRotation(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	next := verifiertest.NewIssuer(t, verifiertest.NewWeb(), w.School.ID, keys.ES384)
	see := func(in string, want want) {
		t.Helper()
		look(t, v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{}), want)
	}
	before, after := signed(w, w.School.Badge()), next.JWT(keys.ES384, next.Badge().Claims())
	see(before, ok())
	w.Pass(31 * time.Second)
	w.Web.Put(w.School.KeysURL(), "application/json", next.Document().Text())
	see(after, ok())
	see(before, refused(verifier.CheckBinding, "key.not_bound_to_issuer"))
}

// TestSpellingsOfAnIssuer is row K07: two spellings are two issuers, and only one of them is trusted.
func TestSpellingsOfAnIssuer(t *testing.T) {
	w := verifiertest.NewWorld(t)
	school := verifiertest.NewIssuer(t, w.Web, "https://college.example/issuer", keys.ES256)
	w.Trusting(t, school.ID, "https://bücher.example/issuer")
	look(t, check(t, w, school.JWT(keys.ES256, school.Badge().Claims())), ok())
	for _, id := range []string{
		"https://College.example/issuer", "https://college.example:443/issuer", "https://college.example/issuer/", "https://college%2eexample/issuer",
		"https://user@college.example/issuer", "https://xn--bcher-kva.example/issuer", "https://college.example/%69ssuer", "https://college.example./issuer",
	} {
		t.Run("K07 "+id, func(t *testing.T) {
			other := school.As(id)
			w.Web.Put("https://xn--bcher-kva.example/.well-known/jwks.json", "application/json", school.Document().Text())
			r := check(t, w, other.Sign(keys.ES256, verifiertest.Doc{"alg": "ES256", "kid": school.KeyID(keys.ES256), "typ": "JWT"}.Text(), other.Badge().Claims().Text()))
			allChecks(t, r)
			c := r.Check(verifier.CheckTrust)
			if r.Verdict == verifier.Valid || c.Outcome != verifier.Unknown || c.Code != "trust.unknown_issuer" && c.Code != "trust.not_proven" {
				t.Error(summary(r))
			}
		})
	}
}

// answers is a trust source that answers the same whatever it is asked.
type answers trust.Decision

func (a answers) Decide(context.Context, trust.Question) trust.Decision { return trust.Decision(a) }

// TestTrust is rows K09 and K10.
func TestTrust(t *testing.T) {
	w := verifiertest.NewWorld(t)
	jws := signed(w, w.School.Badge())
	look(t, check(t, w, jws), want{verifier.Valid, verifier.CheckTrust, verifier.Pass, "trust.ok"})
	w.Trust = answers{Trusted: true, Code: trust.OK, Detail: "believe me", Entry: &trust.Entry{ID: w.Stranger.ID}}
	look(t, check(t, w, jws), unclear(verifier.CheckTrust, "trust.subject_mismatch")) // K09
	w.Trust = answers{Trusted: true, Code: trust.OK, Detail: "believe me"}
	look(t, check(t, w, jws), unclear(verifier.CheckTrust, "trust.subject_mismatch")) // K09, an answer for nobody

	l, err := trust.New(trust.Entry{ID: w.School.ID, Types: []string{"Course"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Trust = l
	look(t, check(t, w, signed(w, w.School.Badge().With("/credentialSubject/achievement/achievementType", "License"))), unclear(verifier.CheckTrust, "trust.type_not_allowed")) // K10
	look(t, check(t, w, signed(w, w.School.Badge().Without("/credentialSubject/achievement/achievementType"))), unclear(verifier.CheckTrust, "trust.type_not_allowed"))
	look(t, check(t, w, signed(w, w.School.Badge().With("/credentialSubject/achievement/achievementType", "Course"))), ok())

	several := w.School.Badge()
	subject := several["credentialSubject"].(map[string]any)
	course := verifiertest.Doc(subject).With("/achievement/achievementType", "Course")
	licence := verifiertest.Doc(subject).With("/achievement/achievementType", "License").With("/id", "urn:uuid:2")
	two := several.With("/credentialSubject", []any{map[string]any(course), map[string]any(licence)})
	// K10: a licence does not ride in behind a course; a badge has one subject (OB 3.0 §AchievementCredential).
	look(t, check(t, w, w.School.JWT(keys.ES256, two.Claims().With("/sub", course["id"]))), refused(verifier.CheckSchema, "schema.type"))
	nobody := verifiertest.NewWorld(t)
	nobody.Trust = nil
	look(t, check(t, nobody, signed(nobody, nobody.School.Badge())), unclear(verifier.CheckTrust, "trust.unknown_issuer"))
	r := nobody.Verifier().Check(t.Context(), verifier.Input{Text: signed(nobody, nobody.School.Badge())}, verifier.Policy{Waive: verifier.TrustUnsafe})
	look(t, r, want{verifier.Valid, verifier.CheckTrust, verifier.Unknown, "trust.unknown_issuer"})
	if !warned(r, "policy.any_issuer_unsafe") {
		t.Error("a waiver is not shown")
	}
}

// TestOwnIdentities: did:key and did:jwk carry the key in their name; no host, no domain.
func TestOwnIdentities(t *testing.T) {
	w := verifiertest.NewWorld(t)
	self := verifiertest.NewKeyIssuer(t, w.Web, nil)
	jws := self.JWT(keys.EdDSA, self.Badge().Claims())
	look(t, check(t, w, jws), unclear(verifier.CheckTrust, "trust.unknown_issuer"))
	w.Trusting(t, self.ID)
	r := check(t, w, jws)
	look(t, r, ok())
	if r.Issuer.Domain != "" || w.Web.Requests() != 0 {
		t.Errorf("domain %q, %d requests", r.Issuer.Domain, w.Web.Requests())
	}
	w.Trusting(t, "did:example:1")
	other := self.As("did:example:1")
	look(t, check(t, w, other.Sign(keys.EdDSA, `{"alg":"EdDSA","kid":"did:example:1#k"}`, other.Badge().Claims().Text())), refused(verifier.CheckBinding, "did.method_unsupported"))
}
