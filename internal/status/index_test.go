package status_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/status"
)

func value(t testing.TB, doc string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(doc), ijson.Bounds{})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

func TestParseIndexReadsDecimalNumbersInStrings(t *testing.T) {
	for doc, want := range map[string]int{`"0"`: 0, `"5"`: 5, `"131071"`: 131071, `"94567"`: 94567, `"67108863"`: 67108863} {
		if got, err := status.ParseIndex(value(t, doc)); err != nil || got != want {
			t.Errorf("%s: %d, %v", doc, got, err)
		}
	}
}

func TestParseIndexRefusesEverythingElse(t *testing.T) { // threat S12
	docs := []string{
		`"-1"`, `"+5"`, `"05"`, `"1e3"`, `"0x10"`, `"5.9"`, `" 5"`, `"5 "`, `"٥"`, `"９"`, `""`, `null`, `5`, `"9223372036854775808"`,
		`"18446744073709551621"`, `"1` + strings.Repeat("0", 400) + `"`, `"abc"`, `"1_0"`, `"-0"`, `"00"`, `["5"]`, `{"5":"5"}`, `true`,
	}
	for _, doc := range docs {
		n, err := status.ParseIndex(value(t, doc))
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != "status.index" || d.Unknown {
			t.Errorf("%.40s: %d, %v", doc, n, err)
		}
	}
}

// FuzzParseIndex holds that what is taken prints back the same.
func FuzzParseIndex(f *testing.F) {
	for _, s := range []string{`"0"`, `"131071"`, `"05"`, `5`, `"٥"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		v, err := ijson.Parse([]byte(doc), ijson.Bounds{})
		if err != nil {
			return
		}
		if n, err := status.ParseIndex(v); err == nil && (n < 0 || strconv.Itoa(n) != v.Text()) {
			t.Fatalf("%q became %d", doc, n)
		}
	})
}

func permutation(t testing.TB, seed string, size int) *status.Permutation {
	t.Helper()
	p, err := status.NewPermutation([]byte(seed), size)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryIndexComesOnce(t *testing.T) {
	for _, size := range []int{2, 3, 1000, 131_072, 131_073, 262_143} {
		p := permutation(t, "a seed of thirty-two bytes, or so", size)
		seen := make([]bool, size)
		for c := range size {
			i := p.Index(c)
			if i < 0 || i >= size || seen[i] {
				t.Fatalf("size %d: counter %d gives %d, which came before or lies outside", size, c, i)
			}
			seen[i] = true
		}
	}
}

func TestTheSeedAloneDecidesTheOrder(t *testing.T) {
	a, b, other := permutation(t, "one", 131_072), permutation(t, "one", 131_072), permutation(t, "two", 131_072)
	same := 0
	for c := range 1000 {
		if a.Index(c) != b.Index(c) {
			t.Fatalf("counter %d: two indexes under one seed", c)
		}
		if a.Index(c) == other.Index(c) {
			same++
		}
	}
	if same > 3 {
		t.Errorf("%d of 1000 indexes are the same under two seeds", same)
	}
}

func TestAPermutationOfLessThanTwoIsRefused(t *testing.T) {
	for _, size := range []int{-1, 0, 1} {
		if _, err := status.NewPermutation([]byte("seed"), size); err == nil {
			t.Errorf("size %d is taken", size)
		}
	}
}

// The order of issue must not be read from indexes (threat S24): Spearman's rank correlation stays near nothing.
func TestIndexesSayNothingAboutTheOrderOfIssue(t *testing.T) {
	const n = 10_000
	for seed := range 20 {
		p := permutation(t, fmt.Sprintf("seed %d", seed), 131_072)
		rank := make([]int, 131_072)
		for c := range n {
			rank[p.Index(c)] = c + 1
		}
		var sum float64
		place := 0
		for _, c := range rank {
			if c == 0 {
				continue
			}
			d := float64(c - 1 - place)
			sum += d * d
			place++
		}
		if rho := 1 - 6*sum/(float64(n)*(float64(n)*float64(n)-1)); math.Abs(rho) >= 0.05 {
			t.Errorf("seed %d: the correlation is %.4f", seed, rho)
		}
	}
}

// Neighbours in time must not be neighbours in the list either, which a rank correlation would not see.
func TestNeighboursInTimeAreNoNeighboursInTheList(t *testing.T) {
	p := permutation(t, "neighbours", 131_072)
	near := 0
	for c := range 10_000 {
		if d := p.Index(c) - p.Index(c+1); d >= -64 && d <= 64 {
			near++
		}
	}
	if near > 30 { // chance would give ten
		t.Errorf("%d of 10,000 pairs lie within 64 of each other", near)
	}
}

func ExamplePermutation() {
	order, err := status.NewPermutation([]byte("kept secret, 32 random bytes"), 131_072)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := map[int]bool{}
	for counter := range 1000 {
		seen[order.Index(counter)] = true
	}
	fmt.Println(len(seen))
	// Output: 1000
}

func BenchmarkPermutation(b *testing.B) {
	p := permutation(b, "seed", 131_072)
	for c := 0; b.Loop(); c++ {
		p.Index(c % 131_072)
	}
}
