package catalog

import (
	"context"

	"github.com/openlaurel/laurel/internal/event"
)

// Store keeps issuers and achievements. Every method that misses returns fault.NotFound; a taken slug or DID is
// fault.Conflict. Every write is one transaction with its event.
type Store interface {
	InsertIssuer(ctx context.Context, i Issuer, e event.Event) error
	// UpdateIssuer overwrites the profile of an issuer: all but identity, slug, algorithm and date.
	UpdateIssuer(ctx context.Context, i Issuer, e event.Event) error
	Issuers(ctx context.Context) ([]Issuer, error)
	// InsertAchievement stores a first or a next version; version n+1 is refused with fault.Conflict unless n exists.
	InsertAchievement(ctx context.Context, a Achievement, e event.Event) error
	// ReplaceAchievement overwrites a version that is not locked; a locked one is fault.Conflict.
	ReplaceAchievement(ctx context.Context, a Achievement, e event.Event) error
	// Achievement returns that version, or the newest for version 0.
	Achievement(ctx context.Context, id string, version int) (Achievement, error)
	// AchievementBySlug returns the newest version of the achievement of that issuer and slug.
	AchievementBySlug(ctx context.Context, issuerID, slug string) (Achievement, error)
	// Achievements returns the newest versions of one issuer's achievements (all issuers for ""), without image data, by name.
	Achievements(ctx context.Context, issuerID string) ([]Achievement, error)
}
