package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/pages"
)

func TestTheTrustListIsShownChangedAndExported(t *testing.T) {
	o := newOffice(t)
	for name, fields := range map[string][]string{
		"without an issuer":  {"name", "University"},
		"a day that is none": {"id", "did:web:university.example", "from", "soon"},
	} {
		if rec := o.send("/console/trust", fields...); rec.Code != http.StatusUnprocessableEntity || len(o.believed) > 0 {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	if rec := o.send("/console/trust", "id", "did:web:university.example", "name", "University", "types", "Course, Badge", "from", "2020-01-01"); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d", rec.Code)
	}
	want := []pages.TrustRow{{ID: "did:web:university.example", Name: "University", From: "2020-01-01", Types: []string{"Course", "Badge"}}}
	if d := cmp.Diff(want, o.believed); d != "" {
		t.Error(d)
	}
	if page := words(o.get("/console/trust")); !strings.Contains(page, "did:web:university.example") {
		t.Errorf("the list: %s", page)
	}
	if rec := o.get("/console/trust/export.json"); rec.Code != http.StatusOK || !strings.Contains(rec.Header().Get("Content-Disposition"), "trust-list.json") {
		t.Errorf("the file: %d %v", rec.Code, rec.Header())
	}
	for id, want := range map[string]int{"did:web:x.example": http.StatusNotFound, "did:web:university.example": http.StatusSeeOther} {
		if rec := o.send("/console/trust/remove", "id", id); rec.Code != want {
			t.Errorf("removing %s: %d", id, rec.Code)
		}
	}
	o.refuse = fault.New(fault.Invalid, nil, "the trust list does not take this")
	if rec := o.send("/console/trust", "id", "x"); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "does not take this") {
		t.Errorf("what the list refuses: %d", rec.Code)
	}
}

func TestTheListOfAwardsTakesDays(t *testing.T) {
	o := newOffice(t)
	o.get("/console/awards?since=2026-01-02&until=2026-01-03")
	f := o.filters[len(o.filters)-1]
	if day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC); !f.Since.Equal(day) || !f.Before.Equal(day.AddDate(0, 0, 2)) {
		t.Errorf("%+v", f)
	}
	asked := len(o.filters)
	if rec := o.get("/console/awards?since=soon"); rec.Code != http.StatusUnprocessableEntity || len(o.filters) != asked {
		t.Errorf("a day that is none: %d", rec.Code)
	}
}
