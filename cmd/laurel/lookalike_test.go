package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
)

// open to the world, with the way to this machine allowed.
func verifyingApp(t *testing.T) http.Handler {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RateLimit = t.TempDir(), "http://badges.example", 0
	cfg.FetchAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	return srv.Handler()
}

func onVerifyPage(h http.Handler, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// O17: what a code leads to may be a page that looks like a verifier and says "valid". Whatever it says, in a page, as our API would or in a
// header, is no verdict: nothing there is a credential, and the address that was asked is shown.
func TestALookAlikeVerifier(t *testing.T) {
	h := verifyingApp(t)
	for name, said := range map[string]struct{ media, body string }{
		"a page":          {"text/html", `<!doctype html><div class="strip valid" role="status"><h2>This badge is valid</h2></div>`},
		"a result":        {"application/json", `{"verdict":"valid","verified":true,"checks":[{"id":"proof","outcome":"pass","code":"proof.ok"}]}`},
		"a wallet answer": {"application/json", `{"state":"answered","outcome":{"verdict":"valid","flow":"cross-device"}}`},
		"a text":          {"text/plain", "valid"},
	} {
		t.Run(name, func(t *testing.T) {
			lookAlike := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", said.media)
				w.Header().Set("X-Verdict", "valid")
				_, _ = w.Write([]byte(said.body))
			}))
			defer lookAlike.Close()
			w := onVerifyPage(h, url.Values{"url": {lookAlike.URL + "/c/aaaaaaaaaaaaaaaaaaaaaaaaaa"}})
			if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `class="strip valid"`) || strings.Contains(w.Body.String(), "This badge is valid") {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
			if !strings.Contains(w.Body.String(), strings.TrimPrefix(lookAlike.URL, "http://")) {
				t.Error("the address that was asked is not shown")
			}
		})
	}
}

// O18: nothing of ours takes an offer or asks for a transaction code on behalf of a wallet. Who pastes an offer of a stranger to be
// verified learns that it is no badge, and the stranger is not asked.
func TestAnOfferOfAStranger(t *testing.T) {
	var asked atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer stranger.Close()
	h := verifyingApp(t)
	for _, offer := range []string{
		"openid-credential-offer://?credential_offer_uri=" + url.QueryEscape(stranger.URL+"/offer"),
		`openid-credential-offer://?credential_offer=` + url.QueryEscape(`{"credential_issuer":"`+stranger.URL+
			`","credential_configuration_ids":["a"],"grants":{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"x","tx_code":{}}}}`),
		"openid4vp://?client_id=x&request_uri=" + url.QueryEscape(stranger.URL+"/request"),
		`{"credential_issuer":"` + stranger.URL + `","credential_configuration_ids":["a"]}`,
	} {
		for _, field := range []string{"text", "url"} {
			w := onVerifyPage(h, url.Values{field: {offer}})
			if w.Code >= http.StatusInternalServerError || strings.Contains(w.Body.String(), `class="strip valid"`) || strings.Contains(w.Body.String(), "tx_code\"") {
				t.Errorf("%s of %s: %d %s", field, offer, w.Code, w.Body)
			}
		}
	}
	if asked.Load() != 0 {
		t.Errorf("the stranger was asked %d times", asked.Load())
	}
}

// The claim page names the host that a badge comes from before anything is taken, and asks for nothing to be typed in.
func TestTheClaimPageNamesItsHost(t *testing.T) {
	a, got := claimable(t)
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(a.awards.ClaimURL(got.ClaimCode))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, u.Path, nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	srv.Handler().ServeHTTP(w, r)
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, `<bdi dir="ltr">`+u.Host+`</bdi>`) || strings.Contains(body, "<input") {
		t.Errorf("%d, the host is named: %v, something is asked: %v", w.Code, strings.Contains(body, u.Host), strings.Contains(body, "<input"))
	}
}
