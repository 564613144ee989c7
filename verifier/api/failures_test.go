package api_test

import (
	"bytes"
	"context"
	encoding "encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/api"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/request"
)

var errBroken = errors.New("the disk is gone")

// asking is the questions, and how wallets are asked, with steps that fail.
type asking struct {
	may, usable, create, link, see, erase error
	created                               int
}

func (a *asking) Erase(context.Context, string, string) error { return a.erase }

func (a *asking) Create(_ context.Context, o request.Order, _ request.Asker) (request.Request, string, error) {
	a.created++
	return request.Request{ID: "r", State: request.Open, Order: o}, "secret", a.create
}

func (a *asking) See(context.Context, string, string, string) (request.View, error) {
	return request.View{Request: request.Request{ID: "r", State: request.Open}}, a.see
}

func (*asking) Preferred(context.Context) request.Client { return request.RedirectURI }

func (a *asking) Usable(context.Context, request.Order) error { return a.usable }

func (a *asking) Link(_ context.Context, _ request.Request, f request.Flow) (string, error) {
	return "openid4vp://?flow=" + string(f), a.link
}

// cut is a body whose connection breaks when it is read to its end.
type cut struct{ io.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestWhereABodyIsWrong: what is refused in a body is told with its place, and nothing was checked.
func TestWhereABodyIsWrong(t *testing.T) {
	many := "{"
	for i := range 40 {
		many += fmt.Sprintf(`"m%d":"x",`, i)
	}
	r := &recorder{}
	e := gin.New()
	api.New(api.Config{Checker: r, Counter: r, Receipts: &keeper{}, Logger: slog.New(slog.DiscardHandler)}).Register(e, nil)
	media, two := form(t, "policy", "default", "credential", "a.b.c")
	cutIn := bytes.LastIndex(two, []byte("Content-Disposition")) + 4 // in the head of the second part
	maybe, odd := form(t, "credential", "a.b.c", "refresh", "maybe")
	const json = "application/json"
	for _, row := range []struct {
		name, path, media, body string
		status                  int
		code, at                string
	}{
		{"no value", api.Path, json, `{"credential":}`, 400, "json.syntax", "/credential"},
		{"half a text", api.Path, json, `{"credential":"\ud800"}`, 400, "json.syntax", "/credential"},
		{"no end", api.Path, json, `{"credential":"x"`, 400, "json.syntax", "/credential"},
		{"more after the end", api.Path, json, `{"credential":"x"}}`, 400, "json.trailing", ""},
		{"no object", api.Path, json, `["x"]`, 400, "json.type", ""},
		{"too many members", api.Path, json, many, 400, "json.member_unknown", "/m8"},
		{"a form that breaks off between two parts", api.Path, media, string(two[:cutIn]), 400, "request.cut", ""},
		{"neither true nor false", api.Path, maybe, string(odd), 400, "verify.refresh", "/refresh"},
		{"no object, for a receipt", api.ReceiptsPath, json, `["x"]`, 400, "json.type", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodPost, row.path, strings.NewReader(row.body))
			req.Header.Set("Content-Type", row.media)
			w := httptest.NewRecorder()
			e.ServeHTTP(w, req)
			var got problem.Document
			if err := encoding.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != row.status || got.Code != row.code || got.Pointer != row.at || r.calls != 0 {
				t.Errorf("%d %s, checked %d times", w.Code, w.Body, r.calls)
			}
		})
	}
}

// full is a place for receipts that has none left.
type full struct{}

func (full) Make(context.Context, verifier.Result, verifier.Policy, receipt.Detail) (receipt.Saved, error) {
	return receipt.Saved{}, fault.New(fault.Unavailable, errBroken, "no more receipts are kept").Code("receipt.full")
}

// TestAReceiptThatIsNotKept: there is no receipt without the place where it stands.
func TestAReceiptThatIsNotKept(t *testing.T) {
	r := &recorder{}
	e := gin.New()
	api.New(api.Config{Checker: r, Counter: r, Receipts: full{}, Logger: slog.New(slog.DiscardHandler)}).Register(e, nil)
	req := httptest.NewRequest(http.MethodPost, api.ReceiptsPath, strings.NewReader(`{"credential":"a.b.c"}`))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, req)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "receipt.full") || w.Header().Get("Location") != "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestARequestThatCannotBeMadeOrSeen: each step that fails is told as what it is, and nothing is made before all that could be
// wrong was looked at.
func TestARequestThatCannotBeMadeOrSeen(t *testing.T) {
	const good = `{"asker":"Clinic","purpose":"Application"}`
	refused := fault.New(fault.Forbidden, nil, "not you").Code("ask.forbidden")
	unusable := fault.New(fault.Invalid, nil, "no key").Code("request.client")
	for _, row := range []struct {
		name    string
		asking  asking
		method  string
		body    io.Reader
		status  int
		says    string
		created int
	}{
		{"a request", asking{}, http.MethodPost, strings.NewReader(good), 201, "openid4vp://", 1},
		{"a request with a way back", asking{}, http.MethodPost, strings.NewReader(`{"asker":"A","purpose":"B","return_to":"https://a.example/"}`), 201,
			`"same_device":"openid4vp://?flow=s"`, 1},
		{"by somebody who may not ask", asking{may: refused}, http.MethodPost, strings.NewReader(good), 403, "ask.forbidden", 0},
		{"that breaks off", asking{}, http.MethodPost, cut{strings.NewReader(good)}, 400, "request.cut", 0},
		{"as text", asking{}, http.MethodPost, strings.NewReader(good), 415, "request.media_type", 0},
		{"that is no JSON", asking{}, http.MethodPost, strings.NewReader("{"), 400, "json.syntax", 0},
		{"of a kind that cannot be made here", asking{usable: unusable}, http.MethodPost, strings.NewReader(good), 400, "request.client", 0},
		{"that cannot be kept", asking{create: errBroken}, http.MethodPost, strings.NewReader(good), 500, "", 1},
		{"without a link", asking{link: errBroken}, http.MethodPost, strings.NewReader(good), 500, "", 1},
		{"that is looked at", asking{}, http.MethodGet, nil, 200, "openid4vp://", 0},
		{"that is looked at by another session", asking{see: refused}, http.MethodGet, nil, 403, "ask.forbidden", 0},
		{"that is looked at, without a link", asking{link: errBroken}, http.MethodGet, nil, 500, "", 0},
		{"that is erased", asking{}, http.MethodDelete, nil, 204, "", 0},
		{"that is erased by another session", asking{erase: refused}, http.MethodDelete, nil, 403, "ask.forbidden", 0},
		{"that cannot be erased", asking{erase: errBroken}, http.MethodDelete, nil, 500, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			gin.SetMode(gin.ReleaseMode)
			e := gin.New()
			api.New(api.Config{
				Checker: &recorder{}, Counter: &recorder{}, Logger: slog.New(slog.DiscardHandler), Requests: &row.asking, Wallets: &row.asking,
				Asker: func(*gin.Context) (request.Asker, error) { return request.Asker{}, row.asking.may },
			}).Register(e, nil)
			path, media := api.RequestsPath, "application/json"
			if row.says == "request.media_type" {
				media = "text/plain"
			}
			if row.method != http.MethodPost {
				path += "/r"
			}
			r := httptest.NewRequest(row.method, path, row.body)
			r.Header.Set("Content-Type", media)
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.says) || row.asking.created != row.created {
				t.Errorf("%d %s, made %d", w.Code, w.Body, row.asking.created)
			}
			if strings.Contains(w.Body.String(), "disk") || row.status >= 400 && strings.Contains(w.Body.String(), "secret") {
				t.Errorf("the caller is told %s", w.Body)
			}
		})
	}
}
