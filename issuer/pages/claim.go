package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/web"
)

// ClaimPage is the data of page "claim". Over is empty, "expired", "revoked", "guessed" or "unknown".
type ClaimPage struct {
	web.Frame
	Over                     string
	Ask                      string // where the learner asks for a new link; empty: they cannot
	Asked                    bool   // they have asked, not long ago
	Digits                   int    // of the code that a wallet asks for; 0: it asks for none, and the files are here too
	Name, Description        string
	Language                 string // of these texts
	Picture, PictureAlt      string
	Recipient                string
	IssuerName, IssuerDomain string
	AwardedAt                time.Time
	Standing                 string // "revoked", "suspended" or "expired"; empty: it holds
	PageURL                  string // empty for a private badge
	Downloads                []Download
	Forms                    []Download // the badge in other forms, named by them
	OfferEnds                time.Time
	Used                     bool // a wallet took it
	Superseded               bool // and what the wallet has is the only copy that holds
	Wallets                  []WalletChoice
	CHAPI                    string // interaction URL for a wallet of this browser; empty: none is offered
	Taking                   *Taking
}

// claim shows the badge of a claim link. Looking, by a person or by a mail scanner, uses nothing up (W24).
func (p *Pages) claim(c *gin.Context) error {
	code := c.Param("code")
	data := ClaimPage{Frame: web.NewFrame(c.Request)}
	data.NoIndex = true
	c.Writer.Header().Set("Cache-Control", "no-store")
	c.Writer.Header().Set("X-Robots-Tag", "noindex, nofollow")
	c.Writer.Header().Add("Vary", "Accept")
	if p.asksProtocols(c) {
		return p.interaction(c, code)
	}
	o, s, err := p.offered(c.Request.Context(), code)
	switch {
	case fault.Is(err, fault.Gone):
		data.Over = overBy(err)
		p.fillAsk(&data, code, o)
		return p.show(c, http.StatusGone, "claim", data)
	case fault.Is(err, fault.NotFound):
		data.Over = "unknown"
		return p.show(c, http.StatusNotFound, "claim", data)
	case err != nil:
		return err
	}
	p.fillClaim(&data, code, o, s.in(web.Locale(c.Writer, c.Request)))
	if err := p.fillWallets(c, &data, code); err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "claim", data)
}

// overBy is why a claim link is over, as the page says it.
func overBy(err error) string {
	switch fault.Describe(err).Code {
	case "offer.revoked":
		return "revoked"
	case "offer.guessed":
		return "guessed"
	}
	return "expired"
}

// fillAsk offers to ask the issuer for a new link.
func (p *Pages) fillAsk(data *ClaimPage, code string, o offer.Offer) {
	data.Asked = !o.AskedAt.IsZero() && p.c.Clock().Before(o.AskedAt.Add(limits.OfferAskPause))
	if !data.Asked && p.c.Learners != nil {
		data.Ask = "/claim/" + code + "/request"
	}
}

// claimAsk tells the issuer that the learner asks for a new link. Whoever has no link at all learns nothing here that the page
// of an unknown link does not say.
func (p *Pages) claimAsk(c *gin.Context) error {
	code := c.Param("code")
	if err := p.origin.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("claim.origin")
	}
	err := p.c.Learners.AskByClaim(c.Request.Context(), code)
	if fault.Is(err, fault.NotFound) {
		return p.claim(c)
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/claim/"+url.PathEscape(code))
}

func (p *Pages) fillClaim(data *ClaimPage, code string, o offer.Offer, s shown) {
	data.Name, data.Description, data.Language = s.achievement.Name, s.achievement.Description, s.achievement.Language
	data.Picture, data.PictureAlt = "/claim/"+code+"/picture", alt(s.achievement)
	data.Recipient, data.AwardedAt, data.Standing = s.award.Recipient.Name, s.award.AwardedAt, p.standing(s.award)
	data.IssuerName, data.IssuerDomain = s.issuer.Name, domain(s.issuer.DID)
	data.OfferEnds, data.Used = o.ExpiresAt, !o.UsedAt.IsZero()
	if data.Used {
		p.fillAsk(data, code, o)
	}
	data.Superseded = !s.credential.SupersededAt.IsZero()
	if data.Digits = digits(o); data.Digits > 0 || data.Superseded {
		return
	}
	if s.award.Visibility != issuer.Private {
		data.PageURL = "/c/" + s.credential.ID
	}
	for _, d := range downloads("/claim/"+code+"/badge", s.file, s.credential.Form) {
		if data.PageURL != "" || !strings.HasPrefix(d.Key, "qr") { // the code leads to a page that is not there
			data.Downloads = append(data.Downloads, d)
		}
	}
	data.Forms = otherForms(s, func(id, suffix string) string { return "/claim/" + code + "/" + id + "." + suffix })
}

// standing is why an award does not hold, as pages say it; empty when nothing speaks against it.
func (p *Pages) standing(a issuer.Award) string {
	if s := p.stateOf(a); s != string(issuer.Active) {
		return s
	}
	return ""
}

// otherForms lists the badge's further credentials that are nobody's in particular, each in a file of its own.
func otherForms(s shown, path func(credentialID, suffix string) string) []Download {
	var out []Download
	for _, c := range s.award.Credentials {
		if c.ID == s.credential.ID || c.Holder != "" {
			continue
		}
		suffix := ownSuffix(c.Form)
		out = append(out, Download{Key: c.Secured(), URL: path(c.ID, suffix), Name: fileName(s.file, suffix)})
	}
	return out
}

// ownSuffix is that of the file which is the credential itself.
func ownSuffix(form proof.Form) string {
	switch form {
	case proof.DataIntegrity:
		return "json"
	case proof.VCCOSE:
		return "cose"
	}
	return "jwt"
}

// offered returns what a claim link offers: fault.NotFound when the code is unknown, fault.Gone when it is over.
func (p *Pages) offered(ctx context.Context, code string) (offer.Offer, shown, error) {
	if !isID(code) {
		return offer.Offer{}, shown{}, notHere()
	}
	o, err := p.c.Offers.Look(ctx, code)
	if err != nil && fault.Describe(err).Code != "offer.used" { // a wallet took it: the files are still the learner's
		return o, shown{}, err
	}
	if !p.c.Clock().Before(o.ExpiresAt) {
		return o, shown{}, fault.New(fault.Gone, nil, "This claim link has run out.").Code("offer.expired")
	}
	a, err := p.c.Awards.Find(ctx, o.AwardID)
	if err != nil {
		return o, shown{}, fmt.Errorf("award of a claim link: %w", err)
	}
	if len(a.Credentials) == 0 {
		return o, shown{}, fmt.Errorf("award %s has no credential", a.ID)
	}
	s, err := p.complete(ctx, a, a.Credentials[0])
	return o, s, err
}

// other finds the further credential of that file name. Whoever has the claim link is the holder, who gets base proofs too.
func (s shown) other(file string) (shown, bool) {
	for _, c := range s.award.Credentials {
		if c.Holder == "" && c.ID != s.credential.ID && file == c.ID+"."+ownSuffix(c.Form) {
			s.credential = c
			return s, true
		}
	}
	return s, false
}

// claimFile sends a file to whoever has the claim link, also when the badge page is private.
func (p *Pages) claimFile(c *gin.Context) error {
	o, s, err := p.offered(c.Request.Context(), c.Param("code"))
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Cache-Control", "private, no-cache")
	c.Writer.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if c.Param("file") == "picture" {
		return p.picture(c, s)
	}
	if choice, ok := strings.CutPrefix(c.Param("file"), "wallet-"); ok && strings.HasSuffix(choice, ".svg") {
		return p.walletCode(c, c.Param("code"), strings.TrimSuffix(choice, ".svg"), o)
	}
	if !s.credential.SupersededAt.IsZero() { // it holds no more
		return notHere()
	}
	if digits(o) > 0 { // without its transaction code the link gives nothing away
		return notHere()
	}
	if of, ok := s.other(c.Param("file")); ok {
		return p.deliver(c, of, ownSuffix(of.credential.Form))
	}
	suffix, ok := strings.CutPrefix(c.Param("file"), "badge.")
	if !ok || suffix == "" || s.award.Visibility == issuer.Private && strings.HasPrefix(suffix, "qr.") {
		return notHere()
	}
	return p.deliver(c, s, suffix)
}
