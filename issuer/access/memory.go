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

// memory is the Store of the zero Config.
type memory struct {
	mu      sync.Mutex
	tokens  []Token
	tickets []Ticket
}

func newMemory() *memory { return &memory{} }

func (m *memory) InsertToken(_ context.Context, t Token, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens = append(m.tokens, t)
	return nil
}

func (m *memory) TokenByHash(_ context.Context, hash []byte) (Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.tokens {
		if same(t.Hash, hash) {
			return t, nil
		}
	}
	return Token{}, errMissing()
}

func (m *memory) Tokens(context.Context) ([]Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.tokens), nil
}

func (m *memory) RevokeToken(_ context.Context, id string, at time.Time, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.tokens {
		if m.tokens[i].ID != id {
			continue
		}
		if m.tokens[i].RevokedAt.IsZero() {
			m.tokens[i].RevokedAt = at
		}
		return nil
	}
	return errMissing()
}

func (m *memory) InsertTicket(_ context.Context, t Ticket, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets = append(m.tickets, t)
	return nil
}

func (m *memory) TicketByHash(_ context.Context, kind string, hash []byte) (Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.find(kind, hash); i >= 0 {
		return m.tickets[i], nil
	}
	return Ticket{}, errMissing()
}

func (m *memory) TakeTicket(_ context.Context, kind string, hash []byte) (Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.find(kind, hash)
	if i < 0 {
		return Ticket{}, errMissing()
	}
	t := m.tickets[i]
	m.tickets = slices.Delete(m.tickets, i, i+1)
	return t, nil
}

func (m *memory) find(kind string, hash []byte) int {
	return slices.IndexFunc(m.tickets, func(t Ticket) bool { return t.Kind == kind && bytes.Equal(t.Hash, hash) })
}

func (m *memory) DeleteTickets(_ context.Context, personID string, except []byte, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets = slices.DeleteFunc(m.tickets, func(t Ticket) bool { return t.PersonID == personID && !bytes.Equal(t.Hash, except) })
	return nil
}

func (m *memory) DeleteExpiredTickets(_ context.Context, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets = slices.DeleteFunc(m.tickets, func(t Ticket) bool { return t.ExpiresAt.Before(at) })
	return nil
}

func errMissing() error {
	return fault.New(fault.NotFound, nil, "there is no such token").Code("token.not_found")
}
