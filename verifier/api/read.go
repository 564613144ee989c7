package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
)

// Bounds of the small members.
const (
	urlBytes    = 4096
	optionBytes = 1024
	formParts   = 8
)

// read turns a request into what is verified, and under which policy.
func read(r *http.Request) (verifier.Input, verifier.Policy, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	switch {
	case err != nil || charset != "" && charset != "utf-8":
	case media == "application/json":
		return readJSON(r.Body)
	case media == "multipart/form-data" && params["boundary"] != "":
		return readForm(multipart.NewReader(r.Body, params["boundary"]))
	}
	return verifier.Input{}, verifier.Policy{}, wrongMedia(err)
}

func wrongMedia(cause error) error {
	return fault.New(fault.Unsupported, cause, "the request is expected as JSON or as a form with a file").
		Code("request.media_type").Hint("send the header Content-Type: application/json")
}

// request is what was sent, before it is looked at as a whole.
type request struct {
	given                 []string // of credential, url, file
	in                    verifier.Input
	at, recipient, policy string
	refresh               bool
}

// done checks what only the whole can tell.
func (q request) done() (verifier.Input, verifier.Policy, error) {
	if len(q.given) != 1 {
		sentence := "nothing to verify was sent"
		if len(q.given) > 1 {
			sentence = strings.Join(q.given, " and ") + " were sent together"
		}
		return q.in, verifier.Policy{}, fault.New(fault.Invalid, nil, "%s", sentence).Code("verify.input").
			Hint("send exactly one of credential, url and file")
	}
	p, err := q.policyOf()
	return q.in, p, err
}

// policyOf is the policy that the options ask for.
func (q request) policyOf() (verifier.Policy, error) {
	p, err := verifier.ParsePolicy(q.policy)
	if err != nil {
		return p, err
	}
	p.Recipient, p.Refresh = q.recipient, q.refresh
	if q.at != "" {
		if p.At, err = credential.ParseTime(q.at); err != nil {
			return p, fault.New(fault.Invalid, err, "%.40q is not a date and time with an offset", q.at).Code("time.syntax").
				At("/at").Hint("write it as 2026-01-31T09:00:00Z")
		}
	}
	return p, nil
}

// readJSON reads the JSON form of a request. Members count with their case.
func readJSON(body io.Reader) (verifier.Input, verifier.Policy, error) {
	none, strict := verifier.Input{}, verifier.Policy{}
	src, err := all(body, limits.RequestBytes)
	if err != nil {
		return none, strict, err
	}
	members, err := split(src)
	if err != nil {
		return none, strict, err
	}
	var q request
	for _, m := range members {
		if err := q.member(m); err != nil {
			return none, strict, err
		}
	}
	return q.done()
}

// member is one member of the request with its exact bytes.
type member struct {
	name string
	raw  jsontext.Value
}

// split reads one JSON object, strictly, without looking into its values: how deep or odd the credential is, is for the
// checks to say, not a mistake of the request.
func split(src []byte) ([]member, error) {
	if !utf8.Valid(src) {
		return nil, syntax("json.utf8", "", "the request is not UTF-8", nil)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(src), jsontext.AllowDuplicateNames(true))
	if brace, err := dec.ReadToken(); err != nil || brace.Kind() != '{' {
		return nil, syntax("json.type", "", "a JSON object is expected", err)
	}
	var out []member
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, syntax("json.syntax", string(dec.StackPointer()), "the request is not JSON", err)
		}
		key := name.String()
		for _, m := range out {
			if m.name == key {
				return nil, syntax("json.duplicate_member", ijson.Pointer("", key), "a member stands twice in the request", nil)
			}
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, syntax("json.syntax", ijson.Pointer("", key), "the request is not JSON", err)
		}
		if out = append(out, member{key, raw.Clone()}); len(out) > formParts {
			return nil, syntax("json.member_unknown", ijson.Pointer("", key), "too many members", nil)
		}
	}
	_, _ = dec.ReadToken() // the brace that ended the loop
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, syntax("json.trailing", "", "there is more after the JSON object", err)
	}
	return out, nil
}

func syntax(code, at, sentence string, cause error) error {
	return fault.New(fault.Invalid, cause, "%s", sentence).Code(code).At(at).Hint("send one JSON object in UTF-8, each member once")
}

func (q *request) member(m member) error {
	at := ijson.Pointer("", m.name)
	known := []string{"credential", "url", "file", "at", "recipient", "policy", "refresh"}
	for _, k := range known {
		if m.name != k && strings.EqualFold(m.name, k) {
			return fault.New(fault.Invalid, nil, "%.60q has the wrong case", m.name).Code("json.member_case").At(at).Hint("write %q", k)
		}
	}
	if m.raw.Kind() == 'n' {
		return q.null(m.name, at, known)
	}
	if m.name == "refresh" && (m.raw.Kind() == 't' || m.raw.Kind() == 'f') {
		return q.set(m.name, string(m.raw), at)
	}
	if m.name == "refresh" {
		return fault.New(fault.Invalid, nil, "true or false is expected").Code("json.type").At(at)
	}
	if m.name == "credential" && m.raw.Kind() == '{' {
		// Kind to those who paste the credential as it is: its exact bytes are verified.
		q.given, q.in.Text = append(q.given, m.name), string(m.raw)
		return nil
	}
	text, err := jsontext.AppendUnquote(nil, m.raw)
	if err != nil && contains(known, m.name) {
		return fault.New(fault.Invalid, err, "a string is expected").Code("json.type").At(at)
	}
	return q.set(m.name, string(text), at)
}

// null counts as absent, but only under a name that exists.
func (q *request) null(name, at string, known []string) error {
	if contains(known, name) {
		return nil
	}
	return q.set(name, "", at)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (q *request) set(name, text, at string) error {
	if (name == "at" || name == "recipient" || name == "policy") && len(text) > optionBytes || name == "url" && len(text) > urlBytes {
		return fault.New(fault.Invalid, nil, "the text is too long").Code("text.too_long").At(at)
	}
	switch name {
	case "credential", "url":
		if strings.TrimSpace(text) == "" {
			return fault.New(fault.Invalid, nil, "the member is empty").Code("verify.empty").At(at)
		}
		q.given = append(q.given, name)
		if name == "url" {
			q.in.URL = strings.TrimSpace(text)
		} else {
			q.in.Text = text
		}
	case "file":
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fault.New(fault.Invalid, err, "the file is not base64").Code("base64.syntax").At(at).
				Hint("use the standard alphabet with padding")
		}
		return q.file(data, at)
	case "at":
		q.at = text
	case "recipient":
		q.recipient = text
	case "policy":
		q.policy = text
	case "refresh":
		if text != "true" && text != "false" {
			return fault.New(fault.Invalid, nil, "%.40q is neither true nor false", text).Code("verify.refresh").At(at)
		}
		q.refresh = text == "true"
	default:
		return fault.New(fault.Invalid, nil, "there is no member %.60q", name).Code("json.member_unknown").At(at).
			Hint("the members are credential, url, file, at, recipient, policy, refresh")
	}
	return nil
}

func (q *request) file(data []byte, at string) error {
	if len(data) == 0 {
		return fault.New(fault.Invalid, nil, "the file is empty").Code("verify.empty").At(at)
	}
	q.given, q.in.File = append(q.given, "file"), data
	return nil
}

// readForm reads a form with a file part named "file"; the other parts are the members of the JSON form.
func readForm(form *multipart.Reader) (verifier.Input, verifier.Policy, error) {
	none, strict := verifier.Input{}, verifier.Policy{}
	var q request
	seen := map[string]bool{}
	for n := 0; ; n++ {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return q.done()
		}
		if err != nil || n >= formParts {
			return none, strict, cut(err)
		}
		name := part.FormName()
		if seen[name] {
			return none, strict, fault.New(fault.Invalid, nil, "the part %.60q stands twice", name).
				Code("form.duplicate_part").At(ijson.Pointer("", name))
		}
		seen[name] = true
		if err := q.part(name, part); err != nil {
			return none, strict, err
		}
	}
}

func (q *request) part(name string, part *multipart.Part) error {
	at := ijson.Pointer("", name)
	data, err := all(part, limits.RequestBytes)
	if err != nil {
		return err
	}
	if name == "file" {
		q.in.FileName, q.in.ContentType = part.FileName(), part.Header.Get("Content-Type")
		return q.file(data, at)
	}
	if !utf8.Valid(data) {
		return fault.New(fault.Invalid, nil, "the part %.60q is not UTF-8", name).Code("text.utf8").At(at)
	}
	if len(data) == 0 { // a browser sends a field that was left empty
		if contains([]string{"credential", "url", "at", "recipient", "policy", "refresh"}, name) {
			return nil
		}
	}
	return q.set(name, string(data), at)
}

// all reads at most that many bytes.
func all(r io.Reader, most int) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, cut(err)
	}
	if len(src) > most {
		return nil, tooLarge(nil, int64(most))
	}
	return src, nil
}

// cut tells a body that is over the limit from one that is broken.
func cut(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return tooLarge(err, big.Limit)
	}
	return fault.New(fault.Invalid, fmt.Errorf("body: %w", err), "the request ended too early, or is not well formed").Code("request.cut")
}

func tooLarge(cause error, most int64) error {
	return fault.New(fault.TooLarge, cause, "the request has more than %d bytes", most).Code("limits.request").
		Hint("a credential has at most %d bytes, a picture %d", limits.CredentialBytes, limits.ImageBytes)
}
