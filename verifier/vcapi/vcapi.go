// Package vcapi is the verifying half of the VC-API (VCALM 0.x): POST /credentials/verify, POST /presentations/verify,
// POST /credentials/derive and GET /identifiers/{did}.
//
// It owns the protocol's own forms: 200 for what holds and 400 for everything else, with every check in the body, and DID
// resolution results. It refuses what it cannot check: an unknown proof, a status list without a verifier that reads it, a
// presentation without an answer to its challenge. Nothing is stored.
package vcapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Paths of the routes.
const (
	CredentialPath   = "/credentials/verify"
	PresentationPath = "/presentations/verify"
	IdentifierPath   = "/identifiers/*did"
)

// Checker is the verifier of badges; *verifier.Verifier satisfies it.
type Checker interface {
	Check(ctx context.Context, in verifier.Input, p verifier.Policy) verifier.Result
	VerifyPresentation(ctx context.Context, item intake.Item, p verifier.PresentationPolicy) verifier.PresentationResult
}

// Resolver gives the keys that an identity published; *did.Resolver satisfies it.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*did.Document, error)
}

// Statuses knows entries of status lists.
type Statuses interface {
	// Revoked says what an entry of a list is; known is false when it knows no such entry.
	Revoked(list string, index int) (revoked, known bool)
}

// Errors writes an error as a response; *problem.Writer does.
type Errors interface {
	Write(w http.ResponseWriter, r *http.Request, err error)
}

// Mode says what the API is for.
type Mode uint8

// The modes.
const (
	// Production verifies credentials and presentations with the Checker alone, whatever options.checks leaves out.
	Production Mode = iota
	// ConformanceUnsafe serves the official test suites: credentials in general, with contexts of their own, and without
	// binding where options.checks is ["proof"].
	ConformanceUnsafe
)

// Config is what the API works with. With the zero Config only did:key and did:jwk are resolved, and every credential is
// undecided.
type Config struct {
	Mode    Mode
	Checker Checker
	Keys    Resolver
	Lists   Statuses // asked with ConformanceUnsafe alone; nil: every entry is unknown. The Checker looks up its own
	Clock   func() time.Time
	Errors  Errors
	Logger  *slog.Logger
}

// API holds the handlers. Who may call is the affair of whoever registers them.
type API struct{ cfg Config }

// New makes the API.
func New(c Config) *API {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Errors == nil {
		c.Errors = problem.New(problem.Config{Logger: c.Logger})
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Keys == nil {
		c.Keys = did.New(did.Config{Clock: c.Clock})
	}
	if c.Checker == nil {
		c.Checker = verifier.New(verifier.Config{Clock: c.Clock})
	}
	return &API{cfg: c}
}

// Register adds the routes.
func (a *API) Register(r gin.IRoutes) {
	r.POST(CredentialPath, a.credential)
	r.POST(PresentationPath, a.presentation)
	r.POST(DerivePath, a.derive)
	r.GET(IdentifierPath, a.identifier)
}

func (a *API) credential(g *gin.Context) {
	doc, o, err := a.read(g.Request, "verifiableCredential")
	if err != nil {
		a.reply(g, refusal(err))
		return
	}
	e := examiner{api: a, now: a.cfg.Clock(), options: o}
	a.reply(g, e.credential(g.Request.Context(), doc))
}

func (a *API) presentation(g *gin.Context) {
	doc, o, err := a.read(g.Request, "verifiablePresentation")
	if err != nil {
		a.reply(g, refusal(err))
		return
	}
	e := examiner{api: a, now: a.cfg.Clock(), options: o}
	a.reply(g, e.presentation(g.Request.Context(), doc))
}

// reply writes an answer: 200 when it says verified, 400 otherwise.
func (a *API) reply(g *gin.Context, answer Answer) {
	status := http.StatusBadRequest
	if answer.Verified {
		status = http.StatusOK
	}
	a.write(g, status, "application/json", answer)
}

func (a *API) write(g *gin.Context, status int, media string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		g.Abort()
		a.cfg.Errors.Write(g.Writer, g.Request, err)
		return
	}
	g.Header("Cache-Control", "no-store")
	g.Header("Content-Length", strconv.Itoa(len(body)))
	g.Data(status, media, body)
}

// options are what a caller asks for. Members that are not known are the affair of other implementations.
type options struct {
	proofOnly bool
	challenge string
	domain    string
	pointers  []string // selectivePointers
	malformed bool     // selectivePointers is no list of texts
}

// read takes the request apart. Binding is waived for the test suites alone; some of them send no options, so the address
// may say it, too: ?checks=proof. The error is a *fault.Defect.
func (a *API) read(r *http.Request, member string) (ijson.Value, options, error) {
	doc, o, err := parse(r, member)
	if r.URL.Query().Get("checks") == "proof" {
		o.proofOnly = true
	}
	o.proofOnly = o.proofOnly && a.cfg.Mode == ConformanceUnsafe
	return doc, o, err
}

func parse(r *http.Request, member string) (doc ijson.Value, o options, err error) {
	src, err := io.ReadAll(io.LimitReader(r.Body, limits.RequestBytes+1))
	if err != nil {
		return doc, o, fault.Wrong("request.cut", "", "the request ended too early")
	}
	body, err := ijson.Parse(src, ijson.Bounds{Bytes: limits.RequestBytes})
	if err != nil {
		return doc, o, err
	}
	doc, ok := body.Get(member)
	if !ok || doc.Kind() != ijson.Object {
		return doc, o, fault.Wrong("json.type", "/"+member, "%s is an object", member)
	}
	given, has := body.Get("options")
	if has && given.Kind() != ijson.Object {
		return doc, o, fault.Wrong("json.type", "/options", "options is an object")
	}
	for name, dst := range map[string]*string{"challenge": &o.challenge, "domain": &o.domain} {
		v, has := given.Get(name)
		if has && !v.IsString() {
			return doc, o, fault.Wrong("json.type", "/options/"+name, "%s is a text", name)
		}
		*dst = v.Text()
	}
	o.selective(given)
	checks := given.Member("checks").Texts()
	o.proofOnly = len(checks) == 1 && checks[0] == "proof"
	return doc, o, nil
}
