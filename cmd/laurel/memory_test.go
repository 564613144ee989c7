package main

import (
	"math"
	"runtime/debug"
	"testing"
)

// TestMemoryIsCollectedInTime: R13. Collecting seldom makes a little memory fast and much memory much more, so there is an end to
// it, unless the operator says otherwise.
func TestMemoryIsCollectedInTime(t *testing.T) {
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	})
	for name, row := range map[string]struct {
		set  string
		want int64
	}{
		"as it is":                    {"", softMemory},
		"when the operator said much": {"8GiB", math.MaxInt64},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		t.Setenv("GOMEMLIMIT", row.set)
		collectSeldom()
		if got := debug.SetMemoryLimit(-1); got != row.want {
			t.Errorf("%s: %d", name, got)
		}
		if got := debug.SetGCPercent(gcPercent); got != gcPercent {
			t.Errorf("%s: collected at %d percent", name, got)
		}
	}
}
