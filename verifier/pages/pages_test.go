package pages_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/web/webtest"
)

type checker struct {
	inputs []pages.Input
	result verifier.Result
	err    error
}

func (c *checker) Check(_ context.Context, in pages.Input) (verifier.Result, error) {
	c.inputs = append(c.inputs, in)
	return c.result, c.err
}

func router(c pages.Checker) *gin.Engine {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	pages.New(pages.Config{Checker: c}).Register(r)
	return r
}

func send(t *testing.T, h http.Handler, fields map[string]string, file []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	name := ""
	if file != nil {
		name = "badge.png"
	}
	f, err := m.CreateFormFile("file", name) // a browser sends the field also when no file was chosen
	if err == nil {
		_, err = f.Write(file)
	}
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Accept", "text/html")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func TestAGetChecksNothing(t *testing.T) {
	c := &checker{}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		rec := httptest.NewRecorder()
		router(c).ServeHTTP(rec, httptest.NewRequest(method, "/verify?url=https%3A%2F%2Fa.example%2Fc%2F1", nil))
		if rec.Code != 200 {
			t.Errorf("%s: %d", method, rec.Code)
		}
		if method == http.MethodGet && !strings.Contains(rec.Body.String(), `value="https://a.example/c/1"`) {
			t.Error("the link was not filled in")
		}
	}
	if len(c.inputs) > 0 {
		t.Error("looking must fetch nothing")
	}
}

func TestWhatIsHandedOverIsCheckedAsItIs(t *testing.T) {
	tests := []struct {
		name   string
		fields map[string]string
		file   []byte
		want   pages.Input
	}{
		{"a text, without the blanks around it", map[string]string{"text": " eyJ.e30.c2ln\n"}, nil, pages.Input{Text: "eyJ.e30.c2ln"}},
		{"a link", map[string]string{"url": "https://a.example/c/1"}, nil, pages.Input{URL: "https://a.example/c/1"}},
		{"a file", nil, []byte("\x89PNG"), pages.Input{File: []byte("\x89PNG"), FileName: "badge.png"}},
		{"an empty file", nil, []byte{}, pages.Input{File: []byte{}, FileName: "badge.png"}},
		{"whom it is about", map[string]string{"text": "x", "recipient": "a@b.example"}, nil,
			pages.Input{Text: "x", Recipient: "a@b.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &checker{result: verifier.Result{Verdict: verifier.Valid, CheckedAt: time.Unix(0, 0)}}
			rec := send(t, router(c), tt.fields, tt.file)
			if rec.Code != 200 || len(c.inputs) != 1 {
				t.Fatalf("%d, %d checks", rec.Code, len(c.inputs))
			}
			got := c.inputs[0]
			if got.Text != tt.want.Text || got.URL != tt.want.URL || !bytes.Equal(got.File, tt.want.File) ||
				(got.File == nil) != (tt.want.File == nil) ||
				got.FileName != tt.want.FileName || got.Recipient != tt.want.Recipient || got.At != nil {
				t.Errorf("%+v", got)
			}
			webtest.HTML(t, i18n.English, rec.Body.Bytes())
		})
	}
}

func TestADayMeansItsMiddle(t *testing.T) {
	c := &checker{}
	send(t, router(c), map[string]string{"text": "x", "at": "2026-01-31"}, nil)
	if want := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC); len(c.inputs) != 1 || !c.inputs[0].At.Equal(want) {
		t.Errorf("%+v", c.inputs)
	}
}

func TestAFormThatIsWrongIsSaidToBe(t *testing.T) {
	tests := []struct {
		name   string
		fields map[string]string
		file   []byte
		status int
		text   string
	}{
		{"nothing", nil, nil, 422, "Give us something to check"},
		{"two things", map[string]string{"text": "x", "url": "https://a.example"}, nil, 422, "one thing at a time"},
		{"a day that is none", map[string]string{"text": "x", "at": "tomorrow"}, nil, 422, "not a date"},
		{"a text over the limit", map[string]string{"text": strings.Repeat("x", limits.CredentialBytes+1)}, nil, 413, "too large"},
		{"a file over the limit", nil, make([]byte, limits.ImageBytes+1), 413, "too large"},
		{"a body over the limit", nil, make([]byte, limits.VerifyBytes+1), 413, "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &checker{}
			rec := send(t, router(c), tt.fields, tt.file)
			if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.text) || len(c.inputs) > 0 {
				t.Errorf("%d, %d checks, %.300s", rec.Code, len(c.inputs), rec.Body)
			}
		})
	}
}

func TestADamagedFormIsSaidToBe(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader("--x\r\nbroken"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	rec := httptest.NewRecorder()
	router(&checker{}).ServeHTTP(rec, r)
	if rec.Code != 400 || !strings.Contains(rec.Body.String(), "damaged") {
		t.Errorf("%d", rec.Code)
	}
}

func TestTheVerdictStandsInWords(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	fail := func(codes ...string) (checks []verifier.Check) {
		for i, code := range codes {
			checks = append(checks, verifier.Check{ID: verifier.CheckIDs()[i], Outcome: verifier.Fail, Code: code})
		}
		return checks
	}
	tests := []struct {
		name   string
		result verifier.Result
		want   string
	}{
		{"valid", verifier.Result{Verdict: verifier.Valid}, "This badge is valid"},
		{"undecided is never valid", verifier.Result{Verdict: verifier.Undecided}, "We cannot say"},
		{"revoked alone is named", verifier.Result{Verdict: verifier.Invalid, Checks: fail("status.revoked")}, "This badge was revoked"},
		{"expired alone is named", verifier.Result{Verdict: verifier.Invalid, Checks: fail("time.expired")}, "This badge has expired"},
		{"suspended alone is named", verifier.Result{Verdict: verifier.Invalid, Checks: fail("status.suspended")},
			"This badge is suspended"},
		{"revoked and forged is not merely revoked", verifier.Result{Verdict: verifier.Invalid,
			Checks: fail("jose.signature", "status.revoked")}, "This badge is not valid"},
		{"the wrong file is no invalid badge", verifier.Result{Verdict: verifier.Invalid, Checks: fail("intake.unsupported")},
			"No badge was found in it"},
		{"a credential that is damaged is invalid", verifier.Result{Verdict: verifier.Invalid, Checks: fail("jose.syntax")},
			"This badge is not valid"},
		{"a verdict that we do not know is not valid", verifier.Result{Verdict: "great"}, "We cannot say"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.result.CheckedAt = at
			rec := send(t, router(&checker{result: tt.result}), map[string]string{"text": "x"}, nil)
			body := rec.Body.String()
			if rec.Code != 200 || !strings.Contains(body, tt.want) || !strings.Contains(body, "24 November 2026, 09:30 UTC") {
				t.Errorf("%d %s", rec.Code, body)
			}
		})
	}
}

func TestOurOwnFaultIsAnErrorPage(t *testing.T) {
	if rec := send(t, router(&checker{err: errors.New("disk")}), map[string]string{"text": "x"}, nil); rec.Code != 500 ||
		strings.Contains(rec.Body.String(), "disk") {
		t.Errorf("%d", rec.Code)
	}
	if rec := send(t, router(nil), map[string]string{"text": "x"}, nil); rec.Code != 503 {
		t.Errorf("without a checker: %d", rec.Code)
	}
}

func ExampleFixtures() {
	f := pages.Fixtures(func(s string) string { return s })[0]
	fmt.Println(f.Page, "-", f.State)
	// Output: verify - empty
}
