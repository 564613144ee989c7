package statuslist_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// at is a server that is reached under another address.
func (b *bench) at(url string) *statuslist.Service {
	return statuslist.New(statuslist.Config{Store: b.Store, Issuers: b, Signer: b, BaseURL: url, Clock: b.clock})
}

// What was issued names the old address for ever; what is issued from now on names one that can be reached.
func TestADeploymentThatMovedBeginsANewList(t *testing.T) {
	b := newBench(t)
	old := b.reserve(b.at("https://old.example/badges"))
	b.wait(time.Minute)
	moved := b.at("https://new.example")
	first, second := b.reserve(moved), b.reserve(moved)
	if first.ListID == old.ListID || second.ListID != first.ListID || first.URL != "https://new.example/status/"+first.ListID {
		t.Errorf("old %+v, then %+v and %+v", old, first, second)
	}
	b.wait(time.Minute)
	if again := b.reserve(b.at("https://new.example/")); again.ListID != first.ListID {
		t.Errorf("after a restart %+v", again)
	}
	if l := b.publish(moved, old.ListID); l.cred.ID != old.URL || !strings.HasPrefix(old.URL, "https://old.example/badges/") {
		t.Errorf("the old list now calls itself %s", l.cred.ID)
	}
}

// Twenty thousand reservations by two servers of four goroutines each, both restarted half-way: no place comes twice, and
// the restarts leave little unused: the blocks that were open.
func TestTwentyThousandPlacesAreAllDifferent(t *testing.T) {
	const places, servers, workers = 20_000, 2, 4
	b := newBench(t)
	b.reserve(b.server())
	var mu sync.Mutex
	seen := make(map[string]map[int]bool, 1)
	for range 2 {
		var all sync.WaitGroup
		for range servers {
			s := b.server()
			for range workers {
				all.Go(func() {
					for range places / 2 / servers / workers {
						e, err := s.Reserve(t.Context(), b.school.Issuer.ID, "revocation")
						mu.Lock()
						if seen[e.ListID] == nil {
							seen[e.ListID] = map[int]bool{}
						}
						if err != nil || seen[e.ListID][e.Index] || e.Index < 0 || e.Index >= limits.StatusListMinimum {
							t.Errorf("%+v was given before or lies outside: %v", e, err)
						}
						seen[e.ListID][e.Index] = true
						mu.Unlock()
					}
				})
			}
		}
		all.Wait()
	}
	if len(seen) != 1 {
		t.Fatalf("%d lists for less than one", len(seen))
	}
	for id, indexes := range seen {
		l, err := b.Store.List(t.Context(), id)
		if err != nil || len(indexes) != places {
			t.Fatalf("%d places, %v", len(indexes), err)
		}
		if lost := l.Next - places; lost < 0 || lost > places/10 {
			t.Errorf("%d counters were claimed for %d places", l.Next, places)
		}
	}
}
