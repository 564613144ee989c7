package web

import (
	"bytes"
	"html/template"
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdownMaximum bounds what is rendered; a longer text is shown as it stands.
const markdownMaximum = 64 << 10

// Markdown renders a user's Markdown (CommonMark and tables) as HTML that can do nothing: text, lists, tables, emphasis and web links.
// Pictures, raw HTML, ids and styles are dropped; headings begin at level 3, below those of the page.
func Markdown(source string) template.HTML {
	if len(source) > markdownMaximum {
		return template.HTML("<p>" + template.HTMLEscapeString(source) + "</p>") //nolint:gosec // escaped
	}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(demote{}, 100))))
	var buf bytes.Buffer
	if err := md.Convert([]byte(source), &buf); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(source) + "</p>") //nolint:gosec // escaped
	}
	return template.HTML(policy().SanitizeBytes(buf.Bytes())) //nolint:gosec // sanitised by a closed list
}

// policy is the closed list of what survives.
func policy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,4}$`)).OnElements("ol")
	p.AllowURLSchemes("http", "https")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// demote moves headings two levels down, so that the page keeps its one h1.
type demote struct{}

// Transform implements parser.ASTTransformer.
func (demote) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		demoteNode(n)
	}
}

func demoteNode(n ast.Node) {
	if h, ok := n.(*ast.Heading); ok {
		h.Level = min(h.Level+2, 6)
	}
	if n.Type() != ast.TypeBlock {
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		demoteNode(c)
	}
}
