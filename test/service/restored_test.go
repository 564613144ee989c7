package service_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// restoredFolder puts an old backup of the whole data folder in its place. Nothing is issued or published then, and nobody reads that
// anything holds, until an operator decides; no entry is given twice.
func restoredFolder(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	before := own.award(t, nil)
	jws, list := own.signed(t, before), own.entry(t, before).List
	own.running.stop(t)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(own.data)); err != nil {
		t.Fatal(err)
	}
	own.start(t)
	given := map[entry]bool{own.entry(t, before): true}
	for range 3 {
		given[own.entry(t, own.award(t, nil))] = true
	}
	own.running.stop(t)
	if err := errors.Join(os.RemoveAll(own.data), os.CopyFS(own.data, os.DirFS(backup)), os.Chmod(filepath.Join(own.data, "kek"), 0o600)); err != nil {
		t.Fatal(err)
	}

	own.start(t)
	stored := own.count(t)
	if p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "status.copied" {
		t.Errorf("an award: %+v", p)
	}
	if p := own.ask(t, question{path: list}).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "status.copied" || own.count(t) != stored {
		t.Errorf("the list: %+v", p)
	}
	s := &stage{there: own.deployment}
	if r := s.everywhere(t, presented{text: string(jws)}); r.Verdict != "undecided" || r.check("proof").Outcome != "pass" {
		t.Errorf("by API, page and command line: %s, %+v", r.Verdict, r.check("status"))
	}
	if o := own.command(t, nil, append([]string{"status"}, own.place()...)...); o.code != 1 || !strings.Contains(o.out, "copied here or restored") {
		t.Errorf("laurel status: %d %s", o.code, o.out)
	}
	own.running.stop(t)
	own.must(t, "status", "recover")
	own.start(t)
	for range 3 {
		if e := own.entry(t, own.award(t, nil)); given[e] || e.List == list {
			t.Errorf("%+v is given again, or stands in the list of before", e)
		}
	}
	if r := s.everywhere(t, presented{text: string(jws)}); r.Verdict != "valid" {
		t.Errorf("afterwards: %s, %+v", r.Verdict, r.Checks)
	}
}
