package pages

import (
	"context"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/offer"
)

// OfferRow is one claim link of an award. State is one of offer.State.
type OfferRow struct {
	ID, State, Note             string
	CreatedAt, EndsAt, AskedAt  time.Time
	Guarded, Revocable, Waiting bool // Waiting: its learner asks for a new one and has none since
}

// fillOffers lists the claim links of an award.
func (p *Pages) fillOffers(c *gin.Context, s session, a issuer.Award, data *AwardPage) error {
	if p.c.Offers == nil {
		return nil
	}
	all, err := p.c.Offers.Of(c.Request.Context(), data.ID)
	if err != nil {
		return fmt.Errorf("claim links of %s: %w", data.ID, err)
	}
	may := s.may(access.Award, a.IssuerID)
	data.MayOffer = may && data.Revocation == nil
	for _, o := range all {
		data.Offers = append(data.Offers, OfferRow{
			ID: o.ID, State: string(o.State(p.c.Clock())), Note: o.Note, CreatedAt: o.CreatedAt, EndsAt: o.ExpiresAt, AskedAt: o.AskedAt,
			Guarded: digits(o) > 0, Revocable: may && o.RevokedAt.IsZero(), Waiting: !o.AskedAt.IsZero() && all[0].CreatedAt.Before(o.AskedAt),
		})
	}
	return nil
}

// offerMake makes a further claim link and shows it, which happens once.
func (p *Pages) offerMake(c *gin.Context, s session) error {
	a, err := s.award(c.Request.Context(), access.Award, c.Param("id"))
	if err != nil {
		return err
	}
	o := offer.Order{Note: c.Request.PostFormValue("note"), Unbound: offer.Unbound(c.Request.PostFormValue("unbound")), Actor: s.actor()}
	if c.Request.PostFormValue("guarded") != "" {
		o.Guard = offer.WithTxCode
	}
	made, err := p.c.Offers.Create(c.Request.Context(), a.ID, o)
	if err != nil {
		return err
	}
	page, err := p.awardPage(c, s, a)
	if err != nil {
		return err
	}
	page.Path, page.Query = "/console/awards/"+a.ID, ""
	if err := p.fillClaimLink(c, &page, a, made); err != nil {
		return err
	}
	return p.show(c, http.StatusCreated, "award", page)
}

// MailFiles writes mails with claim links, for others to send.
type MailFiles interface {
	// Addressed is nil when a mail about the award can be written.
	Addressed(ctx context.Context, a issuer.Award) error
	// Write writes it as a file (RFC 5322).
	Write(ctx context.Context, a issuer.Award, o offer.Fresh) ([]byte, error)
}

// fillClaimLink puts a claim link on the page that shows it once, with the mail that brings it as a file: nothing of it is kept
// here.
func (p *Pages) fillClaimLink(c *gin.Context, page *AwardPage, a issuer.Award, o offer.Fresh) error {
	page.ClaimURL, page.TxCode = p.url("/claim/"+o.Code), o.TxCode
	if p.c.MailFiles == nil || p.c.MailFiles.Addressed(c.Request.Context(), a) != nil {
		return nil
	}
	text, err := p.c.MailFiles.Write(c.Request.Context(), a, o)
	page.Mail = template.URL("data:message/rfc822;base64," + base64.StdEncoding.EncodeToString(text)) //nolint:gosec // base64
	return err
}

func (p *Pages) offerRevoke(c *gin.Context, s session) error {
	if _, err := s.award(c.Request.Context(), access.Award, c.Param("id")); err != nil {
		return err
	}
	if _, err := p.c.Offers.Revoke(c.Request.Context(), c.Param("id"), c.Param("offer"), s.actor()); err != nil {
		return err
	}
	return seeOther(c, "/console/awards/"+url.PathEscape(c.Param("id"))+"#links")
}

// named is what the recipient is called in a list.
func named(a issuer.Award) string { return first(a.Recipient.Name, a.Recipient.Email, a.ID) }
