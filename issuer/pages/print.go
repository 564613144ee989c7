package pages

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// mediaPDF is the media type of a certificate.
const mediaPDF = "application/pdf"

// Printer prints awards.
type Printer interface {
	// Certificate prints one credential of an award in the language of its reader. fault.Gone says that the award does not hold
	// any more, fault.Unavailable that a font is missing.
	Certificate(ctx context.Context, a issuer.Award, credentialID string, l i18n.Locale) ([]byte, error)
	// Slips prints a slip for each award of the filter that holds and whose learner has no e-mail address, with a link to the
	// learner's page. None, and more than limits.Slips, are fault.Invalid.
	Slips(ctx context.Context, f issuer.Filter, l i18n.Locale, actor string) ([]byte, error)
}

// certificate makes the certificate of a badge in the visitor's language.
func (p *Pages) certificate(c *gin.Context, s shown) (file, error) {
	if p.c.Printer == nil {
		return file{}, notHere()
	}
	l := web.Locale(c.Writer, c.Request)
	c.Writer.Header().Add("Vary", "Accept-Language, Cookie")
	body, err := p.c.Printer.Certificate(c.Request.Context(), s.award, s.credential.ID, l)
	return file{media: mediaPDF, body: body}, err
}

// shortCode leads from the code that stands on paper to the badge. A private badge is as unknown here as at its own address.
func (p *Pages) shortCode(c *gin.Context) error {
	c.Writer.Header().Set("Cache-Control", "no-store")
	c.Writer.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if !p.codes.take(c.ClientIP(), p.c.Clock()) {
		return fault.New(fault.TooMany, nil, "Too many codes were tried from here.").Code("limits.codes").Hint("Wait a few minutes and type the code again.")
	}
	a, id, err := p.c.Awards.ByShortCode(c.Request.Context(), strings.TrimSpace(c.Param("code")))
	if fault.Is(err, fault.NotFound) || err == nil && a.Visibility == issuer.Private {
		return notHere()
	}
	if err != nil {
		return err
	}
	p.codes.give(c.ClientIP()) // a code that leads somewhere is no guess
	c.Redirect(http.StatusSeeOther, "/c/"+id)
	return nil
}

// slips prints slips for the learners without e-mail of a list of awards, chosen as the list was.
func (p *Pages) slips(c *gin.Context, s session) error {
	f, ok := p.listed(c.Request.PostFormValue)
	if !ok {
		return fault.New(fault.Invalid, nil, "The day is not one.").Code("form.date")
	}
	body, err := p.c.Printer.Slips(c.Request.Context(), s.filter(access.Award, f), web.Locale(c.Writer, c.Request), s.actor())
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Cache-Control", "no-store")
	return send(c, file{media: mediaPDF, body: body, name: "slips.pdf"})
}
