package statuslist

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Overdue is a list that readers do not get as the database has it, because it could not be published: its signer is away, say.
type Overdue struct {
	ListID, IssuerID string
	Since            time.Time // of the change that they do not get; else when it could not be published first
	Code             string    // of the fault, such as signer.unavailable
}

// owed names what is overdue: one form of a list may be published while another cannot be.
type owed struct {
	list string
	form Form
}

// Overdue returns what is overdue in this process, what waits longest first: one entry for each list.
func (s *Service) Overdue() []Overdue {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := map[string]Overdue{}
	for what, o := range s.overdue {
		if known, ok := by[what.list]; !ok || o.Since.Before(known.Since) {
			by[what.list] = o
		}
	}
	out := make([]Overdue, 0, len(by))
	for _, o := range by {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Overdue) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ListID, b.ListID)) })
	return out
}

// Earliest returns, of what is overdue, what waits longest among the lists of those ids; false when none of them is.
func Earliest(all []Overdue, lists ...string) (Overdue, bool) {
	for _, o := range all {
		if slices.Contains(lists, o.ListID) {
			return o, true
		}
	}
	return Overdue{}, false
}

// PublishOverdue tries again to publish what is overdue. The error is that of what still is.
func (s *Service) PublishOverdue(ctx context.Context) error {
	s.mu.Lock()
	var all []owed
	for what := range s.overdue {
		all = append(all, what)
	}
	s.mu.Unlock()
	var failed error
	for _, what := range all {
		if _, err := s.Publish(ctx, what.list, what.form); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// settle notes whether a list could be published in a form. A reader who went away says nothing of it, nor does one who asked for
// what there is not.
func (s *Service) settle(ctx context.Context, l *live, f Form, err error) {
	what := owed{l.list.ID, f}
	if err != nil && (errors.Is(ctx.Err(), context.Canceled) || fault.Is(err, fault.NotFound)) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.overdue, what)
		return
	}
	o := s.overdue[what]
	if o.Since.IsZero() {
		o = Overdue{ListID: l.list.ID, IssuerID: l.list.IssuerID, Since: l.changed(f, s.c.Clock().UTC())}
	}
	o.Code = cmp.Or(fault.Describe(err).Code, "internal")
	s.overdue[what] = o
}

// changed is the moment of the change that was not published in that form; now, where this process knows of none. l.mu is held.
func (l *live) changed(f Form, now time.Time) time.Time {
	if last := l.signed[f]; last != nil && last.version != l.version {
		return l.stamp
	}
	return now
}
