// Package exchange gives badges to wallets that speak the VC-API (VCALM): the Learner Credential Wallet above all.
//
// It owns three addresses of a claim link: the exchange of its interaction URL, which answers with the badge as it is for anybody
// who has the link; one that asks for DIDAuthentication first, and gives a badge about the wallet's DID; and the older one to which
// a wallet posts a presentation without being asked, with the same outcome. It refuses a presentation that does not answer a
// challenge made for this very link, that was answered before, or that is not signed by its holder. Whether it is, the verifier
// says, whom cmd puts behind Presenter.
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
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// Path is where exchanges begin.
const Path = "/exchanges"

// URL is the address of the exchange of a claim link.
func URL(base, claim string) string { return strings.TrimRight(base, "/") + Path + "/" + claim }

// BoundURL is the address that takes a signed presentation for a claim link.
func BoundURL(base, claim string) string { return URL(base, claim) + "/bound" }

// SignInURL is the address of the exchange of a claim link that asks for DIDAuthentication.
func SignInURL(base, claim string) string { return URL(base, claim) + "/did" }

// Wallets decides about claim links; *wallet.Service does.
type Wallets interface {
	Challenge(ctx context.Context, claim string) (string, error)
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
	BaseURL   string // the domain for which wallets sign
	Wallets   Wallets
	Presenter Presenter
	Errors    Errors
	Logger    *slog.Logger
}

// API holds the handlers.
type API struct{ c Config }

// New makes the API.
func New(c Config) *API {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
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
	r.POST(Path+"/:code/did", a.handle(a.signIn))
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

func read(r *http.Request) (ijson.Value, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, requestBytes+1))
	if err != nil {
		return ijson.Value{}, fault.New(fault.Invalid, err, "the request could not be read").Code("request.body")
	}
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: requestBytes})
	if err != nil {
		d := fault.AsDefect(err)
		return v, fault.New(fault.Invalid, err, "%s", d.Detail).Code(d.Code).At(d.At)
	}
	if v.Kind() != ijson.Object {
		return v, fault.New(fault.Invalid, nil, "a message of an exchange is an object").Code("json.type")
	}
	return v, nil
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
	if _, err := read(g.Request); err != nil {
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
	return write(g, presented(issued))
}

// presented is a message with one credential.
func presented(issued wallet.Issued) message {
	return message{presentation{
		Context: []string{credential.ContextV2}, Type: []string{"VerifiablePresentation"}, Credentials: []json.RawMessage{issued.Signed},
	}}
}

// asked is a request for DIDAuthentication (VCALM, verifiable presentation request).
type asked struct {
	Query     []query `json:"query"`
	Challenge string  `json:"challenge"`
	Domain    string  `json:"domain"`
}

type query struct {
	Type    string   `json:"type"`
	Methods []method `json:"acceptedMethods"`
	Suites  []suite  `json:"acceptedCryptosuites"`
}

type method struct {
	Method string `json:"method"`
}

type suite struct {
	Suite string `json:"cryptosuite"`
}

type request struct {
	Request asked `json:"verifiablePresentationRequest"`
}

// signIn asks a wallet to sign in, and answers with the badge about its DID.
func (a *API) signIn(g *gin.Context) error {
	v, err := read(g.Request)
	if err != nil {
		return err
	}
	code, ctx := g.Param("code"), g.Request.Context()
	inner, answers := v.Get("verifiablePresentation")
	if !answers {
		challenge, err := a.c.Wallets.Challenge(ctx, code)
		if err != nil {
			return err
		}
		q := query{Type: "DIDAuthentication", Methods: []method{{"key"}, {"jwk"}}, Suites: []suite{{dataintegrity.EdDSARDFC}, {dataintegrity.ECDSARDFC}}}
		return write(g, request{asked{Query: []query{q}, Challenge: challenge, Domain: a.c.BaseURL}})
	}
	issued, err := a.take(ctx, code, inner, a.c.BaseURL)
	if err != nil {
		return err
	}
	return write(g, presented(issued))
}

// bound takes a presentation that a wallet signed, as it is or as a member of the message, and answers with the badge about the
// wallet's DID. These links name no domain.
func (a *API) bound(g *gin.Context) error {
	v, err := read(g.Request)
	if err != nil {
		return err
	}
	if inner, ok := v.Get("verifiablePresentation"); ok {
		v = inner
	}
	issued, err := a.take(g.Request.Context(), g.Param("code"), v, "")
	if err != nil {
		return err
	}
	return write(g, json.RawMessage(issued.Signed))
}

// take makes the badge about the DID that a presentation proves. Its challenge is used up when everything else holds.
func (a *API) take(ctx context.Context, code string, v ijson.Value, domain string) (wallet.Issued, error) {
	challenge := challengeOf(v)
	if !a.c.Wallets.IsChallenge(code, challenge) {
		return wallet.Issued{}, fault.New(fault.Invalid, nil, "the presentation does not answer a challenge that was made for this link").
			Code("vp.nonce").At("/proof/challenge")
	}
	if !byKey(v) { // no wallet makes us ask an address
		return wallet.Issued{}, fault.New(fault.Invalid, nil, "the presentation is not signed by a did:key or did:jwk").
			Code("vp.holder").At("/proof/verificationMethod")
	}
	holder, err := a.c.Presenter.Present(ctx, ijson.Append(nil, v), challenge, domain)
	if err != nil {
		return wallet.Issued{}, err
	}
	if err := a.c.Wallets.UseChallenge(ctx, code, challenge); err != nil {
		return wallet.Issued{}, err
	}
	c, err := embedded()
	if err != nil {
		return wallet.Issued{}, err
	}
	return a.c.Wallets.IssueClaimed(ctx, code, c, wallet.Holder{ID: holder})
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
