package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// RunShared runs what must hold between two programs on one database (threat R09). open opens the same new, empty database
// twice, and closes it when the test ends.
func RunShared(t *testing.T, open func(t *testing.T) (here, there *store.Store)) {
	t.Helper()
	for name, part := range map[string]func(t *testing.T, here, there *Fixture){
		"claims":      sharedClaims,
		"awards":      sharedAwards,
		"single uses": sharedSingleUses,
		"revocations": sharedRevocations,
		"addresses":   sharedAddresses,
	} {
		t.Run(name, func(t *testing.T) {
			a, b := open(t)
			part(t, NewFixture(t, a), NewFixture(t, b))
		})
	}
}

// sharedClaims fills a list from both sides: no counter comes twice, none is left out.
func sharedClaims(t *testing.T, here, there *Fixture) {
	const size, block = 1500, 7
	i := here.Issuer("claims")
	list := here.SizedList(i, size)
	var mu sync.Mutex
	seen := map[int]bool{}
	won := here.atOnce(12, fault.Internal, func(n int) error {
		side := []*Fixture{here, there}[n%2]
		for {
			l, claimed, err := side.Store.ClaimIndexes(side.ctx, i.ID, "revocation", block)
			if err != nil || claimed == 0 {
				return err
			}
			mu.Lock()
			for c := l.Next; c < l.Next+claimed; c++ {
				if l.ID != list.ID || seen[c] {
					err = errors.New("a counter was claimed twice")
				}
				seen[c] = true
			}
			mu.Unlock()
			if err != nil {
				return err
			}
		}
	})
	if won != 12 || len(seen) != size {
		t.Errorf("%d of 12 claimers went well, %d of %d counters were claimed", won, len(seen), size)
	}
}

func sharedAwards(t *testing.T, here, there *Fixture) {
	s := here.School("awards")
	awards := make([]issuer.Award, 60)
	for n := range awards {
		awards[n] = here.Award(s)
		awards[n].ExternalID = "the same"
	}
	won := here.atOnce(len(awards), fault.Conflict, func(n int) error { return []*Fixture{here, there}[n%2].Insert(awards[n]) })
	a, errHere := here.Store.Replay(here.ctx, s.Issuer.ID, "the same", "")
	b, errThere := there.Store.Replay(there.ctx, s.Issuer.ID, "the same", "")
	if won != 1 || errHere != nil || errThere != nil || a.ID != b.ID {
		t.Errorf("%d of %d were stored; %s here and %s there, %v, %v", won, len(awards), a.ID, b.ID, errHere, errThere)
	}
}

func sharedSingleUses(t *testing.T, here, there *Fixture) {
	s := here.School("uses")
	a := here.Award(s)
	o := here.Offer(a)
	here.must(here.Store.InsertAward(here.ctx, a, o, here.Event("award.created", a.IssuerID, a.ID)))
	side := func(n int) *Fixture { return []*Fixture{here, there}[n%2] }
	if won := here.atOnce(50, fault.Gone, func(n int) error { return side(n).Store.UseOffer(here.ctx, o.Hash, Start()) }); won != 1 {
		t.Errorf("%d of 50 used one offer", won)
	}
	k := access.Ticket{ID: here.ID("tck_"), Kind: "signin", Hash: hashOf("shared"), CreatedAt: Start(), ExpiresAt: Start()}
	here.must(here.Store.InsertTicket(here.ctx, k, event.Event{}))
	won := here.atOnce(50, fault.NotFound, func(n int) error {
		_, err := side(n).Store.TakeTicket(here.ctx, "signin", k.Hash)
		return err
	})
	if won != 1 {
		t.Errorf("%d of 50 took one ticket", won)
	}
}

// sharedRevocations revokes on both sides and follows the list on both: each change is seen once it was acknowledged.
func sharedRevocations(t *testing.T, here, there *Fixture) {
	s := here.School("revocations")
	awards := make([]issuer.Award, 24)
	for n := range awards {
		awards[n] = here.Stored(s)
	}
	won := here.atOnce(2*len(awards), fault.Internal, func(n int) error {
		mine, other := here, there
		if n%2 == 1 {
			mine, other = there, here
		}
		a := awards[n/2]
		if _, err := mine.revoke(a, "r"); err != nil {
			return err
		}
		c, err := other.Store.Changes(other.ctx, s.List.ID, 0)
		if err != nil {
			return err
		}
		for _, b := range c.Bits {
			if b.Index == a.Credentials[0].StatusIndex {
				return nil
			}
		}
		return errors.New("a revocation that was acknowledged is not seen by the other program")
	})
	indexes, version := there.changes(s.List, 0)
	if won != 2*len(awards) || len(indexes) != len(awards) || version != int64(len(awards)) {
		t.Errorf("%d of %d went well; %d bits, version %d", won, 2*len(awards), len(indexes), version)
	}
}

func sharedAddresses(t *testing.T, here, there *Fixture) {
	won := here.atOnce(30, fault.Internal, func(n int) error {
		return []*Fixture{here, there}[n%2].Store.UseBaseURL(here.ctx, "https://badges.example.org", Start())
	})
	if urls, err := there.Store.BaseURLs(there.ctx); won != 30 || err != nil || len(urls) != 1 {
		t.Errorf("%d of 30 went well; %v, %v", won, urls, err)
	}
}
