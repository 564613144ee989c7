package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/i18n"
)

// functions binds what templates may call to one locale.
func (s *Site) functions(tr *i18n.Translator) template.FuncMap {
	f := words{tr}
	return template.FuncMap{
		"t": f.text, "tn": f.count, "plain": f.plain, "explain": f.explain, "explained": f.explained,
		"meaning": f.meaning, "kind": f.kind, "result_status": f.resultStatus, "decimal": f.decimal,
		"date": f.date, "datetime": f.datetime, "number": tr.Number, "numeral": tr.Numeral, "instant": instant, "day": day,
		"lang": tr.Locale().Tag, "dir": tr.Locale().Dir, "locales": i18n.Locales,
		"asset": s.Asset, "weblink": Linkable, "markdown": Markdown, "list": list, "pair": pair,
	}
}

type words struct{ tr *i18n.Translator }

// text writes the text of key as HTML; values are escaped and stand in <bdi>.
func (f words) text(key string, pairs ...any) template.HTML {
	pattern, _ := f.tr.Lookup(key)
	return fill(pattern, pairs)
}

// count is text for a plural; {n} is the number.
func (f words) count(key string, n int, pairs ...any) template.HTML {
	pattern, _ := f.tr.LookupCount(key, n)
	return fill(pattern, append(pairs, "n", template.HTML(template.HTMLEscapeString(f.tr.Number(n))))) //nolint:gosec // escaped
}

// plain writes the text of key for an attribute or a title, with isolates in place of <bdi>.
func (f words) plain(key string, pairs ...any) string {
	s := make([]string, len(pairs))
	for i, p := range pairs {
		s[i] = fmt.Sprint(p)
	}
	return f.tr.Text(key, s...)
}

// explain says what a check found, by its code where there is a text for it, else by check and outcome.
func (f words) explain(id, outcome, code any) template.HTML {
	if key, ok := f.codeKey(code); ok {
		return f.text(key)
	}
	return f.text(fmt.Sprintf("check.%v.%v", id, outcome))
}

// explained reports whether the code has a text of its own, so that the English detail is not needed.
func (f words) explained(code any) bool {
	_, ok := f.codeKey(code)
	return ok
}

// kind is the type of an achievement in words, and resultStatus the state of a result.
func (f words) kind(name string) template.HTML         { return f.term("kind.", name) }
func (f words) resultStatus(name string) template.HTML { return f.term("result_status.", name) }

// term is a word of a closed list of the standard; one that is not on it is somebody's own word.
func (f words) term(list, name string) template.HTML {
	if f.tr.Has(list + name) {
		return f.text(list + name)
	}
	return template.HTML("<bdi>" + template.HTMLEscapeString(name) + "</bdi>") //nolint:gosec // escaped
}

func (f words) decimal(n *float64) string { return f.tr.Decimal(*n) }

// codeKey returns the key of the text for a code. All checks that were not reached share one.
func (f words) codeKey(code any) (string, bool) {
	c := fmt.Sprint(code)
	if strings.HasSuffix(c, ".not_reached") {
		c = "not_reached"
	}
	return "code." + c, f.tr.Has("code." + c)
}

// Meaning is what a code means in plain words, and what to do next.
type Meaning struct {
	Means template.HTML
	Next  template.HTML
}

// meaning explains a code; nil when it is not one of the closed list.
func (f words) meaning(code any) *Meaning {
	e, ok := explain.Of(fmt.Sprint(code))
	if !ok {
		return nil
	}
	return &Meaning{Means: f.text("explain." + e.Topic), Next: f.text("advice." + string(e.Next))}
}

func (f words) date(at time.Time) string     { return f.tr.Date(at) }
func (f words) datetime(at time.Time) string { return f.tr.DateTime(at) }

func fill(pattern string, pairs []any) template.HTML {
	out := i18n.Fill(template.HTMLEscapeString(pattern), func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] != name {
				continue
			}
			if safe, ok := pairs[i+1].(template.HTML); ok {
				return string(safe), true
			}
			return "<bdi>" + template.HTMLEscapeString(fmt.Sprint(pairs[i+1])) + "</bdi>", true
		}
		return "", false
	})
	return template.HTML(out) //nolint:gosec // pattern and values are escaped above
}

// instant and day write machine-readable times for <time datetime>.
func instant(at time.Time) string { return at.UTC().Format(time.RFC3339) }
func day(at time.Time) string     { return at.UTC().Format(time.DateOnly) }

func list(items ...string) []string { return items }

// pair hands two values to a nested template.
func pair(name string, value any) map[string]any { return map[string]any{"Name": name, "Value": value} }

// Linkable reports whether s may be offered as a link: http or https with a host, nothing else. Everything else that a
// stranger calls a URL is shown as text.
func Linkable(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsAny(s, " \t\r\n")
}
