// Package webtest owns the rules that every rendered page must keep, as one test helper: WCAG basics that a machine can
// see, a policy without anything inline, isolation of users' strings, and the weight of a page.
//
// It refuses nothing at run time: it is imported by tests only.
package webtest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/web"
)

// PageMaximum bounds the HTML of one page in bytes, before compression.
const PageMaximum = 50 << 10

// Hostile is what users are imagined to write into every free-text field.
const Hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}\u202egpj.exe\u2066"

// Page checks one page in one state in every locale.
func Page(t *testing.T, site *web.Site, page string, data any) {
	t.Helper()
	for _, l := range i18n.Locales() {
		t.Run(l.Tag(), func(t *testing.T) {
			var buf bytes.Buffer
			if err := site.Render(&buf, l, page, data); err != nil {
				t.Fatal(err)
			}
			HTML(t, l, buf.Bytes())
		})
	}
}

// HTML checks the bytes of one page in a locale.
func HTML(t *testing.T, l i18n.Locale, body []byte) {
	t.Helper()
	if len(body) > PageMaximum {
		t.Errorf("the page has %d bytes", len(body))
	}
	if bytes.Contains(body, []byte("ZgotmplZ")) {
		t.Error("html/template refused a value: the template must not put it there")
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, ids: map[string]int{}, labelled: map[string]bool{}}
	p.walk(doc)
	p.after(l)
}

// page collects what is to be compared at the end.
type page struct {
	t        *testing.T
	ids      map[string]int
	labelled map[string]bool
	refs     []string
	controls []*html.Node
	levels   []int
	root     *html.Node
	title    string
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (p *page) walk(n *html.Node) {
	switch n.Type {
	case html.ElementNode:
		p.element(n)
	case html.TextNode:
		p.text(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c)
	}
}

func (p *page) element(n *html.Node) {
	for _, a := range n.Attr {
		p.attribute(n, a)
	}
	switch n.Data {
	case "html":
		p.root = n
	case "title":
		if n.FirstChild != nil && n.Namespace == "" {
			p.title = n.FirstChild.Data
		}
	case "script":
		p.script(n)
	case "style", "iframe", "object", "embed", "base":
		p.t.Errorf("<%s> has no place on a page", n.Data)
	case "img":
		if _, ok := attr(n, "alt"); !ok {
			p.t.Error("<img> without alt")
		}
	case "input", "select", "textarea":
		if kind, _ := attr(n, "type"); kind != "hidden" {
			p.controls = append(p.controls, n)
		}
	case "label":
		if id, ok := attr(n, "for"); ok {
			p.labelled[id] = true
			p.refs = append(p.refs, id)
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		p.levels = append(p.levels, int(n.Data[1]-'0'))
		if n.FirstChild == nil {
			p.t.Errorf("<%s> is empty", n.Data)
		}
	}
}

func (p *page) attribute(n *html.Node, a html.Attribute) {
	switch {
	case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
		p.t.Errorf("inline %s on <%s>", a.Key, n.Data)
	case a.Key == "id":
		p.ids[a.Val]++
	case a.Key == "aria-describedby" || a.Key == "aria-labelledby":
		p.refs = append(p.refs, strings.Fields(a.Val)...)
	case a.Key == "src", a.Key == "href" && n.Data == "link" && !rel(n, "canonical"), a.Key == "action":
		if !strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//") {
			p.t.Errorf("<%s %s=%q> leads elsewhere", n.Data, a.Key, a.Val)
		}
	case a.Key == "href" && n.Data == "a" && strings.HasPrefix(a.Val, "data:message/rfc822;base64,"):
		if _, saved := attr(n, "download"); !saved { // a file that stands in the page is saved, and never opened in its place
			p.t.Errorf("<a href=%q>", a.Val)
		}
	case a.Key == "href" && n.Data == "a":
		if !regexp.MustCompile(`^(/|https?://|#|openid-credential-offer://|openid4vp://)`).MatchString(a.Val) {
			p.t.Errorf("<a href=%q>", a.Val)
		}
	}
}

func rel(n *html.Node, want string) bool {
	v, _ := attr(n, "rel")
	return v == want
}

// script may be a file of ours, or data.
func (p *page) script(n *html.Node) {
	kind, _ := attr(n, "type")
	src, _ := attr(n, "src")
	switch {
	case kind == "application/ld+json" && n.FirstChild != nil && json.Valid([]byte(n.FirstChild.Data)):
	case kind == "module" && strings.HasPrefix(src, web.StaticPath) && n.FirstChild == nil:
	default:
		p.t.Errorf("script of type %q from %q", kind, src)
	}
}

func (p *page) text(n *html.Node) {
	parent := n.Parent.Data
	if parent == "script" {
		return
	}
	if strings.ContainsAny(n.Data, "\u202e\u2066") && !isolated(n) {
		p.t.Errorf("a user's string in <%s> is not isolated", parent)
	}
	if isolated(n) {
		return
	}
	if text := strings.TrimSpace(n.Data); parent != "code" && regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`).MatchString(text) {
		p.t.Errorf("the text %q has no translation", text)
	}
	if m := regexp.MustCompile(`\{[a-z_]+\}`).FindString(n.Data); m != "" {
		p.t.Errorf("placeholder %s was not filled", m)
	}
}

// isolated reports whether the direction of a text stays its own: in <bdi>, under dir=, or where the browser isolates.
func isolated(n *html.Node) bool {
	for a := n.Parent; a != nil && a.Data != "html"; a = a.Parent {
		if _, ok := attr(a, "dir"); ok || slices.Contains([]string{"bdi", "title", "option", "textarea"}, a.Data) {
			return true
		}
	}
	return false
}

func (p *page) after(l i18n.Locale) {
	p.t.Helper()
	lang, _ := attr(p.root, "lang")
	dir, _ := attr(p.root, "dir")
	if lang != l.Tag() || dir != l.Dir() {
		p.t.Errorf("lang %q, dir %q", lang, dir)
	}
	if strings.TrimSpace(p.title) == "" {
		p.t.Error("no title")
	}
	for id, n := range p.ids {
		if n > 1 {
			p.t.Errorf("id %q stands %d times", id, n)
		}
	}
	for _, id := range p.refs {
		if p.ids[id] == 0 {
			p.t.Errorf("nothing has the id %q", id)
		}
	}
	for _, n := range p.controls {
		if id, _ := attr(n, "id"); !p.labelled[id] && !inLabel(n) {
			p.t.Errorf("<%s id=%q> without a label", n.Data, id)
		}
	}
	p.headings()
}

func inLabel(n *html.Node) bool {
	for a := n.Parent; a != nil; a = a.Parent {
		if a.Data == "label" {
			return true
		}
	}
	return false
}

// headings: one h1, and no level left out on the way down.
func (p *page) headings() {
	ones, before := 0, 0
	for i, level := range p.levels {
		if level == 1 {
			ones++
		}
		if i > 0 && before > 0 && level > before+1 {
			p.t.Errorf("h%d follows h%d", level, before)
		}
		before = level
	}
	if ones != 1 {
		p.t.Errorf("%d h1", ones)
	}
}
