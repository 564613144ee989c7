package book_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"github.com/openlaurel/laurel/cmd/storybook/book"
	"github.com/openlaurel/laurel/internal/i18n"
)

// The strings of strangers are marked in these tests, so that what is left is text of ours.
const (
	strangerOpen  = "\ue000"
	strangerClose = "\ue001"
)

// TestNoPageShowsTextThatWasNotTranslated: in the generated locale every text of the interface stands in brackets. A letter outside of
// them was written into a template or a handler.
func TestNoPageShowsTextThatWasNotTranslated(t *testing.T) {
	mark := func(s string) string { return strangerOpen + s + strangerClose }
	whole := book.New(book.Config{Writings: []book.Writing{{Name: book.Plain, Text: mark}}})
	h := whole.Handler()
	for _, s := range whole.Stories() {
		t.Run(s.Path, func(t *testing.T) {
			body := get(t, h, s.Path+"?lang="+book.Pseudo).Body.Bytes()
			if strings.Count(string(body), i18n.PseudoOpen) < 5 {
				t.Fatalf("the page is not in the generated locale:\n%s", body)
			}
			for _, text := range outside(t, body) {
				t.Errorf("not from a locale file: %q", text)
			}
		})
	}
}

func TestTextOutsideOfBracketsIsFound(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text in brackets is ours", "<p>⟦Ñöŧ <b>öñé</b> ŧŵö⟧</p>", ""},
		{"text beside them is not", "<p>⟦Ñöŧ⟧ but</p>", "but"},
		{"a stranger's string is not ours to translate", "<p>\ue000Ana\ue001</p>", ""},
		{"an isolated string too", "<p><bdi>did:web:a</bdi></p>", ""},
		{"an alternative text counts", `<p><img alt="Logo"></p>`, "Logo"},
		{"a name for screen readers counts", `<nav aria-label="Main">⟦x⟧</nav>`, "Main"},
		{"an identifier may say so", `<option translate="no">ob-jwt</option>`, ""},
		{"numbers and signs are in no language", "<p>12 · 3.5 %</p>", ""},
		{"the name of the software is one", "<title>⟦x⟧ · Laurel</title>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(outside(t, []byte(tt.in)), "|"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// outside returns the words of a page that stand neither in brackets nor in what is not ours to translate.
func outside(t *testing.T, body []byte) []string {
	t.Helper()
	doc, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{}
	r.walk(doc)
	return r.found
}

type reader struct {
	depth int // of brackets, across elements
	found []string
}

func (r *reader) walk(n *html.Node) {
	if n.Type == html.TextNode {
		r.read(n.Data)
	}
	if n.Type == html.ElementNode && foreign(n) {
		return
	}
	for _, a := range n.Attr {
		if slices.Contains([]string{"alt", "title", "aria-label", "placeholder"}, a.Key) {
			inner := reader{}
			inner.read(a.Val)
			r.found = append(r.found, inner.found...)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c)
	}
}

// foreign: scripts are data, bdi and code hold identifiers and users' strings, a lang of its own says that the text is not in the
// language of the page, and translate="no" that it is in none.
func foreign(n *html.Node) bool {
	if slices.Contains([]string{"script", "bdi", "code"}, n.Data) {
		return true
	}
	return n.Data != "html" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "lang" || a.Key == "translate" && a.Val == "no" })
}

func (r *reader) read(text string) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 && word.String() != "Laurel" {
			r.found = append(r.found, word.String())
		}
		word.Reset()
	}
	for _, c := range text {
		switch {
		case string(c) == i18n.PseudoOpen || string(c) == strangerOpen:
			flush()
			r.depth++
		case string(c) == i18n.PseudoClose || string(c) == strangerClose:
			r.depth--
		case r.depth == 0 && unicode.IsLetter(c):
			word.WriteRune(c)
		default:
			flush()
		}
	}
	flush()
}
