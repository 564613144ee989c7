package pages

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/web"
)

// Bounds of what is kept between preview and confirmation, and of what a page lists.
const (
	plansMaximum = 4
	planLife     = 30 * time.Minute
	rowsShown    = 100
)

// BatchPage is the data of page "batch".
type BatchPage struct {
	web.Frame
	Problems []string
	Choices  []Option
	Selected string
	Dates    string // a batch.DateOrder
}

// PlanPage is the data of page "batch-plan".
type PlanPage struct {
	web.Frame
	Plan                  string
	FileName, Achievement string
	Good, Bad, Known, Cut int
	Skipped               int      // not completed: nothing to award, nothing to repair
	Columns, Ignored      []string // headings that are read, and that are not
	Undated               bool     // no column tells when: rows would be awarded as of today
	Rows                  []RowView
}

// DonePage is the data of page "batch-done".
type DonePage struct {
	web.Frame
	Awarded, Failed, Known int
	Rows                   []RowView
	AwardsURL              string
}

// RowView is one row of a file. State is a batch.Status; Tone is how it looks.
type RowView struct {
	Number                        int
	Recipient, Email, State, Tone string
	Problems                      []string
}

// plans keeps a few previews between two requests. It forgets: then the file must be uploaded again.
type plans struct {
	clock func() time.Time
	mu    sync.Mutex
	kept  map[string]kept
}

type kept struct {
	session     string
	at          time.Time
	plan        *batch.Plan
	sheet       *batch.Sheet
	achievement string
}

func newPlans(clock func() time.Time) *plans { return &plans{clock: clock, kept: map[string]kept{}} }

// keep keeps a plan; the oldest makes room.
func (k *plans) keep(id string, p kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	oldest := ""
	for other, o := range k.kept {
		if k.clock().Sub(o.at) > planLife {
			delete(k.kept, other)
		} else if oldest == "" || o.at.Before(k.kept[oldest].at) {
			oldest = other
		}
	}
	if len(k.kept) >= plansMaximum {
		delete(k.kept, oldest)
	}
	p.at = k.clock()
	k.kept[id] = p
}

// take hands a plan out once, to the session that made it.
func (k *plans) take(id, session string) (kept, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.kept[id]
	if !ok || p.session != session || k.clock().Sub(p.at) > planLife {
		return kept{}, false
	}
	delete(k.kept, id)
	return p, true
}

func (p *Pages) batchForm(c *gin.Context, s session) error {
	choices, _, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "batch", BatchPage{Frame: s.frame(c, "awards"), Choices: choices, Selected: c.Query("achievement")})
}

func (p *Pages) batchPlan(c *gin.Context, s session) error {
	choices, all, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return err
	}
	form := BatchPage{Frame: s.frame(c, "awards"), Choices: choices, Selected: c.Request.PostFormValue("achievement")}
	switch d := batch.DateOrder(c.Request.PostFormValue("dates")); d {
	case batch.DayFirst, batch.MonthFirst:
		form.Dates = string(d)
	}
	k := kept{session: s.id}
	target := batch.Target{Achievement: form.Selected}
	for _, a := range all {
		if a.ID == form.Selected {
			target.Issuer, k.achievement = a.IssuerID, a.Name
		}
	}
	if target.Issuer == "" {
		form.Problems = append(form.Problems, p.say(c, "form.problem.achievement"))
	}
	data, err := upload(c, "file", limits.CSVBytes)
	switch {
	case errors.Is(err, errTooLarge):
		form.Problems = append(form.Problems, p.say(c, "form.problem.file_size"))
	case err != nil:
		return err
	case data == nil && chosen(c, "file"):
		form.Problems = append(form.Problems, p.say(c, "form.problem.file_empty"))
	case data == nil:
		form.Problems = append(form.Problems, p.say(c, "form.problem.file"))
	}
	if len(form.Problems) == 0 {
		if k.sheet, err = batch.Parse(data, batch.Options{Dates: batch.DateOrder(form.Dates)}); err == nil {
			return p.preview(c, s, k, target)
		}
		if form.Problems = correctable(err); form.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "batch", form)
}

// chosen reports whether a file was named in the form, be it empty.
func chosen(c *gin.Context, field string) bool {
	form := c.Request.MultipartForm
	return form != nil && len(form.File[field]) > 0 && form.File[field][0].Filename != ""
}

// preview shows what a file would lead to and keeps the plan for the confirmation.
func (p *Pages) preview(c *gin.Context, s session, k kept, target batch.Target) error {
	var err error
	if k.plan, err = p.c.Importer.Plan(c.Request.Context(), k.sheet, target); err != nil {
		return err
	}
	id, err := p.random()
	if err != nil {
		return err
	}
	totals := k.plan.Totals()
	data := PlanPage{
		Frame: s.frame(c, "awards"), Plan: id, Achievement: k.achievement, Good: totals[batch.Planned],
		Bad: totals[batch.Problem] + totals[batch.Duplicate], Skipped: totals[batch.Skipped], Known: totals[batch.Known],
	}
	if _, header, err := c.Request.FormFile("file"); err == nil {
		data.FileName = header.Filename
	}
	data.Columns, data.Ignored = k.sheet.Read()
	_, dated := k.sheet.Column(batch.AwardedAt)
	data.Undated = !dated
	data.Rows, data.Cut = rowViews(k.sheet, k.plan.Rows)
	p.plans.keep(id, k)
	return p.show(c, http.StatusOK, "batch-plan", data)
}

func (p *Pages) batchRun(c *gin.Context, s session) error {
	k, ok := p.plans.take(c.Request.PostFormValue("plan"), s.id)
	if !ok {
		choices, _, err := s.choices(c.Request.Context(), access.Award)
		if err != nil {
			return err
		}
		form := BatchPage{Frame: s.frame(c, "awards"), Choices: choices, Problems: []string{p.say(c, "form.problem.plan_gone")}}
		return p.show(c, http.StatusGone, "batch", form)
	}
	report, err := p.c.Importer.Run(c.Request.Context(), k.plan, nil)
	if err != nil && !fault.Is(err, fault.Internal) {
		return err
	}
	if err != nil { // the report is true all the same, and the same file goes on where it stopped
		p.c.Logger.ErrorContext(c.Request.Context(), "import stopped", "error", err)
	}
	totals := report.Totals()
	data := DonePage{
		Frame: s.frame(c, "awards"), Awarded: totals[batch.Awarded], Failed: totals[batch.Failed] + totals[batch.Planned], Known: totals[batch.Known],
		AwardsURL: "/console/awards",
	}
	var left []int
	for i, o := range report.Rows {
		if o.Status == batch.Failed || o.Status == batch.Planned || o.Status == batch.Problem {
			left = append(left, i)
		}
	}
	for _, i := range left[:min(len(left), rowsShown)] {
		data.Rows = append(data.Rows, rowView(k.sheet, i, report.Rows[i]))
	}
	return p.show(c, http.StatusOK, "batch-done", data)
}

// rowViews shows rows that need attention first, and says how many it leaves out.
func rowViews(sheet *batch.Sheet, rows []batch.Outcome) (views []RowView, cut int) {
	for _, wanted := range [...]bool{false, true} {
		for i, o := range rows {
			if (o.Status == batch.Planned) == wanted && len(views) < rowsShown {
				views = append(views, rowView(sheet, i, o))
			}
		}
	}
	return views, len(rows) - len(views)
}

func rowView(sheet *batch.Sheet, i int, o batch.Outcome) RowView {
	cells := sheet.Cells(i)
	cell := func(f batch.Field) string {
		heading, ok := sheet.Column(f)
		if !ok {
			return ""
		}
		for j, h := range sheet.Headings {
			if h == heading && j < len(cells) {
				return strings.TrimSpace(cells[j])
			}
		}
		return ""
	}
	v := RowView{Number: o.Line, Email: cell(batch.Email), State: string(o.Status), Tone: rowTone(o.Status)}
	v.Recipient = first(cell(batch.Name), strings.TrimSpace(cell(batch.FirstName)+" "+cell(batch.LastName)))
	for _, r := range o.Reasons {
		v.Problems = append(v.Problems, r.Sentence)
	}
	return v
}

func rowTone(s batch.Status) string {
	switch s {
	case batch.Problem, batch.Failed:
		return "invalid"
	case batch.Planned, batch.Awarded:
		return "valid"
	}
	return "undecided"
}
