package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

func TestWhatAWithdrawnKeySignedIsIssuedAgain(t *testing.T) {
	r := newRig(t)
	first := r.keysOf(r.call("read", http.MethodGet, "/api/v1/issuers/a/keys", "").Body.Bytes())["active"][0]
	const path = "/api/v1/issuers/a/keys/reissue"
	body := `{"key":"` + first + `","limit":2`
	wantProblem(t, r.call("admin", http.MethodPost, path, body+`}`), http.StatusConflict, "key.not_withdrawn", "/key")
	object(t, r.call("admin", http.MethodPost, "/api/v1/issuers/a/keys/withdrawal", `{"key":"`+first+`","from":"2026-01-31T09:00:00Z"}`), http.StatusOK)

	var asked []issuer.Reissue
	r.awards.reissue = func(in issuer.Reissue) (issuer.Reissued, error) {
		asked = append(asked, in)
		out := issuer.Reissued{Done: 1, Believed: 1}
		if in.Cursor == "" {
			out.Next = "more"
		}
		return out, nil
	}
	if got := object(t, r.call("admin", http.MethodPost, path, body+`,"dry_run":true}`), http.StatusOK); got["dry_run"] != true || got["done"] != 1.0 || got["next"] != nil {
		t.Errorf("a plan: %v", got)
	}
	if got := object(t, r.call("admin", http.MethodPost, path, body+`}`), http.StatusOK); got["next"] != "more" || len(got["statements"].([]any)) != 0 {
		t.Errorf("the first call: %v", got)
	}
	if got := object(t, r.call("admin-a", http.MethodPost, path, body+`,"scope":"all","cursor":"more"}`), http.StatusOK); got["next"] != nil || len(got["statements"].([]any)) != 1 {
		t.Errorf("the last call: %v", got)
	}
	want := asked[0]
	if want.KeyID != first || want.IssuerID != "iss_a" || want.From.Format("2006-01-02") != "2026-01-31" || want.Most != 2 || want.Actor == "" {
		t.Errorf("%+v", want)
	}
	want.Actor, want.Scope, want.Cursor = asked[2].Actor, issuer.All, "more"
	if diff := cmp.Diff(want, asked[2]); diff != "" {
		t.Error(diff)
	}
	r.awards.reissue = func(issuer.Reissue) (issuer.Reissued, error) {
		return issuer.Reissued{}, fault.New(fault.Unavailable, nil, "issuing is stopped: audit").Code("issuing.stopped")
	}
	wantProblem(t, r.call("admin", http.MethodPost, path, body+`}`), http.StatusServiceUnavailable, "issuing.stopped", "")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers/b/keys/reissue", body+`}`), http.StatusNotFound, "key.unknown", "/key")
	wantProblem(t, r.call("admin-a", http.MethodPost, "/api/v1/issuers/b/keys/reissue", body+`}`), http.StatusForbidden, "token.issuer", "")
}
