package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/web"
)

// Wallets makes the links by which wallets take the badge of a claim link.
type Wallets interface {
	// Has reports whether a choice of the page, by its key, can be made here.
	Has(choice string) bool
	// Link returns the link for one choice of the page, by its key.
	Link(ctx context.Context, claim, choice string) (string, error)
	// Protocols returns what a wallet goes on with that read the interaction URL.
	Protocols(claim string, o Offering) map[string]string
}

// Offering is how an interaction URL gives the badge.
type Offering int

// The ways.
const (
	Plainly     Offering = iota // to whoever has the link, about nobody's key in particular
	AfterSignIn                 // about the DID by which a wallet signs in
	WithTxCode                  // only where a transaction code is asked for
)

// WalletChoice is one line under "Which wallet?": names that people know their wallet by.
type WalletChoice struct {
	Key, Names, URL string
	Chosen          bool
}

// Taking is the wallet that was chosen: a button for this device, and a code for another one.
type Taking struct {
	Names  string
	Button template.URL // its scheme opens the wallet
	Link   string       // for a wallet that is a page, to be copied into it; empty beside a button
	QR     string
}

// otherWallet is the choice of who does not find theirs: the interaction URL.
const otherWallet = "other"

// walletChoices lists the choices in their order. docs/wallets.md says what was tried.
func walletChoices() []WalletChoice {
	return []WalletChoice{
		{Key: "lcw", Names: "Learner Credential Wallet"},
		{Key: "badge-ldp", Names: "LearnCard, Veres Wallet"},
		{Key: "badge-sdjwt", Names: "Paradym, Lissi, Sphereon, EUDI"},
		{Key: "badge-jwt11", Names: "walt.id, Talao, Altme"},
		{Key: otherWallet},
	}
}

// choicesFor lists the choices for an offer. One with a transaction code leaves out the wallets that know no way to ask for it.
func (p *Pages) choicesFor(digits int) []WalletChoice {
	return slices.DeleteFunc(walletChoices(), func(w WalletChoice) bool {
		return !p.c.Wallets.Has(w.Key) || digits > 0 && (w.Key == "lcw" || w.Key == otherWallet)
	})
}

// fillWallets puts the choices on the page, and what was chosen.
func (p *Pages) fillWallets(c *gin.Context, data *ClaimPage, code string) error {
	if p.c.Wallets == nil || data.Used || data.Standing == "revoked" {
		return nil
	}
	if data.Digits == 0 && !data.Superseded {
		data.CHAPI = "/claim/" + code + "?iuv=1"
	}
	for _, w := range p.choicesFor(data.Digits) {
		w.URL, w.Chosen = "/claim/"+code+"?wallet="+w.Key+"#wallet", c.Query("wallet") == w.Key
		data.Wallets = append(data.Wallets, w)
		if !w.Chosen {
			continue
		}
		link, err := p.c.Wallets.Link(c.Request.Context(), code, w.Key)
		if err != nil {
			return err
		}
		button := template.URL(link) //nolint:gosec // made here, of ids and the base URL
		data.Taking = &Taking{Names: w.Names, Button: button, QR: "/claim/" + code + "/wallet-" + w.Key + ".svg"}
		if w.Key == otherWallet {
			data.Taking.Button, data.Taking.Link = "", link
		}
	}
	return nil
}

// digits is the length of the transaction code of an offer; 0: it has none.
func digits(o offer.Offer) int {
	if len(o.TxHash) == 0 {
		return 0
	}
	return offer.TxDigits
}

// walletCode draws the link of a choice for the camera of a phone.
func (p *Pages) walletCode(c *gin.Context, code, choice string, o offer.Offer) error {
	if p.c.Wallets == nil {
		return notHere()
	}
	for _, w := range p.choicesFor(digits(o)) {
		if w.Key != choice {
			continue
		}
		link, err := p.c.Wallets.Link(c.Request.Context(), code, choice)
		if err != nil {
			return err
		}
		body, err := qr.SVG(link)
		if err != nil {
			return err
		}
		c.Writer.Header().Set("Cache-Control", "no-store")
		return send(c, file{media: mediaSVG, body: body})
	}
	return notHere()
}

// interaction answers a wallet that read the interaction URL, in place of the page. Of a link that is over, or was taken by
// another wallet, it hears why, in its own language: a page would be no answer to it.
func (p *Pages) interaction(c *gin.Context, code string) error {
	if !isID(code) {
		return notHere()
	}
	o, err := p.c.Offers.Look(c.Request.Context(), code)
	if err != nil {
		return err
	}
	a, err := p.c.Awards.Find(c.Request.Context(), o.AwardID)
	if err != nil {
		return fmt.Errorf("award of a claim link: %w", err)
	}
	if a.State() != issuer.Active {
		return fault.New(fault.Conflict, nil, "The award is %s.", a.State()).Code("award." + string(a.State()))
	}
	how := Plainly
	switch {
	case digits(o) > 0:
		how = WithTxCode
	case c.Query("did") != "" || a.Superseded(): // a copy of nobody in particular is not given any more
		how = AfterSignIn
	}
	body, err := json.Marshal(map[string]any{"protocols": p.c.Wallets.Protocols(code, how)})
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, mediaJSON, body)
	return nil
}

// asksProtocols reports whether a wallet asks, and not a person.
func (p *Pages) asksProtocols(c *gin.Context) bool {
	return p.c.Wallets != nil && c.Query("iuv") != "" && web.Prefer(c.GetHeader("Accept"), mediaHTML, mediaJSON) == mediaJSON
}
