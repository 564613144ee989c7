package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// Copied says what a copy holds.
type Copied struct {
	Tables int
	Rows   int64
}

// copyAtOnce is how many values one statement of a copy has at the most.
const copyAtOnce = 900

// CopyTo copies everything into an empty SQLite database, which it migrates, as everything was at one moment: it reads in one
// transaction and changes nothing of its own. A database that is not up to date, or one that is not empty, is fault.Conflict.
func (s *Store) CopyTo(ctx context.Context, to *Store) (Copied, error) {
	pending, err := s.Pending(ctx)
	if err != nil {
		return Copied{}, err
	}
	if len(pending) > 0 || to.dialect != embedded {
		return Copied{}, fault.New(fault.Conflict, nil, "the database is of an older version of Laurel").Code("store.older").Hint(`run "laurel migrate" first`)
	}
	if err := to.Migrate(ctx); err != nil {
		return Copied{}, err
	}
	var out Copied
	err = s.snapshot(ctx, func(from *tx) error {
		return to.write(ctx, "copy", func(into *tx) error {
			out = Copied{}
			return copyAll(from, into, &out)
		})
	})
	return out, s.wrap(err, "copy")
}

// snapshot reads in one transaction, which sees one moment of the database.
func (s *Store) snapshot(ctx context.Context, f func(*tx) error) error {
	o := &sql.TxOptions{}
	if s.dialect == postgres {
		o.Isolation, o.ReadOnly = sql.LevelRepeatableRead, true
	}
	t, err := s.reader.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(f(&tx{ctx: ctx, q: t}), rolledBack(t.Rollback()))
}

func copyAll(from, into *tx, out *Copied) error {
	if _, err := into.exec("PRAGMA defer_foreign_keys = ON"); err != nil {
		return err
	}
	var tables []string
	err := into.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migration' ORDER BY name", nil,
		func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			tables = append(tables, name)
			return err
		})
	if err != nil {
		return err
	}
	for _, table := range tables {
		n, err := copyTable(from, into, table)
		if err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
		out.Tables, out.Rows = out.Tables+1, out.Rows+n
	}
	return nil
}

// copyTable copies the rows of a table, whose columns have the same names in both databases.
func copyTable(from, into *tx, table string) (int64, error) {
	var columns []string
	err := into.rows(`SELECT '"' || name || '"' FROM pragma_table_info($1)`, args(table), func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		columns = append(columns, name)
		return err
	})
	if err != nil {
		return 0, err
	}
	if _, err := into.exec(`DELETE FROM "` + table + `"`); err != nil { // what the migrations put there
		return 0, err
	}
	names := strings.Join(columns, ", ")
	insert := `INSERT INTO "` + table + `" (` + names + `)`
	var n int64
	var rows [][]any
	err = from.rows(`SELECT `+names+` FROM "`+table+`"`, nil, func(scan func(...any) error) error {
		row, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			places[i] = &row[i]
		}
		if err := scan(places...); err != nil {
			return err
		}
		for i, v := range row {
			if b, bytes := v.([]byte); bytes && b == nil { // empty, which is not NULL
				row[i] = []byte{}
			}
		}
		n++
		if rows = append(rows, row); len(rows)*len(columns) < copyAtOnce {
			return nil
		}
		err := into.insert(insert, rows)
		rows = nil
		return err
	})
	if err == nil {
		err = into.insert(insert, rows)
	}
	return n, err
}
