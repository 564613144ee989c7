// Package laureltest owns running Laurel's real binary in tests: build it, start it on loopback, talk to its API, stop it,
// kill it. It refuses to reach anything but the server that it started.
package laureltest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/pgtest"
)

const (
	buildDeadline = 5 * time.Minute
	startDeadline = time.Minute
	stopDeadline  = 30 * time.Second
)

// Build compiles cmd/laurel and returns the path of the binary. LAUREL_BINARY names one that is built already.
func Build(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("LAUREL_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "laurel")
	ctx, cancel := context.WithTimeout(t.Context(), buildDeadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nomsgpack,nopgxregisterdefaulttypes", "-o", path, "./cmd/laurel")
	cmd.Dir = corpus.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build of the binary: %v\n%s", err, out)
	}
	return path
}

// Deployment is one data folder with one database and one address; servers come and go on it.
type Deployment struct {
	Binary string
	Base   string // "http://127.0.0.1:…", the same for every server, because the issuer's identity is tied to it
	env    []string
	dir    string
}

// New prepares a deployment in a temporary folder: SQLite for an empty database, else that PostgreSQL URL. Settings are
// "NAME=value" for the environment, such as "LAUREL_DEMO=on", which is off otherwise.
func New(t testing.TB, binary, database string, settings ...string) *Deployment {
	t.Helper()
	port := pgtest.FreePort(t)
	d := &Deployment{Binary: binary, Base: fmt.Sprintf("http://127.0.0.1:%d", port), dir: t.TempDir()}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LAUREL_") {
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env,
		"LAUREL_DATA="+filepath.Join(d.dir, "data"), fmt.Sprintf("LAUREL_LISTEN=127.0.0.1:%d", port), "LAUREL_BASE_URL="+d.Base,
		"LAUREL_DEMO=off", "LAUREL_RATE_LIMIT=0", "LAUREL_RATE_LIMIT_TOKEN=0")
	if database != "" {
		d.env = append(d.env, "LAUREL_DATABASE="+database)
	}
	d.env = append(d.env, settings...)
	return d
}

// At gives the deployment another host name for the address of this machine, such as "localhost", before its first server starts.
func (d *Deployment) At(host string) *Deployment {
	d.Base = strings.Replace(d.Base, "127.0.0.1", host, 1)
	d.env = append(d.env, "LAUREL_BASE_URL="+d.Base)
	return d
}

// Command runs the binary with args in this deployment and returns its standard output. A status other than 0 fails the test.
func (d *Deployment) Command(t testing.TB, args ...string) string {
	t.Helper()
	stdout, stderr, code := d.Run(t, args...)
	if code != 0 {
		t.Fatalf("laurel %s: status %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// Run runs the binary with args in this deployment and returns what it wrote and its status.
func (d *Deployment) Run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startDeadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.Binary, args...)
	cmd.Dir, cmd.Env = d.dir, d.env
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("laurel %s: %v", strings.Join(args, " "), err)
	}
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// Server is one running process.
type Server struct {
	cmd   *exec.Cmd
	ended chan error
	log   *tail
}

// Start starts "laurel serve" and returns when /readyz answers 200. The test's end stops the server if nothing did before.
func (d *Deployment) Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{cmd: exec.Command(d.Binary, "serve"), ended: make(chan error, 1), log: &tail{}}
	s.cmd.Dir, s.cmd.Env = d.dir, d.env
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start of the server: %v", err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	t.Cleanup(func() { s.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), startDeadline)
	defer cancel()
	if err := s.awaitReady(ctx, d.Base+"/readyz"); err != nil {
		t.Fatalf("the server does not get ready: %v\n%s", err, s.log)
	}
	return s
}

func (s *Server) awaitReady(ctx context.Context, url string) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		status, err := status(ctx, url)
		if status == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("last answer %d (%w)", status, errors.Join(err, ctx.Err()))
		case end := <-s.ended:
			s.ended <- end
			return fmt.Errorf("it ended: %w", errors.Join(end, err))
		case <-again.C:
		}
	}
}

func status(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// Kill sends SIGKILL and waits for the end of the process: it gets no chance to finish anything. Killing twice is no error.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	s.ended <- <-s.ended
}

// Stop sends SIGTERM and returns how the server ended; an error after 30 seconds without an end.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop of the server: %w", err)
	}
	timer := time.NewTimer(stopDeadline)
	defer timer.Stop()
	select {
	case end := <-s.ended:
		s.ended <- end
		return end
	case <-timer.C:
		s.Kill()
		return errors.New("the server did not end")
	}
}

// Log returns the last lines that the server wrote.
func (s *Server) Log() string { return s.log.String() }

// tail keeps the last lines that are written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 64 << 10

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	if over := len(w.buf) - tailBytes; over > 0 {
		w.buf = append(w.buf[:0], w.buf[over:]...)
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.buf)
}

// lastWord returns the last word of the last line of text that is not empty.
func lastWord(text string) string {
	word := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 {
			word = fields[len(fields)-1]
		}
	}
	return word
}
