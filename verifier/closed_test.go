package verifier_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestLastListsOfWhoClosed: a list that was signed to hold for years is taken until its end, and an old one is called old.
func TestLastListsOfWhoClosed(t *testing.T) {
	now := verifiertest.Now()
	for _, row := range []struct {
		name        string
		from, until time.Time
		want        want
		old         bool
	}{
		{"30 days old", now.AddDate(0, 0, -30), now.AddDate(9, 0, 0), clear(), false},
		{"a second older", now.AddDate(0, 0, -30).Add(-time.Second), now.AddDate(9, 0, 0), clear(), true},
		{"nine years old", now.AddDate(-9, 0, 0), now.Add(time.Second), clear(), true},
		{"after its end", now.AddDate(-9, 0, 0), now.Add(-time.Second), unknown("status.stale"), false},
		{"old and without an end", now.AddDate(0, 0, -31), time.Time{}, unknown("status.stale"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			l := list()
			l.From, l.Until = row.from, row.until
			w.School.PublishList(t, keys.EdDSA, l)
			r := check(t, w, statusBadge(w, entry("5")))
			look(t, r, row.want)
			if warned(r, "status.old_list") != row.old {
				t.Errorf("warnings: %+v", r.Warnings)
			}
			if row.want == clear() {
				look(t, check(t, w, statusBadge(w, entry("7"))), revoked())
			}
		})
	}
}

// TestListsFromAPlainWebServer: a list that is the index.html of a folder is sent as a page, and is what its signature says; a page is not.
func TestListsFromAPlainWebServer(t *testing.T) {
	for name, row := range map[string]struct {
		wrap func(string) string
		want want
	}{
		"the list":                {func(s string) string { return s }, clear()},
		"the list within a page":  {func(s string) string { return "<html><body>" + s + "</body></html>" }, unknown("status.malformed_list")},
		"the list behind a blank": {func(s string) string { return " \n<p>" + s }, unknown("status.malformed_list")},
		"nothing":                 {func(string) string { return "" }, unknown("status.malformed_list")},
	} {
		t.Run(name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.Web.Put(listURL, "text/html; charset=utf-8", row.wrap(w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, list()))))
			look(t, check(t, w, statusBadge(w, entry("5"))), row.want)
		})
	}
}
