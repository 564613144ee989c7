// Package pages owns the verify page: one card that takes files, a link or a text, and the result in words, of many files as a
// table; signed receipts of results; and the pages that ask a wallet for a badge and wait for its answer.
//
// It works without JavaScript. A GET fetches and verifies nothing, also when a link comes with it: the button does. It
// keeps nothing of what it is given, shows what a wallet answered only to the browser that asked, and says of a bad credential what
// is wrong with it, never that the request is.
package pages

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/view"
	"github.com/openlaurel/laurel/web"
)

// Input is what a visitor hands over: exactly one of Text, URL and File, and what is to be looked at besides.
type Input struct {
	Text      string
	URL       string
	File      []byte
	FileName  string
	Recipient string     // e-mail address or identifier; empty: not asked
	At        *time.Time // nil: now
	Refresh   bool       // look once for a newer edition where the issuer keeps one
}

// Policy is under what the input is checked.
func (in Input) Policy() verifier.Policy {
	p := verifier.Policy{Recipient: in.Recipient, Refresh: in.Refresh}
	if in.At != nil {
		p.At = *in.At
	}
	return p
}

// Checker verifies what a visitor hands over. What is wrong with it is in the Result; an error is our own fault.
type Checker interface {
	Check(ctx context.Context, in Input) (verifier.Result, error)
}

// Config is what Pages needs. Without a Checker the page answers that it is not available; without Requests there are no pages to
// ask a wallet.
type Config struct {
	Requests Requests
	Wallets  Wallets
	// Asker says who asks a wallet, or is a fault for a visitor who may not; nil: everybody may, and all are one.
	Asker    func(c *gin.Context) (request.Asker, error)
	Receipts Receipts     // nil: results cannot be saved
	Offline  Offline      // nil: browsers keep no data to check without a network
	BaseURL  string       // of the links of receipts
	Fonts    *paper.Fonts // of receipts on paper; default: the embedded ones
	Secure   bool         // the deployment is served over https
	Host     string       // of the deployment, as people know it
	Site     *web.Site
	Problems *problem.Writer
	Checker  Checker
	Logger   *slog.Logger
}

// Pages serves the verify page. It is safe for concurrent use.
type Pages struct {
	c       Config
	fonts   *paper.Fonts
	streams chan struct{} // holds one element for each page that waits
	origin  *http.CrossOriginProtection
}

// maximumStreams bounds the pages that wait at the same moment.
const maximumStreams = 1024

// New makes Pages.
func New(c Config) *Pages {
	if c.Site == nil {
		c.Site = web.New()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Problems == nil {
		c.Problems = problem.New(problem.Config{Page: c.Site, Logger: c.Logger})
	}
	if c.Asker == nil {
		c.Asker = func(*gin.Context) (request.Asker, error) { return request.Asker{}, nil }
	}
	if c.Fonts == nil {
		c.Fonts = paper.NewFonts(nil)
	}
	p := &Pages{c: c, fonts: c.Fonts, streams: make(chan struct{}, maximumStreams), origin: http.NewCrossOriginProtection()}
	if err := p.origin.AddTrustedOrigin(c.BaseURL); c.BaseURL != "" && err != nil {
		c.Logger.Warn("the base URL is no origin", "error", err)
	}
	return p
}

// own lets a form through only from our own pages. What is counted for an address is not to be used up by a page of somebody else
// that a visitor happens to open.
func (p *Pages) own(h func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if err := p.origin.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, err, "The form was not sent from a page of this service.").Code("form.origin")
		}
		return h(c)
	}
}

// Register adds the routes.
func (p *Pages) Register(r gin.IRouter) {
	r.GET("/verify", p.handle(p.form))
	r.HEAD("/verify", p.handle(p.form))
	r.POST("/verify", p.handle(p.verify))
	p.registerInstall(r)
	if p.c.Receipts != nil {
		p.registerReceipts(r)
	}
	if p.c.Requests != nil && p.c.Wallets != nil {
		p.registerRequests(r)
	}
}

func (p *Pages) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			p.c.Problems.Write(c.Writer, c.Request, err)
		}
	}
}

// FormPage is the data of page "verify". Problem names a text below verify.problem.
type FormPage struct {
	web.Frame
	Problem   string
	URL, Text string
	Recipient string
	At        string // a day
	Refresh   bool
	Files     int   // how many may be handed over at once
	FileBytes int64 // how large each may be

	// Megabytes is how large the verifier for browsers is on its way; 0: there is none.
	Megabytes int
	Asks      bool // wallets can be asked here
}

// ResultPage is the data of page "result".
type ResultPage struct {
	web.Frame
	State, Tone string
	CheckedAt   time.Time
	Source      string // the link or file name; empty for pasted text
	Result      verifier.Result

	// What was asked, so that it can be asked again; of a file there is nothing.
	URL, Text, Recipient, At string

	Draft string // of a receipt; empty: the result cannot be saved
	Ask   string // where its owner can be asked to present the same badge; empty: nowhere
}

// Fresher reports whether the issuer can be asked for a newer edition of what was handed over.
func (p ResultPage) Fresher() bool {
	return p.Result.Refresh != nil && p.Result.Refresh.Code == verifier.RefreshNotAsked
}

// Again reports whether what was handed over is at hand.
func (p ResultPage) Again() bool { return p.URL != "" || p.Text != "" }

// form shows the card, with the link filled in when one comes with the visit.
func (p *Pages) form(c *gin.Context) error {
	data := emptyForm()
	data.Asks = p.c.Requests != nil && p.c.Wallets != nil
	data.Frame, data.Megabytes = web.NewFrame(c.Request), p.megabytes()
	if link := c.Query("url"); len(link) <= maximumLink {
		data.URL = link
	}
	data.NoIndex = data.URL != ""
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "verify", data)
}

// megabytes is how large the verifier for browsers is, rounded up.
func (p *Pages) megabytes() int {
	if p.c.Offline == nil {
		return 0
	}
	return int((p.c.Site.Size("verifier.wasm") + 1<<20 - 1) >> 20)
}

// maximumLink bounds a link; no badge's address is longer.
const maximumLink = 4096

func (p *Pages) verify(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limits.VerifyBytes)
	h, status := read(c.Request)
	if h.form.Problem != "" {
		h.form.Frame, h.form.Megabytes = frame(), p.megabytes()
		return p.c.Site.Respond(c.Writer, c.Request, status, "verify", h.form)
	}
	if p.c.Checker == nil {
		return unavailable()
	}
	if len(h.files) > 1 || h.number > 0 {
		return p.many(c, h)
	}
	in := h.in
	for _, f := range h.files {
		in.File, in.FileName = f.data, f.name
	}
	result, err := p.c.Checker.Check(c.Request.Context(), in)
	if err != nil {
		return err
	}
	page := resultPage(in, result)
	if p.c.Receipts != nil {
		if page.Draft, err = p.c.Receipts.Draft(result, in.Policy()); err != nil {
			return err
		}
	}
	if p.c.Requests != nil && p.c.Wallets != nil {
		page.Ask = askFor(result)
	}
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "result", page)
}

// askFor is the form that asks a wallet for the badge of a result, when nobody has shown yet to be its holder.
func askFor(r verifier.Result) string {
	holder := func(c verifier.Check) bool { return c.ID == verifier.CheckHolder && c.Code == "holder.not_asked" }
	if r.Verdict == verifier.Invalid || r.Achievement == nil || r.Issuer == nil || !slices.ContainsFunc(r.Checks, holder) {
		return ""
	}
	return Asked{Achievement: r.Achievement.ID, Issuers: []string{r.Issuer.ID}}.Again()
}

// resultPage is the page about one result. What was handed over as text or link can be looked at once more from there.
func resultPage(in Input, r verifier.Result) ResultPage {
	page := ResultPage{Frame: frame(), State: view.State(r), CheckedAt: r.CheckedAt, Source: in.URL, Result: r,
		URL: in.URL, Text: in.Text, Recipient: in.Recipient}
	if in.File != nil {
		page.Source = in.FileName
	}
	if in.At != nil {
		page.At = in.At.Format(time.DateOnly)
	}
	page.Tone = view.Tone(page.State)
	return page
}

// frame leads the language switch back to the card: what was handed over is not kept.
func frame() web.Frame { return web.Frame{Path: "/verify", NoIndex: true} }
