package batch

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/internal/fault"
)

// Report says what became of every row of a plan.
type Report struct {
	Rows  []Outcome
	sheet *Sheet
}

// Totals counts the rows by what became of them.
func (r Report) Totals() Totals { return totals(r.Rows) }

// stopAfter is how many own faults in a row end a run: then it is not about the rows.
const stopAfter = 5

// Run awards the rows of p that are ready, in order, and calls progress (which may be nil) with the number of rows that
// were dealt with and their sum. The report is always true and complete: rows that were not reached are still Planned. The
// error is not nil when ctx ended or when award after award failed through our own fault; running the same file again then
// goes on, because rows that were awarded are recognised.
func (im *Importer) Run(ctx context.Context, p *Plan, progress func(done, total int)) (Report, error) {
	rep := Report{Rows: append([]Outcome(nil), p.Rows...), sheet: p.sheet}
	if im.awarder == nil {
		return rep, fault.New(fault.Unavailable, nil, "nothing is configured that could award").Code("csv.no_awarder")
	}
	total := 0
	for i := range rep.Rows {
		if rep.Rows[i].Status == Planned {
			total++
		}
	}
	done, failures := 0, 0
	for i := range rep.Rows {
		o := &rep.Rows[i]
		if o.Status != Planned {
			continue
		}
		if err := ctx.Err(); err != nil {
			return rep, fmt.Errorf("import, %d of %d rows done: %w", done, total, err)
		}
		own, err := im.awardRow(ctx, p, o)
		if own {
			failures++
		} else {
			failures = 0
		}
		if ctx.Err() != nil && own {
			*o = Outcome{Line: o.Line, Status: Planned, row: o.row} // cut off in the middle: the row was not answered
			return rep, fmt.Errorf("import, %d of %d rows done: %w", done, total, ctx.Err())
		}
		done++
		if progress != nil {
			progress(done, total)
		}
		if failures >= stopAfter {
			return rep, fmt.Errorf("import, %d of %d rows done: %w", done, total, err)
		}
	}
	return rep, nil
}

// awardRow awards one row and writes down what became of it. own means that it failed through our own fault.
func (im *Importer) awardRow(ctx context.Context, p *Plan, o *Outcome) (own bool, err error) {
	r, reasons, skip, err := im.ready(ctx, p, o.row)
	if err == nil && (skip || len(reasons) > 0) {
		err = fmt.Errorf("line %d changed between plan and run", o.Line)
	}
	var id string
	var replayed bool
	if err == nil {
		id, replayed, err = im.awarder.AwardRow(ctx, r)
	}
	if err != nil {
		told := fault.Describe(err)
		if told.Code == "" {
			told.Code = "internal"
		}
		o.Status, o.Reasons = Failed, []Reason{{Code: told.Code, Sentence: told.Sentence}}
		return !ofRow(told.Kind), err
	}
	o.Status, o.AwardID = Awarded, id
	if replayed {
		o.Status = Known
	}
	return false, nil
}

// ofRow reports whether a fault is about the row alone.
func ofRow(k fault.Kind) bool {
	switch k {
	case fault.Invalid, fault.Conflict, fault.NotFound, fault.Forbidden, fault.TooLarge, fault.Unsupported, fault.Gone:
		return true
	}
	return false
}
