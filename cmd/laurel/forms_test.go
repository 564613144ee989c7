package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/verifier"
)

// process is one process of a deployment.
func process(t testing.TB, data string) *app {
	t.Helper()
	return processAt(t, data, time.Now)
}

// processAt is the same with another clock.
func processAt(t testing.TB, data string, clock func() time.Time) *app {
	t.Helper()
	a, err := openAt(t.Context(), config.Config{Data: data, Listen: "127.0.0.1:8080"}, slog.New(slog.DiscardHandler), working, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	return a
}

// awarded is a deployment with one award that uses every field.
func awarded(t *testing.T) (*app, issuer.Award) {
	t.Helper()
	return awardedIn(t, t.TempDir())
}

// awardedIn is the same in that folder.
func awardedIn(t *testing.T, data string) (*app, issuer.Award) {
	t.Helper()
	a, got := claimableIn(t, data)
	return a, got.Award
}

// claimable is the same with its claim link.
func claimable(t testing.TB) (*app, issuer.Awarded) {
	t.Helper()
	return claimableIn(t, t.TempDir())
}

func claimableIn(t testing.TB, data string) (*app, issuer.Awarded) {
	t.Helper()
	a := process(t, data)
	iss, err := a.catalog.AddIssuer(t.Context(), catalog.NewIssuer{Name: "Example School", Slug: "school", Email: "badges@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.keys.Create(t.Context(), iss.ID, iss.DID); err != nil {
		t.Fatal(err)
	}
	credits := 2.5
	if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Slug: "first-aid", Name: "First aid & <rescue>", Description: "Can give first aid.", Criteria: "Passed the test.", Type: "Course",
		Language: "en", Tags: []string{"health", "safety"}, Credits: &credits, FieldOfStudy: "Health",
		Alignments: []catalog.Alignment{{Name: "First aider", URL: "https://example.org/esco/1", Framework: "ESCO"}},
		Results:    []catalog.ResultDescription{{ID: "grade", Name: "Grade", Type: "LetterGrade", AllowedValues: []string{"A", "B"}}},
	}, "test"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	got, err := a.awards.Award(t.Context(), issuer.Request{
		AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org"}, ExternalID: "course-7/ana",
		AwardedAt: now.AddDate(0, -1, 0), ExpiresAt: now.AddDate(3, 0, 0), Narrative: "Led the exercise.", Term: "Spring", Role: "Trainer",
		Credits: &credits, ActivityStart: now.AddDate(0, -3, 0), ActivityEnd: now.AddDate(0, -2, 0), Actor: "test",
		Evidence: []issuer.Evidence{{URL: "https://example.org/report", Name: "Report"}}, Results: []issuer.Result{{Description: "grade", Value: "A"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, got
}

// Every way in which Laurel issues an award is one that its own verifier calls valid, with a status that was looked up; each
// is revoked with the award; and what may not be issued is refused with the choice that there is.
func TestEveryWayAnAwardIsIssued(t *testing.T) {
	a, award := awarded(t)
	wallet, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := wallet.Public()
	var made []issuer.Credential
	for _, s := range issuer.Securings() {
		for _, alg := range s.Algs {
			for _, h := range []issuer.Holder{{}, {ID: "did:example:wallet"}, {Key: &key}} {
				as := issuer.As{Form: s.Form, Cryptosuite: s.Cryptosuite, Alg: alg, Holder: h}
				c, err := a.awards.IssueAs(t.Context(), award.ID, as, "test")
				if err != nil {
					t.Fatalf("%+v: %v", as, err)
				}
				made = append(made, c)
				if again, err := a.awards.IssueAs(t.Context(), award.ID, as, "test"); err != nil || again.ID != c.ID {
					t.Errorf("%+v: a second one is made: %v", as, err)
				}
			}
		}
	}
	verdicts(t, a, made, verifier.Pass, "status.clear")
	if _, err := a.awards.Revoke(t.Context(), award.ID, "a mistake", "test"); err != nil {
		t.Fatal(err)
	}
	verdicts(t, process(t, a.cfg.Data), made, verifier.Fail, "status.revoked") // a process that has seen no list yet
	if _, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.VCJWT, Holder: issuer.Holder{ID: "did:example:late"}}, "test"); fault.Describe(err).Code != "award.revoked" {
		t.Errorf("a revoked award is bound to a wallet: %v", err)
	}
}

// verdicts checks what is published of each credential.
func verdicts(t *testing.T, a *app, made []issuer.Credential, status verifier.Outcome, code string) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range made {
		what := string(c.Form) + " " + c.Cryptosuite + " " + string(c.Alg) + " " + c.Holder
		if seen[c.ID] {
			t.Errorf("%s: the id is another's", what)
		}
		seen[c.ID] = true
		body, err := c.Published()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		r := a.verifier.Check(t.Context(), verifier.Input{File: body}, verifier.Policy{})
		for _, check := range r.Checks {
			want := verifier.Pass
			switch check.ID {
			case verifier.CheckStatus:
				if want = status; check.Code != code {
					t.Errorf("%s: %s %s", what, check.Code, check.Detail)
				}
			case verifier.CheckHolder, verifier.CheckSubject, verifier.CheckNested:
				continue
			}
			if check.Outcome != want {
				t.Errorf("%s: %s is %s: %s %s", what, check.ID, check.Outcome, check.Code, check.Detail)
			}
		}
	}
}

func TestWhatIsNotIssued(t *testing.T) {
	a, award := awarded(t)
	for name, c := range map[string]struct {
		as   issuer.As
		kind fault.Kind
		code string
		hint string
	}{
		"an unknown form":             {issuer.As{Form: "ob-9"}, fault.Unsupported, "credential.form", "ob-jwt, vc-jwt"},
		"no form":                     {issuer.As{}, fault.Unsupported, "credential.form", "ob-jwt"},
		"a form that is read only":    {issuer.As{Form: proof.OB2}, fault.Unsupported, "credential.form", "data-integrity"},
		"a cryptosuite of a JWT":      {issuer.As{Form: proof.OBJWT, Cryptosuite: "eddsa-rdfc-2022"}, fault.Unsupported, "credential.cryptosuite", "leave it out"},
		"a cryptosuite of the past":   {issuer.As{Form: proof.DataIntegrity, Cryptosuite: "eddsa-2022"}, fault.Unsupported, "credential.cryptosuite", "ecdsa-sd-2023"},
		"a key of another kind":       {issuer.As{Form: proof.DataIntegrity, Cryptosuite: "ecdsa-rdfc-2019", Alg: keys.EdDSA}, fault.Unsupported, "credential.alg", "use ES256 or ES384"},
		"disclosure under P-384":      {issuer.As{Form: proof.DataIntegrity, Cryptosuite: "ecdsa-sd-2023", Alg: keys.ES384}, fault.Unsupported, "credential.alg", "use ES256"},
		"no signature":                {issuer.As{Form: proof.OBJWT, Alg: "none"}, fault.Unsupported, "credential.alg", "ES384"},
		"a holder who is no DID":      {issuer.As{Form: proof.OBJWT, Holder: issuer.Holder{ID: "https://example.org/ana"}}, fault.Invalid, "holder.did", "fragment"},
		"a holder who is a key in it": {issuer.As{Form: proof.OBJWT, Holder: issuer.Holder{ID: "did:example:a#k"}}, fault.Invalid, "holder.did", "fragment"},
	} {
		_, err := a.awards.IssueAs(t.Context(), award.ID, c.as, "test")
		p := fault.Describe(err)
		if p.Kind != c.kind || p.Code != c.code || !strings.Contains(p.Hint, c.hint) {
			t.Errorf("%s: %v (%s, %q)", name, err, p.Code, p.Hint)
		}
	}
	if now, err := a.awards.Find(t.Context(), award.ID); err != nil || len(now.Credentials) != 1 {
		t.Errorf("%d credentials are stored, %v", len(now.Credentials), err)
	}
}

// A base proof, from which its holder chooses what to show, goes to whoever has the claim link. Anybody else gets what shows
// everything and lets nothing be derived. What is bound to a wallet is not on the claim page.
func TestABaseProofIsForItsHolder(t *testing.T) {
	a, got := claimable(t)
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	sd := issuer.As{Form: proof.DataIntegrity, Cryptosuite: "ecdsa-sd-2023"}
	c, err := a.awards.IssueAs(t.Context(), got.Award.ID, sd, "test")
	if err != nil {
		t.Fatal(err)
	}
	sd.Holder.ID = "did:example:wallet"
	bound, err := a.awards.IssueAs(t.Context(), got.Award.ID, sd, "test")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		rec := httptest.NewRecorder()
		srv.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return rec.Code, rec.Body.String()
	}
	claim := "/claim/" + got.ClaimCode
	if code, base := get(claim + "/" + c.ID + ".json"); code != http.StatusOK || base != string(c.Signed) {
		t.Errorf("the holder gets %d %.200s", code, base)
	}
	for _, path := range []string{"/c/" + c.ID + ".json", "/c/" + bound.ID + ".json"} {
		code, shown := get(path)
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
		if r := a.verifier.Check(t.Context(), verifier.Input{Text: shown}, verifier.Policy{}); r.Verdict != verifier.Valid {
			t.Errorf("%s is %s", path, r.Verdict)
		}
		if doc, err := ijson.Parse([]byte(shown), ijson.Bounds{}); err != nil || !ecdsasd.IsDerived(doc.Member("proof").Elems()[0].Member("proofValue").Text()) {
			t.Errorf("%s shows a base proof to everybody (%v)", path, err)
		}
	}
	for _, file := range []string{bound.ID + ".json", c.ID + ".jwt", c.ID + ".png", got.Award.Credentials[0].ID + ".jwt"} {
		if code, _ := get(claim + "/" + file); code != http.StatusNotFound {
			t.Errorf("%s: %d", file, code)
		}
	}
	if _, page := get(claim); !strings.Contains(page, c.ID+".json") || strings.Contains(page, bound.ID) {
		t.Error("the claim page does not list the further form, or lists what is bound to a wallet")
	}
}
