package store

import (
	"context"
	"time"
)

// UseBaseURL remembers the address that the deployment is served at from now on.
func (s *Store) UseBaseURL(ctx context.Context, url string, at time.Time) error {
	return s.write(ctx, "base URL", func(t *tx) error {
		_, err := t.exec("INSERT INTO base_url (url, used_at) VALUES ($1, $2) ON CONFLICT (url) DO UPDATE SET used_at = excluded.used_at",
			url, micros(at))
		return err
	})
}

// BaseURLs lists the addresses that the deployment was ever served at, the last one first. What was signed under an
// earlier one still names it.
func (s *Store) BaseURLs(ctx context.Context) ([]string, error) {
	var out []string
	err := s.read(ctx).rows("SELECT url FROM base_url ORDER BY used_at DESC, url", nil, func(scan func(...any) error) error {
		var u string
		err := scan(&u)
		out = append(out, u)
		return err
	})
	return out, s.wrap(err, "base URL")
}
