package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
)

// Durability and foreign keys hold on every connection of both pools, not only on the first (threat R03).
func TestEveryPooledConnectionHasItsPragmas(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	for name, pool := range s.Pools() {
		n := pool.Stats().MaxOpenConnections
		if n < 1 {
			t.Fatalf("the %s has no bound", name)
		}
		for i := range n { // held until the end, so that each is another one
			c, err := pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			for pragma, want := range map[string]string{"foreign_keys": "1", "synchronous": "2", "journal_mode": "wal", "busy_timeout": "10000"} {
				var got string
				if err := c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s, connection %d: %s is %q, %v; want %q", name, i, pragma, got, err, want)
				}
			}
		}
	}
}

// A database that cannot grow takes nothing and says so; once there is room, it works on (threat R04).
func TestAFullDatabaseIsUnavailableAndRecovers(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	f := storetest.NewFixture(t, s)
	school := f.School("full")
	kept := f.Stored(school)
	writer := s.Pools()["writer"]
	pragma(t, writer, "max_page_count = 1") // SQLite takes the present size for what is less
	var refused issuer.Award
	var err error
	stored := []issuer.Award{kept}
	for range 200 {
		refused = f.Award(school)
		refused.Narrative = strings.Repeat("a long story ", 1000)
		if err = f.Insert(refused); err != nil {
			break
		}
		stored = append(stored, refused)
	}
	if p := fault.Describe(err); p.Kind != fault.Unavailable || p.Code != "store.unavailable" || p.Hint == "" {
		t.Fatalf("a full database: %v (%+v)", err, p)
	}
	if _, err := s.Award(t.Context(), refused.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("something of the refused award is there: %v", err)
	}
	pragma(t, writer, "max_page_count = 1000000")
	if err := f.Insert(refused); err != nil {
		t.Errorf("with room again: %v", err)
	}
	for _, a := range append(stored, refused) {
		if _, err := s.Award(t.Context(), a.ID); err != nil {
			t.Errorf("an acknowledged award: %v", err)
		}
	}
	if err := s.IntegrityCheck(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestADatabaseThatCannotBeWrittenIsUnavailable(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	f := storetest.NewFixture(t, s)
	school := f.School("read only")
	pragma(t, s.Pools()["writer"], "query_only = 1")
	a := f.Award(school)
	if err := f.Insert(a); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, kind %d", err, fault.KindOf(err))
	}
	if issuers, err := s.Issuers(t.Context()); err != nil || len(issuers) != 1 {
		t.Errorf("reading goes on: %d issuers, %v", len(issuers), err)
	}
	pragma(t, s.Pools()["writer"], "query_only = 0")
	if err := f.Insert(a); err != nil {
		t.Error(err)
	}
}

func pragma(t *testing.T, db *sql.DB, setting string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), "PRAGMA "+setting); err != nil {
		t.Fatal(err)
	}
}

// retried is a log handler that does something once, when a transaction is about to be tried again.
type retried struct {
	slog.Handler
	once sync.Once
	do   func()
}

func (r *retried) Enabled(context.Context, slog.Level) bool { return true }

func (r *retried) Handle(_ context.Context, rec slog.Record) error {
	if strings.Contains(rec.Message, "tried again") {
		r.once.Do(r.do)
	}
	return nil
}

// locked opens a store whose writer waits for nobody, beside another program that is in the middle of a transaction.
// release is called at the first retry.
func locked(t *testing.T, release func(other *sql.Conn) error) (*storetest.Fixture, storetest.School) {
	t.Helper()
	place := filepath.Join(t.TempDir(), "laurel.db")
	var other *sql.Conn
	h := &retried{Handler: slog.DiscardHandler, do: func() {
		if err := release(other); err != nil {
			t.Error(err)
		}
	}}
	s, err := store.Open(t.Context(), store.Config{URL: place, Logger: slog.New(h)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := storetest.NewFixture(t, s)
	school := f.School("busy")
	pragma(t, s.Pools()["writer"], "busy_timeout = 1")
	db, err := sql.Open("sqlite", place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if other, err = db.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return f, school
}

func TestATransactionThatLostIsTriedAgain(t *testing.T) {
	f, school := locked(t, func(other *sql.Conn) error {
		_, err := other.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		return err
	})
	if err := f.Insert(f.Award(school)); err != nil {
		t.Errorf("the lock was given up at the first retry, and yet: %v", err)
	}
}

func TestADatabaseThatStaysLockedIsUnavailable(t *testing.T) {
	f, school := locked(t, func(*sql.Conn) error { return nil })
	a := f.Award(school)
	if err := f.Insert(a); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, kind %d", err, fault.KindOf(err))
	}
	if _, err := f.Store.Award(t.Context(), a.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("reading beside it: %v", err)
	}
}

// A ledger with a hole is not one that this program wrote.
func TestALedgerWithAHoleIsRefused(t *testing.T) {
	for name, statement := range map[string]string{
		"a step 0":                    "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (0, '0000_never', 'x', 0)",
		"a later step without an own": "DELETE FROM schema_migration WHERE version = 1",
	} {
		if err := spoil(t, statement).Migrate(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func Example() {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: "file-that-does-not-exist/laurel.db"})
	fmt.Println(s == nil, fault.Is(err, fault.Unavailable))
	// Output: true true
}
