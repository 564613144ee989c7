package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

type tokenRequest struct {
	Name      string   `json:"name" doc:"The platform that will use it."`
	Issuer    string   `json:"issuer,omitempty" doc:"Id, slug or DID of the one issuer that it is for; left out: every issuer."`
	Scopes    []string `json:"scopes" nullable:"false" doc:"award, read, revoke, issue, admin. Admin includes the others."`
	ExpiresAt string   `json:"expires_at,omitempty" format:"date-time" doc:"Never, when left out."`
}

type tokenView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Issuer    string   `json:"issuer,omitempty" doc:"Id of the one issuer that it is for; absent: every issuer."`
	Scopes    []string `json:"scopes" nullable:"false"`
	CreatedBy string   `json:"created_by,omitempty" doc:"Who made it, as events name them."`
	CreatedAt string   `json:"created_at" format:"date-time"`
	ExpiresAt string   `json:"expires_at,omitempty" format:"date-time"`
	RevokedAt string   `json:"revoked_at,omitempty" format:"date-time"`
	Token     string   `json:"token,omitempty" doc:"The secret, shown this once."`
}

type eventView struct {
	ID      string `json:"id"`
	At      string `json:"at" format:"date-time"`
	Actor   string `json:"actor"`
	Action  string `json:"action"`
	Issuer  string `json:"issuer,omitempty"`
	Subject string `json:"subject"`
	Detail  string `json:"detail,omitempty"`
}

func (a *API) registerTokens() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/tokens", id: "createToken", tag: "Access", scope: access.Admin,
		summary: "Make a token", description: "The secret is in this answer only.", status: http.StatusCreated, errors: []int{415},
		body: `{"name":"Moodle","scopes":["award","read"]}`,
	}, a.addToken)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/tokens", id: "listTokens", tag: "Access", scope: access.Admin,
		summary: "List tokens, without secrets", status: http.StatusOK,
	}, a.tokens)
	add(a, operation{
		method: http.MethodDelete, path: "/api/v1/tokens/{id}", id: "revokeToken", tag: "Access", scope: access.Admin,
		summary: "Revoke a token", description: "Again is no error.", status: http.StatusNoContent, errors: []int{404},
	}, a.revokeToken)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/me", id: "getMe", tag: "Access", summary: "Read what your own token may do", status: http.StatusOK,
	}, func(_ context.Context, c call, _ empty) (reply[tokenView], error) {
		return reply[tokenView]{body: viewToken(c.token)}, nil
	})
}

func (a *API) addToken(ctx context.Context, c call, in tokenRequest) (reply[tokenView], error) {
	issuerID := c.token.IssuerID
	if in.Issuer != "" {
		iss, err := a.issuerFor(ctx, c, in.Issuer, access.Admin)
		if err != nil {
			return reply[tokenView]{}, err
		}
		issuerID = iss.ID
	}
	expires, err := moment("expires_at", in.ExpiresAt)
	if err != nil {
		return reply[tokenView]{}, err
	}
	scopes := make([]access.Scope, len(in.Scopes))
	for i, s := range in.Scopes {
		scopes[i] = access.Scope(s)
	}
	n := access.NewToken{Name: in.Name, IssuerID: issuerID, Scopes: scopes, Expires: expires}
	t, secret, err := a.cfg.Tokens.AddToken(ctx, n, c.token.ID)
	if err != nil {
		return reply[tokenView]{}, err
	}
	out := reply[tokenView]{body: viewToken(t)}
	out.body.Token = secret
	return out, nil
}

func (a *API) tokens(ctx context.Context, c call, _ empty) (reply[page[tokenView]], error) {
	all, err := a.cfg.Tokens.Tokens(ctx, c.token.IssuerID)
	out := reply[page[tokenView]]{body: page[tokenView]{Items: make([]tokenView, len(all))}}
	for i, t := range all {
		out.body.Items[i] = viewToken(t)
	}
	return out, err
}

// revokeToken finds the token among those that the caller may see, so that another issuer's answers as an unknown one.
func (a *API) revokeToken(ctx context.Context, c call, _ empty) (reply[empty], error) {
	all, err := a.cfg.Tokens.Tokens(ctx, c.token.IssuerID)
	if err != nil {
		return reply[empty]{}, err
	}
	id := c.id()
	if !slices.ContainsFunc(all, func(t access.Token) bool { return t.ID == id }) {
		return reply[empty]{}, fault.New(fault.NotFound, nil, "there is no such token").Code("token.not_found")
	}
	return reply[empty]{}, a.cfg.Tokens.RevokeToken(ctx, id, c.token.ID)
}

func viewToken(t access.Token) tokenView {
	out := tokenView{
		ID: t.ID, Name: t.Name, Issuer: t.IssuerID, Scopes: make([]string, len(t.Scopes)), CreatedBy: t.CreatedBy, CreatedAt: written(t.CreatedAt),
		ExpiresAt: written(t.ExpiresAt), RevokedAt: written(t.RevokedAt),
	}
	for i, s := range t.Scopes {
		out.Scopes[i] = string(s)
	}
	return out
}

func (a *API) registerEvents() {
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/events", id: "listEvents", tag: "Access", scope: access.Admin,
		summary: "Read who did what, newest first", status: http.StatusOK,
		params: []parameter{
			{name: "issuer", in: "query", kind: "string", about: "Id, slug or DID."},
			{name: "limit", in: "query", kind: "integer", about: "1 to 200, 50 by default."},
		},
	}, a.events)
}

func (a *API) events(ctx context.Context, c call, _ empty) (reply[page[eventView]], error) {
	n, err := queryNumber(c, "limit", pageDefault, pageMost)
	if err != nil {
		return reply[page[eventView]]{}, err
	}
	issuerID := ""
	if ref := c.query("issuer"); ref != "" || c.token.IssuerID != "" {
		iss, err := a.issuerFor(ctx, c, ref, access.Admin)
		if err != nil {
			return reply[page[eventView]]{}, err
		}
		issuerID = iss.ID
	}
	found, err := a.cfg.Awards.Events(ctx, issuerID, n)
	out := reply[page[eventView]]{body: page[eventView]{Items: make([]eventView, len(found))}}
	for i, e := range found {
		out.body.Items[i] = viewEvent(e)
	}
	return out, err
}

func viewEvent(e event.Event) eventView {
	return eventView{
		ID: e.ID, At: e.At.UTC().Format(time.RFC3339Nano), Actor: e.Actor, Action: e.Action, Issuer: e.IssuerID,
		Subject: e.Subject, Detail: e.Detail,
	}
}
