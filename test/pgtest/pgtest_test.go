package pgtest_test

import (
	"database/sql"
	"testing"

	"github.com/openlaurel/laurel/test/pgtest"
)

func TestStartGivesAnEmptyServer(t *testing.T) {
	db, err := sql.Open("pgx", pgtest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var tables int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("%d tables in a new server", tables)
	}
}
