// Package book owns the catalogue of pages: every page in every state, from the fixtures, served without a database. It is what
// people look through, and the input of the picture, axe and no-JavaScript tests.
//
// It refuses to do anything: no form is taken, and a link that leads into the service ends at a note. What it serves is what
// web.Site renders, under the same content security policy, except that pages may be framed by the catalogue itself.
package book

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/internal/qr"
	issuer "github.com/openlaurel/laurel/issuer/pages"
	verifier "github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/web"
)

// fixtures gathers the pages of all packages that have some. A new package of pages gets its line here.
func fixtures(text func(string) string) []web.Fixture {
	out := web.Fixtures(text)
	for _, f := range issuer.Fixtures(text) {
		out = append(out, web.Fixture(f))
	}
	for _, f := range verifier.Fixtures(text) {
		out = append(out, web.Fixture(f))
	}
	return out
}

// Story is one page in one state.
type Story struct {
	Page, State string
	Slug        string // the state in an address: "with-a-page"
	Path        string // in the catalogue: "/page/badge/valid"
}

// The generated locales: accented English in brackets, from left to right and mirrored.
const (
	Pseudo         = "en-XA"
	PseudoMirrored = "ar-XB"
)

// Config is what a Book is made with.
type Config struct {
	Writings []Writing // nil: Writings()
}

// Book is the catalogue. It is safe for concurrent use.
type Book struct {
	site    *web.Site
	pseudo  map[string]*web.Site // by the tag of a generated locale
	stories []Story
	data    map[string]map[string]any // by path, then by the name of the writing
}

// New gathers all fixtures. Two fixtures with the same page and state, or one whose data embeds no Frame, are a mistake of ours: it panics.
func New(c Config) *Book {
	if c.Writings == nil {
		c.Writings = Writings()
	}
	b := &Book{site: web.New(), data: map[string]map[string]any{}, pseudo: map[string]*web.Site{}}
	for tag, base := range map[string]i18n.Locale{Pseudo: i18n.English, PseudoMirrored: i18n.Arabic} {
		site, err := web.NewPseudo(base)
		if err != nil {
			panic(fmt.Sprintf("storybook: %s: %v", tag, err)) // our own files do not parse
		}
		b.pseudo[tag] = site
	}
	for _, w := range c.Writings {
		for _, f := range fixtures(w.Text) {
			short := slug(f.State)
			s := Story{Page: f.Page, State: f.State, Slug: short, Path: "/page/" + f.Page + "/" + short}
			if b.data[s.Path] == nil {
				b.data[s.Path] = map[string]any{}
				b.stories = append(b.stories, s)
			}
			if _, twice := b.data[s.Path][w.Name]; twice || !framed(f.Data) {
				panic(fmt.Sprintf("storybook: page %q, state %q: a second fixture of this name, or without a frame", f.Page, f.State))
			}
			b.data[s.Path][w.Name] = f.Data
		}
	}
	return b
}

// Stories lists every page in every state: pages together, in the order of the fixtures.
func (b *Book) Stories() []Story { return slices.Clone(b.stories) }

// Handler serves the catalogue: "/" lists it, "/page/PAGE/STATE?lang=TAG&text=WRITING" is a page, "/frame/WIDTH/PAGE/STATE" is that page
// in a frame of so many CSS pixels.
func (b *Book) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(web.StaticPath, b.site.Static())
	mux.HandleFunc("GET /{$}", b.index)
	mux.HandleFunc("GET /page/{page}/{state}", b.page)
	mux.HandleFunc("GET /frame/{width}/{page}/{state}", b.frame)
	mux.HandleFunc("/", b.elsewhere)
	return mux
}

func (b *Book) page(w http.ResponseWriter, r *http.Request) {
	written, known := b.data[r.URL.Path]
	data, chosen := written[first(r.URL.Query().Get("text"), Plain)]
	if !known || !chosen {
		b.elsewhere(w, r)
		return
	}
	site := b.site
	if generated, ok := b.pseudo[r.URL.Query().Get("lang")]; ok {
		site = generated
	}
	w.Header().Set("Content-Security-Policy", strings.Replace(web.ContentSecurityPolicy, "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	if err := site.Respond(w, r, http.StatusOK, r.PathValue("page"), placed(data, r)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// elsewhere stands in for the service: pictures, charts and QR codes are drawn, everything else is a note.
func (b *Book) elsewhere(w http.ResponseWriter, r *http.Request) {
	var body []byte
	var err error
	switch {
	case strings.HasSuffix(r.URL.Path, "/events"): // a page waits for news: there are none, and it need not ask again soon
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "retry: 86400000\n\n")
		return
	case r.URL.Path == "/sw.js": // a worker that does nothing
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		return
	case pictured(r.URL.Path):
		body, err = picture.Generate(picture.DesignFor("First Aid"))
	case strings.HasPrefix(r.URL.Path, "/console/charts/"):
		body = []byte(issuer.FixtureChart())
	case strings.HasSuffix(r.URL.Path, ".svg"):
		body, err = qr.SVG("https://badges.openschool.example/c/b7k2q9xw3m")
	case r.Header.Get("Sec-Fetch-Dest") == "empty": // a script of a page asks: there is nothing to say
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		http.Error(w, "Not in the catalogue: this leads into the service.", http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(body) // the visitor is gone: nobody is left to tell
}

// pictured reports whether the service has a picture at this path.
func pictured(path string) bool {
	return strings.HasSuffix(path, "/picture") || strings.HasSuffix(path, ".picture") || strings.HasPrefix(path, "/issuers/") ||
		strings.HasPrefix(path, "/console/achievements/design")
}

func frameOf(v reflect.Value) (reflect.Value, bool) {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}, false
	}
	f := v.FieldByName("Frame")
	return f, f.IsValid() && f.Type() == reflect.TypeFor[web.Frame]()
}

func framed(data any) bool {
	_, ok := frameOf(reflect.ValueOf(data))
	return ok
}

// placed returns data with its frame at the address of r, so that the language switch stays in the catalogue.
func placed(data any, r *http.Request) any {
	copied := reflect.New(reflect.TypeOf(data)).Elem()
	copied.Set(reflect.ValueOf(data))
	frame, _ := frameOf(copied)
	at := web.NewFrame(r)
	frame.FieldByName("Path").SetString(at.Path)
	frame.FieldByName("Query").SetString(at.Query)
	return copied.Interface()
}

// slug writes a state for an address: "for a website, with a code" becomes "for-a-website-with-a-code".
func slug(state string) string {
	return strings.Join(strings.FieldsFunc(state, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }), "-")
}

func first(choices ...string) string {
	for _, s := range choices {
		if s != "" {
			return s
		}
	}
	return ""
}
