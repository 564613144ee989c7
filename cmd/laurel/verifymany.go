package main

import (
	"cmp"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/verifier"
)

// judged is what was named on the command line, and how each is judged.
type judged struct {
	names []string
	judge func(i int) verifier.Result
}

// verifyMany prints a line for each as soon as it is known, and ends with the worst exit code. One bad file is a line like others.
func verifyMany(cmd *cobra.Command, t terminal, j judged) error {
	all, worst := verifier.Many{}, exitGood
	if !wantsJSON(cmd) {
		say(t.out, manyLine, "VERDICT", "FILE", "ISSUER", "ACHIEVEMENT", "WHY")
	}
	for i, name := range j.names {
		r := j.judge(i)
		all.Add(name, r)
		if !wantsJSON(cmd) {
			printRow(t.out, name, r)
		}
		var e exit
		if errors.As(exitOf(r), &e) && (worst != exitBad) {
			worst = int(e)
		}
	}
	if err := show(cmd, t, all, func(io.Writer) {}); err != nil {
		return err
	}
	if worst != exitGood {
		return exit(worst)
	}
	return nil
}

const manyLine = "%-11s %-28s %-28s %-28s %s\n"

// verdictMarks stand before each verdict, so that it is readable without colour.
var verdictMarks = map[verifier.Verdict]string{verifier.Valid: "✓ valid", verifier.Invalid: "✗ invalid", verifier.Undecided: "? undecided"}

func printRow(w io.Writer, name string, r verifier.Result) {
	issuer, achievement, why := "", "", ""
	if r.Issuer != nil {
		issuer = cmp.Or(r.Issuer.Domain, "("+r.Issuer.ID+")")
	}
	if r.Achievement != nil {
		achievement = r.Achievement.Name
	}
	for _, outcome := range [...]verifier.Outcome{verifier.Unknown, verifier.Fail} {
		for _, c := range r.Checks {
			if r.Verdict != verifier.Valid && c.Outcome == outcome {
				why = c.Detail + " [" + c.Code + "]"
				break
			}
		}
	}
	if r.Record != nil && !r.Record.AllHold() {
		why = cmp.Or(why, verdictSentence(r))
	}
	say(w, manyLine, verdictMarks[r.Verdict], cell(name), cell(cmp.Or(issuer, "-")), cell(cmp.Or(achievement, "-")), plain(why))
}

// cell is what fits into a column.
func cell(s string) string {
	const most = 28
	if r := []rune(plain(s)); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return plain(s)
}
