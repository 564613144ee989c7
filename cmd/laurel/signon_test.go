package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/oidc/oidctest"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// joined is a deployment whose people sign in by a service of this machine.
type joined struct {
	t       *testing.T
	app     *app
	service *oidctest.Provider
	base    string
}

func newJoined(t *testing.T, change func(*config.SignOn)) *joined {
	t.Helper()
	var engine http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { engine.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	j := &joined{t: t, service: oidctest.New(t), base: strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.FetchAllow = t.TempDir(), j.base, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	secret := filepath.Join(cfg.Data, "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.SignOn = config.SignOn{Issuer: j.service.URL, ClientID: oidctest.ClientID, Secret: secret, Name: "School account"}
	if change != nil {
		change(&cfg.SignOn)
	}
	var err error
	if j.app, err = open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.app.close() })
	if _, err := j.app.newIssuer(t.Context(), catalog.NewIssuer{Name: "My School", Slug: "my-school", Language: "en", Algorithm: "ES256"}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.app.signInLink(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv, err := j.app.server()
	if err != nil {
		t.Fatal(err)
	}
	engine = srv.Engine()
	return j
}

// enter walks a new browser through the service and returns the page on which it ends.
func (j *joined) enter() (status int, page string) {
	j.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		j.t.Fatal(err)
	}
	res, err := (&http.Client{Jar: jar}).Get(j.base + "/console/sign-in/sso")
	if err != nil {
		j.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestClaimsGiveRolesAsTheSettingsSay(t *testing.T) {
	rules := []config.RoleRule{
		{Role: "viewer", Claim: "groups", Value: "staff"}, {Role: "awarder", Issuer: "my-school", Claim: "groups", Value: "teachers"},
		{Role: "viewer", Issuer: "my-school", Claim: "groups", Value: "teachers"}, {Role: "owner", Claim: "realm_access.roles", Value: "heads"},
		{Role: "awarder", Issuer: "no-school", Claim: "groups", Value: "strangers"},
	}
	tests := []struct {
		name   string
		claims map[string]any
		want   string // roles, "" when nobody is let in
	}{
		{"no claim", nil, ""},
		{"a claim that is a text", map[string]any{"groups": "staff"}, "viewer"},
		{"a list with one that counts", map[string]any{"groups": []any{1, "teachers", map[string]any{}}}, "awarder@my-school"},
		{"two that count", map[string]any{"groups": []string{"staff", "teachers"}}, "viewer awarder@my-school"},
		{"one within objects", map[string]any{"realm_access": map[string]any{"roles": []string{"heads"}}}, "owner"},
		{"a value that only begins so", map[string]any{"groups": "staffing"}, ""},
		{"another case", map[string]any{"groups": "Staff"}, ""},
		{"a group of an issuer that there is not", map[string]any{"groups": "strangers"}, ""},
		{"an object where a text is expected", map[string]any{"groups": map[string]any{"staff": true}}, ""},
	}
	j := newJoined(t, func(s *config.SignOn) { s.Roles = rules })
	for i, tt := range tests {
		subject := "u-" + string(rune('a'+i))
		j.service.Set(func(p *oidctest.Provider) {
			p.Person = oidctest.Person{Subject: subject, Name: tt.name, More: tt.claims}
		})
		status, page := j.enter()
		if tt.want == "" {
			if status != http.StatusForbidden || !strings.Contains(page, "Nobody has let you in") && !strings.Contains(page, "nobody has let you in") {
				t.Errorf("%s: %d %s", tt.name, status, page)
			}
			continue
		}
		if status != http.StatusOK {
			t.Errorf("%s: %d %s", tt.name, status, page)
			continue
		}
		l, err := j.app.store.Login(t.Context(), j.service.URL, subject)
		if err != nil || !l.Follows {
			t.Fatalf("%s: %+v, %v", tt.name, l, err)
		}
		if got := roles(t, j.app, l.PersonID); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func roles(t *testing.T, a *app, id string) string {
	t.Helper()
	p, err := a.store.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range p.Roles {
		role := string(g.Role)
		if g.IssuerID != "" {
			i, err := a.catalog.Issuer(t.Context(), g.IssuerID)
			if err != nil {
				t.Fatal(err)
			}
			role += "@" + i.Slug
		}
		out = append(out, role)
	}
	return strings.Join(out, " ")
}

func TestOnlyAddressesOfTheDomainsComeIn(t *testing.T) {
	tests := []struct {
		name, email string
		verified    bool
		want        int
	}{
		{"of the domain", "amina@school.example", true, http.StatusOK},
		{"in another case", "Amina@SCHOOL.example", true, http.StatusOK},
		{"not verified", "amina@school.example", false, http.StatusForbidden},
		{"of a domain below it", "amina@students.school.example", true, http.StatusForbidden},
		{"of one that ends so", "amina@oldschool.example", true, http.StatusForbidden},
		{"with the domain before the sign", "school.example@evil.example", true, http.StatusForbidden},
		{"no address", "", true, http.StatusForbidden},
	}
	j := newJoined(t, func(s *config.SignOn) {
		s.Domains, s.Roles = []string{"school.example"}, []config.RoleRule{{Role: "viewer", Claim: "staff", Value: "yes"}}
	})
	for _, tt := range tests {
		j.service.Set(func(p *oidctest.Provider) {
			p.Person = oidctest.Person{Subject: "amina", Name: "Amina", Email: tt.email, Verified: tt.verified, More: map[string]any{"staff": "yes"}}
		})
		if status, page := j.enter(); status != tt.want || status == http.StatusForbidden && !strings.Contains(page, "not let in here") {
			t.Errorf("%s: %d", tt.name, status)
		}
	}
}

func TestTheFirstSignInFindsWhoWasInvited(t *testing.T) {
	j := newJoined(t, nil)
	owner, err := j.app.store.People(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	who, _, err := j.app.access.Invite(t.Context(), owner[0], access.Invitation{Name: "Amina", Email: "amina@school.example", Grant: access.Grant{Role: access.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	j.service.Set(func(p *oidctest.Provider) {
		p.Person = oidctest.Person{Subject: "u-17", Name: "A. Otieno", Email: "amina@school.example", Verified: true}
	})
	if status, page := j.enter(); status != http.StatusOK || !strings.Contains(page, "/console/settings") {
		t.Fatalf("%d %s", status, page)
	}
	if l, err := j.app.store.Login(t.Context(), j.service.URL, "u-17"); err != nil || l.PersonID != who.ID || l.Follows {
		t.Errorf("%+v, %v", l, err)
	}
	j.service.Set(func(p *oidctest.Provider) { p.Away = true })
	link, err := j.app.signInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Jar: jar}).PostForm(link, url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Path != "/console" {
		t.Errorf("a link while the service is away leads to %s: %d", res.Request.URL, res.StatusCode)
	}
}
