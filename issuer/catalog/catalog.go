// Package catalog owns issuer profiles and achievements, and the versions of achievements.
//
// It refuses an achievement that Open Badges 3.0 §Achievement would not take, a picture without alternative text, and a
// change of a version that has been awarded: such a change makes the next version.
package catalog

import "time"

// Issuer is an organisation with a profile, a DID and keys.
type Issuer struct {
	ID          string // "iss_…", ours
	Slug        string // the first issuer of a deployment has the DID of the bare host
	DID         string
	Name        string
	Description string
	URL         string
	Email       string
	Language    string // BCP 47, the language of its texts
	Algorithm   string // the algorithm that new credentials are signed with: ES256, EdDSA or RS256
	Image       *Image
	CreatedAt   time.Time
}

// Achievement is what can be earned, in one version. ID stays, Version counts from 1.
type Achievement struct {
	ID           string // "ach_…", ours
	IssuerID     string
	Version      int
	Locked       bool // set by the first award of this version
	Slug         string
	Name         string
	Description  string
	Criteria     string // Markdown
	CriteriaURL  string
	Type         string // AchievementType of OB 3.0, or "ext:…"
	Tags         []string
	Language     string // BCP 47 as OB 3.0 LanguageCode
	HumanCode    string
	FieldOfStudy string
	Credits      *float64 // creditsAvailable
	Alignments   []Alignment
	Results      []ResultDescription
	Translations []Translation // the texts in further languages, in the order of their tags
	Minors       bool          // of a programme for minors: private unless the learner or the award says otherwise, and never made public by the learner
	Image        *Image
	CreatedAt    time.Time
}

// Alignment ties an achievement to an entry of a framework (OB 3.0 Alignment).
type Alignment struct {
	Name        string `json:"name"`
	URL         string `json:"url"`
	Code        string `json:"code,omitempty"`
	Framework   string `json:"framework,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty"` // AlignmentTargetType
}

// ResultDescription says what kind of result an award of the achievement can carry (OB 3.0 ResultDescription).
type ResultDescription struct {
	ID            string   `json:"id"` // a short key, unique in the achievement; becomes a URI in the credential
	Name          string   `json:"name"`
	Type          string   `json:"type"` // ResultType
	AllowedValues []string `json:"allowed_values,omitempty"`
	Min           string   `json:"min,omitempty"`
	Max           string   `json:"max,omitempty"`
	Required      string   `json:"required,omitempty"`
}

// Image is a picture with the text that stands in for it.
type Image struct {
	Type string // image/png or image/svg+xml
	Alt  string // required
	Data []byte
}
