package access

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// Role is what a person is for an issuer.
type Role string

// The roles. An owner may do everything, people, keys and tokens included; an awarder awards and corrects awards; a viewer
// looks.
const (
	Owner   Role = "owner"
	Awarder Role = "awarder"
	Viewer  Role = "viewer"
)

// Roles lists the roles, the widest first.
func Roles() []Role { return []Role{Owner, Awarder, Viewer} }

// Scopes are what the role may do; none for a role that there is not.
func (r Role) Scopes() []Scope {
	switch r {
	case Owner:
		return Scopes()
	case Awarder:
		return []Scope{Award, Read, Revoke}
	case Viewer:
		return []Scope{Read}
	}
	return nil
}

// Grant gives a role for one issuer, or for every issuer when IssuerID is empty.
type Grant struct {
	IssuerID string
	Role     Role
}

// Person is somebody who may sign in to the console. Who has no role any more is removed, and cannot.
type Person struct {
	ID        string // "per_…"
	Name      string
	Email     string // may be empty; in lower case, and nobody else's
	Roles     []Grant
	CreatedAt time.Time
	JoinedAt  time.Time // when they first signed in; zero: not yet
	ChangedAt time.Time // when a role was last given or taken: older sessions get a new secret
	RemovedAt time.Time // zero: not removed
}

// Rights implements Holder.
func (p Person) Rights() []Right {
	if !p.RemovedAt.IsZero() {
		return nil
	}
	out := make([]Right, len(p.Roles))
	for i, g := range p.Roles {
		out[i] = Right{IssuerID: g.IssuerID, Scopes: g.Role.Scopes()}
	}
	return out
}

// Actor is how events name the person.
func (p Person) Actor() string { return "console:" + p.ID }

// People keeps people. A miss is fault.NotFound, and so is a person who was removed, but for Person.
type People interface {
	// InsertPerson stores a person with their roles. An address that somebody has is fault.Conflict (person.email_taken).
	InsertPerson(ctx context.Context, p Person, e event.Event) error
	Person(ctx context.Context, id string) (Person, error)
	PersonByEmail(ctx context.Context, email string) (Person, error)
	// People lists everybody who was not removed, in the order in which they came.
	People(ctx context.Context) ([]Person, error)
	// SetRole gives a role, or takes it when g.Role is empty, and returns the person as they are then. Who has no role left
	// is removed, and their links and sessions end. The last owner of every issuer stays one: fault.Conflict
	// (person.last_owner), also when two owners are taken away at the same moment.
	SetRole(ctx context.Context, id string, g Grant, at time.Time, e event.Event) (Person, error)
	// NamePerson changes name and address. JoinPerson sets JoinedAt, once.
	NamePerson(ctx context.Context, id, name, email string, e event.Event) error
	JoinPerson(ctx context.Context, id string, at time.Time) error
}

// operatorName is what the first owner is called until they say otherwise.
const operatorName = "Operator"

// Invitation says who is to be let in, and as what.
type Invitation struct {
	Name  string
	Email string // optional; single sign-on finds the person by it
	Grant Grant
}

// Invite makes a person and the secret of a link that signs them in once, within limits.InviteLife. by must own the issuer of
// the grant. Mistakes are fault.Invalid; an address that somebody has is fault.Conflict.
func (s *Service) Invite(ctx context.Context, by Person, in Invitation) (p Person, secret string, err error) {
	if err := Permit(by, Admin, in.Grant.IssuerID); err != nil {
		return Person{}, "", err
	}
	if in.Grant.Role.Scopes() == nil {
		return Person{}, "", errRole(in.Grant.Role)
	}
	name, email, err := checkPerson(in.Name, in.Email)
	if err != nil {
		return Person{}, "", err
	}
	p, err = s.newPerson(ctx, Person{Name: name, Email: email, Roles: []Grant{in.Grant}}, by.Actor())
	if err != nil {
		return Person{}, "", err
	}
	secret, _, err = s.ticket(ctx, draft{kind: invite, person: p.ID})
	return p, secret, err
}

func (s *Service) newPerson(ctx context.Context, p Person, actor string) (Person, error) {
	id, err := s.id("per_")
	if err != nil {
		return Person{}, err
	}
	p.ID, p.CreatedAt = id, s.now()
	e, err := s.event("person.invited", actor, p.Roles[0].IssuerID, id)
	if err != nil {
		return Person{}, err
	}
	e.Detail = string(p.Roles[0].Role)
	return p, s.people.InsertPerson(ctx, p, e)
}

// checkPerson settles how a person is called and reached.
func checkPerson(name, email string) (string, string, error) {
	name, email = strings.TrimSpace(name), strings.TrimSpace(email)
	if name == "" {
		return "", "", fault.New(fault.Invalid, nil, "a person needs a name").Code("person.name").At("/name")
	}
	if len(name) > nameBytes || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", "", fault.New(fault.Invalid, nil, "the name has control characters or more than %d bytes", nameBytes).
			Code("person.name").At("/name")
	}
	if email != "" && !catalog.ValidEmail(email) {
		return "", "", fault.New(fault.Invalid, nil, "this is no plain mail address").Code("email.syntax").At("/email").
			Hint("correct it, or leave it out")
	}
	return name, FoldEmail(email), nil
}

// FoldEmail is the one form in which the address of a person is kept and compared: ASCII letters in lower case, all else as
// it is.
func FoldEmail(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Link makes the secret of a further link for somebody who is there. by must own every issuer for which they have a role,
// because who has the link can do what they can.
func (s *Service) Link(ctx context.Context, by Person, id string) (p Person, secret string, err error) {
	if p, err = s.wholly(ctx, by, id); err != nil {
		return Person{}, "", err
	}
	secret, _, err = s.ticket(ctx, draft{kind: invite, person: p.ID, actor: by.Actor()})
	return p, secret, err
}

// SetRole gives somebody a role for an issuer, or takes it when role is empty. by must own that issuer. Who has no role left
// is removed and signed out; the last owner of every issuer stays one (fault.Conflict).
func (s *Service) SetRole(ctx context.Context, by Person, id string, g Grant) (Person, error) {
	if err := Permit(by, Admin, g.IssuerID); err != nil {
		return Person{}, err
	}
	action := "person.role_changed"
	switch {
	case g.Role == "":
		action = "person.role_removed"
	case g.Role.Scopes() == nil:
		return Person{}, errRole(g.Role)
	}
	if _, err := s.personOf(ctx, by, id); err != nil {
		return Person{}, err
	}
	e, err := s.event(action, by.Actor(), g.IssuerID, id)
	if err != nil {
		return Person{}, err
	}
	e.Detail = string(g.Role)
	return s.people.SetRole(ctx, id, g, s.clock().UTC(), e)
}

// personOf finds somebody whom an owner sees: a role of theirs is for an issuer of the owner. Others are fault.NotFound.
func (s *Service) personOf(ctx context.Context, by Person, id string) (Person, error) {
	p, err := s.people.Person(ctx, id)
	if err != nil {
		return Person{}, err
	}
	if !p.RemovedAt.IsZero() || !visible(by, p) {
		return Person{}, fault.New(fault.NotFound, nil, "there is no such person").Code("person.not_found")
	}
	return p, nil
}

// wholly is personOf for what concerns all roles of the person; with one that by may not give it is fault.Forbidden.
func (s *Service) wholly(ctx context.Context, by Person, id string) (Person, error) {
	p, err := s.personOf(ctx, by, id)
	if err != nil {
		return Person{}, err
	}
	for _, g := range p.Roles {
		if !Allows(by, Admin, g.IssuerID) {
			return Person{}, fault.New(fault.Forbidden, nil, "this person has a role that you may not give").Code("access.role").
				Hint("ask an owner of every issuer")
		}
	}
	return p, nil
}

func visible(by, p Person) bool {
	return slices.ContainsFunc(p.Roles, func(g Grant) bool { return Allows(by, Admin, g.IssuerID) })
}

// People lists those whom an owner sees, each with the roles that the owner may change.
func (s *Service) People(ctx context.Context, by Person) ([]Person, error) {
	all, err := s.people.People(ctx)
	if err != nil {
		return nil, err
	}
	var out []Person
	for _, p := range all {
		p.Roles = slices.DeleteFunc(slices.Clone(p.Roles), func(g Grant) bool { return !Allows(by, Admin, g.IssuerID) })
		if len(p.Roles) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// Names returns the names of people by how events name them, of those who were removed too.
func (s *Service) Names(ctx context.Context, actors []string) (map[string]string, error) {
	out := map[string]string{}
	for _, a := range actors {
		id, ok := strings.CutPrefix(a, "console:")
		if _, known := out[a]; known || !ok || !strings.HasPrefix(id, "per_") {
			continue
		}
		p, err := s.people.Person(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[a] = p.Name
	}
	return out, nil
}

// Rename changes one's own name and address.
func (s *Service) Rename(ctx context.Context, who Person, name, email string) error {
	name, email, err := checkPerson(name, email)
	if err != nil {
		return err
	}
	e, err := s.event("person.renamed", who.Actor(), "", who.ID)
	if err != nil {
		return err
	}
	return s.people.NamePerson(ctx, who.ID, name, email, e)
}

// operator is the first owner of every issuer; without one it is made.
func (s *Service) operator(ctx context.Context) (Person, error) {
	all, err := s.people.People(ctx)
	if err != nil {
		return Person{}, err
	}
	for _, p := range all {
		if slices.Contains(p.Roles, Grant{Role: Owner}) {
			return p, nil
		}
	}
	return s.newPerson(ctx, Person{Name: operatorName, Roles: []Grant{{Role: Owner}}}, "cli")
}

func errRole(r Role) error {
	return fault.New(fault.Invalid, nil, "%.20q is no role", string(r)).Code("person.role").At("/role").
		Hint("choose among owner, awarder, viewer")
}
