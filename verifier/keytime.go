package verifier

import (
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// keyTime compares when something says that it was signed with when its key was in use. A moment is believed against the
// signer, never for it: whoever has the key can write any date, so what a revoked key signed is not saved by an early one
// (threats K13, T05).
func (r *run) keyTime(m did.Method) *fault.Defect {
	if !m.Revoked.IsZero() {
		return fault.Wrong("key.compromised", m.ID, "The issuer has withdrawn this key, because somebody else may have signed with it since %s, under any date.", day(m.Revoked))
	}
	d := inUse(m, r.cred.From)
	if d != nil && !r.answered.IsZero() { // signed when we asked, about the past
		d = inUse(m, r.answered)
	}
	if d != nil || r.made.IsZero() {
		return d
	}
	return inUse(m, r.made)
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
