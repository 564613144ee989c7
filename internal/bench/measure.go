// Package bench owns the measurements behind `make bench`: pairs of jobs, measured in turn in one run as CPU time, and
// reported as the median of their ratios.
//
// It refuses absolute figures where a ratio will do: on a shared machine only two things measured side by side can be
// compared. Where a goal is absolute all the same (a picture in half a millisecond), the yardstick that stands beside it
// says how fast the machine was.
package bench

import (
	"fmt"
	"slices"
	"syscall"
	"time"
)

// Job does one unit of work n times. An error ends the measurement.
type Job func(n int) error

// Pair is a job of ours beside the job that it is judged by, with the goal for the ratio of their costs.
type Pair struct {
	Name string
	Ours Job
	Base Job
	// Most is the highest allowed ratio of our cost to the base's. A goal for rates, "at least 0.9 of the base's rate", is
	// a goal of 1/0.9 for costs.
	Most float64
	Note string // what the base is, in a few words
}

// Single is a job of ours with an absolute goal.
type Single struct {
	Name string
	Ours Job
	Most time.Duration // of CPU time for one unit
}

// Config says how long to measure. The zero Config measures 15 rounds of 40 ms for each job.
type Config struct {
	Rounds int
	Slice  time.Duration                 // CPU time of one job in one round
	CPU    func() (time.Duration, error) // CPU time that the process has used so far; by default asked of the system
}

func (c Config) withDefaults() Config {
	if c.Rounds == 0 {
		c.Rounds = 15
	}
	if c.Slice == 0 {
		c.Slice = 40 * time.Millisecond
	}
	if c.CPU == nil {
		c.CPU = processCPU
	}
	return c
}

// Outcome is what was measured of a Pair or a Single. Base and Ratio are zero for a Single.
type Outcome struct {
	Name  string
	Ours  time.Duration // median CPU time of one unit
	Base  time.Duration
	Ratio float64 // median over the rounds of ours to base
	Met   bool
	Goal  string
}

// Pair measures p: each round runs both jobs one after the other, ours first in even rounds and second in odd ones.
func (c Config) Pair(p Pair) (Outcome, error) {
	c = c.withDefaults()
	nOurs, err := c.calibrate(p.Ours)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	nBase, err := c.calibrate(p.Base)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s, its base: %w", p.Name, err)
	}
	var ours, base, ratios []float64
	for round := range c.Rounds {
		a, b, err := c.round(p, nOurs, nBase, round%2 == 0)
		if err != nil {
			return Outcome{}, fmt.Errorf("%s: %w", p.Name, err)
		}
		ours, base, ratios = append(ours, a), append(base, b), append(ratios, a/b)
	}
	ratio := median(ratios)
	return Outcome{
		Name: p.Name, Ours: time.Duration(median(ours)), Base: time.Duration(median(base)), Ratio: ratio, Met: ratio <= p.Most,
		Goal: fmt.Sprintf("≤ %.2f × %s", p.Most, p.Note),
	}, nil
}

// round returns the cost of one unit of each job in nanoseconds.
func (c Config) round(p Pair, nOurs, nBase int, oursFirst bool) (ours, base float64, err error) {
	if oursFirst {
		if ours, err = c.cost(p.Ours, nOurs); err != nil {
			return 0, 0, err
		}
		base, err = c.cost(p.Base, nBase)
		return ours, base, err
	}
	if base, err = c.cost(p.Base, nBase); err != nil {
		return 0, 0, err
	}
	ours, err = c.cost(p.Ours, nOurs)
	return ours, base, err
}

// Single measures s.
func (c Config) Single(s Single) (Outcome, error) {
	c = c.withDefaults()
	n, err := c.calibrate(s.Ours)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	var costs []float64
	for range c.Rounds {
		cost, err := c.cost(s.Ours, n)
		if err != nil {
			return Outcome{}, fmt.Errorf("%s: %w", s.Name, err)
		}
		costs = append(costs, cost)
	}
	ours := time.Duration(median(costs))
	return Outcome{Name: s.Name, Ours: ours, Met: ours <= s.Most, Goal: "≤ " + s.Most.String()}, nil
}

// calibrate returns how many units of j fill a slice; it also warms the caches.
func (c Config) calibrate(j Job) (int, error) {
	for n := 1; ; n *= 2 {
		cost, err := c.cost(j, n)
		if err != nil {
			return 0, err
		}
		if total := cost * float64(n); total*2 >= float64(c.Slice) || n >= 1<<30 {
			return max(1, int(float64(c.Slice)/max(cost, 1))), nil
		}
	}
}

// cost returns the CPU time of one of n units in nanoseconds, what the garbage collector does meanwhile included.
func (c Config) cost(j Job, n int) (float64, error) {
	before, err := c.CPU()
	if err != nil {
		return 0, err
	}
	if err := j(n); err != nil {
		return 0, err
	}
	after, err := c.CPU()
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(n), nil
}

// processCPU returns user and system time of all threads of this process.
func processCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("CPU time: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// median returns the middle of values, the mean of the two middle ones for an even count, 0 for none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
