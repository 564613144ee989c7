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
	"sync"
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
	kind  Kind
	truth bool
	text  string // the string, or the literal of the number
	inner *inner // of an array or object that is not empty
}

// inner is what is in an array or object.
type inner struct {
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
	p, _ := parsers.Get().(*parser)
	if p == nil {
		p = &parser{dec: jsontext.NewDecoder(bytes.NewBuffer(nil))}
	}
	defer parsers.Put(p)
	p.begin(src, b)
	defer p.forget()
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return Value{}, fault.Wrong("json.trailing", "", "there is more after the JSON value")
	}
	return v, nil
}

// parsers keeps the working memory of parsers that are done. Nothing of a document stays in it.
var parsers sync.Pool

func (p *parser) begin(src []byte, b Bounds) {
	p.dec.Reset(bytes.NewBuffer(src))
	p.src, p.left, p.depth = string(src), b.Members, b.Depth
	p.chunk = min(len(src)/bytesOfMember+1, largestChunk)
}

func (p *parser) forget() {
	p.dec.Reset(bytes.NewBuffer(nil))
	p.src, p.inners = "", nil
	p.elems.forget()
	p.members.forget()
}

// A member of a credential takes some thirty bytes of its text.
const (
	bytesOfMember = 32
	largestChunk  = 128
)

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

	elems   stack[Value]
	members stack[Member]
	inners  []inner
	chunk   int // how many are made room for at once
}

// stack collects what is in arrays or objects that are still open, and moves it into chunks of memory when they close.
type stack[T any] struct {
	open  []T
	chunk []T
}

// close takes off what came since from.
func (s *stack[T]) close(from, chunk int) []T {
	n := len(s.open) - from
	if cap(s.chunk)-len(s.chunk) < n {
		s.chunk = make([]T, 0, max(n, chunk))
	}
	at := len(s.chunk)
	s.chunk = append(s.chunk, s.open[from:]...)
	s.open = s.open[:from]
	return s.chunk[at:len(s.chunk):len(s.chunk)]
}

func (s *stack[T]) forget() {
	clear(s.open[:cap(s.open)])
	s.open, s.chunk = s.open[:0], nil
	if cap(s.open) > 4*largestChunk {
		s.open = nil
	}
}

// contents makes the inner part of a value, or none for an empty one.
func (p *parser) contents(in inner) *inner {
	if len(in.elems)+len(in.members) == 0 {
		return nil
	}
	if len(p.inners) == cap(p.inners) {
		p.inners = make([]inner, 0, max(1, p.chunk/4))
	}
	p.inners = append(p.inners, in)
	return &p.inners[len(p.inners)-1]
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
	from := len(p.elems.open)
	for p.dec.PeekKind() != ']' {
		if p.left--; p.left < 0 {
			return Value{}, p.tooMany()
		}
		e, err := p.value(depth)
		if err != nil {
			return Value{}, err
		}
		p.elems.open = append(p.elems.open, e)
	}
	_, err := p.dec.ReadToken()
	return Value{kind: Array, inner: p.contents(inner{elems: p.elems.close(from, max(1, p.chunk/4))})}, p.syntax(err)
}

func (p *parser) object(depth int) (Value, error) {
	if depth > p.depth {
		return Value{}, p.tooDeep()
	}
	from := len(p.members.open)
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
		p.members.open = append(p.members.open, Member{Name: n, Value: e})
	}
	_, err := p.dec.ReadToken()
	return Value{kind: Object, inner: p.contents(inner{members: p.members.close(from, p.chunk)})}, p.syntax(err)
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
