package pages_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/web/webtest"
)

const base = "https://badges.example"

func TestABadgeIsGivenInTheFormThatIsAskedFor(t *testing.T) {
	w := newWorld(t, base)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
	tests := []struct{ name, path, accept, want string }{
		{"a browser gets the page", "", browser, "text/html; charset=utf-8"},
		{"who takes anything gets the page", "", "*/*", "text/html; charset=utf-8"},
		{"who says nothing gets the page", "", "", "text/html; charset=utf-8"},
		{"a verifier gets the signed text", "", "application/vc+jwt, application/jwt;q=0.95, application/json;q=0.8, text/plain;q=0.7",
			"application/vc+jwt"},
		{"a JWT is a JWT", "", "application/jwt", "application/jwt"},
		{"plain text is the signed text", "", "text/plain", "text/plain; charset=utf-8"},
		{"JSON is the envelope", "", "application/json", "application/json"},
		{"a credential is the envelope", "", "application/vc", "application/vc"},
		{"a type that is refused is not given", "", "application/jwt;q=0, application/json;q=0.1", "application/json"},
		{"what we do not have is answered by the page", "", "audio/ogg", "text/html; charset=utf-8"},
		{"the suffix decides over the header", ".jwt", browser, "application/jwt"},
		{".json", ".json", browser, "application/vc"},
		{".svg", ".svg", browser, "image/svg+xml"},
		{".qr.svg", ".qr.svg", browser, "image/svg+xml"},
		{".qr.png", ".qr.png", browser, "image/png"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := w.ask(http.MethodGet, "/c/"+publicID+tt.path, nil, "Accept", tt.accept)
			if rec.Code != 200 || rec.Header().Get("Content-Type") != tt.want {
				t.Errorf("%d %s", rec.Code, rec.Header().Get("Content-Type"))
			}
		})
	}
}

func TestFilesCarryTheExactBytes(t *testing.T) {
	w := newWorld(t, base)
	if got := w.ask(http.MethodGet, "/c/"+publicID+".jwt", nil).Body.String(); got != token {
		t.Errorf("jwt: %s", got)
	}
	var envelope map[string]any
	if err := json.Unmarshal(w.ask(http.MethodGet, "/c/"+publicID+".json", nil).Body.Bytes(), &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope["type"] != "EnvelopedVerifiableCredential" || envelope["id"] != "data:application/jwt,"+token {
		t.Errorf("json: %v", envelope)
	}
	baked, err := baking.ExtractSVG(w.ask(http.MethodGet, "/c/"+publicID+".svg", nil).Body.Bytes())
	if err != nil || string(baked) != token {
		t.Errorf("svg: %s, %v", baked, err)
	}
}

func TestDownloadsHaveSafeNames(t *testing.T) { // W19
	rec := newWorld(t, base).ask(http.MethodGet, "/c/"+publicID+".jwt", nil)
	if got, want := rec.Header().Get("Content-Disposition"), `attachment; filename="First-Aid-X-y.jwt"; filename*=UTF-8''First-Aid-X-y.jwt`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if rec.Header().Get("X") != "" {
		t.Error("a header was planted")
	}
}

func TestAKnownCopyIsNotSentAgain(t *testing.T) {
	w := newWorld(t, base)
	etag := w.ask(http.MethodGet, "/c/"+publicID+".jwt", nil).Header().Get("ETag")
	if rec := w.ask(http.MethodGet, "/c/"+publicID+".jwt", nil, "If-None-Match", etag); rec.Code != http.StatusNotModified ||
		rec.Body.Len() > 0 {
		t.Errorf("%d, %d bytes", rec.Code, rec.Body.Len())
	}
	if rec := w.ask(http.MethodGet, "/c/"+publicID+".jwt", nil, "If-None-Match", `"other"`); rec.Code != http.StatusOK {
		t.Errorf("another copy: %d", rec.Code)
	}
}

func TestPrivateAndUnknownCannotBeToldApart(t *testing.T) { // W10
	w := newWorld(t, base)
	for _, suffix := range []string{"", ".jwt", ".json", ".svg", ".qr.png", "/picture"} {
		private, unknown := w.ask(http.MethodGet, "/c/"+privateID+suffix, nil), w.ask(http.MethodGet, "/c/"+unknownID+suffix, nil)
		if private.Code != http.StatusNotFound || unknown.Code != http.StatusNotFound {
			t.Errorf("%s: %d, %d", suffix, private.Code, unknown.Code)
		}
		mask := func(rec *httptest.ResponseRecorder, id string) string {
			return strings.ReplaceAll(rec.Body.String(), id, "ID")
		}
		if mask(private, privateID) != mask(unknown, unknownID) || private.Body.Len() != unknown.Body.Len() {
			t.Errorf("%s: the bodies differ", suffix)
		}
		if len(private.Header()) != len(unknown.Header()) {
			t.Errorf("%s: the headers differ: %v, %v", suffix, private.Header(), unknown.Header())
		}
	}
	for _, junk := range []string{"..%2f..%2fetc", "a%00b", strings.Repeat("a", 500), publicID + ".exe", publicID + "."} {
		if rec := w.ask(http.MethodGet, "/c/"+junk, nil); rec.Code != http.StatusNotFound && junk != publicID+"." {
			t.Errorf("%.20q: %d", junk, rec.Code)
		}
	}
}

func TestOnlyAPublicBadgeIsForSearchEnginesAndSharedCaches(t *testing.T) {
	w := newWorld(t, base)
	public, unlisted := w.ask(http.MethodGet, "/c/"+publicID, nil), w.ask(http.MethodGet, "/c/"+unlistedID, nil)
	for _, want := range []string{"application/ld+json", "og:title", "EducationalOccupationalCredential"} {
		if !strings.Contains(public.Body.String(), want) || strings.Contains(unlisted.Body.String(), want) {
			t.Errorf("%s: must stand on the public page only", want)
		}
	}
	if !strings.Contains(unlisted.Body.String(), "noindex") || unlisted.Header().Get("X-Robots-Tag") == "" ||
		strings.Contains(public.Body.String(), "noindex") {
		t.Error("the unlisted page, and only it, must be kept out of indexes")
	}
	if got := unlisted.Header().Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("unlisted: %s", got)
	}
	webtest.HTML(t, i18n.English, public.Body.Bytes())
}

func TestThePageSaysWhatItCouldNotCheck(t *testing.T) {
	w := newWorld(t, base)
	if body := w.ask(http.MethodGet, "/c/"+publicID, nil).Body.String(); !strings.Contains(body, "This badge is valid") ||
		!strings.Contains(body, "badges.example") {
		t.Error("the verdict is missing")
	}
	w.checkErr = errors.New("no verifier")
	if body := w.ask(http.MethodGet, "/c/"+publicID, nil).Body.String(); !strings.Contains(body, "We cannot say") ||
		strings.Contains(body, "This badge is valid") {
		t.Error("what was not checked must not look checked")
	}
	a := w.awards[publicID]
	a.Revocation = &issuer.Revocation{At: w.now, Reason: "a mistake"}
	w.awards[publicID], w.checkErr = a, nil
	if body := w.ask(http.MethodGet, "/c/"+publicID, nil).Body.String(); !strings.Contains(body, "This badge was revoked") ||
		!strings.Contains(body, "a mistake") {
		t.Error("a revocation of ours counts at once, also before the list says it")
	}
}

// In a list of revocations a suspended badge is revoked. Its own page, which knows that it may come back, does not say that this is final.
func TestThePageOfASuspendedBadgeDoesNotSayThatItIsRevoked(t *testing.T) {
	w := newWorld(t, base)
	a := w.awards[publicID]
	for name, row := range map[string]struct {
		suspension   *issuer.Suspension
		code, unsaid string
	}{
		"suspended": {&issuer.Suspension{At: w.now, Reason: "looked into"}, "status.suspended", "status.revoked"},
		"revoked":   {nil, "status.revoked", "status.suspended"},
	} {
		a.Suspension, w.status = row.suspension, "status.revoked"
		w.awards[publicID] = a
		if body := w.ask(http.MethodGet, "/c/"+publicID, nil).Body.String(); !strings.Contains(body, row.code) || strings.Contains(body, row.unsaid) {
			t.Errorf("%s: %s", name, body)
		}
	}
}

func TestLookingAtAClaimLinkUsesNothingUp(t *testing.T) { // W24
	w := newWorld(t, base)
	tests := []struct {
		name, path string
		want       int
		text       string
	}{
		{"a good link shows the badge", "/claim/good", 200, "Congratulations"},
		{"the same link again", "/claim/good", 200, "Congratulations"},
		{"one whose time is over", "/claim/late", 410, "run out"},
		{"one that the service calls over", "/claim/gone", 410, "run out"},
		{"one that was withdrawn", "/claim/revoked", 410, "withdrawn"},
		{"one whose code was guessed", "/claim/guessed", 410, "closed"},
		{"one that a wallet took", "/claim/used", 200, "A wallet has taken"},
		{"one with a transaction code", "/claim/guarded", 200, "protected by a code"},
		{"a file of one with a transaction code", "/claim/guarded/badge.jwt", 404, ""},
		{"its picture all the same", "/claim/guarded/picture", 200, "<svg"},
		{"an unknown one", "/claim/none", 404, "do not know"},
		{"junk", "/claim/%22%3E", 404, "do not know"},
		{"its file", "/claim/good/badge.jwt", 200, token},
		{"its picture", "/claim/good/picture", 200, "<svg"},
		{"a QR code of a page that is private", "/claim/good/badge.qr.png", 404, ""},
		{"a file of a link that is over", "/claim/late/badge.jwt", 410, ""},
		{"an unknown file", "/claim/good/secret", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := w.ask(http.MethodGet, tt.path, nil)
			if rec.Code != tt.want || !strings.Contains(rec.Body.String(), tt.text) {
				t.Errorf("%d %.200s", rec.Code, rec.Body)
			}
			if head := w.ask(http.MethodHead, tt.path, nil); head.Code != tt.want || head.Body.Len() > 0 {
				t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
			}
		})
	}
	if len(w.requests)+len(w.revoked) > 0 {
		t.Error("looking changed something")
	}
	if rec := w.ask(http.MethodGet, "/claim/good", nil); strings.Contains(rec.Body.String(), privateID) {
		t.Error("a private badge has no page to link to")
	}
}

func TestTheZeroConfigServesTheStartPage(t *testing.T) {
	gin.SetMode(gin.TestMode)
	router := gin.New()
	pages.New(pages.Config{}).Register(router)
	rec := httptest.NewRecorder()
	router.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != 200 {
		t.Errorf("%d", rec.Code)
	}
}
