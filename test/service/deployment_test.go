package service_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds whatever is waited for; a server under the race detector on a busy machine is slow.
const patience = 90 * time.Second

// deployment is a data folder with its database, and the settings with which programs run on it.
type deployment struct {
	binary      string
	dir         string // working directory of its programs
	data        string
	database    string   // "" for SQLite
	flags       []string // of serve, beside --data, --database and --listen
	environment []string // LAUREL_… of its programs
	base        string   // where the last server was reached, "http://localhost:…"
	listen      string
	running     *server
}

// deploy prepares a deployment; nothing runs yet.
func deploy(t *testing.T, database string, flags ...string) *deployment {
	t.Helper()
	dir := t.TempDir()
	return &deployment{binary: binary(t), dir: dir, data: filepath.Join(dir, "data"), database: database, flags: flags, listen: "127.0.0.1:0"}
}

// place is how a command finds this deployment.
func (d *deployment) place() []string {
	args := []string{"--data", d.data}
	if d.database != "" {
		args = append(args, "--database", d.database)
	}
	return args
}

// environment is ours without any setting of Laurel.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LAUREL_") {
			env = append(env, v)
		}
	}
	return env
}

// outcome is how a command ended.
type outcome struct {
	code        int
	out, errors string
}

// command runs a command of the binary to its end.
func (d *deployment) command(t *testing.T, stdin []byte, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = d.dir, append(environment(), d.environment...), bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("laurel %s: %v", strings.Join(args, " "), err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs a command on this deployment that has to succeed, and returns what it printed.
func (d *deployment) must(t *testing.T, args ...string) string {
	t.Helper()
	o := d.command(t, nil, append(args, d.place()...)...)
	if o.code != 0 {
		t.Fatalf("laurel %s: exit code %d\n%s%s", strings.Join(args, " "), o.code, o.out, o.errors)
	}
	return o.out
}

// server is a running "laurel serve".
type server struct {
	cmd   *exec.Cmd
	ended chan error
	hello string // what it printed until it was ready
	log   *logText
}

// start starts the server and returns when it has said where it is reached. The first start takes a free port; later ones
// take the same again, because the identity of the issuers hangs on it.
func (d *deployment) start(t *testing.T) *server {
	t.Helper()
	s := &server{
		cmd:   exec.Command(d.binary, append(append([]string{"serve", "--listen", d.listen}, d.place()...), d.flags...)...),
		ended: make(chan error, 1), log: &logText{},
	}
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = d.dir, append(environment(), d.environment...), s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.running = s
	t.Cleanup(s.kill)
	ready := make(chan string, 1)
	go func() {
		ready <- untilReady(stdout)
		_, _ = io.Copy(io.Discard, stdout)
		s.ended <- s.cmd.Wait()
	}()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case s.hello = <-ready:
	case <-limit.C:
		t.Fatalf("the server said nothing for %s:\n%s", patience, s.log)
	}
	_, rest, found := strings.Cut(s.hello, "Laurel is running at ")
	if !found {
		t.Fatalf("the server did not start: %s\n%s", s.hello, s.log)
	}
	d.base, _, _ = strings.Cut(rest, "\n")
	if port := strings.LastIndexByte(d.base, ':'); port > len("http") {
		d.listen = "127.0.0.1" + d.base[port:]
	}
	return s
}

// untilReady reads the greeting up to its last address.
func untilReady(r io.Reader) string {
	var text strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fmt.Fprintln(&text, lines.Text())
		if strings.HasPrefix(lines.Text(), "    http") && strings.HasSuffix(lines.Text(), "/api") {
			break
		}
	}
	return text.String()
}

// kill ends the server without a chance to finish anything. Killing twice is no error.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	s.ended <- <-s.ended
}

// stop asks the server to end, and waits until it has.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			t.Errorf("the server ended with %v:\n%s", err, s.log)
		}
	case <-limit.C:
		t.Fatalf("the server did not end:\n%s", s.log)
	}
	if strings.Contains(s.log.String(), "DATA RACE") {
		t.Errorf("the race detector found:\n%s", s.log)
	}
}

// logText keeps what a server logged.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
