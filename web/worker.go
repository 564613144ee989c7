package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// ServiceWorker answers with the service worker of the pages: the script of that name, with the list of files that it keeps from
// the start. It may keep pages of this origin, and its own policy lets it ask this origin only.
func (s *Site) ServiceWorker(w http.ResponseWriter, r *http.Request) {
	body := s.serviceWorker()
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:6]) + `"`
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", etag)
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	if Fresh(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody is left to tell
	}
}

// kept lists the static files of the verify page. The verifier for browsers is kept when it is first used: it is large.
func kept() []string {
	return []string{"laurel.css", "laurel.svg", "verify.js", workerName}
}

func (s *Site) serviceWorker() []byte {
	shell := []string{"/verify", "/verify/pack.json"}
	for _, name := range kept() {
		if at := s.Asset(name); at != "" {
			shell = append(shell, at)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join(append(slices.Clone(shell), s.Asset("verifier.wasm"), s.Asset("service-worker.js")), " ")))
	list, err := json.Marshal(shell)
	if err != nil { // strings
		panic(err)
	}
	head := `const VERSION = "laurel-` + hex.EncodeToString(sum[:6]) + `"; const SHELL = ` + string(list) + ";\n"
	return bytes.Join([][]byte{[]byte(head), s.assets.byName["service-worker.js"].body}, nil)
}

// Size returns how many bytes a static file has on its way to a browser that takes gzip; 0 for an unknown name.
func (s *Site) Size(name string) int64 {
	a, ok := s.assets.byName[name]
	if !ok {
		return 0
	}
	_, size, _, err := a.content(true)
	if err != nil {
		return 0
	}
	return size
}
