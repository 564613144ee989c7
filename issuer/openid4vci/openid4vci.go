// Package openid4vci is the issuing half of OpenID for Verifiable Credential Issuance 1.0: the pre-authorised code flow, and the
// authorisation code flow in which the holder of a claim link agrees on a page.
//
// It owns the protocol's own forms and errors: metadata, offers, pushed requests (RFC 9126), the token, nonce, credential,
// deferred and notification endpoints, proofs of keys (OpenID4VCI 1.0 §4 to §12, appendices D and F; RFC 9449), wallet
// attestations and encryption. It refuses a proof that is not for this issuer, not fresh, not signed by the key that it names,
// or whose key anybody may have; a token without the key that it is bound to; and an authorisation code without its PKCE
// verifier. Drafts 11 to 15 are answered in their own shape, with the same checks (docs/decisions/0025-wallets.md). What it
// decides about offers is the affair of package wallet.
package openid4vci

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// Paths of the endpoints.
const (
	IssuerMetadataPath = "/.well-known/openid-credential-issuer"
	ServerMetadataPath = "/.well-known/oauth-authorization-server"
	OfferPath          = "/openid4vci/offers"
	TokenPath          = "/openid4vci/token"
	NoncePath          = "/openid4vci/nonce"
	CredentialPath     = "/openid4vci/credential"
	DeferredPath       = "/openid4vci/deferred"
	PushPath           = "/openid4vci/par"
	AuthorizePath      = "/openid4vci/authorize" // a page of package pages
	NotificationPath   = "/openid4vci/notification"
)

// Wallets decides about offers, codes, nonces and tokens; *wallet.Service does.
type Wallets interface {
	Code(ctx context.Context, claim string, c wallet.Configuration) (wallet.Offered, error)
	Redeem(ctx context.Context, code, txCode, key string) (wallet.Grant, error)
	Nonce() (string, time.Duration, error)
	UseNonce(ctx context.Context, nonce string) error
	Admit(ctx context.Context, token string) (wallet.Ticket, error)
	Issue(ctx context.Context, t wallet.Ticket, hs []wallet.Holder) (wallet.Delivered, error)
	Deferred(ctx context.Context, t wallet.Ticket, id string) (wallet.Delivered, error)
	Notify(ctx context.Context, t wallet.Ticket, id, event string) error
	Authorizations
	KeyProofs
}

// Authorizations is what Wallets decides about the authorisation code flow.
type Authorizations interface {
	State(ctx context.Context, claim string, c wallet.Configuration) (string, error)
	Authorizing(ctx context.Context, state string) (wallet.Authorizing, error)
	Push(request []byte) (string, time.Duration, error)
	Pushed(name string) ([]byte, error)
	Authorize(ctx context.Context, c wallet.Consent) (string, error)
	Exchange(ctx context.Context, code string, bindings [][]byte, key string) (g wallet.Grant, details bool, err error)
}

// KeyProofs is what Wallets remembers of proofs of keys.
type KeyProofs interface {
	KeyNonce() (string, error)
	UseKeyProof(ctx context.Context, nonce, id string) error
	UseOnce(ctx context.Context, id string, until time.Time) error
}

// Presenter judges a presentation with an embedded proof. Holder is whose key signed it; fault.Invalid when it does not hold,
// answers another challenge or is for another domain. The verifier stands behind it.
type Presenter interface {
	Present(ctx context.Context, presentation []byte, challenge, domain string) (holder string, err error)
}

// Signer signs metadata with a key of the deployment.
type Signer interface {
	Sign(ctx context.Context, typ string, claims []byte) ([]byte, error)
}

// Profile is what wallets have to keep to.
type Profile int

// The profiles.
const (
	Open Profile = iota // whatever the standard allows
	HAIP                // OpenID4VC High Assurance Interoperability Profile 1.0: pushed requests, bound tokens, attested wallets, SD-JWT VC
)

// Compat are waivers for clients that break a rule. None is on unless somebody turned it on.
type Compat struct {
	// ProofsWithoutTypeUnsafe takes key proofs without typ and iat, as the client library of Digital Bazaar writes them: a token
	// that was signed for another purpose, with this issuer as audience and a fresh nonce, would pass too.
	ProofsWithoutTypeUnsafe bool
}

// Errors writes what is no error of the protocol; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what the API works with.
type Config struct {
	BaseURL string // the credential issuer identifier: an origin, without a slash at the end
	Name    string // of the deployment, for people; default: the host
	Wallets Wallets
	Errors  Errors
	Clock   func() time.Time
	Logger  *slog.Logger

	Secret    []byte         // 32 bytes that only this deployment knows; without them nothing is encrypted
	Presenter Presenter      // nil: no key proofs of the type di_vp
	Signer    Signer         // nil: metadata is not signed
	Providers *x509.CertPool // authorities that vouch for providers of wallets; nil: attestations say nothing here
	Profile   Profile
	Compat    func(context.Context) (Compat, error) // how it stands at a moment; nil: nothing is waived
}

// API holds the handlers.
type API struct {
	c        Config
	dids     *did.Resolver // of identities that are keys: it reaches nobody
	envelope envelope

	mu     sync.Mutex
	kept   []byte // signed metadata
	keptAt time.Time
}

// New makes the API. The HAIP profile without authorities for providers of wallets is refused: no wallet could come.
func New(c Config) (*API, error) {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Name == "" {
		_, c.Name, _ = strings.Cut(c.BaseURL, "://")
	}
	if c.Profile == HAIP && c.Providers == nil {
		return nil, errors.New("openid4vci: the HAIP profile needs authorities that vouch for wallets")
	}
	a := &API{c: c, dids: did.New(did.Config{Clock: c.Clock})}
	if len(c.Secret) == 0 {
		return a, nil
	}
	var err error
	a.envelope, err = newEnvelope(c.Secret)
	return a, err
}

// Register adds the routes. The identifier is an origin, so that both layouts of well-known addresses are one; some wallets
// put a slash at the end.
func (a *API) Register(r gin.IRoutes) {
	for _, slash := range [...]string{"", "/"} {
		r.GET(IssuerMetadataPath+slash, a.handle(a.issuerMetadata))
		r.GET(ServerMetadataPath+slash, a.handle(a.serverMetadata))
	}
	r.GET(OfferPath+"/:code/:configuration", a.handle(a.offer))
	r.POST(TokenPath, a.handle(a.token))
	r.POST(NoncePath, a.handle(a.nonce))
	r.POST(CredentialPath, a.handle(a.credential))
	r.POST(NotificationPath, a.handle(a.notification))
	r.POST(DeferredPath, a.handle(a.deferred))
	r.POST(PushPath, a.handle(a.push))
}

// OfferURL is the address of the offer of a claim link in one form.
func OfferURL(base, claim string, c wallet.Configuration) string {
	return strings.TrimRight(base, "/") + OfferPath + "/" + claim + "/" + c.ID
}

// Link is what opens a wallet with the offer of a claim link, by reference.
func (a *API) Link(claim string, c wallet.Configuration) string {
	return a.scheme() + "credential_offer_uri=" + url.QueryEscape(OfferURL(a.c.BaseURL, claim, c))
}

// LinkByValue is Link with the offer in it: a code that lives for some minutes. The faults are those of Offer.
func (a *API) LinkByValue(ctx context.Context, claim string, c wallet.Configuration) (string, error) {
	o, err := a.Offer(ctx, claim, c)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(o)
	return a.scheme() + "credential_offer=" + url.QueryEscape(string(text)), err
}

func (a *API) scheme() string {
	if a.c.Profile == HAIP {
		return "haip-vci://?"
	}
	return "openid-credential-offer://?"
}
