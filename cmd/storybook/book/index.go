package book

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/openlaurel/laurel/internal/i18n"
)

//go:embed index.html frame.html
var templates embed.FS

// Widths lists the widths, in CSS pixels, at which a page can be looked at in a frame: the smallest telephone, a telephone, a tablet, a desk.
func Widths() []int { return []int{320, 390, 768, 1280} }

// group is one page with its states, for the index.
type group struct {
	Page    string
	Stories []Story
}

type indexPage struct {
	Style     string
	Groups    []group
	Languages []string // tags, the generated ones too
	Widths    []int
	Writings  []Writing
	Count     int
}

func (b *Book) index(w http.ResponseWriter, _ *http.Request) {
	data := indexPage{Style: b.site.Asset("laurel.css"), Widths: Widths(), Writings: Writings()[1:], Count: len(b.stories)}
	for _, l := range i18n.Locales() {
		data.Languages = append(data.Languages, l.Tag())
	}
	data.Languages = append(data.Languages, Pseudo, PseudoMirrored)
	for _, s := range b.stories {
		at := slices.IndexFunc(data.Groups, func(g group) bool { return g.Page == s.Page })
		if at < 0 {
			at = len(data.Groups)
			data.Groups = append(data.Groups, group{Page: s.Page})
		}
		data.Groups[at].Stories = append(data.Groups[at].Stories, s)
	}
	write(w, "index.html", data)
}

type framePage struct {
	Style, Source, Title string
	Width                int
}

// frame shows a page at a width. The frame's address carries lang and text to the page.
func (b *Book) frame(w http.ResponseWriter, r *http.Request) {
	width, err := strconv.Atoi(r.PathValue("width"))
	path := "/page/" + r.PathValue("page") + "/" + r.PathValue("state")
	if _, known := b.data[path]; err != nil || !known || !slices.Contains(Widths(), width) {
		b.elsewhere(w, r)
		return
	}
	source := url.URL{Path: path, RawQuery: r.URL.RawQuery}
	write(w, "frame.html", framePage{Style: b.site.Asset("laurel.css"), Source: source.RequestURI(), Title: path, Width: width})
}

// write answers with one of the catalogue's own two pages, which are in English: nobody else sees them.
func write(w http.ResponseWriter, name string, data any) {
	t, err := template.ParseFS(templates, name)
	var buf bytes.Buffer
	if err == nil {
		err = t.Execute(&buf, data)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'")
	_, _ = buf.WriteTo(w) // the visitor is gone: nobody is left to tell
}
