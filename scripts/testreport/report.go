package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// corpusPrefix begins the message of every skip that CI allows.
const corpusPrefix = "corpus:"

// event is one line of `go test -json` (go doc test2json), as far as it is used here.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output and build-fail
	Test       string
	Output     string
}

type testKey struct{ pkg, test string }

// report gathers the events of one run.
type report struct {
	out                     io.Writer
	said                    map[testKey][]string // output of tests that still run
	failedTests             map[string]int       // by package
	skips                   map[string]int       // how many tests gave this reason
	passed, failed, skipped int
	packages                int
}

func newReport(out io.Writer) *report {
	return &report{out: out, said: map[testKey][]string{}, failedTests: map[string]int{}, skips: map[string]int{}}
}

// read takes events until the end of in. A line that is no event is shown as it is: the go command writes such lines
// when it cannot even begin.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
	}
}

func (r *report) line(line []byte) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
		r.print(string(line))
		return
	}
	k := testKey{e.Package, e.Test}
	switch e.Action {
	case "output":
		if e.Test == "" {
			r.packageOutput(e.Output)
			return
		}
		r.said[k] = append(r.said[k], e.Output)
	case "build-output":
		r.print(e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.packageEnd(e)
			return
		}
		r.testEnd(k, e.Action)
	}
}

// packageOutput shows go test's line for a package and what the package said outside any test (a panic, a race), but not
// the bare PASS line nor the packages that have no tests.
func (r *report) packageOutput(text string) {
	if text == "PASS\n" || strings.HasPrefix(text, "?   ") || strings.Contains(text, "coverage: 0.0% of statements\n") {
		return
	}
	r.print(text)
}

func (r *report) packageEnd(e event) {
	if e.Action != "skip" {
		r.packages++
	}
	if e.Action == "fail" && r.failedTests[e.Package] == 0 {
		r.failed++ // did not build, panicked, or ended early: no single test stands for it
	}
	for k, said := range r.said {
		if k.pkg != e.Package {
			continue
		}
		if e.Action == "fail" { // a test that never ended: what it said explains the panic or the time-out
			r.print(strings.Join(said, ""))
		}
		delete(r.said, k)
	}
}

func (r *report) testEnd(k testKey, action string) {
	said := r.said[k]
	delete(r.said, k)
	switch action {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		r.failedTests[k.pkg]++
		r.print(strings.Join(said, ""))
	case "skip":
		r.skipped++
		r.skips[skipReason(said)]++
	}
}

// skipReason returns what the test gave to t.Skip: its last line that begins with "file.go:12: ".
func skipReason(said []string) string {
	place := regexp.MustCompile(`^\s+\S+\.go:\d+: `)
	for _, line := range slices.Backward(said) {
		if at := place.FindStringIndex(line); at != nil {
			return strings.TrimSpace(line[at[1]:])
		}
	}
	return "no reason given"
}

// finish prints the reasons of skips and the counts. It reports whether the run may be called green.
func (r *report) finish(ci bool) bool {
	green := r.failed == 0
	reasons := make([]string, 0, len(r.skips))
	for reason := range r.skips {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		r.print(fmt.Sprintf("skipped %d: %s\n", r.skips[reason], reason))
		if ci && !strings.HasPrefix(reason, corpusPrefix) {
			r.print("  CI allows no skipped test but for the absence of the corpus\n")
			r.failed += r.skips[reason]
			r.skipped -= r.skips[reason]
			green = false
		}
	}
	if r.passed+r.failed == 0 {
		r.print("no test ran\n")
		r.failed, green = 1, false
	}
	r.print(fmt.Sprintf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped))
	return green
}

func (r *report) print(text string) { _, _ = io.WriteString(r.out, text) }
