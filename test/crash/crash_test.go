// Package crash_test kills the server with SIGKILL, again and again, while awards and revocations run, and then asks what
// it remembers: every acknowledged award and revocation, no status index used twice, published lists that agree.
package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/pgtest"
)

const (
	ordinaryRounds = 10 // in ordinary test runs; LAUREL_CRASH_ROUNDS overrides it (make crash: 100)
	writers        = 4
	mostAnswers    = 40 // of one round, before the kill
)

func TestKillLosesNothing(t *testing.T) {
	binary := laureltest.Build(t)
	databases := map[string]func(t *testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return pgtest.Start(t) },
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			deployment := laureltest.New(t, binary, database(t))
			server := deployment.Start(t)
			client := deployment.Admin(t)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			h := &harness{
				deployment: deployment, client: client, catalogue: client.Catalogue(t),
				ledger: &ledger{random: rand.New(rand.NewPCG(seed, 0))},
			}
			random := rand.New(rand.NewPCG(seed, 1))
			for range rounds(t) {
				before := h.ledger.count()
				killed := server
				h.workUntilKilled(t, killed, 1+random.IntN(mostAnswers))
				server = deployment.Start(t)
				h.checkPromises(t, h.ledger.since(before))
				h.repeatUnanswered(t)
				if t.Failed() {
					t.Fatalf("the server that was killed said:\n%s\nthe next one said:\n%s", killed.Log(), server.Log())
				}
			}
			h.checkPromises(t, h.ledger.since(0))
			h.checkNoneTwice(t)
			h.checkLists(t)
			h.checkLog(t)
			h.checkWorkWasDone(t)
		})
	}
}

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("LAUREL_CRASH_ROUNDS")
	if text == "" {
		return ordinaryRounds
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("LAUREL_CRASH_ROUNDS=%q is no number of rounds", text)
	}
	return n
}

type harness struct {
	deployment *laureltest.Deployment
	client     *laureltest.Client
	catalogue  laureltest.Catalogue
	ledger     *ledger
}

// workUntilKilled lets writers award and revoke until the server has given that many answers, and kills it in their midst.
func (h *harness) workUntilKilled(t *testing.T, server *laureltest.Server, answers int) {
	t.Helper()
	answered := make(chan struct{}, writers*2)
	var workers sync.WaitGroup
	for range writers {
		workers.Go(func() { h.work(t, answered) })
	}
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	for n := 0; n < answers; n++ {
		select {
		case <-answered:
		case <-done: // every writer met an error before its time; it has said so
			n = answers
		}
	}
	server.Kill()
	for {
		select {
		case <-answered:
		case <-done:
			return
		}
	}
}

// work awards and, every third time, revokes, until there is no answer any more.
func (h *harness) work(t *testing.T, answered chan<- struct{}) {
	for {
		n := h.ledger.newID()
		externalID := fmt.Sprintf("crash-%d", n)
		if !h.award(t, externalID) {
			return
		}
		answered <- struct{}{}
		if n%3 != 0 {
			continue
		}
		if p := h.ledger.pick(); p != nil {
			if !h.revoke(t, p) {
				return
			}
			answered <- struct{}{}
		}
	}
}

func (h *harness) award(t *testing.T, externalID string) bool {
	var a laureltest.Award
	err := h.client.Do(context.Background(), http.MethodPost, "/api/v1/awards", h.catalogue.Request(externalID), &a,
		http.StatusCreated, http.StatusOK)
	if err == nil && (a.ID == "" || len(a.Credentials) == 0) {
		err = &laureltest.Unexpected{Request: "award " + externalID, Body: fmt.Sprintf("without id or credentials: %+v", a)}
	}
	if err == nil {
		h.ledger.awarded(externalID, a)
		return true
	}
	h.ledger.unanswered(externalID)
	complain(t, err)
	return false
}

func (h *harness) revoke(t *testing.T, p *promise) bool {
	err := h.client.Do(context.Background(), http.MethodPost, "/api/v1/awards/"+p.award.ID+"/revocation",
		map[string]any{"reason": "awarded by mistake"}, nil, http.StatusOK, http.StatusCreated, http.StatusNoContent)
	if err == nil {
		h.ledger.revoked(p)
		return true
	}
	complain(t, err)
	return false
}

// complain fails the test for a whole answer that is wrong. No answer is what a killed server gives.
func complain(t *testing.T, err error) {
	t.Helper()
	var unexpected *laureltest.Unexpected
	if errors.As(err, &unexpected) {
		t.Error(err)
	}
}

// checkPromises asks the API for each award and compares it with what was acknowledged.
func (h *harness) checkPromises(t *testing.T, promises []*promise) {
	t.Helper()
	for _, p := range promises {
		var a laureltest.Award
		if err := h.client.Do(t.Context(), http.MethodGet, "/api/v1/awards/"+p.award.ID, nil, &a, http.StatusOK); err != nil {
			t.Errorf("an acknowledged award is lost: %v", err)
			continue
		}
		if a.ExternalID != p.externalID || len(a.Credentials) != len(p.award.Credentials) {
			t.Errorf("award %s came back as %+v, was %+v", p.award.ID, a, p.award)
		}
		if p.revoked && a.Revocation == nil {
			t.Errorf("the acknowledged revocation of %s is lost", p.award.ID)
		}
		if !p.maybeRevoked && a.Revocation != nil {
			t.Errorf("%s is revoked, and nobody asked for it", p.award.ID)
		}
	}
}

// repeatUnanswered sends again what was never answered: the same external id gives one award, whether it was stored or not.
func (h *harness) repeatUnanswered(t *testing.T) {
	t.Helper()
	for _, externalID := range h.ledger.takeOpen() {
		h.award(t, externalID)
	}
}

// checkWorkWasDone fails a run in which the server acknowledged nothing that it could have lost.
func (h *harness) checkWorkWasDone(t *testing.T) {
	t.Helper()
	awards, revocations := 0, 0
	for _, p := range h.ledger.since(0) {
		awards++
		if p.revoked {
			revocations++
		}
	}
	if awards < rounds(t) || revocations == 0 {
		t.Errorf("only %d awards and %d revocations were acknowledged", awards, revocations)
	}
	t.Logf("%d awards and %d revocations were acknowledged, none lost", awards, revocations)
}

// checkLog has the program examine its issuance log: whatever kill left stored was recorded before it was signed.
func (h *harness) checkLog(t *testing.T) {
	t.Helper()
	var r struct {
		Entries, Credentials, Unstored int
		Faults                         []string
	}
	out := h.deployment.Command(t, "log", "verify", "--json") // fails the test when something does not fit
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Credentials < h.ledger.count() || r.Entries < r.Credentials+r.Unstored || len(r.Faults) > 0 {
		t.Errorf("%d awards were acknowledged, the log says %s", h.ledger.count(), out)
	}
	t.Logf("%d entries, %d credentials, %d of a kill are stored nowhere", r.Entries, r.Credentials, r.Unstored)
}
