package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
)

func TestEveryKindHasItsOwnStatusAndName(t *testing.T) {
	statuses, names := map[int]bool{}, map[string]bool{}
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		s, n := problem.Status(kind), problem.Kind(kind)
		if statuses[s] || names[n] {
			t.Errorf("kind %d shares status %d or name %s", kind, s, n)
		}
		statuses[s], names[n] = true, true
	}
	if got := problem.Status(fault.Unavailable + 1); got != http.StatusInternalServerError {
		t.Errorf("unknown kind: %d", got)
	}
}

func TestAFaultBecomesAProblemDocument(t *testing.T) {
	err := fmt.Errorf("award: %w", fault.New(fault.Conflict, errors.New("UNIQUE constraint"), "that award exists with other content").
		Code("award.conflict").At("/external_id").Hint("use another external_id"))
	rec := httptest.NewRecorder()
	rec.Header().Set(problem.RequestIDHeader, "r1")
	problem.Write(rec, httptest.NewRequest(http.MethodPost, "/api/v1/awards", nil), err)
	var got problem.Document
	if e := json.Unmarshal(rec.Body.Bytes(), &got); e != nil {
		t.Fatal(e)
	}
	want := problem.Document{
		Type: "https://openlaurel.org/problems/award.conflict", Title: "Conflict", Status: 409, Code: "award.conflict",
		Detail: "that award exists with other content", Pointer: "/external_id", Hint: "use another external_id",
		Instance: "urn:laurel:request:r1", RequestID: "r1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if rec.Code != 409 || rec.Header().Get("Content-Type") != problem.MediaType {
		t.Errorf("status %d, type %s", rec.Code, rec.Header().Get("Content-Type"))
	}
}

func TestAnInternalErrorSaysNothingOutsideAndAllInside(t *testing.T) {
	var log bytes.Buffer
	rec := httptest.NewRecorder()
	problem.New(problem.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}).
		Write(rec, httptest.NewRequest(http.MethodGet, "/", nil), errors.New("password=hunter2"))
	if strings.Contains(rec.Body.String(), "hunter2") || rec.Code != 500 {
		t.Errorf("outside: %d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(log.String(), "hunter2") {
		t.Errorf("inside: %s", log.String())
	}
}

type page struct{ err error }

func (p page) Problem(w http.ResponseWriter, _ *http.Request, d problem.Document) error {
	if p.err == nil {
		w.WriteHeader(d.Status)
		fmt.Fprint(w, "<h1>page</h1>")
	}
	return p.err
}

func TestWhoPrefersHTMLGetsAPage(t *testing.T) {
	tests := []struct {
		name, accept string
		page         problem.Page
		want         bool
	}{
		{"a browser", "text/html,application/xhtml+xml,*/*;q=0.8", page{}, true},
		{"a program that says nothing", "", page{}, false},
		{"a program that takes anything", "*/*", page{}, false},
		{"a program that takes JSON rather than HTML", "text/html;q=0.5, application/json", page{}, false},
		{"a weight that is no number", "text/html;q=x", page{}, false},
		{"a browser, when there is no page", "text/html", nil, false},
		{"a browser, when the page fails", "text/html", page{errors.New("template")}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept", tt.accept)
			rec := httptest.NewRecorder()
			problem.New(problem.Config{Page: tt.page, Logger: slog.New(slog.DiscardHandler)}).
				Write(rec, r, fault.New(fault.NotFound, nil, "not here"))
			if got := strings.Contains(rec.Body.String(), "<h1>"); got != tt.want || rec.Code != 404 {
				t.Errorf("page %v, status %d", got, rec.Code)
			}
		})
	}
}

func ExampleOf() {
	d := problem.Of(fault.New(fault.NotFound, nil, "there is no such badge").Code("badge.unknown"))
	fmt.Println(d.Status, d.Type, d.Detail)
	// Output: 404 https://openlaurel.org/problems/badge.unknown there is no such badge
}
