package issuer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
)

// Forms lists the securing forms in which an award can be issued. The first is made with every award.
func Forms() []proof.Form { return []proof.Form{proof.OBJWT, proof.VCJWT, proof.DataIntegrity} }

// IssueAs makes a further credential of an award in another securing form, for a reader who does not take the first: the
// same content under an id and a status index of its own, revoked with the award. Asking again returns the one that was
// made. An unknown award is fault.NotFound, a form that is not issued fault.Unsupported, a revoked award fault.Conflict.
func (s *Service) IssueAs(ctx context.Context, awardID string, form proof.Form, actor string) (Credential, error) {
	a, err := s.c.Store.Award(ctx, awardID)
	if err != nil {
		return Credential{}, err
	}
	if !slices.Contains(Forms(), form) {
		return Credential{}, fault.New(fault.Unsupported, nil, "credentials are not issued in the form %.40q", form).Code("credential.form").
			At("/form").Hint("use ob-jwt, vc-jwt or data-integrity")
	}
	for _, c := range a.Credentials {
		if c.Form == form {
			return c, nil
		}
	}
	if a.Revocation != nil {
		return Credential{}, fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	if !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(now) {
		return Credential{}, fault.New(fault.Conflict, nil, "the award has expired").Code("award.expired")
	}
	iss, err := s.c.Catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return Credential{}, fmt.Errorf("issuer of %s: %w", a.ID, err)
	}
	ach, err := s.c.Catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return Credential{}, fmt.Errorf("achievement of %s: %w", a.ID, err)
	}
	c, err := s.credential(ctx, draft{urls: s.c.Catalog, issuer: iss, achievement: ach, award: &a, issuedAt: now}, form)
	if err != nil {
		return Credential{}, err
	}
	return c, s.c.Store.InsertCredential(ctx, c, s.event(actor, "credential.issued", a.IssuerID, a.ID, string(form)))
}
