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
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/web/webtest"
)

// sorter judges by the content of a file: its verdict is its first word.
type sorter struct {
	mu     sync.Mutex
	seen   []pages.Input
	broken error
}

func (s *sorter) Check(_ context.Context, in pages.Input) (verifier.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, in)
	r := verifier.Result{Verdict: verifier.Verdict(bytes.TrimSpace(in.File)), CheckedAt: time.Unix(1_800_000_000, 0)}
	outcome := map[verifier.Verdict]verifier.Outcome{verifier.Valid: verifier.Pass, verifier.Undecided: verifier.Unknown}[r.Verdict]
	if outcome == "" {
		r.Verdict, outcome = verifier.Invalid, verifier.Fail
	}
	r.Issuer = &verifier.Issuer{Domain: in.FileName + ".example"}
	r.Achievement = &verifier.Achievement{AchievementText: verifier.AchievementText{Name: "Course " + in.FileName}}
	r.Checks = []verifier.Check{{ID: verifier.CheckForm, Outcome: verifier.Pass, Code: "form.ob-jwt"}, {ID: verifier.CheckProof, Outcome: outcome, Code: "proof." + string(outcome)}}
	return r, s.broken
}

// hand sends files, each under its name, and fields.
func hand(t *testing.T, c pages.Checker, fields map[string]string, files ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	var errs []error
	for k, v := range fields {
		errs = append(errs, m.WriteField(k, v))
	}
	for i, content := range files {
		f, err := m.CreateFormFile("file", fmt.Sprintf("f%d", i))
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, m.Close())...); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Accept", "text/html")
	rec := httptest.NewRecorder()
	router(c).ServeHTTP(rec, r)
	return rec
}

func TestManyFilesAreATable(t *testing.T) {
	s := &sorter{}
	rec := hand(t, s, map[string]string{"recipient": "a@b.example", "refresh": "on"}, "valid", "invalid", "undecided", "", strings.Repeat("x", limits.ImageBytes+9))
	body := rec.Body.String()
	if rec.Code != http.StatusOK || len(s.seen) != 5 {
		t.Fatalf("%d, %d checks", rec.Code, len(s.seen))
	}
	for _, want := range []string{
		"f0.example", "Course f1", "Valid: 1", "Undecided: 1", "Not valid: 3", `id="file-5"`, `href="#file-5"`, "5 files",
		"This badge is valid", "We cannot say whether this badge is valid", "This badge is not valid",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Count(body, "<tr data-tone") != 5 {
		t.Errorf("%d rows", strings.Count(body, "<tr data-tone"))
	}
	for i := range 5 {
		if a, b := strings.Index(body, fmt.Sprintf("<bdi>f%d</bdi>", i)), strings.Index(body, fmt.Sprintf("<bdi>f%d</bdi>", i+1)); i < 4 && a > b {
			t.Errorf("row %d comes after the next", i)
		}
	}
	for _, in := range s.seen {
		if in.Recipient != "a@b.example" || !in.Refresh || in.Text != "" || in.URL != "" || in.File == nil {
			t.Errorf("%+v", in.FileName)
		}
		if len(in.File) > limits.ImageBytes+1 {
			t.Errorf("%d bytes were passed on", len(in.File))
		}
	}
	webtest.HTML(t, i18n.English, rec.Body.Bytes())
}

func TestOneOfManyThatAScriptSendsIsARowOfItsNumber(t *testing.T) {
	rec := hand(t, &sorter{}, map[string]string{"number": "7"}, "valid")
	if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, `id="file-7"`) || strings.Count(body, "<tr data-tone") != 1 {
		t.Errorf("%d %.300s", rec.Code, body)
	}
	for _, number := range []string{"0", "-1", "21", "x", "7x"} {
		if rec := hand(t, &sorter{}, map[string]string{"number": number}, "valid"); strings.Contains(rec.Body.String(), "data-rows") {
			t.Errorf("number %s made a table", number)
		}
	}
}

func TestTheBoundsOfManyFilesAreKept(t *testing.T) {
	atMost := make([]string, limits.VerifyFiles)
	for i := range atMost {
		atMost[i] = "valid"
	}
	large := strings.Repeat("x", limits.ImageBytes)
	for name, row := range map[string]struct {
		fields map[string]string
		files  []string
		status int
		text   string
		checks int
	}{
		"as many as allowed":           {nil, atMost, http.StatusOK, "20 files", limits.VerifyFiles},
		"one more":                     {nil, append(atMost, "valid"), http.StatusRequestEntityTooLarge, "at most <bdi>20</bdi> files", 0},
		"more bytes than allowed":      {nil, []string{large, large, large, large, large, large, large}, http.StatusRequestEntityTooLarge, "too large", 0},
		"files and a text":             {map[string]string{"text": "x"}, []string{"valid", "valid"}, http.StatusUnprocessableEntity, "one thing at a time", 0},
		"files and a day that is none": {map[string]string{"at": "soon"}, []string{"valid", "valid"}, http.StatusUnprocessableEntity, "not a date", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sorter{}
			rec := hand(t, s, row.fields, row.files...)
			if rec.Code != row.status || !strings.Contains(rec.Body.String(), row.text) || len(s.seen) != row.checks {
				t.Errorf("%d, %d checks, %.400s", rec.Code, len(s.seen), rec.Body)
			}
		})
	}
}

func TestOurFaultOnOneOfManyIsAnErrorPage(t *testing.T) {
	if rec := hand(t, &sorter{broken: errors.New("disk")}, nil, "valid", "valid"); rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "disk") {
		t.Errorf("%d", rec.Code)
	}
}

func TestANewerEditionIsAskedForOnlyOnRequest(t *testing.T) {
	offered := verifier.Result{Verdict: verifier.Valid, Refresh: &verifier.Refresh{Judged: verifier.CopyPresented, Code: verifier.RefreshNotAsked, URL: "https://a.example/r"}}
	c := &checker{result: offered}
	rec := send(t, router(c), map[string]string{"url": "https://a.example/c/1", "at": "2026-01-31"}, nil)
	body := rec.Body.String()
	for _, want := range []string{`name="refresh" value="on"`, `name="url" value="https://a.example/c/1"`, `name="at" value="2026-01-31"`, "may keep a newer edition"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if c.inputs[0].Refresh {
		t.Error("asked for unasked")
	}
	if rec := send(t, router(c), map[string]string{"refresh": "on"}, []byte("x")); !c.inputs[1].Refresh || strings.Contains(rec.Body.String(), `name="file" value`) {
		t.Errorf("%+v", c.inputs[1].Refresh)
	}
	c.result.Refresh.Code = "refresh.newer"
	if rec := send(t, router(c), map[string]string{"text": "x", "refresh": "on"}, nil); !strings.Contains(rec.Body.String(), "keeps a newer edition of the badge. That one was judged") ||
		strings.Contains(rec.Body.String(), `name="refresh" value="on"`) {
		t.Error(rec.Body.String())
	}
}
