package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/openlaurel/laurel/issuer"
)

// Microseconds of a week, and from a Monday at midnight to the moment from which times are counted, a Thursday.
const (
	weekMicros   = 7 * 24 * 3600 * 1_000_000
	mondayMicros = 3 * 24 * 3600 * 1_000_000
)

// achievementsCounted bounds how many achievements Statistics names.
const achievementsCounted = 10

// Statistics counts what happened since a moment for these issuers (nil: all). Every week since then stands in the answer, the
// oldest first.
func (s *Store) Statistics(ctx context.Context, issuers []string, since, until time.Time) (issuer.Statistics, error) {
	var out issuer.Statistics
	at := map[int64]int{}
	for week := issuer.WeekOf(since); week.Before(until); week = week.AddDate(0, 0, 7) {
		at[week.UnixMicro()] = len(out.Weeks)
		out.Weeks = append(out.Weeks, issuer.Week{Start: week})
	}
	if len(out.Weeks) == 0 {
		return out, nil
	}
	f := &filter{}
	f.among("award.issuer_id", issuers)
	f.add("? <= %s", micros(out.Weeks[0].Start))
	t := s.read(ctx)
	count := func(query, column string, into func(*issuer.Week) *int) error {
		where := fmt.Sprintf(strings.Join(f.where, " AND "), column)
		week := fmt.Sprintf("(%s + %d) / %d", column, int64(mondayMicros), int64(weekMicros))
		return t.rows("SELECT "+week+", COUNT(*) FROM "+query+" WHERE "+where+" GROUP BY "+week, f.args, func(scan func(...any) error) error {
			var week int64
			var n int
			if err := scan(&week, &n); err != nil {
				return err
			}
			if i, ok := at[week*weekMicros-mondayMicros]; ok {
				*into(&out.Weeks[i]) = n
			}
			return nil
		})
	}
	if err := count("award", "award.created_at", func(w *issuer.Week) *int { return &w.Awarded }); err != nil {
		return out, s.wrap(err, "statistics")
	}
	if err := count("offer JOIN award ON award.id = offer.award_id", "offer.used_at", func(w *issuer.Week) *int { return &w.Claimed }); err != nil {
		return out, s.wrap(err, "statistics")
	}
	where := fmt.Sprintf(strings.Join(f.where, " AND "), "award.created_at")
	err := t.rows("SELECT achievement_id, COUNT(*) AS n FROM award WHERE "+where+" GROUP BY achievement_id ORDER BY n DESC, achievement_id LIMIT "+
		fmt.Sprint(achievementsCounted), f.args, func(scan func(...any) error) error {
		var c issuer.AchievementCount
		err := scan(&c.ID, &c.N)
		out.ByAchievement = append(out.ByAchievement, c)
		return err
	})
	if err != nil {
		return out, s.wrap(err, "statistics")
	}
	return out, s.wrap(t.tallies(issuers, out.Weeks, at), "statistics")
}

// tallies adds how often badges were checked.
func (t *tx) tallies(issuers []string, weeks []issuer.Week, at map[int64]int) error {
	f := &filter{}
	f.among("issuer_id", issuers)
	f.add("week >= ?", micros(weeks[0].Start))
	return t.rows("SELECT week, SUM(n) FROM tally WHERE "+strings.Join(f.where, " AND ")+" GROUP BY week", f.args, func(scan func(...any) error) error {
		var week int64
		var n int
		if err := scan(&week, &n); err != nil {
			return err
		}
		if i, ok := at[week]; ok {
			weeks[i].Verified = n
		}
		return nil
	})
}

// AddTally adds checks of an issuer's badges to the week that begins then.
func (s *Store) AddTally(ctx context.Context, issuerID string, week time.Time, n int) error {
	return s.write(ctx, "tally", func(t *tx) error {
		_, err := t.exec(`INSERT INTO tally (week, issuer_id, n) VALUES ($1, $2, $3)
			ON CONFLICT (week, issuer_id) DO UPDATE SET n = tally.n + excluded.n`, micros(week), issuerID, int64(n))
		return err
	})
}
