package trust

import (
	"bytes"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// Bounds of a list and its entries.
const (
	listBytes  = 8 << 20
	listValues = 500_000
	idMax      = 2048
	textMax    = 4000
	typesMax   = 256
)

// Parse reads a trust list: JSON {"issuers": […]} or {"entries": […]}, a JSON array, or plain text with one id per line and
// comments behind "#". An element is an id, or an object with id, name, types, from, until and note; a date without a time
// means the whole day in UTC. Parse is strict: one mistake, an unknown member or a list without entries is fault.Invalid
// with code "trust.list", its place, and no List.
func Parse(data []byte) (*List, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // editors put it there
	if len(data) > listBytes {
		return nil, fault.New(fault.TooLarge, nil, "the trust list has more than %d MiB", listBytes>>20).Code("trust.list")
	}
	start := bytes.TrimLeft(data, " \t\r\n")
	var l *List
	var err error
	if len(start) > 0 && (start[0] == '{' || start[0] == '[' || start[0] == '"') {
		l, err = parseJSON(data)
	} else {
		l, err = parseText(data)
	}
	if err != nil {
		return nil, err
	}
	if l.n == 0 {
		return nil, wrong("", "the trust list is empty").Hint("without a list, remove the setting; nobody is trusted then")
	}
	return l, nil
}

func wrong(at, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, nil, "the trust list is not readable: "+format, args...).Code("trust.list").At(at)
}

func parseText(data []byte) (*List, error) {
	if !utf8.Valid(data) {
		return nil, wrong("", "it is not UTF-8")
	}
	l := &List{entries: map[string][]Entry{}}
	text := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n")
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		// A "#" inside an id would be a fragment, which no issuer has; behind a blank it begins a comment.
		if i := strings.IndexByte(line, '#'); i == 0 || i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
		}
		id := strings.Trim(line, " \t")
		if id == "" {
			continue
		}
		e := Entry{ID: id}
		if err := e.check(); err != nil {
			return nil, wrong("", "line %d: %s", n, err.Error())
		}
		l.add(e)
	}
	return l, nil
}

func parseJSON(data []byte) (*List, error) {
	doc, err := ijson.Parse(data, ijson.Bounds{Bytes: listBytes, Members: listValues})
	if err != nil {
		d := fault.AsDefect(err)
		return nil, wrong(d.At, "%s", d.Detail)
	}
	at := ""
	if doc.Kind() == ijson.Object {
		if at, doc, err = listMember(doc); err != nil {
			return nil, err
		}
	}
	if doc.Kind() != ijson.Array {
		return nil, wrong(at, "a list was expected, this is %s", doc.Kind())
	}
	l := &List{entries: map[string][]Entry{}}
	for i, v := range doc.Elems() {
		e, err := parseEntry(v, ijson.Index(at, i))
		if err != nil {
			return nil, err
		}
		l.add(e)
	}
	return l, nil
}

// listMember finds the one list of the outer object; a note and a name beside it are for people.
func listMember(doc ijson.Value) (at string, list ijson.Value, err error) {
	found := false
	for _, m := range doc.Members() {
		switch m.Name {
		case "issuers", "entries":
			if found {
				return "", list, wrong("/"+m.Name, "issuers and entries stand side by side")
			}
			at, list, found = "/"+m.Name, m.Value, true
		case "name", "note":
			if !m.Value.IsString() {
				return "", list, wrong("/"+m.Name, "a text was expected")
			}
		default:
			return "", list, wrong(ijson.Pointer("", m.Name), "there is no member %.40q", m.Name)
		}
	}
	if !found {
		return "", list, wrong("", "it has no member \"issuers\"")
	}
	return at, list, nil
}

func parseEntry(v ijson.Value, at string) (Entry, error) {
	var e Entry
	switch v.Kind() {
	case ijson.String:
		e.ID = v.Text()
	case ijson.Object:
		for _, m := range v.Members() {
			if err := e.set(m, ijson.Pointer(at, m.Name)); err != nil {
				return e, err
			}
		}
	default:
		return e, wrong(at, "an id or an object was expected, this is %s", v.Kind())
	}
	if err := e.check(); err != nil {
		return e, wrong(at, "%s", err.Error())
	}
	return e, nil
}

// set takes over one member. A misspelt "until" must not trust for ever, so unknown members are mistakes.
func (e *Entry) set(m ijson.Member, at string) error {
	if m.Name == "types" {
		return e.setTypes(m.Value, at)
	}
	if !m.Value.IsString() {
		return wrong(at, "a text was expected, this is %s", m.Value.Kind())
	}
	s := m.Value.Text()
	var err error
	switch m.Name {
	case "id":
		e.ID = s
	case "name":
		e.Name = s
	case "note":
		e.Note = s
	case "from":
		e.From, err = parseMoment(s, 0)
	case "until":
		e.Until, err = parseMoment(s, 24*time.Hour-time.Nanosecond)
	default:
		return wrong(at, "there is no member %.40q", m.Name)
	}
	if err != nil {
		return wrong(at, "%.40q is no date and no time with an offset", s)
	}
	return nil
}

func (e *Entry) setTypes(v ijson.Value, at string) error {
	if v.Kind() != ijson.Array || len(v.Elems()) == 0 || len(v.Elems()) > typesMax {
		return wrong(at, "a list of 1 to %d types was expected; leave it out for all types", typesMax)
	}
	for i, t := range v.Elems() {
		if t.Text() == "" {
			return wrong(ijson.Index(at, i), "the name of a type was expected")
		}
		e.Types = append(e.Types, t.Text())
	}
	return nil
}

// parseMoment reads a time, or a date and the offset into its day.
func parseMoment(s string, into time.Duration) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		t, err := time.Parse(time.DateOnly, s)
		return t.Add(into), err
	}
	return credential.ParseTime(s)
}

// entryError is what is wrong with an entry, as a sentence.
type entryError string

// Error gives the sentence.
func (e entryError) Error() string { return string(e) }

// check refuses what could never match an issuer, and what nobody can have meant.
func (e *Entry) check() error {
	if why := badID(e.ID); why != "" {
		return entryError(why)
	}
	for _, s := range append([]string{e.Name, e.Note}, e.Types...) {
		if len(s) > textMax || !utf8.ValidString(s) || strings.IndexFunc(s, unicode.IsControl) >= 0 {
			return entryError("a text is too long, or has a control character")
		}
	}
	for _, t := range e.Types {
		if t == "" || strings.ContainsAny(t, " ") {
			return entryError("a type is empty or has a blank")
		}
	}
	if !e.From.IsZero() && !e.Until.IsZero() && e.Until.Before(e.From) {
		return entryError("until lies before from")
	}
	return nil
}

// badID says why s cannot be an issuer's id: a DID without path, query and fragment, or an https (or http) address.
func badID(s string) string {
	switch {
	case s == "":
		return "an entry has no id"
	case len(s) > idMax:
		return "an id is too long"
	case !utf8.ValidString(s) || strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) >= 0:
		return "an id has a blank or a control character"
	}
	if rest, ok := strings.CutPrefix(s, "did:"); ok {
		method, id, _ := strings.Cut(rest, ":")
		if method == "" || id == "" || strings.ContainsAny(s, "/?#") {
			return "an id is no DID"
		}
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "an id is no DID and no https address"
	}
	return ""
}
