package statuslist

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

// live is a list in memory: its bits, how far they follow the database, and what was signed last.
type live struct {
	mu      sync.Mutex
	list    List
	bits    encoder
	version int64     // of the bits
	stamp   time.Time // validFrom for that version, as the database has it
	closed  time.Time // since when its issuer has closed; zero: it has not
	until   time.Time // until when it holds then
	looked  time.Time // when the database was last asked for changes
	signed  map[Form]*signed
	rates   map[Form]*rate
}

// encoder is the entries of a list as they are published.
type encoder interface {
	set(b Bit) error
	Encoded() (string, error)
}

// single is a list of single bits.
type single struct{ *status.Bits }

func (s single) set(b Bit) error {
	if b.Value == Valid {
		return s.Clear(b.Index)
	}
	return s.Set(b.Index)
}

// double is a list of values.
type double struct{ *status.Values }

func (d double) set(b Bit) error { return d.Set(b.Index, b.Value) }

// newEncoder makes the entries of a fresh list.
func newEncoder(l List) (encoder, error) {
	if l.Purpose != Status {
		return single{status.New(l.Size)}, nil
	}
	v, err := status.NewValues(l.Size, 2)
	return double{v}, err
}

// rate bounds how often a list is signed in one form: once a second over time, with some in advance for who revokes by hand and looks.
type rate struct {
	left float64
	at   time.Time
}

// inAdvance is how many signings in one form may follow one another at once.
const inAdvance = 32

// take reports whether the list may be signed in that form now.
func (r *rate) take(now time.Time) bool {
	if r.at.IsZero() || now.Before(r.at) {
		r.left = inAdvance
	} else {
		r.left = min(inAdvance, r.left+now.Sub(r.at).Seconds())
	}
	r.at = now
	if r.left < 1 {
		return false
	}
	r.left--
	return true
}

// mayBeSigned takes one signing in that form, unless there were too many just now.
func (l *live) mayBeSigned(f Form, now time.Time) bool {
	if l.rates[f] == nil {
		l.rates[f] = &rate{}
	}
	return l.rates[f].take(now)
}

// signed is a list as it was signed last in one form.
type signed struct {
	version int64
	from    time.Time // validFrom
	until   time.Time // validUntil
	key     string    // with which it was signed
	at      time.Time // when it was signed
	body    Published
}

// freshness is how long a process may not notice a change that another process made. A change of its own is told to it.
const freshness = time.Second

// Publish returns the list signed in that form. It is signed again only when bits changed or half of its life is over. An
// unknown id or form is fault.NotFound. While the database does not answer, the last list is served for as long as a cache
// may keep it. While the signer does not, it is served as long as it is true and its life lasts; what has changed since, and
// cannot be signed, is fault.Unavailable: nobody reads that a revoked credential holds.
func (s *Service) Publish(ctx context.Context, id string, f Form) (Published, error) {
	l, err := s.inForm(ctx, id, f)
	if err != nil {
		return Published{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := s.publish(ctx, l, f)
	s.settle(ctx, l, f, err)
	return p, err
}

// publish is Publish while l.mu is held.
func (s *Service) publish(ctx context.Context, l *live, f Form) (Published, error) {
	id := l.list.ID
	err := s.c.Ledger.Behind(id)
	if err != nil {
		return Published{}, err
	}
	now := s.c.Clock().UTC()
	last := l.signed[f]
	if now.Sub(l.looked) >= freshness || now.Before(l.looked) {
		if err := s.follow(ctx, l, now); err != nil {
			if last != nil && now.Sub(l.looked) < limits.StatusListTTL && !now.Before(l.looked) {
				s.c.Logger.WarnContext(ctx, "status list is served as it was: the database does not answer", "list", id, "error", err)
				return last.body, nil
			}
			return Published{}, err
		}
	}
	key, since := s.key(ctx, l.list.IssuerID, f)
	if last != nil && last.key == key && (l.unchanged(last, now) || !l.mayBeSigned(f, now) && now.Sub(last.at) < freshness) {
		return last.body, nil
	}
	if l.stamp.Before(since) { // a list is not dated before its key
		if l.stamp, err = s.c.Store.Restamp(ctx, l.list.ID, now); err != nil {
			return Published{}, fmt.Errorf("status list %s: %w", id, err)
		}
	}
	made, err := s.sign(ctx, l, f, now)
	switch {
	case err == nil:
		l.signed[f].key = key
	case last != nil && last.key == key && last.version == l.version && now.Before(last.until.Add(-limits.StatusListTTL)):
		s.c.Logger.WarnContext(ctx, "status list is served as it was signed last, and nothing has changed: it cannot be signed now", "list", id, "error", err)
		return last.body, nil
	}
	return made, err
}

// inForm is the list of that id, if it is published in that form.
func (s *Service) inForm(ctx context.Context, id string, f Form) (*live, error) {
	l, err := s.live(ctx, id)
	if err != nil {
		return nil, err
	}
	if !f.Has(l.list.Purpose) {
		return nil, fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
	}
	return l, nil
}

// unchanged reports whether what was signed last says what the list is now, and has more than half of its life before it.
func (l *live) unchanged(last *signed, now time.Time) bool {
	if last.version != l.version || !last.from.Equal(l.stamp) {
		return false
	}
	return !l.old(now) && last.until.Equal(l.end())
}

// end is until when the list holds that is signed now.
func (l *live) end() time.Time {
	if !l.closed.IsZero() {
		return l.until
	}
	return l.stamp.Add(limits.StatusListLife)
}

// old reports whether half of the life of a list is over that began at its stamp. The last list of an issuer that has closed does
// not grow old: a later one would be newer than those of its archive.
func (l *live) old(now time.Time) bool {
	return l.closed.IsZero() && now.Sub(l.stamp) >= limits.StatusListLife/2
}

// key names the key that signs lists of that form now, and since when. A list that another key signed is signed again: that
// key may be withdrawn. While nothing can be found out, it counts as unchanged.
func (s *Service) key(ctx context.Context, issuerID string, f Form) (id string, since time.Time) {
	if s.c.Key == nil {
		return "", time.Time{}
	}
	id, since, err := s.c.Key(ctx, issuerID, f)
	if err != nil {
		s.c.Logger.WarnContext(ctx, "the key of the status lists is not known", "issuer", issuerID, "error", err)
	}
	return id, since
}

// Changed tells that bits of a list were set in the database, and publishes it in every form that somebody has asked this process
// for: at once, or within a second when it was signed often just now. An error says that the list is Overdue.
func (s *Service) Changed(ctx context.Context, id string) error {
	l, err := s.live(ctx, id)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.looked = time.Time{}
	forms := slices.DeleteFunc(Forms(l.list.Purpose), func(f Form) bool { return l.signed[f] == nil })
	l.mu.Unlock()
	if len(forms) == 0 {
		forms = Forms(l.list.Purpose)[:1]
	}
	var failed error
	for _, f := range forms {
		if _, err := s.Publish(ctx, id, f); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Purpose returns what a list is for. An unknown id is fault.NotFound.
func (s *Service) Purpose(ctx context.Context, id string) (string, error) {
	l, err := s.live(ctx, id)
	if err != nil {
		return "", err
	}
	return l.list.Purpose, nil
}

func (s *Service) live(ctx context.Context, id string) (*live, error) {
	s.mu.Lock()
	l := s.lists[id]
	s.mu.Unlock()
	if l != nil {
		return l, nil
	}
	stored, err := s.c.Store.List(ctx, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.lists[id]; known != nil {
		return known, nil
	}
	bits, err := newEncoder(stored)
	if err != nil {
		return nil, fmt.Errorf("status list %s: %w", id, err)
	}
	l = &live{list: stored, bits: bits, signed: map[Form]*signed{}, rates: map[Form]*rate{}}
	s.lists[id] = l
	return l, nil
}

// follow sets the bits that were set in the database since the last look.
func (s *Service) follow(ctx context.Context, l *live, now time.Time) error {
	c, err := s.c.Store.Changes(ctx, l.list.ID, l.version)
	if err != nil {
		return fmt.Errorf("changes of status list %s: %w", l.list.ID, err)
	}
	if c.Version != l.version {
		if err := s.c.Ledger.Changed(l.list.ID, c); err != nil {
			return fmt.Errorf("status list %s: %w", l.list.ID, err)
		}
	}
	for _, b := range c.Bits {
		if err := l.bits.set(b); err != nil {
			return fmt.Errorf("status list %s: %w", l.list.ID, err)
		}
	}
	l.version, l.stamp, l.closed, l.until, l.looked = c.Version, c.Stamp, c.Closed, c.Until, now
	return nil
}

// sign makes the list credential (Bitstring Status List v1.0 §2.2). validFrom is the second of the last change; when half of
// the life that begins there is over, the database moves it to the present first.
func (s *Service) sign(ctx context.Context, l *live, f Form, now time.Time) (Published, error) {
	if l.old(now) {
		stamp, err := s.c.Store.Restamp(ctx, l.list.ID, now)
		if err != nil {
			return Published{}, fmt.Errorf("status list %s: %w", l.list.ID, err)
		}
		l.stamp = stamp
	}
	body, err := s.secure(ctx, l.list, f, l.bits, period{from: l.stamp, until: l.end()})
	if err != nil {
		return Published{}, err
	}
	made := &signed{version: l.version, from: l.stamp, until: l.end(), at: now}
	made.body = Published{Form: f, Body: body, ETag: tagOf(body), LastModified: l.stamp, MaxAge: limits.StatusListTTL}
	l.signed[f] = made
	return made.body, nil
}

// period is the time that a signed list is for.
type period struct{ from, until time.Time }

// secure writes the list in a form, and signs it.
func (s *Service) secure(ctx context.Context, l List, f Form, bits encoder, p period) ([]byte, error) {
	did, err := s.c.Issuers.DID(ctx, l.IssuerID)
	if err != nil {
		return nil, fmt.Errorf("issuer of status list %s: %w", l.ID, err)
	}
	encoded, err := bits.Encoded()
	if err != nil {
		return nil, fmt.Errorf("status list %s: %w", l.ID, err)
	}
	text := listText{url: address(l.URL, f), did: did, purpose: l.Purpose, encoded: encoded, period: p}
	unsigned := document(text)
	switch aggregation := s.c.BaseURL + "/status/aggregation/" + l.IssuerID; f {
	case JWT:
		unsigned = claims(text, aggregation)
	case CWT:
		if unsigned, err = binary(text, aggregation); err != nil {
			return nil, fmt.Errorf("status list %s: %w", l.ID, err)
		}
	}
	body, err := s.c.Signer.SignList(ctx, l.IssuerID, f, unsigned)
	if err != nil {
		return nil, fmt.Errorf("signing status list %s: %w", l.ID, err)
	}
	return body, nil
}

type listText struct {
	url, did, purpose, encoded string
	period
}

// document writes the unsigned list. Every text in it is one of ours: URLs, a DID, base64url; nothing needs escaping that
// strconv.Quote would write in another way than JSON.
func document(t listText) []byte {
	q := strconv.Quote
	out := make([]byte, 0, len(t.encoded)+1024)
	out = append(out, `{"@context":["`+credential.ContextV2+`"],"id":`+q(t.url)+
		`,"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":`+q(t.did)+
		`,"validFrom":"`+credential.FormatTime(t.from)+`","validUntil":"`+credential.FormatTime(t.until)+
		`","credentialSubject":{"id":`+q(t.url+"#list")+`,"type":"BitstringStatusList","statusPurpose":`+q(t.purpose)+
		`,"ttl":`+strconv.FormatInt(limits.StatusListTTL.Milliseconds(), 10)+`,"encodedList":"`...)
	out = append(out, t.encoded...)
	return append(out, `"}}`...)
}

// claims writes the payload of a status list token (Token Status List §5.1).
func claims(t listText, aggregation string) []byte {
	q := strconv.Quote
	n := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []byte(`{"sub":` + q(t.url) + `,"iss":` + q(t.did) + `,"iat":` + n(t.from.Unix()) + `,"exp":` + n(t.until.Unix()) +
		`,"ttl":` + n(int64(limits.StatusListTTL.Seconds())) + `,"status_list":{"bits":2,"aggregation_uri":` + q(aggregation) +
		`,"lst":"` + t.encoded + `"}}`)
}

// The claims of a status list token in CBOR (RFC 8392, Token Status List §5.2 and §14.3), in the order in which they are written.
const (
	cwtIssuer     = 1
	cwtSubject    = 2
	cwtExpiration = 4
	cwtIssuedAt   = 6
	cwtStatusList = 65533
	cwtTTL        = 65534
)

// binary writes the claims of a status list token in CBOR. The list in it is bytes, where that of a JWT is base64url.
func binary(t listText, aggregation string) ([]byte, error) {
	lst, err := base64.RawURLEncoding.DecodeString(t.encoded)
	if err != nil {
		return nil, err
	}
	out := cbor.AppendMap(make([]byte, 0, len(lst)+512), 6)
	text := func(claim int, value string) { out = cbor.AppendText(cbor.AppendInt(out, claim), value) }
	number := func(claim int, value int64) { out = cbor.AppendInt(cbor.AppendInt(out, claim), int(value)) }
	text(cwtIssuer, t.did)
	text(cwtSubject, t.url)
	number(cwtExpiration, t.until.Unix())
	number(cwtIssuedAt, t.from.Unix())
	out = cbor.AppendMap(cbor.AppendInt(out, cwtStatusList), 3)
	out = cbor.AppendBytes(cbor.AppendText(out, "lst"), lst)
	out = cbor.AppendInt(cbor.AppendText(out, "bits"), 2)
	out = cbor.AppendText(cbor.AppendText(out, "aggregation_uri"), aggregation)
	number(cwtTTL, int64(limits.StatusListTTL.Seconds()))
	return out, nil
}
