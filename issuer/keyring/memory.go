package keyring

import (
	"context"
	"slices"
	"sync"

	"github.com/openlaurel/laurel/internal/fault"
)

// memory is the Store of the zero Config.
type memory struct {
	mu       sync.Mutex
	keys     []Key
	versions []Version
}

// ChangeKeys implements Store.
func (m *memory) ChangeKeys(_ context.Context, c Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range c.Update {
		if !slices.ContainsFunc(m.keys, func(k Key) bool { return k.ID == u.Key.ID && k.State == u.Was }) {
			return fault.New(fault.Conflict, nil, "somebody else changed the key at the same moment").Code("key.rotated")
		}
	}
	for _, u := range c.Update {
		i := slices.IndexFunc(m.keys, func(k Key) bool { return k.ID == u.Key.ID })
		m.keys[i] = u.Key
	}
	m.keys = append(slices.Clone(c.Insert), m.keys...)
	m.versions = append(m.versions, c.Documents...)
	return nil
}

// Keys implements Store.
func (m *memory) Keys(_ context.Context, issuerID string) ([]Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.keys), func(k Key) bool { return issuerID != "" && k.IssuerID != issuerID }), nil
}

// Versions implements Store.
func (m *memory) Versions(_ context.Context, did string) ([]Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.versions), func(v Version) bool { return v.DID != did }), nil
}
