package batch

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
)

// State is where an upload stands.
type State string

// The states of an upload. A draft awards nothing. What runs goes on after a restart; what stopped through our own fault is
// started again by somebody.
const (
	Draft   State = "draft"
	Running State = "running"
	Stopped State = "stopped"
	Done    State = "done"
	Undoing State = "undoing"
	Undone  State = "undone"
)

// Upload is a file of people that somebody brought, and what became of it. The file itself is kept apart, and only until the
// time for undoing is over.
type Upload struct {
	ID            string // "bat_…"; its awards carry it as their batch
	IssuerID      string
	AchievementID string // for rows that name none
	FileName      string
	State         State
	Columns       []Field // one for each heading; "" for a column that is not read
	Dates         DateOrder
	Repairs       map[int][]string // cells of rows that were corrected, by row from 0
	Actor         string           // who confirmed it, or brought it

	Total    int // rows that were to be awarded when it was confirmed
	Known    int // rows that were awarded before by something else
	Awarded  int // awards that it made
	Failed   int
	Failures []Outcome // the first of the rows that were refused
	Revoked  int       // awards that undoing has revoked

	CreatedAt time.Time
	ChangedAt time.Time // tells one revision from another
	EndedAt   time.Time // zero until it is done
}

// UploadStore keeps uploads. A miss is fault.NotFound.
type UploadStore interface {
	InsertUpload(ctx context.Context, u Upload, data []byte, e event.Event) error
	Upload(ctx context.Context, id string) (Upload, error)
	// UploadData returns the file; fault.Gone when it is no longer kept.
	UploadData(ctx context.Context, id string) ([]byte, error)
	// Uploads lists the newest uploads of these issuers (nil: all) first.
	Uploads(ctx context.Context, issuers []string, n int) ([]Upload, error)
	// ChangeUpload stores u if the upload is in the state was and was last changed at that moment, else it is fault.Conflict. An
	// event without an id is not recorded.
	ChangeUpload(ctx context.Context, u Upload, was State, changed time.Time, e event.Event) error
	// LeaseUpload picks an upload that is running or being undone and that nobody works on, for whoever works on it until then.
	LeaseUpload(ctx context.Context, now, until time.Time) (Upload, error)
	// ProgressUpload stores the counts of an upload and how long somebody works on it.
	ProgressUpload(ctx context.Context, u Upload, until time.Time) error
	// SweepUploads deletes drafts that were last changed before that moment, and the files of uploads that ended before it.
	SweepUploads(ctx context.Context, drafts, files time.Time) error
	// HeadingMap returns how the issuer's headings were read last, by NormalHeading; "" for one that was not read.
	HeadingMap(ctx context.Context, issuerID string) (map[string]Field, error)
	SetHeadingMap(ctx context.Context, issuerID string, m map[string]Field) error
}

// Awards is what undoing and counting ask; a batch is the id of an upload.
type Awards interface {
	// CountBatch returns how many awards a batch has that are not revoked, and how many in all.
	CountBatch(ctx context.Context, batchID string) (standing, all int, err error)
	// RevokeBatch revokes at most a few hundred awards of the batch and says how many it did and how many are left.
	RevokeBatch(ctx context.Context, batchID, reason, actor string) (done, left int, err error)
}
