package api

import (
	"bytes"
	_ "embed" // of the page and its style
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS []byte

// registerDocument serves the OpenAPI document, and a page that people can read without a script or anything from
// elsewhere. Both are made at the first request, when every package has added its operations.
func (a *API) registerDocument(engine *gin.Engine) {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	engine.GET("/api/openapi.json", func(g *gin.Context) {
		body, err := document()
		a.serve(g, "application/openapi+json; version=3.1", body, err)
	})
	readable := sync.OnceValues(a.readable)
	engine.GET("/api", func(g *gin.Context) {
		body, err := readable()
		a.serve(g, "text/html; charset=utf-8", body, err)
	})
	engine.GET("/api/page.css", func(g *gin.Context) { a.serve(g, "text/css; charset=utf-8", pageCSS, nil) })
}

func (a *API) serve(g *gin.Context, media string, body []byte, err error) {
	if err != nil {
		a.cfg.Errors.Write(g.Writer, g.Request, fmt.Errorf("description of the API: %w", err))
		return
	}
	g.Header("Cache-Control", "public, max-age=300")
	g.Header("ETag", etag(body))
	if matches(g.GetHeader("If-None-Match"), etag(body)) {
		g.Status(http.StatusNotModified)
		g.Writer.WriteHeaderNow()
		return
	}
	g.Data(http.StatusOK, media, body)
}

// pageGroup and pageEntry are what the template sees.
type pageGroup struct {
	Name, About string
	Entries     []pageEntry
}

type pageEntry struct {
	Method, Path, Anchor, Summary, About string
	Public                               bool
	Params                               []*huma.Param
	Command, Body, Answer                string
}

func (a *API) readable() ([]byte, error) {
	t, err := template.New("api").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	base := a.cfg.BaseURL
	if base == "" {
		base = "http://localhost:8080"
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Base   string
		Groups []pageGroup
	}{base, a.groups(base)})
	return b.Bytes(), err
}

func (a *API) groups(base string) []pageGroup {
	doc := a.huma.OpenAPI()
	var out []pageGroup
	for _, tag := range doc.Tags {
		g := pageGroup{Name: tag.Name, About: tag.Description}
		for _, op := range operations(doc) {
			if slices.Contains(op.Tags, tag.Name) {
				g.Entries = append(g.Entries, entry(base, op))
			}
		}
		if len(g.Entries) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// operations lists the operations of the document by path and method.
func operations(doc *huma.OpenAPI) []*huma.Operation {
	var out []*huma.Operation
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, op)
			}
		}
	}
	slices.SortFunc(out, func(x, y *huma.Operation) int {
		if c := strings.Compare(x.Path, y.Path); c != 0 {
			return c
		}
		return slices.Index(verbs(), x.Method) - slices.Index(verbs(), y.Method)
	})
	return out
}

func verbs() []string {
	return []string{http.MethodPost, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

func entry(base string, op *huma.Operation) pageEntry {
	e := pageEntry{
		Method: op.Method, Path: op.Path, Anchor: op.OperationID, Summary: op.Summary, About: op.Description,
		Public: len(op.Security) == 0, Params: op.Parameters,
	}
	cmd := "curl"
	if op.Method != http.MethodGet {
		cmd += " -X " + op.Method
	}
	if !e.Public {
		cmd += ` -H "Authorization: Bearer $TOKEN"`
	}
	if op.RequestBody != nil {
		cmd += ` -H "Content-Type: application/json" -d @request.json`
		e.Body = exampleText(op.RequestBody.Content)
	}
	e.Command = cmd + " " + base + op.Path
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			e.Answer = exampleText(r.Content)
		}
	}
	return e
}

func exampleText(content map[string]*huma.MediaType) string {
	m := content[mediaJSON]
	if m == nil || m.Example == nil {
		return ""
	}
	raw, err := json.Marshal(m.Example)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return ""
	}
	return b.String()
}
