package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func verifyScenarios() []scenario {
	return []scenario{
		{"a credential is verified as text, as a link, as a file and as a form", inputKinds},
		{"at, recipient and policy change what is asked", verifyOptions},
		{"the command line prints the same object as the API, and its exit code says the verdict", sameAnswers},
		{"J34: no exit code 0 and no word of validity for anything that is not valid", neverValid},
		{"only what is no request is refused", noRequests},
	}
}

func inputKinds(t *testing.T, w *world) {
	a := w.award(t, nil)
	c := a.Credentials[0]
	signed := w.signed(t, a)
	file := func(url string) map[string]string {
		return map[string]string{"file": base64.StdEncoding.EncodeToString(w.ask(t, question{path: url}).want(t, http.StatusOK).body)}
	}
	for name, in := range map[string]map[string]string{
		"signed text":         {"credential": string(signed)},
		"text with blanks":    {"credential": "\n  " + string(signed) + "\r\n"},
		"JSON envelope":       {"credential": string(w.ask(t, question{path: c.JSONURL}).body)},
		"address of the page": {"url": a.Page},
		"address of the text": {"url": c.JWTURL},
		"pasted address":      {"credential": a.Page},
		"file of text":        file(c.JWTURL),
		"file of JSON":        file(c.JSONURL),
		"baked PNG":           file(c.PNGURL),
		"baked SVG":           file(c.SVGURL),
		"QR code as PNG":      file(c.QRPNGURL),
	} {
		r := w.verify(t, in)
		if r.Verdict != "valid" || r.ID != a.Page || r.Form != "ob-jwt" || r.Achievement.Name != "First aid" || r.Issuer.ID != w.school.DID {
			t.Errorf("%s: %+v", name, r)
		}
		ids := []string{}
		for _, c := range r.Checks {
			ids = append(ids, c.ID)
			if c.Code == "" || c.Detail == "" || !strings.Contains(" pass fail unknown skipped ", " "+c.Outcome+" ") {
				t.Errorf("%s: check %+v", name, c)
			}
		}
		if diff := cmp.Diff([]string{"form", "proof", "binding", "holder", "time", "schema", "status", "trust", "subject", "nested"}, ids); diff != "" {
			t.Errorf("%s: checks:\n%s", name, diff)
		}
	}
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "badge.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(w.ask(t, question{path: c.PNGURL}).body)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	var r result
	w.ask(t, question{
		method: http.MethodPost, path: "/api/v1/verify", body: form.Bytes(), header: map[string]string{"Content-Type": m.FormDataContentType()},
	}).want(t, http.StatusOK).into(t, &r)
	if r.Verdict != "valid" || r.ID != a.Page {
		t.Errorf("form: %+v", r)
	}
}

func verifyOptions(t *testing.T, w *world) {
	a := w.award(t, map[string]any{
		"expires_at": "2099-06-01T00:00:00Z", "recipient": map[string]any{"name": "Ana", "email": "ana@example.org"},
	})
	signed := string(w.signed(t, a))
	for name, tc := range map[string]struct {
		option, value           string
		verdict, check, outcome string
	}{
		"before the end":        {"at", "2099-05-31T23:59:59Z", "valid", "time", "pass"},
		"a second after it":     {"at", "2099-06-01T00:00:01Z", "invalid", "time", "fail"},
		"before the start":      {"at", "2020-01-01T00:00:00Z", "invalid", "time", "fail"},
		"the right recipient":   {"recipient", "ana@example.org", "valid", "subject", "pass"},
		"in another case":       {"recipient", "ana@EXAMPLE.org", "valid", "subject", "pass"},
		"another recipient":     {"recipient", "eve@example.org", "invalid", "subject", "fail"},
		"nobody asked":          {"policy", "default", "valid", "subject", "skipped"},
		"the compatible policy": {"policy", "compatible", "valid", "trust", "pass"},
		"without trust":         {"policy", "any-issuer-unsafe", "valid", "proof", "pass"},
	} {
		r := w.verify(t, map[string]string{"credential": signed, tc.option: tc.value})
		if r.Verdict != tc.verdict || r.check(tc.check).Outcome != tc.outcome {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.check(tc.check))
		}
	}
}

// sample is something to verify, with the flags that say how.
type sample struct {
	name    string
	content []byte
	flags   []string
	verdict string
	code    string // of the check that decides, "" for valid
}

// samples are one credential of each fate.
func (w *world) samples(t *testing.T) []sample {
	t.Helper()
	good := w.signed(t, w.award(t, map[string]any{"recipient": map[string]any{"name": "Ana", "email": "ana@example.org"}, "expires_at": "2099-06-01T00:00:00Z"}))
	gone := w.award(t, nil)
	w.revoke(t, gone)
	revoked := w.signed(t, gone)
	eventually(t, "the verifier says revoked", func() bool {
		return w.verify(t, map[string]string{"credential": string(revoked)}).Verdict == "invalid"
	})
	parts := strings.Split(string(good), ".")
	tampered := []byte(parts[0] + "." + reencode(t, parts[1]) + "." + parts[2])
	none := []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".")
	png := w.ask(t, question{path: w.award(t, nil).Credentials[0].PNGURL}).body
	return []sample{
		{"valid", good, nil, "valid", ""},
		{"valid for its recipient", good, []string{"--recipient", "ana@example.org"}, "valid", ""},
		{"baked", png, nil, "valid", ""},
		{"revoked", revoked, nil, "invalid", "status.revoked"},
		{"expired", good, []string{"--at", "2099-06-02T00:00:00Z"}, "invalid", "time.expired"},
		{"not yet valid", good, []string{"--at", "2020-06-02T00:00:00Z"}, "invalid", "time.not_yet_valid"},
		{"of another recipient", good, []string{"--recipient", "eve@example.org"}, "invalid", "subject.mismatch"},
		{"tampered", tampered, nil, "invalid", "jose.signature"},
		{"unsigned", none, nil, "invalid", "jose.alg_not_allowed"},
		{"cut off", good[:len(good)-10], nil, "invalid", "jose.signature"},
		{"a line feed inside", append([]byte("ey\n"), good[2:]...), nil, "invalid", ""},
		{"garbage", []byte("hello world"), nil, "invalid", ""},
		{"JSON of something else", []byte(`{"a":1}`), nil, "invalid", ""},
		{"a picture without a credential", png[:len(png)/2], nil, "invalid", ""},
		{"HTML", []byte("<!doctype html><title>x</title>"), nil, "invalid", ""},
	}
}

// reencode changes a character inside the name of the achievement; the JSON stays well formed.
func reencode(t *testing.T, segment string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil || !bytes.Contains(text, []byte("First aid")) {
		t.Fatalf("%v: %s", err, text)
	}
	return base64.RawURLEncoding.EncodeToString(bytes.Replace(text, []byte("First aid"), []byte("Third aid"), 1))
}

func sameAnswers(t *testing.T, w *world) {
	codes := map[string]int{"valid": 0, "invalid": 1, "undecided": 2}
	for _, s := range w.samples(t) {
		in := map[string]string{"file": base64.StdEncoding.EncodeToString(s.content)}
		for i := 0; i < len(s.flags); i += 2 {
			in[strings.TrimPrefix(s.flags[i], "--")] = s.flags[i+1]
		}
		api := w.ask(t, question{method: http.MethodPost, path: "/api/v1/verify", body: in}).want(t, http.StatusOK)
		cli := w.command(t, s.content, append(append([]string{"verify", "-", "--json"}, s.flags...), w.place()...)...)
		var r result
		api.into(t, &r)
		if r.Verdict != s.verdict && s.verdict == "valid" || r.Verdict == "valid" && s.verdict != "valid" {
			t.Errorf("%s: the API says %s", s.name, api.body)
		}
		if decisive := failed(r); s.code != "" && decisive.Code != s.code {
			t.Errorf("%s: the API decides by %+v", s.name, decisive)
		}
		if diff := cmp.Diff(object(t, api.body), object(t, []byte(cli.out))); diff != "" {
			t.Errorf("%s (-API +command line):\n%s", s.name, diff)
		}
		if cli.code != codes[r.Verdict] {
			t.Errorf("%s: exit code %d for %s", s.name, cli.code, r.Verdict)
		}
	}
}

func failed(r result) check {
	for _, c := range r.Checks {
		if c.Outcome == "fail" {
			return c
		}
	}
	return check{}
}

// object is a JSON object without the moment of the check.
func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if v["checked_at"] == nil {
		t.Errorf("no checked_at in %s", text)
	}
	delete(v, "checked_at")
	return v
}

func neverValid(t *testing.T, w *world) {
	for _, s := range w.samples(t) {
		path := filepath.Join(t.TempDir(), "sample")
		if err := os.WriteFile(path, s.content, 0o600); err != nil {
			t.Fatal(err)
		}
		o := w.command(t, nil, append(append([]string{"verify", path}, s.flags...), w.place()...)...)
		says := strings.HasPrefix(o.out, "VALID")
		if s.verdict == "valid" {
			if o.code != 0 || !says {
				t.Errorf("%s: exit code %d\n%s%s", s.name, o.code, o.out, o.errors)
			}
			continue
		}
		if o.code == 0 || o.code == 3 || says || !strings.HasPrefix(o.out, "NOT VALID") && !strings.HasPrefix(o.out, "UNDECIDED") {
			t.Errorf("%s: exit code %d\n%s%s", s.name, o.code, o.out, o.errors)
		}
		if strings.Contains(o.errors, "panic") || strings.Contains(o.errors, "fault of ours") {
			t.Errorf("%s: %s", s.name, o.errors)
		}
	}
}

func noRequests(t *testing.T, w *world) {
	for name, tc := range map[string]struct {
		body   string
		status int
	}{
		"nothing":                  {"", 400},
		"an empty object":          {"{}", 400},
		"two inputs":               {`{"credential":"a","url":"https://a.example/"}`, 400},
		"an unknown member":        {`{"credential":"a","colour":"red"}`, 400},
		"a member in odd case":     {`{"Credential":"a"}`, 400},
		"a member twice":           {`{"credential":"a","credential":"b"}`, 400},
		"a file that is no base64": {`{"file":"%%%"}`, 400},
		"a time that is none":      {`{"credential":"a","at":"yesterday"}`, 400},
		"a policy of no name":      {`{"credential":"a","policy":"lenient"}`, 400},
		"trailing data":            {`{"credential":"a"} x`, 400},
		"garbage to verify":        {`{"credential":"a"}`, 200},
		"an address of nothing":    {`{"url":"not an address"}`, 200},
	} {
		got := w.ask(t, question{method: http.MethodPost, path: "/api/v1/verify", body: []byte(tc.body)})
		if got.status != tc.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
			continue
		}
		if tc.status != http.StatusOK {
			got.problem(t)
		}
	}
	if got := w.ask(t, question{method: http.MethodPost, path: "/api/v1/verify", body: []byte("a=b"), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}); got.status != http.StatusUnsupportedMediaType {
		t.Errorf("a plain form: %d", got.status)
	}
	if got := w.ask(t, question{path: "/api/v1/verify"}); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") == "" {
		t.Errorf("GET: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
}
