package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// question is one HTTP request. A body that is no []byte is sent as JSON.
type question struct {
	method, path string
	token        string
	header       map[string]string
	body         any
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// browser follows no redirects and keeps no cookies: a test sees what the server says.
var browser = &http.Client{
	Timeout:       patience,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends q to this deployment. path may be a full address of it.
func (d *deployment) ask(t *testing.T, q question) answer {
	t.Helper()
	a, err := d.try(t, q)
	if err != nil {
		t.Fatalf("%s %.200s: %v", q.method, q.path, err)
	}
	return a
}

func (d *deployment) try(t *testing.T, q question) (answer, error) {
	t.Helper()
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	if q.method == "" {
		q.method = http.MethodGet
	}
	r, err := http.NewRequestWithContext(t.Context(), q.method, d.base+strings.TrimPrefix(q.path, d.base), body)
	if err != nil {
		t.Fatal(err)
	}
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range q.header {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	res, err := browser.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, text}, err
}

// want fails the test when the status is another one.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %.2000s", a.status, status, a.body)
	}
	return a
}

// into decodes the body.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %.2000s", err, a.body)
	}
}

// problem is what an error says (RFC 9457).
type problem struct {
	Type, Title, Detail, Code, Pointer, Hint string
	Status                                   int
}

// problem decodes a problem document and checks that it is a whole one.
func (a answer) problem(t *testing.T) problem {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q of %d %.500s", got, a.status, a.body)
	}
	var p problem
	a.into(t, &p)
	if p.Status != a.status || p.Code == "" || p.Detail == "" || !strings.HasSuffix(p.Type, "/"+p.Code) {
		t.Errorf("no whole problem document: %s", a.body)
	}
	return p
}

// result is a verification as the API and the command line print it.
type result struct {
	Verdict     string `json:"verdict"`
	Form        string `json:"form"`
	ID          string `json:"id"`
	Issuer      struct{ ID, Domain, Name string }
	Achievement struct{ Name string }
	Checks      []check `json:"checks"`
	Warnings    []warning
}

type warning struct{ Code string }

type check struct{ ID, Outcome, Code, Detail, At string }

func (r result) check(id string) check {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return check{}
}

// verify asks the public verifier; every answer to a request that is one is 200.
func (d *deployment) verify(t *testing.T, in map[string]string) result {
	t.Helper()
	var r result
	d.ask(t, question{method: http.MethodPost, path: "/api/v1/verify", body: in}).want(t, http.StatusOK).into(t, &r)
	return r
}

// eventually asks until ok says yes. What may take up to a minute by its promise is waited for no longer than patience.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-limit.C:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// payload decodes the payload of a compact JWS without looking at the signature.
func payload(t *testing.T, jws []byte, v any) {
	t.Helper()
	parts := strings.Split(string(jws), ".")
	if len(parts) != 3 {
		t.Fatalf("%d segments in %.80q", len(parts), jws)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
