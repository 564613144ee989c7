package keyring

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// Log records a signature before it is made; the store is one. It refuses what must not be signed.
type Log interface {
	Record(ctx context.Context, in signlog.Intent) error
}

// Lender lends out the keys for one purpose.
type Lender struct {
	s       *Service
	purpose string
}

// For returns the keys as they are lent out for a purpose of package signlog.
func (s *Service) For(purpose string) Lender { return Lender{s, purpose} }

// Signer returns the active key of the issuer for alg. Its Public().ID is the key's DID URL. A key for one of OnDemand is
// made, and published, when it is first asked for. An issuer without such a key is fault.NotFound. The key records each
// signature before it makes it; when the record is refused, it signs nothing.
func (l Lender) Signer(ctx context.Context, issuerID string, alg keys.Algorithm) (keys.Signer, error) {
	key, err := l.s.signer(ctx, issuerID, alg)
	if err != nil || l.s.ledger == nil {
		return key, err
	}
	return recorded{Signer: key, l: l, issuerID: issuerID}, nil
}

// Signer is that of For(signlog.Credential).
func (s *Service) Signer(ctx context.Context, issuerID string, alg keys.Algorithm) (keys.Signer, error) {
	return s.For(signlog.Credential).Signer(ctx, issuerID, alg)
}

// recorded is a key that signs only what is recorded.
type recorded struct {
	keys.Signer
	l        Lender
	issuerID string
}

// Sign implements keys.Signer. The record is committed before the signature is made: a crash in between leaves a record
// without a signature, never a signature without a record.
func (r recorded) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	err := r.l.s.ledger.Record(context.Background(), signlog.Intent{
		IssuerID: r.issuerID, Key: r.Public().ID, Purpose: r.l.purpose, Digest: digest[:], At: r.l.s.clock().UTC(),
	})
	if err != nil {
		if fault.Describe(err).Code == "key.changed" {
			r.l.s.forget(r.issuerID)
		}
		return nil, fmt.Errorf("record of a signature: %w", err)
	}
	return r.Signer.Sign(message)
}
