package batch_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/batch"
)

// registry keeps awards by external id, as the write side does: the same again is a replay.
type registry struct {
	mu      sync.Mutex
	awards  map[string]string // external id to batch
	gone    map[string]bool
	stopAt  int // awards after which the process ends
	stop    context.CancelFunc
	broken  bool
	revokes int
}

type clerk struct {
	*registry
	batch string
}

func (c clerk) AwardRow(_ context.Context, r batch.Ready) (string, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return "", false, fmt.Errorf("disk")
	}
	if _, ok := c.awards[r.ExternalID]; ok {
		return r.ExternalID, true, nil
	}
	c.awards[r.ExternalID] = c.batch
	if len(c.awards) == c.stopAt {
		c.stop()
	}
	return r.ExternalID, false, nil
}

func (c clerk) Awarded(_ context.Context, _, externalID string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.awards[externalID]; ok {
		return externalID, nil
	}
	return "", nil
}

func (r *registry) CountBatch(_ context.Context, id string) (standing, all int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for external, of := range r.awards {
		if of != id {
			continue
		}
		all++
		if !r.gone[external] {
			standing++
		}
	}
	return standing, all, nil
}

func (r *registry) RevokeBatch(_ context.Context, id, _, _ string) (done, left int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revokes++
	for external, of := range r.awards {
		switch {
		case of != id || r.gone[external]:
		case done < 3:
			r.gone[external] = true
			done++
		default:
			left++
		}
	}
	return done, left, nil
}

func newDesk(r *registry, c func() time.Time) *batch.Desk {
	return batch.NewDesk(batch.DeskConfig{Awards: r, Clock: c, Importer: func(_, id string) *batch.Importer {
		return batch.New(batch.Config{Awarder: clerk{r, id}, Past: clerk{r, id}, Clock: c})
	}})
}

func newRegistry() *registry { return &registry{awards: map[string]string{}, gone: map[string]bool{}} }

func table(n int) []byte {
	var b strings.Builder
	b.WriteString("name,email,completed\n")
	for i := range n {
		fmt.Fprintf(&b, "Learner %d,l%d@example.org,2026-01-02\n", i, i)
	}
	return []byte(b.String())
}

// at is a clock that a test moves.
type at struct{ now time.Time }

func (a *at) read() time.Time { return a.now }

func noon() *at { return &at{time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)} }

func brought(t *testing.T, d *batch.Desk, data []byte) batch.Upload {
	t.Helper()
	u, err := d.Bring(t.Context(), batch.Upload{IssuerID: "iss_1", AchievementID: "ach_1", Actor: "console:per_1"}, data)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What a server did not finish, the next one does: every row once, and the counts are right.
func TestAnUploadGoesOnAfterARestart(t *testing.T) {
	r, c := newRegistry(), noon()
	d := newDesk(r, c.read)
	u := brought(t, d, table(10))
	if _, err := d.Start(t.Context(), u, 10, "console:per_2"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.stopAt, r.stop = 4, cancel
	if found, err := d.Work(ctx); !found || err != nil {
		t.Fatalf("%v %v", found, err)
	}
	half, err := d.Find(t.Context(), u.ID)
	if err != nil || half.State != batch.Running || len(r.awards) != 4 {
		t.Fatalf("when the server ends: %+v, %d awards, %v", half, len(r.awards), err)
	}
	if found, err := d.Work(t.Context()); !found || err != nil {
		t.Fatalf("%v %v", found, err)
	}
	full, err := d.Find(t.Context(), u.ID)
	if err != nil || full.State != batch.Done || full.Awarded != 10 || full.Failed != 0 || full.Known != 0 || len(r.awards) != 10 {
		t.Errorf("%+v, %d awards, %v", full, len(r.awards), err)
	}
	if found, err := d.Work(t.Context()); found || err != nil {
		t.Errorf("work without anything to do: %v %v", found, err)
	}
}

func TestOnlyWhatThePageSaidIsAwarded(t *testing.T) {
	r, c := newRegistry(), noon()
	d := newDesk(r, c.read)
	first := brought(t, d, table(5))
	for _, n := range []int{0, 4, 6, -1} {
		if _, err := d.Start(t.Context(), first, n, "x"); fault.Describe(err).Code != "batch.moved" {
			t.Errorf("%d of 5: %v", n, err)
		}
	}
	second := brought(t, d, table(5))
	if _, err := d.Start(t.Context(), first, 5, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Start(t.Context(), first, 5, "x"); fault.Describe(err).Code != "batch.state" {
		t.Errorf("the page of before: %v", err)
	}
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Start(t.Context(), second, 5, "x"); fault.Describe(err).Code != "batch.moved" {
		t.Errorf("the same people once more: %v", err)
	}
	if len(r.awards) != 5 {
		t.Errorf("%d awards", len(r.awards))
	}
}

func TestUndoingRevokesWhatTheUploadMadeAndNothingElse(t *testing.T) {
	r, c := newRegistry(), noon()
	r.awards["other"] = "bat_other"
	d := newDesk(r, c.read)
	u := brought(t, d, table(8))
	if _, err := d.Start(t.Context(), u, 8, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, err := d.Find(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.UndoPlan(t.Context(), done); err != nil || n != 8 || r.revokes > 0 {
		t.Fatalf("plan: %d, %v", n, err)
	}
	c.now = d.UndoUntil(done)
	if _, err := d.Undo(t.Context(), done, 8, "x"); fault.Describe(err).Code != "batch.undo_over" {
		t.Errorf("at the end of the time: %v", err)
	}
	c.now = c.now.Add(-time.Second)
	if _, err := d.Undo(t.Context(), done, 7, "x"); fault.Describe(err).Code != "batch.moved" {
		t.Errorf("another number: %v", err)
	}
	if _, err := d.Undo(t.Context(), done, 8, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, err := d.Find(t.Context(), u.ID)
	if err != nil || gone.State != batch.Undone || gone.Revoked != 8 || r.gone["other"] || len(r.gone) != 8 {
		t.Errorf("%+v, %v, %v", gone, r.gone, err)
	}
	if !d.UndoUntil(gone).IsZero() {
		t.Error("it can be undone twice")
	}
}

func TestAnUploadThatStoppedIsResumed(t *testing.T) {
	r, c := newRegistry(), noon()
	d := newDesk(r, c.read)
	u := brought(t, d, table(8))
	if _, err := d.Start(t.Context(), u, 8, "x"); err != nil {
		t.Fatal(err)
	}
	r.broken = true
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopped, err := d.Find(t.Context(), u.ID)
	if err != nil || stopped.State != batch.Stopped {
		t.Fatalf("%+v, %v", stopped, err)
	}
	r.broken = false
	if found, _ := d.Work(t.Context()); found {
		t.Error("it goes on before somebody says so")
	}
	if err := d.Resume(t.Context(), stopped, "console:per_2"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, err := d.Find(t.Context(), u.ID); err != nil || done.State != batch.Done || done.Awarded != 8 || done.Failed != 0 {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestAChoiceOfColumnsIsRememberedForItsIssuer(t *testing.T) {
	d := newDesk(newRegistry(), noon().read)
	data := []byte("Name,Mail,Anrede\nAmina,amina@example.org,Frau\n")
	u := brought(t, d, data)
	if diff := cmp.Diff([]batch.Field{batch.Name, batch.Email, ""}, u.Columns); diff != "" {
		t.Fatalf("guess: %s", diff)
	}
	chosen := []batch.Field{"", batch.Email, batch.Name}
	u, err := d.Assign(t.Context(), u, chosen, batch.DayFirst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Start(t.Context(), u, 1, "x"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(chosen, brought(t, d, data).Columns); diff != "" {
		t.Errorf("the next upload: %s", diff)
	}
	other, err := d.Bring(t.Context(), batch.Upload{IssuerID: "iss_2", AchievementID: "ach_9"}, data)
	if err != nil || other.Columns[0] != batch.Name {
		t.Errorf("another issuer: %v, %v", other.Columns, err)
	}
}

// W04: a choice of columns that no file could mean is refused.
func TestColumnsThatCannotBe(t *testing.T) {
	d := newDesk(newRegistry(), noon().read)
	u := brought(t, d, table(1))
	for name, c := range map[string]struct {
		columns []batch.Field
		code    string
	}{
		"too few":        {[]batch.Field{batch.Name}, "csv.columns"},
		"too many":       {[]batch.Field{batch.Name, batch.Email, "", ""}, "csv.columns"},
		"twice":          {[]batch.Field{batch.Name, batch.Name, batch.Email}, "csv.duplicate_heading"},
		"of another art": {[]batch.Field{batch.Name, "colour", batch.Email}, "csv.field_unknown"},
	} {
		if _, err := d.Assign(t.Context(), u, c.columns, ""); fault.Describe(err).Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Assign(t.Context(), u, []batch.Field{"", "", batch.Email}, ""); err != nil {
		t.Errorf("columns that do not suffice yet: %v", err)
	}
	u, err := d.Find(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s, p, err := d.Plan(t.Context(), u); fault.Describe(err).Code != "csv.column_missing" || s == nil || p != nil {
		t.Errorf("a plan without names: %v", err)
	}
	if _, err := d.Start(t.Context(), u, 1, "x"); fault.Describe(err).Code != "csv.column_missing" {
		t.Errorf("confirmed all the same: %v", err)
	}
}

func TestRepairsHaveABound(t *testing.T) {
	d := newDesk(newRegistry(), noon().read)
	u := brought(t, d, table(600))
	rows := map[int][]string{}
	for i := range 501 {
		rows[i] = []string{"N", fmt.Sprintf("n%d@example.org", i), "2026-01-02"}
	}
	if _, err := d.Repair(t.Context(), u, rows); !fault.Is(err, fault.TooLarge) {
		t.Errorf("501 rows: %v", err)
	}
	delete(rows, 0)
	if _, err := d.Repair(t.Context(), u, rows); err != nil {
		t.Errorf("500 rows: %v", err)
	}
}

func TestOldUploadsAreSwept(t *testing.T) {
	r, c := newRegistry(), noon()
	d := newDesk(r, c.read)
	draft, done := brought(t, d, table(2)), brought(t, d, table(1))
	if _, err := d.Start(t.Context(), done, 1, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(25 * time.Hour)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(t.Context(), draft.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("an old draft: %v", err)
	}
	kept, err := d.Find(t.Context(), done.ID)
	if _, sheetErr := d.Sheet(t.Context(), kept); err != nil || sheetErr != nil {
		t.Errorf("the file of an upload that can be undone: %v, %v", err, sheetErr)
	}
	c.now = c.now.Add(7 * 24 * time.Hour)
	if err := d.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Sheet(t.Context(), kept); !fault.Is(err, fault.Gone) {
		t.Errorf("the file after its time: %v", err)
	}
}
