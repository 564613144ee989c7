package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer/access"
)

const (
	bearer    = "token"
	bodyBytes = 1 << 20 // a request without a picture
	mediaJSON = "application/json"
)

// operation describes one route.
type operation struct {
	method, path, id, tag string
	summary, description  string
	scope                 access.Scope // "": any token
	params                []parameter  // of query and header
	status                int          // of success
	errors                []int        // beside 400, 401, 403, 429 and 500
	bytes                 int          // bound of the body; bodyBytes when 0
	body                  string       // example of the request
	answer                string       // example of the answer
	media                 string       // of an answer that is a download
}

// parameter is one query or header parameter.
type parameter struct {
	name, in, kind, about string
	enum                  []any
}

// call is what a handler knows of its request.
type call struct {
	token access.Token
	g     *gin.Context
}

func (c call) id() string                { return c.g.Param("id") }
func (c call) query(name string) string  { return c.g.Query(name) }
func (c call) header(name string) string { return c.g.GetHeader(name) }

// reply is a successful answer. Status 0 means that of the operation.
type reply[T any] struct {
	status int
	header map[string]string
	body   T
}

// download is an answer that is a file and no JSON, of the operation's media type.
type download struct {
	name string
	data []byte
}

// empty stands for no body, of a request or an answer.
type empty struct{}

// shown is an operation as the page at /api shows it.
type shown struct {
	operation
	Public bool
}

// add registers an operation: its route, its description from the Go types, and what every request passes: token, scope,
// parameters, body, and only then run.
func add[In, Out any](a *API, op operation, run func(ctx context.Context, c call, in In) (reply[Out], error)) {
	var schema *huma.Schema
	if in := reflect.TypeFor[In](); in != reflect.TypeFor[empty]() {
		schema = a.huma.OpenAPI().Components.Schemas.Schema(in, true, op.id+"Request")
	}
	h := op.describe(a.huma.OpenAPI().Components.Schemas, schema, reflect.TypeFor[Out]())
	a.huma.OpenAPI().AddOperation(h)
	a.shows = append(a.shows, shown{operation: op})
	a.huma.Adapter().Handle(h, func(hc huma.Context) {
		g := humagin.Unwrap(hc)
		if err := handle(a, op, schema, g, run); err != nil {
			g.Abort()
			a.cfg.Errors.Write(g.Writer, g.Request, err)
		}
	})
}

func handle[In, Out any](a *API, op operation, schema *huma.Schema, g *gin.Context,
	run func(ctx context.Context, c call, in In) (reply[Out], error)) error {
	ctx := g.Request.Context()
	token, err := a.admit(g, op)
	if err != nil {
		return err
	}
	if err := op.checkQuery(g); err != nil {
		return err
	}
	var in In
	if schema != nil {
		most := op.bytes
		if most == 0 {
			most = bodyBytes
		}
		if err := decode(g, a.huma.OpenAPI().Components.Schemas, schema, most, &in); err != nil {
			return err
		}
	}
	r, err := run(ctx, call{token: token, g: g}, in)
	if err != nil {
		return err
	}
	return write(g, op, r)
}

// admit finds out who calls and whether the scope suffices for any issuer at all; which issuer, the handler asks.
func (a *API) admit(g *gin.Context, op operation) (access.Token, error) {
	for _, name := range []string{"access_token", "token", "api_key"} {
		if g.Request.URL.Query().Has(name) {
			return access.Token{}, fault.New(fault.Invalid, nil, "a token in the address ends up in logs").Code("token.in_query").
				Hint("revoke it, make a new one, and send it in the header Authorization: Bearer …")
		}
	}
	headers := g.Request.Header.Values("Authorization")
	if len(headers) != 1 {
		g.Header("WWW-Authenticate", `Bearer realm="laurel"`)
		return access.Token{}, errNoToken()
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		g.Header("WWW-Authenticate", `Bearer realm="laurel"`)
		return access.Token{}, errNoToken()
	}
	t, err := a.cfg.Tokens.Authenticate(g.Request.Context(), secret)
	if err != nil {
		if fault.Is(err, fault.Unauthorized) {
			g.Header("WWW-Authenticate", `Bearer realm="laurel", error="invalid_token"`)
		}
		return access.Token{}, err
	}
	if op.scope != "" && !access.Has(t, op.scope) {
		return access.Token{}, lacks(g, op.scope)
	}
	return t, nil
}

func errNoToken() error {
	return fault.New(fault.Unauthorized, nil, "this needs a token").Code("token.missing").
		Hint("send the header Authorization: Bearer laurel_… with a token from: laurel token add --scope award")
}

// lacks names the missing scope (RFC 6750 §3.1).
func lacks(g *gin.Context, scope access.Scope) error {
	g.Header("WWW-Authenticate", fmt.Sprintf(`Bearer realm="laurel", error="insufficient_scope", scope=%q`, string(scope)))
	return fault.New(fault.Forbidden, nil, "the token lacks the scope %q", string(scope)).Code("token.scope").
		Hint("make one that has it: laurel token add --scope %s", string(scope))
}

// permit asks whether the token may do that for that issuer.
func (c call) permit(scope access.Scope, issuerID string) error {
	if access.Allows(c.token, scope, issuerID) {
		return nil
	}
	if !access.Has(c.token, scope) {
		return lacks(c.g, scope)
	}
	return fault.New(fault.Forbidden, nil, "the token is for another issuer").Code("token.issuer").
		Hint("use a token of that issuer, or one for every issuer")
}

// checkQuery refuses parameters that nobody reads, and those that are given twice: a typing error must not widen a list.
func (op operation) checkQuery(g *gin.Context) error {
	for name, values := range g.Request.URL.Query() {
		known := slices.ContainsFunc(op.params, func(p parameter) bool { return p.in == "query" && p.name == name })
		if !known {
			return fault.New(fault.Invalid, nil, "there is no parameter %.40q here", name).Code("query.unknown").
				Hint("the parameters are listed at /api")
		}
		if len(values) > 1 {
			return fault.New(fault.Invalid, nil, "the parameter %q is given %d times", name, len(values)).Code("query.twice")
		}
	}
	return nil
}

// write sends the answer. A GET carries an ETag over its exact bytes.
func write[T any](g *gin.Context, op operation, r reply[T]) error {
	status := r.status
	if status == 0 {
		status = op.status
	}
	h := g.Writer.Header()
	for name, value := range r.header {
		h.Set(name, value)
	}
	if status == http.StatusNoContent {
		g.Status(status)
		g.Writer.WriteHeaderNow()
		return nil
	}
	body, err := render(r.body)
	if err != nil {
		return err
	}
	media := mediaJSON
	if f, ok := any(r.body).(download); ok {
		body, media = f.data, op.media
		h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if g.Request.Method == http.MethodGet {
		h.Set("Cache-Control", "private, no-cache")
		h.Set("ETag", etag(body))
		h.Add("Vary", "Authorization")
		if matches(g.GetHeader("If-None-Match"), etag(body)) {
			g.Status(http.StatusNotModified)
			g.Writer.WriteHeaderNow()
			return nil
		}
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	g.Status(status)
	_, _ = g.Writer.Write(body) // the client is gone: nobody is left to tell
	return nil
}

func render(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return b.Bytes(), nil
}

func etag(body []byte) string {
	h := sha256.Sum256(body)
	return `"` + hex.EncodeToString(h[:16]) + `"`
}

// matches reads If-Match and If-None-Match; weak tags of proxies that compress count as ours.
func matches(header, tag string) bool {
	for _, one := range strings.Split(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == tag || one == "*" {
			return true
		}
	}
	return false
}

// describe makes the OpenAPI operation.
func (op operation) describe(reg huma.Registry, body *huma.Schema, out reflect.Type) *huma.Operation {
	h := &huma.Operation{
		Method: op.method, Path: op.path, OperationID: op.id, Tags: []string{op.tag}, Summary: op.summary,
		Description: op.description, Security: []map[string][]string{{bearer: {}}}, Responses: map[string]*huma.Response{},
	}
	if op.scope != "" {
		h.Description = strings.TrimSpace(h.Description + " Needs the scope " + string(op.scope) + ".")
	}
	for _, part := range strings.Split(op.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			h.Parameters = append(h.Parameters, &huma.Param{
				Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			})
		}
	}
	for _, p := range op.params {
		h.Parameters = append(h.Parameters, &huma.Param{
			Name: p.name, In: p.in, Description: p.about, Schema: &huma.Schema{Type: p.kind, Enum: p.enum},
		})
	}
	if body != nil {
		h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			mediaJSON: {Schema: body, Example: example(op.body)},
		}}
	}
	success := &huma.Response{Description: http.StatusText(op.status)}
	if out == reflect.TypeFor[download]() {
		success.Content = map[string]*huma.MediaType{op.media: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	} else if out != reflect.TypeFor[empty]() {
		success.Content = map[string]*huma.MediaType{
			mediaJSON: {Schema: reg.Schema(out, true, op.id+"Answer"), Example: example(op.answer)},
		}
	}
	h.Responses[strconv.Itoa(op.status)] = success
	failure := reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem")
	for _, code := range append([]int{400, 401, 403, 429, 500}, op.errors...) {
		h.Responses[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code),
			Content:     map[string]*huma.MediaType{problem.MediaType: {Schema: failure}},
		}
	}
	return h
}

func example(text string) any {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
