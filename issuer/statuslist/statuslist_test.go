package statuslist_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/schemas"
)

const base = "https://badges.example.org"

// bench is a database with an issuer, a clock and a signer that signs nothing: what it gets is what is published.
type bench struct {
	*storetest.Fixture
	t      testing.TB
	school storetest.School

	mu      sync.Mutex
	now     time.Time
	signed  int
	refuses error
}

func newBench(t testing.TB) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "laurel.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := storetest.NewFixture(t, s)
	i := f.Issuer("school")
	return &bench{Fixture: f, t: t, school: storetest.School{Issuer: i, Achievement: f.Achievement(i, "go")}, now: storetest.Start()}
}

// DID implements statuslist.Issuers.
func (b *bench) DID(context.Context, string) (string, error) { return b.school.Issuer.DID, nil }

// SignList implements statuslist.Signer.
func (b *bench) SignList(_ context.Context, issuerID string, _ statuslist.Form, unsigned []byte) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if issuerID != b.school.Issuer.ID {
		return nil, fmt.Errorf("issuer %s: nobody knows it", issuerID)
	}
	b.signed++
	return unsigned, b.refuses
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// wait moves the clock, also backwards.
func (b *bench) wait(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// server is one process on the database.
func (b *bench) server() *statuslist.Service { return b.serverOn(b.Store, b.clock) }

func (b *bench) serverOn(s statuslist.Store, clock func() time.Time) *statuslist.Service {
	return statuslist.New(statuslist.Config{Store: s, Issuers: b, Signer: b, BaseURL: base + "/", Clock: clock})
}

func (b *bench) reserve(s *statuslist.Service) statuslist.Entry {
	b.t.Helper()
	e, err := s.Reserve(b.t.Context(), b.school.Issuer.ID, "revocation")
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

// award stores an award whose credential has that place.
func (b *bench) award(e statuslist.Entry) issuer.Award {
	b.t.Helper()
	b.school.List.ID = e.ListID
	a := b.Award(b.school)
	a.Credentials[0].StatusIndex = e.Index
	if err := b.Insert(a); err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bench) revoke(a issuer.Award) {
	b.t.Helper()
	r := issuer.Revocation{At: b.clock(), Reason: "a mistake", By: "cli"}
	if _, err := b.Store.RevokeAward(b.t.Context(), a.ID, r, b.Event("award.revoked", "", a.ID)); err != nil {
		b.t.Fatal(err)
	}
}

// list is a published list, read as a stranger would.
type list struct {
	published   statuslist.Published
	bits        *status.Bits
	from, until time.Time
	cred        *credential.Credential
}

func (b *bench) publish(s *statuslist.Service, id string) list {
	b.t.Helper()
	p, err := s.Publish(b.t.Context(), id, statuslist.Token)
	if err != nil {
		b.t.Fatal(err)
	}
	c, err := credential.Parse(p.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	bits, err := status.Decode(c.Subjects[0].Member("encodedList").Text())
	if err != nil {
		b.t.Fatal(err)
	}
	return list{published: p, bits: bits, from: c.From, until: c.Until, cred: c}
}

func TestTheListSaysWhatTheStandardWants(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	l := b.publish(s, e.ListID)
	url := base + "/status/" + e.ListID
	if e.URL != url || l.cred.ID != url || l.cred.SubjectID() != url+"#list" || l.cred.IssuerID != b.school.Issuer.DID || !l.cred.Issuer.IsString() {
		t.Errorf("entry %+v, list %s of %s, subject %s", e, l.cred.ID, l.cred.IssuerID, l.cred.SubjectID())
	}
	if found := schemas.Validate(schemas.StatusListCredential, l.cred.Doc); len(found) != 0 {
		t.Errorf("against its schema: %+v", found)
	}
	if len(l.cred.Contexts) != 1 || l.cred.Contexts[0] != credential.ContextV2 || !l.cred.HasType("BitstringStatusListCredential") {
		t.Errorf("contexts %v, types %v", l.cred.Contexts, l.cred.Types)
	}
	subject := l.cred.Subjects[0]
	if subject.Member("statusPurpose").Text() != "revocation" || subject.Member("type").Text() != "BitstringStatusList" {
		t.Errorf("subject: %s", l.published.Body)
	}
	if ttl := time.Duration(subject.Member("ttl").Float()) * time.Millisecond; ttl != limits.StatusListTTL || l.published.MaxAge != ttl {
		t.Errorf("ttl %s, max-age %s", ttl, l.published.MaxAge)
	}
	if l.bits.Len() != limits.StatusListMinimum || l.bits.Get(e.Index) {
		t.Errorf("%d entries, the new one set: %v", l.bits.Len(), l.bits.Get(e.Index))
	}
	if !l.from.Equal(storetest.Start()) || l.until.Sub(l.from) != limits.StatusListLife || !l.published.LastModified.Equal(l.from) {
		t.Errorf("from %s until %s, modified %s", l.from, l.until, l.published.LastModified)
	}
}

func TestNoPlaceIsGivenTwice(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	seen := map[statuslist.Entry]bool{}
	take := func(s *statuslist.Service, n int) {
		for range n {
			e, err := s.Reserve(t.Context(), b.school.Issuer.ID, "revocation")
			mu.Lock()
			if err != nil || seen[e] || e.Index < 0 || e.Index >= limits.StatusListMinimum {
				t.Errorf("%+v was given before or lies outside: %v", e, err)
			}
			seen[e] = true
			mu.Unlock()
		}
	}
	take(b.server(), 1) // so that both servers find one list
	var all sync.WaitGroup
	for _, s := range []*statuslist.Service{b.server(), b.server()} {
		for range 4 {
			all.Go(func() { take(s, 50) })
		}
	}
	all.Wait()
	take(b.server(), 100) // after a restart
	lists := map[string]bool{}
	for e := range seen {
		lists[e.ListID] = true
	}
	if len(seen) != 501 || len(lists) != 1 {
		t.Errorf("%d places on %d lists", len(seen), len(lists))
	}
}

func TestPurposesAndIssuersHaveListsOfTheirOwn(t *testing.T) {
	b := newBench(t)
	s := b.server()
	other := b.Issuer("other")
	ids := map[string]bool{}
	for _, c := range [][2]string{{b.school.Issuer.ID, "revocation"}, {b.school.Issuer.ID, "suspension"}, {other.ID, "revocation"}} {
		e, err := s.Reserve(t.Context(), c[0], c[1])
		if err != nil {
			t.Fatal(err)
		}
		ids[e.ListID] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d lists for three", len(ids))
	}
	if _, err := s.Reserve(t.Context(), b.ID("iss_"), "revocation"); err == nil {
		t.Error("an issuer that is not there gets a list")
	}
}

func TestAFullListIsFollowedByANewOne(t *testing.T) {
	b := newBench(t)
	s := statuslist.New(statuslist.Config{Store: b.Store, Issuers: b, Signer: b, BaseURL: base, Clock: b.clock, Size: 100})
	places := map[string]map[int]bool{}
	for range 250 {
		b.wait(time.Second)
		e := b.reserve(s)
		if places[e.ListID] == nil {
			places[e.ListID] = map[int]bool{}
		}
		places[e.ListID][e.Index] = true
	}
	sizes := 0
	for _, p := range places {
		sizes += len(p)
	}
	if len(places) != 3 || sizes != 250 {
		t.Errorf("%d places on %d lists", sizes, len(places))
	}
}

// TestTheOpenListIsTheOneThatIsFilled: it is made once, and the next index is of it.
func TestTheOpenListIsTheOneThatIsFilled(t *testing.T) {
	b := newBench(t)
	s := b.server()
	first, made, err := s.Open(t.Context(), b.school.Issuer.ID, statuslist.Suspension)
	if err != nil || !made || first.Purpose != statuslist.Suspension {
		t.Fatalf("%+v %v %v", first, made, err)
	}
	again, made, err := s.Open(t.Context(), b.school.Issuer.ID, statuslist.Suspension)
	if err != nil || made || again.ID != first.ID {
		t.Errorf("again: %+v %v %v", again, made, err)
	}
	if e, err := s.Reserve(t.Context(), b.school.Issuer.ID, statuslist.Suspension); err != nil || e.ListID != first.ID {
		t.Errorf("%+v %v", e, err)
	}
}

func TestARevocationIsPublishedAtOnce(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e, other := b.reserve(s), b.reserve(s)
	a := b.award(e)
	before := b.publish(s, e.ListID)
	b.wait(10 * time.Second)
	b.revoke(a)
	if err := s.Changed(t.Context(), e.ListID); err != nil {
		t.Fatal(err)
	}
	after := b.publish(s, e.ListID)
	if !after.bits.Get(e.Index) || after.bits.Get(other.Index) || before.bits.Get(e.Index) {
		t.Error("the bits are not those of the revocation")
	}
	if !after.from.After(before.from) || after.published.ETag == before.published.ETag {
		t.Errorf("from %s to %s, tag %s to %s", before.from, after.from, before.published.ETag, after.published.ETag)
	}
}

// Whoever revokes twenty badges by hand in one second, one after the other, sees each of them, also where the list is read in two forms.
func TestRevocationsInARowArePublishedInEveryForm(t *testing.T) {
	b := newBench(t)
	s := b.server()
	var last statuslist.Entry
	for range 20 {
		e := b.reserve(s)
		last = e
		a := b.award(e)
		for _, f := range []statuslist.Form{statuslist.Token, statuslist.Embedded} {
			if _, err := s.Publish(t.Context(), e.ListID, f); err != nil {
				t.Fatal(err)
			}
		}
		b.revoke(a)
		signed := b.signed
		if err := s.Changed(t.Context(), e.ListID); err != nil || b.signed != signed+2 {
			t.Fatalf("after %d: signed %d times, %v", e.Index, b.signed-signed, err)
		}
	}
	if !b.publish(s, last.ListID).bits.Get(last.Index) {
		t.Error("the last revocation is not published")
	}
}

func TestAnotherServerSeesARevocationWithinASecond(t *testing.T) {
	b := newBench(t)
	here, there := b.server(), b.server()
	e := b.reserve(here)
	a := b.award(e)
	b.publish(there, e.ListID)
	b.revoke(a)
	if err := here.Changed(t.Context(), e.ListID); err != nil {
		t.Fatal(err)
	}
	b.wait(time.Second)
	mine, theirs := b.publish(here, e.ListID), b.publish(there, e.ListID)
	if !theirs.bits.Get(e.Index) {
		t.Error("the other server does not know it")
	}
	if string(mine.published.Body) != string(theirs.published.Body) {
		t.Error("two servers say different things of one list")
	}
}

func TestWhatDidNotChangeIsSignedOnce(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	first := b.publish(s, e.ListID)
	for range 100 {
		b.wait(5 * time.Second)
		if again := b.publish(s, e.ListID); again.published.ETag != first.published.ETag {
			t.Fatal("the same list has another tag")
		}
	}
	if b.signed != 1 {
		t.Errorf("signed %d times", b.signed)
	}
	b.wait(limits.StatusListLife / 2)
	second := b.publish(s, e.ListID)
	if b.signed != 2 || !second.from.Equal(b.clock()) || second.until.Sub(b.clock()) != limits.StatusListLife {
		t.Errorf("after half of its life: signed %d times, from %s until %s at %s", b.signed, second.from, second.until, b.clock())
	}
}

// A reader that saw one list refuses an older one (threat S07), so ours must never look older than what was served before.
func TestValidFromNeverFalls(t *testing.T) {
	b := newBench(t)
	behind := func() time.Time { return b.clock().Add(-40 * time.Second) }
	fast, slow := b.server(), b.serverOn(b.Store, behind)
	e := b.reserve(fast)
	var last time.Time
	see := func(what string, l list) {
		t.Helper()
		if l.from.Before(last) {
			t.Errorf("%s: from %s after %s", what, l.from, last)
		}
		last = l.from
	}
	see("at first", b.publish(fast, e.ListID))
	b.wait(limits.StatusListLife)
	see("signed anew", b.publish(fast, e.ListID))
	a := b.award(e)
	r := issuer.Revocation{At: behind(), Reason: "by the slow server", By: "cli"}
	if _, err := b.Store.RevokeAward(t.Context(), a.ID, r, b.Event("award.revoked", "", a.ID)); err != nil {
		t.Fatal(err)
	}
	if err := slow.Changed(t.Context(), e.ListID); err != nil {
		t.Fatal(err)
	}
	see("by a server whose clock is behind", b.publish(slow, e.ListID))
	b.wait(-time.Hour)
	see("after a restart under a clock that went back", b.publish(b.server(), e.ListID))
	for n := range 50 { // many revocations within a second bring no list into the future
		b.revoke(b.award(b.reserve(fast)))
		if err := fast.Changed(t.Context(), e.ListID); err != nil {
			t.Fatal(err)
		}
		see(fmt.Sprint("revocation ", n), b.publish(fast, e.ListID))
	}
	if ahead := last.Sub(b.clock()); ahead > time.Hour {
		t.Errorf("the list lies %s in the future", ahead)
	}
}

func TestARestartPublishesTheSameList(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	b.revoke(b.award(e))
	before := b.publish(s, e.ListID)
	b.wait(time.Hour)
	if after := b.publish(b.server(), e.ListID); string(after.published.Body) != string(before.published.Body) {
		t.Error("another list after a restart")
	}
}

func TestAnOlderStateIsNeverServedAfterANewerOneIsKnown(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	a := b.award(e)
	b.publish(s, e.ListID)
	b.revoke(a)
	b.refuses = errors.New("the key store is locked")
	if err := s.Changed(t.Context(), e.ListID); err == nil {
		t.Error("nothing was signed, and nobody was told")
	}
	if p, err := s.Publish(t.Context(), e.ListID, statuslist.Token); err == nil {
		t.Errorf("served: %.60s", p.Body)
	}
	b.refuses = nil
	if l := b.publish(s, e.ListID); !l.bits.Get(e.Index) {
		t.Error("afterwards the bit is not set")
	}
}

// broken is a database that answers no more.
type broken struct {
	statuslist.Store
	down bool
}

func (b *broken) Changes(ctx context.Context, id string, after int64) (statuslist.Change, error) {
	if b.down {
		return statuslist.Change{}, fault.New(fault.Unavailable, nil, "the database does not answer")
	}
	return b.Store.Changes(ctx, id, after)
}

func TestWithoutItsDatabaseAListIsServedForOneLifeOfACache(t *testing.T) {
	b := newBench(t)
	db := &broken{Store: b.Store}
	s := b.serverOn(db, b.clock)
	e := b.reserve(s)
	before := b.publish(s, e.ListID)
	db.down = true
	b.wait(limits.StatusListTTL - time.Second)
	if l := b.publish(s, e.ListID); l.published.ETag != before.published.ETag {
		t.Error("another list without a database")
	}
	b.wait(time.Second)
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Token); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after that: %v", err)
	}
	db.down = false
	b.publish(s, e.ListID)
	db.down = true
	if err := s.Changed(t.Context(), e.ListID); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a revocation that could not be looked up: %v", err)
	}
}

// While nothing can be signed, a list that is still true is served as it was; one that has changed is not, so that nobody reads
// that a revoked credential holds; and what was revoked meanwhile is published when signing is possible again.
func TestWithoutItsSignerAListIsServedAsLongAsItIsTrue(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	a := b.award(e)
	before := b.publish(s, e.ListID)
	refuse := func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.refuses = err
	}
	refuse(fault.New(fault.Unavailable, nil, "the signer is away").Code("signer.unavailable"))
	b.wait(limits.StatusListLife/2 + time.Minute) // it would be signed anew
	if l := b.publish(s, e.ListID); l.published.ETag != before.published.ETag {
		t.Error("another list without a signer")
	}
	b.wait(limits.StatusListLife/2 - 2*time.Minute - limits.StatusListTTL)
	b.publish(s, e.ListID)
	b.wait(2 * time.Minute)
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Token); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a list whose life is over: %v", err)
	}
	refuse(nil)
	b.publish(s, e.ListID)
	refuse(fault.New(fault.Unavailable, nil, "the signer is away").Code("signer.unavailable"))
	b.revoke(a)
	if err := s.Changed(t.Context(), e.ListID); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a change that cannot be signed: %v", err)
	}
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Token); !fault.Is(err, fault.Unavailable) {
		t.Errorf("its readers: %v", err)
	}
	refuse(nil)
	if l := b.publish(s, e.ListID); !l.bits.Get(e.Index) {
		t.Error("the revocation is not in the list when it is signed again")
	}
}

// When an issuer closes, every process publishes its last list, which is the one that its archive holds and does not grow old.
func TestTheLastListIsTheSameEverywhere(t *testing.T) {
	b := newBench(t)
	here, there := b.server(), b.server()
	e := b.reserve(here)
	a := b.award(e)
	b.revoke(a)
	b.publish(here, e.ListID)
	if _, err := here.Final(t.Context(), e.ListID, statuslist.Token); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last list of who has not closed: %v", err)
	}
	b.wait(20 * time.Hour) // a list would be stamped anew by now
	until := b.clock().AddDate(10, 0, 0)
	st := signlog.Stop{IssuerID: b.school.Issuer.ID, At: b.clock(), Actor: "cli", Reason: "closed", Until: until}
	if err := b.Store.StopIssuing(t.Context(), st, b.Event("issuer.closed", "", "")); err != nil {
		t.Fatal(err)
	}
	b.wait(statuslist.Noticed)
	final := map[statuslist.Form]string{}
	for _, f := range statuslist.Forms("revocation") {
		body, err := there.Final(t.Context(), e.ListID, f)
		if err != nil {
			t.Fatal(err)
		}
		final[f] = string(body)
		b.wait(time.Second)
	}
	for _, d := range []time.Duration{0, 13 * time.Hour, 9 * 365 * 24 * time.Hour} {
		b.wait(d)
		for f, want := range final {
			for name, s := range map[string]*statuslist.Service{"here": here, "there": there, "after a restart": b.server()} {
				if p, err := s.Publish(t.Context(), e.ListID, f); err != nil || string(p.Body) != want {
					t.Errorf("%s, after %s, %q: %v\n%.300s\n%.300s", name, d, f, err, p.Body, want)
				}
			}
		}
	}
	l := b.publish(here, e.ListID)
	if !l.bits.Get(e.Index) || !l.until.Equal(until) || l.from.Before(st.At) {
		t.Errorf("from %s until %s", l.from, l.until)
	}
	if err := b.Store.ResumeIssuing(t.Context(), b.school.Issuer.ID, b.Event("issuing.resumed", "", "")); err != nil {
		t.Fatal(err)
	}
	b.wait(statuslist.Noticed)
	if l := b.publish(here, e.ListID); l.until.After(b.clock().Add(limits.StatusListLife)) {
		t.Errorf("opened again, and the list holds until %s", l.until)
	}
}

func TestAnUnknownListIsNotFound(t *testing.T) {
	b := newBench(t)
	s := b.server()
	for _, id := range []string{"", "x", b.ID(""), strings.Repeat("a", 26)} {
		if _, err := s.Publish(t.Context(), id, statuslist.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
		if err := s.Changed(t.Context(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q changed: %v", id, err)
		}
	}
}

func TestReadersAndRevocationsMayMeet(t *testing.T) {
	b := newBench(t)
	s := b.server()
	awards := make([]issuer.Award, 20)
	for i := range awards {
		awards[i] = b.award(b.reserve(s))
	}
	id := awards[0].Credentials[0].StatusList
	var all sync.WaitGroup
	for _, a := range awards {
		all.Go(func() {
			b.revoke(a)
			if err := s.Changed(t.Context(), id); err != nil {
				t.Error(err)
			}
			if l := b.publish(s, id); !l.bits.Get(a.Credentials[0].StatusIndex) {
				t.Error("a revocation that was acknowledged is not in the list")
			}
		})
		all.Go(func() { b.publish(s, id) })
	}
	all.Wait()
}

// BenchmarkPublish is one flipped bit until the unsigned list, at one revocation in fifty; the database stands still.
func BenchmarkPublish(b *testing.B) {
	bench := newBench(b)
	mem := &memory{l: statuslist.List{
		ID: bench.ID(""), IssuerID: bench.school.Issuer.ID, Purpose: "revocation", URL: base + "/status/x", Size: limits.StatusListMinimum,
		Seed: make([]byte, 32), Stamp: storetest.Start(),
	}}
	order, err := status.NewPermutation(mem.l.Seed, mem.l.Size)
	if err != nil {
		b.Fatal(err)
	}
	s := bench.serverOn(mem, bench.clock)
	for i := range mem.l.Size / 50 {
		mem.next = append(mem.next, statuslist.Bit{Index: order.Index(i), Value: statuslist.Invalid})
	}
	for n := mem.l.Size / 50; b.Loop(); n = (n + 1) % mem.l.Size {
		mem.next = append(mem.next, statuslist.Bit{Index: order.Index(n), Value: statuslist.Invalid})
		if err := s.Changed(b.Context(), mem.l.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// memory is a list without a database.
type memory struct {
	statuslist.Store
	l    statuslist.List
	next []statuslist.Bit
}

func (m *memory) List(context.Context, string) (statuslist.List, error) { return m.l, nil }

func (m *memory) Changes(context.Context, string, int64) (statuslist.Change, error) {
	m.l.Version++
	c := statuslist.Change{Bits: m.next, Version: m.l.Version, Stamp: m.l.Stamp}
	m.next = nil
	return c, nil
}
