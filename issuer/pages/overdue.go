package pages

import (
	"slices"
	"time"

	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Lists says which status lists are overdue, what waits longest first; *statuslist.Service does.
type Lists interface {
	Overdue() []statuslist.Overdue
}

// Overdue says that status lists could not be published, since when, and why. Lists is how many; 0 leaves it unsaid.
type Overdue struct {
	Lists int
	Since time.Time
	Code  string
}

// overdue counts the overdue lists that are meant; nil when there are none.
func (p *Pages) overdue(meant func(statuslist.Overdue) bool) *Overdue {
	if p.c.Lists == nil {
		return nil
	}
	var out *Overdue
	for _, o := range p.c.Lists.Overdue() {
		switch {
		case !meant(o):
		case out == nil:
			out = &Overdue{Lists: 1, Since: o.Since, Code: o.Code}
		default:
			out.Lists++
		}
	}
	return out
}

// of means the lists of those ids.
func of(ids []string) func(statuslist.Overdue) bool {
	return func(o statuslist.Overdue) bool { return slices.Contains(ids, o.ListID) }
}
