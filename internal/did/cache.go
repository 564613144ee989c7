package did

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Bounds of the cache.
const (
	cached      = 1024
	atLeast     = 30 * time.Second
	hourAtMost  = time.Hour
	negativeTTL = 30 * time.Second
)

// cache keeps documents and failures, and lets callers that want the same document wait for one fetch.
type cache struct {
	clock func() time.Time

	mu      sync.Mutex
	entries map[string]entry
	flights map[string]*flight
}

type entry struct {
	doc     *Document
	err     error
	since   time.Time
	expires time.Time
}

// flight is a fetch under way. doc and err are set before done is closed.
type flight struct {
	done chan struct{}
	doc  *Document
	err  error
}

type loader func(ctx context.Context) (*Document, time.Duration, error)

func newCache(clock func() time.Time) *cache {
	return &cache{clock: clock, entries: map[string]entry{}, flights: map[string]*flight{}}
}

// get returns the kept document of id when it is fresh and not older than maxAge, and otherwise loads it, once for all
// callers. The fetch goes on when this caller leaves, because others may wait for it.
func (c *cache) get(ctx context.Context, id string, maxAge time.Duration, load loader) (*Document, error) {
	c.mu.Lock()
	now := c.clock()
	if e, ok := c.entries[id]; ok && now.Before(e.expires) && now.Sub(e.since) < maxAge && !now.Before(e.since) {
		c.mu.Unlock()
		return e.doc, e.err
	}
	f := c.flights[id]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.flights[id] = f
		go c.fly(context.WithoutCancel(ctx), id, f, load)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.doc, f.err
	case <-ctx.Done():
		return nil, fault.Unclear("did.unreachable", "", ctx.Err(), "the issuer's keys could not be fetched in time")
	}
}

func (c *cache) fly(ctx context.Context, id string, f *flight, load loader) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	doc, ttl, err := safely(ctx, load)
	c.mu.Lock()
	defer c.mu.Unlock()
	f.doc, f.err = doc, err
	delete(c.flights, id)
	now := c.clock()
	life := min(max(ttl, atLeast), hourAtMost)
	if err != nil {
		life = negativeTTL
	}
	c.room(now)
	c.entries[id] = entry{doc: doc, err: err, since: now, expires: now.Add(life)}
	close(f.done)
}

// safely turns a panic over a stranger's bytes into an error: no handler stands above this goroutine to do it.
func safely(ctx context.Context, load loader) (doc *Document, ttl time.Duration, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fault.Unclear("internal", "", fmt.Errorf("panic: %v", p), "this could not be checked because of a fault of ours")
		}
	}()
	return load(ctx)
}

// room makes room for one entry: the expired go first, then any one.
func (c *cache) room(now time.Time) {
	if len(c.entries) < cached {
		return
	}
	for id, e := range c.entries {
		if !now.Before(e.expires) {
			delete(c.entries, id)
		}
	}
	for id := range c.entries {
		if len(c.entries) < cached {
			return
		}
		delete(c.entries, id)
	}
}
