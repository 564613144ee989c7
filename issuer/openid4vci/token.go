package openid4vci

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer/wallet"
)

const (
	preAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
	detailsType   = "openid_credential"
)

// formBytes bounds a token request; codes and authorization_details take a few hundred bytes.
const formBytes = 16 << 10

type txCode struct {
	Mode   string `json:"input_mode"`
	Length int    `json:"length"`
}

type grant struct {
	Code   string  `json:"pre-authorized_code"`
	TxCode *txCode `json:"tx_code,omitempty"`
}

// Offer is a credential offer (OpenID4VCI 1.0 §4.1.1).
type Offer struct {
	Issuer         string           `json:"credential_issuer"`
	Configurations []string         `json:"credential_configuration_ids"`
	Grants         map[string]grant `json:"grants"`
}

// NewOffer writes the offer of a pre-authorised code.
func NewOffer(base string, o wallet.Offered) Offer {
	g := grant{Code: o.Code}
	if o.TxCode > 0 {
		g.TxCode = &txCode{Mode: "numeric", Length: o.TxCode}
	}
	return Offer{Issuer: base, Configurations: []string{o.Configuration.ID}, Grants: map[string]grant{preAuthorized: g}}
}

// offer answers an offer by reference. Each reader gets a code of its own, and nothing is stored or used up.
func (a *API) offer(g *gin.Context) error {
	c, ok := wallet.Find(g.Param("configuration"))
	if !ok {
		return fault.New(fault.NotFound, nil, "badges are not offered in this form").Code("offer.configuration")
	}
	o, err := a.c.Wallets.Code(g.Request.Context(), g.Param("code"), c)
	if err != nil {
		return err
	}
	return write(g, http.StatusOK, NewOffer(a.c.BaseURL, o))
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

// token changes a pre-authorised code into an access token (OpenID4VCI 1.0 §6).
func (a *API) token(g *gin.Context) error {
	form, err := readForm(g.Request)
	if err != nil {
		return err
	}
	switch form.Get("grant_type") {
	case preAuthorized:
	case "":
		return refuse(invalidRequest, "grant_type is missing")
	default:
		return refuse(unsupportedGrant, "only the pre-authorised code is taken")
	}
	code := form.Get("pre-authorized_code")
	if code == "" {
		return refuse(invalidRequest, "pre-authorized_code is missing")
	}
	asked, err := askedDetails(form)
	if err != nil {
		return err
	}
	granted, err := a.c.Wallets.Redeem(g.Request.Context(), code, txOf(form))
	if err != nil {
		return redeemError(err)
	}
	nonce, life, err := a.c.Wallets.Nonce()
	if err != nil {
		return err
	}
	out := tokenAnswer{
		Token: granted.Token, Type: "bearer", ExpiresIn: int(granted.ExpiresIn.Seconds()), Nonce: nonce, NonceEnd: int(life.Seconds()),
	}
	if asked {
		out.Details = []detail{{Type: detailsType, Configuration: granted.Configuration.ID, Identifiers: []string{granted.Configuration.ID}}}
	}
	return write(g, http.StatusOK, out)
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

// askedDetails reads authorization_details: whether they are there, and that they ask for what exists (OpenID4VCI 1.0 §5.1.1).
// Which configuration is granted stands in the code.
func askedDetails(form url.Values) (bool, error) {
	text := form.Get("authorization_details")
	if text == "" {
		return false, nil
	}
	list, err := ijson.Parse([]byte(text), ijson.Bounds{Bytes: formBytes, Depth: 8, Members: 256})
	if err != nil || list.Kind() != ijson.Array || len(list.Elems()) == 0 {
		return false, refuse(invalidRequest, "authorization_details is no list")
	}
	for _, d := range list.Elems() {
		if d.Member("type").Text() != detailsType {
			return false, refuse("invalid_authorization_details", "only openid_credential is known")
		}
		if _, ok := wallet.Find(d.Member("credential_configuration_id").Text()); !ok {
			return false, refuse("invalid_authorization_details", "the credential configuration is not known")
		}
	}
	return true, nil
}

type nonceAnswer struct {
	Nonce string `json:"c_nonce"`
}

// nonce answers anybody (OpenID4VCI 1.0 §7).
func (a *API) nonce(g *gin.Context) error {
	n, _, err := a.c.Wallets.Nonce()
	if err != nil {
		return err
	}
	return write(g, http.StatusOK, nonceAnswer{n})
}
