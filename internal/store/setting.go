package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
)

// Setting returns what a setting was switched to in the console; empty when it never was.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	value := ""
	err := s.read(ctx).rows("SELECT value FROM setting WHERE name = $1", args(name), func(scan func(...any) error) error { return scan(&value) })
	return value, s.wrap(err, "setting")
}

// SetSetting switches a setting. e is written with it.
func (s *Store) SetSetting(ctx context.Context, name, value string, at time.Time, e event.Event) error {
	return s.write(ctx, "setting", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, name, value, micros(at)); err != nil {
			return err
		}
		return t.record(e)
	})
}
