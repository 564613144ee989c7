package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/api"
	"github.com/openlaurel/laurel/verifier/receipt"
)

// keeper keeps what it was asked to make a receipt of.
type keeper struct {
	details []receipt.Detail
	policy  verifier.Policy
}

func (k *keeper) Make(_ context.Context, r verifier.Result, p verifier.Policy, d receipt.Detail) (receipt.Saved, error) {
	if r.Form == "none" {
		return receipt.Saved{}, fault.New(fault.Invalid, nil, "nothing").Code("receipt.nothing")
	}
	k.details, k.policy = append(k.details, d), p
	return receipt.Saved{Code: "code", JWS: []byte("a.b.c"), ExpiresAt: time.Unix(1_800_000_000, 0).UTC()}, nil
}

func TestACheckEndsInAReceipt(t *testing.T) {
	k, r := &keeper{}, &recorder{}
	e := gin.New()
	api.New(api.Config{Checker: r, Counter: r, Receipts: k, BaseURL: "https://a.example", Logger: slog.New(slog.DiscardHandler)}).Register(e, nil)
	ask := func(query, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodPost, api.ReceiptsPath+query, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, req)
		return w
	}
	for query, want := range map[string]receipt.Detail{"": receipt.Plain, "?detail=plain": receipt.Plain, "?detail=names": receipt.Names} {
		k.details = nil
		w := ask(query, `{"credential":"a.b.c","recipient":"a@b.example"}`)
		var got api.NewReceipt
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusCreated || got.URL != "https://a.example/receipts/code" || got.Receipt != "a.b.c" ||
			got.Result.Verdict != verifier.Invalid || w.Header().Get("Location") != got.URL || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %d %s %v", query, w.Code, w.Body, err)
		}
		if len(k.details) != 1 || k.details[0] != want || k.policy.Recipient != "a@b.example" {
			t.Errorf("%q: %+v", query, k)
		}
	}
	k.details = nil
	for _, bad := range []struct{ query, body string }{{"?detail=all", `{"credential":"x"}`}, {"", `{}`}, {"", `{"credential":"x","detail":"names"}`}, {"", `no`}} {
		if w := ask(bad.query, bad.body); w.Code < 400 || w.Code >= 500 || len(k.details) > 0 {
			t.Errorf("%v: %d, %d made", bad, w.Code, len(k.details))
		}
	}
}
