package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/api"
	"github.com/openlaurel/laurel/verifier/request"
)

var errBroken = errors.New("the disk is gone")

// asking is the questions, and how wallets are asked, with steps that fail.
type asking struct {
	may, usable, create, link, see error
	created                        int
}

func (a *asking) Create(context.Context, request.Order) (request.Request, string, error) {
	a.created++
	return request.Request{ID: "r", State: request.Open}, "secret", a.create
}

func (a *asking) See(context.Context, string, string, string) (request.View, error) {
	return request.View{Request: request.Request{ID: "r", State: request.Open}}, a.see
}

func (*asking) Preferred(context.Context) request.Client { return request.RedirectURI }

func (a *asking) Usable(context.Context, request.Order) error { return a.usable }

func (a *asking) Link(context.Context, request.Request, request.Flow) (string, error) {
	return "openid4vp://?x=1", a.link
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
		{"by somebody who may not ask", asking{may: refused}, http.MethodPost, strings.NewReader(good), 403, "ask.forbidden", 0},
		{"that breaks off", asking{}, http.MethodPost, cut{strings.NewReader(good)}, 400, "request.cut", 0},
		{"that is no JSON", asking{}, http.MethodPost, strings.NewReader("{"), 400, "json.syntax", 0},
		{"of a kind that cannot be made here", asking{usable: unusable}, http.MethodPost, strings.NewReader(good), 400, "request.client", 0},
		{"that cannot be kept", asking{create: errBroken}, http.MethodPost, strings.NewReader(good), 500, "", 1},
		{"without a link", asking{link: errBroken}, http.MethodPost, strings.NewReader(good), 500, "", 1},
		{"that is looked at", asking{}, http.MethodGet, nil, 200, "openid4vp://", 0},
		{"that is looked at by another session", asking{see: refused}, http.MethodGet, nil, 403, "ask.forbidden", 0},
		{"that is looked at, without a link", asking{link: errBroken}, http.MethodGet, nil, 500, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			gin.SetMode(gin.ReleaseMode)
			e := gin.New()
			api.New(api.Config{
				Checker: &recorder{}, Counter: &recorder{}, Logger: slog.New(slog.DiscardHandler), Requests: &row.asking, Wallets: &row.asking,
				MayAsk: func(context.Context, string) error { return row.asking.may },
			}).Register(e, nil)
			path := api.RequestsPath
			if row.method == http.MethodGet {
				path += "/r"
			}
			r := httptest.NewRequest(row.method, path, row.body)
			r.Header.Set("Content-Type", "application/json")
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
