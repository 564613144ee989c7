package pages_test

import (
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
