package wallets_test

import (
	"html"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/npmtest"
)

// flow is one way of a person through the pages; the names are those of flows.mjs.
type flow struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	JavaScript bool     `json:"javascript"`
	Wallet     []string `json:"wallet"`
	Dialect    string   `json:"dialect,omitempty"`
	Path       string   `json:"path,omitempty"`
	Choice     string   `json:"choice,omitempty"`
}

type seen struct {
	Status int    `json:"status"`
	URL    string `json:"url"`
	Title  string `json:"title"`
	Text   string `json:"text"`
	State  string `json:"state"`
}

type walked struct {
	Name     string   `json:"name"`
	Error    string   `json:"error"`
	Code     string   `json:"code"`
	Narrow   string   `json:"narrow"`
	Link     string   `json:"link"`
	Errors   []string `json:"errors"`
	Foreign  []string `json:"foreign"`
	Overflow []string `json:"overflow"`
	Wallet   struct {
		OK          bool   `json:"ok"`
		Error       string `json:"error"`
		RedirectURI string `json:"redirectUri"`
	} `json:"wallet"`
	Stranger     seen `json:"stranger"`     // who knows what the code shows
	Invited      seen `json:"invited"`      // whose telephone opened the code in a browser
	StrangerCode seen `json:"strangerCode"` // who knows where the wallet led, or looks after the answer
	Before       seen `json:"before"`
	Elsewhere    seen `json:"elsewhere"`
	After        seen `json:"after"`
}

// chromium goes through the claim page and the request page from the code to the result, with and without JavaScript.
func (s *service) chromium(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
		}
	}
	if browser == "" {
		npmtest.Missing(t, "Chromium is missing: run make setup-test")
	}
	screens := os.Getenv("LAUREL_SCREENS")
	every := screens != ""
	if !every {
		screens = t.TempDir()
	}
	held := func(name string) string { return filepath.Join(t.TempDir(), name) }
	credo, raw, lcw := held("credo.json"), held("raw.json"), held("lcw.json")
	if out := s.run(t, "lcw.mjs", s.link(t, s.claim(t), "lcw"), "--wallet", lcw); out["ok"] != true {
		t.Fatalf("not taken: %v", out)
	}
	claims := []flow{
		{Name: "claim with JavaScript", Kind: "claim", JavaScript: true, Path: s.claim(t), Choice: "badge-sdjwt", Wallet: []string{"credo-redeem.mjs", "--wallet", credo}},
		{Name: "claim without JavaScript", Kind: "claim", Path: s.claim(t), Choice: "badge-sdjwt", Wallet: []string{"raw-redeem.mjs", "--wallet", raw}},
	}
	requests := []flow{
		{Name: "request with JavaScript", Kind: "request", JavaScript: true, Wallet: []string{"credo-present.mjs", "--wallet", credo}},
		{Name: "request without JavaScript", Kind: "request", Dialect: "certified", Wallet: []string{"credo-present.mjs", "--wallet", credo}},
		{Name: "request for LCW", Kind: "request", JavaScript: true, Dialect: "vc-api", Wallet: []string{"lcw.mjs", "--wallet", lcw}},
		{Name: "by the browser itself", Kind: "browser", JavaScript: true, Wallet: []string{raw}},
		{Name: "same device", Kind: "same-device", JavaScript: true, Wallet: []string{"credo-present.mjs", "--wallet", credo}},
	}
	for _, flows := range [][]flow{claims, requests[:2], requests[2:]} { // each within the deadline of one script
		s.walk(t, flows, map[string]any{"chromium": browser, "base": s.base, "wallets": s.wallets, "ca": s.ca, "screens": screens, "every": every, "flows": flows})
	}
}

func (s *service) walk(t *testing.T, flows []flow, in map[string]any) {
	t.Helper()
	var out []walked
	npmtest.Run(t, filepath.Join(corpus.Root(t), "test", "wallets", "flows.mjs"), in, &out)
	if len(out) != len(flows) {
		t.Fatalf("%d of %d ways were gone", len(out), len(flows))
	}
	for i, f := range flows {
		t.Run(f.Name, func(t *testing.T) { out[i].check(t, f) })
	}
}

func (w walked) check(t *testing.T, f flow) {
	t.Helper()
	if w.Error != "" || !w.Wallet.OK || len(w.Errors)+len(w.Foreign)+len(w.Overflow) > 0 {
		t.Fatalf("%+v", w)
	}
	if w.Code == "" || w.Code != w.Narrow {
		t.Errorf("the code in the wide picture holds %q, in the narrow one %q", w.Code, w.Narrow)
	}
	if f.Kind == "claim" {
		if w.Code != html.UnescapeString(w.Link) {
			t.Errorf("the code holds %q, the button %q", w.Code, w.Link)
		}
		if !strings.Contains(w.After.Text, "A wallet has taken this badge") {
			t.Errorf("after it was taken: %s", w.After.Text)
		}
		return
	}
	// O12: who has only what the code shows, or only what the wallet was told, sees no answer.
	for name, s := range map[string]seen{"the code": w.Stranger, "the answer's address": w.StrangerCode} {
		if s.Status != http.StatusForbidden || strings.Contains(s.Text, "Clinic Nairobi") {
			t.Errorf("a stranger with %s: %d %s", name, s.Status, s.Text)
		}
	}
	if w.Invited.Status != http.StatusOK || !strings.Contains(w.Invited.Text, "Clinic Nairobi") || !strings.Contains(w.Invited.Text, "localhost") {
		t.Errorf("whose telephone opened the code: %+v", w.Invited)
	}
	if w.Before.State != "" || !strings.Contains(w.Before.Text, "Application as a nurse") {
		t.Errorf("%+v", w.Before)
	}
	if !strings.Contains(w.After.State, "valid") || strings.Contains(w.After.State, "invalid") {
		t.Errorf("%+v", w.After)
	}
	if marked := strings.Contains(w.After.Text, "Presented from another device"); marked != (f.Kind == "request") {
		t.Errorf("marked as from another device: %v", marked)
	}
	if older := strings.Contains(w.After.Text, "Ed25519Signature2020"); older != (f.Dialect == "vc-api") {
		t.Errorf("the older proof is said: %v", older)
	}
	if f.Kind == "same-device" && (w.Elsewhere.State != "" || !strings.Contains(w.Elsewhere.Text, "another tab")) {
		t.Errorf("the tab that asked: %+v", w.Elsewhere)
	}
}
