package access

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// registry is the Logins of the zero Config.
type registry struct {
	mu     sync.Mutex
	logins []Login
	people People
}

func errNoLogin() error {
	return fault.New(fault.NotFound, nil, "there is no such login").Code("login.not_found")
}

func (r *registry) Login(_ context.Context, issuer, subject string) (Login, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.logins {
		if l.Issuer == issuer && l.Subject == subject {
			return l, nil
		}
	}
	return Login{}, errNoLogin()
}

func (r *registry) LoginsOf(_ context.Context, personID string) ([]Login, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.logins), func(l Login) bool { return l.PersonID != personID }), nil
}

func (r *registry) LinkLogin(ctx context.Context, l Login, _ event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var left []Login
	for _, o := range r.logins {
		same := o.Issuer == l.Issuer && o.Subject == l.Subject
		if !same && (o.Issuer != l.Issuer || o.PersonID != l.PersonID) {
			left = append(left, o)
			continue
		}
		if p, err := r.people.Person(ctx, o.PersonID); err != nil || p.RemovedAt.IsZero() {
			return ErrLoginTaken()
		}
	}
	r.logins = append(left, l)
	return nil
}

func (r *registry) UseLogin(_ context.Context, issuer, subject string, at time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, l := range r.logins {
		if l.Issuer == issuer && l.Subject == subject {
			r.logins[i].UsedAt = at
			return nil
		}
	}
	return errNoLogin()
}

func (r *registry) UnlinkLogin(_ context.Context, personID, issuer string, _ event.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.logins)
	r.logins = slices.DeleteFunc(r.logins, func(l Login) bool { return l.PersonID == personID && l.Issuer == issuer })
	if len(r.logins) == before {
		return errNoLogin()
	}
	return nil
}

// ErrLoginTaken is what LinkLogin of a Logins answers for a login that somebody has, and for a person who has another one.
func ErrLoginTaken() error {
	return fault.New(fault.Conflict, nil, "this login belongs to somebody else").Code("login.taken")
}
