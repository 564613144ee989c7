package browser_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/oidc/oidctest"
	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// seen is what came of one step of console.mjs.
type seen struct {
	URL        string   `json:"url"`
	Text       string   `json:"text"`
	Violations []string `json:"violations"`
	Errors     []string `json:"errors"`
	Keys       int      `json:"keys"`
	Cookies    []string `json:"cookies"`
	Warned     string   `json:"warned"`
	Value      string   `json:"value"`
	Clipboard  string   `json:"clipboard"`
	Watched    bool     `json:"watched"`
}

// inTheConsole signs in by every way that a browser knows, and uses the small scripts of the console.
func inTheConsole(t *testing.T, chromium, binary string) {
	service := oidctest.New(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret), 0o600); err != nil {
		t.Fatal(err)
	}
	deployment := laureltest.New(t, binary, "", "LAUREL_FETCH_ALLOW=127.0.0.0/8", "LAUREL_OIDC_ISSUER="+service.URL, "LAUREL_OIDC_CLIENT_ID="+oidctest.ClientID,
		"LAUREL_OIDC_CLIENT_SECRET_FILE="+secret, "LAUREL_OIDC_NAME=School account", "LAUREL_OIDC_ROLES=awarder=groups:teachers").At("localhost")
	deployment.Start(t)
	client := deployment.Admin(t)
	client.Catalogue(t)
	service.Set(func(p *oidctest.Provider) {
		p.Asks = true
		p.Person = oidctest.Person{Subject: "teacher", Name: "Amina Otieno", Email: "amina@school.example", Verified: true, More: map[string]any{"groups": []string{"teachers"}}}
		p.Others = []oidctest.Person{{Subject: "stranger", Name: "Sam", Email: "sam@school.example", Verified: true}}
	})
	screens := os.Getenv("LAUREL_SCREENS")
	if screens == "" {
		screens = t.TempDir()
	}
	steps := map[string]seen{}
	npmtest.Run(t, filepath.Join(corpus.Root(t), "test", "browser", "console.mjs"), map[string]any{
		"chromium": chromium, "base": deployment.Base, "link": lastWord(deployment.Command(t, "sign-in")), "service": service.URL, "file": peopleFile(t),
		"screenshots": screens,
	}, &steps)
	for _, tt := range []struct{ step, path, text string }{
		{"link", "/console", "You came by a link"},
		{"registered", "/console/account", "Reading room"},
		{"unverified", "/console/sign-in", "That did not work"},
		{"entered", "/console", "Overview"},
		{"removed", "/console/account", "Register a passkey"},
		{"copied", "/console/tokens", "The token is made"},
		{"preview", "/console/achievements/new", "Beekeeping for <b>beginners</b>"},
		{"uploaded", "/console/batch/bat_", "400"},
		{"over", "/console/sign-in/passkey", "passkey is not taken"},
		{"joined", "/console", "Award one"},
		{"planted", "/console/sign-in/sso/back", "not begun in this browser"},
		{"stranger", "/console/sign-in/sso/back", "nobody has let you in here"},
	} {
		s, ok := steps[tt.step]
		if !ok {
			t.Errorf("%s: the browser did not come so far", tt.step)
			continue
		}
		if !strings.HasPrefix(s.URL, deployment.Base+tt.path) || !strings.Contains(s.Text, tt.text) {
			t.Errorf("%s: %s:\n%s", tt.step, s.URL, s.Text)
		}
		for _, v := range s.Violations {
			t.Errorf("%s: axe: %s", tt.step, v)
		}
		for _, e := range s.Errors {
			if !strings.Contains(e, "the server responded with a status of 40") { // what Chromium says of a page that refuses
				t.Errorf("%s: %s", tt.step, e)
			}
		}
	}
	if s := steps["registered"]; s.Keys != 1 {
		t.Errorf("the authenticator holds %d passkeys", s.Keys)
	}
	if s := steps["entered"]; fmt.Sprint(s.Cookies) != "[laurel_session true Lax]" {
		t.Errorf("cookies after a passkey: %v", s.Cookies)
	}
	if s := steps["joined"]; fmt.Sprint(s.Cookies) != "[laurel_session]" {
		t.Errorf("cookies after the service: %v", s.Cookies)
	}
	if s := steps["removed"]; !strings.Contains(s.Warned, "last passkey") || strings.Contains(s.Text, "Reading room") {
		t.Errorf("removing the last passkey: %q\n%s", s.Warned, s.Text)
	}
	if s := steps["copied"]; !regexp.MustCompile(`^laurel_[a-z2-7]{32}$`).MatchString(s.Clipboard) || s.Clipboard != s.Value {
		t.Errorf("%q was copied of %q", s.Clipboard, s.Value)
	}
	if !steps["uploaded"].Watched {
		t.Error("the page of an upload that runs does not look again by itself")
	}
	var page struct {
		Items []struct {
			Action string `json:"action"`
			Detail string `json:"detail"`
		} `json:"items"`
	}
	if err := client.Do(t.Context(), http.MethodGet, "/api/v1/events?limit=200", nil, &page, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	ways := map[string]bool{}
	for _, e := range page.Items {
		ways[e.Action+" "+e.Detail] = true
	}
	for _, want := range []string{"session.started passkey", "session.started single sign-on", "passkey.added ", "passkey.removed ", "person.linked " + service.URL} {
		if !ways[want] {
			t.Errorf("the log does not say: %s", want)
		}
	}
}

// peopleFile is a table of so many people that awarding them takes a while.
func peopleFile(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("name,email\n")
	for i := range 400 {
		fmt.Fprintf(&b, "Learner %d,learner%d@school.example\n", i, i)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
