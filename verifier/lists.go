package verifier

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier/intake"
)

// listKind is a kind of status list.
type listKind string

// The kinds of status lists.
const (
	kindBitstring listKind = "bitstring" // Bitstring Status List v1.0
	kind2021      listKind = "2021"      // StatusList2021, which came before it
	kindToken     listKind = "token"     // Token Status List
	kindPlain     listKind = "plain"     // 1EdTechRevocationList
	kindOB2       listKind = "ob2"       // RevocationList of Open Badges 2.0, or the hosted assertion itself
)

// key names a list in cache and memory: what was read as one kind is never taken for another.
func (ref reference) key() string { return string(ref.kind) + " " + ref.url }

// entries are the bits of a list, in the order of its kind.
type entries interface {
	// value returns the entry that ref names, and false when it lies outside of the list.
	value(ref reference) (int, bool)
	width() int // bits of an entry, 0 when each reference says it
	size() int  // bits of all
}

type bitstring struct{ *status.Bits }

func (b bitstring) value(ref reference) (int, bool) {
	return b.Value(ref.index, ref.size), ref.index < b.Len()/ref.size
}
func (bitstring) width() int  { return 0 }
func (b bitstring) size() int { return b.Len() }

type tokens struct{ *status.Values }

func (t tokens) value(ref reference) (int, bool) { return t.Get(ref.index), ref.index < t.Len() }
func (t tokens) width() int                      { return t.Bits() }
func (t tokens) size() int                       { return t.Len() * t.Bits() }

// list is a status list whose own proof, issuer, id and dates have been checked.
type list struct {
	entries  entries
	issuer   string
	purposes map[string]bool
	from     time.Time // its validFrom or iat
	end      time.Time // its validUntil or exp; zero: none
	until    time.Time // when this copy must be fetched again
}

// isFor reports whether the list says that it holds for the moment at.
func (l *list) isFor(at time.Time) bool {
	return !at.Before(l.from) && !l.end.IsZero() && at.Before(l.end)
}

// listCache keeps checked lists until they must be fetched again. It is bounded.
type listCache struct {
	mu     sync.Mutex
	lists  map[string]*list
	bits   int       // of all lists together
	newest time.Time // the newest validFrom of any list that held
}

// Bounds of the cache: a list of 131,072 entries takes 16 KiB, the largest that is read 8 MiB. What is kept is bounded by its
// size: few bytes of a stranger inflate to many.
const (
	listsKept = 512
	bitsKept  = listsKept * limits.StatusListMinimum * 4 // 32 MiB
)

func newListCache() *listCache {
	return &listCache{lists: map[string]*list{}}
}

func (c *listCache) fresh(key string, now time.Time) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.lists[key]; l != nil && now.Before(l.until) {
		return l
	}
	return nil
}

// last returns the newest list that was ever checked under key, however old, or nil.
func (c *listCache) last(key string) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[key]
}

// keep stores l, unless a newer one is kept already, and returns the one that is kept then.
func (c *listCache) keep(key string, l *list) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.lists[key]; known != nil && known.from.After(l.from) {
		return known
	}
	c.forget(key)
	for other := range c.lists {
		if len(c.lists) < listsKept && c.bits+l.entries.size() <= bitsKept {
			break
		}
		c.forget(other)
	}
	c.lists[key] = l
	c.bits += l.entries.size()
	if l.from.After(c.newest) {
		c.newest = l.from
	}
	return l
}

// ahead reports whether a signed list is newer than now, which a right clock does not see (threat T02).
func (c *listCache) ahead(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest.After(now.Add(limits.ClockSkew))
}

// forget drops a list. c.mu is held.
func (c *listCache) forget(key string) {
	if l := c.lists[key]; l != nil {
		c.bits -= l.entries.size()
		delete(c.lists, key)
	}
}

// AcceptStatusList is what a list of bits is asked for with, so that whoever fetches for a Verifier knows it. A web server that
// knows nothing of them names a list text/html where it stands as the index.html of a folder (docs/decisions/0029); what such an
// answer holds is a signed list, or nothing.
const (
	AcceptStatusList = "application/vc+jwt, application/jwt;q=0.9, application/json;q=0.8, text/plain;q=0.7, text/html;q=0.1"
	acceptToken      = "application/statuslist+jwt, application/statuslist+cwt;q=0.9"
)

// list returns the checked list of ref for the credential in r, from the cache or fetched. Every failure is Unknown. A list
// never goes backwards (threat S07): one that is older than another that was seen at its address is refused.
func (v *Verifier) list(ctx context.Context, ref reference, r *run) (*list, error) {
	l := v.lists.fresh(ref.key(), r.now)
	if l == nil {
		// What was seen before is what had been seen when this one was asked for: another request, asked at the same moment, may
		// have brought a newer one meanwhile, and then that is taken.
		newest, err := v.memory.Newest(ctx, ref.key())
		if err != nil {
			return nil, fault.Unclear("status.memory", ref.url, err, "What was seen of this list before cannot be looked up.")
		}
		if l, err = v.fetchList(ctx, ref, ref.url, r); err != nil {
			return nil, err
		}
		if err := v.forward(ctx, ref, l, newest); err != nil {
			return nil, err
		}
		l = v.lists.keep(ref.key(), l)
	}
	if l.issuer != r.cred.IssuerID && !v.delegated(ctx, r.cred.IssuerID, l.issuer, r.now) {
		return nil, issuerMismatch(ref.url)
	}
	if r.now.Sub(l.from) > limits.StatusMaximumAge { // it holds, because its issuer gave it an end: the last list of one that closed
		r.warn("status.old_list", ref.url, fmt.Sprintf(
			"The status list is of %s, and was signed to hold until %s. What came later is not in it.", day(l.from), day(l.end)))
	}
	return l, nil
}

// forward compares l with the newest that was seen at its address, and remembers it.
func (v *Verifier) forward(ctx context.Context, ref reference, l *list, newest time.Time) error {
	switch {
	case l.from.Before(newest):
		return fault.Unclear("status.rollback", ref.url, nil, "The list is older than one that was seen before (%s).", day(newest))
	case l.from.After(newest):
		if err := v.memory.Saw(ctx, ref.key(), l.from); err != nil {
			return fault.Unclear("status.memory", ref.url, err, "That this list was seen cannot be remembered.")
		}
	}
	return nil
}

// history asks for the list as it was at the moment that is judged for. The answer must say that it is for that moment: a
// server that does not know the question answers with the list of today (threat S21).
func (v *Verifier) history(ctx context.Context, ref reference, r *run) (*list, error) {
	ask := "at=" + url.QueryEscape(r.at.UTC().Format(time.RFC3339))
	if ref.kind == kindToken {
		ask = "time=" + strconv.FormatInt(r.at.Unix(), 10) // Token Status List §8.4
	}
	mark := "?"
	if strings.Contains(ref.url, "?") {
		mark = "&"
	}
	asked := ref.url + mark + ask
	if !r.mayAsk(ctx, asked) {
		return nil, r.notAsked(asked)
	}
	past := *r
	past.now, past.answered = r.at, r.now
	l, err := v.fetchList(ctx, ref, asked, &past)
	switch {
	case err != nil:
		d := fault.AsDefect(err)
		return nil, fault.Unclear("status.history", ref.url, err, "The issuer does not say how its list was on %s: %s", day(r.at), d.Detail)
	case !l.isFor(r.at):
		return nil, fault.Unclear("status.history", ref.url, nil, "Asked for its list of %s, the issuer answered with another one.", day(r.at))
	}
	return l, nil
}

func (v *Verifier) fetchList(ctx context.Context, ref reference, from string, r *run) (*list, error) {
	accept := AcceptStatusList
	if ref.kind == kindToken {
		accept = acceptToken
	}
	res, err := v.fetch.Get(ctx, from, accept)
	if err != nil {
		return nil, fault.Unclear("STATUS_RETRIEVAL_ERROR", ref.url, err, "The status list could not be fetched: %s", fault.AsDefect(err).Detail)
	}
	if ref.kind == kindToken {
		return v.checkToken(ctx, ref, res, r)
	}
	return v.checkList(ctx, ref, res, r)
}

// Delegates is what a Trust may say too: that somebody else keeps the status lists of an issuer. Without it, only the issuer
// of a credential may.
type Delegates interface {
	MayKeepStatus(ctx context.Context, issuerID, keeperID string, at time.Time) bool
}

// delegated reports whether the trust list lets keeper sign the status lists of issuer.
func (v *Verifier) delegated(ctx context.Context, issuer, keeper string, at time.Time) bool {
	d, ok := v.trust.(Delegates)
	return ok && keeper != "" && d.MayKeepStatus(ctx, issuer, keeper, at)
}

func issuerMismatch(url string) error {
	return fault.Unclear("status.issuer_mismatch", url, nil, "The status list is by another issuer than the credential.")
}

// checkList verifies the list as the credential that it is. Its own credentialStatus is never followed (threat S18).
func (v *Verifier) checkList(ctx context.Context, ref reference, res *fetch.Response, parent *run) (*list, error) {
	url := ref.url
	item, _, err := intake.Read(res.Body, intake.Hint{})
	if err != nil || bytes.HasPrefix(bytes.TrimSpace(res.Body), []byte("<")) {
		return nil, fault.Unclear("status.malformed_list", url, err, "What stands at the status list's address is no credential.")
	}
	r := v.start(Policy{At: parent.now})
	r.answered = parent.answered
	s := r.form(item)
	if s == nil {
		return nil, fault.Unclear("status.malformed_list", url, nil, "What stands at the status list's address is no credential.")
	}
	// Before anything is fetched for a stranger.
	if r.cred.IssuerID != parent.cred.IssuerID && !v.delegated(ctx, parent.cred.IssuerID, r.cred.IssuerID, parent.now) {
		return nil, issuerMismatch(url)
	}
	s.schema(r)
	if s.tokenTime(r); r.outcome(CheckTime) == Fail {
		return nil, fault.Unclear("status.stale", url, nil, "The list is out of date: %s", r.checks[indexOf(CheckTime)].Detail)
	}
	s.prove(ctx, r)
	for _, id := range [...]CheckID{CheckForm, CheckProof, CheckBinding, CheckSchema} {
		if c := r.checks[indexOf(id)]; c.Outcome != Pass {
			return nil, fault.Unclear("status.list_unproven", url, nil, "The status list itself does not hold: %s", c.Detail)
		}
	}
	if r.cred.From.After(parent.now.Add(limits.ClockSkew)) {
		parent.suspectClock()
	}
	return readList(r.cred, ref, res.MaxAge, parent.now)
}

// readList checks what a list must say of itself (Bitstring Status List v1.0 §2.2 and §3.2) and inflates its bits.
func readList(c *credential.Credential, ref reference, maxAge time.Duration, now time.Time) (*list, error) {
	kind, decode := "BitstringStatusListCredential", status.Decode
	if ref.kind == kind2021 {
		kind, decode = "StatusList2021Credential", status.DecodeLegacy
	}
	if !c.HasType(kind) || len(c.Subjects) != 1 {
		return nil, fault.Unclear("status.type", ref.url, nil, "What stands at the status list's address is another kind of credential.")
	}
	if c.ID != ref.url {
		return nil, fault.Unclear("status.id_mismatch", ref.url, nil, "The list that was served is the list of another address.")
	}
	l := &list{issuer: c.IssuerID, from: c.From, end: c.Until, purposes: map[string]bool{}}
	if err := l.current(ref.url, now); err != nil {
		return nil, err
	}
	subject := c.Subjects[0]
	bits, err := decode(subject.Member("encodedList").Text())
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.Unclear(d.Code, ref.url, err, "The list cannot be read: %s", d.Detail)
	}
	if bits.Len()/ref.size < limits.StatusListMinimum { // §3.2: entries, not bits
		return nil, fault.Unclear("STATUS_LIST_LENGTH_ERROR", ref.url, nil, "The list has %d entries; under 131,072 it hides nobody.", bits.Len()/ref.size)
	}
	l.entries = bitstring{bits}
	for _, p := range subject.Member("statusPurpose").Texts() {
		l.purposes[p] = true
	}
	l.keepFor(time.Duration(clipped(subject.Member("ttl"), limits.StatusTTLMaximum.Milliseconds()))*time.Millisecond, maxAge, now)
	return l, nil
}

// clipped reads a number above 0, at most what is allowed; 0 when there is none.
func clipped(v ijson.Value, most int64) int64 { return int64(max(0, min(v.Float(), float64(most)))) }

// current refuses a list whose time has not come or is over.
func (l *list) current(url string, now time.Time) error {
	if l.from.After(now.Add(limits.ClockSkew)) || !l.end.IsZero() && now.After(l.end) ||
		l.end.IsZero() && now.Sub(l.from) > limits.StatusMaximumAge {
		return fault.Unclear("status.stale", url, nil, "The list is out of date: it is of %s.", day(l.from))
	}
	return nil
}

// keepFor sets when the copy must be fetched again: after the ttl inside, or max-age where that is shorter (threat S22).
func (l *list) keepFor(ttl, maxAge time.Duration, now time.Time) {
	life := limits.StatusListTTL
	if ttl > 0 {
		life = ttl
	}
	if maxAge > 0 && maxAge < life {
		life = maxAge
	}
	l.until = now.Add(max(life, time.Second))
	if !l.end.IsZero() && l.end.Before(l.until) {
		l.until = l.end
	}
}

func indexOf(id CheckID) int {
	for i, known := range CheckIDs() {
		if known == id {
			return i
		}
	}
	return 0
}
