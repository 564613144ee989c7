// Package server owns the gin engine and the listening socket: what every request passes before a handler sees it.
//
// No default of gin or net/http is trusted: bodies, headers, parameters and times are bounded (internal/limits), nobody's
// X-Forwarded-For is believed unless configured, HEAD answers like GET, unknown paths and methods get RFC 9457
// documents, a panic says nothing outside. It refuses to show /metrics on a public port, and logs no query, no full path
// and no address.
package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
)

// Pinger says whether the database answers.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Rates are requests a minute. Zero means no limit.
type Rates struct {
	Address int // from one client address (an IPv6 /64 counts as one)
	Token   int // with one recognised token
}

// Config is what a Server works with. The zero Config runs.
type Config struct {
	BaseURL        string // what the world calls us; https makes browsers stay with https
	TrustedProxies []netip.Prefix
	Database       Pinger            // asked by /readyz
	Errors         Errors            // problem.New by default
	Recognised     func(string) bool // whether a bearer secret was authenticated a moment ago; nobody's by default
	Rates          *Rates            // nil: 1200 and 12000 a minute
	Kept           map[string]int    // how many requests a day one address may make, together, to routes that leave something behind
	LargeBodies    map[string]int64  // body limits by route pattern, where limits.RequestBytes is too little
	Metrics        *Metrics
	// Overdue says how many status lists could not be published, and since when the first of them; nil: none ever.
	Overdue func() (lists int, since time.Time)
	Logger  *slog.Logger
	Clock   func() time.Time
	Random  io.Reader // of request ids
}

// Server is the engine with everything around it.
type Server struct {
	cfg      Config
	engine   *gin.Engine
	limiter  *limiter
	draining atomic.Bool
	loopback atomic.Bool // the main listener is bound to a loopback address
	misnamed atomic.Bool // a request for another host was reported
	named    bool        // the base URL names something else than this machine
}

// New makes a Server with the routes /healthz, /readyz and /metrics. Handlers are added to Engine.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash, e.RedirectFixedPath, e.RemoveExtraSlash = false, false, false
	e.HandleMethodNotAllowed = true
	e.RemoteIPHeaders = []string{"X-Forwarded-For"}
	e.MaxMultipartMemory = limits.RequestBytes
	proxies := make([]string, len(c.TrustedProxies))
	for i, p := range c.TrustedProxies {
		proxies[i] = p.String()
	}
	if err := e.SetTrustedProxies(proxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	s := &Server{cfg: c, engine: e, limiter: newLimiter(*c.Rates)}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host != "" && !loopbackName(u.Host) {
		s.named = true
	}
	e.Use(s.identify, s.observe, s.catch, s.protect, s.share, s.bound, s.limitRate, s.limitKept, s.deadline)
	e.NoRoute(func(g *gin.Context) { s.Fail(g, errNoRoute()) })
	e.NoMethod(s.noMethod)
	e.GET("/healthz", s.health)
	e.GET("/readyz", s.ready)
	e.GET("/metrics", s.metrics)
	return s, nil
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Recognised == nil {
		c.Recognised = func(string) bool { return false }
	}
	if c.Rates == nil {
		c.Rates = &Rates{Address: 1200, Token: 12000}
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Overdue == nil {
		c.Overdue = func() (int, time.Time) { return 0, time.Time{} }
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return c
}

// Engine is where handlers are registered, before Serve.
func (s *Server) Engine() *gin.Engine { return s.engine }

// Metrics is where cores and edges count.
func (s *Server) Metrics() *Metrics { return s.cfg.Metrics }

// Route is one registered route, with the pattern in gin's spelling.
type Route struct{ Method, Path string }

// Routes lists every route, so that a test can call each without credentials.
func (s *Server) Routes() []Route {
	infos := s.engine.Routes()
	out := make([]Route, len(infos))
	for i, r := range infos {
		out[i] = Route{Method: r.Method, Path: r.Path}
	}
	return out
}

// Fail answers with err and ends the chain of handlers.
func (s *Server) Fail(g *gin.Context, err error) {
	g.Abort()
	if g.Writer.Written() {
		return
	}
	s.cfg.Errors.Write(g.Writer, g.Request, err)
}

// Handler is the engine as net/http sees it: HEAD is answered as GET without a body (RFC 9110 §9.3.2).
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			s.engine.ServeHTTP(w, r)
			return
		}
		asGet := r.WithContext(context.WithValue(r.Context(), headKey{}, true))
		asGet.Method = http.MethodGet
		s.engine.ServeHTTP(headWriter{w}, asGet)
	})
}

type headKey struct{}

// method returns the method that the client used.
func method(r *http.Request) string {
	if r.Context().Value(headKey{}) != nil {
		return http.MethodHead
	}
	return r.Method
}

// headWriter drops the body.
type headWriter struct{ http.ResponseWriter }

func (h headWriter) Write(b []byte) (int, error) { return len(b), nil }

func (h headWriter) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func errNoRoute() error {
	return fault.New(fault.NotFound, nil, "there is nothing at this address").Code("route.not_found").
		Hint("the API is described at /api")
}

// noMethod answers 405, which is no kind of fault: it says that the path exists. gin has set Allow.
func (s *Server) noMethod(g *gin.Context) {
	h := g.Writer.Header()
	allow := h.Get("Allow")
	if strings.Contains(allow, http.MethodGet) && !strings.Contains(allow, http.MethodHead) {
		h.Set("Allow", allow+", HEAD")
	}
	h.Set("Content-Type", problem.MediaType)
	h.Set("Cache-Control", "no-store")
	g.Abort()
	g.Writer.WriteHeader(http.StatusMethodNotAllowed)
	const body = `{"type":"` + problem.TypeBase + `route.method","title":"Method Not Allowed","status":405,` +
		`"detail":"this method is not taken here","code":"route.method","hint":"the header Allow lists the methods that are"}`
	_, _ = io.WriteString(g.Writer, body) // the client is gone: nobody is left to tell
}
