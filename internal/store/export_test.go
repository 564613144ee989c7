package store

import (
	"context"
	"database/sql"
)

// Pools lets tests look at the connections of a store.
func (s *Store) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"writer": s.writer, "reader": s.reader}
}

// Nested runs a query while the rows of the same text are open, in one transaction, and returns how many rows both saw.
func (s *Store) Nested(ctx context.Context) (outer, inner int, err error) {
	const query = "SELECT 1 UNION SELECT 2 UNION SELECT 3"
	err = s.write(ctx, "nested", func(t *tx) error {
		return t.rows(query, nil, func(func(...any) error) error {
			outer++
			return t.rows(query, nil, func(func(...any) error) error { inner++; return nil })
		})
	})
	return outer, inner, err
}
