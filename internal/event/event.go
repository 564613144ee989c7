// Package event is the record of who did what. An event is written in the same transaction as the fact it tells of, and
// holds ids and codes only: never a name, a mail address or a credential.
package event

import "time"

// Event is one thing that happened.
type Event struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`     // token id, "console:" and the id of a person, "cli", "demo"
	Action   string    `json:"action"`    // "award.created", "award.revoked", "key.rotated", …
	IssuerID string    `json:"issuer_id"` // empty for the deployment itself
	Subject  string    `json:"subject"`   // id of what it happened to
	Detail   string    `json:"detail"`    // a code or a short reason, no personal data
}

// Filter selects events. Zero fields do not select.
type Filter struct {
	Issuers       []string // any of them; nil: every event, those of the deployment itself too
	Actor         string   // exactly
	Action        string   // exactly, or all that begin with it when it ends with a dot
	Subject       string   // exactly
	Since, Before time.Time
	Cursor        string // opaque
	Limit         int    // 1…200, default 50
}
