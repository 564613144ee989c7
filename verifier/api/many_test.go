package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/api"
)

// several answers by what it is given; many are checked in the same moment.
type several struct{}

func (several) Check(_ context.Context, in verifier.Input, p verifier.Policy) verifier.Result {
	said := in.Text + in.URL + string(in.File)
	r := verifier.Result{Verdict: verifier.Undecided, Form: "unknown", ID: said + "|" + in.FileName + "|" + p.Recipient}
	for _, v := range []verifier.Verdict{verifier.Valid, verifier.Invalid} {
		if strings.HasPrefix(said, string(v)) {
			r.Verdict = v
		}
	}
	return r
}

func manyOf(media string, body []byte) *httptest.ResponseRecorder {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	api.New(api.Config{Checker: several{}, Logger: slog.New(slog.DiscardHandler)}).Register(e, nil)
	req := httptest.NewRequest(http.MethodPost, api.ManyPath, bytes.NewReader(body))
	req.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, req)
	return w
}

func readMany(t *testing.T, w *httptest.ResponseRecorder) (m verifier.Many, rows []string) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &m); w.Code != http.StatusOK || err != nil {
		t.Fatalf("%d %.300s, %v", w.Code, w.Body, err)
	}
	for _, it := range m.Items {
		rows = append(rows, it.Input+": "+it.Result.ID+" "+string(it.Result.Verdict))
	}
	return m, rows
}

func TestManyAreAnsweredInTheirOrder(t *testing.T) {
	m, rows := readMany(t, manyOf("application/json", []byte(`{"recipient":"a@e.org","items":[{"credential":"valid one"},
		{"url":"https://a.example/c/1"},{"name":"x.png","file":"aW52YWxpZA=="},{"credential":{"a":1,"a":2},"name":null}]}`)))
	want := []string{"1: valid one||a@e.org valid", "https://a.example/c/1: https://a.example/c/1||a@e.org undecided", "x.png: invalid|x.png|a@e.org invalid",
		`4: {"a":1,"a":2}||a@e.org undecided`}
	if d := cmp.Diff(want, rows); d != "" {
		t.Error(d)
	}
	if m.Valid != 1 || m.Invalid != 1 || m.Undecided != 2 {
		t.Errorf("%+v", m)
	}
}

func TestManyFilesOfAForm(t *testing.T) {
	form := func(n int, more ...string) (media string, body []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for i := range n {
			part, err := w.CreateFormFile("file", fmt.Sprintf("f%d.jwt", i))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Fprintf(part, "valid %d", i)
		}
		for i := 0; i < len(more); i += 2 {
			_ = w.WriteField(more[i], more[i+1])
		}
		_ = w.Close()
		return w.FormDataContentType(), b.Bytes()
	}
	m, rows := readMany(t, manyOf(form(limits.VerifyFiles, "recipient", "a@e.org")))
	if m.Valid != limits.VerifyFiles || rows[3] != "f3.jwt: valid 3|f3.jwt|a@e.org valid" {
		t.Errorf("%+v", rows)
	}
	for name, row := range map[string]struct {
		n    int
		more []string
		code string
	}{
		"one more than allowed":      {limits.VerifyFiles + 1, nil, "limits.verify_files"},
		"no file":                    {0, []string{"recipient", "a"}, "verify.input"},
		"a text beside the files":    {1, []string{"credential", "x"}, "form.duplicate_part"},
		"an option twice":            {1, []string{"policy", "default", "policy", "default"}, "form.duplicate_part"},
		"a part that there is not":   {1, []string{"colour", "x"}, "json.member_unknown"},
		"a policy that there is not": {1, []string{"policy", "lax"}, ""},
	} {
		if w := manyOf(form(row.n, row.more...)); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), row.code) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestOfManyOnlyWhatIsNoRequestIsRefused(t *testing.T) {
	tooMany := `{"items":[` + strings.TrimSuffix(strings.Repeat(`{"credential":"x"},`, limits.VerifyFiles+1), ",") + `]}`
	for body, want := range map[string]string{
		`{"items":[]}`:                      "verify.input",
		`{}`:                                "verify.input",
		`{"items":{}}`:                      "json.type",
		`{"items":["x"]}`:                   `"pointer":"/items/0"`,
		`{"items":[{"credential":"x"},{}]}`: `"pointer":"/items/1"`,
		`{"items":[{"credential":"x","url":"y"}]}`:           "verify.input",
		`{"items":[{"credential":"x"},{"file":"?"}]}`:        `"pointer":"/items/1/file"`,
		`{"items":[{"credential":"x","policy":"default"}]}`:  "json.member_unknown",
		`{"items":[{"credential":"x","name":7}]}`:            "json.type",
		`{"items":[{"credential":"x"}],"credential":"y"}`:    "json.member_unknown",
		`{"items":[{"credential":"x"}],"items":[]}`:          "json.duplicate_member",
		`{"items":[{"credential":"x"}],"at":"yesterday"}`:    "time.syntax",
		`{"items":[{"credential":"x","credential":"y"}]}`:    "json.duplicate_member",
		`{"Items":[{"credential":"x"}]}`:                     "json.member_unknown",
		`{"items":[{"credential":"x"}]} {}`:                  "json.trailing",
		`{"items":[{"credential":"x"}],"refresh":"perhaps"}`: "json.type",
		tooMany: "limits.verify_files",
	} {
		if w := manyOf("application/json", []byte(body)); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%.80s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := manyOf("text/plain", []byte("x")); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text: %d", w.Code)
	}
}
