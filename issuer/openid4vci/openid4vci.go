// Package openid4vci is the issuing half of OpenID for Verifiable Credential Issuance 1.0: the pre-authorised code flow.
//
// It owns the protocol's own forms and errors: metadata, offers, the token, nonce, credential and notification endpoints, and
// the key proofs of wallets (OpenID4VCI 1.0 §4 to §12, appendix F.1). It refuses a proof that is not for this issuer, not
// fresh, not signed by the key that it names, or whose key anybody may have. Drafts 11 to 15 are answered in their own shape,
// with the same checks (docs/decisions/0025-wallets.md). What it decides about offers is the affair of package wallet.
package openid4vci

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
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
	NotificationPath   = "/openid4vci/notification"
)

// Wallets decides about offers, codes, nonces and tokens; *wallet.Service does.
type Wallets interface {
	Code(ctx context.Context, claim string, c wallet.Configuration) (wallet.Offered, error)
	Redeem(ctx context.Context, code, txCode string) (wallet.Grant, error)
	Nonce() (string, time.Duration, error)
	UseNonce(ctx context.Context, nonce string) error
	Admit(ctx context.Context, token string) (wallet.Ticket, error)
	Issue(ctx context.Context, t wallet.Ticket, h wallet.Holder) (wallet.Issued, string, error)
	Notify(ctx context.Context, t wallet.Ticket, id, event string) error
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
}

// API holds the handlers.
type API struct {
	c    Config
	dids *did.Resolver // of identities that are keys: it reaches nobody
}

// New makes the API.
func New(c Config) *API {
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
	return &API{c: c, dids: did.New(did.Config{Clock: c.Clock})}
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
}

// OfferURL is the address of the offer of a claim link in one form.
func OfferURL(base, claim string, c wallet.Configuration) string {
	return strings.TrimRight(base, "/") + OfferPath + "/" + claim + "/" + c.ID
}
