package offline

import (
	"context"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
)

// CodeGiven is the outcome of a key that is the issuer's only by the word of whoever handed the pack over.
const CodeGiven = "did.given"

// Given judges by a pack that came with the credential, from its holder. Whoever makes a credential up can make such a pack up, too: so
// the keys of a domain are not proven by it, no domain counts as verified, and nothing is valid because of it. Who is trusted is for
// the caller to say; the pack's own list is not looked at.
type Given struct {
	verifier *verifier.Verifier
	asOf     time.Time
}

// Given makes a verifier for a pack from a stranger. An identity that is malformed is an error.
func (p Pack) Given(clock func() time.Time, list *trust.List) (*Given, error) {
	p.Trust = list.Entries()
	v, err := p.Verifier(clock)
	if err != nil {
		return nil, err
	}
	return &Given{v, p.AsOf}, nil
}

// Check judges like verifier.Verifier.Check, without a network. What would be valid is undecided where only the pack says whose the
// key is (did.given).
func (g *Given) Check(ctx context.Context, in verifier.Input, p verifier.Policy) verifier.Result {
	r := g.verifier.Check(ctx, in, p)
	g.doubt(&r)
	return r
}

func (g *Given) doubt(r *verifier.Result) {
	for i := range r.Nested {
		g.doubt(&r.Nested[i].Result)
	}
	if r.Record != nil {
		r.Record.Undecided, r.Record.Valid = r.Record.Undecided+r.Record.Valid, 0
	}
	if r.Issuer == nil || did.Domain(r.Issuer.ID) == "" {
		return
	}
	r.Issuer.Domain, r.Trust = "", nil
	for i, c := range r.Checks {
		if c.ID != verifier.CheckBinding || c.Outcome != verifier.Pass {
			continue
		}
		r.Checks[i].Outcome, r.Checks[i].Code = verifier.Unknown, CodeGiven
		r.Checks[i].Detail = fmt.Sprintf("By the file that was handed over, as of %s, the key is the issuer's. The issuer itself was not asked, and "+
			"whoever made the file could have written another key into it.", g.asOf.UTC().Format("2 January 2006, 15:04 MST"))
		if r.Verdict == verifier.Valid {
			r.Verdict = verifier.Undecided
		}
	}
}
