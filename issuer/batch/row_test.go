package batch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/batch"
)

// TestRows puts one row between two good ones: it gets its code, and they stay ready.
func TestRows(t *testing.T) {
	const head = "name,email,external_id,awarded_at,achievement,recipient_id,evidence_url,expires_at\n"
	for name, tc := range map[string]struct{ row, code string }{
		"a good row":                            {"Ben,ben@example.org,x,2026-02-02,,,,", ""},
		"everything filled in":                  {"Ben,ben@example.org,x,2026-02-02,ach_2,did:key:z6Mk,https://e.example/1,2030-01-01", ""},
		"only an external id":                   {"Ben,,x,2026-02-02,,,,", ""},
		"blanks around cells":                   {"  Ben , ben@example.org\t,x , 2026-02-02 ,,,,", ""},
		"empty cells behind the last column":    {"Ben,ben@example.org,x,2026-02-02,,,,,,", ""},
		"a quote inside a cell":                 {`Ben "the" Man,ben@example.org,x,2026-02-02,,,,`, ""},
		"a line end inside quotes":              {"\"Ben\r\nBo\",ben@example.org,x,2026-02-02,,,,", "csv.control"},
		"not completed":                         {"Ben,ben@example.org,x,,,,,", "csv.not_completed"},
		"not completed, marked by a dash":       {"Ben,ben@example.org,x,-,,,,", "csv.not_completed"},
		"not completed and otherwise bad":       {"=Ben,ben,x,,,,,", "csv.not_completed"},
		"no name":                               {",ben@example.org,x,2026-02-02,,,,", "csv.name"},
		"nothing that tells who":                {"Ben,,,2026-02-02,,,,", "csv.learner"},
		"W03: a formula for a name":             {`"=HYPERLINK(""https://evil.example"",""Ben"")",ben@example.org,x,2026-02-02,,,,`, "csv.formula"},
		"W03: a plus":                           {"+Ben,ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: a minus":                          {"-Ben,ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: an at sign":                       {"@Ben,ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: a TAB":                            {"\"\tBen\",ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: a blank before it":                {" =Ben,ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: a full-width sign":                {"＝Ben,ben@example.org,x,2026-02-02,,,,", "csv.formula"},
		"W03: a formula for an id":              {"Ben,ben@example.org,=1+1,2026-02-02,,,,", "csv.formula"},
		"a NUL":                                 {"B\x00en,ben@example.org,x,2026-02-02,,,,", "csv.control"},
		"a broken byte":                         {"B\xffen,ben@example.org,x,2026-02-02,,,,", "csv.utf8"},
		"a Latin-1 letter":                      {"B\xe9n,ben@example.org,x,2026-02-02,,,,", "csv.utf8"},
		"a name that is too long":               {strings.Repeat("n", 400) + ",ben@example.org,x,2026-02-02,,,,", "csv.too_long"},
		"a cell that is far too long":           {strings.Repeat("n", limits.CSVFieldBytes+1) + ",ben@example.org,x,2026-02-02,,,,", "csv.too_long"},
		"a quoted cell that is far too long":    {`"` + strings.Repeat("n", limits.CSVFieldBytes+2) + `",ben@example.org,x,2026-02-02,,,,`, "csv.too_long"},
		"an address without a domain":           {"Ben,ben,x,2026-02-02,,,,", "csv.email"},
		"U14: a comment in an address":          {"Ben,ben(a(b(c)))@example.org,x,2026-02-02,,,,", "csv.email"},
		"U14: a display name":                   {"Ben,Ben <ben@example.org>,x,2026-02-02,,,,", "csv.email"},
		"two addresses":                         {`Ben,"ben@example.org,bo@example.org",x,2026-02-02,,,,`, "csv.email"},
		"U12: 50000 letters and a mark":         {"Ben," + strings.Repeat("a", 50_000) + "!,x,2026-02-02,,,,", "csv.too_long"},
		"U12: 2000 letters and a mark":          {"Ben," + strings.Repeat("a", 2_000) + "!,x,2026-02-02,,,,", "csv.email"},
		"U11: a full-width address":             {"Ben,ｂｅｎ@example.org,x,2026-02-02,,,,", "csv.email"},
		"too few cells":                         {"Ben,ben@example.org", "csv.columns"},
		"too many cells":                        {"Ben,ben@example.org,x,2026-02-02,,,,,more", "csv.columns"},
		"letters behind a closing quote":        {`"Ben"x,ben@example.org,x,2026-02-02,,,,`, "csv.quote"},
		"a quote that nobody closes":            {`"Ben,ben@example.org,x,2026-02-02,,,,`, "csv.quote"},
		"a date that is none":                   {"Ben,ben@example.org,x,yesterday,,,,", "csv.date"},
		"an ambiguous date":                     {"Ben,ben@example.org,x,02/03/2026,,,,", "csv.date_ambiguous"},
		"a date to come":                        {"Ben,ben@example.org,x,2026-07-02,,,,", "csv.date_future"},
		"an end before the beginning":           {"Ben,ben@example.org,x,2026-02-02,,,,2026-02-01", "csv.date_order"},
		"a recipient id that is a word":         {"Ben,,x,2026-02-02,,ben,,", "csv.recipient_id"},
		"evidence that runs a script":           {"Ben,,x,2026-02-02,,,javascript:alert(1),", "csv.evidence"},
		"the same external id again":            {"Ben,ben@example.org,first,2026-02-02,,,,", "csv.duplicate"},
		"the same award under another id":       {"Ben,ANN@example.org,x,2026-01-31,,,,", "csv.duplicate"},
		"an award of another day, with its id":  {"Ann,ann@example.org,x,2026-02-02,,,,", ""},
		"the same learner, and no id":           {"Ann,ann@example.org,,2026-02-02,,,,", "csv.duplicate"},
		"the same learner, other achievement":   {"Ann,ann@example.org,x,2026-02-02,ach_2,,,", ""},
		"SQL meta-characters, kept as they are": {"Rob'); DROP TABLE awards;--,ben@example.org,x,2026-02-02,,,,", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, parse(t, head+"Ann,ann@example.org,first,2026-01-31,,,,\n"+tc.row+"\nZoe,zoe@example.org,last,2026-01-31,,,,\n", batch.Options{}))
			if len(p.Rows) != 3 || p.Rows[0].Status != batch.Planned || p.Rows[2].Status != batch.Planned {
				t.Fatalf("the rows around it: %+v", p.Rows)
			}
			o := p.Rows[1]
			got := ""
			if len(o.Reasons) > 0 {
				got = o.Reasons[0].Code
			}
			if got != tc.code || o.Line != 3 {
				t.Errorf("line %d: %q, want %q (%+v)", o.Line, got, tc.code, o)
			}
			for _, r := range o.Reasons {
				if strings.Contains(r.Sentence, "example.org") {
					t.Errorf("the reason repeats the cell: %s", r.Sentence)
				}
			}
		})
	}
}

func TestALearnerStandsTwiceInAFileWithoutAwardIDs(t *testing.T) {
	p := plan(t, parse(t, "id,name,email,awarded_at\n1,Ann,ann@example.org,2026-01-31\n2,Ann,ANN@example.org,2026-02-02\n1,Ann,,2026-02-02\n3,Ben,,2026-02-02\n", batch.Options{}))
	var got []string
	for _, o := range p.Rows {
		got = append(got, string(o.Status))
	}
	if s := strings.Join(got, " "); s != "ready duplicate duplicate ready" {
		t.Errorf("got %s", s)
	}
	if s := p.Rows[1].Reasons[0].Sentence; !strings.Contains(s, "line 2") {
		t.Errorf("got %s", s)
	}
}

func TestAllMistakesOfARowAreTold(t *testing.T) {
	p := plan(t, parse(t, "name,email,awarded_at\n=Ben,ben,never\n", batch.Options{}))
	var codes []string
	for _, r := range p.Rows[0].Reasons {
		codes = append(codes, r.Code)
	}
	if got := strings.Join(codes, " "); got != "csv.date csv.formula csv.email" {
		t.Errorf("got %s", got)
	}
}

func TestAnAchievementThatIsUnknownIsAProblemOfItsRow(t *testing.T) {
	im := batch.New(batch.Config{Clock: clock, Achievements: catalogue{"first-aid": "ach_1"}})
	s := parse(t, "name,email,achievement\nAnn,ann@example.org,first-aid\nBen,ben@example.org,second-aid\nCem,cem@example.org,\n", batch.Options{})
	p, err := im.Plan(t.Context(), s, batch.Target{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows[0].Status != batch.Planned || p.Rows[1].Reasons[0].Code != "csv.achievement" || p.Rows[2].Reasons[0].Code != "csv.achievement_missing" {
		t.Errorf("got %+v", p.Rows)
	}
}

func TestLineNumbersAreThoseOfTheFile(t *testing.T) {
	p := plan(t, parse(t, "\r\nname,email\r\n\r\nAnn,ann@example.org\r\n\"Ben\nBo\rBu\",x\r\n\r\n\"Cem,cem@example.org\nDan,d\r", batch.Options{}))
	var lines []int
	for _, o := range p.Rows {
		lines = append(lines, o.Line)
	}
	if len(lines) != 4 || lines[0] != 4 || lines[1] != 5 || lines[2] != 9 || lines[3] != 10 {
		t.Errorf("got %v", lines)
	}
}

// TestDates reads one date column under several options.
func TestDates(t *testing.T) {
	day := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	at := day.Add(9*time.Hour + 5*time.Minute)
	for _, tc := range []struct {
		in    string
		order batch.DateOrder
		want  time.Time // zero: refused
	}{
		{"2026-02-03", "", day},
		{"2026/02/03", "", day},
		{"2026.2.3", "", day},
		{"2026-02-03T09:05:00Z", "", at},
		{"2026-02-03T10:05:00+01:00", "", at},
		{"2026-02-03 09:05", "", at},
		{"2026-02-03T09:05", "", at},
		{"2026-02-03 09:05:00", "", at},
		{"Tuesday, 3 February 2026, 9:05 AM", "", at},
		{"3 February 2026, 9:05 AM", "", at},
		{"3 February 2026, 9:05\u202fAM", "", at},
		{"February 3, 2026", "", day},
		{"Tuesday, February 3, 2026, 9:05 am", "", at},
		{"3 Feb 2026", "", day},
		{"mardi 3 février 2026, 09:05", "", at},
		{"martes, 3 de febrero de 2026, 09:05", "", at},
		{"вторник, 3 февраля 2026, 09:05", "", at},
		{"3 февраля 2026 г.", "", day},
		{"الثلاثاء، 3 فبراير 2026، 9:05 ص", "", at},
		{"٣ فبراير ٢٠٢٦", "", day},
		{"2026年2月3日 星期二 09:05", "", at},
		{"3.2.2026", "", day},
		{"03.02.26 09:05", "", at},
		{"3/02/26, 09:05", batch.DayFirst, at},
		{"2/03/26, 09:05", batch.MonthFirst, at},
		{"28/02/2026", "", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)},
		{"02/28/2026", "", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)},
		{"02/02/2026", "", time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)},
		{"3 February 2026, 12:05 AM", "", day.Add(5 * time.Minute)},
		{"2 February 2026, 12:05 PM", "", time.Date(2026, 2, 2, 12, 5, 0, 0, time.UTC)},

		{"03/02/2026", "", time.Time{}},
		{"28/02/2026", batch.MonthFirst, time.Time{}},
		{"30 February 2026", "", time.Time{}},
		{"2026-02-30", "", time.Time{}},
		{"2026-13-01", "", time.Time{}},
		{"2026-02/03", "", time.Time{}},
		{"3 Februember 2026", "", time.Time{}},
		{"3 February", "", time.Time{}},
		{"3 February 2026, 13:05 PM", "", time.Time{}},
		{"3 February 2026, 25:05", "", time.Time{}},
		{"3 February 2026, 9:65 AM", "", time.Time{}},
		{"9:05", "", time.Time{}},
		{"46056", "", time.Time{}},
		{"1770109500", "", time.Time{}},
		{"0001-01-01", "", time.Time{}},
		{"3026-01-01", "", time.Time{}},
		{strings.Repeat("3 ", 500), "", time.Time{}},
		{strings.Repeat("a", 50_000) + "!", "", time.Time{}},
	} {
		p := plan(t, parse(t, "name,external_id,awarded_at\nAnn,x,\""+tc.in+"\"\n", batch.Options{Dates: tc.order}))
		o := p.Rows[0]
		if tc.want.IsZero() {
			if o.Status != batch.Problem || !strings.HasPrefix(o.Reasons[0].Code, "csv.date") {
				t.Errorf("%.60q: %+v, want a problem", tc.in, o)
			}
			continue
		}
		l := newLedger()
		if _, err := l.importer().Run(t.Context(), p, nil); err != nil || o.Status != batch.Planned {
			t.Errorf("%q: %+v, %v", tc.in, o, err)
			continue
		}
		if got := l.awards["x"].AwardedAt; !got.Equal(tc.want) {
			t.Errorf("%q: %v, want %v", tc.in, got, tc.want)
		}
	}
}

func TestADateWithoutOffsetIsInTheZoneOfThePlatform(t *testing.T) {
	zone := time.FixedZone("", 3*3600)
	l := newLedger()
	p := plan(t, parse(t, "name,external_id,awarded_at\nAnn,x,2026-02-03 09:05\nBen,y,2026-02-03T09:05:00Z\n", batch.Options{Zone: zone}))
	if _, err := l.importer().Run(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	if got := l.awards["x"].AwardedAt.UTC().Hour(); got != 6 {
		t.Errorf("hour %d", got)
	}
	if got := l.awards["y"].AwardedAt.UTC().Hour(); got != 9 {
		t.Errorf("an offset counts more: hour %d", got)
	}
}

func TestWithoutADateColumnEveryRowIsAwarded(t *testing.T) {
	l := newLedger()
	p := plan(t, parse(t, "First name\tLast name\tE-Mail\nAnn\tAu\tann@example.org\n", batch.Options{}))
	if _, err := l.importer().Run(t.Context(), p, nil); err != nil || len(l.order) != 1 || l.order[0] != "Ann Au" {
		t.Fatalf("%v, %v", l.order, err)
	}
	for id, r := range l.awards {
		if !r.AwardedAt.IsZero() || !strings.HasPrefix(id, "row:") {
			t.Errorf("%s: %+v", id, r)
		}
	}
}

// catalogue maps references to ids.
type catalogue map[string]string

func (c catalogue) AchievementID(_ ctx, _, ref string) (string, error) {
	if id, ok := c[ref]; ok {
		return id, nil
	}
	return "", fault.New(fault.NotFound, nil, "no %s", ref)
}

func TestALanguageIsATagOrItsOwnName(t *testing.T) {
	l := newLedger()
	s := parse(t, "name,email,Preferred language\nA,a@e.org,ar\nB,b@e.org,zh-Hant\nC,c@e.org,français\nD,d@e.org,\nE,e@e.org,de\nF,f@e.org,=ar\n", batch.Options{})
	p, err := l.importer().Plan(t.Context(), s, batch.Target{Achievement: "ach_course"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.importer().Run(t.Context(), p, nil); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range l.awards {
		got[r.Name] = r.Language
	}
	if diff := cmp.Diff(map[string]string{"A": "ar", "B": "zh", "C": "fr", "D": ""}, got); diff != "" {
		t.Error(diff)
	}
	for i, code := range map[int]string{4: "csv.language", 5: "csv.formula"} {
		if r := p.Rows[i].Reasons; len(r) != 1 || r[0].Code != code || r[0].Field != batch.Language {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}
