package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
)

// InsertTrustList stores a signed trust list that an issuer publishes, beside those that it published before.
func (s *Store) InsertTrustList(ctx context.Context, issuerID string, issued time.Time, signed []byte, e event.Event) error {
	return s.write(ctx, "trust list", func(t *tx) error {
		if _, err := t.exec("INSERT INTO trust_list (issuer_id, issued_at, signed) VALUES ($1, $2, $3)", issuerID, micros(issued), signed); err != nil {
			return err
		}
		return t.record(e)
	})
}

// TrustList returns the newest signed trust list of an issuer, or fault.NotFound.
func (s *Store) TrustList(ctx context.Context, issuerID string) ([]byte, error) {
	var signed []byte
	err := s.read(ctx).row("SELECT signed FROM trust_list WHERE issuer_id = $1 ORDER BY issued_at DESC LIMIT 1", []any{issuerID}, &signed)
	return signed, s.wrap(err, "trust list")
}
