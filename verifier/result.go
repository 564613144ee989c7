package verifier

import (
	"time"

	"github.com/openlaurel/laurel/internal/proof"
)

// Verdict is the one answer of a Result.
type Verdict string

// The verdicts. Valid means that nothing fails and nothing that the policy requires is unknown.
const (
	Valid     Verdict = "valid"
	Invalid   Verdict = "invalid"
	Undecided Verdict = "undecided"
)

// Outcome is what one check found.
type Outcome string

// The outcomes. Unknown means that we could not look; Skipped that there was nothing to look at, or nobody asked.
const (
	Pass    Outcome = "pass"
	Fail    Outcome = "fail"
	Unknown Outcome = "unknown"
	Skipped Outcome = "skipped"
)

// CheckID names a check. Every Result lists each of them once, in this order.
type CheckID string

// The checks, in the order in which they stand in a Result.
const (
	CheckForm    CheckID = "form"    // what is it, and is it well formed
	CheckProof   CheckID = "proof"   // signature over the exact bytes received
	CheckBinding CheckID = "binding" // the key belongs to the issuer named inside
	CheckHolder  CheckID = "holder"  // nonce, audience, key of a presentation
	CheckTime    CheckID = "time"    // validFrom, validUntil
	CheckSchema  CheckID = "schema"  // data model, JSON Schema, contexts
	CheckStatus  CheckID = "status"  // revocation and suspension
	CheckTrust   CheckID = "trust"   // who vouches for this issuer
	CheckSubject CheckID = "subject" // is it about the expected recipient
	CheckNested  CheckID = "nested"  // endorsements and credentials inside
)

// CheckIDs lists the checks in the order in which they stand in a Result.
func CheckIDs() []CheckID {
	return []CheckID{CheckForm, CheckProof, CheckBinding, CheckHolder, CheckTime, CheckSchema, CheckStatus, CheckTrust, CheckSubject, CheckNested}
}

// Check is what one check found, why, and where it looked.
type Check struct {
	ID      CheckID `json:"id"`
	Outcome Outcome `json:"outcome"`
	Code    string  `json:"code"`         // stable, such as "jose.signature" or "proof.ok"
	Detail  string  `json:"detail"`       // a sentence for people, in English
	At      string  `json:"at,omitempty"` // JSON pointer into the credential, or the URL that was looked at
}

// Warning is something that a person should see and that decides nothing.
type Warning struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	At     string `json:"at,omitempty"`
}

// Result lists every check of one credential and the verdict that follows.
type Result struct {
	Verdict     Verdict      `json:"verdict"`
	Form        proof.Form   `json:"form"`
	Version     string       `json:"version,omitempty"` // of the VC Data Model: "2.0" or "1.1"; else "Open Badges 2.0"
	Type        string       `json:"vct,omitempty"`     // of an SD-JWT: the type that it names
	ID          string       `json:"id,omitempty"`      // the credential's id
	SHA256      string       `json:"sha256,omitempty"`  // of the exact bytes that were verified, in hexadecimal
	Issuer      *Issuer      `json:"issuer,omitempty"`
	Trust       *Trusted     `json:"trust,omitempty"` // who vouches for the issuer; only when it is proven that it signed
	Achievement *Achievement `json:"achievement,omitempty"`
	Recipient   *Recipient   `json:"recipient,omitempty"`
	ValidFrom   *time.Time   `json:"valid_from,omitempty"`
	ValidUntil  *time.Time   `json:"valid_until,omitempty"`
	CheckedAt   time.Time    `json:"checked_at"`
	JudgedFor   *time.Time   `json:"judged_for,omitempty"` // the moment that the policy named instead of now
	Checks      []Check      `json:"checks"`
	Warnings    []Warning    `json:"warnings,omitempty"`
	Record      *Record      `json:"record,omitempty"`      // what a learner record holds
	Endorsement *Endorsement `json:"endorsement,omitempty"` // what an endorsement says
	Nested      []Nested     `json:"nested,omitempty"`
	Refresh     *Refresh     `json:"refresh,omitempty"` // which copy was judged, where the issuer may keep a newer one

	// Presentation is set for what a wallet presents: the Result is about that, its credentials are nested.
	Presentation *Presentation `json:"presentation,omitempty"`
}

// Presentation is what a presentation is, beside its checks.
type Presentation struct {
	Holder      string `json:"holder,omitempty"` // whose key made it, when that is proven
	Credentials int    `json:"credentials"`
}

// Endorsement is what somebody says of a profile, an achievement or a credential. It counts only where the verdict is valid.
type Endorsement struct {
	Of      string `json:"of,omitempty"` // the id of what is endorsed
	Name    string `json:"name,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// Issuer is who the credential says issued it. Domain is set only when the identity is tied to a domain by its kind
// (did:web, https) and the proof was made by a key published there.
type Issuer struct {
	ID     string `json:"id"`
	Domain string `json:"domain,omitempty"`
	Name   string `json:"name,omitempty"` // as the credential says; anybody can write any name
	Own    bool   `json:"own,omitempty"`  // an issuer of this deployment
}

// Trusted says who vouches for the issuer. That it was trusted when it issued and that it is trusted now are two answers.
type Trusted struct {
	WhenIssued bool              `json:"when_issued"`
	Now        bool              `json:"now"`
	Name       string            `json:"name,omitempty"`      // what the trust list calls the issuer
	Names      map[string]string `json:"names,omitempty"`     // the same by language
	By         string            `json:"by,omitempty"`        // on whose word, as the list says
	List       string            `json:"list,omitempty"`      // address of the followed list; empty for the operator's own
	Successor  string            `json:"successor,omitempty"` // id of the issuer that goes on with its work
	Chain      []string          `json:"chain,omitempty"`     // ids from the trusted institution down to the issuer, where it delegated
}

// Achievement is what the credential says was earned.
type Achievement struct {
	ID string `json:"id,omitempty"`
	AchievementText
	Translations []AchievementText `json:"translations,omitempty"` // the same in further languages, within the same signature
}

// AchievementText is what an achievement says of itself in one language.
type AchievementText struct {
	Language    string `json:"language,omitempty"` // BCP 47, as the credential says
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Criteria    string `json:"criteria,omitempty"`
	ImageAlt    string `json:"image_alt,omitempty"`
}

// Recipient is who the credential is about, as far as it says so in clear.
type Recipient struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Nested is the result for a credential inside the credential.
type Nested struct {
	At     string     `json:"at"`
	Kind   NestedKind `json:"kind"`
	Result Result     `json:"result"`
}

// NestedKind is what stands inside.
type NestedKind string

// The kinds. What stands in the place of an endorsement is called one only when its verdict is valid.
const (
	NestedEndorsement NestedKind = "endorsement"
	NestedUnproven    NestedKind = "unproven_endorsement"
	NestedCredential  NestedKind = "credential" // of a learner record
	NestedPresented   NestedKind = "presented"  // of a presentation
)

// Check returns the check of that id.
func (r Result) Check(id CheckID) Check {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return Check{ID: id, Outcome: Unknown, Code: "internal", Detail: "this check did not run"}
}
