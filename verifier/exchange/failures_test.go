package exchange_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/exchange"
	"github.com/openlaurel/laurel/verifier/request"
)

// one is the questions with one question, and what comes of it.
type one struct {
	found, kept error
	answered    int
}

func (o *one) ForWallet(context.Context, string) (request.Request, error) {
	return request.Request{ID: "r", Order: order(), State: request.Open}, o.found
}

func (o *one) Answer(context.Context, request.Request, request.Answer) (request.Receipt, error) {
	o.answered++
	return request.Receipt{Verdict: verifier.Valid}, o.kept
}

// TestAStepThatFails is told as what it is.
func TestAStepThatFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	over := fault.New(fault.Invalid, nil, "this request has run out").Code("request.expired")
	const presented = `{"verifiablePresentation":{"type":["VerifiablePresentation"]}}`
	for _, row := range []struct {
		name     string
		one      one
		body     string
		status   int
		says     string
		answered int
	}{
		{"an answer", one{}, presented, 200, "{}", 1},
		{"a question", one{}, "{}", 200, "verifiablePresentationRequest", 0},
		{"a message that is none", one{}, "[]", 400, "json.type", 0},
		{"a message that is too large", one{}, "{" + strings.Repeat(" ", limits.CredentialBytes) + "}", 400, "limits.request", 0},
		{"a presentation twice", one{}, `{"verifiablePresentation":{},"verifiablePresentation":{}}`, 400, "json.duplicate_member", 0},
		{"a request that is over", one{found: over}, presented, 400, "request.expired", 0},
		{"a request that cannot be read", one{found: broken}, "{}", 500, "", 0},
		{"an answer that comes too late", one{kept: over}, presented, 400, "request.expired", 1},
		{"an answer that cannot be kept", one{kept: broken}, presented, 500, "", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			gin.SetMode(gin.TestMode)
			e := gin.New()
			exchange.New(exchange.Config{BaseURL: base, Requests: &row.one}).Register(e)
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, exchange.Path+"/r", strings.NewReader(row.body)))
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.says) || strings.Contains(w.Body.String(), "disk") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if row.one.answered != row.answered {
				t.Errorf("answered %d times", row.one.answered)
			}
		})
	}
}
