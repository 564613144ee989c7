package api

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// decode reads the body of a request into v: JSON of one meaning only, of the members and types that schema has. The
// first mistake is returned with its JSON pointer.
func decode(g *gin.Context, reg huma.Registry, schema *huma.Schema, most int, v any) error {
	if err := isJSON(g.GetHeader("Content-Type")); err != nil {
		return err
	}
	src, err := io.ReadAll(io.LimitReader(g.Request.Body, int64(most)+1))
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) || len(src) > most {
		return fault.New(fault.TooLarge, err, "the request has more than %d bytes", most).Code("limits.request")
	}
	if err != nil {
		return fault.New(fault.Invalid, err, "the request ended too early").Code("request.cut")
	}
	doc, err := parse(src)
	if err != nil {
		return err
	}
	if err := conform(reg, schema, doc, ""); err != nil {
		return err
	}
	if err := unmarshal(src, v); err != nil {
		return fault.New(fault.Invalid, err, "the request does not have the form that is described at /api").Code("json.type")
	}
	return nil
}

func isJSON(header string) error {
	media, params, err := mime.ParseMediaType(header)
	charset := strings.ToLower(params["charset"])
	if err != nil || media != mediaJSON || charset != "" && charset != "utf-8" {
		return fault.New(fault.Unsupported, err, "the request is expected as JSON").Code("request.media_type").
			Hint("send the header Content-Type: application/json")
	}
	return nil
}

// unmarshal is strict: member names count with their case, unknown ones are refused.
func unmarshal(data []byte, v any) error {
	return json.Unmarshal(data, v, json.RejectUnknownMembers(true))
}

// parse turns what ijson refuses into a fault of the request. NUL is refused because PostgreSQL cannot store it.
func parse(src []byte) (ijson.Value, error) {
	doc, err := ijson.Parse(src, ijson.Bounds{Bytes: limits.RequestBytes})
	if err != nil {
		d := fault.AsDefect(err)
		kind := fault.Invalid
		if d.Code == "limits.size" {
			kind = fault.TooLarge
		}
		return doc, fault.New(kind, err, "%s", d.Detail).Code(d.Code).At(d.At).Hint("send one JSON object in UTF-8, each member once")
	}
	if at, found := findNUL(doc, ""); found {
		return doc, fault.New(fault.Invalid, nil, "a text holds the character NUL").Code("json.nul").At(at).
			Hint("send plain text in UTF-8, without control characters")
	}
	return doc, nil
}

func findNUL(v ijson.Value, at string) (string, bool) {
	if strings.ContainsRune(v.Text(), 0) {
		return at, true
	}
	for i, e := range v.Elems() {
		if found, ok := findNUL(e, ijson.Index(at, i)); ok {
			return found, true
		}
	}
	for _, m := range v.Members() {
		if strings.ContainsRune(m.Name, 0) {
			return at, true
		}
		if found, ok := findNUL(m.Value, ijson.Pointer(at, m.Name)); ok {
			return found, true
		}
	}
	return "", false
}

// conform checks types, members and closed lists of values against the schema that the OpenAPI document shows. A member
// that is null counts as absent.
func conform(reg huma.Registry, s *huma.Schema, v ijson.Value, at string) error {
	for s.Ref != "" {
		s = reg.SchemaFromRef(s.Ref)
	}
	if !isType(s.Type, v) {
		return fault.New(fault.Invalid, nil, "%s is expected, not %s", article(s.Type), article(v.Kind().String())).
			Code("json.type").At(at).Hint("an example of every request stands at /api")
	}
	switch v.Kind() {
	case ijson.Object:
		return conformMembers(reg, s, v, at)
	case ijson.Array:
		for i, e := range v.Elems() {
			if err := conform(reg, s.Items, e, ijson.Index(at, i)); err != nil {
				return err
			}
		}
	case ijson.String:
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, any(v.Text())) {
			return fault.New(fault.Invalid, nil, "%.40q is not taken here", v.Text()).Code("json.value").At(at).
				Hint("choose among %s", list(s.Enum))
		}
	}
	return nil
}

func conformMembers(reg huma.Registry, s *huma.Schema, v ijson.Value, at string) error {
	for _, m := range v.Members() {
		sub, known := s.Properties[m.Name]
		if !known {
			return unknownMember(s, m.Name, at)
		}
		if m.Value.Kind() == ijson.Null && !slices.Contains(s.Required, m.Name) {
			continue
		}
		if err := conform(reg, sub, m.Value, ijson.Pointer(at, m.Name)); err != nil {
			return err
		}
	}
	for _, name := range s.Required {
		if _, ok := v.Get(name); !ok {
			return fault.New(fault.Invalid, nil, "the member %q is missing", name).Code("json.member_missing").
				At(ijson.Pointer(at, name)).Hint("an example of every request stands at /api")
		}
	}
	return nil
}

func unknownMember(s *huma.Schema, name, at string) error {
	at = ijson.Pointer(at, name)
	for known := range s.Properties {
		if strings.EqualFold(known, name) {
			return fault.New(fault.Invalid, nil, "%.60q has the wrong case", name).Code("json.member_case").At(at).Hint("write %q", known)
		}
	}
	names := make([]any, 0, len(s.Properties))
	for _, known := range slices.Sorted(maps.Keys(s.Properties)) {
		names = append(names, known)
	}
	return fault.New(fault.Invalid, nil, "there is no member %.60q", name).Code("json.member_unknown").At(at).
		Hint("the members are %s", list(names))
}

func isType(want string, v ijson.Value) bool {
	got := v.Kind().String()
	if want == huma.TypeInteger {
		return got == huma.TypeNumber && !strings.ContainsAny(v.Literal(), ".eE")
	}
	return got == want
}

func article(kind string) string {
	switch kind {
	case huma.TypeArray, huma.TypeObject, huma.TypeInteger:
		return "an " + kind
	case "null":
		return kind
	}
	return "a " + kind
}

func list(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i], _ = v.(string)
	}
	return strings.Join(out, ", ")
}
