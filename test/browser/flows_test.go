package browser_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// step is one step of a flow; field names are those of keyboard.mjs.
type step struct {
	To    string `json:"to,omitempty"`
	Type  string `json:"type,omitempty"`
	Press string `json:"press,omitempty"`
	Enter bool   `json:"enter,omitempty"`
	See   string `json:"see,omitempty"`
	Go    string `json:"go,omitempty"`
	Wait  string `json:"wait,omitempty"`
}

type flow struct {
	Name       string `json:"name"`
	URL        string `json:"url"`
	JavaScript bool   `json:"javascript"`
	Steps      []step `json:"steps"`
}

type walked struct {
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Text   string   `json:"text"`
	Tabs   int      `json:"tabs"`
	Errors []string `json:"errors"`
}

// keyboardOnly awards a badge in the console, claims it, and checks it, with Tab, Enter and typing alone: once as browsers come, once
// without JavaScript.
func keyboardOnly(t *testing.T, chromium string, deployment *laureltest.Deployment) {
	var issue, rest []flow
	for _, javascript := range []bool{true, false} {
		issue = append(issue, flow{Name: fmt.Sprintf("issue, JavaScript %v", javascript), URL: lastWord(deployment.Command(t, "sign-in")),
			JavaScript: javascript, Steps: []step{
				{To: "main button[type=submit]"}, {Enter: true},
				{To: `main a[href="/console/award"]`}, {Enter: true},
				{To: "#achievement"}, {Press: "ArrowDown"},
				{To: "#name"}, {Type: "Keyboard Only"},
				{To: "main button[type=submit]"}, {Enter: true}, {See: ".strip.valid"},
			}})
	}
	comfort := flow{Name: "comfort in the console", URL: lastWord(deployment.Command(t, "sign-in")), JavaScript: true, Steps: []step{
		{To: "main button[type=submit]"}, {Enter: true},
		{Go: "/console/achievements/new"}, {To: "#name"}, {Type: "Seen while writing"}, {Wait: "#preview h3:has-text('Seen while writing')"},
		{Go: "/console/tokens"}, {To: "#name"}, {Type: "A platform"}, {To: "[name=scope]"}, {Press: "Space"}, {To: "main form.card button[type=submit]"}, {Enter: true},
		{To: "[data-copy]"}, {Press: "Enter"}, {Wait: "[data-copy]:has-text('Copied')"},
	}}
	for i, done := range follow(t, chromium, append(issue, comfort))[:len(issue)] {
		link := regexp.MustCompile(`http://\S+/claim/\S+`).FindString(done.Text)
		if link == "" {
			t.Fatalf("no claim link on %s:\n%s", done.URL, done.Text)
		}
		javascript := issue[i].JavaScript
		rest = append(rest, flow{Name: fmt.Sprintf("claim and check, JavaScript %v", javascript), URL: link, JavaScript: javascript, Steps: []step{
			{To: `main a[href^="/c/"].button`}, {Enter: true}, {See: ".strip.valid"},
			{To: `main a[href^="/verify"]`}, {Enter: true},
			{To: "form.card button[type=submit]"}, {Enter: true}, {See: ".strip.valid"}, {See: "text=Keyboard Only"},
		}}, flow{Name: fmt.Sprintf("check a text, JavaScript %v", javascript), URL: deployment.Base + "/verify", JavaScript: javascript, Steps: []step{
			{To: "#text"}, {Type: "I have a certificate."}, {To: "form.card button[type=submit]"}, {Enter: true}, {See: ".strip.invalid"},
		}})
	}
	follow(t, chromium, rest)
}

func lastWord(text string) string {
	words := strings.Fields(text)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// follow walks all flows in one browser. A flow that cannot be walked to its end, or that shows an error on the way, fails the test.
func follow(t *testing.T, chromium string, flows []flow) []walked {
	t.Helper()
	var out []walked
	script := filepath.Join(corpus.Root(t), "test", "browser", "keyboard.mjs")
	npmtest.Run(t, script, map[string]any{"chromium": chromium, "flows": flows}, &out)
	if len(out) != len(flows) {
		t.Fatalf("%d answers to %d flows", len(out), len(flows))
	}
	for _, w := range out {
		t.Logf("%s: Tab was pressed %d times", w.Name, w.Tabs)
		for _, e := range w.Errors {
			t.Fatalf("%s: %s\n%s", w.Name, e, w.Text)
		}
	}
	return out
}

// The first view of a reading page: at most so much over the line, in so many requests.
const (
	budgetBytes    = 50 << 10
	budgetRequests = 8
)

type weight struct {
	Name     string `json:"name"`
	Requests int    `json:"requests"`
	Bytes    int    `json:"bytes"`
	MS       int    `json:"ms"`
}

// firstView weighs badge, claim and verify pages, and has the verdict come over a line of 400 kbit/s with 400 ms. How long it took is
// logged for people to read, because it depends on the machine; one that does not come fails.
func firstView(t *testing.T, chromium string, deployment *laureltest.Deployment, badge laureltest.Credential, claim string) {
	pages := []map[string]string{
		{"name": "badge", "url": deployment.Base + "/c/" + badge.ID, "wait": ".strip"},
		{"name": "claim", "url": claim, "wait": "main h1"},
		{"name": "verify", "url": deployment.Base + "/verify", "wait": "main h1"},
	}
	script := filepath.Join(corpus.Root(t), "test", "browser", "budget.mjs")
	var weights []weight
	npmtest.Run(t, script, map[string]any{"chromium": chromium, "line": nil, "pages": pages}, &weights)
	if len(weights) != len(pages) {
		t.Fatalf("%d pages were weighed", len(weights))
	}
	for _, w := range weights {
		t.Logf("%s: %d bytes in %d requests", w.Name, w.Bytes, w.Requests)
		if w.Bytes > budgetBytes || w.Bytes < 1000 || w.Requests > budgetRequests || w.Requests < 1 {
			t.Errorf("%s: %d bytes in %d requests; at most %d in %d", w.Name, w.Bytes, w.Requests, budgetBytes, budgetRequests)
		}
	}
	pages = append(pages[:1], map[string]string{"name": "verify, from the button to the verdict", "wait": "main h1", "then": ".strip",
		"url": deployment.Base + "/verify?url=" + deployment.Base + "/c/" + badge.ID, "press": "form.card button[type=submit]"})
	npmtest.Run(t, script, map[string]any{"chromium": chromium, "line": map[string]int{"latency": 400, "bits": 400_000}, "pages": pages}, &weights)
	if len(weights) != len(pages) {
		t.Fatalf("%d verdicts stand on a poor line, want %d", len(weights), len(pages))
	}
	for _, w := range weights {
		t.Logf("400 kbit/s, 400 ms: %s: the verdict stands after %d ms", w.Name, w.MS)
	}
}
