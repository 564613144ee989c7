package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
)

// signed is as long as a credential of the example's achievement.
func signed() []byte {
	out := make([]byte, 2200)
	for i := range out {
		out[i] = byte('A' + i%26)
	}
	return out
}

// benchmark measures an award beside the database's own single-row insert of the same signed bytes, in turn in one run, and
// what a reader pays.
func benchmark(b *testing.B, s *store.Store) {
	f := storetest.NewFixture(b, s)
	school := f.School("bench")
	writer := s.Pools()["writer"]
	if _, err := writer.ExecContext(b.Context(), "CREATE TABLE single (id TEXT PRIMARY KEY, n BIGINT NOT NULL, signed TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	insert, err := writer.PrepareContext(b.Context(), "INSERT INTO single (id, n, signed) VALUES ($1, $2, $3)")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = insert.Close() }()
	body := signed()
	b.Run("single row", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			if _, err := insert.ExecContext(b.Context(), f.ID(""), n, string(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
	var last issuer.Award
	b.Run("award", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			last = f.Award(school)
			last.ExternalID, last.IdempotencyKey = fmt.Sprint("ext-", b.N, "-", n, last.ID), last.ID
			last.Credentials[0].Signed = body
			if err := f.Insert(last); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read an award", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Award(b.Context(), last.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("changes of a list", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Changes(b.Context(), school.List.ID, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSQLite(b *testing.B) { benchmark(b, open(b, filepath.Join(b.TempDir(), "laurel.db"))) }

func BenchmarkPostgreSQL(b *testing.B) { benchmark(b, open(b, server(b)(b))) }
