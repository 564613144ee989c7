package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
)

// Bounds of one request beside those of internal/limits.
const (
	queryParams  = 256
	queryBytes   = 16 << 10
	requestTime  = 150 * time.Second // a photograph over a poor line takes two minutes
	unknownRoute = "unknown"         // stands in log and metrics for a path that no route has
)

// identify gives the request an id of our own; one that a client sends is not believed.
func (s *Server) identify(g *gin.Context) {
	b := make([]byte, 12)
	if _, err := io.ReadFull(s.cfg.Random, b); err != nil {
		s.cfg.Logger.ErrorContext(g.Request.Context(), "request id", "error", err)
	}
	g.Header(problem.RequestIDHeader, hex.EncodeToString(b))
}

// observe logs and counts. It names the route, never the path: paths hold claim codes and ids, queries hold addresses.
func (s *Server) observe(g *gin.Context) {
	start := s.cfg.Clock()
	s.checkHost(g)
	g.Next()
	took, route := s.cfg.Clock().Sub(start), g.FullPath()
	if route == "" {
		route = unknownRoute
	}
	s.cfg.Metrics.request(route, knownMethod(method(g.Request)), g.Writer.Status(), took)
	s.cfg.Logger.InfoContext(g.Request.Context(), "request",
		"method", knownMethod(method(g.Request)), "route", route, "status", g.Writer.Status(),
		"bytes", max(g.Writer.Size(), 0), "ms", float64(took.Microseconds())/1000,
		"request_id", g.Writer.Header().Get(problem.RequestIDHeader))
}

// knownMethod keeps invented methods out of log and metrics.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// checkHost reports, once, that somebody calls us by another name than the base URL: links and DIDs would not fit.
func (s *Server) checkHost(g *gin.Context) {
	if s.cfg.BaseURL == "" || s.misnamed.Load() {
		return
	}
	u, err := url.Parse(s.cfg.BaseURL)
	if err != nil || strings.EqualFold(u.Host, g.Request.Host) || g.FullPath() == "/healthz" || g.FullPath() == "/readyz" {
		return
	}
	if s.misnamed.CompareAndSwap(false, true) {
		s.cfg.Logger.WarnContext(g.Request.Context(), "a request came for another host than that of base_url", "base_url", s.cfg.BaseURL)
	}
}

// catch turns a panic into a fault without detail. http.ErrAbortHandler passes: it is how a handler hangs up.
func (s *Server) catch(g *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && err == http.ErrAbortHandler { //nolint:errorlint // net/http compares so, too
			panic(p)
		}
		s.cfg.Logger.ErrorContext(g.Request.Context(), "panic", "route", g.FullPath(), "stack", string(debug.Stack()))
		s.Fail(g, fmt.Errorf("panic: %v", p))
	}()
	g.Next()
}

// bound refuses what is too much before anything reads it.
func (s *Server) bound(g *gin.Context) {
	q := g.Request.URL.RawQuery
	if len(q) > queryBytes || strings.Count(q, "&") >= queryParams {
		s.Fail(g, fault.New(fault.Invalid, nil, "the address has more than %d parameters or %d bytes of them", queryParams, queryBytes).
			Code("limits.query"))
		return
	}
	if _, err := url.ParseQuery(q); err != nil {
		s.Fail(g, fault.New(fault.Invalid, err, "the query of the address is not well formed").Code("query.syntax"))
		return
	}
	most := s.cfg.LargeBodies[g.FullPath()]
	if most == 0 {
		most = limits.RequestBytes
	}
	if g.Request.ContentLength > most {
		g.Header("Connection", "close")
		s.Fail(g, TooLarge(most))
		return
	}
	if g.Request.Body != nil {
		g.Request.Body = http.MaxBytesReader(g.Writer, g.Request.Body, most)
	}
}

// TooLarge is the fault of a request body over the limit. A handler whose reading ends in *http.MaxBytesError answers it.
func TooLarge(most int64) error {
	return fault.New(fault.TooLarge, nil, "the request has more than %d bytes", most).Code("limits.request").
		Hint("a credential has at most %d bytes, a picture %d", limits.CredentialBytes, limits.ImageBytes)
}

// deadline ends the work for a request that nobody waits for any more.
func (s *Server) deadline(g *gin.Context) {
	ctx, cancel := context.WithTimeout(g.Request.Context(), requestTime)
	defer cancel()
	g.Request = g.Request.WithContext(ctx)
	g.Next()
}
