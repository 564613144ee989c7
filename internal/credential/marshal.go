package credential

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// List is a property with several values. A bare value is read as a list of one, as JSON-LD compaction leaves it; it is
// always written as an array.
type List[T any] []T

// UnmarshalJSONFrom reads an array or a bare value.
func (l *List[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*l = nil
	if dec.PeekKind() == '[' {
		return json.UnmarshalDecode(dec, (*[]T)(l))
	}
	var one T
	if err := json.UnmarshalDecode(dec, &one); err != nil {
		return err
	}
	*l = List[T]{one}
	return nil
}

// Single is a property that Open Badges gives one value and VCDM allows several: one value is written bare, because the
// official schema of Open Badges refuses an array.
type Single[T any] []T

// UnmarshalJSONFrom reads an array or a bare value.
func (s *Single[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return (*List[T])(s).UnmarshalJSONFrom(dec)
}

// MarshalJSONTo writes one value bare and several as an array.
func (s Single[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if len(s) == 1 {
		return json.MarshalEncode(enc, &s[0])
	}
	return json.MarshalEncode(enc, []T(s))
}

// Context is one entry of @context: a URL, or an object with terms that is kept as it is.
type Context struct {
	URL    string
	Inline jsontext.Value
}

// ContextURLs makes the @context of a document from URLs.
func ContextURLs(urls ...string) List[Context] {
	out := make(List[Context], len(urls))
	for i, u := range urls {
		out[i].URL = u
	}
	return out
}

// MarshalJSONTo writes the URL or the object.
func (c Context) MarshalJSONTo(enc *jsontext.Encoder) error {
	if c.Inline != nil {
		return enc.WriteValue(c.Inline)
	}
	return enc.WriteToken(jsontext.String(c.URL))
}

// UnmarshalJSONFrom reads a URL or an object.
func (c *Context) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*c = Context{}
	if raw.Kind() == '"' {
		return json.Unmarshal(raw, &c.URL)
	}
	c.Inline = raw.Clone()
	return nil
}

// ProfileRef is an issuer: a whole profile, or only its URI.
type ProfileRef struct {
	URI     string // set when there is no more than the URI
	Profile *Profile
}

// ID returns the URI of the issuer, or "".
func (p ProfileRef) ID() string {
	if p.Profile != nil {
		return p.Profile.ID
	}
	return p.URI
}

// IsZero reports whether no issuer is named.
func (p ProfileRef) IsZero() bool { return p.URI == "" && p.Profile == nil }

// MarshalJSONTo writes the profile, or the URI.
func (p ProfileRef) MarshalJSONTo(enc *jsontext.Encoder) error {
	if p.Profile != nil {
		return json.MarshalEncode(enc, p.Profile)
	}
	return enc.WriteToken(jsontext.String(p.URI))
}

// UnmarshalJSONFrom reads a profile or a URI.
func (p *ProfileRef) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*p = ProfileRef{}
	if dec.PeekKind() == '"' {
		return json.UnmarshalDecode(dec, &p.URI)
	}
	return json.UnmarshalDecode(dec, &p.Profile)
}

// marshal writes a class as compact JSON whose bytes depend on nothing but the value. Characters that could end a script
// element are escaped, so that the text may stand in a page.
func marshal(v any) ([]byte, error) {
	out, err := json.Marshal(v, json.Deterministic(true), jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	if err != nil {
		return nil, fmt.Errorf("write credential: %w", err)
	}
	return out, nil
}

// decode fills a class from a parsed document.
func decode(doc ijson.Value, into any) error {
	err := json.Unmarshal(ijson.Append(nil, doc), into)
	if err == nil {
		return nil
	}
	at := ""
	var se *json.SemanticError
	if errors.As(err, &se) {
		at = string(se.JSONPointer)
	}
	return &fault.Defect{Code: "vc.malformed", At: at, Detail: "the value here is not of the type that the data model asks for", Cause: err}
}
