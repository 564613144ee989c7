package issuer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/randid"
)

// Bulk is a step that is taken with every award that a filter selects and whose state allows it.
//
// Every run has a name, Change. It is noted with each award that the run suspends, so that exactly those can be reinstated or revoked
// afterwards, and none that was suspended before for a reason of its own.
type Bulk struct {
	Filter Filter // State, Cursor and Limit are not looked at
	Step   Step
	Most   int    // awards of one call, 1 to BulkMost; 0: BulkMost
	Change string // Suspend: its name, "chg_…", or "" for a new one. Reinstate, Revoke: only what the change of that name suspended
	Expect int    // how many a dry run said; 0: not said, which a filter of times and words alone does not allow
}

// BulkMost bounds the awards of one call.
const BulkMost = 1000

// BulkPlan says what a Bulk would do.
type BulkPlan struct {
	Changes int // awards that would change
	Others  int // awards that the filter selects too, and whose state allows no such step
}

// BulkDone says what became of a Bulk.
type BulkDone struct {
	Done   int      // awards that the call changed
	Left   int      // awards that are still selected
	Change string   // the name of what was suspended; "" for every other action
	Lists  []string // the status lists that changed
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

// broad reports whether the filter names nothing of which somebody knows how much it is.
func (f Filter) broad() bool {
	return f.AchievementID == "" && f.ExternalID == "" && f.BatchID == "" && f.KeyID == "" && f.ChangeID == ""
}

func (b *Bulk) check() error {
	if err := b.name(); err != nil {
		return err
	}
	f := b.Filter
	switch {
	case f.broad() && f.Query == "" && f.Since.IsZero() && f.Before.IsZero():
		return fault.New(fault.Invalid, nil, "nothing says which awards are meant").Code("bulk.filter").At("/achievement").
			Hint("name an achievement, a batch, a change, a key, a time or a part of the recipient")
	case f.Version < 0:
		return fault.New(fault.Invalid, nil, "versions are 1, 2 and so on").Code("bulk.filter").At("/version")
	case f.Version != 0 && f.AchievementID == "":
		return fault.New(fault.Invalid, nil, "a version belongs to an achievement").Code("bulk.filter").At("/version").Hint("name the achievement too")
	case !f.Since.IsZero() && !f.Before.IsZero() && !f.Since.Before(f.Before):
		return fault.New(fault.Invalid, nil, "no time is both after and before these").Code("bulk.range").At("/before").
			Hint("since is the earlier one, and is included; before is the later one, and is not")
	case b.Most < 0 || b.Most > BulkMost:
		return fault.New(fault.Invalid, nil, "one call changes 1 to %d awards", BulkMost).Code("bulk.limit").At("/limit").
			Hint("call again until nothing is left")
	case b.Expect < 0:
		return fault.New(fault.Invalid, nil, "a number of awards is not negative").Code("bulk.expect").At("/expect")
	}
	if b.Most == 0 {
		b.Most = BulkMost
	}
	return b.Step.check()
}

// name checks the name of the change, and puts it where its action has it.
func (b *Bulk) name() error {
	if id, ok := strings.CutPrefix(b.Change, "chg_"); b.Change != "" && (!ok || !randid.Valid(id)) {
		return fault.New(fault.Invalid, nil, "there is no change of this name").Code("bulk.change").At("/change").
			Hint("leave it out, or write what the answer to a suspension said, such as chg_x7n4q2k5m3p6r7s2t4u5v6w7y2")
	}
	if b.Step.Action != Suspend {
		b.Filter.ChangeID = b.Change
	}
	return nil
}

// Plan returns what a Bulk would do, and changes nothing.
func (s *Service) Plan(ctx context.Context, b Bulk) (BulkPlan, error) {
	if err := b.check(); err != nil {
		return BulkPlan{}, err
	}
	return s.plan(ctx, b)
}

func (s *Service) plan(ctx context.Context, b Bulk) (BulkPlan, error) {
	n, err := s.selected(ctx, b)
	if err != nil {
		return BulkPlan{}, err
	}
	b.Filter.State = ""
	all, err := s.c.Store.CountAwards(ctx, b.Filter)
	return BulkPlan{Changes: n, Others: max(0, all-n)}, err
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

// agreed refuses to begin where nothing is selected, or not what the caller expects.
func (s *Service) agreed(ctx context.Context, b Bulk) error {
	n, err := s.plan(ctx, b)
	switch {
	case err != nil:
		return err
	case b.Expect != 0 && n.Changes != b.Expect:
		return fault.New(fault.Conflict, nil, "%d awards are selected, and %d were expected", n.Changes, b.Expect).Code("bulk.moved").At("/expect").
			Hint("make the dry run again")
	case n == (BulkPlan{}):
		return fault.New(fault.NotFound, nil, "no award is selected").Code("bulk.nothing").
			Hint("look at the ids and times: a dry run says how many awards they select")
	case b.Expect == 0 && b.Filter.broad() && n.Changes > 0:
		return fault.New(fault.Conflict, nil, "times and words alone select %d awards", n.Changes).Code("bulk.expect").At("/expect").
			Hint("if that many are meant, say that %d are expected; or name an achievement, a batch, a change or a key", n.Changes)
	}
	return nil
}

// Run takes the step with at most Most awards, each in a transaction and with an event of its own, and says how many are left.
// Calling it again goes on where it ended, also after a crash: what was changed is no longer selected. A filter that selects no award
// in any state is fault.NotFound, another number than expected fault.Conflict.
func (s *Service) Run(ctx context.Context, b Bulk) (BulkDone, error) {
	if err := b.check(); err != nil {
		return BulkDone{}, err
	}
	if err := s.agreed(ctx, b); err != nil {
		return BulkDone{}, err
	}
	if b.Step.Action == Suspend && b.Change == "" {
		id, err := randid.New(s.c.Rand)
		if err != nil {
			return BulkDone{}, err
		}
		b.Change = "chg_" + id
	}
	b.Step.Change = b.Change
	lists := map[string]bool{}
	var out BulkDone
	var err error
	for _, state := range b.States() {
		b.Filter.State, b.Filter.Cursor = state, ""
		if err = s.runState(ctx, b, &out.Done, lists); err != nil {
			break
		}
	}
	out.Lists = slices.Sorted(maps.Keys(lists))
	if b.Step.Action == Suspend {
		out.Change = b.Change
	}
	if err != nil {
		return out, fmt.Errorf("after %d awards: %w", out.Done, err)
	}
	out.Left, err = s.selected(ctx, b)
	return out, err
}

func (s *Service) runState(ctx context.Context, b Bulk, done *int, lists map[string]bool) error {
	for *done < b.Most {
		b.Filter.Limit = min(200, b.Most-*done)
		page, next, err := s.c.Store.Awards(ctx, b.Filter)
		if err != nil || len(page) == 0 {
			return err
		}
		changed, err := s.runPage(ctx, b.Step, page, done)
		for _, id := range changed {
			lists[id] = true
		}
		if err != nil || next == "" {
			return err
		}
		b.Filter.Cursor = next
	}
	return nil
}

// runPage changes the awards of a page, publishes each of their lists once, and returns those.
func (s *Service) runPage(ctx context.Context, step Step, page []Award, done *int) (changed []string, err error) {
	defer func() {
		slices.Sort(changed)
		changed = slices.Compact(changed)
		for _, id := range changed {
			s.publishList(ctx, id)
		}
	}()
	for _, x := range page {
		a, err := s.take(ctx, x.ID, step)
		switch code := fault.Describe(err).Code; {
		case code == "award.revoked" || code == "award.not_suspended" || code == "award.expired" || code == "award.erased":
			continue // somebody else was faster, or it cannot be issued again
		case err != nil:
			return changed, err
		}
		*done++
		changed = append(changed, a.Lists()...)
	}
	return changed, nil
}
