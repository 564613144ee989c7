// Package web owns the look and the words of all pages: templates, style sheet, scripts and locale files, embedded.
//
// It renders a named page with data that somebody else prepared and knows no domain. It refuses to send half a page (what
// fails sends nothing), inline script or style, and anything from a third party. Every string of a user is isolated
// (UAX #9) by the templates and escaped by html/template.
package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/openlaurel/laurel/internal/i18n"
)

//go:embed templates static locales
var embedded embed.FS

// ErrUnknownPage is returned by Render for a page that has no template.
var ErrUnknownPage = errors.New("unknown page")

// Site renders pages and serves the static files. It is safe for concurrent use.
type Site struct {
	catalogue *i18n.Catalogue
	assets    assets
	packers   sync.Pool // of *gzip.Writer

	mu    sync.Mutex
	ready map[pageKey]*template.Template
}

type pageKey struct {
	page   string
	locale i18n.Locale
}

// New makes a Site of the embedded files. Templates and locales are read when they are first needed.
func New() *Site { return NewWith() }

// NewWith makes a Site that serves further static files besides the embedded ones.
func NewWith(extra ...Extra) *Site {
	locales, err := fs.Sub(embedded, "locales")
	if err != nil { // the name is a constant of this file
		panic(err)
	}
	return &Site{catalogue: i18n.New(locales), assets: loadAssets(embedded, extra), ready: map[pageKey]*template.Template{}}
}

// NewPseudo makes a Site whose texts in the locale l are generated from English, see i18n.Pseudo: for tests and for looking at pages.
func NewPseudo(l i18n.Locale) (*Site, error) {
	s := New()
	locales, err := fs.Sub(embedded, "locales")
	if err != nil {
		return nil, err
	}
	if s.catalogue, err = i18n.NewPseudo(locales, l); err != nil {
		return nil, err
	}
	return s, nil
}

// Pages lists the pages that Render knows, sorted.
func (s *Site) Pages() []string {
	found, err := fs.Glob(embedded, "templates/*/page.html")
	if err != nil { // the pattern is a constant
		panic(err)
	}
	for i, name := range found {
		found[i] = name[len("templates/") : len(name)-len("/page.html")]
	}
	slices.Sort(found)
	return found
}

// Translator returns the translator of l. The error is one of our own build.
func (s *Site) Translator(l i18n.Locale) (*i18n.Translator, error) { return s.catalogue.Translator(l) }

// Render writes the page in the locale, or nothing when it fails. data embeds a Frame. ErrUnknownPage says that there is
// no such page; any other error is a fault of template and data, or of w.
func (s *Site) Render(w io.Writer, locale i18n.Locale, page string, data any) error {
	t, err := s.template(page, locale)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "document", data); err != nil {
		return fmt.Errorf("page %s in %s: %w", page, locale.Tag(), err)
	}
	_, err = buf.WriteTo(w)
	return err
}

func (s *Site) template(page string, locale i18n.Locale) (*template.Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := pageKey{page, locale}
	if t, ok := s.ready[key]; ok {
		return t, nil
	}
	if !slices.Contains(s.Pages(), page) {
		return nil, fmt.Errorf("page %q: %w", page, ErrUnknownPage)
	}
	tr, err := s.catalogue.Translator(locale)
	if err != nil {
		return nil, err
	}
	t, err := template.New(page).Option("missingkey=error").Funcs(s.functions(tr)).
		ParseFS(embedded, "templates/layout/*.html", "templates/"+page+"/*.html")
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", page, err)
	}
	s.ready[key] = t
	return t, nil
}
