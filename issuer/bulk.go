package issuer

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
)

// Bulk is a step that is taken with every award that a filter selects and whose state allows it.
type Bulk struct {
	Filter Filter // State, Cursor and Limit are not looked at
	Step   Step
	Most   int // awards of one call, 1 to BulkMost; 0: BulkMost
}

// BulkMost bounds the awards of one call.
const BulkMost = 1000

// BulkDone says what became of a Bulk.
type BulkDone struct {
	Done int // awards that the call changed
	Left int // awards that are still selected
}

// States are those from which the action leads.
func (b Bulk) States() []State {
	switch b.Step.Action {
	case Revoke:
		return []State{Active, Suspended}
	case Suspend:
		return []State{Active}
	}
	return []State{Suspended}
}

func (b *Bulk) check() error {
	f := b.Filter
	if f.AchievementID == "" && f.ExternalID == "" && f.BatchID == "" && f.Query == "" && f.KeyID == "" && f.Since.IsZero() && f.Before.IsZero() {
		return fault.New(fault.Invalid, nil, "nothing says which awards are meant").Code("bulk.filter").At("/achievement").
			Hint("name an achievement, a batch, a key, a time or a part of the recipient")
	}
	if f.Version != 0 && f.AchievementID == "" {
		return fault.New(fault.Invalid, nil, "a version belongs to an achievement").Code("bulk.filter").At("/version").Hint("name the achievement too")
	}
	if b.Most < 0 || b.Most > BulkMost {
		return fault.New(fault.Invalid, nil, "one call changes 1 to %d awards", BulkMost).Code("bulk.limit").At("/limit").
			Hint("call again until nothing is left")
	}
	if b.Most == 0 {
		b.Most = BulkMost
	}
	return b.Step.check()
}

// Plan returns how many awards a Bulk would change, and changes none.
func (s *Service) Plan(ctx context.Context, b Bulk) (int, error) {
	if err := b.check(); err != nil {
		return 0, err
	}
	return s.selected(ctx, b)
}

func (s *Service) selected(ctx context.Context, b Bulk) (int, error) {
	n := 0
	for _, state := range b.States() {
		b.Filter.State = state
		of, err := s.c.Store.CountAwards(ctx, b.Filter)
		if err != nil {
			return 0, err
		}
		n += of
	}
	return n, nil
}

// Run takes the step with at most Most awards, each in a transaction and with an event of its own, and says how many are left.
// Calling it again goes on where it ended, also after a crash: what was changed is no longer selected.
func (s *Service) Run(ctx context.Context, b Bulk) (BulkDone, error) {
	if err := b.check(); err != nil {
		return BulkDone{}, err
	}
	var out BulkDone
	var err error
	for _, state := range b.States() {
		b.Filter.State, b.Filter.Cursor = state, ""
		if err = s.runState(ctx, b, &out.Done); err != nil {
			break
		}
	}
	if err != nil {
		return out, fmt.Errorf("after %d awards: %w", out.Done, err)
	}
	out.Left, err = s.selected(ctx, b)
	return out, err
}

func (s *Service) runState(ctx context.Context, b Bulk, done *int) error {
	for *done < b.Most {
		b.Filter.Limit = min(200, b.Most-*done)
		page, next, err := s.c.Store.Awards(ctx, b.Filter)
		if err != nil || len(page) == 0 {
			return err
		}
		err = s.runPage(ctx, b.Step, page, done)
		if err != nil || next == "" {
			return err
		}
		b.Filter.Cursor = next
	}
	return nil
}

// runPage changes the awards of a page, and publishes each of their lists once.
func (s *Service) runPage(ctx context.Context, step Step, page []Award, done *int) error {
	lists := map[string]bool{}
	defer func() {
		for id := range lists {
			s.publishList(ctx, id)
		}
	}()
	for _, x := range page {
		a, err := s.take(ctx, x.ID, step)
		switch code := fault.Describe(err).Code; {
		case code == "award.revoked" || code == "award.not_suspended" || code == "award.expired":
			continue // somebody else was faster, or it cannot be issued again
		case err != nil:
			return err
		}
		*done++
		for _, c := range a.Credentials {
			lists[c.StatusList] = true
		}
	}
	return nil
}
