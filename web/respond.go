package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/problem"
)

// ContentSecurityPolicy is the policy under which all pages work: nothing inline, nothing foreign.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// LanguageCookie keeps the visitor's choice of language.
const LanguageCookie = "laurel_lang"

// Frame is what the layout shows around a page. The data of every page embeds it. The zero Frame works.
type Frame struct {
	Path      string   // of this page, for the language switch
	Query     string   // of this page, without lang, encoded
	NoIndex   bool     // keep search engines out
	Canonical string   // absolute URL of this page, or empty
	Social    *Social  // what a shared link shows, or nil
	Console   *Console // set on pages of the console
}

// Social is what others show of a shared link (Open Graph), and what search engines read (schema.org).
type Social struct {
	Title, Description, Image, ImageAlt string
	Data                                any // becomes application/ld+json
}

// Console is what the layout shows on console pages.
type Console struct {
	CSRF    string
	Section string // "overview", "awards", "achievements", "settings"
	Page    string // within the section, for its own links
	Name    string // who is signed in

	MayAward, MayRevoke, MayManage bool // for some issuer
	MayAll                         bool // manages every issuer, and so the deployment
}

// NewFrame makes the frame of the page that r asks for.
func NewFrame(r *http.Request) Frame {
	q := r.URL.Query()
	q.Del("lang")
	return Frame{Path: r.URL.Path, Query: q.Encode()}
}

// In returns the address of this page in another language.
func (f Frame) In(l i18n.Locale) string {
	u := url.URL{Path: "/" + strings.TrimLeft(f.Path, "/\\")} // "//host" would lead elsewhere
	q, err := url.ParseQuery(f.Query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("lang", l.Tag())
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// Locale returns the visitor's locale: ?lang=, the cookie, Accept-Language. A choice made by ?lang= is kept in the
// cookie for a year.
func Locale(w http.ResponseWriter, r *http.Request) i18n.Locale {
	choice := r.URL.Query().Get("lang")
	kept := ""
	if c, err := r.Cookie(LanguageCookie); err == nil {
		kept = c.Value
	}
	locale := i18n.Match(r.Header.Get("Accept-Language"), kept, choice)
	if chosen, ok := i18n.Parse(choice); ok && chosen.Tag() != kept {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // no secret; must also work on http://localhost
			Name: LanguageCookie, Value: chosen.Tag(), Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true,
		})
	}
	return locale
}

// packable reports that a page may be packed. Those of the console are not: they hold an anti-forgery token beside what strangers
// write, and the length of a packed page tells of both together (BREACH).
func (f Frame) packable() bool { return f.Console == nil }

// Respond renders the page in the visitor's language and sends it with status, packed where the client takes gzip and the page
// is not of the console. Unless the caller set them before, the page is not cached and has ContentSecurityPolicy. When it returns
// an error, nothing was sent.
func (s *Site) Respond(w http.ResponseWriter, r *http.Request, status int, page string, data any) error {
	locale := Locale(w, r)
	var buf bytes.Buffer
	if err := s.Render(&buf, locale, page, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", locale.Tag())
	h.Add("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie")
	if p, ok := data.(interface{ packable() bool }); ok && p.packable() && TakesGzip(r.Header.Get("Accept-Encoding")) {
		buf = s.packed(buf)
		h.Set("Content-Encoding", "gzip")
	}
	setDefault(h, "Cache-Control", "no-store")
	setDefault(h, "Content-Security-Policy", ContentSecurityPolicy)
	setDefault(h, "Referrer-Policy", "same-origin")
	setDefault(h, "X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = buf.WriteTo(w) // the client is gone: nobody is left to tell
	}
	return nil
}

// packed returns the page as gzip. A writer holds most of a megabyte, so that they are kept.
func (s *Site) packed(page bytes.Buffer) bytes.Buffer {
	var out bytes.Buffer
	z, ok := s.packers.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(nil)
	}
	z.Reset(&out)
	_, _ = page.WriteTo(z) // a bytes.Buffer takes everything
	_ = z.Close()
	s.packers.Put(z)
	return out
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

// ErrorPage is the data of page "error".
type ErrorPage struct {
	Frame
	Document problem.Document
	Text     string // key under "problem.", chosen by status
	Inside   string // the page of the console where it happened; empty elsewhere, where addresses can be secrets
}

// Problem shows a problem as a page; Site is a problem.Page.
func (s *Site) Problem(w http.ResponseWriter, r *http.Request, d problem.Document) error {
	data := ErrorPage{Frame: NewFrame(r), Document: d, Text: problemText(d.Status)}
	data.NoIndex = true
	if path := r.URL.Path; strings.HasPrefix(path, "/console/") && !strings.HasPrefix(path, "/console/sign-in") {
		data.Inside = path
	}
	return s.Respond(w, r, d.Status, "error", data)
}

func problemText(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return strconv.Itoa(status)
	case http.StatusInternalServerError:
		return "500"
	}
	return "400"
}
