package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/web"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fetchStatic(h http.Handler, path, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheServiceWorkerKeepsFilesThatThereAre(t *testing.T) {
	site := web.New()
	w := httptest.NewRecorder()
	site.ServiceWorker(w, httptest.NewRequest(http.MethodGet, "/sw.js", nil))
	head, _, _ := strings.Cut(w.Body.String(), "\n")
	for _, name := range []string{"laurel.css", "verify.js", "check-worker.js"} {
		if path := site.Asset(name); path == "" || !strings.Contains(head, `"`+path+`"`) {
			t.Errorf("%s (%s) is not kept: %s", name, path, head)
		}
	}
	if w.Header().Get("Cache-Control") != "no-cache" || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error(w.Header())
	}
	r := httptest.NewRequest(http.MethodGet, "/sw.js", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	again := httptest.NewRecorder()
	if site.ServiceWorker(again, r); again.Code != http.StatusNotModified {
		t.Errorf("%d", again.Code)
	}
	other := httptest.NewRecorder()
	web.NewWith(web.Extra{Name: "verifier.wasm", Packed: section(packed(t, "x"))}).ServiceWorker(other, httptest.NewRequest(http.MethodGet, "/sw.js", nil))
	if other.Header().Get("ETag") == w.Header().Get("ETag") || strings.Contains(other.Body.String(), ".wasm") {
		t.Error("another verifier makes no other version, or is kept before anybody wants it")
	}
}

func TestOnlyTheWorkerMayCompileWebAssembly(t *testing.T) {
	site := web.New()
	if strings.Contains(web.ContentSecurityPolicy, "wasm") || strings.Contains(web.ContentSecurityPolicy, "unsafe") {
		t.Error(web.ContentSecurityPolicy)
	}
	h := site.Static()
	if got := fetchStatic(h, site.Asset("check-worker.js"), "gzip").Header().Get("Content-Security-Policy"); got != "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'" {
		t.Errorf("the worker's policy is %q", got)
	}
	if got := fetchStatic(h, site.Asset("verify.js"), "gzip").Header().Get("Content-Security-Policy"); got != "" {
		t.Errorf("another script has the policy %q", got)
	}
}

func section(b []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
}

func TestAFileBesideTheProgramIsServedPacked(t *testing.T) {
	whole := packed(t, "the verifier")
	site := web.NewWith(web.Extra{Name: "verifier.wasm", Packed: section(whole)}, web.Extra{Name: "broken.js", Packed: section([]byte("no gzip"))})
	path := site.Asset("verifier.wasm")
	if w := fetchStatic(site.Static(), path, "br, gzip"); w.Code != 200 || w.Header().Get("Content-Encoding") != "gzip" || !bytes.Equal(w.Body.Bytes(), whole) ||
		w.Header().Get("Content-Type") != "application/wasm" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := fetchStatic(site.Static(), path, "identity"); w.Code != 200 || w.Header().Get("Content-Encoding") != "" || w.Body.String() != "the verifier" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := fetchStatic(site.Static(), site.Asset("broken.js"), ""); w.Code != http.StatusInternalServerError || w.Body.Len() > 0 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if site.Size("verifier.wasm") != int64(len(whole)) || site.Size("none") != 0 || web.New().Asset("verifier.wasm") != "" {
		t.Error("sizes")
	}
}
