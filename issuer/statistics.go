package issuer

import "time"

// Statistics are counts for people who run a programme. They say nothing of anybody.
type Statistics struct {
	Weeks         []Week
	ByAchievement []AchievementCount // most first
}

// Week is what happened in the seven days from Start on, a Monday at midnight (UTC).
type Week struct {
	Start                      time.Time
	Awarded, Claimed, Verified int // recorded awards; links taken by wallets; checks on this server
}

// AchievementCount is how often an achievement was awarded.
type AchievementCount struct {
	ID string
	N  int
}

// WeekOf returns the Monday at midnight (UTC) that begins the week of t.
func WeekOf(t time.Time) time.Time {
	day := t.UTC().Truncate(24 * time.Hour)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}
