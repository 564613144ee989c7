package batch_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/batch"
)

type ctx = context.Context

func TestTablesThatAreRefused(t *testing.T) {
	explicit := batch.Options{Map: map[batch.Field]string{batch.Name: "Nome"}}
	for name, tc := range map[string]struct {
		in   string
		o    batch.Options
		code string
	}{
		"nothing":                              {"", batch.Options{}, "csv.empty"},
		"empty lines only":                     {"\r\n\n\n", batch.Options{}, "csv.empty"},
		"a mark only":                          {"\ufeff", batch.Options{}, "csv.empty"},
		"no column for a name":                 {"email\na@example.org", batch.Options{}, "csv.column_missing"},
		"no column that tells who":             {"name\nAnn", batch.Options{}, "csv.column_missing"},
		"W04: the same heading twice":          {"name,email,email\n", batch.Options{}, "csv.duplicate_heading"},
		"W04: two headings for the same":       {"name,Email,E-mail address\n", batch.Options{}, "csv.duplicate_heading"},
		"a told heading that is not there":     {"name,email\n", explicit, "csv.column_missing"},
		"a told field that is none":            {"name,email\n", batch.Options{Map: map[batch.Field]string{"colour": "name"}}, "csv.field_unknown"},
		"headings that are not UTF-8":          {"n\xe4me,email\n", batch.Options{}, "csv.utf8"},
		"a NUL in a heading":                   {"na\x00me,email\n", batch.Options{}, "csv.control"},
		"a quote in the headings that is open": {"name,\"email\nAnn,ann@example.org\n", batch.Options{}, "csv.quote"},
		"an impossible delimiter":              {"name|email\n", batch.Options{Delimiter: '|'}, "csv.delimiter"},
		"thousands of columns":                 {"name,email" + strings.Repeat(",x", 3000), batch.Options{}, "limits.csv_columns"},
		"a picture":                            {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", batch.Options{}, "csv.kind"},
		"a workbook":                           {"PK\x03\x04\x14\x00", batch.Options{}, "csv.kind"},
		"an old workbook":                      {"\xd0\xcf\x11\xe0\xa1\xb1", batch.Options{}, "csv.kind"},
		"bytes of no known kind":               {"\x80\x81,b\n", batch.Options{}, "csv.utf8"},
		"a web page":                           {"<!DOCTYPE html>\n<title>x</title>", batch.Options{}, "csv.column_missing"},
		"rows over the bound":                  {"name,email\n" + strings.Repeat("a\n", limits.CSVRows+1), batch.Options{}, "limits.csv_rows"},
		"more bytes than the bound":            {strings.Repeat("\n", limits.CSVBytes+1), batch.Options{}, "limits.csv_bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := batch.Parse([]byte(tc.in), tc.o)
			if p := fault.Describe(err); err == nil || p.Code != tc.code {
				t.Errorf("%v: code %q, want %q", err, p.Code, tc.code)
			}
		})
	}
}

func TestHeadings(t *testing.T) {
	for name, tc := range map[string]struct {
		head string
		o    batch.Options
		want map[batch.Field]string
	}{
		"our own": {
			"name,email,external_id,awarded_at,achievement", batch.Options{},
			map[batch.Field]string{batch.Name: "name", batch.Email: "email", batch.ExternalID: "external_id", batch.AwardedAt: "awarded_at", batch.Achievement: "achievement"},
		},
		"semicolons, other case, blanks": {
			" Full Name ;E-MAIL;Completion  Date", batch.Options{},
			map[batch.Field]string{batch.Name: "Full Name", batch.Email: "E-MAIL", batch.AwardedAt: "Completion  Date"},
		},
		"Moodle in Arabic": {
			"المعرف,الاسم,عنوان البريد الإلكتروني,اختبار,اختبار - تاريخ الإكمال,اكتمل المقرر", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "المعرف", batch.Name: "الاسم", batch.Email: "عنوان البريد الإلكتروني", batch.AwardedAt: "اكتمل المقرر"},
		},
		"Moodle in Russian": {
			"ID,Имя,Адрес электронной почты,Тест,Тест - Дата завершения,Курс завершен", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "ID", batch.Name: "Имя", batch.Email: "Адрес электронной почты", batch.AwardedAt: "Курс завершен"},
		},
		"Moodle in French": {
			"ID,Nom,Adresse de courriel,Devoir,Devoir - Date d'achèvement,Cours terminé", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "ID", batch.Name: "Nom", batch.Email: "Adresse de courriel", batch.AwardedAt: "Cours terminé"},
		},
		"Moodle in Chinese": {
			"ID,姓名,电子邮件地址,测验,测验 - 完成日期,课程进度", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "ID", batch.Name: "姓名", batch.Email: "电子邮件地址", batch.AwardedAt: "课程进度"},
		},
		"Moodle in a language that we do not know: by position": {
			"Tunnus,Nimi,Sähköposti,Koe,Koe - Suorituspäivä,Kurssi suoritettu", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "Tunnus", batch.Name: "Nimi", batch.AwardedAt: "Kurssi suoritettu"},
		},
		"activities of the same name": {
			"ID,Name,Email address,Quiz,Quiz - Completion date,Quiz,Quiz - Completion date,Course complete", batch.Options{},
			map[batch.Field]string{batch.LearnerID: "ID", batch.Name: "Name", batch.Email: "Email address", batch.AwardedAt: "Course complete"},
		},
		"an activity that is called Name needs a word": {
			"ID,Name,Email address,Quiz,Quiz - Completion date,Course complete",
			batch.Options{Map: map[batch.Field]string{batch.AwardedAt: "quiz – completion date"}}, nil,
		},
		"told": {
			"Wer,Mail,Wann", batch.Options{Map: map[batch.Field]string{batch.Name: "wer", batch.AwardedAt: "Wann"}},
			map[batch.Field]string{batch.Name: "Wer", batch.Email: "Mail", batch.AwardedAt: "Wann"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := batch.Parse([]byte(tc.head+"\n"), tc.o)
			if tc.want == nil {
				if err == nil {
					t.Error("it is read")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[batch.Field]string{}
			for _, f := range batch.Fields() {
				if h, ok := s.Column(f); ok {
					got[f] = h
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBadRowsComeBackAsTheyWere is threat W03: what is exported is harmless in a spreadsheet, and imported again it is what
// it was.
func TestBadRowsComeBackAsTheyWere(t *testing.T) {
	in := "name,email,=note\n" +
		"\"=HYPERLINK(\"\"x\"\")\",a@example.org,\"@SUM(1)\"\n" +
		"'=quoted,a@example.org,''-x\n" +
		"Good,good@example.org,+1\n" +
		"Ben,no address,\"\tx\r\ny\rz\n\"\n" +
		"N\x00,x@example.org,\x00\n" +
		"Cem,no,-\n" +
		"few\n" +
		"many,x@example.org,1,2,=3\n" +
		"\"open,x,y\n"
	s := parse(t, in, batch.Options{})
	p := plan(t, s)
	var out bytes.Buffer
	n, err := p.WriteBadRows(&out)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for i, o := range p.Rows {
		if o.Status == batch.Problem {
			want = append(want, s.Cells(i))
		}
	}
	if n != len(want) || n < 6 {
		t.Fatalf("%d rows, want %d", n, len(want))
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range records {
		for _, c := range rec {
			if c != "" && strings.ContainsRune("=+-@\t\r\n\x00", rune(c[0])) {
				t.Errorf("a spreadsheet would run %q", c)
			}
		}
	}
	again := parse(t, out.String(), batch.Options{})
	if diff := cmp.Diff(s.Headings, again.Headings); diff != "" {
		t.Error(diff)
	}
	var got [][]string
	for i := range again.Len() {
		got = append(got, again.Cells(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnApostropheOfTheFileStays(t *testing.T) {
	s := parse(t, "name,email\n'=x,a@example.org\n", batch.Options{})
	if got := s.Cells(0)[0]; got != "'=x" {
		t.Errorf("got %q", got)
	}
}

// TestAMillionRows is the bound of threat W04. Planning is shown on a tenth of it.
func TestAMillionRows(t *testing.T) {
	for _, rows := range []int{limits.CSVRows / 10, limits.CSVRows} {
		var b strings.Builder
		b.WriteString("name,email\n")
		for i := range rows {
			fmt.Fprintf(&b, "N %d,u%d@example.org\n", i, i)
		}
		s := parse(t, b.String(), batch.Options{})
		if s.Len() != rows || s.Line(s.Len()-1) != rows+1 {
			t.Fatalf("%d rows of %d", s.Len(), rows)
		}
		if rows == limits.CSVRows {
			return
		}
		if got := plan(t, s).Totals()[batch.Planned]; got != rows {
			t.Errorf("%d ready of %d", got, rows)
		}
	}
}

// TestBrokenQuotesDoNotTakeLong: every line opens a quote that is never closed well.
func TestBrokenQuotesDoNotTakeLong(t *testing.T) {
	for _, line := range []string{"\"a\n", "\"\"\"a,b\n", "\"a\",\"b\"c\n", "a,\"\n", "\"x\"\"\n"} {
		in := "name,email\n" + strings.Repeat(line, 100_000)
		if s, err := batch.Parse([]byte(in), batch.Options{}); err == nil && s.Len() == 0 {
			t.Errorf("%q: nothing was read", line)
		}
	}
}

// FuzzParse: whatever is read can be planned; every row has a line and an outcome; what is exported and read again has the
// same cells.
func FuzzParse(f *testing.F) {
	f.Add([]byte("name,email\nAnn,ann@example.org\n"))
	f.Add([]byte("\xff\xfen\x00a\x00m\x00e\x00\t\x00i\x00d\x00\n\x00"))
	f.Add([]byte("sep=;\nname;email;awarded_at\n\"A\"\"b\";x;3/2/26, 9:05\n\"open;x\n"))
	f.Add([]byte("laurel_line,laurel_problem,name,email\n1,x,'=a,b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := batch.Parse(data, batch.Options{})
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				t.Fatal(err)
			}
			return
		}
		p, err := batch.New(batch.Config{Clock: clock}).Plan(t.Context(), s, batch.Target{Achievement: "a"})
		if err != nil {
			t.Fatal(err)
		}
		line := 0
		var want [][]string
		for i, o := range p.Rows {
			if o.Line <= line || o.Status == "" || (o.Status == batch.Problem) != (o.Status != batch.Planned && o.Status != batch.Skipped && o.Status != batch.Duplicate) {
				t.Fatalf("row %d: %+v", i, o)
			}
			line = o.Line
			if o.Status == batch.Problem {
				want = append(want, valid(s.Cells(i)))
			}
		}
		var out bytes.Buffer
		if _, err := p.WriteBadRows(&out); err != nil {
			t.Fatal(err)
		}
		again, err := batch.Parse(out.Bytes(), batch.Options{Delimiter: ','})
		if err != nil {
			return // a heading may look escaped, or be one that only stood by position
		}
		if again.Len() != len(want) {
			t.Fatalf("%d rows, want %d\n%q", again.Len(), len(want), out.String())
		}
		for i := range want {
			if diff := cmp.Diff(want[i], again.Cells(i)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func valid(cells []string) []string {
	for i, c := range cells {
		cells[i] = strings.ToValidUTF8(c, "\ufffd")
	}
	return cells
}

// TestColumnsThatAreRead: a person who looks at a plan sees which columns counted and which were overlooked.
func TestColumnsThatAreRead(t *testing.T) {
	for heading, want := range map[string][2]string{
		"name,email,Completed":     {"name,email,Completed", ""},
		"Group,name,,email":        {"name,email", "Group"},
		"name,email,Finished long": {"name,email", "Finished long"},
	} {
		s, err := batch.Parse([]byte(heading+"\n"), batch.Options{})
		if err != nil {
			t.Fatal(err)
		}
		read, ignored := s.Read()
		if got := [2]string{strings.Join(read, ","), strings.Join(ignored, ",")}; got != want {
			t.Errorf("%s: %q, want %q", heading, got, want)
		}
	}
}
