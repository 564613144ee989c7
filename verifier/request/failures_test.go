package request_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/request"
)

var errBroken = errors.New("the disk is gone")

// shelf is a Store that keeps one request, and fails where a test says so.
type shelf struct {
	request.Store
	kept             request.Request
	inserted, stored int
	insert, read     error
	write            error
}

func (s *shelf) InsertRequest(context.Context, request.Request, int, int) error {
	s.inserted++
	return s.insert
}

func (s *shelf) Request(context.Context, string) (request.Request, error) { return s.kept, s.read }

func (s *shelf) ReplyRequest(context.Context, string, request.State, request.Reply) error {
	s.stored++
	return s.write
}

// tally counts as operators see it.
type tally map[string]int

func (c tally) WalletRequest(event string)  { c[event]++ }
func (c tally) Verification(verdict string) { c[verdict]++ }

// judge says of every presentation the same.
type judge struct{ result verifier.PresentationResult }

func (j judge) VerifyPresentation(context.Context, intake.Item, verifier.PresentationPolicy) verifier.PresentationResult {
	return j.result
}

// source is randomness that fails at one of its reads.
type source struct{ reads, fails int }

func (s *source) Read(p []byte) (int, error) {
	if s.reads++; s.reads == s.fails {
		return 0, errBroken
	}
	return rand.Read(p)
}

func order() request.Order {
	return request.Order{Dialect: request.OpenID4VP, Client: request.DID, Question: request.Question{Asker: "Clinic", Purpose: "Application"}}
}

// TestNothingIsAskedThatIsHalfMade: without a good question, randomness for each of its secrets, and a place to keep it, there is no
// request.
func TestNothingIsAskedThatIsHalfMade(t *testing.T) {
	good := order()
	nobody, odd := order(), order()
	nobody.Asker = " "
	odd.Policy = "lenient"
	for _, row := range []struct {
		name     string
		order    request.Order
		fails    int // which read of randomness
		insert   error
		inserted int
		code     string
		cause    error
	}{
		{"a good question", good, 0, nil, 1, "", nil},
		{"nobody who asks", nobody, 0, nil, 0, "request.invalid", nil},
		{"a policy that there is not", odd, 0, nil, 0, "verify.policy", nil},
		{"no randomness for its name", good, 1, nil, 0, "", errBroken},
		{"no randomness for its nonce", good, 2, nil, 0, "", errBroken},
		{"no randomness for the session", good, 3, nil, 0, "", errBroken},
		{"nowhere to keep it", good, 0, errBroken, 1, "", errBroken},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &shelf{insert: row.insert}
			r, transaction, err := request.New(request.Config{Store: s, Rand: &source{fails: row.fails}}).Create(t.Context(), row.order, request.Asker{})
			if s.inserted != row.inserted || fault.Describe(err).Code != row.code && row.code != "" || row.cause != nil && !errors.Is(err, row.cause) {
				t.Errorf("%d kept, %v", s.inserted, err)
			}
			if good := row.code == "" && row.cause == nil; good != (err == nil) || good != (r.ID != "") || good != (transaction != "") {
				t.Errorf("%q, %q, %v", r.ID, transaction, err)
			}
		})
	}
}

// TestAnAnswerIsKeptOrRefused: what cannot be judged, written down or kept tells the wallet nothing, and a secret for the browser goes
// out only with an answer that is kept.
func TestAnAnswerIsKeptOrRefused(t *testing.T) {
	good := verifier.PresentationResult{Verdict: verifier.Valid}
	endless := good
	endless.CheckedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) // which JSON of Go has no form for
	for _, row := range []struct {
		name    string
		policy  string
		result  verifier.PresentationResult
		fails   int
		write   error
		stored  int
		cause   error
		conveys string // in the error
	}{
		{"kept", "", good, 0, nil, 1, nil, ""},
		{"under a policy that there is not", "lenient", good, 0, nil, 0, nil, "policy of request"},
		{"without randomness for the browser", "", good, 1, nil, 0, errBroken, ""},
		{"that cannot be written down", "", endless, 0, nil, 0, nil, "outcome of request"},
		{"that cannot be kept", "", good, 0, errBroken, 1, errBroken, ""},
		{"that comes second", "", good, 0, fault.New(fault.Conflict, nil, "it was answered"), 1, nil, "answered already"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, counts := &shelf{write: row.write}, tally{}
			service := request.New(request.Config{Store: s, Counter: counts, Judge: judge{row.result}, Rand: &source{fails: row.fails}})
			r := request.Request{ID: "r", Order: order()}
			r.Policy = row.policy
			receipt, err := service.Answer(t.Context(), r, request.Answer{Flow: request.SameDevice, Presented: []request.Presented{{Format: request.JWT, Bytes: []byte("x")}}})
			if s.stored != row.stored || row.cause != nil && !errors.Is(err, row.cause) || row.conveys != "" && (err == nil || !strings.Contains(err.Error(), row.conveys)) {
				t.Errorf("%d stored, %v", s.stored, err)
			}
			if good := row.cause == nil && row.conveys == ""; good != (err == nil) || good != (receipt.ResponseCode != "") {
				t.Errorf("%+v, %v", receipt, err)
			}
			if want := map[bool]tally{true: {"answered": 1, "invalid": 1}, false: {}}[err == nil]; !maps.Equal(counts, want) {
				t.Errorf("counted as %v", counts)
			}
		})
	}
}

// TestABadgeOfAnotherKind: an SD-JWT is a badge by its vct, too, whatever types stand in it.
func TestABadgeOfAnotherKind(t *testing.T) {
	claims, err := ijson.Parse([]byte(`{"type":["VerifiableCredential","OpenBadgeCredential"]}`), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	for vct, want := range map[string]verifier.Verdict{sdjwt.BadgeType: verifier.Valid, "https://a.example/other": verifier.Invalid} {
		one := verifier.Presented{Claims: claims, Result: verifier.Result{Verdict: verifier.Valid, Type: vct}}
		found := verifier.PresentationResult{Verdict: verifier.Valid, Form: proof.SDJWT, Credentials: []verifier.Presented{one}}
		service := request.New(request.Config{Store: &shelf{}, Judge: judge{found}})
		got, err := service.Answer(t.Context(), request.Request{ID: "r", Order: order()}, request.Answer{
			Flow: request.CrossDevice, Presented: []request.Presented{{Format: request.SDJWT, Bytes: []byte("x")}},
		})
		if err != nil || got.Verdict != want || want == verifier.Invalid && got.Reason != "request.type" {
			t.Errorf("%s: %+v, %v", vct, got, err)
		}
	}
}

// TestARefusalIsKeptOrNotTaken: what a wallet says that gives nothing is an answer like any other.
func TestARefusalIsKeptOrNotTaken(t *testing.T) {
	for _, row := range []struct {
		name   string
		fails  int
		write  error
		stored int
	}{
		{"kept", 0, nil, 1},
		{"without randomness for the browser", 1, nil, 0},
		{"that cannot be kept", 0, errBroken, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, counts := &shelf{write: row.write}, tally{}
			service := request.New(request.Config{Store: s, Counter: counts, Rand: &source{fails: row.fails}})
			_, err := service.Decline(t.Context(), request.Request{ID: "r", Order: order()}, request.SameDevice, "access_denied")
			if s.stored != row.stored || (row.name == "kept") != (err == nil) || err != nil && !errors.Is(err, errBroken) {
				t.Errorf("%d stored, %v", s.stored, err)
			}
		})
	}
}

// TestARequestThatCannotBeRead is neither unknown nor over: that is our fault, and is said as such.
func TestARequestThatCannotBeRead(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	broken := request.New(request.Config{Store: &shelf{read: errBroken}, Clock: clock})
	if _, err := broken.ForWallet(t.Context(), "r"); !errors.Is(err, errBroken) || fault.Describe(err).Kind != fault.Internal {
		t.Errorf("for a wallet: %v", err)
	}
	if _, err := broken.See(t.Context(), "r", "", ""); !errors.Is(err, errBroken) || fault.Describe(err).Kind != fault.Internal {
		t.Errorf("for the session: %v", err)
	}
	s := &shelf{}
	service := request.New(request.Config{Store: s, Clock: clock})
	r, transaction, err := service.Create(t.Context(), order(), request.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	for outcome, good := range map[string]bool{`{"verdict":"valid"}`: true, `{"verdict":`: false} {
		s.kept = r
		s.kept.State, s.kept.Reply.Outcome = request.Answered, []byte(outcome)
		v, err := service.See(t.Context(), r.ID, transaction, "")
		if good != (err == nil) || good != (v.Outcome != nil) {
			t.Errorf("%s: %+v, %v", outcome, v.Outcome, err)
		}
	}
}
