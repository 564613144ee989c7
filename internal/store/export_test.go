package store

import "database/sql"

// Pools lets tests look at the connections of a store.
func (s *Store) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"writer": s.writer, "reader": s.reader}
}
