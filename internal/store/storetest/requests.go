package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/request"
)

func (f *Fixture) request() request.Request {
	return request.Request{
		ID: f.ID(""), Nonce: "n-" + f.ID(""), Transaction: []byte{1, 2, 3}, CreatedAt: Start(), ExpiresAt: Start().Add(10 * time.Minute),
		KeptUntil: Start().Add(time.Hour), State: request.Open, Order: request.Order{
			Dialect: request.OpenID4VP, Client: request.DID, Encrypted: true, Question: request.Question{
				Asker: "Clinic '); DROP TABLE award; --", Purpose: "Дежурство", Issuers: []string{"did:web:a.example"}, Since: Start(),
				Achievement: "https://a.example/achievements/1", Policy: "compatible", Formats: []request.Format{request.LDP},
			},
		},
	}
}

// testRequests: a question is found as it was stored, takes one answer before its end, and is forgotten in time.
func testRequests(t *testing.T, f *Fixture) {
	r := f.request()
	f.must(f.Store.InsertRequest(f.ctx, r, 0, 0))
	if got, err := f.Store.Request(f.ctx, r.ID); err != nil || !cmp.Equal(r, got) {
		t.Fatalf("%v\n%s", err, cmp.Diff(r, got))
	}
	if _, err := f.Store.Request(f.ctx, f.ID("")); !fault.Is(err, fault.NotFound) {
		t.Errorf("another id: %v", err)
	}
	if err := f.Store.InsertRequest(f.ctx, r, 0, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same id again: %v", err)
	}
	late := request.Reply{At: r.ExpiresAt, Flow: request.CrossDevice, Outcome: []byte(`{}`)}
	if err := f.Store.ReplyRequest(f.ctx, r.ID, request.Answered, late); !fault.Is(err, fault.Conflict) {
		t.Errorf("an answer at the end: %v", err)
	}
	first := request.Reply{At: Start().Add(time.Second), Flow: request.SameDevice, ResponseCode: []byte{9}, Outcome: []byte(`{"verdict":"valid"}`)}
	f.must(f.Store.ReplyRequest(f.ctx, r.ID, request.Answered, first))
	second := request.Reply{At: Start().Add(2 * time.Second), Flow: request.CrossDevice, Outcome: []byte(`{"verdict":"invalid"}`)}
	if err := f.Store.ReplyRequest(f.ctx, r.ID, request.Declined, second); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second answer: %v", err)
	}
	r.State, r.Reply = request.Answered, first
	if got, err := f.Store.Request(f.ctx, r.ID); err != nil || !cmp.Equal(r, got) {
		t.Errorf("after two answers: %v\n%s", err, cmp.Diff(r, got))
	}
	f.arriveOnce(t, r)
	r.Reply.ResponseCode = nil
	f.must(f.Store.SweepRequests(f.ctx, r.KeptUntil.Add(-time.Second)))
	if _, err := f.Store.Request(f.ctx, r.ID); err != nil {
		t.Errorf("swept too early: %v", err)
	}
	f.must(f.Store.SweepRequests(f.ctx, r.KeptUntil))
	if _, err := f.Store.Request(f.ctx, r.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("not swept: %v", err)
	}
	other := f.request()
	r = f.request()
	f.must(f.Store.InsertRequest(f.ctx, other, 0, 0))
	f.must(f.Store.InsertRequest(f.ctx, r, 0, 0))
	for range 2 {
		f.must(f.Store.EraseRequest(f.ctx, r.ID))
		if _, err := f.Store.Request(f.ctx, r.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("not erased: %v", err)
		}
	}
	if _, err := f.Store.Request(f.ctx, other.ID); err != nil {
		t.Errorf("another one is erased, too: %v", err)
	}
}

// arriveOnce: the response code of an answer is good once.
func (f *Fixture) arriveOnce(t *testing.T, r request.Request) {
	t.Helper()
	for name, one := range map[string]struct{ id, code string }{"another code": {r.ID, "x"}, "another request": {f.ID(""), "\t"}} {
		if err := f.Store.ArriveRequest(f.ctx, one.id, []byte(one.code)); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := f.Store.Request(f.ctx, r.ID); err != nil || !cmp.Equal(r, got) {
		t.Errorf("after codes that were not given: %v\n%s", err, cmp.Diff(r, got))
	}
	if won := f.atOnce(20, fault.NotFound, func(int) error { return f.Store.ArriveRequest(f.ctx, r.ID, r.Reply.ResponseCode) }); won != 1 {
		t.Errorf("a response code was used %d times", won)
	}
	r.Reply.ResponseCode = nil
	if got, err := f.Store.Request(f.ctx, r.ID); err != nil || !cmp.Equal(r, got) {
		t.Errorf("after the code was used: %v\n%s", err, cmp.Diff(r, got))
	}
}

// testOpenRequests: no more wait than may; those that were answered or are over do not count.
func testOpenRequests(t *testing.T, f *Fixture) {
	far := Start().Add(100 * 24 * time.Hour) // beside what other tests store
	var all []request.Request
	for range 4 {
		r := f.request()
		r.CreatedAt, r.ExpiresAt, r.KeptUntil = far, far.Add(10*time.Minute), far.Add(time.Hour)
		all = append(all, r)
	}
	f.must(f.Store.InsertRequest(f.ctx, all[0], 0, 2))
	f.must(f.Store.InsertRequest(f.ctx, all[1], 0, 2))
	if err := f.Store.InsertRequest(f.ctx, all[2], 0, 2); fault.Describe(err).Code != "request.too_many_here" || fault.Describe(err).After != 10*time.Minute {
		t.Errorf("a third of two: %v", err)
	}
	known := all[2]
	known.ID, known.Known = f.ID(""), true
	f.must(f.Store.InsertRequest(f.ctx, known, 0, 2)) // is not in the way of strangers, nor they of it
	f.must(f.Store.ReplyRequest(f.ctx, all[0].ID, request.Declined, request.Reply{At: far, Flow: request.CrossDevice, Outcome: []byte(`{}`)}))
	f.must(f.Store.InsertRequest(f.ctx, all[2], 0, 2))
	all[3].CreatedAt = all[1].ExpiresAt
	f.must(f.Store.InsertRequest(f.ctx, all[3], 0, 1))
	f.must(f.Store.SweepRequests(f.ctx, all[3].KeptUntil))
}

// testRequestsOfOne: an asker has no more requests open than may, whatever others have.
func testRequestsOfOne(t *testing.T, f *Fixture) {
	far := Start().Add(200 * 24 * time.Hour)
	of := func(asker string, after time.Duration) request.Request {
		r := f.request()
		r.AskedBy, r.CreatedAt = []byte(asker), far.Add(after)
		r.ExpiresAt, r.KeptUntil = r.CreatedAt.Add(10*time.Minute), r.CreatedAt.Add(time.Hour)
		return r
	}
	first := of("a", 0)
	f.must(f.Store.InsertRequest(f.ctx, first, 2, 100))
	f.must(f.Store.InsertRequest(f.ctx, of("a", time.Minute), 2, 100))
	f.must(f.Store.InsertRequest(f.ctx, of("b", time.Minute), 2, 100))
	third := of("a", 4*time.Minute)
	err := f.Store.InsertRequest(f.ctx, third, 2, 100)
	if p := fault.Describe(err); p.Kind != fault.TooMany || p.Code != "request.too_many" || p.After != 6*time.Minute {
		t.Errorf("a third of two: %v, again after %v", err, p.After)
	}
	if _, err := f.Store.Request(f.ctx, third.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was refused is stored: %v", err)
	}
	f.must(f.Store.InsertRequest(f.ctx, of("a", 10*time.Minute), 2, 100)) // the first has run out
	f.must(f.Store.SweepRequests(f.ctx, far.Add(24*time.Hour)))
}

// testRequestReplies: of fifty answers at once exactly one is kept (threat O11).
func testRequestReplies(t *testing.T, f *Fixture) {
	r := f.request()
	f.must(f.Store.InsertRequest(f.ctx, r, 0, 0))
	var mu sync.Mutex
	kept := ""
	won := f.atOnce(50, fault.Conflict, func(n int) error {
		out := fmt.Sprintf(`{"n":%d}`, n)
		err := f.Store.ReplyRequest(f.ctx, r.ID, request.Answered, request.Reply{At: Start(), Flow: request.CrossDevice, Outcome: []byte(out)})
		if err == nil {
			mu.Lock()
			kept = out
			mu.Unlock()
		}
		return err
	})
	got, err := f.Store.Request(f.ctx, r.ID)
	if err != nil || won != 1 || string(got.Reply.Outcome) != kept {
		t.Errorf("%d answers were kept, %s stands there: %v", won, got.Reply.Outcome, err)
	}
}
