package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

type bulkRequest struct {
	Action      string `json:"action" doc:"revoke, suspend or reinstate."`
	Reason      string `json:"reason,omitempty" doc:"Why, in a sentence; required but for reinstate. The learners may read it."`
	Code        string `json:"code,omitempty" doc:"Why, for programs."`
	DryRun      bool   `json:"dry_run,omitempty" doc:"Change nothing, and say how many would change."`
	Expect      int    `json:"expect,omitempty" doc:"What a dry run said, or left of the call before; 409 when it is another number. Times and q alone need it."`
	Limit       int    `json:"limit,omitempty" doc:"Awards of this call, at most 1000."`
	Change      string `json:"change,omitempty" doc:"Suspend: goes on under this name. Reinstate, revoke: only what the change of this name suspended."`
	Issuer      string `json:"issuer,omitempty" doc:"Id, slug or DID."`
	Achievement string `json:"achievement,omitempty" doc:"Id, or slug under the issuer."`
	Version     int    `json:"version,omitempty" doc:"Of the achievement."`
	Batch       string `json:"batch,omitempty" doc:"Id of the batch that made the awards."`
	Key         string `json:"key,omitempty" doc:"Id of the key that signed, such as did:web:…#es256-…."`
	Query       string `json:"q,omitempty" doc:"Part of name, e-mail address or external id."`
	Since       string `json:"since,omitempty" format:"date-time" doc:"Made at this moment or later."`
	Before      string `json:"before,omitempty" format:"date-time" doc:"Made before this moment."`
}

type bulkAnswer struct {
	DryRun      bool     `json:"dry_run"`
	Done        int      `json:"done" doc:"Awards that this call changed."`
	Left        int      `json:"left" doc:"Awards that are still selected: call again until there are none, or nothing was done (they have expired)."`
	Others      *int     `json:"others,omitempty" doc:"Dry run: awards that the filter selects too, and whose state allows no such step."`
	Change      string   `json:"change,omitempty" doc:"The name of what was suspended: reinstate with it to undo exactly that."`
	ListOverdue *overdue `json:"list_overdue,omitempty" doc:"Only while the published status list lags behind."`
}

func (a *API) registerBulk() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/award-changes", id: "changeAwards", tag: "Awards", scope: access.Revoke,
		summary: "Revoke, suspend or reinstate many awards", status: http.StatusOK, errors: []int{404, 409, 415},
		description: "Takes one step with every award that the filter selects, each with an event of its own. A call changes at most " +
			"limit awards and says how many are left; the same call again goes on, also after a crash. What was suspended is undone " +
			"by reinstating with the change of the answer.",
		body:   `{"action":"suspend","reason":"The examination is looked into.","code":"investigation","achievement":"first-aid","dry_run":true}`,
		answer: `{"dry_run":true,"done":0,"left":212,"others":3}`,
	}, a.bulk)
}

func (a *API) bulk(ctx context.Context, c call, in bulkRequest) (reply[bulkAnswer], error) {
	b, err := a.bulkOf(ctx, c, in)
	if err != nil {
		return reply[bulkAnswer]{}, err
	}
	if in.DryRun {
		n, err := a.cfg.Awards.Plan(ctx, b)
		return reply[bulkAnswer]{body: bulkAnswer{DryRun: true, Left: n.Changes, Others: &n.Others}}, err
	}
	done, err := a.cfg.Awards.Run(ctx, b)
	if in.Action == string(issuer.Revoke) {
		for range done.Done {
			a.cfg.Counter.Revocation()
		}
	}
	return reply[bulkAnswer]{body: bulkAnswer{Done: done.Done, Left: done.Left, Change: done.Change, ListOverdue: a.overdueOf(done.Lists...)}}, err
}

func (a *API) bulkOf(ctx context.Context, c call, in bulkRequest) (issuer.Bulk, error) {
	b := issuer.Bulk{
		Step: issuer.Step{Action: issuer.Action(in.Action), Reason: in.Reason, Code: issuer.ReasonCode(in.Code), Actor: c.token.ID},
		Most: in.Limit, Change: in.Change, Expect: in.Expect,
		Filter: issuer.Filter{BatchID: in.Batch, KeyID: in.Key, Query: in.Query, Version: in.Version},
	}
	if in.Issuer != "" || c.token.IssuerID != "" {
		iss, err := a.issuerFor(ctx, c, in.Issuer, access.Revoke)
		if err != nil {
			return b, err
		}
		b.Filter.IssuerID = iss.ID
	}
	if in.Achievement != "" {
		ach, err := a.cfg.Achievements.Achievement(ctx, b.Filter.IssuerID, in.Achievement, 0)
		if err != nil {
			return b, mentioned(err)
		}
		b.Filter.AchievementID = ach.ID
	}
	var err error
	if b.Filter.Since, err = moment("since", in.Since); err != nil {
		return b, err
	}
	b.Filter.Before, err = moment("before", in.Before)
	return b, err
}
