package api

import (
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Lists says which status lists are overdue; *statuslist.Service does.
type Lists interface {
	Overdue() []statuslist.Overdue
}

// published is Lists where nothing is ever overdue.
type published struct{}

func (published) Overdue() []statuslist.Overdue { return nil }

// overdue says that a change is recorded and that verifiers do not see it yet.
type overdue struct {
	Since  string `json:"since" format:"date-time" doc:"Of the change, or when the list could not be published first."`
	Code   string `json:"code" doc:"Why it cannot be published, such as signer.unavailable."`
	Detail string `json:"detail"`
}

const overdueDetail = "It is recorded. The status list that tells verifiers cannot be published now, and follows by itself; " +
	"until then they read neither valid nor revoked."

// overdueOf says whether one of these status lists is overdue; nil when none is.
func (a *API) overdueOf(lists ...string) *overdue {
	o, is := statuslist.Earliest(a.cfg.Lists.Overdue(), lists...)
	if !is {
		return nil
	}
	return &overdue{Since: written(o.Since), Code: o.Code, Detail: overdueDetail}
}

func (a *API) overdueAward(x issuer.Award) *overdue { return a.overdueOf(x.Lists()...) }
