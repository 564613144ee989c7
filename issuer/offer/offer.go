// Package offer owns one-time credential offers: the claim link that a learner opens to take an award.
//
// The code has 128 random bits, is stored as SHA-256 only, and looking at an offer never uses it up.
package offer

import (
	"context"
	"time"
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
}

// Store keeps offers. A miss is fault.NotFound.
type Store interface {
	InsertOffer(ctx context.Context, o Offer) error
	OfferByHash(ctx context.Context, hash []byte) (Offer, error)
	// UseOffer marks the offer used; of parallel calls exactly one succeeds, the others get fault.Gone.
	UseOffer(ctx context.Context, hash []byte, at time.Time) error
}
