package trust

import (
	"context"
	"slices"
	"time"
)

// MayKeepStatus reports whether somebody else may sign the status lists of an issuer: whom its entry names for that
// (StatusBy), and its successor once the time of the issuer is over. A nil List says so of nobody.
func (l *List) MayKeepStatus(_ context.Context, issuer, keeper string, at time.Time) bool {
	return l != nil && keeper != "" && slices.ContainsFunc(l.entries[issuer], func(e Entry) bool { return e.keeps(keeper, at) })
}

// keeps says so of one entry. StatusBy has no end of its own: it matters most after the issuer closed.
func (e Entry) keeps(keeper string, at time.Time) bool {
	if !e.From.IsZero() && at.Before(e.From) {
		return false
	}
	return slices.Contains(e.StatusBy, keeper) || e.Successor == keeper && !e.Until.IsZero() && at.After(e.Until)
}

// MayKeepStatus is that of the operator's own list when it names the issuer: whom it leaves out, no other list adds. Only for
// an issuer that it does not name the followed lists are asked.
func (b *Book) MayKeepStatus(ctx context.Context, issuer, keeper string, at time.Time) bool {
	root := b.c.Root()
	if root != nil && len(root.entries[issuer]) > 0 {
		return root.MayKeepStatus(ctx, issuer, keeper, at)
	}
	may := false
	b.each(ctx, root, func(_ Reference, s *Signed, err error) bool {
		may = err == nil && s.List.MayKeepStatus(ctx, issuer, keeper, at)
		return !may
	})
	return may
}
