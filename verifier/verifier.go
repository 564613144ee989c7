// Package verifier says whether a learning credential holds: it runs every check, lists each with its outcome, and
// draws one verdict.
//
// A bad credential is a Result, never a Go error. What could not be looked up is unknown, never passed: an unreadable
// status list is not "not revoked", and an empty trust list trusts nobody. The checks follow Open Badges 3.0 §9 and
// VC Data Model 2.0 §7; the exact bytes received are the bytes verified.
package verifier

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/trust"
)

// Resolver gives the keys that an identity published. Its errors are *fault.Defect.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*did.Document, error)
	// Refresh resolves anew, for a key that a kept document did not show.
	Refresh(ctx context.Context, id string) (*did.Document, error)
}

// Fetcher gets a document from elsewhere, guarded as package fetch is. Its errors are *fault.Defect.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (*fetch.Response, error)
}

// Trust says whether an issuer is believed for what a credential says, when it was issued and now.
type Trust interface {
	Decide(ctx context.Context, q trust.Question) trust.Decision
}

// Config wires a Verifier. The zero Config verifies signatures of did:key and did:jwk issuers offline and trusts nobody.
type Config struct {
	Keys  Resolver         // default: did:key and did:jwk only
	Fetch Fetcher          // default: nothing is fetched
	Trust Trust            // default: nobody is trusted
	Clock func() time.Time // default: time.Now

	Records Records // default: nobody keeps any

	Memory Memory // of status lists; default: what this Verifier saw itself

	// Anchors are the authorities whose certificates may tie a key to the host of an issuer (x5c); nil: none. The authorities of
	// the web are not asked: they vouch for servers, not for who may issue.
	Anchors *x509.CertPool
}

// Records says what issuers recorded of their signatures, where somebody else than a thief of their keys keeps it.
type Records interface {
	// Signed returns when the issuer recorded that it would sign what has that SHA-256 digest, and false when it did not.
	Signed(ctx context.Context, issuer string, digest []byte) (time.Time, bool, error)
}

// Verifier checks credentials. It is safe for concurrent use.
type Verifier struct {
	keys    Resolver
	fetch   Fetcher
	trust   Trust
	clock   func() time.Time
	anchors *x509.CertPool
	lists   *listCache

	memory Memory

	records  Records
	pictures chan struct{} // holds one element for each picture that is looked at
}

// New makes a Verifier.
func New(c Config) *Verifier {
	v := &Verifier{
		records: c.Records, keys: c.Keys, fetch: c.Fetch, trust: c.Trust, clock: c.Clock, anchors: c.Anchors,
		lists: newListCache(), pictures: make(chan struct{}, limits.PicturesAtOnce),
	}
	if v.clock == nil {
		v.clock = time.Now
	}
	if v.fetch == nil {
		v.fetch = fetch.New(fetch.Config{Offline: true})
	}
	if v.keys == nil {
		v.keys = did.New(did.Config{Fetch: v.fetch, Clock: v.clock})
	}
	if v.memory = c.Memory; v.memory == nil {
		v.memory = newShortMemory()
	}
	if v.trust == nil {
		v.trust = &trust.List{}
	}
	if v.anchors == nil {
		v.anchors = x509.NewCertPool() // an empty one: none at all would mean the authorities of the web
	}
	return v
}

// Verify checks one item under a policy and returns every check. It never returns an error: what is wrong with the item,
// or could not be found out, is in the Result. A presentation that nobody asked for is judged like any other; only that the
// presenter is the holder stays unknown.
func (v *Verifier) Verify(ctx context.Context, item intake.Item, p Policy) Result {
	if item.Presentation {
		r := v.VerifyPresentation(ctx, item, PresentationPolicy{Credential: p}).Result()
		r.SHA256 = digest(item)
		return r
	}
	r := v.start(p)
	r.out.SHA256 = digest(item)
	r.run(ctx, item)
	if p.Refresh {
		return r.refreshed(ctx)
	}
	return r.offered()
}

// digest names the bytes of an item.
func digest(item intake.Item) string {
	sum := sha256.Sum256(item.Bytes)
	return hex.EncodeToString(sum[:])
}

// Refuse returns the Result for something that was never a credential, such as an empty file: the form check fails, or is
// unknown when it could not be looked at, and nothing else was checked.
func (v *Verifier) Refuse(err error, p Policy) Result {
	r := v.start(p)
	r.out.Form = proof.Unknown
	r.defect(CheckForm, fault.AsDefect(err))
	return r.result()
}

func (v *Verifier) start(p Policy) *run {
	now := v.clock()
	at := p.At
	if at.IsZero() {
		at = now
	}
	out := Result{CheckedAt: now.UTC().Truncate(time.Second)}
	if !p.At.IsZero() {
		out.JudgedFor = &at
	}
	return &run{v: v, policy: p, at: at, now: now, asked: map[string]bool{}, inside: new(int), out: out}
}

// Forget drops the copies of the status list at that address, so that the next credential that names it sees it as it is: for
// whoever has just changed a list of its own.
func (v *Verifier) Forget(list string) {
	v.lists.mu.Lock()
	defer v.lists.mu.Unlock()
	for _, kind := range [...]listKind{kindBitstring, kindToken} {
		v.lists.forget(reference{kind: kind, url: list}.key())
	}
}
