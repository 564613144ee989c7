package pages

import (
	"context"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/view"
	"github.com/openlaurel/laurel/web"
)

// Requests are the questions to wallets; *request.Service keeps them.
type Requests interface {
	Create(ctx context.Context, o request.Order, by request.Asker) (r request.Request, transaction string, err error)
	See(ctx context.Context, id, transaction, code string) (request.View, error)
	Erase(ctx context.Context, id, transaction string) error
	// ForWallet is what anybody learns who has scanned the code.
	ForWallet(ctx context.Context, id string) (request.Request, error)
}

// Wallets says how wallets are asked; *openid4vp.API does.
type Wallets interface {
	Preferred(ctx context.Context) request.Client
	Usable(ctx context.Context, o request.Order) error
	Link(ctx context.Context, r request.Request, f request.Flow) (string, error)
	// Protocols are the links by their protocols, as an interaction URL answers with.
	Protocols(ctx context.Context, r request.Request) (map[string]string, error)
	// ByBrowser, BrowserRequests and BrowserAnswer are for the Digital Credentials API.
	ByBrowser(r request.Request) bool
	BrowserRequests(ctx context.Context, r request.Request) ([]request.BrowserRequest, error)
	BrowserAnswer(ctx context.Context, r request.Request, message []byte) (request.Receipt, error)
}

// AskPage is the data of page "ask". Problem names a text below ask.problem.
type AskPage struct {
	web.Frame
	Problem                     string
	Asker, Purpose              string
	Achievement, Issuers, Since string
	Claims                      []Choice
	Dialect                     string // one of request.Dialect, or certified
	Certified                   bool   // requests can be signed under a certificate here
	Erased                      bool   // the visitor has just deleted a request
}

// Choice is a box of a form.
type Choice struct {
	Name   string
	Chosen bool
}

// claimChoices are the claims that can be asked for, and those that are.
func claimChoices(chosen []string) (out []Choice) {
	for _, c := range request.AllClaims() {
		out = append(out, Choice{string(c), slices.Contains(chosen, string(c))})
	}
	return out
}

// Asked is what was asked of whom, for the pages of one request.
type Asked struct {
	Asker, Purpose string
	Achievement    string   // empty: any
	Issuers        []string // none: whoever
	Since          time.Time
	Claims         []request.Claim
	Dialect        string // as the form names it
}

func asked(o request.Order) Asked {
	out := Asked{Asker: o.Asker, Purpose: o.Purpose, Achievement: o.Achievement, Issuers: o.Issuers, Since: o.Since, Claims: o.Claims, Dialect: string(o.Dialect)}
	if o.Dialect == request.OpenID4VP && o.Client == request.X509Hash && o.Encrypted {
		out.Dialect = certified
	}
	return out
}

// Again is the form in which the same can be asked once more.
func (a Asked) Again() string {
	q := url.Values{}
	since := ""
	if !a.Since.IsZero() {
		since = a.Since.Format(time.DateOnly)
	}
	for name, v := range map[string]string{"asker": a.Asker, "purpose": a.Purpose, "achievement": a.Achievement, "issuers": strings.Join(a.Issuers, " "),
		"since": since, "dialect": a.Dialect} {
		if v != "" {
			q.Set(name, v)
		}
	}
	for _, c := range a.Claims {
		q.Add("claims", string(c))
	}
	return "/request?" + q.Encode()
}

// certified in place of a dialect asks a wallet that goes by certificates, encrypted (HAIP 1.0 §5).
const certified = "certified"

// WaitPage is the data of page "wait". State is one of request.State, or "elsewhere" when the answer shows in another tab.
type WaitPage struct {
	web.Frame
	Asked
	ID, State string
	ExpiresAt time.Time
	OneWay    bool   // the wallet cannot lead back to this browser
	Link      string // of the button, where a telephone gives addresses to apps only when they are tapped themselves
	Browser   bool   // the browser may ask the wallet itself
}

// InvitePage is the data of page "invite": what somebody sees who opened the code of a request in a browser in place of a wallet.
type InvitePage struct {
	web.Frame
	Asked
	Known     bool   // the asker has a token or an account here; of others nobody knows who they are
	Host      string // who receives what is presented
	Link      template.URL
	ExpiresAt time.Time
}

// AnswerPage is the data of page "answer".
type AnswerPage struct {
	web.Frame
	Asked
	ID          string
	State, Tone string
	Declined    string // of a wallet that gave nothing: a text below answer.declined
	CheckedAt   time.Time
	KeptUntil   time.Time
	Outcome     request.Outcome
	Presented   []verifier.Check // of the presentation itself, without what is asked of the badge in it
	CrossDevice bool
	OlderProof  bool   // see request.Ed25519Signature2020
	Draft       string // of a receipt; empty: the answer cannot be saved
}

// registerRequests adds the routes of questions to wallets.
func (p *Pages) registerRequests(r gin.IRouter) {
	r.GET("/request", p.handle(p.ask))
	r.POST("/request", p.handle(p.own(p.create)))
	r.GET("/request/:id", p.handle(p.wait))
	r.GET("/request/:id/open", p.handle(p.open))
	r.GET("/request/:id/qr.svg", p.handle(p.code))
	r.POST("/request/:id/erase", p.handle(p.own(p.erase)))
	r.GET("/request/:id/events", p.handle(p.events))
	r.GET("/request/:id/credential", p.handle(p.forBrowser))
	r.POST("/request/:id/credential", p.handle(p.fromBrowser))
}

func (p *Pages) ask(c *gin.Context) error {
	if _, err := p.c.Asker(c); err != nil {
		return err
	}
	data := AskPage{Frame: web.NewFrame(c.Request), Certified: p.certified(c), Erased: c.Query("erased") != "", Claims: claimChoices(c.QueryArray("claims"))}
	for name, field := range map[string]*string{"asker": &data.Asker, "purpose": &data.Purpose, "achievement": &data.Achievement,
		"issuers": &data.Issuers, "since": &data.Since, "dialect": &data.Dialect} {
		if v := c.Query(name); len(v) <= maximumLink && utf8.ValidString(v) {
			*field = v
		}
	}
	data.NoIndex = c.Request.URL.RawQuery != ""
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "ask", data)
}

func (p *Pages) certified(c *gin.Context) bool {
	o := request.Order{Dialect: request.OpenID4VP, Client: request.X509Hash, Encrypted: true}
	return p.c.Wallets.Usable(c.Request.Context(), o) == nil
}

// create makes a request and leads to its page. The cookie is what the answer is shown to.
func (p *Pages) create(c *gin.Context) error {
	by, err := p.c.Asker(c)
	if err != nil {
		return err
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limits.TextBytes)
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, err, "The form arrived damaged.").Code("request.form")
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	data := AskPage{
		Frame: web.Frame{Path: "/request"}, Asker: v("asker"), Purpose: v("purpose"), Achievement: v("achievement"), Issuers: v("issuers"),
		Since: v("since"), Dialect: v("dialect"), Certified: p.certified(c), Claims: claimChoices(c.Request.PostForm["claims"]),
	}
	ctx := c.Request.Context()
	o := request.Order{Dialect: request.OpenID4VP, Client: p.c.Wallets.Preferred(ctx), Question: request.Question{
		Asker: data.Asker, Purpose: data.Purpose, Achievement: data.Achievement, Issuers: strings.FieldsFunc(data.Issuers, separates),
	}}
	for _, name := range c.Request.PostForm["claims"] {
		o.Claims = append(o.Claims, request.Claim(name))
	}
	switch request.Dialect(data.Dialect) {
	case certified:
		o.Client, o.Encrypted = request.X509Hash, true
	case request.Legacy:
		o.Dialect, o.Compatible = request.Legacy, []request.Compatibility{request.WithoutState}
	case request.VCAPI: // for the Learner Credential Wallet, which signs presentations in its older way
		o.Dialect, o.Client, o.Compatible = request.VCAPI, "", []request.Compatibility{request.Ed25519Signature2020}
	}
	if data.Since != "" {
		o.Since, err = time.Parse(time.DateOnly, data.Since)
	}
	if err != nil {
		data.Problem = "since"
		return p.c.Site.Respond(c.Writer, c.Request, http.StatusUnprocessableEntity, "ask", data)
	}
	if err := p.c.Wallets.Usable(ctx, o); err != nil {
		data.Problem = "other"
		return p.c.Site.Respond(c.Writer, c.Request, http.StatusUnprocessableEntity, "ask", data)
	}
	r, transaction, err := p.c.Requests.Create(ctx, o, by)
	if d := fault.Describe(err); err != nil && d.Kind == fault.Invalid {
		data.Problem = problemField(d.Pointer)
		return p.c.Site.Respond(c.Writer, c.Request, http.StatusUnprocessableEntity, "ask", data)
	}
	if err != nil {
		return err
	}
	http.SetCookie(c.Writer, p.requestCookie(r, transaction))
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, "/request/"+r.ID)
	return nil
}

func separates(r rune) bool { return strings.ContainsRune(" \t\r\n,;،，", r) }

// problemField is the field of the form that a pointer means.
func problemField(pointer string) string {
	switch name := strings.TrimPrefix(pointer, "/"); name {
	case "asker", "purpose", "achievement", "issuers":
		return name
	}
	return "other"
}

// requestCookie is bound to the page of one request. Lax, so that it comes along when a wallet on this device leads back here.
func (p *Pages) requestCookie(r request.Request, transaction string) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // not Secure only where the deployment is plain http on its own machine
		Name: requestCookieName, Value: transaction, Path: "/request/" + r.ID, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		MaxAge: int((limits.RequestLife + limits.RequestKept).Seconds()), Secure: p.c.Secure,
	}
}

const requestCookieName = "laurel_request"

// seen is the request of the path, as the session of the cookie may see it.
func (p *Pages) seen(c *gin.Context, code string) (request.View, error) {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex, nofollow")
	return p.c.Requests.See(c.Request.Context(), c.Param("id"), sessionSecret(c), code)
}

// sessionSecret is what the browser that asked was given.
func sessionSecret(c *gin.Context) string {
	if cookie, err := c.Request.Cookie(requestCookieName); err == nil {
		return cookie.Value
	}
	return ""
}

// wait shows where a request stands, and its outcome to whom it may be shown.
func (p *Pages) wait(c *gin.Context) error {
	interaction := c.Query("iuv") != ""
	if interaction && wantsJSON(c.Request) {
		return p.protocols(c)
	}
	v, err := p.seen(c, c.Query("response_code"))
	if interaction && fault.Is(err, fault.Forbidden) {
		return p.invite(c)
	}
	if err != nil {
		return err
	}
	frame := web.NewFrame(c.Request)
	frame.NoIndex = true
	if v.Outcome != nil && c.Query("response_code") != "" { // used up: it need not stay in the address
		c.Redirect(http.StatusSeeOther, "/request/"+v.ID)
		return nil
	}
	if v.Outcome != nil {
		data := answerPage(frame, v)
		if data.Draft, err = p.answerDraft(v); err != nil {
			return err
		}
		return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "answer", data)
	}
	data := WaitPage{Frame: frame, ID: v.ID, State: string(v.State), Asked: asked(v.Order), ExpiresAt: v.ExpiresAt,
		OneWay: v.Dialect == request.VCAPI, Browser: p.c.Wallets.ByBrowser(v.Request)}
	if v.NeedsCode {
		data.State = "elsewhere"
	}
	if data.OneWay && v.State == request.Open {
		if data.Link, err = p.c.Wallets.Link(c.Request.Context(), v.Request, request.SameDevice); err != nil {
			return err
		}
	}
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "wait", data)
}

// protocols answers a wallet that read the interaction URL of a request (VCALM).
func (p *Pages) protocols(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	r, err := p.c.Requests.ForWallet(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	links, err := p.c.Wallets.Protocols(c.Request.Context(), r)
	if err == nil {
		c.JSON(http.StatusOK, map[string]any{"protocols": links})
	}
	return err
}

// invite tells somebody whose telephone opened the code in a browser who asks, and leads on to the wallet. The answer is still one
// from another device than that of the asker.
func (p *Pages) invite(c *gin.Context) error {
	r, err := p.c.Requests.ForWallet(c.Request.Context(), c.Param("id"))
	if err != nil {
		return fault.New(fault.Gone, err, "This request was answered, or has run out.").Code("request.over")
	}
	data := InvitePage{Frame: web.NewFrame(c.Request), Asked: asked(r.Order), Known: r.Known, Host: p.c.Host, ExpiresAt: r.ExpiresAt}
	data.NoIndex = true
	flow := request.CrossDevice
	if r.Dialect == request.VCAPI {
		flow = request.SameDevice // the address in the code leads here
	}
	link, err := p.c.Wallets.Link(c.Request.Context(), r, flow)
	if err != nil {
		return err
	}
	data.Link = template.URL(link) //nolint:gosec // made by us, with a scheme that html/template does not know
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "invite", data)
}

func wantsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

func answerPage(frame web.Frame, v request.View) AnswerPage {
	data := AnswerPage{
		Frame: frame, Asked: asked(v.Order), ID: v.ID, State: "undecided", CheckedAt: v.Reply.At, KeptUntil: v.KeptUntil, Outcome: *v.Outcome,
		CrossDevice: v.Reply.Flow == request.CrossDevice && v.Outcome.Error == "", OlderProof: slices.Contains(v.Outcome.Against, request.Ed25519Signature2020Code),
	}
	switch {
	case v.Outcome.Error != "":
		data.State, data.Declined = "declined", declined(v.Outcome.Error)
	case v.Outcome.Verdict == verifier.Invalid:
		data.State = "invalid"
		if r := v.Outcome.Result; r != nil && len(r.Nested) == 1 && allPass(*r) {
			switch {
			case len(v.Outcome.Unmet) == 0:
				data.State = view.State(r.Nested[0].Result)
			case r.Verdict == verifier.Valid:
				data.State = "unmet"
			}
		}
	case v.Outcome.Verdict == verifier.Valid:
		data.State = "valid"
	}
	data.Presented = presentedChecks(v.Outcome.Result)
	data.Tone = view.Tone(data.State)
	if data.State == "declined" {
		data.Tone = "undecided"
	}
	return data
}

// declined is what the error of a wallet means to a person (OpenID4VP 1.0 §8.5). Only its shape is believed, so that it says no more
// than that.
func declined(code string) string {
	switch code {
	case "access_denied", "vp_formats_not_supported", "wallet_unavailable":
		return code
	case "invalid_request", "invalid_client", "invalid_scope", "invalid_request_uri_method", "invalid_transaction_data", "invalid_request_object",
		"unsupported_response_type":
		return "not_understood"
	}
	return "other"
}

// answerDraft is a receipt of what the wallet showed, "" where it is not about exactly one badge. Its verdict is that of the answer, and in
// what the answer is not what was asked for stands among the warnings.
func (p *Pages) answerDraft(v request.View) (string, error) {
	whole := v.Outcome.Result
	if p.c.Receipts == nil || whole == nil || len(whole.Nested) != 1 {
		return "", nil
	}
	policy, err := verifier.ParsePolicy(v.Policy)
	if err != nil {
		return "", err
	}
	badge := whole.Nested[0].Result
	badge.SHA256 = whole.SHA256 // what was verified is the presentation, with the badge in it
	badge.Verdict, badge.Warnings = v.Outcome.Verdict, append(slices.Clone(badge.Warnings), v.Outcome.Unmet...)
	for _, code := range v.Outcome.Against {
		badge.Warnings = append(badge.Warnings, verifier.Warning{Code: code})
	}
	return p.c.Receipts.Draft(badge, policy)
}

// presentedChecks are the checks of a presentation that are about itself.
func presentedChecks(r *verifier.Result) []verifier.Check {
	if r == nil {
		return nil
	}
	about := []verifier.CheckID{verifier.CheckForm, verifier.CheckProof, verifier.CheckBinding, verifier.CheckHolder, verifier.CheckTime}
	return slices.DeleteFunc(slices.Clone(r.Checks), func(c verifier.Check) bool { return !slices.Contains(about, c.ID) })
}

// allPass reports whether nothing is wrong with the presentation itself, so that one word can say what is wrong with the badge.
func allPass(r verifier.Result) bool {
	for _, c := range r.Checks {
		if c.Outcome == verifier.Fail {
			return false
		}
	}
	return true
}

// erase forgets the request, whether it was answered or not.
func (p *Pages) erase(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if err := p.c.Requests.Erase(c.Request.Context(), c.Param("id"), sessionSecret(c)); err != nil {
		return err
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // as requestCookie
		Name: requestCookieName, Path: "/request/" + c.Param("id"), HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1, Secure: p.c.Secure,
	})
	c.Redirect(http.StatusSeeOther, "/request?erased=1")
	return nil
}

// open leads to the wallet on this device.
func (p *Pages) open(c *gin.Context) error {
	v, err := p.stillOpen(c)
	if err != nil {
		return err
	}
	link, err := p.c.Wallets.Link(c.Request.Context(), v.Request, request.SameDevice)
	if err == nil {
		c.Redirect(http.StatusSeeOther, link)
	}
	return err
}

// code draws what a wallet on another device scans.
func (p *Pages) code(c *gin.Context) error {
	v, err := p.stillOpen(c)
	if err != nil {
		return err
	}
	link, err := p.c.Wallets.Link(c.Request.Context(), v.Request, request.CrossDevice)
	if err != nil {
		return err
	}
	svg, err := qr.SVG(link)
	if err == nil {
		c.Data(http.StatusOK, "image/svg+xml", svg)
	}
	return err
}

// forBrowser are the requests that the page hands to its browser (Digital Credentials API).
func (p *Pages) forBrowser(c *gin.Context) error {
	v, err := p.stillOpen(c)
	if err != nil {
		return err
	}
	requests, err := p.c.Wallets.BrowserRequests(c.Request.Context(), v.Request)
	if err == nil && len(requests) == 0 {
		err = fault.New(fault.NotFound, nil, "This request cannot go through the browser.").Code("request.protocol")
	}
	if err == nil {
		c.JSON(http.StatusOK, map[string]any{"requests": requests})
	}
	return err
}

// fromBrowser takes what the browser of the session that asked got from a wallet. No response code is needed: who brings the answer
// is who asked.
func (p *Pages) fromBrowser(c *gin.Context) error {
	v, err := p.stillOpen(c)
	if err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != "application/json" {
		return fault.New(fault.Unsupported, err, "The answer is expected as JSON.").Code("request.media_type")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, 2*limits.CredentialBytes))
	if err != nil {
		return fault.New(fault.TooLarge, err, "The answer is too long, or ended too early.").Code("limits.request")
	}
	receipt, err := p.c.Wallets.BrowserAnswer(c.Request.Context(), v.Request, body)
	if err == nil {
		c.JSON(http.StatusOK, map[string]any{"verdict": receipt.Verdict})
	}
	return err
}

func (p *Pages) stillOpen(c *gin.Context) (request.View, error) {
	v, err := p.seen(c, "")
	if err == nil && v.State != request.Open {
		err = fault.New(fault.Gone, nil, "This request was answered, or has run out.").Code("request.over")
	}
	return v, err
}

// Times of the stream of events. A stream is short, so that a server that stops waits for none; the browser comes again.
const (
	streamPoll = 500 * time.Millisecond
	streamLife = 15 * time.Second
)

// events tells the page when a wallet has answered (server-sent events, HTML §9.2).
func (p *Pages) events(c *gin.Context) error {
	v, err := p.seen(c, "")
	if err != nil {
		return err
	}
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		return fault.New(fault.Unavailable, nil, "Too many pages wait at the moment.").Code("request.streams")
	}
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // a proxy must not keep it back
	c.Status(http.StatusOK)
	_, _ = c.Writer.WriteString("retry: 1000\n: waiting\n\n")
	c.Writer.Flush()
	ctx, cancel := context.WithTimeout(c.Request.Context(), streamLife)
	defer cancel()
	tick := time.NewTicker(streamPoll)
	defer tick.Stop()
	for v.State == request.Open {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if v, err = p.seen(c, ""); err != nil {
			return nil // the stream has begun: the page finds out when it comes again
		}
	}
	_, _ = c.Writer.WriteString("event: changed\ndata: " + string(v.State) + "\n\n")
	c.Writer.Flush()
	return nil
}
