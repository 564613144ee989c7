package access

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// crowd is the People of the zero Config.
type crowd struct {
	mu      sync.Mutex
	people  []Person
	tickets Store
}

func (c *crowd) find(id string) int {
	return slices.IndexFunc(c.people, func(p Person) bool { return p.ID == id })
}

func (c *crowd) taken(id, email string) bool {
	return email != "" && slices.ContainsFunc(c.people, func(p Person) bool {
		return p.ID != id && p.Email == email && p.RemovedAt.IsZero()
	})
}

func (c *crowd) InsertPerson(_ context.Context, p Person, _ event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken(p.ID, p.Email) {
		return errEmailTaken()
	}
	c.people = append(c.people, p)
	return nil
}

func (c *crowd) Person(_ context.Context, id string) (Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.find(id); i >= 0 {
		return c.people[i], nil
	}
	return Person{}, errNobody()
}

func (c *crowd) PersonByEmail(_ context.Context, email string) (Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.people {
		if email != "" && p.Email == email && p.RemovedAt.IsZero() {
			return p, nil
		}
	}
	return Person{}, errNobody()
}

func (c *crowd) People(context.Context) ([]Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.people), func(p Person) bool { return !p.RemovedAt.IsZero() }), nil
}

func (c *crowd) SetRole(ctx context.Context, id string, g Grant, at time.Time, _ event.Event) (Person, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(id)
	if i < 0 || !c.people[i].RemovedAt.IsZero() {
		return Person{}, errNobody()
	}
	p := c.people[i]
	roles := slices.DeleteFunc(slices.Clone(p.Roles), func(o Grant) bool { return o.IssuerID == g.IssuerID })
	if g.Role != "" {
		roles = append(roles, g)
	}
	p.Roles, p.ChangedAt = roles, at
	if len(roles) == 0 {
		p.RemovedAt = at
	}
	before := c.people[i]
	c.people[i] = p
	if !slices.ContainsFunc(c.people, func(o Person) bool { return Allows(o, Admin, "") }) {
		c.people[i] = before
		return Person{}, ErrLastOwner()
	}
	if len(roles) == 0 {
		return p, c.tickets.DeleteTickets(ctx, id, nil, event.Event{})
	}
	return p, nil
}

func (c *crowd) NamePerson(_ context.Context, id, name, email string, _ event.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(id)
	switch {
	case i < 0:
		return errNobody()
	case c.taken(id, email):
		return errEmailTaken()
	}
	c.people[i].Name, c.people[i].Email = name, email
	return nil
}

func (c *crowd) JoinPerson(_ context.Context, id string, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(id)
	if i < 0 {
		return errNobody()
	}
	if c.people[i].JoinedAt.IsZero() {
		c.people[i].JoinedAt = at
	}
	return nil
}

func errNobody() error {
	return fault.New(fault.NotFound, nil, "there is no such person").Code("person.not_found")
}

func errEmailTaken() error {
	return fault.New(fault.Conflict, nil, "somebody has this address already").Code("person.email_taken").At("/email")
}

// ErrLastOwner is what SetRole of a People answers for the last owner of every issuer.
func ErrLastOwner() error {
	return fault.New(fault.Conflict, nil, "this is the last owner of every issuer").Code("person.last_owner").
		Hint("make somebody else an owner first")
}
