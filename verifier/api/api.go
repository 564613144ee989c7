// Package api is POST /api/v1/verify: hand over a credential as text, link or file, get every check and one verdict;
// /api/v1/verify-many: the same for several at once; and /api/v1/requests: have a wallet present one; and /api/v1/checks: what the code
// of a check means in plain words.
//
// A bad credential is never a bad request: whatever is sent for verification is answered 200 with a verifier.Result. It
// refuses, with a problem document (RFC 9457), only what is no request: JSON of more than one meaning, none or several of
// credential, url and file, members that it does not know, and what is too big. Of what is verified nothing is
// stored unless a receipt is asked for, and no token is needed.
package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	ask "github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/web"
)

// Path is where the verifier answers.
const Path = "/api/v1/verify"

// Checker verifies; *verifier.Verifier satisfies it.
type Checker interface {
	Check(ctx context.Context, in verifier.Input, p verifier.Policy) verifier.Result
}

// Counter counts verdicts, for /metrics.
type Counter interface {
	Verification(verdict string)
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what the API works with. With the zero Config every credential is undecided.
type Config struct {
	Requests Requests // nil: wallets are not asked
	Wallets  Wallets
	// Asker says who asks, or is a fault for a caller who may not; nil: everybody may, and all are one.
	Asker func(g *gin.Context) (ask.Asker, error)

	Receipts Receipts // nil: results are not kept
	BaseURL  string   // of the links of receipts

	Checker Checker
	Counter Counter
	Errors  Errors
	Words   Words // default: those of package web
	Logger  *slog.Logger
}

// API holds the handler.
type API struct{ cfg Config }

// New makes the API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Checker == nil {
		c.Checker = blind{}
	}
	if c.Asker == nil {
		c.Asker = func(*gin.Context) (ask.Asker, error) { return ask.Asker{}, nil }
	}
	if c.Counter == nil {
		c.Counter = uncounted{}
	}
	if c.Words == nil {
		c.Words = web.New()
	}
	return &API{cfg: c}
}

// Register adds the route to r, and its description to doc unless that is nil.
func (a *API) Register(r gin.IRoutes, doc *huma.OpenAPI) {
	r.POST(Path, a.verify)
	r.POST(ManyPath, a.verifyMany)
	if doc != nil {
		describe(doc)
	}
	a.registerWords(r, doc)
	if a.cfg.Receipts != nil {
		a.registerReceipts(r, doc)
	}
	if a.cfg.Requests != nil && a.cfg.Wallets != nil {
		a.registerRequests(r, doc)
	}
}

func (a *API) verify(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	in, p, err := read(g.Request)
	if err != nil {
		a.fail(g, err)
		return
	}
	result := a.cfg.Checker.Check(g.Request.Context(), in, p)
	a.cfg.Counter.Verification(string(result.Verdict))
	body, err := json.Marshal(result)
	if err != nil {
		a.fail(g, err)
		return
	}
	body = append(body, '\n')
	g.Header("Content-Length", strconv.Itoa(len(body)))
	g.Data(http.StatusOK, "application/json", body)
}

func (a *API) fail(g *gin.Context, err error) {
	g.Abort()
	a.cfg.Errors.Write(g.Writer, g.Request, err)
}

// blind knows nothing, and says so.
type blind struct{}

func (blind) Check(context.Context, verifier.Input, verifier.Policy) verifier.Result {
	r := verifier.Result{Verdict: verifier.Undecided, Form: "unknown"}
	for _, id := range verifier.CheckIDs() {
		r.Checks = append(r.Checks, verifier.Check{
			ID: id, Outcome: verifier.Unknown, Code: "internal", Detail: "No verifier is configured.",
		})
	}
	return r
}

type uncounted struct{}

func (uncounted) Verification(string) {}

// describe adds the operation to the document. The request is written by hand: "exactly one of three" has no Go type.
func describe(doc *huma.OpenAPI) {
	reg := doc.Components.Schemas
	text := func(about string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: about} }
	options := map[string]*huma.Schema{
		"at":        {Type: huma.TypeString, Format: "date-time", Description: "The moment to judge for; now, when left out."},
		"recipient": text("An e-mail address or id that the credential must be about."),
		"policy":    text("default, compatible or any-issuer-unsafe."),
		"refresh": {
			Type:        huma.TypeBoolean,
			Description: "Look once, after the proof, for a newer copy where a trusted issuer keeps one; the member refresh of the result says which was judged.",
		},
	}
	input := map[string]*huma.Schema{
		"credential": text("The credential as text: a compact JWS, or JSON. A JSON object is taken, too, by its exact bytes."),
		"url":        {Type: huma.TypeString, Format: "uri", Description: "Where the credential or its page is."},
		"file": {
			Type: huma.TypeString, ContentEncoding: "base64",
			Description: "Base64 of a file: JWS, JSON, PNG, SVG, a PDF document with a credential attached, or a picture of a QR code.",
		},
	}
	jsonBody := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for name, s := range options {
		jsonBody.Properties[name] = s
	}
	for name, s := range input {
		jsonBody.Properties[name] = s
		jsonBody.OneOf = append(jsonBody.OneOf, &huma.Schema{Required: []string{name}})
	}
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{
		"file": {Type: huma.TypeString, Format: "binary"},
	}}
	for name, s := range options {
		form.Properties[name] = s
	}
	failure := reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem")
	op := &huma.Operation{
		Method: http.MethodPost, Path: Path, OperationID: "verify", Tags: []string{"Verify"}, Summary: "Verify a credential",
		Description: "Answers 200 with every check and one verdict for whatever is sent, and 4xx only for what is no request. Nothing is stored.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: jsonBody, Example: json.RawMessage(exampleRequest)}, "multipart/form-data": {Schema: form},
		}},
		Responses: map[string]*huma.Response{"200": {Description: "Every check, and the verdict.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: reg.Schema(reflect.TypeFor[verifier.Result](), true, "Result"), Example: json.RawMessage(exampleResult)},
		}}},
	}
	failures(op, failure)
	doc.AddOperation(op)
	describeMany(doc, options, input)
}

// failures adds the answers to what is no request.
func failures(op *huma.Operation, failure *huma.Schema) {
	for _, code := range []int{400, 413, 415, 429, 500} {
		op.Responses[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code), Content: map[string]*huma.MediaType{problem.MediaType: {Schema: failure}},
		}
	}
}

// The examples of the document.
const (
	exampleRequest = `{"url":"https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2","recipient":"amal@example.org"}`
	exampleResult  = `{"verdict":"undecided","form":"ob-jwt","version":"2.0","id":"https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2",` +
		`"issuer":{"id":"did:web:badges.example.org","domain":"badges.example.org","name":"Open School"},` +
		`"achievement":{"name":"First aid"},"checked_at":"2026-02-03T10:00:00Z","checks":[` +
		`{"id":"proof","outcome":"pass","code":"proof.ok","detail":"The signature is good."},` +
		`{"id":"trust","outcome":"unknown","code":"trust.unknown_issuer","detail":"Nobody you trust vouches for badges.example.org."}]}`
)
