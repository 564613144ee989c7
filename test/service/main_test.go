package service_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // makes a database for each deployment

	"github.com/openlaurel/laurel/test/pgtest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	_ = os.RemoveAll(folder())
	os.Exit(code)
}

// build compiles the binary once for all tests of the process and returns its path.
var build = sync.OnceValues(compile)

// folder is where the binary of this process lies.
func folder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("laurel-service-%d", os.Getpid()))
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func compile() (string, error) {
	if path := os.Getenv("LAUREL_BINARY"); path != "" { // one that is built already
		return path, nil
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder(), "laurel")
	// The flags of make build, or those of the tests themselves, so that both share what is compiled.
	args, cgo := []string{"build", "-o", path, "-trimpath"}, "CGO_ENABLED=0"
	if raced { // the race detector is C
		args, cgo = []string{"build", "-o", path, "-race"}, "CGO_ENABLED=1"
	}
	cmd := exec.Command("go", append(args, "./cmd/laurel")...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build of the binary: %w\n%s", err, out)
	}
	return path, nil
}

// databases gives each deployment an empty database: "" for a SQLite file in its data folder, or a PostgreSQL URL.
type databases func(t *testing.T) string

func TestSQLite(t *testing.T) {
	t.Parallel()
	everything(t, func(*testing.T) string { return "" })
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	everything(t, postgres(pgtest.Start(t)))
}

// postgres makes databases in the cluster at server.
func postgres(server string) databases {
	var mu sync.Mutex
	made := 0
	return func(t *testing.T) string {
		t.Helper()
		mu.Lock()
		made++
		name := fmt.Sprintf("service_%d", made)
		mu.Unlock()
		db, err := sql.Open("pgx", server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		return u.String()
	}
}

// scenario is one promise of the program. Its run may use the world that all scenarios share, but must not change what
// others look at: the issuers, their keys, the server.
type scenario struct {
	name string
	run  func(t *testing.T, w *world)
}

// everything runs the same table on one kind of database.
func everything(t *testing.T, d databases) {
	w := newWorld(t, d)
	for _, group := range [][]scenario{
		awardScenarios(), badRequestScenarios(), revocationScenarios(), publicationScenarios(), verifyScenarios(),
		accessScenarios(), hostileScenarios(), outgoingScenarios(), lifeScenarios(), keyScenarios(), signerScenarios(), otherLaurelScenarios(), archiveScenarios(), threatScenarios(),
	} {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) { s.run(t, w) })
		}
	}
}
