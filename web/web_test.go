package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/web"
	"github.com/openlaurel/laurel/web/webtest"
)

func TestErrorPagesKeepTheRules(t *testing.T) {
	site := web.New()
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		d := problem.Of(fault.New(kind, nil, "%s", webtest.Hostile).Hint("%s", webtest.Hostile))
		d.RequestID = "01J"
		t.Run(problem.Kind(kind), func(t *testing.T) {
			for _, l := range i18n.Locales() {
				r := httptest.NewRequest(http.MethodGet, "/console/x?lang="+l.Tag(), nil)
				rec := httptest.NewRecorder()
				if err := site.Problem(rec, r, d); err != nil {
					t.Fatal(err)
				}
				if rec.Code != d.Status || rec.Header().Get("Content-Language") != l.Tag() {
					t.Errorf("status %d, language %s", rec.Code, rec.Header().Get("Content-Language"))
				}
				webtest.HTML(t, l, rec.Body.Bytes())
			}
		})
	}
}

func TestRenderSendsNothingWhenItFails(t *testing.T) {
	site := web.New()
	var buf bytes.Buffer
	if err := site.Render(&buf, i18n.English, "error", struct{ web.Frame }{}); err == nil || buf.Len() > 0 {
		t.Errorf("wrong data: %v, %d bytes", err, buf.Len())
	}
	for _, name := range []string{"nowhere", "../layout", "", "layout"} {
		if err := site.Render(&buf, i18n.English, name, web.Frame{}); !errors.Is(err, web.ErrUnknownPage) {
			t.Errorf("page %q: %v", name, err)
		}
	}
}

func get(t *testing.T, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func TestStaticFilesAreImmutableAndPacked(t *testing.T) {
	site := web.New()
	path := site.Asset("laurel.css")
	plain := get(t, site.Static(), path)
	if plain.Code != 200 || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") ||
		plain.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("%d %v", plain.Code, plain.Header())
	}
	packed := get(t, site.Static(), path, "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
		t.Errorf("packed and plain differ (%v)", err)
	}
	if refused := get(t, site.Static(), path, "Accept-Encoding", "gzip;q=0"); refused.Header().Get("Content-Encoding") != "" {
		t.Error("gzip was refused by the client and sent all the same")
	}
	if again := get(t, site.Static(), path, "If-None-Match", plain.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("known copy: %d", again.Code)
	}
}

func TestUnknownStaticFilesAreNotFound(t *testing.T) {
	site := web.New()
	for _, path := range []string{"/static/laurel.css", "/static/laurel.000000000000.css", "/static/", "/static/../web.go"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		rec := httptest.NewRecorder()
		site.Static().ServeHTTP(rec, r)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if got := site.Asset("none.css"); got != "" {
		t.Errorf("unknown asset: %q", got)
	}
}

func TestAChoiceOfLanguageIsKept(t *testing.T) {
	rec := httptest.NewRecorder()
	if l := web.Locale(rec, httptest.NewRequest(http.MethodGet, "/?lang=ar", nil)); l != i18n.Arabic {
		t.Errorf("got %s", l)
	}
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Value != "ar" || !cookies[0].HttpOnly {
		t.Errorf("cookies %v", cookies)
	}
	rec = httptest.NewRecorder()
	if web.Locale(rec, httptest.NewRequest(http.MethodGet, "/?lang=%22%3E%3Cscript%3E", nil)); len(rec.Result().Cookies()) != 0 {
		t.Error("junk was kept in a cookie")
	}
}

func TestPagesArePackedExceptThoseOfTheConsole(t *testing.T) {
	site := web.New()
	respond := func(accept string, frame web.Frame) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		data := web.ErrorPage{Frame: frame, Document: problem.Of(fault.New(fault.NotFound, nil, "gone")), Text: "404"}
		if err := site.Respond(rec, r, http.StatusOK, "error", data); err != nil {
			t.Fatal(err)
		}
		return rec
	}
	plain, packed := respond("", web.Frame{}), respond("gzip", web.Frame{})
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
		t.Errorf("packed and plain differ (%v)", err)
	}
	if !strings.Contains(packed.Header().Get("Vary"), "Accept-Encoding") || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("headers %v", packed.Header())
	}
	if console := respond("gzip", web.Frame{Console: &web.Console{CSRF: "x"}}); console.Header().Get("Content-Encoding") != "" {
		t.Error("a page with an anti-forgery token was packed")
	}
}

func TestTheLanguageSwitchStaysOnThePage(t *testing.T) {
	f := web.NewFrame(httptest.NewRequest(http.MethodGet, "/verify?url=https%3A%2F%2Fa.example%2Fc%2F1&lang=fr", nil))
	if got, want := f.In(i18n.Russian), "/verify?lang=ru&url=https%3A%2F%2Fa.example%2Fc%2F1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (web.Frame{Path: "//evil.example"}).In(i18n.English); strings.HasPrefix(got, "//") {
		t.Errorf("leads elsewhere: %s", got)
	}
}

func TestMarkdownCanDoNothing(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"emphasis and lists stay", "*a*\n\n- b", "<p><em>a</em></p>\n<ul>\n<li>b</li>\n</ul>\n"},
		{"a web link stays, without referrer", "[a](https://a.example/)",
			`<p><a href="https://a.example/" rel="nofollow noreferrer">a</a></p>` + "\n"},
		{"a script link is text", "[a](javascript:alert(1))", "<p>a</p>\n"},
		{"a data link is text", "[a](data:text/html,x)", "<p>a</p>\n"},
		{"raw HTML is dropped", "<script>alert(1)</script><b onclick=x>b</b>", "b"},
		{"a picture is dropped", "![a](https://a.example/x.png)", "<p></p>\n"},
		{"a heading goes below those of the page", "# a", "<h3>a</h3>\n"},
		{"a deep heading stays the deepest", "###### a", "<h6>a</h6>\n"},
		{"a heading in a quotation too", "> # a", "<blockquote>\n<h3>a</h3>\n</blockquote>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := string(web.Markdown(tt.in))
			if tt.name == "raw HTML is dropped" {
				if strings.Contains(got, "<script") || strings.Contains(got, "onclick") {
					t.Error(got)
				}
				return
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzMarkdownIsInert(f *testing.F) {
	f.Add("# a\n[x](javascript:y) <img src=x onerror=y>")
	f.Add(webtest.Hostile)
	f.Fuzz(func(t *testing.T, in string) {
		out := strings.ToLower(string(web.Markdown(in)))
		for _, bad := range []string{"<script", "<img", "<iframe", "<style", "href=\"javascript", "href=\"data", "<h1", "<h2"} {
			if strings.Contains(out, bad) {
				t.Fatalf("%q in %q", bad, out)
			}
		}
	})
}

func TestOnlyWebAddressesAreLinks(t *testing.T) {
	for s, want := range map[string]bool{
		"https://a.example/x": true, "http://a.example": true, "javascript:alert(1)": false, "data:text/html,x": false, "vbscript:x": false,
		"//a.example": false, "https://user:pw@a.example": false, "https:///x": false, "did:web:a.example": false, " https://a.example": false,
	} {
		if got := web.Linkable(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func ExampleSite_Render() {
	var page bytes.Buffer
	data := web.ErrorPage{Document: problem.Of(fault.New(fault.NotFound, nil, "gone")), Text: "404"}
	err := web.New().Render(&page, i18n.French, "error", data)
	fmt.Println(err, strings.Contains(page.String(), `<html lang="fr" dir="ltr">`))
	// Output: <nil> true
}
