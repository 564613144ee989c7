package issuer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Action is what may be done to an award after it was made.
type Action string

// The actions.
const (
	Revoke    Action = "revoke"    // final
	Suspend   Action = "suspend"   // until it is reinstated or revoked
	Reinstate Action = "reinstate" // ends a suspension
)

// Step is one action, and why.
type Step struct {
	Action Action
	Reason string // a sentence; the learner may read it. A reinstatement needs none
	Code   ReasonCode
	Actor  string
	Change string // the Bulk that it is part of; "" for one award by itself
}

// check refuses a step that does not say enough.
func (s *Step) check() error {
	if s.Action != Revoke && s.Action != Suspend && s.Action != Reinstate {
		return fault.New(fault.Invalid, nil, "the action %.40q is not known", string(s.Action)).Code("action.unknown").At("/action").
			Hint("use revoke, suspend or reinstate")
	}
	s.Reason, s.Code = strings.TrimSpace(s.Reason), cmp.Or(s.Code, Other)
	if s.Reason == "" && s.Action == Revoke {
		return fault.New(fault.Invalid, nil, "a revocation needs a reason").Code("revocation.reason").At("/reason").
			Hint("say in a sentence why the award is revoked; the learner may read it")
	}
	if s.Reason == "" && s.Action == Suspend {
		return fault.New(fault.Invalid, nil, "a suspension needs a reason").Code("suspension.reason").At("/reason").
			Hint("say in a sentence why the award is suspended; the learner may read it")
	}
	if !slices.Contains(ReasonCodes(), s.Code) {
		return fault.New(fault.Invalid, nil, "the reason code %.40q is not known", string(s.Code)).Code("reason.code").At("/code").
			Hint("%s", list(ReasonCodes()))
	}
	return checkText("/reason", s.Reason, 1000, true)
}

// detail is what the event of a step says of it.
func (s Step) detail() string { return strings.TrimSpace(string(s.Code) + " " + s.Change) }

// Revoke revokes an award with all its credentials and publishes their lists. It is final. Revoking twice is no error and keeps
// the first reason; an unknown id is fault.NotFound, an empty reason fault.Invalid.
func (s *Service) Revoke(ctx context.Context, id, reason, actor string) (Award, error) {
	return s.Apply(ctx, id, Step{Action: Revoke, Reason: reason, Actor: actor})
}

// Apply takes a step with an award and all its credentials, and publishes their lists. Revoking or suspending again is no error
// and keeps the first reason. An unknown id is fault.NotFound, a step without its reason fault.Invalid, a step that the
// state of the award does not allow fault.Conflict.
func (s *Service) Apply(ctx context.Context, id string, step Step) (Award, error) {
	if err := step.check(); err != nil {
		return Award{}, err
	}
	a, err := s.take(ctx, id, step)
	if err != nil {
		return a, err
	}
	for _, c := range a.Credentials {
		s.publishList(ctx, c.StatusList)
	}
	return a, nil
}

// take takes a step that was checked, and publishes nothing yet.
func (s *Service) take(ctx context.Context, id string, step Step) (Award, error) {
	now := s.c.Clock().UTC().Truncate(time.Second)
	switch step.Action {
	case Revoke:
		return s.c.Store.RevokeAward(ctx, id, Revocation{At: now, Reason: step.Reason, Code: step.Code, By: step.Actor},
			s.event(step.Actor, "award.revoked", "", id, step.detail()))
	case Suspend:
		return s.c.Store.SuspendAward(ctx, id, Suspension{
			At: now, Reason: step.Reason, Code: step.Code, By: step.Actor, Change: step.Change,
		}, s.event(step.Actor, "award.suspended", "", id, step.detail()))
	}
	return s.reinstate(ctx, id, now, step)
}

// publishList tells that a list has changed. What cannot be published now is built by its next reader.
func (s *Service) publishList(ctx context.Context, id string) {
	if err := s.c.Lists.Changed(ctx, id); err != nil {
		s.c.Logger.ErrorContext(ctx, "status list was not published at once; its next reader builds it", "list", id, "error", err)
	}
}

// reinstate ends a suspension. A credential whose only entry is in a list of revocations cannot come back: it is issued again
// under its id, with a later validFrom and a new index (Open Badges 3.0: the same id with a later date is the up-to-date
// one).
func (s *Service) reinstate(ctx context.Context, id string, now time.Time, step Step) (Award, error) {
	a, err := s.c.Store.Award(ctx, id)
	if err != nil {
		return a, err
	}
	var again []Credential
	if a.Suspension != nil {
		if err := a.erased(); err != nil {
			return a, err
		}
		if again, err = s.issueAgain(ctx, a, now); err != nil {
			return a, err
		}
	}
	return s.c.Store.ReinstateAward(ctx, id, now, again, s.event(step.Actor, "award.reinstated", a.IssuerID, id, step.detail()))
}

// issueAgain signs those credentials of a again whose status cannot be cleared.
func (s *Service) issueAgain(ctx context.Context, a Award, now time.Time) ([]Credential, error) {
	var dead []Credential
	for _, c := range a.Credentials {
		if !c.SupersededAt.IsZero() {
			continue // it stays what it is
		}
		purpose, err := s.c.Lists.Purpose(ctx, c.StatusList)
		if err != nil {
			return nil, fmt.Errorf("status list of %s: %w", c.ID, err)
		}
		if purpose == statuslist.Revocation {
			dead = append(dead, c)
		}
	}
	if len(dead) == 0 {
		return nil, nil
	}
	if !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(now) {
		return nil, fault.New(fault.Conflict, nil, "the award has expired").Code("award.expired")
	}
	iss, ach, err := s.about(ctx, a)
	if err != nil {
		return nil, err
	}
	out := make([]Credential, 0, len(dead))
	for _, c := range dead {
		fresh, err := s.signAgain(ctx, draft{urls: s.c.Catalog, issuer: iss, achievement: ach, award: &a, issuedAt: now, again: &c})
		if err != nil {
			return nil, err
		}
		out = append(out, fresh)
	}
	return out, nil
}

// holderOf is whom a credential was bound to: by its subject, and where the form says so by the key that it names.
func holderOf(c Credential) (Holder, error) {
	id, thumbprint, _ := strings.Cut(c.Holder, " ")
	h := Holder{ID: id}
	if thumbprint == "" || c.Form != proof.SDJWT && c.Form != proof.VCSDJWT {
		return h, nil
	}
	p, err := sdjwt.Read(c.Signed)
	if err != nil {
		return h, fmt.Errorf("credential %s as stored: %w", c.ID, err)
	}
	if key, ok := p.Holder(); ok {
		h.Key = &key
	}
	return h, nil
}

// purpose is that of the list in which a credential of that form gets its entry.
func (s *Service) purpose(form proof.Form) string {
	if form == proof.SDJWT {
		return statuslist.Status
	}
	return s.c.Entry
}

// subjectOfSigned reads the subject's id from what was signed; "" when it cannot.
func subjectOfSigned(signed []byte) string {
	if !bytes.HasPrefix(signed, []byte("{")) {
		parts := bytes.Split(signed, []byte("."))
		if len(parts) < 2 {
			return ""
		}
		var err error
		if signed, err = base64.RawURLEncoding.DecodeString(string(parts[1])); err != nil {
			return ""
		}
	}
	doc, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		return ""
	}
	if vc, has := doc.Get("vc"); has {
		doc = vc
	}
	return doc.Member("credentialSubject").Member("id").Text()
}
