package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/openlaurel/laurel/internal/limits"
)

// Times of the listening side. A slow client loses its connection, not our memory; a poor line has two minutes to send a
// photograph.
const (
	headerTime = 5 * time.Second
	readTime   = 2 * time.Minute
	writeTime  = 3 * time.Minute
	idleTime   = 2 * time.Minute
	drainTime  = 20 * time.Second
)

// HTTP returns a net/http server for h with our bounds. Headers over limits.HeaderBytes get 431 from net/http.
func (s *Server) HTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
}

// Serve answers on ln, and on metrics with the metrics only when that is not nil, until ctx ends. Then it takes no new
// connection, finishes what runs, and returns nil; what is not finished after 20 s is cut off and is an error.
func (s *Server) Serve(ctx context.Context, ln, metrics net.Listener) error {
	s.loopback.Store(loopbackAddress(ln.Addr().String()))
	servers := []*http.Server{s.HTTP(s.Handler())}
	failed := make(chan error, 2)
	go func() { failed <- servers[0].Serve(ln) }()
	if metrics != nil {
		servers = append(servers, s.HTTP(s.MetricsHandler()))
		go func() { failed <- servers[1].Serve(metrics) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("listening: %w", err)
	}
	return errors.Join(err, s.drain(context.WithoutCancel(ctx), servers))
}

func (s *Server) drain(ctx context.Context, servers []*http.Server) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	var errs []error
	for _, srv := range servers {
		if err := srv.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("drain: %w", err), srv.Close())
		}
	}
	return errors.Join(errs...)
}
