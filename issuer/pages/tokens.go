package pages

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

const tokensURL = "/console/tokens"

// Tokens keeps the tokens of platforms; *access.Service is one.
type Tokens interface {
	AddToken(ctx context.Context, n access.NewToken, actor string) (t access.Token, secret string, err error)
	Tokens(ctx context.Context, issuerID string) ([]access.Token, error)
	// TokensBy lists the tokens that still count and that somebody made, or that tokens of theirs made.
	TokensBy(ctx context.Context, who access.Person) ([]access.Token, error)
	RevokeToken(ctx context.Context, id, actor string) error
}

// TokensPage is the data of page "tokens".
type TokensPage struct {
	web.Frame
	Problems           []string
	Tokens             []TokenRow
	Issuers            []Option
	Scopes             []ScopeChoice
	Name, For, Expires string // as the form was filled in
	Secret             string // of a token that was made now, shown once
}

// TokenRow is one token. State is "active", "expired" or "revoked".
type TokenRow struct {
	ID, Name, Issuer, State string
	Scopes                  []string
	By                      string // the name of who made it, or how events name them
	CreatedAt, ExpiresAt    time.Time
}

// ScopeChoice is one thing that a token can be allowed.
type ScopeChoice struct {
	Scope  string
	Chosen bool
}

func (p *Pages) registerTokens(r gin.IRouter) {
	p.read(r, tokensURL, p.inside(access.Admin, p.tokens))
	r.POST(tokensURL, p.change(access.Admin, p.tokenAdd))
	r.POST(tokensURL+"/:id/revoke", p.change(access.Admin, p.tokenRevoke))
}

// ownTokens lists the tokens of the issuers that the person owns.
func (p *Pages) ownTokens(c *gin.Context, s session) ([]access.Token, error) {
	all, err := p.c.Tokens.Tokens(c.Request.Context(), "")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(t access.Token) bool { return !s.may(access.Admin, t.IssuerID) }), nil
}

func (p *Pages) tokensPage(c *gin.Context, s session) (TokensPage, error) {
	data := TokensPage{Frame: s.settings(c, "tokens")}
	data.Path, data.Query = tokensURL, ""
	options, names, err := p.owned(c, s)
	if err != nil {
		return data, err
	}
	data.Issuers = options
	all, err := p.ownTokens(c, s)
	if err != nil {
		return data, err
	}
	makers, err := p.makers(c, all)
	if err != nil {
		return data, err
	}
	for _, t := range slices.Backward(all) {
		row := p.tokenRow(t, names)
		row.By = first(makers[t.CreatedBy], t.CreatedBy)
		data.Tokens = append(data.Tokens, row)
	}
	chosen := c.Request.PostForm["scope"]
	for _, scope := range access.Scopes() {
		data.Scopes = append(data.Scopes, ScopeChoice{string(scope), slices.Contains(chosen, string(scope))})
	}
	return data, nil
}

func (p *Pages) tokenRow(t access.Token, issuers map[string]string) TokenRow {
	row := TokenRow{ID: t.ID, Name: t.Name, Issuer: first(issuers[t.IssuerID], t.IssuerID), State: "active", CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}
	for _, scope := range t.Scopes {
		row.Scopes = append(row.Scopes, string(scope))
	}
	switch {
	case !t.RevokedAt.IsZero():
		row.State = "revoked"
	case !t.ExpiresAt.IsZero() && !p.c.Clock().Before(t.ExpiresAt):
		row.State = "expired"
	}
	return row
}

// makers names the people who made tokens, those who were removed too.
func (p *Pages) makers(c *gin.Context, tokens []access.Token) (map[string]string, error) {
	if p.c.People == nil {
		return nil, nil
	}
	actors := make([]string, len(tokens))
	for i, t := range tokens {
		actors[i] = t.CreatedBy
	}
	return p.c.People.Names(c.Request.Context(), actors)
}

func (p *Pages) tokens(c *gin.Context, s session) error {
	data, err := p.tokensPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "tokens", data)
}

func (p *Pages) tokenAdd(c *gin.Context, s session) error {
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	n := access.NewToken{Name: v("name")}
	var problems []string
	g, err := grantOf(c)
	if err != nil {
		problems = append(problems, p.say(c, "form.problem.issuer"))
	} else if err := s.permit(access.Admin, g.IssuerID); err != nil {
		return err
	}
	n.IssuerID = g.IssuerID
	for _, scope := range c.Request.PostForm["scope"] {
		n.Scopes = append(n.Scopes, access.Scope(scope))
	}
	if n.Expires, err = midnight(v("expires")); err != nil {
		problems = append(problems, p.say(c, "form.problem.date"))
	}
	if n.Name == "" {
		problems = append(problems, p.say(c, "form.problem.name"))
	}
	if len(n.Scopes) == 0 {
		problems = append(problems, p.say(c, "tokens.problem.scope"))
	}
	secret := ""
	if len(problems) == 0 {
		if _, secret, err = p.c.Tokens.AddToken(c.Request.Context(), n, s.actor()); err != nil {
			if problems = p.correctable(c, err); problems == nil {
				return err
			}
		}
	}
	data, err := p.tokensPage(c, s)
	if err != nil {
		return err
	}
	if data.Secret = secret; secret != "" {
		for i := range data.Scopes {
			data.Scopes[i].Chosen = false
		}
		return p.show(c, http.StatusCreated, "tokens", data)
	}
	data.Problems, data.Name, data.For, data.Expires = problems, v("name"), v("issuer"), v("expires")
	return p.show(c, http.StatusUnprocessableEntity, "tokens", data)
}

// tokenRevoke finds the token among those that the person may see: another issuer's is as if it were not there.
func (p *Pages) tokenRevoke(c *gin.Context, s session) error {
	all, err := p.ownTokens(c, s)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if !slices.ContainsFunc(all, func(t access.Token) bool { return t.ID == id }) {
		return notHere()
	}
	if err := p.c.Tokens.RevokeToken(c.Request.Context(), id, s.actor()); err != nil {
		return err
	}
	return seeOther(c, tokensURL)
}
