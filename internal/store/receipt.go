package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/receipt"
)

// InsertReceipt implements receipt.Store. Of two at the same moment on PostgreSQL both may become the last.
func (s *Store) InsertReceipt(ctx context.Context, r receipt.Stored, most int) error {
	return s.write(ctx, "receipt", func(t *tx) error {
		var kept int
		if err := t.row("SELECT COUNT(*) FROM check_receipt WHERE expires_at > $1", args(micros(r.CreatedAt)), &kept); err != nil {
			return err
		}
		if kept >= most {
			return fault.New(fault.Unavailable, nil, "no more receipts can be kept at the moment").Code("receipt.too_many").Hint("try again later, or save the page")
		}
		_, err := t.exec("INSERT INTO check_receipt (code_hash, jws, created_at, expires_at) VALUES ($1, $2, $3, $4)",
			r.Hash, r.JWS, micros(r.CreatedAt), micros(r.ExpiresAt))
		return err
	})
}

// Receipt implements receipt.Store.
func (s *Store) Receipt(ctx context.Context, hash []byte) (receipt.Stored, error) {
	r := receipt.Stored{Hash: hash}
	var created, expires int64
	err := s.read(ctx).row("SELECT jws, created_at, expires_at FROM check_receipt WHERE code_hash = $1", args(hash), &r.JWS, &created, &expires)
	if err != nil {
		return receipt.Stored{}, s.wrap(err, "receipt")
	}
	r.CreatedAt, r.ExpiresAt = moment(created), moment(expires)
	return r, nil
}

// SweepReceipts implements receipt.Store.
func (s *Store) SweepReceipts(ctx context.Context, now time.Time) error {
	return s.write(ctx, "receipt", func(t *tx) error {
		_, err := t.exec("DELETE FROM check_receipt WHERE expires_at <= $1", micros(now))
		return err
	})
}
