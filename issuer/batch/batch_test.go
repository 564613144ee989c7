package batch_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/testvectors"
)

func clock() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// ledger awards in memory, as the issuer does: the same external id again is a replay.
type ledger struct {
	awards map[string]batch.Ready
	order  []string
	fail   func(batch.Ready) error
}

func newLedger() *ledger { return &ledger{awards: map[string]batch.Ready{}} }

func (l *ledger) AwardRow(_ context.Context, r batch.Ready) (string, bool, error) {
	if l.fail != nil {
		if err := l.fail(r); err != nil {
			return "", false, err
		}
	}
	_, replayed := l.awards[r.ExternalID]
	if !replayed {
		l.awards[r.ExternalID] = r
		l.order = append(l.order, r.Name)
	}
	return "awd_" + r.ExternalID, replayed, nil
}

func (l *ledger) Awarded(_ context.Context, _, externalID string) (string, error) {
	if _, ok := l.awards[externalID]; ok {
		return "awd_" + externalID, nil
	}
	return "", nil
}

func (l *ledger) importer() *batch.Importer {
	return batch.New(batch.Config{Awarder: l, Past: l, Clock: clock})
}

func parse(t *testing.T, text string, o batch.Options) *batch.Sheet {
	t.Helper()
	s, err := batch.Parse([]byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plan(t *testing.T, s *batch.Sheet) *batch.Plan {
	t.Helper()
	p, err := newLedger().importer().Plan(t.Context(), s, batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func course(t *testing.T) string {
	t.Helper()
	data, err := testvectors.Read(testvectors.CourseCompletion)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func encode16(s string, order binary.AppendByteOrder) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// TestCourseCompletionInEveryDisguise reads the export as the platform writes it, and as it comes out of spreadsheets.
func TestCourseCompletionInEveryDisguise(t *testing.T) {
	text := course(t)
	tabs := strings.ReplaceAll(strings.ReplaceAll(text, ", PhD", " PhD"), ",", "\t")
	for name, in := range map[string]string{
		"as exported":                    text,
		"UTF-8 with mark (excel CSV)":    "\ufeff" + text,
		"UTF-16LE with tabs (excel CSV)": "\xff\xfe" + encode16(tabs, binary.LittleEndian),
		"UTF-16BE":                       "\xfe\xff" + encode16(text, binary.BigEndian),
		"UTF-16LE without mark":          encode16(text, binary.LittleEndian),
		"UTF-16BE without mark":          encode16(text, binary.BigEndian),
		"CRLF":                           strings.ReplaceAll(text, "\n", "\r\n"),
		"CR alone":                       strings.ReplaceAll(text, "\n", "\r"),
		"mixed line ends":                strings.Replace(strings.Replace(text, "\n", "\r\n", 3), "\n", "\r", 1),
		"empty lines":                    "\n\n" + strings.ReplaceAll(text, "\n", "\n\n,,,,,,,,,,,\n"),
		"without the last line end":      strings.TrimRight(text, "\n"),
		"a sep line":                     "sep=,\n" + text,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			s := parse(t, in, batch.Options{})
			p, err := l.importer().Plan(t.Context(), s, batch.Target{Achievement: "ach_course"})
			if err != nil {
				t.Fatal(err)
			}
			tot := p.Totals()
			if tot[batch.Planned] != testvectors.CourseCompletions || tot[batch.Skipped] != testvectors.CourseLearners-testvectors.CourseCompletions || len(p.Rows) != testvectors.CourseLearners {
				t.Fatalf("totals %v, rows %+v", tot, p.Rows)
			}
			if len(l.awards) != 0 {
				t.Fatal("a plan awarded something")
			}
			rep, err := l.importer().Run(t.Context(), p, nil)
			if err != nil || rep.Totals()[batch.Awarded] != testvectors.CourseCompletions {
				t.Fatalf("report %v, %v", rep.Totals(), err)
			}
			if got := l.order[1]; got != "ليلى حداد" {
				t.Errorf("the second name is %q", got)
			}
			for _, r := range l.awards {
				if r.Name == "Amina Diallo" && (!r.AwardedAt.Equal(time.Date(2026, 2, 2, 9, 10, 0, 0, time.UTC)) || r.Email != "amina.diallo@example.org") {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
}

func TestOneActivityOfTheCourseIsAnotherAchievement(t *testing.T) {
	l := newLedger()
	target := batch.Target{Achievement: "ach_workshop"}
	s := parse(t, course(t), batch.Options{Map: map[batch.Field]string{batch.AwardedAt: testvectors.WorkshopColumn}})
	p, err := l.importer().Plan(t.Context(), s, target)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Totals()[batch.Planned]; got != testvectors.WorkshopCompletions {
		t.Errorf("%d ready", got)
	}
	if _, err := l.importer().Run(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	whole := parse(t, course(t), batch.Options{})
	q, err := l.importer().Plan(t.Context(), whole, batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Totals()[batch.Planned]; got != testvectors.CourseCompletions {
		t.Errorf("the course after the activity: %v", q.Totals())
	}
}

func TestASecondImportRepeatsNoAward(t *testing.T) {
	l := newLedger()
	for round := range 3 {
		p, err := l.importer().Plan(t.Context(), parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course"})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Totals()[batch.Known]; round > 0 && got != testvectors.CourseCompletions {
			t.Errorf("round %d: %v", round, p.Totals())
		}
		// Without Past, the awarder's own replays are recognised.
		blind := batch.New(batch.Config{Awarder: l, Clock: clock})
		if p, err = blind.Plan(t.Context(), parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course"}); err != nil {
			t.Fatal(err)
		}
		rep, err := blind.Run(t.Context(), p, nil)
		if err != nil || round > 0 && rep.Totals()[batch.Known] != testvectors.CourseCompletions {
			t.Errorf("round %d: %v, %v", round, rep.Totals(), err)
		}
	}
	if len(l.awards) != testvectors.CourseCompletions {
		t.Errorf("%d awards", len(l.awards))
	}
}

func TestTheSourceTellsPlatformsApart(t *testing.T) {
	l := newLedger()
	for _, source := range []string{"a", "b"} {
		p, err := l.importer().Plan(t.Context(), parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course", Source: source})
		if err != nil || p.Totals()[batch.Planned] != testvectors.CourseCompletions {
			t.Fatalf("%v, %v", p.Totals(), err)
		}
		if _, err := l.importer().Run(t.Context(), p, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAReportIsTrueWhenTheRunIsCutOff(t *testing.T) {
	l := newLedger()
	ctx, cancel := context.WithCancel(t.Context())
	p, err := l.importer().Plan(ctx, parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.importer().Run(ctx, p, func(done, total int) {
		if done == 2 {
			cancel()
		}
		if total != testvectors.CourseCompletions {
			t.Errorf("total %d", total)
		}
	})
	if err == nil || rep.Totals()[batch.Awarded] != 2 || rep.Totals()[batch.Planned] != 4 || len(l.awards) != 2 {
		t.Fatalf("%v, %v", rep.Totals(), err)
	}
	rep, err = l.importer().Run(t.Context(), p, nil)
	if err != nil || rep.Totals()[batch.Awarded] != 4 || rep.Totals()[batch.Known] != 2 {
		t.Errorf("going on: %v, %v", rep.Totals(), err)
	}
}

func TestARefusedAwardHoldsUpNoOtherRow(t *testing.T) {
	l := newLedger()
	l.fail = func(r batch.Ready) error {
		if r.Name == "李雪梅" {
			return fault.New(fault.Conflict, nil, "another award has this id").Code("award.conflict")
		}
		return nil
	}
	p, err := l.importer().Plan(t.Context(), parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.importer().Run(t.Context(), p, nil)
	if err != nil || rep.Totals()[batch.Awarded] != 5 || rep.Totals()[batch.Failed] != 1 {
		t.Fatalf("%v, %v", rep.Totals(), err)
	}
	if o := rep.Rows[2]; o.Status != batch.Failed || o.Line != 4 || o.Reasons[0].Code != "award.conflict" {
		t.Errorf("got %+v", o)
	}
}

func TestOurOwnFaultEndsTheRun(t *testing.T) {
	l := newLedger()
	l.fail = func(batch.Ready) error { return fmt.Errorf("disk full at /secret/place") }
	p, err := l.importer().Plan(t.Context(), parse(t, course(t), batch.Options{}), batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.importer().Run(t.Context(), p, nil)
	if err == nil || rep.Totals()[batch.Failed] != 5 || rep.Totals()[batch.Planned] != 1 {
		t.Fatalf("%v, %v", rep.Totals(), err)
	}
	if got := rep.Rows[0].Reasons[0].Sentence; strings.Contains(got, "secret") {
		t.Errorf("the cause is shown: %s", got)
	}
	none, err := batch.New(batch.Config{}).Run(t.Context(), p, nil)
	if !fault.Is(err, fault.Unavailable) || none.Totals()[batch.Planned] != 6 {
		t.Errorf("the zero Config: %v, %v", none.Totals(), err)
	}
}

func ExampleImporter_Plan() {
	sheet, err := batch.Parse([]byte("Name;E-mail;Awarded at\nAmina Diallo;amina@example.org;2026-02-02\nA Nobody;nobody;2026-02-02\n"), batch.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := batch.New(batch.Config{}).Plan(context.Background(), sheet, batch.Target{Achievement: "safety-course"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range plan.Rows {
		fmt.Print(row.Line, " ", row.Status)
		for _, r := range row.Reasons {
			fmt.Print(" ", r.Field, ": ", r.Sentence)
		}
		fmt.Println()
	}
	// Output:
	// 2 ready
	// 3 problem email: this is no plain mail address
}
