package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// InsertPasskey implements access.Passkeys.
func (s *Store) InsertPasskey(ctx context.Context, k access.Passkey, e event.Event) error {
	return s.write(ctx, "passkey", func(t *tx) error {
		if _, err := t.exec("INSERT INTO passkey (id, person_id, name, body, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)",
			k.ID, k.PersonID, k.Name, k.Body, micros(k.CreatedAt), micros(k.UsedAt)); err != nil {
			return err
		}
		return t.record(e)
	})
}

// PasskeysOf implements access.Passkeys.
func (s *Store) PasskeysOf(ctx context.Context, personID string) ([]access.Passkey, error) {
	var out []access.Passkey
	err := s.read(ctx).rows("SELECT id, name, body, created_at, used_at FROM passkey WHERE person_id = $1 ORDER BY created_at, id", args(personID),
		func(scan func(...any) error) error {
			k := access.Passkey{PersonID: personID}
			var created, used int64
			err := scan(&k.ID, &k.Name, &k.Body, &created, &used)
			k.CreatedAt, k.UsedAt = moment(created), moment(used)
			out = append(out, k)
			return err
		})
	return out, s.wrap(err, "passkey")
}

// one refuses a change that found nothing.
func one(n int64, err error) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, nil, "there is no such passkey").Code("passkey.not_found")
	}
	return err
}

// UsePasskey implements access.Passkeys.
func (s *Store) UsePasskey(ctx context.Context, id, body []byte, at time.Time) error {
	return s.write(ctx, "passkey", func(t *tx) error {
		return one(t.exec("UPDATE passkey SET body = $1, used_at = $2 WHERE id = $3", body, micros(at), id))
	})
}

// NamePasskey implements access.Passkeys.
func (s *Store) NamePasskey(ctx context.Context, personID string, id []byte, name string, e event.Event) error {
	return s.write(ctx, "passkey", func(t *tx) error {
		if err := one(t.exec("UPDATE passkey SET name = $1 WHERE id = $2 AND person_id = $3", name, id, personID)); err != nil {
			return err
		}
		return t.record(e)
	})
}

// DeletePasskey implements access.Passkeys.
func (s *Store) DeletePasskey(ctx context.Context, personID string, id []byte, e event.Event) error {
	return s.write(ctx, "passkey", func(t *tx) error {
		if err := one(t.exec("DELETE FROM passkey WHERE id = $1 AND person_id = $2", id, personID)); err != nil {
			return err
		}
		return t.record(e)
	})
}
