// Package pages owns the verify page: one card that takes a file, a link or a text, and the result in words; and the pages that
// ask a wallet for a badge and wait for its answer.
//
// It works without JavaScript. A GET fetches and verifies nothing, also when a link comes with it: the button does. It
// keeps nothing of what it is given, shows what a wallet answered only to the browser that asked, and says of a bad credential what
// is wrong with it, never that the request is.
package pages

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
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
	MayAsk   func(r *http.Request) error // a fault for a visitor who may not ask wallets; nil: everybody may
	Secure   bool                        // the deployment is served over https
	Host     string                      // of the deployment, as people know it
	Site     *web.Site
	Problems *problem.Writer
	Checker  Checker
	Logger   *slog.Logger
}

// Pages serves the verify page. It is safe for concurrent use.
type Pages struct {
	c       Config
	streams chan struct{} // holds one element for each page that waits
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
	return &Pages{c: c, streams: make(chan struct{}, maximumStreams)}
}

// Register adds the routes.
func (p *Pages) Register(r gin.IRouter) {
	r.GET("/verify", p.handle(p.form))
	r.HEAD("/verify", p.handle(p.form))
	r.POST("/verify", p.handle(p.verify))
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
}

// ResultPage is the data of page "result".
type ResultPage struct {
	web.Frame
	State, Tone string
	CheckedAt   time.Time
	Source      string // the link or file name; empty for pasted text
	Result      verifier.Result
}

// form shows the card, with the link filled in when one comes with the visit.
func (p *Pages) form(c *gin.Context) error {
	data := FormPage{Frame: web.NewFrame(c.Request)}
	if link := c.Query("url"); len(link) <= maximumLink {
		data.URL = link
	}
	data.NoIndex = data.URL != ""
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "verify", data)
}

// maximumLink bounds a link; no badge's address is longer.
const maximumLink = 4096

func (p *Pages) verify(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limits.RequestBytes)
	in, data, status := read(c)
	if data.Problem != "" {
		data.Frame = frame()
		return p.c.Site.Respond(c.Writer, c.Request, status, "verify", data)
	}
	if p.c.Checker == nil {
		return unavailable()
	}
	result, err := p.c.Checker.Check(c.Request.Context(), in)
	if err != nil {
		return err
	}
	page := ResultPage{Frame: frame(), State: state(result), CheckedAt: result.CheckedAt, Source: in.URL, Result: result}
	if in.File != nil {
		page.Source = in.FileName
	}
	page.Tone = tone(page.State)
	return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "result", page)
}

// frame leads the language switch back to the card: what was handed over is not kept.
func frame() web.Frame { return web.Frame{Path: "/verify", NoIndex: true} }

// read reads the form. When something is wrong with it, data.Problem says what.
func read(c *gin.Context) (in Input, data FormPage, status int) {
	if err := parse(c.Request); err != nil {
		if strings.Contains(err.Error(), "request body too large") { // multipart hides the *http.MaxBytesError
			return in, FormPage{Problem: "too_large"}, http.StatusRequestEntityTooLarge
		}
		return in, FormPage{Problem: "malformed"}, http.StatusBadRequest
	}
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	in = Input{Text: v("text"), URL: v("url"), Recipient: v("recipient")}
	data = FormPage{URL: in.URL, Text: in.Text, Recipient: in.Recipient, At: v("at")}
	if len(data.Text) > limits.CredentialBytes {
		data.Text = "" // do not send it back
		return in, problemOf(data, "too_large"), http.StatusRequestEntityTooLarge
	}
	file, name, err := upload(c.Request)
	switch {
	case errors.Is(err, errTooLarge):
		return in, problemOf(data, "too_large"), http.StatusRequestEntityTooLarge
	case err != nil:
		return in, problemOf(data, "malformed"), http.StatusBadRequest
	}
	in.File, in.FileName = file, name
	if data.At != "" {
		at, err := time.Parse(time.DateOnly, data.At)
		if err != nil {
			return in, problemOf(data, "date"), http.StatusUnprocessableEntity
		}
		at = at.Add(12 * time.Hour) // the middle of that day
		in.At = &at
	}
	switch given(in) {
	case 0:
		return in, problemOf(data, "none"), http.StatusUnprocessableEntity
	case 1:
		return in, data, http.StatusOK
	}
	return in, problemOf(data, "several"), http.StatusUnprocessableEntity
}

func problemOf(data FormPage, name string) FormPage {
	data.Problem = name
	return data
}

func given(in Input) int {
	n := 0
	for _, there := range [...]bool{in.Text != "", in.URL != "", in.File != nil} {
		if there {
			n++
		}
	}
	return n
}

func parse(r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseMultipartForm(limits.RequestBytes)
	}
	return r.ParseForm()
}

var errTooLarge = errors.New("file too large")

// upload returns the file of the form, nil when none was chosen.
func upload(r *http.Request) (data []byte, name string, err error) {
	f, header, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if header.Filename == "" && header.Size == 0 {
		return nil, "", nil
	}
	if header.Size > limits.ImageBytes {
		return nil, "", errTooLarge
	}
	data, err = io.ReadAll(f)
	if data == nil {
		data = []byte{}
	}
	return data, header.Filename, err
}
