package i18n

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// First-strong isolate and its end (Unicode UAX #9): they keep the direction of a value from leaking into the sentence.
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// Translator writes texts in one locale. It is safe for concurrent use.
type Translator struct {
	locale   Locale
	tag      language.Tag
	messages map[string]text
	fallback *Translator // English; nil in English itself
}

func newTranslator(l Locale) *Translator {
	return &Translator{locale: l, tag: language.Make(l.Tag()), messages: map[string]text{}}
}

// Locale returns the locale that t writes.
func (t *Translator) Locale() Locale { return t.locale }

// Keys lists the keys of the locale's own file, sorted. A plural is one key.
func (t *Translator) Keys() []string { return slices.Sorted(maps.Keys(t.messages)) }

// Has reports whether the locale's own file has key.
func (t *Translator) Has(key string) bool { _, ok := t.messages[key]; return ok }

// Forms returns the plural categories of a key with their texts, or the plain text under ""; nil for an unknown key.
func (t *Translator) Forms(key string) map[string]string {
	m, ok := t.messages[key]
	if !ok {
		return nil
	}
	if m.forms == nil {
		return map[string]string{"": m.plain}
	}
	return maps.Clone(m.forms)
}

// Categories lists the plural categories that whole numbers have in this language.
func (t *Translator) Categories() []string {
	seen := map[string]bool{}
	for n := range 201 {
		seen[t.category(n)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Lookup returns the text of key with its placeholders still in it, English where the locale has none. ok is false when
// no file has the key; the text is then the key itself, so that a hole is seen and not hidden.
func (t *Translator) Lookup(key string) (pattern string, ok bool) { return t.lookup(key, -1) }

// LookupCount is Lookup for a plural: the form for n.
func (t *Translator) LookupCount(key string, n int) (pattern string, ok bool) {
	return t.lookup(key, max(n, 0))
}

func (t *Translator) lookup(key string, n int) (string, bool) {
	m, ok := t.messages[key]
	if !ok {
		if t.fallback != nil {
			return t.fallback.lookup(key, n)
		}
		return key, false
	}
	if m.forms == nil {
		return m.plain, true
	}
	if form, ok := m.forms[t.category(max(n, 0))]; ok && n >= 0 {
		return form, true
	}
	return m.forms["other"], true
}

func (t *Translator) category(n int) string {
	switch plural.Cardinal.MatchPlural(t.tag, n, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

// Text returns the text of key as plain text. pairs are placeholder names and values in turn; each value is isolated, so
// that its direction stays its own.
func (t *Translator) Text(key string, pairs ...string) string {
	pattern, _ := t.Lookup(key)
	return Fill(pattern, func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return isolate + pairs[i+1] + endIsolate, true
			}
		}
		return "", false
	})
}

// Fill replaces each {name} of pattern by value(name); a name that value does not know stays as it is. What is put in is
// never looked at again.
func Fill(pattern string, value func(name string) (string, bool)) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := value(name)
		if !closed || !known {
			b.WriteByte('{')
			pattern = rest
			continue
		}
		b.WriteString(v)
		pattern = after
	}
}

// Number writes n with the digits and grouping of the language.
func (t *Translator) Number(n int) string {
	return message.NewPrinter(t.tag).Sprint(number.Decimal(n))
}

// Decimal writes n with the digits, grouping and decimal sign of the language, and at most three decimal places.
func (t *Translator) Decimal(n float64) string {
	return message.NewPrinter(t.tag).Sprint(number.Decimal(n, number.MaxFractionDigits(3)))
}

// Numeral writes a text that is a decimal number as the language writes numbers, and any other text as it is.
func (t *Translator) Numeral(s string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || strconv.FormatFloat(n, 'f', -1, 64) != s {
		return s
	}
	return t.Decimal(n)
}

// digits writes n with the digits of the language, at least width of them, without grouping.
func (t *Translator) digits(n, width int) string {
	return message.NewPrinter(t.tag).Sprint(number.Decimal(n, number.NoSeparator(), number.MinIntegerDigits(width)))
}

// Date writes the day of at in UTC in words, by the messages date.day and date.month.1 … 12.
func (t *Translator) Date(at time.Time) string {
	at = at.UTC()
	pattern, _ := t.Lookup("date.day")
	return Fill(pattern, func(name string) (string, bool) {
		switch name {
		case "day":
			return t.digits(at.Day(), 1), true
		case "month":
			month, _ := t.Lookup("date.month." + strconv.Itoa(int(at.Month())))
			return month, true
		case "year":
			return t.digits(at.Year(), 1), true
		}
		return "", false
	})
}

// DateTime writes day and minute of at in UTC, by the message date.minute.
func (t *Translator) DateTime(at time.Time) string {
	at = at.UTC()
	pattern, _ := t.Lookup("date.minute")
	return Fill(pattern, func(name string) (string, bool) {
		switch name {
		case "date":
			return t.Date(at), true
		case "time":
			return t.digits(at.Hour(), 2) + ":" + t.digits(at.Minute(), 2), true
		}
		return "", false
	})
}
