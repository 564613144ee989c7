package issuer

import (
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// Award is the fact that a recipient earned a version of an achievement.
type Award struct {
	ID             string // "awd_…"
	IssuerID       string
	AchievementID  string
	Version        int
	ExternalID     string // the platform's own id, unique per issuer; may be empty
	Recipient      Recipient
	AwardedAt      time.Time
	ExpiresAt      time.Time // zero: never
	Narrative      string
	Evidence       []Evidence
	Results        []Result
	Term           string
	Role           string
	Credits        *float64
	ActivityStart  time.Time
	ActivityEnd    time.Time
	Visibility     Visibility
	BatchID        string
	CreatedAt      time.Time
	CreatedBy      string // token id, session or "cli"
	Revocation     *Revocation
	ErasedAt       time.Time   // when everything that named the learner was removed; zero: never
	Suspension     *Suspension // nil when it is not suspended, or was revoked since
	Credentials    []Credential
	RequestDigest  []byte // SHA-256 over the canonical request, for replays under the same external_id
	IdempotencyKey string
}

// Recipient is the person awarded. Name is shown and signed; the e-mail address is signed only as a salted hash.
type Recipient struct {
	Name  string
	Email string
	ID    string // a DID or URI of the person, or empty
	// Language is what mails to the person are written in (BCP 47), or empty: that of the achievement. Nothing signed has it.
	Language string `json:",omitempty"`
}

// Evidence is one piece of evidence (OB 3.0 Evidence).
type Evidence struct {
	URL         string `json:"url,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Narrative   string `json:"narrative,omitempty"`
	Genre       string `json:"genre,omitempty"`
	Audience    string `json:"audience,omitempty"`
}

// Result is one result of the award (OB 3.0 Result). Description names a ResultDescription of the achievement.
type Result struct {
	Description string `json:"description,omitempty"`
	Value       string `json:"value,omitempty"`
	Status      string `json:"status,omitempty"`
}

// Visibility says who may see the badge page.
type Visibility string

// The visibilities. A private page answers exactly as an unknown one.
const (
	Public   Visibility = "public"   // may be indexed
	Unlisted Visibility = "unlisted" // whoever has the link
	Private  Visibility = "private"  // nobody, until the learner says so
)

// Revocation says when and why an award was revoked. It is final.
type Revocation struct {
	At     time.Time
	Reason string
	Code   ReasonCode
	By     string
}

// Suspension says since when and why an award is suspended. It may end.
type Suspension struct {
	At     time.Time
	Reason string
	Code   ReasonCode
	By     string
	Change string // the Bulk that it was part of; "" for one award by itself
}

// ReasonCode is a reason that programs can count.
type ReasonCode string

// ReasonCodes lists the codes. The empty code is Other.
func ReasonCodes() []ReasonCode {
	return []ReasonCode{"mistake", "fraud", "superseded", "requirements", "investigation", "requested", "key", Other}
}

// Other is the code of a reason that stands only in the sentence.
const Other ReasonCode = "other"

// State is where an award is in its life.
type State string

// The states.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Revoked   State = "revoked"
)

// State returns the state of the award; that it has expired is none.
func (a Award) State() State {
	switch {
	case a.Revocation != nil:
		return Revoked
	case a.Suspension != nil:
		return Suspended
	}
	return Active
}

// Lists are the ids of the status lists that tell the state of the award's credentials.
func (a Award) Lists() []string {
	out := make([]string, len(a.Credentials))
	for i, c := range a.Credentials {
		out[i] = c.StatusList
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Current returns the credential by which pages, files and certificates show the award: the first, or where a wallet's took its
// place, that one. ok is false when it has none.
func (a Award) Current() (c Credential, ok bool) {
	for _, c := range a.Credentials {
		if c.SupersededAt.IsZero() {
			return c, true
		}
	}
	if len(a.Credentials) == 0 {
		return c, false
	}
	return a.Credentials[0], true
}

// Credential is one signed document about one award.
type Credential struct {
	ID          string // 26 characters of base32: 128 random bits; the last path element of its URL
	AwardID     string
	Form        proof.Form
	Cryptosuite string         // of proof.DataIntegrity
	Alg         keys.Algorithm // of the signature; "" in what an earlier version made
	Holder      string         // what it is bound to (Holder.name), or ""
	KeyID       string
	StatusList  string // id of the status list
	StatusIndex int
	Signed      []byte // the exact bytes that were signed; a base proof of ecdsa-sd-2023 is for its holder only (Shown)
	IssuedAt    time.Time

	SupersededAt time.Time // when one that is bound to a wallet took its place; its status is revoked since
}

// LearningHours are the hours of learning that the award says it took, else those that its achievement takes; "" where neither
// says.
func (a Award) LearningHours(of catalog.Achievement) string {
	d, ok := of.Hours()
	if !ok {
		return ""
	}
	for _, r := range a.Results {
		if r.Description == d.ID && r.Value != "" {
			return r.Value
		}
	}
	return d.Required
}

// CreditsOf are the credits that the award says were earned, else those that its achievement gives; nil where neither says.
func (a Award) CreditsOf(of catalog.Achievement) *float64 {
	if a.Credits != nil {
		return a.Credits
	}
	return of.Credits
}
