package store

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Bounds of a group of awards that share a transaction.
const (
	groupMost = 16
	groupTime = 30 * time.Second
)

// group lets awards, and records of the issuance log, that wait for the database at the same time share one transaction: one fsync, one statement for each
// table. Nobody is answered before the commit that holds their award. When a group fails, each of it is written alone, so
// that a bad one harms nobody else; but not when the database failed: the commit may have taken place, and an award would
// be in its own way.
type group struct {
	mu      sync.Mutex
	waiting []*member
	running bool
}

// member is one award, or one record of the issuance log, that waits.
type member struct {
	ctx    context.Context //nolint:containedctx // lives as long as one call of InsertAward or Record
	rows   awardRows
	intent *intent // nil for an award
	done   chan error
}

// insertAward stores rows together with whatever else waits. A caller who gives up while the award is being written does
// not learn what became of it, as with any commit whose answer is lost.
func (s *Store) insertAward(ctx context.Context, rows awardRows) error {
	return s.join(&member{ctx: ctx, rows: rows, done: make(chan error, 1)}, "award")
}

// join lets a member wait for its commit.
func (s *Store) join(m *member, what string) error {
	ctx := m.ctx
	if err := ctx.Err(); err != nil {
		return s.wrap(err, what)
	}
	g := &s.group
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	if !g.running {
		g.running = true
		go s.writeGroups() //nolint:contextcheck // it works for several callers
	}
	g.mu.Unlock()
	select {
	case err := <-m.done:
		return err
	case <-ctx.Done():
		return s.wrap(ctx.Err(), what)
	}
}

// writeGroups works until nothing waits.
func (s *Store) writeGroups() {
	for {
		members := s.group.next()
		if len(members) == 0 {
			return
		}
		err := s.writeGroup(members)
		for _, m := range members {
			alone := err
			if err != nil && len(members) > 1 && !fault.Is(err, fault.Unavailable) {
				alone = s.writeGroup([]*member{m})
			}
			m.done <- alone
		}
	}
}

// next takes what waits. Those whose callers have given up are dropped.
func (g *group) next() []*member {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []*member
	awards, intents := 0, 0
	for len(g.waiting) > 0 && awards < groupMost && intents < groupMost {
		if m := g.waiting[0]; m.ctx.Err() == nil {
			out = append(out, m)
			if m.intent != nil {
				intents++
			} else {
				awards++
			}
		}
		g.waiting = g.waiting[1:]
	}
	g.running = len(out) > 0
	return out
}

func (s *Store) writeGroup(members []*member) error {
	ctx, cancel := context.WithTimeout(context.Background(), groupTime)
	defer cancel()
	var all awardRows
	var intents []*intent
	for _, m := range members {
		if m.intent != nil {
			intents = append(intents, m.intent)
		}
		all.add(m.rows)
	}
	return s.write(ctx, "award", func(t *tx) error {
		if err := t.appendLog(intents); err != nil {
			return err
		}
		return all.insert(t)
	})
}

// insert writes rows of one shape with one statement. The texts are few, because a group is small: they stay compiled.
func (t *tx) insert(into string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	text := make([]byte, 0, len(into)+len(rows)*len(rows[0])*6)
	text = append(append(text, into...), " VALUES "...)
	values := make([]any, 0, len(rows)*len(rows[0]))
	for i, row := range rows {
		if i > 0 {
			text = append(text, ", "...)
		}
		for j, v := range row {
			separator := byte(',')
			if j == 0 {
				separator = '('
			}
			values = append(values, v)
			text = strconv.AppendInt(append(text, separator, '$'), int64(len(values)), 10)
		}
		text = append(text, ')')
	}
	_, err := t.exec(string(text), values...)
	return err
}
