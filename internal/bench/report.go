package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report writes one line for each outcome and returns how many goals were missed.
func Report(w io.Writer, outcomes []Outcome) int {
	missed := 0
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "what\tours\tbeside\tratio\tgoal\t")
	for _, o := range outcomes {
		ours, base, ratio, verdict := "", "", "", "met"
		if o.Ours > 0 {
			ours = short(o.Ours)
		}
		if o.Ratio > 0 {
			base, ratio = short(o.Base), fmt.Sprintf("%.2f", o.Ratio)
		}
		if !o.Met {
			verdict = "MISSED"
			missed++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", o.Name, ours, base, ratio, o.Goal, verdict)
	}
	_ = table.Flush()
	return missed
}

func short(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}
