// Package oidc owns signing in through the organisation's own service: the authorisation code flow of OpenID Connect Core 1.0
// (§3.1) as a relying party, with PKCE (RFC 7636, S256 only) and the issuer in the answer (RFC 9207). go-oidc reads what the service
// says, x/oauth2 redeems the code; both go out by the client that they are given.
//
// It refuses an ID token of another issuer, for another client, with another nonce, expired or from the future, signed by anything
// but the algorithms of Algorithms, or whose at_hash does not fit; and an answer that names another issuer. It decides nothing about
// who may come in: it says who somebody is.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	rp "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/openlaurel/laurel/internal/fault"
)

// Bounds of what a service says.
const (
	subjectBytes = 255              // OpenID Connect Core §2
	skew         = 5 * time.Minute  // of the service's clock
	fresh        = 15 * time.Minute // how long what the service says of itself is believed
	patience     = 5 * time.Second  // how long a service that did not answer is left alone
)

// Algorithms lists those with which an ID token may be signed.
func Algorithms() []string {
	return []string{rp.ES256, rp.ES384, rp.RS256, rp.PS256, rp.EdDSA}
}

// Config is what a Client works with.
type Config struct {
	Issuer   string // exactly as the service writes it
	ClientID string
	Secret   string   // empty: a public client, which PKCE alone protects
	Redirect string   // the address to which people come back
	Scopes   []string // beside openid, email and profile
	HTTP     *http.Client
	// PlainHTTP says of a host and port whether http may be used there; nil: nowhere.
	PlainHTTP func(host string) bool
	Clock     func() time.Time
	Random    io.Reader
}

// Client speaks with one service. It is safe for concurrent use.
type Client struct {
	c Config

	mu     sync.Mutex
	known  *service
	broken error // what came of asking, when it was no answer
	until  time.Time
}

// service is what a service says of itself.
type service struct {
	provider *rp.Provider
	oauth    oauth2.Config
	userinfo bool
	names    bool // it names itself in every answer (RFC 9207 §3)
}

// Identity is who somebody is, as the service says.
type Identity struct {
	Issuer, Subject string
	Name, Email     string
	Verified        bool // the service knows that the address is theirs
	Claims          map[string]any
}

// kept is what a way to the service remembers until somebody comes back.
type kept struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// New makes a Client. It asks the service nothing before it is used.
func New(c Config) *Client {
	if c.HTTP == nil {
		c.HTTP = http.DefaultClient
	}
	if c.PlainHTTP == nil {
		c.PlainHTTP = func(string) bool { return false }
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Client{c: c}
}

// Begin returns the address to which a browser is sent, with state in it, and what the caller keeps for End, once and for this
// browser. A service that does not answer, or not as it should, is fault.Unavailable (signon.away).
func (c *Client) Begin(ctx context.Context, state string) (address string, keep []byte, err error) {
	s, err := c.service(ctx)
	if err != nil {
		return "", nil, err
	}
	k := kept{Verifier: oauth2.GenerateVerifier()}
	nonce := make([]byte, 20)
	if _, err := io.ReadFull(c.c.Random, nonce); err != nil {
		return "", nil, fmt.Errorf("random source: %w", err)
	}
	k.Nonce = base64.RawURLEncoding.EncodeToString(nonce)
	if keep, err = json.Marshal(k); err != nil {
		return "", nil, fmt.Errorf("way to the service: %w", err)
	}
	return s.oauth.AuthCodeURL(state, rp.Nonce(k.Nonce), oauth2.S256ChallengeOption(k.Verifier)), keep, nil
}

// End says who came back with the answer q to what Begin began. Whoever declined there is fault.Forbidden (signon.declined); an
// answer that does not hold is fault.Unauthorized (signon.refused), whatever is wrong with it.
func (c *Client) End(ctx context.Context, keep []byte, q url.Values) (Identity, error) {
	var k kept
	if err := json.Unmarshal(keep, &k); err != nil {
		return Identity{}, fmt.Errorf("way to the service: %w", err)
	}
	s, err := c.service(ctx)
	if err != nil {
		return Identity{}, err
	}
	if err := c.answered(s, q); err != nil {
		return Identity{}, err
	}
	token, err := s.oauth.Exchange(c.by(ctx), q.Get("code"), oauth2.VerifierOption(k.Verifier))
	if err != nil {
		return Identity{}, redeemed(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return Identity{}, refused(errors.New("the answer has no ID token"))
	}
	id, err := c.verify(ctx, s, raw, k.Nonce, token.AccessToken)
	if err != nil {
		return Identity{}, err
	}
	return c.identity(ctx, s, id, token)
}

// answered checks what stands in the address of the answer, the issuer first (RFC 9207 §2.4).
func (c *Client) answered(s *service, q url.Values) error {
	for _, name := range []string{"iss", "code", "error", "state"} {
		if len(q[name]) > 1 {
			return refused(fmt.Errorf("%s stands in the answer twice", name))
		}
	}
	if iss := q.Get("iss"); iss != c.c.Issuer && (s.names || q.Has("iss")) {
		return refused(errors.New("the answer names another issuer, or none"))
	}
	switch code := q.Get("error"); {
	case code == "access_denied":
		return fault.New(fault.Forbidden, nil, "the sign-in was declined there").Code("signon.declined").Hint("begin again, or sign in another way")
	case code != "":
		return refused(fmt.Errorf("the service answers with the error %.60q", code))
	case q.Get("code") == "":
		return refused(errors.New("the answer has no code"))
	}
	return nil
}

// verify reads an ID token (OpenID Connect Core §3.1.3.7).
func (c *Client) verify(ctx context.Context, s *service, raw, nonce, accessToken string) (*rp.IDToken, error) {
	id, err := s.provider.Verifier(&rp.Config{ClientID: c.c.ClientID, SupportedSigningAlgs: Algorithms(), Now: c.c.Clock}).Verify(c.by(ctx), raw)
	if err != nil {
		return nil, refused(err)
	}
	var more struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&more); err != nil {
		return nil, refused(err)
	}
	switch {
	case id.Issuer != c.c.Issuer: // go-oidc lets one well-known service leave out the scheme
		err = errors.New("the ID token is of another issuer")
	case more.Party != "" && more.Party != c.c.ClientID, more.Party == "" && len(id.Audience) > 1:
		err = errors.New("the ID token is for another client")
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		err = errors.New("the ID token has another nonce")
	case id.IssuedAt.After(c.c.Clock().Add(skew)):
		err = errors.New("the ID token is from the future")
	case id.Subject == "" || len(id.Subject) > subjectBytes:
		err = errors.New("the ID token has no usable subject")
	case id.AccessTokenHash != "":
		err = id.VerifyAccessToken(accessToken)
	}
	if err != nil {
		return nil, refused(err)
	}
	return id, nil
}

// identity reads the claims. What the ID token leaves out is asked for (§5.3), and what comes must be about the same subject.
func (c *Client) identity(ctx context.Context, s *service, id *rp.IDToken, token *oauth2.Token) (Identity, error) {
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Identity{}, refused(err)
	}
	if s.userinfo {
		info, err := s.provider.UserInfo(c.by(ctx), oauth2.StaticTokenSource(token))
		if err != nil {
			return Identity{}, away(err)
		}
		more := map[string]any{}
		if err := info.Claims(&more); err != nil || info.Subject != id.Subject {
			return Identity{}, refused(errors.New("the claims are about somebody else"))
		}
		for name, v := range more {
			if _, ok := claims[name]; !ok {
				claims[name] = v
			}
		}
	}
	out := Identity{Issuer: id.Issuer, Subject: id.Subject, Claims: claims}
	out.Name, _ = claims["name"].(string)
	out.Email, _ = claims["email"].(string)
	switch v := claims["email_verified"].(type) {
	case bool:
		out.Verified = v
	case string: // some services write it so
		out.Verified = v == "true"
	}
	return out, nil
}

// by puts our client where the libraries look for it.
func (c *Client) by(ctx context.Context) context.Context { return rp.ClientContext(ctx, c.c.HTTP) }

// service asks the service what it is (OpenID Connect Discovery 1.0 §4), and remembers it for a while.
func (c *Client) service(ctx context.Context) (*service, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.c.Clock().Before(c.until) {
		return c.known, c.broken
	}
	known, err := c.discover(ctx)
	if c.known, c.broken, c.until = known, err, c.c.Clock().Add(fresh); err != nil {
		c.until = c.c.Clock().Add(patience)
	}
	return known, err
}

func (c *Client) discover(ctx context.Context) (*service, error) {
	provider, err := rp.NewProvider(c.by(ctx), c.c.Issuer)
	if err != nil {
		return nil, away(err)
	}
	var said struct {
		JWKS     string   `json:"jwks_uri"`
		UserInfo string   `json:"userinfo_endpoint"`
		Methods  []string `json:"token_endpoint_auth_methods_supported"`
		Names    bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&said); err != nil {
		return nil, away(err)
	}
	end := provider.Endpoint()
	for _, address := range []string{end.AuthURL, end.TokenURL, said.JWKS} {
		if err := c.reachable(address); err != nil {
			return nil, away(err)
		}
	}
	end.AuthStyle = oauth2.AuthStyleInHeader // the default (Discovery §3)
	if c.c.Secret == "" || len(said.Methods) > 0 && !slices.Contains(said.Methods, "client_secret_basic") {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	return &service{provider: provider, userinfo: said.UserInfo != "", names: said.Names, oauth: oauth2.Config{
		ClientID: c.c.ClientID, ClientSecret: c.c.Secret, Endpoint: end, RedirectURL: c.c.Redirect,
		Scopes: append([]string{rp.ScopeOpenID, "email", "profile"}, c.c.Scopes...),
	}}, nil
}

// reachable reports what is wrong with an endpoint. A browser is sent to one of them, which no filter of ours would look at.
func (c *Client) reachable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !c.c.PlainHTTP(u.Host)) {
		return fmt.Errorf("%.200q is no address of a service", address)
	}
	return nil
}

// redeemed says why a code was not redeemed, without what the service wrote beside its error.
func redeemed(err error) error {
	var said *oauth2.RetrieveError
	if errors.As(err, &said) {
		return refused(fmt.Errorf("the service does not redeem the code: %d %.60q", said.Response.StatusCode, said.ErrorCode))
	}
	return away(err)
}

func away(cause error) error {
	return fault.New(fault.Unavailable, cause, "the sign-in service does not answer as it should").Code("signon.away").
		Hint("sign in by a passkey or a link meanwhile")
}

func refused(cause error) error {
	return fault.New(fault.Unauthorized, cause, "this answer of the sign-in service is not taken").Code("signon.refused").Hint("begin again")
}
