package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier/api"
	"github.com/openlaurel/laurel/web"
)

func get(t *testing.T, path, language string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	engine(&recorder{}).ServeHTTP(w, req)
	return w
}

func TestEveryCodeIsExplainedInTheLanguageAskedFor(t *testing.T) {
	w := get(t, api.ChecksPath, "fr")
	var all api.Explanations
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || len(all.Checks) != len(explain.Codes()) || w.Header().Get("Content-Language") != "fr" {
		t.Fatalf("%d: %d codes, %v, %v", w.Code, len(all.Checks), err, w.Header())
	}
	for _, e := range all.Checks {
		if e.Means == "" || e.Next == "" || e.Language != "fr" {
			t.Errorf("%+v", e)
		}
	}
	french, english := get(t, api.ChecksPath+"/status.revoked?lang=fr", "ar"), get(t, api.ChecksPath+"/status.revoked", "nb")
	var a, b web.Explained
	if json.Unmarshal(french.Body.Bytes(), &a) != nil || json.Unmarshal(english.Body.Bytes(), &b) != nil {
		t.Fatalf("%s %s", french.Body, english.Body)
	}
	if a.Language != "fr" || b.Language != "en" || a.Means == b.Means || a.Code != "status.revoked" {
		t.Errorf("%+v %+v", a, b)
	}
}

func TestAnUnknownCodeIsNotFound(t *testing.T) {
	for _, code := range []string{"status", "status.revoked2", "explain.heading", "%20", "proof.ok%2e"} {
		w := get(t, api.ChecksPath+"/"+code, "en")
		var d problem.Document
		if w.Code != http.StatusNotFound || json.Unmarshal(w.Body.Bytes(), &d) != nil || d.Code != "check.unknown" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", code, w.Code, w.Body)
		}
	}
}
