// Command cmd measures the goals of speed and size and prints one line for each. It exits with 1 when one was missed and
// with 3 when measuring itself failed.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"

	"github.com/openlaurel/laurel/internal/bench"
)

func main() {
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
		os.Exit(1)
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
