package browser_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
)

// lighthouseMinimum is what each category of Lighthouse must reach, in per cent.
const lighthouseMinimum = 95

// lighthouse holds the badge, claim and verify pages against Lighthouse. What a page takes depends on what else the machine does in
// that moment: one that falls short is looked at again, three times at most.
func lighthouse(t *testing.T, chromium string, deployment *laureltest.Deployment, publicID, claim string) {
	folder := filepath.Join(corpus.Root(t), "test", "lighthouse")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "lighthouse")); err != nil {
		t.Skip("Lighthouse is not installed: scripts/setup-test does that")
	}
	in, err := json.Marshal(map[string]any{"chromium": chromium, "minimum": lighthouseMinimum, "tries": 3, "pages": []map[string]any{
		{"name": "badge", "url": deployment.Base + "/c/" + publicID},
		// Search engines must not list a claim link, which is a secret: whether they may is no fault here.
		{"name": "claim", "url": claim, "skip": []string{"is-crawlable"}},
		{"name": "verify", "url": deployment.Base + "/verify"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "lighthouse.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, bytes.NewReader(in), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("lighthouse: %v", err)
	}
	var reports []struct {
		Name   string         `json:"name"`
		Scores map[string]int `json:"scores"`
		Below  []string       `json:"below"`
	}
	if err := json.Unmarshal(answer, &reports); err != nil || len(reports) != 3 {
		t.Fatalf("%d reports: %v", len(reports), err)
	}
	for _, r := range reports {
		t.Logf("%s: %v", r.Name, r.Scores)
		for category, score := range r.Scores {
			if score < lighthouseMinimum {
				t.Errorf("%s: %s has %d, want %d", r.Name, category, score, lighthouseMinimum)
			}
		}
		for _, b := range r.Below {
			t.Logf("%s: %s", r.Name, b)
		}
	}
}
