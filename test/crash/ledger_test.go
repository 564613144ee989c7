package crash_test

import (
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/openlaurel/laurel/test/laureltest"
)

// promise is what the server acknowledged about one award, and what it may have done without a word.
type promise struct {
	award        laureltest.Award
	externalID   string
	revoked      bool // acknowledged
	maybeRevoked bool // asked for; the answer never came
}

// ledger keeps what was promised, across all rounds. Its methods are safe for concurrent use.
type ledger struct {
	mu       sync.Mutex
	promises []*promise
	open     []string // external ids of awards whose answer never came
	next     int
	random   *rand.Rand
}

// newID returns an external id that was never used before.
func (l *ledger) newID() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	return l.next
}

func (l *ledger) awarded(externalID string, a laureltest.Award) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promises = append(l.promises, &promise{award: a, externalID: externalID})
}

func (l *ledger) unanswered(externalID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, externalID)
}

// takeOpen returns the unanswered awards and forgets them.
func (l *ledger) takeOpen() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.open
	l.open = nil
	return open
}

// pick chooses an award that nobody asked to revoke and notes that somebody asks now; nil when there is none.
func (l *ledger) pick() *promise {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.promises) == 0 {
		return nil
	}
	from := l.random.IntN(len(l.promises))
	for i := range l.promises {
		if p := l.promises[(from+i)%len(l.promises)]; !p.maybeRevoked {
			p.maybeRevoked = true
			return p
		}
	}
	return nil
}

func (l *ledger) revoked(p *promise) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.revoked = true
}

// since returns the promises after the first so many.
func (l *ledger) since(first int) []*promise {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.promises[first:])
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.promises)
}
