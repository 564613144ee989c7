package statuslist

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
)

// Noticed is how long it takes until every process knows that an issuer has closed.
const Noticed = 2 * freshness

// Final returns the last list of an issuer that has closed, as every process publishes it from then on: it holds until the end
// that was said when it closed. It is not dated before the issuer closed, so that no list that was published before is newer.
// Call it when Noticed is over since then. An unknown id or form is fault.NotFound, an issuer that has not closed
// fault.Conflict.
func (s *Service) Final(ctx context.Context, id string, f Form) ([]byte, error) {
	l, err := s.inForm(ctx, id, f)
	if err == nil {
		err = s.c.Ledger.Behind(id)
	}
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.c.Clock().UTC()
	if err := s.follow(ctx, l, now); err != nil {
		return nil, err
	}
	if l.closed.IsZero() {
		return nil, fault.New(fault.Conflict, nil, "the issuer of the status list %s has not closed", id).Code("issuer.open")
	}
	if l.stamp.Before(l.closed) {
		if l.stamp, err = s.c.Store.Restamp(ctx, id, now); err != nil {
			return nil, fmt.Errorf("status list %s: %w", id, err)
		}
	}
	return s.secure(ctx, l.list, f, l.bits, period{from: l.stamp, until: l.end()})
}

// Forms lists the forms in which lists of that purpose are published.
func Forms(purpose string) []Form {
	if purpose == Status {
		return []Form{JWT}
	}
	return []Form{Token, Embedded}
}

// Of returns the lists of an issuer, the oldest first.
func (s *Service) Of(ctx context.Context, issuerID string) ([]List, error) {
	all, err := s.c.Store.Lists(ctx, issuerID)
	if err != nil {
		return nil, fmt.Errorf("status lists of %s: %w", issuerID, err)
	}
	return all, nil
}

// Address is where a list is published in a form: its id in that form.
func (l List) Address(f Form) string { return address(l.URL, f) }
