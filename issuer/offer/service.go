package offer

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/event"
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

// TxDigits is the length of a transaction code.
const TxDigits = 6

// Fresh is a further offer of an award: a claim link of its own, and the transaction code when one was asked for. Both are
// shown once.
type Fresh struct {
	Offer  Offer
	Code   string
	TxCode string
}

// Guard says whether an offer has a transaction code, which reaches the learner by another way than the link.
type Guard uint8

// The guards.
const (
	Unguarded Guard = iota
	WithTxCode
)

// Order says what a further offer is to be.
type Order struct {
	Guard     Guard
	Unbound   Unbound
	ExpiresAt time.Time // zero: after the usual life
	Note      string    // one line of at most NoteBytes, for whoever makes it
	Actor     string
}

// NoteBytes bounds a note.
const NoteBytes = 500

func (o *Order) settle(now time.Time, life time.Duration) error {
	if o.ExpiresAt.IsZero() {
		o.ExpiresAt = now.Add(life)
	}
	if o.ExpiresAt.Before(now.Add(limits.OfferLifeLeast)) || o.ExpiresAt.After(now.Add(limits.OfferLifeMost)) {
		least, most := int(limits.OfferLifeLeast.Minutes()), int(limits.OfferLifeMost.Hours()/24)
		return fault.New(fault.Invalid, nil, "a claim link lives between %d minutes and %d days", least, most).
			Code("offer.expires_at").At("/expires_at")
	}
	switch o.Unbound {
	case AsSet, Keep, Supersede:
	default:
		return fault.New(fault.Invalid, nil, "what becomes of the files is keep or supersede").Code("offer.unbound").At("/unbound")
	}
	o.Note = strings.TrimSpace(o.Note)
	if len(o.Note) > NoteBytes || !utf8.ValidString(o.Note) || strings.ContainsFunc(o.Note, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fault.New(fault.Invalid, nil, "a note is one line of at most %d bytes", NoteBytes).Code("offer.note").At("/note")
	}
	return nil
}

// Create makes and stores a further offer of an award, whose code nobody can derive from the first one. An unknown award is
// fault.NotFound; one that is revoked, or has as many offers as it may have, fault.Conflict.
func (s *Service) Create(ctx context.Context, awardID string, o Order) (Fresh, error) {
	ids, err := randid.Several(s.c.Rand, 2)
	if err != nil {
		return Fresh{}, fmt.Errorf("offer for %s: %w", awardID, err)
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	if err := o.settle(now, s.c.Life); err != nil {
		return Fresh{}, err
	}
	f := Fresh{Code: ids[1], Offer: Offer{
		ID: "off_" + ids[0], AwardID: awardID, Hash: digest(ids[1]), CreatedAt: now, ExpiresAt: o.ExpiresAt.UTC().Truncate(time.Second),
		Unbound: o.Unbound, Note: o.Note, CreatedBy: o.Actor,
	}}
	if o.Guard == WithTxCode {
		n, err := rand.Int(s.c.Rand, big.NewInt(1_000_000))
		if err != nil {
			return Fresh{}, fmt.Errorf("transaction code: %w", err)
		}
		f.TxCode = fmt.Sprintf("%0*d", TxDigits, n.Int64())
		f.Offer.TxHash = s.txHash(f.Offer.ID, f.TxCode)
	}
	return f, s.c.Store.InsertOffer(ctx, f.Offer, limits.OffersOfAward, s.event(o.Actor, "offer.created", awardID, f.Offer.ID))
}

// Of returns the offers of an award, newest first.
func (s *Service) Of(ctx context.Context, awardID string) ([]Offer, error) {
	return s.c.Store.Offers(ctx, awardID)
}

// Revoke makes an offer good for nothing any more: neither its page nor the codes that wallets hold. Twice is no error; an offer
// that the award does not have is fault.NotFound.
func (s *Service) Revoke(ctx context.Context, awardID, id, actor string) (Offer, error) {
	return s.c.Store.RevokeOffer(ctx, awardID, id, s.c.Clock().UTC(), s.event(actor, "offer.revoked", awardID, id))
}

func (s *Service) event(actor, action, awardID, offerID string) event.Event {
	id, err := randid.New(s.c.Rand)
	if err != nil {
		id = "" // the store refuses an event without an id, and with it the whole transaction
	}
	return event.Event{ID: "evt_" + id, At: s.c.Clock().UTC(), Actor: actor, Action: action, Subject: awardID, Detail: offerID}
}

// IsTxCode reports whether that is the transaction code of the offer. Whoever asks counts the tries first.
func (s *Service) IsTxCode(o Offer, code string) bool {
	return len(o.TxHash) > 0 && len(code) == TxDigits && hmac.Equal(o.TxHash, s.txHash(o.ID, code))
}

// txHash is keyed: six digits are guessed in no time from a bare hash.
func (s *Service) txHash(id, code string) []byte {
	mac := hmac.New(sha256.New, s.c.Secret)
	_, _ = mac.Write([]byte("tx code 1:" + id + ":" + code))
	return mac.Sum(nil)
}

// Look returns the offer of a code without using it up: a mail scanner that opens the link takes nothing (threat W24). An
// unknown code is fault.NotFound; one that is not open any more fault.Gone with the code "offer.used", "offer.expired",
// "offer.revoked" or "offer.guessed", beside the offer.
func (s *Service) Look(ctx context.Context, code string) (Offer, error) {
	if !randid.Valid(code) {
		return Offer{}, fault.New(fault.NotFound, nil, "there is no offer at this address").Code("offer.not_found")
	}
	o, err := s.c.Store.OfferByHash(ctx, digest(code))
	if err != nil {
		return Offer{}, err
	}
	return o, o.over(s.c.Clock())
}

// over says why an offer is not open; nil while it is.
func (o Offer) over(now time.Time) error {
	why, sentence := "", ""
	switch o.State(now) {
	case Open:
		return nil
	case Used:
		why, sentence = "offer.used", "this offer was used"
	case Expired:
		why, sentence = "offer.expired", "this offer has expired"
	case Dead:
		why, sentence = "offer.revoked", "this offer was withdrawn"
		if o.RevokedAt.IsZero() {
			why, sentence = "offer.guessed", "the transaction code of this offer was wrong too often"
		}
	}
	return fault.New(fault.Gone, nil, "%s", sentence).Code(why).Hint("ask the issuer for a new link")
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
