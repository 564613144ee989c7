package openid4vci

import (
	"context"
	"mime"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/wallet"
)

const (
	preAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
	detailsType   = "openid_credential"

	authorizationCode = "authorization_code"
)

// formBytes bounds a token request; codes and authorization_details take a few hundred bytes.
const formBytes = 16 << 10

type txCode struct {
	Mode   string `json:"input_mode"`
	Length int    `json:"length"`
}

type grant struct {
	Code   string  `json:"pre-authorized_code,omitempty"`
	TxCode *txCode `json:"tx_code,omitempty"`
	State  string  `json:"issuer_state,omitempty"`
}

// Offer is a credential offer (OpenID4VCI 1.0 §4.1.1).
type Offer struct {
	Issuer         string           `json:"credential_issuer"`
	Configurations []string         `json:"credential_configuration_ids"`
	Grants         map[string]grant `json:"grants"`
}

// Offer writes the offer of a claim link in one form, with a code that was made for this reader. In the HAIP profile there is
// none but what a person agrees to. The faults are those of wallet.Service.Code.
func (a *API) Offer(ctx context.Context, claim string, c wallet.Configuration) (Offer, error) {
	state, err := a.c.Wallets.State(ctx, claim, c)
	if err != nil {
		return Offer{}, err
	}
	out := Offer{Issuer: a.c.BaseURL, Configurations: []string{c.ID}, Grants: map[string]grant{authorizationCode: {State: state}}}
	if a.c.Profile == HAIP {
		return out, nil
	}
	o, err := a.c.Wallets.Code(ctx, claim, c)
	if err != nil {
		return Offer{}, err
	}
	g := grant{Code: o.Code}
	if o.TxCode > 0 {
		g.TxCode = &txCode{Mode: "numeric", Length: o.TxCode}
	}
	out.Grants[preAuthorized] = g
	return out, nil
}

// offer answers an offer by reference. Each reader gets a code of its own, and nothing is stored or used up.
func (a *API) offer(g *gin.Context) error {
	c, ok := a.configuration(g.Param("configuration"))
	if !ok {
		return fault.New(fault.NotFound, nil, "badges are not offered in this form").Code("offer.configuration")
	}
	o, err := a.Offer(g.Request.Context(), g.Param("code"), c)
	if err != nil {
		return err
	}
	return write(g, http.StatusOK, o)
}

type detail struct {
	Type          string   `json:"type"`
	Configuration string   `json:"credential_configuration_id"`
	Identifiers   []string `json:"credential_identifiers"`
}

type tokenAnswer struct {
	Token     string   `json:"access_token"`
	Type      string   `json:"token_type"` // some clients compare it without regard to RFC 6749 §5.1, and all take this spelling
	ExpiresIn int      `json:"expires_in"`
	Details   []detail `json:"authorization_details,omitempty"`
	// Drafts up to 14 have no nonce endpoint.
	Nonce    string `json:"c_nonce,omitempty"`
	NonceEnd int    `json:"c_nonce_expires_in,omitempty"`
}

// token changes a code into an access token (OpenID4VCI 1.0 §6).
func (a *API) token(g *gin.Context) error {
	form, err := readForm(g.Request)
	if err != nil {
		return err
	}
	client, err := a.client(g, form.Get("client_id"))
	if err != nil {
		return err
	}
	key, err := a.proveKey(g, TokenPath, "")
	if err == nil && key == "" && a.c.Profile == HAIP {
		err = refuse(invalidKeyProof, "the request has no proof of a key")
	}
	if err != nil {
		return err
	}
	var out tokenAnswer
	switch form.Get("grant_type") {
	case preAuthorized:
		out, err = a.redeem(g.Request.Context(), form, key)
	case authorizationCode:
		out, err = a.exchange(g.Request.Context(), form, client, key)
	case "":
		err = refuse(invalidRequest, "grant_type is missing")
	default:
		err = refuse(unsupportedGrant, "only the pre-authorised code and the authorisation code are taken")
	}
	if err != nil {
		return err
	}
	out.Type = "bearer"
	if key != "" {
		out.Type = keyProofHeader
	}
	return write(g, http.StatusOK, out)
}

// redeem takes a pre-authorised code.
func (a *API) redeem(ctx context.Context, form url.Values, key string) (tokenAnswer, error) {
	code := form.Get("pre-authorized_code")
	switch {
	case a.c.Profile == HAIP:
		return tokenAnswer{}, refuse(unsupportedGrant, "only the authorisation code is taken")
	case code == "":
		return tokenAnswer{}, refuse(invalidRequest, "pre-authorized_code is missing")
	}
	asked, err := askedDetails(form, wallet.Configuration{})
	if err != nil {
		return tokenAnswer{}, err
	}
	granted, err := a.c.Wallets.Redeem(ctx, code, txOf(form), key)
	if err != nil {
		return tokenAnswer{}, redeemError(err)
	}
	return a.granted(granted, asked)
}

// exchange takes an authorisation code, with what shows that it is whoever asked for it (RFC 7636 §4.5).
func (a *API) exchange(ctx context.Context, form url.Values, client, key string) (tokenAnswer, error) {
	verifier := form.Get("code_verifier")
	if form.Get("code") == "" || len(verifier) < 43 || len(verifier) > 128 || !visible(verifier) {
		return tokenAnswer{}, refuse(invalidRequest, "code or code_verifier is missing, too short or too long")
	}
	bindings := [][]byte{binding(client, form.Get("redirect_uri"), hashed(verifier), "")}
	if key != "" {
		bindings = append(bindings, binding(client, form.Get("redirect_uri"), hashed(verifier), key))
	}
	granted, details, err := a.c.Wallets.Exchange(ctx, form.Get("code"), bindings, key)
	if err != nil {
		return tokenAnswer{}, redeemError(err)
	}
	return a.granted(granted, details)
}

// granted writes an access token. Details are those that the request asked for.
func (a *API) granted(granted wallet.Grant, details bool) (tokenAnswer, error) {
	nonce, life, err := a.c.Wallets.Nonce()
	out := tokenAnswer{Token: granted.Token, ExpiresIn: int(granted.ExpiresIn.Seconds()), Nonce: nonce, NonceEnd: int(life.Seconds())}
	if details {
		out.Details = []detail{{Type: detailsType, Configuration: granted.Configuration.ID, Identifiers: []string{granted.Configuration.ID}}}
	}
	return out, err
}

// txOf returns the transaction code; drafts up to 12 called it user_pin.
func txOf(form url.Values) string {
	if code := form.Get("tx_code"); code != "" {
		return code
	}
	return form.Get("user_pin")
}

func redeemError(err error) error {
	p := fault.Describe(err)
	switch p.Code {
	case wallet.CodeWrong, wallet.TxWrong:
		return refuse(invalidGrant, p.Sentence)
	case wallet.TxMissing, wallet.TxUnexpected:
		return refuse(invalidRequest, p.Sentence)
	}
	return err
}

// readForm reads a form whose parameters stand there once (RFC 6749 §3.2).
func readForm(r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, refuse(invalidRequest, "the request is a form")
	}
	body, err := readBody(r, formBytes)
	if err != nil {
		return nil, refuse(invalidRequest, "the request is too long")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse(invalidRequest, "the form is not well formed")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, refuse(invalidRequest, "a parameter stands there twice: "+name)
		}
	}
	return form, nil
}

type nonceAnswer struct {
	Nonce string `json:"c_nonce"`
}

// nonce answers anybody (OpenID4VCI 1.0 §7).
func (a *API) nonce(g *gin.Context) error {
	n, _, err := a.c.Wallets.Nonce()
	if err == nil {
		err = a.offerKeyNonce(g)
	}
	if err != nil {
		return err
	}
	return write(g, http.StatusOK, nonceAnswer{n})
}
