// Package browser_test opens the pages of a running Laurel in a real browser, with and without JavaScript, and holds them
// against axe's rules, the content security policy and the width of a small telephone.
package browser_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// page is one visit; field names are those of browser.mjs.
type page struct {
	Name       string   `json:"name"`
	URL        string   `json:"url"`
	JavaScript bool     `json:"javascript"`
	Locale     string   `json:"locale,omitempty"`
	Actions    []action `json:"actions,omitempty"`
	Show       string   `json:"show,omitempty"`
}

type action struct {
	Fill  string `json:"fill,omitempty"`
	Click string `json:"click,omitempty"`
	File  string `json:"file,omitempty"`
	Value string `json:"value,omitempty"`
}

type visit struct {
	Name       string   `json:"name"`
	Status     int      `json:"status"`
	Title      string   `json:"title"`
	Lang       string   `json:"lang"`
	Dir        string   `json:"dir"`
	Text       string   `json:"text"`
	Errors     []string `json:"errors"`
	Foreign    []string `json:"foreign"`
	State      string   `json:"state"`
	Overflow   bool     `json:"overflow"`
	Screenshot string   `json:"screenshot"`
	Violations []struct {
		ID     string   `json:"id"`
		Impact string   `json:"impact"`
		Help   string   `json:"help"`
		Nodes  []string `json:"nodes"`
	} `json:"violations"`
}

func TestPages(t *testing.T) {
	npmtest.Dir(t)
	chromium := browser(t)
	binary := laureltest.Build(t)
	deployment := laureltest.New(t, binary, "", "LAUREL_FETCH_ALLOW=127.0.0.0/8")
	server := deployment.Start(t)
	client := deployment.Admin(t)
	school := client.Catalogue(t)
	awarded := award(t, client, school.Request("browser-1"))
	badge := awarded.Credentials[0]

	var pages []page
	for _, at := range []struct{ name, path string }{
		{"home", "/"}, {"verify", "/verify"}, {"badge", "/c/" + badge.ID}, {"unknown", "/c/aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	} {
		pages = append(pages,
			page{Name: at.name, URL: deployment.Base + at.path, JavaScript: true},
			page{Name: at.name + " without JavaScript", URL: deployment.Base + at.path},
			page{Name: at.name + " in Arabic", URL: deployment.Base + at.path, JavaScript: true, Locale: "ar"},
		)
	}
	visits := open(t, chromium, pages)
	for i, v := range visits {
		t.Run(v.Name, func(t *testing.T) { v.check(t, pages[i]) })
	}
	t.Run("badges are judged without JavaScript", func(t *testing.T) { verify(t, chromium, deployment, client, badge) })
	t.Run("a keyboard is enough", func(t *testing.T) { keyboardOnly(t, chromium, deployment) })
	t.Run("the first view is light", func(t *testing.T) { firstView(t, chromium, deployment, badge, awarded.ClaimURL) })
	t.Run("people sign in to the console and work there", func(t *testing.T) { inTheConsole(t, chromium, binary) })
	request := school.Request("browser-2")
	request["visibility"] = "public"
	public := award(t, client, request)
	t.Run("Lighthouse is content", func(t *testing.T) { lighthouse(t, chromium, deployment, public.Credentials[0].ID, awarded.ClaimURL) })
	for line := range strings.Lines(server.Log()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
			t.Errorf("the server said: %s", line)
		}
	}
}

// check holds what every page must keep: a status, a title, a language, no error, no stranger, no sideways scrolling, no
// rule of axe broken.
func (v visit) check(t *testing.T, p page) {
	t.Helper()
	want := http.StatusOK
	if strings.HasPrefix(p.Name, "unknown") {
		want = http.StatusNotFound
	}
	if v.Status != want {
		t.Errorf("status %d, want %d", v.Status, want)
	}
	if v.Title == "" || v.Lang == "" {
		t.Errorf("title %q, lang %q", v.Title, v.Lang)
	}
	if p.Locale == "ar" && (v.Lang != "ar" || v.Dir != "rtl") {
		t.Errorf("lang %q and dir %q for a visitor who reads Arabic", v.Lang, v.Dir)
	}
	for _, e := range v.Errors {
		if want == http.StatusNotFound && strings.Contains(e, "404") {
			continue // Chromium reports the status of the page itself
		}
		t.Errorf("console: %s", e)
	}
	for _, url := range v.Foreign {
		t.Errorf("a request to another origin: %s", url)
	}
	if v.Overflow {
		t.Error("the page scrolls sideways")
	}
	for _, broken := range v.Violations {
		t.Errorf("axe %s (%s): %s at %q", broken.ID, broken.Impact, broken.Help, broken.Nodes)
	}
	if info, err := os.Stat(v.Screenshot); err != nil || info.Size() == 0 {
		t.Errorf("no screenshot: %v", err)
	}
}

// verify lets a visitor without JavaScript check badges in every way that the page offers, and compares the verdict's strip.
func verify(t *testing.T, chromium string, deployment *laureltest.Deployment, client *laureltest.Client, badge laureltest.Credential) {
	t.Helper()
	get := func(suffix string) string {
		text, err := client.Text(t.Context(), "/c/"+badge.ID+suffix, "*/*")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	jws := strings.TrimSpace(get(".jwt"))
	photo := open(t, chromium, []page{{Name: "badge with its QR code", URL: deployment.Base + "/c/" + badge.ID, Show: "img.qr"}})[0].Screenshot
	tests := []struct{ name, field, value, state string }{
		{"a pasted badge", "text", jws, "valid"},
		{"a pasted badge with another signature", "text", jws[:len(jws)-8] + "AAAAAAAA", "invalid"},
		{"a pasted sentence", "text", "I have a certificate.", "invalid"},
		{"the badge's link", "url", deployment.Base + "/c/" + badge.ID, "valid"},
		{"a baked PNG", "file", file("badge.png", get(".png")), "valid"},
		{"a baked SVG", "file", file("badge.svg", get(".svg")), "valid"},
		{"the QR code's picture", "file", file("qr.png", get(".qr.png")), "valid"},
		{"a screenshot of the badge page", "file", photo, "valid"},
	}
	var pages []page
	for _, tt := range tests {
		fill := action{Fill: "#" + tt.field, Value: tt.value}
		if tt.field == "file" {
			fill = action{File: "#file", Value: tt.value}
		}
		pages = append(pages, page{Name: "verdict on " + tt.name, URL: deployment.Base + "/verify",
			Actions: []action{fill, {Click: "form.card button[type=submit]"}}})
	}
	for i, v := range open(t, chromium, pages) {
		if !slices.Contains(strings.Fields(v.State), tests[i].state) {
			t.Errorf("%s: the strip is %q, want %s:\n%s", tests[i].name, v.State, tests[i].state, v.Text)
		}
		for _, e := range v.Errors {
			t.Errorf("%s: console: %s", tests[i].name, e)
		}
	}
}

func award(t *testing.T, client *laureltest.Client, request map[string]any) laureltest.Award {
	t.Helper()
	var a laureltest.Award
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", request, &a, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	if len(a.Credentials) == 0 || a.ClaimURL == "" {
		t.Fatal("the award has no credential or no claim link")
	}
	return a
}

func open(t *testing.T, chromium string, pages []page) []visit {
	t.Helper()
	screens := os.Getenv("LAUREL_SCREENS")
	if screens == "" {
		screens = t.TempDir()
	} else if err := os.MkdirAll(screens, 0o755); err != nil {
		t.Fatal(err)
	}
	var visits []visit
	script := filepath.Join(corpus.Root(t), "test", "browser", "browser.mjs")
	npmtest.Run(t, script, map[string]any{"chromium": chromium, "pages": pages, "screenshots": screens}, &visits)
	if len(visits) != len(pages) {
		t.Fatalf("%d visits of %d pages", len(visits), len(pages))
	}
	return visits
}

func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	npmtest.Missing(t, "Chromium is missing: run make setup-test")
	return ""
}
