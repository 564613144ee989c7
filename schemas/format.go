package schemas

import (
	"fmt"
	"time"
)

// format is a form that JSON Schema names and a pattern cannot say.
type format uint8

const (
	noFormat format = iota
	dateTime        // RFC 3339 with seconds and an offset, in upper case: what XML Schema calls dateTimeStamp
	fullDate        // RFC 3339 full-date
)

func (f format) String() string {
	return [...]string{"text", "date and time with an offset, such as 2026-01-31T09:00:00Z", "date, such as 2026-01-31"}[f]
}

func newFormat(name string) (format, error) {
	switch name {
	case "date-time":
		return dateTime, nil
	case "date":
		return fullDate, nil
	}
	return noFormat, fmt.Errorf("format %q is not used here", name)
}

func (f format) ok(s string) bool {
	if len(s) < 10 || !isDate(s[:10]) {
		return false
	}
	if f == fullDate {
		return len(s) == 10
	}
	return isTime(s[10:])
}

// isDate checks YYYY-MM-DD and that the day exists.
func isDate(s string) bool {
	y, okY := number(s[:4])
	m, okM := number(s[5:7])
	d, okD := number(s[8:10])
	if !okY || !okM || !okD || s[4] != '-' || s[7] != '-' || m < 1 || m > 12 || d < 1 {
		return false
	}
	return d <= 28 || d <= time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// isTime checks Thh:mm:ss[.fraction](Z|±hh:mm). A leap second is refused: XML Schema knows none.
func isTime(s string) bool {
	if len(s) < 10 || s[0] != 'T' || s[3] != ':' || s[6] != ':' || !below(s[1:3], 24) || !below(s[4:6], 60) || !below(s[7:9], 60) {
		return false
	}
	rest := s[9:]
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
	return len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' && below(rest[1:3], 15) && below(rest[4:6], 60)
}

func number(s string) (n int, ok bool) {
	for i := range len(s) {
		if !digit(s[i]) {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, true
}

func below(s string, limit int) bool {
	n, ok := number(s)
	return ok && n < limit
}
