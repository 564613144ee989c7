package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	awards, err := awardsOnBoth(c, path, dir)
	return slices.Concat(outcomes, running, awards), err
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
	s, err := launch(path, dir, "")
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

// awardsOnBoth measures awards on SQLite and on a PostgreSQL server of our own. Where PostgreSQL is missing the line says so.
func awardsOnBoth(c Config, path, dir string) ([]Outcome, error) {
	lite, err := awardsOverHTTP(c, path, dir, sqliteIn(dir))
	if err != nil {
		return nil, fmt.Errorf("awards over HTTP: %w", err)
	}
	pg, err := startPostgres()
	if errors.Is(err, errNoPostgres) {
		return []Outcome{lite, {Name: "award over HTTP, durable, PostgreSQL", Goal: "not measured: " + err.Error()}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	defer func() { _ = pg.stop() }()
	folder := filepath.Join(dir, "beside-postgresql")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	large, err := awardsOverHTTP(c, path, folder, postgresAt(pg.url))
	if err != nil {
		return nil, fmt.Errorf("awards over HTTP: %w", err)
	}
	return []Outcome{lite, large}, nil
}
