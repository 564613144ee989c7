package verifier

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/status"
)

// tokenBytes bounds a status list token; base64 takes a third more than the compressed list.
const tokenBytes = limits.FetchBytes

// statusToken is a status list token, JWT or CWT, taken apart. Nothing in it has been verified.
type statusToken struct {
	header jose.Header
	signed signedBytes
	claims statusClaims
}

// statusClaims are what a status list token says (Token Status List §5), whatever its encoding.
type statusClaims struct {
	sub    string
	iss    string
	hasIss bool
	iat    tokenDate
	exp    tokenDate
	ttl    int64 // seconds, clipped
	width  int   // bits of an entry; 0, which is none that exists, when the list does not say
	values func(width int) (*status.Values, error)
}

// tokenDate is a claim with a moment.
type tokenDate struct {
	name string
	at   time.Time
	has  bool
	err  error // it is there and cannot be read
}

// checkToken verifies a status list token (Token Status List §5 and §8.3): of the type of such tokens, and signed by a key
// that the issuer of the credential published.
func (v *Verifier) checkToken(ctx context.Context, ref reference, res *fetch.Response, parent *run) (*list, error) {
	read := readStatusJWT
	if isCWT(res.Body) {
		read = readStatusCWT
	}
	token, err := read(res.Body, ref.url)
	if err != nil {
		return nil, err
	}
	issuer := parent.cred.IssuerID
	if c := token.claims; c.hasIss && c.iss != issuer {
		if issuer = c.iss; !v.delegated(ctx, parent.cred.IssuerID, issuer, parent.now) { // before anything is fetched for a stranger
			return nil, issuerMismatch(ref.url)
		}
	}
	if err := v.proveToken(ctx, token, issuer, parent); err != nil {
		if d := fault.AsDefect(err); d.At == "" {
			d.At = ref.url
		}
		return nil, err
	}
	l, err := token.claims.list(ref, res.MaxAge, parent.now)
	if l != nil {
		l.issuer = issuer
		if l.from.After(parent.now.Add(limits.ClockSkew)) {
			parent.suspectClock()
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// proveToken checks the signature of a status list token, and that the key is the issuer's.
func (v *Verifier) proveToken(ctx context.Context, token statusToken, issuer string, parent *run) error {
	r := v.start(Policy{})
	r.cred, r.answered = &credential.Credential{IssuerID: issuer}, parent.answered
	if iat := token.claims.iat; iat.has && iat.err == nil {
		r.cred.From = iat.at
	}
	r.envelope(ctx, token.header, token.signed)
	for _, id := range [...]CheckID{CheckBinding, CheckProof} {
		if c := r.checks[indexOf(id)]; c.Outcome != Pass {
			return fault.Unclear("status.list_unproven", "", nil, "The status list itself does not hold: %s", c.Detail)
		}
	}
	return nil
}

// list checks what a status list token must say of itself, and inflates its entries. A list that is out of date comes with its
// error.
func (c statusClaims) list(ref reference, maxAge time.Duration, now time.Time) (*list, error) {
	if c.sub != ref.url {
		return nil, fault.Unclear("status.id_mismatch", ref.url, nil, "The list that was served is the list of another address.")
	}
	for _, d := range [...]tokenDate{c.iat, c.exp} {
		if d.err != nil || !d.has && d.name == "iat" {
			return nil, fault.Unclear("status.stale", ref.url, d.err, "The list does not say of when it is (%s).", d.name)
		}
	}
	l := &list{from: c.iat.at, end: c.exp.at}
	if err := l.current(ref.url, now); err != nil {
		return l, err
	}
	if !l.end.IsZero() && !now.Before(l.end) { // RFC 7519 §4.1.4: on or after
		return nil, fault.Unclear("status.stale", ref.url, nil, "The list is out of date: it ended on %s.", day(l.end))
	}
	values, err := c.values(c.width)
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.Unclear(d.Code, ref.url, err, "The list cannot be read: %s", d.Detail)
	}
	l.entries = tokens{values}
	l.keepFor(time.Duration(c.ttl)*time.Second, maxAge, now)
	return l, nil
}
