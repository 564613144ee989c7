package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/issuer/signlog"
)

// stops is a switch in memory.
type stops []signlog.Stop

func (s *stops) Stop(_ context.Context, st signlog.Stop) error {
	st.At = moment
	*s = append(*s, st)
	return nil
}

func (s *stops) Resume(_ context.Context, id, _ string) error {
	*s = slices.DeleteFunc(*s, func(st signlog.Stop) bool { return st.IssuerID == id })
	return nil
}

func (s *stops) Stops(context.Context) ([]signlog.Stop, error) { return *s, nil }

func TestOneIssuerOrEverybodyIsStopped(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		name, token, path, body string
		status                  int
		left                    []string // who is stopped afterwards
	}{
		{"one, by its administrator", "admin-a", "stop", `{"issuer":"a","reason":"r"}`, http.StatusOK, []string{"iss_a"}},
		{"everybody, by an administrator of one", "admin-a", "stop", `{"reason":"r"}`, http.StatusForbidden, []string{"iss_a"}},
		{"another, by an administrator of one", "admin-a", "stop", `{"issuer":"b","reason":"r"}`, http.StatusForbidden, []string{"iss_a"}},
		{"nobody that there is", "admin", "stop", `{"issuer":"zzz","reason":"r"}`, http.StatusBadRequest, []string{"iss_a"}},
		{"without a reason", "admin", "stop", `{"issuer":"b"}`, http.StatusBadRequest, []string{"iss_a"}},
		{"everybody", "admin", "stop", `{"reason":"r"}`, http.StatusOK, []string{"iss_a", ""}},
		{"everybody resumed by an administrator of one", "admin-a", "resume", `{}`, http.StatusForbidden, []string{"iss_a", ""}},
		{"one resumed", "admin-a", "resume", `{"issuer":"a"}`, http.StatusOK, []string{""}},
		{"everybody resumed", "admin", "resume", `{}`, http.StatusOK, nil},
	} {
		w := r.call(tt.token, http.MethodPost, "/api/v1/issuing/"+tt.path, tt.body)
		var left []string
		for _, s := range r.stops {
			left = append(left, s.IssuerID)
		}
		if w.Code != tt.status || !slices.Equal(left, tt.left) {
			t.Errorf("%s: %d %s, stopped: %q", tt.name, w.Code, w.Body, left)
		}
	}
	r.stops = stops{{IssuerID: "iss_a", Reason: "of a", At: moment}, {Reason: "of all", At: moment}}
	got := r.call("read-b", http.MethodGet, "/api/v1/issuing", "").Body.String()
	if strings.Contains(got, "of a\"") || !strings.Contains(got, "of all") {
		t.Errorf("a token of another issuer sees %s", got)
	}
}
