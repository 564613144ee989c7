package storetest

import (
	"path/filepath"
	"testing"

	"github.com/openlaurel/laurel/internal/store"
)

// SQLite is an empty database of the test's own, migrated; it goes with the test.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "laurel.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
