package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

const selectList = `SELECT id, issuer_id, purpose, url, size, next, seed, version, stamp, created_at FROM status_list `

func scanList(scan func(...any) error) (statuslist.List, error) {
	var l statuslist.List
	var stamp, created int64
	err := scan(&l.ID, &l.IssuerID, &l.Purpose, &l.URL, &l.Size, &l.Next, &l.Seed, &l.Version, &stamp, &created)
	l.Stamp, l.CreatedAt = moment(stamp), moment(created)
	return l, err
}

// ClaimIndexes implements statuslist.Store. The guard on next makes two servers that claim at once take different blocks.
func (s *Store) ClaimIndexes(ctx context.Context, issuerID, purpose string, n int) (statuslist.List, int, error) {
	var l statuslist.List
	claimed := 0
	err := s.write(ctx, "status list", func(t *tx) error {
		claimed = 0
		found := false
		lock := ""
		if s.dialect == postgres {
			lock = " FOR NO KEY UPDATE" // awards that name the list need not wait
		}
		err := t.rows(selectList+"WHERE issuer_id = $1 AND purpose = $2 AND next < size ORDER BY created_at DESC, id LIMIT 1"+lock,
			args(issuerID, purpose), func(scan func(...any) error) error {
				var err error
				l, err = scanList(scan)
				found = true
				return err
			})
		if err != nil || !found {
			return err
		}
		claimed = min(n, l.Size-l.Next)
		_, err = t.exec("UPDATE status_list SET next = next + $1 WHERE id = $2", claimed, l.ID)
		return err
	})
	return l, claimed, err
}

// InsertList implements statuslist.Store.
func (s *Store) InsertList(ctx context.Context, l statuslist.List) error {
	return s.write(ctx, "status list", func(t *tx) error {
		_, err := t.exec(`INSERT INTO status_list (id, issuer_id, purpose, url, size, next, seed, version, stamp, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			l.ID, l.IssuerID, l.Purpose, l.URL, l.Size, l.Next, l.Seed, l.Version, micros(l.Stamp), micros(l.CreatedAt))
		return err
	})
}

// List implements statuslist.Store.
func (s *Store) List(ctx context.Context, id string) (statuslist.List, error) {
	var l statuslist.List
	found := false
	err := s.read(ctx).rows(selectList+"WHERE id = $1", args(id), func(scan func(...any) error) error {
		var err error
		l, err = scanList(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
	}
	return l, s.wrap(err, "status list")
}

// Changes implements statuslist.Store. The version is read first: a change between the two reads is found again next time.
func (s *Store) Changes(ctx context.Context, id string, after int64) (statuslist.Change, error) {
	t := s.read(ctx)
	var c statuslist.Change
	var stamp, closed, until int64
	err := t.row(`SELECT l.version, l.stamp, COALESCE(s.at, 0), COALESCE(s.closed_until, 0) FROM status_list l
		LEFT JOIN issuing_stop s ON s.issuer_id = l.issuer_id AND s.closed_until > 0 WHERE l.id = $1`, args(id), &c.Version, &stamp, &closed, &until)
	c.Stamp, c.Closed, c.Until = moment(stamp), moment(closed), moment(until)
	if err != nil || c.Version == after {
		return c, s.wrap(err, "status list")
	}
	c.Bits, err = t.bits(`SELECT list_index, 1, changed FROM credential WHERE list_id = $1 AND changed > $2 AND changed > 0
		UNION ALL SELECT list_index, value, version FROM status_change WHERE list_id = $1 AND version > $2 ORDER BY 3`, args(id, after))
	return c, s.wrap(err, "status list")
}

// bits reads what entries became.
func (t *tx) bits(query string, list []any) ([]statuslist.Bit, error) {
	var out []statuslist.Bit
	err := t.rows(query, list, func(scan func(...any) error) error {
		var b statuslist.Bit
		var version int64
		err := scan(&b.Index, &b.Value, &version)
		out = append(out, b)
		return err
	})
	return out, err
}

// At implements statuslist.Store.
func (s *Store) At(ctx context.Context, id string, at time.Time) (statuslist.Past, error) {
	const all = `SELECT c.list_index AS list_index, 1 AS value, c.changed AS version, a.revoked_at AS at FROM credential c
		JOIN award a ON a.id = c.award_id WHERE c.list_id = $1 AND c.changed > 0
		UNION ALL SELECT list_index, value, version, at FROM status_change WHERE list_id = $1`
	t := s.read(ctx)
	var p statuslist.Past
	var created, from, until int64
	err := t.row(`SELECT l.created_at, COALESCE((SELECT MAX(x.at) FROM (`+all+`) x WHERE x.at <= $2), 0),
		COALESCE((SELECT MIN(x.at) FROM (`+all+`) x WHERE x.at > $2), 0) FROM status_list l WHERE l.id = $1`,
		args(id, micros(at)), &created, &from, &until)
	if err != nil {
		return p, s.wrap(err, "status list")
	}
	p.From, p.Until = moment(max(created, from)), moment(until)
	p.Bits, err = t.bits(`SELECT x.list_index, x.value, x.version FROM (`+all+`) x WHERE x.at <= $2 ORDER BY 3`, args(id, micros(at)))
	return p, s.wrap(err, "status list")
}

// Lists implements statuslist.Store.
func (s *Store) Lists(ctx context.Context, issuerID string) ([]statuslist.List, error) {
	var out []statuslist.List
	err := s.read(ctx).rows(selectList+"WHERE issuer_id = $1 ORDER BY created_at, id", args(issuerID), func(scan func(...any) error) error {
		l, err := scanList(scan)
		out = append(out, l)
		return err
	})
	return out, s.wrap(err, "status list")
}

// Restamp implements statuslist.Store.
func (s *Store) Restamp(ctx context.Context, id string, at time.Time) (time.Time, error) {
	var stamp int64
	err := s.write(ctx, "status list", func(t *tx) error {
		return t.row("UPDATE status_list SET "+raiseStamp+" WHERE id = $2 RETURNING stamp", args(micros(at.Truncate(time.Second)), id), &stamp)
	})
	return moment(stamp), err
}

// raiseStamp sets the stamp to $1, unless it is later already.
const raiseStamp = "stamp = CASE WHEN stamp < $1 THEN $1 ELSE stamp END"
