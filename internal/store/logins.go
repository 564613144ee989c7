package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

const selectLogin = "SELECT issuer, subject, person_id, follows, created_at, used_at FROM login "

func (t *tx) logins(where string, a ...any) ([]access.Login, error) {
	var out []access.Login
	err := t.rows(selectLogin+where, a, func(scan func(...any) error) error {
		var l access.Login
		var follows, created, used int64
		err := scan(&l.Issuer, &l.Subject, &l.PersonID, &follows, &created, &used)
		l.Follows, l.CreatedAt, l.UsedAt = follows != 0, moment(created), moment(used)
		out = append(out, l)
		return err
	})
	return out, err
}

func errNoLogin() error {
	return fault.New(fault.NotFound, nil, "there is no such login").Code("login.not_found")
}

// Login implements access.Logins.
func (s *Store) Login(ctx context.Context, issuer, subject string) (access.Login, error) {
	found, err := s.read(ctx).logins("WHERE issuer = $1 AND subject = $2", issuer, subject)
	if err == nil && len(found) == 0 {
		err = errNoLogin()
	}
	if err != nil {
		return access.Login{}, s.wrap(err, "login")
	}
	return found[0], nil
}

// LoginsOf implements access.Logins.
func (s *Store) LoginsOf(ctx context.Context, personID string) ([]access.Login, error) {
	out, err := s.read(ctx).logins("WHERE person_id = $1 ORDER BY created_at, issuer", personID)
	return out, s.wrap(err, "login")
}

// LinkLogin implements access.Logins. It takes the place of a login of somebody who was removed, and of no other.
func (s *Store) LinkLogin(ctx context.Context, l access.Login, e event.Event) error {
	follows := int64(0)
	if l.Follows {
		follows = 1
	}
	return s.write(ctx, "login", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM login WHERE issuer = $1 AND subject = $2
			AND EXISTS (SELECT 1 FROM person WHERE person.id = login.person_id AND person.removed_at <> 0)`, l.Issuer, l.Subject); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO login (issuer, subject, person_id, follows, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT DO NOTHING`, l.Issuer, l.Subject, l.PersonID, follows, micros(l.CreatedAt), micros(l.UsedAt))
		if err == nil && n == 0 {
			err = access.ErrLoginTaken()
		}
		if err != nil {
			return err
		}
		return t.record(e)
	})
}

// UseLogin implements access.Logins.
func (s *Store) UseLogin(ctx context.Context, issuer, subject string, at time.Time) error {
	return s.write(ctx, "login", func(t *tx) error {
		n, err := t.exec("UPDATE login SET used_at = $1 WHERE issuer = $2 AND subject = $3", micros(at), issuer, subject)
		if err == nil && n == 0 {
			err = errNoLogin()
		}
		return err
	})
}

// UnlinkLogin implements access.Logins.
func (s *Store) UnlinkLogin(ctx context.Context, personID, issuer string, e event.Event) error {
	return s.write(ctx, "login", func(t *tx) error {
		n, err := t.exec("DELETE FROM login WHERE person_id = $1 AND issuer = $2", personID, issuer)
		if err == nil && n == 0 {
			err = errNoLogin()
		}
		if err != nil {
			return err
		}
		return t.record(e)
	})
}
