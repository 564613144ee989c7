package verifier_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// ob2World is a world in which an issuer of Open Badges 2.0 is trusted.
func ob2World(t testing.TB, alg keys.Algorithm) (*verifiertest.World, *verifiertest.OldIssuer) {
	t.Helper()
	w := verifiertest.NewWorld(t)
	old := verifiertest.NewOldIssuer(t, w.Web, "https://old.example", alg)
	w.Trusting(t, old.ID())
	return w, old
}

// okHosted is what must come of a hosted badge that holds.
func okHosted() want { return want{verifier.Valid, verifier.CheckProof, verifier.Pass, "proof.hosted"} }

func TestOpenBadges2Signed(t *testing.T) {
	const mail = "amal@example.org"
	proof, binding, status, schema, subject := verifier.CheckProof, verifier.CheckBinding, verifier.CheckStatus, verifier.CheckSchema, verifier.CheckSubject
	w, old := ob2World(t, keys.RS256)
	stranger := verifiertest.NewOldIssuer(t, w.Web, "https://stranger.example", keys.ES256)
	a := old.Signed()
	to := func(kind, identity string, hashed bool) verifiertest.Doc {
		return a.With("/recipient", map[string]any{"type": kind, "identity": identity, "hashed": hashed, "salt": "deadsea"})
	}
	for _, row := range []struct {
		name  string
		text  string
		serve verifiertest.Doc // instead of what stands there
		to    string
		want  want
	}{
		{"a badge", old.JWS(a), nil, "", ok()},
		{"a badge for the expected person", old.JWS(a), nil, mail, want{verifier.Valid, subject, verifier.Pass, "subject.email"}},
		{"for the address with its host in capitals", old.JWS(a), nil, "amal@EXAMPLE.org", want{verifier.Valid, subject, verifier.Pass, "subject.email"}},
		{"for another person", old.JWS(a), nil, "eve@example.org", refused(subject, "subject.mismatch")},
		{"with an MD5 of the person", old.JWS(to("email", "md5$50d345b2bb3e922e1b59260dd5f62789", true)), nil, mail, want{verifier.Valid, subject, verifier.Pass, "subject.email"}},
		{"with another hash of the person", old.JWS(to("email", "sha1$50d345b2bb3e922e1b59260dd5f62789", true)), nil, mail, refused(subject, "subject.mismatch")},
		{"with the person in clear", old.JWS(to("email", mail, false)), nil, mail, want{verifier.Valid, subject, verifier.Pass, "subject.email"}},
		{"in clear, and said to be hashed", old.JWS(to("email", mail, true)), nil, mail, refused(subject, "subject.mismatch")},
		{"with a telephone number", old.JWS(to("telephone", "+4312345", false)), nil, "+4312345", want{verifier.Valid, subject, verifier.Pass, "subject.id"}},
		{"with a date until when", old.JWS(a.With("/expires", "2027-01-01T00:00:00Z")), nil, "", want{verifier.Valid, verifier.CheckTime, verifier.Pass, "time.ok"}},
		{"that has expired", old.JWS(a.With("/expires", "2020-01-01T00:00:00Z")), nil, "", refused(verifier.CheckTime, "time.expired")},
		{"of tomorrow", old.JWS(a.With("/issuedOn", "2026-06-16T00:00:00Z")), nil, "", refused(verifier.CheckTime, "time.not_yet_valid")},
		{"with the key in the profile", old.JWS(a), old.Profile().With("/publicKey", map[string]any(old.KeyDocument())), "", ok()},
		{"that does not name its key", old.JWS(a.Without("/verification/creator")), nil, "", ok()},
		{"that does not name which of two keys", old.JWS(a.Without("/verification/creator")), old.Profile().With("/publicKey/-", "https://old.example/key2"), "",
			want{verifier.Invalid, binding, verifier.Fail, "key.not_bound_to_issuer"}},
		{"with a key that the issuer does not list", old.JWS(a), old.Profile().With("/publicKey", []any{}), "", refused(binding, "key.not_bound_to_issuer")},
		{"with a key that is somebody else's", old.JWS(a), old.KeyDocument().With("/owner", stranger.ID()), "", refused(binding, "did.mismatch")},
		{"with a key that is none", old.JWS(a), old.KeyDocument().With("/publicKeyPem", "x"), "", refused(binding, "key.malformed")},
		{"with a key that moved", old.JWS(a), old.KeyDocument().With("/id", "https://old.example/key").With("/type", "Key"), "", refused(binding, "ob2.malformed")},
		{"by a stranger who names the issuer's class and key", stranger.JWS(a), nil, "", refused(binding, "key.alg_mismatch")},
		{"by a stranger who names the issuer's class and its own key", stranger.JWS(a.With("/verification/creator", "https://stranger.example/key")), nil, "", refused(binding, "key.not_bound_to_issuer")},
		{"by a stranger", stranger.JWS(stranger.Signed()), nil, "", unclear(verifier.CheckTrust, "trust.unknown_issuer")},
		{"a revoked one", old.JWS(a), old.Revocations("https://old.example/other", a["id"]), "", refused(status, "status.revoked")},
		{"a revoked one with a reason", old.JWS(a), old.Revocations(map[string]any{"id": a["id"], "revocationReason": "Mistake"}), "", refused(status, "status.revoked")},
		{"not the revoked one", old.JWS(a), old.Revocations("urn:uuid:0a1b2c3d-0000-4000-8000-000000000002"), "", ok()},
		{"with another's list", old.JWS(a), old.Revocations().With("/issuer", stranger.ID()), "", unclear(status, "status.issuer_mismatch")},
		{"with a list that is none", old.JWS(a), old.Revocations().Without("/revokedAssertions"), "", unclear(status, "status.malformed_list")},
		{"of an issuer without a list", old.JWS(a), old.Profile().Without("/revocationList"), "", want{verifier.Valid, status, verifier.Skipped, "status.none"}},
		{"without a recipient", old.JWS(a.Without("/recipient")), nil, "", refused(schema, "ob2.required")},
		{"without a context", old.JWS(a.Without("/@context")), nil, "", refused(schema, "ob2.context")},
		{"of a class without a name", old.JWS(a), old.Class().Without("/name"), "", refused(schema, "ob2.required")},
		{"of a class that is none", old.JWS(a), old.Class().With("/type", "Badge"), "", refused(binding, "ob2.malformed")},
		{"of an issuer without an address", old.JWS(a), old.Class().With("/issuer", "urn:x:y"), "", refused(binding, "binding.no_issuer")},
		{"that is not signed", a.Text(), nil, "", refused(proof, "proof.missing")},
		{"that says hosted", old.JWS(old.Hosted()), nil, "", refused(verifier.CheckForm, "ob2.verification")},
		{"that says neither", old.JWS(a.Without("/verification")), nil, "", refused(verifier.CheckForm, "ob2.verification")},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.serve != nil {
				t.Cleanup(func() { restore(old) })
				old.Put(row.serve)
			}
			r := w.Verifier().Check(t.Context(), verifier.Input{Text: row.text}, verifier.Policy{Recipient: row.to})
			look(t, r, row.want)
			if r.Form != "ob-2.0" || r.Version != "Open Badges 2.0" && r.Check(verifier.CheckForm).Outcome == verifier.Pass {
				t.Errorf("form %q, version %q", r.Form, r.Version)
			}
		})
	}
	w.Web.Put(old.ID(), "application/json", old.Profile().With("/id", stranger.ID()).Text())
	look(t, check(t, w, old.JWS(a)), refused(binding, "ob2.id_mismatch"))
	restore(old)
	r := check(t, w, old.JWS(a))
	if r.Issuer.ID != old.ID() || r.Issuer.Domain != "old.example" || r.Issuer.Name != "Old School" || r.Achievement.Name != "Welding" || r.Recipient != nil {
		t.Errorf("shown: %+v %+v %+v", r.Issuer, r.Achievement, r.Recipient)
	}
	if !warned(r, "status.list_unsigned") || !warned(r, "ob2.version") {
		t.Error(summary(r))
	}
}

// restore publishes what an issuer published at first.
func restore(old *verifiertest.OldIssuer) {
	for _, d := range []verifiertest.Doc{old.Profile(), old.Class(), old.KeyDocument(), old.Revocations()} {
		old.Put(d)
	}
}

// TestOpenBadges2EveryMemberCounts: whatever is changed in a signed assertion, it does not hold any more.
func TestOpenBadges2EveryMemberCounts(t *testing.T) {
	w, old := ob2World(t, keys.ES256)
	a := old.Signed().Merge(verifiertest.Doc{"expires": "2030-01-01T00:00:00Z", "narrative": "Well done.", "evidence": []any{"https://old.example/work"}})
	good := old.JWS(a)
	if r := check(t, w, good); r.Verdict != verifier.Valid {
		t.Fatal(summary(r))
	}
	head, _, signature := parts(good)
	n := 0
	for _, p := range a.Pointers() {
		for how, changed := range map[string]verifiertest.Doc{"changed": a.With(p, "x"), "gone": a.Without(p)} {
			if r := check(t, w, head+"."+b64(changed.Text())+"."+signature); r.Verdict == verifier.Valid || r.Check(verifier.CheckProof).Outcome == verifier.Pass {
				t.Errorf("%s %s: %s", p, how, summary(r))
			}
			n++
		}
	}
	if n < 30 {
		t.Errorf("only %d changes", n)
	}
}

func TestOpenBadges2Hosted(t *testing.T) {
	proof, binding, status := verifier.CheckProof, verifier.CheckBinding, verifier.CheckStatus
	w, old := ob2World(t, keys.ES256)
	stranger := verifiertest.NewOldIssuer(t, w.Web, "https://stranger.example", keys.ES256)
	a := old.Hosted()
	scope := func(policy map[string]any) verifiertest.Doc { return old.Profile().With("/verification", policy) }
	elsewhere := stranger.Hosted().With("/badge", "https://old.example/class")
	for _, row := range []struct {
		name  string
		given verifiertest.Doc
		there verifiertest.Doc // nil: given
		serve verifiertest.Doc
		want  want
	}{
		{"a badge", a, nil, nil, okHosted()},
		{"with its class in place of its address", a.With("/badge", map[string]any(old.Class())), a, nil, okHosted()},
		{"with another class in its place", a.With("/badge", map[string]any(old.Class().With("/id", "https://old.example/class2"))), a, nil, refused(proof, "ob2.differs")},
		{"for another recipient than there", a.With("/recipient/identity", "eve@example.org"), a, nil, refused(proof, "ob2.differs")},
		{"of another day than there", a.With("/issuedOn", "2018-01-31T09:00:00Z"), a, nil, refused(proof, "ob2.differs")},
		{"with more than there", a.With("/narrative", "Summa cum laude."), a, nil, refused(proof, "ob2.differs")},
		{"whose end stands only there", a, a.With("/expires", "2020-01-01T00:00:00Z"), nil, refused(verifier.CheckTime, "time.expired")},
		{"revoked", a, a.With("/revoked", true).With("/revocationReason", "Mistake"), nil, refused(status, "status.revoked")},
		{"revoked, with nothing else there", a, verifiertest.Doc{"id": a["id"], "type": "Assertion", "revoked": true}, nil, refused(status, "status.revoked")},
		{"revoked in what was handed over, and not there", a.With("/revoked", true), a, nil, okHosted()},
		{"another one there", a, a.With("/id", "https://old.example/assertion/2"), nil, refused(proof, "ob2.id_mismatch")},
		{"a class there", a, old.Class().With("/id", a["id"]), nil, refused(proof, "ob2.malformed")},
		{"without an address", a.With("/id", "urn:uuid:1"), old.Class(), nil, refused(proof, "ob2.no_address")},
		{"a stranger's of the issuer's class", elsewhere, nil, nil, refused(binding, "ob2.scope")},
		{"a stranger's", stranger.Hosted(), nil, nil, unclear(verifier.CheckTrust, "trust.unknown_issuer")},
		{"elsewhere, where the issuer says so", elsewhere, nil, scope(map[string]any{"allowedOrigins": "stranger.example"}), okHosted()},
		{"elsewhere, where the issuer says another place", elsewhere, nil, scope(map[string]any{"allowedOrigins": []any{"other.example"}}), refused(binding, "ob2.scope")},
		{"under what it must begin with", a, nil, scope(map[string]any{"startsWith": "https://old.example/assertion/"}), okHosted()},
		{"beside what it must begin with", a, nil, scope(map[string]any{"startsWith": "https://old.example/badges/"}), refused(binding, "ob2.scope")},
		{"under a host that only begins so", elsewhere, nil, scope(map[string]any{"startsWith": "https://stranger"}), refused(binding, "ob2.scope")},
		{"under one of the two only", a, nil, scope(map[string]any{"startsWith": "https://old.example/", "allowedOrigins": "other.example"}), refused(binding, "ob2.scope")},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.there == nil {
				row.there = row.given
			}
			if row.serve != nil {
				t.Cleanup(func() { restore(old) })
				old.Put(row.serve)
			}
			address, _ := row.given["id"].(string)
			w.Web.Put(address, "application/json", row.there.Text())
			r := check(t, w, row.given.Text())
			look(t, r, row.want)
			if r.Form != "ob-2.0" || r.Version != "Open Badges 2.0" {
				t.Errorf("form %q, version %q", r.Form, r.Version)
			}
		})
	}
}

// TestOpenBadges2IsGone: 410 means revoked, nothing at all means that nobody knows; and what was seen revoked stays.
func TestOpenBadges2IsGone(t *testing.T) {
	w, old := ob2World(t, keys.ES256)
	a := old.Hosted()
	id, _ := a["id"].(string)
	w.Web.Fail(id, "fetch.status")
	look(t, check(t, w, a.Text()), unclear(verifier.CheckProof, "fetch.status"))
	look(t, check(t, w, a.Text()), unclear(verifier.CheckStatus, "status.not_looked_up"))
	v := w.Verifier()
	w.Web.Fail(id, "fetch.gone")
	look(t, v.Check(t.Context(), verifier.Input{Text: a.Text()}, verifier.Policy{}), refused(verifier.CheckStatus, "status.revoked"))
	old.Put(a)
	look(t, v.Check(t.Context(), verifier.Input{Text: a.Text()}, verifier.Policy{}), refused(verifier.CheckStatus, "status.revoked"))
	look(t, check(t, w, a.Text()), okHosted())
}

// TestOpenBadges2AsksForLittle: a stranger's badge has four addresses asked, and its list of revocations is none of them.
func TestOpenBadges2AsksForLittle(t *testing.T) {
	w, old := ob2World(t, keys.ES256)
	w.Trusting(t, "https://other.example/issuer")
	for name, row := range map[string]struct {
		text     string
		requests int
	}{
		"signed":                            {old.JWS(old.Signed()), 3},
		"hosted":                            {old.Hosted().Text(), 3},
		"malformed":                         {old.JWS(old.Signed().Without("/verification")), 0},
		"not signed":                        {old.Signed().Text(), 0},
		"in a record of today":              {w.School.JWT(keys.ES256, w.School.Record(old.JWS(old.Signed())).Claims()), 1},
		"with an address of another scheme": {old.Hosted().With("/id", "file:///etc/hostname").Text(), 0},
	} {
		old.Put(old.Hosted())
		before := w.Web.Requests()
		r := check(t, w, row.text)
		if r.Verdict == verifier.Valid {
			t.Error(name, summary(r))
		}
		if n := w.Web.Requests() - before; n != row.requests {
			t.Errorf("%s: %d requests, not %d\n%s", name, n, row.requests, summary(r))
		}
		if w.Web.Count("https://old.example/revoked") != 0 {
			t.Errorf("%s: the list of a stranger was asked for", name)
		}
	}
	r := w.Verifier().Check(t.Context(), verifier.Input{Text: old.JWS(old.Signed())}, verifier.Policy{Waive: verifier.TrustUnsafe})
	look(t, r, ok())
	if w.Web.Count("https://old.example/revoked") != 1 {
		t.Error("the list was not asked for, though the policy waives trust")
	}
}

// TestOpenBadges2ByLink: a link, and a link to what says that it stands elsewhere.
func TestOpenBadges2ByLink(t *testing.T) {
	w, old := ob2World(t, keys.ES256)
	a := old.Hosted()
	old.Put(a)
	id, _ := a["id"].(string)
	look(t, w.Verifier().Check(t.Context(), verifier.Input{URL: id}, verifier.Policy{}), okHosted())
	w.Web.Put("https://evil.example/1", "application/json", strings.Replace(a.Text(), "deadsea", "redsea", 1))
	look(t, w.Verifier().Check(t.Context(), verifier.Input{URL: "https://evil.example/1"}, verifier.Policy{}), refused(verifier.CheckProof, "ob2.differs"))
}
