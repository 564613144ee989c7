package verifiertest

import (
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
)

// World is a small world to verify in: a web, a school that is trusted, a stranger who is not, and a clock that the test
// moves. Both have a did:web identity and keys for ES256 and EdDSA.
type World struct {
	Web      *Web
	School   *Issuer
	Stranger *Issuer
	Trust    verifier.Trust
	Memory   verifier.Memory // of its verifiers; nil: each has its own

	mu  sync.Mutex
	now time.Time
}

// Now is where the clock of a new World stands.
func Now() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// NewWorld makes a World. The school has further keys of the algorithms that are named.
func NewWorld(t testing.TB, more ...keys.Algorithm) *World {
	t.Helper()
	web := NewWeb()
	w := &World{
		Web: web, now: Now(),
		School:   NewIssuer(t, web, "did:web:school.example", append(more, keys.ES256, keys.EdDSA)...),
		Stranger: NewIssuer(t, web, "did:web:stranger.example", keys.ES256, keys.EdDSA),
	}
	w.Trusting(t, w.School.ID)
	return w
}

// Trusting replaces the trust list by one of these ids.
func (w *World) Trusting(t testing.TB, ids ...string) {
	t.Helper()
	entries := make([]trust.Entry, len(ids))
	for i, id := range ids {
		entries[i].ID = id
	}
	list, err := trust.New(entries...)
	if err != nil {
		t.Fatal(err)
	}
	w.Trust = list
}

// Clock tells the time of this world.
func (w *World) Clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass lets time go by, or back.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Verifier makes a verifier with empty caches that sees this world and trusts whom it trusts now.
func (w *World) Verifier() *verifier.Verifier {
	return verifier.New(verifier.Config{
		Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Memory: w.Memory,
	})
}
