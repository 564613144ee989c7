package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
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
// comments behind "#". An element is an id, or an object with id, name, names, types, frameworks, from, until, keep, by,
// successor, refused_keys, status_by, delegates and note; a date without a time means the whole day in UTC. A JSON object may also have
// "lists": other lists to follow, each with url and issuer. The JSON registries of the Digital Credentials Consortium
// ("registry") and lists of trusted entities after ETSI TS 119 602 ("LoTE") are read as well. Parse is strict: one mistake, an
// unknown member of our own form, or a list without entries and lists is fault.Invalid with code "trust.list", its place, and
// no List.
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
	if l.n == 0 && len(l.follows) == 0 {
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
	if doc.Kind() == ijson.Object {
		return parseObject(doc)
	}
	l := &List{entries: map[string][]Entry{}}
	return l, l.addAll(doc, "")
}

// parseObject reads the outer object of one of the forms, told apart by the name of one member.
func parseObject(doc ijson.Value) (*List, error) {
	l := &List{entries: map[string][]Entry{}}
	if r, ok := doc.Get("registry"); ok {
		return l, l.addRegistry(r)
	}
	if e, ok := doc.Get("LoTE"); ok {
		return l, l.addEntities(e)
	}
	return l, l.addMembers(doc, "name", "note")
}

// addMembers takes over the members of an object in our own form; texts names the others that may stand there.
func (l *List) addMembers(doc ijson.Value, texts ...string) error {
	found := ""
	for _, m := range doc.Members() {
		at := ijson.Pointer("", m.Name)
		var err error
		switch {
		case m.Name == "issuers" || m.Name == "entries":
			if found != "" {
				return wrong(at, "issuers and entries stand side by side")
			}
			found = at
			err = l.addAll(m.Value, at)
		case m.Name == "lists":
			err = l.addLists(m.Value, at)
		case !slices.Contains(texts, m.Name):
			err = wrong(at, "there is no member %.40q", m.Name)
		case m.Name != "iat" && m.Name != "exp" && !m.Value.IsString():
			err = wrong(at, "a text was expected")
		}
		if err != nil {
			return err
		}
	}
	if found == "" && len(l.follows) == 0 {
		return wrong("", "it has no member \"issuers\"")
	}
	return nil
}

// addAll takes over a list of entries.
func (l *List) addAll(list ijson.Value, at string) error {
	if list.Kind() != ijson.Array {
		return wrong(at, "a list was expected, this is %s", list.Kind())
	}
	for i, v := range list.Elems() {
		e, err := parseEntry(v, ijson.Index(at, i))
		if err != nil {
			return err
		}
		l.add(e)
	}
	return nil
}

// addLists takes over references to other lists.
func (l *List) addLists(list ijson.Value, at string) error {
	if list.Kind() != ijson.Array || len(list.Elems()) > limits.TrustLists {
		return wrong(at, "a list of at most %d lists was expected", limits.TrustLists)
	}
	for i, v := range list.Elems() {
		r := Reference{URL: v.Member("url").Text(), Issuer: v.Member("issuer").Text()}
		if len(v.Members()) != 2 || !strings.HasPrefix(r.URL, "https://") && !strings.HasPrefix(r.URL, "http://") || badID(r.URL) != "" {
			return wrong(ijson.Index(at, i), "url (an https address) and issuer (the DID that signs the list) were expected, and nothing else")
		}
		if !strings.HasPrefix(r.Issuer, "did:") || badID(r.Issuer) != "" {
			return wrong(ijson.Index(at, i), "the issuer of a list is a DID")
		}
		l.follows = append(l.follows, r)
	}
	return nil
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
	switch m.Name {
	case "types":
		return setTexts(&e.Types, m.Value, at)
	case "frameworks":
		return setTexts(&e.Frameworks, m.Value, at)
	case "refused_keys":
		return setTexts(&e.Refused, m.Value, at)
	case "status_by":
		return setTexts(&e.StatusBy, m.Value, at)
	case "keep":
		return setTruth(&e.Keep, m.Value, at)
	case "delegates":
		return setTruth(&e.Delegates, m.Value, at)
	case "names":
		return e.setNames(m.Value, at)
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
	case "by":
		e.By = s
	case "successor":
		e.Successor = s
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

func setTexts(dst *[]string, v ijson.Value, at string) error {
	if v.Kind() != ijson.Array || len(v.Elems()) == 0 || len(v.Elems()) > typesMax {
		return wrong(at, "a list of 1 to %d texts was expected; leave it out for no restriction", typesMax)
	}
	for i, t := range v.Elems() {
		if t.Text() == "" {
			return wrong(ijson.Index(at, i), "a text was expected")
		}
		*dst = append(*dst, t.Text())
	}
	return nil
}

func setTruth(dst *bool, v ijson.Value, at string) error {
	if v.Kind() != ijson.Bool {
		return wrong(at, "true or false was expected")
	}
	*dst = v.True()
	return nil
}

func (e *Entry) setNames(v ijson.Value, at string) error {
	if v.Kind() != ijson.Object || len(v.Members()) == 0 || len(v.Members()) > typesMax {
		return wrong(at, "names by language were expected, such as {\"en\": \"…\"}")
	}
	e.Names = map[string]string{}
	for _, m := range v.Members() {
		if _, err := language.Parse(m.Name); err != nil || m.Value.Text() == "" {
			return wrong(ijson.Pointer(at, m.Name), "a language tag with a text was expected")
		}
		e.Names[m.Name] = m.Value.Text()
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
	for _, s := range slices.Concat([]string{e.Name, e.Note, e.By}, e.Types, e.Frameworks, slices.Collect(maps.Values(e.Names))) {
		if len(s) > textMax || !utf8.ValidString(s) || strings.IndexFunc(s, unicode.IsControl) >= 0 {
			return entryError("a text is too long, or has a control character")
		}
	}
	for _, t := range e.Types {
		if t == "" || strings.ContainsAny(t, " ") {
			return entryError("a type is empty or has a blank")
		}
	}
	if why := badID(e.Successor); e.Successor != "" && why != "" {
		return entryError("the successor is no issuer: " + why)
	}
	if e.Successor == e.ID {
		return entryError("the successor is the issuer itself")
	}
	if err := e.checkOthers(); err != nil {
		return err
	}
	switch {
	case e.Keep && e.Until.IsZero():
		return entryError("keep says what holds after until, and there is no until")
	case !e.From.IsZero() && !e.Until.IsZero() && e.Until.Before(e.From):
		return entryError("until lies before from")
	}
	return nil
}

// checkOthers looks at the keys and issuers that an entry names beside its own.
func (e *Entry) checkOthers() error {
	for _, k := range e.Refused {
		if !e.owns(k) {
			return entryError("a refused key is one of the issuer's, named by its address, such as " + e.ID + "#key-1, or by the URN of its thumbprint")
		}
	}
	for _, k := range e.StatusBy {
		if why := badID(k); why != "" {
			return entryError("who may keep status lists is no issuer: " + why)
		}
	}
	return nil
}

// owns reports whether a key of that name can be one of the issuer's: a fragment of its DID, of the key set at its host, or a
// thumbprint.
func (e *Entry) owns(key string) bool {
	if sum, ok := strings.CutPrefix(key, thumbprintURN); ok {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(sum)
		return err == nil && len(raw) == sha256.Size
	}
	owner, fragment, _ := strings.Cut(key, "#")
	if fragment == "" || badID(owner) != "" {
		return false
	}
	return owner == e.ID || !strings.HasPrefix(e.ID, "did:") && did.Domain(owner) == did.Domain(e.ID)
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
