package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/issuer/access"
)

func TestAProfileIsSavedAfterItsChangesWereShown(t *testing.T) {
	o := newOffice(t)
	if rec := o.get("/console/profile"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/console/profile/iss_1" {
		t.Errorf("with one issuer: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	if page := words(o.get("/console/profile/iss_1")); !strings.Contains(page, `value="Open School"`) || !strings.Contains(page, "keep what was signed") {
		t.Errorf("the form: %s", page)
	}
	fields := []string{"name", " New School ", "url", "https://new.example", "email", "a@new.example", "description", "One\r\nTwo", "language", "en"}
	rec := o.send("/console/profile/iss_1", fields...)
	page := words(rec)
	if rec.Code != http.StatusOK || len(o.profiled) > 0 {
		t.Fatalf("%d: %d were saved before anything was shown", rec.Code, len(o.profiled))
	}
	for _, want := range []string{"Open School", "New School", "https://new.example", "12 badges that were awarded until now keep what was signed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the changes do not say %q: %s", want, page)
		}
	}
	if rec := o.send("/console/profile/iss_1", append(fields, "step", "save")...); rec.Code != http.StatusSeeOther || len(o.profiled) != 1 {
		t.Fatalf("saving: %d", rec.Code)
	}
	if n := o.profiled[0]; n.Name != "New School" || n.Description != "One\nTwo" || n.Image != nil || !strings.HasPrefix(n.Actor, "console:per_") {
		t.Errorf("%+v", n)
	}
	if page := words(o.get("/console/profile/iss_1?done=saved")); !strings.Contains(page, "Saved") {
		t.Error("it is not said that it was saved")
	}
	for _, step := range []string{"", "save"} {
		if rec := o.send("/console/profile/iss_1", "name", "", "step", step); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(words(rec), "this is required") {
			t.Errorf("without a name, step %q: %d", step, rec.Code)
		}
	}
	if len(o.profiled) != 1 {
		t.Error("a profile without a name was saved")
	}
}

func TestAPictureOfAnIssuerNeedsWords(t *testing.T) {
	o := newOffice(t)
	send := func(fields map[string]string, content string) int {
		body, kind := upload(t, o.csrf, fields, "picture", "p.png", content)
		return o.ask(http.MethodPost, "/console/profile/iss_1/picture", body, "Cookie", o.cookie, "Content-Type", kind).Code
	}
	for name, got := range map[string]int{
		"without a file":  send(map[string]string{"alt": "An owl"}, ""),
		"without words":   send(map[string]string{}, "\x89PNG\r\n\x1a\n"),
		"without either":  send(map[string]string{}, ""),
		"with more bytes": send(map[string]string{"alt": "An owl"}, strings.Repeat("x", 5<<20+1)),
	} {
		if got != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got)
		}
	}
	if len(o.profiled) > 0 {
		t.Fatal("something was saved")
	}
	if got := send(map[string]string{"alt": "An owl"}, "\x89PNG\r\n\x1a\n"); got != http.StatusSeeOther || o.profiled[0].Image.Alt != "An owl" || o.profiled[0].Name != "Open School" {
		t.Errorf("%d %+v", got, o.profiled)
	}
	if got := send(map[string]string{"way": "remove"}, ""); got != http.StatusSeeOther || o.profiled[1].Image == nil || o.profiled[1].Image.Data != nil {
		t.Errorf("removing it: %d", got)
	}
}

func TestAProfileOfAnotherIssuerIsNotThere(t *testing.T) {
	w := newWorld(t, base)
	_, cookie, csrf := w.signInAs(t, access.Grant{IssuerID: "iss_2", Role: access.Owner})
	if rec := w.ask(http.MethodGet, "/console/profile/iss_1", nil, "Cookie", cookie); rec.Code != http.StatusNotFound {
		t.Errorf("%d", rec.Code)
	}
	for _, path := range []string{"/console/profile/iss_1", "/console/profile/iss_1/picture"} {
		if code, _ := w.post(path, cookie, csrf, "name", "Mine", "step", "save", "way", "remove"); code != http.StatusNotFound || len(w.profiled) > 0 {
			t.Errorf("%s: %d", path, code)
		}
	}
}
