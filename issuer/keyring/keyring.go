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

// The states. A retired key signs nothing and stays published, so that old credentials stay valid.
const (
	Active  State = "active"
	Retired State = "retired"
)

// Key is one key of an issuer as it is stored.
type Key struct {
	ID        string // the full DID URL of the verification method, "did:web:…#…"
	IssuerID  string
	Alg       keys.Algorithm
	State     State
	PublicJWK []byte // JSON
	Sealed    []byte // the private key, encrypted with the key-encryption key; bound to ID
	CreatedAt time.Time
	RetiredAt time.Time // zero while active
}

// Store keeps keys. Each write is one transaction with its event.
type Store interface {
	// InsertKeys stores new keys and, in the same transaction, retires the active ones of the same issuer and algorithm.
	InsertKeys(ctx context.Context, ks []Key, e event.Event) error
	// Keys returns all keys of an issuer, newest first; all issuers' for "".
	Keys(ctx context.Context, issuerID string) ([]Key, error)
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
