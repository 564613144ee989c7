package bench_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/bench"
)

// clock is a made-up CPU clock that jobs move.
type clock struct{ now time.Duration }

func (c *clock) cpu() (time.Duration, error) { return c.now, nil }

func (c *clock) job(cost time.Duration) bench.Job {
	return func(n int) error { c.now += time.Duration(n) * cost; return nil }
}

func TestPairGivesTheMedianRatio(t *testing.T) {
	tests := []struct {
		name       string
		ours, base time.Duration
		most       float64
		met        bool
	}{
		{"below the goal", 150, 100, 2.2, true},
		{"exactly the goal", 220, 100, 2.2, true},
		{"above the goal", 230, 100, 2.2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &clock{}
			got, err := bench.Config{CPU: c.cpu}.Pair(bench.Pair{Name: "x", Ours: c.job(tt.ours), Base: c.job(tt.base), Most: tt.most})
			if err != nil {
				t.Fatal(err)
			}
			if got.Ratio != float64(tt.ours)/float64(tt.base) || got.Met != tt.met || got.Ours != tt.ours || got.Base != tt.base {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestOneBadRoundDoesNotMoveTheMedian(t *testing.T) {
	c := &clock{}
	calls := 0
	ours := func(n int) error {
		calls++
		c.now += time.Duration(n) * time.Microsecond
		if calls%7 == 0 {
			c.now += time.Second // somebody else's work
		}
		return nil
	}
	got, err := bench.Config{CPU: c.cpu}.Pair(bench.Pair{Ours: ours, Base: c.job(time.Microsecond), Most: 1.01})
	if err != nil || !got.Met {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSingle(t *testing.T) {
	c := &clock{}
	for most, met := range map[time.Duration]bool{time.Millisecond: true, time.Microsecond: false} {
		got, err := bench.Config{CPU: c.cpu}.Single(bench.Single{Ours: c.job(100 * time.Microsecond), Most: most})
		if err != nil || got.Met != met || got.Ours != 100*time.Microsecond {
			t.Errorf("goal %v: got %+v, %v", most, got, err)
		}
	}
}

func TestAFailingJobEndsTheMeasurement(t *testing.T) {
	broken := errors.New("broken")
	job := func(int) error { return broken }
	if _, err := (bench.Config{}).Single(bench.Single{Ours: job}); !errors.Is(err, broken) {
		t.Errorf("Single: %v", err)
	}
	if _, err := (bench.Config{}).Pair(bench.Pair{Ours: job, Base: job}); !errors.Is(err, broken) {
		t.Errorf("Pair: %v", err)
	}
}

func TestReportMarksWhatWasMissed(t *testing.T) {
	var out bytes.Buffer
	missed := bench.Report(&out, []bench.Outcome{
		{Name: "good", Ours: time.Microsecond, Base: time.Microsecond, Ratio: 1, Met: true, Goal: "≤ 2.00 × raw"},
		{Name: "bad", Ours: time.Second, Met: false, Goal: "≤ 1ms"},
	})
	if missed != 1 || !strings.Contains(out.String(), "MISSED") {
		t.Errorf("missed %d in\n%s", missed, out.String())
	}
}
