package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

func TestAnAwardIsMadeFromEverythingThatTheRequestSays(t *testing.T) {
	r := newRig(t)
	var got issuer.Request
	r.awards.award = func(q issuer.Request) (issuer.Awarded, error) {
		got = q
		return issuer.Awarded{Award: sample(), ClaimCode: "c0de"}, nil
	}
	w := r.call("award", http.MethodPost, "/api/v1/awards", `{
		"issuer": "did:web:a.example", "achievement": "first-aid",
		"recipient": {"name": "Amal", "email": "amal@example.org", "id": "did:key:z1"},
		"external_id": "x-1", "awarded_at": "2026-01-30T10:00:00+01:00", "expires_at": "2028-01-01T00:00:00Z",
		"activity_start": "2026-01-01T00:00:00Z", "activity_end": "2026-01-29T00:00:00Z",
		"narrative": "n", "term": "t", "role": "r", "credits": 3, "visibility": "public",
		"evidence": [{"url": "https://a.example/e", "name": "n", "description": "d", "narrative": "x", "genre": "g", "audience": "a"}],
		"results": [{"description": "score", "value": "93", "status": "Completed"}]
	}`, "Idempotency-Key", "k-1")
	body := object(t, w, http.StatusCreated)
	credits := 3.0
	at := func(s string) time.Time {
		m, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	want := issuer.Request{
		IssuerRef: "iss_a", AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Amal", Email: "amal@example.org", ID: "did:key:z1"},
		ExternalID: "x-1", IdempotencyKey: "k-1", AwardedAt: at("2026-01-30T09:00:00Z"), ExpiresAt: at("2028-01-01T00:00:00Z"),
		ActivityStart: at("2026-01-01T00:00:00Z"), ActivityEnd: at("2026-01-29T00:00:00Z"), Narrative: "n", Term: "t", Role: "r",
		Credits: &credits, Visibility: issuer.Public, Actor: r.ids["award"],
		Evidence: []issuer.Evidence{{URL: "https://a.example/e", Name: "n", Description: "d", Narrative: "x", Genre: "g", Audience: "a"}},
		Results:  []issuer.Result{{Description: "score", Value: "93", Status: "Completed"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	credential := body["credentials"].([]any)[0].(map[string]any)
	for name, pair := range map[string][2]any{
		"id": {body["id"], "awd_1"}, "issuer": {body["issuer"], "iss_a"}, "achievement": {body["achievement"], "ach_a"},
		"status": {body["status"], "active"}, "page": {body["page"], "https://a.example/c/cred1"},
		"claim": {body["claim_url"], "https://a.example/claim/c0de"}, "form": {credential["form"], "ob-jwt"},
		"url": {credential["url"], "https://a.example/c/cred1"}, "jwt": {credential["jwt_url"], "https://a.example/c/cred1.jwt"},
		"png": {credential["png_url"], "https://a.example/c/cred1.png"}, "qr": {credential["qr_svg_url"], "https://a.example/c/cred1.qr.svg"},
		"awarded_at": {body["awarded_at"], "2026-01-31T09:00:02Z"}, "external_id": {body["external_id"], "x-1"},
		"Location": {w.Header().Get("Location"), "https://a.example/api/v1/awards/awd_1"}, "Cache-Control": {w.Header().Get("Cache-Control"), "no-store"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if strings.Contains(w.Body.String(), "secret bytes") {
		t.Error("signed bytes are in the answer")
	}
	if r.counts.awards != 1 {
		t.Errorf("counted %d", r.counts.awards)
	}
}

func TestAReplayAnswers200WithTheSameBody(t *testing.T) {
	r := newRig(t)
	replayed := false
	r.awards.award = func(issuer.Request) (issuer.Awarded, error) {
		return issuer.Awarded{Award: sample(), ClaimCode: "c0de", Replayed: replayed}, nil
	}
	first := r.call("award", http.MethodPost, "/api/v1/awards", minimal)
	replayed = true
	second := r.call("award", http.MethodPost, "/api/v1/awards", minimal)
	if first.Code != http.StatusCreated || first.Header().Get("Idempotent-Replayed") != "" {
		t.Errorf("first: %d %v", first.Code, first.Header())
	}
	if second.Code != http.StatusOK || second.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("second: %d %v", second.Code, second.Header())
	}
	if d := cmp.Diff(first.Body.String(), second.Body.String()); d != "" {
		t.Error(d)
	}
	if r.counts.awards != 1 {
		t.Errorf("counted %d", r.counts.awards)
	}
}

func TestTheIssuerIsFoundWhenTheRequestLeavesItOut(t *testing.T) {
	for _, tt := range []struct {
		name, token, body, want string
		only                    bool
	}{
		{"by the token", "award-a", `{"achievement":"first-aid","recipient":{"name":"x"}}`, "iss_a", false},
		{"by the id of the achievement", "award", `{"achievement":"ach_b","recipient":{"name":"x"}}`, "iss_b", false},
		{"as the only one", "award", `{"achievement":"first-aid","recipient":{"name":"x"}}`, "iss_a", true},
		{"by slug", "award", `{"issuer":"b","achievement":"b","recipient":{"name":"x"}}`, "iss_b", false},
	} {
		r := newRig(t)
		got := ""
		r.awards.award = func(q issuer.Request) (issuer.Awarded, error) {
			got = q.IssuerRef
			return issuer.Awarded{Award: sample()}, nil
		}
		if tt.only {
			r.shelf.issuers = r.shelf.issuers[:1]
		}
		object(t, r.call(tt.token, http.MethodPost, "/api/v1/awards", tt.body), http.StatusCreated)
		if got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestAwardsThatAreRefusedBeforeTheCoreIsAsked(t *testing.T) {
	for _, tt := range []struct {
		name, token, body string
		status            int
		code, pointer     string
	}{
		{"no issuer, and two to choose from", "award", `{"achievement":"first-aid","recipient":{}}`, 400, "issuer.required", "/issuer"},
		{"an unknown issuer", "award", `{"issuer":"z","achievement":"x","recipient":{}}`, 400, "issuer.unknown", "/issuer"},
		{"an unknown achievement by id", "award", `{"achievement":"ach_z","recipient":{}}`, 400, "achievement.unknown", "/achievement"},
		{"W06 a token without the scope", "read", minimal, 403, "token.scope", ""},
		{"W06 a token of another issuer", "award-a", `{"issuer":"b","achievement":"b","recipient":{}}`, 403, "token.issuer", ""},
		{"a time without an offset", "award", `{"issuer":"a","achievement":"x","recipient":{},"awarded_at":"2026-01-31T09:00:00"}`, 400, "time.syntax", "/awarded_at"},
		{"a time that Go would take", "award", `{"issuer":"a","achievement":"x","recipient":{},"expires_at":"2026-01-31T09:00:00,5Z"}`, 400, "time.syntax", "/expires_at"},
		{"a date alone", "award", `{"issuer":"a","achievement":"x","recipient":{},"activity_end":"2026-01-31"}`, 400, "time.syntax", "/activity_end"},
		{"no recipient", "award", `{"issuer":"a","achievement":"x"}`, 400, "json.member_missing", "/recipient"},
		{"an unknown visibility", "award", `{"issuer":"a","achievement":"x","recipient":{},"visibility":"Public"}`, 400, "json.value", "/visibility"},
	} {
		r := newRig(t) // its award function is nil: calling it fails the test
		t.Log(tt.name)
		wantProblem(t, r.call(tt.token, http.MethodPost, "/api/v1/awards", tt.body), tt.status, tt.code, tt.pointer)
	}
}

func TestFaultsOfTheCoreKeepCodeAndPointer(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{fault.New(fault.Conflict, nil, "says something else").Code("award.conflict").At("/external_id"), 409, "award.conflict"},
		{fault.New(fault.NotFound, nil, "no achievement").Code("achievement.unknown").At("/external_id"), 400, "achievement.unknown"},
		{fault.New(fault.Unavailable, nil, "disk full").Code("store.full").At("/external_id"), 503, "store.full"},
	} {
		r.awards.award = func(issuer.Request) (issuer.Awarded, error) { return issuer.Awarded{}, tt.err }
		wantProblem(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal), tt.status, tt.code, "/external_id")
	}
	if r.counts.awards != 0 {
		t.Error("a failure is counted")
	}
}

func TestIdempotencyKeysHaveBounds(t *testing.T) {
	r := newRig(t)
	r.awards.award = func(issuer.Request) (issuer.Awarded, error) { return issuer.Awarded{Award: sample()}, nil }
	object(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal, "Idempotency-Key", strings.Repeat("k", 255)), http.StatusCreated)
	for _, bad := range []string{strings.Repeat("k", 256), "k\x00", "clé"} {
		wantProblem(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal, "Idempotency-Key", bad), 400, "idempotency.key", "")
	}
}

func TestListsTakeFiltersAndCursors(t *testing.T) {
	r := newRig(t)
	var got issuer.Filter
	r.awards.list = func(f issuer.Filter) ([]issuer.Award, string, error) {
		got = f
		return []issuer.Award{sample()}, "n2", nil
	}
	w := r.call("read", http.MethodGet, "/api/v1/awards?issuer=a&achievement=first-aid&external_id=x&batch=b&q=am&status=revoked"+
		"&since=2026-01-01T00:00:00Z&before=2026-02-01T00:00:00%2B01:00&limit=200&cursor=n1", "")
	body := object(t, w, http.StatusOK)
	if len(body["items"].([]any)) != 1 || body["next"] != "n2" || !strings.Contains(w.Header().Get("Link"), `cursor=n2`) {
		t.Errorf("%s %v", w.Body, w.Header())
	}
	want := issuer.Filter{IssuerID: "iss_a", AchievementID: "ach_a", ExternalID: "x", BatchID: "b", Query: "am", State: issuer.Revoked,
		Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Before: time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC), Cursor: "n1", Limit: 200}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	object(t, r.call("read-b", http.MethodGet, "/api/v1/awards", ""), http.StatusOK)
	if got.IssuerID != "iss_b" || got.Limit != 50 || got.State != "" {
		t.Errorf("a token of one issuer sees %+v", got)
	}
	if object(t, r.call("read", http.MethodGet, "/api/v1/awards?status=expired", ""), http.StatusOK); got.State != issuer.Active || got.ExpiredAt.IsZero() {
		t.Errorf("the expired: %+v", got)
	}
	r.awards.list = func(issuer.Filter) ([]issuer.Award, string, error) { return nil, "", nil }
	if w := r.call("read", http.MethodGet, "/api/v1/awards", ""); strings.TrimSpace(w.Body.String()) != `{"items":[]}` || w.Header().Get("Link") != "" {
		t.Errorf("an empty list: %s", w.Body)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	r := newRig(t)
	for query, code := range map[string]string{
		"limit=0": "query.value", "limit=201": "query.value", "limit=+5": "query.value", "limit=x": "query.value", "status=Active": "query.value",
		"since=yesterday": "query.value", "before=2026-01-31": "query.value", "isuer=a": "query.unknown", "q=a&q=b": "query.twice",
		"ISSUER=a": "query.unknown", "issuer=z": "issuer.unknown", "achievement=z": "achievement.unknown",
		"access_token=x": "token.in_query", "token=x": "token.in_query",
	} {
		w := r.call("read", http.MethodGet, "/api/v1/awards?"+query, "")
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"code":"`+code+`"`) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	wantProblem(t, r.call("read-b", http.MethodGet, "/api/v1/awards?issuer=a", ""), 403, "token.issuer", "")
}

func TestReadingAnAward(t *testing.T) {
	r := newRig(t)
	r.awards.find = found
	w := r.call("read", http.MethodGet, "/api/v1/awards/awd_1", "")
	body := object(t, w, http.StatusOK)
	if body["claim_url"] != nil || body["status"] != "active" {
		t.Errorf("%s", w.Body)
	}
	if again := r.call("read", http.MethodGet, "/api/v1/awards/awd_1", "", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("with its ETag: %d", again.Code)
	}
	if again := r.call("read", http.MethodGet, "/api/v1/awards/awd_1", "", "If-None-Match", `"other"`); again.Code != http.StatusOK {
		t.Errorf("with another ETag: %d", again.Code)
	}
	other := r.call("read-b", http.MethodGet, "/api/v1/awards/awd_1", "")
	wantProblem(t, other, 404, "award.not_found", "")
	r.awards.find = notFound
	unknown := r.call("read-b", http.MethodGet, "/api/v1/awards/awd_2", "")
	if d := cmp.Diff(unknown.Body.String(), other.Body.String()); d != "" {
		t.Errorf("another issuer's award can be told from an unknown one: %s", d)
	}
	r.awards.find = func(string) (issuer.Award, error) { return issuer.Award{}, fault.New(fault.Unavailable, nil, "busy") }
	wantProblem(t, r.call("read", http.MethodGet, "/api/v1/awards/awd_1", ""), 503, "unavailable", "")
}

func TestRevocationIsIdempotentAndFinal(t *testing.T) {
	r := newRig(t)
	const path, reason = "/api/v1/awards/awd_1/revocation", `{"reason":"wrong learner"}`
	state := sample()
	r.awards.find = func(string) (issuer.Award, error) { return state, nil }
	r.awards.revoke = func(id, reason, actor string) (issuer.Award, error) {
		if actor != r.ids["revoke"] {
			t.Errorf("actor %s", actor)
		}
		if state.Revocation == nil {
			state.Revocation = &issuer.Revocation{At: moment, Reason: reason, By: actor}
		}
		return state, nil
	}
	wantProblem(t, r.call("read", http.MethodGet, path, ""), 404, "award.not_revoked", "")
	wantProblem(t, r.call("revoke", http.MethodDelete, path, ""), 404, "award.not_revoked", "")
	wantProblem(t, r.call("award", http.MethodPost, path, reason), 403, "token.scope", "") // W07
	wantProblem(t, r.call("revoke-b", http.MethodPost, path, reason), 404, "award.not_found", "")
	wantProblem(t, r.call("revoke", http.MethodPost, path, `{}`), 400, "json.member_missing", "/reason")
	wantProblem(t, r.call("revoke", http.MethodPost, path, `{"reason":null}`), 400, "json.type", "/reason")
	first := r.call("revoke", http.MethodPost, path, reason)
	if body := object(t, first, http.StatusOK); body["reason"] != "wrong learner" || body["revoked_at"] != "2026-01-31T09:00:02Z" || body["award"] != "awd_1" {
		t.Errorf("%v", body)
	}
	second := r.call("revoke", http.MethodPost, path, `{"reason":"another"}`)
	if second.Code != http.StatusOK || second.Body.String() != first.Body.String() {
		t.Errorf("again: %d %s", second.Code, second.Body)
	}
	if got := r.call("read", http.MethodGet, path, ""); got.Body.String() != first.Body.String() {
		t.Errorf("read: %s", got.Body)
	}
	wantProblem(t, r.call("revoke", http.MethodDelete, path, ""), 409, "award.revocation_final", "")
	if body := object(t, r.call("read", http.MethodGet, "/api/v1/awards/awd_1", ""), http.StatusOK); body["status"] != "revoked" || body["revocation"] == nil {
		t.Errorf("%v", body)
	}
	if r.counts.revocations != 1 {
		t.Errorf("counted %d", r.counts.revocations)
	}
}

func TestSuspendingAndReinstating(t *testing.T) {
	r := newRig(t)
	const path, why = "/api/v1/awards/awd_1/", `{"reason":"under investigation","code":"investigation"}`
	state := sample()
	r.awards.find = func(string) (issuer.Award, error) { return state, nil }
	r.awards.apply = func(id string, step issuer.Step) (issuer.Award, error) {
		if id != "awd_1" || step.Actor != r.ids["revoke"] {
			t.Errorf("%s %+v", id, step)
		}
		state.Suspension = nil
		if step.Action == issuer.Suspend {
			state.Suspension = &issuer.Suspension{At: moment, Reason: step.Reason, Code: step.Code, By: step.Actor}
		}
		return state, nil
	}
	wantProblem(t, r.call("award", http.MethodPost, path+"suspend", why), 403, "token.scope", "") // W07
	wantProblem(t, r.call("revoke-b", http.MethodPost, path+"suspend", why), 404, "award.not_found", "")
	wantProblem(t, r.call("revoke", http.MethodPost, path+"suspend", `{}`), 400, "json.member_missing", "/reason")
	wantProblem(t, r.call("award", http.MethodPost, path+"reinstate", `{}`), 403, "token.scope", "")
	wantProblem(t, r.call("award", http.MethodPost, path+"revoke", why), 403, "token.scope", "")
	body := object(t, r.call("revoke", http.MethodPost, path+"suspend", why), http.StatusOK)
	said, _ := body["suspension"].(map[string]any)
	if body["status"] != "suspended" || said["reason"] != "under investigation" || said["code"] != "investigation" || said["suspended_at"] == "" {
		t.Errorf("%v", body)
	}
	if body := object(t, r.call("revoke", http.MethodPost, path+"reinstate", `{}`), http.StatusOK); body["status"] != "active" || body["suspension"] != nil {
		t.Errorf("%v", body)
	}
}

func TestManyAwardsByOneRequest(t *testing.T) {
	r := newRig(t)
	var got issuer.Bulk
	r.awards.bulk = func(b issuer.Bulk) (issuer.BulkDone, error) {
		got = b
		return issuer.BulkDone{Done: 2, Left: 3, Change: b.Change}, nil
	}
	const path = "/api/v1/award-changes"
	body := object(t, r.call("revoke-b", http.MethodPost, path, `{"action":"revoke","reason":"r","batch":"bat_1","since":"2026-01-01T00:00:00Z","limit":5}`), http.StatusOK)
	if body["done"] != 2.0 || body["left"] != 3.0 || got.Filter.IssuerID != "iss_b" || got.Filter.BatchID != "bat_1" || got.Most != 5 ||
		got.Filter.Since.IsZero() || got.Step.Action != issuer.Revoke || got.Step.Actor != r.ids["revoke-b"] || r.counts.revocations != 2 {
		t.Errorf("%v, %+v, %d counted", body, got, r.counts.revocations)
	}
	if body := object(t, r.call("revoke", http.MethodPost, path, `{"action":"suspend","reason":"r","batch":"b","dry_run":true}`), http.StatusOK); body["done"] != 0.0 || body["left"] != 3.0 || body["others"] != 1.0 {
		t.Errorf("a dry run: %v", body)
	}
	undo := `{"action":"reinstate","change":"chg_1","expect":12}`
	if body := object(t, r.call("revoke", http.MethodPost, path, undo), http.StatusOK); body["change"] != "chg_1" || body["others"] != nil ||
		got.Change != "chg_1" || got.Expect != 12 {
		t.Errorf("%v of %+v", body, got)
	}
	wantProblem(t, r.call("award", http.MethodPost, path, `{"action":"revoke","reason":"r","batch":"b"}`), 403, "token.scope", "")
	wantProblem(t, r.call("revoke", http.MethodPost, path, `{"reason":"r"}`), 400, "json.member_missing", "/action")
	wantProblem(t, r.call("revoke", http.MethodPost, path, `{"action":"revoke","reason":"r","since":"today"}`), 400, "time.syntax", "/since")
}
