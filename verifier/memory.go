package verifier

import (
	"context"
	"sync"
	"time"
)

// Memory is what a verifier remembers of status lists, so that none goes backwards and a revocation that was seen once stays
// (threat S07), also after a restart. Lists are named by their kind and address, entries by issuer and place.
type Memory interface {
	// Newest returns the date of the newest list that was seen; the zero time when there was none.
	Newest(ctx context.Context, list string) (time.Time, error)
	// Saw notes the date of a list. An earlier one than is known changes nothing.
	Saw(ctx context.Context, list string, at time.Time) error
	// Revoked reports whether the entry was seen revoked.
	Revoked(ctx context.Context, list, entry string) (bool, error)
	// SawRevoked notes that the entry is revoked, for good. Noting it again is no error.
	SawRevoked(ctx context.Context, list, entry string) error
}

// seenKept bounds what is remembered in memory, of lists and of entries.
const seenKept = 1 << 16

// shortMemory is the Memory of one process.
type shortMemory struct {
	mu      sync.Mutex
	newest  map[string]time.Time
	revoked map[string]bool
}

func newShortMemory() *shortMemory {
	return &shortMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}
}

// Newest implements Memory.
func (m *shortMemory) Newest(_ context.Context, list string) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.newest[list], nil
}

// Saw implements Memory.
func (m *shortMemory) Saw(_ context.Context, list string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at.After(m.newest[list]) {
		makeRoom(m.newest)
		m.newest[list] = at
	}
	return nil
}

// Revoked implements Memory.
func (m *shortMemory) Revoked(_ context.Context, list, entry string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revoked[list+" "+entry], nil
}

// SawRevoked implements Memory.
func (m *shortMemory) SawRevoked(_ context.Context, list, entry string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	makeRoom(m.revoked)
	m.revoked[list+" "+entry] = true
	return nil
}

// makeRoom forgets something when too much is remembered.
func makeRoom[V any](m map[string]V) {
	for k := range m {
		if len(m) < seenKept {
			return
		}
		delete(m, k)
	}
}
