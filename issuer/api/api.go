// Package api is the management API under /api/v1: awards, revocations, learner records, endorsements, issuers, achievements,
// tokens and events, for
// programs with a bearer token (RFC 6750), described by an OpenAPI 3.1 document that is made from the handlers.
//
// It refuses JSON that two readers could read in two ways (duplicate, odd-case or unknown members, trailing data, invalid
// UTF-8, NUL), unknown query parameters, tokens in a query, and whatever the scopes of a token do not allow. Errors are
// RFC 9457 documents.
package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// Awards is the write side; *issuer.Service satisfies it.
type Awards interface {
	Award(ctx context.Context, r issuer.Request) (issuer.Awarded, error)
	IssueAs(ctx context.Context, awardID string, as issuer.As, actor string) (issuer.Credential, error)
	Apply(ctx context.Context, id string, step issuer.Step) (issuer.Award, error)
	Plan(ctx context.Context, b issuer.Bulk) (issuer.BulkPlan, error)
	Run(ctx context.Context, b issuer.Bulk) (issuer.BulkDone, error)
	PlanReissue(ctx context.Context, r issuer.Reissue) (issuer.Reissued, error)
	Reissue(ctx context.Context, r issuer.Reissue) (issuer.Reissued, error)
	Unbelievable(ctx context.Context, r issuer.Reissue) ([]issuer.Statement, error)
	Find(ctx context.Context, id string) (issuer.Award, error)
	List(ctx context.Context, f issuer.Filter) (page []issuer.Award, next string, err error)
	Events(ctx context.Context, issuerID string, n int) ([]event.Event, error)
}

// Issuers adds and finds issuers; *catalog.Service satisfies it, but AddIssuer should also make the issuer's keys.
type Issuers interface {
	AddIssuer(ctx context.Context, n catalog.NewIssuer) (catalog.Issuer, error)
	ReviseIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error)
	IssuerImageURL(i catalog.Issuer) string
	Issuers(ctx context.Context) ([]catalog.Issuer, error)
	Issuer(ctx context.Context, ref string) (catalog.Issuer, error)
}

// Achievements adds, revises and finds achievements; *catalog.Service satisfies it.
type Achievements interface {
	AddAchievement(ctx context.Context, n catalog.NewAchievement, actor string) (catalog.Achievement, error)
	ReviseAchievement(ctx context.Context, ref string, n catalog.NewAchievement, actor string) (catalog.Achievement, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
	Achievements(ctx context.Context, issuerRef string) ([]catalog.Achievement, error)
	ImageURL(a catalog.Achievement) string
}

// Tokens knows who calls; *access.Service satisfies it.
type Tokens interface {
	Authenticate(ctx context.Context, secret string) (access.Token, error)
	AddToken(ctx context.Context, n access.NewToken, actor string) (t access.Token, secret string, err error)
	Tokens(ctx context.Context, issuerID string) ([]access.Token, error)
	RevokeToken(ctx context.Context, id, actor string) error
}

// Keys shows and changes the keys of issuers; *keyring.Service satisfies it.
type Keys interface {
	Keys(ctx context.Context, issuerID string) ([]keyring.Key, error)
	Rotate(ctx context.Context, r keyring.Rotation) ([]keyring.Key, error)
	Withdraw(ctx context.Context, w keyring.Withdrawal) (keyring.Key, error)
	PlanWithdraw(ctx context.Context, w keyring.Withdrawal) (keyring.Key, error)
}

// Counter counts what was done, for /metrics.
type Counter interface {
	Award(n int)
	Revocation()
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what the API works with. The zero Config registers and describes every route; without Tokens nobody is let
// in, and the other services are then never called.
type Config struct {
	Awards       Awards
	Statements   Statements
	Attachments  Attachments
	Issuers      Issuers
	Achievements Achievements
	Tokens       Tokens
	Keys         Keys
	Issuing      Issuing
	Printer      Printer // nil: there are no certificates
	Learners     Learners
	Offers       Offers
	WalletLinks  WalletLinks // nil: none are shown
	MailFiles    MailFiles   // nil: no mails are written
	Counter      Counter
	Lists        Lists // nil: none is ever overdue
	Errors       Errors
	Logger       *slog.Logger
	Clock        func() time.Time // default: time.Now
	BaseURL      string           // of the links in answers, without a trailing slash
	Version      string           // of the program, for the OpenAPI document
}

// API holds the handlers.
type API struct {
	cfg   Config
	huma  huma.API
	shows []shown
}

// New makes the API on engine: every route is registered when it returns. Operations of other packages join the same
// document through OpenAPI.
func New(engine *gin.Engine, c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Tokens == nil {
		c.Tokens = nobody{}
	}
	if c.Counter == nil {
		c.Counter = uncounted{}
	}
	if c.Lists == nil {
		c.Lists = published{}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	a := &API{cfg: c, huma: humagin.New(engine, description(c))}
	a.registerAwards()
	a.registerCredentials()
	a.registerPrint()
	a.registerLearners()
	a.registerOffers()
	a.registerRevocations()
	a.registerSteps()
	a.registerStatements()
	a.registerAttachments()
	a.registerBulk()
	a.registerIssuers()
	a.registerKeys()
	a.registerReissue()
	a.registerIssuing()
	a.registerAchievements()
	a.registerTokens()
	a.registerEvents()
	a.registerDocument(engine)
	return a
}

// OpenAPI is the document, to which others may add their operations before the first request.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// description is the document without its operations. Nothing of huma's own pages and formats is served: its page loads
// scripts from elsewhere, and its JSON reader takes members in any case.
func description(c Config) huma.Config {
	servers := []*huma.Server{}
	if c.BaseURL != "" {
		servers = append(servers, &huma.Server{URL: c.BaseURL})
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Laurel", Version: c.Version,
				Description: "Award, revoke and verify learning credentials (Open Badges 3.0). Errors are problem documents (RFC 9457).",
				License:     &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Servers: servers,
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearer: {Type: "http", Scheme: "bearer", Description: "A token of laurel token add, or of POST /api/v1/tokens."},
				},
			},
			Tags: []*huma.Tag{
				{Name: "Awards", Description: "Who earned what, and the credentials that say so."},
				{Name: "Records", Description: "Several awards of one recipient in one learner record (CLR 2.0)."},
				{Name: "Credentials", Description: "What platforms wrote themselves and had signed through the VC-API."},
				{Name: "Endorsements", Description: "What one says of an achievement, an issuer or a credential, and where it stands."},
				{Name: "Catalogue", Description: "Issuers and achievements."},
				{Name: "Keys", Description: "What an issuer signs with, and since when."},
				{Name: "Access", Description: "Tokens and the record of events."},
				{Name: "Verify", Description: "Check a credential. No token is needed."},
			},
		},
		Formats: map[string]huma.Format{"application/json": {
			Marshal:   func(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) },
			Unmarshal: func(data []byte, v any) error { return unmarshal(data, v) },
		}},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// authority is Tokens under a name that a struct can embed beside its method Tokens.
type authority = Tokens

// nobody lets nobody in.
type nobody struct{ authority }

func (nobody) Authenticate(context.Context, string) (access.Token, error) {
	return access.Token{}, errNoToken()
}

type uncounted struct{}

func (uncounted) Award(int)   {}
func (uncounted) Revocation() {}
