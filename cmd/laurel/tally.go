package main

import (
	"context"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/passkey"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/verifier"
)

// tallyPause is how long checks are counted in memory before they are stored.
const tallyPause = 30 * time.Second

// tally counts how often badges of the deployment's issuers are checked here and hold, by week. It keeps nothing of the badge or of who
// asked.
type tally struct {
	mu sync.Mutex
	of map[counted]int
}

type counted struct {
	issuer string // a DID
	week   time.Time
}

// tallied bounds what is counted between two stores; what is beyond is not counted.
const tallied = 1000

func (t *tally) add(r verifier.Result, at time.Time) {
	if r.Verdict != verifier.Valid || r.Issuer == nil || r.Issuer.ID == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[counted]int{}
	}
	if k := (counted{r.Issuer.ID, issuer.WeekOf(at)}); t.of[k] > 0 || len(t.of) < tallied {
		t.of[k]++
	}
}

func (t *tally) take() map[counted]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.of
	t.of = nil
	return of
}

// counting is the verifier whose checks are counted.
type counting struct {
	*verifier.Verifier
	app *app
}

// Check implements what asks the verifier.
func (c counting) Check(ctx context.Context, in verifier.Input, p verifier.Policy) verifier.Result {
	r := c.Verifier.Check(ctx, in, p)
	c.app.tally.add(r, c.app.clock())
	return r
}

// passkeys are the ceremonies of signing in by a passkey; nil where browsers have none.
func (a *app) passkeys() *passkey.Ceremonies {
	c, err := passkey.New(a.base, "Laurel")
	if err != nil {
		a.log.Info("people cannot sign in by passkeys at this address: they need https", "error", err)
		return nil
	}
	return c
}

// storeTally stores what was counted. Issuers elsewhere are not counted.
func (a *app) storeTally(ctx context.Context) {
	for k, n := range a.tally.take() {
		i, err := a.catalog.Issuer(ctx, k.issuer)
		if fault.Is(err, fault.NotFound) || err == nil && i.DID != k.issuer {
			continue
		}
		if err == nil {
			err = a.store.AddTally(ctx, i.ID, k.week, n)
		}
		if err != nil {
			a.log.WarnContext(ctx, "checks were not counted", "n", n, "error", err)
		}
	}
}
