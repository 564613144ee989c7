package server_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/server"
)

func TestW28MetricsAreNotOnThePublicPort(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	wantProblem(t, do(s, http.MethodGet, "http://127.0.0.1/metrics", from("127.0.0.1:1")), http.StatusNotFound, "route.not_found") // not known to be bound to the loopback

	url, stop, done := serve(t, s)
	if code, text := get(t, url+"/metrics"); code != http.StatusOK || !strings.Contains(text, "laurel_http_requests_total{") {
		t.Errorf("from this machine, on the loopback: %d", code)
	}
	wantProblem(t, do(s, http.MethodGet, "http://127.0.0.1/metrics", from("203.0.113.7:1")), http.StatusNotFound, "route.not_found")
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		wantProblem(t, do(s, http.MethodGet, "http://127.0.0.1/metrics", from("127.0.0.1:1"), header(name, "127.0.0.1")), http.StatusNotFound, "route.not_found")
	}
	for _, host := range []string{"127.0.0.1", "localhost:8080", "[::1]:8080"} {
		if w := do(s, http.MethodGet, "http://"+host+"/metrics", from("127.0.0.1:1")); w.Code != http.StatusOK {
			t.Errorf("%s: %d", host, w.Code)
		}
	}
	wantProblem(t, do(s, http.MethodGet, "http://rebound.example/metrics", from("127.0.0.1:1")), http.StatusNotFound, "route.not_found")
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestW28AProxyThatAddsNoHeaderShowsNoMetrics(t *testing.T) {
	for base, want := range map[string]int{"https://badges.example": http.StatusNotFound, "http://localhost:8080": http.StatusOK} {
		s, _ := quiet(t, server.Config{BaseURL: base})
		url, stop, done := serve(t, s)
		if code, _ := get(t, url+"/metrics"); code != want {
			t.Errorf("%s: %d", base, code)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestTheSecondListenerHasMetricsAndNothingElse(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	h := s.MetricsHandler()
	for path, want := range map[string]int{"/metrics": 200, "/healthz": 200, "/": 404, "/hello/a": 404, "/metrics/": 404, "/debug/pprof": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/metrics", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestMetricsAreWellFormedAndSayWhatWasCounted(t *testing.T) {
	m := server.NewMetrics()
	m.Award(3)
	m.Award(1)
	m.Revocation()
	m.Verification("valid")
	m.Verification("amal@example.org")
	m.Signature("ES256")
	m.Signature("\"\n")
	s, _ := quiet(t, server.Config{Metrics: m})
	do(s, http.MethodGet, "/hello/amal")
	do(s, http.MethodGet, "/nothing-for-amal")
	do(s, "AMAL", "/hello/a")
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || int(n) == 0 {
		t.Fatal(n, err)
	}
	text := b.String()
	for _, want := range []string{
		"laurel_awards_total 4\n", "laurel_revocations_total 1\n", `laurel_verifications_total{verdict="valid"} 1` + "\n",
		`laurel_verifications_total{verdict="other"} 1` + "\n", `laurel_signatures_total{alg="ES256"} 1` + "\n",
		`laurel_signatures_total{alg="other"} 1` + "\n",
		`laurel_http_requests_total{route="/hello/:name",method="GET",status="200"} 1` + "\n",
		`laurel_http_requests_total{route="unknown",method="GET",status="404"} 1` + "\n",
		`laurel_http_requests_total{route="unknown",method="other",status="405"} 1` + "\n",
		`laurel_http_request_seconds_count{route="/hello/:name"} 1` + "\n",
		`laurel_http_request_seconds_bucket{route="/hello/:name",le="+Inf"} 1` + "\n",
		"go_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(strings.ToLower(text), "amal") {
		t.Error("something personal became a label")
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9.e+-]+)$`)
	for l := range strings.Lines(text) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("no line of the text format: %q", l)
		}
	}
}

func TestAClosedListenerIsAnError(t *testing.T) {
	s, _ := quiet(t, server.Config{})
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), ln, nil); err == nil {
		t.Error("no error")
	}
}
