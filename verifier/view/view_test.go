package view_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/view"
)

func ExampleState() {
	r := verifier.Result{Verdict: verifier.Invalid, Checks: []verifier.Check{{ID: verifier.CheckStatus, Outcome: verifier.Fail, Code: "status.revoked"}}}
	fmt.Println(view.State(r), view.Tone(view.State(r)))
	// Output: revoked invalid
}

// TestNothingIsShownBetterThanItIs: only what is valid whole has the look of it.
func TestNothingIsShownBetterThanItIs(t *testing.T) {
	for _, row := range []struct {
		name  string
		r     verifier.Result
		state string
		tone  string
	}{
		{"valid", verifier.Result{Verdict: verifier.Valid}, "valid", "valid"},
		{"undecided", verifier.Result{Verdict: verifier.Undecided}, "undecided", "undecided"},
		{"a verdict that nobody knows", verifier.Result{Verdict: "excellent"}, "undecided", "undecided"},
		{"no verdict", verifier.Result{}, "undecided", "undecided"},
		{"invalid without a reason", verifier.Result{Verdict: verifier.Invalid}, "invalid", "invalid"},
		{"a record of which one part does not hold", verifier.Result{Verdict: verifier.Valid, Record: &verifier.Record{Members: 2, Valid: 1, Invalid: 1}}, "record_part", "undecided"},
	} {
		if got := view.State(row.r); got != row.state || view.Tone(got) != row.tone {
			t.Errorf("%s: %s, %s", row.name, got, view.Tone(got))
		}
	}
}

func TestATableCountsAndSaysWhy(t *testing.T) {
	at := time.Unix(100, 0)
	checks := func(o verifier.Outcome) []verifier.Check {
		return []verifier.Check{{ID: verifier.CheckForm, Outcome: verifier.Pass}, {ID: verifier.CheckTrust, Outcome: o, Code: "x"}}
	}
	page := view.Many([]view.Row{
		view.RowOf("a", verifier.Result{Verdict: verifier.Valid, Checks: checks(verifier.Unknown), CheckedAt: at}),
		view.RowOf("b", verifier.Result{Verdict: verifier.Invalid, Checks: checks(verifier.Fail), CheckedAt: at.Add(time.Second)}),
		view.RowOf("c", verifier.Result{Verdict: verifier.Undecided, Checks: checks(verifier.Unknown), CheckedAt: at}),
	})
	if page.Valid != 1 || page.Invalid != 1 || page.Undecided != 1 || !page.CheckedAt.Equal(at.Add(time.Second)) {
		t.Errorf("%+v", page)
	}
	for i, why := range []bool{false, true, true} {
		row := page.Rows[i]
		if (row.Reason != nil) != why || len(row.Against())+len(row.Others()) != 2 || len(row.Against()) != 1 {
			t.Errorf("%s: %+v", row.File, row)
		}
	}
}
