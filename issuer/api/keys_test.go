package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
)

// keyPage is a page of keys.
type keyPage struct {
	Items []struct {
		ID, Algorithm, State string
		UsedFrom             string `json:"used_from"`
		CompromisedAt        string `json:"compromised_at"`
	}
}

func (r *rig) keysOf(body []byte) map[string][]string {
	r.t.Helper()
	var p keyPage
	if err := json.Unmarshal(body, &p); err != nil {
		r.t.Fatal(err)
	}
	out := map[string][]string{}
	for _, k := range p.Items {
		out[k.State] = append(out[k.State], k.ID)
	}
	return out
}

func TestKeysAreShownRotatedAndWithdrawn(t *testing.T) {
	r := newRig(t)
	w := r.call("read", http.MethodGet, "/api/v1/issuers/a/keys", "")
	object(t, w, http.StatusOK)
	first := r.keysOf(w.Body.Bytes())
	if len(first["active"]) != 3 || strings.Contains(w.Body.String(), "ealed") {
		t.Fatalf("%s", w.Body)
	}
	w = r.call("admin", http.MethodPost, "/api/v1/issuers/a/keys/rotation", `{"algorithms":["ES256"]}`)
	object(t, w, http.StatusOK)
	if got := r.keysOf(w.Body.Bytes()); len(got["next"]) != 1 {
		t.Errorf("%s", w.Body)
	}
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers/a/keys/rotation", `{"algorithms":["ES256"]}`), http.StatusConflict, "key.notice", "")
	w = r.call("admin-a", http.MethodPost, "/api/v1/issuers/a/keys/rotation", `{"algorithms":["ES256"],"now":true}`)
	object(t, w, http.StatusOK)
	if got := r.keysOf(w.Body.Bytes()); len(got["active"]) != 1 {
		t.Errorf("%s", w.Body)
	}
	body := `{"key":"` + first["active"][0] + `","from":"2026-01-31T09:00:00Z"`
	var asked issuer.Reissue
	r.awards.reissue = func(in issuer.Reissue) (issuer.Reissued, error) {
		asked = in
		return issuer.Reissued{Done: 1, Believed: 2, Next: "more"}, nil
	}
	w = r.call("admin", http.MethodPost, "/api/v1/issuers/a/keys/withdrawal", body+`,"dry_run":true}`)
	got := object(t, w, http.StatusOK)
	effect, _ := got["effect"].(map[string]any)
	if got["state"] != "retired" || effect["lost"] != 1.0 || effect["believed"] != 2.0 || effect["more"] != true || len(effect["statements"].([]any)) != 1 {
		t.Errorf("a plan: %s", w.Body)
	}
	if asked.KeyID != first["active"][0] || asked.From.Format("15:04") != "09:00" || asked.Upto != limits.KeyPlan {
		t.Errorf("what was planned: %+v", asked)
	}
	if again := r.keysOf(r.call("read", http.MethodGet, "/api/v1/issuers/a/keys", "").Body.Bytes()); len(again["withdrawn"]) > 0 {
		t.Errorf("a plan has changed something: %v", again)
	}
	w = r.call("admin", http.MethodPost, "/api/v1/issuers/a/keys/withdrawal", body+`}`)
	if got := object(t, w, http.StatusOK); got["state"] != "withdrawn" || got["compromised_at"] != "2026-01-31T09:00:00Z" || got["effect"] != nil {
		t.Errorf("%s", w.Body)
	}
}

func TestKeysThatAreNotTouched(t *testing.T) {
	r := newRig(t)
	before := r.call("admin", http.MethodGet, "/api/v1/issuers/a/keys", "").Body.String()
	key := r.keysOf([]byte(before))["active"][0]
	for _, tt := range []struct {
		name, token, path, body string
		status                  int
		code                    string
	}{
		{"an algorithm that is none", "admin", "a/keys/rotation", `{"algorithms":["none"]}`, http.StatusBadRequest, "key.algorithm"},
		{"an algorithm twice", "admin", "a/keys/rotation", `{"algorithms":["ES256","ES256"]}`, http.StatusBadRequest, "key.algorithm"},
		{"an issuer that is none", "admin", "zzz/keys/rotation", `{}`, http.StatusNotFound, "issuer.unknown"},
		{"the key of another issuer", "admin", "b/keys/withdrawal", `{"key":"` + key + `"}`, http.StatusNotFound, "key.unknown"},
		{"a moment to come", "admin", "a/keys/withdrawal", `{"key":"` + key + `","from":"2026-02-01T00:00:00Z"}`, http.StatusBadRequest, "key.moment"},
		{"a plan for a moment to come", "admin", "a/keys/withdrawal", `{"key":"` + key + `","from":"2026-02-01T00:00:00Z","dry_run":true}`, http.StatusBadRequest, "key.moment"},
		{"a moment before the key was made", "admin", "a/keys/withdrawal", `{"key":"` + key + `","from":"2026-01-30T00:00:00Z"}`, http.StatusBadRequest, "key.moment"},
		{"a plan for a key that there is not", "admin", "a/keys/withdrawal", `{"key":"did:web:x#y","dry_run":true}`, http.StatusNotFound, "key.unknown"},
		{"a moment that is none", "admin", "a/keys/withdrawal", `{"key":"` + key + `","from":"yesterday"}`, http.StatusBadRequest, "time.syntax"},
		{"an administrator of another issuer", "admin-a", "b/keys/rotation", `{}`, http.StatusForbidden, "token.issuer"},
	} {
		w := r.call(tt.token, http.MethodPost, "/api/v1/issuers/"+tt.path, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), `"`+tt.code+`"`) {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	if after := r.call("admin", http.MethodGet, "/api/v1/issuers/a/keys", "").Body.String(); after != before {
		t.Errorf("changed: %s", after)
	}
}
