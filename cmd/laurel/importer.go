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
		Recipient: issuer.Recipient{Name: row.Name, Email: row.Email, ID: row.RecipientID}, Narrative: row.Narrative,
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
