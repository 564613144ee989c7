package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/limits"
)

// public are the routes that answer somebody without credentials with more than a refusal. Whoever adds a route decides
// here whether it is one of them.
func public() []string {
	return []string{
		"GET /", "GET /healthz", "GET /readyz", "GET /metrics", "GET /static/*name",
		"GET /api", "GET /api/page.css", "GET /api/openapi.json", "POST /api/v1/verify", "GET /api/v1/checks", "GET /api/v1/checks/:code", "GET /verify", "POST /verify", "POST /api/v1/receipts", "POST /receipts", "GET /receipts/:code", "GET /sw.js", "GET /manifest.webmanifest", "GET /verify/pack.json",
		"GET /request", "POST /request", "POST /api/v1/requests",
		"GET /c/:id", "GET /c/:id/picture", "GET /b/:code", "GET /mail/stop/:award/:key", "GET /claim/:code", "GET /claim/:code/:file",
		"GET /.well-known/did.json", "GET /.well-known/did-history.json", "GET /.well-known/laurel-log.jwt", "GET /issuers/:slug/did-history.json", "GET /.well-known/jwks.json", "GET /issuers/:slug/did.json", "GET /issuers/:slug/trust-list.jwt", "GET /status/:list", "GET /status/:list/:form", "GET /status-lists/:id",
		"GET /achievements/:id", "GET /achievements/:id/:version", "GET /achievements/:id/:version/:picture",
		"GET /.well-known/openid-credential-issuer", "GET /.well-known/openid-credential-issuer/", "GET /.well-known/oauth-authorization-server",
		"GET /.well-known/oauth-authorization-server/", "POST /openid4vci/nonce",
		"GET /console/sign-in",         // a page that says how
		"GET /console/sign-in/:secret", // a page with a button; the button needs a secret that is used up by it
	}
}

// TestRoutesWithoutCredentials is W09: every route of the router is called by somebody who has nothing, and only those of
// the list above let anybody in.
func TestRoutesWithoutCredentials(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RateLimit = t.TempDir(), "http://badges.example", 0
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	routes := srv.Routes()
	if len(routes) < 40 {
		t.Fatalf("only %d routes", len(routes))
	}
	listed := public()
	for _, r := range routes {
		name := strings.Replace(r.Method+" "+r.Path, "HEAD ", "GET ", 1)
		if i := slices.Index(listed, name); i >= 0 || slices.Contains(public(), name) {
			if i >= 0 {
				listed = slices.Delete(listed, i, i+1)
			}
			continue
		}
		for _, body := range []string{"", "{}", "a=b&csrf=x"} {
			if code := call(srv.Handler(), r.Method, r.Path, body); code < 400 || code >= 500 {
				t.Errorf("%s answers %d to somebody without credentials", name, code)
			}
		}
	}
	if len(listed) > 0 {
		t.Errorf("these public routes do not exist: %s", listed)
	}
}

// call asks for a route whose parameters are filled with something that may well exist.
func call(h http.Handler, method, path, body string) int {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "*") {
			parts[i] = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
		}
	}
	r := httptest.NewRequest(method, strings.Join(parts, "/"), strings.NewReader(body))
	switch body {
	case "{}":
		r.Header.Set("Content-Type", "application/json")
	default:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestATableMayBeLargerThanOtherRequests: the console takes a table of limits.CSVBytes, as documented; every other route
// refuses as much unread.
func TestATableMayBeLargerThanOtherRequests(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL = t.TempDir(), "http://badges.example"
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/console/batch": http.StatusUnauthorized, "/console/award": http.StatusRequestEntityTooLarge} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("a=b"))
		r.ContentLength = limits.CSVBytes + 1<<10
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
}
