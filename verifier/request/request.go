// Package request owns the life of a question to a wallet: who asks for which badge and why, the secrets that tie the answer
// to the one who asked, and the one answer that counts.
//
// It refuses a second answer, one after the end, one to another way of asking, and whatever does not bring exactly what was
// asked for; and it shows an answer only to the session that asked (OpenID4VP 1.0 §13.3). It knows no protocol: package
// openid4vp speaks to the wallets.
package request

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Question is what is asked, as a person would say it.
type Question struct {
	Asker       string    `json:"asker"`                 // who asks; the holder reads it
	Purpose     string    `json:"purpose"`               // why; the holder reads it
	Achievement string    `json:"achievement,omitempty"` // id of an achievement, or of all its versions; empty: any
	Issuers     []string  `json:"issuers,omitempty"`     // DIDs, addresses or domains, one of which issued it; empty: whoever
	Since       time.Time `json:"since,omitzero"`        // valid from then on or later; zero: whenever
	Policy      string    `json:"policy,omitempty"`      // a name of verifier.ParsePolicy
	Formats     []Format  `json:"formats,omitempty"`     // which a wallet may answer in; empty: all
	Claims      []Claim   `json:"claims,omitempty"`      // what else is to be shown, where the badge has it and its holder may hide it
}

// Claim is what the holder of a badge may hide, in the formats that let them.
type Claim string

// The claims.
const (
	ClaimName     Claim = "name"     // who they are
	ClaimResult   Claim = "result"   // how well they did
	ClaimEvidence Claim = "evidence" // what shows their work
)

// AllClaims lists all claims.
func AllClaims() []Claim { return []Claim{ClaimName, ClaimResult, ClaimEvidence} }

// Format is a form of a badge as OpenID4VP names it.
type Format string

// The formats (OpenID4VP 1.0 appendix B).
const (
	SDJWT Format = "dc+sd-jwt"
	JWT   Format = "jwt_vc_json"
	LDP   Format = "ldp_vc"
)

// Formats lists all formats.
func Formats() []Format { return []Format{SDJWT, JWT, LDP} }

// Dialect is how the wallet is spoken to. Versions are never mixed in one request.
type Dialect string

// The dialects.
const (
	OpenID4VP Dialect = "openid4vp"       // 1.0, with DCQL
	Legacy    Dialect = "openid4vp-draft" // drafts 18 to 24, with a presentation definition
	VCAPI     Dialect = "vc-api"          // an exchange of the VC-API (VCALM), for wallets that know no OpenID4VP
)

// Client is the prefix under which we name ourselves (OpenID4VP 1.0 §5.9.3).
type Client string

// The prefixes.
const (
	RedirectURI Client = "redirect_uri"             // unsigned
	DID         Client = "decentralized_identifier" // signed with a key of the DID document
	X509SAN     Client = "x509_san_dns"             // signed with a key that has a certificate for the host
	X509Hash    Client = "x509_hash"                // the same, named by the certificate's hash
)

// Compatibility is a deviation from the newest standards that one kind of wallet needs. None is granted unless the order names it, and
// an answer that made use of one says so in Outcome.Against.
type Compatibility string

// Ed25519Signature2020 takes presentations that are signed with the proof type before Data Integrity, which the Learner Credential
// Wallet makes. What is signed, and how strongly, is the same.
const Ed25519Signature2020 Compatibility = "ed25519-signature-2020"

// WithoutState makes a request without state, for wallets that cannot return one, as those on the client library of Digital Bazaar. The
// address that they answer to is that of one request and one flow in any case, and so is the nonce.
const WithoutState Compatibility = "without-state"

// Flow is the way by which a wallet got the request. Nonce and state of the two differ, so that an answer to one is none to the
// other.
type Flow string

// The flows.
const (
	SameDevice  Flow = "s" // the wallet returns the person to the browser that asked
	CrossDevice Flow = "x" // the wallet scanned a code from another screen
	Browser     Flow = "b" // the browser that asked brings the answer itself (Digital Credentials API)
)

// State is where a request stands.
type State string

// The states. Expired is never stored: it follows from the time.
const (
	Open     State = "open"
	Answered State = "answered"
	Declined State = "declined"
	Expired  State = "expired"
)

// Order is what is needed to make a request.
type Order struct {
	Question
	Dialect   Dialect
	Client    Client
	Encrypted bool // the answer comes encrypted (direct_post.jwt)

	Compatible []Compatibility `json:",omitempty"`

	// ReturnTo is where a wallet on the same device leads back to, with a response code added: an address of the asker's own application. Only
	// who is known may name one. Empty: our page.
	ReturnTo string `json:",omitempty"`

	// Editions are the ids by which badges name the achievement, where Config.Editions knows them all; Create fills them in.
	Editions []string `json:",omitempty"`
}

// IssuerIDs are the issuers as badges name them, none when one of them is named by its domain only: then badges can name it in many ways.
func (o Order) IssuerIDs() []string {
	if slices.ContainsFunc(o.Issuers, func(i string) bool { return !identifier(i) }) {
		return nil
	}
	return o.Issuers
}

// Asker is who makes a request, so that one alone cannot use up what is there for all.
type Asker struct {
	Key   string // the same for everything that one asker asks: a client address, the id of a token or of a person
	Known bool   // by a token, or signed in
}

// Bounds are how many requests may wait for a wallet at the same moment. Zero is no bound.
type Bounds struct {
	Strangers int // of everybody who is not known, together
	Stranger  int // of one of them
	Known     int // of one who is known
}

// each is the bound of one asker.
func (b Bounds) each(known bool) int {
	if known {
		return b.Known
	}
	return b.Stranger
}

// Request is one question to one wallet. Asker, Transaction and ResponseCode are kept as hashes only.
type Request struct {
	ID string // in every address; whoever sees the code knows it
	Order
	Nonce       string // for Flow, see NonceFor
	Transaction []byte // SHA-256 of the secret of the session that asked
	AskedBy     []byte // keyed hash of Asker.Key
	Known       bool   // see Asker
	CreatedAt   time.Time
	ExpiresAt   time.Time // no answer is taken from then on
	KeptUntil   time.Time // and nothing is shown from then on

	State State
	Reply Reply
}

// Reply is how a request was answered.
type Reply struct {
	At           time.Time
	Flow         Flow
	ResponseCode []byte // SHA-256 of what the wallet was given for the browser; nil across devices
	Outcome      []byte // JSON of an Outcome
}

// NonceFor is the nonce that a wallet must answer on that way.
func (r Request) NonceFor(f Flow) string { return r.Nonce + "-" + string(f) }

// StateFor is the state that a wallet must return on that way; none under WithoutState.
func (r Request) StateFor(f Flow) string {
	if slices.Contains(r.Compatible, WithoutState) {
		return ""
	}
	return r.ID + "-" + string(f)
}

// Outcome is what came of a request.
type Outcome struct {
	Verdict verifier.Verdict   `json:"verdict"`
	Flow    string             `json:"flow"`               // "same-device", "cross-device" or "browser"
	Unmet   []verifier.Warning `json:"unmet,omitempty"`    // in what it is not what was asked for; then the verdict is invalid
	Error   string             `json:"error,omitempty"`    // what a wallet said that gave nothing
	Result  *verifier.Result   `json:"result,omitempty"`   // every check
	Against []string           `json:"warnings,omitempty"` // codes: what the way of asking cannot show
}

// Ed25519Signature2020Code is in Outcome.Against when the wallet signed with that older type of proof.
const Ed25519Signature2020Code = "request.ed25519_signature_2020"

// WithoutStateCode is in Outcome.Against when the request was made without state.
const WithoutStateCode = "request.without_state"

// CrossDeviceCode is in Outcome.Against when the answer came from another device: that the person in front of this screen is
// the one who holds the wallet is for the asker to see.
const CrossDeviceCode = "request.cross_device"

// BrowserRequest is one of those that a page hands to navigator.credentials.get.
type BrowserRequest struct {
	Protocol string         `json:"protocol"`
	Data     map[string]any `json:"data"`
}

// Store keeps requests.
type Store interface {
	// InsertRequest stores a new request unless too many wait for an answer already: fault.TooMany when as many of its asker do as
	// each, and fault.Unavailable when as many of strangers do as strangers. Both say after how long the first of those ends.
	// Zero is no bound, and the requests of those who are known count for themselves only.
	InsertRequest(ctx context.Context, r Request, each, strangers int) error
	// Request returns fault.NotFound for an id that there is not.
	Request(ctx context.Context, id string) (Request, error)
	// ReplyRequest stores the reply and the state of a request that is still open and not over, and is fault.Conflict
	// otherwise: of many at once, exactly one.
	ReplyRequest(ctx context.Context, id string, s State, r Reply) error
	// ArriveRequest takes the hash of a response code away from a reply that has it: from then on the session alone sees the answer.
	// It is fault.NotFound where there is no such request or its reply has another code or none: of many at once, one arrives.
	ArriveRequest(ctx context.Context, id string, code []byte) error
	// EraseRequest forgets a request at once, with its answer. One that there is not is no error.
	EraseRequest(ctx context.Context, id string) error
	// SweepRequests forgets those that are kept no longer.
	SweepRequests(ctx context.Context, now time.Time) error
}

// Judge judges presentations; *verifier.Verifier does.
type Judge interface {
	VerifyPresentation(ctx context.Context, item intake.Item, p verifier.PresentationPolicy) verifier.PresentationResult
}

// Config wires a Service.
type Config struct {
	Store Store
	Judge Judge
	Bounds
	// Editions lists the ids of all versions of an achievement; none where they are not known. Default: they never are.
	Editions func(ctx context.Context, achievement string) ([]string, error)

	Secret  []byte           // of which the hashes of askers are made; the same for all processes of a deployment
	Counter Counter          // default: nobody counts
	Clock   func() time.Time // default: time.Now
	Rand    io.Reader        // default: crypto/rand
}

// Counter counts what becomes of requests, for operators: "asked", "refused" for one too many, "answered" and "declined".
type Counter interface {
	WalletRequest(event string)
	Verification(verdict string) // of an answer
}

type uncounted struct{}

func (uncounted) WalletRequest(string) {}
func (uncounted) Verification(string)  {}

// Service makes requests and takes their answers. It is safe for concurrent use.
type Service struct{ c Config }

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Counter == nil {
		c.Counter = uncounted{}
	}
	return &Service{c: c}
}

// Create makes a request. transaction is the secret of the session that asks: it is shown this once, and without it the answer
// is not. What cannot be asked is fault.Invalid; when too many wait, it is fault.TooMany or fault.Unavailable, see Bounds.
func (s *Service) Create(ctx context.Context, o Order, by Asker) (r Request, transaction string, err error) {
	if err := o.check(); err != nil {
		return r, "", err
	}
	if o.ReturnTo != "" && !by.Known {
		return r, "", fault.New(fault.Unauthorized, nil, "only a caller with a token may say where a wallet leads back to").Code("request.return_to").At("/return_to")
	}
	if o.Achievement != "" && s.c.Editions != nil {
		if o.Editions, err = s.c.Editions(ctx, o.Achievement); err != nil {
			return r, "", err
		}
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	id, err := randid.New(s.c.Rand)
	if err != nil {
		return r, "", err
	}
	nonce, err := s.secret()
	if err != nil {
		return r, "", err
	}
	if transaction, err = s.secret(); err != nil {
		return r, "", err
	}
	r = Request{
		ID: id, Order: o, Nonce: nonce, Transaction: hash(transaction), AskedBy: s.mark(by), Known: by.Known, CreatedAt: now, ExpiresAt: now.Add(limits.RequestLife),
		KeptUntil: now.Add(limits.RequestLife + limits.RequestKept), State: Open,
	}
	err = s.c.Store.InsertRequest(ctx, r, s.c.each(by.Known), s.c.Strangers)
	if fault.Is(err, fault.TooMany) || fault.Is(err, fault.Unavailable) {
		s.c.Counter.WalletRequest("refused")
	}
	if err != nil {
		return Request{}, "", err
	}
	s.c.Counter.WalletRequest("asked")
	return r, transaction, nil
}

// mark is what is kept of who asked: nobody reads an address out of it.
func (s *Service) mark(by Asker) []byte {
	m := hmac.New(sha256.New, s.c.Secret)
	m.Write([]byte("asker " + by.Key))
	return m.Sum(nil)[:16]
}

// secret is 256 random bits as text.
func (s *Service) secret() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.c.Rand, b); err != nil {
		return "", fmt.Errorf("secret of a request: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func equal(secret string, kept []byte) bool {
	return subtle.ConstantTimeCompare(hash(secret), kept) == 1
}

// ForWallet returns a request that a wallet may still answer. One that there is not, that was answered or that is over is
// fault.Invalid with a code that says which.
func (s *Service) ForWallet(ctx context.Context, id string) (Request, error) {
	r, err := s.c.Store.Request(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return r, fault.New(fault.Invalid, err, "there is no such request").Code("request.unknown").Hint("ask for a new code")
	case err != nil:
		return r, err
	case r.State != Open:
		return r, over()
	case !s.c.Clock().Before(r.ExpiresAt):
		return r, fault.New(fault.Invalid, nil, "this request has run out").Code("request.expired").Hint("ask for a new code")
	}
	return r, nil
}

func over() error {
	return fault.New(fault.Invalid, nil, "this request was answered already").Code("request.answered").Hint("ask for a new code")
}

// View is what the session that asked may see.
type View struct {
	Request
	Outcome *Outcome // nil until there is one, and while NeedsCode
	// NeedsCode says that the wallet on this device was told where to go on, and that only the browser that arrives there sees
	// the answer.
	NeedsCode bool
}

// Back is where the browser of the same device goes on with a response code.
func (r Request) Back(base, code string) (string, error) {
	if r.ReturnTo == "" {
		return base + "/request/" + r.ID + "?response_code=" + url.QueryEscape(code), nil
	}
	u, err := url.Parse(r.ReturnTo)
	if err != nil {
		return "", fmt.Errorf("way back of request %s: %w", r.ID, err)
	}
	q := u.Query()
	q.Set("response_code", code)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// See shows a request to the session that has its secret. After an answer on the same device, the code that the wallet was given
// must come too, once: then it is used up, and the session alone is enough. Anything else is fault.Forbidden, which does not say
// whether there is such a request.
func (s *Service) See(ctx context.Context, id, transaction, code string) (View, error) {
	r, err := s.own(ctx, id, transaction)
	if err != nil {
		return View{}, err
	}
	v := View{Request: r}
	switch {
	case r.State == Open && !s.c.Clock().Before(r.ExpiresAt):
		v.State = Expired
	case r.State == Open:
	case code == "" && r.Reply.ResponseCode != nil:
		v.NeedsCode = true
	default:
		if r.Reply.ResponseCode != nil {
			err = s.arrive(ctx, r, code)
		}
		if err == nil {
			v.Outcome, err = readOutcome(r.Reply.Outcome)
		}
	}
	return v, err
}

// own is a request of the session that has the secret.
func (s *Service) own(ctx context.Context, id, transaction string) (Request, error) {
	r, err := s.c.Store.Request(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && (!equal(transaction, r.Transaction) || !s.c.Clock().Before(r.KeptUntil)) {
		return Request{}, foreign()
	}
	return r, err
}

func foreign() error {
	return fault.New(fault.Forbidden, nil, "this request was made in another session, or is over").Code("request.session").Hint("make a new request")
}

// arrive uses up the code that the wallet was given for the browser of the session.
func (s *Service) arrive(ctx context.Context, r Request, code string) error {
	if !equal(code, r.Reply.ResponseCode) {
		return foreign()
	}
	err := s.c.Store.ArriveRequest(ctx, r.ID, r.Reply.ResponseCode)
	if fault.Is(err, fault.NotFound) {
		return nil // the same session was faster in another tab
	}
	return err
}

// Erase forgets a request of the session that has its secret, with its answer, at once; a wallet that still answers is told that there
// is no such request. Anything else is fault.Forbidden, as in See; so is the second time.
func (s *Service) Erase(ctx context.Context, id, transaction string) error {
	if _, err := s.own(ctx, id, transaction); err != nil {
		return err
	}
	return s.c.Store.EraseRequest(ctx, id)
}

// Sweep forgets requests that are kept no longer, with their answers.
func (s *Service) Sweep(ctx context.Context) error { return s.c.Store.SweepRequests(ctx, s.c.Clock()) }
