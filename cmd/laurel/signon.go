package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/oidc"
	"github.com/openlaurel/laurel/issuer/access"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
)

// signOn is the sign-in service as the console needs it: what its claims give here is decided by the settings.
type signOn struct {
	client *oidc.Client
	cfg    config.SignOn
	app    *app
}

// newSignOn returns nil where no service is configured.
func newSignOn(a *app) (issuerpages.SignOn, error) {
	cfg := a.cfg.SignOn
	if cfg.Issuer == "" {
		return nil, nil
	}
	secret := ""
	if cfg.Secret != "" {
		b, err := os.ReadFile(filepath.Clean(cfg.Secret))
		if err != nil {
			return nil, fault.New(fault.Unavailable, err, "the secret of the sign-in service, %s, cannot be read: %s", cfg.Secret, reason(err))
		}
		if secret = strings.TrimRight(string(b), "\r\n"); secret == "" {
			return nil, fault.New(fault.Invalid, nil, "the secret of the sign-in service, %s, is empty", cfg.Secret)
		}
	}
	out := fetch.New(fetch.Config{Allow: a.cfg.FetchAllow, Offline: a.cfg.Offline})
	return signOn{client: oidc.New(oidc.Config{
		Issuer: cfg.Issuer, ClientID: cfg.ClientID, Secret: secret, Scopes: cfg.Scopes, Redirect: a.base + issuerpages.SignOnBack(),
		HTTP: out.HTTP(), PlainHTTP: out.PlainHTTP, Clock: a.clock,
	}), cfg: cfg, app: a}, nil
}

// Service implements issuerpages.SignOn.
func (s signOn) Service() (name, issuer string) { return s.cfg.Name, s.cfg.Issuer }

// Begin implements issuerpages.SignOn.
func (s signOn) Begin(ctx context.Context, state string) (string, []byte, error) {
	return s.client.Begin(ctx, state)
}

// End implements issuerpages.SignOn.
func (s signOn) End(ctx context.Context, keep []byte, q url.Values) (access.Identity, error) {
	who, err := s.client.End(ctx, keep, q)
	if err != nil {
		return access.Identity{}, err
	}
	if err := s.domain(who); err != nil {
		return access.Identity{}, err
	}
	i := access.Identity{Issuer: who.Issuer, Subject: who.Subject, Name: who.Name, Email: who.Email, Verified: who.Verified}
	i.Grants, err = s.grants(ctx, who.Claims)
	return i, err
}

// domain refuses everybody whose address is not known to be of one of the domains, where any are named.
func (s signOn) domain(who oidc.Identity) error {
	at := strings.LastIndexByte(who.Email, '@')
	if len(s.cfg.Domains) == 0 || at > 0 && who.Verified && slices.Contains(s.cfg.Domains, strings.ToLower(who.Email[at+1:])) {
		return nil
	}
	return fault.New(fault.Forbidden, nil, "addresses of this domain are not let in").Code("signon.domain")
}

// grants are the roles that claims give: for each issuer the widest. A rule for an issuer that there is not gives nothing.
func (s signOn) grants(ctx context.Context, claims map[string]any) ([]access.Grant, error) {
	widest := map[string]access.Role{}
	var order []string
	for _, rule := range s.cfg.Roles {
		if !holds(claims, rule.Claim, rule.Value) {
			continue
		}
		id := ""
		if rule.Issuer != "" {
			i, err := s.app.catalog.Issuer(ctx, rule.Issuer)
			if fault.Is(err, fault.NotFound) {
				s.app.log.WarnContext(ctx, "a rule of oidc_roles names an issuer that there is not", "issuer", rule.Issuer)
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("issuer of a rule of oidc_roles: %w", err)
			}
			id = i.ID
		}
		role, rank := access.Role(rule.Role), func(r access.Role) int { return slices.Index(access.Roles(), r) }
		if known, ok := widest[id]; !ok {
			order = append(order, id)
		} else if rank(known) <= rank(role) {
			continue
		}
		widest[id] = role
	}
	out := make([]access.Grant, len(order))
	for i, id := range order {
		out[i] = access.Grant{IssuerID: id, Role: widest[id]}
	}
	return out, nil
}

// holds reports whether a claim is that text, or a list with that text in it. A name with dots that is no claim of its own is
// a way through objects.
func holds(claims map[string]any, name, value string) bool {
	v, ok := claims[name]
	if !ok {
		head, rest, nested := strings.Cut(name, ".")
		inner, object := claims[head].(map[string]any)
		return nested && object && holds(inner, rest, value)
	}
	if list, ok := v.([]any); ok {
		return slices.Contains(list, any(value))
	}
	return v == any(value)
}
