package book_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/cmd/storybook/book"
	"github.com/openlaurel/laurel/web"
)

func get(t *testing.T, h http.Handler, address string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, address, nil))
	return rec
}

func TestEveryTemplateHasAFixtureAndEveryFixtureATemplate(t *testing.T) {
	var have []string
	for _, s := range book.New(book.Config{}).Stories() {
		have = append(have, s.Page)
	}
	slices.Sort(have)
	have = slices.Compact(have)
	for _, page := range web.New().Pages() {
		if !slices.Contains(have, page) {
			t.Errorf("web/templates/%s has no fixture: add one to the Fixtures of its package, see CONTRIBUTING.md", page)
		}
	}
	for _, page := range have {
		if !slices.Contains(web.New().Pages(), page) {
			t.Errorf("the fixtures of %q have no template", page)
		}
	}
}

func TestEveryStoryIsServedInEveryWriting(t *testing.T) {
	whole := book.New(book.Config{})
	h := whole.Handler()
	if len(whole.Stories()) < 80 {
		t.Fatalf("only %d stories", len(whole.Stories()))
	}
	address := regexp.MustCompile(`^/page/[a-z0-9-]+/[A-Za-z0-9_-]+$`)
	for _, s := range whole.Stories() {
		if !address.MatchString(s.Path) {
			t.Errorf("%s: the state %q makes no plain address: %s", s.Page, s.State, s.Path)
		}
		for _, writing := range book.Writings() {
			rec := get(t, h, s.Path+"?lang=ar&text="+writing.Name)
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Language") != "ar" {
				t.Errorf("%s in %s: %d\n%s", s.Path, writing.Name, rec.Code, rec.Body)
			}
			if !strings.Contains(rec.Body.String(), `href="`+s.Path+"?lang=fr&amp;text="+writing.Name+`"`) {
				t.Errorf("%s in %s: the language switch leaves the catalogue", s.Path, writing.Name)
			}
		}
	}
}

func TestTheIndexLinksEveryStory(t *testing.T) {
	whole := book.New(book.Config{})
	h := whole.Handler()
	body := get(t, h, "/").Body.String()
	links := regexp.MustCompile(`href="(/(?:page|frame)/[^"]*)"`).FindAllStringSubmatch(body, -1)
	if want := len(whole.Stories()) * 2; len(links) < want {
		t.Fatalf("%d links, want at least %d", len(links), want)
	}
	for _, s := range whole.Stories() {
		if !strings.Contains(body, `href="`+s.Path+`"`) {
			t.Errorf("%s is not in the index", s.Path)
		}
	}
	for _, link := range links[:50] {
		if rec := get(t, h, strings.ReplaceAll(link[1], "&amp;", "&")); rec.Code != http.StatusOK {
			t.Errorf("%s: %d", link[1], rec.Code)
		}
	}
}

func TestWhatIsNotInTheCatalogueIsNotFound(t *testing.T) {
	h := book.New(book.Config{}).Handler()
	for _, address := range []string{"/page/badge/nowhere", "/page/nowhere/valid", "/page/badge/valid?text=nowhere", "/frame/320/badge/nowhere",
		"/frame/321/badge/valid", "/frame/x/badge/valid", "/verify", "/static/../storybook.go"} {
		if rec := get(t, h, address); rec.Code == http.StatusOK {
			t.Errorf("%s: %d", address, rec.Code)
		}
	}
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/page/verify/empty", nil))
	if post.Code == http.StatusOK {
		t.Errorf("a form was taken: %d", post.Code)
	}
}

func TestScriptsOfPagesAreAnsweredWithNothing(t *testing.T) {
	h := book.New(book.Config{}).Handler()
	r := httptest.NewRequest(http.MethodPost, "/console/achievements/new", nil)
	r.Header.Set("Sec-Fetch-Dest", "empty")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusNoContent || rec.Body.Len() > 0 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	for _, address := range []string{"/sw.js", "/request/k/events"} {
		if rec := get(t, h, address); rec.Code != http.StatusOK {
			t.Errorf("%s: %d", address, rec.Code)
		}
	}
}

func TestPicturesAreDrawn(t *testing.T) {
	h := book.New(book.Config{}).Handler()
	for _, address := range []string{"/c/b7k2/picture", "/my/x/files/b7k2.picture", "/console/achievements/design.svg?letters=FA", "/c/b7k2.qr.svg"} {
		if rec := get(t, h, address); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "<svg") {
			t.Errorf("%s: %d", address, rec.Code)
		}
	}
}

func ExampleBook_Stories() {
	for _, s := range book.New(book.Config{}).Stories() {
		if s.Page == "badge" && s.State == "valid" {
			fmt.Println(s.Path)
		}
	}
	// Output: /page/badge/valid
}
