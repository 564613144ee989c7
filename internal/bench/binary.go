package bench

import (
	"fmt"
	"os"
	"time"
)

// Goals of size stand in the outcome's Goal together with the figure, because Ours is a time.
const (
	sizeGoal   = 30_000_000
	memoryGoal = 32 << 20
	startGoal  = 40 * time.Millisecond
	starts     = 9
	// rest is how long the program is left alone before its memory is read: the collector gives memory back by and by.
	rest = 3 * time.Second
)

// Binary measures what only the whole program has: its size, the time from its start on an existing database to the first
// answer, its memory when idle, and awards over HTTP.
func Binary(c Config, path string) ([]Outcome, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	outcomes := []Outcome{{
		Name: "size of the binary", Met: info.Size() <= sizeGoal,
		Goal: fmt.Sprintf("%.1f MB, ≤ %d MB", float64(info.Size())/1e6, sizeGoal/1_000_000),
	}}
	dir, err := os.MkdirTemp("", "laurel-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	running, err := startAndRest(path, dir)
	if err != nil {
		return nil, err
	}
	awards, err := awardsOverHTTP(c, path, dir)
	if err != nil {
		return nil, fmt.Errorf("awards over HTTP: %w", err)
	}
	return append(append(outcomes, running...), awards), nil
}

// startAndRest starts the program once, so that there is a database, and then measures later starts.
func startAndRest(path, dir string) ([]Outcome, error) {
	if _, _, err := oneStart(path, dir, 0); err != nil {
		return nil, fmt.Errorf("first start: %w", err)
	}
	var times []float64
	for range starts {
		took, _, err := oneStart(path, dir, 0)
		if err != nil {
			return nil, fmt.Errorf("start on an existing database: %w", err)
		}
		times = append(times, float64(took))
	}
	_, memory, err := oneStart(path, dir, rest)
	if err != nil {
		return nil, fmt.Errorf("memory when idle: %w", err)
	}
	took := time.Duration(median(times))
	return []Outcome{
		{Name: "start to first answer (by the clock)", Ours: took, Met: took <= startGoal, Goal: "≤ " + startGoal.String()},
		{
			Name: "memory when idle (without the program's file)", Met: memory <= memoryGoal,
			Goal: fmt.Sprintf("%.1f MiB, ≤ %d MiB", float64(memory)/(1<<20), memoryGoal>>20),
		},
	}, nil
}

// oneStart starts the program, waits for its first answer, lets it rest, reads its memory and stops it.
func oneStart(path, dir string, pause time.Duration) (took time.Duration, resident int64, err error) {
	begin := time.Now()
	s, err := launch(path, dir)
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(begin)
	time.Sleep(pause)
	if resident, err = s.residentMemory(); err != nil {
		return 0, 0, err
	}
	return took, resident, s.stop()
}
