package pages_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/web"
)

// badTable has, in one row after the other, what a row can have wrong.
const badTable = "name,email,id,completed,expires,achievement,evidence,recipient_id,language,narrative\n" +
	"A,no address,1,2026-01-02,,,,,,\n" + // email
	"B,b@example.org,2,02/03/2026,,,,,,\n" + // ambiguous
	"C,c@example.org,3,never,,,,,,\n" + // date
	"D,d@example.org,4,0026-01-02,,,,,,\n" + // year
	"E,e@example.org,5,2199-01-02,,,,,,\n" + // future
	"F,f@example.org,6,2026-01-02,2025-01-02,,,,,\n" + // order
	",g@example.org,7,2026-01-02,,,,,,\n" + // name
	"I,i@example.org,9,2026-01-02,,,ftp://x,,,\n" + // evidence
	"J,j@example.org,10,2026-01-02,,,,not a did,,\n" + // recipient id
	"K,k@example.org,11,2026-01-02,,,,,Klingon,\n" + // language
	"=L,l@example.org,12,2026-01-02,,,,,,\n" + // formula
	"M\x01N,m@example.org,13,2026-01-02,,,,,,\n" + // control
	"N,,,2026-01-02,,,,,,\n" + // learner
	"O,o@example.org,15\n" + // columns
	"\"P,p@example.org,16,2026-01-02,,,,,,\n" + // quote
	"Q\xff,q@example.org,17,2026-01-02,,,,,,\n" // utf8

// TestWhatIsWrongWithRowsIsSaidInTheVisitorsLanguage: on the page and in the file of bad rows, nothing is left in English.
func TestWhatIsWrongWithRowsIsSaidInTheVisitorsLanguage(t *testing.T) {
	o := newOffice(t)
	at := o.bring(badTable)
	english := regexp.MustCompile(`(?i)\b(the|this|is|row|cell|no)\b`)
	for language, want := range map[string][]string{
		"ar": {"هذا ليس عنوان بريد إلكتروني", "تبدأ الخلية كأنها معادلة"},
		"zh": {"这不是电子邮箱", "此日期有两种读法"},
		"ru": {"Это не адрес электронной почты", "Дата ещё не наступила"},
	} {
		page := o.ask(http.MethodGet, at+"?lang="+language, nil, "Cookie", o.cookie).Body.String()
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s: the page does not say %q", language, w)
			}
		}
		bad := o.ask(http.MethodGet, at+"/bad.csv?lang="+language, nil, "Cookie", o.cookie).Body.String()
		if strings.Contains(bad, "\u2068") {
			t.Errorf("%s: the file has marks of direction", language)
		}
		problems := 0
		for _, line := range strings.Split(bad, "\n")[1:] {
			cells := strings.SplitN(line, ",", 3)
			if len(cells) < 3 {
				continue
			}
			problems++
			if found := english.FindString(cells[1]); found != "" || cells[1] == "" {
				t.Errorf("%s: line %s is told in English: %s", language, cells[0], cells[1])
			}
		}
		if problems != 16 {
			t.Errorf("%s: %d rows with problems\n%s", language, problems, bad)
		}
	}
}

// TestEveryReasonOfARowHasWords looks for the codes in the source of package batch, so that none is forgotten.
func TestEveryReasonOfARowHasWords(t *testing.T) {
	files, err := filepath.Glob("../batch/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no source", err)
	}
	site, code, seen := web.New(), regexp.MustCompile(`"(csv\.[a-z_]+)"`), 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllStringSubmatch(string(source), -1) {
			if strings.Contains("csv.field_unknown csv.delimiter csv.no_awarder", m[1]) {
				continue // nothing that a form of ours can send leads there
			}
			seen++
			for _, l := range i18n.Locales() {
				tr, err := site.Translator(l)
				if err != nil {
					t.Fatal(err)
				}
				if !tr.Has("row."+m[1]) && !tr.Has("told."+m[1]) {
					t.Errorf("%s: no words for %s", l, m[1])
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d codes", seen)
	}
}

func TestAFileThatCannotBeReadIsRefusedInTheVisitorsLanguage(t *testing.T) {
	o := newOffice(t)
	for content, want := range map[string]string{"PK\x03\x04": "这不是 CSV 文件", "\n\n": "文件是空的"} {
		body, kind := upload(t, o.csrf, map[string]string{"achievement": "ach_1"}, "file", "x.csv", content)
		rec := o.ask(http.MethodPost, "/console/batch?lang=zh", body, "Cookie", o.cookie, "Content-Type", kind)
		if rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q: %d", content, rec.Code)
		}
	}
}
