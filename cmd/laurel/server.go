package main

import (
	"context"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/server"
	"github.com/openlaurel/laurel/issuer/api"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/exchange"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/issuer/publish"
	"github.com/openlaurel/laurel/verifier"
	verifierapi "github.com/openlaurel/laurel/verifier/api"
	verifierpages "github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/web"
)

// server puts every edge on one engine.
func (a *app) server() (*server.Server, error) {
	collectSeldom()
	site := a.site
	problems := problem.New(problem.Config{Page: site, Logger: a.log})
	metrics := a.metrics
	srv, err := server.New(server.Config{
		BaseURL: a.base, TrustedProxies: a.cfg.TrustedProxies, Database: a.store, Errors: problems, Recognised: a.access.Recognised,
		Rates: &server.Rates{Address: a.cfg.RateLimit, Token: a.cfg.RateLimitToken}, Metrics: metrics, Logger: a.log, Overdue: a.overdue,
		Kept: map[string]int{"/receipts": limits.ReceiptsDaily, verifierapi.ReceiptsPath: limits.ReceiptsDaily},
		LargeBodies: map[string]int64{
			"/console/batch":     limits.CSVBytes + limits.RequestBytes, // a table, and the form around it
			"/verify":            limits.VerifyBytes,                    // many files
			verifierapi.ManyPath: limits.VerifyBytes,
		},
	})
	if err != nil {
		return nil, err
	}
	engine := srv.Engine()
	engine.GET(web.StaticPath+"*name", gin.WrapH(site.Static()))
	printer := newPrinting(a)
	manage := api.New(engine, api.Config{
		Awards: a.awards, Statements: a.awards, Attachments: a.awards, Issuers: issuers{a.catalog, a}, Achievements: a.catalog,
		Tokens: a.access, Keys: a.keys, Issuing: a.signlog, Offers: a.offers, Counter: metrics, Printer: printer, Learners: a.learners,
		WalletLinks: walletLinks{a}, MailFiles: mailFiles{a}, Lists: a.lists,
		Errors: problems, Logger: a.log, BaseURL: a.base, Version: version,
	})
	service, err := newSignOn(a)
	if err != nil {
		return nil, err
	}
	console := issuerpages.New(issuerpages.Config{
		BaseURL: a.base, Site: site, Problems: problems, Logger: a.log, Catalogue: a.catalog, Awards: a.awards, Checker: onView{a.verifier},
		Offers: a.offers, Wallets: walletLinks{a}, Authorizations: a.issuance,
		Printer: printer, Learners: a.learners, Evidence: evidence{a}, Mails: a.mails, MailFiles: mailFiles{a}, SendsMail: a.cfg.Mail.Server != "",
		Pictures: &shownPictures{}, Sessions: a.access,
		People: a.access, Log: a.store,
		Desk:     a.desk,
		Passkeys: a.passkeys(), Keychain: a.access, SignOn: service, Logins: a.access, Profiles: a.catalog, Counts: a.store,
		Switches: switches{a}, Trust: &trustPage{app: a},
		Keys: a.keys, Issuing: a.signlog, Effects: a.awards, Statistics: a.store, Tokens: a.access, Lists: a.lists,
	})
	visitorAsks, callerAsks := a.askers(console)
	verifierapi.New(verifierapi.Config{
		Receipts: a.receipts, BaseURL: a.base,
		Requests: a.requests, Wallets: a.asking, Asker: callerAsks, Checker: counting{a.verifier, a}, Counter: metrics, Errors: problems, Words: site,
		Logger: a.log,
	}).Register(engine, manage.OpenAPI())
	verifierpages.New(verifierpages.Config{
		Receipts: a.receipts, BaseURL: a.base, Offline: a.packs,
		Requests: a.requests, Wallets: a.asking, Asker: visitorAsks, Secure: strings.HasPrefix(a.base, "https://"), Host: host(a.base),
		Site: site, Problems: problems,
		Checker: visitor{counting{a.verifier, a}, metrics}, Logger: a.log,
	}).Register(engine)
	a.asking.Register(engine)
	a.vcAPI(engine, problems)
	console.Register(engine)
	publish.New(publish.Config{
		Catalog: a.catalog, Keys: a.keys, Log: a.signlog, Lists: a.lists, Describer: a.awards, Statements: a.awards, Pictures: badgePictures{},
		TrustLists: a.store, DID: a.hostDID(), Problems: problems,
	}).Register(engine)
	exchange.New(exchange.Config{BaseURL: a.base, Wallets: a.wallets, Presenter: presenter{a}, Errors: problems, Logger: a.log}).Register(engine)
	a.issuance.Register(engine)
	return srv, nil
}

// issuers is the catalogue whose new issuers have keys.
type issuers struct {
	*catalog.Service
	app *app
}

// AddIssuer makes an issuer with its keys.
func (i issuers) AddIssuer(ctx context.Context, n catalog.NewIssuer) (catalog.Issuer, error) {
	return i.app.newIssuer(ctx, n)
}

// visitor is the verifier as the verify page needs it.
type visitor struct {
	verifier counting
	metrics  *server.Metrics
}

// Check implements the verify page's Checker.
func (v visitor) Check(ctx context.Context, in verifierpages.Input) (verifier.Result, error) {
	r := v.verifier.Check(ctx, verifier.Input{Text: in.Text, URL: in.URL, File: in.File, FileName: in.FileName}, in.Policy())
	v.metrics.Verification(string(r.Verdict))
	return r, nil
}

// onView is the verifier as a badge page needs it: over the signed bytes, each time the page is looked at.
type onView struct{ verifier *verifier.Verifier }

// Check implements the badge page's Checker.
func (o onView) Check(ctx context.Context, signed []byte) (issuerpages.Report, error) {
	r := o.verifier.Check(ctx, verifier.Input{File: signed}, verifier.Policy{})
	out := issuerpages.Report{Verdict: string(r.Verdict), CheckedAt: r.CheckedAt}
	if r.Issuer != nil {
		out.Domain = r.Issuer.Domain
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, issuerpages.Check{ID: string(c.ID), Outcome: string(c.Outcome), Code: c.Code, Detail: c.Detail, At: c.At})
	}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, issuerpages.Warning(w))
	}
	return out, nil
}
