package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/cmd/storybook/book"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/npmtest"
)

// look is one visit of a page of the catalogue; field names are those of catalogue.mjs.
type look struct {
	URL        string   `json:"url"`
	Name       string   `json:"name"`
	JavaScript bool     `json:"javascript"`
	Load       bool     `json:"load"`
	Width      int      `json:"width"`
	Height     int      `json:"height"`
	Scheme     string   `json:"scheme"`
	Checks     []string `json:"checks"`
}

// window is what the visitor has. The telephone is also a desk at 400 %: 1280 × 1024 CSS pixels become 320 × 256 (WCAG 2.2, 1.4.10).
type window struct {
	name          string
	width, height int
	scheme        string
}

func desk() window      { return window{"at a desk", 1280, 900, "light"} }
func telephone() window { return window{"on a small telephone in the dark", 320, 256, "dark"} }

// catalogue is the catalogue on a server of this test.
type catalogue struct {
	book *book.Book
	base string
}

func (c catalogue) look(s book.Story, query string, w window, checks ...string) look {
	return look{
		URL: c.base + s.Path + "?" + query, Name: fmt.Sprintf("%s %s %s %s", s.Page, s.State, query, w.name), JavaScript: true,
		Width: w.width, Height: w.height, Scheme: w.scheme, Checks: append([]string{}, checks...),
	}
}

// found is what catalogue.mjs answers.
type found struct {
	Findings []struct {
		Name string `json:"name"`
		What string `json:"what"`
	} `json:"findings"`
	Visits   int `json:"visits"`
	Axe      int `json:"axe"`
	Pictures int `json:"pictures"`
}

// TestCatalogue sends one browser through the catalogue of pages. docs/accessibility.md says what that covers.
func TestCatalogue(t *testing.T) {
	npmtest.Dir(t)
	chromium := browser(t)
	c := catalogue{book: book.New(book.Config{})}
	server := httptest.NewServer(c.book.Handler())
	defer server.Close()
	c.base = server.URL
	looks := append(append(c.axe(), c.hostile()...), c.loaded()...)
	if os.Getenv("LAUREL_SCREENS") != "" {
		looks = append(looks, c.pictures()...)
	}
	out := walk(t, chromium, looks)
	for _, f := range out.Findings {
		t.Errorf("%s: %s", f.Name, f.What)
	}
	t.Logf("%d pages and states: %d visits, %d of them by axe, %d pictures", len(c.book.Stories()), out.Visits, out.Axe, out.Pictures)
}

// axe: the first state of every page in six languages: in English and Arabic in the light at a desk and in the dark on a telephone, in the
// others in one of the two. Of every other state one visit, whose language and window take turns. With LAUREL_AXE=all every state is
// visited in all of them.
func (c catalogue) axe() []look {
	var out []look
	all := os.Getenv("LAUREL_AXE") == "all"
	before := ""
	for i, s := range c.book.Stories() {
		for j, l := range i18n.Locales() {
			for k, w := range []window{desk(), telephone()} {
				turn := (i*2+i/len(i18n.Locales()))%(2*len(i18n.Locales())) == j*2+k
				whole := l == i18n.English || l == i18n.Arabic || (i+j)%2 == k
				if all || s.Page != before && whole || turn {
					out = append(out, c.look(s, "lang="+l.Tag(), w, "axe", "overflow"))
				}
			}
			if all {
				out = append(out, c.look(s, "lang="+l.Tag(), window{"at a desk in the dark", 1280, 900, "dark"}, "axe"),
					c.look(s, "lang="+l.Tag(), window{"on a small telephone", 320, 256, "light"}, "axe", "overflow"))
			}
		}
		before = s.Page
	}
	return out
}

// hostile: every state with markup and with very long words, and the first state of every page with other scripts and bidi controls, on a
// telephone: it runs nothing, asks nobody, and fits. That strings are isolated is tested for every state by web/webtest.
func (c catalogue) hostile() []look {
	var out []look
	before := ""
	for _, s := range c.book.Stories() {
		again := s.Page == before
		before = s.Page
		for _, w := range book.Writings()[1:] {
			lang := "en"
			if w.Name == "scripts" {
				lang = "ar"
				if again {
					continue
				}
			}
			out = append(out, c.look(s, "lang="+lang+"&text="+w.Name, telephone(), "overflow"))
		}
	}
	return out
}

// loaded: every state once as a visitor comes to it, in the generated locale, which is longer than all others: no error, nobody else is
// asked, it fits a telephone, targets have 24 px, the focus is seen, nothing moves; and once without JavaScript. The first state of every
// page is mirrored, too.
func (c catalogue) loaded() []look {
	var out []look
	before := ""
	for _, s := range c.book.Stories() {
		l := c.look(s, "lang="+book.Pseudo, telephone(), "overflow", "targets", "focus", "motion")
		l.Load = true
		mirrored := c.look(s, "lang="+book.PseudoMirrored, telephone(), "overflow", "targets")
		without := c.look(s, "lang=en", telephone())
		without.Load, without.JavaScript = true, false
		out = append(out, l, without)
		if s.Page != before {
			out = append(out, mirrored)
		}
		before = s.Page
	}
	return out
}

// pictures: every state at a desk and on a telephone, one of them in the dark, and the first state of each page in six languages.
func (c catalogue) pictures() []look {
	var out []look
	before := ""
	for _, s := range c.book.Stories() {
		for _, l := range i18n.Locales() {
			if l != i18n.English && s.Page == before {
				continue
			}
			for _, w := range []window{desk(), telephone()} {
				p := c.look(s, "lang="+l.Tag(), w, "picture")
				p.Name, p.Load = fmt.Sprintf("page %s %s %s %d", s.Page, s.Slug, l.Tag(), w.width), true
				out = append(out, p)
			}
		}
		before = s.Page
	}
	return out
}

// bad is a page with one mistake for every check.
const bad = `<!doctype html><html lang="en"><head><title>bad</title><style>
button { inline-size: 20px; block-size: 20px; padding: 0; outline: none !important; transition: color 2s }
</style></head><body><main><h1>Bad</h1><button type="button">x</button><img src="http://127.0.0.2:1/x.png">
<p style="inline-size: 2000px">wide</p><script>console.error("broken"); alert("hello"); document.title = "taken"</script></main></body></html>`

func TestTheWalkFindsWhatIsWrong(t *testing.T) {
	npmtest.Dir(t)
	chromium := browser(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, bad)
	}))
	defer server.Close()
	checks := []string{"axe", "overflow", "targets", "focus", "motion"}
	out := walk(t, chromium, []look{
		{URL: server.URL + "/", Name: "a", JavaScript: true, Load: true, Width: 320, Height: 256, Scheme: "light", Checks: checks},
		{URL: server.URL + "/missing", Name: "b", JavaScript: true, Width: 320, Height: 256, Scheme: "light", Checks: []string{}},
	})
	var said strings.Builder
	for _, f := range out.Findings {
		fmt.Fprintf(&said, "%s: %s\n", f.Name, f.What)
	}
	for _, want := range []string{"a: axe image-alt", "a: it scrolls sideways", "a: too wide: p", "a: a target is small: 20 × 20", "a: the focus is not visible",
		"a: it moves", "a: console: broken", "a: console: a dialog: hello", "a: a request to another origin: http://127.0.0.2:1/x.png",
		"a: a string of a stranger was run", "b: status 404", "b: a string of a stranger was run"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q was not found in\n%s", want, said.String())
		}
	}
}

// walk sends the browser to all looks and returns what it found.
func walk(t *testing.T, chromium string, looks []look) found {
	t.Helper()
	script := filepath.Join(corpus.Root(t), "test", "browser", "catalogue.mjs")
	var out found
	npmtest.Run(t, script, map[string]any{"chromium": chromium, "tabs": 3, "screenshots": os.Getenv("LAUREL_SCREENS"), "visits": looks}, &out)
	if out.Visits != len(looks) || len(looks) == 0 {
		t.Fatalf("%d visits of %d", out.Visits, len(looks))
	}
	return out
}
