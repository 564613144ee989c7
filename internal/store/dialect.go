package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/openlaurel/laurel/internal/fault"
)

// dialect is what differs between the databases.
type dialect int

const (
	embedded dialect = iota // SQLite
	postgres
)

// types replaces the placeholders of migrations.
func (d dialect) types(sql string) string {
	blob, serial := "BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"
	if d == postgres {
		blob, serial = "BYTEA", "BIGSERIAL PRIMARY KEY"
	}
	return strings.NewReplacer("{{blob}}", blob, "{{serial}}", serial).Replace(sql)
}

// lost reports whether a transaction was given up for the sake of another one, so that trying again may help.
func (d dialect) lost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	return false
}

// unique returns the name of the unique index that an error is about, or "".
func (d dialect) unique(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if pg.Code == "23505" {
			return pg.ConstraintName
		}
		return ""
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return sqliteIndex(lite.Error())
	}
	return ""
}

// sqliteIndex finds the index by the columns that SQLite names.
func sqliteIndex(message string) string {
	for columns, index := range map[string]string{
		"issuer.slug": "issuer_slug", "issuer.did": "issuer_did",
		"achievement.issuer_id, achievement.slug, achievement.version": "achievement_slug",
		"award.issuer_id, award.external_id":                           "award_external_id",
		"award.issuer_id, award.idempotency_key":                       "award_idempotency_key",
		"credential.list_id, credential.list_index":                    "credential_status",
		"signing_key.issuer_id, signing_key.alg":                       "signing_key_active",
		"statement.issuer_id, statement.kind, statement.external_id":   "statement_external_id",
		"statement.list_id, statement.list_index":                      "statement_status",
		"attachment.target, attachment.digest":                         "attachment_once",
		"person.email":                                                 "person_email",
	} {
		if strings.Contains(message, columns) {
			return index
		}
	}
	return "primary"
}

// conflicts are what a caller reads of a unique index.
var conflicts = map[string]struct{ code, sentence string }{
	"issuer_slug":           {"issuer.slug_taken", "another issuer has this slug"},
	"issuer_did":            {"issuer.did_taken", "another issuer has this identity"},
	"achievement_slug":      {"achievement.slug_taken", "another achievement of the issuer has this slug"},
	"award_external_id":     {"award.external_id_taken", "an award with this external_id exists"},
	"award_idempotency_key": {"award.idempotency_key_taken", "an award with this Idempotency-Key exists"},
	"credential_status":     {"status.index_taken", "the status index was given before"},
	"signing_key_next":      {"key.rotated", "somebody else changed the key at the same moment"},
	"statement_external_id": {"statement.external_id_taken", "one with this external_id exists"},
	"statement_status":      {"status.index_taken", "the status index was given before"},
	"attachment_once":       {"attachment.exists", "this endorsement is attached already"},
	"person_email":          {"person.email_taken", "somebody has this address already"},
	"signing_key_active":    {"key.rotated", "somebody else changed the key at the same moment"},
}

// wrap turns an error of the database into a fault where a caller can act on it. what says what was being done.
func (s *Store) wrap(err error, what string) error {
	var f *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, nil, "there is no such %s", what).Code(strings.ReplaceAll(what, " ", "_") + ".not_found")
	}
	if index := s.dialect.unique(err); index != "" {
		c, ok := conflicts[index]
		if !ok {
			c = struct{ code, sentence string }{"store.taken", "this " + what + " exists already"}
		}
		return fault.New(fault.Conflict, err, "%s", c.sentence).Code(c.code)
	}
	if s.closed.Load() || s.dialect.unavailable(err) {
		return fault.New(fault.Unavailable, err, "the database does not take this now").Code("store.unavailable").Hint("try again in a moment")
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unavailable reports whether the database could not work at all: no connection, no space, no disk, too much at once.
func (d dialect) unavailable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "57", "58", "XX":
			return true
		}
		return d.lost(err) || pg.Code == "25006" // read only: a standby, or a server that ran out of space
	}
	if cutOff(err) {
		return true
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
			sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return true
		}
	}
	return false
}

// broken reports whether an open connection to a server broke, so that a new one may do better. A server to which no
// connection can be made is not asked again and again while a caller waits.
func (d dialect) broken(err error) bool {
	var connecting *pgconn.ConnectError
	if d != postgres || errors.As(err, &connecting) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "57P01" || pg.Code == "57P02" // an administrator, or a crash, ended the connection
	}
	return cutOff(err)
}

// cutOff reports whether the way to the database broke, or time ran out on it. Whether a commit that was under way took
// place is unknown then; the same request again finds out.
func cutOff(err error) bool {
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || pgconn.SafeToRetry(err) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, context.DeadlineExceeded)
}

// damaged reports whether SQLite found its own file broken.
func damaged(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqlite3.SQLITE_CORRUPT || lite.Code()&0xff == sqlite3.SQLITE_NOTADB)
}
