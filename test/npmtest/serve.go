package npmtest

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"testing"
)

// Served is a script of test/npm that runs until the test ends and writes lines of JSON.
type Served struct {
	t     testing.TB
	lines chan []byte
}

// Serve starts test/npm/script with settings as one line of JSON on its standard input, which stays open until the test ends.
func Serve(t testing.TB, script string, settings any) *Served {
	t.Helper()
	dir := Dir(t)
	line, err := json.Marshal(settings)
	if err != nil {
		t.Fatalf("settings of %s: %v", script, err)
	}
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // it is ended, or ended itself; neither is news
	})
	if _, err := in.Write(append(line, '\n')); err != nil {
		t.Fatalf("settings of %s: %v", script, err)
	}
	s := &Served{t: t, lines: make(chan []byte, 100)}
	go s.read(out)
	return s
}

func (s *Served) read(r io.Reader) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 4<<20)
	for in.Scan() {
		s.lines <- append([]byte{}, in.Bytes()...)
	}
	close(s.lines)
}

// Next waits for the next line and decodes it into out. A script that ended fails the test.
func (s *Served) Next(out any) {
	s.t.Helper()
	line, ok := <-s.lines
	if !ok {
		s.t.Fatal("the script ended")
	}
	if err := json.Unmarshal(line, out); err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
}

// Waiting is how many lines have come that nobody read.
func (s *Served) Waiting() int { return len(s.lines) }
