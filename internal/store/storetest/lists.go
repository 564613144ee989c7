package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

func testLists(t *testing.T, f *Fixture) {
	i := f.Issuer("lists")
	l, n, err := f.Store.ClaimIndexes(f.ctx, i.ID, "revocation", 64)
	if err != nil || n != 0 {
		t.Errorf("without a list: %+v, %d, %v", l, n, err)
	}
	first := f.SizedList(i, 100)
	got, err := f.Store.List(f.ctx, first.ID)
	f.must(err)
	if diff := cmp.Diff(first, got); diff != "" {
		t.Errorf("list (-stored +read):\n%s", diff)
	}
	_, n, err = f.Store.ClaimIndexes(f.ctx, i.ID, "suspension", 64)
	if err != nil || n != 0 {
		t.Errorf("for another purpose: %d, %v", n, err)
	}
	for _, want := range []struct{ next, claimed int }{{0, 64}, {64, 36}, {0, 0}} {
		l, n, err := f.Store.ClaimIndexes(f.ctx, i.ID, "revocation", 64)
		if err != nil || n != want.claimed || n > 0 && (l.ID != first.ID || l.Next != want.next || len(l.Seed) != 32 || l.Size != 100) {
			t.Errorf("claimed %d from %d of %+v, %v; want %+v", n, l.Next, l, err, want)
		}
	}
	f.want(fault.Conflict, f.Store.InsertList(f.ctx, first), "a list twice")
	testStamps(t, f, first)
}

// testStamps holds that the stamp of a list never falls.
func testStamps(t *testing.T, f *Fixture, first statuslist.List) {
	t.Helper()
	if c, err := f.Store.Changes(f.ctx, first.ID, 0); err != nil || len(c.Bits) != 0 || c.Version != 0 || !c.Stamp.Equal(Start()) {
		t.Errorf("changes of a fresh list: %+v, %v", c, err)
	}
	later := Start().Add(90 * time.Second)
	for _, at := range []time.Time{later.Add(300 * time.Millisecond), Start(), later} { // the stamp never falls
		stamp, err := f.Store.Restamp(f.ctx, first.ID, at)
		c, errChanges := f.Store.Changes(f.ctx, first.ID, 0)
		if err != nil || errChanges != nil || !stamp.Equal(later) || !c.Stamp.Equal(later) {
			t.Errorf("stamped at %s: %s and %s, %v, %v; want %s", at, stamp, c.Stamp, err, errChanges, later)
		}
	}
}

// testClaims lets many goroutines claim until the lists are full: no counter comes twice, none is left out.
func testClaims(t *testing.T, f *Fixture) {
	i := f.Issuer("claims")
	const size, block, claimers = 1000, 7, 16
	list := f.SizedList(i, size)
	var mu sync.Mutex
	seen := map[int]bool{}
	won := f.atOnce(claimers, fault.Internal, func(int) error {
		for {
			l, n, err := f.Store.ClaimIndexes(f.ctx, i.ID, "revocation", block)
			if err != nil || n == 0 {
				return err
			}
			mu.Lock()
			for c := l.Next; c < l.Next+n; c++ {
				if l.ID != list.ID || seen[c] || c >= size {
					mu.Unlock()
					return errors.New("a counter was claimed twice, or lies outside")
				}
				seen[c] = true
			}
			mu.Unlock()
		}
	})
	if won != claimers || len(seen) != size {
		t.Errorf("%d of %d claimers went well, %d of %d counters were claimed", won, claimers, len(seen), size)
	}
}

// changes returns the indexes that were set after a version, in order.
func (f *Fixture) changes(l statuslist.List, after int64) ([]int, int64) {
	f.t.Helper()
	c, err := f.Store.Changes(f.ctx, l.ID, after)
	f.must(err)
	indexes := make([]int, len(c.Bits))
	for i, b := range c.Bits {
		indexes[i] = b.Index
	}
	slices.Sort(indexes)
	return indexes, c.Version
}

func (f *Fixture) revoke(a issuer.Award, reason string) (issuer.Award, error) {
	r := issuer.Revocation{At: Start().Add(time.Hour), Reason: reason, By: "tok_1"}
	return f.Store.RevokeAward(f.ctx, a.ID, r, f.Event("award.revoked", "", a.ID))
}

func testRevocation(t *testing.T, f *Fixture) {
	s := f.School("revocation")
	a, b, c := f.Award(s), f.Stored(s), f.Stored(s)
	second := a.Credentials[0]
	second.ID, second.StatusIndex = f.ID(""), 5000
	a.Credentials = append(a.Credentials, second) // two credentials of one award fall together
	f.must(f.Insert(a))

	got, err := f.revoke(a, "a mistake")
	f.must(err)
	want := a
	want.Revocation = &issuer.Revocation{At: Start().Add(time.Hour), Reason: "a mistake", By: "tok_1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("revoked award (-want +got):\n%s", diff)
	}
	if read, err := f.Store.Award(f.ctx, a.ID); err != nil || !cmp.Equal(want, read) {
		t.Errorf("read again: %v\n%s", err, cmp.Diff(want, read))
	}
	indexes, version := f.changes(s.List, 0)
	if !slices.Equal(indexes, []int{a.Credentials[0].StatusIndex, 5000}) || version != 1 {
		t.Errorf("changes after one revocation: %v, version %d", indexes, version)
	}

	if c, err := f.Store.Changes(f.ctx, s.List.ID, 0); err != nil || !c.Stamp.Equal(want.Revocation.At) {
		t.Errorf("the list is stamped %s, %v; want the moment of the revocation", c.Stamp, err)
	}

	again, err := f.revoke(a, "another reason")
	if err != nil || again.Revocation == nil || again.Revocation.Reason != "a mistake" {
		t.Errorf("revoked twice: %+v, %v", again.Revocation, err)
	}
	if _, version = f.changes(s.List, 0); version != 1 || f.events(s.Issuer.ID, "award.revoked") != 1 {
		t.Errorf("revoking twice: version %d, %d events", version, f.events(s.Issuer.ID, "award.revoked"))
	}

	if _, err := f.revoke(b, "withdrawn"); err != nil {
		t.Error(err)
	}
	if indexes, version = f.changes(s.List, 1); !slices.Equal(indexes, []int{b.Credentials[0].StatusIndex}) || version != 2 {
		t.Errorf("changes after version 1: %v, version %d", indexes, version)
	}
	if indexes, version = f.changes(s.List, 2); len(indexes) != 0 || version != 2 {
		t.Errorf("changes after version 2: %v, version %d", indexes, version)
	}
	if got, err := f.Store.Award(f.ctx, c.ID); err != nil || got.Revocation != nil {
		t.Errorf("an award that nobody revoked: %+v, %v", got.Revocation, err)
	}
	f.must(f.Store.IntegrityCheck(f.ctx))
}

func testParallelRevocations(t *testing.T, f *Fixture) {
	s := f.School("parallel")
	awards := make([]issuer.Award, 20)
	for n := range awards {
		awards[n] = f.Stored(s)
	}
	var mu sync.Mutex
	reasons := map[string]map[string]bool{}
	won := f.atOnce(100, fault.Internal, func(n int) error {
		a := awards[n%len(awards)]
		got, err := f.revoke(a, fmt.Sprint("reason ", n/len(awards)))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if reasons[a.ID] == nil {
			reasons[a.ID] = map[string]bool{}
		}
		reasons[a.ID][got.Revocation.Reason] = true
		return nil
	})
	indexes, version := f.changes(s.List, 0)
	if won != 100 || len(indexes) != len(awards) || version != int64(len(awards)) || f.events("", "award.revoked") != len(awards) {
		t.Errorf("%d of 100 calls went well; %d bits, version %d, %d events for %d awards", won, len(indexes), version, f.events("", "award.revoked"), len(awards))
	}
	for id, r := range reasons {
		if len(r) != 1 {
			t.Errorf("award %s: callers were told %d different reasons", id, len(r))
		}
	}
}
