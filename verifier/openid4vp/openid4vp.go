// Package openid4vp asks wallets for badges: OpenID for Verifiable Presentations 1.0 with DCQL, and, as requests of their own,
// its drafts 18 to 24 with a presentation definition.
//
// It owns how we name ourselves, the request object and its signature (RFC 9101), and reading what a wallet posts. It refuses
// what is not exactly one answer to one open request: parameters that stand twice, another state, answers to questions that were
// not asked, encryption that was not offered. Whether the answer holds is for package request and the verifier.
package openid4vp

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// Signing is what request objects are signed with.
type Signing struct {
	Key   keys.Signer
	DID   string   // whose key it is
	KeyID string   // the DID URL of the key, in a form of method that wallets know
	Chain [][]byte // its certificate and those above it, in DER; none when there is no certificate
}

// Keys lends the key that request objects are signed with.
type Keys interface {
	// Signing is fault.NotFound for a deployment without a key for requests under that prefix.
	Signing(ctx context.Context, c request.Client) (Signing, error)
}

// Requests are the questions; *request.Service keeps them.
type Requests interface {
	ForWallet(ctx context.Context, id string) (request.Request, error)
	Answer(ctx context.Context, r request.Request, a request.Answer) (request.Receipt, error)
	Decline(ctx context.Context, r request.Request, f request.Flow, code string) (request.Receipt, error)
}

// Config is what an API works with.
type Config struct {
	BaseURL  string
	Requests Requests
	Keys     Keys             // nil: requests are unsigned
	Clock    func() time.Time // default: time.Now
	Secret   []byte           // of which the keys are made that answers are encrypted to; nil: none are
	Logger   *slog.Logger
}

// API serves wallets. It is safe for concurrent use.
type API struct{ c Config }

// New makes an API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &API{c: c}
}

// Register adds the routes.
func (a *API) Register(r gin.IRoutes) {
	r.GET("/openid4vp/:id/:flow/request", a.handle(a.object))
	r.POST("/openid4vp/:id/:flow/request", a.handle(a.object))
	r.POST("/openid4vp/:id/:flow/response", a.handle(a.response))
}

// Bounds on what a wallet posts.
const (
	bodyBytes  = 2 << 20
	nonceBytes = 1024
)

// handle writes errors in the form of OAuth (RFC 6749 §5.2).
func (a *API) handle(h func(g *gin.Context) error) gin.HandlerFunc {
	return func(g *gin.Context) {
		g.Header("Cache-Control", "no-store")
		err := h(g)
		if err == nil {
			return
		}
		p := fault.Describe(err)
		status, code := http.StatusBadRequest, "invalid_request"
		switch p.Kind {
		case fault.Internal:
			status, code = http.StatusInternalServerError, "server_error"
			a.c.Logger.ErrorContext(g.Request.Context(), "request to a wallet", "error", err)
		case fault.Unavailable:
			status, code = http.StatusServiceUnavailable, "temporarily_unavailable"
		}
		g.JSON(status, gin.H{"error": code, "error_description": strings.TrimPrefix(p.Code+": "+p.Sentence, ": ")})
	}
}

// asked finds the open request that a path names.
func (a *API) asked(g *gin.Context) (request.Request, request.Flow, error) {
	f := request.Flow(g.Param("flow"))
	if f != request.SameDevice && f != request.CrossDevice {
		return request.Request{}, f, fault.New(fault.Invalid, nil, "there is no such request").Code("request.unknown")
	}
	r, err := a.c.Requests.ForWallet(g.Request.Context(), g.Param("id"))
	if err == nil && r.Dialect != request.OpenID4VP && r.Dialect != request.Legacy {
		err = fault.New(fault.Invalid, nil, "this request is made for wallets of another protocol").Code("request.dialect")
	}
	return r, f, err
}

// object answers with the request object, by GET or by POST with a wallet_nonce (OpenID4VP 1.0 §5.10). A wallet may fetch it
// several times.
func (a *API) object(g *gin.Context) error {
	r, f, err := a.asked(g)
	if err != nil {
		return err
	}
	if r.Client == request.RedirectURI {
		return fault.New(fault.Invalid, nil, "this request stands in its link").Code("request.by_value")
	}
	nonce := ""
	if g.Request.Method == http.MethodPost {
		form, err := readForm(g.Request)
		if err != nil {
			return err
		}
		if nonce = form.Get("wallet_nonce"); len(nonce) > nonceBytes {
			return fault.New(fault.Invalid, nil, "the wallet_nonce is too long").Code("request.wallet_nonce")
		}
	}
	signed, err := a.signed(g.Request.Context(), r, f, nonce)
	if err != nil {
		return err
	}
	g.Data(http.StatusOK, "application/oauth-authz-req+jwt", signed)
	return nil
}

// readForm reads the parameters of a body, each at most once.
func readForm(r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, fault.New(fault.Invalid, err, "parameters are expected as application/x-www-form-urlencoded").Code("request.media_type")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyBytes+1))
	if err != nil || len(body) > bodyBytes {
		return nil, fault.New(fault.Invalid, err, "more than %d bytes were sent, or they ended too early", bodyBytes).Code("limits.request")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the parameters are not well formed").Code("request.form")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, fault.New(fault.Invalid, nil, "the parameter %.40q stands twice", name).Code("request.parameter_twice")
		}
	}
	return form, nil
}

// response takes what a wallet posts (direct_post and direct_post.jwt, OpenID4VP 1.0 §8.2 and §8.3).
func (a *API) response(g *gin.Context) error {
	r, f, err := a.asked(g)
	if err != nil {
		return err
	}
	form, err := readForm(g.Request)
	if err != nil {
		return err
	}
	p, err := a.parameters(r, form)
	if err != nil {
		return err
	}
	if p.state != r.StateFor(f) {
		return fault.New(fault.Invalid, nil, "the state is not that of this request").Code("request.state")
	}
	ctx := g.Request.Context()
	var receipt request.Receipt
	if p.failure != "" {
		receipt, err = a.c.Requests.Decline(ctx, r, f, p.failure)
	} else {
		receipt, err = a.answer(ctx, r, f, p)
	}
	if err != nil {
		return err
	}
	if receipt.Verdict == verifier.Invalid && receipt.ResponseCode == "" { // else the page to which the wallet leads back says so
		return fault.New(fault.Invalid, nil, "the presentation was refused (%s)", receipt.Reason).Code("request.refused")
	}
	out := gin.H{}
	if receipt.ResponseCode != "" {
		if out["redirect_uri"], err = r.Back(a.c.BaseURL, receipt.ResponseCode); err != nil {
			return err
		}
	}
	g.JSON(http.StatusOK, out)
	return nil
}

func (a *API) answer(ctx context.Context, r request.Request, f request.Flow, p parameters) (request.Receipt, error) {
	shown, unmet, err := p.presented(r)
	if err != nil {
		return request.Receipt{}, err
	}
	client, err := a.clientID(ctx, r, f)
	if err != nil {
		return request.Receipt{}, err
	}
	return a.c.Requests.Answer(ctx, r, request.Answer{Flow: f, Audience: client, Presented: shown, Unmet: unmet})
}
