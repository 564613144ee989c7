// Package cbor owns the part of CBOR (RFC 8949) that credentials use: numbers, byte strings, texts, arrays, maps, tags, true,
// false and null, in the shortest form of their heads (§4.2.1).
//
// It refuses what two readers could read differently or without end: indefinite lengths, longer heads than needed, a key
// twice in one map, texts that are not UTF-8, floating-point numbers, bytes behind the value, and whatever exceeds its bounds.
package cbor

import (
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// The major types of §3.1.
const (
	majorUint  = 0
	majorMinus = 1
	majorBytes = 2
	majorText  = 3
	majorArray = 4
	majorMap   = 5
	majorTag   = 6
	majorOther = 7
)

// Reader takes values from the front of some bytes. After the first thing that is not as it should be, Bad stays true and
// everything reads as nothing, so that a caller looks once, at the end.
type Reader struct {
	Bad  bool
	rest []byte
}

// NewReader makes a Reader of data, which it does not copy.
func NewReader(data []byte) *Reader { return &Reader{rest: data} }

// Done reports whether everything was as it should be and nothing is left.
func (r *Reader) Done() bool { return !r.Bad && len(r.rest) == 0 }

// Uint reads a number that is not negative.
func (r *Reader) Uint() int { return r.head(majorUint) }

// Array reads the head of an array and returns its length. Each item takes a byte at least, so the length is one that the
// data can hold.
func (r *Reader) Array() int { return r.items(majorArray, 1) }

// Map reads the head of a map and returns the number of its pairs.
func (r *Reader) Map() int { return r.items(majorMap, 2) }

// Bytes reads a byte string; it is part of the data.
func (r *Reader) Bytes() []byte { return r.string(majorBytes) }

// Text reads a text.
func (r *Reader) Text() string {
	b := r.string(majorText)
	r.Bad = r.Bad || !utf8.Valid(b)
	return string(b)
}

// head reads the number behind a value's major type, in its shortest form only.
func (r *Reader) head(major byte) int {
	if r.Bad || len(r.rest) == 0 || r.rest[0]>>5 != major {
		r.Bad = true
		return 0
	}
	low := int(r.rest[0] & 31)
	if low < 24 {
		r.rest = r.rest[1:]
		return low
	}
	size := map[int]int{24: 1, 25: 2, 26: 4, 27: 8}[low]
	if size == 0 || len(r.rest) < 1+size {
		r.Bad = true
		return 0
	}
	var n uint64
	for _, b := range r.rest[1 : 1+size] {
		n = n<<8 | uint64(b)
	}
	r.rest = r.rest[1+size:]
	if least := map[int]uint64{1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]; n < least || n > 1<<62 {
		r.Bad = true
		return 0
	}
	return int(n)
}

func (r *Reader) items(major byte, each int) int {
	n := r.head(major)
	if n > len(r.rest)/each {
		r.Bad = true
		return 0
	}
	return n
}

func (r *Reader) string(major byte) []byte {
	n := r.head(major)
	if n > len(r.rest) {
		r.Bad = true
	}
	if r.Bad {
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// Parse reads one value and nothing behind it. The error is a *fault.Defect: cbor.syntax, or limits.size, limits.depth or
// limits.members for what exceeds the bounds of one credential.
func Parse(data []byte) (Value, error) { return ParseUpTo(data, limits.CredentialBytes) }

// ParseUpTo is Parse for what may have another size than a credential.
func ParseUpTo(data []byte, most int) (Value, error) {
	if len(data) > most {
		return Value{}, fault.Wrong("limits.size", "", "it has %d bytes; at most %d are taken", len(data), most)
	}
	p := parser{r: NewReader(data)}
	v := p.value(0)
	switch {
	case p.err != nil:
		return Value{}, p.err
	case !p.r.Done():
		return Value{}, fault.Wrong("cbor.syntax", "", "this is not CBOR as credentials have it")
	}
	return v, nil
}

// parser builds values.
type parser struct {
	r   *Reader
	n   int
	err error
}

func (p *parser) value(depth int) Value {
	if p.n++; p.n > limits.JSONMembers {
		p.stop("limits.members", "there are more than %d values", limits.JSONMembers)
	} else if depth > limits.JSONDepth {
		p.stop("limits.depth", "values stand deeper inside one another than %d", limits.JSONDepth)
	}
	if p.r.Bad || len(p.r.rest) == 0 {
		p.r.Bad = true
		return Value{}
	}
	switch major := p.r.rest[0] >> 5; major {
	case majorUint:
		return Value{kind: Int, n: p.r.head(major)}
	case majorMinus:
		return Value{kind: Int, n: -1 - p.r.head(major)}
	case majorBytes:
		return Value{kind: Bytes, b: p.r.Bytes()}
	case majorText:
		return Value{kind: Text, s: p.r.Text()}
	case majorArray:
		v := Value{kind: Array, items: make([]Value, p.r.Array())}
		for i := range v.items {
			v.items[i] = p.value(depth + 1)
		}
		return v
	case majorMap:
		return p.pairs(depth)
	case majorTag:
		return Value{kind: Tag, n: p.r.head(major), items: []Value{p.value(depth + 1)}}
	}
	return p.other()
}

func (p *parser) pairs(depth int) Value {
	v := Value{kind: Map, pairs: make([]Pair, p.r.Map())}
	seen := make(map[any]bool, len(v.pairs))
	for i := range v.pairs {
		k := p.value(depth + 1)
		var key any = k.n
		if k.kind == Text {
			key = k.s
		} else if k.kind != Int {
			p.r.Bad = true
		}
		if seen[key] {
			p.r.Bad = true
		}
		seen[key] = true
		v.pairs[i] = Pair{Key: k, Value: p.value(depth + 1)}
	}
	return v
}

// other reads true, false and null.
func (p *parser) other() Value {
	switch p.r.head(majorOther) {
	case 20:
		return Value{kind: Bool}
	case 21:
		return Value{kind: Bool, n: 1}
	case 22:
		return Value{kind: Null}
	}
	p.r.Bad = true
	return Value{}
}

func (p *parser) stop(code, format string, args ...any) {
	if p.err == nil {
		p.err = fault.Wrong(code, "", format, args...)
	}
	p.r.Bad = true
}
