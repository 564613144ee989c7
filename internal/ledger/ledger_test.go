package ledger_test

import (
	"context"
	"os"
	"path/filepath"
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
