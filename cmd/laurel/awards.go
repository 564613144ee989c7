package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/issuer"
)

func newAwards(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "awards ACTION", Short: "List awards; revoke, suspend or reinstate many at once", Args: exactly(1, "revoke, suspend or reinstate"),
		Long: `Take one step with every award that the flags select: of an achievement, a version of it, a batch, a key, a time. --dry-run
says how many that would be. What was interrupted is finished by the same command again. Times and --search alone can select
anything: with them, --expect says how many are meant. A suspension of many prints a name, with which exactly those are
reinstated, or revoked.`,
		Example: "  laurel awards suspend --achievement first-aid --since 2026-01-31T00:00:00Z --reason \"looked into\" --dry-run\n" +
			"  laurel awards reinstate --change chg_…\n" +
			"  laurel awards revoke --batch bat_… --reason \"uploaded twice\"",
	}
	b := issuer.Bulk{Step: issuer.Step{Actor: actorCLI}, Most: 200}
	var code string
	var dry bool
	which := selectAwards(cmd)
	f := cmd.Flags()
	f.StringVar(&b.Change, "change", "", "name of a suspension of many: only what it suspended; to suspend, go on under it")
	f.IntVar(&b.Expect, "expect", 0, "how many are meant, as the dry run said; nothing is changed when it is another number")
	f.StringVar(&b.Step.Reason, "reason", "", "why (required but for reinstate)")
	f.StringVar(&code, "code", "", "why, for programs")
	f.BoolVar(&dry, "dry-run", false, "change nothing, say how many would change")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		b.Step.Action, b.Step.Code = issuer.Action(args[0]), issuer.ReasonCode(code)
		if !slices.Contains([]issuer.Action{issuer.Revoke, issuer.Suspend, issuer.Reinstate}, b.Step.Action) {
			return usage{fmt.Errorf("awards can be listed, revoked, suspended and reinstated, not %q", plain(args[0]))}
		}
		return withApp(cmd, t, func(a *app) (err error) {
			if b.Filter, err = which.filter(cmd.Context(), a); err != nil {
				return err
			}
			if dry {
				return a.planAwards(cmd, t, b)
			}
			return a.changeAwards(cmd, t, b)
		})
	}
	cmd.AddCommand(newAwardsList(t))
	return withJSON(cmd)
}

// bulkView is what became of many awards.
type bulkView struct {
	DryRun      bool      `json:"dry_run"`
	Done        int       `json:"done"`
	Left        int       `json:"left"`
	Others      int       `json:"others"`
	Change      string    `json:"change,omitempty"`
	ListOverdue *lateView `json:"list_overdue,omitempty"`
}

func (a *app) planAwards(cmd *cobra.Command, t terminal, b issuer.Bulk) error {
	n, err := a.awards.Plan(cmd.Context(), b)
	if err != nil {
		return err
	}
	return show(cmd, t, bulkView{DryRun: true, Left: n.Changes, Others: n.Others}, func(w io.Writer) {
		say(w, "%d awards would change. This was a dry run: nothing was changed.\n", n.Changes)
		switch {
		case n.Others > 0:
			say(w, "%d more are selected, and are not %s: they stay as they are.\n", n.Others, anyOf(b.States()))
		case n.Changes == 0:
			sayln(w, "No award is selected: look at the ids and times.")
		}
	})
}

// changeAwards goes on until nothing is left, or nothing changes any more.
func (a *app) changeAwards(cmd *cobra.Command, t terminal, b issuer.Bulk) error {
	var v bulkView
	for {
		done, err := a.awards.Run(cmd.Context(), b)
		v.Done, v.Left = v.Done+done.Done, done.Left
		if late := a.late(done.Lists...); late != nil {
			v.ListOverdue = late
		}
		if done.Done > 0 {
			v.Change = done.Change
		}
		if err != nil {
			sayUndo(t.err, v)
			return err
		}
		say(t.err, "\r%d of %d", v.Done, v.Done+v.Left)
		if done.Done == 0 || done.Left == 0 {
			break
		}
		b.Change, b.Expect = cmp.Or(done.Change, b.Change), done.Left
	}
	sayln(t.err)
	return show(cmd, t, v, func(w io.Writer) {
		say(w, "%d awards were changed.\n", v.Done)
		if v.Left > 0 {
			say(w, "%d could not be changed: they have expired, or their learners erased their data.\n", v.Left)
		}
		sayUndo(w, v)
		v.ListOverdue.say(w)
	})
}

// sayUndo says how exactly what was suspended is reinstated.
func sayUndo(w io.Writer, v bulkView) {
	if v.Change != "" {
		say(w, "To reinstate exactly these: laurel awards reinstate --change %s\n", v.Change)
	}
}

// anyOf lists states for people.
func anyOf(states []issuer.State) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = string(s)
	}
	return strings.Join(words, " or ")
}
