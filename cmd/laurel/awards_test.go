package main

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

// Many awards at once: a dry run counts, a run changes as many as it says and goes on where it ended, and every award has an
// event of its own.
func TestManyAwardsAtOnce(t *testing.T) {
	a, first := awarded(t)
	for range 4 {
		awardTo(t, a)
	}
	step := func(action issuer.Action) issuer.Step {
		return issuer.Step{Action: action, Reason: "looked into", Code: "investigation", Actor: "test"}
	}
	of := func(action issuer.Action, f issuer.Filter, most int) issuer.Bulk {
		return issuer.Bulk{Filter: f, Step: step(action), Most: most}
	}
	all := issuer.Filter{AchievementID: first.AchievementID}
	plan := func(b issuer.Bulk, want int) {
		t.Helper()
		if n, err := a.awards.Plan(t.Context(), b); err != nil || n != want {
			t.Errorf("%s would change %d, want %d: %v", b.Step.Action, n, want, err)
		}
	}
	run := func(b issuer.Bulk, want issuer.BulkDone) {
		t.Helper()
		if got, err := a.awards.Run(t.Context(), b); err != nil || got != want {
			t.Errorf("%s: %+v, want %+v: %v", b.Step.Action, got, want, err)
		}
	}
	plan(of(issuer.Suspend, all, 0), 5)
	plan(of(issuer.Suspend, issuer.Filter{AchievementID: first.AchievementID, Version: first.Version + 1}, 0), 0)
	plan(of(issuer.Suspend, issuer.Filter{Before: time.Now().Add(-time.Hour)}, 0), 0)
	plan(of(issuer.Suspend, issuer.Filter{KeyID: first.Credentials[0].KeyID}, 0), 5)
	plan(of(issuer.Suspend, issuer.Filter{KeyID: "did:web:other#key"}, 0), 0)
	plan(of(issuer.Reinstate, all, 0), 0)
	run(of(issuer.Suspend, all, 3), issuer.BulkDone{Done: 3, Left: 2})
	run(of(issuer.Suspend, all, 3), issuer.BulkDone{Done: 2})
	run(of(issuer.Suspend, all, 3), issuer.BulkDone{})
	run(of(issuer.Reinstate, all, 2), issuer.BulkDone{Done: 2, Left: 3})
	run(of(issuer.Revoke, all, 0), issuer.BulkDone{Done: 5})
	plan(of(issuer.Revoke, all, 0), 0)
	for action, want := range map[string]int{"award.suspended": 5, "award.reinstated": 2, "award.revoked": 5} {
		if n := events(t, a, action); n != want {
			t.Errorf("%d events %s, want %d", n, action, want)
		}
	}
	for name, b := range map[string]struct {
		bulk issuer.Bulk
		code string
	}{
		"nothing said":           {of(issuer.Revoke, issuer.Filter{}, 0), "bulk.filter"},
		"a whole issuer":         {of(issuer.Revoke, issuer.Filter{IssuerID: first.IssuerID}, 0), "bulk.filter"},
		"a version of nothing":   {of(issuer.Revoke, issuer.Filter{Version: 1, BatchID: "b"}, 0), "bulk.filter"},
		"too many at once":       {of(issuer.Revoke, all, issuer.BulkMost+1), "bulk.limit"},
		"an unknown action":      {of("delete", all, 0), "action.unknown"},
		"without a reason":       {issuer.Bulk{Filter: all, Step: issuer.Step{Action: issuer.Revoke}}, "revocation.reason"},
		"an unknown reason code": {issuer.Bulk{Filter: all, Step: issuer.Step{Action: issuer.Revoke, Reason: "r", Code: "whim"}}, "reason.code"},
	} {
		if _, err := a.awards.Run(t.Context(), b.bulk); fault.Describe(err).Code != b.code {
			t.Errorf("%s: %v, want %s", name, err, b.code)
		}
		if _, err := a.awards.Plan(t.Context(), b.bulk); fault.Describe(err).Code != b.code {
			t.Errorf("%s, planned: %v, want %s", name, err, b.code)
		}
	}
}
