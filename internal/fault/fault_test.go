package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
)

func TestDescribeShowsWhatAStrangerMayRead(t *testing.T) {
	refused := fault.New(fault.Conflict, io.ErrUnexpectedEOF, "slug %q is taken", "a").Code("issuer.slug_taken").At("/slug").Hint("try %s", "b")
	for _, c := range []struct {
		name string
		err  error
		want fault.Public
	}{
		{"a fault with everything", refused, fault.Public{
			Kind: fault.Conflict, Code: "issuer.slug_taken", Sentence: `slug "a" is taken`, Pointer: "/slug", Hint: "try b",
		}},
		{"a fault under other errors", fmt.Errorf("issuer: %w", refused), fault.Public{
			Kind: fault.Conflict, Code: "issuer.slug_taken", Sentence: `slug "a" is taken`, Pointer: "/slug", Hint: "try b",
		}},
		{"an error that is no fault", errors.New("password=secret"), fault.Public{Kind: fault.Internal, Sentence: "Something went wrong on our side."}},
		{"a fault of the kind Internal", fault.New(fault.Internal, nil, "a path of ours").Code("x"), fault.Public{
			Kind: fault.Internal, Sentence: "Something went wrong on our side.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, fault.Describe(c.err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheCauseIsForLogsOnly(t *testing.T) {
	err := fault.New(fault.Unavailable, io.ErrUnexpectedEOF, "the list cannot be read")
	if !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "the list cannot be read: unexpected EOF" {
		t.Errorf("got %v", err)
	}
	if plain := fault.New(fault.Invalid, nil, "no"); plain.Error() != "no" || errors.Unwrap(plain) != nil {
		t.Errorf("without a cause: %v", plain)
	}
}

func TestCodeAtAndHintLeaveTheOriginalAlone(t *testing.T) {
	base := fault.New(fault.Invalid, nil, "wrong")
	_ = base.Code("a").At("/b").Hint("c")
	if p := fault.Describe(base); p.Code != "" || p.Pointer != "" || p.Hint != "" {
		t.Errorf("the original was changed: %+v", p)
	}
}

func TestIsWantsAnErrorOfThatKind(t *testing.T) {
	err := fmt.Errorf("award: %w", fault.New(fault.NotFound, nil, "no such award"))
	if !fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || fault.Is(nil, fault.Internal) {
		t.Errorf("%v is taken for another kind, or no error for one", err)
	}
}

func TestAsDefectNeverLosesWhatCouldNotBeFoundOut(t *testing.T) {
	wrong := fault.Wrong("jose.signature", "/proof", "the signature of %s does not fit", "A")
	if got := fault.AsDefect(fmt.Errorf("badge: %w", wrong)); got != wrong || got.Unknown || got.Error() != "jose.signature at /proof: the signature of A does not fit" {
		t.Errorf("got %v", got)
	}
	unclear := fault.Unclear("fetch.dns", "", io.EOF, "no such host")
	if got := fault.AsDefect(unclear); !got.Unknown || !errors.Is(got, io.EOF) || got.Error() != "fetch.dns: no such host" {
		t.Errorf("got %v", got)
	}
	// An error that is no defect is a fault of ours: unknown, never a pass and never the document's fault.
	if got := fault.AsDefect(io.ErrClosedPipe); !got.Unknown || got.Code != "internal" || !errors.Is(got, io.ErrClosedPipe) {
		t.Errorf("got %+v", got)
	}
}

func ExampleDescribe() {
	err := fault.New(fault.Invalid, nil, "a name is required").Code("award.name").At("/recipient/name").Hint("say who is awarded")
	p := fault.Describe(fmt.Errorf("award: %w", err))
	fmt.Println(p.Code, p.Pointer, p.Sentence)
	// Output: award.name /recipient/name a name is required
}
