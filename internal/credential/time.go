package credential

import (
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// ParseTime reads an XML Schema dateTimeStamp as VCDM 2.0 §4.9 asks: RFC 3339 with seconds and an offset. It is stricter
// than time.Parse, which takes a comma for the fraction, single-digit hours and out-of-range offsets. The error is a
// *fault.Defect with code time.syntax.
func ParseTime(s string) (time.Time, error) {
	if !timeShape(s) {
		return time.Time{}, fault.Wrong("time.syntax", "", "%.40q is not a date and time with an offset, such as 2026-01-31T09:00:00Z", s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fault.Wrong("time.syntax", "", "%.40q names no real date and time", s)
	}
	return t, nil
}

// FormatTime writes t as credentials carry it: UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// timeShape checks YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm) byte by byte.
func timeShape(s string) bool {
	const shape = "0000-00-00T00:00:00"
	if len(s) < len(shape)+1 || len(s) > 40 || !like(s[:len(shape)], shape) {
		return false
	}
	rest := s[len(shape):]
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && digit(rest[n]) {
			n++
		}
		if n == 1 || n > 10 {
			return false
		}
		rest = rest[n:]
	}
	if rest == "Z" {
		return true
	}
	return len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && like(rest[1:], "00:00") && rest[1:3] <= "14" && rest[4:6] <= "59"
}

// like reports whether s has a digit wherever shape has 0 and the same byte elsewhere.
func like(s, shape string) bool {
	for i := range shape {
		if shape[i] == '0' {
			if !digit(s[i]) {
				return false
			}
		} else if s[i] != shape[i] {
			return false
		}
	}
	return len(s) == len(shape)
}

func digit(b byte) bool { return b >= '0' && b <= '9' }
