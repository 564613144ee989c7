package offer

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
)

// Config wires a Service.
type Config struct {
	Store  Store
	Secret []byte           // 32 bytes that only this deployment knows; the codes follow from it
	Clock  func() time.Time // default: time.Now
	Rand   io.Reader        // of offer ids; default: crypto/rand
	Life   time.Duration    // default: limits.OfferLife
}

// Service makes and looks at offers. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Life == 0 {
		c.Life = limits.OfferLife
	}
	return &Service{c: c}
}

// Prepare makes the first offer of an award without storing it, and its code. The code is a keyed hash of the award's id:
// 128 bits that nobody can guess without the secret, and the same again when the same request is answered a second time.
func (s *Service) Prepare(awardID string) (Offer, string, error) {
	if len(s.c.Secret) < 32 {
		return Offer{}, "", fmt.Errorf("offer for %s: the secret of the codes is missing", awardID)
	}
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return Offer{}, "", fmt.Errorf("offer for %s: %w", awardID, err)
	}
	mac := hmac.New(sha256.New, s.c.Secret)
	_, _ = mac.Write([]byte("offer 1:" + awardID))
	code := randid.Encode([16]byte(mac.Sum(nil)[:16]))
	now := s.c.Clock().UTC().Truncate(time.Second)
	return Offer{ID: "off_" + id, AwardID: awardID, Hash: digest(code), CreatedAt: now, ExpiresAt: now.Add(s.c.Life)}, code, nil
}

// Look returns the offer of a code without using it up: a mail scanner that opens the link takes nothing (threat W24). An
// unknown code is fault.NotFound, one that expired or was used fault.Gone.
func (s *Service) Look(ctx context.Context, code string) (Offer, error) {
	if !randid.Valid(code) {
		return Offer{}, fault.New(fault.NotFound, nil, "there is no offer at this address").Code("offer.not_found")
	}
	o, err := s.c.Store.OfferByHash(ctx, digest(code))
	if err != nil {
		return Offer{}, err
	}
	switch {
	case !o.UsedAt.IsZero():
		return o, fault.New(fault.Gone, nil, "this offer was used").Code("offer.used").Hint("ask the issuer for a new link")
	case !s.c.Clock().Before(o.ExpiresAt):
		return o, fault.New(fault.Gone, nil, "this offer has expired").Code("offer.expired").Hint("ask the issuer for a new link")
	}
	return o, nil
}

// Use marks the offer of a code as used. Of parallel calls exactly one succeeds.
func (s *Service) Use(ctx context.Context, code string) (Offer, error) {
	o, err := s.Look(ctx, code)
	if err != nil {
		return o, err
	}
	return o, s.c.Store.UseOffer(ctx, o.Hash, s.c.Clock().UTC())
}

// digest is what is stored of a code. Looking it up by its hash leaks nothing about it by time.
func digest(code string) []byte {
	sum := sha256.Sum256([]byte(code))
	return sum[:]
}
