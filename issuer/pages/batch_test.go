package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/issuer/access"
)

const people = "name,email,completed\nAmina,amina@example.org,2026-01-02\nB,no address,2026-01-02\n"

// office is somebody in the school office who awards many.
type office struct {
	*world
	t            *testing.T
	cookie, csrf string
}

func newOffice(t *testing.T) *office {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	return &office{w, t, cookie, csrf}
}

func (o *office) get(path string) *httptest.ResponseRecorder {
	return o.ask(http.MethodGet, path, nil, "Cookie", o.cookie)
}

func (o *office) send(path string, fields ...string) *httptest.ResponseRecorder {
	return o.ask(http.MethodPost, path, form(append(fields, "csrf", o.csrf)...), "Cookie", o.cookie, "Content-Type", urlencoded)
}

// bring uploads a table and returns the address of its page.
func (o *office) bring(content string, fields ...string) string {
	o.t.Helper()
	all := map[string]string{"achievement": "ach_1"}
	for i := 0; i < len(fields); i += 2 {
		all[fields[i]] = fields[i+1]
	}
	body, kind := upload(o.t, o.csrf, all, "file", "people.csv", content)
	rec := o.ask(http.MethodPost, "/console/batch", body, "Cookie", o.cookie, "Content-Type", kind)
	at := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/console/batch/bat_") {
		o.t.Fatalf("%d %s: %s", rec.Code, at, rec.Body)
	}
	return at
}

// work lets the desk do what was confirmed.
func (o *office) work() {
	o.t.Helper()
	for {
		found, err := o.desk.Work(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if !found {
			return
		}
	}
}

// W04: rows that cannot be taken are shown with what is wrong, and repaired before anything is awarded.
func TestAFileIsPreviewedRepairedAndAwarded(t *testing.T) {
	o := newOffice(t)
	at := o.bring(people)
	page := words(o.get(at))
	for _, want := range []string{"1 badge would be awarded", "1 row has a problem", "E-mail address: This is no e-mail address.", `value="no address"`, "people.csv", "Open School"} {
		if !strings.Contains(page, want) {
			t.Errorf("the preview does not say %q: %s", want, page)
		}
	}
	if o.work(); len(o.rows) > 0 {
		t.Fatal("a draft was awarded")
	}
	if bad := o.get(at + "/bad.csv"); bad.Code != http.StatusOK || !strings.Contains(bad.Body.String(), "no address") ||
		strings.Contains(bad.Body.String(), "Amina") || !strings.HasPrefix(bad.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("rows with problems: %d %s", bad.Code, bad.Body)
	}
	cell := regexp.MustCompile(`name="(cell-\d+-\d+)" type="text" dir="auto" autocomplete="off" value="no address"`).FindStringSubmatch(page)
	if cell == nil {
		t.Fatal("the cell cannot be repaired")
	}
	if rec := o.send(at+"/repair", cell[1], "b@example.org"); rec.Code != http.StatusSeeOther {
		t.Fatalf("repair: %d %s", rec.Code, rec.Body)
	}
	if page := words(o.get(at)); !strings.Contains(page, "2 badges would be awarded") || !strings.Contains(page, "Every row is fine.") {
		t.Fatalf("after the repair: %s", page)
	}
	if rec := o.send(at+"/confirm", "expected", "1"); rec.Code != http.StatusConflict || len(o.rows) > 0 {
		t.Errorf("another number than the page said: %d", rec.Code)
	}
	if rec := o.send(at+"/confirm", "expected", "2"); rec.Code != http.StatusSeeOther {
		t.Fatalf("confirm: %d %s", rec.Code, rec.Body)
	}
	running := o.get(at).Body.String()
	if !strings.Contains(running, `http-equiv="refresh"`) || !strings.Contains(running, "<progress") || !strings.Contains(running, "reload") {
		t.Errorf("the page of what runs: %s", running)
	}
	if rec := o.send(at+"/confirm", "expected", "2"); rec.Code != http.StatusConflict {
		t.Errorf("confirmed twice: %d", rec.Code)
	}
	if rec := o.send(at+"/repair", cell[1], "x"); rec.Code != http.StatusConflict {
		t.Errorf("repaired while it runs: %d", rec.Code)
	}
	o.work()
	if len(o.rows) != 2 || o.rows[1].Email != "b@example.org" {
		t.Fatalf("%+v", o.rows)
	}
	if page := words(o.get(at)); !strings.Contains(page, "2 badges were awarded") || strings.Contains(page, `http-equiv="refresh"`) {
		t.Errorf("when it is done: %s", page)
	}
}

func TestColumnsAreChosenAndRemembered(t *testing.T) {
	o := newOffice(t)
	const table = "Wer,Wohin,Gruppe\nAmina,amina@example.org,7a\n"
	at := o.bring(table)
	if page := words(o.get(at)); !strings.Contains(page, "No column is read as the learner’s name") || strings.Contains(page, "/confirm") ||
		!strings.Contains(page, "amina@example.org") {
		t.Fatalf("unknown headings: %s", page)
	}
	for name, wrong := range map[string][]string{
		"two names":                   {"column-0", "name", "column-1", "name"},
		"a meaning that there is not": {"column-0", "name", "column-1", "password"},
	} {
		if rec := o.send(at+"/columns", wrong...); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	if rec := o.send(at+"/columns", "column-0", "name", "column-1", "email"); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d", rec.Code)
	}
	if page := words(o.get(at)); !strings.Contains(page, "1 badge would be awarded") {
		t.Fatalf("after the choice: %s", page)
	}
	if page := words(o.get(o.bring(table))); strings.Contains(page, "would be awarded") {
		t.Error("a choice that nobody confirmed is remembered")
	}
	o.send(at+"/confirm", "expected", "1")
	if page := words(o.get(o.bring(table))); !strings.Contains(page, "1 badge would be awarded") {
		t.Error("the choice is not remembered")
	}
}

func TestAnUploadIsUndoneWithinItsTime(t *testing.T) {
	o := newOffice(t)
	at := o.bring(people)
	if rec := o.send(at+"/undo", "expected", "0", "sure", "yes"); rec.Code != http.StatusConflict {
		t.Errorf("undoing a draft: %d", rec.Code)
	}
	o.send(at+"/confirm", "expected", "1")
	o.work()
	if page := words(o.get(at + "/undo")); !strings.Contains(page, "1 badge would be revoked") || o.undone > 0 {
		t.Fatalf("what would be undone: %s", page)
	}
	for name, c := range map[string]struct {
		fields []string
		want   int
	}{
		"without being sure": {[]string{"expected", "1"}, http.StatusUnprocessableEntity},
		"another number":     {[]string{"expected", "2", "sure", "yes"}, http.StatusConflict},
	} {
		if rec := o.send(at+"/undo", c.fields...); rec.Code != c.want {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	if o.work(); o.undone > 0 {
		t.Fatal("undone too early")
	}
	now := o.now
	o.now = now.Add(7*24*time.Hour + time.Second)
	o.cookie, o.csrf = o.signIn(t) // the session of before is over
	if rec := o.send(at+"/undo", "expected", "1", "sure", "yes"); rec.Code != http.StatusConflict || strings.Contains(words(o.get(at)), "/undo") {
		t.Errorf("when the time is over: %d", rec.Code)
	}
	o.now = now.Add(7*24*time.Hour - time.Second)
	o.cookie, o.csrf = o.signIn(t)
	if rec := o.send(at+"/undo", "expected", "1", "sure", "yes"); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	again := func(when string) {
		for name, rec := range map[string]*httptest.ResponseRecorder{
			"sent": o.send(at+"/undo", "expected", "1", "sure", "yes"), "opened": o.get(at + "/undo"),
		} {
			if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != at {
				t.Errorf("%s again %s: %d", name, when, rec.Code)
			}
		}
	}
	again("while it is undone")
	o.work()
	again("when it was undone")
	if page := words(o.get(at)); o.undone != 1 || !strings.HasPrefix(o.undoneBy, "console:per_") || !strings.Contains(page, "1 badge was revoked") {
		t.Errorf("%d by %q: %s", o.undone, o.undoneBy, page)
	}
}

func TestRowsThatAreRefusedCanBeDownloaded(t *testing.T) {
	o := newOffice(t)
	o.refused = "C"
	at := o.bring("name,email,completed\nA,a@example.org,2026-01-02\nC,c@example.org,2026-01-02\n")
	o.send(at+"/confirm", "expected", "2")
	o.work()
	page := words(o.get(at))
	if !strings.Contains(page, "1 row could not be awarded") || !strings.Contains(page, "this one is refused") {
		t.Errorf("%s", page)
	}
	if bad := o.get(at + "/bad.csv").Body.String(); !strings.Contains(bad, "c@example.org") || strings.Contains(bad, "a@example.org") {
		t.Errorf("%s", bad)
	}
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct{ achievement, content, want string }{
		"no achievement":             {"", people, "Choose an achievement."},
		"an achievement of nobody":   {"ach_9", people, "Choose an achievement."},
		"an empty file":              {"ach_1", "", "The file is empty."},
		"no table":                   {"ach_1", "PK\x03\x04", "problems"},
		"headings that are not text": {"ach_1", "\xff\xfe\x00\xd8\x00,a\n", "problems"},
	} {
		t.Run(name, func(t *testing.T) {
			body, kind := upload(t, o.csrf, map[string]string{"achievement": c.achievement}, "file", "x.csv", c.content)
			rec := o.ask(http.MethodPost, "/console/batch", body, "Cookie", o.cookie, "Content-Type", kind)
			if rec.Code != 422 || !strings.Contains(rec.Body.String(), c.want) {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
	}
	if list, err := o.desk.List(t.Context(), nil); err != nil || len(list) > 0 {
		t.Errorf("%d uploads were kept, %v", len(list), err)
	}
}

func TestAPlanTellsRowsWithoutACompletionFromRowsWithAProblem(t *testing.T) {
	for name, c := range map[string]struct{ dates, content, want, not string }{
		"a learner who has not finished": {"", "name,email,completed\nA,a@example.org,2026-01-02\nB,b@example.org,\n",
			"1 row is not completed", "has a problem"},
		"headings without a row":           {"", "name,email,completed\n", "No rows to show.", "Every row is fine."},
		"a date that can be read two ways": {"", "name,email,completed\nA,a@example.org,02/03/2026\n", "1 row has a problem", "1 badge would be"},
		"the same, with its order":         {"mdy", "name,email,completed\nA,a@example.org,02/03/2026\n", "1 badge would be awarded", "has a problem"},
		"an order that is none":            {"ymd", "name,email,completed\nA,a@example.org,02/03/2026\n", "1 row has a problem", "1 badge would be"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			if got := words(o.get(o.bring(c.content, "dates", c.dates))); !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
				t.Errorf("%s", got)
			}
		})
	}
}

// What a repair sends is bounded by the file: other rows and columns, and what no text is, change nothing.
func TestARepairOfWhatIsNotThere(t *testing.T) {
	o := newOffice(t)
	at := o.bring(people)
	for _, fields := range [][]string{
		{"cell-99-0", "x"}, {"cell-1-99", "x"}, {"cell--1-0", "x"}, {"cell-x-y", "x"}, {"cell-1", "x"}, {"cell-00000000000000000000001-0", "x"},
	} {
		if rec := o.send(at+"/repair", fields...); rec.Code >= 500 {
			t.Errorf("%v: %d", fields, rec.Code)
		}
	}
	if page := words(o.get(at)); !strings.Contains(page, "1 row has a problem") {
		t.Error("something was repaired")
	}
	for _, bad := range []string{"\xff", "a\x00b"} {
		if rec := o.send(at+"/repair", "cell-1-1", bad); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", bad, rec.Code)
		}
	}
	if rec := o.send(at+"/repair", "cell-1-1", "=cmd()"); rec.Code != http.StatusSeeOther || !strings.Contains(words(o.get(at)), "1 row has a problem") {
		t.Errorf("a formula is taken (W03): %d", rec.Code)
	}
}

func TestAnUploadOfAnotherIssuerIsNotThere(t *testing.T) {
	o := newOffice(t)
	at := o.bring(people)
	_, cookie, csrf := o.signInAs(t, access.Grant{IssuerID: "iss_2", Role: access.Owner})
	if rec := o.ask(http.MethodGet, "/console/batch", nil, "Cookie", cookie); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "people.csv") {
		t.Errorf("the list: %d", rec.Code)
	}
	for _, path := range []string{"", "/bad.csv", "/undo"} {
		if rec := o.ask(http.MethodGet, at+path, nil, "Cookie", cookie); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	for _, path := range []string{"/columns", "/repair", "/confirm", "/resume", "/undo"} {
		if code, _ := o.post(at+path, cookie, csrf, "expected", "1", "sure", "yes"); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	if o.work(); len(o.rows) > 0 {
		t.Error("it was awarded")
	}
}

func TestManyRepairsAndColumnsKeepTheirBounds(t *testing.T) {
	o := newOffice(t)
	var table strings.Builder
	table.WriteString("name,email,completed" + strings.Repeat(",x", 100) + "\n")
	for i := range 30 {
		fmt.Fprintf(&table, "A%d,wrong,2026-01-02%s\n", i, strings.Repeat(",y", 100))
	}
	page := words(o.get(o.bring(table.String())))
	if n := strings.Count(page, `<fieldset class="repair">`); n != 10 {
		t.Errorf("%d rows are offered for repair", n)
	}
	if n := strings.Count(page, `name="column-`); n != 60 || !strings.Contains(page, "Columns that are not shown: 43") {
		t.Errorf("%d columns are shown", n)
	}
}
