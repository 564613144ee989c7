package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// ringed is an office whose issuer has keys.
func ringed(t *testing.T) (*office, keyring.Key) {
	t.Helper()
	o := newOffice(t)
	made, err := o.ring.Create(t.Context(), "iss_1", "did:web:badges.example%3A8443")
	if err != nil {
		t.Fatal(err)
	}
	return o, made[0]
}

func (o *office) states() map[keyring.State]int {
	o.t.Helper()
	all, err := o.ring.Keys(o.t.Context(), "iss_1")
	if err != nil {
		o.t.Fatal(err)
	}
	out := map[keyring.State]int{}
	for _, k := range all {
		out[k.State]++
	}
	return out
}

func TestKeysAreReplacedAfterTheirNoticeOrAtOnce(t *testing.T) {
	o, k := ringed(t)
	if page := words(o.get("/console/keys")); !strings.Contains(page, k.ID) || strings.Count(page, "New badges are signed with it.") != 3 {
		t.Errorf("the list: %s", page)
	}
	if page := o.get("/console/keys/rotate?issuer=iss_1"); page.Code != http.StatusOK || o.states()[keyring.Next] > 0 {
		t.Errorf("looking at what would change: %d, %v", page.Code, o.states())
	}
	for name, fields := range map[string][]string{
		"without a pace": {"issuer", "iss_1"}, "a pace that is none": {"issuer", "iss_1", "pace", "soon"},
		"at once without being sure": {"issuer", "iss_1", "pace", "now"},
	} {
		if rec := o.send("/console/keys/rotate", fields...); rec.Code != http.StatusUnprocessableEntity || o.states()[keyring.Next] > 0 {
			t.Errorf("%s: %d, %v", name, rec.Code, o.states())
		}
	}
	if rec := o.send("/console/keys/rotate", "issuer", "iss_1", "pace", "announced"); rec.Code != http.StatusSeeOther || o.states()[keyring.Next] != 3 {
		t.Fatalf("%d, %v", rec.Code, o.states())
	}
	if rec := o.send("/console/keys/rotate", "issuer", "iss_1", "pace", "announced"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("while the next keys wait: %d", rec.Code)
	}
	if rec := o.send("/console/keys/rotate", "issuer", "iss_1", "pace", "now", "sure", "yes"); rec.Code != http.StatusSeeOther ||
		o.states()[keyring.Retired] != 3 {
		t.Errorf("at once: %d, %v", rec.Code, o.states())
	}
	for _, id := range []string{"", "iss_9", "open-school"} {
		if rec := o.send("/console/keys/rotate", "issuer", id, "pace", "announced"); rec.Code != http.StatusNotFound {
			t.Errorf("issuer %q: %d", id, rec.Code)
		}
	}
}

func TestAKeyIsWithdrawnAfterALookAtWhatIsLost(t *testing.T) {
	o, k := ringed(t)
	at := "/console/keys/withdraw"
	o.now = o.now.Add(time.Hour)
	from := o.now.Add(-time.Minute).Format("2006-01-02T15:04")
	plan := o.send(at, "issuer", "iss_1", "key", k.ID, "from", from, "step", "plan")
	if page := words(plan); plan.Code != http.StatusOK || !strings.Contains(page, "3 badges would no longer be valid") ||
		!strings.Contains(page, "9 badges are recorded before") || !strings.Contains(page, "1 learner record") || !strings.Contains(page, "counts all") {
		t.Fatalf("the plan: %d %s", plan.Code, page)
	}
	if r := o.planned[len(o.planned)-1]; r.KeyID != k.ID || r.IssuerID != "iss_1" || r.From.Format("2006-01-02T15:04") != from || r.Upto != limits.KeyPlan {
		t.Errorf("%+v", r)
	}
	for name, c := range map[string]struct {
		fields []string
		want   int
	}{
		"without being sure":         {[]string{"issuer", "iss_1", "key", k.ID, "from", from, "step", "withdraw"}, http.StatusUnprocessableEntity},
		"a moment that is none":      {[]string{"issuer", "iss_1", "key", k.ID, "from", "noon", "step", "withdraw", "sure", "yes"}, http.StatusUnprocessableEntity},
		"a moment to come":           {[]string{"issuer", "iss_1", "key", k.ID, "from", "2027-01-01T00:00", "step", "withdraw", "sure", "yes"}, http.StatusUnprocessableEntity},
		"a look at a moment to come": {[]string{"issuer", "iss_1", "key", k.ID, "from", "2027-01-01T00:00", "step", "plan"}, http.StatusUnprocessableEntity},
		"before the key was made":    {[]string{"issuer", "iss_1", "key", k.ID, "from", "2001-01-01T00:00", "step", "plan"}, http.StatusUnprocessableEntity},
		"a key that there is not":    {[]string{"issuer", "iss_1", "key", k.ID + "x", "from", from, "step", "withdraw", "sure", "yes"}, http.StatusNotFound},
		"sure, but only to look at":  {[]string{"issuer", "iss_1", "key", k.ID, "from", from, "sure", "yes"}, http.StatusOK},
	} {
		if rec := o.send(at, c.fields...); rec.Code != c.want || o.states()[keyring.Withdrawn] > 0 {
			t.Errorf("%s: %d, %v", name, rec.Code, o.states())
		}
	}
	if rec := o.send(at, "issuer", "iss_1", "key", k.ID, "from", from, "step", "withdraw", "sure", "yes"); rec.Code != http.StatusSeeOther ||
		o.states()[keyring.Withdrawn] != 1 || o.states()[keyring.Active] != 3 {
		t.Errorf("%d, %v", rec.Code, o.states())
	}
}

func TestWhatAWithdrawnKeySignedIsIssuedAgainAfterALook(t *testing.T) {
	o, k := ringed(t)
	const at = "/console/keys/reissue"
	page := at + "?issuer=iss_1&key=" + url.QueryEscape(k.ID)
	if rec := o.get(page); rec.Code != http.StatusNotFound {
		t.Errorf("of a key in use: %d", rec.Code)
	}
	o.now = o.now.Add(time.Hour)
	from := o.now.Add(-time.Minute).Format("2006-01-02T15:04")
	rec := o.send("/console/keys/withdraw", "issuer", "iss_1", "key", k.ID, "from", from, "step", "withdraw", "sure", "yes")
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != page {
		t.Fatalf("a withdrawal leads to %q", rec.Header().Get("Location"))
	}
	plan := words(o.get(page))
	if !strings.Contains(plan, "2 badges would be issued again") || !strings.Contains(plan, "9 recorded before") || !strings.Contains(plan, "1 suspended") || !strings.Contains(plan, "rec_1") {
		t.Errorf("the plan: %s", plan)
	}
	if r := o.planned[len(o.planned)-1]; r.KeyID != k.ID || r.From.Format("2006-01-02T15:04") != from || r.Scope != issuer.Unbelieved || r.Upto != limits.KeyPlan {
		t.Errorf("what was planned: %+v", r)
	}
	fields := []string{"issuer", "iss_1", "key", k.ID}
	if rec := o.send(at, fields...); rec.Code != http.StatusUnprocessableEntity || len(o.again) > 0 {
		t.Errorf("without being sure: %d", rec.Code)
	}
	rec = o.send(at, append(fields, "sure", "yes")...)
	if done := words(rec); rec.Code != http.StatusOK || !strings.Contains(done, "2 badges were issued again") || !strings.Contains(done, "There are more") ||
		!strings.Contains(rec.Body.String(), `name="cursor" value="200"`) {
		t.Errorf("the first part: %d %s", rec.Code, done)
	}
	rec = o.send(at, append(fields, "sure", "yes", "cursor", "200", "scope", "all")...)
	if done := words(rec); rec.Code != http.StatusOK || !strings.Contains(done, "1 badge was issued again") || strings.Contains(rec.Body.String(), `name="cursor"`) {
		t.Errorf("the last part: %d %s", rec.Code, done)
	}
	if a, b := o.again[0], o.again[1]; a.Cursor != "" || a.Most != 200 || a.Actor == "" || b.Cursor != "200" || b.Scope != issuer.All {
		t.Errorf("%+v", o.again)
	}
	o.refuse = fault.New(fault.Conflict, nil, "the key was withdrawn earlier")
	if rec := o.send(at, append(fields, "sure", "yes")...); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "withdrawn earlier") {
		t.Errorf("what is refused: %d", rec.Code)
	}
	for _, other := range [][]string{{"issuer", "iss_9", "key", k.ID}, {"issuer", "iss_1", "key", k.ID + "x"}} {
		if rec := o.send(at, append(other, "sure", "yes")...); rec.Code != http.StatusNotFound {
			t.Errorf("%v: %d", other, rec.Code)
		}
	}
}

func TestTheSwitchOfIssuing(t *testing.T) {
	o, _ := ringed(t)
	if rec := o.send("/console/keys/stop", "issuer", "iss_1"); rec.Code != http.StatusUnprocessableEntity || len(o.stopped) > 0 {
		t.Errorf("without a reason: %d", rec.Code)
	}
	for _, id := range []string{"iss_1", "*"} {
		if rec := o.send("/console/keys/stop", "issuer", id, "reason", "a key may be stolen"); rec.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", id, rec.Code)
		}
	}
	if len(o.stopped) != 2 || o.stopped[0].IssuerID != "iss_1" || o.stopped[1].IssuerID != "" || !strings.HasPrefix(o.stopped[0].Actor, "console:per_") {
		t.Errorf("%+v", o.stopped)
	}
	if page := words(o.get("/console/keys")); !strings.Contains(page, "Nothing is issued, by nobody") || !strings.Contains(page, "a key may be stolen") {
		t.Errorf("the page: %s", page)
	}
	for n, id := range []string{"*", "iss_1"} {
		if rec := o.send("/console/keys/resume", "issuer", id); rec.Code != http.StatusSeeOther || len(o.stopped) != 1-n {
			t.Errorf("%s: %d, %+v", id, rec.Code, o.stopped)
		}
	}
}

func TestATokenIsShownOnce(t *testing.T) {
	o := newOffice(t)
	for name, fields := range map[string][]string{
		"without a name":            {"issuer", "*", "scope", "read"},
		"without a scope":           {"issuer", "*", "name", "Moodle"},
		"a scope that there is not": {"issuer", "*", "name", "Moodle", "scope", "root"},
		"without an issuer":         {"name", "Moodle", "scope", "read"},
		"an end in the past":        {"issuer", "*", "name", "Moodle", "scope", "read", "expires", "2020-01-01"},
		"an end that is no day":     {"issuer", "*", "name", "Moodle", "scope", "read", "expires", "soon"},
	} {
		if rec := o.send("/console/tokens", fields...); rec.Code != http.StatusUnprocessableEntity || strings.Contains(rec.Body.String(), "laurel_") {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	made := o.send("/console/tokens", "issuer", "iss_1", "name", "Moodle", "scope", "award", "scope", "read", "expires", "2027-01-01")
	secret := regexp.MustCompile(`laurel_[a-z2-7]{32}`).FindString(made.Body.String())
	if made.Code != http.StatusCreated || secret == "" {
		t.Fatalf("%d %s", made.Code, made.Body)
	}
	k, err := o.sessions.Authenticate(t.Context(), secret)
	if err != nil || k.IssuerID != "iss_1" || len(k.Scopes) != 2 || k.ExpiresAt.Year() != 2027 {
		t.Errorf("%+v, %v", k, err)
	}
	if page := o.get("/console/tokens").Body.String(); strings.Contains(page, secret) || !strings.Contains(page, k.ID) {
		t.Error("the list shows the secret, or not the token")
	}
	if rec := o.send("/console/tokens/" + k.ID + "/revoke"); rec.Code != http.StatusSeeOther {
		t.Errorf("%d", rec.Code)
	}
	if _, err := o.sessions.Authenticate(t.Context(), secret); err == nil {
		t.Error("it still opens")
	}
	if rec := o.send("/console/tokens/tok_x/revoke"); rec.Code != http.StatusNotFound {
		t.Errorf("a token that there is not: %d", rec.Code)
	}
}
