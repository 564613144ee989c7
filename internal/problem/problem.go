// Package problem writes errors to HTTP clients: a fault becomes an RFC 9457 problem document, or an error page for a
// client that prefers HTML.
//
// It refuses to tell more than fault.Describe does: an error that is no fault says nothing outside and everything in the
// log. It is the only place that turns an error into a response.
package problem

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

const (
	// MediaType is the media type of a problem document (RFC 9457 §3).
	MediaType = "application/problem+json"
	// TypeBase is the beginning of every problem type.
	TypeBase = "https://openlaurel.org/problems/"
	// RequestIDHeader is the response header from which the id of the request is read.
	RequestIDHeader = "X-Request-Id"
)

// Document is a problem document. Every member is safe to show.
type Document struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Pointer   string `json:"pointer,omitempty"`
	Hint      string `json:"hint,omitempty"`
	Instance  string `json:"instance,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// kind is what a fault.Kind is called and answered with.
type kind struct {
	name   string
	status int
}

func of(k fault.Kind) kind {
	switch k {
	case fault.Invalid:
		return kind{"invalid", http.StatusBadRequest}
	case fault.Unauthorized:
		return kind{"unauthorized", http.StatusUnauthorized}
	case fault.Forbidden:
		return kind{"forbidden", http.StatusForbidden}
	case fault.NotFound:
		return kind{"not_found", http.StatusNotFound}
	case fault.Conflict:
		return kind{"conflict", http.StatusConflict}
	case fault.Gone:
		return kind{"gone", http.StatusGone}
	case fault.TooLarge:
		return kind{"too_large", http.StatusRequestEntityTooLarge}
	case fault.Unsupported:
		return kind{"unsupported", http.StatusUnsupportedMediaType}
	case fault.TooMany:
		return kind{"too_many", http.StatusTooManyRequests}
	case fault.Unavailable:
		return kind{"unavailable", http.StatusServiceUnavailable}
	}
	return kind{"internal", http.StatusInternalServerError}
}

// Status returns the HTTP status of a kind; 500 for one that it does not know.
func Status(k fault.Kind) int { return of(k).status }

// Kind returns the name of a kind, which is also the code of a fault that has none.
func Kind(k fault.Kind) string { return of(k).name }

// Of describes err for a client. Instance and RequestID are left to the writer.
func Of(err error) Document {
	p := fault.Describe(err)
	code := p.Code
	if code == "" {
		code = Kind(p.Kind)
	}
	status := Status(p.Kind)
	return Document{
		Type: TypeBase + code, Title: http.StatusText(status), Status: status, Detail: p.Sentence,
		Code: code, Pointer: p.Pointer, Hint: p.Hint,
	}
}

// Page shows a problem as an error page. It writes the whole response, or nothing when it returns an error.
type Page interface {
	Problem(w http.ResponseWriter, r *http.Request, d Document) error
}

// Config is what a Writer needs. All of it may be zero.
type Config struct {
	Page   Page         // shows problems to clients that prefer HTML; without it everybody gets JSON
	Logger *slog.Logger // gets the hidden cause of internal errors; slog.Default when nil
}

// Writer writes problems.
type Writer struct {
	page   Page
	logger *slog.Logger
}

// New makes a Writer.
func New(c Config) *Writer {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return &Writer{page: c.Page, logger: c.Logger}
}

// Write answers r with err as a problem document, never as a page. It logs to slog.Default.
func Write(w http.ResponseWriter, r *http.Request, err error) { New(Config{}).Write(w, r, err) }

// Write answers r with err: as an error page when the client prefers HTML and there is a page, else as a problem
// document. Nothing may have been written to w before.
func (p *Writer) Write(w http.ResponseWriter, r *http.Request, err error) {
	d := Of(err)
	d.RequestID = w.Header().Get(RequestIDHeader)
	if d.RequestID != "" {
		d.Instance = "urn:laurel:request:" + d.RequestID
	}
	if d.Status >= http.StatusInternalServerError {
		p.logger.ErrorContext(r.Context(), "request failed", "code", d.Code, "request_id", d.RequestID, "error", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	if after := fault.Describe(err).After; after > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(after.Seconds())), 10)) // RFC 9110 §10.2.3
	}
	if d.Status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.page != nil && PrefersHTML(r.Header.Get("Accept")) {
		pageErr := p.page.Problem(w, r, d)
		if pageErr == nil {
			return
		}
		p.logger.ErrorContext(r.Context(), "error page", "request_id", d.RequestID, "error", pageErr)
	}
	writeJSON(w, r, d)
}

func writeJSON(w http.ResponseWriter, r *http.Request, d Document) {
	body, err := json.Marshal(d)
	if err != nil { // a struct of strings and one int always marshals
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(d.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client is gone: nobody is left to tell
	}
}

// PrefersHTML reports whether an Accept header names HTML before, or with more weight than, any JSON. A client that says
// nothing, or only takes anything, is a program.
func PrefersHTML(accept string) bool {
	var html, data float64
	for part := range strings.SplitSeq(accept, ",") {
		media, params, _ := strings.Cut(part, ";")
		switch media = strings.ToLower(strings.TrimSpace(media)); {
		case media == "text/html" || media == "application/xhtml+xml":
			html = max(html, weight(params))
		case strings.HasSuffix(media, "json"):
			data = max(data, weight(params))
		}
	}
	return html > 0 && html >= data
}

func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || q < 0 || q > 1 {
				return 0
			}
			return q
		}
	}
	return 1
}
