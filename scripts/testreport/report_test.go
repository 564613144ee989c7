package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	pass := `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
	skip := func(why string) string {
		return `{"Action":"output","Package":"p","Test":"TestS","Output":"    s_test.go:7: ` + why + `\n"}` + "\n" +
			`{"Action":"output","Package":"p","Test":"TestS","Output":"--- SKIP: TestS (0.00s)\n"}` + "\n" +
			`{"Action":"skip","Package":"p","Test":"TestS"}` + "\n"
	}
	tests := []struct {
		name  string
		in    string
		ci    bool
		green bool
		last  string
		says  string
	}{
		{"a passing test is green", pass, true, true, "1 passed, 0 failed, 0 skipped", ""},
		{"no event at all is not green", "", false, false, "0 passed, 1 failed, 0 skipped", "no test ran"},
		{"a line that is no event is shown", "go: cannot find main module\n", false, false, "0 passed, 1 failed, 0 skipped", "cannot find main module"},
		{"a failed test shows what it said",
			`{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: got 1\n"}` + "\n" +
				`{"Action":"fail","Package":"p","Test":"TestB"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
			false, false, "0 passed, 1 failed, 0 skipped", "got 1"},
		{"a passed test is silent",
			`{"Action":"output","Package":"p","Test":"TestA","Output":"    chatter\n"}` + "\n" + pass,
			false, true, "1 passed, 0 failed, 0 skipped", ""},
		{"a package that does not build counts as one failure",
			`{"ImportPath":"p","Action":"build-output","Output":"p.go:1: syntax error\n"}` + "\n" +
				`{"ImportPath":"p","Action":"build-fail"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n" + pass,
			false, false, "1 passed, 1 failed, 0 skipped", "syntax error"},
		{"a test that never ended shows what it said",
			`{"Action":"output","Package":"p","Test":"TestC","Output":"panic: boom\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
			false, false, "0 passed, 1 failed, 0 skipped", "panic: boom"},
		{"a skip is allowed at home", pass + skip("node is missing"), false, true, "1 passed, 0 failed, 1 skipped", "skipped 1: node is missing"},
		{"a skip fails in CI", pass + skip("node is missing"), true, false, "1 passed, 1 failed, 0 skipped", "CI allows no skipped test"},
		{"the absent corpus is allowed in CI", pass + skip("corpus: not here"), true, true, "1 passed, 0 failed, 1 skipped", "corpus: not here"},
		{"a skip without a reason fails in CI", pass + `{"Action":"skip","Package":"p","Test":"TestS"}` + "\n", true, false,
			"1 passed, 1 failed, 0 skipped", "no reason given"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			if green := r.finish(tt.ci); green != tt.green {
				t.Errorf("green = %v, want %v", green, tt.green)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if last := lines[len(lines)-1]; last != tt.last {
				t.Errorf("last line %q, want %q", last, tt.last)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("output %q does not say %q", out.String(), tt.says)
			}
			if strings.Contains(out.String(), "chatter") {
				t.Error("the output of a passed test was shown")
			}
		})
	}
}
