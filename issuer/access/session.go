package access

import (
	"context"

	"github.com/openlaurel/laurel/internal/fault"
)

// The kinds of ticket.
const (
	signIn  = "signin"
	session = "session"
)

// SignInLink makes a one-time secret that Redeem turns into a console session, once, within limits.SignInLife. The
// caller puts it into a link and shows that link once.
func (s *Service) SignInLink(ctx context.Context) (secret string, t Ticket, err error) {
	return s.ticket(ctx, signIn)
}

// Redeem uses up a sign-in secret and returns the secret of a new session for the cookie. Of parallel calls one
// succeeds. A secret that is unknown, used or too old is fault.Unauthorized with one and the same sentence.
func (s *Service) Redeem(ctx context.Context, secret string) (sessionSecret string, t Ticket, err error) {
	if !wellFormed(secret, "") {
		return "", Ticket{}, errSignIn()
	}
	used, err := s.store.TakeTicket(ctx, signIn, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return "", Ticket{}, errSignIn()
	}
	if err != nil {
		return "", Ticket{}, err
	}
	if !s.alive(used, digest(secret)) {
		return "", Ticket{}, errSignIn()
	}
	return s.ticket(ctx, session)
}

// Session returns the session of a cookie's secret; fault.Unauthorized when there is none any more.
func (s *Service) Session(ctx context.Context, secret string) (Ticket, error) {
	if !wellFormed(secret, "") {
		return Ticket{}, errSession()
	}
	t, err := s.store.TicketByHash(ctx, session, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return Ticket{}, errSession()
	}
	if err != nil {
		return Ticket{}, err
	}
	if !s.alive(t, digest(secret)) {
		return Ticket{}, errSession()
	}
	return t, nil
}

// SignOut ends a session. Ending one that is over is no error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	if !wellFormed(secret, "") {
		return nil
	}
	_, err := s.store.TakeTicket(ctx, session, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Sweep removes tickets that are over.
func (s *Service) Sweep(ctx context.Context) error {
	return s.store.DeleteExpiredTickets(ctx, s.now())
}

func (s *Service) ticket(ctx context.Context, kind string) (string, Ticket, error) {
	id, err := s.id("tkt_")
	if err != nil {
		return "", Ticket{}, err
	}
	secret, err := s.secret("")
	if err != nil {
		return "", Ticket{}, err
	}
	now := s.now()
	t := Ticket{ID: id, Kind: kind, Hash: digest(secret), CreatedAt: now, ExpiresAt: now.Add(life(kind))}
	if err := s.store.InsertTicket(ctx, t); err != nil {
		return "", Ticket{}, err
	}
	return secret, t, nil
}

func (s *Service) alive(t Ticket, hash []byte) bool {
	return same(t.Hash, hash) && s.now().Before(t.ExpiresAt)
}

func errSignIn() error {
	return fault.New(fault.Unauthorized, nil, "this sign-in link is over: it works once, for a day").Code("signin.over").
		Hint("laurel sign-in prints a new one where Laurel runs")
}

func errSession() error {
	return fault.New(fault.Unauthorized, nil, "you are not signed in, or no longer").Code("session.over").
		Hint("open a new sign-in link")
}
