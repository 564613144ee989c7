package explain_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/openlaurel/laurel/internal/explain"
)

func Example() {
	e, ok := explain.Of("trust.unknown_issuer")
	fmt.Println(e.Topic, e.Next, ok)
	// Output: trust_nobody judge true
}

func TestEveryCodeHasOneExplanation(t *testing.T) {
	codes := explain.Codes()
	if len(codes) < 250 || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("%d codes, or one of them twice", len(codes))
	}
	for _, c := range codes {
		e, ok := explain.Of(c)
		if !ok || e.Code != c || !slices.Contains(explain.Topics(), e.Topic) || !slices.Contains(explain.Advices(), e.Next) {
			t.Errorf("%s: %+v %v", c, e, ok)
		}
	}
	for _, c := range []string{"", "proof", "proof.", "proof.ok ", "Proof.ok", "proof.ok proof.missing", "badge.not_reached", "explain.heading"} {
		if e, ok := explain.Of(c); ok {
			t.Errorf("%q is explained by %+v", c, e)
		}
	}
	if topics := explain.Topics(); len(slices.Compact(slices.Clone(topics))) != len(topics) {
		t.Error("a topic stands twice")
	}
}
