package batch

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
)

// DeskConfig is what a Desk works with. The zero DeskConfig keeps everything in memory, plans, and can award nothing.
type DeskConfig struct {
	Store    UploadStore
	Awards   Awards
	Importer func(actor, batchID string) *Importer // awards rows for somebody, as a batch
	Clock    func() time.Time
	Rand     io.Reader
	Logger   *slog.Logger
}

// Desk takes files from people, lets them settle what is what, and awards in the background. It is safe for concurrent use, also by
// several processes on one database: a lease says who works on what.
type Desk struct{ c DeskConfig }

// NewDesk makes a Desk.
func NewDesk(c DeskConfig) *Desk {
	if c.Store == nil {
		c.Store = newShelf()
	}
	if c.Awards == nil {
		c.Awards = unbound{}
	}
	if c.Importer == nil {
		c.Importer = func(string, string) *Importer { return New(Config{Clock: c.Clock}) }
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Desk{c}
}

func (d *Desk) now() time.Time { return d.c.Clock().UTC().Truncate(time.Microsecond) }

// later is now, and later than the last change in any case, because it tells one revision from another.
func (d *Desk) later(u Upload) time.Time {
	if now := d.now(); now.After(u.ChangedAt) {
		return now
	}
	return u.ChangedAt.Add(time.Microsecond)
}

func (d *Desk) event(action string, u Upload) (event.Event, error) {
	id, err := randid.New(d.c.Rand)
	if err != nil {
		return event.Event{}, fmt.Errorf("event of an upload: %w", err)
	}
	return event.Event{ID: "evt_" + id, At: d.now(), Actor: u.Actor, Action: action, IssuerID: u.IssuerID, Subject: u.ID}, nil
}

// Bring takes a file as a draft. What is no table at all is refused like by Parse. The columns are those that the issuer chose for
// these headings the last time, and else what Guess says.
func (d *Desk) Bring(ctx context.Context, u Upload, data []byte) (Upload, error) {
	s, err := Cut(data, Options{Dates: u.Dates})
	if err != nil {
		return Upload{}, err
	}
	id, err := randid.New(d.c.Rand)
	if err != nil {
		return Upload{}, fmt.Errorf("id of an upload: %w", err)
	}
	u.ID, u.State, u.CreatedAt, u.ChangedAt = "bat_"+id, Draft, d.now(), d.now()
	known, err := d.c.Store.HeadingMap(ctx, u.IssuerID)
	if err != nil {
		return Upload{}, err
	}
	u.Columns = remembered(s, known)
	e, err := d.event("batch.uploaded", u)
	if err != nil {
		return Upload{}, err
	}
	return u, d.c.Store.InsertUpload(ctx, u, data, e)
}

// remembered applies what was chosen before to what is guessed now. A choice counts for the first column of its heading only.
func remembered(s *Sheet, known map[string]Field) []Field {
	out := s.Guess()
	used, chosen := map[Field]bool{}, map[string]bool{}
	for i, h := range s.Headings {
		f, ok := known[normalHeading(h)]
		if !ok || chosen[normalHeading(h)] {
			continue
		}
		chosen[normalHeading(h)] = true
		out[i], used[f] = f, f != ""
	}
	for i, h := range s.Headings {
		if _, ok := known[normalHeading(h)]; !ok && used[out[i]] {
			out[i] = "" // the choice of before has this field already
		}
	}
	return out
}

// Find returns an upload.
func (d *Desk) Find(ctx context.Context, id string) (Upload, error) { return d.c.Store.Upload(ctx, id) }

// List returns the newest uploads of these issuers, of all for nil.
func (d *Desk) List(ctx context.Context, issuers []string) ([]Upload, error) {
	return d.c.Store.Uploads(ctx, issuers, uploadsListed)
}

const uploadsListed = 20

// Sheet reads the table of an upload with its columns and repairs. When the columns do not suffice, the error says why and the
// table is there all the same, for its headings.
func (d *Desk) Sheet(ctx context.Context, u Upload) (*Sheet, error) {
	data, err := d.c.Store.UploadData(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	s, err := Cut(data, Options{Dates: u.Dates})
	if err != nil {
		return nil, err
	}
	for i, cells := range u.Repairs {
		if err := s.Repair(i, cells); err != nil {
			return s, err
		}
	}
	return s, s.Assign(u.Columns)
}

// Plan says what the upload would lead to. Nothing is awarded.
func (d *Desk) Plan(ctx context.Context, u Upload) (*Sheet, *Plan, error) {
	s, err := d.Sheet(ctx, u)
	if err != nil {
		return s, nil, err
	}
	p, err := d.c.Importer(u.Actor, u.ID).Plan(ctx, s, Target{Issuer: u.IssuerID, Achievement: u.AchievementID})
	return s, p, err
}

// BadRows writes the rows of an upload that are a problem, and those that were refused, as Plan.WriteBadRows does, with the reasons
// in the words of say.
func (d *Desk) BadRows(ctx context.Context, u Upload, w io.Writer, say func(Reason) string) (int, error) {
	s, p, err := d.Plan(ctx, u)
	if err != nil {
		return 0, err
	}
	refused := map[int]Outcome{}
	for _, o := range u.Failures {
		refused[o.Line] = o
	}
	for i := range p.Rows {
		if o, ok := refused[p.Rows[i].Line]; ok {
			p.Rows[i].Status, p.Rows[i].Reasons = Failed, o.Reasons
		}
	}
	return writeBadRows(w, s, p.Rows, say)
}

// errState is what a change of an upload answers that is no longer what the page showed.
func errState() error {
	return fault.New(fault.Conflict, nil, "this upload is no longer what the page showed").Code("batch.state").Hint("load the page again")
}

// draft refuses to change what was confirmed.
func draft(u Upload) error {
	if u.State != Draft {
		return errState()
	}
	return nil
}

// Assign says which column of a draft is which. Columns that do not suffice are stored all the same: Plan then says what is
// missing.
func (d *Desk) Assign(ctx context.Context, u Upload, columns []Field, dates DateOrder) (Upload, error) {
	if err := draft(u); err != nil {
		return u, err
	}
	s, err := d.Sheet(ctx, u)
	if s == nil {
		return u, err
	}
	if err := s.Assign(columns); err != nil && fault.Describe(err).Code != "csv.column_missing" {
		return u, err
	}
	was := u.ChangedAt
	u.Columns, u.Dates, u.ChangedAt = columns, dates, d.later(u)
	return u, d.c.Store.ChangeUpload(ctx, u, Draft, was, event.Event{})
}

// Repair puts cells in the place of those of some rows of a draft, at most limits.BatchRepairs rows in all.
func (d *Desk) Repair(ctx context.Context, u Upload, rows map[int][]string) (Upload, error) {
	if err := draft(u); err != nil {
		return u, err
	}
	s, err := d.Sheet(ctx, u)
	if s == nil {
		return u, err
	}
	all := map[int][]string{}
	for i, cells := range u.Repairs {
		all[i] = cells
	}
	for i, cells := range rows {
		if err := s.Repair(i, cells); err != nil {
			return u, err
		}
		all[i] = cells
	}
	if len(all) > limits.BatchRepairs {
		return u, fault.New(fault.TooLarge, nil, "at most %d rows are repaired here", limits.BatchRepairs).Code("limits.batch_repairs").
			Hint("download the rows with problems, repair them in a spreadsheet, and upload that file")
	}
	was := u.ChangedAt
	u.Repairs, u.ChangedAt = all, d.later(u)
	return u, d.c.Store.ChangeUpload(ctx, u, Draft, was, event.Event{})
}

// Start confirms a draft for actor: exactly that many rows are awarded from now on, in the background. When the plan says another
// number by now it is fault.Conflict (batch.moved), and nothing happens. The choice of columns is remembered for the issuer.
func (d *Desk) Start(ctx context.Context, u Upload, expected int, actor string) (Upload, error) {
	if err := draft(u); err != nil {
		return u, err
	}
	s, p, err := d.Plan(ctx, u)
	if err != nil {
		return u, err
	}
	totals := p.Totals()
	if totals[Planned] != expected || expected == 0 {
		return u, fault.New(fault.Conflict, nil, "%d rows would be awarded by now, not %d", totals[Planned], expected).Code("batch.moved")
	}
	was := u.ChangedAt
	u.State, u.Actor, u.Total, u.Known, u.ChangedAt = Running, actor, expected, totals[Known], d.later(u)
	e, err := d.event("batch.started", u)
	if err != nil {
		return u, err
	}
	if err := d.c.Store.ChangeUpload(ctx, u, Draft, was, e); err != nil {
		return u, err
	}
	if err := d.remember(ctx, u, s); err != nil { // the upload runs; only a comfort is lost
		d.c.Logger.ErrorContext(ctx, "choice of columns is not remembered", "upload", u.ID, "error", err)
	}
	return u, nil
}

func (d *Desk) remember(ctx context.Context, u Upload, s *Sheet) error {
	m, err := d.c.Store.HeadingMap(ctx, u.IssuerID)
	if err != nil {
		return err
	}
	if len(m) > limits.BatchHeadings {
		m = map[string]Field{}
	}
	seen := map[string]bool{}
	for i, h := range s.Headings {
		h = normalHeading(h)
		if h == "" || len(h) > nameMax || seen[h] || len(m) > limits.BatchHeadings {
			continue
		}
		seen[h], m[h] = true, u.Columns[i]
	}
	return d.c.Store.SetHeadingMap(ctx, u.IssuerID, m)
}

// Resume lets an upload run again that stopped through our own fault.
func (d *Desk) Resume(ctx context.Context, u Upload, actor string) error {
	was := u.ChangedAt
	u.State, u.Actor, u.ChangedAt = Running, actor, d.later(u)
	e, err := d.event("batch.resumed", u)
	if err != nil {
		return err
	}
	return d.c.Store.ChangeUpload(ctx, u, Stopped, was, e)
}

// UndoUntil is until when the upload can be undone; zero when it cannot.
func (d *Desk) UndoUntil(u Upload) time.Time {
	if u.State != Done && u.State != Stopped {
		return time.Time{}
	}
	end := u.EndedAt
	if end.IsZero() {
		end = u.ChangedAt
	}
	until := end.Add(limits.BatchUndo)
	if !d.now().Before(until) {
		return time.Time{}
	}
	return until
}

// UndoPlan says how many awards undoing would revoke. It revokes none.
func (d *Desk) UndoPlan(ctx context.Context, u Upload) (int, error) {
	standing, _, err := d.c.Awards.CountBatch(ctx, u.ID)
	return standing, err
}

// Undo revokes every award that the upload made, in the background. After limits.BatchUndo it is fault.Gone; when other awards stand
// by now than the page said, fault.Conflict (batch.moved).
func (d *Desk) Undo(ctx context.Context, u Upload, expected int, actor string) (Upload, error) {
	if u.State != Done && u.State != Stopped {
		return u, errState()
	}
	if d.UndoUntil(u).IsZero() {
		return u, fault.New(fault.Gone, nil, "the time for undoing this upload is over").Code("batch.undo_over").
			Hint("revoke single awards, or those of this batch under Change many")
	}
	n, err := d.UndoPlan(ctx, u)
	if err != nil {
		return u, err
	}
	if n != expected || n == 0 {
		return u, fault.New(fault.Conflict, nil, "%d awards of this upload stand by now, not %d", n, expected).Code("batch.moved")
	}
	was, before := u.State, u.ChangedAt
	u.State, u.Actor, u.ChangedAt = Undoing, actor, d.later(u)
	e, err := d.event("batch.undo_started", u)
	if err != nil {
		return u, err
	}
	return u, d.c.Store.ChangeUpload(ctx, u, was, before, e)
}

// Sweep deletes drafts that nobody confirmed, and files whose time for undoing is over.
func (d *Desk) Sweep(ctx context.Context) error {
	now := d.now()
	return d.c.Store.SweepUploads(ctx, now.Add(-limits.BatchDraft), now.Add(-limits.BatchUndo))
}
