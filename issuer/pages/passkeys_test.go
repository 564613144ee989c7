package pages_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/passkey/passkeytest"
	"github.com/openlaurel/laurel/issuer/access"
)

type begun struct {
	Options json.RawMessage `json:"options"`
	State   string          `json:"state"`
}

func (o *office) begin(path, csrf string) begun {
	o.t.Helper()
	var b begun
	rec := o.ask(http.MethodPost, path, form("csrf", csrf), "Cookie", o.cookie, "Content-Type", urlencoded)
	if err := json.Unmarshal(rec.Body.Bytes(), &b); rec.Code != http.StatusOK || err != nil {
		o.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	return b
}

func (o *office) registered(a *passkeytest.Authenticator, name string) int {
	o.t.Helper()
	b := o.begin("/console/account/passkeys/begin", o.csrf)
	return o.send("/console/account/passkeys", "state", b.State, "credential", a.Create(o.t, b.Options), "name", name).Code
}

// entering signs in by a passkey, without a session.
func (o *office) entering(a *passkeytest.Authenticator) (status int, cookie string) {
	o.t.Helper()
	var b begun
	rec := o.ask(http.MethodPost, "/console/sign-in/passkey/begin", nil)
	if err := json.Unmarshal(rec.Body.Bytes(), &b); err != nil {
		o.t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	rec = o.ask(http.MethodPost, "/console/sign-in/passkey", form("state", b.State, "credential", a.Get(o.t, b.Options)), "Content-Type", urlencoded)
	if len(rec.Result().Cookies()) > 0 {
		cookie = rec.Result().Cookies()[0].Name + "=" + rec.Result().Cookies()[0].Value
	}
	return rec.Code, cookie
}

func device(t *testing.T) *passkeytest.Authenticator {
	return passkeytest.New(t, base, strings.Split(strings.TrimPrefix(base, "https://"), ":")[0])
}

func TestAPasskeyIsRegisteredAndSignsIn(t *testing.T) {
	o, a := newOffice(t), device(t)
	if rec := o.get("/console"); !strings.Contains(words(rec), "works once") {
		t.Error("somebody who came by a link is not told of passkeys")
	}
	if page := o.ask(http.MethodGet, "/console/sign-in", nil).Body.String(); !strings.Contains(page, `data-passkey="get"`) || !strings.Contains(page, "laurel sign-in") {
		t.Errorf("the ways to sign in: %s", page)
	}
	if got := o.registered(a, " "); got != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", got)
	}
	if got := o.registered(a, "Laptop"); got != http.StatusSeeOther {
		t.Fatalf("%d", got)
	}
	if got := o.registered(a, "Again"); got != http.StatusUnprocessableEntity {
		t.Errorf("the same once more: %d", got)
	}
	status, cookie := o.entering(a)
	if status != http.StatusSeeOther || !strings.HasPrefix(cookie, "__Host-laurel=") {
		t.Fatalf("%d %q", status, cookie)
	}
	page := words(o.ask(http.MethodGet, "/console/account", nil, "Cookie", cookie))
	id := regexp.MustCompile(`/console/account/passkeys/([\w-]+)/remove`).FindStringSubmatch(page)
	if id == nil || !strings.Contains(page, "Laptop") || !strings.Contains(page, "last used") {
		t.Fatalf("the account: %s", page)
	}
	if rec := o.send("/console/account/passkeys/"+id[1]+"/rename", "name", "Old laptop"); rec.Code != http.StatusSeeOther ||
		!strings.Contains(words(o.get("/console/account")), "Old laptop") {
		t.Errorf("renaming: %d", rec.Code)
	}
	_, other, csrf := o.signInAs(t, access.Grant{Role: access.Owner})
	if code, _ := o.post("/console/account/passkeys/"+id[1]+"/remove", other, csrf); code != http.StatusNotFound {
		t.Errorf("removing somebody else's: %d", code)
	}
	if rec := o.send("/console/account/passkeys/" + id[1] + "/remove"); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(words(rec), "last passkey") {
		t.Errorf("removing the last one without being sure: %d", rec.Code)
	}
	if rec := o.get("/console"); strings.Contains(words(rec), "works once") {
		t.Error("somebody with a passkey is told to make one")
	}
	if rec := o.send("/console/account/passkeys/"+id[1]+"/remove", "sure", "yes"); rec.Code != http.StatusSeeOther {
		t.Errorf("removing: %d", rec.Code)
	}
	if status, cookie := o.entering(a); status != http.StatusUnauthorized || cookie != "" {
		t.Errorf("a passkey that was removed: %d %q", status, cookie)
	}
}

func TestACeremonyIsForOnePersonOnceAndSoon(t *testing.T) {
	o, a := newOffice(t), device(t)
	b := o.begin("/console/account/passkeys/begin", o.csrf)
	answer := a.Create(t, b.Options)
	_, other, csrf := o.signInAs(t, access.Grant{Role: access.Viewer})
	if code, _ := o.post("/console/account/passkeys", other, csrf, "state", b.State, "credential", answer, "name", "Mine"); code != http.StatusForbidden {
		t.Errorf("ended by somebody else: %d", code)
	}
	if rec := o.send("/console/account/passkeys", "state", b.State, "credential", answer, "name", "Laptop"); rec.Code != http.StatusGone {
		t.Errorf("a state that was used: %d", rec.Code)
	}
	b = o.begin("/console/account/passkeys/begin", o.csrf)
	o.now = o.now.Add(5 * time.Minute)
	if rec := o.send("/console/account/passkeys", "state", b.State, "credential", a.Create(t, b.Options), "name", "Laptop"); rec.Code != http.StatusGone {
		t.Errorf("after five minutes: %d", rec.Code)
	}
	b = o.begin("/console/account/passkeys/begin", o.csrf)
	if rec := o.ask(http.MethodPost, "/console/sign-in/passkey", form("state", b.State, "credential", a.Create(t, b.Options)), "Content-Type", urlencoded); rec.Code != http.StatusGone {
		t.Errorf("a registration ended as a sign-in: %d", rec.Code)
	}
	for _, path := range []string{"/console/sign-in/passkey/begin", "/console/sign-in/passkey"} {
		if rec := o.ask(http.MethodPost, path, nil, "Origin", "https://evil.example"); rec.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, rec.Code)
		}
	}
}

func TestSigningInByAPasskeyEndsTheSessionThatCameAlong(t *testing.T) { // W15
	o, a := newOffice(t), device(t)
	if got := o.registered(a, "Laptop"); got != http.StatusSeeOther {
		t.Fatal(got)
	}
	b := o.begin("/console/sign-in/passkey/begin", o.csrf)
	rec := o.ask(http.MethodPost, "/console/sign-in/passkey", form("state", b.State, "credential", a.Get(t, b.Options)), "Content-Type", urlencoded, "Cookie", o.cookie)
	if rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if rec := o.get("/console"); rec.Code != http.StatusUnauthorized {
		t.Errorf("the old session: %d", rec.Code)
	}
}
