package did_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fetch"
)

// hands is a clock that a test moves.
type hands struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hands) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.t }
func (h *hands) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = h.t.Add(d)
}

func newHands() *hands { return &hands{t: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

const aURL = "https://a.example/.well-known/did.json"

func TestDocumentsAreKeptWithinBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		age  time.Duration
		kept time.Duration
	}{
		{"a host that says nothing", 0, 30 * time.Second},
		{"a second", time.Second, 30 * time.Second},
		{"five minutes", 5 * time.Minute, 5 * time.Minute},
		{"a year", 365 * 24 * time.Hour, time.Hour},
	} {
		h, s := newHands(), &site{age: c.age, pages: map[string]string{aURL: a("")}}
		r := did.New(did.Config{Fetch: s, Clock: h.now})
		ask := func() int {
			if _, err := r.Resolve(t.Context(), "did:web:a.example"); err != nil {
				t.Fatal(err)
			}
			return len(s.asked)
		}
		ask()
		h.move(c.kept - time.Second)
		if ask() != 1 {
			t.Errorf("%s: fetched again before %v", c.name, c.kept)
		}
		h.move(2 * time.Second)
		if ask() != 2 {
			t.Errorf("%s: not fetched again after %v", c.name, c.kept)
		}
	}
}

func TestFailuresAreKeptForHalfAMinute(t *testing.T) {
	t.Parallel()
	h, s := newHands(), &site{pages: map[string]string{}}
	r := did.New(did.Config{Fetch: s, Clock: h.now})
	for range 3 {
		if _, err := r.Resolve(t.Context(), "did:web:a.example"); code(t, err) != "did.unreachable?" {
			t.Fatal(err)
		}
	}
	s.pages[aURL] = a("")
	h.move(29 * time.Second)
	if _, err := r.Resolve(t.Context(), "did:web:a.example"); err == nil || len(s.asked) != 1 {
		t.Errorf("asked %d times: %v", len(s.asked), err)
	}
	h.move(2 * time.Second)
	if _, err := r.Resolve(t.Context(), "did:web:a.example"); err != nil || len(s.asked) != 2 {
		t.Errorf("asked %d times: %v", len(s.asked), err)
	}
}

func TestRefreshLooksAgainAfterHalfAMinute(t *testing.T) {
	t.Parallel()
	h, s := newHands(), &site{age: time.Hour, pages: map[string]string{aURL: a("")}}
	r := did.New(did.Config{Fetch: s, Clock: h.now})
	for _, step := range []struct {
		wait time.Duration
		f    func(context.Context, string) (*did.Document, error)
		want int
	}{{0, r.Resolve, 1}, {10 * time.Second, r.Refresh, 1}, {25 * time.Second, r.Resolve, 1}, {0, r.Refresh, 2}, {0, r.Refresh, 2}} {
		h.move(step.wait)
		if _, err := step.f(t.Context(), "did:web:a.example"); err != nil || len(s.asked) != step.want {
			t.Errorf("asked %d times, want %d (%v)", len(s.asked), step.want, err)
		}
	}
}

// slow is a fetcher that answers when it is told to.
type slow struct {
	asked   atomic.Int32
	started chan struct{}
	answer  chan struct{}
}

func (s *slow) Get(ctx context.Context, url, _ string) (*fetch.Response, error) {
	s.asked.Add(1)
	s.started <- struct{}{}
	select {
	case <-s.answer:
		return &fetch.Response{URL: url, Body: []byte(a(""))}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestManyCallersMakeOneFetch(t *testing.T) {
	t.Parallel()
	s := &slow{started: make(chan struct{}, 1), answer: make(chan struct{})}
	r := did.New(did.Config{Fetch: s})
	gone, leave := context.WithCancel(t.Context())
	first := make(chan error)
	go func() { _, err := r.Resolve(gone, "did:web:a.example"); first <- err }()
	<-s.started
	leave() // the fetch goes on for the others
	if err := <-first; code(t, err) != "did.unreachable?" || !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := r.Resolve(t.Context(), "did:web:a.example"); err != nil {
				t.Error(err)
			}
		})
	}
	close(s.answer)
	wg.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	h, s := newHands(), &site{pages: map[string]string{}}
	r := did.New(did.Config{Fetch: s, Clock: h.now})
	const many = 3000
	for i := range many {
		_, _ = r.Resolve(t.Context(), fmt.Sprintf("did:web:h%d.example", i))
	}
	before := len(s.asked)
	for i := range many {
		_, _ = r.Resolve(t.Context(), fmt.Sprintf("did:web:h%d.example", i))
	}
	if again := len(s.asked) - before; again < many-1024 {
		t.Errorf("%d of %d were kept, at most 1024 may be", many-again, many)
	}
}

type panicking struct{}

func (panicking) Get(context.Context, string, string) (*fetch.Response, error) { panic("broken") }

func TestAPanicOfTheFetcherIsAnUnknown(t *testing.T) {
	t.Parallel()
	if _, err := did.New(did.Config{Fetch: panicking{}}).Resolve(t.Context(), "did:web:a.example"); code(t, err) != "internal?" {
		t.Error(err)
	}
}

func TestLocalIdentitiesAreNotFetched(t *testing.T) {
	t.Parallel()
	s := &site{pages: map[string]string{"https://b.example/.well-known/did.json": `{"id":"did:web:b.example"}`}}
	own := &did.Document{ID: "did:web:a.example"}
	r := did.New(did.Config{Fetch: s, Local: func(_ context.Context, id string) (*did.Document, bool, error) {
		if id == "did:web:broken.example" {
			return nil, false, errors.New("the database is away")
		}
		return own, id == own.ID, nil
	}})
	if d, err := r.Resolve(t.Context(), "did:web:a.example"); err != nil || d != own || len(s.asked) != 0 {
		t.Errorf("%v, %v", d, err)
	}
	if d, err := r.Resolve(t.Context(), "did:web:b.example"); err != nil || d.ID != "did:web:b.example" || len(s.asked) != 1 {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := r.Resolve(t.Context(), "did:web:broken.example"); code(t, err) != "internal?" || len(s.asked) != 1 {
		t.Errorf("%v", err)
	}
}

func TestTheZeroConfigReachesNobody(t *testing.T) {
	t.Parallel()
	if _, err := did.New(did.Config{}).Resolve(t.Context(), "did:web:a.example"); code(t, err) != "fetch.offline?" {
		t.Error(err)
	}
	if _, err := did.New(did.Config{}).Resolve(t.Context(), "did:key:"+edKey); err != nil {
		t.Error(err)
	}
}
