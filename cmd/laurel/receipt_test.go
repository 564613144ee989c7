package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/paper/papertest"
	"github.com/openlaurel/laurel/internal/pdf"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// TestAResultIsSavedAsAReceipt goes the way of a visitor: check, save, open the link, take the signed text and the document, and
// have the command line say that they are genuine.
func TestAResultIsSavedAsAReceipt(t *testing.T) {
	dir := t.TempDir()
	a, award := awardedIn(t, dir)
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		return w
	}
	shown := ask(http.MethodPost, "/verify", url.Values{"text": {string(award.Credentials[0].Signed)}}).Body.String()
	draft := regexp.MustCompile(`name="draft" value="([^"]+)"`).FindStringSubmatch(shown)
	if draft == nil {
		t.Fatal("the result cannot be saved")
	}
	if w := ask(http.MethodPost, "/receipts", url.Values{"draft": {draft[1] + "x"}}); w.Code < 400 || w.Code >= 500 {
		t.Errorf("a changed draft: %d", w.Code)
	}
	if err := a.signlog.Stop(t.Context(), signlog.Stop{Actor: "test", Reason: "A receipt is no badge."}); err != nil {
		t.Fatal(err)
	}
	saved := ask(http.MethodPost, "/receipts", url.Values{"draft": {draft[1]}, "names": {"on"}})
	link := saved.Header().Get("Location")
	if saved.Code != http.StatusSeeOther || !strings.HasPrefix(link, "/receipts/") {
		t.Fatalf("%d %s", saved.Code, link)
	}
	page := ask(http.MethodGet, link, nil)
	for _, want := range []string{"This badge is valid", "As of", "First aid &amp; &lt;rescue&gt;", "Ana Silva", link + ".pdf", "noindex", `href="/verify?url=http`} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("%q is missing on the page", want)
		}
	}
	if page.Header().Get("Referrer-Policy") != "no-referrer" || page.Header().Get("Cache-Control") != "no-store" {
		t.Error(page.Header())
	}
	jws, document := ask(http.MethodGet, link+".jwt", nil).Body.Bytes(), ask(http.MethodGet, link+".pdf", nil).Body.Bytes()
	if files, err := pdf.Files(document); err != nil || len(files) != 1 || !bytes.Equal(files[0].Data, jws) {
		t.Errorf("the document does not hold the receipt: %v", err)
	}
	if w := ask(http.MethodGet, link+".exe", nil); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	if w := ask(http.MethodGet, "/receipts/"+strings.Repeat("a", 26), nil); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	for name, want := range map[string]int{"receipt.jwt": exitGood, "receipt.pdf": exitGood, "changed.jwt": exitBad, "badge.jwt": exitBad} {
		content := map[string][]byte{"receipt.jwt": jws, "receipt.pdf": document, "changed.jwt": append(bytes.Clone(jws[:len(jws)-6]), "AAAAAA"...), "badge.jwt": award.Credentials[0].Signed}[name]
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		code := run(t.Context(), terminal{in: strings.NewReader(""), out: &out, err: io.Discard}, []string{"receipt", "verify", path, "--data", dir})
		if code != want || strings.Contains(out.String(), "GENUINE") != (want == exitGood) {
			t.Errorf("%s: %d\n%s", name, code, out.String())
		}
	}
	if text := papertest.Text(t, document); !strings.Contains(text, "This badge is valid") || !strings.Contains(text, "status.clear") || !strings.Contains(text, "Ana Silva") {
		t.Error(text)
	}
}
