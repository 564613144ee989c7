package pages_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/pages"
	"github.com/openlaurel/laurel/verifier/request"
)

// lenient judges every presentation as a good badge.
type lenient struct{}

func (lenient) VerifyPresentation(context.Context, intake.Item, verifier.PresentationPolicy) verifier.PresentationResult {
	claims, err := ijson.Parse([]byte(`{"type":["OpenBadgeCredential"]}`), ijson.Bounds{})
	if err != nil {
		panic(err)
	}
	return verifier.PresentationResult{Verdict: verifier.Valid, Form: proof.DataIntegrity, Credentials: []verifier.Presented{{Claims: claims, Result: verifier.Result{
		Verdict: verifier.Valid, Achievement: &verifier.Achievement{AchievementText: verifier.AchievementText{Name: "First aid"}},
	}}}}
}

// links are wallets whose links say what was asked for.
type links struct{ certified bool }

func (links) Preferred(context.Context) request.Client { return request.RedirectURI }

func (l links) Usable(_ context.Context, o request.Order) error {
	if o.Client == request.X509Hash && !l.certified {
		return fault.New(fault.Invalid, nil, "no certificate")
	}
	return nil
}

func (links) Link(_ context.Context, r request.Request, f request.Flow) (string, error) {
	return "openid4vp://?" + url.Values{"id": {r.ID}, "flow": {string(f)}, "dialect": {string(r.Dialect)}, "client": {string(r.Client)}}.Encode(), nil
}

func (l links) Protocols(ctx context.Context, r request.Request) (map[string]string, error) {
	link, err := l.Link(ctx, r, request.CrossDevice)
	return map[string]string{"OID4VP": link}, err
}

func (links) ByBrowser(r request.Request) bool { return r.Dialect == request.OpenID4VP }

func (l links) BrowserRequests(_ context.Context, r request.Request) ([]request.BrowserRequest, error) {
	if !l.ByBrowser(r) {
		return nil, nil
	}
	return []request.BrowserRequest{{Protocol: "openid4vp-v1-unsigned", Data: map[string]any{"nonce": r.NonceFor(request.Browser)}}}, nil
}

func (links) BrowserAnswer(_ context.Context, _ request.Request, message []byte) (request.Receipt, error) {
	if !strings.Contains(string(message), "protocol") {
		return request.Receipt{}, fault.New(fault.Invalid, nil, "no protocol")
	}
	return request.Receipt{Verdict: verifier.Valid}, nil
}

type counter struct {
	t        *testing.T
	requests *request.Service
	handler  http.Handler
}

func newCounter(t *testing.T, c pages.Config) *counter {
	t.Helper()
	out := &counter{t: t, requests: request.New(request.Config{Store: storetest.SQLite(t), Judge: lenient{}})}
	gin.SetMode(gin.TestMode)
	r := gin.New()
	c.Requests = out.requests
	if c.Wallets == nil {
		c.Wallets = links{}
	}
	c.Host = "clinic.example"
	pages.New(c).Register(r)
	out.handler = r
	return out
}

func (c *counter) do(method, target, body, cookie, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Accept", accept)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if cookie != "" {
		r.Header.Set("Cookie", "laurel_request="+cookie)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

func (c *counter) get(target, cookie string) *httptest.ResponseRecorder {
	return c.do(http.MethodGet, target, "", cookie, "text/html")
}

// ask fills in the form, and returns the address of the request and the session's secret.
func (c *counter) ask(dialect string) (string, *http.Cookie) {
	c.t.Helper()
	w := c.do(http.MethodPost, "/request", url.Values{"asker": {"Clinic <Nairobi>"}, "purpose": {"Application"}, "dialect": {dialect}}.Encode(), "", "text/html")
	if w.Code != http.StatusSeeOther || w.Header().Get("Cache-Control") != "no-store" {
		c.t.Fatalf("%d %s", w.Code, w.Body)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		c.t.Fatalf("%d cookies", len(cookies))
	}
	return w.Header().Get("Location"), cookies[0]
}

// answer is what a wallet sends, and returns the response code.
func (c *counter) answer(page string, f request.Flow) string {
	c.t.Helper()
	r, err := c.requests.ForWallet(c.t.Context(), strings.TrimPrefix(page, "/request/"))
	if err != nil {
		c.t.Fatal(err)
	}
	receipt, err := c.requests.Answer(c.t.Context(), r, request.Answer{Flow: f, Presented: []request.Presented{{Format: request.LDP, Bytes: []byte("{}")}}})
	if err != nil || receipt.Verdict != verifier.Valid {
		c.t.Fatalf("%+v %v", receipt, err)
	}
	return receipt.ResponseCode
}

func TestTheFormAsks(t *testing.T) {
	c := newCounter(t, pages.Config{Secure: true})
	if w := c.get("/request", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `value="certified"`) {
		t.Errorf("%d, certificates are offered where there are none", w.Code)
	}
	for body, want := range map[string]string{
		"purpose=x":                    "Say who asks",
		"asker=x":                      "Say what the badge is needed for",
		"asker=x&purpose=y&since=soon": "That day is not a date",
		"asker=x&purpose=y&issuers=School+of+Example": "An issuer is named by",
		"asker=x&purpose=y&achievement=first+aid":     "The achievement is named by its address",
	} {
		if w := c.do(http.MethodPost, "/request", body, "", "text/html"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) ||
			len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	if w := c.do(http.MethodPost, "/request", "asker=%zz", "", "text/html"); w.Code != http.StatusBadRequest {
		t.Errorf("a damaged form: %d", w.Code)
	}
	page, cookie := c.ask("openid4vp")
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != page || len(cookie.Value) < 43 {
		t.Errorf("%+v", cookie)
	}
	if w := c.get(page, cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Clinic &lt;Nairobi&gt;") || w.Header().Get("X-Robots-Tag") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A page of somebody else asks no wallet in the name of whoever opens it, and uses up nothing of what their address may have open
// or save; the same form from here does.
func TestAFormOfAnotherSiteAsksNobody(t *testing.T) {
	c := newCounter(t, pages.Config{BaseURL: "https://clinic.example", Receipts: noReceipts{}})
	page, cookie := c.ask("openid4vp")
	send := func(path, site, origin string) int {
		r := httptest.NewRequest(http.MethodPost, "http://clinic.example"+path, strings.NewReader("asker=a&purpose=b&draft=c"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", "laurel_request="+cookie.Value)
		for name, value := range map[string]string{"Sec-Fetch-Site": site, "Origin": origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, path := range []string{"/request", "/receipts", page + "/erase"} {
		for _, from := range [][2]string{{"cross-site", "https://evil.example"}, {"same-site", "https://evil.clinic.example"}, {"", "https://evil.example"}, {"", "null"}} {
			if got := send(path, from[0], from[1]); got != http.StatusForbidden {
				t.Errorf("%s from %s: %d", path, from, got)
			}
		}
	}
	for _, from := range [][2]string{{"same-origin", "https://clinic.example"}, {"", "https://clinic.example"}, {"", ""}} {
		if got := send("/request", from[0], from[1]); got != http.StatusSeeOther {
			t.Errorf("from here, %s: %d", from, got)
		}
	}
}

// noReceipts are those of nobody.
type noReceipts struct{ pages.Receipts }

// The choice of a wallet is the way in which it is asked.
func TestTheChoiceOfAWallet(t *testing.T) {
	c := newCounter(t, pages.Config{Wallets: links{certified: true}})
	if w := c.get("/request", ""); !strings.Contains(w.Body.String(), `value="certified"`) {
		t.Error("certificates are not offered")
	}
	for choice, direct := range map[string]bool{"openid4vp": false, "vc-api": true} {
		page, cookie := c.ask(choice)
		if body := c.get(page, cookie.Value).Body.String(); strings.Contains(body, page+`/open"`) == direct {
			t.Errorf("%s: the button leads through a redirection: %v", choice, !direct)
		}
	}
	for choice, want := range map[string]string{
		"openid4vp": "client=redirect_uri&dialect=openid4vp&", "": "client=redirect_uri&dialect=openid4vp&", "certified": "client=x509_hash&dialect=openid4vp&",
		"vc-api": "client=&dialect=vc-api&", "openid4vp-draft": "client=redirect_uri&dialect=openid4vp-draft&",
	} {
		page, cookie := c.ask(choice)
		if w := c.get(page+"/open", cookie.Value); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), want+"flow=s") {
			t.Errorf("%q: %d %s", choice, w.Code, w.Header().Get("Location"))
		}
	}
}

// O12: every address of a request is for the session that asked; anybody else learns not even whether there is one.
func TestARequestOfAnotherSession(t *testing.T) {
	c := newCounter(t, pages.Config{})
	page, cookie := c.ask("")
	_, other := c.ask("")
	for _, suffix := range []string{"", "/open", "/qr.svg", "/events"} {
		unknown := c.get("/request/aaaaaaaaaaaaaaaaaaaaaaaaaa"+suffix, cookie.Value)
		for name, secret := range map[string]string{"nobody": "", "another": other.Value, "the id": strings.TrimPrefix(page, "/request/")} {
			w := c.get(page+suffix, secret)
			if w.Code != http.StatusForbidden || len(w.Body.String()) != len(unknown.Body.String()) || strings.Contains(w.Body.String(), "Clinic") {
				t.Errorf("%s by %s: %d", suffix, name, w.Code)
			}
		}
	}
	if w := c.get(page+"/qr.svg", cookie.Value); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%d", w.Code)
	}
}

// The answer from another device is for the session, and says where it came from; the one from this device needs the code, too.
func TestWhereTheAnswerShows(t *testing.T) {
	c := newCounter(t, pages.Config{})
	page, cookie := c.ask("")
	c.answer(page, request.CrossDevice)
	if w := c.get(page, cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Presented from another device") ||
		!strings.Contains(w.Body.String(), "First aid") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, suffix := range []string{"/open", "/qr.svg"} {
		if w := c.get(page+suffix, cookie.Value); w.Code != http.StatusGone {
			t.Errorf("%s of what was answered: %d", suffix, w.Code)
		}
	}
	page, cookie = c.ask("")
	code := c.answer(page, request.SameDevice)
	if w := c.get(page, cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "another tab") || strings.Contains(w.Body.String(), "First aid") {
		t.Errorf("without the code: %d", w.Code)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"another code": c.get(page+"?response_code=guessed", cookie.Value), "another session": c.get(page+"?response_code="+code, ""),
	} {
		if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "First aid") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if w := c.get(page+"?response_code="+code, cookie.Value); w.Code != http.StatusSeeOther || w.Header().Get("Location") != page {
		t.Errorf("with the code: %d to %q, where it is to stay in no address", w.Code, w.Header().Get("Location"))
	}
	if w := c.get(page, cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "First aid") || strings.Contains(w.Body.String(), "another device") {
		t.Errorf("after the code: %d", w.Code)
	}
	if w := c.get(page+"?response_code="+code, ""); w.Code != http.StatusForbidden {
		t.Errorf("the used code in another session: %d", w.Code)
	}
	page, cookie = c.ask("")
	r, err := c.requests.ForWallet(t.Context(), strings.TrimPrefix(page, "/request/"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.requests.Decline(t.Context(), r, request.CrossDevice, "access_denied"); err != nil {
		t.Fatal(err)
	}
	if w := c.get(page, cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "No badge was presented") ||
		!strings.Contains(w.Body.String(), "The owner of the badge refused") || strings.Contains(w.Body.String(), "Presented from another device") {
		t.Errorf("a refusal: %d %s", w.Code, w.Body)
	}
}

// A request is forgotten when the session that asked says so, open or answered; nobody else can say so, and nothing is left of it.
func TestARequestIsErased(t *testing.T) {
	c := newCounter(t, pages.Config{})
	for name, answered := range map[string]bool{"open": false, "answered": true} {
		page, cookie := c.ask("")
		if answered {
			c.answer(page, request.CrossDevice)
		}
		_, other := c.ask("")
		for _, secret := range []string{"", other.Value} {
			if w := c.do(http.MethodPost, page+"/erase", "", secret, "text/html"); w.Code != http.StatusForbidden {
				t.Errorf("%s, by another session: %d", name, w.Code)
			}
		}
		if w := c.get(page+"/erase", cookie.Value); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s, by a look: %d", name, w.Code)
		}
		if w := c.get(page, cookie.Value); w.Code != http.StatusOK {
			t.Fatalf("%s, before: %d", name, w.Code)
		}
		w := c.do(http.MethodPost, page+"/erase", "", cookie.Value, "text/html")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/request?erased=1" {
			t.Errorf("%s: %d %s", name, w.Code, w.Header())
		}
		if w := c.get(page, cookie.Value); w.Code != http.StatusForbidden {
			t.Errorf("%s, after: %d", name, w.Code)
		}
		if _, err := c.requests.ForWallet(t.Context(), strings.TrimPrefix(page, "/request/")); fault.Describe(err).Code != "request.unknown" {
			t.Errorf("%s, a wallet that comes after: %v", name, err)
		}
	}
}

// What was asked once can be asked again: the link fills the form in, and sends nothing.
func TestTheSameIsAskedAgain(t *testing.T) {
	c := newCounter(t, pages.Config{})
	w := c.get("/request?asker=Clinic+%3Cb%3E&issuers=a.example&since=2026-01-31&dialect=vc-api&purpose=%ff", "")
	for _, part := range []string{`value="Clinic &lt;b&gt;"`, `value="a.example"`, `value="2026-01-31"`, `value="vc-api" selected`, "noindex"} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), part) {
			t.Errorf("%d, without %s", w.Code, part)
		}
	}
	if strings.Contains(w.Body.String(), "\xff") {
		t.Error("what is not UTF-8 stands in the form")
	}
}

// The stream ends with one event when the wallet has answered, and with none when the visitor goes away.
func TestEvents(t *testing.T) {
	c := newCounter(t, pages.Config{})
	page, cookie := c.ask("")
	r := httptest.NewRequest(http.MethodGet, page+"/events", nil)
	r.Header.Set("Cookie", "laurel_request="+cookie.Value)
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { defer close(done); c.handler.ServeHTTP(w, r) }()
	c.answer(page, request.CrossDevice)
	<-done
	if w.Header().Get("Content-Type") != "text/event-stream" || !strings.HasSuffix(w.Body.String(), "event: changed\ndata: answered\n\n") {
		t.Errorf("%s %q", w.Header(), w.Body)
	}
	page, cookie = c.ask("")
	gone, leave := context.WithCancel(t.Context())
	r = httptest.NewRequest(http.MethodGet, page+"/events", nil).WithContext(gone)
	r.Header.Set("Cookie", "laurel_request="+cookie.Value)
	w = httptest.NewRecorder()
	done = make(chan struct{})
	go func() { defer close(done); c.handler.ServeHTTP(w, r) }()
	leave()
	<-done
	if strings.Contains(w.Body.String(), "changed") {
		t.Errorf("%q", w.Body)
	}
}

// The interaction URL: the protocols for a wallet, a page for a browser that scanned the code, and the page that waits for the session.
func TestTheInteractionURL(t *testing.T) {
	c := newCounter(t, pages.Config{})
	page, cookie := c.ask("vc-api")
	var out struct {
		Protocols map[string]string `json:"protocols"`
	}
	w := c.do(http.MethodGet, page+"?iuv=1", "", "", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK || len(out.Protocols) == 0 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, secret := range map[string]string{"a telephone": "", "the session": cookie.Value} {
		w := c.get(page+"?iuv=1", secret)
		invited := strings.Contains(w.Body.String(), "clinic.example") && strings.Contains(w.Body.String(), `href="openid4vp://`)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Application") || invited != (secret == "") {
			t.Errorf("%s: %d, invited %v", name, w.Code, invited)
		}
	}
	c.answer(page, request.CrossDevice)
	if w := c.get(page+"?iuv=1", ""); w.Code != http.StatusGone || strings.Contains(w.Body.String(), "Application") {
		t.Errorf("after the answer: %d", w.Code)
	}
	if w := c.do(http.MethodGet, page+"?iuv=1", "", "", "application/json"); w.Code != http.StatusBadRequest {
		t.Errorf("after the answer: %d", w.Code)
	}
	if w := c.get("/request/aaaaaaaaaaaaaaaaaaaaaaaaaa?iuv=1", ""); w.Code != http.StatusGone {
		t.Errorf("an unknown one: %d", w.Code)
	}
}

// The Digital Credentials API: only the page of the session gets the request and brings the answer.
func TestTheBrowserAsks(t *testing.T) {
	c := newCounter(t, pages.Config{})
	page, cookie := c.ask("openid4vp")
	if w := c.get(page, cookie.Value); !strings.Contains(w.Body.String(), `data-credential="`+page+`/credential"`) {
		t.Error("the page does not offer it")
	}
	if w := c.get(page+"/credential", cookie.Value); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"requests":[{"protocol":"openid4vp-v1-unsigned"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	send := func(body, secret, media string) int {
		r := httptest.NewRequest(http.MethodPost, page+"/credential", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		r.Header.Set("Cookie", "laurel_request="+secret)
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		return w.Code
	}
	_, other := c.ask("openid4vp")
	for name, got := range map[string]struct{ is, want int }{
		"a stranger asks":      {c.get(page+"/credential", other.Value).Code, http.StatusForbidden},
		"a stranger answers":   {send(`{"protocol":"x"}`, other.Value, "application/json"), http.StatusForbidden},
		"a form":               {send(`protocol=x`, cookie.Value, "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType},
		"what is too long":     {send(`{"protocol":"`+strings.Repeat("x", 2*limits.CredentialBytes)+`"}`, cookie.Value, "application/json"), http.StatusRequestEntityTooLarge},
		"what is no answer":    {send(`{}`, cookie.Value, "application/json"), http.StatusBadRequest},
		"an answer":            {send(`{"protocol":"x"}`, cookie.Value, "application/json; charset=utf-8"), http.StatusOK},
		"for another protocol": {func() int { p, k := c.ask("vc-api"); return c.get(p+"/credential", k.Value).Code }(), http.StatusNotFound},
		"what is answered asks": {func() int {
			p, k := c.ask("")
			c.answer(p, request.CrossDevice)
			return c.get(p+"/credential", k.Value).Code
		}(), http.StatusGone},
	} {
		if got.is != got.want {
			t.Errorf("%s: %d, want %d", name, got.is, got.want)
		}
	}
	if page, cookie := c.ask("vc-api"); strings.Contains(c.get(page, cookie.Value).Body.String(), "data-credential") {
		t.Error("offered where it cannot be")
	}
}

// Where not everybody may ask, neither the form nor what is sent in its place is taken.
func TestWhoMayNotAsk(t *testing.T) {
	c := newCounter(t, pages.Config{Asker: func(*gin.Context) (request.Asker, error) {
		return request.Asker{}, fault.New(fault.Unauthorized, nil, "sign in")
	}})
	for _, w := range []*httptest.ResponseRecorder{c.get("/request", ""), c.do(http.MethodPost, "/request", "asker=x&purpose=y", "", "text/html")} {
		if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 {
			t.Errorf("%d", w.Code)
		}
	}
	c = newCounter(t, pages.Config{})
	if w := c.do(http.MethodPost, "/request", "asker="+strings.Repeat("x", limits.TextBytes), "", "text/html"); w.Code < 400 || w.Code >= 500 {
		t.Errorf("a large form: %d", w.Code)
	}
}

// Who holds a badge as a file can go on to ask its owner for it; where nobody can be asked, or it does not hold, nothing is offered.
func TestFromAResultToItsOwner(t *testing.T) {
	unproven := verifier.Check{ID: verifier.CheckHolder, Outcome: verifier.Skipped, Code: "holder.not_asked"}
	proven := verifier.Check{ID: verifier.CheckHolder, Outcome: verifier.Pass, Code: "holder.ok"}
	badge := verifier.Result{Verdict: verifier.Undecided, Checks: []verifier.Check{unproven}, Achievement: &verifier.Achievement{ID: "https://a.example/a?x=1&y"},
		Issuer: &verifier.Issuer{ID: "did:web:a.example"}}
	const link = `href="/request?achievement=https%3A%2F%2Fa.example%2Fa%3Fx%3D1%26y&amp;issuers=did%3Aweb%3Aa.example"`
	for _, row := range []struct {
		name   string
		change func(r *verifier.Result)
		want   bool
	}{
		{"undecided", func(*verifier.Result) {}, true},
		{"invalid", func(r *verifier.Result) { r.Verdict = verifier.Invalid }, false},
		{"without an achievement", func(r *verifier.Result) { r.Achievement = nil }, false},
		{"presented by its holder", func(r *verifier.Result) { r.Checks = []verifier.Check{proven} }, false},
	} {
		r := badge
		row.change(&r)
		for wallets, want := range map[pages.Wallets]bool{nil: false, links{}: row.want} {
			c := pages.Config{Checker: fixed{r}, Wallets: wallets}
			if wallets != nil {
				c.Requests = request.New(request.Config{})
			}
			gin.SetMode(gin.TestMode)
			e := gin.New()
			pages.New(c).Register(e)
			q := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader("text=x"))
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, q)
			if got := strings.Contains(w.Body.String(), link); w.Code != http.StatusOK || got != want {
				t.Errorf("%s: %d, offered %v", row.name, w.Code, got)
			}
		}
	}
}

// fixed is a verifier that finds the same in everything.
type fixed struct{ result verifier.Result }

func (f fixed) Check(context.Context, pages.Input) (verifier.Result, error) { return f.result, nil }
