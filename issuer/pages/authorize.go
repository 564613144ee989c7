package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/wallet"
	"github.com/openlaurel/laurel/web"
)

// Authorizations knows what a wallet asks of the person who opened its authorisation request, and takes their word. Requests are
// named by the query of that address. What is wrong with one is fault.Invalid.
type Authorizations interface {
	Asked(ctx context.Context, q url.Values) (wallet.Asked, error)
	// Allow returns where to send the person; a wrong transaction code has the code wallet.TxWrong or wallet.TxMissing.
	Allow(ctx context.Context, q url.Values, txCode string) (string, error)
	Deny(ctx context.Context, q url.Values) (string, error)
}

// authorizePath is where wallets send people.
const authorizePath = "/openid4vci/authorize"

// AuthorizePage is the data of page "authorize": whether a wallet gets a badge.
type AuthorizePage struct {
	web.Frame
	Name, Recipient          string
	IssuerName, IssuerDomain string
	Client                   string // what the wallet calls itself, which nobody has checked
	Host                     string // where the badge goes, when that is a website; "" for an app
	App                      string // the scheme of the app
	Digits                   int    // of the transaction code; 0: none is asked for
	Wrong                    bool   // the code was wrong
	Action                   string // where the answer goes
}

// authorizeForm shows a person what a wallet asks for. Looking uses nothing up.
func (p *Pages) authorizeForm(c *gin.Context) error {
	return p.authorizePage(c, c.Request.URL.Query(), http.StatusOK)
}

func (p *Pages) authorizePage(c *gin.Context, q url.Values, status int) error {
	q.Del("lang")
	asked, err := p.c.Authorizations.Asked(c.Request.Context(), q)
	if err != nil {
		return err
	}
	a, err := p.c.Awards.Find(c.Request.Context(), asked.Offer.AwardID)
	if err != nil {
		return err
	}
	s, err := p.complete(c.Request.Context(), a, issuer.Credential{})
	if err != nil {
		return err
	}
	data := AuthorizePage{
		Frame: web.NewFrame(c.Request), Name: s.in(web.Locale(c.Writer, c.Request)).achievement.Name, Recipient: a.Recipient.Name,
		IssuerName: s.issuer.Name, IssuerDomain: domain(s.issuer.DID),
		Client: asked.Client, Digits: digits(asked.Offer), Wrong: status != http.StatusOK,
	}
	data.NoIndex = true
	data.Query = url.Values{"client_id": {asked.Client}, "request_uri": {asked.Request}}.Encode()
	data.Action = authorizePath + "?" + data.Query
	target := ""
	if data.Host, data.App, target, err = destination(asked.Redirect); err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	// The answer to the form leads to the wallet, which a browser follows only when the policy names it.
	h.Set("Content-Security-Policy", strings.Replace(web.ContentSecurityPolicy, "form-action 'self'", "form-action 'self' "+target, 1))
	return p.show(c, status, "authorize", data)
}

// destination says where an address leads: the host of a website, or the scheme of an app; and how a policy names it.
func destination(address string) (host, app, source string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", "", fmt.Errorf("address of a wallet: %w", err)
	}
	if u.Scheme == "https" || u.Scheme == "http" {
		return u.Host, "", u.Scheme + "://" + u.Host, nil
	}
	return "", u.Scheme, u.Scheme + ":", nil
}

// authorize takes the word of a person and sends them back to the wallet.
func (p *Pages) authorize(c *gin.Context) error {
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("authorization.origin")
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, formBytes)
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, err, "the form is not well formed").Code("request.body")
	}
	q := c.Request.URL.Query()
	if c.Request.PostFormValue("answer") != "allow" {
		to, err := p.c.Authorizations.Deny(c.Request.Context(), q)
		if err != nil {
			return err
		}
		return seeOther(c, to)
	}
	code := strings.Join(strings.Fields(c.Request.PostFormValue("tx_code")), "")
	to, err := p.c.Authorizations.Allow(c.Request.Context(), q, code)
	if why := fault.Describe(err).Code; err != nil && (why == wallet.TxWrong || why == wallet.TxMissing) {
		return p.authorizePage(c, q, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return seeOther(c, to)
}
