package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
)

// pingTime is how long /readyz waits for the database.
const pingTime = 2 * time.Second

// health says that the process lives.
func (s *Server) health(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	g.String(http.StatusOK, "ok\n")
}

// ready says that requests are taken: the database answers, and no drain has begun. Status lists that are overdue are named, and
// are no reason to send requests elsewhere: the signer that they wait for is no nearer to another server.
func (s *Server) ready(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	if s.draining.Load() {
		s.Fail(g, fault.New(fault.Unavailable, nil, "the server is going down").Code("ready.draining"))
		return
	}
	if s.cfg.Database != nil {
		ctx, cancel := context.WithTimeout(g.Request.Context(), pingTime)
		defer cancel()
		if err := s.cfg.Database.Ping(ctx); err != nil {
			s.Fail(g, fault.New(fault.Unavailable, err, "the database does not answer").Code("ready.database"))
			return
		}
	}
	if n, since := s.cfg.Overdue(); n > 0 {
		g.String(http.StatusOK, "ok\nstatus lists overdue: %d, since %s\n", n, since.UTC().Format(time.RFC3339))
		return
	}
	g.String(http.StatusOK, "ok\n")
}

// metrics answers on the main listener only to somebody on this machine, and only when the listener itself is bound to
// the loopback and no proxy stands between: to everybody else the path does not exist (threat W28). A base URL with
// another name means that a proxy does stand between, even one that adds no header.
func (s *Server) metrics(g *gin.Context) {
	if !s.loopback.Load() || s.named || !local(g.Request) {
		s.Fail(g, errNoRoute())
		return
	}
	s.writeMetrics(g.Writer)
}

func (s *Server) writeMetrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = s.cfg.Metrics.WriteTo(w) // the client is gone: nobody is left to tell
	n, since := s.cfg.Overdue()
	seconds := 0.0
	if n > 0 {
		seconds = max(0, s.cfg.Clock().Sub(since).Seconds())
	}
	writeGauge(w, overdueLists, "Status lists that could not be published.", float64(n))
	writeGauge(w, overdueSeconds, "How long the first of them waits.", seconds)
}

// local reports whether the peer is on this machine and speaks for itself.
func local(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return loopbackAddress(r.RemoteAddr) && loopbackName(r.Host)
}

// loopbackName reports whether a Host names this machine. A page that rebinds its own name to 127.0.0.1 has another.
func loopbackName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && a.Unmap().IsLoopback()
}

func loopbackAddress(hostPort string) bool {
	ap, err := netip.ParseAddrPort(hostPort)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// MetricsHandler answers /metrics and /healthz, and nothing else, for a listener of its own.
func (s *Server) MetricsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			s.cfg.Errors.Write(w, r, errNoRoute())
		case r.URL.Path == "/metrics":
			s.writeMetrics(w)
		case r.URL.Path == "/healthz":
			_, _ = io.WriteString(w, "ok\n") // the client is gone: nobody is left to tell
		default:
			s.cfg.Errors.Write(w, r, errNoRoute())
		}
	})
}
