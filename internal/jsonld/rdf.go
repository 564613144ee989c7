package jsonld

import (
	"strings"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
)

// TermKind is what a Term is.
type TermKind uint8

// The kinds. The zero Term has none: as a graph name it stands for the default graph.
const (
	Absent TermKind = iota
	IRI
	Blank
	Literal
)

// Term is one position of a quad.
type Term struct {
	Kind     TermKind
	Value    string // IRI, label without "_:", or lexical form
	Datatype string // of a literal; "" means xsd:string
	Language string // of a literal
}

// Quad is one statement of an RDF dataset.
type Quad struct {
	Subject, Predicate, Object, Graph Term
}

const xsdString = "http://www.w3.org/2001/XMLSchema#string"

// append writes the term in canonical N-Quads (RDF Dataset Canonicalization §5). label is what a blank node at that place is
// called.
func (t *Term) append(dst []byte, label func(place int) string, place int) []byte {
	switch t.Kind {
	case IRI:
		return append(append(append(dst, '<'), t.Value...), '>')
	case Blank:
		return append(append(dst, "_:"...), label(place)...)
	case Literal:
		dst = append(dst, '"')
		dst = appendEscaped(dst, t.Value)
		dst = append(dst, '"')
		if t.Language != "" {
			return append(append(dst, '@'), t.Language...)
		}
		if t.Datatype != "" && t.Datatype != xsdString {
			return append(append(append(dst, "^^<"...), t.Datatype...), '>')
		}
	}
	return dst
}

// append writes the quad as one line of canonical N-Quads, with its line feed.
func (q *Quad) append(dst []byte, label func(place int) string) []byte {
	dst = append(q.Subject.append(dst, label, 0), " <"...)
	dst = append(append(dst, q.Predicate.Value...), "> "...)
	dst = append(q.Object.append(dst, label, 1), ' ')
	if q.Graph.Kind != Absent {
		dst = append(q.Graph.append(dst, label, 2), ' ')
	}
	return append(dst, ".\n"...)
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped escapes what canonical N-Quads escapes and nothing else.
func appendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != 0x7f && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			dst = append(dst, '\\', "btn_fr"[c-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, s[from:]...)
}

// ParseNQuads reads N-Quads (RDF 1.1 N-Quads). The error is a *fault.Defect with code rdf.syntax and the line. A quad that
// stands twice is kept once: a dataset is a set.
func ParseNQuads(text string) ([]Quad, error) {
	var out []Quad
	seen := map[Quad]bool{}
	for n, line := range strings.Split(text, "\n") {
		p := lineReader{rest: strings.TrimSpace(line)}
		if p.rest == "" || p.rest[0] == '#' {
			continue
		}
		q, ok := p.quad()
		if !ok {
			return nil, fault.Wrong("rdf.syntax", "", "line %d is no statement of N-Quads", n+1)
		}
		if !seen[q] {
			seen[q] = true
			out = append(out, q)
		}
	}
	return out, nil
}

type lineReader struct{ rest string }

func (p *lineReader) quad() (Quad, bool) {
	var q Quad
	for _, t := range [...]*Term{&q.Subject, &q.Predicate, &q.Object} {
		got, ok := p.term()
		if !ok {
			return q, false
		}
		*t = got
	}
	p.space()
	if !strings.HasPrefix(p.rest, ".") {
		g, ok := p.term()
		if !ok || g.Kind == Literal {
			return q, false
		}
		q.Graph = g
		p.space()
	}
	tail, ok := strings.CutPrefix(p.rest, ".")
	tail = strings.TrimSpace(tail)
	return q, ok && (tail == "" || tail[0] == '#') && q.Subject.Kind != Literal && q.Predicate.Kind == IRI
}

func (p *lineReader) space() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *lineReader) term() (Term, bool) {
	p.space()
	switch {
	case strings.HasPrefix(p.rest, "<"):
		return p.iri()
	case strings.HasPrefix(p.rest, "_:"):
		end := strings.IndexAny(p.rest, " \t")
		if end < 3 {
			return Term{}, false
		}
		label := p.rest[2:end]
		p.rest = p.rest[end:]
		return Term{Kind: Blank, Value: label}, true
	case strings.HasPrefix(p.rest, `"`):
		return p.literal()
	}
	return Term{}, false
}

func (p *lineReader) iri() (Term, bool) {
	end := strings.IndexByte(p.rest, '>')
	if end < 0 || p.rest[0] != '<' {
		return Term{}, false
	}
	v, ok := unescape(p.rest[1:end])
	p.rest = p.rest[end+1:]
	return Term{Kind: IRI, Value: v}, ok && isIRIRef(v)
}

func (p *lineReader) literal() (Term, bool) {
	end := 1
	for end < len(p.rest) && p.rest[end] != '"' {
		if p.rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.rest) {
		return Term{}, false
	}
	v, ok := unescape(p.rest[1:end])
	t := Term{Kind: Literal, Value: v}
	p.rest = p.rest[end+1:]
	if tag, found := strings.CutPrefix(p.rest, "@"); found {
		stop := strings.IndexAny(tag, " \t")
		if stop < 1 {
			return t, false
		}
		t.Language, p.rest = tag[:stop], tag[stop:]
	} else if typ, found := strings.CutPrefix(p.rest, "^^"); found {
		p.rest = typ
		dt, good := p.iri()
		if ok = ok && good; dt.Value != xsdString {
			t.Datatype = dt.Value
		}
	}
	return t, ok
}

// unescape resolves ECHAR and UCHAR (N-Quads grammar).
func unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		if i++; i >= len(s) {
			return "", false
		}
		digits := 0
		switch s[i] {
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			at := strings.IndexByte(`tbnrf"'\`, s[i])
			if at < 0 {
				return "", false
			}
			out = append(out, "\t\b\n\r\f\"'\\"[at])
			continue
		}
		r, ok := codePoint(s, i+1, digits)
		if !ok {
			return "", false
		}
		out = utf8.AppendRune(out, r)
		i += digits
	}
	return string(out), true
}

func codePoint(s string, from, digits int) (rune, bool) {
	if from+digits > len(s) {
		return 0, false
	}
	var r uint32
	for _, c := range []byte(s[from : from+digits]) {
		at := strings.IndexByte(hexDigits, upper(c))
		if at < 0 {
			return 0, false
		}
		r = r<<4 | uint32(at) //nolint:gosec // at is 0 to 15
	}
	return rune(r), r <= utf8.MaxRune && utf8.ValidRune(rune(r))
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'f' {
		return c - 'a' + 'A'
	}
	return c
}
