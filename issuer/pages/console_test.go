package pages_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/pages"
)

func TestEveryConsoleRouteNeedsASession(t *testing.T) { // W09
	w := newWorld(t, base)
	n := 0
	for _, route := range w.router.Routes() {
		if !strings.HasPrefix(route.Path, "/console") || strings.HasPrefix(route.Path, "/console/sign-in") {
			continue
		}
		n++
		path := strings.ReplaceAll(route.Path, ":id", "awd_public")
		for _, cookie := range []string{"", "__Host-laurel=guess"} {
			if rec := w.ask(route.Method, path, nil, "Cookie", cookie); rec.Code != http.StatusUnauthorized {
				t.Errorf("%s %s: %d", route.Method, path, rec.Code)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d routes", n)
	}
}

func TestEveryConsoleFormNeedsItsTokenAndOrigin(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	for _, route := range w.router.Routes() {
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/console") ||
			strings.HasPrefix(route.Path, "/console/sign-in") {
			continue
		}
		path := strings.ReplaceAll(route.Path, ":id", "awd_public")
		for _, wrong := range []string{"", "x", csrf + "x"} {
			if rec := w.ask(http.MethodPost, path, form("csrf", wrong), "Cookie", cookie, "Content-Type",
				urlencoded); rec.Code != http.StatusForbidden {
				t.Errorf("%s with token %q: %d", path, wrong, rec.Code)
			}
		}
		rec := w.ask(http.MethodPost, path, form("csrf", csrf), "Cookie", cookie, "Content-Type", urlencoded, "Origin",
			"https://evil.example")
		if rec.Code != http.StatusForbidden {
			t.Errorf("%s from elsewhere: %d", path, rec.Code)
		}
	}
	if len(w.requests)+len(w.revoked)+len(w.added)+len(w.rows) > 0 {
		t.Error("something was changed")
	}
}

func TestASignInLinkWorksOnceAndOnlyByTheButton(t *testing.T) {
	w := newWorld(t, base)
	secret, _, err := w.sessions.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if rec := w.ask(http.MethodGet, "/console/sign-in/"+secret, nil); rec.Code != 200 || len(rec.Result().Cookies()) > 0 {
			t.Fatalf("looking: %d %v", rec.Code, rec.Result().Cookies())
		}
	}
	if rec := w.ask(http.MethodPost, "/console/sign-in/"+secret, nil, "Sec-Fetch-Site", "cross-site"); rec.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", rec.Code)
	}
	rec := w.ask(http.MethodPost, "/console/sign-in/"+secret, nil, "Origin", base)
	c := rec.Result().Cookies()[0]
	if rec.Code != http.StatusSeeOther || c.Name != "__Host-laurel" || !c.HttpOnly || !c.Secure || c.Path != "/" ||
		c.SameSite != http.SameSiteLaxMode || c.MaxAge < 60 {
		t.Errorf("%d %+v", rec.Code, c)
	}
	if again := w.ask(http.MethodPost, "/console/sign-in/"+secret, nil); again.Code != http.StatusUnauthorized {
		t.Errorf("the second time: %d", again.Code)
	}
}

func TestSigningInEndsTheSessionThatCameAlong(t *testing.T) { // W15
	w := newWorld(t, "http://localhost:8080")
	old, _ := w.signIn(t)
	secret, _, err := w.sessions.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rec := w.ask(http.MethodPost, "/console/sign-in/"+secret, nil, "Cookie", old)
	if c := rec.Result().Cookies()[0]; c.Name != "laurel_session" || c.Secure || c.Name+"="+c.Value == old {
		t.Errorf("%+v", c)
	}
	if got := w.ask(http.MethodGet, "/console", nil, "Cookie", old); got.Code != http.StatusUnauthorized {
		t.Errorf("the old session: %d", got.Code)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	if rec := w.ask(http.MethodPost, "/console/sign-out", form("csrf", csrf), "Cookie", cookie, "Content-Type",
		urlencoded); rec.Code != http.StatusSeeOther {
		t.Fatalf("%d", rec.Code)
	}
	if rec := w.ask(http.MethodGet, "/console", nil, "Cookie", cookie); rec.Code != http.StatusUnauthorized {
		t.Errorf("%d", rec.Code)
	}
}

func TestAwardOne(t *testing.T) {
	tests := []struct {
		name   string
		fields []string
		refuse error
		want   int
		text   string
	}{
		{"a complete form is awarded and shows the claim link", []string{"achievement", "ach_1", "name", "Amina"}, nil, 201,
			base + "/claim/thecode"},
		{"without a name", []string{"achievement", "ach_1"}, nil, 422, "Give a name."},
		{"without an achievement", []string{"name", "Amina"}, nil, 422, "Choose an achievement."},
		{"an achievement that there is not", []string{"achievement", "ach_9", "name", "Amina"}, nil, 422, "Choose an achievement."},
		{"a date that is none", []string{"achievement", "ach_1", "name", "Amina", "expires", "31.31.2026"}, nil, 422, "A date is not one."},
		{"what the service refuses is said in the form", []string{"achievement", "ach_1", "name", "Amina"},
			fault.New(fault.Conflict, nil, "that number exists"), 422, "that number exists"},
		{"our own fault is not", []string{"achievement", "ach_1", "name", "Amina"}, fmt.Errorf("disk"), 500, "Something went wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, base)
			cookie, csrf := w.signIn(t)
			w.refuse = tt.refuse
			rec := w.ask(http.MethodPost, "/console/award", form(append(tt.fields, "csrf", csrf, "key", "k1")...), "Cookie", cookie,
				"Content-Type", urlencoded)
			if rec.Code != tt.want || !strings.Contains(rec.Body.String(), tt.text) {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
			if tt.want == 201 {
				r := w.requests[0]
				if r.IdempotencyKey != "console:k1" || r.IssuerRef != "iss_1" || !strings.HasPrefix(r.Actor, "console:") {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

func TestRevokingAsksTwice(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	send := func(pairs ...string) int {
		return w.ask(http.MethodPost, "/console/awards/awd_public/revoke", form(append(pairs, "csrf", csrf)...), "Cookie", cookie,
			"Content-Type", urlencoded).Code
	}
	if got := send("sure", "yes"); got != 422 {
		t.Errorf("without a reason: %d", got)
	}
	if got := send("reason", "wrong person"); got != 422 {
		t.Errorf("without being sure: %d", got)
	}
	if len(w.revoked) > 0 {
		t.Fatal("revoked too early")
	}
	if got := send("reason", "wrong person", "sure", "yes", "code", "mistake"); got != http.StatusSeeOther || len(w.revoked) != 1 ||
		w.revoked[0] != "revoke|awd_public|wrong person|mistake|console" {
		t.Errorf("%d %v", got, w.revoked)
	}
}

func TestAFurtherCredentialIsOneOfTheChoices(t *testing.T) {
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	send := func(as string) int {
		return w.ask(http.MethodPost, "/console/awards/awd_public/credentials", form("as", as, "csrf", csrf), "Cookie", cookie,
			"Content-Type", urlencoded).Code
	}
	for _, as := range []string{"", "ob-jwt", "sd-jwt, none", "data-integrity, ecdsa-sd-2023, ES384"} {
		if got := send(as); got != http.StatusBadRequest {
			t.Errorf("%q: %d", as, got)
		}
	}
	if len(w.issued) > 0 {
		t.Fatal("issued too early")
	}
	page := w.ask(http.MethodGet, "/console/awards/awd_public", nil, "Cookie", cookie).Body.String()
	if !strings.Contains(page, `<option value="data-integrity, ecdsa-sd-2023, ES256" translate="no">`) {
		t.Error("the choice is not offered")
	}
	if got := send("data-integrity, ecdsa-sd-2023, ES256"); got != http.StatusSeeOther || len(w.issued) != 1 ||
		!strings.HasPrefix(w.issued[0], "awd_public|data-integrity, ecdsa-sd-2023, ES256|console:") {
		t.Errorf("%d %v", got, w.issued)
	}
}

func TestTheListTakesItsFiltersFromTheURL(t *testing.T) {
	w := newWorld(t, base)
	cookie, _ := w.signIn(t)
	rec := w.ask(http.MethodGet, "/console/awards?q=am&achievement=ach_1&state=revoked&after=c1", nil, "Cookie", cookie)
	f := w.filters[len(w.filters)-1]
	if f.Query != "am" || f.AchievementID != "ach_1" || f.State != issuer.Revoked || f.Cursor != "c1" || f.Limit != 50 {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(rec.Body.String(), "after=cursor%2F%2B%3D&amp;q=am&amp;state=revoked") {
		t.Error("the next page must keep the filters")
	}
	for state, want := range map[string]issuer.Filter{
		"active": {State: issuer.Active, UnexpiredAt: w.now}, "expired": {State: issuer.Active, ExpiredAt: w.now}, "suspended": {State: issuer.Suspended}, "junk": {},
	} {
		rec := w.ask(http.MethodGet, "/console/awards?state="+state, nil, "Cookie", cookie)
		if f := w.filters[len(w.filters)-1]; f.State != want.State || !f.ExpiredAt.Equal(want.ExpiredAt) || !f.UnexpiredAt.Equal(want.UnexpiredAt) {
			t.Errorf("%s: %+v", state, f)
		}
		if chosen := strings.Contains(rec.Body.String(), `<option value="`+state+`" selected>`); chosen != (state != "junk") {
			t.Errorf("%s is shown as chosen: %t", state, chosen)
		}
	}
}

func upload(t *testing.T, csrf string, fields map[string]string, field, name, content string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	fields["csrf"] = csrf
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return body, m.FormDataContentType()
}

func TestAnAchievementNeedsWordsForItsPicture(t *testing.T) {
	fields := func() map[string]string {
		return map[string]string{"issuer": "iss_1", "name": "First Aid", "description": "d", "criteria": "c", "tags": "a, b،c"}
	}
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	send := func(f map[string]string, picture string) int {
		body, kind := upload(t, csrf, f, "picture", "p.png", picture)
		return w.ask(http.MethodPost, "/console/achievements/new", body, "Cookie", cookie, "Content-Type", kind).Code
	}
	if got := send(fields(), "\x89PNG\r\n\x1a\n"); got != 422 || len(w.added) > 0 {
		t.Errorf("without words: %d", got)
	}
	f := fields()
	f["alt"] = "a cross"
	if got := send(f, "\x89PNG\r\n\x1a\n"); got != http.StatusSeeOther || len(w.added) != 1 {
		t.Fatalf("with words: %d", got)
	}
	if n := w.added[0]; n.Image == nil || n.Image.Type != "image/png" || n.Image.Alt != "a cross" || len(n.Tags) != 3 {
		t.Errorf("%+v", n)
	}
	if got := send(fields(), ""); got != http.StatusSeeOther || w.added[1].Image != nil {
		t.Errorf("without a picture: %d", got)
	}
	if got := send(map[string]string{}, ""); got != 422 {
		t.Errorf("empty form: %d", got)
	}
}

func TestAFormThatIsTooLargeIsRefused(t *testing.T) { // W13
	w := newWorld(t, base)
	cookie, csrf := w.signIn(t)
	rec := w.ask(http.MethodPost, "/console/award", form("csrf", csrf, "narrative", strings.Repeat("x", 1<<20)), "Cookie", cookie,
		"Content-Type", urlencoded)
	if rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", rec.Code)
	}
}

var ( // the services of the issuing side fit as they are
	_ pages.Awards    = (*issuer.Service)(nil)
	_ pages.Catalogue = (*catalog.Service)(nil)
)

func ExampleFixtures() {
	for _, f := range pages.Fixtures(func(s string) string { return s })[:2] {
		fmt.Println(f.Page, "-", f.State)
	}
	// Output:
	// home - with an issuer
	// home - empty
}
