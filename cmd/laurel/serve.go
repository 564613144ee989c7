package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
)

func newServe(t terminal) *cobra.Command {
	suites := false
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the server; the first start makes everything it needs",
		Long: `Start the server. Without settings it listens on 127.0.0.1:8080 and keeps everything in ./laurel-data.
The first start on this machine's own address makes an example: an issuer, two achievements, and awards to the learners
of a course-completion file. --no-demo leaves it out; a server with a public --base-url never makes it unasked.`,
		Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings(cmd, t)
			if err != nil {
				return err
			}
			if suites {
				return conformance(cmd.Context(), cfg, t)
			}
			return serve(cmd.Context(), cfg, t)
		},
	}
	cmd.Flags().BoolVar(&suites, "conformance", false, "serve the VC-API to the official test suites instead, on this machine only")
	return cmd
}

// mailPause is how often the queue of mails is looked at.
const mailPause = 5 * time.Second

// overduePause is how often it is tried again to publish what is overdue.
const overduePause = 5 * time.Second

// promotion is how often keys are looked for whose notice is over.
const promotion = 5 * time.Second

func serve(ctx context.Context, cfg config.Config, t terminal) error {
	log := logger(cfg, t.err)
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, err, "the address %s cannot be listened on", cfg.Listen).
			Hint("another program may use it; choose one with --listen, or --listen 127.0.0.1:0 for any free port")
	}
	defer func() { _ = ln.Close() }()
	cfg.Listen = ln.Addr().String()
	var metrics net.Listener
	if cfg.MetricsListen != "" {
		if metrics, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.MetricsListen); err != nil {
			return fault.New(fault.Unavailable, err, "the address %s for metrics cannot be listened on", cfg.MetricsListen)
		}
		defer func() { _ = metrics.Close() }()
	}
	a, err := open(ctx, cfg, log, serving)
	if err != nil {
		return err
	}
	defer func() { _ = a.close() }()
	srv, err := a.server()
	if err != nil {
		return err
	}
	hello, err := a.firstStart(ctx)
	if err != nil {
		return err
	}
	link, err := a.signInLink(ctx)
	if err != nil {
		return err
	}
	greet(t.out, a, link, hello)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { // a damaged database must sign nothing; reading it whole takes too long to wait for it
		if err := a.store.IntegrityCheck(ctx); err != nil && fault.Describe(err).Code == "store.damaged" {
			stop(err)
		}
	}()
	go every(ctx, promotion, func(ctx context.Context) {
		if err := a.keys.Promote(ctx); err != nil {
			log.ErrorContext(ctx, "keys whose notice is over do not sign yet", "error", err)
		}
	})
	go a.publishOverdue(ctx)
	go every(ctx, tallyPause, a.storeTally)
	defer func() { a.storeTally(context.WithoutCancel(ctx)) }()
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		a.workOnUploads(ctx)
	}()
	defer func() { // before the database is closed, an upload that runs is left to the next server
		stop(nil)
		<-settled
	}()
	a.sweepAlways(ctx)
	if err := srv.Serve(ctx, ln, metrics); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// publishOverdue tries again and again to publish what is overdue, until ctx ends, and says so once a minute.
func (a *app) publishOverdue(ctx context.Context) {
	var said time.Time
	every(ctx, overduePause, func(ctx context.Context) {
		err := a.lists.PublishOverdue(ctx)
		n, since := a.overdue()
		switch {
		case n == 0 && !said.IsZero():
			said = time.Time{}
			a.log.InfoContext(ctx, "status lists that were overdue are published")
		case err != nil && ctx.Err() == nil && time.Since(said) >= time.Minute:
			said = time.Now()
			a.log.ErrorContext(ctx, "status lists are overdue", "lists", n, "since", since, "error", err)
		}
	})
}

// sweepAlways removes what is over, and sends what mail waits, until ctx ends.
func (a *app) sweepAlways(ctx context.Context) {
	for _, s := range []struct {
		pause time.Duration
		sweep func(context.Context) error
		what  string
	}{
		{time.Hour, a.desk.Sweep, "uploads"},
		{time.Hour, a.access.Sweep, "sessions"},
		{time.Hour, a.wallets.Sweep, "codes of wallets"},
		{time.Minute, a.receipts.Sweep, "receipts"},
		{time.Minute, a.requests.Sweep, "requests to wallets"},
	} {
		go every(ctx, s.pause, func(ctx context.Context) {
			if err := s.sweep(ctx); err != nil {
				a.log.ErrorContext(ctx, "what is over was not swept", "of", s.what, "error", err)
			}
		})
	}
	if a.sender == nil {
		return
	}
	go every(ctx, mailPause, func(ctx context.Context) {
		if err := a.mails.Run(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "mail to learners waits", "error", err)
		}
	})
}

// uploadPause is how long a server that has nothing to award looks away.
const uploadPause = time.Second

// workOnUploads awards and undoes what people confirmed in the console, one upload after the other, until ctx ends. It begins with
// what the server before it did not finish.
func (a *app) workOnUploads(ctx context.Context) {
	every(ctx, uploadPause, func(ctx context.Context) {
		for found := true; found && ctx.Err() == nil; {
			var err error
			if found, err = a.desk.Work(ctx); err != nil {
				a.log.ErrorContext(ctx, "an upload is tried again", "error", err)
				return
			}
		}
	})
}

// signInLink makes the address that signs the operator into the console once.
func (a *app) signInLink(ctx context.Context) (string, error) {
	secret, _, err := a.access.SignInLink(ctx)
	if err != nil {
		return "", err
	}
	return a.base + "/console/sign-in/" + secret, nil
}

func newSignIn(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "sign-in", Short: "Print a link that signs you into the console, once", Args: exactly(0, "flags only"),
		Long: "Print a link that signs you into the console, once, within a day. The server may be running meanwhile.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error {
				link, err := a.signInLink(cmd.Context())
				if err == nil {
					sayln(t.out, link)
				}
				return err
			})
		},
	}
}

// greet prints where to go next, in lines for 80 columns. The address that is listened on stands there where the base URL
// does not say it.
func greet(w io.Writer, a *app, link string, h hello) {
	say(w, "\nLaurel is running at %s\n", a.base)
	if a.cfg.BaseURL != "" {
		say(w, "Listening on %s\n", a.cfg.Listen)
	}
	say(w, "\n")
	if h.awards > 0 {
		say(w, "  This first start made an example: %q with %d achievements\n"+
			"  and %d awards to the learners of a course-completion file. Start with\n"+
			"  --no-demo and an empty data folder to begin without it.\n\n", h.issuer, h.achievements, h.awards)
	}
	say(w, "  Console (signs you in once; laurel sign-in prints another)\n    %s\n", link)
	if h.badge != "" {
		say(w, "  A badge\n    %s\n", h.badge)
	}
	say(w, "  Verify\n    %s/verify\n  API\n    %s/api\n\n", a.base, a.base)
}

// local reports whether base is an address of this machine, where an example harms nobody.
func local(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
