package pages_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/oidc"
	"github.com/openlaurel/laurel/internal/oidc/oidctest"
	"github.com/openlaurel/laurel/issuer/access"
)

// organisation is the sign-in service of a world. Its roles come from the claim "badges".
type organisation struct {
	provider *oidctest.Provider
	client   *oidc.Client
}

func (o *organisation) Service() (name, issuer string) {
	if o.provider == nil {
		return "School account", ""
	}
	return "School account", o.provider.URL
}

func (o *organisation) Begin(ctx context.Context, state string) (string, []byte, error) {
	return o.client.Begin(ctx, state)
}

func (o *organisation) End(ctx context.Context, keep []byte, q url.Values) (access.Identity, error) {
	who, err := o.client.End(ctx, keep, q)
	i := access.Identity{Issuer: who.Issuer, Subject: who.Subject, Name: who.Name, Email: who.Email, Verified: who.Verified}
	if role, ok := who.Claims["badges"].(string); ok {
		i.Grants = []access.Grant{{Role: access.Role(role)}}
	}
	return i, err
}

// visitor is a browser at the door of a world, with its cookies.
type visitor struct {
	*world
	t       *testing.T
	cookies map[string]string
}

func (w *world) serviced(t *testing.T) *oidctest.Provider {
	t.Helper()
	p := oidctest.New(t)
	p.Clock = func() time.Time { return w.now }
	out := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	w.service.provider = p
	w.service.client = oidc.New(oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Redirect: base + "/console/sign-in/sso/back",
		HTTP: out.HTTP(), PlainHTTP: out.PlainHTTP, Clock: p.Clock})
	return p
}

func (w *world) visitor(t *testing.T) *visitor { return &visitor{w, t, map[string]string{}} }

// get asks with the cookies that the browser has, and keeps what it is given.
func (v *visitor) get(path string, header ...string) (status int, page, location string) {
	v.t.Helper()
	var all []string
	for name, value := range v.cookies {
		all = append(all, name+"="+value)
	}
	rec := v.ask(http.MethodGet, path, nil, append(header, "Cookie", strings.Join(all, "; "))...)
	for _, c := range rec.Result().Cookies() {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-") {
			v.t.Errorf("cookie %+v", c)
		}
	}
	return rec.Code, words(rec), rec.Header().Get("Location")
}

// away goes to the service and returns with the address at which the browser comes back.
func (v *visitor) away() string {
	v.t.Helper()
	status, page, address := v.get("/console/sign-in/sso")
	if status != http.StatusSeeOther {
		v.t.Fatalf("the way to the service: %d %s", status, page)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(address)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	at, err := res.Location()
	if err != nil {
		v.t.Fatalf("the service answers %d to %s", res.StatusCode, address)
	}
	return at.RequestURI()
}

func (v *visitor) signOn() (status int, page string) {
	v.t.Helper()
	status, page, _ = v.get(v.away())
	return status, page
}

func amina() oidctest.Person {
	return oidctest.Person{Subject: "u-17", Name: "Amina Otieno", Email: "Amina@School.example", Verified: true}
}

// invited lets somebody in with an address, and returns who it is.
func (w *world) invited(t *testing.T, email string) access.Person {
	t.Helper()
	p, _, err := w.sessions.Invite(t.Context(), w.operator(t), access.Invitation{Name: "Amina", Email: email, Grant: access.Grant{IssuerID: "iss_1", Role: access.Awarder}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWhoWasInvitedSignsInByTheService(t *testing.T) {
	w := newWorld(t, base)
	p := w.serviced(t)
	p.Person = amina()
	who := w.invited(t, "amina@school.example")
	v := w.visitor(t)
	if _, page, _ := v.get("/console/sign-in"); !strings.Contains(page, "Sign in with School account") {
		t.Errorf("the way is not offered: %s", page)
	}
	if status, page := v.signOn(); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, page)
	}
	old := v.cookies["__Host-laurel"]
	if _, page, _ := v.get("/console/account"); !strings.Contains(page, "amina@school.example") || !strings.Contains(page, "School account") {
		t.Errorf("the account: %s", page)
	}
	// Their address there changes: iss and sub count, and the session that came along ends (W15).
	p.Set(func(p *oidctest.Provider) { p.Person.Email, p.Person.Verified = "married@school.example", false })
	if status, page := v.signOn(); status != http.StatusSeeOther {
		t.Fatalf("with another address: %d %s", status, page)
	}
	if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", "__Host-laurel="+old); rec.Code != http.StatusUnauthorized || v.cookies["__Host-laurel"] == old {
		t.Errorf("the session of before: %d", rec.Code)
	}
	if status, _, location := v.get("/console/sign-in"); status != http.StatusSeeOther || location != "/console" {
		t.Errorf("somebody who is in is shown the door: %d %s", status, location)
	}
	// An owner parts them; then the address must fit again.
	cookie, csrf := w.signIn(t)
	if code, page := w.post("/console/people/"+who.ID+"/unlink", cookie, csrf, "login", p.URL); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, page)
	}
	if status, _, _ := v.get("/console"); status != http.StatusUnauthorized {
		t.Errorf("their session after that: %d", status)
	}
	if status, _ := v.signOn(); status != http.StatusForbidden {
		t.Errorf("with an address that is not verified: %d", status)
	}
	if code, _ := w.post("/console/people/"+who.ID+"/unlink", cookie, csrf, "login", p.URL); code != http.StatusNotFound {
		t.Errorf("parting them twice: %d", code)
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	gone := func(t *testing.T, w *world) {
		who := w.invited(t, "amina@school.example")
		v := w.visitor(t)
		if status, page := v.signOn(); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, page)
		}
		if _, err := w.sessions.SetRole(t.Context(), w.operator(t), who.ID, access.Grant{IssuerID: "iss_1"}); err != nil {
			t.Fatal(err)
		}
		if status, _, _ := v.get("/console"); status != http.StatusUnauthorized {
			t.Errorf("their session after they were removed: %d", status)
		}
	}
	tests := []struct {
		name string
		set  func(*testing.T, *world)
		want int
		text string
	}{
		{"somebody whom nobody has let in", func(*testing.T, *world) {}, http.StatusForbidden, "nobody has let you in here"},
		{"an address that the service has not verified", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			w.service.provider.Person.Verified = false
		}, http.StatusForbidden, "does not say that your e-mail address is yours"},
		{"an address of which it says nothing", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			w.service.provider.Person.Verified = nil
		}, http.StatusForbidden, "does not say that your e-mail address is yours"},
		{"the next person with a mail address that was used before (W25)", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			if status, page := w.visitor(t).signOn(); status != http.StatusSeeOther {
				t.Fatalf("%d %s", status, page)
			}
			w.service.provider.Set(func(p *oidctest.Provider) { p.Person.Subject = "u-18" })
		}, http.StatusForbidden, "belongs to another person of the service"},
		{"somebody who was removed", gone, http.StatusForbidden, "taken your roles here away"},
		{"somebody who was removed, whatever claims say", func(t *testing.T, w *world) {
			gone(t, w)
			w.service.provider.Set(func(p *oidctest.Provider) { p.Person.More = map[string]any{"badges": "owner"} })
		}, http.StatusForbidden, "taken your roles here away"},
		{"somebody who declined there", func(_ *testing.T, w *world) { w.service.provider.Decline = true }, http.StatusForbidden, "declined there"},
		{"an ID token with another nonce", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			w.service.provider.Claims = func(c map[string]any) { c["nonce"] = "x" }
		}, http.StatusUnauthorized, "does not hold"},
		{"an answer that names another issuer", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			w.service.provider.Answer = func(q url.Values) { q.Set("iss", "https://evil.example") }
		}, http.StatusUnauthorized, "does not hold"},
		{"an answer without state", func(t *testing.T, w *world) {
			w.invited(t, "amina@school.example")
			w.service.provider.Answer = func(q url.Values) { q.Del("state") }
		}, http.StatusUnauthorized, "not begun in this browser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, base)
			w.serviced(t).Person = amina()
			tt.set(t, w)
			v := w.visitor(t)
			status, page := v.signOn()
			if status != tt.want || !strings.Contains(page, tt.text) || len(v.cookies) > 0 {
				t.Errorf("%d %v %s", status, v.cookies, page)
			}
			if !strings.Contains(page, "laurel sign-in") || !strings.Contains(page, "Sign in with School account") {
				t.Error("the page offers no other way")
			}
		})
	}
}

func TestAWayToTheServiceIsOfOneBrowserOnceAndSoon(t *testing.T) {
	w := newWorld(t, base)
	w.serviced(t).Person = amina()
	w.invited(t, "amina@school.example")
	mine, theirs := w.visitor(t), w.visitor(t)
	refused := func(name string, v *visitor, path string, header ...string) {
		t.Helper()
		status, page, _ := v.get(path, header...)
		if _, in := v.cookies["__Host-laurel"]; status != http.StatusUnauthorized || in || !strings.Contains(page, "not begun in this browser") {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	back := theirs.away()
	refused("an answer that was begun in another browser, in one that began nothing", mine, back)
	mine.away()
	refused("the same in one that began something", mine, back)
	back = mine.away()
	w.now = w.now.Add(5 * time.Minute)
	refused("after five minutes", mine, back)
	back = mine.away()
	way := mine.cookies["__Host-laurel-way"]
	if status, page, _ := mine.get(back); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, page)
	}
	again := w.visitor(t)
	again.cookies["__Host-laurel-way"] = way
	refused("the same answer again", again, back)
	guess := w.visitor(t)
	guess.cookies["__Host-laurel-way"] = "guess"
	refused("a way that nobody has gone", guess, back)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Purpose", "prefetch;prerender"}} {
		v := w.visitor(t)
		if status, page, _ := v.get("/console/sign-in/sso", header...); status != http.StatusOK || len(v.cookies) > 0 || !strings.Contains(page, "Sign in with") {
			t.Errorf("begun by %v: %d", header, status)
		}
	}
	if rec := w.ask(http.MethodHead, "/console/sign-in/sso", nil); rec.Code == http.StatusOK || len(rec.Result().Cookies()) > 0 {
		t.Errorf("looked at by HEAD: %d", rec.Code)
	}
}

func TestOtherWaysStayWhenTheServiceIsAway(t *testing.T) {
	w := newWorld(t, base)
	w.serviced(t).Away = true
	v := w.visitor(t)
	if status, page, _ := v.get("/console/sign-in/sso"); status != http.StatusUnauthorized || !strings.Contains(page, "does not answer as it should") ||
		!strings.Contains(page, `data-passkey="get"`) || len(v.cookies) > 0 {
		t.Errorf("%d %s", status, page)
	}
	cookie, _ := w.signIn(t)
	if rec := w.ask(http.MethodGet, "/console/account", nil, "Cookie", cookie); rec.Code != http.StatusOK {
		t.Errorf("by a link: %d", rec.Code)
	}
}

func TestRolesFollowTheClaims(t *testing.T) {
	w := newWorld(t, base)
	p := w.serviced(t)
	p.Person = amina()
	w.operator(t)
	claim := func(role string) {
		p.Set(func(p *oidctest.Provider) { p.Person.More = map[string]any{"badges": role} })
	}
	claim("awarder")
	v := w.visitor(t)
	if status, page := v.signOn(); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, page)
	}
	if status, _, _ := v.get("/console/award"); status != http.StatusOK {
		t.Errorf("an awarder may not award: %d", status)
	}
	claim("viewer")
	if status, _ := v.signOn(); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if status, _, _ := v.get("/console/award"); status != http.StatusForbidden {
		t.Errorf("a viewer may award: %d", status)
	}
	people, err := w.sessions.People(t.Context(), w.operator(t))
	if err != nil || len(people) != 2 {
		t.Fatalf("%+v, %v", people, err)
	}
	if err := w.sessions.AddPasskey(t.Context(), people[1], access.Passkey{ID: []byte{1}, Name: "Laptop"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a passkey, which would outlive the role: %v", err)
	}
	p.Set(func(p *oidctest.Provider) { p.Person.More = nil })
	before := v.cookies["__Host-laurel"]
	if status, page := v.signOn(); status != http.StatusForbidden || !strings.Contains(page, "no role here any more") {
		t.Errorf("without a role: %d %s", status, page)
	}
	if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", "__Host-laurel="+before); rec.Code != http.StatusUnauthorized {
		t.Errorf("the session of before: %d", rec.Code)
	}
	claim("viewer")
	if status, _ := v.signOn(); status != http.StatusSeeOther {
		t.Errorf("with a role again: %d", status)
	}
}
