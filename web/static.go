package web

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// StaticPath is where the handler of Static is to be mounted.
const StaticPath = "/static/"

// asset is one static file with all that is sent about it.
type asset struct {
	path   string // URL path with the digest in the name
	media  string
	etag   string
	policy string            // Content-Security-Policy, where it has one of its own
	body   []byte            // nil for an Extra
	packed func() []byte     // of the body, gzip, made when it is first wanted; nil when it saves nothing
	beside *io.SectionReader // of an Extra, gzip
}

type assets struct {
	byName map[string]*asset
	byPath map[string]*asset
}

// Extra is a static file that is not embedded: it was made by the build for browsers and stands beside the program. It is large
// and seldom asked for, so that it stays where it is and is read when somebody wants it.
type Extra struct {
	Name   string
	Packed *io.SectionReader // gzip
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
		a := named(x.Name, trailer(x.Packed))
		a.beside = x.Packed
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
	sum := sha256.Sum256(body)
	a := named(name, sum[:6])
	a.body = body
	a.packed = sync.OnceValue(func() []byte {
		if packed := pack(body); len(packed) < len(body) {
			return packed
		}
		return nil
	})
	return a
}

// named is an asset without its content, named after the digest of it.
func named(name string, sum []byte) *asset {
	digest := hex.EncodeToString(sum)
	ext := path.Ext(name)
	return &asset{
		path: StaticPath + strings.TrimSuffix(name, ext) + "." + digest + ext,
		etag: `"` + digest + `"`, media: mediaType(ext),
	}
}

// trailer is how a gzip file ends: with the CRC-32 and the length of what it holds (RFC 1952 §2.3.1), which tell one build from the
// next without a look at the megabytes before. It guards nothing against anybody who can write the file.
func trailer(packed *io.SectionReader) []byte {
	end := make([]byte, 8)
	if _, err := packed.ReadAt(end, max(packed.Size()-8, 0)); err != nil && !errors.Is(err, io.EOF) {
		return nil // it cannot be read later either, and answers with an error then
	}
	return end
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
	body, size, encoding, err := a.content(TakesGzip(r.Header.Get("Accept-Encoding")))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, body) // the client is gone, or misses bytes that the length promised: nobody is left to tell
	}
}

// content is what is sent, with its length and its content coding ("" for none). It fails when what the build made is damaged.
func (a *asset) content(takesGzip bool) (body io.Reader, size int64, encoding string, err error) {
	if a.beside == nil {
		if packed := a.packed(); packed != nil && takesGzip {
			return bytes.NewReader(packed), int64(len(packed)), "gzip", nil
		}
		return bytes.NewReader(a.body), int64(len(a.body)), "", nil
	}
	whole := io.NewSectionReader(a.beside, 0, a.beside.Size())
	if takesGzip {
		return whole, whole.Size(), "gzip", nil
	}
	z, err := gzip.NewReader(bufio.NewReader(whole))
	if err != nil {
		return nil, 0, "", err
	}
	return z, int64(binary.LittleEndian.Uint32(trailer(a.beside)[4:])), "", nil
}

// TakesGzip reports whether an Accept-Encoding header takes gzip.
func TakesGzip(accept string) bool {
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
