// Package keyring owns the signing keys of the deployment's issuers: making, sealing, rotating, and the DID document and
// JWKS in which they are published (DID Core 1.0, did:web method).
//
// It refuses to start with a key-encryption key that others can read, and never shows a private key.
package keyring

import (
	"context"
	"io/fs"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// State is where a key stands in its life.
type State string

// The states. A next key is published and signs nothing yet. A retired key signs nothing any more and stays published, so
// that old credentials stay valid. A withdrawn key was in the hands of somebody else: what it signed is believed only where
// an independent record places it before that.
const (
	Next      State = "next"
	Active    State = "active"
	Retired   State = "retired"
	Withdrawn State = "withdrawn"
)

// Key is one key of an issuer as it is stored.
type Key struct {
	ID        string // the full DID URL of the verification method, "did:web:…#…"
	IssuerID  string
	Alg       keys.Algorithm
	State     State
	PublicJWK []byte // JSON
	Holder    string // where the private key is: "" for Sealed, else the name of a Holder
	Sealed    []byte // the private key, encrypted with the key-encryption key and bound to ID; or what its Holder calls it

	CreatedAt     time.Time // when it was published
	UsedFrom      time.Time // since when it signs; of a next key, from when it may
	RetiredAt     time.Time // zero until it signs no more
	WithdrawnAt   time.Time // when it was withdrawn
	CompromisedAt time.Time // of a withdrawn key: the moment from which somebody else may have used it
}

// Version is one state of an identity's DID document.
type Version struct {
	DID    string
	Number int // from 1
	Body   []byte
	At     time.Time // since when it was the document
}

// Update is a key in its new state and the state that it must be in before.
type Update struct {
	Key Key
	Was State
}

// Change is one step in the life of an issuer's keys. It is stored whole or not at all.
type Change struct {
	Update    []Update // before Insert, because one key of each algorithm is active
	Insert    []Key
	Documents []Version
	Event     event.Event
}

// Store keeps keys and the documents in which they were published.
type Store interface {
	// ChangeKeys stores a change in one transaction. When somebody else was faster, it is fault.Conflict: a key that is in
	// another state, an algorithm with two active or two next keys, a version that there is.
	ChangeKeys(ctx context.Context, c Change) error
	// Keys returns all keys of an issuer, newest first; all issuers' for "".
	Keys(ctx context.Context, issuerID string) ([]Key, error)
	// Versions returns the DID documents of an identity, oldest first.
	Versions(ctx context.Context, did string) ([]Version, error)
}

// CheckKEKMode refuses a key-encryption key file that anybody but its owner may read or write, or that is no regular file:
// its mode must be 0600. The refusal is fault.Invalid.
func CheckKEKMode(mode fs.FileMode) error {
	if mode == 0o600 {
		return nil
	}
	return fault.New(fault.Invalid, nil, "the key-encryption key file has the mode %v, it must be a file of mode 0600", mode).
		Code("kek.mode").Hint("chmod 600 the file, and think about who could have read it")
}
