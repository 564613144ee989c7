package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/offer"
)

const insertOffer = `INSERT INTO offer (id, award_id, hash, created_at, expires_at, used_at, tx_hash, note, created_by, unbound)`

func offerRow(o offer.Offer, award []byte) []any {
	return []any{o.ID, award, o.Hash, micros(o.CreatedAt), micros(o.ExpiresAt), micros(o.UsedAt), o.TxHash, o.Note, o.CreatedBy, string(o.Unbound)}
}

const selectOffer = `SELECT o.id, o.award_id, o.hash, o.created_at, o.expires_at, o.used_at, o.tx_hash, o.tx_tries, o.revoked_at, o.asked_at, o.note,
	o.created_by, o.unbound FROM offer o `

func scanOffer(scan func(...any) error) (offer.Offer, error) {
	var o offer.Offer
	var award []byte
	var created, expires, used, revoked, asked int64
	var unbound string
	err := scan(&o.ID, &award, &o.Hash, &created, &expires, &used, &o.TxHash, &o.Tries, &revoked, &asked, &o.Note, &o.CreatedBy, &unbound)
	o.Unbound = offer.Unbound(unbound)
	o.AwardID, o.CreatedAt, o.ExpiresAt, o.UsedAt = awardKey.text(award), moment(created), moment(expires), moment(used)
	o.RevokedAt, o.AskedAt = moment(revoked), moment(asked)
	return o, err
}

// InsertOffer implements offer.Store. The award's row is locked, so that a revocation comes before or after the offer, and no
// two offers are both the last.
func (s *Store) InsertOffer(ctx context.Context, o offer.Offer, most int, e event.Event) error {
	award, err := awardKey.bytes(o.AwardID)
	if err != nil {
		return err
	}
	return s.write(ctx, "offer", func(t *tx) error {
		e := e
		if err := s.notErased(t, award); err != nil {
			return err
		}
		var revoked, n int64
		if err := t.row("SELECT issuer_id, revoked_at FROM award WHERE id = $1", args(award), &e.IssuerID, &revoked); err != nil {
			return err
		}
		if revoked != 0 {
			return fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
		}
		if err := t.row("SELECT COUNT(*) FROM offer WHERE award_id = $1 AND used_at = 0 AND revoked_at = 0 AND expires_at > $2",
			args(award, micros(o.CreatedAt)), &n); err != nil {
			return err
		}
		if n >= int64(most) {
			return fault.New(fault.Conflict, nil, "the award has %d claim links that work, which is as many as it may have", n).Code("limits.offers").
				Hint("revoke some of them")
		}
		if err := t.insert(insertOffer, [][]any{offerRow(o, award)}); err != nil {
			return err
		}
		if err := t.answer(award, o.CreatedBy, o.CreatedAt); err != nil {
			return err
		}
		return t.record(e)
	})
}

// OfferByHash implements offer.Store.
func (s *Store) OfferByHash(ctx context.Context, hash []byte) (offer.Offer, error) {
	found, err := s.offers(ctx, "WHERE o.hash = $1", hash)
	if err == nil && len(found) == 0 {
		return offer.Offer{}, fault.New(fault.NotFound, nil, "there is no offer at this address").Code("offer.not_found")
	}
	if err != nil {
		return offer.Offer{}, err
	}
	return found[0], nil
}

// Offers implements offer.Store.
func (s *Store) Offers(ctx context.Context, awardID string) ([]offer.Offer, error) {
	award, err := awardKey.bytes(awardID)
	if err != nil {
		return nil, err
	}
	return s.offers(ctx, "WHERE o.award_id = $1 ORDER BY o.seq DESC", award)
}

func (s *Store) offers(ctx context.Context, where string, list ...any) ([]offer.Offer, error) {
	var out []offer.Offer
	err := s.read(ctx).rows(selectOffer+where, list, func(scan func(...any) error) error {
		o, err := scanOffer(scan)
		out = append(out, o)
		return err
	})
	return out, s.wrap(err, "offer")
}

// UseOffer implements offer.Store.
func (s *Store) UseOffer(ctx context.Context, hash []byte, at time.Time) error {
	return s.write(ctx, "offer", func(t *tx) error {
		n, err := t.exec("UPDATE offer SET used_at = $1 WHERE hash = $2 AND used_at = 0", micros(at), hash)
		if err != nil || n > 0 {
			return err
		}
		var used int64
		if err := t.row("SELECT used_at FROM offer WHERE hash = $1", args(hash), &used); err != nil {
			return err
		}
		return fault.New(fault.Gone, nil, "this offer was used").Code("offer.used")
	})
}

// RevokeOffer implements offer.Store.
func (s *Store) RevokeOffer(ctx context.Context, awardID, id string, at time.Time, e event.Event) (offer.Offer, error) {
	award, err := awardKey.bytes(awardID)
	if err != nil {
		return offer.Offer{}, err
	}
	var out offer.Offer
	err = s.write(ctx, "offer", func(t *tx) error {
		n, err := t.exec("UPDATE offer SET revoked_at = $1 WHERE award_id = $2 AND id = $3 AND revoked_at = 0", micros(at), award, id)
		if err == nil && n > 0 {
			err = t.recordOf(award, e)
		}
		if err != nil {
			return err
		}
		out, err = scanOffer(func(into ...any) error {
			return t.row(selectOffer+"WHERE o.award_id = $1 AND o.id = $2", args(award, id), into...)
		})
		return err
	})
	return out, err
}

// recordOf writes an event whose issuer is that of the award.
func (t *tx) recordOf(award []byte, e event.Event) error {
	if err := t.row("SELECT issuer_id FROM award WHERE id = $1", args(award), &e.IssuerID); err != nil {
		return err
	}
	return t.record(e)
}
