package bench

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// errNoPostgres means that there is no PostgreSQL on this machine.
var errNoPostgres = errors.New("PostgreSQL is missing; make setup-test installs it")

// postgres is a throw-away server with its defaults: durable, unlike that of the tests.
type postgres struct {
	dir, url string
	cmd      *exec.Cmd
}

func startPostgres() (*postgres, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "laurel-bench-pg")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	if err := p.start(bin); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *postgres) start(bin string) error {
	as, err := unprivileged(p.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "laurel", "--auth=trust", "-E", "UTF8", "--locale=C")
	initdb.Dir, initdb.SysProcAttr = p.dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	var log bytes.Buffer
	p.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", p.dir, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1")
	p.cmd.Dir, p.cmd.SysProcAttr, p.cmd.Stdout, p.cmd.Stderr = p.dir, as, &log, &log
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return err
	}
	p.url = fmt.Sprintf("postgres://laurel@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := awaitDatabase(p.url); err != nil {
		return fmt.Errorf("%w: %s", err, log.String())
	}
	return nil
}

func awaitDatabase(url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// stop ends the server and removes its folder.
func (p *postgres) stop() error {
	var err error
	if p.cmd != nil {
		err = errors.Join(p.cmd.Process.Signal(syscall.SIGINT), p.cmd.Wait()) // "fast shutdown"
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// postgresFolder finds the server's programs: on the path, or where Debian keeps them.
func postgresFolder() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to the account as which the server runs: it refuses to run as root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, errNoPostgres
	}
	uid, errUser := strconv.ParseUint(account.Uid, 10, 32)
	gid, errGroup := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(errUser, errGroup, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
