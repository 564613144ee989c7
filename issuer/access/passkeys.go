package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// Passkey is one that a person registered.
type Passkey struct {
	ID        []byte // the credential's id
	PersonID  string
	Name      string // what the person calls it
	Body      []byte // what internal/passkey keeps of it
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// Passkeys keeps passkeys. A miss is fault.NotFound.
type Passkeys interface {
	// InsertPasskey stores a passkey; one that is there already is fault.Conflict.
	InsertPasskey(ctx context.Context, k Passkey, e event.Event) error
	// PasskeysOf lists those of a person, the oldest first.
	PasskeysOf(ctx context.Context, personID string) ([]Passkey, error)
	// UsePasskey stores the body of a passkey that was used at that moment.
	UsePasskey(ctx context.Context, id, body []byte, at time.Time) error
	NamePasskey(ctx context.Context, personID string, id []byte, name string, e event.Event) error
	DeletePasskey(ctx context.Context, personID string, id []byte, e event.Event) error
}

// passkeysMost bounds the passkeys of a person.
const passkeysMost = 20

// ceremony is the kind of ticket that keeps the state of a sign-in while a browser works on it. Hold makes one, Held uses it up.
const ceremony = "ceremony:"

// Hold keeps data for somebody's browser, once, for limits.CeremonyLife, under a secret. purpose keeps one kind of ceremony from
// being ended as another.
func (s *Service) Hold(ctx context.Context, purpose, personID string, data []byte) (secret string, err error) {
	secret, _, err = s.ticket(ctx, draft{kind: ceremony + purpose, person: personID, data: string(data)})
	return secret, err
}

// Held hands out what Hold kept, once. A secret that is unknown, used, too old or for another purpose is fault.Gone.
func (s *Service) Held(ctx context.Context, purpose, secret string) (personID string, data []byte, err error) {
	if !wellFormed(secret, "") {
		return "", nil, errCeremony()
	}
	t, err := s.store.TakeTicket(ctx, ceremony+purpose, digest(secret))
	if fault.Is(err, fault.NotFound) || err == nil && !s.alive(t, digest(secret)) {
		return "", nil, errCeremony()
	}
	return t.PersonID, []byte(t.Data), err
}

func errCeremony() error {
	return fault.New(fault.Gone, nil, "this took too long, or was done before").Code("signin.ceremony").Hint("begin again")
}

// AddPasskey stores a passkey that a person has just shown to have.
func (s *Service) AddPasskey(ctx context.Context, who Person, k Passkey) error {
	name, err := passkeyName(k.Name)
	if err != nil {
		return err
	}
	logins, err := s.logins.LoginsOf(ctx, who.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(logins, func(l Login) bool { return l.Follows }) { // a passkey would outlive the role at the service
		return fault.New(fault.Conflict, nil, "your roles follow the sign-in service, by which you sign in").Code("passkey.follows")
	}
	all, err := s.passkeys.PasskeysOf(ctx, who.ID)
	if err != nil {
		return err
	}
	if len(all) >= passkeysMost {
		return fault.New(fault.Conflict, nil, "a person has at most %d passkeys", passkeysMost).Code("passkey.many").Hint("remove one first")
	}
	k.Name, k.PersonID, k.CreatedAt = name, who.ID, s.now()
	e, err := s.event("passkey.added", who.Actor(), "", who.ID)
	if err != nil {
		return err
	}
	return s.passkeys.InsertPasskey(ctx, k, e)
}

func passkeyName(name string) (string, error) {
	if name = strings.TrimSpace(name); name == "" {
		return "", fault.New(fault.Invalid, nil, "a passkey needs a name").Code("passkey.name").At("/name")
	}
	name, _, err := checkPerson(name, "")
	return name, err
}

// PasskeysOf lists the passkeys of a person who was not removed.
func (s *Service) PasskeysOf(ctx context.Context, personID string) (Person, []Passkey, error) {
	p, err := s.people.Person(ctx, personID)
	if err == nil && !p.RemovedAt.IsZero() {
		err = errNobody()
	}
	if err != nil {
		return Person{}, nil, err
	}
	all, err := s.passkeys.PasskeysOf(ctx, personID)
	return p, all, err
}

// RenamePasskey changes what a person calls one of their passkeys.
func (s *Service) RenamePasskey(ctx context.Context, who Person, id []byte, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	e, err := s.event("passkey.renamed", who.Actor(), "", who.ID)
	if err != nil {
		return err
	}
	return s.passkeys.NamePasskey(ctx, who.ID, id, name, e)
}

// RemovePasskey ends one of a person's passkeys.
func (s *Service) RemovePasskey(ctx context.Context, who Person, id []byte) error {
	e, err := s.event("passkey.removed", who.Actor(), "", who.ID)
	if err != nil {
		return err
	}
	return s.passkeys.DeletePasskey(ctx, who.ID, id, e)
}

// EnterByPasskey signs in whoever has answered a challenge with that passkey. A passkey that was removed meanwhile is
// fault.Unauthorized.
func (s *Service) EnterByPasskey(ctx context.Context, personID string, id, body []byte) (Session, error) {
	p, _, err := s.PasskeysOf(ctx, personID)
	if err == nil {
		err = s.passkeys.UsePasskey(ctx, id, body, s.now())
	}
	if fault.Is(err, fault.NotFound) {
		return Session{}, errSignIn()
	}
	if err != nil {
		return Session{}, err
	}
	return s.start(ctx, p, "passkey")
}
