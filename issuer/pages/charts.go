package pages

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// Statistics counts what happened; *store.Store does.
type Statistics interface {
	Statistics(ctx context.Context, issuers []string, since, until time.Time) (issuer.Statistics, error)
}

// weeksShown is how far back the charts go, and statisticsKept how long their numbers are remembered.
const (
	weeksShown     = 26
	statisticsKept = time.Minute
	chartsURL      = "/console/charts"
)

// ChartView is what the overview says in numbers, beside the pictures of them.
type ChartView struct {
	Weeks                      []issuer.Week // those in which something happened, newest first
	Since                      time.Time
	Awarded, Claimed, Verified int
	Achievements               []AchievementBar
}

// AchievementBar is one achievement with its share of the largest, in per cent.
type AchievementBar struct {
	Name     string
	N, Share int
}

// numbers remembers statistics for a moment, because counting many awards takes a while.
type numbers struct {
	mu   sync.Mutex
	last map[string]counted
}

type counted struct {
	at    time.Time
	stats issuer.Statistics
}

// statistics returns the numbers of those issuers that the person sees.
func (p *Pages) statistics(ctx context.Context, s session) (issuer.Statistics, error) {
	ids, all := access.Issuers(s.here.Person, access.Read)
	key := "*"
	if !all {
		ids = append([]string{}, ids...)
		slices.Sort(ids)
		key = strings.Join(ids, " ")
	} else {
		ids = nil
	}
	now := p.c.Clock().UTC()
	p.numbers.mu.Lock()
	defer p.numbers.mu.Unlock()
	if got, ok := p.numbers.last[key]; ok && now.Sub(got.at) < statisticsKept && !now.Before(got.at) {
		return got.stats, nil
	}
	since := issuer.WeekOf(now).AddDate(0, 0, -7*(weeksShown-1))
	stats, err := p.c.Statistics.Statistics(ctx, ids, since, now.Add(time.Microsecond))
	if err != nil {
		return stats, fmt.Errorf("statistics: %w", err)
	}
	if len(p.numbers.last) >= plansMaximum*4 {
		clear(p.numbers.last)
	}
	p.numbers.last[key] = counted{now, stats}
	return stats, nil
}

// charts says in words what the pictures show; nil when nothing has happened.
func (p *Pages) charts(ctx context.Context, s session, names map[string]string) (*ChartView, error) {
	if p.c.Statistics == nil {
		return nil, nil
	}
	stats, err := p.statistics(ctx, s)
	if err != nil || len(stats.Weeks) == 0 {
		return nil, err
	}
	v := &ChartView{Since: stats.Weeks[0].Start}
	for _, w := range slices.Backward(stats.Weeks) {
		v.Awarded, v.Claimed, v.Verified = v.Awarded+w.Awarded, v.Claimed+w.Claimed, v.Verified+w.Verified
		if w.Awarded+w.Claimed+w.Verified > 0 {
			v.Weeks = append(v.Weeks, w)
		}
	}
	if v.Awarded+v.Claimed+v.Verified == 0 {
		return nil, nil
	}
	for _, a := range stats.ByAchievement {
		v.Achievements = append(v.Achievements, AchievementBar{Name: first(names[a.ID], a.ID), N: a.N, Share: max(1, 100*a.N/max(1, stats.ByAchievement[0].N))})
	}
	return v, nil
}

// weeksChart draws the weeks as an SVG file of its own, so that no page needs anything inline.
func (p *Pages) weeksChart(c *gin.Context, s session) error {
	stats, err := p.statistics(c.Request.Context(), s)
	if err != nil {
		return err
	}
	title := p.say(c, "charts.weeks")
	body := drawWeeks(title, stats.Weeks)
	h := c.Writer.Header()
	h.Set("Content-Type", mediaSVG)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.WriteString(body) // the client is gone: nobody is left to tell
	return nil
}

// The measures of the chart. Its colours stand out on white and on the dark of the pages: at least 3 to 1 on both (WCAG 1.4.11).
const (
	chartWidth, chartHeight = 780, 220
	awardedColour           = "#2f8f66"
	claimedColour           = "#3d7fd6"
	verifiedColour          = "#b7791f"
	axisColour              = "#868c85"
)

// drawWeeks draws three bars for each week. The three differ in height, place and outline, not in colour alone.
func drawWeeks(title string, weeks []issuer.Week) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img"><title>%s</title>`, chartWidth, chartHeight, escapeXML(title))
	most := 1
	for _, w := range weeks {
		most = max(most, w.Awarded, w.Claimed, w.Verified)
	}
	floor := chartHeight - 10
	for _, part := range [...]int{0, 1, 2} { // the floor, the half and the top
		y := floor - part*(floor-10)/2
		fmt.Fprintf(&b, `<path d="M0 %dH%d" stroke="%s" stroke-width="%s"/>`, y, chartWidth, axisColour, map[bool]string{true: "1.5", false: ".4"}[part == 0])
	}
	step := float64(chartWidth) / float64(max(1, len(weeks)))
	for i, w := range weeks {
		for n, bar := range [...]struct {
			value  int
			colour string
		}{{w.Awarded, awardedColour}, {w.Claimed, claimedColour}, {w.Verified, verifiedColour}} {
			if bar.value == 0 {
				continue
			}
			height := max(2, bar.value*(floor-10)/most)
			fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, float64(i)*step+float64(n)*step*.29+step*.06, floor-height, step*.26,
				height, bar.colour)
		}
	}
	b.WriteString("</svg>")
	return b.String()
}

func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
