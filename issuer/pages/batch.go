package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/web"
)

// Bounds of what is kept between two looks at a preview, and of what a page lists.
const (
	plansMaximum   = 4
	planLife       = 5 * time.Minute
	rowsShown      = 100
	columnsShown   = 60
	repairsShown   = 10
	batchURL       = "/console/batch"
	fileNameLength = 200
)

// BatchPage is the data of page "batch".
type BatchPage struct {
	web.Frame
	Problems []string
	Choices  []Option
	Selected string
	Dates    string // a batch.DateOrder
	Uploads  []UploadRow
}

// UploadRow is one upload in the list. State is a batch.State.
type UploadRow struct {
	ID, FileName, Achievement, State string
	CreatedAt                        time.Time
	Awarded                          int
}

// RowView is one row of a file. State is a batch.Status; Tone is how it looks.
type RowView struct {
	Number                        int
	Recipient, Email, State, Tone string
	Problems                      []string
}

// plans keeps a few previews between two looks at the same revision of an upload.
type plans struct {
	clock func() time.Time
	mu    sync.Mutex
	kept  map[string]kept
}

type kept struct {
	at    time.Time
	of    time.Time // the revision
	plan  *batch.Plan
	sheet *batch.Sheet
}

func newPlans(clock func() time.Time) *plans { return &plans{clock: clock, kept: map[string]kept{}} }

// keep keeps a plan; the oldest makes room.
func (k *plans) keep(u batch.Upload, p kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, u.ID)
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
	p.at, p.of = k.clock(), u.ChangedAt
	k.kept[u.ID] = p
}

func (k *plans) find(u batch.Upload) (kept, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.kept[u.ID]
	return p, ok && p.of.Equal(u.ChangedAt) && k.clock().Sub(p.at) <= planLife
}

func (p *Pages) registerBatch(r gin.IRouter) {
	p.read(r, batchURL, p.inside(access.Award, p.batchForm))
	r.POST(batchURL, p.change(access.Award, p.batchBring))
	p.read(r, batchURL+"/:id", p.inside(access.Award, p.uploadShow))
	p.read(r, batchURL+"/:id/bad.csv", p.inside(access.Award, p.badRows))
	r.POST(batchURL+"/:id/columns", p.change(access.Award, p.uploadColumns))
	r.POST(batchURL+"/:id/repair", p.change(access.Award, p.uploadRepair))
	r.POST(batchURL+"/:id/confirm", p.change(access.Award, p.uploadStart))
	r.POST(batchURL+"/:id/resume", p.change(access.Award, p.uploadResume))
	p.read(r, batchURL+"/:id/undo", p.inside(access.Revoke, p.undoForm))
	r.POST(batchURL+"/:id/undo", p.change(access.Revoke, p.undo))
}

func (p *Pages) batchPage(c *gin.Context, s session) (BatchPage, error) {
	data := BatchPage{Frame: s.frame(c, "awards"), Selected: c.Query("achievement")}
	data.Path, data.Query = batchURL, ""
	choices, all, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return data, err
	}
	data.Choices = choices
	names := map[string]string{}
	for _, a := range all {
		names[a.ID] = a.Name
	}
	ids, everything := access.Issuers(s.here.Person, access.Award)
	if !everything {
		ids = append([]string{}, ids...)
	}
	uploads, err := p.c.Desk.List(c.Request.Context(), ids)
	if err != nil {
		return data, err
	}
	for _, u := range uploads {
		data.Uploads = append(data.Uploads, UploadRow{ID: u.ID, FileName: u.FileName, Achievement: first(names[u.AchievementID], u.AchievementID),
			State: string(u.State), CreatedAt: u.CreatedAt, Awarded: u.Awarded})
	}
	return data, nil
}

func (p *Pages) batchForm(c *gin.Context, s session) error {
	data, err := p.batchPage(c, s)
	if err != nil {
		return err
	}
	return p.show(c, http.StatusOK, "batch", data)
}

// batchBring takes a file as a draft and leads to its page.
func (p *Pages) batchBring(c *gin.Context, s session) error {
	form, err := p.batchPage(c, s)
	if err != nil {
		return err
	}
	_, all, err := s.choices(c.Request.Context(), access.Award)
	if err != nil {
		return err
	}
	form.Selected = c.Request.PostFormValue("achievement")
	u := batch.Upload{AchievementID: form.Selected, Dates: dateOrder(c), Actor: s.actor(), FileName: uploadName(c, "file")}
	form.Dates = string(u.Dates)
	for _, a := range all {
		if a.ID == form.Selected {
			u.IssuerID = a.IssuerID
		}
	}
	if u.IssuerID == "" {
		form.Problems = append(form.Problems, p.say(c, "form.problem.achievement"))
	}
	data, problem, err := p.table(c)
	if err != nil {
		return err
	}
	if problem != "" {
		form.Problems = append(form.Problems, problem)
	}
	if len(form.Problems) == 0 {
		if u, err = p.c.Desk.Bring(c.Request.Context(), u, data); err == nil {
			return seeOther(c, batchURL+"/"+url.PathEscape(u.ID))
		}
		if form.Problems = p.correctable(c, err); form.Problems == nil {
			return err
		}
	}
	return p.show(c, http.StatusUnprocessableEntity, "batch", form)
}

// table reads the file of the form, or says what is wrong with it.
func (p *Pages) table(c *gin.Context) (data []byte, problem string, err error) {
	data, err = upload(c, "file", limits.CSVBytes)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, p.say(c, "form.problem.file_size"), nil
	case err != nil:
		return nil, "", err
	case data == nil && chosen(c, "file"):
		return nil, p.say(c, "form.problem.file_empty"), nil
	case data == nil:
		return nil, p.say(c, "form.problem.file"), nil
	}
	return data, "", nil
}

// dateOrder reads the order of dates from a form; what is none is left to the file.
func dateOrder(c *gin.Context) batch.DateOrder {
	switch d := batch.DateOrder(c.Request.PostFormValue("dates")); d {
	case batch.DayFirst, batch.MonthFirst:
		return d
	}
	return batch.AskOrder
}

// uploadName is the name under which a file came, as text that can be shown and stored.
func uploadName(c *gin.Context, field string) string {
	if c.Request.MultipartForm == nil || len(c.Request.MultipartForm.File[field]) == 0 {
		return ""
	}
	name := strings.ToValidUTF8(c.Request.MultipartForm.File[field][0].Filename, "\ufffd")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, name)
	if short := []rune(name); len(short) > fileNameLength {
		name = string(short[:fileNameLength])
	}
	return name
}

// chosen reports whether a file was named in the form, be it empty.
func chosen(c *gin.Context, field string) bool {
	form := c.Request.MultipartForm
	return form != nil && len(form.File[field]) > 0 && form.File[field][0].Filename != ""
}

// rowViews shows rows that need attention first, and says how many it leaves out.
func rowViews(tr *i18n.Translator, sheet *batch.Sheet, rows []batch.Outcome) (views []RowView, cut int) {
	for _, wanted := range [...]bool{false, true} {
		for i, o := range rows {
			if (o.Status == batch.Planned) == wanted && len(views) < rowsShown {
				views = append(views, rowView(tr, sheet, i, o))
			}
		}
	}
	return views, len(rows) - len(views)
}

func rowView(tr *i18n.Translator, sheet *batch.Sheet, i int, o batch.Outcome) RowView {
	cells := sheet.Cells(i)
	cell := func(f batch.Field) string {
		j, ok := sheet.At(f)
		if !ok || j >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[j])
	}
	v := RowView{Number: o.Line, Email: cell(batch.Email), State: string(o.Status), Tone: rowTone(o.Status)}
	v.Recipient = first(cell(batch.Name), strings.TrimSpace(cell(batch.FirstName)+" "+cell(batch.LastName)))
	v.Problems = reasons(tr, o)
	return v
}

// reasons are what is to say about a row, in the visitor's language, each with the column that it is about.
func reasons(tr *i18n.Translator, o batch.Outcome) []string {
	var out []string
	for _, r := range o.Reasons {
		out = append(out, reason(tr, r))
	}
	return out
}

func reason(tr *i18n.Translator, r batch.Reason) string {
	text := tr.Text("row.refused", "reason", r.Sentence)
	if key := "row." + r.Code; tr.Has(key) {
		pairs := make([]string, 0, 2*len(r.Values))
		for name, value := range r.Values {
			pairs = append(pairs, name, tr.Numeral(value))
		}
		text = tr.Text(key, pairs...)
	}
	if r.Field == "" {
		return text
	}
	return tr.Text("row.about", "column", tr.Text("column."+string(r.Field)), "problem", text)
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
