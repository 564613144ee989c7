// Package ijson reads JSON as strangers send it, strictly: I-JSON (RFC 7493) with bounds.
//
// It owns the parsed tree (Value), which keeps the order of members and the spelling of numbers, JSON pointers
// (RFC 6901) and the canonical form (JCS, RFC 8785). It refuses invalid UTF-8, lone surrogates, duplicate members,
// trailing data, numbers that a double cannot hold, and whatever exceeds its bounds.
package ijson

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Kind is the JSON type of a Value.
type Kind uint8

// The JSON types. The zero Value is Null.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as JSON Schema does.
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Value is one node of a parsed document. It is immutable: do not write into the slices it returns.
type Value struct {
	kind    Kind
	truth   bool
	text    string // the string, or the literal of the number
	elems   []Value
	members []Member
}

// Member is one name and value of an object, in the order of the document.
type Member struct {
	Name  string
	Value Value
}

// Bounds limits what Parse takes. A zero field means the bound of internal/limits.
type Bounds struct {
	Bytes, Depth, Members int
}

// Parse reads exactly one JSON value from src, which may have JSON white space around it. The error is a
// *fault.Defect with one of the codes json.syntax, json.utf8, json.duplicate_member, json.trailing, json.number,
// limits.size, limits.depth, limits.members.
func Parse(src []byte, b Bounds) (Value, error) {
	b = b.withDefaults()
	if len(src) > b.Bytes {
		return Value{}, fault.Wrong("limits.size", "", "%d bytes, at most %d are taken", len(src), b.Bytes)
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return Value{}, fault.Wrong("json.syntax", "", "the text is UTF-16; JSON is UTF-8 (RFC 8259 §8.1)")
	}
	if !utf8.Valid(src) {
		return Value{}, fault.Wrong("json.utf8", "", "the text is not UTF-8")
	}
	p := parser{dec: jsontext.NewDecoder(bytes.NewBuffer(src)), src: string(src), left: b.Members, depth: b.Depth}
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Value{}, fault.Wrong("json.trailing", "", "there is more after the JSON value")
	}
	return v, nil
}

func (b Bounds) withDefaults() Bounds {
	if b.Bytes == 0 {
		b.Bytes = limits.CredentialBytes
	}
	if b.Depth == 0 {
		b.Depth = limits.JSONDepth
	}
	if b.Members == 0 {
		b.Members = limits.JSONMembers
	}
	return b
}

type parser struct {
	dec   *jsontext.Decoder
	src   string // the whole text, of which strings without escapes are parts
	left  int    // members and elements that may still come
	depth int
}

func (p *parser) value(depth int) (Value, error) {
	tok, err := p.dec.ReadToken()
	if err != nil {
		return Value{}, p.syntax(err)
	}
	switch tok.Kind() {
	case 'n':
		return Value{}, nil
	case 't', 'f':
		return Value{kind: Bool, truth: tok.Bool()}, nil
	case '"':
		return Value{kind: String, text: p.text(tok)}, nil
	case '0':
		return p.number(tok.String())
	case '[':
		return p.array(depth + 1)
	case '{':
		return p.object(depth + 1)
	}
	return Value{}, fault.Wrong("json.syntax", p.pointer(), "a value was expected")
}

// text returns the string token that was just read. Without an escape it is a part of the source as it stands. The quote
// before its end is the one that opens it, unless a backslash says otherwise; outside strings there are no backslashes.
func (p *parser) text(tok jsontext.Token) string {
	end := int(p.dec.InputOffset()) - 1
	if tok.Kind() != '"' || end < 1 {
		return tok.String()
	}
	open := strings.LastIndexByte(p.src[:end], '"')
	if open < 0 || open > 0 && p.src[open-1] == '\\' || strings.IndexByte(p.src[open+1:end], '\\') >= 0 {
		return tok.String()
	}
	return p.src[open+1 : end]
}

// number refuses literals that a double turns into infinity (RFC 7493 §2.2).
func (p *parser) number(lit string) (Value, error) {
	if len(lit) > 15 || strings.ContainsAny(lit, "eE") {
		if f, err := strconv.ParseFloat(lit, 64); err != nil || math.IsInf(f, 0) {
			return Value{}, fault.Wrong("json.number", p.pointer(), "the number is outside the range of a double")
		}
	}
	return Value{kind: Number, text: lit}, nil
}

func (p *parser) array(depth int) (Value, error) {
	if depth > p.depth {
		return Value{}, p.tooDeep()
	}
	v := Value{kind: Array}
	for p.dec.PeekKind() != ']' {
		if p.left--; p.left < 0 {
			return Value{}, p.tooMany()
		}
		e, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		v.elems = append(v.elems, e)
	}
	_, err := p.dec.ReadToken()
	return v, p.syntax(err)
}

func (p *parser) object(depth int) (Value, error) {
	if depth > p.depth {
		return Value{}, p.tooDeep()
	}
	v := Value{kind: Object, members: make([]Member, 0, 8)}
	for p.dec.PeekKind() != '}' {
		if p.left--; p.left < 0 {
			return Value{}, p.tooMany()
		}
		name, err := p.dec.ReadToken()
		if err != nil {
			return Value{}, p.syntax(err)
		}
		n := p.text(name)
		e, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		v.members = append(v.members, Member{Name: n, Value: e})
	}
	_, err := p.dec.ReadToken()
	return v, p.syntax(err)
}

func (p *parser) tooDeep() error {
	return fault.Wrong("limits.depth", p.pointer(), "nested deeper than %d levels", p.depth)
}

func (p *parser) tooMany() error {
	return fault.Wrong("limits.members", p.pointer(), "too many members and elements")
}

func (p *parser) pointer() string { return string(p.dec.StackPointer()) }

// syntax turns an error of the decoder into one of ours; nil stays nil.
func (p *parser) syntax(err error) error {
	if err == nil {
		return nil
	}
	detail, at := "the text ends too early", p.pointer()
	var se *jsontext.SyntacticError
	if errors.As(err, &se) {
		detail, at = se.Err.Error(), string(se.JSONPointer)
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return fault.Wrong("json.duplicate_member", at, "a member stands twice in one object")
	}
	code := "json.syntax"
	if strings.Contains(detail, "UTF-8") || strings.Contains(detail, "surrogate") {
		code = "json.utf8"
	}
	return fault.Wrong(code, at, "%s", detail)
}
