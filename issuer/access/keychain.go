package access

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// keychain is the Passkeys of the zero Config.
type keychain struct {
	mu   sync.Mutex
	keys []Passkey
}

func errNoPasskey() error {
	return fault.New(fault.NotFound, nil, "there is no such passkey").Code("passkey.not_found")
}

func (c *keychain) find(personID string, id []byte) int {
	return slices.IndexFunc(c.keys, func(k Passkey) bool {
		return bytes.Equal(k.ID, id) && (personID == "" || k.PersonID == personID)
	})
}

func (c *keychain) InsertPasskey(_ context.Context, k Passkey, _ event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find("", k.ID) >= 0 {
		return fault.New(fault.Conflict, nil, "this passkey is registered already").Code("passkey.exists")
	}
	c.keys = append(c.keys, k)
	return nil
}

func (c *keychain) PasskeysOf(_ context.Context, personID string) ([]Passkey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.keys), func(k Passkey) bool { return k.PersonID != personID }), nil
}

func (c *keychain) UsePasskey(_ context.Context, id, body []byte, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find("", id)
	if i < 0 {
		return errNoPasskey()
	}
	c.keys[i].Body, c.keys[i].UsedAt = body, at
	return nil
}

func (c *keychain) NamePasskey(_ context.Context, personID string, id []byte, name string, _ event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(personID, id)
	if i < 0 {
		return errNoPasskey()
	}
	c.keys[i].Name = name
	return nil
}

func (c *keychain) DeletePasskey(_ context.Context, personID string, id []byte, _ event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(personID, id)
	if i < 0 {
		return errNoPasskey()
	}
	c.keys = slices.Delete(c.keys, i, i+1)
	return nil
}
