package did

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// Fetcher gets a document from elsewhere, guarded as package fetch is. Its errors are *fault.Defect. A Fetcher that also
// has the method PlainHTTP(host string) bool says for which hosts plain http may stand in for https.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (*fetch.Response, error)
}

// Config wires a Resolver. The zero Config resolves did:key and did:jwk, and reaches nobody.
type Config struct {
	Fetch Fetcher // default: nothing is fetched

	// Local is asked first. It returns the documents of the deployment's own identities, and false for all others.
	Local func(ctx context.Context, id string) (*Document, bool, error)
	Clock func() time.Time // default: time.Now
}

// Resolver finds the keys that an identity published. It is safe for concurrent use.
type Resolver struct {
	fetch Fetcher
	local func(ctx context.Context, id string) (*Document, bool, error)
	cache *cache
}

// New makes a Resolver.
func New(c Config) *Resolver {
	if c.Fetch == nil {
		c.Fetch = fetch.New(fetch.Config{Offline: true})
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Resolver{fetch: c.Fetch, local: c.Local, cache: newCache(c.Clock)}
}

// Resolve returns the document of id: a did:web, did:key or did:jwk identifier, or the https address of an issuer. The
// error is a *fault.Defect: did.syntax, did.method_unsupported, did.mismatch and what is wrong with the key of a did:key
// or did:jwk; Unknown are did.unreachable, fetch.offline, did.malformed and limits.keys. Fetched documents are kept for as long as their
// host says, within 30 s and an hour; failures for 30 s.
func (r *Resolver) Resolve(ctx context.Context, id string) (*Document, error) {
	return r.resolve(ctx, id, hourAtMost)
}

// Refresh resolves like Resolve, but a kept document older than 30 s is fetched again. It is for a key that Resolve did
// not show: its issuer may have rotated since.
func (r *Resolver) Refresh(ctx context.Context, id string) (*Document, error) {
	return r.resolve(ctx, id, atLeast)
}

func (r *Resolver) resolve(ctx context.Context, id string, maxAge time.Duration) (*Document, error) {
	if r.local != nil {
		doc, own, err := r.local(ctx, id)
		if err != nil {
			return nil, fault.AsDefect(err)
		}
		if own {
			return doc, nil
		}
	}
	switch {
	case strings.HasPrefix(id, "did:key:"):
		return fromKey(id)
	case strings.HasPrefix(id, "did:jwk:"):
		return fromJWK(id)
	}
	p, err := r.plan(id)
	if err != nil {
		return nil, err
	}
	return r.cache.get(ctx, id, maxAge, func(ctx context.Context) (*Document, time.Duration, error) {
		return r.load(ctx, p)
	})
}

// Check reports what is wrong with an identity by itself, before anybody is asked: nothing that Resolve could not look for can ever
// have signed. The error is that of Resolve: did.syntax, did.method_unsupported, or what is wrong with the key of a did:key or
// did:jwk. Addresses instead of names, and http, pass: closed networks have them.
func Check(id string) error {
	var err error
	switch {
	case strings.HasPrefix(id, "did:key:"):
		_, err = fromKey(id)
	case strings.HasPrefix(id, "did:jwk:"):
		_, err = fromJWK(id)
	case strings.HasPrefix(id, "did:web:"):
		_, err = parseWeb(id)
	case strings.HasPrefix(id, "did:"):
		err = unsupported(id)
	default:
		_, err = parseHTTP(id)
	}
	return err
}

func unsupported(id string) error {
	return fault.Wrong("did.method_unsupported", "", "identities of the kind %.40q are not read", method(id))
}

// plan says where the document of an identity is.
type plan struct {
	id        string
	host      string
	authority string
	path      string
	accept    string
	parse     func(id string, body []byte) (*Document, error)
	plain     bool // the identity itself says http
}

func (r *Resolver) plan(id string) (plan, error) {
	switch {
	case strings.HasPrefix(id, "did:web:"):
		w, err := parseWeb(id)
		if err == nil && w.address() && !r.plainHTTP(w.authority) {
			err = fault.Wrong("did.syntax", "", "a did:web identifier names a domain, not an address")
		}
		return plan{
			id: id, host: w.host, authority: w.authority, path: w.path + "/did.json", parse: ParseDocument,
			accept: "application/did+json, application/did+ld+json, application/json;q=0.9",
		}, err
	case strings.HasPrefix(id, "did:"):
		return plan{}, unsupported(id)
	}
	authority, err := parseHTTP(id)
	if err != nil {
		return plan{}, err
	}
	p := plan{
		id: id, authority: authority, path: "/.well-known/jwks.json", parse: ParseKeySet,
		accept: "application/jwk-set+json, application/json;q=0.9", plain: strings.HasPrefix(id, "http:"),
	}
	if p.plain && !r.plainHTTP(authority) {
		return plan{}, fault.Wrong("did.syntax", "", "an issuer is identified by an https address, not by an http one")
	}
	return p, nil
}

// method returns "did:" and the method name of a DID.
func method(id string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(id, "did:"), ":")
	return "did:" + name
}

func (r *Resolver) plainHTTP(authority string) bool {
	f, ok := r.fetch.(interface{ PlainHTTP(host string) bool })
	return ok && f.PlainHTTP(authority)
}

// load fetches a document over https, and over http where the fetcher allows that and nobody speaks TLS there.
func (r *Resolver) load(ctx context.Context, p plan) (*Document, time.Duration, error) {
	url := "https://" + p.authority + p.path
	if p.plain {
		url = "http://" + p.authority + p.path
	}
	res, err := r.fetch.Get(ctx, url, p.accept)
	if err != nil && !p.plain && noTLS(err) && r.plainHTTP(p.authority) {
		url = "http://" + p.authority + p.path
		res, err = r.fetch.Get(ctx, url, p.accept)
	}
	if err != nil {
		return nil, 0, unreachable(url, err)
	}
	doc, err := p.parse(p.id, res.Body)
	if err != nil {
		d := *fault.AsDefect(err)
		d.At = url
		return nil, 0, &d
	}
	doc.Source = url
	return doc, res.MaxAge, nil
}

// unreachable says why keys could not be fetched. That we fetch nothing is no fault of their host, and stays what it is.
func unreachable(url string, err error) error {
	code, why := "did.unreachable", fault.AsDefect(err)
	if why.Code == "fetch.offline" {
		code = why.Code
	}
	return fault.Unclear(code, url, err, "the issuer's keys could not be fetched: %s", why.Detail)
}

// noTLS reports whether a fetch failed before any answer came.
func noTLS(err error) bool {
	var d *fault.Defect
	return errors.As(err, &d) && (d.Code == "fetch.tls" || d.Code == "fetch.connect")
}

// fromKey expands a did:key identifier (did:key method specification). Its only method has the key as its fragment.
func fromKey(id string) (*Document, error) {
	mb := strings.TrimPrefix(id, "did:key:")
	k, err := keys.ParseMultikey(mb)
	if err != nil {
		return nil, expansion(err)
	}
	return single(id, mb, k), nil
}

// fromJWK expands a did:jwk identifier (did:jwk method specification). Its only method has the fragment "0".
func fromJWK(id string) (*Document, error) {
	text := strings.TrimPrefix(id, "did:jwk:")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(id) > idBytes || strings.ContainsAny(text, "\r\n") {
		return nil, fault.Wrong("did.syntax", "", "the did:jwk identifier is not strict base64url of at most %d characters", idBytes)
	}
	v, err := ijson.Parse(raw, ijson.Bounds{Depth: 4, Members: 64})
	if err != nil {
		return nil, fault.Wrong("did.syntax", "", "the did:jwk identifier does not hold strict JSON")
	}
	k, err := keys.ParseJWK(v)
	if err != nil {
		return nil, expansion(err)
	}
	return single(id, "0", k), nil
}

func single(id, fragment string, k keys.Public) *Document {
	k.ID = id + "#" + fragment
	return &Document{ID: id, Methods: []Method{{ID: k.ID, Controller: id, Key: k, Purposes: Assertion | Authentication}}}
}

// expansion names an error of a key as one of the identifier that is made of it. What is weak or leaked stays so.
func expansion(err error) error {
	d := *fault.AsDefect(err)
	switch d.Code {
	case "key.syntax", "json.member_case":
		d.Code = "did.syntax"
	case "key.unsupported":
		d.Code = "did.method_unsupported"
	}
	d.At = ""
	return &d
}

// fetchTime bounds one resolution, a second attempt over http included.
const fetchTime = limits.FetchTimeout
