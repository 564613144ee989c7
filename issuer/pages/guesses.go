package pages

import (
	"net/netip"
	"sync"
	"time"
)

// guesses counts what one address tried of short codes and links that led nowhere. Who guesses is slowed down long before a
// guess is worth it; who has a code never notices.
type guesses struct {
	most int           // at a time
	per  time.Duration // after which one more is allowed

	mu   sync.Mutex
	used map[string]*tried
}

type tried struct {
	n     int
	since time.Time
}

// guessAddresses bounds the memory; beyond it the count begins anew for everybody.
const guessAddresses = 1 << 14

func newGuesses(most int, per time.Duration) *guesses {
	return &guesses{most: most, per: per, used: map[string]*tried{}}
}

// take counts an attempt and reports whether it is allowed.
func (g *guesses) take(address string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := network(address)
	t := g.used[key]
	if t == nil {
		if len(g.used) >= guessAddresses {
			clear(g.used)
		}
		t = &tried{since: now}
		g.used[key] = t
	}
	if back := int(now.Sub(t.since) / g.per); back > 0 {
		t.n, t.since = max(t.n-back, 0), t.since.Add(time.Duration(back)*g.per)
	}
	if t.n >= g.most {
		return false
	}
	t.n++
	return true
}

// give takes an attempt back.
func (g *guesses) give(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if t := g.used[network(address)]; t != nil && t.n > 0 {
		t.n--
	}
}

// network makes one client of an IPv6 /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "?"
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return "?"
	}
	return p.String()
}
