package main

import (
	"context"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/batch"
)

// importer plans and runs files for actor. batchID marks its awards.
func (a *app) importer(actor, batchID string) *batch.Importer {
	r := rows{app: a, actor: actor, batchID: batchID}
	return batch.New(batch.Config{Awarder: r, Achievements: r, Past: r})
}

// rows is the write side as package batch needs it.
type rows struct {
	app            *app
	actor, batchID string
}

// AwardRow implements batch.Awarder.
func (r rows) AwardRow(ctx context.Context, row batch.Ready) (string, bool, error) {
	req := issuer.Request{
		IssuerRef: row.Issuer, AchievementRef: row.AchievementID, ExternalID: row.ExternalID, AwardedAt: row.AwardedAt, ExpiresAt: row.ExpiresAt,
		Recipient: issuer.Recipient{Name: row.Name, Email: row.Email, ID: row.RecipientID, Language: row.Language}, Narrative: row.Narrative,
		BatchID: r.batchID, Actor: r.actor,
	}
	if row.EvidenceURL != "" {
		req.Evidence = []issuer.Evidence{{URL: row.EvidenceURL}}
	}
	got, err := r.app.awards.Award(ctx, req)
	return got.Award.ID, got.Replayed, err
}

// AchievementID implements batch.Achievements.
func (r rows) AchievementID(ctx context.Context, issuerRef, ref string) (string, error) {
	ach, err := r.app.catalog.Achievement(ctx, issuerRef, ref, 0)
	return ach.ID, err
}

// batchAwards counts and revokes the awards of uploads.
type batchAwards struct{ app *app }

// CountBatch implements batch.Awards.
func (b batchAwards) CountBatch(ctx context.Context, batchID string) (standing, all int, err error) {
	if all, err = b.app.store.CountAwards(ctx, issuer.Filter{BatchID: batchID}); err != nil {
		return 0, 0, err
	}
	gone, err := b.app.store.CountAwards(ctx, issuer.Filter{BatchID: batchID, State: issuer.Revoked})
	return all - gone, all, err
}

// RevokeBatch implements batch.Awards.
func (b batchAwards) RevokeBatch(ctx context.Context, batchID, reason, actor string) (done, left int, err error) {
	got, err := b.app.awards.Run(ctx, issuer.Bulk{
		Filter: issuer.Filter{BatchID: batchID}, Step: issuer.Step{Action: issuer.Revoke, Reason: reason, Actor: actor}, Most: 200,
	})
	return got.Done, got.Left, err
}

// Awarded implements batch.Past.
func (r rows) Awarded(ctx context.Context, issuerRef, externalID string) (string, error) {
	i, err := r.app.catalog.Issuer(ctx, issuerRef)
	if err != nil {
		return "", err
	}
	got, err := r.app.store.Replay(ctx, i.ID, externalID, "")
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return got.ID, err
}
