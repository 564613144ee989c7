package batch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
)

// Config is what an Importer needs. The zero Config plans, and can award nothing.
type Config struct {
	Awarder      Awarder
	Achievements Achievements // nil: a reference is taken as an id
	Past         Past         // nil: a plan knows of no earlier award; running recognises replays all the same
	Clock        func() time.Time
}

// Importer plans and runs imports. It is safe for parallel use.
type Importer struct {
	awarder      Awarder
	achievements Achievements
	past         Past
	clock        func() time.Time
}

// New makes an Importer.
func New(c Config) *Importer {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Importer{awarder: c.Awarder, achievements: c.Achievements, past: c.Past, clock: c.Clock}
}

// Plan says what every row of a sheet leads to. Nothing is awarded by making it. One run at a time can use it.
type Plan struct {
	Target   Target
	Rows     []Outcome // one for every row of the sheet, in its order
	sheet    *Sheet
	resolved map[string]string // achievement reference → id
	today    time.Time
}

// Totals counts the rows by what they lead to.
func (p *Plan) Totals() Totals { return totals(p.Rows) }

func totals(rows []Outcome) Totals {
	t := Totals{}
	for i := range rows {
		t[rows[i].Status]++
	}
	return t
}

// Plan works out what every row leads to. An error is our own fault, or ctx ended; what is wrong with rows stands in the
// plan.
func (im *Importer) Plan(ctx context.Context, s *Sheet, target Target) (*Plan, error) {
	p := &Plan{Target: target, Rows: make([]Outcome, s.Len()), sheet: s, resolved: map[string]string{}, today: im.clock()}
	seen := make(map[[16]byte]uint32, s.Len())
	for i := range p.Rows {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, fmt.Errorf("plan of an import: %w", ctx.Err())
		}
		o := &p.Rows[i]
		*o = Outcome{Line: s.Line(i), row: i}
		r, reasons, skip, err := im.ready(ctx, p, i)
		switch {
		case err != nil:
			return nil, err
		case len(reasons) > 0:
			o.Status, o.Reasons = Problem, reasons
		case skip:
			o.Status, o.Reasons = Skipped, []Reason{notCompleted()}
		default:
			if err := im.settle(ctx, o, r, seen); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func notCompleted() Reason {
	return Reason{Code: "csv.not_completed", Field: AwardedAt, Sentence: "no completion date, so there is nothing to award"}
}

// settle decides between ready, duplicate and known for a row without problems.
func (im *Importer) settle(ctx context.Context, o *Outcome, r Ready, seen map[[16]byte]uint32) error {
	same := key("x", r.ExternalID)
	told, known := [][16]byte{same}, [][16]byte{same}
	if r.Email != "" {
		learner := key("m", r.AchievementID, foldEmail(r.Email))
		today := key("d", r.AchievementID, foldEmail(r.Email), r.AwardedAt.UTC().Format(time.DateOnly))
		known = append(known, learner, today)
		// With ids of its own a platform can award the same again on another day; without, a learner stands once.
		if told = append(told, today); r.derived {
			told = append(told, learner)
		}
	}
	for _, k := range told {
		if line, ok := seen[k]; ok {
			o.Status = Duplicate
			o.Reasons = []Reason{{Code: "csv.duplicate", Sentence: fmt.Sprintf("the same award stands on line %d already", line),
				Values: map[string]string{"line": strconv.FormatUint(uint64(line), 10)}}}
			return nil
		}
	}
	for _, k := range known {
		if _, ok := seen[k]; !ok {
			seen[k] = uint32(r.Line) //nolint:gosec // a file has at most limits.CSVBytes lines
		}
	}
	o.Status = Planned
	if im.past == nil {
		return nil
	}
	id, err := im.past.Awarded(ctx, r.Issuer, r.ExternalID)
	if err != nil {
		return fmt.Errorf("earlier award for line %d: %w", r.Line, err)
	}
	if id != "" {
		o.Status, o.AwardID = Known, id
		o.Reasons = []Reason{{Code: "csv.known", Sentence: "this was awarded before"}}
	}
	return nil
}

// key is a short digest of parts, each with its length, so that no two lists of parts meet.
func key(parts ...string) [16]byte {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:", len(p))
		_, _ = io.WriteString(h, p)
	}
	return [16]byte(h.Sum(nil))
}

// achievement resolves a reference, once for the whole file.
func (im *Importer) achievement(ctx context.Context, p *Plan, ref string) (string, *Reason, error) {
	if im.achievements == nil {
		return ref, nil, nil
	}
	id, ok := p.resolved[ref]
	if !ok {
		var err error
		id, err = im.achievements.AchievementID(ctx, p.Target.Issuer, ref)
		switch {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Invalid):
			id = ""
		case err != nil:
			return "", nil, fmt.Errorf("achievement %.80q of an import: %w", ref, err)
		}
		if len(p.resolved) < 10_000 {
			p.resolved[ref] = id
		}
	}
	if id == "" {
		return "", &Reason{Code: "csv.achievement", Field: Achievement, Sentence: "there is no such achievement"}, nil
	}
	return id, nil, nil
}
