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
	alike := []string{"id", "did:web:University.example", "name", "Univ"}
	if rec := o.send("/console/trust", alike...); rec.Code != http.StatusUnprocessableEntity || len(o.believed) != 1 ||
		!strings.Contains(words(rec), "reads like another issuer") || !strings.Contains(rec.Body.String(), `name="sure"`) {
		t.Errorf("a look-alike: %d %+v", rec.Code, o.believed)
	}
	if rec := o.send("/console/trust", append(alike, "sure", "yes")...); rec.Code != http.StatusSeeOther || len(o.believed) != 2 {
		t.Errorf("a look-alike that was compared: %d %+v", rec.Code, o.believed)
	}
	for _, step := range []struct {
		way, id string
		want    int
	}{
		{"remove", "did:web:x.example", http.StatusNotFound}, {"remove", "did:web:university.example", http.StatusSeeOther},
		{"remove", "did:web:university.example", http.StatusNotFound}, {"erase", "did:web:x.example", http.StatusNotFound},
	} {
		if rec := o.send("/console/trust/"+step.way, "id", step.id); rec.Code != step.want {
			t.Errorf("%s %s: %d", step.way, step.id, rec.Code)
		}
	}
	if page := o.get("/console/trust").Body.String(); !strings.Contains(page, "2026-01-31T09:00:00Z") || strings.Count(page, "/console/trust/erase") != 1 {
		t.Errorf("an ended one is not history: %s", page)
	}
	if rec := o.send("/console/trust/erase", "id", "did:web:university.example"); rec.Code != http.StatusSeeOther || len(o.believed) != 1 {
		t.Errorf("erased: %d %+v", rec.Code, o.believed)
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
