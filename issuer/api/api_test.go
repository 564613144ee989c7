package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/api"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/test/corpus"
)

func TestW09WithoutATokenOnlyTheDescriptionAnswers(t *testing.T) {
	r := newRig(t)
	public := map[string]bool{"GET /api": true, "GET /api/openapi.json": true, "GET /api/page.css": true}
	seen := 0
	for _, route := range r.engine.Routes() {
		name := route.Method + " " + route.Path
		for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer laurel_" + strings.Repeat("a", 32), "Basic YWRtaW46YWRtaW4=", "bearer null"} {
			w := r.call("", route.Method, strings.ReplaceAll(route.Path, ":id", "x"), minimal, "Authorization", auth)
			if public[name] {
				if w.Code != http.StatusOK {
					t.Errorf("%s: %d", name, w.Code)
				}
				continue
			}
			if w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), `Bearer realm="laurel"`) {
				t.Errorf("%s with %q: %d %q", name, auth, w.Code, w.Header().Get("WWW-Authenticate"))
			}
		}
		seen++
	}
	if seen < 15 {
		t.Errorf("only %d routes", seen)
	}
}

func TestTheZeroConfigLetsNobodyIn(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	api.New(e, api.Config{})
	w := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/api/v1/awards", nil)
	req.Header.Set("Authorization", "Bearer laurel_"+strings.Repeat("a", 32))
	e.ServeHTTP(w, req)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("%d", w.Code)
	}
}

func TestAMissingScopeIsNamed(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct{ token, method, path, body, scope string }{
		{"read", "POST", "/api/v1/awards", minimal, "award"},
		{"award", "GET", "/api/v1/awards", "", "read"},
		{"award", "GET", "/api/v1/awards/x", "", "read"},
		{"award", "POST", "/api/v1/awards/x/revocation", `{"reason":"r"}`, "revoke"},
		{"award", "DELETE", "/api/v1/awards/x/revocation", "", "revoke"},
		{"read", "POST", "/api/v1/issuers", `{"name":"n"}`, "admin"},
		{"award", "GET", "/api/v1/issuers", "", "read"},
		{"read", "POST", "/api/v1/achievements", `{"name":"n","description":"d"}`, "admin"},
		{"read", "PUT", "/api/v1/achievements/x", `{"name":"n","description":"d"}`, "admin"},
		{"revoke", "POST", "/api/v1/tokens", `{"name":"n","scopes":["admin"]}`, "admin"},
		{"revoke", "GET", "/api/v1/tokens", "", "admin"},
		{"revoke", "DELETE", "/api/v1/tokens/x", "", "admin"},
		{"read", "GET", "/api/v1/events", "", "admin"},
		{"award", "GET", "/api/v1/issuers/a/keys", "", "read"},
		{"award", "GET", "/api/v1/issuing", "", "read"},
		{"award", "POST", "/api/v1/issuing/stop", `{"reason":"r"}`, "admin"},
		{"read", "POST", "/api/v1/issuing/resume", `{}`, "admin"},
		{"read", "POST", "/api/v1/issuers/a/keys/rotation", `{}`, "admin"},
		{"read", "POST", "/api/v1/issuers/a/keys/withdrawal", `{"key":"k"}`, "admin"},
	} {
		w := r.call(tt.token, tt.method, tt.path, tt.body)
		wantProblem(t, w, http.StatusForbidden, "token.scope", "")
		if !strings.Contains(w.Header().Get("WWW-Authenticate"), fmt.Sprintf("scope=%q", tt.scope)) || !strings.Contains(w.Body.String(), tt.scope) {
			t.Errorf("%s %s: %s %s", tt.method, tt.path, w.Header().Get("WWW-Authenticate"), w.Body)
		}
	}
}

func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	r := newRig(t)
	req := httptest.NewRequest(http.MethodGet, "/api/v1/me", nil)
	req.Header.Add("Authorization", "Bearer "+r.tokens["read"])
	req.Header.Add("Authorization", "Bearer "+r.tokens["admin"])
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("%d", w.Code)
	}
}

func TestJSONOfMoreThanOneMeaningIsRefused(t *testing.T) {
	r := newRig(t)
	r.awards.award = func(issuer.Request) (issuer.Awarded, error) { return issuer.Awarded{Award: sample()}, nil }
	object(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal), http.StatusCreated)
	object(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal, "Content-Type", "application/json; charset=UTF-8"), http.StatusCreated)
	object(t, r.call("award", http.MethodPost, "/api/v1/awards", strings.Replace(minimal, `"Amal"`, `"Amal","email":null`, 1)), http.StatusCreated)
	with := func(extra string) string { return strings.TrimSuffix(minimal, "}") + "," + extra + "}" }
	for _, tt := range []struct{ name, body, code, pointer string }{
		{"nothing", " ", "json.syntax", ""},
		{"cut off", `{"achievement":`, "json.syntax", "/achievement"},
		{"an array", `[]`, "json.type", ""},
		{"a member twice", with(`"achievement":"b"`), "json.duplicate_member", "/achievement"},
		{"a member twice, once escaped", with(`"\u0061chievement":"b"`), "json.duplicate_member", "/achievement"},
		{"an odd-case member", with(`"External_ID":"x"`), "json.member_case", "/External_ID"},
		{"an odd-case member by the Kelvin sign", `{"achievement":"x","recipient":{},"is\u017fuer":"a"}`, "json.member_case", "/isſuer"},
		{"an odd-case member inside", `{"issuer":"a","achievement":"x","recipient":{"Email":"a@b.c"}}`, "json.member_case", "/recipient/Email"},
		{"an unknown member", with(`"grade":"A+"`), "json.member_unknown", "/grade"},
		{"an unknown member inside a list", with(`"evidence":[{},{"link":"x"}]`), "json.member_unknown", "/evidence/1/link"},
		{"data behind", minimal + `{}`, "json.trailing", ""},
		{"invalid UTF-8", with("\"term\":\"\xff\""), "json.utf8", ""},
		{"a lone surrogate", with(`"term":"\ud800"`), "json.utf8", ""},
		{"U06 a NUL", with(`"term":"a\u0000b"`), "json.nul", "/term"},
		{"a number as a string", with(`"credits":"3"`), "json.type", "/credits"},
		{"a string as a number", with(`"term":3`), "json.type", "/term"},
		{"a list as an object", with(`"evidence":{}`), "json.type", "/evidence"},
		{"a number that no double holds", with(`"credits":1e400`), "json.number", "/credits"},
		{"too deep", with(`"term":` + strings.Repeat("[", 70) + strings.Repeat("]", 70)), "limits.depth", ""},
		{"a byte order mark", "\ufeff" + minimal, "json.syntax", ""},
	} {
		w := r.call("award", http.MethodPost, "/api/v1/awards", tt.body)
		var got struct{ Code, Pointer string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusBadRequest || got.Code != tt.code || tt.pointer != "" && got.Pointer != tt.pointer {
			t.Errorf("%s: %d %s at %s: %s", tt.name, w.Code, got.Code, got.Pointer, w.Body)
		}
	}
}

func TestBodiesThatAreNoJSONOrTooLarge(t *testing.T) {
	r := newRig(t)
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/problem+json"} {
		wantProblem(t, r.call("award", http.MethodPost, "/api/v1/awards", minimal, "Content-Type", media), 415, "request.media_type", "")
	}
	big := `{"achievement":"` + strings.Repeat("a", 1<<20) + `"}`
	wantProblem(t, r.call("award", http.MethodPost, "/api/v1/awards", big), 413, "limits.request", "")
	huge := `{"name":"` + strings.Repeat("a", limits.RequestBytes) + `"}`
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers", huge), 413, "limits.request", "")
}

func TestIssuers(t *testing.T) {
	r := newRig(t)
	png := base64.StdEncoding.EncodeToString([]byte("picture"))
	w := r.call("admin", http.MethodPost, "/api/v1/issuers", `{"name":"N","slug":"n","url":"https://n.example/","email":"n@n.example",
		"description":"d","language":"ar","algorithm":"EdDSA","image":{"type":"image/png","alt":"logo","data":"`+png+`"}}`)
	object(t, w, http.StatusCreated)
	want := catalog.NewIssuer{Name: "N", Slug: "n", URL: "https://n.example/", Email: "n@n.example", Description: "d", Language: "ar",
		Algorithm: "EdDSA", Image: &catalog.Image{Type: "image/png", Alt: "logo", Data: []byte("picture")}, Actor: r.ids["admin"]}
	if d := cmp.Diff([]any{want}, r.shelf.added); d != "" {
		t.Error(d)
	}
	wantProblem(t, r.call("admin-a", http.MethodPost, "/api/v1/issuers", `{"name":"N"}`), 403, "token.issuer", "")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers", `{"name":"N","slug":"taken"}`), 409, "issuer.slug_taken", "/slug")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers", `{"name":"N","algorithm":"none"}`), 400, "json.value", "/algorithm")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/issuers", `{"name":"N","image":{"alt":"x","data":"%%"}}`), 400, "base64.syntax", "/image/data")
	if n := len(object(t, r.call("read", http.MethodGet, "/api/v1/issuers", ""), 200)["items"].([]any)); n != 2 {
		t.Errorf("%d issuers", n)
	}
	if n := len(object(t, r.call("read-b", http.MethodGet, "/api/v1/issuers", ""), 200)["items"].([]any)); n != 1 {
		t.Errorf("a token of one issuer sees %d", n)
	}
	for _, ref := range []string{"iss_a", "a", "did:web:a.example"} {
		if body := object(t, r.call("read", http.MethodGet, "/api/v1/issuers/"+ref, ""), 200); body["id"] != "iss_a" {
			t.Errorf("%s: %v", ref, body)
		}
	}
	wantProblem(t, r.call("read", http.MethodGet, "/api/v1/issuers/z", ""), 404, "issuer.unknown", "/issuer")
	revised := object(t, r.call("admin-a", http.MethodPut, "/api/v1/issuers/a", `{"name":"New","image":{"alt":"An owl","data":"`+png+`"}}`), http.StatusOK)
	if image, _ := revised["image"].(map[string]any); revised["name"] != "New" || image["alt"] != "An owl" || image["url"] == nil || image["data"] != nil {
		t.Errorf("%v", revised)
	}
	wantProblem(t, r.call("admin-a", http.MethodPut, "/api/v1/issuers/b", `{"name":"Theirs"}`), 403, "token.issuer", "")
	wantProblem(t, r.call("read", http.MethodPut, "/api/v1/issuers/a", `{"name":"New"}`), 403, "token.scope", "")
	wantProblem(t, r.call("admin", http.MethodPut, "/api/v1/issuers/z", `{"name":"New"}`), 404, "issuer.unknown", "/issuer")
	wantProblem(t, r.call("admin", http.MethodPut, "/api/v1/issuers/a", `{"name":""}`), 400, "issuer.invalid", "")
	wantProblem(t, r.call("admin", http.MethodPut, "/api/v1/issuers/a", `{"name":"New"}`, "If-Match", `"other"`), 409, "issuer.changed", "")
	wantProblem(t, r.call("read-b", http.MethodGet, "/api/v1/issuers/a", ""), 403, "token.issuer", "")
}

func TestAchievements(t *testing.T) {
	r := newRig(t)
	const body = `{"issuer":"a","slug":"s","name":"N","description":"d","criteria":"c","criteria_url":"https://a.example/c","type":"Course",
		"tags":["x"],"language":"en","human_code":"h","field_of_study":"f","credits":2.5,
		"alignments":[{"name":"n","url":"https://e.example","code":"c","framework":"f","description":"d","type":"ceasn:Competency"}],
		"results":[{"id":"score","name":"Score","type":"Percent","allowed_values":["1"],"min":"0","max":"100","required":"50"}],
		"image":{"alt":"a"}}`
	credits := 2.5
	want := catalog.NewAchievement{Issuer: "iss_a", Slug: "s", Name: "N", Description: "d", Criteria: "c", CriteriaURL: "https://a.example/c",
		Type: "Course", Tags: []string{"x"}, Language: "en", HumanCode: "h", FieldOfStudy: "f", Credits: &credits,
		Alignments: []catalog.Alignment{{Name: "n", URL: "https://e.example", Code: "c", Framework: "f", Description: "d", Type: "ceasn:Competency"}},
		Results:    []catalog.ResultDescription{{ID: "score", Name: "Score", Type: "Percent", AllowedValues: []string{"1"}, Min: "0", Max: "100", Required: "50"}},
		Image:      &catalog.Image{Alt: "a", Data: []byte{}}}
	object(t, r.call("admin-a", http.MethodPost, "/api/v1/achievements", body), http.StatusCreated)
	if d := cmp.Diff([]any{want, r.ids["admin-a"]}, r.shelf.added); d != "" {
		t.Error(d)
	}
	wantProblem(t, r.call("admin-a", http.MethodPost, "/api/v1/achievements", `{"issuer":"b","name":"N","description":"d"}`), 403, "token.issuer", "")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/achievements", `{"issuer":"a","description":"d"}`), 400, "json.member_missing", "/name")

	one := r.call("admin", http.MethodGet, "/api/v1/achievements/first-aid?issuer=a&version=1", "")
	if got := object(t, one, 200); got["id"] != "ach_a" || got["image"].(map[string]any)["url"] != "https://a.example/achievements/ach_a/1/image.png" {
		t.Errorf("%v", got)
	}
	if strings.Contains(one.Body.String(), base64.StdEncoding.EncodeToString([]byte("png"))) {
		t.Error("the picture's bytes are in the answer")
	}
	if n := len(object(t, r.call("read-b", http.MethodGet, "/api/v1/achievements", ""), 200)["items"].([]any)); n != 1 {
		t.Errorf("a token of one issuer sees %d", n)
	}
	wantProblem(t, r.call("read-b", http.MethodGet, "/api/v1/achievements/ach_a", ""), 404, "achievement.unknown", "/achievement")
	wantProblem(t, r.call("read", http.MethodGet, "/api/v1/achievements/ach_a?version=0", ""), 400, "query.value", "")

	r.shelf.added = nil
	object(t, r.call("admin", http.MethodPut, "/api/v1/achievements/ach_a", body, "If-Match", one.Header().Get("ETag")), 200)
	if d := cmp.Diff([]any{"ach_a", want, r.ids["admin"]}, r.shelf.added); d != "" {
		t.Error(d)
	}
	wantProblem(t, r.call("admin", http.MethodPut, "/api/v1/achievements/ach_a", body, "If-Match", `"old"`), 409, "achievement.changed", "")
	wantProblem(t, r.call("admin", http.MethodPut, "/api/v1/achievements/ach_b", body), 404, "achievement.unknown", "/achievement")
	wantProblem(t, r.call("admin-a", http.MethodPut, "/api/v1/achievements/ach_b", `{"name":"N","description":"d"}`), 404, "achievement.unknown", "/achievement")
}

func TestTokens(t *testing.T) {
	r := newRig(t)
	made := object(t, r.call("admin", http.MethodPost, "/api/v1/tokens", `{"name":"Moodle","scopes":["read","award"],"issuer":"b","expires_at":"2027-01-01T00:00:00Z"}`), http.StatusCreated)
	secret, id := made["token"].(string), made["id"].(string)
	if made["issuer"] != "iss_b" || made["expires_at"] != "2027-01-01T00:00:00Z" || !strings.HasPrefix(secret, "laurel_") {
		t.Errorf("%v", made)
	}
	r.tokens["made"] = secret
	if me := object(t, r.call("made", http.MethodGet, "/api/v1/me", ""), 200); me["id"] != id || me["token"] != nil {
		t.Errorf("%v", me)
	}
	all := r.call("admin", http.MethodGet, "/api/v1/tokens", "")
	if !strings.Contains(all.Body.String(), id) || strings.Contains(all.Body.String(), "laurel_") {
		t.Errorf("%s", all.Body)
	}
	if own := r.call("admin-a", http.MethodGet, "/api/v1/tokens", ""); strings.Contains(own.Body.String(), id) {
		t.Error("another issuer's token is listed")
	}
	bound := object(t, r.call("admin-a", http.MethodPost, "/api/v1/tokens", `{"name":"n","scopes":["admin"]}`), http.StatusCreated)
	if bound["issuer"] != "iss_a" {
		t.Errorf("a bound admin made a wider token: %v", bound)
	}
	wantProblem(t, r.call("admin-a", http.MethodPost, "/api/v1/tokens", `{"name":"n","scopes":["read"],"issuer":"b"}`), 403, "token.issuer", "")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/tokens", `{"name":"n","scopes":["root"]}`), 400, "token.scope", "/scopes/0")
	wantProblem(t, r.call("admin", http.MethodPost, "/api/v1/tokens", `{"name":"n","scopes":["read"],"expires_at":"2020-01-01T00:00:00Z"}`), 400, "token.expires", "/expires_at")
	wantProblem(t, r.call("admin-a", http.MethodDelete, "/api/v1/tokens/"+id, ""), 404, "token.not_found", "")
	for range 2 {
		if w := r.call("admin", http.MethodDelete, "/api/v1/tokens/"+id, ""); w.Code != http.StatusNoContent {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	wantProblem(t, r.call("made", http.MethodGet, "/api/v1/me", ""), 401, "token.unknown", "")
	wantProblem(t, r.call("admin", http.MethodDelete, "/api/v1/tokens/tok_z", ""), 404, "token.not_found", "")
}

func TestEvents(t *testing.T) {
	r := newRig(t)
	got := ""
	r.awards.events = func(issuerID string, n int) ([]event.Event, error) {
		got = fmt.Sprint(issuerID, n)
		return []event.Event{{ID: "evt_1", At: moment, Actor: "cli", Action: "award.created", Subject: "awd_1"}}, nil
	}
	body := object(t, r.call("admin", http.MethodGet, "/api/v1/events?issuer=b&limit=7", ""), 200)
	if got != "iss_b7" || body["items"].([]any)[0].(map[string]any)["action"] != "award.created" {
		t.Errorf("%s %v", got, body)
	}
	object(t, r.call("admin-a", http.MethodGet, "/api/v1/events", ""), 200)
	if got != "iss_a50" {
		t.Errorf("a token of one issuer sees %s", got)
	}
	wantProblem(t, r.call("admin-a", http.MethodGet, "/api/v1/events?issuer=b", ""), 403, "token.issuer", "")
}

func TestTheDocumentIsOpenAPI31AndListsEveryRoute(t *testing.T) {
	r := newRig(t)
	w := r.call("", http.MethodGet, "/api/openapi.json", "")
	doc := object(t, w, http.StatusOK)
	if doc["openapi"] != "3.1.0" || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openapi+json") {
		t.Errorf("%v %s", doc["openapi"], w.Header().Get("Content-Type"))
	}
	paths := doc["paths"].(map[string]any)
	ids := map[any]bool{}
	for _, route := range r.engine.Routes() {
		if !strings.HasPrefix(route.Path, "/api/v1/") {
			continue
		}
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(route.Path, "{$1}")
		item, _ := paths[path].(map[string]any)
		op, ok := item[strings.ToLower(route.Method)].(map[string]any)
		if !ok {
			t.Errorf("%s %s is not described", route.Method, path)
			continue
		}
		if op["operationId"] == nil || ids[op["operationId"]] || op["summary"] == nil || op["security"] == nil {
			t.Errorf("%s %s: %v", route.Method, path, op)
		}
		ids[op["operationId"]] = true
		responses := op["responses"].(map[string]any)
		for _, code := range []string{"400", "401", "403", "429"} {
			if responses[code] == nil {
				t.Errorf("%s %s does not describe %s", route.Method, path, code)
			}
		}
		if strings.Contains(path, "{id}") && !strings.Contains(fmt.Sprint(op["parameters"]), "in:path name:id required:true") {
			t.Errorf("%s %s: the path parameter: %v", route.Method, path, op["parameters"])
		}
	}
	if len(ids) < 15 {
		t.Errorf("only %d operations", len(ids))
	}
	checkRefs(t, doc, w.Body.String())
	scheme := doc["components"].(map[string]any)["securitySchemes"].(map[string]any)["token"].(map[string]any)
	if scheme["type"] != "http" || scheme["scheme"] != "bearer" {
		t.Errorf("%v", scheme)
	}
}

// checkRefs checks that every reference leads to a schema of the document, and that schemas are closed.
func checkRefs(t *testing.T, doc map[string]any, text string) {
	t.Helper()
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	refs := regexp.MustCompile(`"\$ref":"([^"]*)"`).FindAllStringSubmatch(text, -1)
	if len(refs) == 0 {
		t.Error("no references")
	}
	for _, m := range refs {
		name, ok := strings.CutPrefix(m[1], "#/components/schemas/")
		if !ok || schemas[name] == nil {
			t.Errorf("%s leads nowhere", m[1])
		}
	}
	for _, name := range []string{"AwardRequest", "IssuerRequest", "AchievementRequest", "TokenRequest", "RevocationRequest"} {
		s, _ := schemas[name].(map[string]any)
		if s["additionalProperties"] != false {
			t.Errorf("%s takes unknown members: %v", name, s)
		}
	}
	required := fmt.Sprint(schemas["AwardRequest"].(map[string]any)["required"])
	if required != "[achievement recipient]" {
		t.Errorf("required of an award: %s", required)
	}
}

func TestThePageNeedsNothingFromElsewhere(t *testing.T) {
	r := newRig(t)
	w := r.call("", http.MethodGet, "/api", "")
	text := w.Body.String()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("%d", w.Code)
	}
	for _, never := range []string{"<script", "style=", "<style", "onclick", "//unpkg", "cdn"} {
		if strings.Contains(text, never) {
			t.Errorf("the page has %s", never)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "/api") && !strings.HasPrefix(m[1], "#") {
			t.Errorf("the page leads to %s", m[1])
		}
	}
	for _, route := range r.engine.Routes() {
		if strings.HasPrefix(route.Path, "/api/v1/") && !strings.Contains(text, route.Method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(route.Path, "{$1}")) {
			t.Errorf("%s %s is not on the page", route.Method, route.Path)
		}
	}
	if again := r.call("", http.MethodGet, "/api", "", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("with its ETag: %d", again.Code)
	}
}

// TestTheExamplesOfTheDocumentWork sends every example request that the document shows.
func TestTheExamplesOfTheDocumentWork(t *testing.T) {
	r := newRig(t)
	r.shelf.issuers = r.shelf.issuers[:1]
	r.awards.award = func(issuer.Request) (issuer.Awarded, error) { return issuer.Awarded{Award: sample()}, nil }
	r.awards.find = found
	r.awards.revoke = func(string, string, string) (issuer.Award, error) {
		a := sample()
		a.Revocation = &issuer.Revocation{At: moment, Reason: "r"}
		return a, nil
	}
	key, err := r.keys.Current(t.Context(), "iss_a", keys.ES256)
	if err != nil {
		t.Fatal(err)
	}
	r.awards.bulk = func(issuer.Bulk) (issuer.BulkDone, error) { return issuer.BulkDone{}, nil }
	r.awards.apply = func(string, issuer.Step) (issuer.Award, error) { return sample(), nil }
	sent := 0
	paths := r.api.OpenAPI().Paths
	for _, path := range slices.Backward(slices.Sorted(maps.Keys(paths))) { // the fake knows the kind that was made last
		item := paths[path]
		for _, op := range []any{item.Post, item.Put} {
			raw, err := json.Marshal(op)
			if err != nil {
				t.Fatal(err)
			}
			var o struct {
				RequestBody struct {
					Content map[string]struct{ Example json.RawMessage }
				}
			}
			if string(raw) == "null" || json.Unmarshal(raw, &o) != nil || o.RequestBody.Content == nil {
				continue
			}
			method := http.MethodPost
			if op == any(item.Put) {
				method = http.MethodPut
			}
			id := "ach_a"
			if strings.HasPrefix(path, "/api/v1/issuers/") {
				id = "iss_a"
			}
			body := strings.ReplaceAll(string(o.RequestBody.Content["application/json"].Example), "did:web:badges.example.org#es256-1", key.ID)
			w := r.call("admin", method, strings.ReplaceAll(path, "{id}", id), body)
			if w.Code/100 != 2 {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
			sent++
		}
	}
	if sent != 25 {
		t.Errorf("%d examples were sent", sent)
	}
}

func TestTheDocumentationNamesEveryRouteAndCode(t *testing.T) {
	dir := corpus.Root(t)
	text, err := os.ReadFile(filepath.Join(dir, "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range newRig(t).engine.Routes() {
		if strings.HasPrefix(route.Path, "/api/v1/") && !strings.Contains(string(text), route.Method+" "+regexp.MustCompile(`:(\w+)`).ReplaceAllString(route.Path, "{$1}")) {
			t.Errorf("docs/api.md does not name %s %s", route.Method, route.Path)
		}
	}
	codes := regexp.MustCompile(`Code\("([a-z0-9_.]+)"\)`)
	seen := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range codes.FindAllStringSubmatch(string(src), -1) {
			seen++
			if !strings.Contains(string(text), "`"+m[1]+"`") {
				t.Errorf("docs/api.md does not name the code %s", m[1])
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d codes", seen)
	}
}

func FuzzAwardBody(f *testing.F) {
	f.Add(minimal)
	f.Add(`{"achievement":"x","recipient":{},"evidence":[{}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := newRig(t)
		r.awards.award = func(issuer.Request) (issuer.Awarded, error) { return issuer.Awarded{Award: sample()}, nil }
		w := r.call("award", http.MethodPost, "/api/v1/awards", body, "Content-Type", "application/json")
		if w.Code != http.StatusCreated && (w.Code < 400 || w.Code >= 500) {
			t.Errorf("%q: %d", body, w.Code)
		}
		if w.Code == http.StatusCreated && !json.Valid([]byte(body)) {
			t.Errorf("%q is taken", body)
		}
	})
}

func ExampleNew() {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	api.New(engine, api.Config{Logger: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/me", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 401 application/problem+json
}
