// Command cmd measures the goals of speed and size and prints one line for each. A missed goal is marked and counted, and
// is no failure of the command: on a busy machine a goal is missed now and then. It exits with 3 when measuring itself
// failed.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/openlaurel/laurel/internal/bench"
)

// gcPercent is that of the server, which does the same work.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	binary := flag.String("binary", "bin/laurel", "the program whose start, memory and size are measured; empty: none")
	rounds := flag.Int("rounds", 0, "rounds of each pair (default 15)")
	flag.Parse()
	missed, err := run(*binary, bench.Config{Rounds: *rounds})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(3)
	}
	if missed > 0 {
		fmt.Printf("%d goals missed\n", missed)
	}
}

func run(binary string, c bench.Config) (missed int, err error) {
	outcomes, err := bench.All(c)
	if err != nil {
		return 0, err
	}
	if binary != "" {
		ofBinary, err := bench.Binary(c, binary)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", binary, err)
		}
		outcomes = append(outcomes, ofBinary...)
	}
	fmt.Printf("%s, %d processors, %s/%s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	return bench.Report(os.Stdout, outcomes), nil
}
