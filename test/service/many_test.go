package service_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// changed is the answer to a change of many awards.
type changed struct {
	Done, Left, Others int
	Change             string
}

// manyAtOnce suspends awards together and reinstates exactly those, by API and command line; everybody who verifies sees both.
func manyAtOnce(t *testing.T, w *world) {
	word := "Together " + strconv.FormatInt(w.next.Add(1), 10)
	named := map[string]any{"recipient": map[string]any{"name": word}}
	own, first := w.award(t, named), w.award(t, named)
	w.award(t, named)
	w.call(t, "POST /api/v1/awards/"+own.ID+"/suspend", map[string]any{"reason": "A reason of its own."}).want(t, http.StatusOK)
	ask := func(code int, more map[string]any) answer {
		t.Helper()
		body := map[string]any{"action": "suspend", "reason": "It is looked into.", "q": word}
		for name, value := range more {
			body[name] = value
		}
		return w.call(t, "POST /api/v1/award-changes", body).want(t, code)
	}
	for name, row := range map[string]struct {
		more   map[string]any
		status int
		code   string
	}{
		"by a word alone":    {nil, http.StatusConflict, "bulk.expect"},
		"more than expected": {map[string]any{"expect": 1}, http.StatusConflict, "bulk.moved"},
		"nothing":            {map[string]any{"q": "", "batch": "bat_nobody"}, http.StatusNotFound, "bulk.nothing"},
		"times turned round": {map[string]any{"since": "2026-02-01T00:00:00Z", "before": "2026-01-01T00:00:00Z"}, http.StatusBadRequest, "bulk.range"},
		"everything unnamed": {map[string]any{"q": ""}, http.StatusBadRequest, "bulk.filter"},
	} {
		if p := ask(row.status, row.more).problem(t); p.Code != row.code {
			t.Errorf("%s: %+v", name, p)
		}
	}
	var plan, done changed
	if ask(http.StatusOK, map[string]any{"dry_run": true}).into(t, &plan); plan != (changed{Left: 2, Others: 1}) {
		t.Errorf("the dry run: %+v", plan)
	}
	if ask(http.StatusOK, map[string]any{"expect": plan.Left}).into(t, &done); done.Done != 2 || done.Left != 0 || done.Change == "" {
		t.Fatalf("%+v", done)
	}
	s := &stage{there: w.deployment}
	if r := s.everywhere(t, presented{text: string(w.signed(t, first))}); r.Verdict != "invalid" || r.check("status").Code != "status.revoked" {
		t.Errorf("suspended: %s, %+v", r.Verdict, r.check("status"))
	}
	if out := w.must(t, "awards", "reinstate", "--change", done.Change); !strings.Contains(out, "2 awards were changed.") {
		t.Errorf("undone: %s", out)
	}
	if r := s.everywhere(t, presented{text: string(w.signed(t, first))}); r.Verdict != "valid" {
		t.Errorf("reinstated: %s, %+v", r.Verdict, r.check("status"))
	}
	var still award
	if w.call(t, "GET /api/v1/awards/"+own.ID, nil).want(t, http.StatusOK).into(t, &still); still.Status != "suspended" {
		t.Errorf("what was suspended by itself is %s", still.Status)
	}
}
