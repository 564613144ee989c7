package openid4vci

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// authorization is a request for authorisation that was checked (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID4VCI 1.0 §5). Nobody is
// registered here, so what it says of the wallet is shown to the person who decides.
type authorization struct {
	Client    string `json:"c"`
	Redirect  string `json:"r"`
	State     string `json:"s,omitempty"`
	Challenge string `json:"p"`
	Offer     string `json:"i"`           // issuer_state
	Key       string `json:"k,omitempty"` // thumbprint of the key that the wallet proved already
	Details   bool   `json:"d,omitempty"` // it had authorization_details
}

// Bounds of the parameters; names of pushed requests hold them all.
const (
	clientBytes   = 256
	redirectBytes = 512
	stateBytes    = 512
)

// binding is what an authorisation code is bound to beside its offer: none of the parts can hold the separator.
func binding(client, redirect, challenge, key string) []byte {
	sum := sha256.Sum256([]byte(strings.Join([]string{client, redirect, challenge, key}, "\n")))
	return sum[:]
}

type pushedAnswer struct {
	Name      string `json:"request_uri"`
	ExpiresIn int    `json:"expires_in"`
}

// push takes an authorisation request ahead of the person (RFC 9126).
func (a *API) push(g *gin.Context) error {
	form, err := readForm(g.Request)
	if err != nil {
		return err
	}
	if form.Has("request_uri") {
		return refuse(invalidRequest, "a pushed request names no other")
	}
	client, err := a.client(g, form.Get("client_id"))
	if err != nil {
		return err
	}
	key, err := a.provePushed(g, form)
	if err != nil {
		return err
	}
	r, err := a.readAuthorization(g.Request.Context(), form, client)
	if err != nil {
		return err
	}
	r.Key = key
	name, life, err := a.pushed(r)
	if err != nil {
		return err
	}
	return write(g, http.StatusCreated, pushedAnswer{Name: name, ExpiresIn: int(life.Seconds())})
}

// provePushed returns the thumbprint of the key that the code shall be bound to (RFC 9449 §10).
func (a *API) provePushed(g *gin.Context, form url.Values) (string, error) {
	named := form.Get("dpop_jkt")
	if named != "" && (len(named) != 43 || !base64URL(named)) {
		return "", refuse(invalidRequest, "dpop_jkt is no thumbprint")
	}
	// A proof that is pushed needs no nonce: the code is bound to its key, and a proof with a nonce follows.
	p, err := a.readKeyProof(g, PushPath, "")
	key := p.key
	if err == nil && named != "" && key != "" && named != key {
		err = refuse(invalidKeyProof, "dpop_jkt is not the key of the proof")
	}
	if key == "" {
		key = named
	}
	return key, err
}

func (a *API) pushed(r authorization) (string, time.Duration, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", 0, err
	}
	return a.c.Wallets.Push(text)
}

// readAuthorization checks a request, pushed or not.
func (a *API) readAuthorization(ctx context.Context, form url.Values, client string) (authorization, error) {
	r := authorization{
		Client: client, Redirect: form.Get("redirect_uri"), State: form.Get("state"), Challenge: form.Get("code_challenge"),
		Offer: form.Get("issuer_state"),
	}
	switch {
	case form.Has("request"):
		return r, refuse("request_not_supported", "request objects are not taken")
	case form.Get("response_type") != "code":
		return r, refuse("unsupported_response_type", "response_type is not code")
	case client == "" || len(client) > clientBytes || !visible(client):
		return r, refuse(invalidRequest, "client_id is missing, too long, or holds what it may not")
	case len(r.State) > stateBytes || !visible(r.State):
		return r, refuse(invalidRequest, "state is too long, or holds what it may not")
	case form.Get("code_challenge_method") != "S256" || len(r.Challenge) != 43 || !base64URL(r.Challenge):
		return r, refuse(invalidRequest, "code_challenge of the method S256 is missing")
	}
	if err := checkRedirect(r.Redirect); err != nil {
		return r, err
	}
	if r.Offer == "" {
		return r, refuse(invalidRequest, "issuer_state is missing: begin with the link that the learner was sent")
	}
	asked, err := a.c.Wallets.Authorizing(ctx, r.Offer)
	if err != nil {
		if fault.Describe(err).Code == wallet.CodeWrong {
			return r, refuse(invalidRequest, "issuer_state is none of ours, has ended, or its offer is over")
		}
		return r, err
	}
	if scopes := strings.Fields(form.Get("scope")); len(scopes) > 0 && !slices.Contains(scopes, asked.Configuration.ID) {
		return r, refuse("invalid_scope", "the scope is not that of the offer")
	}
	r.Details, err = askedDetails(form, asked.Configuration)
	return r, err
}

// visible reports whether a text keeps to what parameters may hold (RFC 6749 appendix A).
func visible(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func base64URL(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// checkRedirect takes the address of a wallet: https, the scheme of an app, or http on the wallet's own machine (RFC 8252 §7).
func checkRedirect(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || address == "" || len(address) > redirectBytes || !visible(address) || strings.ContainsAny(address, " \"<>\\^`{|}"):
		return refuse(invalidRequest, "redirect_uri is missing, too long or no address")
	case u.Scheme == "" || u.Fragment != "" || strings.Contains(address, "#") || u.User != nil:
		return refuse(invalidRequest, "redirect_uri is not absolute, or has a fragment or a user")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return !base64URL(string(r)) && !strings.ContainsRune(".:[]", r) }):
		return refuse(invalidRequest, "redirect_uri has no host as hosts are written")
	case u.Scheme == "https" && u.Host != "", u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname()):
		return nil
	case slices.Contains(noWallets(), u.Scheme):
		return refuse(invalidRequest, "redirect_uri has a scheme that leads to no wallet")
	}
	return nil
}

// noWallets are schemes that no app has for itself.
func noWallets() []string {
	return []string{"http", "https", "javascript", "data", "vbscript", "file", "blob", "about", "ws", "wss", "ftp", "mailto", "tel", "sms"}
}

// found reads the request that somebody opened: by its name, or written out where that is allowed.
func (a *API) found(ctx context.Context, q url.Values) (name string, r authorization, err error) {
	if name = q.Get("request_uri"); name == "" {
		if a.c.Profile == HAIP {
			return "", r, refuse(invalidRequest, "the request was not pushed (RFC 9126)")
		}
		if r, err = a.readAuthorization(ctx, q, q.Get("client_id")); err == nil {
			name, _, err = a.pushed(r)
		}
		return name, r, err
	}
	text, err := a.c.Wallets.Pushed(name)
	if err != nil {
		return name, r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return name, r, err
	}
	if client := q.Get("client_id"); client != r.Client {
		return name, r, refuse(invalidRequest, "client_id is not that of the pushed request")
	}
	return name, r, nil
}

// Asked returns what a wallet asks of the person who opened the address of an authorisation request. Everything that is wrong
// with it is fault.Invalid: nobody is sent to an address that a stranger named unless they said so.
func (a *API) Asked(ctx context.Context, q url.Values) (wallet.Asked, error) {
	name, r, err := a.found(ctx, q)
	if err != nil {
		return wallet.Asked{}, toPerson(err)
	}
	on, err := a.c.Wallets.Authorizing(ctx, r.Offer)
	return wallet.Asked{Request: name, Client: r.Client, Redirect: r.Redirect, Authorizing: on}, toPerson(err)
}

// Allow is the word of a person that the wallet gets the badge, and returns where to send them. A wrong transaction code is
// fault.Invalid with the code wallet.TxWrong or wallet.TxMissing; the request is not used up by it.
func (a *API) Allow(ctx context.Context, q url.Values, txCode string) (string, error) {
	name, r, err := a.found(ctx, q)
	if err != nil {
		return "", toPerson(err)
	}
	code, err := a.c.Wallets.Authorize(ctx, wallet.Consent{
		Request: name, State: r.Offer, TxCode: txCode, Binding: binding(r.Client, r.Redirect, r.Challenge, r.Key), Details: r.Details,
	})
	if err != nil {
		return "", toPerson(err)
	}
	return a.back(r, "code", code), nil
}

// Deny is the word of a person that the wallet gets nothing, and returns where to send them.
func (a *API) Deny(ctx context.Context, q url.Values) (string, error) {
	_, r, err := a.found(ctx, q)
	if err != nil {
		return "", toPerson(err)
	}
	return a.back(r, "error", "access_denied"), nil
}

// back is the wallet's address with the answer, and who answers (RFC 9207).
func (a *API) back(r authorization, name, value string) string {
	answer := url.Values{name: {value}, "iss": {a.c.BaseURL}}
	if r.State != "" {
		answer.Set("state", r.State)
	}
	sep := "?"
	if strings.Contains(r.Redirect, "?") {
		sep = "&"
	}
	return r.Redirect + sep + answer.Encode()
}

// toPerson makes an error of the protocol one that a page shows.
func toPerson(err error) error {
	if r, ok := asRefusal(err); ok {
		return fault.New(fault.Invalid, err, "%s", r.detail).Code("authorization.request").Hint("begin again with the link that you were sent")
	}
	return err
}

// askedDetails reads authorization_details: whether they are there, and that they ask for what the offer holds (OpenID4VCI 1.0
// §5.1.1).
func askedDetails(form url.Values, of wallet.Configuration) (bool, error) {
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
			return false, refuse(invalidDetails, "only openid_credential is known")
		}
		id := d.Member("credential_configuration_id").Text()
		if _, ok := wallet.Find(id); !ok || of.ID != "" && id != of.ID {
			return false, refuse(invalidDetails, "the credential configuration is not known, or not that of the offer")
		}
	}
	return true, nil
}
