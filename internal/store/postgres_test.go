package store_test

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
)

// failures is threat R10: what happens when the server ends connections, loses transactions or turns read only.
func failures(t *testing.T, database func(t testing.TB) string) {
	t.Helper()
	for name, part := range map[string]func(t *testing.T, place string){
		"a backend that is ended between two requests": testIdleBackends,
		"backends that are ended in the middle":        testBusyBackends,
		"a transaction that lost":                      testLostTransaction,
		"a server that turned read only":               testReadOnly,
		"a pool in which no connection is free":        testPoolExhausted,
		"a lock that is taken meanwhile":               testReplaceAgainstLock,
		"two programs that give an address":            testBaseURLAtOnce,
	} {
		t.Run(name, func(t *testing.T) { part(t, database(t)) })
	}
}

// behind opens a connection that the store knows nothing of.
func behind(t *testing.T, place string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("pgx", place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func statement(t *testing.T, c *sql.Conn, query string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(t.Context(), query, args...); err != nil {
		t.Error(err)
	}
}

// endBackends ends every connection to the database but the one that asks for it.
const endBackends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

func testIdleBackends(t *testing.T, place string) {
	f := storetest.NewFixture(t, open(t, place))
	school := f.School("idle")
	f.Stored(school)
	statement(t, behind(t, place), endBackends)
	if err := f.Insert(f.Award(school)); err != nil {
		t.Errorf("nothing was stored on the connection that is gone, so that another could be tried: %v", err)
	}
}

// What was acknowledged is there; what was not acknowledged is there as a whole or not at all.
func testBusyBackends(t *testing.T, place string) {
	f := storetest.NewFixture(t, open(t, place))
	school := f.School("busy")
	admin := behind(t, place)
	var mu sync.Mutex
	acknowledged, refused := []issuer.Award{}, []issuer.Award{}
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 30 {
				a := f.Award(school)
				err := f.Insert(a)
				mu.Lock()
				if err == nil {
					acknowledged = append(acknowledged, a)
				} else {
					refused = append(refused, a)
				}
				mu.Unlock()
				if err != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("%v, kind %d", err, fault.KindOf(err))
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
			statement(t, admin, endBackends)
		}
	}
	for range 40 {
		if _, err := f.Store.Issuers(t.Context()); err == nil {
			break
		}
	}
	for _, a := range acknowledged {
		if got, err := f.Store.Award(t.Context(), a.ID); err != nil || len(got.Credentials) != 1 {
			t.Errorf("acknowledged and lost: %v", err)
		}
	}
	for _, a := range refused {
		got, err := f.Store.Award(t.Context(), a.ID)
		if err == nil && len(got.Credentials) != 1 || err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("half an award: %d credentials, %v", len(got.Credentials), err)
		}
	}
}

// A revocation waits for an award that another transaction changes. Under stricter isolation than the default the server
// then gives up the revocation, which must be tried again.
func testLostTransaction(t *testing.T, place string) {
	tried := make(chan struct{})
	h := &retried{Handler: slog.DiscardHandler, do: func() { close(tried) }}
	strict := place + with(place) + "default_transaction_isolation=repeatable%20read"
	s, err := store.Open(t.Context(), store.Config{URL: strict, Logger: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := storetest.NewFixture(t, s)
	a := f.Stored(f.School("lost"))
	other := behind(t, place)
	statement(t, other, "BEGIN")
	statement(t, other, "UPDATE award SET batch_id = 'x'")
	result := make(chan error, 1)
	go func() {
		_, err := s.RevokeAward(t.Context(), a.ID, issuer.Revocation{At: storetest.Start(), Reason: "r", By: "cli"}, f.Event("award.revoked", "", a.ID))
		result <- err
	}()
	awaitLock(t, behind(t, place))
	statement(t, other, "COMMIT")
	if err := <-result; err != nil {
		t.Errorf("the revocation: %v", err)
	}
	select {
	case <-tried:
	default:
		t.Error("the transaction was not tried again")
	}
	if got, err := s.Award(t.Context(), a.ID); err != nil || got.Revocation == nil || got.BatchID != "x" {
		t.Errorf("one of the two was lost: %+v, %v", got, err)
	}
}

func with(place string) string {
	if strings.Contains(place, "?") {
		return "&"
	}
	return "?"
}

// awaitLock returns when some connection of the database waits for a lock.
func awaitLock(t *testing.T, c *sql.Conn) {
	t.Helper()
	for range 10_000 {
		var n int
		if err := c.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
	t.Fatal("nobody waits for a lock")
}

func testReadOnly(t *testing.T, place string) {
	f := storetest.NewFixture(t, open(t, place))
	school := f.School("standby")
	s := open(t, place+with(place)+"default_transaction_read_only=on")
	a := f.Award(school)
	if err := s.InsertAward(t.Context(), a, f.Offer(a), f.Event("award.created", a.IssuerID, a.ID)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, kind %d", err, fault.KindOf(err))
	}
	if issuers, err := s.Issuers(t.Context()); err != nil || len(issuers) != 1 {
		t.Errorf("reading goes on: %d issuers, %v", len(issuers), err)
	}
}

// A request that ran out of time while it waited for a connection is told to come again.
func testPoolExhausted(t *testing.T, place string) {
	s := open(t, place)
	f := storetest.NewFixture(t, s)
	pool := s.Pools()["writer"]
	var held []*sql.Conn
	for range pool.Stats().MaxOpenConnections {
		c, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if _, err := s.Issuers(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, kind %d", err, fault.KindOf(err))
	}
	for _, c := range held {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	f.School("afterwards")
}

// A version is awarded while somebody corrects it: the correction is stored before the lock, or refused after it. Here the
// lock is set by a transaction that commits after the correction has begun.
func testReplaceAgainstLock(t *testing.T, place string) {
	f := storetest.NewFixture(t, open(t, place))
	school := f.School("lock")
	other := behind(t, place)
	statement(t, other, "BEGIN")
	statement(t, other, "UPDATE achievement SET locked = 1")
	a := school.Achievement
	a.Name = "Corrected"
	result := make(chan error, 1)
	go func() {
		result <- f.Store.ReplaceAchievement(t.Context(), a, f.Event("achievement.changed", a.IssuerID, a.ID))
	}()
	awaitLock(t, behind(t, place))
	statement(t, other, "COMMIT")
	if p := fault.Describe(<-result); p.Kind != fault.Conflict || p.Code != "achievement.locked" {
		t.Errorf("a correction that came too late: %+v", p)
	}
	if got, err := f.Store.Achievement(t.Context(), a.ID, 1); err != nil || got.Name == "Corrected" {
		t.Errorf("a locked version says %q, %v", got.Name, err)
	}
}

func testBaseURLAtOnce(t *testing.T, place string) {
	f := storetest.NewFixture(t, open(t, place))
	other := behind(t, place)
	statement(t, other, "BEGIN")
	statement(t, other, "INSERT INTO base_url (url, used_at) VALUES ('https://a.example', 1)")
	result := make(chan error, 1)
	go func() { result <- f.Store.UseBaseURL(t.Context(), "https://a.example", storetest.Start()) }()
	awaitLock(t, behind(t, place))
	statement(t, other, "COMMIT")
	if err := <-result; err != nil {
		t.Errorf("the second of two programs that start: %v", err)
	}
	if got, err := f.Store.BaseURLs(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
