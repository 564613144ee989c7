package storetest

import (
	"sync"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

// testMixed stores good awards and bad ones at the same moment: however the store puts them together, a bad one harms
// nobody else, and each caller hears of its own award.
func testMixed(t *testing.T, f *Fixture) {
	s := f.School("mixed")
	taken := f.Award(s)
	taken.ExternalID = "taken"
	f.must(f.Insert(taken))
	spoils := []func(a *issuer.Award){
		func(a *issuer.Award) { a.ExternalID = "taken" },
		func(a *issuer.Award) { a.Credentials[0].StatusIndex = taken.Credentials[0].StatusIndex },
		func(a *issuer.Award) { a.Recipient.Name = "a\x00b" },
		func(a *issuer.Award) { a.Version = 7 },
	}
	kinds := []fault.Kind{fault.Conflict, fault.Conflict, fault.Invalid, fault.Internal}
	awards := make([]issuer.Award, 80)
	for n := range awards {
		awards[n] = f.Award(s)
		if n%2 == 1 {
			spoils[n/2%len(spoils)](&awards[n])
		}
	}
	errs := make([]error, len(awards))
	start := make(chan struct{})
	var all sync.WaitGroup
	for n := range awards {
		all.Go(func() {
			<-start
			errs[n] = f.Insert(awards[n])
		})
	}
	close(start)
	all.Wait()
	for n, a := range awards {
		_, err := f.Store.Award(f.ctx, a.ID)
		if n%2 == 0 && (errs[n] != nil || err != nil) {
			t.Errorf("award %d, in which nothing is wrong: %v, %v", n, errs[n], err)
		}
		if n%2 == 1 {
			want := kinds[n/2%len(kinds)]
			if errs[n] == nil || fault.KindOf(errs[n]) != want || !fault.Is(err, fault.NotFound) {
				t.Errorf("award %d: %v (want kind %d); reading it: %v", n, errs[n], want, err)
			}
		}
	}
	if n := f.events(s.Issuer.ID, "award.created"); n != 1+len(awards)/2 {
		t.Errorf("%d events for %d awards", n, 1+len(awards)/2)
	}
}
