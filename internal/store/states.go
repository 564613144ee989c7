package store

import (
	"context"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// RevokeAward implements issuer.Store.
func (s *Store) RevokeAward(ctx context.Context, id string, r issuer.Revocation, e event.Event) (issuer.Award, error) {
	return s.changeState(ctx, id, e, func(t *tx, key []byte) (bool, error) {
		n, err := t.exec("UPDATE award SET revoked_at = $1, revoke_reason = $2, revoke_code = $3, revoked_by = $4 WHERE id = $5 AND revoked_at = 0",
			micros(r.At), r.Reason, string(r.Code), r.By, key)
		if err != nil || n == 0 {
			return false, err
		}
		return true, t.eachList(key, r.At, func(list string, version int64) error {
			_, err := t.exec("UPDATE credential SET changed = $1 WHERE award_id = $2 AND list_id = $3 AND changed = 0", version, key, list)
			return err
		})
	})
}

// SuspendAward implements issuer.Store.
func (s *Store) SuspendAward(ctx context.Context, id string, r issuer.Suspension, e event.Event) (issuer.Award, error) {
	return s.changeState(ctx, id, e, func(t *tx, key []byte) (bool, error) {
		n, err := t.exec(`UPDATE award SET suspended_at = $1, suspend_reason = $2, suspend_code = $3, suspended_by = $4, suspend_change = $5
			WHERE id = $6 AND revoked_at = 0 AND suspended_at = 0`, micros(r.At), r.Reason, string(r.Code), r.By, r.Change, key)
		if err != nil {
			return false, err
		}
		if n == 0 {
			return false, t.unlessRevoked(key)
		}
		return true, t.eachList(key, r.At, func(list string, version int64) error {
			return t.note(key, list, version, r.At, statuslist.Suspended)
		})
	})
}

// ReinstateAward implements issuer.Store.
func (s *Store) ReinstateAward(ctx context.Context, id string, at time.Time, again []issuer.Credential, e event.Event) (issuer.Award, error) {
	return s.changeState(ctx, id, e, func(t *tx, key []byte) (bool, error) {
		n, err := t.exec(`UPDATE award SET suspended_at = 0, suspend_reason = '', suspend_code = '', suspended_by = '', suspend_change = ''
			WHERE id = $1 AND revoked_at = 0 AND suspended_at <> 0`, key)
		if err != nil {
			return false, err
		}
		if n == 0 {
			if err := t.unlessRevoked(key); err != nil {
				return false, err
			}
			return false, fault.New(fault.Conflict, nil, "the award is not suspended").Code("award.not_suspended")
		}
		err = t.eachList(key, at, func(list string, version int64) error {
			return t.note(key, list, version, at, statuslist.Valid)
		})
		for _, c := range again {
			if err == nil {
				err = t.putAgain(key, c)
			}
		}
		return true, err
	})
}

// putAgain replaces what was signed of a credential. Its earlier index keeps what it became.
func (t *tx) putAgain(award []byte, c issuer.Credential) error {
	id, err := credentialKey.bytes(c.ID)
	if err != nil {
		return err
	}
	n, err := t.exec(`UPDATE credential SET key_id = $1, list_id = $2, list_index = $3, signed = $4, issued_at = $5
		WHERE id = $6 AND award_id = $7 AND changed = 0`, c.KeyID, c.StatusList, c.StatusIndex, c.Signed, micros(c.IssuedAt), id, award)
	if err == nil && n != 1 {
		err = fault.New(fault.Conflict, nil, "the credential has changed meanwhile").Code("award.changed").Hint("try again")
	}
	return err
}

// changeState runs change on an award and, if it changed something, records the event, all in one transaction.
func (s *Store) changeState(ctx context.Context, id string, e event.Event, change func(t *tx, key []byte) (bool, error)) (issuer.Award, error) {
	key, err := awardKey.bytes(id)
	if err != nil {
		return issuer.Award{}, err
	}
	var out issuer.Award
	err = s.write(ctx, "award", func(t *tx) error {
		changed, err := change(t, key)
		if err != nil {
			return err
		}
		if out, err = t.award("WHERE id = $1", args(key)); err != nil || !changed {
			return err
		}
		e := e
		e.IssuerID = out.IssuerID
		return t.record(e)
	})
	return out, err
}

// unlessRevoked is a conflict for a revoked award, and fault.NotFound for none.
func (t *tx) unlessRevoked(key []byte) error {
	var revoked int64
	if err := t.row("SELECT revoked_at FROM award WHERE id = $1", args(key), &revoked); err != nil {
		return err
	}
	if revoked != 0 {
		return fault.New(fault.Conflict, nil, "the award is revoked, which is final").Code("award.revoked")
	}
	return nil
}

// eachList advances the version of each list of the award's credentials by one, and calls change with it. Lists are taken in
// the order of their ids, so that two changes do not wait for each other.
func (t *tx) eachList(award []byte, at time.Time, change func(list string, version int64) error) error {
	var lists []string
	err := t.rows("SELECT list_id FROM credential WHERE award_id = $1", args(award), func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		lists = append(lists, id)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(lists)
	for _, list := range slices.Compact(lists) {
		version, err := t.advance(list, at)
		if err != nil {
			return err
		}
		if err := change(list, version); err != nil {
			return err
		}
	}
	return nil
}

// advance raises the version of a list by one, and returns it. The lists of an issuer that has closed stay as they were published
// for the last time.
func (t *tx) advance(list string, at time.Time) (version int64, err error) {
	var closed int64
	if err := t.row(`SELECT COUNT(*) FROM issuing_stop s JOIN status_list l ON l.issuer_id = s.issuer_id WHERE l.id = $1 AND s.closed_until > 0`,
		args(list), &closed); err != nil {
		return 0, err
	}
	if closed > 0 {
		return 0, fault.New(fault.Conflict, nil, "the issuer has closed, and its last status lists are published").Code("issuer.closed").
			Hint(`to change them after all, run "laurel issuing resume --issuer …", and archive it again afterwards`)
	}
	err = t.row("UPDATE status_list SET version = version + 1, "+raiseStamp+" WHERE id = $2 RETURNING version",
		args(micros(at.Truncate(time.Second)), list), &version)
	return version, err
}

// Supersede implements issuer.Store.
func (s *Store) Supersede(ctx context.Context, awardID string, at time.Time, e event.Event) ([]string, error) {
	key, err := awardKey.bytes(awardID)
	if err != nil {
		return nil, err
	}
	var lists []string
	err = s.write(ctx, "award", func(t *tx) error {
		if err := t.mayIssue(key, s.dialect); err != nil {
			return err
		}
		const free = "holder = '' AND superseded_at = 0 AND changed = 0"
		err := t.rows("SELECT DISTINCT list_id FROM credential WHERE award_id = $1 AND "+free+" ORDER BY list_id", args(key), func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			lists = append(lists, id)
			return err
		})
		if err != nil || len(lists) == 0 {
			return err
		}
		for _, list := range lists {
			version, err := t.advance(list, at)
			if err != nil {
				return err
			}
			if _, err := t.exec(`INSERT INTO status_change (list_id, list_index, value, version, at)
				SELECT list_id, list_index, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM credential
				WHERE award_id = $4 AND list_id = $5 AND `+free, statuslist.Invalid, version, micros(at), key, list); err != nil {
				return err
			}
		}
		if _, err := t.exec("UPDATE credential SET superseded_at = $1 WHERE award_id = $2 AND "+free, micros(at), key); err != nil {
			return err
		}
		return t.recordOf(key, e)
	})
	return lists, err
}

// note writes what the entries of an award in a list become. A list of revocations knows no way back: there, suspended is
// revoked, and nothing is ever cleared.
func (t *tx) note(award []byte, list string, version int64, at time.Time, value int) error {
	var purpose string
	if err := t.row("SELECT purpose FROM status_list WHERE id = $1", args(list), &purpose); err != nil {
		return err
	}
	switch {
	case purpose == statuslist.Revocation && value == statuslist.Valid:
		return nil
	case purpose != statuslist.Status && value != statuslist.Valid:
		value = statuslist.Invalid
	}
	_, err := t.exec(`INSERT INTO status_change (list_id, list_index, value, version, at)
		SELECT list_id, list_index, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM credential
		WHERE award_id = $4 AND list_id = $5 AND superseded_at = 0`,
		value, version, micros(at), award, list)
	return err
}

// Newest implements verifier.Memory.
func (s *Store) Newest(ctx context.Context, list string) (time.Time, error) {
	var newest int64
	err := s.read(ctx).row("SELECT COALESCE(MAX(newest), 0) FROM seen_list WHERE list = $1", args(list), &newest)
	return moment(newest), s.wrap(err, "memory")
}

// Saw implements verifier.Memory.
func (s *Store) Saw(ctx context.Context, list string, at time.Time) error {
	return s.write(ctx, "memory", func(t *tx) error {
		_, err := t.exec(`INSERT INTO seen_list (list, newest) VALUES ($1, $2) ON CONFLICT (list) DO UPDATE SET newest = excluded.newest
			WHERE excluded.newest > seen_list.newest`, list, micros(at))
		return err
	})
}

// Revoked implements verifier.Memory.
func (s *Store) Revoked(ctx context.Context, list, entry string) (bool, error) {
	var n int64
	err := s.read(ctx).row("SELECT COUNT(*) FROM seen_revoked WHERE list = $1 AND entry = $2", args(list, entry), &n)
	return n > 0, s.wrap(err, "memory")
}

// SawRevoked implements verifier.Memory.
func (s *Store) SawRevoked(ctx context.Context, list, entry string) error {
	if known, err := s.Revoked(ctx, list, entry); known || err != nil {
		return err
	}
	return s.write(ctx, "memory", func(t *tx) error {
		_, err := t.exec("INSERT INTO seen_revoked (list, entry) VALUES ($1, $2) ON CONFLICT (list, entry) DO NOTHING", list, entry)
		return err
	})
}
