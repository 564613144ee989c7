package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
)

// Awards that are stored at the same time share transactions; each is told its own outcome.
func TestABadAwardOfAGroupFailsAlone(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { badAwardsAmongGood(t, open(t, filepath.Join(t.TempDir(), "laurel.db"))) })
	t.Run("PostgreSQL", func(t *testing.T) { badAwardsAmongGood(t, open(t, server(t)(t))) })
}

func badAwardsAmongGood(t *testing.T, s *store.Store) {
	f := storetest.NewFixture(t, s)
	school := f.School("group")
	taken := f.Award(school)
	taken.ExternalID = "course 1, learner 1"
	if err := f.Insert(taken); err != nil {
		t.Fatal(err)
	}
	const count = 60
	awards := make([]issuer.Award, count)
	for i := range awards {
		awards[i] = f.Award(school)
		if i%7 == 3 {
			awards[i].ExternalID = taken.ExternalID
		}
	}
	errs := make([]error, count)
	var callers sync.WaitGroup
	for i := range awards {
		callers.Go(func() { errs[i] = f.Insert(awards[i]) })
	}
	callers.Wait()
	for i, a := range awards {
		_, err := s.Award(t.Context(), a.ID)
		if i%7 == 3 {
			if !fault.Is(errs[i], fault.Conflict) || !fault.Is(err, fault.NotFound) {
				t.Errorf("award %d is bad: %v; read again: %v", i, errs[i], err)
			}
			continue
		}
		if errs[i] != nil || err != nil {
			t.Errorf("award %d is good: %v; read again: %v", i, errs[i], err)
		}
	}
	if events, err := s.Events(t.Context(), "", 1000); err != nil || len(events) == 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// The writer is busy with somebody else; a caller who gives up is answered at once, and one who waits gets through.
func TestACallerWhoGivesUpDoesNotWait(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	f := storetest.NewFixture(t, s)
	school := f.School("busy")
	held, err := s.Pools()["writer"].Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	patient := make(chan error, 1)
	waits, gaveUp := f.Award(school), f.Award(school)
	go func() { patient <- f.Insert(waits) }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = s.InsertAward(ctx, gaveUp, f.Offer(gaveUp), f.Event("award.created", gaveUp.IssuerID, gaveUp.ID))
	if err == nil || !errors.Is(err, context.Canceled) && !fault.Is(err, fault.Unavailable) {
		t.Errorf("given up: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-patient; err != nil {
		t.Errorf("waited: %v", err)
	}
}
