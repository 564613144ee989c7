package crash_test

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"testing"

	"github.com/openlaurel/laurel/test/pgtest"
)

const (
	ordinaryReservations = 20_000 // LAUREL_RESERVATIONS overrides it (make reservations: 200,000)
	kills                = 10
)

// TestKilledReservationsAreAllDifferent kills a process of 64 workers ten times while it reserves: no index comes twice, and
// the order of issue cannot be read from them (threats R09, S24).
func TestKilledReservationsAreAllDifferent(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "reserve")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./reserve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	total := ordinaryReservations
	if text := os.Getenv("LAUREL_RESERVATIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < kills {
			t.Fatalf("LAUREL_RESERVATIONS=%q is no number of reservations", text)
		}
		total = n
	}
	for name, database := range map[string]func(t *testing.T) string{
		"SQLite":     func(t *testing.T) string { return filepath.Join(t.TempDir(), "laurel.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			url := database(t)
			lists, seen := map[string][]int{}, map[string]bool{}
			for round := range kills + 1 {
				reserveUntilKilled(t, binary, url, (total*(round+1))/(kills+1)-len(seen), func(list string, index int) {
					key := fmt.Sprintf("%s %d", list, index)
					if seen[key] {
						t.Errorf("%s was given twice", key)
					}
					seen[key] = true
					lists[list] = append(lists[list], index)
				})
			}
			if len(seen) < total {
				t.Fatalf("%d of %d reservations", len(seen), total)
			}
			for list, order := range lists {
				rho := spearman(order)
				t.Logf("list %s: %d indexes, correlation with the order of issue %.4f", list, len(order), rho)
				if len(order) >= 10_000 && math.Abs(rho) >= 0.05 {
					t.Errorf("list %s tells the order of issue: %.4f", list, rho)
				}
			}
		})
	}
}

// reserveUntilKilled kills the process after so many reservations, and takes what it had printed by then.
func reserveUntilKilled(t *testing.T, binary, url string, n int, got func(list string, index int)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	n = max(n, 1) // what earlier rounds had printed beyond their share may cover this one's
	taken := 0
	for lines.Scan() {
		var list string
		var index int
		if _, err := fmt.Sscanf(lines.Text(), "%s %d", &list, &index); err != nil || len(list) != 26 {
			break // the line that the kill cut off
		}
		got(list, index)
		if taken++; taken == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if taken < n {
		t.Errorf("the process ended after %d of %d reservations", taken, n)
	}
	_ = cmd.Wait() // it was killed
}

// spearman is the rank correlation of a sequence of different numbers with its order.
func spearman(order []int) float64 {
	sorted := append([]int(nil), order...)
	sort.Ints(sorted)
	n, sum := float64(len(order)), 0.0
	for i, x := range order {
		d := float64(sort.SearchInts(sorted, x) - i)
		sum += d * d
	}
	return 1 - 6*sum/(n*(n*n-1))
}
