package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// GivenLists returns the lists from which indexes were given, and from which more would be.
func (s *Store) GivenLists(ctx context.Context) ([]statuslist.List, error) {
	var out []statuslist.List
	err := s.read(ctx).rows(selectList+"WHERE next > 0 AND next < size ORDER BY id", nil, func(scan func(...any) error) error {
		l, err := scanList(scan)
		out = append(out, l)
		return err
	})
	return out, s.wrap(err, "status list")
}

// RecoverList brings a list to at least what a ledger knows of it: the counter, the version, and every entry that was set. A
// list that is missing is made, full, so that nothing is reserved in it again. The event is written with it. An issuer that
// is missing is fault.NotFound.
func (s *Store) RecoverList(ctx context.Context, l statuslist.List, bits map[int]int, at time.Time, e event.Event) error {
	return s.write(ctx, "status list", func(t *tx) error {
		if err := t.ensureList(l, at); err != nil {
			return err
		}
		var version int64
		err := t.row(`UPDATE status_list SET next = CASE WHEN next < $1 THEN $1 ELSE next END,
			version = CASE WHEN version < $2 THEN $2 ELSE version END + 1, stamp = CASE WHEN stamp < $3 THEN $3 ELSE stamp END
			WHERE id = $4 RETURNING version`, args(l.Next, l.Version, micros(at.Truncate(time.Second)), l.ID), &version)
		if err != nil {
			return err
		}
		known, err := t.bits(`SELECT list_index, 1, changed FROM credential WHERE list_id = $1 AND changed > 0
			UNION ALL SELECT list_index, value, version FROM status_change WHERE list_id = $1 ORDER BY 3`, args(l.ID))
		if err != nil {
			return err
		}
		now := make(map[int]int, len(known))
		for _, b := range known {
			now[b.Index] = b.Value
		}
		for i, v := range bits {
			if now[i] == v {
				continue
			}
			if _, err := t.exec("INSERT INTO status_change (list_id, list_index, value, version, at) VALUES ($1, $2, $3, $4, $5)",
				l.ID, i, v, version, micros(at)); err != nil {
				return err
			}
		}
		e := e
		e.IssuerID = l.IssuerID
		return t.record(e)
	})
}

func (t *tx) ensureList(l statuslist.List, at time.Time) error {
	var n int64
	if err := t.row("SELECT COUNT(*) FROM status_list WHERE id = $1", args(l.ID), &n); err != nil || n > 0 {
		return err
	}
	if err := t.row("SELECT COUNT(*) FROM issuer WHERE id = $1", args(l.IssuerID), &n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, nil, "the issuer %s of a lost status list is not in the database", l.IssuerID).Code("issuer.unknown").
			Hint("restore a newer backup; this one is older than the issuer")
	}
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO status_list (id, issuer_id, purpose, url, size, next, seed, version, stamp, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, l.ID, l.IssuerID, l.Purpose, l.URL, l.Size, l.Size, seed, 0, micros(at.Truncate(time.Second)), micros(at))
	return err
}
