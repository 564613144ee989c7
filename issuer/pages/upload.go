package pages

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/web"
)

// PlanPage is the data of page "batch-plan": a draft, what its columns mean, and what it would lead to.
type PlanPage struct {
	web.Frame
	UploadFacts
	Problems              []string
	Columns               []ColumnRow
	More                  int // columns that are not shown
	Fields                []string
	Dates                 string
	Planned               bool // the columns suffice, so that the rest is known
	Good, Bad, Known, Cut int
	Private               bool // as the achievement of the upload asks for
	Mails                 int  // to learners; none without a mail server
	Skipped               int  // not completed: nothing to award, nothing to repair
	Undated               bool // no column tells when: rows would be awarded as of today
	Rows                  []RowView
	Repairs               []RepairRow
}

// UploadFacts are what every page of an upload says about it.
type UploadFacts struct {
	ID, FileName, Achievement, Issuer string

	minors bool
}

// ColumnRow is one column of a file: what it is read as ("": not at all), and what stands in it.
type ColumnRow struct {
	Index, Number          int // from 0, and from 1
	Heading, Field, Sample string
}

// RepairRow is a row with a problem that can be corrected on the page.
type RepairRow struct {
	Row, Number int
	Problems    []string
	Cells       []RepairCell
}

// RepairCell is one cell of it. Name is that of its field in the form.
type RepairCell struct{ Name, Heading, Value, Field string }

// ProgressPage is the data of page "batch-done": an upload that was confirmed. State is a batch.State.
type ProgressPage struct {
	web.Frame
	UploadFacts
	State                  string
	Total, Awarded, Failed int
	Known, Revoked, Share  int // Share: of a hundred
	Rows                   []RowView
	AwardsURL              string
	Bad                    bool      // rows can be downloaded
	UndoUntil              time.Time // zero: it cannot be undone
	MayUndo                bool
}

// UndoPage is the data of page "batch-undo".
type UndoPage struct {
	web.Frame
	UploadFacts
	Problems []string
	Standing int
	Until    time.Time
}

// uploadOf finds the upload of the address, for whoever may do that for its issuer.
func (p *Pages) uploadOf(c *gin.Context, s session, scope access.Scope) (batch.Upload, UploadFacts, error) {
	u, err := p.c.Desk.Find(c.Request.Context(), c.Param("id"))
	if err != nil {
		return u, UploadFacts{}, err
	}
	if err := s.permit(scope, u.IssuerID); err != nil {
		return u, UploadFacts{}, err
	}
	facts, err := p.uploadFacts(c.Request.Context(), u)
	return u, facts, err
}

func (p *Pages) uploadFacts(ctx context.Context, u batch.Upload) (UploadFacts, error) {
	f := UploadFacts{ID: u.ID, FileName: u.FileName, Achievement: u.AchievementID}
	a, err := p.c.Catalogue.Achievement(ctx, u.IssuerID, u.AchievementID, 0)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return f, fmt.Errorf("achievement of an upload: %w", err)
	}
	i, err := p.c.Catalogue.Issuer(ctx, u.IssuerID)
	if err != nil {
		return f, fmt.Errorf("issuer of an upload: %w", err)
	}
	f.Achievement, f.Issuer, f.minors = first(a.Name, u.AchievementID), i.Name, a.Minors
	return f, nil
}

func (p *Pages) uploadShow(c *gin.Context, s session) error {
	u, facts, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	if u.State == batch.Draft {
		return p.showDraft(c, s, draft{status: http.StatusOK, upload: u, facts: facts})
	}
	return p.showProgress(c, s, draft{status: http.StatusOK, upload: u, facts: facts})
}

// draft is a draft that is shown, and what was wrong with the answer to it.
type draft struct {
	status   int
	problems []string
	upload   batch.Upload
	facts    UploadFacts
}

func (p *Pages) showDraft(c *gin.Context, s session, d draft) error {
	u := d.upload
	data := PlanPage{Frame: s.frame(c, "awards"), UploadFacts: d.facts, Problems: d.problems, Dates: string(u.Dates)}
	data.Path, data.Query = batchURL+"/"+u.ID, ""
	for _, f := range batch.Fields() {
		data.Fields = append(data.Fields, string(f))
	}
	k, err := p.planOf(c.Request.Context(), u)
	if k.sheet == nil {
		return err
	}
	if err != nil {
		problems := p.correctable(c, err)
		if problems == nil {
			return err
		}
		data.Problems = append(data.Problems, problems...)
	}
	data.columns(u, k.sheet)
	if k.plan != nil {
		tr, err := p.words(c)
		if err != nil {
			return err
		}
		data.fill(tr, k)
		if data.Private = d.facts.minors; p.c.SendsMail {
			data.Mails = addressed(k)
		}
	}
	return p.show(c, d.status, "batch-plan", data)
}

// planOf plans an upload, or remembers the plan. The sheet is there even when the columns do not suffice.
func (p *Pages) planOf(ctx context.Context, u batch.Upload) (kept, error) {
	if k, ok := p.plans.find(u); ok {
		return k, nil
	}
	sheet, plan, err := p.c.Desk.Plan(ctx, u)
	k := kept{sheet: sheet, plan: plan}
	if err == nil {
		p.plans.keep(u, k)
	}
	return k, err
}

// columns shows what each column is read as, with the first cell that says something.
func (d *PlanPage) columns(u batch.Upload, sheet *batch.Sheet) {
	for i, h := range sheet.Headings {
		if i == columnsShown {
			d.More = len(sheet.Headings) - i
			break
		}
		row := ColumnRow{Index: i, Number: i + 1, Heading: h}
		if i < len(u.Columns) {
			row.Field = string(u.Columns[i])
		}
		for n := 0; n < min(sheet.Len(), 5) && row.Sample == ""; n++ {
			if cells := sheet.Cells(n); i < len(cells) {
				row.Sample = strings.TrimSpace(strings.ToValidUTF8(cells[i], "\ufffd"))
			}
		}
		d.Columns = append(d.Columns, row)
	}
}

// fill shows what the plan leads to.
func (d *PlanPage) fill(tr *i18n.Translator, k kept) {
	totals := k.plan.Totals()
	d.Planned, d.Good, d.Known, d.Skipped = true, totals[batch.Planned], totals[batch.Known], totals[batch.Skipped]
	d.Bad = totals[batch.Problem] + totals[batch.Duplicate]
	_, dated := k.sheet.At(batch.AwardedAt)
	d.Undated = !dated
	d.Rows, d.Cut = rowViews(tr, k.sheet, k.plan.Rows)
	for i, o := range k.plan.Rows {
		if o.Status != batch.Problem {
			continue
		}
		if len(d.Repairs) == repairsShown {
			break
		}
		d.Repairs = append(d.Repairs, repairRow(tr, k.sheet, i, o))
	}
}

// addressed counts the learners with a mail address who would be awarded.
func addressed(k kept) (n int) {
	column, ok := k.sheet.At(batch.Email)
	for i, o := range k.plan.Rows {
		if !ok || o.Status != batch.Planned {
			continue
		}
		if cells := k.sheet.Cells(i); column < len(cells) && strings.TrimSpace(cells[column]) != "" {
			n++
		}
	}
	return n
}

// unisolated takes off the marks that keep directions apart on a page: a table has cells for that.
func unisolated(s string) string { return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s) }

// repairRow offers the cells of the columns that are read.
func repairRow(tr *i18n.Translator, sheet *batch.Sheet, i int, o batch.Outcome) RepairRow {
	r := RepairRow{Row: i, Number: o.Line, Problems: reasons(tr, o)}
	cells := sheet.Cells(i)
	for j, h := range sheet.Headings {
		f, ok := sheet.FieldOf(j)
		if !ok {
			continue
		}
		cell := RepairCell{Name: fmt.Sprintf("cell-%d-%d", i, j), Heading: h, Field: string(f)}
		if j < len(cells) {
			cell.Value = strings.ToValidUTF8(cells[j], "\ufffd")
		}
		r.Cells = append(r.Cells, cell)
	}
	return r
}

// again leads to the page of an upload after a form was taken, or shows what was wrong with it.
func (p *Pages) again(c *gin.Context, s session, d draft, err error) error {
	if err == nil {
		return seeOther(c, batchURL+"/"+url.PathEscape(d.upload.ID))
	}
	told := fault.Describe(err)
	switch told.Code {
	case "batch.state":
		d.problems, d.status = []string{p.say(c, "upload.problem.changed")}, http.StatusConflict
	case "batch.moved":
		d.problems, d.status = []string{p.say(c, "upload.problem.moved")}, http.StatusConflict
	default:
		if d.problems, d.status = p.correctable(c, err), http.StatusUnprocessableEntity; d.problems == nil {
			return err
		}
	}
	fresh, found := p.c.Desk.Find(c.Request.Context(), d.upload.ID)
	if found != nil {
		return found
	}
	d.upload = fresh
	if fresh.State != batch.Draft {
		return p.showProgress(c, s, d)
	}
	p.plans.drop(fresh.ID)
	return p.showDraft(c, s, d)
}

// drop forgets a plan, so that the next look makes a new one.
func (k *plans) drop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, id)
}

func (p *Pages) uploadColumns(c *gin.Context, s session) error {
	u, facts, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	columns := append([]batch.Field{}, u.Columns...)
	for i := range min(len(columns), columnsShown) {
		if v, ok := c.Request.PostForm["column-"+strconv.Itoa(i)]; ok {
			columns[i] = batch.Field(v[0])
		}
	}
	_, err = p.c.Desk.Assign(c.Request.Context(), u, columns, dateOrder(c))
	return p.again(c, s, draft{upload: u, facts: facts}, err)
}

func (p *Pages) uploadRepair(c *gin.Context, s session) error {
	u, facts, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	k, err := p.planOf(c.Request.Context(), u)
	if k.sheet == nil {
		return err
	}
	_, err = p.c.Desk.Repair(c.Request.Context(), u, repaired(c, k.sheet))
	return p.again(c, s, draft{upload: u, facts: facts}, err)
}

// repaired reads the cells of the form, which stand in the place of those of the file. Rows as they were are left out.
func repaired(c *gin.Context, sheet *batch.Sheet) map[int][]string {
	rows := map[int][]string{}
	for name, values := range c.Request.PostForm {
		rest, ok := strings.CutPrefix(name, "cell-")
		row, column, both := strings.Cut(rest, "-")
		i, j := whole(row), whole(column)
		if !ok || !both || i < 0 || i >= sheet.Len() || j < 0 || j >= len(sheet.Headings) {
			continue
		}
		if rows[i] == nil {
			rows[i] = make([]string, len(sheet.Headings))
			copy(rows[i], sheet.Cells(i))
			for n, cell := range rows[i] {
				rows[i][n] = strings.ToValidUTF8(strings.ReplaceAll(cell, "\x00", ""), "\ufffd")
			}
		}
		rows[i][j] = values[0]
	}
	return rows
}

func (p *Pages) uploadStart(c *gin.Context, s session) error {
	u, facts, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	_, err = p.c.Desk.Start(c.Request.Context(), u, whole(c.Request.PostFormValue("expected")), s.actor())
	return p.again(c, s, draft{upload: u, facts: facts}, err)
}

func (p *Pages) uploadResume(c *gin.Context, s session) error {
	u, facts, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	return p.again(c, s, draft{upload: u, facts: facts}, p.c.Desk.Resume(c.Request.Context(), u, s.actor()))
}

// showProgress shows an upload that was confirmed.
func (p *Pages) showProgress(c *gin.Context, s session, d draft) error {
	u := d.upload
	data := ProgressPage{
		Frame: s.frame(c, "awards"), UploadFacts: d.facts, State: string(u.State), Total: u.Total, Awarded: u.Awarded, Failed: u.Failed, Known: u.Known,
		Revoked: u.Revoked, AwardsURL: "/console/awards?batch=" + url.QueryEscape(u.ID), MayUndo: s.may(access.Revoke, u.IssuerID),
	}
	data.Path, data.Query = batchURL+"/"+u.ID, ""
	data.Share = min(100, 100*(u.Awarded+u.Failed)/max(1, u.Total))
	if u.State == batch.Undoing {
		data.Share = min(100, 100*u.Revoked/max(1, u.Awarded))
	}
	if u.Awarded > u.Revoked {
		data.UndoUntil = p.c.Desk.UndoUntil(u)
	}
	data.Bad = u.State == batch.Done && !p.c.Desk.UndoUntil(u).IsZero()
	tr, err := p.words(c)
	if err != nil {
		return err
	}
	for _, o := range u.Failures[:min(len(u.Failures), rowsShown)] {
		data.Rows = append(data.Rows, RowView{Number: o.Line, State: string(o.Status), Tone: rowTone(o.Status), Problems: reasons(tr, o)})
	}
	return p.show(c, d.status, "batch-done", data)
}

// badRows gives the rows with problems as a file that can be repaired and uploaded again (W03).
func (p *Pages) badRows(c *gin.Context, s session) error {
	u, _, err := p.uploadOf(c, s, access.Award)
	if err != nil {
		return err
	}
	tr, err := p.words(c)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	say := func(r batch.Reason) string { return unisolated(reason(tr, r)) }
	if _, err := p.c.Desk.BadRows(c.Request.Context(), u, &out, say); err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="laurel-problems.csv"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = out.WriteTo(c.Writer) // the client is gone: nobody is left to tell
	return nil
}

func (p *Pages) undoPage(c *gin.Context, s session) (batch.Upload, UndoPage, error) {
	u, facts, err := p.uploadOf(c, s, access.Revoke)
	if err != nil {
		return u, UndoPage{}, err
	}
	data := UndoPage{Frame: s.frame(c, "awards"), UploadFacts: facts, Until: p.c.Desk.UndoUntil(u)}
	data.Path, data.Query = batchURL+"/"+u.ID+"/undo", ""
	data.Standing, err = p.c.Desk.UndoPlan(c.Request.Context(), u)
	return u, data, err
}

// undoing reports whether somebody undoes the upload already: whoever sends the form again is shown how far that is, not told that
// it is too late.
func undoing(u batch.Upload) bool { return u.State == batch.Undoing || u.State == batch.Undone }

// undoForm says what undoing would revoke. Nothing is revoked by looking.
func (p *Pages) undoForm(c *gin.Context, s session) error {
	u, data, err := p.undoPage(c, s)
	if err != nil {
		return err
	}
	if undoing(u) {
		return seeOther(c, batchURL+"/"+url.PathEscape(u.ID))
	}
	return p.show(c, http.StatusOK, "batch-undo", data)
}

func (p *Pages) undo(c *gin.Context, s session) error {
	u, data, err := p.undoPage(c, s)
	if err != nil {
		return err
	}
	if undoing(u) {
		return seeOther(c, batchURL+"/"+url.PathEscape(u.ID))
	}
	if c.Request.PostFormValue("sure") != "yes" {
		data.Problems = []string{p.say(c, "form.problem.sure")}
		return p.show(c, http.StatusUnprocessableEntity, "batch-undo", data)
	}
	_, err = p.c.Desk.Undo(c.Request.Context(), u, whole(c.Request.PostFormValue("expected")), s.actor())
	if err == nil {
		return seeOther(c, batchURL+"/"+url.PathEscape(u.ID))
	}
	told := map[string]string{"batch.moved": "upload.problem.moved", "batch.state": "upload.problem.changed", "batch.undo_over": "upload.problem.over"}
	key, ok := told[fault.Describe(err).Code]
	if !ok {
		return err
	}
	data.Problems = []string{p.say(c, key)}
	return p.show(c, http.StatusConflict, "batch-undo", data)
}
