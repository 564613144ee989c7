package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/web"
)

// ChecksPath is where the codes of checks are explained.
const ChecksPath = "/api/v1/checks"

// Words explains the codes of checks; *web.Site does.
type Words interface {
	Explain(l i18n.Locale, code string) (web.Explained, error)
}

// Explanations are the explanations of all codes, sorted by code.
type Explanations struct {
	Checks []web.Explained `json:"checks"`
}

// registerWords adds the routes that explain, and their description to doc unless that is nil.
func (a *API) registerWords(r gin.IRoutes, doc *huma.OpenAPI) {
	r.GET(ChecksPath, a.explainAll)
	r.GET(ChecksPath+"/:code", a.explain)
	if doc != nil {
		describeWords(doc)
	}
}

// language is that of ?lang=, else of Accept-Language. The answer is the same for everybody until the program changes.
func language(g *gin.Context) i18n.Locale {
	l := i18n.Match(g.GetHeader("Accept-Language"), "", g.Query("lang"))
	g.Header("Content-Language", l.Tag())
	g.Header("Vary", "Accept-Language")
	g.Header("Cache-Control", "public, max-age=3600")
	return l
}

func (a *API) explain(g *gin.Context) {
	e, err := a.cfg.Words.Explain(language(g), g.Param("code"))
	if err != nil {
		g.Header("Cache-Control", "no-store")
		a.fail(g, err)
		return
	}
	g.JSON(http.StatusOK, e)
}

func (a *API) explainAll(g *gin.Context) {
	l, out := language(g), Explanations{}
	for _, code := range explain.Codes() {
		e, err := a.cfg.Words.Explain(l, code)
		if err != nil {
			a.fail(g, err)
			return
		}
		out.Checks = append(out.Checks, e)
	}
	g.JSON(http.StatusOK, out)
}

func describeWords(doc *huma.OpenAPI) {
	reg := doc.Components.Schemas
	lang := &huma.Param{Name: "lang", In: "query", Schema: &huma.Schema{
		Type: huma.TypeString, Description: "ar, en, es, fr, ru or zh; else Accept-Language decides.",
	}}
	code := &huma.Param{Name: "code", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Example: "trust.unknown_issuer"}
	for _, op := range []*huma.Operation{
		{Path: ChecksPath, OperationID: "list-checks", Summary: "Explain every code of a check", Parameters: []*huma.Param{lang},
			Responses: map[string]*huma.Response{"200": answer(reg.Schema(reflect.TypeFor[Explanations](), true, "Explanations"), "Every code.")}},
		{Path: ChecksPath + "/{code}", OperationID: "explain-check", Summary: "Explain a code of a check", Parameters: []*huma.Param{code, lang},
			Responses: map[string]*huma.Response{
				"200": answer(reg.Schema(reflect.TypeFor[web.Explained](), true, "Explained"), "What it means, and what to do next."),
				strconv.Itoa(http.StatusNotFound): {Description: http.StatusText(http.StatusNotFound), Content: map[string]*huma.MediaType{
					problem.MediaType: {Schema: reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem")},
				}},
			}},
	} {
		op.Method, op.Tags = http.MethodGet, []string{"Verify"}
		op.Description = "In plain words, in the language that is asked for: what the code means, and what a person can do next."
		doc.AddOperation(op)
	}
}

func answer(s *huma.Schema, about string) *huma.Response {
	return &huma.Response{Description: about, Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
}
