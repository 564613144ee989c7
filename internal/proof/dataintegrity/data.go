package dataintegrity

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
)

// rdf canonicalises documents as RDF.
type rdf struct {
	inline bool
	hash   jsonld.Hash
}

// digest is the hash of the canonical form.
func (r rdf) digest(doc ijson.Value, with ...jsonld.Option) ([]byte, error) {
	c, err := r.canonical(doc, with...)
	if err != nil {
		return nil, err
	}
	return digest(r.hash, []byte(c.String())), nil
}

func (r rdf) canonical(doc ijson.Value, with ...jsonld.Option) (*jsonld.Canonical, error) {
	if r.inline {
		with = append(slices.Clone(with), jsonld.Inline())
	}
	quads, err := jsonld.ToRDF(doc, with...)
	if err != nil && r.inline {
		if code := fault.AsDefect(err).Code; code == "context.invalid" || code == "jsonld.unsupported" {
			quads, err = jsonld.ToRDFGeneral(doc, with...)
		}
	}
	if err != nil {
		return nil, err
	}
	return jsonld.CanonicalizeCredential(quads, r.hash)
}

// without leaves out members by name.
func without(members []ijson.Member, names ...string) []ijson.Member {
	out := make([]ijson.Member, 0, len(members))
	for _, m := range members {
		if !slices.Contains(names, m.Name) {
			out = append(out, m)
		}
	}
	return out
}

// appendObject writes an object of these members as compact JSON.
func appendObject(dst []byte, members []ijson.Member) []byte {
	return append(appendWithout(dst, members), '}')
}

// appendWithout writes an object of these members but for some, as compact JSON without its closing brace.
func appendWithout(dst []byte, members []ijson.Member, leave ...string) []byte {
	dst = append(dst, '{')
	first := true
	for i := range members {
		if slices.Contains(leave, members[i].Name) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(ijson.AppendText(dst, members[i].Name), ':')
		dst = ijson.Append(dst, members[i].Value)
	}
	return dst
}

// arrayOf makes one array of values.
func arrayOf(values []ijson.Value) (ijson.Value, error) {
	text := []byte{'['}
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = ijson.Append(text, v)
	}
	return ijson.Parse(append(text, ']'), ijson.Bounds{})
}

// canonicalJSON is the canonical form (RFC 8785) of an object of these members.
func canonicalJSON(members []ijson.Member) ([]byte, error) {
	text := appendObject(nil, members)
	v, err := ijson.Parse(text, ijson.Bounds{Bytes: len(text)})
	if err != nil {
		return nil, err
	}
	return ijson.AppendCanonical(nil, v)
}

// appendText writes a text as JSON. What comes out of the parser is valid UTF-8; anything else becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	out, _ := jsontext.AppendQuote(dst, s)
	return out
}
