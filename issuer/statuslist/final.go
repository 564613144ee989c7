package statuslist

import (
	"context"
	"fmt"
	"time"
)

// Final returns the list as it is now, signed to hold until then: the last word of an issuer that closes. It is dated now, so that
// no list that was published before it is newer. What changes afterwards is not in it; whoever publishes it stops to publish
// others. An unknown id or form is fault.NotFound.
func (s *Service) Final(ctx context.Context, id string, f Form, until time.Time) ([]byte, error) {
	l, err := s.served(ctx, id, f)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.c.Clock().UTC()
	if err := s.follow(ctx, l, now); err != nil {
		return nil, err
	}
	if l.stamp, err = s.c.Store.Restamp(ctx, id, now); err != nil {
		return nil, fmt.Errorf("status list %s: %w", id, err)
	}
	return s.secure(ctx, l.list, f, l.bits, period{from: l.stamp, until: until.UTC().Truncate(time.Second)})
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
