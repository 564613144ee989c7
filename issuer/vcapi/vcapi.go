// Package vcapi is the issuing half of the VC-API (VCALM 0.9): POST /credentials/issue, POST /credentials/status, and
// /status-lists.
//
// It owns the protocol's own forms and who may use them: a bearer token with the scope issue, or revoke, for the issuer that
// the credential names. It refuses every credential that does not follow the data model (VCDM 2.0 §4) or that would lose
// a statement when it is signed, before a key is touched. Signing and revoking are the affair of the services that it is
// given.
package vcapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/access"
)

// Paths of the routes.
const (
	IssuePath  = "/credentials/issue"
	StatusPath = "/credentials/status"
	ListsPath  = "/status-lists"
	ListPath   = "/status-lists/:id"
)

// Order says how a credential is to be secured.
type Order struct {
	Form        proof.Form // "" or proof.DataIntegrity, or proof.VCJWT for an enveloped credential
	Cryptosuite string     // "" means the issuer's usual one
	Mandatory   []string   // for ecdsa-sd-2023: JSON pointers
	Inline      Inline
	Status      Entry
	Actor       string // who asks, for the record
}

// Entry says whether a credential is given a status entry where that is a matter of choice: issuers with a record give one
// always.
type Entry uint8

// What is done about a status entry.
const (
	NoEntry Entry = iota
	EntryGiven
)

// Inline says whether contexts may stand in the document.
type Inline uint8

// What is done with contexts in the document.
const (
	InlineRefused Inline = iota
	InlineTaken
)

// Issuers secures credentials.
type Issuers interface {
	// Owner returns our id of the issuer with that DID; fault.NotFound when it is none of ours.
	Owner(ctx context.Context, did string) (issuerID string, err error)
	// Secure returns doc with a proof of its issuer, or the envelope that holds it. The document was checked before.
	Secure(ctx context.Context, doc ijson.Value, o Order) ([]byte, error)
}

// Issued is a credential whose status can be set.
type Issued struct {
	ID       string // ours, or the credential's own where we keep none
	IssuerID string // ours
}

// Statuses changes the status of credentials.
type Statuses interface {
	// Find returns what was issued here under the id of a credential: nothing, one, or one for each of several issuers.
	Find(ctx context.Context, credentialID string) ([]Issued, error)
	// Revoke revokes; a second time is no error.
	Revoke(ctx context.Context, x Issued, actor string) error
}

// List is a status list.
type List struct {
	ID      string // the last element of its address here
	URL     string // that credentials name
	Purpose string
}

// Lists keeps status lists.
type Lists interface {
	// Open returns the list from which that issuer's next credentials get their entries, and makes it when there is none.
	Open(ctx context.Context, issuerID string) (l List, made bool, err error)
	// Publish returns a list as a credential with an embedded proof; fault.NotFound when there is none with that id.
	Publish(ctx context.Context, id string) ([]byte, error)
}

// Tokens knows who calls; *access.Service satisfies it.
type Tokens interface {
	Authenticate(ctx context.Context, secret string) (access.Token, error)
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Mode says what the API is for.
type Mode uint8

// The modes.
const (
	// Production asks for a token and takes no contexts in the document.
	Production Mode = iota
	// ConformanceUnsafe serves the official test suites, which send no token.
	ConformanceUnsafe
)

// Config is what the API works with. With the zero Config nobody is let in.
type Config struct {
	Mode     Mode
	Issuers  Issuers
	Statuses Statuses
	Lists    Lists
	Tokens   Tokens
	Errors   Errors
	Logger   *slog.Logger
}

// API holds the handlers.
type API struct{ cfg Config }

// New makes the API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Issuers == nil {
		c.Issuers = nobody{}
	}
	if c.Statuses == nil {
		c.Statuses = nothing{}
	}
	if c.Lists == nil {
		c.Lists = nothing{}
	}
	return &API{cfg: c}
}

// Register adds the routes.
func (a *API) Register(r gin.IRoutes) {
	r.POST(IssuePath, a.wrap(a.issue))
	r.POST(StatusPath, a.wrap(a.status))
	r.POST(ListsPath, a.wrap(a.open))
	r.GET(ListPath, a.list)
}

// wrap admits the caller, reads the body, and writes errors.
func (a *API) wrap(h func(*gin.Context, caller, ijson.Value) error) gin.HandlerFunc {
	return func(g *gin.Context) {
		g.Header("Cache-Control", "no-store")
		who, err := a.admit(g)
		var body ijson.Value
		if err == nil {
			body, err = read(g.Request)
		}
		if err == nil {
			err = h(g, who, body)
		}
		if err != nil {
			a.fail(g, err)
		}
	}
}

// Admitted lets those through who have a token, whatever its scopes: for the other half of the VC-API, which reads nothing of a
// deployment.
func (a *API) Admitted() gin.HandlerFunc {
	return func(g *gin.Context) {
		if _, err := a.admit(g); err != nil {
			g.Header("Cache-Control", "no-store")
			a.fail(g, err)
		}
	}
}

func (a *API) fail(g *gin.Context, err error) {
	if p := fault.Describe(err); p.Kind == fault.Unsupported { // a status for media types, which these are not
		err = fault.New(fault.Invalid, err, "%s", p.Sentence).Code(p.Code).At(p.Pointer).Hint("%s", p.Hint)
	}
	g.Abort()
	a.cfg.Errors.Write(g.Writer, g.Request, err)
}

// caller is who asks.
type caller struct {
	mode  Mode
	token access.Token
}

// may reports whether the caller has the scope for an issuer of ours.
func (c caller) may(scope access.Scope, issuerID string) error {
	if c.allowed(scope, issuerID) {
		return nil
	}
	return errScope(scope)
}

// allowed reports the same.
func (c caller) allowed(scope access.Scope, issuerID string) bool {
	return c.mode == ConformanceUnsafe || access.Allows(c.token, scope, issuerID)
}

// has reports whether the caller has the scope for any issuer at all.
func (c caller) has(scope access.Scope) error {
	if c.mode == ConformanceUnsafe || access.Has(c.token, scope) {
		return nil
	}
	return errScope(scope)
}

func errScope(scope access.Scope) error {
	return fault.New(fault.Forbidden, nil, "the token does not have the scope %s for this issuer", scope).Code("token.scope")
}

func (c caller) actor() string {
	if c.mode == ConformanceUnsafe {
		return "conformance"
	}
	return c.token.ID
}

// admit finds out who calls (RFC 6750 §2.1).
func (a *API) admit(g *gin.Context) (caller, error) {
	if a.cfg.Mode == ConformanceUnsafe {
		return caller{mode: ConformanceUnsafe}, nil
	}
	missing := fault.New(fault.Unauthorized, nil, "this needs a token").Code("token.missing").
		Hint("send the header Authorization: Bearer laurel_… with a token from: laurel token add --scope issue")
	headers := g.Request.Header.Values("Authorization")
	if len(headers) != 1 || a.cfg.Tokens == nil {
		return caller{}, missing
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return caller{}, missing
	}
	t, err := a.cfg.Tokens.Authenticate(g.Request.Context(), secret)
	return caller{token: t}, err
}

// read reads the body: one JSON object of one meaning.
func read(r *http.Request) (ijson.Value, error) {
	src, err := io.ReadAll(io.LimitReader(r.Body, limits.CredentialBytes*2))
	if err != nil {
		return ijson.Value{}, fault.New(fault.Invalid, err, "the request ended too early").Code("request.cut")
	}
	body, err := ijson.Parse(src, ijson.Bounds{})
	if err != nil && fault.AsDefect(err).Code == "limits.size" {
		return body, fault.New(fault.TooLarge, err, "%s", fault.AsDefect(err).Detail).Code("limits.size")
	}
	if err != nil {
		return body, refuse(err)
	}
	if body.Kind() != ijson.Object {
		return body, fault.New(fault.Invalid, nil, "the request is a JSON object").Code("json.type")
	}
	return body, nil
}

// refuse turns a defect of what was sent into a fault of the request.
func refuse(err error) error {
	d := fault.AsDefect(err)
	return fault.New(fault.Invalid, err, "%s", d.Detail).Code(d.Code).At(d.At)
}

func write(g *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	g.Header("Content-Length", strconv.Itoa(len(body)))
	g.Data(status, "application/json", body)
	return nil
}

// issued is the answer to an issue request.
type issued struct {
	Credential jsontext.Value `json:"verifiableCredential"`
}

// nobody issues nothing.
type nobody struct{}

func (nobody) Owner(_ context.Context, did string) (string, error) { return "", errNoIssuer(did) }

func (nobody) Secure(context.Context, ijson.Value, Order) ([]byte, error) {
	return nil, errNoIssuer("")
}

func errNoIssuer(did string) error {
	return fault.New(fault.NotFound, nil, "%.120q is no issuer of this service", did).Code("issuer.not_found")
}

// nothing was issued.
type nothing struct{}

func (nothing) Find(context.Context, string) ([]Issued, error) { return nil, nil }

func (nothing) Revoke(context.Context, Issued, string) error { return errNoCredential() }

func (nothing) Open(context.Context, string) (List, bool, error) { return List{}, false, errNoList() }

func (nothing) Publish(context.Context, string) ([]byte, error) { return nil, errNoList() }

func errNoCredential() error {
	return fault.New(fault.NotFound, nil, "this service has issued no credential of that id for you").Code("credential.not_found")
}

func errNoList() error {
	return fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
}
