// Package access owns who may do what: bearer tokens with scopes, people with roles, one-time sign-in links, passkeys, logins of
// sign-in services and console sessions. Allows, Has and Permit are the one place where it is decided, for tokens and people alike.
//
// It refuses to leave a deployment without an owner, and a person any issuer that none of their roles names.
// Secrets are made with crypto/rand, shown once, stored as SHA-256, and compared in constant time.
package access

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
)

// Scope is what a token may do.
type Scope string

// The scopes. Admin includes the others.
const (
	Award  Scope = "award"
	Read   Scope = "read"
	Revoke Scope = "revoke"
	Issue  Scope = "issue" // to have signed what the caller wrote itself, which says more than awards of a catalogue do
	Admin  Scope = "admin"
)

// Token is a bearer token of the API, without its secret.
type Token struct {
	ID        string // "tok_…"
	Name      string
	IssuerID  string // empty: every issuer
	Scopes    []Scope
	Hash      []byte // SHA-256 of the secret
	CreatedBy string // as events name who made it; empty where nobody knows
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	RevokedAt time.Time // zero: not revoked
}

// Ticket is a one-time sign-in link or a console session, without its secret.
type Ticket struct {
	ID        string
	Kind      string // "signin", "invite", "session", or "ceremony:" and a purpose
	PersonID  string // whose it is
	Hash      []byte // SHA-256 of the secret
	Data      string // of a ceremony
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Store keeps tokens and tickets. A miss is fault.NotFound.
type Store interface {
	InsertToken(ctx context.Context, t Token, e event.Event) error
	TokenByHash(ctx context.Context, hash []byte) (Token, error)
	Tokens(ctx context.Context) ([]Token, error)
	// RevokeToken sets RevokedAt. Revoking twice is no error.
	RevokeToken(ctx context.Context, id string, at time.Time, e event.Event) error
	// InsertTicket stores a ticket, and the event with it when that has an id.
	InsertTicket(ctx context.Context, t Ticket, e event.Event) error
	TicketByHash(ctx context.Context, kind string, hash []byte) (Ticket, error)
	// TakeTicket deletes the ticket and returns it; of parallel calls exactly one succeeds, the others get fault.NotFound.
	TakeTicket(ctx context.Context, kind string, hash []byte) (Ticket, error)
	// DeleteTickets removes the links and sessions of a person, but for the one with the hash except.
	DeleteTickets(ctx context.Context, personID string, except []byte, e event.Event) error
	// DeleteExpiredTickets removes tickets that ended before t.
	DeleteExpiredTickets(ctx context.Context, t time.Time) error
}
