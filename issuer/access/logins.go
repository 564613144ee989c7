package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// Login ties a person to whom a sign-in service says that they are. Issuer and Subject together never change their meaning
// (OpenID Connect Core §2); an address may.
type Login struct {
	Issuer, Subject string
	PersonID        string
	Follows         bool // roles follow the claims of the service
	CreatedAt       time.Time
	UsedAt          time.Time
}

// Logins keeps what ties people to sign-in services. A miss is fault.NotFound.
type Logins interface {
	Login(ctx context.Context, issuer, subject string) (Login, error)
	// LoginsOf lists those of a person, the oldest first.
	LoginsOf(ctx context.Context, personID string) ([]Login, error)
	// LinkLogin stores a login. One of somebody who was removed is given to the new person; one that somebody has, and a
	// person who has another one of that issuer, are fault.Conflict (login.taken).
	LinkLogin(ctx context.Context, l Login, e event.Event) error
	// UseLogin sets UsedAt.
	UseLogin(ctx context.Context, issuer, subject string, at time.Time) error
	// UnlinkLogin removes the login that a person has at an issuer.
	UnlinkLogin(ctx context.Context, personID, issuer string, e event.Event) error
}

// Identity is who somebody is, as a sign-in service says, and what its claims give them here.
type Identity struct {
	Issuer, Subject string
	Name, Email     string
	Verified        bool // the service knows that the address is theirs
	Grants          []Grant
}

// EnterByIdentity signs in whoever a sign-in service named. First counts the login that was linked before; without one, the
// person who was let in with that address, if the service verified it, is linked, and the sessions, links and passkeys of before
// end; without one, claims that give a role let somebody in whose roles follow the claims from then on, and end with them.
// Everybody else is fault.Forbidden: signon.unknown, signon.unverified, signon.removed, signon.taken or signon.norole.
func (s *Service) EnterByIdentity(ctx context.Context, i Identity) (Session, error) {
	l, err := s.logins.Login(ctx, i.Issuer, i.Subject)
	if fault.Is(err, fault.NotFound) {
		return s.newcomer(ctx, i)
	}
	if err != nil {
		return Session{}, err
	}
	p, err := s.people.Person(ctx, l.PersonID)
	if err != nil {
		return Session{}, err
	}
	if !p.RemovedAt.IsZero() {
		return s.returns(ctx, i)
	}
	if l.Follows {
		if p, err = s.follow(ctx, p, i.Grants); err != nil {
			return Session{}, err
		}
	}
	return s.enter(ctx, p, i)
}

func (s *Service) enter(ctx context.Context, p Person, i Identity) (Session, error) {
	if err := s.logins.UseLogin(ctx, i.Issuer, i.Subject, s.now()); err != nil {
		return Session{}, err
	}
	return s.start(ctx, p, "single sign-on")
}

// returns lets somebody in who was removed, when an owner has invited them anew.
func (s *Service) returns(ctx context.Context, i Identity) (Session, error) {
	p, err := s.invited(ctx, i)
	if fault.Is(err, fault.NotFound) {
		return Session{}, outside("signon.removed", "an owner has taken your roles away")
	}
	if err != nil {
		return Session{}, err
	}
	return s.link(ctx, p, Login{}, i)
}

// newcomer lets somebody in who was never here by this service.
func (s *Service) newcomer(ctx context.Context, i Identity) (Session, error) {
	p, err := s.invited(ctx, i)
	switch {
	case err == nil:
		return s.link(ctx, p, Login{}, i)
	case !fault.Is(err, fault.NotFound):
		return Session{}, err
	case len(i.Grants) > 0:
		if p, err = s.admit(ctx, i); err != nil {
			return Session{}, err
		}
		return s.link(ctx, p, Login{Follows: true}, i)
	case i.Email != "" && !i.Verified:
		return Session{}, outside("signon.unverified", "the sign-in service does not say that your mail address is yours")
	}
	return Session{}, outside("signon.unknown", "nobody has let you in here")
}

// invited finds the person with the verified address of an identity.
func (s *Service) invited(ctx context.Context, i Identity) (Person, error) {
	if i.Email == "" || !i.Verified {
		return Person{}, errNobody()
	}
	return s.people.PersonByEmail(ctx, FoldEmail(i.Email))
}

func (s *Service) link(ctx context.Context, p Person, l Login, i Identity) (Session, error) {
	e, err := s.event("person.linked", p.Actor(), "", p.ID)
	if err != nil {
		return Session{}, err
	}
	e.Detail = i.Issuer
	l.Issuer, l.Subject, l.PersonID, l.CreatedAt, l.UsedAt = i.Issuer, i.Subject, p.ID, s.now(), s.now()
	if err := s.logins.LinkLogin(ctx, l, e); fault.Describe(err).Code == "login.taken" {
		return Session{}, outside("signon.taken", "the account with your mail address belongs to another person of the sign-in service")
	} else if err != nil {
		return Session{}, err
	}
	if err := s.startAnew(ctx, p); err != nil {
		return Session{}, err
	}
	return s.enter(ctx, p, i)
}

// startAnew ends every session, link and passkey of somebody whom a sign-in service names for the first time. Until then only a
// typed address said whose account it is: whoever wrote it there, or was handed the link, must not stay in beside its owner.
func (s *Service) startAnew(ctx context.Context, p Person) error {
	all, err := s.passkeys.PasskeysOf(ctx, p.ID)
	for _, k := range all {
		if err == nil {
			err = s.RemovePasskey(ctx, p, k.ID)
		}
	}
	if err != nil {
		return err
	}
	e, err := s.event("session.ended_elsewhere", p.Actor(), "", p.ID)
	if err != nil {
		return err
	}
	return s.store.DeleteTickets(ctx, p.ID, nil, e)
}

// admit makes a person of whom only the claims of the service are known.
func (s *Service) admit(ctx context.Context, i Identity) (Person, error) {
	email := ""
	if i.Verified {
		email = i.Email
	}
	name, email, err := checkPerson(shorten(i.Name), email)
	if err != nil {
		if name, email, err = checkPerson(shorten(i.Subject), ""); err != nil {
			return Person{}, err
		}
	}
	return s.newPerson(ctx, Person{Name: name, Email: email, Roles: i.Grants}, "single sign-on")
}

// shorten keeps as much of a name as is stored.
func shorten(name string) string {
	for len(name) > nameBytes {
		name = name[:len(name)-1]
	}
	return strings.ToValidUTF8(name, "")
}

// follow gives a person the roles of the claims and takes the others. Without any role the sessions end, and the person may
// come back as soon as the claims give one again.
func (s *Service) follow(ctx context.Context, p Person, grants []Grant) (Person, error) {
	if len(grants) == 0 {
		e, err := s.event("session.ended_elsewhere", p.Actor(), "", p.ID)
		if err == nil {
			err = s.store.DeleteTickets(ctx, p.ID, nil, e)
		}
		if err != nil {
			return p, err
		}
		return p, outside("signon.norole", "the sign-in service gives you no role here any more")
	}
	wanted := slices.Clone(grants)
	for _, g := range p.Roles {
		if !slices.ContainsFunc(grants, func(o Grant) bool { return o.IssuerID == g.IssuerID }) {
			wanted = append(wanted, Grant{IssuerID: g.IssuerID}) // taken, after the others were given
		}
	}
	for _, g := range wanted {
		if slices.Contains(p.Roles, g) {
			continue
		}
		action := "person.role_changed"
		if g.Role == "" {
			action = "person.role_removed"
		}
		e, err := s.event(action, "single sign-on", g.IssuerID, p.ID)
		if err != nil {
			return p, err
		}
		e.Detail = string(g.Role)
		if p, err = s.people.SetRole(ctx, p.ID, g, s.clock().UTC(), e); err != nil {
			return p, err
		}
	}
	return p, nil
}

// LoginsOf lists by which services a person signs in.
func (s *Service) LoginsOf(ctx context.Context, personID string) ([]Login, error) {
	return s.logins.LoginsOf(ctx, personID)
}

// Unlink parts somebody from a sign-in service, and ends their sessions: an address that belongs to somebody else by now is
// free to be linked again. by must own every issuer for which they have a role.
func (s *Service) Unlink(ctx context.Context, by Person, id, issuer string) error {
	if _, err := s.wholly(ctx, by, id); err != nil {
		return err
	}
	e, err := s.event("person.unlinked", by.Actor(), "", id)
	if err != nil {
		return err
	}
	e.Detail = issuer
	if err := s.logins.UnlinkLogin(ctx, id, issuer, e); err != nil {
		return err
	}
	ended, err := s.event("session.ended_elsewhere", by.Actor(), "", id)
	if err != nil {
		return err
	}
	return s.store.DeleteTickets(ctx, id, nil, ended)
}

func outside(code, sentence string) error {
	return fault.New(fault.Forbidden, nil, "%s", sentence).Code(code).Hint("ask an owner to let you in")
}
