// Package offer owns one-time credential offers: the claim link that a learner opens to take an award.
//
// The code has 128 random bits, is stored as SHA-256 only, and looking at an offer never uses it up. It refuses an offer of an
// award that is revoked or has as many as it may have.
package offer

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/limits"
)

// Offer is a claim link, without its code.
type Offer struct {
	ID        string
	AwardID   string
	Hash      []byte // SHA-256 of the code
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // when a wallet took it; zero while unused
	TxHash    []byte    // keyed hash of the transaction code that a wallet needs beside the link; nil: none
	Tries     int       // of the transaction code since it was last right
	RevokedAt time.Time
	AskedAt   time.Time // when the learner last asked for a new link
	Unbound   Unbound
	Note      string // of whoever made it, for themselves
	CreatedBy string // token id, session or "cli"; "" when it was made with the award
}

// Unbound says what becomes of the credentials of nobody in particular, such as the files of the claim page, when a wallet takes
// the award by an offer.
type Unbound string

// The choices.
const (
	AsSet     Unbound = ""          // what the settings of the deployment say
	Keep      Unbound = "keep"      // they hold beside the wallet's
	Supersede Unbound = "supersede" // they are revoked: the wallet's takes their place
)

// State is what an offer is good for.
type State string

// The states.
const (
	Open    State = "open"
	Used    State = "used"    // a wallet took the award; the files are still the learner's
	Expired State = "expired" // its time is over
	Dead    State = "dead"    // revoked, or its transaction code was guessed too often
)

// State returns the state of the offer at a moment.
func (o Offer) State(now time.Time) State {
	switch {
	case !o.RevokedAt.IsZero():
		return Dead
	case !o.UsedAt.IsZero():
		return Used
	case len(o.TxHash) > 0 && o.Tries >= limits.TxCodeTries:
		return Dead
	case !now.Before(o.ExpiresAt):
		return Expired
	}
	return Open
}

// Store keeps offers. A miss is fault.NotFound.
type Store interface {
	// InsertOffer stores an offer of an award with its event, whose issuer is that of the award. An award that is revoked or erased,
	// or that has most offers already that are neither used, revoked nor over, is fault.Conflict.
	InsertOffer(ctx context.Context, o Offer, most int, e event.Event) error
	OfferByHash(ctx context.Context, hash []byte) (Offer, error)
	// Offers returns those of an award, newest first.
	Offers(ctx context.Context, awardID string) ([]Offer, error)
	// UseOffer marks the offer used; of parallel calls exactly one succeeds, the others get fault.Gone.
	UseOffer(ctx context.Context, hash []byte, at time.Time) error
	// RevokeOffer revokes an offer of that award, with its event, and returns it as it is then. Twice is no error.
	RevokeOffer(ctx context.Context, awardID, id string, at time.Time, e event.Event) (Offer, error)
}
