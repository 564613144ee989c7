package service_test

import (
	"net/http"
	"strings"
	"testing"
)

func badRequestScenarios() []scenario {
	return []scenario{
		{"each wrong member is 400 with its place and what to do, and nothing is stored", wrongMembers},
		{"what is no JSON request is refused, and nothing is stored", wrongBodies},
		{"U06: NUL in any text is 400, on this database too", nulInText},
		{"W01: signs of SQL are text like any other", sqlSigns},
		{"W13: what is too much is refused before it is read", tooMuch},
	}
}

// wrong is a change of a good award that makes it bad.
type wrong struct {
	name    string
	change  map[string]any
	pointer string
}

func wrongOnes() []wrong {
	person := func(name string, value any) map[string]any {
		return map[string]any{"recipient": map[string]any{"name": "Ana", name: value}}
	}
	one := func(list, name string, value any) map[string]any {
		return map[string]any{list: []any{map[string]any{name: value}}}
	}
	return []wrong{
		{"no achievement", map[string]any{"achievement": nil}, "/achievement"},
		{"an achievement that is not there", map[string]any{"achievement": "second-aid"}, "/achievement"},
		{"an issuer that is not there", map[string]any{"issuer": "nobody"}, "/issuer"},
		{"no recipient", map[string]any{"recipient": nil}, "/recipient"},
		{"a recipient of nothing", map[string]any{"recipient": map[string]any{}}, "/recipient"},
		{"a recipient that is a text", map[string]any{"recipient": "Ana"}, "/recipient"},
		{"an e-mail address that is none", person("email", "ana at example.org"), "/recipient/email"},
		{"an id that runs", person("id", "javascript:alert(1)"), "/recipient/id"},
		{"an id that is an address in clear", person("id", "mailto:ana@example.org"), "/recipient/id"},
		{"a name that is too long", map[string]any{"recipient": map[string]any{"name": strings.Repeat("a", 201)}}, "/recipient/name"},
		{"a name with a line feed", map[string]any{"recipient": map[string]any{"name": "Ana\nSilva"}}, "/recipient/name"},
		{"a name that is a number", map[string]any{"recipient": map[string]any{"name": 5}}, "/recipient/name"},
		{"a member that does not exist", map[string]any{"recipeint": map[string]any{}}, "/recipeint"},
		{"a member in odd case", map[string]any{"Narrative": "x"}, "/Narrative"},
		{"an unknown member inside", person("phone", "1"), "/recipient/phone"},
		{"a date without a time", map[string]any{"awarded_at": "2026-01-31"}, "/awarded_at"},
		{"a time without an offset", map[string]any{"awarded_at": "2026-01-31T09:00:00"}, "/awarded_at"},
		{"a day that is not", map[string]any{"awarded_at": "2026-02-30T09:00:00Z"}, "/awarded_at"},
		{"an award in the future", map[string]any{"awarded_at": "2098-01-31T09:00:00Z"}, "/awarded_at"},
		{"an award that has expired", map[string]any{"expires_at": "2020-01-31T09:00:00Z"}, "/expires_at"},
		{"an end before the start", map[string]any{"activity_start": "2026-02-02T00:00:00Z", "activity_end": "2026-02-01T00:00:00Z"}, "/activity_end"},
		{"a visibility that does not exist", map[string]any{"visibility": "secret"}, "/visibility"},
		{"credits below nothing", map[string]any{"credits": -1}, "/credits"},
		{"evidence of nothing", map[string]any{"evidence": []any{map[string]any{}}}, "/evidence/0"},
		{"evidence that runs", one("evidence", "url", "javascript:alert(1)"), "/evidence/0/url"},
		{"evidence of data", one("evidence", "url", "data:text/html,x"), "/evidence/0/url"},
		{"evidence that is no list", map[string]any{"evidence": map[string]any{}}, "/evidence"},
		{"a result without a value", one("results", "description", "score"), "/results/0"},
		{"a result of a description that is not there", map[string]any{"results": []any{map[string]any{"description": "height", "value": "1"}}}, "/results/0/description"},
		{"an external id that is too long", map[string]any{"external_id": strings.Repeat("x", 301)}, "/external_id"},
	}
}

func wrongMembers(t *testing.T, w *world) {
	before := w.count(t)
	for _, tc := range wrongOnes() {
		got := w.call(t, "POST /api/v1/awards", w.request(tc.change))
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", tc.name, got.status, got.body)
			continue
		}
		p := got.problem(t)
		if p.Pointer != tc.pointer {
			t.Errorf("%s: pointer %q, want %q (%s)", tc.name, p.Pointer, tc.pointer, p.Detail)
		}
		if p.Hint == "" {
			t.Errorf("%s: no hint: %s", tc.name, got.body)
		}
	}
	w.award(t, nil) // the nearest good one
	if after := w.count(t); after != before+1 {
		t.Errorf("%d awards became %d by bad requests and one good one", before, after)
	}
}

func wrongBodies(t *testing.T, w *world) {
	before := w.count(t)
	for name, tc := range map[string]struct {
		body, media string
		status      int
	}{
		"nothing":          {"", "application/json", 400},
		"no JSON":          {"{", "application/json", 400},
		"a list":           {"[]", "application/json", 400},
		"null":             {"null", "application/json", 400},
		"a second value":   {`{"achievement":"first-aid","recipient":{"name":"A"}} {}`, "application/json", 400},
		"a member twice":   {`{"achievement":"first-aid","achievement":"first-aid","recipient":{"name":"A"}}`, "application/json", 400},
		"not UTF-8":        {"{\"achievement\":\"first-aid\",\"recipient\":{\"name\":\"\xff\"}}", "application/json", 400},
		"a lone surrogate": {`{"achievement":"first-aid","recipient":{"name":"\ud800"}}`, "application/json", 400},
		"a form":           {"achievement=first-aid", "application/x-www-form-urlencoded", 415},
		"text":             {`{"achievement":"first-aid"}`, "text/plain", 415},
		"65 levels":        {strings.Repeat(`{"evidence":[`, 40) + strings.Repeat(`]}`, 40), "application/json", 400},
	} {
		got := w.ask(t, question{
			method: http.MethodPost, path: "/api/v1/awards", token: w.token, body: []byte(tc.body), header: map[string]string{"Content-Type": tc.media},
		})
		if got.status != tc.status {
			t.Errorf("%s: %d, want %d: %s", name, got.status, tc.status, got.body)
			continue
		}
		got.problem(t)
	}
	if after := w.count(t); after != before {
		t.Errorf("%d awards became %d", before, after)
	}
}

func nulInText(t *testing.T, w *world) {
	before := w.count(t)
	for name, change := range map[string]map[string]any{
		"name":        {"recipient": map[string]any{"name": "A\x00B"}},
		"e-mail":      {"recipient": map[string]any{"email": "a\x00@example.org"}},
		"narrative":   {"narrative": "\x00"},
		"external id": {"external_id": "x\x00"},
		"achievement": {"achievement": "first-aid\x00"},
		"issuer":      {"issuer": "\x00"},
		"evidence":    {"evidence": []any{map[string]any{"name": "\x00"}}},
	} {
		got := w.call(t, "POST /api/v1/awards", w.request(change)).want(t, http.StatusBadRequest)
		if p := got.problem(t); p.Pointer == "" {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	w.call(t, "POST /api/v1/issuers", map[string]any{"name": "A\x00"}).want(t, http.StatusBadRequest)
	for _, path := range []string{"/api/v1/awards?q=%00", "/api/v1/awards?external_id=%00", "/api/v1/awards/%00", "/c/%00", "/claim/%00", "/api/v1/issuers/%00", "/status/%00"} {
		if got := w.call(t, "GET "+path, nil); got.status < 400 && !strings.Contains(path, "?q=") || got.status >= 500 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	if after := w.count(t); after != before {
		t.Errorf("%d awards became %d", before, after)
	}
}

// injections are what breaks programs that paste text into SQL.
func injections() []string {
	return []string{
		`' OR '1'='1`, `'; DROP TABLE awards; --`, `" OR ""="`, `\'; --`, `%' --`, `100%_done`, `$1`, `?1`, `:name`, "`id`", `') UNION SELECT sealed FROM keys --`,
	}
}

func sqlSigns(t *testing.T, w *world) {
	for _, text := range injections() {
		a := w.award(t, map[string]any{"external_id": text, "narrative": text, "recipient": map[string]any{"name": text}})
		if a.ExternalID != text || a.Recipient.Name != text {
			t.Errorf("%q came back as %q and %q", text, a.ExternalID, a.Recipient.Name)
		}
		for _, param := range []string{"external_id", "q"} {
			r := question{path: "/api/v1/awards?" + param + "=" + escape(text), token: w.token}
			var page struct{ Items []award }
			w.ask(t, r).want(t, http.StatusOK).into(t, &page)
			if len(page.Items) != 1 || page.Items[0].ID != a.ID {
				t.Errorf("%s=%s finds %d awards", param, text, len(page.Items))
			}
		}
		for _, path := range []string{"/api/v1/awards/", "/c/", "/claim/", "/status/", "/achievements/", "/api/v1/issuers/", "/issuers/"} {
			if got := w.ask(t, question{path: path + escape(text), token: w.token}); got.status != http.StatusNotFound && got.status != http.StatusBadRequest {
				t.Errorf("%s%s: %d", path, text, got.status)
			}
		}
		got := w.ask(t, question{path: "/api/v1/awards", token: "laurel_" + strings.ReplaceAll(text, " ", "+")})
		if got.status != http.StatusUnauthorized {
			t.Errorf("token %s: %d", text, got.status)
		}
	}
}

func tooMuch(t *testing.T, w *world) {
	long := strings.Repeat("x", 64<<20)
	if got := w.ask(t, question{method: http.MethodPost, path: "/api/v1/awards", token: w.token, body: []byte(`{"narrative":"` + long + `"}`)}); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("64 MiB of JSON: %d", got.status)
	}
	if got := w.ask(t, question{method: http.MethodPost, path: "/api/v1/verify", body: []byte(`{"credential":"` + long[:9<<20] + `"}`)}); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("9 MiB to verify: %d", got.status)
	}
	if got := w.ask(t, question{path: "/verify?" + strings.Repeat("a=b&", 10_000)}); got.status != http.StatusBadRequest {
		t.Errorf("10,000 parameters: %d", got.status)
	}
	a, err := w.try(t, question{path: "/verify", header: map[string]string{"Cookie": "a=" + long[:1<<20]}})
	if err == nil && a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a cookie of 1 MiB: %d", a.status)
	}
	w.ask(t, question{path: "/verify", header: map[string]string{"Cookie": "a=" + long[:1<<10]}}).want(t, http.StatusOK)
}
