package pdf

import (
	"bytes"
	"strconv"

	"github.com/openlaurel/laurel/internal/limits"
)

// The objects of a PDF document (ISO 32000-2 §7.3). Besides: nil, bool, int and string.
type (
	name    string
	keyword string // also a delimiter
	real    struct{}
	ref     struct{ num, gen int }
	array   []any
	dict    map[name]any
	stream  struct {
		dict dict
		raw  []byte
	}
)

// lexer reads objects from data; every object takes one from budget.
type lexer struct {
	data   []byte
	pos    int
	budget *int
}

// skip passes white space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.data) {
		switch c := l.data[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '%':
			n := bytes.IndexAny(l.data[l.pos:], "\r\n")
			if n < 0 {
				n = len(l.data) - l.pos
			}
			l.pos += n
		default:
			return
		}
	}
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// regular takes the run of characters that are neither white space nor delimiters.
func (l *lexer) regular() []byte {
	start := l.pos
	for l.pos < len(l.data) && !isSpace(l.data[l.pos]) && !isDelimiter(l.data[l.pos]) {
		l.pos++
	}
	return l.data[start:l.pos]
}

// token reads a number, string, name, keyword or delimiter.
func (l *lexer) token() (any, error) {
	l.skip()
	if l.pos >= len(l.data) {
		return nil, malformed("it ends too early")
	}
	switch c := l.data[l.pos]; c {
	case '/':
		l.pos++
		return l.name()
	case '(':
		return l.literal()
	case '<', '>':
		if l.pos+1 < len(l.data) && l.data[l.pos+1] == c {
			l.pos += 2
			return keyword([]byte{c, c}), nil
		}
		if c == '<' {
			return l.hex()
		}
		return nil, malformed("there is a stray %q", c)
	case '[', ']':
		l.pos++
		return keyword([]byte{c}), nil
	}
	word := l.regular()
	if len(word) == 0 || len(word) > limits.PDFNameBytes {
		return nil, malformed("a character or a word stands where none belongs")
	}
	if c := word[0]; c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.' {
		return number(string(word))
	}
	return keyword(word), nil
}

func number(word string) (any, error) {
	if n, err := strconv.ParseInt(word, 10, 48); err == nil {
		return int(n), nil
	}
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && c != '.' && (i > 0 || c != '+' && c != '-') {
			return nil, malformed("%.20q is no number", word)
		}
	}
	return real{}, nil
}

func (l *lexer) name() (any, error) {
	word := l.regular()
	if len(word) > limits.PDFNameBytes {
		return nil, malformed("a name is too long")
	}
	if bytes.IndexByte(word, '#') < 0 {
		return name(word), nil
	}
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] != '#' {
			out = append(out, word[i])
			continue
		}
		if i+2 >= len(word) || unhex(word[i+1]) < 0 || unhex(word[i+2]) < 0 {
			return nil, malformed("a name has an escape that is none")
		}
		out = append(out, byte(unhex(word[i+1])<<4|unhex(word[i+2]))) //nolint:gosec // two digits
		i += 2
	}
	return name(out), nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// hex reads <48656C6C6F>; a last digit that is missing is 0 (§7.3.4.3).
func (l *lexer) hex() (any, error) {
	end := bytes.IndexByte(l.data[l.pos:], '>')
	if end < 0 {
		return nil, malformed("a text has no end")
	}
	digits := l.data[l.pos+1 : l.pos+end]
	l.pos += end + 1
	out, err := unhexAll(digits)
	return string(out), err
}

func unhexAll(digits []byte) ([]byte, error) {
	out := make([]byte, 0, len(digits)/2+1)
	high := -1
	for _, c := range digits {
		n := unhex(c)
		switch {
		case isSpace(c):
		case n < 0:
			return nil, malformed("a hexadecimal text has another character")
		case high < 0:
			high = n
		default:
			out = append(out, byte(high<<4|n)) //nolint:gosec // two digits
			high = -1
		}
	}
	if high >= 0 {
		out = append(out, byte(high<<4)) //nolint:gosec // one digit
	}
	return out, nil
}

// literal reads (text (in parentheses) \051) (§7.3.4.2).
func (l *lexer) literal() (any, error) {
	var out []byte
	depth := 0
	for ; l.pos < len(l.data); l.pos++ {
		switch c := l.data[l.pos]; c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				l.pos++
				return string(out), nil
			}
		case '\\':
			out = l.escape(out)
			continue
		}
		out = append(out, l.data[l.pos])
	}
	return nil, malformed("a text has no end")
}

// escape reads what a backslash begins and leaves pos on its last byte.
func (l *lexer) escape(out []byte) []byte {
	if l.pos+1 >= len(l.data) {
		return out
	}
	l.pos++
	c := l.data[l.pos]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	switch {
	case c == '\r' && l.pos+1 < len(l.data) && l.data[l.pos+1] == '\n':
		l.pos++
		return out
	case c == '\n' || c == '\r':
		return out
	case c < '0' || c > '7':
		return append(out, c)
	}
	code := int(c - '0')
	for range 2 {
		if l.pos+1 >= len(l.data) || l.data[l.pos+1] < '0' || l.data[l.pos+1] > '7' {
			break
		}
		l.pos++
		code = code<<3 | int(l.data[l.pos]-'0')
	}
	return append(out, byte(code))
}

// object reads one object that stands directly at pos.
func (l *lexer) object(depth int) (any, error) {
	if *l.budget--; *l.budget < 0 {
		return nil, tooMuch("values", limits.PDFValues)
	}
	if depth > limits.PDFDepth {
		return nil, tooMuch("levels", limits.PDFDepth)
	}
	tok, err := l.token()
	if err != nil {
		return nil, err
	}
	switch t := tok.(type) {
	case int:
		return l.reference(t), nil
	case keyword:
		switch t {
		case "<<":
			return l.dictionary(depth)
		case "[":
			return l.array(depth)
		case "true", "false":
			return t == "true", nil
		case "null":
			return nil, nil
		}
		return nil, malformed("%.20q stands where a value belongs", string(t))
	}
	return tok, nil
}

// reference looks whether the number is the first part of "12 0 R".
func (l *lexer) reference(num int) any {
	at := l.pos
	l.skip()
	gen := 0
	start := l.pos
	for l.pos < len(l.data) && l.data[l.pos] >= '0' && l.data[l.pos] <= '9' && l.pos-start < 6 {
		gen = gen*10 + int(l.data[l.pos]-'0')
		l.pos++
	}
	if digits := l.pos - start; digits > 0 {
		l.skip()
		if string(l.regular()) == "R" {
			return ref{num, gen}
		}
	}
	l.pos = at
	return num
}

func (l *lexer) array(depth int) (any, error) {
	var out array
	for {
		l.skip()
		if l.pos < len(l.data) && l.data[l.pos] == ']' {
			l.pos++
			return out, nil
		}
		v, err := l.object(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func (l *lexer) dictionary(depth int) (any, error) {
	out := make(dict)
	for {
		tok, err := l.token()
		if err != nil {
			return nil, err
		}
		if tok == keyword(">>") {
			return out, nil
		}
		key, ok := tok.(name)
		if !ok {
			return nil, malformed("a dictionary has a key that is no name")
		}
		if _, twice := out[key]; twice {
			return nil, malformed("a dictionary has %.40q twice", string(key))
		}
		if out[key], err = l.object(depth + 1); err != nil {
			return nil, err
		}
	}
}
