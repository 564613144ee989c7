package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// Bounds of what one connection remembers: our statements are few and short; a migration is neither.
const (
	maxStatements     = 128
	maxStatementBytes = 4 << 10
)

// sqliteConn is what the driver's connections can do, as far as database/sql asks for it.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// connection is a SQLite connection that keeps its statements: parsing one costs as much as running it. database/sql uses a
// connection from one goroutine at a time, so nothing here locks. PostgreSQL's driver does the same by itself.
type connection struct {
	sqliteConn
	idle map[string]statement
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// newConnection wraps a connection of the driver.
func newConnection(c driver.Conn) (*connection, error) {
	able, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.New("SQLite connection: the driver lacks a method")
	}
	return &connection{sqliteConn: able, idle: map[string]statement{}}, nil
}

// take returns the statement for that text, which nobody else has until it is put back: its rows may be open while the same
// text runs again.
func (c *connection) take(ctx context.Context, query string) (statement, error) {
	if st, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return st, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	st, ok := made.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("SQLite statement %T: the driver lacks a method", made), made.Close())
	}
	return st, nil
}

func (c *connection) put(query string, st statement) error {
	if _, twice := c.idle[query]; twice || len(c.idle) >= maxStatements || len(query) > maxStatementBytes {
		return st.Close()
	}
	c.idle[query] = st
	return nil
}

// ExecContext implements driver.ExecerContext. A statement that failed is not kept.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	st, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := st.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return r, c.put(query, st)
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	st, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := st.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &lent{Rows: rows, end: func() error { return c.put(query, st) }}, nil
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	var err error
	for _, st := range c.idle {
		err = errors.Join(err, st.Close())
	}
	return errors.Join(err, c.sqliteConn.Close())
}

// lent are rows whose end gives their statement back.
type lent struct {
	driver.Rows
	end func() error
}

// Close implements driver.Rows.
func (l *lent) Close() error {
	err := l.Rows.Close()
	if l.end != nil {
		err = errors.Join(err, l.end())
		l.end = nil
	}
	return err
}
