package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
)

const (
	insertLink = `INSERT INTO learner_link (hash, id, award_id, created_at, expires_at, revoked_at, asked_at, created_by)`
	insertWish = `INSERT INTO learner_wish (id, kind, issuer_id, award_id, text, at, closed_at, closed_by)`
)

// lockAward keeps an award as it is until the transaction ends, and tells whether it was erased.
func (s *Store) lockAward(t *tx, award []byte) (issuerID string, err error) {
	lock := ""
	if s.dialect == postgres {
		lock = " FOR UPDATE"
	}
	var erased int64
	if err := t.row("SELECT issuer_id, erased_at FROM award WHERE id = $1"+lock, args(award), &issuerID, &erased); err != nil {
		return "", err
	}
	if erased != 0 {
		return "", fault.New(fault.NotFound, nil, "the award was erased").Code("award.erased")
	}
	return issuerID, nil
}

// notErased locks an award, and refuses what would bring back something of a learner whose data were erased, perhaps in this
// very moment.
func (s *Store) notErased(t *tx, award []byte) error {
	_, err := s.lockAward(t, award)
	if fault.Describe(err).Code == "award.erased" {
		err = fault.New(fault.Conflict, nil, "the learner's data of this award were erased").Code("award.erased")
	}
	return err
}

// InsertLink implements learner.Store.
func (s *Store) InsertLink(ctx context.Context, l learner.Link, e event.Event) error {
	award, err := awardKey.bytes(l.AwardID)
	if err != nil {
		return err
	}
	return s.write(ctx, "award", func(t *tx) error {
		e := e
		var err error
		if e.IssuerID, err = s.lockAward(t, award); err != nil {
			return err
		}
		if err := t.insert(insertLink, [][]any{{
			l.Hash, l.ID, award, micros(l.CreatedAt), micros(l.ExpiresAt), micros(l.RevokedAt), micros(l.AskedAt), l.CreatedBy,
		}}); err != nil {
			return err
		}
		if l.Answers {
			if err := t.answer(award, l.CreatedBy, l.CreatedAt); err != nil {
				return err
			}
		}
		return t.record(e)
	})
}

// LinkByHash implements learner.Store.
func (s *Store) LinkByHash(ctx context.Context, hash []byte) (learner.Link, error) {
	var l learner.Link
	var award []byte
	var created, expires, revoked, asked int64
	err := s.read(ctx).row(`SELECT id, award_id, created_at, expires_at, revoked_at, asked_at, created_by FROM learner_link WHERE hash = $1`,
		args(hash), &l.ID, &award, &created, &expires, &revoked, &asked, &l.CreatedBy)
	l.Hash, l.AwardID, l.CreatedAt, l.ExpiresAt = hash, awardKey.text(award), moment(created), moment(expires)
	l.RevokedAt, l.AskedAt = moment(revoked), moment(asked)
	return l, s.wrap(err, "link")
}

// RevokeLink implements learner.Store.
func (s *Store) RevokeLink(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, "link", func(t *tx) error {
		_, err := t.exec("UPDATE learner_link SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0", micros(at), id)
		return err
	})
}

// ShowAward implements learner.Store.
func (s *Store) ShowAward(ctx context.Context, awardID string, v issuer.Visibility, e event.Event) error {
	award, err := awardKey.bytes(awardID)
	if err != nil {
		return err
	}
	return s.write(ctx, "award", func(t *tx) error {
		if _, err := s.lockAward(t, award); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE award SET visibility = $1 WHERE id = $2", string(v), award); err != nil {
			return err
		}
		return t.record(e)
	})
}

// InsertWish implements learner.Store.
func (s *Store) InsertWish(ctx context.Context, w learner.Wish, most int, e event.Event) error {
	award, err := awardKey.bytes(w.AwardID)
	if err != nil {
		return err
	}
	row, err := wishRow(w)
	if err != nil {
		return err
	}
	return s.write(ctx, "wish", func(t *tx) error {
		if _, err := s.lockAward(t, award); err != nil {
			return err
		}
		var open int64
		if err := t.row("SELECT COUNT(*) FROM learner_wish WHERE award_id = $1 AND closed_at = 0", args(award), &open); err != nil {
			return err
		}
		if open >= int64(most) {
			return fault.New(fault.TooMany, nil, "the issuer has not answered %d wishes about this badge yet", open).Code("limits.wishes")
		}
		if err := t.insert(insertWish, [][]any{row}); err != nil {
			return err
		}
		return t.record(e)
	})
}

func wishRow(w learner.Wish) ([]any, error) {
	award, err := awardKey.bytes(w.AwardID)
	return []any{w.ID, string(w.Kind), w.IssuerID, award, w.Text, micros(w.At), micros(w.ClosedAt), w.ClosedBy}, err
}

// answer closes the wishes for a new link to an award: there is one now.
func (t *tx) answer(award []byte, by string, at time.Time) error {
	_, err := t.exec("UPDATE learner_wish SET closed_at = $1, closed_by = $2 WHERE award_id = $3 AND kind = 'link' AND closed_at = 0", micros(at), by, award)
	return err
}

// AskLink implements learner.Store.
func (s *Store) AskLink(ctx context.Context, l learner.Link, w learner.Wish, since time.Time, e event.Event) (first bool, err error) {
	return s.askBy(ctx, "learner_link", l.Hash, asking{w, since, e})
}

// AskOffer implements learner.Store.
func (s *Store) AskOffer(ctx context.Context, hash []byte, w learner.Wish, since time.Time, e event.Event) (first bool, err error) {
	return s.askBy(ctx, "offer", hash, asking{w, since, e})
}

// asking is a wish for a new link, and since when nobody has asked.
type asking struct {
	wish  learner.Wish
	since time.Time
	event event.Event
}

// askBy stores a wish that comes by a row with that hash. The condition and the mark are one statement, and the award's row is
// locked, so that of many wishes at once one is told.
func (s *Store) askBy(ctx context.Context, table string, hash []byte, a asking) (first bool, err error) {
	award, err := awardKey.bytes(a.wish.AwardID)
	if err != nil {
		return false, err
	}
	row, err := wishRow(a.wish)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, "wish", func(t *tx) error {
		first = false
		if _, err := s.lockAward(t, award); err != nil {
			return err
		}
		n, err := t.exec("UPDATE "+table+" SET asked_at = $1 WHERE hash = $2 AND award_id = $3 AND asked_at <= $4",
			micros(a.wish.At), hash, award, micros(a.since))
		if err != nil || n == 0 {
			return err
		}
		var open int64
		if err := t.row("SELECT COUNT(*) FROM learner_wish WHERE award_id = $1 AND kind = 'link' AND closed_at = 0", args(award), &open); err != nil || open > 0 {
			return err
		}
		if err := t.insert(insertWish, [][]any{row}); err != nil {
			return err
		}
		first = true
		return t.record(a.event)
	})
	return first, err
}

const selectWish = `SELECT id, kind, issuer_id, award_id, text, at, closed_at, closed_by FROM learner_wish `

func (s *Store) wishes(ctx context.Context, where string, list ...any) ([]learner.Wish, error) {
	var out []learner.Wish
	err := s.read(ctx).rows(selectWish+where, list, func(scan func(...any) error) error {
		var w learner.Wish
		var kind string
		var award []byte
		var at, closed int64
		err := scan(&w.ID, &kind, &w.IssuerID, &award, &w.Text, &at, &closed, &w.ClosedBy)
		w.Kind, w.AwardID, w.At, w.ClosedAt = learner.Kind(kind), awardKey.text(award), moment(at), moment(closed)
		out = append(out, w)
		return err
	})
	return out, s.wrap(err, "wish")
}

// Wishes implements learner.Store.
func (s *Store) Wishes(ctx context.Context, issuerID string, n int) ([]learner.Wish, error) {
	return s.wishes(ctx, "WHERE closed_at = 0 AND (issuer_id = $1 OR $1 = '') ORDER BY seq LIMIT $2", issuerID, n)
}

// Wish implements learner.Store.
func (s *Store) Wish(ctx context.Context, id string) (learner.Wish, error) {
	found, err := s.wishes(ctx, "WHERE id = $1", id)
	if err == nil && len(found) == 0 {
		return learner.Wish{}, fault.New(fault.NotFound, nil, "there is no such wish").Code("wish.not_found")
	}
	if err != nil {
		return learner.Wish{}, err
	}
	return found[0], nil
}

// CloseWish implements learner.Store.
func (s *Store) CloseWish(ctx context.Context, id, by string, at time.Time, e event.Event) error {
	return s.write(ctx, "wish", func(t *tx) error {
		n, err := t.exec("UPDATE learner_wish SET closed_at = $1, closed_by = $2 WHERE id = $3 AND closed_at = 0", micros(at), by, id)
		if err != nil || n == 0 {
			return err
		}
		return t.record(e)
	})
}

// EraseAwards implements learner.Store. Rows stay where others count on them: the award, whose versions and events name it,
// and the credential, whose index must never be given again. Everything that tells of the learner leaves them.
func (s *Store) EraseAwards(ctx context.Context, awardIDs []string, at time.Time, w learner.Wish, events []event.Event) error {
	wish, err := wishRow(w)
	if err != nil {
		return err
	}
	keys := make([][]byte, len(awardIDs))
	for i, id := range awardIDs {
		if keys[i], err = awardKey.bytes(id); err != nil {
			return err
		}
	}
	locked, err := awardKeys(awardIDs)
	if err != nil {
		return err
	}
	return s.write(ctx, "award", func(t *tx) error {
		for _, key := range locked {
			if _, err := s.lockAward(t, key); err != nil {
				return err
			}
		}
		for i, key := range keys {
			if err := t.erase(key, awardIDs[i], micros(at)); err != nil {
				return err
			}
		}
		if err := t.insert(insertWish, [][]any{wish}); err != nil {
			return err
		}
		for _, e := range events {
			if err := t.record(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// erase empties one award and what hangs on it.
func (t *tx) erase(key []byte, id string, at int64) error {
	if err := t.eraseSaid(key); err != nil {
		return err
	}
	none := []byte{}
	for _, one := range []struct {
		query string
		args  []any
	}{
		{`UPDATE award SET erased_at = $1, visibility = 'private', external_id = NULL, idempotency_key = NULL, request_digest = NULL,
			recipient_name = '', recipient_email = '', recipient_id = '', search = '', body = '{}' WHERE id = $2`, args(at, key)},
		{"UPDATE credential SET signed = $1, holder = '' WHERE award_id = $2", args(none, key)},
		{"UPDATE offer SET revoked_at = $1 WHERE award_id = $2 AND revoked_at = 0", args(at, key)},
		{"UPDATE offer SET note = '', holder = '', asked_at = 0 WHERE award_id = $1", args(key)},
		{"DELETE FROM wallet_delivery WHERE token_hash IN (SELECT token_hash FROM wallet_redemption WHERE award_id = $1)", args(key)},
		{"DELETE FROM wallet_deferral WHERE token_hash IN (SELECT token_hash FROM wallet_redemption WHERE award_id = $1)", args(key)},
		{"DELETE FROM wallet_redemption WHERE award_id = $1", args(key)},
		{"DELETE FROM learner_link WHERE award_id = $1", args(key)},
		{"UPDATE learner_wish SET text = '' WHERE award_id = $1", args(key)},
		{"UPDATE learner_wish SET closed_at = $1, closed_by = 'learner' WHERE award_id = $2 AND closed_at = 0", args(at, key)},
		{`UPDATE statement SET external_id = NULL, request_digest = NULL, name = '', about = '', body = '{}', signed = $1
			WHERE kind = 'record' AND body LIKE $2`, args(none, "%"+id+"%")},
	} {
		if _, err := t.exec(one.query, one.args...); err != nil {
			return err
		}
	}
	return nil
}

// eraseSaid empties what was said beside an award: endorsements of its credentials and of its recipient, which are taken off
// wherever they were attached, and what platforms wrote about the recipient, where both name the same id. Must run before the
// award is emptied.
func (t *tx) eraseSaid(key []byte) error {
	var recipient, issuerID string
	if err := t.row("SELECT recipient_id, issuer_id FROM award WHERE id = $1", args(key), &recipient, &issuerID); err != nil {
		return err
	}
	about := []string{}
	err := t.rows("SELECT id FROM credential WHERE award_id = $1", args(key), func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		about = append(about, "%/c/"+credentialKey.text(id))
		return err
	})
	if err != nil {
		return err
	}
	const endorsement = "kind = 'endorsement' AND (about = $1 OR about LIKE $2)"
	for _, like := range about {
		if _, err := t.exec("DELETE FROM attachment WHERE statement IN (SELECT id FROM statement WHERE "+endorsement+")", recipient, like); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE statement SET external_id = NULL, request_digest = NULL, name = '', signed = $3 WHERE "+endorsement,
			recipient, like, []byte{}); err != nil {
			return err
		}
	}
	if recipient == "" {
		return nil
	}
	_, err = t.exec(`UPDATE statement SET external_id = NULL, request_digest = NULL, name = '', subject = '', signed = $1
		WHERE kind = 'credential' AND issuer_id = $2 AND subject = $3`, []byte{}, issuerID, recipient)
	return err
}
