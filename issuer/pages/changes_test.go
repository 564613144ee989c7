package pages_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

// changer is somebody who is signed in and fills in the forms for many changes.
type changer struct {
	*world
	cookie, csrf string
}

func newChanger(t *testing.T, selected int) *changer {
	w := newWorld(t, base)
	w.selected = selected
	cookie, csrf := w.signIn(t)
	return &changer{w, cookie, csrf}
}

func (c *changer) post(path string, fields ...string) *httptest.ResponseRecorder {
	return c.ask(http.MethodPost, path, form(append(fields, "csrf", c.csrf)...), "Cookie", c.cookie, "Content-Type", urlencoded)
}

// words is a page without the marks that keep what is written in another direction apart.
func words(rec *httptest.ResponseRecorder) string {
	return strings.NewReplacer("<bdi>", "", "</bdi>", "", "\u2068", "", "\u2069", "").Replace(rec.Body.String())
}

// hidden reads the fields of the form that a page would send.
func hidden(page string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		if m[1] != "csrf" {
			out = append(out, m[1], m[2])
		}
	}
	return out
}

func TestChangingManyAwards(t *testing.T) {
	c := newChanger(t, 450)
	c.slow, c.others = 5*time.Second, 3 // a request lasts two calls
	if rec := c.ask(http.MethodGet, "/console/changes?achievement=ach_1", nil, "Cookie", c.cookie); rec.Code != http.StatusOK ||
		!strings.Contains(rec.Body.String(), `value="ach_1" selected`) {
		t.Fatalf("the form: %d", rec.Code)
	}
	plan := c.post("/console/changes", "action", "suspend", "reason", "It is looked into.", "code", "investigation", "achievement", "ach_1",
		"since", "2026-01-02", "before", "2026-02-01")
	page := words(plan)
	if plan.Code != http.StatusOK || !strings.Contains(page, "Awards that would change: 450") ||
		!strings.Contains(page, "their state does not allow this: 3") || !strings.Contains(page, "Amina") || len(c.ran) > 0 {
		t.Fatalf("the preview: %d, ran %d\n%s", plan.Code, len(c.ran), page)
	}
	want := issuer.Filter{AchievementID: "ach_1", Since: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Before: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, c.bulks[0].Filter); diff != "" {
		t.Error(diff)
	}
	fields := hidden(page)
	done := c.post("/console/changes/confirm", append(fields, "count", "450")...)
	for _, says := range []string{"Changed: 400 of 450", "Changed: 450 of 450"} {
		page = words(done)
		if done.Code != http.StatusOK || !strings.Contains(page, says) {
			t.Fatalf("want %q: %d\n%s", says, done.Code, page)
		}
		fields = hidden(page)
		if says != "Changed: 450 of 450" {
			done = c.post("/console/changes/confirm", fields...)
		}
	}
	if undo := []string{"action", "reinstate", "change", "chg_x7n4q2k5m3p6r7s2t4u5v6w7y2"}; !cmp.Equal(fields, undo) {
		t.Errorf("to undo it: %q", fields)
	}
	if undone := c.post("/console/changes", fields...); undone.Code != http.StatusOK || c.bulks[len(c.bulks)-1].Change != fields[3] {
		t.Errorf("the preview of undoing it: %d, %+v", undone.Code, c.bulks[len(c.bulks)-1])
	}
	if len(c.ran) != 3 || c.ran[0].Expect != 450 || c.ran[1].Expect != 250 || c.ran[2].Change != fields[3] ||
		c.ran[0].Step.Action != issuer.Suspend || c.ran[0].Step.Reason != "It is looked into." ||
		c.ran[2].Step.Code != "investigation" ||
		!strings.HasPrefix(c.ran[0].Step.Actor, "console:") || !cmp.Equal(c.ran[2].Filter, want) {
		t.Errorf("%+v", c.ran)
	}
}

func TestChangingManyAwardsIsRefused(t *testing.T) {
	good := []string{"action", "revoke", "reason", "Wrong.", "achievement", "ach_1", "expected", "12"}
	for _, row := range []struct {
		name   string
		path   string
		fields []string
		want   int
		text   string
	}{
		{"no action", "/console/changes", []string{"reason", "x", "achievement", "ach_1"}, 422, "Say what is to be done."},
		{"an action that there is not", "/console/changes", []string{"action", "delete", "reason", "x", "achievement", "ach_1"}, 422, "Say what is to be done."},
		{"no reason", "/console/changes", []string{"action", "revoke", "reason", " ", "achievement", "ach_1"}, 422, "Give a reason."},
		{"no filter", "/console/changes", []string{"action", "reinstate"}, 422, "Say which awards are meant."},
		{"an achievement that there is not", "/console/changes", []string{"action", "reinstate", "achievement", "ach_9"}, 422, "Choose an achievement."},
		{"days that are none", "/console/changes", []string{"action", "reinstate", "since", "2026-02-01", "before", "2026-01-01"}, 422, "must be later"},
		{"a day without an hour", "/console/changes", []string{"action", "reinstate", "since", "2026-02-01", "before", "2026-02-01"}, 422, "must be later"},
		{"a version of nothing", "/console/changes", []string{"action", "reinstate", "batch", "b", "version", "2"}, 422, "belongs to an achievement"},
		{"a version that is none", "/console/changes", []string{"action", "reinstate", "achievement", "ach_1", "version", "two"}, 422, "A version is a number"},
		{"a date that is none", "/console/changes", []string{"action", "reinstate", "since", "31.01.2026"}, 422, "A date is not one."},
		{"without the number", "/console/changes/confirm", good, 422, "not the one that was asked for"},
		{"another number", "/console/changes/confirm", append(good[:8:8], "count", "11"), 422, "not the one that was asked for"},
		{"no number", "/console/changes/confirm", append(good[:8:8], "count", "all"), 422, "not the one that was asked for"},
		{"others are selected than in the preview", "/console/changes/confirm", append(good[:6:6], "expected", "11", "count", "11"), 409, "Awards that would change: 12"},
		{"a preview that nobody saw", "/console/changes/confirm", append(good[:6:6], "count", "12"), 409, "Look again"},
		{"no filter at the end", "/console/changes/confirm", []string{"action", "revoke", "reason", "x", "expected", "12", "count", "12"}, 422, "Say which awards are meant."},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newChanger(t, 12)
			rec := c.post(row.path, row.fields...)
			if rec.Code != row.want || !strings.Contains(words(rec), row.text) || len(c.ran) > 0 {
				t.Errorf("%d, ran %d\n%s", rec.Code, len(c.ran), rec.Body)
			}
		})
	}
	t.Run("what the service refuses is said in the form", func(t *testing.T) {
		c := newChanger(t, 12)
		c.refuse = fault.New(fault.Invalid, nil, "the filter is odd")
		if rec := c.post("/console/changes", good...); rec.Code != 422 || !strings.Contains(rec.Body.String(), "the filter is odd") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
	t.Run("nothing is selected", func(t *testing.T) {
		c := newChanger(t, 0)
		rec := c.post("/console/changes", good...)
		if rec.Code != 200 || strings.Contains(rec.Body.String(), "/console/changes/confirm") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if rec := c.post("/console/changes/confirm", append(good[:6:6], "expected", "0", "count", "0")...); rec.Code != 422 || len(c.ran) > 0 {
			t.Errorf("%d, ran %d", rec.Code, len(c.ran))
		}
	})
	t.Run("what cannot be changed is said, and not offered again", func(t *testing.T) {
		c := newChanger(t, 12)
		c.most = 0
		rec := c.post("/console/changes/confirm", append(good[:8:8], "count", "12")...)
		if page := words(rec); rec.Code != 200 || !strings.Contains(page, "Could not be changed: 12") || strings.Contains(page, "/console/changes/confirm") {
			t.Errorf("%d %s", rec.Code, page)
		}
	})
	t.Run("a change that stops says how far it came, and goes on", func(t *testing.T) {
		c := newChanger(t, 12)
		c.most, c.stop = 5, errors.New("the database is gone")
		rec := c.post("/console/changes/confirm", append(good[:8:8], "count", "12")...)
		if page := words(rec); rec.Code != 200 || !strings.Contains(page, "Changed: 5 of 12") || !strings.Contains(page, "The change stopped.") ||
			strings.Contains(page, "database") {
			t.Fatalf("%d %s", rec.Code, page)
		}
		c.most, c.stop = 200, nil
		if again := c.post("/console/changes/confirm", hidden(rec.Body.String())...); !strings.Contains(words(again), "Changed: 12 of 12") {
			t.Errorf("%d %s", again.Code, again.Body)
		}
	})
}
