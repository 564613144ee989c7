package pages

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/web"
)

// Bounds of changes to many awards: how many examples a preview shows, how many awards are changed between two looks at the clock, and
// for how long one request goes on, so that it is answered in time. The page then says how far it is, and offers to go on.
const (
	examplesShown  = 10
	changesAtOnce  = 200
	changesTime    = 10 * time.Second
	changesFormURL = "/console/changes"
)

// ChangeFields are what the form for many changes says, as it was filled in.
type ChangeFields struct {
	Action, Reason, Code                   string
	Search, Selected, Batch, Since, Before string
	Version, Key                           string
	Change                                 string // of a suspension of many: what it suspended, or goes on to
	Expected                               int    // how many a preview said
	Done                                   int    // how many were changed since
	Achievement                            string // its name
}

// ChangesPage is the data of page "changes".
type ChangesPage struct {
	web.Frame
	ChangeFields
	Problems []string
	Actions  []string
	Codes    []string
	Choices  []Option
}

// ChangesPlanPage is the data of page "changes-plan".
type ChangesPlanPage struct {
	web.Frame
	ChangeFields
	Problems []string
	Examples []AwardRow
	More     int // awards that are no example
	Others   int // awards that are selected too, and whose state allows no such step
}

// ChangesDonePage is the data of page "changes-done". Left and Expected are equal, for the request that goes on.
type ChangesDonePage struct {
	web.Frame
	ChangeFields
	Problems []string
	Left     int
	Total    int
	Stuck    bool // nothing was changed: those that are left cannot be
	Overdue  *Overdue
}

// actions are what may be done with many awards, in the order of the form.
func actions() []string {
	return []string{string(issuer.Suspend), string(issuer.Reinstate), string(issuer.Revoke)}
}

func (p *Pages) changesForm(c *gin.Context, s session) error {
	q := c.Request.URL.Query()
	return p.showChanges(c, s, http.StatusOK, ChangeFields{
		Code: string(issuer.Other), Selected: q.Get("achievement"), Search: q.Get("q"), Batch: q.Get("batch"), Key: q.Get("key"),
	}, nil)
}

func (p *Pages) showChanges(c *gin.Context, s session, status int, f ChangeFields, problems []string) error {
	choices, _, err := s.choices(c.Request.Context(), access.Revoke)
	if err != nil {
		return err
	}
	frame := s.frame(c, "awards")
	frame.Path, frame.Query = changesFormURL, ""
	return p.show(c, status, "changes", ChangesPage{Frame: frame, ChangeFields: f, Problems: problems, Actions: actions(), Codes: codes(), Choices: choices})
}

// changeFields reads the form.
func changeFields(c *gin.Context) ChangeFields {
	v := func(name string) string { return strings.TrimSpace(c.Request.PostFormValue(name)) }
	f := ChangeFields{
		Action: v("action"), Reason: v("reason"), Code: v("code"), Search: v("q"), Selected: v("achievement"), Batch: v("batch"),
		Since: v("since"), Before: v("before"),
		Version: v("version"), Key: v("key"), Change: v("change"),
	}
	f.Done = max(0, whole(v("done")))
	f.Expected = whole(v("expected"))
	return f
}

// whole reads a number of a form; what is none is -1, which no count is.
func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// bulk makes of the form what the service takes; problems are what the form itself shows to be wrong.
func (p *Pages) bulk(c *gin.Context, s session, f *ChangeFields) (b issuer.Bulk, problems []string, err error) {
	_, all, err := s.choices(c.Request.Context(), access.Revoke)
	if err != nil {
		return b, nil, err
	}
	b = issuer.Bulk{
		Filter: s.filter(access.Revoke, issuer.Filter{AchievementID: f.Selected, BatchID: f.Batch, Query: f.Search, KeyID: f.Key}),
		Step:   issuer.Step{Action: issuer.Action(f.Action), Reason: f.Reason, Code: issuer.ReasonCode(f.Code), Actor: s.actor()},
		Most:   changesAtOnce, Change: f.Change,
	}
	for _, a := range all {
		if a.ID == f.Selected {
			f.Achievement = a.Name
		}
	}
	if f.Selected != "" && f.Achievement == "" {
		problems = append(problems, p.say(c, "form.problem.achievement"))
	}
	if !slices.Contains(actions(), f.Action) {
		problems = append(problems, p.say(c, "changes.problem.action"))
	} else if f.Reason == "" && b.Step.Action != issuer.Reinstate {
		problems = append(problems, p.say(c, "form.problem.reason"))
	}
	var errS, errB error
	b.Filter.Since, errS = midnight(f.Since)
	b.Filter.Before, errB = midnight(f.Before)
	switch {
	case errS != nil || errB != nil:
		problems = append(problems, p.say(c, "form.problem.date"))
	case !b.Filter.Since.IsZero() && !b.Filter.Before.IsZero() && !b.Filter.Since.Before(b.Filter.Before):
		problems = append(problems, p.say(c, "changes.problem.range"))
	}
	if b.Filter.Version = whole(cmp.Or(f.Version, "0")); b.Filter.Version < 0 || b.Filter.Version > 0 && f.Selected == "" {
		problems = append(problems, p.say(c, "changes.problem.version"))
	}
	if f.Search+f.Selected+f.Batch+f.Since+f.Before+f.Key+f.Change == "" {
		problems = append(problems, p.say(c, "changes.problem.filter"))
	}
	return b, problems, nil
}

// midnight reads a date field as the moment at which that day begins (UTC); empty is the zero time.
func midnight(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("date %.20q: %w", s, err)
	}
	return t, nil
}

// planned reads the form and asks what it would do. A form with problems has been shown again then: shown is true.
func (p *Pages) planned(c *gin.Context, s session) (f ChangeFields, b issuer.Bulk, n issuer.BulkPlan, shown bool, err error) {
	f = changeFields(c)
	b, problems, err := p.bulk(c, s, &f)
	if err != nil {
		return f, b, n, false, err
	}
	if len(problems) == 0 {
		if n, err = p.c.Awards.Plan(c.Request.Context(), b); err == nil {
			return f, b, n, false, nil
		}
		if problems = p.correctable(c, err); problems == nil {
			return f, b, n, false, err
		}
	}
	return f, b, n, true, p.showChanges(c, s, http.StatusUnprocessableEntity, f, problems)
}

// changesPlan says how many awards would change, and shows some of them. It changes none.
func (p *Pages) changesPlan(c *gin.Context, s session) error {
	f, b, n, shown, err := p.planned(c, s)
	if err != nil || shown {
		return err
	}
	f.Expected, f.Done = n.Changes, 0
	return p.showPlan(c, s, plan{status: http.StatusOK, fields: f, bulk: b, others: n.Others})
}

// plan is what a person is asked to confirm, and how the answer to it was taken.
type plan struct {
	status   int
	problems []string
	fields   ChangeFields
	bulk     issuer.Bulk
	others   int
}

// showPlan shows what would change, and what is wrong with the answer to it.
func (p *Pages) showPlan(c *gin.Context, s session, shown plan) error {
	f, b := shown.fields, shown.bulk
	_, all, err := s.choices(c.Request.Context(), access.Revoke)
	if err != nil {
		return err
	}
	data := ChangesPlanPage{Frame: s.frame(c, "awards"), ChangeFields: f, Problems: shown.problems, Others: shown.others}
	data.Path, data.Query = changesFormURL, ""
	for _, state := range b.States() {
		b.Filter.State, b.Filter.Limit = state, examplesShown
		page, _, err := p.c.Awards.List(c.Request.Context(), b.Filter)
		if err != nil {
			return fmt.Errorf("examples of a change: %w", err)
		}
		data.Examples = append(data.Examples, p.rows(page, all)...)
	}
	data.Examples = data.Examples[:min(len(data.Examples), examplesShown, f.Expected)]
	data.More = f.Expected - len(data.Examples)
	return p.show(c, shown.status, "changes-plan", data)
}

// changesRun changes the awards, if as many are selected as the preview said and as the person wrote. What takes longer than
// changesTime takes several requests: the page says how far it is, and offers to go on.
func (p *Pages) changesRun(c *gin.Context, s session) error {
	f, b, n, shown, err := p.planned(c, s)
	if err != nil || shown {
		return err
	}
	written := whole(strings.TrimSpace(c.Request.PostFormValue("count")))
	switch {
	case n.Changes != f.Expected:
		f.Expected = n.Changes
		return p.showPlan(c, s, plan{http.StatusConflict, []string{p.say(c, "changes.problem.moved")}, f, b, n.Others})
	case written != n.Changes || n.Changes == 0:
		return p.showPlan(c, s, plan{http.StatusUnprocessableEntity, []string{p.say(c, "changes.problem.count")}, f, b, n.Others})
	}
	b.Expect = n.Changes
	done, err := p.runFor(c.Request.Context(), &b)
	data := ChangesDonePage{Frame: s.frame(c, "awards"), ChangeFields: f, Stuck: err == nil && done.Done == 0}
	if err != nil { // what was changed stays changed, and the same form goes on
		p.c.Logger.ErrorContext(c.Request.Context(), "changes stopped", "done", done.Done, "error", err)
		data.Problems = []string{p.say(c, "changes.problem.stopped")}
		done.Left = n.Changes - done.Done
	}
	data.Path, data.Query = changesFormURL, ""
	data.Change, data.Overdue = b.Change, p.overdue(of(done.Lists))
	data.Done += done.Done
	data.Left, data.Expected = done.Left, done.Left
	data.Total = data.Done + data.Left
	return p.show(c, http.StatusOK, "changes-done", data)
}

// runFor goes on until nothing is left, nothing changes any more, or it took changesTime.
func (p *Pages) runFor(ctx context.Context, b *issuer.Bulk) (all issuer.BulkDone, err error) {
	for end := p.c.Clock().Add(changesTime); ; {
		done, err := p.c.Awards.Run(ctx, *b)
		all.Done, all.Left, all.Lists = all.Done+done.Done, done.Left, append(all.Lists, done.Lists...)
		b.Change, b.Expect = cmp.Or(done.Change, b.Change), done.Left
		if err != nil || done.Left == 0 || done.Done == 0 || !p.c.Clock().Before(end) {
			return all, err
		}
	}
}
