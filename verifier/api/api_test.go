package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/api"
)

// recorder keeps what it was asked to check, and answers with a verdict.
type recorder struct {
	in      verifier.Input
	policy  verifier.Policy
	calls   int
	counted []string
}

func (r *recorder) Check(_ context.Context, in verifier.Input, p verifier.Policy) verifier.Result {
	r.in, r.policy, r.calls = in, p, r.calls+1
	return verifier.Result{Verdict: verifier.Invalid, Form: "unknown", Checks: []verifier.Check{
		{ID: verifier.CheckForm, Outcome: verifier.Fail, Code: "form.unknown", Detail: "d", At: "/x"},
	}}
}

func (r *recorder) Verification(verdict string) { r.counted = append(r.counted, verdict) }

func engine(r *recorder) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	api.New(api.Config{Checker: r, Counter: r, Logger: slog.New(slog.DiscardHandler)}).Register(e, nil)
	return e
}

func post(e http.Handler, media string, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, api.Path, bytes.NewReader(body))
	req.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, req)
	return w
}

func TestWhateverIsSentIsAnswered200(t *testing.T) {
	file := base64.StdEncoding.EncodeToString([]byte("\x89PNG\x00\xff"))
	for _, tt := range []struct {
		name, body string
		want       verifier.Input
	}{
		{"a compact JWS", `{"credential":"a.b.c"}`, verifier.Input{Text: "a.b.c"}},
		{"text that is no credential", `{"credential":"\u0000 nonsense \n"}`, verifier.Input{Text: "\x00 nonsense \n"}},
		{"JSON as text", `{"credential":"{\"a\":1,\"a\":2}"}`, verifier.Input{Text: `{"a":1,"a":2}`}},
		{"JSON as an object, by its exact bytes", `{"credential": {"b" : 1.0, "a":"\u0061", "a":2} }`, verifier.Input{Text: `{"b" : 1.0, "a":"\u0061", "a":2}`}},
		{"a link", `{"url":" https://a.example/c/1 "}`, verifier.Input{URL: "https://a.example/c/1"}},
		{"a link that leads nowhere", `{"url":"javascript:alert(1)"}`, verifier.Input{URL: "javascript:alert(1)"}},
		{"a file", `{"file":"` + file + `"}`, verifier.Input{File: []byte("\x89PNG\x00\xff")}},
		{"null beside it", `{"credential":"x","url":null,"file":null,"at":null,"recipient":null,"policy":null}`, verifier.Input{Text: "x"}},
		{"a deep object", `{"credential":` + strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 201), verifier.Input{Text: strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)}},
		{"a credential over its limit", `{"credential":"` + strings.Repeat("a", limits.CredentialBytes+1) + `"}`, verifier.Input{Text: strings.Repeat("a", limits.CredentialBytes+1)}},
	} {
		r := &recorder{}
		w := post(engine(r), "application/json", []byte(tt.body))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %.200s %v", tt.name, w.Code, w.Body, w.Header())
			continue
		}
		if d := cmp.Diff(tt.want, r.in); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		var got verifier.Result
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Verdict != verifier.Invalid || len(got.Checks) != 1 || got.Checks[0].At != "/x" {
			t.Errorf("%s: %s, %v", tt.name, w.Body, err)
		}
		if d := cmp.Diff([]string{"invalid"}, r.counted); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestOptionsReachThePolicy(t *testing.T) {
	r := &recorder{}
	w := post(engine(r), "application/json; charset=utf-8", []byte(`{"credential":"x","at":"2026-01-31T09:00:00Z","recipient":"amal@example.org","policy":"compatible","refresh":true}`))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := verifier.Policy{At: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), Recipient: "amal@example.org", Waive: verifier.MissingClaims, Refresh: true}
	if d := cmp.Diff(want, r.policy); d != "" {
		t.Error(d)
	}
}

func TestOnlyWhatIsNoRequestIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, body    string
		status        int
		code, pointer string
	}{
		{"nothing at all", ``, 400, "json.type", ""},
		{"an empty object", `{}`, 400, "verify.input", ""},
		{"only options", `{"policy":"default"}`, 400, "verify.input", ""},
		{"null", `{"credential":null}`, 400, "verify.input", ""},
		{"two of three", `{"credential":"x","url":"https://a.example"}`, 400, "verify.input", ""},
		{"three of three", `{"credential":"x","url":"https://a.example","file":"eA=="}`, 400, "verify.input", ""},
		{"an empty text", `{"credential":" "}`, 400, "verify.empty", "/credential"},
		{"an empty file", `{"file":""}`, 400, "verify.empty", "/file"},
		{"no JSON", `credential=x`, 400, "json.type", ""},
		{"JSON that is cut off", `{"credential":"x"`, 400, "json.syntax", "/credential"},
		{"an array", `[{"credential":"x"}]`, 400, "json.type", ""},
		{"more behind", `{"credential":"x"} {}`, 400, "json.trailing", ""},
		{"a member twice", `{"credential":"x","credential":"y"}`, 400, "json.duplicate_member", "/credential"},
		{"an odd-case member", `{"Credential":"x"}`, 400, "json.member_case", "/Credential"},
		{"an odd-case member by the long s", `{"credential":"x","recipient":"y","policy":"","\u017f":"x"}`, 400, "json.member_unknown", "/ſ"},
		{"an unknown member", `{"credential":"x","trust":"me"}`, 400, "json.member_unknown", "/trust"},
		{"an unknown member that is null", `{"credential":"x","trust":null}`, 400, "json.member_unknown", "/trust"},
		{"a number", `{"credential":1}`, 400, "json.type", "/credential"},
		{"an array as credential", `{"credential":["x"]}`, 400, "json.type", "/credential"},
		{"an object as link", `{"url":{}}`, 400, "json.type", "/url"},
		{"no base64", `{"file":"%%"}`, 400, "base64.syntax", "/file"},
		{"invalid UTF-8", "{\"credential\":\"\xff\"}", 400, "json.utf8", ""},
		{"a lone surrogate", `{"credential":"\ud800"}`, 400, "json.syntax", "/credential"},
		{"a wrong time", `{"credential":"x","at":"yesterday"}`, 400, "time.syntax", "/at"},
		{"a time that Go would take", `{"credential":"x","at":"2026-01-31T09:00:00,1Z"}`, 400, "time.syntax", "/at"},
		{"refresh as a text", `{"credential":"x","refresh":"true"}`, 400, "json.type", "/refresh"},
		{"refresh as a number", `{"credential":"x","refresh":1}`, 400, "json.type", "/refresh"},
		{"an unknown policy", `{"credential":"x","policy":"lax"}`, 400, "verify.policy", "/policy"},
		{"a long link", `{"url":"https://a.example/` + strings.Repeat("a", 4096) + `"}`, 400, "text.too_long", "/url"},
		{"too much", `{"credential":"` + strings.Repeat("a", limits.RequestBytes) + `"}`, 413, "limits.request", ""},
	} {
		r := &recorder{}
		w := post(engine(r), "application/json", []byte(tt.body))
		var got problem.Document
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %d %.200s", tt.name, w.Code, w.Body)
			continue
		}
		if w.Code != tt.status || got.Code != tt.code || got.Pointer != tt.pointer || w.Header().Get("Content-Type") != problem.MediaType {
			t.Errorf("%s: %d %s at %q: %s", tt.name, w.Code, got.Code, got.Pointer, got.Detail)
		}
		if r.calls != 0 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d calls, %v", tt.name, r.calls, w.Header())
		}
	}
}

func TestOtherMediaTypesAreRefused(t *testing.T) {
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data", "image/png"} {
		if w := post(engine(&recorder{}), media, []byte(`{"credential":"x"}`)); w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %d", media, w.Code)
		}
	}
}

// form makes a multipart body; a name with a colon is a file's: "file:name.png".
func form(t *testing.T, parts ...string) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		name, fileName, isFile := strings.Cut(parts[i], ":")
		create := func() (io.Writer, error) { return m.CreateFormField(name) }
		if isFile {
			create = func() (io.Writer, error) { return m.CreateFormFile(name, fileName) }
		}
		w, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), b.Bytes()
}

func TestAFormWithAFileIsTaken(t *testing.T) {
	r := &recorder{}
	media, body := form(t, "file:badge.png", "\x89PNG", "recipient", "amal@example.org", "url", "", "at", "")
	if w := post(engine(r), media, body); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := verifier.Input{File: []byte("\x89PNG"), FileName: "badge.png", ContentType: "application/octet-stream"}
	if d := cmp.Diff(want, r.in); d != "" || r.policy.Recipient != "amal@example.org" {
		t.Error(d, r.policy)
	}
	media, body = form(t, "credential", "a.b.c")
	if w := post(engine(r), media, body); w.Code != http.StatusOK || r.in.Text != "a.b.c" {
		t.Errorf("text in a form: %d %v", w.Code, r.in)
	}
}

func TestW19AHostileFileNameIsOnlyAName(t *testing.T) {
	r := &recorder{}
	media, body := form(t, "file:../../a\"\r\nX: y", "x")
	w := post(engine(r), media, body)
	if w.Code != http.StatusOK || strings.ContainsAny(r.in.FileName, "/\r\n") || w.Header().Get("X") != "" {
		t.Errorf("%d %q %v", w.Code, r.in.FileName, w.Header())
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		parts  []string
		status int
		code   string
	}{
		{"without a file", []string{"policy", "default"}, 400, "verify.input"},
		{"with an empty file", []string{"file:a", ""}, 400, "verify.empty"},
		{"with two files", []string{"file:a", "x", "file:b", "y"}, 400, "form.duplicate_part"},
		{"with a file and a link", []string{"file:a", "x", "url", "https://a.example"}, 400, "verify.input"},
		{"with an unknown part", []string{"file:a", "x", "trust", "me"}, 400, "json.member_unknown"},
		{"with text that is not UTF-8", []string{"credential", "\xff"}, 400, "text.utf8"},
		{"with too much", []string{"file:a", strings.Repeat("x", limits.RequestBytes+1)}, 413, "limits.request"},
	} {
		media, body := form(t, tt.parts...)
		w := post(engine(&recorder{}), media, body)
		var got problem.Document
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || got.Code != tt.code {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	media, body := form(t, "file:a", "xxxxxxxx")
	if w := post(engine(&recorder{}), media, body[:len(body)-20]); w.Code != http.StatusBadRequest {
		t.Errorf("cut off: %d", w.Code)
	}
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprint("p", i), "x")
	}
	media, body = form(t, many...)
	if w := post(engine(&recorder{}), media, body); w.Code != http.StatusBadRequest {
		t.Errorf("20 parts: %d", w.Code)
	}
}

func TestABodyCutByTheServerIsTooLarge(t *testing.T) {
	e := engine(&recorder{})
	req := httptest.NewRequest(http.MethodPost, api.Path, strings.NewReader(`{"credential":"xxxxxxxxxxxxxxxx"}`))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	req.Body = http.MaxBytesReader(w, req.Body, 10)
	e.ServeHTTP(w, req)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestTheZeroConfigSaysThatItKnowsNothing(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	api.New(api.Config{}).Register(e, nil)
	w := post(e, "application/json", []byte(`{"credential":"x"}`))
	var got verifier.Result
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Verdict != verifier.Undecided || len(got.Checks) != len(verifier.CheckIDs()) {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
}

func TestTheOperationJoinsTheDocument(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	doc := &huma.OpenAPI{OpenAPI: "3.1.0", Info: &huma.Info{Title: "t", Version: "1"}, Components: &huma.Components{
		Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
	}}
	api.New(api.Config{}).Register(gin.New(), doc)
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"/api/v1/verify"`, `"oneOf"`, `"multipart/form-data"`, `"verdict"`, `"operationId":"verify"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing", want)
		}
	}
	op := doc.Paths[api.Path].Post
	if len(op.Security) != 0 {
		t.Error("a token is asked for")
	}
	request, ok := op.RequestBody.Content["application/json"].Example.(json.RawMessage)
	if !ok {
		t.Fatal("no example")
	}
	if w := post(engine(&recorder{}), "application/json", request); w.Code != http.StatusOK {
		t.Errorf("the example: %d %s", w.Code, w.Body)
	}
	var result verifier.Result
	if err := json.Unmarshal(op.Responses["200"].Content["application/json"].Example.(json.RawMessage), &result); err != nil {
		t.Errorf("the example of the answer: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(`{"credential":"a.b.c"}`))
	f.Add([]byte(`{"credential":{"a":[1,2]},"at":"2026-01-31T09:00:00Z"}`))
	f.Add([]byte(`{"file":"eA=="}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := &recorder{}
		w := post(engine(r), "application/json", body)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%q: %d", body, w.Code)
		}
		if w.Code == http.StatusOK && (r.calls != 1 || !json.Valid(body)) {
			t.Errorf("%q is taken", body)
		}
		if r.calls == 1 && (r.in.Text != "") == (r.in.URL != "" || r.in.File != nil) {
			t.Errorf("%q: not exactly one input: %+v", body, r.in)
		}
	})
}

func ExampleAPI_Register() {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	api.New(api.Config{}).Register(e, nil)
	w := post(e, "application/json", []byte(`{}`))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 400 application/problem+json
}
