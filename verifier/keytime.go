package verifier

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// keyTime compares when something says that it was signed with when its key was in use. A moment is believed against the
// signer, never for it: whoever has the key can write any date, so what a revoked key signed is not saved by an early one
// (threats K13, T05).
func (r *run) keyTime(ctx context.Context, m did.Method) *fault.Defect {
	if !m.Revoked.IsZero() && !r.recorded(ctx, m) {
		return fault.Wrong("key.compromised", m.ID,
			"The issuer has withdrawn this key, because somebody else may have signed with it since %s, under any date.", day(m.Revoked))
	}
	d := inUse(m, r.begins())
	if d != nil && !r.answered.IsZero() { // signed when we asked, about the past
		d = inUse(m, r.answered)
	}
	if d != nil || r.made.IsZero() {
		return d
	}
	return inUse(m, r.made)
}

// recorded reports whether an independent record places the signature before the key was stolen. It is asked for the exact
// bytes under the signature: a thief who knows of the record can only repeat what the issuer signed.
func (r *run) recorded(ctx context.Context, m did.Method) bool {
	if r.v.records == nil || r.message == nil {
		return false
	}
	message, err := r.message(m.Key)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(message)
	at, found, err := r.v.records.Signed(ctx, r.cred.IssuerID, sum[:])
	if err != nil || !found || !at.Before(m.Revoked) {
		return false
	}
	r.warn("key.withdrawn", m.ID, "The issuer has withdrawn the key, but its issuance log shows that it signed this before the key was stolen.")
	return true
}

// begins is when the credential says that it begins; what does not say it is judged as if it began now.
func (r *run) begins() time.Time {
	if r.cred.From.IsZero() {
		return r.at
	}
	return r.cred.From
}

func inUse(m did.Method, signed time.Time) *fault.Defect {
	switch {
	case !m.From.IsZero() && signed.Add(limits.ClockSkew).Before(m.From):
		return fault.Wrong("key.outside_validity", m.ID, "The signature is dated before its key came into use on %s.", day(m.From))
	case !m.Until.IsZero() && signed.After(m.Until.Add(limits.ClockSkew)):
		return fault.Wrong("key.outside_validity", m.ID, "The signature is dated after its key went out of use on %s.", day(m.Until))
	}
	return nil
}
