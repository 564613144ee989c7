package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// benchmark measures an award beside the database's own single-row insert of the same signed bytes, in turn, for a caller
// that is alone, as the ratio of the medians; and what a reader pays.
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
	var last issuer.Award
	b.Run("award beside a single row", func(b *testing.B) {
		var rows, awards []time.Duration
		for n := 0; b.Loop(); n++ {
			id := f.ID("")
			begin := time.Now()
			if _, err := insert.ExecContext(b.Context(), id, n, string(body)); err != nil {
				b.Fatal(err)
			}
			rows = append(rows, time.Since(begin))
			last = f.Award(school)
			last.ExternalID, last.IdempotencyKey, last.Credentials[0].Signed = last.ID, last.ID, body
			begin = time.Now()
			if err := f.Insert(last); err != nil {
				b.Fatal(err)
			}
			awards = append(awards, time.Since(begin))
		}
		slices.Sort(rows)
		slices.Sort(awards)
		row, award := rows[len(rows)/2], awards[len(awards)/2]
		b.ReportMetric(float64(row.Microseconds()), "µs/row")
		b.ReportMetric(float64(award.Microseconds()), "µs/award")
		b.ReportMetric(float64(row)/float64(award), "ratio")
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
