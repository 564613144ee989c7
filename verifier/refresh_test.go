package verifier_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestRefresh is row K18: what stands at the address of a refresh service counts only when the same issuer signed the same
// credential at a later date, and it is asked once, after the proof, when the policy says so.
func TestRefresh(t *testing.T) {
	const at, again = "https://school.example/refresh/1", "https://school.example/refresh/2"
	service := func(url string) map[string]any { return map[string]any{"id": url, "type": "1EdTechCredentialRefresh"} }
	w := verifiertest.NewWorld(t)
	b := w.School.Badge().With("/refreshService", service(at))
	newer := b.With("/validFrom", "2026-03-01T09:00:00Z").With("/credentialSubject/achievement/name", "Welding II").With("/refreshService", service(again))
	sign := func(i *verifiertest.Issuer, d verifiertest.Doc) string { return i.VCJWT(keys.ES256, d) }
	for _, row := range []struct {
		name    string
		given   string
		there   string // "": nothing
		policy  verifier.Policy
		verdict verifier.Verdict
		judged  verifier.Copy
		code    string
		asked   int
	}{
		{"a newer copy", sign(w.School, b), sign(w.School, newer), verifier.Policy{}, verifier.Valid, verifier.CopyNewer, "refresh.newer", 1},
		{"a newer copy that has ended", sign(w.School, b), sign(w.School, newer.With("/validUntil", "2026-04-01T09:00:00Z")), verifier.Policy{}, verifier.Invalid, verifier.CopyNewer, "refresh.newer", 1},
		{"a newer copy of an expired one", sign(w.School, b.With("/validUntil", "2026-02-01T09:00:00Z")), sign(w.School, newer), verifier.Policy{}, verifier.Valid, verifier.CopyNewer, "refresh.newer", 1},
		{"the same copy", sign(w.School, b), sign(w.School, b), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.not_newer", 1},
		{"an older copy", sign(w.School, b), sign(w.School, newer.With("/validFrom", "2025-03-01T09:00:00Z")), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.not_newer", 1},
		{"a copy of tomorrow", sign(w.School, b), sign(w.School, newer.With("/validFrom", "2026-06-16T12:00:00Z")), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.not_yet_valid", 1},
		{"a copy newer than the moment that is judged for", sign(w.School, b), sign(w.School, newer), verifier.Policy{At: time.Date(2026, 2, 15, 0, 0, 0, 0, time.UTC)},
			verifier.Valid, verifier.CopyPresented, "refresh.not_yet_valid", 1},
		{"by another issuer", sign(w.School, b), sign(w.Stranger, newer.With("/issuer/id", w.Stranger.ID)), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.issuer_mismatch", 1},
		{"signed by another under the name of the issuer", sign(w.School, b), w.Stranger.As(w.School.ID).VCJWT(keys.ES256, newer), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.unproven", 1},
		{"unsigned", sign(w.School, b), newer.Text(), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.unproven", 1},
		{"another credential", sign(w.School, b), sign(w.School, newer.With("/id", "https://school.example/c/2")), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.id_mismatch", 1},
		{"another link", sign(w.School, b), again, verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.failed", 1},
		{"no credential", sign(w.School, b), `{"a":1}`, verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.failed", 1},
		{"nothing", sign(w.School, b), "", verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.failed", 1},
		{"no service", sign(w.School, b.Without("/refreshService")), sign(w.School, newer), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.none", 0},
		{"a service of another kind", sign(w.School, b.With("/refreshService/type", "LunarRefresh")), sign(w.School, newer), verifier.Policy{}, verifier.Valid, verifier.CopyPresented, "refresh.none", 0},
		{"a credential whose signature does not hold", w.Stranger.As(w.School.ID).VCJWT(keys.ES256, b), sign(w.School, newer), verifier.Policy{}, verifier.Invalid, verifier.CopyPresented, "refresh.not_looked_up", 0},
		{"a stranger's credential", sign(w.Stranger, b.With("/issuer/id", w.Stranger.ID)), sign(w.School, newer), verifier.Policy{}, verifier.Undecided, verifier.CopyPresented, "refresh.not_looked_up", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if w.Web.Fail(at, "fetch.status"); row.there != "" {
				w.Web.Put(at, "text/plain", row.there)
			}
			before := w.Web.Count(at)
			row.policy.Refresh = true
			r := w.Verifier().Check(t.Context(), verifier.Input{Text: row.given}, row.policy)
			allChecks(t, r)
			if r.Refresh == nil || r.Verdict != row.verdict || r.Refresh.Judged != row.judged || r.Refresh.Code != row.code || r.Refresh.Detail == "" {
				t.Errorf("got %s %+v, want %s %s %s\n%s", r.Verdict, r.Refresh, row.verdict, row.judged, row.code, summary(r))
			}
			if name := r.Achievement.Name; (name == "Welding II") != (row.judged == verifier.CopyNewer) {
				t.Errorf("%q is shown", name)
			}
			if n := w.Web.Count(at) - before; n != row.asked {
				t.Errorf("asked %d times", n)
			}
		})
	}
	if n := w.Web.Count(again); n != 0 {
		t.Errorf("the service of the newer copy was asked %d times", n)
	}
	before := w.Web.Count(at)
	if r := check(t, w, sign(w.School, b)); r.Refresh == nil || r.Refresh.Code != verifier.RefreshNotAsked || r.Refresh.URL != at || w.Web.Count(at) != before {
		t.Errorf("refreshed although the policy does not ask, or not offered: %+v", r.Refresh)
	}
	for name, given := range map[string]string{
		"a stranger's":                      sign(w.Stranger, b.With("/issuer/id", w.Stranger.ID)),
		"one whose signature does not hold": w.Stranger.As(w.School.ID).VCJWT(keys.ES256, b),
		"one without a service":             sign(w.School, b.Without("/refreshService")),
	} {
		if r := check(t, w, given); r.Refresh != nil {
			t.Errorf("%s is offered a newer copy: %+v", name, r.Refresh)
		}
	}
}
