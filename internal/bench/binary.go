package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	sizeGoal   = 30 << 20
	memoryGoal = 32 << 20
	startGoal  = 40 * time.Millisecond
	starts     = 9
	// rest is how long the program is left alone before its memory is read: the collector gives memory back by and by.
	rest = 3 * time.Second
)

func sizeOf(path string) (Outcome, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Outcome{}, err
	}
	return amount("size of the binary", info.Size(), sizeGoal), nil
}

// amount makes an Outcome of bytes; Goal carries the figure, because Ours is a time.
func amount(name string, bytes, most int64) Outcome {
	const mib = 1 << 20
	return Outcome{
		Name: name, Met: bytes <= most,
		Goal: fmt.Sprintf("%.1f MiB, ≤ %d MiB", float64(bytes)/mib, most/mib),
	}
}

// startAndRest starts the program on a fresh folder once, so that there is a database, and then measures later starts.
func startAndRest(path string) ([]Outcome, error) {
	dir, err := os.MkdirTemp("", "laurel-bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if _, _, err := oneStart(path, dir, 0); err != nil {
		return nil, fmt.Errorf("first start: %w", err)
	}
	var times []float64
	var memory int64
	for i := range starts {
		var pause time.Duration
		if i == starts-1 {
			pause = rest
		}
		took, resident, err := oneStart(path, dir, pause)
		if err != nil {
			return nil, fmt.Errorf("start on an existing database: %w", err)
		}
		times, memory = append(times, float64(took)), resident
	}
	took := time.Duration(median(times))
	return []Outcome{
		{Name: "start to first answer (by the clock)", Ours: took, Met: took <= startGoal, Goal: "≤ " + startGoal.String()},
		amount("memory when idle (resident, without the program's file)", memory, memoryGoal),
	}, nil
}

// oneStart starts the program, waits for its first answer and stops it.
func oneStart(path, dir string, pause time.Duration) (took time.Duration, resident int64, err error) {
	port, err := freePort()
	if err != nil {
		return 0, 0, err
	}
	var log bytes.Buffer
	cmd := exec.Command(path, "serve")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LAUREL_DATA="+dir+"/data", fmt.Sprintf("LAUREL_LISTEN=127.0.0.1:%d", port),
		"LAUREL_BASE_URL=http://localhost:8080")
	cmd.Stdout, cmd.Stderr = &log, &log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err = errors.Join(err, <-ended)
	}()
	if err := firstAnswer(fmt.Sprintf("http://127.0.0.1:%d/healthz", port), ended); err != nil {
		return 0, 0, fmt.Errorf("%w; it said: %s", err, log.String())
	}
	took = time.Since(begin)
	time.Sleep(pause)
	resident, err = residentMemory(cmd.Process.Pid)
	return took, resident, err
}

func firstAnswer(url string, ended chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			return res.Body.Close()
		}
		select {
		case end := <-ended:
			ended <- end
			return fmt.Errorf("it ended before its first answer: %w", end)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(port)
	return n, errors.Join(err, l.Close())
}

// residentMemory reads RssAnon of /proc: pages of the process's own. Pages of the program's file do not count; the system
// drops and rereads them as it likes.
func residentMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no RssAnon in the process's status")
}
