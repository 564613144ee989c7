package pages_test

import (
	"slices"
	"testing"

	"github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/web"
	"github.com/openlaurel/laurel/web/webtest"
)

func TestEveryPageKeepsTheRulesInEveryState(t *testing.T) {
	site := web.New()
	for name, text := range map[string]func(string) string{
		"plain":   func(s string) string { return s },
		"hostile": func(string) string { return webtest.Hostile },
		"empty":   func(string) string { return " " },
	} {
		for _, f := range pages.Fixtures(text) {
			t.Run(name+"/"+f.Page+"/"+f.State, func(t *testing.T) { webtest.Page(t, site, f.Page, f.Data) })
		}
	}
}

func TestEveryPageHasAFixture(t *testing.T) {
	var have []string
	for _, f := range pages.Fixtures(func(s string) string { return s }) {
		have = append(have, f.Page)
	}
	elsewhere := []string{"error", "verify", "result", "ask", "wait", "answer"} // rendered by the tests of web and of verifier/pages
	for _, page := range web.New().Pages() {
		if !slices.Contains(have, page) && !slices.Contains(elsewhere, page) {
			t.Errorf("page %s has no fixture", page)
		}
	}
}
