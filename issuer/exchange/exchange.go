// Package exchange gives badges to wallets that speak the VC-API (VCALM): the Learner Credential Wallet above all.
//
// It owns two addresses of a claim link: the exchange of its interaction URL, which answers with the badge as it is for anybody
// who has the link, and the older one to which a wallet posts a presentation that it signed, and gets a badge about its own
// DID. It refuses a presentation that does not answer a challenge made for this very link, that was answered before, or that is not
// signed by its holder. Whether it is, the verifier says, whom cmd puts behind Presenter.
package exchange

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// Path is where exchanges begin.
const Path = "/exchanges"

// URL is the address of the exchange of a claim link.
func URL(base, claim string) string { return strings.TrimRight(base, "/") + Path + "/" + claim }

// BoundURL is the address that takes a signed presentation for a claim link.
func BoundURL(base, claim string) string { return URL(base, claim) + "/bound" }

// Wallets decides about claim links; *wallet.Service does.
type Wallets interface {
	IsChallenge(claim, challenge string) bool
	UseChallenge(ctx context.Context, claim, challenge string) error
	IssueClaimed(ctx context.Context, claim string, c wallet.Configuration, h wallet.Holder) (wallet.Issued, error)
}

// Presenter judges a presentation. Holder is whose key signed it; a fault when it does not hold, answers another challenge, or is
// for another domain, where one is said.
type Presenter interface {
	Present(ctx context.Context, presentation []byte, challenge, domain string) (holder string, err error)
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Config is what the API works with.
type Config struct {
	Wallets   Wallets
	Presenter Presenter
	Errors    Errors
	Logger    *slog.Logger
}

// API holds the handlers.
type API struct{ c Config }

// New makes the API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	return &API{c: c}
}

// Register adds the routes.
func (a *API) Register(r gin.IRoutes) {
	r.POST(Path+"/:code", a.handle(a.open))
	r.POST(Path+"/:code/bound", a.handle(a.bound))
}

func (a *API) handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(g *gin.Context) {
		g.Header("Cache-Control", "no-store")
		if err := h(g); err != nil {
			g.Abort()
			a.c.Errors.Write(g.Writer, g.Request, err)
		}
	}
}

// requestBytes bounds a message; a presentation without credentials takes about one KiB.
const requestBytes = 64 << 10

func read(r *http.Request) ([]byte, ijson.Value, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, requestBytes+1))
	if err != nil {
		return nil, ijson.Value{}, fault.New(fault.Invalid, err, "the request could not be read").Code("request.body")
	}
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: requestBytes})
	if err != nil {
		d := fault.AsDefect(err)
		return nil, v, fault.New(fault.Invalid, err, "%s", d.Detail).Code(d.Code).At(d.At)
	}
	if v.Kind() != ijson.Object {
		return nil, v, fault.New(fault.Invalid, nil, "a message of an exchange is an object").Code("json.type")
	}
	return body, v, nil
}

// embedded is the form for wallets of the VC-API: they know no JOSE.
func embedded() (wallet.Configuration, error) {
	c, ok := wallet.Find("badge-ldp")
	if !ok {
		return c, fault.New(fault.Unsupported, nil, "badges are not issued with embedded proofs").Code("credential.form")
	}
	return c, nil
}

type presentation struct {
	Context     []string          `json:"@context"`
	Type        []string          `json:"type"`
	Credentials []json.RawMessage `json:"verifiableCredential"`
}

type message struct {
	Presentation presentation `json:"verifiablePresentation"`
}

// open answers the first message of an exchange with the badge. A presentation is not asked for first: the wallet for which
// this is made drops what it is given after one (docs/wallets.md).
func (a *API) open(g *gin.Context) error {
	if _, _, err := read(g.Request); err != nil {
		return err
	}
	c, err := embedded()
	if err != nil {
		return err
	}
	issued, err := a.c.Wallets.IssueClaimed(g.Request.Context(), g.Param("code"), c, wallet.Holder{})
	if err != nil {
		return err
	}
	return write(g, message{presentation{
		Context: []string{credential.ContextV2}, Type: []string{"VerifiablePresentation"}, Credentials: []json.RawMessage{issued.Signed},
	}})
}

// bound takes a presentation that a wallet signed, as it is or as a member of the message, and answers with the badge about the
// wallet's DID.
func (a *API) bound(g *gin.Context) error {
	body, v, err := read(g.Request)
	if err != nil {
		return err
	}
	if inner, ok := v.Get("verifiablePresentation"); ok {
		v, body = inner, ijson.Append(nil, inner)
	}
	challenge, ctx := challengeOf(v), g.Request.Context()
	if !a.c.Wallets.IsChallenge(g.Param("code"), challenge) {
		return fault.New(fault.Invalid, nil, "the presentation does not answer a challenge that was made for this link").Code("vp.nonce").At("/proof/challenge")
	}
	if !byKey(v) { // no wallet makes us ask an address
		return fault.New(fault.Invalid, nil, "the presentation is not signed by a did:key or did:jwk").Code("vp.holder").At("/proof/verificationMethod")
	}
	holder, err := a.c.Presenter.Present(ctx, body, challenge, "")
	if err != nil {
		return err
	}
	if err := a.c.Wallets.UseChallenge(ctx, g.Param("code"), challenge); err != nil {
		return err
	}
	c, err := embedded()
	if err != nil {
		return err
	}
	issued, err := a.c.Wallets.IssueClaimed(ctx, g.Param("code"), c, wallet.Holder{ID: holder})
	if err != nil {
		return err
	}
	return write(g, json.RawMessage(issued.Signed))
}

// challengeOf returns the challenge of the first proof. That all proofs answer it, the verifier checks.
func challengeOf(v ijson.Value) string {
	for _, p := range v.Member("proof").Items() {
		return p.Member("challenge").Text()
	}
	return ""
}

// byKey reports whether every proof names an identity that is a key itself.
func byKey(v ijson.Value) bool {
	return !slices.ContainsFunc(v.Member("proof").Items(), func(p ijson.Value) bool {
		method := p.Member("verificationMethod").Text()
		return !strings.HasPrefix(method, "did:key:") && !strings.HasPrefix(method, "did:jwk:")
	})
}

// write escapes what readers of HTML would take for entities: the wallet decodes them before it reads the JSON.
func write(g *gin.Context, v any) error {
	out, err := json.Marshal(v)
	if err != nil {
		return err
	}
	g.Data(http.StatusOK, "application/json", out)
	return nil
}
