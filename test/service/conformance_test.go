package service_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// threats is how many rows the list of threats has.
const threats = 144

var (
	conformanceRow  = regexp.MustCompile(`^\| ([A-Z]\d\d) \| [^|]+ \| ([^|]+) \|$`)
	conformanceTest = regexp.MustCompile("`([a-z0-9/_]+_test\\.go)(#(Test\\w+))?`")
)

// TestConformance holds docs/conformance.md to the truth: each file that is said to cover a row names the row, or has the
// test, and each row is covered or says that it is not.
func TestConformance(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	page, err := os.ReadFile(filepath.Join(root, "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		id := ""
		if m := conformanceRow.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			rows++
			id = m[1]
			if !conformanceTest.MatchString(m[2]) && !strings.HasPrefix(m[2], "not yet covered") {
				t.Errorf("%s is neither covered nor said to be open: %s", id, m[2])
			}
		}
		for _, m := range conformanceTest.FindAllStringSubmatch(line, -1) {
			source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m[1])))
			switch {
			case err != nil:
				t.Errorf("%s: %v", id, err)
			case m[3] != "" && !strings.Contains(string(source), "func "+m[3]+"("):
				t.Errorf("%s: %s has no %s", id, m[1], m[3])
			case m[3] == "" && !strings.Contains(string(source), id):
				t.Errorf("%s is not named in %s", id, m[1])
			}
		}
	}
	if rows != threats {
		t.Errorf("%d rows, want %d", rows, threats)
	}
}
