package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
)

func TestALearnerAsksForANewLink(t *testing.T) {
	w := newWorld(t, base)
	post := func(path string, header ...string) (int, string) {
		rec := w.ask(http.MethodPost, path, form(), append(header, "Content-Type", urlencoded)...)
		return rec.Code, rec.Header().Get("Location")
	}
	if status, _ := post("/claim/none/request"); status != http.StatusNotFound {
		t.Errorf("a stranger's link: %d", status)
	}
	for _, code := range []string{"gone", "used", "good"} {
		if status, to := post("/claim/" + code + "/request"); status != http.StatusSeeOther || to != "/claim/"+code {
			t.Errorf("%s: %d to %q", code, status, to)
		}
	}
	if len(w.askedAt) != 2 {
		t.Errorf("asked: %v", w.askedAt)
	}
	if status, _ := post("/claim/guessed/request", "Origin", "https://evil.example"); status != http.StatusForbidden || len(w.askedAt) != 2 {
		t.Errorf("from elsewhere: %d, %v", status, w.askedAt)
	}
	for path, want := range map[string]string{"/claim/gone": "has been told", "/claim/used": "has been told", "/claim/guessed": "/claim/guessed/request"} {
		if body := w.ask(http.MethodGet, path, nil).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
	if body := w.ask(http.MethodGet, "/claim/good", nil).Body.String(); strings.Contains(body, "/request") {
		t.Error("a good link offers to ask for another")
	}
	cookie, _ := w.signIn(t)
	for path, want := range map[string]string{"/console": "Wishes of learners", "/console/wishes": "/console/awards/awd_private", "/console/awards/awd_public": "The learner asks for a new link"} {
		if body := w.ask(http.MethodGet, path, nil, "Cookie", cookie).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

func TestTheConsoleMakesAClaimLinkAndShowsItOnce(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	const page = "/console/awards/awd_public"
	post := func(path string, fields ...string) (int, string) {
		rec := w.ask(http.MethodPost, path, form(append(fields, "csrf", csrf)...), "Cookie", cookie, "Content-Type", urlencoded)
		return rec.Code, rec.Body.String()
	}
	status, body := post(page+"/offers", "guarded", "1", "note", "by post", "unbound", "supersede")
	if status != http.StatusCreated || !strings.Contains(body, base+"/claim/fresh") || !strings.Contains(body, "493027") {
		t.Errorf("%d %.300s", status, body)
	}
	if status, body = post(page + "/offers"); status != http.StatusCreated || strings.Contains(body, "493027") {
		t.Errorf("without a code: %d", status)
	}
	if body := w.ask(http.MethodGet, page, nil, "Cookie", cookie).Body.String(); strings.Contains(body, "/claim/fresh") || !strings.Contains(body, "sent &lt;by&gt; post") {
		t.Error("the link is shown again, or its note is not shown")
	}
	if status, _ := post(page + "/offers/off_1/revoke"); status != http.StatusSeeOther {
		t.Errorf("withdrawing: %d", status)
	}
	want := "awd_public|1|by post|console|supersede awd_public|0||console| revoke|awd_public|off_1|console"
	if got := strings.Join(w.offered, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.refuse = fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
	if status, _ := post(page + "/offers"); status != http.StatusConflict {
		t.Errorf("of a revoked award: %d", status)
	}
}
