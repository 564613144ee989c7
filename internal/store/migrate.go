package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step forward.
type migration struct {
	version  int
	name     string
	sql      string
	checksum string
}

// steps lists the embedded migrations in order: NNNN_name.sql, without a gap from 1.
func steps() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	sort.Strings(names)
	out := make([]migration, 0, len(names))
	for i, n := range names {
		text, err := migrations.ReadFile(n)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", n, err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(n, "migrations/"), ".sql")
		number, _, _ := strings.Cut(name, "_")
		if v, err := strconv.Atoi(number); err != nil || v != i+1 {
			return nil, fmt.Errorf("migration %s: its number must be %04d", name, i+1)
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{version: i + 1, name: name, sql: string(text), checksum: hex.EncodeToString(sum[:])})
	}
	return out, nil
}

const migrationLedger = `CREATE TABLE IF NOT EXISTS schema_migration (
  version    BIGINT PRIMARY KEY,
  name       TEXT NOT NULL,
  checksum   TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`

// lockKey is the advisory lock under which PostgreSQL migrates: the bytes of "laurel".
const lockKey = 0x6c617572656c

// Migrate brings the database up to date: each step in one transaction, under a lock, so that two programs that start at
// once migrate once. A database that a newer program has migrated is fault.Unavailable.
func (s *Store) Migrate(ctx context.Context) error {
	all, err := steps()
	if err != nil {
		return err
	}
	var done int
	if err := s.write(ctx, "migration", func(t *tx) (err error) {
		if s.dialect == postgres {
			if _, err := t.exec("SELECT pg_advisory_xact_lock($1)", int64(lockKey)); err != nil {
				return err
			}
		}
		if _, err := t.exec(migrationLedger); err != nil {
			return err
		}
		if done, err = applied(t, all); err != nil {
			return err
		}
		for _, m := range all[done:] {
			if _, err := t.exec(s.dialect.types(m.sql)); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
			if _, err := t.exec("INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
				m.version, m.name, m.checksum, time.Now().UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if done < len(all) {
		s.log.InfoContext(ctx, "database migrated", "steps", len(all)-done, "to", all[len(all)-1].name)
	}
	return nil
}

// applied returns how many steps were taken, after comparing them with ours.
func applied(t *tx, all []migration) (int, error) {
	n := 0
	err := t.rows("SELECT version, name, checksum FROM schema_migration ORDER BY version", nil, func(scan func(...any) error) error {
		var version int
		var name, checksum string
		if err := scan(&version, &name, &checksum); err != nil {
			return err
		}
		if version > len(all) {
			return fault.New(fault.Unavailable, nil, "the database was migrated by a newer version of Laurel (%s)", name).
				Code("store.newer").Hint("start that version, or restore the backup that was made before")
		}
		if version != n+1 || all[n].name != name || all[n].checksum != checksum {
			return fault.New(fault.Unavailable, nil, "the migration %s of the database is not the one of this program", name).
				Code("store.foreign").Hint("start the program that made the database")
		}
		n = version
		return nil
	})
	return n, err
}

// Pending lists the steps that Migrate would take. A newer database is fault.Unavailable.
func (s *Store) Pending(ctx context.Context) ([]string, error) {
	all, err := steps()
	if err != nil {
		return nil, err
	}
	done := 0
	begun, err := s.migrated(ctx)
	if err == nil && begun {
		done, err = applied(s.read(ctx), all)
	}
	if err != nil {
		return nil, s.wrap(err, "migration")
	}
	var out []string
	for _, m := range all[done:] {
		out = append(out, m.name)
	}
	return out, nil
}

// migrated reports whether the database has a ledger at all.
func (s *Store) migrated(ctx context.Context) (bool, error) {
	query := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'"
	if s.dialect == postgres {
		query = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'schema_migration'"
	}
	var n int
	err := s.read(ctx).row(query, nil, &n)
	return n > 0, err
}
