package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/test/pgtest"
)

// open opens the database at where, and closes it when the test ends.
func open(t testing.TB, where string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: where})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// server returns a function that makes an empty database on one PostgreSQL server: LAUREL_TEST_POSTGRES, or a throw-away one.
func server(t testing.TB) func(t testing.TB) string {
	t.Helper()
	base := os.Getenv("LAUREL_TEST_POSTGRES")
	if base == "" {
		base = pgtest.Start(t)
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	var count atomic.Int32
	return func(t testing.TB) string {
		t.Helper()
		name := fmt.Sprintf("laurel_test_%d_%d", os.Getpid(), count.Add(1))
		if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := admin.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
				t.Error(err)
			}
		})
		u, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		return u.String()
	}
}

func TestSQLite(t *testing.T) {
	suites(t, func(t testing.TB) string { return filepath.Join(t.TempDir(), "laurel.db") })
}

// TestPostgreSQL runs everything that needs a server, so that one server is enough.
func TestPostgreSQL(t *testing.T) {
	database := server(t)
	suites(t, database)
	t.Run("failures", func(t *testing.T) { failures(t, database) })
}

// suites runs both suites of storetest. database makes a new, empty database.
func suites(t *testing.T, database func(t testing.TB) string) {
	t.Helper()
	t.Run("suite", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) *store.Store { return open(t, database(t)) })
	})
	t.Run("two programs", func(t *testing.T) {
		storetest.RunShared(t, func(t *testing.T) (here, there *store.Store) {
			place := database(t)
			return open(t, place), open(t, place)
		})
		t.Run("migrate once", func(t *testing.T) { migrateAtOnce(t, database(t)) })
	})
}

func migrateAtOnce(t *testing.T, place string) {
	errs := make(chan error, 4)
	for range cap(errs) {
		s := open(t, place)
		go func() { errs <- s.Migrate(t.Context()) }()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if pending, err := open(t, place).Pending(t.Context()); err != nil || len(pending) != 0 {
		t.Errorf("pending: %v, %v", pending, err)
	}
}

func TestWhatWasAcknowledgedIsThereAfterARestart(t *testing.T) {
	place := filepath.Join(t.TempDir(), "folder with a %20 and a ? in it", "laurel.db")
	if err := os.Mkdir(filepath.Dir(place), 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := store.Open(t.Context(), store.Config{URL: place})
	if err != nil {
		t.Fatal(err)
	}
	f := storetest.NewFixture(t, first)
	a := f.Stored(f.School("restart"))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(place); err != nil {
		t.Errorf("the database is not where it was wanted: %v", err)
	}
	if got, err := open(t, place).Award(t.Context(), a.ID); err != nil || len(got.Credentials) != 1 {
		t.Errorf("after a restart: %+v, %v", got, err)
	}
}

func TestPendingNamesWhatMigrateWouldDo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "laurel.db"))
	pending, err := s.Pending(t.Context())
	if err != nil || len(pending) == 0 || !strings.HasPrefix(pending[0], "0001_") {
		t.Errorf("%v, %v", pending, err)
	}
}

// spoil changes a migrated SQLite database behind the store's back.
func spoil(t *testing.T, statement string) *store.Store {
	t.Helper()
	place := filepath.Join(t.TempDir(), "laurel.db")
	s := open(t, place)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", place)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADatabaseOfAnotherProgramIsRefused(t *testing.T) {
	for name, statement := range map[string]string{
		"a newer program":  "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (99, '0099_later', 'x', 0)",
		"a foreign schema": "UPDATE schema_migration SET checksum = 'x' WHERE version = 1",
	} {
		s := spoil(t, statement)
		for what, err := range map[string]error{"Migrate": s.Migrate(t.Context()), "Pending": func() error { _, err := s.Pending(t.Context()); return err }()} {
			if p := fault.Describe(err); p.Kind != fault.Unavailable || p.Hint == "" {
				t.Errorf("%s, %s: %v (hint %q)", name, what, err, p.Hint)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		where string
		kind  fault.Kind
	}{
		"a folder that is not there":        {filepath.Join(t.TempDir(), "none", "laurel.db"), fault.Unavailable},
		"a folder":                          {t.TempDir(), fault.Unavailable},
		"a server that does not answer":     {"postgres://laurel@127.0.0.1:1/laurel?sslmode=disable&connect_timeout=2", fault.Unavailable},
		"an address that is none at all":    {"postgres://laurel:se:cret@[::1/laurel", fault.Invalid},
		"a file that is no database":        {text(t), fault.Unavailable},
		"no place at all, in so many words": {"", fault.Invalid},
	} {
		s, err := store.Open(t.Context(), store.Config{URL: c.where})
		if err == nil {
			_ = s.Close()
		}
		if !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, kind %d", name, err, fault.KindOf(err))
		}
		if strings.Contains(fmt.Sprint(err), "se:cret") {
			t.Errorf("%s: the error shows the password", name)
		}
	}
}

// text makes a file that is no database.
func text(t *testing.T) string {
	t.Helper()
	place := filepath.Join(t.TempDir(), "laurel.db")
	if err := os.WriteFile(place, []byte(strings.Repeat("This is a letter, not a database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	return place
}

// A damaged page is found, and a file that others may read is not what a database with personal data starts as.
func TestIntegrityCheckFindsADamagedPage(t *testing.T) {
	place := filepath.Join(t.TempDir(), "laurel.db")
	s, err := store.Open(t.Context(), store.Config{URL: place})
	if err != nil {
		t.Fatal(err)
	}
	f := storetest.NewFixture(t, s)
	school := f.School("damage")
	for range 800 { // so many that the middle of the file is data, not the schema
		f.Stored(school)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(place)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the database: %v", info.Mode())
	}
	raw, err := os.ReadFile(place)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(raw) / 2; i < len(raw)/2+3*4096; i++ {
		raw[i] ^= 0x5a
	}
	if err := os.WriteFile(place, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, place).IntegrityCheck(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a damaged database: %v", err)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	s, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "laurel.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, kind %d", err, fault.KindOf(err))
	}
}
