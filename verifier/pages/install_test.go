package pages_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/web"
)

type packs struct{ err error }

func (p packs) Pack(context.Context) ([]byte, error) {
	return []byte(`{"as_of":"2026-11-24T09:30:00Z"}`), p.err
}

func installed(c pages.Config, path, language string) *httptest.ResponseRecorder {
	gin.SetMode(gin.TestMode)
	e := gin.New()
	pages.New(c).Register(e)
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func TestThePageCanBeInstalledInTheVisitorsLanguage(t *testing.T) {
	names := map[string]bool{}
	for _, l := range []string{"ar", "en", "ru"} {
		w := installed(pages.Config{}, "/manifest.webmanifest", l)
		var m struct {
			Name     string              `json:"name"`
			StartURL string              `json:"start_url"`
			Lang     string              `json:"lang"`
			Dir      string              `json:"dir"`
			Icons    []map[string]string `json:"icons"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || m.StartURL != "/verify" || m.Lang != l || (m.Dir == "rtl") != (l == "ar") ||
			len(m.Icons) != 1 || m.Icons[0]["src"] == "" || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/manifest+json") {
			t.Errorf("%s: %s, %v, %v", l, w.Body, w.Header(), err)
		}
		names[m.Name] = true
	}
	if len(names) != 3 {
		t.Error(names)
	}
}

func section(size int) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(make([]byte, size)), 0, int64(size))
}

func TestCheckingInTheBrowserIsOfferedWhereItCanBeDone(t *testing.T) {
	site := web.NewWith(web.Extra{Name: "verifier.wasm", Packed: section(3<<20 + 1)}, web.Extra{Name: "wasm_exec.js", Packed: section(1)})
	with := installed(pages.Config{Site: site, Offline: packs{}}, "/verify", "en").Body.String()
	if !strings.Contains(with, `data-wasm="/static/verifier.`) || !strings.Contains(with, "about <bdi>4</bdi> MB") {
		t.Error("not offered")
	}
	for name, c := range map[string]pages.Config{"without data": {Site: site}, "without the verifier": {Offline: packs{}}} {
		if w := installed(c, "/verify", "en"); w.Code != 200 || strings.Contains(w.Body.String(), "data-wasm") {
			t.Errorf("%s it is offered", name)
		}
	}
}

func TestThePackIsTheSameForEverybody(t *testing.T) {
	w := installed(pages.Config{Offline: packs{}}, "/verify/pack.json", "fr")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || !strings.Contains(w.Body.String(), "as_of") || len(w.Result().Cookies()) > 0 {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := installed(pages.Config{Offline: packs{errors.New("disk")}}, "/verify/pack.json", "fr"); w.Code != 500 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := installed(pages.Config{}, "/verify/pack.json", "fr"); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}
