package verifier

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/status"
)

// tokenBytes bounds a status list token; base64 takes a third more than the compressed list.
const tokenBytes = limits.FetchBytes

// checkToken verifies a status list token (Token Status List §5.1 and §8.3): typ statuslist+jwt, signed by a key that the
// issuer of the credential published.
func (v *Verifier) checkToken(ctx context.Context, ref reference, res *fetch.Response, parent *run) (*list, error) {
	if len(res.Body) == 0 || bytes.Count(res.Body, []byte{'.'}) != 2 || bytes.ContainsAny(res.Body[:1], "{[<") {
		return nil, fault.Unclear("status.malformed_list", ref.url, nil, "What stands at the status list's address is no status list token.")
	}
	msg, err := jose.Read(bytes.TrimRight(res.Body, "\r\n"))
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.Unclear("status.malformed_list", ref.url, err, "The status list token cannot be read: %s", d.Detail)
	}
	if msg.Header.Type != "statuslist+jwt" {
		return nil, fault.Unclear("status.type", ref.url, nil, "What stands at the status list's address is a token of another kind (%.40q).", msg.Header.Type)
	}
	claims, err := ijson.Parse(msg.Payload, ijson.Bounds{Bytes: tokenBytes})
	if err != nil || claims.Kind() != ijson.Object {
		return nil, fault.Unclear("status.malformed_list", ref.url, err, "The content of the status list token cannot be read.")
	}
	issuer := parent.cred.IssuerID
	if iss, has := claims.Get("iss"); has && iss.Text() != issuer {
		if issuer = iss.Text(); !v.delegated(parent.cred.IssuerID, issuer, parent.at) { // before anything is fetched for a stranger
			return nil, issuerMismatch(ref.url)
		}
	}
	if err := v.proveToken(ctx, msg, claims, issuer, parent); err != nil {
		if d := fault.AsDefect(err); d.At == "" {
			d.At = ref.url
		}
		return nil, err
	}
	l, err := readToken(claims, ref, res.MaxAge, parent.now)
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
func (v *Verifier) proveToken(ctx context.Context, msg *jose.Message, claims ijson.Value, issuer string, parent *run) error {
	r := v.start(Policy{})
	r.cred, r.answered = &credential.Credential{IssuerID: issuer}, parent.answered
	if n, err := jose.NumericDate(claims.Member("iat")); err == nil {
		r.cred.From = time.Unix(n, 0).UTC()
	}
	r.envelope(ctx, msg.Header, msg)
	for _, id := range [...]CheckID{CheckBinding, CheckProof} {
		if c := r.checks[indexOf(id)]; c.Outcome != Pass {
			return fault.Unclear("status.list_unproven", "", nil, "The status list itself does not hold: %s", c.Detail)
		}
	}
	return nil
}

// readToken checks what a status list token must say of itself, and inflates its entries. A list that is out of date comes
// with its error.
func readToken(claims ijson.Value, ref reference, maxAge time.Duration, now time.Time) (*list, error) {
	if sub := claims.Member("sub"); sub.Text() != ref.url {
		return nil, fault.Unclear("status.id_mismatch", ref.url, nil, "The list that was served is the list of another address.")
	}
	l := &list{}
	for _, c := range [...]struct {
		name string
		dst  *time.Time
	}{{"iat", &l.from}, {"exp", &l.end}} {
		claim, has := claims.Get(c.name)
		if !has && c.name == "exp" {
			continue
		}
		n, err := jose.NumericDate(claim)
		if err != nil {
			return nil, fault.Unclear("status.stale", ref.url, err, "The list does not say of when it is (%s).", c.name)
		}
		*c.dst = time.Unix(n, 0).UTC()
	}
	if err := l.current(ref.url, now); err != nil {
		return l, err
	}
	if !l.end.IsZero() && !now.Before(l.end) { // RFC 7519 §4.1.4: on or after
		return nil, fault.Unclear("status.stale", ref.url, nil, "The list is out of date: it ended on %s.", day(l.end))
	}
	inside := claims.Member("status_list")
	width, err := strconv.Atoi(inside.Member("bits").Literal())
	if err != nil {
		return nil, fault.Unclear("status.token_bits", ref.url, nil, "The list does not say how large its entries are.")
	}
	values, err := status.DecodeValues(inside.Member("lst").Text(), width)
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.Unclear(d.Code, ref.url, err, "The list cannot be read: %s", d.Detail)
	}
	l.entries = tokens{values}
	l.keepFor(time.Duration(clipped(claims.Member("ttl"), int64(limits.StatusTTLMaximum.Seconds())))*time.Second, maxAge, now)
	return l, nil
}
