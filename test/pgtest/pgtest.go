// Package pgtest owns throw-away PostgreSQL servers for tests: one cluster in a temporary folder, on loopback, gone when
// the test ends. It refuses to touch a server that is there already.
//
// A machine without PostgreSQL skips the test with one line; with CI=true that is a failure.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that asks whether the server is up

	"github.com/openlaurel/laurel/test/npmtest"
)

// startup bounds initdb and the start of the server.
const startup = time.Minute

// Start makes a cluster, starts its server and returns a URL for LAUREL_DATABASE. The server keeps nothing safe from a
// power failure (fsync is off): tests kill their own programs, not this one.
func Start(t testing.TB) string {
	t.Helper()
	bin := folder()
	if bin == "" {
		npmtest.Missing(t, "PostgreSQL is missing: run make setup-test")
	}
	dir, err := os.MkdirTemp("", "laurel-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	data := filepath.Join(dir, "data")

	ctx, cancel := context.WithTimeout(t.Context(), startup)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"),
		"-D", data, "-U", "laurel", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}

	port := FreePort(t)
	var log bytes.Buffer
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200")
	server.Dir, server.SysProcAttr = dir, as
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatalf("postgres: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // "fast shutdown" of PostgreSQL's server
		if err := <-ended; err != nil {
			t.Logf("PostgreSQL ended: %v", err)
		}
	})
	url := fmt.Sprintf("postgres://laurel@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := awaitAnswer(ctx, url, ended); err != nil {
		t.Fatalf("postgres does not answer: %v\n%s", err, log.String())
	}
	return url
}

// FreePort returns a TCP port of loopback that nobody listens on now. Somebody else may take it before the caller does.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port //nolint:errcheck,forcetypeassert // the address of a TCP listener
}

// folder finds PostgreSQL's server programs: on the path, or where Debian keeps them, the newest version first.
func folder() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "postgres")); err == nil {
			return filepath.Dir(path)
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return ""
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
}

func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged says as whom the server runs: PostgreSQL refuses to run as root, so root lends it another account and the
// folder. For everybody else it is the account of the test.
func unprivileged(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatalf("an account for PostgreSQL: %v", err)
	}
	uid, errUID := strconv.ParseUint(account.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(account.Gid, 10, 32)
	if errUID != nil || errGID != nil {
		t.Fatalf("account %s has the odd ids %s and %s", account.Username, account.Uid, account.Gid)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// awaitAnswer returns when the server answers a query, when it ended, or when ctx does.
func awaitAnswer(ctx context.Context, url string, ended chan error) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("driver: %w", err)
	}
	defer func() { _ = db.Close() }()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("in time: %w", err)
		case end := <-ended:
			ended <- end
			return fmt.Errorf("the server ended: %w", err)
		case <-again.C:
		}
	}
}
