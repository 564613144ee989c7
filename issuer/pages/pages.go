// Package pages owns the pages of the issuing side: the start page, badge pages with their files, claim links, and the
// console of the people who award.
//
// It refuses to tell a private badge from an unknown one, to use up anything on GET or HEAD, and every change without a
// session, its anti-forgery token and the right origin. It decides nothing about awards: it shows, asks and hands on.
package pages

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/passkey"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/web"
)

// Awards is the write side of awards; *issuer.Service is one. A miss is fault.NotFound.
type Awards interface {
	Award(ctx context.Context, r issuer.Request) (issuer.Awarded, error)
	Apply(ctx context.Context, id string, step issuer.Step) (issuer.Award, error)
	Plan(ctx context.Context, b issuer.Bulk) (issuer.BulkPlan, error)
	Run(ctx context.Context, b issuer.Bulk) (issuer.BulkDone, error)
	IssueAs(ctx context.Context, awardID string, as issuer.As, actor string) (issuer.Credential, error)
	Find(ctx context.Context, id string) (issuer.Award, error)
	ByCredential(ctx context.Context, credentialID string) (issuer.Award, error)
	ByShortCode(ctx context.Context, typed string) (a issuer.Award, credentialID string, err error)
	List(ctx context.Context, f issuer.Filter) ([]issuer.Award, string, error)
}

// Catalogue knows issuers and achievements; *catalog.Service is one. A miss is fault.NotFound.
type Catalogue interface {
	Issuers(ctx context.Context) ([]catalog.Issuer, error)
	Issuer(ctx context.Context, ref string) (catalog.Issuer, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
	Achievements(ctx context.Context, issuerRef string) ([]catalog.Achievement, error)
	AddAchievement(ctx context.Context, n catalog.NewAchievement, actor string) (catalog.Achievement, error)
	ReviseAchievement(ctx context.Context, ref string, n catalog.NewAchievement, actor string) (catalog.Achievement, error)
}

// Checker verifies signed bytes of ours with the verifier's own code.
type Checker interface {
	Check(ctx context.Context, signed []byte) (Report, error)
}

// Offers looks at claim links without using them up, and makes further ones; *offer.Service is one. An unknown code is
// fault.NotFound, one that is over fault.Gone.
type Offers interface {
	Look(ctx context.Context, code string) (offer.Offer, error)
	Create(ctx context.Context, awardID string, o offer.Order) (offer.Fresh, error)
	Of(ctx context.Context, awardID string) ([]offer.Offer, error)
	Revoke(ctx context.Context, awardID, id, actor string) (offer.Offer, error)
}

// Pictures gives the picture of an achievement as "image/png" or "image/svg+xml": its own when it has that form, else
// one that is drawn. The result is safe to publish.
type Pictures interface {
	Picture(ctx context.Context, a catalog.Achievement, media string) ([]byte, error)
	// Shown is the picture for a page: light enough for a poor line, with its media type.
	Shown(ctx context.Context, a catalog.Achievement) (body []byte, media string, err error)
}

// Evidence gathers what it takes to check signed documents without a network: public keys and status lists, as JSON that
// "laurel verify --pack" reads.
type Evidence interface {
	Gather(ctx context.Context, signed [][]byte) ([]byte, error)
}

// Sessions signs people in and out of the console; *access.Service is one.
type Sessions interface {
	// Invited returns whom a sign-in secret is for, without using it up.
	Invited(ctx context.Context, secret string) (access.Person, error)
	// Redeem uses up a sign-in secret and returns a new session.
	Redeem(ctx context.Context, secret string) (access.Session, error)
	// Session returns the session of a secret; fault.Unauthorized when there is none.
	Session(ctx context.Context, secret string) (access.Session, error)
	// Rotate gives a session that is stale a new secret.
	Rotate(ctx context.Context, old access.Session) (access.Session, error)
	SignOut(ctx context.Context, secret string) error
	SignOutElsewhere(ctx context.Context, here access.Session) error
}

// People lets owners say who may do what; *access.Service is one.
type People interface {
	People(ctx context.Context, by access.Person) ([]access.Person, error)
	Invite(ctx context.Context, by access.Person, in access.Invitation) (p access.Person, secret string, err error)
	Link(ctx context.Context, by access.Person, id string) (p access.Person, secret string, err error)
	SetRole(ctx context.Context, by access.Person, id string, g access.Grant) (access.Person, error)
	Rename(ctx context.Context, who access.Person, name, email string) error
	// Names returns the names of people by how events name them.
	Names(ctx context.Context, actors []string) (map[string]string, error)
}

// Log reads who did what, newest first.
type Log interface {
	EventPage(ctx context.Context, f event.Filter) (page []event.Event, next string, err error)
}

// Config is what Pages needs. What is nil takes its pages with it: a zero Config serves the start page only.
type Config struct {
	BaseURL   string // where the deployment is reached, without a slash at the end; default http://localhost:8080
	Site      *web.Site
	Problems  *problem.Writer
	Clock     func() time.Time
	Rand      io.Reader
	Logger    *slog.Logger
	Catalogue Catalogue
	Awards    Awards
	Checker   Checker
	Offers    Offers
	Pictures  Pictures
	Wallets   Wallets   // nil: badges are taken as files only
	Printer   Printer   // nil: there are no certificates
	Learners  Learners  // nil: learners have no page of their own
	Evidence  Evidence  // nil: what learners take along is checked with a network only
	Mails     Mails     // nil: no learner can end mails
	SendsMail bool      // there is a mail server, and learners are written to
	MailFiles MailFiles // nil: no mails are written for others to send
	Sessions  Sessions
	People    People // nil leaves out the page on people
	Log       Log    // nil leaves out the page on who did what
	Keys      Keys   // nil leaves out the pages on keys and issuing
	Issuing   Issuing
	Effects   Effects     // nil: what the withdrawal of a key would do is not counted
	Tokens    Tokens      // nil leaves out the page on tokens
	Desk      *batch.Desk // takes files of people; nil leaves out "award many"

	Statistics Statistics // nil leaves out the charts
	Lists      Lists      // nil: no status list is ever overdue

	Passkeys *passkey.Ceremonies // nil: browsers have none for this deployment
	Keychain Keychain
	SignOn   SignOn // nil: there is no sign-in service
	Logins   Logins
	Profiles Profiles  // nil leaves out the page on profiles
	Counts   Counts    // nil: how many awards keep a profile of before is not said
	Switches Switches  // nil leaves out the page on wallets
	Trust    TrustList // nil leaves out the page on the trust list

	Authorizations Authorizations // nil: wallets ask nobody
}

// Pages serves the pages of the issuing side. It is safe for concurrent use.
type Pages struct {
	c       Config
	base    *url.URL
	origin  *http.CrossOriginProtection
	plans   *plans
	numbers *numbers
	codes   *guesses
}

// New makes Pages. A BaseURL that is no absolute http or https URL is taken as the default.
func New(c Config) *Pages {
	base, err := url.Parse(strings.TrimRight(c.BaseURL, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		base = &url.URL{Scheme: "http", Host: "localhost:8080"}
	}
	if c.Site == nil {
		c.Site = web.New()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Problems == nil {
		c.Problems = problem.New(problem.Config{Page: c.Site, Logger: c.Logger})
	}
	origin := http.NewCrossOriginProtection()
	if err := origin.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		c.Logger.Warn("the base URL is no origin", "error", err)
	}
	return &Pages{c: c, base: base, origin: origin, plans: newPlans(c.Clock), numbers: &numbers{last: map[string]counted{}}, codes: newGuesses(20, 15*time.Second)}
}

// Register adds the routes of the pages whose parts are configured.
func (p *Pages) Register(r gin.IRouter) {
	p.read(r, "/", p.home)
	if p.c.Catalogue == nil || p.c.Awards == nil {
		return
	}
	p.read(r, "/c/:id", p.badge)
	p.read(r, "/c/:id/picture", p.badgePicture)
	p.read(r, "/b/:code", p.shortCode)
	if p.c.Offers != nil {
		p.read(r, "/claim/:code", p.claim)
		p.read(r, "/claim/:code/:file", p.claimFile)
		r.POST("/claim/:code/request", p.handle(p.claimAsk))
	}
	if p.c.Authorizations != nil {
		p.read(r, authorizePath, p.authorizeForm)
		r.POST(authorizePath, p.handle(p.authorize))
	}
	if p.c.Mails != nil {
		p.read(r, "/mail/stop/:award/:key", p.mailStopForm)
		r.POST("/mail/stop/:award/:key", p.handle(p.mailStop))
	}
	if p.c.Learners != nil {
		p.registerLearner(r)
	}
	if p.c.Sessions != nil {
		p.registerConsole(r)
	}
}

func (p *Pages) registerConsole(r gin.IRouter) {
	p.read(r, signInURL, p.signInWays)
	p.read(r, "/console/sign-in/:secret", p.signInForm)
	if p.hasPasskeys() {
		p.registerPasskeys(r)
	}
	if p.hasSignOn() {
		p.registerSignOn(r)
	}
	r.POST("/console/sign-in/:secret", p.handle(p.signIn))
	r.POST("/console/sign-out", p.change(access.Read, p.signOut))
	p.read(r, "/console", p.inside(access.Read, p.overview))
	if p.c.Statistics != nil {
		p.read(r, chartsURL+"/weeks.svg", p.inside(access.Read, p.weeksChart))
	}
	p.read(r, "/console/awards", p.inside(access.Read, p.awards))
	p.read(r, "/console/awards/:id", p.inside(access.Read, p.award))
	r.POST("/console/awards/:id/credentials", p.change(access.Award, p.issueAs))
	if p.c.Offers != nil {
		r.POST("/console/awards/:id/offers", p.change(access.Award, p.offerMake))
		r.POST("/console/awards/:id/offers/:offer/revoke", p.change(access.Award, p.offerRevoke))
	}
	for _, action := range [...]issuer.Action{issuer.Revoke, issuer.Suspend, issuer.Reinstate} {
		p.read(r, "/console/awards/:id/"+string(action), p.inside(access.Revoke, p.stepForm(action)))
		r.POST("/console/awards/:id/"+string(action), p.change(access.Revoke, p.step(action)))
	}
	p.read(r, changesFormURL, p.inside(access.Revoke, p.changesForm))
	r.POST(changesFormURL, p.change(access.Revoke, p.changesPlan))
	r.POST(changesFormURL+"/confirm", p.change(access.Revoke, p.changesRun))
	p.read(r, "/console/award", p.inside(access.Award, p.awardForm))
	r.POST("/console/award", p.change(access.Award, p.awardOne))
	p.registerAchievements(r)
	if p.c.Desk != nil {
		p.registerBatch(r)
	}
	p.registerSettings(r)
}

// read registers a handler for GET and HEAD.
func (p *Pages) read(r gin.IRouter, path string, h func(*gin.Context) error) {
	r.GET(path, p.handle(h))
	r.HEAD(path, p.handle(h))
}

// handle lets a handler return its error to the one place that writes errors.
func (p *Pages) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			p.c.Problems.Write(c.Writer, c.Request, err)
		}
	}
}

func (p *Pages) show(c *gin.Context, status int, page string, data any) error {
	return p.c.Site.Respond(c.Writer, c.Request, status, page, data)
}

// url returns the absolute URL of a path of this deployment.
func (p *Pages) url(path string) string { return p.base.String() + path }

// notHere is the one answer for what is unknown, private or malformed: they cannot be told apart (W10).
func notHere() error {
	return fault.New(fault.NotFound, nil, "There is no such page, or it is not public.").Code("page.unknown")
}

// domain returns the host that a did:web names, "" for any other DID. A port is written %3A there.
func domain(did string) string {
	rest, ok := strings.CutPrefix(did, "did:web:")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, ":")
	host, err := url.PathUnescape(host)
	if err != nil {
		return ""
	}
	return host
}
