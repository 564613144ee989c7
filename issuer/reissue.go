package issuer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
)

// Records is the issuance log as it is asked whether a signature was made before a moment. at has no meaning when found is
// false; id is the DID of the issuer.
type Records interface {
	Signed(ctx context.Context, id string, digest []byte) (at time.Time, found bool, err error)
}

// Scope says which credentials of a withdrawn key are meant.
type Scope string

// The scopes. Unbelieved are those that the issuance log does not place before the moment of the theft: nobody believes them
// any more. All are the others, too: only this deployment can ask its log, and strangers refuse whatever the key signed.
const (
	Unbelieved Scope = ""
	All        Scope = "all"
)

// Reissue asks that what a withdrawn key signed is issued again.
type Reissue struct {
	IssuerID string
	KeyID    string
	From     time.Time // the moment from which somebody else may have signed with it
	Scope    Scope
	Cursor   string // where the call before ended; "" at the beginning
	Most     int    // credentials that one call looks at, 1 to BulkMost; 0: BulkMost
	Upto     int    // credentials, and statements, that a plan looks at before it says that there are more; 0: all
	Actor    string
}

// Reissued says what became of what a call looked at, or in a plan what would become of all.
type Reissued struct {
	Done      int // issued again
	Believed  int // left alone: the log places them before the theft
	Revoked   int // left alone: the award is revoked
	Suspended int // left alone: reinstate the award first, and call again
	Expired   int // left alone: the award has expired
	Next      string
}

// Signature is a credential of an award, and the state of its award.
type Signature struct {
	Credential

	State     State
	ExpiresAt time.Time
}

func (r *Reissue) check() error {
	if r.KeyID == "" || r.IssuerID == "" {
		return invalid("key.unknown", "/key", "the key is missing")
	}
	if r.Scope != Unbelieved && r.Scope != All {
		return invalid("reissue.scope", "/scope", "the scope %.20q is not known", string(r.Scope))
	}
	if r.Most < 0 || r.Most > BulkMost {
		return fault.New(fault.Invalid, nil, "one call looks at 1 to %d credentials", BulkMost).Code("bulk.limit").At("/limit").
			Hint("call again with the cursor until there is none")
	}
	if r.Most == 0 {
		r.Most = BulkMost
	}
	return nil
}

// PlanReissue counts what Reissue would do with everything that the key signed, and changes nothing. The key need not be withdrawn
// yet: it is the plan of a withdrawal from From on, too. Next is empty when all was looked at.
func (s *Service) PlanReissue(ctx context.Context, r Reissue) (Reissued, error) {
	var out Reissued
	if err := r.check(); err != nil {
		return out, err
	}
	now := s.c.Clock()
	looked := 0
	for r.Cursor = ""; ; r.Cursor = out.Next {
		page, next, err := s.c.Store.SignedBy(ctx, r.KeyID, r.Cursor, r.Most)
		if err != nil {
			return out, err
		}
		for _, x := range page {
			count, err := s.wanted(ctx, r, x, now, &out)
			if err != nil {
				return out, err
			}
			*count++
		}
		looked += len(page)
		if out.Next = next; next == "" || r.Upto > 0 && looked >= r.Upto {
			return out, nil
		}
	}
}

// Reissue issues credentials of a withdrawn key again, each in a transaction and with an event of its own: the same content
// under its id, with a later validFrom, a status index of its own, and by the key that is active now; the index of before is
// revoked. Calling it again with the cursor goes on; from the beginning it finds what is left, also after a crash.
func (s *Service) Reissue(ctx context.Context, r Reissue) (Reissued, error) {
	var out Reissued
	if err := r.check(); err != nil {
		return out, err
	}
	page, next, err := s.c.Store.SignedBy(ctx, r.KeyID, r.Cursor, r.Most)
	if err != nil {
		return out, err
	}
	lists := map[string]bool{}
	defer func() {
		for id := range lists {
			s.publishList(ctx, id)
		}
	}()
	for _, x := range page {
		count, err := s.wanted(ctx, r, x, s.c.Clock(), &out)
		if err == nil && count == &out.Done {
			count, err = s.reissue(ctx, r, x, &out)
			lists[x.StatusList] = true
		}
		if err != nil {
			return out, fmt.Errorf("after %d credentials: %w", out.Done, err)
		}
		*count++
	}
	out.Next = next
	return out, nil
}

// wanted is the number that counts what is to become of a credential.
func (s *Service) wanted(ctx context.Context, r Reissue, x Signature, now time.Time, out *Reissued) (*int, error) {
	switch {
	case x.State == Revoked:
		return &out.Revoked, nil
	case !x.ExpiresAt.IsZero() && !x.ExpiresAt.After(now):
		return &out.Expired, nil
	}
	if r.Scope == Unbelieved {
		believed, err := s.believed(ctx, r, x.KeyID, message(x.Credential))
		if err != nil || believed {
			return &out.Believed, err
		}
	}
	if x.State == Suspended {
		return &out.Suspended, nil
	}
	return &out.Done, nil
}

// message is what the key signed.
func message(c Credential) func() ([]byte, error) {
	return func() ([]byte, error) { return issuance.Message(c.Form, c.Cryptosuite, c.Signed) }
}

// believed asks the log as the verifier does.
func (s *Service) believed(ctx context.Context, r Reissue, keyID string, signed func() ([]byte, error)) (bool, error) {
	text, err := signed()
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(text)
	owner, _, _ := strings.Cut(keyID, "#")
	at, found, err := s.c.Records.Signed(ctx, owner, sum[:])
	return found && at.Before(r.From), err
}

// reissue issues one credential again, and returns what it counts as: somebody may have been faster.
func (s *Service) reissue(ctx context.Context, r Reissue, x Signature, out *Reissued) (*int, error) {
	now := s.c.Clock().UTC().Truncate(time.Second)
	a, err := s.c.Store.Award(ctx, x.AwardID)
	if err != nil {
		return nil, err
	}
	iss, ach, err := s.about(ctx, a)
	if err != nil {
		return nil, err
	}
	fresh, err := s.signAgain(ctx, draft{urls: s.c.Catalog, issuer: iss, achievement: ach, award: &a, issuedAt: now, again: &x.Credential})
	if err != nil {
		return nil, err
	}
	err = s.c.Store.ReissueCredential(ctx, x.Credential, fresh, s.event(r.Actor, "credential.reissued", a.IssuerID, a.ID, x.ID))
	switch fault.Describe(err).Code {
	case "award.revoked":
		return &out.Revoked, nil
	case "award.suspended":
		return &out.Suspended, nil
	case "award.changed": // it is not by that key any more
		return new(int), nil
	}
	return &out.Done, err
}

// about finds whose award it is, and of what.
func (s *Service) about(ctx context.Context, a Award) (catalog.Issuer, catalog.Achievement, error) {
	iss, err := s.c.Catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return iss, catalog.Achievement{}, fmt.Errorf("issuer of %s: %w", a.ID, err)
	}
	ach, err := s.c.Catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return iss, ach, fmt.Errorf("achievement of %s: %w", a.ID, err)
	}
	return iss, ach, nil
}

// signAgain signs the credential d.again anew, in its form and for its holder.
func (s *Service) signAgain(ctx context.Context, d draft) (Credential, error) {
	c := *d.again
	if c.Alg == "" {
		c.Alg, c.Cryptosuite = ofBefore(c)
	}
	holder, err := holderOf(c)
	if err != nil {
		return Credential{}, err
	}
	d.as, err = (As{Form: c.Form, Cryptosuite: c.Cryptosuite, Alg: c.Alg, Holder: holder}).settle(keys.Algorithm(d.issuer.Algorithm))
	if err != nil {
		return Credential{}, err
	}
	fresh, err := s.credential(ctx, d)
	if err != nil {
		return Credential{}, fmt.Errorf("credential %s again: %w", c.ID, err)
	}
	fresh.Holder = c.Holder
	return fresh, nil
}

// Unbelievable lists the statements of a withdrawn key that hold no more: records, endorsements and what platforms wrote. They
// are not issued again by themselves, because what was asked for is not kept: make each anew, and revoke these.
func (s *Service) Unbelievable(ctx context.Context, r Reissue) ([]Statement, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	now := s.c.Clock()
	var out []Statement
	f := StatementFilter{KeyID: r.KeyID, Limit: 200}
	for looked := 0; ; looked += f.Limit {
		page, next, err := s.c.Statements.Statements(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, x := range page {
			if x.Revocation != nil || !x.ExpiresAt.IsZero() && !x.ExpiresAt.After(now) {
				continue
			}
			whole, err := s.c.Statements.Statement(ctx, x.ID)
			if err != nil {
				return nil, err
			}
			if len(whole.Signed) == 0 { // its learner has erased it
				continue
			}
			believed, err := s.believed(ctx, r, x.KeyID, func() ([]byte, error) {
				return issuance.Message(whole.Form, whole.Cryptosuite, whole.Signed)
			})
			if err != nil {
				return nil, err
			}
			if r.Scope == All || !believed {
				out = append(out, x)
			}
		}
		if f.Cursor = next; next == "" || r.Upto > 0 && looked+f.Limit >= r.Upto {
			return out, nil
		}
	}
}
