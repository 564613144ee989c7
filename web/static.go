package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// StaticPath is where the handler of Static is to be mounted.
const StaticPath = "/static/"

// asset is one static file with all that is sent about it.
type asset struct {
	path   string // URL path with the digest in the name
	media  string
	etag   string
	policy string // Content-Security-Policy, where it has one of its own
	body   []byte // nil for an Extra
	packed []byte // gzip, nil when it saves nothing
}

type assets struct {
	byName map[string]*asset
	byPath map[string]*asset
}

// Extra is a static file that is not embedded: it was made by the build for browsers and stands beside the program.
type Extra struct {
	Name   string
	Packed []byte // gzip
}

func loadAssets(files fs.FS, extra []Extra) assets {
	out := assets{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	names, err := fs.Glob(files, "static/*")
	if err != nil { // the pattern is a constant
		panic(err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil { // embedded at build time
			panic(err)
		}
		out.add(newAsset(path.Base(name), body), path.Base(name))
	}
	for _, x := range extra {
		a := named(x.Name, x.Packed)
		a.packed = x.Packed
		out.add(a, x.Name)
	}
	return out
}

func (s assets) add(a *asset, name string) {
	if name == workerName {
		a.policy = workerPolicy
	}
	s.byName[name], s.byPath[a.path] = a, a
}

// The worker that runs the verifier in the browser may compile WebAssembly; no page may. A worker's policy is its own (CSP3 §4.2.1).
const (
	workerName   = "check-worker.js"
	workerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
)

func newAsset(name string, body []byte) *asset {
	a := named(name, body)
	a.body = body
	if packed := pack(body); len(packed) < len(body) {
		a.packed = packed
	}
	return a
}

// named is an asset without its content, named after it.
func named(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	return &asset{
		path: StaticPath + strings.TrimSuffix(name, ext) + "." + digest + ext,
		etag: `"` + digest + `"`, media: mediaType(ext),
	}
}

// mediaType does not ask the machine's own table, which differs from one to the next.
func mediaType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	}
	return mime.TypeByExtension(ext)
}

func pack(body []byte) []byte {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil { // the level is a constant
		panic(err)
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return buf.Bytes()
}

// unpack is for the client that takes no gzip; nil when what the build made is damaged.
func unpack(packed []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return body
}

// Asset returns the URL path of a static file, with the digest of its content in the name; "" for an unknown name.
func (s *Site) Asset(name string) string {
	if a, ok := s.assets.byName[name]; ok {
		return a.path
	}
	return ""
}

// Static serves the static files below StaticPath: immutable for a year, with ETag, packed when the client takes gzip.
// An unknown name, also one with an old digest, is 404 without a body.
func (s *Site) Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := s.assets.byPath[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if Fresh(r, a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
	}
	body := a.body
	if a.packed != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		body = a.packed
		h.Set("Content-Encoding", "gzip")
	}
	if body == nil {
		if body = unpack(a.packed); body == nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody is left to tell
	}
}

func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		if name == "gzip" || name == "*" {
			return strings.ReplaceAll(strings.TrimSpace(params), " ", "") != "q=0"
		}
	}
	return false
}

// Fresh reports whether the request says that its copy with this ETag is still good (RFC 9110 §13.1.2, weak comparison).
func Fresh(r *http.Request, etag string) bool {
	if etag == "" {
		return false
	}
	for part := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
