// Package event is the record of who did what. An event is written in the same transaction as the fact it tells of, and
// holds ids and codes only: never a name, a mail address or a credential.
package event

import "time"

// Event is one thing that happened.
type Event struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`     // token id, session id, "cli", "demo"
	Action   string    `json:"action"`    // "award.created", "award.revoked", "key.rotated", …
	IssuerID string    `json:"issuer_id"` // empty for the deployment itself
	Subject  string    `json:"subject"`   // id of what it happened to
	Detail   string    `json:"detail"`    // a code or a short reason, no personal data
}
