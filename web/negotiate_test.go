package web_test

import (
	"testing"

	"github.com/openlaurel/laurel/web"
)

func TestPrefer(t *testing.T) {
	for name, row := range map[string]struct{ accept, want string }{
		"nothing is said":              {"", "a/one"},
		"anything":                     {"*/*", "a/one"},
		"the second alone":             {"b/two", "b/two"},
		"in odd case":                  {"B/Two", "b/two"},
		"both, the second more":        {"a/one;q=0.5, b/two", "b/two"},
		"both alike":                   {"b/two, a/one", "a/one"},
		"the first not at all":         {"a/one;q=0, b/two;q=0.1", "b/two"},
		"anything but the first":       {"*/*;q=0.1, a/one;q=0", "b/two"},
		"a kind":                       {"b/*", "b/two"},
		"a longer name is another one": {"b/two+x", "a/one"},
		"a weight that is none":        {"b/two;q=2", "a/one"},
		"no number as weight":          {"b/two;q=NaN", "a/one"},
		"something else":               {"c/three", "a/one"},
	} {
		if got := web.Prefer(row.accept, "a/one", "b/two"); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}
