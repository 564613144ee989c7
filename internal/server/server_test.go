package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/server"
	"github.com/openlaurel/laurel/web"
)

// quiet makes a server with a few routes, and the log that it writes.
func quiet(t *testing.T, c server.Config) (*server.Server, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	c.Logger = slog.New(slog.NewJSONHandler(log, nil))
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	e := s.Engine()
	e.GET("/hello/:name", func(g *gin.Context) { g.String(http.StatusOK, "hello %s", g.Param("name")) })
	e.POST("/echo", func(g *gin.Context) {
		b, err := io.ReadAll(g.Request.Body)
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			s.Fail(g, server.TooLarge(big.Limit))
			return
		}
		g.Data(http.StatusOK, "application/octet-stream", b)
	})
	e.GET("/panic", func(*gin.Context) { panic("secret detail") })
	e.GET("/deadline", func(g *gin.Context) {
		_, ok := g.Request.Context().Deadline()
		g.String(http.StatusOK, "%v", ok)
	})
	return s, log
}

func do(s *server.Server, method, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func from(addr string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = addr } }

func body(b io.Reader, length int64) func(*http.Request) {
	return func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(b), length }
}

// wantProblem checks that w is a problem document of that status and code.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	var d problem.Document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Errorf("%d %s: %v", w.Code, w.Body, err)
		return
	}
	if w.Code != status || d.Status != status || d.Code != code || d.Type != problem.TypeBase+code || w.Header().Get("Content-Type") != problem.MediaType {
		t.Errorf("got %d %s %+v, want %d %s", w.Code, w.Header().Get("Content-Type"), d, status, code)
	}
}

func TestUnknownPathsAndMethodsGetProblems(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	for _, path := range []string{
		"/nothing", "/debug/pprof", "/debug/pprof/", "/.git/config", "/.env", "/hello/", "/hello/a/", "/HELLO/a", "//hello/a", "/static/", "/hello/../echo",
	} {
		wantProblem(t, do(s, http.MethodGet, path), http.StatusNotFound, "route.not_found")
	}
	w := do(s, http.MethodDelete, "/hello/a")
	wantProblem(t, w, http.StatusMethodNotAllowed, "route.method")
	if w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow %q", w.Header().Get("Allow"))
	}
	if got := do(s, http.MethodGet, "/hello/a"); got.Code != http.StatusOK || got.Body.String() != "hello a" {
		t.Errorf("the twin that exists: %d %s", got.Code, got.Body)
	}
}

func TestHEADAnswersAsGETWithoutBody(t *testing.T) {
	s, log := quiet(t, server.Config{})
	get, head := do(s, http.MethodGet, "/hello/a"), do(s, http.MethodHead, "/hello/a")
	if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
		t.Errorf("%d, %d bytes, %v", head.Code, head.Body.Len(), head.Header())
	}
	if !strings.Contains(log.String(), `"method":"HEAD"`) {
		t.Error("the log does not say HEAD")
	}
	if w := do(s, http.MethodHead, "/echo"); w.Code != http.StatusMethodNotAllowed || w.Body.Len() != 0 {
		t.Errorf("HEAD of what has no GET: %d", w.Code)
	}
}

func TestAPanicSaysNothingOutsideAndAllInside(t *testing.T) {
	s, log := quiet(t, server.Config{})
	w := do(s, http.MethodGet, "/panic")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
		t.Errorf("log %s", log)
	}
}

func TestSecurityHeadersStandOnEverything(t *testing.T) {
	s, _ := quiet(t, server.Config{BaseURL: "https://badges.example"})
	for _, path := range []string{"/hello/a", "/nothing", "/panic", "/healthz"} {
		h := do(s, http.MethodGet, path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": web.ContentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Permissions-Policy": "microphone=()", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=", "X-Request-Id": "",
		} {
			if h.Get(name) == "" || !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s: %q", path, name, h.Get(name))
			}
		}
		for _, never := range []string{"'unsafe", "http:", "https:", "*"} {
			if strings.Contains(h.Get("Content-Security-Policy"), never) {
				t.Errorf("%s: the policy has %s", path, never)
			}
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s can be framed", path)
		}
	}
	plain, _ := quiet(t, server.Config{BaseURL: "http://localhost:8080"})
	if v := do(plain, http.MethodGet, "/hello/a").Header().Get("Strict-Transport-Security"); v != "" {
		t.Errorf("without TLS: %q", v)
	}
}

func TestRequestIDsAreOurs(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	a := do(s, http.MethodGet, "/hello/a", header("X-Request-Id", "evil")).Header().Get("X-Request-Id")
	b := do(s, http.MethodGet, "/hello/a").Header().Get("X-Request-Id")
	if a == "evil" || a == b || len(a) != 24 {
		t.Errorf("%q, %q", a, b)
	}
}

func TestW13TooMuchIsRefusedBeforeItIsRead(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	wantProblem(t, do(s, http.MethodPost, "/echo", body(endless{}, 64<<20)), http.StatusRequestEntityTooLarge, "limits.request")
	wantProblem(t, do(s, http.MethodPost, "/echo", body(io.LimitReader(endless{}, 64<<20), -1)), http.StatusRequestEntityTooLarge, "limits.request")
	wantProblem(t, do(s, http.MethodGet, "/hello/a?"+strings.Repeat("a=1&", 10_000)), http.StatusBadRequest, "limits.query")
	wantProblem(t, do(s, http.MethodGet, "/hello/a?x="+strings.Repeat("a", 20_000)), http.StatusBadRequest, "limits.query")
	wantProblem(t, do(s, http.MethodGet, "/hello/a?x=%zz"), http.StatusBadRequest, "query.syntax")
	wantProblem(t, do(s, http.MethodGet, "/hello/a?x=1;y=2"), http.StatusBadRequest, "query.syntax")
	if w := do(s, http.MethodPost, "/echo", body(io.LimitReader(endless{}, limits.RequestBytes), limits.RequestBytes)); w.Code != http.StatusOK {
		t.Errorf("the largest that is taken: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/hello/a?"+strings.Repeat("a=1&", 255)+"a=1"); w.Code != http.StatusOK {
		t.Errorf("256 parameters: %d", w.Code)
	}
}

func TestARouteMayTakeLargerBodies(t *testing.T) {
	s, _ := quiet(t, server.Config{LargeBodies: map[string]int64{"/echo": limits.CSVBytes}})
	n := int64(limits.RequestBytes + 1)
	if w := do(s, http.MethodPost, "/echo", body(io.LimitReader(endless{}, n), n)); w.Code != http.StatusOK || int64(w.Body.Len()) != n {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestW13LargeCookiesAndSlowDrainOverARealListener(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	entered, leave := make(chan struct{}), make(chan struct{})
	s.Engine().GET("/slow", func(g *gin.Context) {
		close(entered)
		<-leave
		g.String(http.StatusOK, "done")
	})
	url, stop, done := serve(t, s)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url+"/hello/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", "a="+strings.Repeat("x", 1<<20))
	if code, _ := send(t, req); code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("1 MiB of cookie: %d", code)
	}
	if code, _ := get(t, url+"/metrics"); code != http.StatusOK {
		t.Errorf("metrics on the loopback: %d", code)
	}
	answer := make(chan string, 1)
	go func() {
		_, b := get(t, url+"/slow")
		answer <- b
	}()
	<-entered
	stop()
	close(leave)
	if got := <-answer; got != "done" {
		t.Errorf("a request that ran when the drain began: %q", got)
	}
	if err := <-done; err != nil {
		t.Errorf("drain: %v", err)
	}
	wantProblem(t, do(s, http.MethodGet, "/readyz"), http.StatusServiceUnavailable, "ready.draining")
}

func serve(t *testing.T, s *server.Server) (url string, stop context.CancelFunc, done chan error) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	done = make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln, nil) }()
	return "http://" + ln.Addr().String(), stop, done
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return res.StatusCode, string(b)
}

func TestEveryRequestHasADeadline(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	if w := do(s, http.MethodGet, "/deadline"); w.Body.String() != "true" {
		t.Error("no deadline")
	}
}

func TestTheLogHoldsNoPersonalData(t *testing.T) {
	s, log := quiet(t, server.Config{})
	s.Engine().GET("/claim/:code", func(g *gin.Context) { g.Status(http.StatusOK) })
	do(s, http.MethodGet, "/claim/s3cretc0de?email=amal@example.org", header("Authorization", "Bearer laurel_x"),
		header("User-Agent", "agent-of-amal"), from("203.0.113.7:1234"))
	do(s, http.MethodGet, "/amal-haddad")
	do(s, "AMAL", "/hello/amal")
	for _, never := range []string{"s3cretc0de", "amal", "AMAL", "laurel_x", "203.0.113.7"} {
		if strings.Contains(log.String(), never) {
			t.Errorf("%s is in the log: %s", never, log)
		}
	}
	if !strings.Contains(log.String(), `"route":"/claim/:code"`) {
		t.Errorf("the route is not in the log: %s", log)
	}
}

func TestAForeignHostIsReportedOnce(t *testing.T) {
	s, log := quiet(t, server.Config{BaseURL: "https://badges.example"})
	do(s, http.MethodGet, "https://badges.example/hello/a")
	if strings.Contains(log.String(), "another host") {
		t.Error("the right host is reported")
	}
	for range 3 {
		if w := do(s, http.MethodGet, "https://other.example/hello/a"); w.Code != http.StatusOK {
			t.Errorf("refused: %d", w.Code)
		}
	}
	if n := strings.Count(log.String(), "another host"); n != 1 {
		t.Errorf("reported %d times", n)
	}
}

func TestReadinessAsksTheDatabase(t *testing.T) {
	good, _ := quiet(t, server.Config{Database: ping(nil)})
	if w := do(good, http.MethodGet, "/readyz"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	bad, _ := quiet(t, server.Config{Database: ping{errors.New("dial 10.0.0.1")}})
	w := do(bad, http.MethodGet, "/readyz")
	wantProblem(t, w, http.StatusServiceUnavailable, "ready.database")
	if strings.Contains(w.Body.String(), "10.0.0.1") {
		t.Error("the cause is shown")
	}
	if w := do(bad, http.MethodGet, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("health must not depend on the database: %d", w.Code)
	}
}

func TestReadinessAndMetricsTellOfOverdueLists(t *testing.T) {
	n, since := 0, time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	s, _ := quiet(t, server.Config{
		Overdue: func() (int, time.Time) { return n, since }, Clock: func() time.Time { return since.Add(90 * time.Second) },
	})
	for _, want := range []struct {
		overdue       int
		ready, metric string
	}{
		{0, "ok\n", "laurel_status_lists_overdue 0\n"},
		{2, "ok\nstatus lists overdue: 2, since 2026-01-31T09:00:00Z\n", "laurel_status_lists_overdue_seconds 90\n"},
	} {
		n = want.overdue
		if w := do(s, http.MethodGet, "/readyz"); w.Code != http.StatusOK || w.Body.String() != want.ready {
			t.Errorf("%d overdue: %d %q", n, w.Code, w.Body)
		}
		w := httptest.NewRecorder()
		s.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if !strings.Contains(w.Body.String(), want.metric) {
			t.Errorf("%d overdue: no %q", n, want.metric)
		}
	}
}

// ping answers for a database; nil is a good one.
type ping []error

func (p ping) Ping(context.Context) error { return errors.Join(p...) }

func TestW21OnlyPublicResourcesAreSharedWithOtherOrigins(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/c/abc.jwt", true}, {"GET", "/c/abc.json", true}, {"HEAD", "/c/abc.png", true}, {"GET", "/c/abc.svg", true},
		{"GET", "/c/abc.qr.svg", true}, {"GET", "/status/x", true}, {"GET", "/.well-known/did.json", true},
		{"GET", "/.well-known/jwks.json", true}, {"GET", "/issuers/a/did.json", true}, {"GET", "/contexts/v1", true},
		{"GET", "/api/openapi.json", true}, {"POST", "/api/v1/verify", true}, {"POST", "/api/v1/verify-many", true},
		{"GET", "/c/abc", false}, {"GET", "/c/a/b.jwt", false}, {"POST", "/c/abc.jwt", false}, {"GET", "/api/v1/awards", false},
		{"POST", "/api/v1/awards", false}, {"GET", "/api/v1/verify", false}, {"POST", "/api/v1/verify/", false}, {"GET", "/claim/x.json", false},
		{"POST", "/openid4vci/token", true}, {"POST", "/openid4vci/par", true}, {"GET", "/openid4vci/offers/x/badge-sdjwt", true},
		{"GET", "/.well-known/openid-credential-issuer", true}, {"GET", "/.well-known/oauth-authorization-server/", true}, {"POST", "/exchanges/x/did", true},
		{"GET", "/openid4vci/authorize", false}, {"POST", "/openid4vci/authorize", false}, {"DELETE", "/openid4vci/token", false},
		{"GET", "/claim/x", false}, {"POST", "/claim/x/request", false}, {"POST", "/openid4vcix", false},
		{"GET", "/console", false}, {"POST", "/status/x", false}, {"GET", "/issuers/a", false}, {"GET", "/statusx", false},
	} {
		if got := server.Shared(tt.method, tt.path); got != tt.want {
			t.Errorf("%s %s: %v", tt.method, tt.path, got)
		}
	}
}

func TestW21NoOriginIsEverEchoed(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	for _, origin := range []string{"null", "https://evil.example", "https://badges.example.evil.example"} {
		for _, path := range []string{"/c/abc.jwt", "/hello/a", "/api/v1/awards"} {
			h := do(s, http.MethodGet, path, header("Origin", origin)).Header()
			if v := h.Get("Access-Control-Allow-Origin"); v != "" && v != "*" {
				t.Errorf("%s: %q", path, v)
			}
			if h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: credentials", path)
			}
		}
	}
	ask := header("Access-Control-Request-Method", "POST")
	if w := do(s, http.MethodOptions, "/api/v1/verify", ask); w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("preflight of the verifier: %d %v", w.Code, w.Header())
	}
	if w := do(s, http.MethodOptions, "/openid4vci/credential", ask); !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "DPoP") ||
		w.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight of a wallet: %d %v", w.Code, w.Header())
	}
	if w := do(s, http.MethodOptions, "/openid4vci/authorize", ask); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight of the page of consent: %d %v", w.Code, w.Header())
	}
	if w := do(s, http.MethodOptions, "/api/v1/awards", ask); w.Header().Get("Access-Control-Allow-Origin") != "" || w.Code < 400 {
		t.Errorf("preflight of awards: %d %v", w.Code, w.Header())
	}
}

func TestRoutesListsEverything(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	got := map[server.Route]bool{}
	for _, r := range s.Routes() {
		got[r] = true
	}
	for _, want := range []server.Route{{"GET", "/healthz"}, {"GET", "/readyz"}, {"GET", "/metrics"}, {"GET", "/hello/:name"}, {"POST", "/echo"}} {
		if !got[want] {
			t.Errorf("%v is missing", want)
		}
	}
}

func TestOptionalPartsAreNotNeeded(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Metrics() == nil {
		t.Error("no metrics")
	}
	if fault.KindOf(server.TooLarge(1)) != fault.TooLarge {
		t.Error("kind")
	}
}

func ExampleNew() {
	s, err := server.New(server.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	s.Engine().GET("/hello", func(g *gin.Context) { g.String(http.StatusOK, "hello") })
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hello", nil))
	fmt.Println(w.Code, w.Body, w.Header().Get("X-Content-Type-Options"))
	// Output: 200 hello nosniff
}

// manual is a clock that a test moves.
type manual struct{ now time.Time }

func (m *manual) read() time.Time { return m.now }

// Where all share a room, no client takes it from the others: neither by another path, nor as the rest of its own network.
func TestWhatIsKeptHasABoundForEachClient(t *testing.T) {
	c := &manual{now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)}
	known := func(secret string) bool { return secret == "laurel_known" }
	kept := map[string]int{"/hello/:name": 2, "/stays": 2}
	s, _ := quiet(t, server.Config{Clock: c.read, Rates: &server.Rates{}, Kept: kept, Recognised: known})
	me := from("[2001:db8::1]:1")
	for range 2 {
		if w := do(s, http.MethodGet, "/hello/a", me); w.Code != http.StatusOK {
			t.Fatalf("%d", w.Code)
		}
	}
	w := do(s, http.MethodGet, "/hello/a", from("[2001:db8::2]:1"))
	wantProblem(t, w, http.StatusTooManyRequests, "limits.kept")
	if w.Header().Get("Retry-After") != "43200" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	if w := do(s, http.MethodGet, "/hello/a", me, with("Authorization", "Bearer laurel_invented")); w.Code != http.StatusTooManyRequests {
		t.Errorf("an invented token: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/hello/a", me, with("Authorization", "Bearer laurel_known")); w.Code != http.StatusOK {
		t.Errorf("a token: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/hello/a", from("203.0.113.8:1")); w.Code != http.StatusOK {
		t.Errorf("a neighbour: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/readyz", me); w.Code == http.StatusTooManyRequests {
		t.Error("what leaves nothing behind is counted")
	}
	c.now = c.now.Add(12 * time.Hour)
	if w := do(s, http.MethodGet, "/hello/a", me); w.Code != http.StatusOK {
		t.Errorf("half a day later: %d", w.Code)
	}
}

func TestRateLimitsSayWhatIsLeftAndWhenToComeBack(t *testing.T) {
	c := &manual{now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)}
	s, _ := quiet(t, server.Config{Clock: c.read, Rates: &server.Rates{Address: 3, Token: 5}})
	me := from("203.0.113.7:1")
	for i := range 3 {
		w := do(s, http.MethodGet, "/hello/a", me)
		if w.Code != http.StatusOK || w.Header().Get("RateLimit-Policy") != `"address";q=3;w=60` {
			t.Fatalf("%d: %d %v", i, w.Code, w.Header())
		}
		if want := `"address";r=` + strconv.Itoa(2-i) + `;t=` + strconv.Itoa(20*(i+1)); w.Header().Get("RateLimit") != want {
			t.Errorf("%d: RateLimit %s, want %s", i, w.Header().Get("RateLimit"), want)
		}
	}
	w := do(s, http.MethodGet, "/hello/a", me)
	wantProblem(t, w, http.StatusTooManyRequests, "limits.rate")
	if w.Header().Get("Retry-After") != "20" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	if w := do(s, http.MethodGet, "/hello/a", from("203.0.113.8:1")); w.Code != http.StatusOK {
		t.Errorf("a neighbour: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/healthz", me); w.Code != http.StatusOK {
		t.Errorf("health: %d", w.Code)
	}
	c.now = c.now.Add(20 * time.Second)
	if w := do(s, http.MethodGet, "/hello/a", me); w.Code != http.StatusOK {
		t.Errorf("after Retry-After: %d", w.Code)
	}
}

func TestW12AForgedAddressOrTokenOpensNoBudget(t *testing.T) {
	c := &manual{now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)}
	recognised := func(s string) bool { return s == "laurel_good" }
	s, _ := quiet(t, server.Config{Clock: c.read, Rates: &server.Rates{Address: 2, Token: 2}, Recognised: recognised})
	codes := func(n int, change func(i int) func(*http.Request)) (limited int) {
		for i := range n {
			if do(s, http.MethodGet, "/hello/a", from("203.0.113.7:1"), change(i)).Code == http.StatusTooManyRequests {
				limited++
			}
		}
		return limited
	}
	if n := codes(10, func(i int) func(*http.Request) { return header("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i)) }); n != 8 {
		t.Errorf("forged addresses: %d of 10 limited", n)
	}
	if n := codes(10, func(i int) func(*http.Request) { return header("Authorization", fmt.Sprintf("Bearer laurel_%d", i)) }); n != 10 {
		t.Errorf("invented tokens: %d of 10 limited", n)
	}
	if n := codes(10, func(int) func(*http.Request) { return header("Authorization", "Bearer laurel_good") }); n != 8 {
		t.Errorf("a good token has its own budget: %d of 10 limited", n)
	}
}

func TestATrustedProxyIsBelieved(t *testing.T) {
	s, _ := quiet(t, server.Config{
		Rates: &server.Rates{Address: 1}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	for i := range 5 {
		if w := do(s, http.MethodGet, "/hello/a", from("10.1.2.3:1"), header("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))); w.Code != http.StatusOK {
			t.Errorf("client %d: %d", i, w.Code)
		}
	}
}

func TestOneIPv6NetworkIsOneClient(t *testing.T) {
	s, _ := quiet(t, server.Config{Rates: &server.Rates{Address: 1}})
	if w := do(s, http.MethodGet, "/hello/a", from("[2001:db8::1]:1")); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	if w := do(s, http.MethodGet, "/hello/a", from("[2001:db8::2]:1")); w.Code != http.StatusTooManyRequests {
		t.Errorf("same /64: %d", w.Code)
	}
	if w := do(s, http.MethodGet, "/hello/a", from("[2001:db8:0:1::1]:1")); w.Code != http.StatusOK {
		t.Errorf("other /64: %d", w.Code)
	}
}

func TestNoLimitWhenZero(t *testing.T) {
	s, _ := quiet(t, server.Config{Rates: &server.Rates{}})
	for range 50 {
		if w := do(s, http.MethodGet, "/hello/a"); w.Code != http.StatusOK || w.Header().Get("RateLimit") != "" {
			t.Fatal(w.Code, w.Header())
		}
	}
}
