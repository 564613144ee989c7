package store

import (
	"context"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// InsertToken implements access.Store.
func (s *Store) InsertToken(ctx context.Context, k access.Token, e event.Event) error {
	scopes := make([]string, len(k.Scopes))
	for i, sc := range k.Scopes {
		scopes[i] = string(sc)
	}
	return s.write(ctx, "token", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO token (id, name, issuer_id, scopes, hash, created_by, created_at, expires_at, revoked_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			k.ID, k.Name, k.IssuerID, strings.Join(scopes, " "), k.Hash, k.CreatedBy, micros(k.CreatedAt), micros(k.ExpiresAt),
			micros(k.RevokedAt)); err != nil {
			return err
		}
		return t.record(e)
	})
}

const selectToken = `SELECT id, name, issuer_id, scopes, hash, created_by, created_at, expires_at, revoked_at FROM token `

func scanToken(scan func(...any) error) (access.Token, error) {
	var k access.Token
	var scopes string
	var created, expires, revoked int64
	if err := scan(&k.ID, &k.Name, &k.IssuerID, &scopes, &k.Hash, &k.CreatedBy, &created, &expires, &revoked); err != nil {
		return k, err
	}
	for _, sc := range strings.Fields(scopes) {
		k.Scopes = append(k.Scopes, access.Scope(sc))
	}
	k.CreatedAt, k.ExpiresAt, k.RevokedAt = moment(created), moment(expires), moment(revoked)
	return k, nil
}

// TokenByHash implements access.Store.
func (s *Store) TokenByHash(ctx context.Context, hash []byte) (access.Token, error) {
	var k access.Token
	found := false
	err := s.read(ctx).rows(selectToken+"WHERE hash = $1", args(hash), func(scan func(...any) error) error {
		var err error
		k, err = scanToken(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, nil, "there is no such token").Code("token.not_found")
	}
	return k, s.wrap(err, "token")
}

// Tokens implements access.Store.
func (s *Store) Tokens(ctx context.Context) ([]access.Token, error) {
	var out []access.Token
	err := s.read(ctx).rows(selectToken+"ORDER BY created_at, id", nil, func(scan func(...any) error) error {
		k, err := scanToken(scan)
		out = append(out, k)
		return err
	})
	return out, s.wrap(err, "token")
}

// RevokeToken implements access.Store.
func (s *Store) RevokeToken(ctx context.Context, id string, at time.Time, e event.Event) error {
	return s.write(ctx, "token", func(t *tx) error {
		var revoked int64
		if err := t.row("SELECT revoked_at FROM token WHERE id = $1", args(id), &revoked); err != nil || revoked != 0 {
			return err
		}
		n, err := t.exec("UPDATE token SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0", micros(at), id)
		if err != nil || n == 0 {
			return err
		}
		return t.record(e)
	})
}

// InsertTicket implements access.Store.
func (s *Store) InsertTicket(ctx context.Context, k access.Ticket, e event.Event) error {
	return s.write(ctx, "ticket", func(t *tx) error {
		_, err := t.exec("INSERT INTO ticket (hash, id, kind, person_id, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			k.Hash, k.ID, k.Kind, k.PersonID, k.Data, micros(k.CreatedAt), micros(k.ExpiresAt))
		if err != nil || e.ID == "" {
			return err
		}
		return t.record(e)
	})
}

// ticket reads one ticket; sql.ErrNoRows when there is none.
func (t *tx) ticket(kind string, hash []byte) (access.Ticket, error) {
	k := access.Ticket{Kind: kind, Hash: hash}
	var created, expires int64
	err := t.row("SELECT id, person_id, data, created_at, expires_at FROM ticket WHERE hash = $1 AND kind = $2", args(hash, kind), &k.ID, &k.PersonID, &k.Data,
		&created, &expires)
	k.CreatedAt, k.ExpiresAt = moment(created), moment(expires)
	return k, err
}

// TicketByHash implements access.Store.
func (s *Store) TicketByHash(ctx context.Context, kind string, hash []byte) (access.Ticket, error) {
	k, err := s.read(ctx).ticket(kind, hash)
	return k, s.wrap(err, "ticket")
}

// TakeTicket implements access.Store. The deletion decides who was first.
func (s *Store) TakeTicket(ctx context.Context, kind string, hash []byte) (access.Ticket, error) {
	var k access.Ticket
	err := s.write(ctx, "ticket", func(t *tx) error {
		var err error
		if k, err = t.ticket(kind, hash); err != nil {
			return err
		}
		n, err := t.exec("DELETE FROM ticket WHERE hash = $1 AND kind = $2", hash, kind)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, nil, "this was used a moment ago").Code("ticket.not_found")
		}
		return err
	})
	return k, err
}

// DeleteExpiredTickets implements access.Store.
func (s *Store) DeleteExpiredTickets(ctx context.Context, before time.Time) error {
	return s.write(ctx, "ticket", func(t *tx) error {
		_, err := t.exec("DELETE FROM ticket WHERE expires_at < $1", micros(before))
		return err
	})
}
