package statuslist

import (
	"context"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// pastKey names a signed list of the past: one answer serves every moment between two changes.
type pastKey struct {
	list        string
	form        Form
	from, until int64
	key         string // with which it was signed, for a key may be withdrawn
}

// pastsKept bounds the answers that are kept.
const pastsKept = 64

// PublishAt returns the list as it was at a moment, signed for a time that holds the moment: validFrom (iat) is not after it,
// validUntil (exp) is. A moment whose second is not over is fault.Invalid, because a change may still be dated at it; one before the list
// was begun is fault.NotFound.
func (s *Service) PublishAt(ctx context.Context, id string, f Form, at time.Time) (Published, error) {
	now := s.c.Clock().UTC()
	if at = at.UTC().Truncate(time.Second); !at.Before(now.Truncate(time.Second)) {
		return Published{}, fault.New(fault.Invalid, nil, "how the list will be is not known").Code("status.future").
			Hint("ask for a moment that is over")
	}
	l, err := s.c.Store.List(ctx, id)
	if err != nil {
		return Published{}, err
	}
	if !f.Has(l.Purpose) || at.Before(l.CreatedAt.Truncate(time.Second)) {
		return Published{}, fault.New(fault.NotFound, nil, "there was no status list at this address then").Code("status.not_found")
	}
	if err := s.c.Ledger.Behind(id); err != nil {
		return Published{}, err
	}
	was, err := s.c.Store.At(ctx, id, at)
	if err != nil {
		return Published{}, fmt.Errorf("status list %s at %s: %w", id, at.Format(time.RFC3339), err)
	}
	p := was.period(at, now)
	signer, _ := s.key(ctx, l.IssuerID, f)
	key := pastKey{id, f, p.from.Unix(), p.until.Unix(), signer}
	s.mu.Lock()
	known, ok := s.past[key]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	return s.signPast(ctx, l, key, was.Bits)
}

// period is the time for which the past state is signed. One that still holds is signed for the hour of the moment, so that
// not every second needs a signature.
func (p Past) period(at, now time.Time) period {
	until := p.Until
	if until.IsZero() {
		if until = at.Truncate(time.Hour).Add(time.Hour); until.After(now) {
			until = at.Add(time.Second)
		}
	}
	return period{p.From.Truncate(time.Second), until}
}

func (s *Service) signPast(ctx context.Context, l List, key pastKey, changed []Bit) (Published, error) {
	bits, err := newEncoder(l)
	if err != nil {
		return Published{}, fmt.Errorf("status list %s: %w", l.ID, err)
	}
	for _, b := range changed {
		if err := bits.set(b); err != nil {
			return Published{}, fmt.Errorf("status list %s: %w", l.ID, err)
		}
	}
	from := time.Unix(key.from, 0).UTC()
	body, err := s.secure(ctx, l, key.form, bits, period{from, time.Unix(key.until, 0).UTC()})
	if err != nil {
		return Published{}, err
	}
	out := Published{Form: key.form, Body: body, ETag: tagOf(body), LastModified: from, MaxAge: limits.StatusListTTL}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.past {
		if len(s.past) < pastsKept {
			break
		}
		delete(s.past, other)
	}
	s.past[key] = out
	return out, nil
}

// Aggregation lists the addresses of an issuer's token status lists (Token Status List §9). An unknown issuer is fault.NotFound.
func (s *Service) Aggregation(ctx context.Context, issuerID string) ([]string, error) {
	if _, err := s.c.Issuers.DID(ctx, issuerID); err != nil {
		return nil, err
	}
	lists, err := s.c.Store.Lists(ctx, issuerID)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, l := range lists {
		if l.Purpose == Status {
			out = append(out, address(l.URL, JWT))
		}
	}
	return out, nil
}
