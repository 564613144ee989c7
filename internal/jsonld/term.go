package jsonld

import (
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

// container is the set of @container values of a term that the embedded contexts use.
type container uint8

const (
	inSet container = 1 << iota
	inList
	inGraph
)

// term is a term definition (JSON-LD 1.1 §9.15.1, API §4.2).
type term struct {
	iri       string // the IRI mapping or a keyword; "" for a term that is defined as null
	typ       string // type mapping: "", "@id", "@vocab", "@json", "@none" or a datatype
	language  string // @language, when hasLang
	direction string // @direction, when hasDir
	hasLang   bool
	hasDir    bool
	prefix    bool
	protected bool
	in        container
	scoped    *local // the context that holds for values of this term
}

// same compares what a redefinition of a protected term must keep (API §4.2.2 step 27).
func (t *term) same(o *term) bool {
	a, b := *t, *o
	a.protected, b.protected, a.scoped, b.scoped = false, false, nil, nil
	if a != b || (t.scoped == nil) != (o.scoped == nil) {
		return false
	}
	if t.scoped == nil || t.scoped == o.scoped {
		return true
	}
	mine, err := ijson.AppendCanonical(nil, t.scoped.value) // members have no order
	if err != nil {
		return false
	}
	theirs, err := ijson.AppendCanonical(nil, o.scoped.value)
	return err == nil && string(mine) == string(theirs)
}

// local is one local context; its address is its identity in the memo.
type local struct {
	value ijson.Value
}

// active is an active context (API §4.1): layers of terms, the innermost first.
type active struct {
	outer     *active          // the context that this one was derived from; nil below the initial one
	terms     map[string]*term // what this layer defines
	vocab     string
	language  string
	direction string
	previous  *active // where a type-scoped context falls back to on the way into another node
	protects  bool    // some term is protected
}

// term finds the definition of name; nil when there is none.
func (a *active) term(name string) *term {
	for ; a != nil; a = a.outer {
		if t, ok := a.terms[name]; ok {
			return t
		}
	}
	return nil
}

// isKeyword lists the keywords of JSON-LD 1.1 §1.7.
func isKeyword(s string) bool {
	if len(s) < 3 || s[0] != '@' {
		return false
	}
	switch s {
	case "@base", "@container", "@context", "@default", "@direction", "@graph", "@id", "@import", "@included", "@index",
		"@json", "@language", "@list", "@nest", "@none", "@prefix", "@propagate", "@protected", "@reverse", "@set", "@type",
		"@value", "@version", "@vocab":
		return true
	}
	return false
}

// keywordShaped is "@" and letters only: reserved for later versions, and ignored by this one.
func keywordShaped(s string) bool {
	if len(s) < 2 || s[0] != '@' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// isIRI reports whether s is an absolute IRI that canonical N-Quads can carry: a scheme, a colon, and no character that
// IRIREF excludes. Nothing that passes can end a statement and begin another one.
func isIRI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || s[0]|0x20 < 'a' || s[0]|0x20 > 'z' {
		return false
	}
	for i := range colon {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return isIRIRef(s[colon:])
}

// isIRIRef reports whether s has none of the characters that IRIREF of N-Quads excludes.
func isIRIRef(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= 0x20, c == '<', c == '>', c == '"', c == '{', c == '}', c == '|', c == '^', c == '`', c == '\\':
			return false
		}
	}
	return true
}

// isBlank reports whether s is a blank node identifier that N-Quads can carry; of those we take the plain ones.
func isBlank(s string) bool {
	if len(s) < 3 || s[:2] != "_:" {
		return false
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
		if !letter && (i == 2 || c != '-') {
			return false
		}
	}
	return true
}

// isLanguage is the shape of a language tag (BCP 47) that N-Quads can carry.
func isLanguage(s string) bool {
	for n, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for _, c := range []byte(part) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (n == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
