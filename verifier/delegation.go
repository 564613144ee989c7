package verifier

import (
	"context"
	"strings"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier/trust"
)

// Delegator is a Trust that knows whether anybody on its lists may vouch for others. A Trust that is none believes nobody
// for another's word.
type Delegator interface {
	Delegators(ctx context.Context) bool
}

// delegated looks for an institution that is trusted, may vouch for others, and endorses this issuer in the credential: a
// university for its faculties. The endorsement is verified like any other; before that, its issuer must already stand on a
// trust list as one that delegates, so that no stranger's address is asked. It reaches one step down: whom a faculty
// endorses, the university has not.
func (r *run) delegated(ctx context.Context) {
	lists, ok := r.v.trust.(Delegator)
	if !ok || r.depth > 0 || !lists.Delegators(ctx) {
		return
	}
	places := endorsements(r.cred)
	if *r.inside+len(places) > limits.NestedCount {
		return // the check of what stands inside says so
	}
	for _, p := range places {
		if !strings.HasPrefix(p.at, "/issuer/endorsement") || p.of != r.cred.IssuerID || p.of == "" {
			continue
		}
		by, d, ok := r.vouches(ctx, p)
		if !ok {
			continue
		}
		res := r.vouching(ctx, p)
		if res.Verdict != Valid {
			r.warn("endorsement."+string(res.Verdict), p.at,
				"An institution that you trust seems to vouch for the issuer, but its endorsement does not hold or could not be checked.")
			continue
		}
		r.trusted = true
		r.out.Trust.WhenIssued, r.out.Trust.Now, r.out.Trust.Chain = d.WhenIssued, d.Now, []string{by, r.cred.IssuerID}
		r.out.Trust.By, r.out.Trust.List = d.Entry.By, d.Entry.List
		r.set(CheckTrust, Pass, trust.Delegated, p.at, "An institution that you trust ("+by+") vouches for this issuer in an endorsement, which holds.")
		return
	}
}

// vouches reports whether the one who signed the endorsement is trusted for all that the credential is about, and may vouch
// for others. The endorsement itself has not been verified yet.
func (r *run) vouches(ctx context.Context, p nestedPlace) (by string, d trust.Decision, ok bool) {
	by = claimedIssuer(p)
	if by == "" || by == r.cred.IssuerID {
		return "", d, false
	}
	for _, q := range r.questions(by) {
		d = r.v.trust.Decide(ctx, q)
		if !d.Trusted || d.Entry == nil || d.Entry.ID != by || !d.Entry.Delegates {
			return "", d, false
		}
	}
	return by, d, true
}

// claimedIssuer reads who an endorsement says issued it, without believing it.
func claimedIssuer(p nestedPlace) string {
	r := &run{}
	r.form(p.item)
	if r.cred == nil || !r.cred.HasType("EndorsementCredential") {
		return ""
	}
	return r.cred.IssuerID
}

// vouching verifies an endorsement of the issuer. That its own issuer is trusted has been decided already.
func (r *run) vouching(ctx context.Context, p nestedPlace) Result {
	in := r.inner(Policy{At: r.policy.At, Waive: r.policy.Waive | TrustUnsafe})
	in.run(ctx, p.item)
	if in.cred != nil && (!in.cred.HasType("EndorsementCredential") || len(in.cred.Subjects) != 1 || in.cred.SubjectID() != p.of) {
		in.set(CheckSubject, Fail, "endorsement.subject", p.at, "The endorsement is about something else than what it stands on.")
	}
	return in.result()
}
