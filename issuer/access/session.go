package access

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// The kinds of ticket.
const (
	signIn  = "signin"
	invite  = "invite"
	session = "session"
)

// Session is somebody who is signed in.
type Session struct {
	Ticket
	Person Person
	Secret string // of the cookie
}

// Stale reports whether a role of the person changed since the session got its secret: then it wants Rotate.
func (s Session) Stale() bool { return s.CreatedAt.Before(s.Person.ChangedAt) }

// SignInLink makes a one-time secret that Redeem turns into a console session of the operator, once, within
// limits.SignInLife. The caller puts it into a link and shows that link once. Where nobody owns the deployment yet, the
// first owner is made.
func (s *Service) SignInLink(ctx context.Context) (secret string, t Ticket, err error) {
	p, err := s.operator(ctx)
	if err != nil {
		return "", Ticket{}, err
	}
	return s.ticket(ctx, draft{kind: signIn, person: p.ID})
}

// Invited returns whom a sign-in secret is for, without using it up. One that is over is fault.Unauthorized.
func (s *Service) Invited(ctx context.Context, secret string) (Person, error) {
	if !wellFormed(secret, "") {
		return Person{}, errSignIn()
	}
	for _, kind := range [...]string{signIn, invite} {
		t, err := s.store.TicketByHash(ctx, kind, digest(secret))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return Person{}, err
		}
		return s.owner(ctx, t, secret)
	}
	return Person{}, errSignIn()
}

// owner returns whose link that is, if it still counts.
func (s *Service) owner(ctx context.Context, t Ticket, secret string) (Person, error) {
	if !s.alive(t, digest(secret)) {
		return Person{}, errSignIn()
	}
	if t.PersonID == "" { // printed in the terminal by an older program
		return s.operator(ctx)
	}
	p, err := s.people.Person(ctx, t.PersonID)
	if fault.Is(err, fault.NotFound) || err == nil && !p.RemovedAt.IsZero() {
		return Person{}, errSignIn()
	}
	return p, err
}

// Redeem uses up a sign-in secret and returns a new session with its secret for the cookie. Of parallel calls one
// succeeds. A secret that is unknown, used or too old is fault.Unauthorized with one and the same sentence.
func (s *Service) Redeem(ctx context.Context, secret string) (Session, error) {
	if !wellFormed(secret, "") {
		return Session{}, errSignIn()
	}
	for _, kind := range [...]string{signIn, invite} {
		used, err := s.store.TakeTicket(ctx, kind, digest(secret))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return Session{}, err
		}
		p, err := s.owner(ctx, used, secret)
		if err != nil {
			return Session{}, err
		}
		return s.start(ctx, p, "link")
	}
	return Session{}, errSignIn()
}

// start signs somebody in; by says by what means.
func (s *Service) start(ctx context.Context, p Person, by string) (Session, error) {
	secret, t, err := s.ticket(ctx, draft{kind: session, person: p.ID, actor: p.Actor(), detail: by})
	if err != nil {
		return Session{}, err
	}
	if p.JoinedAt.IsZero() {
		p.JoinedAt = t.CreatedAt
		if err := s.people.JoinPerson(ctx, p.ID, p.JoinedAt); err != nil {
			return Session{}, err
		}
	}
	return Session{Ticket: t, Person: p, Secret: secret}, nil
}

// Session returns the session of a cookie's secret; fault.Unauthorized when there is none any more.
func (s *Service) Session(ctx context.Context, secret string) (Session, error) {
	if !wellFormed(secret, "") {
		return Session{}, errSession()
	}
	t, err := s.store.TicketByHash(ctx, session, digest(secret))
	if fault.Is(err, fault.NotFound) {
		return Session{}, errSession()
	}
	if err != nil {
		return Session{}, err
	}
	if !s.alive(t, digest(secret)) {
		return Session{}, errSession()
	}
	p, err := s.people.Person(ctx, t.PersonID)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && !p.RemovedAt.IsZero():
		return Session{}, errSession()
	case err != nil:
		return Session{}, err
	}
	return Session{Ticket: t, Person: p, Secret: secret}, nil
}

// Rotate gives a session another secret, under which it goes on until its end; under the old one it is over. Of parallel calls
// one succeeds, the others are fault.Unauthorized: the browser has the new cookie from the first.
func (s *Service) Rotate(ctx context.Context, old Session) (Session, error) {
	if _, err := s.store.TakeTicket(ctx, session, old.Hash); fault.Is(err, fault.NotFound) {
		return Session{}, errSession()
	} else if err != nil {
		return Session{}, err
	}
	secret, t, err := s.ticket(ctx, draft{kind: session, person: old.Person.ID, ends: old.ExpiresAt})
	return Session{Ticket: t, Person: old.Person, Secret: secret}, err
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

// SignOutElsewhere ends every other session of a person, and their unused links.
func (s *Service) SignOutElsewhere(ctx context.Context, here Session) error {
	e, err := s.event("session.ended_elsewhere", here.Person.Actor(), "", here.Person.ID)
	if err != nil {
		return err
	}
	return s.store.DeleteTickets(ctx, here.Person.ID, here.Hash, e)
}

// Sweep removes tickets that are over.
func (s *Service) Sweep(ctx context.Context) error {
	return s.store.DeleteExpiredTickets(ctx, s.now())
}

// draft is a ticket to be.
type draft struct {
	kind, person  string
	actor, detail string    // of its event; none without an actor
	ends          time.Time // zero: after the life of its kind
	data          string
}

func (s *Service) ticket(ctx context.Context, d draft) (string, Ticket, error) {
	id, err := s.id("tkt_")
	if err != nil {
		return "", Ticket{}, err
	}
	secret, err := s.secret("")
	if err != nil {
		return "", Ticket{}, err
	}
	now := s.now()
	t := Ticket{ID: id, Kind: d.kind, PersonID: d.person, Hash: digest(secret), Data: d.data, CreatedAt: now, ExpiresAt: d.ends}
	if d.ends.IsZero() {
		t.ExpiresAt = now.Add(life(d.kind))
	}
	if d.kind == session {
		t.CreatedAt = s.clock().UTC() // compared with the moment at which a role changed
	}
	var e event.Event
	if d.actor != "" {
		action := map[string]string{session: "session.started", invite: "person.link"}[d.kind]
		if e, err = s.event(action, d.actor, "", d.person); err != nil {
			return "", Ticket{}, err
		}
		e.Detail = d.detail
	}
	if err := s.store.InsertTicket(ctx, t, e); err != nil {
		return "", Ticket{}, err
	}
	return secret, t, nil
}

func (s *Service) alive(t Ticket, hash []byte) bool {
	return same(t.Hash, hash) && s.now().Before(t.ExpiresAt)
}

func errSignIn() error {
	return fault.New(fault.Unauthorized, nil, "this sign-in link is over: it works once, and not for ever").Code("signin.over").
		Hint("laurel sign-in prints a new one where Laurel runs; an owner can make one on the page People")
}

func errSession() error {
	return fault.New(fault.Unauthorized, nil, "you are not signed in, or no longer").Code("session.over").
		Hint("open a new sign-in link")
}
