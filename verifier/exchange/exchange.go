// Package exchange asks wallets for badges by the VC-API (VCALM): the Learner Credential Wallet above all, which knows no OpenID4VP.
//
// It owns the exchange of a request: the presentation request, with QueryByExample for the badge and DIDAuthentication so that the
// holder signs, and reading the presentation that answers it. It refuses messages that are neither, a request of another protocol,
// and a presentation that was signed for another challenge or another domain; whether the rest holds is for package request and
// the verifier. A wallet of the VC-API leads nobody back with a secret, so that every answer counts as one from another device.
package exchange

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// Path is where exchanges of requests begin.
const Path = "/exchange-requests"

// Requests are the questions; *request.Service keeps them.
type Requests interface {
	ForWallet(ctx context.Context, id string) (request.Request, error)
	Answer(ctx context.Context, r request.Request, a request.Answer) (request.Receipt, error)
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what an API works with.
type Config struct {
	BaseURL  string // also the domain that presentations are signed for
	Requests Requests
	Errors   Errors
	Logger   *slog.Logger
}

// API serves wallets. It is safe for concurrent use.
type API struct {
	c    Config
	host string
}

// New makes an API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	out := &API{c: c, host: c.BaseURL}
	if u, err := url.Parse(c.BaseURL); err == nil && u.Host != "" {
		out.host = u.Host
	}
	return out
}

// Register adds the route.
func (a *API) Register(r gin.IRoutes) { r.POST(Path+"/:id", a.handle) }

// URL is the address of the exchange of a request.
func (a *API) URL(r request.Request) string { return a.c.BaseURL + Path + "/" + r.ID }

// Link is what opens the wallet: for a screen the interaction URL, which a wallet resolves and a browser shows as a page (VCALM,
// interaction URLs); on the same device the link of the Learner Credential Wallet.
func (a *API) Link(r request.Request, f request.Flow) (string, error) {
	if f != request.SameDevice {
		return a.c.BaseURL + "/request/" + r.ID + "?iuv=1", nil
	}
	message, err := json.Marshal(map[string]any{"credentialRequestOrigin": a.c.BaseURL, "protocols": map[string]string{"vcapi": a.URL(r)}})
	return "https://lcw.app/request?request=" + url.QueryEscape(string(message)), err
}

func (a *API) handle(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	out, err := a.step(g)
	if err != nil {
		g.Abort()
		a.c.Errors.Write(g.Writer, g.Request, err)
		return
	}
	g.JSON(http.StatusOK, out)
}

// step answers an empty message with the request, and a presentation with an empty message: the exchange is over then.
func (a *API) step(g *gin.Context) (any, error) {
	ctx := g.Request.Context()
	r, err := a.c.Requests.ForWallet(ctx, g.Param("id"))
	if err != nil {
		return nil, err
	}
	if r.Dialect != request.VCAPI {
		return nil, fault.New(fault.Invalid, nil, "this request is not made for wallets of the VC-API").Code("request.dialect").Hint("ask for a new code")
	}
	presented, err := read(g.Request)
	if err != nil {
		return nil, err
	}
	if presented == nil {
		return a.ask(r), nil
	}
	receipt, err := a.c.Requests.Answer(ctx, r, request.Answer{
		Flow: request.CrossDevice, Audience: a.c.BaseURL, Presented: []request.Presented{{Format: request.LDP, Bytes: presented}},
	})
	if err != nil {
		return nil, err
	}
	if receipt.Verdict == verifier.Invalid {
		return nil, fault.New(fault.Invalid, nil, "the presentation was refused (%s)", receipt.Reason).Code("request.refused")
	}
	return struct{}{}, nil
}

// read returns the presentation of a message, nil for a message without one. Members besides are the affair of other exchanges, but
// a presentation must not come twice under two names.
func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, limits.CredentialBytes+1))
	if err != nil || len(body) > limits.CredentialBytes {
		return nil, fault.New(fault.Invalid, err, "more than %d bytes were sent, or they ended too early", limits.CredentialBytes).Code("limits.request")
	}
	v, err := ijson.Parse(body, ijson.Bounds{})
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.New(fault.Invalid, err, "%s", d.Detail).Code(d.Code).At(d.At)
	}
	if v.Kind() != ijson.Object {
		return nil, fault.New(fault.Invalid, nil, "a message of an exchange is an object").Code("json.type")
	}
	p, ok := v.Get("verifiablePresentation")
	if !ok {
		if len(v.Members()) > 0 {
			return nil, fault.New(fault.Invalid, nil, "a message is empty or holds a verifiablePresentation").Code("request.message")
		}
		return nil, nil
	}
	if p.Kind() != ijson.Object {
		return nil, fault.New(fault.Invalid, nil, "a verifiablePresentation is an object").Code("json.type").At("/verifiablePresentation")
	}
	return ijson.Append(nil, p), nil
}

// example is what a badge must say, no more than is known for sure: wallets compare it literally.
func example(r request.Request) map[string]any {
	out := map[string]any{"type": []string{"VerifiableCredential", "OpenBadgeCredential"}}
	if len(r.Editions) == 1 {
		out["credentialSubject"] = map[string]any{"achievement": map[string]string{"id": r.Editions[0]}}
	}
	if ids := r.IssuerIDs(); len(ids) == 1 {
		out["issuer"] = map[string]string{"id": ids[0]}
	}
	return out
}

// ask is the presentation request.
func (a *API) ask(r request.Request) any {
	suites := []any{map[string]string{"cryptosuite": "eddsa-rdfc-2022"}, map[string]string{"cryptosuite": "ecdsa-rdfc-2019"}}
	for _, c := range r.Compatible {
		if c == request.Ed25519Signature2020 {
			suites = append(suites, map[string]string{"cryptosuite": "Ed25519Signature2020"})
		}
	}
	return map[string]any{"verifiablePresentationRequest": map[string]any{
		"query": []any{
			map[string]any{"type": "QueryByExample", "credentialQuery": map[string]any{
				"reason": r.Name(a.host) + ": " + r.Purpose, "example": example(r),
			}},
			map[string]any{"type": "DIDAuthentication", "acceptedMethods": []any{
				map[string]string{"method": "key"}, map[string]string{"method": "jwk"}, map[string]string{"method": "web"},
			}, "acceptedCryptosuites": suites},
		},
		"challenge": r.NonceFor(request.CrossDevice), "domain": a.c.BaseURL,
	}}
}
