// Package store keeps everything in a database: SQLite by default, PostgreSQL when one machine is not enough. One set of
// portable statements serves both; only column types, placeholders' drivers and error codes differ.
//
// Every write is one transaction with its event, and is durable when it returns; awards that wait at the same time share one
// transaction, as one fsync serves them all (group.go). SQLite runs in WAL mode with synchronous=FULL and foreign keys,
// asserted on every connection. It refuses text that PostgreSQL could not hold (NUL, invalid UTF-8) on both, so that the two
// never differ, and a database that a newer program has migrated.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/openlaurel/laurel/internal/fault"
)

// Config says where the database is.
type Config struct {
	URL    string // a path for SQLite, or a postgres:// URL
	Logger *slog.Logger
}

// Store keeps everything. It is safe for concurrent use.
type Store struct {
	dialect dialect
	writer  *sql.DB // SQLite: exactly one connection, whose transactions lock at once
	reader  *sql.DB
	group   group
	closed  atomic.Bool
	log     *slog.Logger
}

// Pool sizes. SQLite has one writer by nature; the readers see a snapshot beside it.
const (
	sqliteReaders = 4
	pgConnections = 16
)

// Open connects to the database, and makes the file of a SQLite database. It does not migrate. A database that cannot be
// reached is fault.Unavailable.
func Open(ctx context.Context, c Config) (*Store, error) {
	s := &Store{log: c.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		cfg, err := pgx.ParseConfig(c.URL)
		if err != nil {
			return nil, fault.New(fault.Invalid, nil, "the address of the PostgreSQL database cannot be read").Code("store.url") // err may hold the password
		}
		s.dialect = postgres
		s.writer = stdlib.OpenDB(*cfg)
		s.writer.SetMaxOpenConns(pgConnections)
		s.writer.SetMaxIdleConns(pgConnections)
		s.writer.SetConnMaxLifetime(time.Hour)
		s.reader = s.writer
	} else {
		if err := makeFile(c.URL); err != nil {
			return nil, err
		}
		s.dialect = embedded
		s.writer = sql.OpenDB(connector{dsn(c.URL, "immediate")})
		s.writer.SetMaxOpenConns(1)
		s.reader = sql.OpenDB(connector{dsn(c.URL, "deferred")})
		s.reader.SetMaxOpenConns(sqliteReaders)
		s.reader.SetMaxIdleConns(sqliteReaders)
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// makeFile makes the file of a new SQLite database so that nobody but its owner reads it: names and addresses stand in it.
// SQLite gives the files beside it the same mode.
func makeFile(path string) error {
	if path == "" {
		return fault.New(fault.Invalid, nil, "the path of the database is missing").Code("store.url").Hint("give a path or a postgres:// address")
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fault.New(fault.Unavailable, err, "the database cannot be opened").Code("store.unavailable").Hint("look at the folder and its permissions")
	}
	return nil
}

// dsn sets what every connection must have. The transaction lock is the connection's, because a transaction that begins
// reading and then writes could otherwise fail half-way.
func dsn(path, lock string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "cache_size(-4000)",
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// connector asserts on every new connection what dsn asked for: a pragma that a driver ignores would cost durability
// silently.
type connector struct{ dsn string }

// Driver implements driver.Connector.
func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	for pragma, want := range map[string]any{"foreign_keys": int64(1), "synchronous": int64(2), "journal_mode": "wal"} {
		got, err := pragmaValue(ctx, conn, pragma)
		if err != nil || got != want {
			return nil, errors.Join(fmt.Errorf("SQLite connection: %s is %v, must be %v", pragma, got, want), err, conn.Close())
		}
	}
	return newConnection(conn)
}

func pragmaValue(ctx context.Context, conn driver.Conn, name string) (any, error) {
	q, ok := conn.(driver.QueryerContext)
	if !ok {
		return nil, errors.New("the driver cannot be asked")
	}
	rows, err := q.QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return nil, err
	}
	row := make([]driver.Value, 1)
	err = rows.Next(row)
	return row[0], errors.Join(err, rows.Close())
}

// Close ends every connection.
func (s *Store) Close() error {
	s.closed.Store(true)
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(err, s.reader.Close())
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.writer.PingContext(ctx); err != nil {
		return s.wrap(err, "database")
	}
	return nil
}

// IntegrityCheck reads the whole SQLite database and reports the first thing that is broken. PostgreSQL checks its pages
// itself.
func (s *Store) IntegrityCheck(ctx context.Context) error {
	if s.dialect == postgres {
		return nil
	}
	var found string
	err := s.reader.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found)
	switch {
	case damaged(err):
	case err != nil:
		return s.wrap(err, "integrity check")
	case found == "ok":
		return nil
	}
	return fault.New(fault.Unavailable, err, "the database is damaged %s", found).Code("store.damaged").
		Hint("restore the last backup; see docs/operate.md")
}

// retries bounds how often a transaction is tried again that lost against another one.
const retries = 5

// write runs f in one transaction. A transaction that the database gave up for the sake of another is tried again, and so is
// one whose connection broke before its commit; f may run more than once and must not keep anything of a failed try.
func (s *Store) write(ctx context.Context, what string, f func(*tx) error) error {
	var err error
	for attempt := range retries {
		var nothing bool
		nothing, err = s.once(ctx, f)
		if err == nil || ctx.Err() != nil || !s.dialect.lost(err) && !(nothing && s.dialect.broken(err)) {
			break
		}
		s.log.DebugContext(ctx, "transaction is tried again", "what", what, "attempt", attempt+1)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(attempt+1) * 5 * time.Millisecond):
		}
	}
	return s.wrap(err, what)
}

// once runs f in one transaction. After an error, nothing tells whether it is certain that nothing was stored: a connection
// that breaks during the commit leaves that open.
func (s *Store) once(ctx context.Context, f func(*tx) error) (nothing bool, err error) {
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return true, err
	}
	if err := f(&tx{ctx: ctx, q: t}); err != nil {
		return true, errors.Join(err, rolledBack(t.Rollback()))
	}
	return false, t.Commit()
}

// rolledBack drops the error of a transaction that is over already.
func rolledBack(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// queryer is a transaction or a pool.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// tx is where statements run, with the one check that both databases need.
type tx struct {
	ctx context.Context //nolint:containedctx // lives as long as one call of write or read
	q   queryer
}

// read runs queries outside of a transaction.
func (s *Store) read(ctx context.Context) *tx { return &tx{ctx: ctx, q: s.reader} }

// exec runs a statement and returns how many rows it touched.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := clean(args); err != nil {
		return 0, err
	}
	r, err := t.q.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// row runs a query for one row and scans it.
func (t *tx) row(query string, args []any, into ...any) error {
	if err := clean(args); err != nil {
		return err
	}
	return t.q.QueryRowContext(t.ctx, query, args...).Scan(into...)
}

// rows runs a query and calls scan for each row.
func (t *tx) rows(query string, args []any, scan func(func(...any) error) error) error {
	if err := clean(args); err != nil {
		return err
	}
	rows, err := t.q.QueryContext(t.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// args makes the argument list of row and rows.
func args(a ...any) []any { return a }

// micros writes a time; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment reads a time; 0 is the zero time.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
