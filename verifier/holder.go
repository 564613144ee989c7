package verifier

import (
	"context"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/keys"
)

// holder compares who presents the credential with whom it is about, or with the key that it is bound to. That a presentation
// holds says nothing about that: without this check anybody could present anybody's credential (threat O09).
func (r *run) holder(ctx context.Context) {
	switch {
	case r.by == nil:
		r.set(CheckHolder, Skipped, "holder.not_presented", "", "This is a credential by itself, not a presentation by its holder.")
		return
	case r.by.check.Outcome != Pass:
		c := r.by.check
		r.set(CheckHolder, c.Outcome, c.Code, "", c.Detail)
	case r.bearer != nil:
		r.holderKey()
	default:
		r.holderSubject(ctx)
	}
	if r.outcome(CheckHolder) == Unknown && r.policy.waives(HolderUnsafe) {
		r.warn("policy.any_presenter_unsafe", "", "The policy does not ask whether the presenter is the holder.")
	}
}

func (r *run) holderKey() {
	if r.by.key == nil || !r.bearer.Equal(*r.by.key) {
		r.set(CheckHolder, Fail, "vp.holder", "/cnf", "The credential is bound to another key than the presenter's.")
		return
	}
	r.set(CheckHolder, Pass, "holder.key", "/cnf", "The credential is bound to the key of the presenter.")
}

func (r *run) holderSubject(ctx context.Context) {
	somebody := false
	for _, s := range r.cred.Subjects {
		id := s.Member("id").Text()
		if id != "" && id == r.by.id || r.by.key != nil && r.isKey(ctx, id, *r.by.key) {
			r.about(s)
			r.set(CheckHolder, Pass, "holder.subject", "/credentialSubject/id", "The credential is about the presenter.")
			return
		}
		somebody = somebody || strings.HasPrefix(id, "did:")
	}
	if somebody {
		r.set(CheckHolder, Fail, "vp.holder", "/credentialSubject/id", "The credential is about somebody else than the presenter.")
		return
	}
	r.set(CheckHolder, Unknown, "holder.unbound", "/credentialSubject", "The credential is bound to nobody's key, so nobody can show to be its holder.")
}

// isKey reports whether an identity is itself that key; nothing is fetched for it.
func (r *run) isKey(ctx context.Context, id string, k keys.Public) bool {
	if !strings.HasPrefix(id, "did:key:") && !strings.HasPrefix(id, "did:jwk:") {
		return false
	}
	doc, err := r.v.keys.Resolve(ctx, id)
	if err != nil {
		return false
	}
	m, ok := doc.Holds(k)
	return ok && m.Purposes&did.Authentication != 0
}
