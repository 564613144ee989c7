package verifier

import (
	"context"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier/intake"
)

// list is a status list whose own proof, issuer, id and dates have been checked.
type list struct {
	bits     *status.Bits
	issuer   string
	purposes map[string]bool
	from     time.Time // its validFrom
	until    time.Time // when this copy must be fetched again
}

// listCache keeps checked lists until they must be fetched again, and remembers how new a list was, for good: a list
// never goes backwards (threat S07). Both are bounded.
type listCache struct {
	mu     sync.Mutex
	lists  map[string]*list
	bits   int // of all lists together
	seen   map[string]time.Time
	newest time.Time // the newest validFrom of any list that held
}

// Bounds of the cache: a list of 131,072 entries takes 16 KiB, the largest that is read 8 MiB. What is kept is bounded by its
// size: few bytes of a stranger inflate to many.
const (
	listsKept = 512
	bitsKept  = listsKept * limits.StatusListMinimum * 4 // 32 MiB
	seenKept  = 1 << 16
)

func newListCache() *listCache {
	return &listCache{lists: map[string]*list{}, seen: map[string]time.Time{}}
}

func (c *listCache) fresh(url string, now time.Time) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.lists[url]; l != nil && now.Before(l.until) {
		return l
	}
	return nil
}

// last returns the newest list that was ever checked at url, however old, or nil.
func (c *listCache) last(url string) *list {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[url]
}

// keep stores l unless a newer list has been seen at url.
func (c *listCache) keep(url string, l *list) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if newest := c.seen[url]; l.from.Before(newest) {
		return fault.Unclear("status.rollback", url, nil, "The list is older than one that was seen before (%s).", day(newest))
	}
	c.forget(url)
	for other := range c.lists {
		if len(c.lists) < listsKept && c.bits+l.bits.Len() <= bitsKept {
			break
		}
		c.forget(other)
	}
	if len(c.seen) >= seenKept {
		for other := range c.seen {
			delete(c.seen, other)
			break
		}
	}
	c.lists[url], c.seen[url] = l, l.from
	c.bits += l.bits.Len()
	if l.from.After(c.newest) {
		c.newest = l.from
	}
	return nil
}

// ahead reports whether a signed list is newer than now, which a right clock does not see (threat T02).
func (c *listCache) ahead(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newest.After(now.Add(limits.ClockSkew))
}

// forget drops the list at url, but not how new it was. c.mu is held.
func (c *listCache) forget(url string) {
	if l := c.lists[url]; l != nil {
		c.bits -= l.bits.Len()
		delete(c.lists, url)
	}
}

// list returns the checked list at url for the credential in r, from the cache or fetched. Every failure is Unknown.
func (v *Verifier) list(ctx context.Context, url string, r *run) (*list, error) {
	l := v.lists.fresh(url, r.now)
	if l == nil {
		res, err := v.fetch.Get(ctx, url, "application/vc+jwt, application/jwt;q=0.9, application/json;q=0.8, text/plain;q=0.7")
		if err != nil {
			return nil, fault.Unclear("STATUS_RETRIEVAL_ERROR", url, err, "The status list could not be fetched: %s", fault.AsDefect(err).Detail)
		}
		if l, err = v.checkList(ctx, url, res, r); err != nil {
			return nil, err
		}
		if err := v.lists.keep(url, l); err != nil {
			return nil, err
		}
	}
	if l.issuer != r.cred.IssuerID {
		return nil, issuerMismatch(url)
	}
	return l, nil
}

func issuerMismatch(url string) error {
	return fault.Unclear("status.issuer_mismatch", url, nil, "The status list is by another issuer than the credential.")
}

// checkList verifies the list as the credential that it is. Its own credentialStatus is never followed (threat S18).
func (v *Verifier) checkList(ctx context.Context, url string, res *fetch.Response, parent *run) (*list, error) {
	item, _, err := intake.Read(res.Body, intake.Hint{ContentType: res.ContentType})
	if err != nil {
		return nil, fault.Unclear("status.malformed_list", url, err, "What stands at the status list's address is no credential.")
	}
	r := v.start(Policy{})
	s := r.form(item)
	if s == nil {
		return nil, fault.Unclear("status.malformed_list", url, nil, "What stands at the status list's address is no credential.")
	}
	if r.cred.IssuerID != parent.cred.IssuerID { // before anything is fetched for a stranger
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
	return readList(r.cred, url, res.MaxAge, parent.now)
}

// readList checks what a list must say of itself (Bitstring Status List v1.0 §2.2 and §3.2) and inflates its bits.
func readList(c *credential.Credential, url string, maxAge time.Duration, now time.Time) (*list, error) {
	if !c.HasType("BitstringStatusListCredential") || len(c.Subjects) != 1 {
		return nil, fault.Unclear("status.type", url, nil, "What stands at the status list's address is another kind of credential.")
	}
	if c.ID != url {
		return nil, fault.Unclear("status.id_mismatch", url, nil, "The list that was served is the list of another address.")
	}
	if c.From.After(now.Add(limits.ClockSkew)) || !c.Until.IsZero() && now.After(c.Until) ||
		c.Until.IsZero() && now.Sub(c.From) > limits.StatusMaximumAge {
		return nil, fault.Unclear("status.stale", url, nil, "The list is out of date: it is of %s.", day(c.From))
	}
	subject := c.Subjects[0]
	bits, err := status.Decode(subject.Member("encodedList").Text())
	if err != nil {
		d := fault.AsDefect(err)
		return nil, fault.Unclear(d.Code, url, err, "The list cannot be read: %s", d.Detail)
	}
	l := &list{bits: bits, issuer: c.IssuerID, from: c.From, purposes: map[string]bool{}}
	for _, p := range subject.Member("statusPurpose").Texts() {
		l.purposes[p] = true
	}
	life := limits.StatusListTTL
	if ms := subject.Member("ttl").Float(); ms > 0 {
		life = time.Duration(min(ms, float64(limits.StatusTTLMaximum.Milliseconds()))) * time.Millisecond
	}
	if maxAge > 0 && maxAge < life {
		life = maxAge
	}
	l.until = now.Add(max(life, time.Second))
	if !c.Until.IsZero() && c.Until.Before(l.until) {
		l.until = c.Until
	}
	return l, nil
}

func indexOf(id CheckID) int {
	for i, known := range CheckIDs() {
		if known == id {
			return i
		}
	}
	return 0
}
