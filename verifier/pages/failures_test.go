package pages_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/verifier/request"
)

var errBroken = errors.New("the disk is gone")

// asking is the questions, and how wallets are asked, with steps that fail.
type asking struct {
	may, create, see, erase, found, link, protocols error
	created                                         int
	state                                           request.State
	outcome                                         *request.Outcome
}

func (a *asking) Erase(context.Context, string, string) error { return a.erase }

func (a *asking) Create(context.Context, request.Order, request.Asker) (request.Request, string, error) {
	a.created++
	return request.Request{ID: "r"}, "secret", a.create
}

func (a *asking) See(context.Context, string, string, string) (request.View, error) {
	return request.View{Request: request.Request{ID: "r", State: a.state}, Outcome: a.outcome}, a.see
}

func (a *asking) ForWallet(context.Context, string) (request.Request, error) {
	return request.Request{ID: "r"}, a.found
}

func (*asking) Preferred(context.Context) request.Client { return request.RedirectURI }

func (*asking) Usable(context.Context, request.Order) error { return nil }

func (a *asking) Link(context.Context, request.Request, request.Flow) (string, error) {
	return "openid4vp://?x=1", a.link
}

func (a *asking) Protocols(context.Context, request.Request) (map[string]string, error) {
	return map[string]string{"vcapi": "https://clinic.example/x"}, a.protocols
}

func (*asking) ByBrowser(request.Request) bool { return true }

func (a *asking) BrowserRequests(context.Context, request.Request) ([]request.BrowserRequest, error) {
	return []request.BrowserRequest{{Protocol: "openid4vp-v1-unsigned"}}, a.link
}

func (a *asking) BrowserAnswer(context.Context, request.Request, []byte) (request.Receipt, error) {
	return request.Receipt{}, a.link
}

// TestPagesOfARequestThatFail: each step that fails has its own answer, never a page that looks like success, and no secret.
func TestPagesOfARequestThatFail(t *testing.T) {
	forbidden := fault.New(fault.Forbidden, nil, "another session").Code("request.session")
	over := fault.New(fault.Invalid, nil, "it was answered").Code("request.answered")
	form := url.Values{"asker": {"Clinic"}, "purpose": {"Application"}}.Encode()
	const get, post = http.MethodGet, http.MethodPost
	for _, row := range []struct {
		name, method, path string
		asking             asking
		status             int
		created            int
	}{
		{"the form", get, "/request", asking{}, 200, 0},
		{"the form, for who may not ask", get, "/request", asking{may: forbidden}, 403, 0},
		{"a request", post, "/request", asking{}, 303, 1},
		{"a request by who may not ask", post, "/request", asking{may: forbidden}, 403, 0},
		{"a request that cannot be kept", post, "/request", asking{create: errBroken}, 500, 1},
		{"the page that waits", get, "/request/r", asking{state: request.Open}, 200, 0},
		{"the page that waits, in another session", get, "/request/r", asking{see: forbidden}, 403, 0},
		{"the page that waits, without the store", get, "/request/r", asking{see: errBroken}, 500, 0},
		{"the code, in a browser", get, "/request/r?iuv=1", asking{see: forbidden}, 200, 0},
		{"the code, in a browser, when it is over", get, "/request/r?iuv=1", asking{see: forbidden, found: over}, 410, 0},
		{"the code, in a browser, without a link", get, "/request/r?iuv=1", asking{see: forbidden, link: errBroken}, 500, 0},
		{"the code, in a wallet", get, "/request/r?iuv=1 json", asking{}, 200, 0},
		{"the code, in a wallet, when it is over", get, "/request/r?iuv=1 json", asking{found: over}, 400, 0},
		{"the code, in a wallet, without links", get, "/request/r?iuv=1 json", asking{protocols: errBroken}, 500, 0},
		{"the way to the wallet", get, "/request/r/open", asking{state: request.Open}, 303, 0},
		{"the way to the wallet, when it is over", get, "/request/r/open", asking{state: request.Answered}, 410, 0},
		{"the way to the wallet, in another session", get, "/request/r/open", asking{see: forbidden}, 403, 0},
		{"the way to the wallet, without a link", get, "/request/r/open", asking{state: request.Open, link: errBroken}, 500, 0},
		{"the picture", get, "/request/r/qr.svg", asking{state: request.Open}, 200, 0},
		{"the picture, when it is over", get, "/request/r/qr.svg", asking{state: request.Answered}, 410, 0},
		{"the picture, without a link", get, "/request/r/qr.svg", asking{state: request.Open, link: errBroken}, 500, 0},
		{"the request for the browser", get, "/request/r/credential", asking{state: request.Open}, 200, 0},
		{"the request for the browser, when it is over", get, "/request/r/credential", asking{state: request.Answered}, 410, 0},
		{"the request for the browser, without a key", get, "/request/r/credential", asking{state: request.Open, link: errBroken}, 500, 0},
		{"the events", get, "/request/r/events", asking{state: request.Answered}, 200, 0},
		{"the events, in another session", get, "/request/r/events", asking{see: forbidden}, 403, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			gin.SetMode(gin.TestMode)
			e := gin.New()
			pages.New(pages.Config{
				Checker: &checker{}, Requests: &row.asking, Wallets: &row.asking, Asker: func(*gin.Context) (request.Asker, error) { return request.Asker{}, row.asking.may },
			}).Register(e)
			path, json := strings.CutSuffix(row.path, " json")
			r := httptest.NewRequest(row.method, path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", "text/html")
			if json {
				r.Header.Set("Accept", "application/json")
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != row.status || row.asking.created != row.created {
				t.Errorf("%d, made %d: %.300s", w.Code, row.asking.created, w.Body)
			}
			if strings.Contains(w.Body.String(), "disk") || w.Code >= 400 && (strings.Contains(w.Body.String(), "openid4vp:") || w.Header().Get("Set-Cookie") != "") {
				t.Errorf("the visitor is told %v %s", w.Header(), w.Body)
			}
		})
	}
}

// TestOneWordForAnAnswer: what is wrong with the badge is the word for the whole only when nothing is wrong with the presentation of it.
func TestOneWordForAnAnswer(t *testing.T) {
	title := func(presented verifier.Outcome) string {
		revoked := verifier.Result{Verdict: verifier.Invalid, Checks: []verifier.Check{{ID: verifier.CheckStatus, Outcome: verifier.Fail, Code: "status.revoked"}}}
		whole := verifier.Result{Verdict: verifier.Invalid, Checks: []verifier.Check{{ID: verifier.CheckProof, Outcome: presented, Code: "proof.ok"}},
			Presentation: &verifier.Presentation{Credentials: 1}, Nested: []verifier.Nested{{Kind: verifier.NestedPresented, Result: revoked}}}
		a := &asking{state: request.Answered, outcome: &request.Outcome{Verdict: verifier.Invalid, Result: &whole}}
		e := gin.New()
		pages.New(pages.Config{Checker: &checker{}, Requests: a, Wallets: a}).Register(e)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/request/r", nil))
		_, rest, _ := strings.Cut(w.Body.String(), "<title>")
		text, _, found := strings.Cut(rest, "</title>")
		if w.Code != http.StatusOK || !found {
			t.Fatalf("%d %.200s", w.Code, w.Body)
		}
		return text
	}
	if good, bad := title(verifier.Pass), title(verifier.Fail); good == bad || !strings.Contains(strings.ToLower(good), "revoked") || strings.Contains(strings.ToLower(bad), "revoked") {
		t.Errorf("%q when only the badge is revoked, %q when the presentation does not hold either", good, bad)
	}
}

// TestAFileThatIsLost between its arrival and its reading is not taken for one that was never sent.
func TestAFileThatIsLost(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	f, err := m.CreateFormFile("file", "badge.png")
	if err == nil {
		_, err = f.Write([]byte("x"))
	}
	if err = errors.Join(err, m.WriteField("text", "eyJ.e30.AA"), m.Close()); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		lose   bool
		status int
	}{"kept": {false, 422}, "lost": {true, 400}} { // text and file are one too many
		c := &checker{}
		r := httptest.NewRequest(http.MethodPost, "/verify", bytes.NewReader(body.Bytes()))
		r.Header.Set("Content-Type", m.FormDataContentType())
		if err := r.ParseMultipartForm(0); err != nil { // nothing stays in memory
			t.Fatal(err)
		}
		if row.lose {
			if err := r.MultipartForm.RemoveAll(); err != nil {
				t.Fatal(err)
			}
		}
		w := httptest.NewRecorder()
		router(c).ServeHTTP(w, r)
		if w.Code != row.status || len(c.inputs) != 0 {
			t.Errorf("%s: %d, %d checked", name, w.Code, len(c.inputs))
		}
	}
	if files, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(files) > 1 {
		t.Errorf("%d files left, %v", len(files), err)
	}
}
