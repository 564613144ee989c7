package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// InsertPerson implements access.People.
func (s *Store) InsertPerson(ctx context.Context, p access.Person, e event.Event) error {
	return s.write(ctx, "person", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO person (id, name, email, created_at, joined_at, changed_at, removed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.ID, p.Name, p.Email, micros(p.CreatedAt), micros(p.JoinedAt), micros(p.ChangedAt),
			micros(p.RemovedAt)); err != nil {
			return err
		}
		for _, g := range p.Roles {
			if err := t.grant(p.ID, g); err != nil {
				return err
			}
		}
		return t.record(e)
	})
}

func (t *tx) grant(person string, g access.Grant) error {
	_, err := t.exec("INSERT INTO person_role (person_id, issuer_id, role) VALUES ($1, $2, $3)", person, g.IssuerID, string(g.Role))
	return err
}

const selectPerson = "SELECT id, name, email, created_at, joined_at, changed_at, removed_at FROM person "

// people reads people with their roles.
func (t *tx) people(where string, a ...any) ([]access.Person, error) {
	var out []access.Person
	err := t.rows(selectPerson+where+" ORDER BY created_at, id", a, func(scan func(...any) error) error {
		var p access.Person
		var created, joined, changed, removed int64
		if err := scan(&p.ID, &p.Name, &p.Email, &created, &joined, &changed, &removed); err != nil {
			return err
		}
		p.CreatedAt, p.JoinedAt, p.ChangedAt, p.RemovedAt = moment(created), moment(joined), moment(changed), moment(removed)
		out = append(out, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(out))
	for i, p := range out {
		at[p.ID] = i
	}
	query, values := "SELECT person_id, issuer_id, role FROM person_role ORDER BY person_id, issuer_id", []any(nil)
	if len(out) == 1 {
		query, values = "SELECT person_id, issuer_id, role FROM person_role WHERE person_id = $1 ORDER BY person_id, issuer_id", args(out[0].ID)
	}
	return out, t.rows(query, values, func(scan func(...any) error) error {
		var id, issuer, role string
		if err := scan(&id, &issuer, &role); err != nil {
			return err
		}
		if i, ok := at[id]; ok {
			out[i].Roles = append(out[i].Roles, access.Grant{IssuerID: issuer, Role: access.Role(role)})
		}
		return nil
	})
}

func (t *tx) person(where string, a ...any) (access.Person, error) {
	found, err := t.people(where, a...)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, nil, "there is no such person").Code("person.not_found")
	}
	if err != nil {
		return access.Person{}, err
	}
	return found[0], nil
}

// Person implements access.People.
func (s *Store) Person(ctx context.Context, id string) (access.Person, error) {
	p, err := s.read(ctx).person("WHERE id = $1", id)
	return p, s.wrap(err, "person")
}

// PersonByEmail implements access.People.
func (s *Store) PersonByEmail(ctx context.Context, email string) (access.Person, error) {
	p, err := s.read(ctx).person("WHERE email = $1 AND email <> '' AND removed_at = 0", email)
	return p, s.wrap(err, "person")
}

// People implements access.People.
func (s *Store) People(ctx context.Context) ([]access.Person, error) {
	out, err := s.read(ctx).people("WHERE removed_at = 0")
	return out, s.wrap(err, "person")
}

// SetRole implements access.People. It first touches the roles of all owners of every issuer, so that of two who take away
// the last two of them at the same moment one waits for the other, and then sees it.
func (s *Store) SetRole(ctx context.Context, id string, g access.Grant, at time.Time, e event.Event) (access.Person, error) {
	var p access.Person
	err := s.write(ctx, "person", func(t *tx) error {
		if _, err := t.exec("UPDATE person_role SET role = role WHERE issuer_id = '' AND role = $1", string(access.Owner)); err != nil {
			return err
		}
		n, err := t.exec("UPDATE person SET changed_at = $1 WHERE id = $2 AND removed_at = 0", micros(at), id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, nil, "there is no such person").Code("person.not_found")
		}
		if err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM person_role WHERE person_id = $1 AND issuer_id = $2", id, g.IssuerID); err != nil {
			return err
		}
		if g.Role != "" {
			if err := t.grant(id, g); err != nil {
				return err
			}
		}
		var owners int
		if err := t.row("SELECT COUNT(*) FROM person_role WHERE issuer_id = '' AND role = $1", args(string(access.Owner)), &owners); err != nil {
			return err
		}
		if owners == 0 {
			return access.ErrLastOwner()
		}
		if p, err = t.person("WHERE id = $1", id); err != nil {
			return err
		}
		if len(p.Roles) == 0 {
			if err := t.remove(&p, at); err != nil {
				return err
			}
		}
		return t.record(e)
	})
	return p, err
}

// remove ends the links and sessions of somebody without a role.
func (t *tx) remove(p *access.Person, at time.Time) error {
	p.RemovedAt = moment(micros(at))
	if _, err := t.exec("UPDATE person SET removed_at = $1 WHERE id = $2", micros(at), p.ID); err != nil {
		return err
	}
	if _, err := t.exec("DELETE FROM passkey WHERE person_id = $1", p.ID); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM ticket WHERE person_id = $1", p.ID)
	return err
}

// NamePerson implements access.People.
func (s *Store) NamePerson(ctx context.Context, id, name, email string, e event.Event) error {
	return s.write(ctx, "person", func(t *tx) error {
		n, err := t.exec("UPDATE person SET name = $1, email = $2 WHERE id = $3 AND removed_at = 0", name, email, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, nil, "there is no such person").Code("person.not_found")
		}
		if err != nil {
			return err
		}
		return t.record(e)
	})
}

// JoinPerson implements access.People.
func (s *Store) JoinPerson(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, "person", func(t *tx) error {
		_, err := t.exec("UPDATE person SET joined_at = $1 WHERE id = $2 AND joined_at = 0", micros(at), id)
		return err
	})
}

// DeleteTickets implements access.Store.
func (s *Store) DeleteTickets(ctx context.Context, personID string, except []byte, e event.Event) error {
	return s.write(ctx, "ticket", func(t *tx) error {
		if _, err := t.exec("DELETE FROM ticket WHERE person_id = $1 AND hash <> $2", personID, append([]byte{}, except...)); err != nil {
			return err
		}
		return t.record(e)
	})
}
