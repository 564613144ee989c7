package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/api"
	"github.com/openlaurel/laurel/issuer/exchange"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/issuer/wallet"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// newWallets wires the way into wallets.
func newWallets(a *app, kek keys.KEK) (*wallet.Service, error) {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel wallet codes", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the wallet codes: %w", err)
	}
	return wallet.New(wallet.Config{Store: a.store, Offers: a.offers, Issuer: toWallets{a.awards, switches{a}}, Secret: secret})
}

// toWallets is the write side as wallets need it.
type toWallets struct {
	awards   *issuer.Service
	switches switches // where an offer does not say what becomes of the files
}

// IssueTo implements wallet.Issuer.
func (w toWallets) IssueTo(ctx context.Context, in wallet.Wanted) (wallet.Issued, error) {
	actor, h, c := "wallet", in.Holder, in.Configuration
	if h.Waived != "" {
		actor += ", waived: " + h.Waived
	}
	made, err := w.awards.IssueAs(ctx, in.AwardID, issuer.As{
		Form: c.Form, Cryptosuite: c.Cryptosuite, Holder: issuer.Holder{ID: h.ID, Key: h.Key},
	}, actor)
	bound := h.ID != "" || h.Key != nil
	unbound := in.Unbound
	if err == nil && bound && unbound == offer.AsSet {
		var set string
		set, err = w.switches.value(ctx, switchUnbound)
		unbound = offer.Unbound(set)
	}
	if err == nil && bound && unbound == offer.Supersede {
		err = w.awards.Supersede(ctx, in.AwardID, actor)
	}
	if err != nil {
		return wallet.Issued{}, err
	}
	return wallet.Issued{ID: made.ID, Signed: made.Signed, Holder: h.ID}, nil
}

// presenter is the verifier as an exchange needs it.
type presenter struct{ app *app }

// Present implements exchange.Presenter and openid4vci.Presenter. The older links of an exchange name no domain, so that none is
// compared; their challenge is bound to one claim link of this deployment.
func (p presenter) Present(ctx context.Context, presentation []byte, challenge, domain string) (string, error) {
	item, _, err := intake.Read(presentation, intake.Hint{})
	if err == nil && !item.Presentation {
		err = fault.Wrong("vp.malformed", "", "a presentation is expected")
	}
	if err != nil {
		d := fault.AsDefect(err)
		return "", fault.New(fault.Invalid, err, "%s", d.Detail).Code(d.Code).At(d.At)
	}
	r := p.app.verifier.VerifyPresentation(ctx, item, verifier.PresentationPolicy{Nonce: challenge, Audience: domain})
	if r.Verdict == verifier.Valid && r.Holder != "" {
		return r.Holder, nil
	}
	for _, c := range r.Checks {
		if c.Outcome == verifier.Fail || c.Outcome == verifier.Unknown {
			return "", fault.New(fault.Invalid, nil, "the presentation is not taken: %s", c.Detail).Code(c.Code).At(c.At)
		}
	}
	return "", fault.New(fault.Invalid, nil, "the presentation does not show whose wallet this is").Code("vp.holder")
}

// newIssuance wires OpenID4VCI.
func newIssuance(a *app, kek keys.KEK, certs certificates) (*openid4vci.API, error) {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel wallet requests", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the requests of wallets: %w", err)
	}
	providers, err := readAuthorities(a.cfg.WalletProviders)
	if err != nil {
		return nil, err
	}
	c := openid4vci.Config{
		BaseURL: a.base, Wallets: a.wallets, Logger: a.log, Secret: secret, Presenter: presenter{a}, Signer: metadataKeys{requestKeys{app: a, certs: certs}},
		Providers: providers, Compat: switches{a}.compat,
	}
	if !a.cfg.HAIP {
		return openid4vci.New(c)
	}
	if providers == nil || len(certs) == 0 {
		return nil, fault.New(fault.Invalid, nil, "the HAIP profile needs the settings certificates and wallet_providers").
			Hint("wallets of this profile go by certificates, and show one of their own: see docs/operate.md")
	}
	c.Profile = openid4vci.HAIP
	return openid4vci.New(c)
}

// metadataKeys signs metadata with the key of the host's own issuer, or of the first one.
type metadataKeys struct{ requestKeys }

// Sign implements openid4vci.Signer.
func (k metadataKeys) Sign(ctx context.Context, typ string, claims []byte) ([]byte, error) {
	s, err := k.lend(ctx, signlog.WalletMetadata)
	if err != nil {
		return nil, err
	}
	token, err := jose.NewTokenSigner(typ, s.Key)
	if err != nil {
		return nil, err
	}
	return token.Sign(claims)
}

// walletLinks makes the links of the claim page.
type walletLinks struct{ app *app }

// Has implements pages.Wallets.
func (w walletLinks) Has(choice string) bool {
	_, known := wallet.Find(choice)
	return !known || slices.ContainsFunc(w.app.issuance.Configurations(), func(c wallet.Configuration) bool { return c.ID == choice })
}

// Link implements pages.Wallets.
func (w walletLinks) Link(ctx context.Context, claim, choice string) (string, error) {
	if c, ok := wallet.Find(choice); ok {
		return w.app.issuance.Link(claim, c), nil
	}
	switch choice {
	case "lcw":
	case "did":
		return w.app.base + "/claim/" + claim + "?iuv=1&did=1", nil
	default:
		return w.app.base + "/claim/" + claim + "?iuv=1", nil
	}
	challenge, err := w.app.wallets.Challenge(ctx, claim)
	if err != nil {
		return "", err
	}
	host, err := url.Parse(w.app.base)
	if err != nil {
		return "", err
	}
	return "https://lcw.app/request.html?issuer=" + url.QueryEscape(host.Host) + "&auth_type=bearer&challenge=" + challenge +
		"&vc_request_url=" + url.QueryEscape(exchange.BoundURL(w.app.base, claim)), nil
}

// Protocols implements pages.Wallets: what a wallet that read the interaction URL can go on with (VCALM).
func (w walletLinks) Protocols(claim string, o pages.Offering) map[string]string {
	out := map[string]string{}
	switch o {
	case pages.Plainly:
		out["vcapi"] = exchange.URL(w.app.base, claim)
	case pages.AfterSignIn:
		out["vcapi"] = exchange.SignInURL(w.app.base, claim)
	case pages.WithTxCode: // the VC-API knows no transaction code
	}
	if c, ok := wallet.Find("badge-ldp"); ok {
		if !w.Has(c.ID) {
			c = w.app.issuance.Configurations()[0]
		}
		link := w.app.issuance.Link(claim, c)
		out["oid4vci-1.0"], out["OID4VCI"] = link, link
	}
	return out
}

// WalletLinks implements api.WalletLinks.
func (w walletLinks) WalletLinks(ctx context.Context, claim string) ([]api.WalletLink, error) {
	var out []api.WalletLink
	for _, c := range w.app.issuance.Configurations() {
		value, err := w.app.issuance.LinkByValue(ctx, claim, c)
		if err != nil {
			return nil, err
		}
		out = append(out, api.WalletLink{Configuration: c.ID, Link: w.app.issuance.Link(claim, c), ByValue: value})
	}
	return out, nil
}
