package pages_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/issuer/access"
)

func TestTheOverviewShowsWhatHappened(t *testing.T) {
	o := newOffice(t)
	if page := words(o.get("/console")); strings.Contains(page, "weeks.svg") {
		t.Error("a chart of nothing")
	}
	o.now, o.selected = o.now.Add(2*time.Minute), 5
	page := words(o.get("/console"))
	for _, want := range []string{`src="/console/charts/weeks.svg"`, "The numbers", "By achievement", "<strong>130</strong>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the overview does not say %q: %s", want, page)
		}
	}
	asked := len(o.summed)
	o.get("/console")
	if len(o.summed) != asked {
		t.Error("awards are counted again within a minute")
	}
	chart := o.get("/console/charts/weeks.svg")
	if chart.Code != http.StatusOK || !strings.HasPrefix(chart.Header().Get("Content-Type"), "image/svg+xml") ||
		!strings.Contains(chart.Header().Get("Content-Security-Policy"), "sandbox") || strings.Count(chart.Body.String(), "<rect") != 26 ||
		!strings.Contains(chart.Body.String(), "<title>Week by week</title>") {
		t.Errorf("%d %v %s", chart.Code, chart.Header(), chart.Body)
	}
	for d := xml.NewDecoder(chart.Body); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
	}
}

func TestNumbersAreThoseOfTheIssuersThatOneSees(t *testing.T) {
	w := newWorld(t, base)
	_, cookie, _ := w.signInAs(t, access.Grant{IssuerID: "iss_2", Role: access.Viewer})
	w.summed = nil
	w.now = w.now.Add(2 * time.Minute)
	w.ask(http.MethodGet, "/console", nil, "Cookie", cookie)
	if d := cmp.Diff([][]string{{"iss_2"}}, w.summed); d != "" {
		t.Error(d)
	}
}
