package verifier

import (
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Policy says what a verdict requires. The zero Policy is the strict default: signature, binding, time, schema, status
// and trust must all pass.
type Policy struct {
	At        time.Time // the moment to judge for; zero: now
	Recipient string    // an e-mail address or id that the credential must be about; empty: nobody asked
	Waive     Waiver
	Refresh   bool // look once where the issuer keeps a newer copy (1EdTechCredentialRefresh); not for what a wallet presents
}

// Waiver names what a policy lets go. Every waiver is shown in the result as a warning.
type Waiver uint8

// The waivers.
const (
	// MissingClaims takes an Open Badges JWT without sub, nbf, jti or exp claims: the members that they repeat are signed too.
	MissingClaims Waiver = 1 << iota
	// TrustUnsafe lets a verdict be valid although nobody vouches for the issuer.
	TrustUnsafe
	// HolderUnsafe lets a verdict be valid although nothing shows that the presenter is the holder: nobody asked, or the
	// credential is bound to nobody. Whoever presents as another than the holder is refused all the same.
	HolderUnsafe
	// EndorsementsUnsafe does not look at endorsements: for an issuer that has just put in what it had verified before.
	EndorsementsUnsafe
)

// ParsePolicy reads the name of a policy: "" and "default" are the zero Policy, "compatible" waives missing JWT claims,
// "any-issuer-unsafe" waives trust. Anything else is fault.Invalid.
func ParsePolicy(name string) (Policy, error) {
	switch name {
	case "", "default", "strict":
		return Policy{}, nil
	case "compatible":
		return Policy{Waive: MissingClaims}, nil
	case "any-issuer-unsafe":
		return Policy{Waive: TrustUnsafe}, nil
	}
	return Policy{}, fault.New(fault.Invalid, nil, "policy %.40q is not known", name).Code("verify.policy").At("/policy").
		Hint(`use "default", "compatible" or "any-issuer-unsafe"`)
}

// Name is the name under which ParsePolicy reads the waivers; "other" when there is none.
func (p Policy) Name() string {
	for _, name := range [...]string{"default", "compatible", "any-issuer-unsafe"} {
		if q, err := ParsePolicy(name); err == nil && q.Waive == p.Waive {
			return name
		}
	}
	return "other"
}

// waives reports whether the policy waives w.
func (p Policy) waives(w Waiver) bool { return p.Waive&w != 0 }
