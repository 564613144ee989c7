package access

import (
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// Prefix begins the secret of every token, so that a secret scanner can find one that leaked.
const Prefix = "laurel_"

// nameBytes bounds the name of a token.
const nameBytes = 200

// Config is what a Service works with. The zero Config runs: it keeps everything in memory, which suits tests.
type Config struct {
	Store    Store
	People   People
	Passkeys Passkeys
	Logins   Logins
	Clock    func() time.Time
	Random   io.Reader     // of secrets and ids; crypto/rand by default
	CacheFor time.Duration // how long an authentication is remembered; 3 s by default, negative for not at all
}

// Service answers who may do what.
type Service struct {
	store    Store
	people   People
	passkeys Passkeys
	logins   Logins
	clock    func() time.Time
	random   io.Reader
	recent   *recent
}

// New makes a Service.
func New(c Config) *Service {
	if c.Store == nil {
		c.Store = newMemory()
	}
	if c.People == nil {
		c.People = &crowd{tickets: c.Store}
	}
	if c.Passkeys == nil {
		c.Passkeys = &keychain{}
	}
	if c.Logins == nil {
		c.Logins = &registry{people: c.People}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.CacheFor == 0 {
		c.CacheFor = 3 * time.Second
	}
	return &Service{
		store: c.Store, people: c.People, passkeys: c.Passkeys, logins: c.Logins, clock: c.Clock, random: c.Random, recent: newRecent(c.CacheFor),
	}
}

// NewToken says what token is wanted. IssuerID empty means every issuer; Expires zero means never.
type NewToken struct {
	Name     string
	IssuerID string
	Scopes   []Scope
	Expires  time.Time
}

// AddToken makes a token and returns its secret, which is shown this once and stored as a hash only. A name, scope or
// expiry that cannot be is fault.Invalid.
func (s *Service) AddToken(ctx context.Context, n NewToken, actor string) (t Token, secret string, err error) {
	now := s.now()
	if err := n.check(now); err != nil {
		return Token{}, "", err
	}
	id, err := s.id("tok_")
	if err != nil {
		return Token{}, "", err
	}
	if secret, err = s.secret(Prefix); err != nil {
		return Token{}, "", err
	}
	t = Token{
		ID: id, Name: n.Name, IssuerID: n.IssuerID, Scopes: ordered(n.Scopes), Hash: digest(secret),
		CreatedBy: actor, CreatedAt: now, ExpiresAt: n.Expires.UTC().Truncate(time.Second),
	}
	if n.Expires.IsZero() {
		t.ExpiresAt = time.Time{}
	}
	e, err := s.event("token.created", actor, n.IssuerID, id)
	if err != nil {
		return Token{}, "", err
	}
	e.Detail = joined(t.Scopes)
	if err := s.store.InsertToken(ctx, t, e); err != nil {
		return Token{}, "", err
	}
	return t, secret, nil
}

func (n NewToken) check(now time.Time) error {
	if strings.TrimSpace(n.Name) == "" {
		return fault.New(fault.Invalid, nil, "a token needs a name").Code("token.name").At("/name").
			Hint("name the platform that will use it")
	}
	if len(n.Name) > nameBytes || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, unicode.IsControl) {
		return fault.New(fault.Invalid, nil, "the name has control characters or more than %d bytes", nameBytes).
			Code("token.name").At("/name")
	}
	if len(n.Scopes) == 0 {
		return fault.New(fault.Invalid, nil, "a token needs at least one scope").Code("token.scope").At("/scopes").
			Hint("choose among award, read, revoke, issue, admin")
	}
	for i, sc := range n.Scopes {
		if !slices.Contains(Scopes(), sc) {
			return fault.New(fault.Invalid, nil, "%q is no scope", string(sc)).Code("token.scope").
				At(ijson.Index("/scopes", i)).Hint("choose among award, read, revoke, issue, admin")
		}
	}
	if !n.Expires.IsZero() && !n.Expires.After(now) {
		return fault.New(fault.Invalid, nil, "the token would end before it begins").Code("token.expires").At("/expires_at")
	}
	return nil
}

// Scopes lists the scopes that exist.
func Scopes() []Scope { return []Scope{Award, Read, Revoke, Issue, Admin} }

// Tokens lists the tokens of an issuer, or all for "", the revoked ones too.
func (s *Service) Tokens(ctx context.Context, issuerID string) ([]Token, error) {
	all, err := s.store.Tokens(ctx)
	if err != nil || issuerID == "" {
		return all, err
	}
	return slices.DeleteFunc(all, func(t Token) bool { return t.IssuerID != issuerID }), nil
}

// TokensBy lists the tokens that still count and that somebody made, or that tokens of theirs made.
func (s *Service) TokensBy(ctx context.Context, who Person) ([]Token, error) {
	all, err := s.store.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	makers := map[string]bool{who.Actor(): true}
	for grown := true; grown; { // a token is younger than the one that made it, but not by much: the order says nothing
		grown = false
		for _, t := range all {
			if makers[t.CreatedBy] && !makers[t.ID] {
				makers[t.ID], grown = true, true
			}
		}
	}
	now := s.now()
	return slices.DeleteFunc(all, func(t Token) bool {
		return !makers[t.ID] || !t.RevokedAt.IsZero() || !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)
	}), nil
}

// RevokeToken ends a token at once in this process, and within Config.CacheFor in others on the same database. Revoking
// twice is no error; an unknown id is fault.NotFound.
func (s *Service) RevokeToken(ctx context.Context, id, actor string) error {
	e, err := s.event("token.revoked", actor, "", id)
	if err != nil {
		return err
	}
	err = s.store.RevokeToken(ctx, id, e.At, e)
	s.recent.forget(id)
	return err
}

// Authenticate returns the token of a secret. Whatever is wrong with it, the answer is one and the same
// fault.Unauthorized with the code "token.unknown"; only an expired token is told so, to its holder.
func (s *Service) Authenticate(ctx context.Context, secret string) (Token, error) {
	if !wellFormed(secret, Prefix) {
		return Token{}, errUnknownToken()
	}
	now, hash := s.now(), digest(secret)
	t, ok := s.recent.find(hash, now)
	if !ok {
		var err error
		seen := s.recent.round()
		if t, err = s.store.TokenByHash(ctx, hash); fault.Is(err, fault.NotFound) {
			return Token{}, errUnknownToken()
		} else if err != nil {
			return Token{}, err
		}
		if !same(t.Hash, hash) || !t.RevokedAt.IsZero() {
			return Token{}, errUnknownToken()
		}
		s.recent.remember(t, now, seen)
	}
	if !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) {
		return Token{}, fault.New(fault.Unauthorized, nil, "the token has expired").Code("token.expired").
			Hint("ask for a new token: laurel token add")
	}
	return t, nil
}

// Recognised reports whether that secret was authenticated a moment ago, without asking the store. It serves the rate
// limit, which must not let invented tokens open a budget of their own; it grants nothing.
func (s *Service) Recognised(secret string) bool {
	if !wellFormed(secret, Prefix) {
		return false
	}
	_, ok := s.recent.find(digest(secret), s.now())
	return ok
}

func errUnknownToken() error {
	return fault.New(fault.Unauthorized, nil, "the token is not known, or was revoked").Code("token.unknown").
		Hint("send the header Authorization: Bearer laurel_… with a token from: laurel token add")
}

// ordered returns the scopes once each, in the order of Scopes.
func ordered(in []Scope) []Scope {
	out := make([]Scope, 0, len(in))
	for _, sc := range Scopes() {
		if slices.Contains(in, sc) {
			out = append(out, sc)
		}
	}
	return out
}

func joined(in []Scope) string {
	out := make([]string, len(in))
	for i, sc := range in {
		out[i] = string(sc)
	}
	return strings.Join(out, " ")
}

func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Second) }

func (s *Service) event(action, actor, issuerID, subject string) (event.Event, error) {
	id, err := s.id("evt_")
	return event.Event{ID: id, At: s.now(), Actor: actor, Action: action, IssuerID: issuerID, Subject: subject}, err
}

// life says how long a ticket of that kind lasts.
func life(kind string) time.Duration {
	switch kind {
	case signIn:
		return limits.SignInLife
	case invite:
		return limits.InviteLife
	}
	if strings.HasPrefix(kind, ceremony) {
		return limits.CeremonyLife
	}
	return limits.SessionLife
}
