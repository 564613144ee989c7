package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/issuer"
)

func testStatistics(t *testing.T, f *Fixture) {
	one, two := f.School("one"), f.School("two")
	monday := issuer.WeekOf(Start())
	stored := func(s School, at time.Time) {
		a := f.Award(s)
		a.CreatedAt = at
		f.must(f.Insert(a))
	}
	stored(one, monday.Add(-time.Microsecond)) // the week before the first
	stored(one, monday)
	stored(one, monday.AddDate(0, 0, 7).Add(-time.Microsecond))
	stored(one, monday.AddDate(0, 0, 7))
	stored(two, monday.AddDate(0, 0, 20))
	for range 2 {
		f.must(f.Store.AddTally(f.ctx, one.Issuer.ID, monday, 3))
	}
	f.must(f.Store.AddTally(f.ctx, two.Issuer.ID, monday, 1))
	for name, c := range map[string]struct {
		issuers                  []string
		awarded, verified, kinds []int
	}{
		"all":       {nil, []int{2, 1, 1}, []int{7, 0, 0}, []int{3, 1}},
		"one":       {[]string{one.Issuer.ID}, []int{2, 1, 0}, []int{6, 0, 0}, []int{3}},
		"no issuer": {[]string{}, []int{0, 0, 0}, []int{0, 0, 0}, nil},
	} {
		got, err := f.Store.Statistics(f.ctx, c.issuers, monday, monday.AddDate(0, 0, 21))
		f.must(err)
		var awarded, verified, kinds []int
		for _, w := range got.Weeks {
			awarded, verified = append(awarded, w.Awarded), append(verified, w.Verified)
		}
		for _, k := range got.ByAchievement {
			kinds = append(kinds, k.N)
		}
		if d := cmp.Diff([][]int{c.awarded, c.verified, c.kinds}, [][]int{awarded, verified, kinds}); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if got, err := f.Store.Statistics(f.ctx, nil, monday, monday); err != nil || len(got.Weeks) != 0 {
		t.Errorf("no time at all: %+v, %v", got, err)
	}
}
