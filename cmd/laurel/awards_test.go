package main

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	learning "github.com/openlaurel/laurel/issuer/learner"
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
	plan := func(b issuer.Bulk, changes, others int) {
		t.Helper()
		if n, err := a.awards.Plan(t.Context(), b); err != nil || n != (issuer.BulkPlan{Changes: changes, Others: others}) {
			t.Errorf("%s would do %+v, want %d and %d: %v", b.Step.Action, n, changes, others, err)
		}
	}
	run := func(b issuer.Bulk, done, left int) issuer.BulkDone {
		t.Helper()
		got, err := a.awards.Run(t.Context(), b)
		if err != nil || got.Done != done || got.Left != left || (got.Change != "") != (b.Step.Action == issuer.Suspend) || (len(got.Lists) > 0) != (done > 0) {
			t.Errorf("%s: %+v, want %d and %d: %v", b.Step.Action, got, done, left, err)
		}
		return got
	}
	plan(of(issuer.Suspend, all, 0), 5, 0)
	plan(of(issuer.Suspend, issuer.Filter{AchievementID: first.AchievementID, Version: first.Version + 1}, 0), 0, 0)
	plan(of(issuer.Suspend, issuer.Filter{Before: time.Now().Add(-time.Hour)}, 0), 0, 0)
	plan(of(issuer.Suspend, issuer.Filter{KeyID: first.Credentials[0].KeyID}, 0), 5, 0)
	plan(of(issuer.Suspend, issuer.Filter{KeyID: "did:web:other#key"}, 0), 0, 0)
	plan(of(issuer.Reinstate, all, 0), 0, 5)
	run(of(issuer.Suspend, all, 3), 3, 2)
	run(of(issuer.Suspend, all, 3), 2, 0)
	run(of(issuer.Suspend, all, 3), 0, 0) // the same again, after the end: no error
	run(of(issuer.Reinstate, all, 2), 2, 3)
	run(of(issuer.Revoke, all, 0), 5, 0)
	plan(of(issuer.Revoke, all, 0), 0, 5)
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
		"a time that is none":    {of(issuer.Revoke, issuer.Filter{Since: time.Now(), Before: time.Now().Add(-time.Hour)}, 0), "bulk.range"},
		"no time at all":         {of(issuer.Revoke, issuer.Filter{Since: first.CreatedAt, Before: first.CreatedAt, BatchID: "b"}, 0), "bulk.range"},
		"a version below 1":      {of(issuer.Revoke, issuer.Filter{AchievementID: first.AchievementID, Version: -1}, 0), "bulk.filter"},
		"a change of no name":    {issuer.Bulk{Filter: all, Step: step(issuer.Suspend), Change: "everything"}, "bulk.change"},
		"fewer than none":        {issuer.Bulk{Filter: all, Step: step(issuer.Suspend), Expect: -1}, "bulk.expect"},
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

// A filter that may select anything changes nothing before somebody says how many are meant, and one that selects nothing is an error.
func TestManyAwardsThatAreNotMeant(t *testing.T) {
	a, first := awarded(t)
	awardTo(t, a)
	suspend := issuer.Step{Action: issuer.Suspend, Reason: "looked into", Actor: "test"}
	everything := issuer.Filter{Since: time.Unix(0, 0)}
	for name, row := range map[string]struct {
		filter issuer.Filter
		expect int
		code   string
	}{
		"everything":                        {everything, 0, "bulk.expect"},
		"everything, by a word":             {issuer.Filter{Query: "a"}, 0, "bulk.expect"},
		"more than was expected":            {everything, 1, "bulk.moved"},
		"fewer than was expected":           {issuer.Filter{AchievementID: first.AchievementID}, 3, "bulk.moved"},
		"a word that nobody has":            {issuer.Filter{Query: "nobody at all"}, 0, "bulk.nothing"},
		"a batch that there is not":         {issuer.Filter{BatchID: "bat_typo"}, 0, "bulk.nothing"},
		"a key that signed nothing":         {issuer.Filter{KeyID: "did:web:typo#key"}, 0, "bulk.nothing"},
		"an achievement, of another year":   {issuer.Filter{AchievementID: first.AchievementID, Before: time.Unix(1, 0)}, 0, "bulk.nothing"},
		"a batch that has not what is said": {issuer.Filter{BatchID: "bat_typo"}, 1, "bulk.moved"},
	} {
		got, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: row.filter, Step: suspend, Expect: row.expect})
		if fault.Describe(err).Code != row.code || got.Done != 0 {
			t.Errorf("%s: %+v, %v, want %s", name, got, err, row.code)
		}
	}
	if n := events(t, a, "award.suspended"); n != 0 {
		t.Errorf("%d awards were suspended", n)
	}
	if got, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: everything, Step: suspend, Expect: 2}); err != nil || got.Done != 2 {
		t.Errorf("as many as expected: %+v, %v", got, err)
	}
	if got, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: everything, Step: suspend}); err != nil || got.Done != 0 {
		t.Errorf("when nothing is left of them: %+v, %v", got, err)
	}
}

// Exactly what was suspended together is reinstated together: not what was suspended before, for a reason of its own.
func TestManyAwardsAreReinstatedByTheNameOfTheChange(t *testing.T) {
	a, first := awarded(t)
	others := []issuer.Award{awardTo(t, a), awardTo(t, a), awardTo(t, a)}
	own := apply(t, a, first.ID, issuer.Step{Action: issuer.Suspend, Reason: "its own reason", Actor: "test"})
	all := issuer.Filter{AchievementID: first.AchievementID}
	step := func(action issuer.Action) issuer.Step {
		return issuer.Step{Action: action, Reason: "looked into", Actor: "test"}
	}
	begun, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: all, Step: step(issuer.Suspend), Most: 2})
	if err != nil || begun.Done != 2 || begun.Left != 1 {
		t.Fatalf("%+v, %v", begun, err)
	}
	if rest, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: all, Step: step(issuer.Suspend), Change: begun.Change}); err != nil ||
		rest.Done != 1 || rest.Change != begun.Change {
		t.Fatalf("going on under that name: %+v, %v", rest, err)
	}
	if got := find(t, a, others[0].ID); got.Suspension == nil || got.Suspension.Change != begun.Change {
		t.Errorf("%+v", got.Suspension)
	}
	undo := issuer.Bulk{Step: step(issuer.Reinstate), Change: begun.Change}
	if n, err := a.awards.Plan(t.Context(), undo); err != nil || n.Changes != 3 || n.Others != 0 {
		t.Errorf("undoing it would do %+v, %v", n, err)
	}
	if got, err := a.awards.Run(t.Context(), undo); err != nil || got.Done != 3 || got.Left != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got := find(t, a, own.ID); got.State() != issuer.Suspended {
		t.Errorf("what was suspended by itself is %s", got.State())
	}
	if _, err := a.awards.Run(t.Context(), undo); fault.Describe(err).Code != "bulk.nothing" {
		t.Errorf("a change that is undone, again: %v", err)
	}
}

// An award whose learner erased their data cannot be signed again, and keeps nobody else from being reinstated.
func TestManyAwardsAreReinstatedBesideOnesThatCannotBe(t *testing.T) {
	a, first := awarded(t)
	second := awardTo(t, a)
	f := issuer.Filter{AchievementID: first.AchievementID}
	if _, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: f, Step: issuer.Step{Action: issuer.Suspend, Reason: "looked into", Actor: "test"}}); err != nil {
		t.Fatal(err)
	}
	wish := learning.Wish{ID: "wsh_aaaaaaaaaaaaaaaaaaaaaaaaaa", IssuerID: second.IssuerID, AwardID: second.ID, Kind: learning.Erasure, At: time.Now()}
	if err := a.store.EraseAwards(t.Context(), []string{second.ID}, time.Now(), wish, nil); err != nil {
		t.Fatal(err)
	}
	got, err := a.awards.Run(t.Context(), issuer.Bulk{Filter: f, Step: issuer.Step{Action: issuer.Reinstate, Actor: "test"}})
	if err != nil || got.Done != 1 || got.Left != 1 || find(t, a, first.ID).State() != issuer.Active {
		t.Errorf("%+v, %v", got, err)
	}
}
