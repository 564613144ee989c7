package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// following makes the world trust what a book with these entries says.
func following(t *testing.T, w *verifiertest.World, entries ...trust.Entry) {
	t.Helper()
	list, err := trust.New(entries...)
	if err != nil {
		t.Fatal(err)
	}
	w.Trust = trust.NewBook(trust.Config{
		Root: func() *trust.List { return list }, Fetch: w.Web, Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Clock: w.Clock,
	})
}

// TestDelegation: an institution vouches for its faculties in an endorsement inside the badge of a faculty.
func TestDelegation(t *testing.T) {
	const path = "/issuer/endorsementJwt"
	for _, row := range []struct {
		name    string
		entry   trust.Entry // of the university
		endorse func(w *verifiertest.World, university *verifiertest.Issuer) any
		at      string
		want    want
	}{
		{"a good endorsement by one who delegates", trust.Entry{Delegates: true}, nil, path, want{verifier.Valid, verifier.CheckTrust, verifier.Pass, trust.Delegated}},
		{"by one who is trusted and does not delegate", trust.Entry{}, nil, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"by one who is trusted for something else", trust.Entry{Delegates: true, Types: []string{"License"}}, nil, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"for the time before", trust.Entry{Delegates: true, Until: verifiertest.Now().AddDate(-5, 0, 0), Keep: true}, nil, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"of the badge, not of the issuer", trust.Entry{Delegates: true}, func(w *verifiertest.World, u *verifiertest.Issuer) any {
			return u.JWT(keys.EdDSA, u.Endorsement(w.School.Badge()["id"].(string)).Claims())
		}, "/endorsementJwt", unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"of somebody else", trust.Entry{Delegates: true}, func(_ *verifiertest.World, u *verifiertest.Issuer) any {
			return u.JWT(keys.EdDSA, u.Endorsement("did:web:other.example").Claims())
		}, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"under the university's name by somebody else", trust.Entry{Delegates: true}, func(w *verifiertest.World, u *verifiertest.Issuer) any {
			return w.Stranger.Sign(keys.EdDSA, u.Header(keys.EdDSA).Text(), u.Endorsement(w.School.ID).Claims().Text())
		}, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"that has expired", trust.Entry{Delegates: true}, func(w *verifiertest.World, u *verifiertest.Issuer) any {
			return u.JWT(keys.EdDSA, u.Endorsement(w.School.ID).With("/validUntil", "2026-02-01T00:00:00Z").Claims())
		}, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
		{"a badge of the university in the place of an endorsement", trust.Entry{Delegates: true}, func(w *verifiertest.World, u *verifiertest.Issuer) any {
			return u.JWT(keys.EdDSA, u.Badge().With("/credentialSubject/id", w.School.ID).Claims())
		}, path, unclear(verifier.CheckTrust, trust.UnknownIssuer)},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			university := verifiertest.NewIssuer(t, w.Web, "did:web:university.example", keys.EdDSA)
			row.entry.ID = university.ID
			following(t, w, row.entry)
			var e any = university.JWT(keys.EdDSA, university.Endorsement(w.School.ID).Claims())
			if row.endorse != nil {
				e = row.endorse(w, university)
			}
			r := check(t, w, signed(w, w.School.Badge().With(row.at, []any{e})))
			look(t, r, row.want)
			if row.want.verdict == verifier.Valid && (r.Trust == nil || len(r.Trust.Chain) != 2 || r.Trust.Chain[0] != university.ID || r.Trust.Chain[1] != w.School.ID) {
				t.Errorf("the chain: %+v", r.Trust)
			}
		})
	}
}

// TestNobodyIsAskedForAnEndorserWhomNobodyTrusts: a stranger's badge does not choose whose keys are fetched (S19).
func TestNobodyIsAskedForAnEndorserWhomNobodyTrusts(t *testing.T) {
	w := verifiertest.NewWorld(t)
	canary := verifiertest.NewIssuer(t, w.Web, "did:web:canary.example", keys.EdDSA)
	following(t, w, trust.Entry{ID: "did:web:university.example", Delegates: true})
	r := check(t, w, signed(w, w.School.Badge().With("/issuer/endorsementJwt", []any{canary.JWT(keys.EdDSA, canary.Endorsement(w.School.ID).Claims())})))
	look(t, r, unclear(verifier.CheckTrust, trust.UnknownIssuer))
	if n := w.Web.Count(canary.KeysURL()); n != 0 {
		t.Errorf("the keys of a stranger's endorser were asked for %d times", n)
	}
}

// TestTrustThenAndNow: the result holds both answers.
func TestTrustThenAndNow(t *testing.T) {
	w := verifiertest.NewWorld(t)
	closed := verifiertest.Now().AddDate(0, -1, 0)
	for _, row := range []struct {
		name  string
		entry trust.Entry
		want  want
		now   bool
	}{
		{"open", trust.Entry{By: "the council"}, want{verifier.Valid, verifier.CheckTrust, verifier.Pass, trust.OK}, true},
		{"closed", trust.Entry{Until: closed, Successor: "did:web:heir.example"}, unclear(verifier.CheckTrust, trust.Ended), false},
		{"closed in good standing", trust.Entry{Until: closed, Keep: true, Successor: "did:web:heir.example"}, want{verifier.Valid, verifier.CheckTrust, verifier.Pass, trust.OK}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.entry.ID = w.School.ID
			following(t, w, row.entry)
			r := check(t, w, signed(w, w.School.Badge()))
			look(t, r, row.want)
			if r.Trust == nil || !r.Trust.WhenIssued || r.Trust.Now != row.now || r.Trust.By != row.entry.By && r.Verdict == verifier.Valid {
				t.Errorf("got %+v", r.Trust)
			}
			if row.entry.Successor != "" && (r.Trust.Successor != row.entry.Successor || !warned(r, "trust.successor")) {
				t.Errorf("the successor is not named: %+v", r.Trust)
			}
		})
	}
}

// TestRefusedKeys: a key that the trust list refuses passes neither under another of its names nor without one; the others do.
func TestRefusedKeys(t *testing.T) {
	w := verifiertest.NewWorld(t)
	stolen := w.School.Key(keys.ES256).Public()
	alias := w.School.ID + "#" + stolen.Multikey()
	w.School.Serve(w.School.Document().With("/verificationMethod/-", map[string]any{
		"id": alias, "type": "Multikey", "controller": w.School.ID, "publicKeyMultibase": stolen.Multikey(),
	}).With("/assertionMethod/-", alias))
	claims := w.School.Badge().Claims()
	under := func(change func(h verifiertest.Doc) verifiertest.Doc) string {
		return w.School.Sign(keys.ES256, change(w.School.Header(keys.ES256)).Text(), claims.Text())
	}
	byName := w.School.JWT(keys.ES256, claims)
	byAlias := under(func(h verifiertest.Doc) verifiertest.Doc { return h.With("/kid", alias) })
	byValue := under(func(h verifiertest.Doc) verifiertest.Doc {
		return h.Without("/kid").With("/jwk", verifiertest.Raw(string(stolen.JWK())))
	})
	for _, row := range []struct {
		name, refuses, text string
		want                want
	}{
		{"the twin: nothing is refused", "", byAlias, ok()},
		{"its id", w.School.KeyID(keys.ES256), byName, refused(verifier.CheckTrust, trust.KeyRefused)},
		{"its id, and the signature names the other", w.School.KeyID(keys.ES256), byAlias, refused(verifier.CheckTrust, trust.KeyRefused)},
		{"its other id", alias, byName, refused(verifier.CheckTrust, trust.KeyRefused)},
		{"its id, and the signature has the key itself", w.School.KeyID(keys.ES256), byValue, refused(verifier.CheckTrust, trust.KeyRefused)},
		{"its thumbprint", trust.KeyURN(stolen), byAlias, refused(verifier.CheckTrust, trust.KeyRefused)},
		{"another key", w.School.KeyID(keys.EdDSA), byName, ok()},
		{"the thumbprint of another", trust.KeyURN(w.School.Key(keys.EdDSA).Public()), byName, ok()},
		{"the twin: signed by another", w.School.KeyID(keys.ES256), w.School.JWT(keys.EdDSA, claims), ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := trust.Entry{ID: w.School.ID}
			if row.refuses != "" {
				e.Refused = []string{row.refuses}
			}
			following(t, w, e)
			look(t, check(t, w, row.text), row.want)
		})
	}
	web := verifiertest.NewIssuer(t, w.Web, "https://college.example/issuer", keys.ES256)
	for kid, want := range map[string]want{
		web.KeysURL() + "#" + web.Key(keys.ES256).Public().ID: refused(verifier.CheckTrust, trust.KeyRefused),
		web.KeysURL() + "#another":                            ok(),
	} {
		following(t, w, trust.Entry{ID: web.ID, Refused: []string{kid}})
		look(t, check(t, w, web.JWT(keys.ES256, web.Badge().Claims())), want)
	}
}
