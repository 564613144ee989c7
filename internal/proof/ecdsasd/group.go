package ecdsasd

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
)

// statements is a document as quads with the labels under which the issuer signs (§3.4.8 to §3.4.10).
type statements struct {
	quads   []jsonld.Quad
	sources []string
	labels  map[string]string // of the quads → those under which the issuer signs
	lines   []string          // sorted, each once
}

// read expands a document without its proof. hmacKey hides the order of the canonical labels.
func read(doc ijson.Value, hmacKey []byte, options ...jsonld.Option) (*statements, error) {
	quads, sources, err := jsonld.Sources(doc, append(options, jsonld.Omit("proof"))...)
	if err != nil {
		return nil, err
	}
	c, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
	if err != nil {
		return nil, err
	}
	s := &statements{quads: quads, sources: sources, labels: map[string]string{}}
	for own, label := range c.Labels {
		mac := hmac.New(sha256.New, hmacKey)
		_, _ = mac.Write([]byte(label))
		s.labels[own] = "u" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	s.lines = sorted(jsonld.Relabelled(quads, s.labels))
	return s, nil
}

// sorted brings lines into the order of the signatures.
func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return slices.Compact(lines)
}

// matching returns the quads that some pointers select, and the indexes of their lines.
func (s *statements) matching(pointers []string) (quads []jsonld.Quad, indexes []int) {
	for i, source := range s.sources {
		if slices.ContainsFunc(pointers, func(p string) bool { return selects(p, source) }) {
			quads = append(quads, s.quads[i])
		}
	}
	for _, line := range sorted(jsonld.Relabelled(quads, s.labels)) {
		at, _ := slices.BinarySearch(s.lines, line)
		indexes = append(indexes, at)
	}
	return quads, indexes
}

// selects reports whether a pointer selects what was made of the value at source: everything below the pointer, the links on
// the way to it, and the types of the objects on the way (§3.4.11 and following).
func selects(pointer, source string) bool {
	if below(pointer, source) || below(source, pointer) {
		return true
	}
	for _, name := range []string{"/type", "/@type"} {
		if at := strings.LastIndex(source, name); at >= 0 {
			rest := source[at+len(name):]
			if (rest == "" || rest[0] == '/' && !strings.Contains(rest[1:], "/")) && below(source[:at], pointer) {
				return true
			}
		}
	}
	return false
}

// below reports whether the place inner is outer or inside it.
func below(outer, inner string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (rest == "" || rest[0] == '/')
}

// exist checks that every pointer leads to something in the document that can be shown on its own.
func (s *statements) exist(doc ijson.Value, pointers []string) error {
	for _, p := range pointers {
		if _, err := at(doc, p); err != nil {
			return err
		}
		for i, q := range s.quads {
			if q.Predicate.Value == rdfFirst && below(s.sources[i], p) {
				return fault.Wrong("proof.pointer", p, "an element of a list cannot be shown apart from the others")
			}
		}
	}
	return nil
}

const rdfFirst = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first"

// tokens takes a JSON pointer apart (RFC 6901).
func tokens(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, fault.Wrong("proof.pointer", "", "%.100q is no JSON pointer", pointer)
	}
	parts := strings.Split(pointer[1:], "/")
	for i, p := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(p)
	}
	return parts, nil
}

// at finds the value at a pointer.
func at(doc ijson.Value, pointer string) (ijson.Value, error) {
	parts, err := tokens(pointer)
	if err != nil {
		return doc, err
	}
	v := doc
	for _, p := range parts {
		inner, ok := v.Get(p)
		for i, e := range v.Elems() {
			if ijson.Index("", i) == "/"+p {
				inner, ok = e, true
			}
		}
		if !ok {
			return doc, fault.Wrong("proof.pointer", pointer, "the pointer leads to nothing in the document")
		}
		v = inner
	}
	return v, nil
}

// choice is a tree of pointers.
type choice struct {
	whole bool
	next  map[string]*choice
}

func choose(pointers []string) (*choice, error) {
	root := &choice{}
	for _, p := range pointers {
		parts, err := tokens(p)
		if err != nil {
			return nil, err
		}
		c := root
		for _, part := range parts {
			if c.next == nil {
				c.next = map[string]*choice{}
			}
			if c.next[part] == nil {
				c.next[part] = &choice{}
			}
			c = c.next[part]
		}
		c.whole = true
	}
	return root, nil
}

// reveal writes the part of v that c chooses: of objects on the way the context, id and type come along.
func (c *choice) reveal(dst []byte, v ijson.Value) []byte {
	if c.whole {
		return ijson.Append(dst, v)
	}
	if v.Kind() == ijson.Array {
		dst = append(dst, '[')
		for i, e := range v.Elems() {
			if inner := c.next[strings.TrimPrefix(ijson.Index("", i), "/")]; inner != nil {
				dst = append(inner.reveal(dst, e), ',')
			}
		}
		return append(trimComma(dst), ']')
	}
	dst = append(dst, '{')
	for _, m := range v.Members() {
		inner := c.next[m.Name]
		switch m.Name {
		case "@context", "type", "@type":
			inner = &choice{whole: true}
		case "id", "@id":
			if !strings.HasPrefix(m.Value.Text(), "_:") {
				inner = &choice{whole: true}
			}
		}
		if inner != nil {
			dst = append(quoted(dst, m.Name), ':')
			dst = append(inner.reveal(dst, m.Value), ',')
		}
	}
	return append(trimComma(dst), '}')
}

func trimComma(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		return dst[:len(dst)-1]
	}
	return dst
}
