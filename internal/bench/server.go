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
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the program, running on a port of loopback with its data in a folder of its own.
type server struct {
	cmd   *exec.Cmd
	base  string
	ended chan error
	log   *bytes.Buffer
}

// launch starts the program with its data in dir, on a PostgreSQL database if one is named, and returns once /healthz
// answers. The issuer's identity is that of the default address whatever the port, so that one folder serves many starts.
func launch(path, dir, database string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{
		cmd: exec.Command(path, "serve"), base: fmt.Sprintf("http://127.0.0.1:%d", port),
		ended: make(chan error, 1), log: &bytes.Buffer{},
	}
	s.cmd.Dir = dir
	s.cmd.Env = append(environment(dir, database), fmt.Sprintf("LAUREL_LISTEN=127.0.0.1:%d", port))
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	if err := s.firstAnswer(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func environment(dir, database string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LAUREL_") {
			env = append(env, v)
		}
	}
	if database != "" {
		env = append(env, "LAUREL_DATABASE="+database)
	}
	return append(env, "LAUREL_DATA="+filepath.Join(dir, "data"), "LAUREL_BASE_URL=http://localhost:8080",
		"LAUREL_RATE_LIMIT=0", "LAUREL_RATE_LIMIT_TOKEN=0")
}

func (s *server) firstAnswer() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/healthz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			return res.Body.Close()
		}
		select {
		case end := <-s.ended:
			s.ended <- end
			return fmt.Errorf("it ended before its first answer (%w) and said: %s", end, s.log)
		case <-ctx.Done():
			return fmt.Errorf("first answer: %w", ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// stop lets the program finish its work and waits for its end.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	end := <-s.ended
	s.ended <- end
	return end
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
func (s *server) residentMemory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
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
