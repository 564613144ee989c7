package ledger_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ledger"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// lists is what a database knows.
type lists map[string]statuslist.List

func (l lists) List(_ context.Context, id string) (statuslist.List, error) {
	if x, ok := l[id]; ok {
		return x, nil
	}
	return statuslist.List{}, fault.New(fault.NotFound, nil, "no such list")
}

func open(t testing.TB, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func note(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func gaps(t *testing.T, l *ledger.Ledger, db lists) []ledger.Gap {
	t.Helper()
	out, err := l.Compare(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatWasNotedIsMissedInAnOlderDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status.ledger")
	l := open(t, path)
	list := statuslist.List{ID: "a", IssuerID: "iss", Purpose: "revocation", URL: "https://x.example/status/a", Size: 131_072}
	stamp := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	note(t, l.Claimed(list, 1), l.Claimed(list, 3),
		l.Changed("a", statuslist.Change{Bits: []statuslist.Bit{{Index: 7, Value: 1}}, Version: 1, Stamp: stamp}),
		l.Changed("a", statuslist.Change{Bits: []statuslist.Bit{{Index: 7, Value: 1}, {Index: 9, Value: 2}}, Version: 2, Stamp: stamp}),
		l.Changed("a", statuslist.Change{Bits: []statuslist.Bit{{Index: 9, Value: 0}}, Version: 1, Stamp: stamp})) // known already
	want := list
	want.Next = 3
	mark := ledger.Mark{List: want, Version: 2, Stamp: stamp, Bits: map[int]int{7: 1, 9: 2}}
	for name, c := range map[string]struct {
		db   lists
		want []ledger.Gap
	}{
		"the same":           {lists{"a": {ID: "a", Next: 3, Version: 2}}, nil},
		"a newer one":        {lists{"a": {ID: "a", Next: 4, Version: 3}}, nil},
		"fewer indexes":      {lists{"a": {ID: "a", Next: 2, Version: 2}}, []ledger.Gap{{Mark: mark, Found: statuslist.List{ID: "a", Next: 2, Version: 2}}}},
		"fewer changes":      {lists{"a": {ID: "a", Next: 3, Version: 1}}, []ledger.Gap{{Mark: mark, Found: statuslist.List{ID: "a", Next: 3, Version: 1}}}},
		"without the list":   {lists{}, []ledger.Gap{{Mark: mark}}},
		"with another list":  {lists{"b": {ID: "b"}}, []ledger.Gap{{Mark: mark}}},
		"with a second list": {lists{"a": {ID: "a", Next: 3, Version: 2}, "b": {ID: "b"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, l := range []*ledger.Ledger{l, open(t, path)} { // also after a restart
				if diff := cmp.Diff(c.want, gaps(t, l, c.db)); diff != "" {
					t.Errorf("gaps (-want +got):\n%s", diff)
				}
				for _, id := range []string{"", "a"} {
					if err := l.Behind(id); (err != nil) != (c.want != nil) || err != nil && fault.Describe(err).Code != "status.behind" {
						t.Errorf("%q is behind: %v", id, err)
					}
				}
				if err := l.Behind("b"); err != nil {
					t.Errorf("a list that is whole: %v", err)
				}
			}
		})
	}
}

func TestATornRecordIsPassedOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status.ledger")
	l := open(t, path)
	note(t, l.Claimed(statuslist.List{ID: "a", URL: "u", Size: 10}, 3))
	whole, err := os.ReadFile(path)
	note(t, err, os.WriteFile(path, append(whole, `{"list":"a","next":9`...), 0o600))
	l = open(t, path)
	if got := gaps(t, l, lists{"a": {ID: "a", Next: 3}}); got != nil {
		t.Errorf("a torn record counts: %+v", got)
	}
	note(t, l.Claimed(statuslist.List{ID: "a"}, 5))
	if got := gaps(t, open(t, path), lists{"a": {ID: "a", Next: 4}}); len(got) != 1 || got[0].Mark.List.Next != 5 || got[0].Mark.List.URL != "u" {
		t.Errorf("after a torn record: %+v", got)
	}
}

func TestAFileThatCannotBeUsedIsSaid(t *testing.T) {
	if _, err := ledger.Open(t.TempDir()); fault.Describe(err).Code != "ledger.unavailable" {
		t.Errorf("a folder: %v", err)
	}
	l := open(t, filepath.Join(t.TempDir(), "status.ledger"))
	note(t, l.Close())
	if err := l.Claimed(statuslist.List{ID: "a"}, 1); fault.Describe(err).Code != "ledger.unavailable" {
		t.Errorf("a closed file: %v", err)
	}
}

// FuzzOpen holds that whatever stands in the file, opening it works, and what is noted then is known after a restart.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("{\"list\":\"a\",\"next\":3}\n"))
	f.Add([]byte("{\"list\":\"a\",\"bits\":[[1,2],[3]]}\n\x00{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "l")
		note(t, os.WriteFile(path, data, 0o600))
		l := open(t, path)
		note(t, l.Claimed(statuslist.List{ID: "fresh list", URL: "u"}, 77))
		for _, g := range gaps(t, open(t, path), lists{}) {
			if g.Mark.List.ID == "fresh list" && g.Mark.List.Next >= 77 {
				return
			}
		}
		t.Error("what was noted is not known")
	})
}

// place puts a copy of a file where another was, as tools for backups do: with the times of the original, or without.
func place(t *testing.T, from, to string, keepTimes bool) {
	t.Helper()
	data, err := os.ReadFile(from)
	note(t, err)
	info, err := os.Stat(from)
	note(t, err)
	note(t, os.RemoveAll(to), os.WriteFile(to, data, 0o600))
	if keepTimes {
		note(t, os.Chtimes(to, info.ModTime(), info.ModTime()))
	}
}

// grown is a file whose last record is a minute old, as far as the file and its record can be made to say so.
func grown(t *testing.T, age time.Duration) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "status.ledger")
	l := open(t, path)
	note(t, l.Claimed(statuslist.List{ID: "a", IssuerID: "iss", Purpose: "revocation", URL: "https://x.example/status/a", Size: 131_072}, 3), l.Close())
	data, err := os.ReadFile(path)
	note(t, err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	var last map[string]any
	note(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	then := time.Now().Add(-age).UTC()
	last["at"] = then
	changed, err := json.Marshal(last)
	note(t, err)
	lines[len(lines)-1] = string(changed) + "\n"
	note(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600), os.Chtimes(path, then, then)) // in place: the number stays
	return path
}

// What a crash, an owner and time do to the file is no copy; what puts the file there is one, until somebody decides.
func TestAFileThatWasPutThereIsKnown(t *testing.T) {
	for name, row := range map[string]struct {
		happens func(t *testing.T, path string)
		want    ledger.Origin
	}{
		"nothing": {func(*testing.T, string) {}, ledger.Kept},
		"it is given to another owner, and other rights": {func(t *testing.T, path string) {
			note(t, os.Chmod(path, 0o640), os.Chown(path, os.Getuid(), os.Getgid()))
		}, ledger.Kept},
		"a crash tears a record": {func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			note(t, err)
			_, err = f.WriteString(`{"list":"a","ne`)
			note(t, err, f.Close())
		}, ledger.Kept},
		"the folder is renamed, with everything in it": {func(t *testing.T, path string) {
			dir := filepath.Dir(path)
			note(t, os.Rename(dir, dir+"-moved"), os.Rename(dir+"-moved", dir))
		}, ledger.Kept},
		"a copy with the times of the original": {func(t *testing.T, path string) { aside(t, path); place(t, path+".bak", path, true) }, ledger.Placed},
		"a copy with times of its own":          {func(t *testing.T, path string) { aside(t, path); place(t, path+".bak", path, false) }, ledger.Placed},
		"a copy when the original is gone (its number is given again)": {func(t *testing.T, path string) {
			place(t, path, path+".bak", true)
			note(t, os.Remove(path))
			place(t, path+".bak", path, true)
		}, ledger.Placed},
		"an older file is written over it": {func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			note(t, err, os.WriteFile(path, data, 0o600))
		}, ledger.Placed},
		"a copy that was made before is put back": {func(t *testing.T, path string) {
			place(t, path, path+".bak", true)
			note(t, os.Rename(path+".bak", path))
		}, ledger.Placed},
		"it is gone": {func(t *testing.T, path string) { note(t, os.Remove(path)) }, ledger.Begun},
	} {
		t.Run(name, func(t *testing.T) {
			path := grown(t, time.Minute)
			row.happens(t, path)
			if got := open(t, path).Origin(); got != row.want {
				t.Errorf("it is %d, want %d", got, row.want)
			}
		})
	}
}

// aside moves the file away, so that a copy in its place has another number.
func aside(t *testing.T, path string) {
	t.Helper()
	note(t, os.Rename(path, path+".bak"))
}

// A doubt outlives restarts, and ends when an operator has decided.
func TestADoubtLastsUntilItIsSettled(t *testing.T) {
	path := grown(t, time.Minute)
	aside(t, path)
	place(t, path+".bak", path, true)
	for range 2 {
		l := open(t, path)
		if l.Origin() != ledger.Placed || time.Since(l.LastKnown()) < time.Minute {
			t.Fatalf("%d, known until %s", l.Origin(), l.LastKnown())
		}
		note(t, l.Distrust(), l.Distrust())
		for _, id := range []string{"", "a", "another"} {
			if err := l.Behind(id); fault.Describe(err).Code != "status.copied" {
				t.Errorf("%q: %v", id, err)
			}
		}
		note(t, l.Close())
	}
	l := open(t, path)
	note(t, l.Settle())
	if err := l.Behind("a"); err != nil || l.Distrusted() {
		t.Errorf("settled: %v", err)
	}
	note(t, l.Close())
	again := open(t, path)
	if again.Origin() != ledger.Kept || again.Distrusted() || again.Behind("") != nil {
		t.Errorf("after that: %d", again.Origin())
	}
	if marks := gaps(t, again, lists{"a": {ID: "a", Next: 2}}); len(marks) != 1 {
		t.Errorf("what it knew is gone: %+v", marks)
	}
}
