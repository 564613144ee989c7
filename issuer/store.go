package issuer

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Store keeps awards and their credentials. A miss is fault.NotFound.
type Store interface {
	// LockAchievement locks a version and returns what it says from then on. Locking twice is no error.
	LockAchievement(ctx context.Context, id string, version int) (catalog.Achievement, error)
	// InsertAward stores award, credentials and event, and the offer of its claim link, in one transaction. A taken external
	// id, idempotency key or status index is fault.Conflict and stores nothing.
	InsertAward(ctx context.Context, a Award, o offer.Offer, e event.Event) error
	// InsertCredential stores a further credential of an award with its event. A revoked, suspended or erased award is fault.Conflict, and so
	// is one that has a credential of the same form, cryptosuite, algorithm and holder (code credential.exists), or one of nobody in particular
	// that was superseded, when c is nobody's (code award.superseded).
	InsertCredential(ctx context.Context, c Credential, e event.Event) error
	// Supersede sets the status of every credential of an award that is nobody's in particular to revoked, for good, with the
	// event, in one transaction, and returns the lists that changed. None that is left to supersede is no error. A revoked or
	// suspended award is fault.Conflict.
	Supersede(ctx context.Context, awardID string, at time.Time, e event.Event) (lists []string, err error)
	// Award returns the award with its credentials.
	Award(ctx context.Context, id string) (Award, error)
	// Replay returns the award of that issuer with that external id, or that idempotency key, whichever is not empty.
	Replay(ctx context.Context, issuerID, externalID, idempotencyKey string) (Award, error)
	// ByCredential returns the award that the credential belongs to.
	ByCredential(ctx context.Context, credentialID string) (Award, error)
	// ByShortCode returns the award of the only credential whose id begins with prefix, and that id. Several are a miss.
	ByShortCode(ctx context.Context, prefix string) (a Award, credentialID string, err error)
	// Awards returns one page in order of creation, newest first, without signed bytes, and the cursor of the next page ("" at the end).
	Awards(ctx context.Context, f Filter) (page []Award, next string, err error)
	// CountAwards returns how many awards the filter selects.
	CountAwards(ctx context.Context, f Filter) (int, error)
	// RevokeAward stores the revocation, sets the status bit of every credential of the award, advances the versions of their
	// lists and writes the event, in one transaction. It returns the award as it is then; when it was revoked before, nothing
	// changes and the award carries the first revocation.
	RevokeAward(ctx context.Context, id string, r Revocation, e event.Event) (Award, error)
	// SuspendAward stores the suspension and sets the status of every credential of the award: suspended in a list that can
	// say so, in a list of revocations revoked, for good. All of it is one transaction, with the event. An award that is
	// suspended already stays as it is; a revoked one is fault.Conflict.
	SuspendAward(ctx context.Context, id string, r Suspension, e event.Event) (Award, error)
	// ReinstateAward ends the suspension: it clears what can be cleared, and puts the credentials again that were issued in the
	// place of those whose status is final, in one transaction, with the event. An award that is not suspended is
	// fault.Conflict.
	ReinstateAward(ctx context.Context, id string, at time.Time, again []Credential, e event.Event) (Award, error)
	// SignedBy returns at most n credentials of awards that a key of ours signed, whichever of its names they give, in order, with
	// their signed bytes, and the cursor of the next page ("" at the end). Those that were erased are no more.
	SignedBy(ctx context.Context, keyID, cursor string, n int) (page []Signature, next string, err error)
	// ReissueCredential puts fresh in the place of old, sets the status of old's index to revoked and advances its list, in one
	// transaction, with the event. A revoked or suspended award is fault.Conflict (award.revoked, award.suspended), and so is a
	// credential that is not old any more (award.changed).
	ReissueCredential(ctx context.Context, old, fresh Credential, e event.Event) error
	// Events returns the newest events first, at most n.
	Events(ctx context.Context, issuerID string, n int) ([]event.Event, error)
}

// Filter selects awards. Zero fields do not select.
type Filter struct {
	IssuerID       string
	Issuers        []string // any of them; nil: every issuer
	AchievementID  string
	ExternalID     string
	BatchID        string
	ChangeID       string    // of the Bulk that suspended the award, while it is suspended or was revoked since
	RecipientEmail string    // exactly
	RecipientID    string    // exactly
	Query          string    // part of the recipient's name, e-mail or external id, without case
	Version        int       // of the achievement
	KeyID          string    // of the key that signed a credential of the award, by whichever of its names
	State          State     // "": any
	Since, Before  time.Time // of CreatedAt
	ExpiredAt      time.Time // only those that have expired by then
	UnexpiredAt    time.Time // only those that have not
	Cursor         string    // opaque
	Limit          int       // 1…200, default 50
}
