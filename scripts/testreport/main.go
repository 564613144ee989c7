// Command testreport reads `go test -json` on its standard input and shows it readably: go test's own line for each
// package, whatever a failed test said, each distinct reason for a skipped test, and a last line of counts.
//
// It refuses silence: a run without a test fails, and with CI=true so does a test that was skipped for any reason but the
// absence of the shared corpus, which its message says by beginning with "corpus:".
package main

import (
	"fmt"
	"os"
)

func main() {
	r := newReport(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(2)
	}
	if !r.finish(os.Getenv("CI") == "true") {
		os.Exit(1)
	}
}
