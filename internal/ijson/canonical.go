package ijson

import (
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/openlaurel/laurel/internal/fault"
)

// AppendCanonical appends v in canonical form (JCS, RFC 8785) to dst. The error is a *fault.Defect with code json.number
// and the pointer of a number that the canonical form would change in value or sign: an integer that a double cannot
// hold, such as 9007199254740993, minus zero, and what is outside the range of a double. Two documents with different
// numbers therefore never have the same canonical form.
func AppendCanonical(dst []byte, v Value) ([]byte, error) {
	var err error
	switch v.kind {
	case Number:
		return appendNumber(dst, v.text)
	case Array:
		dst = append(dst, '[')
		for i, e := range v.Elems() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = AppendCanonical(dst, e); err != nil {
				return nil, below(Index("", i), err)
			}
		}
		return append(dst, ']'), nil
	case Object:
		dst = append(dst, '{')
		members := v.Members()
		var room [24]int32
		for i, at := range sorted(members, room[:0]) {
			if i > 0 {
				dst = append(dst, ',')
			}
			m := &members[at]
			dst = append(appendString(dst, m.Name), ':')
			if dst, err = AppendCanonical(dst, m.Value); err != nil {
				return nil, below(Pointer("", m.Name), err)
			}
		}
		return append(dst, '}'), nil
	default:
		return Append(dst, v), nil
	}
}

// below puts a place before the one of a defect that was just made, so that pointers are made for defects alone.
func below(at string, err error) error {
	d := fault.AsDefect(err)
	d.At = at + d.At
	return d
}

// Append appends v as compact JSON to dst: members in the order of the document, numbers as they were written.
func Append(dst []byte, v Value) []byte {
	switch v.kind {
	case Bool:
		return strconv.AppendBool(dst, v.truth)
	case Number:
		return append(dst, v.text...)
	case String:
		return appendString(dst, v.text)
	case Array:
		dst = append(dst, '[')
		for i, e := range v.Elems() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(dst, e)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range v.Members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = Append(append(appendString(dst, m.Name), ':'), m.Value)
		}
		return append(dst, '}')
	default:
		return append(dst, "null"...)
	}
}

// AppendText appends a text that came out of Parse, as a JSON string.
func AppendText(dst []byte, s string) []byte { return appendString(dst, s) }

// sorted appends the indexes of the members to order, in the order of their names as UTF-16 code units (RFC 8785 §3.2.3).
func sorted(members []Member, order []int32) []int32 {
	for i := range members {
		order = append(order, int32(i))
	}
	slices.SortFunc(order, func(a, b int32) int { return byUTF16(members[a], members[b]) })
	return order
}

// byUTF16 compares names by UTF-16 code units. UTF-8 has the same order but for characters beyond the first plane, which
// UTF-16 writes with surrogates, below U+E000.
func byUTF16(a, b Member) int {
	x, y := a.Name, b.Name
	for i := range min(len(x), len(y)) {
		p, q := x[i], y[i]
		switch {
		case p == q:
		case beyond(p) && last(q):
			return -1
		case last(p) && beyond(q):
			return 1
		default:
			return int(p) - int(q)
		}
	}
	return len(x) - len(y)
}

// beyond is the first byte of a character beyond the first plane, and last that of one from U+E000 to its end. Where two names
// differ first, other bytes of characters do not have these values.
func beyond(b byte) bool { return b >= 0xF0 }

func last(b byte) bool { return b == 0xEE || b == 0xEF }

// appendString writes a string with the escapes of RFC 8785 §3.2.2.2 and no others.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}

// appendNumber writes a number as ECMAScript does (RFC 8785 §3.2.2.3).
func appendNumber(dst []byte, literal string) ([]byte, error) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, fault.Wrong("json.number", "", "the number is outside the range of a double")
	}
	if f == 0 {
		if literal[0] == '-' || !zero(literal) {
			return nil, fault.Wrong("json.number", "", "%.40s has no canonical form of the same value", literal)
		}
		return append(dst, '0'), nil
	}
	out := appendDouble(dst, f)
	if integer(literal) && string(out[len(dst):]) != literal && !exact(literal, f) {
		return nil, fault.Wrong("json.number", "", "%.40s has no canonical form of the same value", literal)
	}
	return out, nil
}

// zero reports whether the literal says zero, rather than something too small for a double.
func zero(literal string) bool {
	for i := range len(literal) {
		switch c := literal[i]; {
		case c == 'e' || c == 'E':
			return true
		case '1' <= c && c <= '9':
			return false
		}
	}
	return true
}

func integer(literal string) bool {
	for i := range len(literal) {
		if (literal[i] < '0' || literal[i] > '9') && (i > 0 || literal[i] != '-') {
			return false
		}
	}
	return true
}

// exact reports whether f has the value of the integer literal. The literal is short: f is finite.
func exact(literal string, f float64) bool {
	i, ok := new(big.Int).SetString(literal, 10)
	if !ok {
		return false
	}
	rounded, _ := big.NewFloat(f).Int(nil)
	return i.Cmp(rounded) == 0
}

// appendDouble writes f in the shortest form that reads back as f, laid out as ECMA-262 Number::toString does: plain from
// 1e-6 up to 1e21, else with an exponent that has a sign and no leading zero.
func appendDouble(dst []byte, f float64) []byte {
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
