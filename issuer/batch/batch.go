// Package batch owns awards from files: the course-completion export of a learning platform, or a plain table.
//
// It reads a CSV file, plans what each row leads to, and awards the rows that are ready, one by one, through the one
// method of Awarder. It refuses nothing as a whole but a file that it cannot read as a table: a bad row is reported with
// its line number and a reason, and holds up no other row. A second import of the same file repeats no award, because
// the external id of a row is derived from the achievement and the learner. RFC 4180 rules the format, as far as real
// exports follow it.
package batch

import (
	"context"
	"time"
)

// Field is what a column can mean.
type Field string

// The fields. A file needs AwardedAt or none of it; a learner needs at least one of Email, LearnerID, RecipientID and
// ExternalID, and a Name or its parts.
const (
	Name        Field = "name"
	FirstName   Field = "first_name"
	LastName    Field = "last_name"
	Email       Field = "email"
	LearnerID   Field = "learner_id"   // the platform's own id of the person
	RecipientID Field = "recipient_id" // a DID or URI of the person
	ExternalID  Field = "external_id"  // the platform's own id of the award
	AwardedAt   Field = "awarded_at"   // completion date; an empty cell means: not completed
	ExpiresAt   Field = "expires_at"
	Achievement Field = "achievement" // id or slug; without it Target.Achievement
	Narrative   Field = "narrative"
	EvidenceURL Field = "evidence_url"
	Language    Field = "language" // of mails to the learner, and of the name that wallets show
)

// Fields lists the fields in a fixed order.
func Fields() []Field {
	return []Field{
		Name, FirstName, LastName, Email, LearnerID, RecipientID, ExternalID, AwardedAt, ExpiresAt, Achievement, Narrative, EvidenceURL, Language,
	}
}

// DateOrder says how to read a date such as 02/03/2026.
type DateOrder string

// The orders. Without one, an ambiguous date is a problem of its row.
const (
	AskOrder   DateOrder = ""
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// Options says how to read a file where the file does not say it itself.
type Options struct {
	Map       map[Field]string // heading of the column for a field; the others are detected
	Delimiter rune             // comma, semicolon or tab; 0 detects
	Dates     DateOrder
	Zone      *time.Location // of dates that name no offset; default UTC
}

// Target says what the rows of a file are awards of.
type Target struct {
	Issuer      string // id, slug or DID, as Achievements and Awarder understand it
	Achievement string // id or slug for rows that name none
	Source      string // the platform that the learner ids are of, when there are several; part of derived external ids
}

// Ready is one row that can be awarded.
type Ready struct {
	Line          int // of the file, from 1
	Issuer        string
	AchievementID string // what Achievements made of the reference
	ExternalID    string // never empty
	Name          string
	Email         string // may be empty
	RecipientID   string // may be empty
	AwardedAt     time.Time
	ExpiresAt     time.Time // zero: never
	Narrative     string
	EvidenceURL   string
	Language      string // BCP 47, one of i18n.Locales; may be empty
	derived       bool   // ExternalID was made here, so the file knows no two awards of one achievement to one learner
}

// Status is what a row leads to, or has led to.
type Status string

// The states of a row. A plan knows the first five; running turns Planned into one of the others.
const (
	Planned   Status = "ready"     // can be awarded; in a report: was not reached
	Problem   Status = "problem"   // must be repaired
	Skipped   Status = "skipped"   // nothing to award: not completed
	Duplicate Status = "duplicate" // the same award, or learner and achievement, stand earlier in the file
	Known     Status = "known"     // was awarded before
	Awarded   Status = "awarded"   // awarded now
	Failed    Status = "failed"    // the award was refused
)

// Reason is one thing that is to say about a row.
type Reason struct {
	Code     string `json:"code"` // stable, such as "csv.email"
	Field    Field  `json:"field,omitempty"`
	Sentence string `json:"sentence"` // for people, in English; holds no cell's content

	Values map[string]string `json:"values,omitempty"` // what a translation of the sentence puts in, by name: numbers only
}

// Outcome is what one row leads to.
type Outcome struct {
	Line    int      `json:"line"` // of the file, from 1; the heading usually is line 1
	Status  Status   `json:"status"`
	Reasons []Reason `json:"reasons,omitempty"`
	AwardID string   `json:"award_id,omitempty"`
	row     int
}

// Totals counts outcomes by status.
type Totals map[Status]int

// Awarder awards one row. replayed says that the award was there before; the same row again must be a replay and not a
// second award. A fault of kind Invalid, Conflict, NotFound, Forbidden, TooLarge or Unsupported refuses this row only;
// any other error is our own and may hold for all rows.
type Awarder interface {
	AwardRow(ctx context.Context, r Ready) (awardID string, replayed bool, err error)
}

// Achievements turns a reference (id or slug) into an achievement's id. A miss is fault.NotFound.
type Achievements interface {
	AchievementID(ctx context.Context, issuer, ref string) (string, error)
}

// Past tells of earlier awards, so that a plan can say what would be repeated.
type Past interface {
	// Awarded returns the award with that external id; "" when there is none.
	Awarded(ctx context.Context, issuer, externalID string) (awardID string, err error)
}
