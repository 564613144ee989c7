package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
)

// ManyPath is where several credentials are verified with one request.
const ManyPath = "/api/v1/verify-many"

// nameBytes bounds what one of many is called.
const nameBytes = 255

// called is one of many, and what it is called.
type called struct {
	name string
	in   verifier.Input
}

// verifyMany answers every item with a result of its own, in the order in which they were sent.
func (a *API) verifyMany(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	items, p, err := readMany(g.Request)
	if err != nil {
		a.fail(g, err)
		return
	}
	var out verifier.Many
	for i, r := range a.checkAll(g.Request.Context(), items, p) {
		a.cfg.Counter.Verification(string(r.Verdict))
		out.Add(items[i].name, r)
	}
	body, err := json.Marshal(out)
	if err != nil {
		a.fail(g, err)
		return
	}
	g.Data(http.StatusOK, "application/json", append(body, '\n'))
}

// checkAll checks a few in the same moment, as the verify page does.
func (a *API) checkAll(ctx context.Context, items []called, p verifier.Policy) []verifier.Result {
	results, turns := make([]verifier.Result, len(items)), make(chan struct{}, limits.VerifyAtOnce)
	var all sync.WaitGroup
	for i, it := range items {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			results[i] = a.cfg.Checker.Check(ctx, it.in, p)
		})
	}
	all.Wait()
	return results
}

// readMany turns a request into what is verified, and under which policy for all.
func readMany(r *http.Request) ([]called, verifier.Policy, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	var items []called
	var options request
	switch {
	case err != nil || charset != "" && charset != "utf-8":
		err = wrongMedia(err)
	case media == "application/json":
		items, err = options.manyJSON(r.Body)
	case media == "multipart/form-data" && params["boundary"] != "":
		items, err = options.manyForm(multipart.NewReader(r.Body, params["boundary"]))
	default:
		err = wrongMedia(nil)
	}
	if err != nil {
		return nil, verifier.Policy{}, err
	}
	if len(items) == 0 {
		return nil, verifier.Policy{}, fault.New(fault.Invalid, nil, "nothing to verify was sent").Code("verify.input").Hint("send items, or files")
	}
	p, err := options.policyOf()
	return items, p, err
}

func tooMany(at string) error {
	return fault.New(fault.TooLarge, nil, "at most %d credentials are verified at once", limits.VerifyFiles).Code("limits.verify_files").At(at).
		Hint("send them in several requests")
}

// manyJSON reads {"items": […]} with the options beside it.
func (q *request) manyJSON(body io.Reader) ([]called, error) {
	src, err := all(body, limits.VerifyBytes)
	if err != nil {
		return nil, err
	}
	members, err := split(src)
	if err != nil {
		return nil, err
	}
	var items []called
	for _, m := range members {
		switch m.name {
		case "items":
			if items, err = itemsOf(m.raw); err != nil {
				return nil, err
			}
		case "credential", "url", "file":
			return nil, fault.New(fault.Invalid, nil, "%s stands in an item here", m.name).Code("json.member_unknown").At(ijson.Pointer("", m.name))
		default:
			if err := q.member(m); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// itemsOf reads the list of items, each an object with one of credential, url and file, and a name if it likes.
func itemsOf(raw jsontext.Value) ([]called, error) {
	var list []jsontext.Value
	if raw.Kind() != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, fault.New(fault.Invalid, nil, "a list is expected").Code("json.type").At("/items")
	}
	if len(list) > limits.VerifyFiles {
		return nil, tooMany("/items")
	}
	out := make([]called, len(list))
	for i, one := range list {
		it, err := itemOf(one)
		if err != nil {
			return nil, within(err, ijson.Index("/items", i))
		}
		if out[i] = it; it.name == "" {
			out[i].name = strconv.Itoa(i + 1)
		}
	}
	return out, nil
}

func itemOf(raw jsontext.Value) (called, error) {
	members, err := split(raw)
	if err != nil {
		return called{}, err
	}
	var q request
	var name string
	for _, m := range members {
		switch m.name {
		case "name":
			if m.raw.Kind() == 'n' {
				continue // as if it were absent
			}
			text, err := jsontext.AppendUnquote(nil, m.raw)
			if err != nil || len(text) > nameBytes {
				return called{}, fault.New(fault.Invalid, err, "a name is a string of at most %d bytes", nameBytes).Code("json.type").At("/name")
			}
			name = string(text)
		case "credential", "url", "file":
			if err := q.member(m); err != nil {
				return called{}, err
			}
		default:
			return called{}, fault.New(fault.Invalid, nil, "there is no member %.60q", m.name).Code("json.member_unknown").At(ijson.Pointer("", m.name)).
				Hint("the members of an item are name, credential, url and file; at, recipient, policy and refresh are for all")
		}
	}
	if _, _, err := q.done(); err != nil {
		return called{}, err
	}
	q.in.FileName = name
	if name == "" {
		name = q.in.URL
	}
	return called{name, q.in}, nil
}

// within puts the place of a mistake inside of the item that has it.
func within(err error, at string) error {
	told := fault.Describe(err)
	return fault.New(told.Kind, err, "%s", told.Sentence).Code(told.Code).At(at+told.Pointer).Hint("%s", told.Hint)
}

// manyForm reads a form with any number of parts named file, and the options as parts beside them.
func (q *request) manyForm(form *multipart.Reader) ([]called, error) {
	var items []called
	seen := map[string]bool{}
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return nil, cut(err)
		}
		name := part.FormName()
		if name != "file" {
			if seen[name] || name == "credential" || name == "url" {
				return nil, fault.New(fault.Invalid, nil, "the part %.60q stands twice, or has no place here", name).Code("form.duplicate_part").At(ijson.Pointer("", name))
			}
			seen[name] = true
			if err := q.part(name, part); err != nil {
				return nil, err
			}
			continue
		}
		if len(items) == limits.VerifyFiles {
			return nil, tooMany("/file")
		}
		var one request
		if err := one.part(name, part); err != nil {
			return nil, err
		}
		items = append(items, called{first(part.FileName(), strconv.Itoa(len(items)+1)), one.in})
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// describeMany adds the operation to the document.
func describeMany(doc *huma.OpenAPI, options, input map[string]*huma.Schema) {
	reg, most := doc.Components.Schemas, limits.VerifyFiles
	item := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"name": {Type: huma.TypeString, Description: "What it is called in the answer; its number, when left out."},
	}}
	for name, s := range input {
		item.Properties[name] = s
		item.OneOf = append(item.OneOf, &huma.Schema{Required: []string{name}})
	}
	list := &huma.Schema{Type: huma.TypeArray, Items: item, MaxItems: &most}
	files := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}, MaxItems: &most}
	body := &huma.Schema{Type: huma.TypeObject, Required: []string{"items"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{"items": list}}
	form := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": files}}
	for name, s := range options {
		body.Properties[name], form.Properties[name] = s, s
	}
	op := &huma.Operation{
		Method: http.MethodPost, Path: ManyPath, OperationID: "verifyMany", Tags: []string{"Verify"}, Summary: "Verify several credentials",
		Description: "Answers 200 with a result for each, in the order in which they were sent; each is judged by itself. At most " +
			strconv.Itoa(most) + " at once. Nothing is stored.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: body, Example: json.RawMessage(`{"items":[
				{"url":"https://badges.example.org/c/k3m5p7r2t4v6x2z4b6d2f4h6j2"},{"name":"second","credential":"eyJ…"}]}`)},
			"multipart/form-data": {Schema: form},
		}},
		Responses: map[string]*huma.Response{"200": {Description: "A result for each, and how many have which verdict.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: reg.Schema(reflect.TypeFor[verifier.Many](), true, "Results")},
		}}},
	}
	failures(op, reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem"))
	doc.AddOperation(op)
}
