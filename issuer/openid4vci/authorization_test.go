package openid4vci_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/wallet"
)

const (
	redirect = "https://wallet.example/cb?a=b"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	jwtForm  = "badge-sdjwt"
)

func s256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// state reads the issuer_state of the offer.
func (w *world) state(configuration string) string {
	w.t.Helper()
	a := w.send(http.MethodGet, openid4vci.OfferPath+"/"+w.claim+"/"+configuration, "", "", "")
	grants, _ := a.body["grants"].(map[string]any)
	grant, _ := grants["authorization_code"].(map[string]any)
	state, _ := grant["issuer_state"].(string)
	if state == "" {
		w.t.Fatalf("offer: %d %v", a.status, a.body)
	}
	return state
}

func (w *world) authorization() url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {"a wallet"}, "redirect_uri": {redirect}, "state": {"s&t"}, "scope": {"openid " + jwtForm},
		"code_challenge": {s256(verifier)}, "code_challenge_method": {"S256"}, "issuer_state": {w.state(jwtForm)},
	}
}

func (w *world) form(path string, f url.Values, header http.Header) answer {
	w.t.Helper()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.sendWith(http.MethodPost, path, header, f.Encode())
}

// pushed pushes a request and returns the query of the page of consent.
func (w *world) pushed(f url.Values) url.Values {
	w.t.Helper()
	a := w.form(openid4vci.PushPath, f, nil)
	if a.status != http.StatusCreated || !strings.HasPrefix(a.text("request_uri"), "urn:ietf:params:oauth:request_uri:") || a.body["expires_in"] == nil {
		w.t.Fatalf("push: %d %v", a.status, a.body)
	}
	return url.Values{"client_id": f["client_id"], "request_uri": {a.text("request_uri")}}
}

// agreed lets the person agree and returns the code.
func (w *world) agreed(q url.Values) string {
	w.t.Helper()
	to, err := w.api.Allow(w.t.Context(), q, w.tx)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, "https://wallet.example/cb?a=b&") || u.Query().Get("iss") != base || u.Query().Get("state") != "s&t" {
		w.t.Fatalf("sent to %q, %v", to, err)
	}
	return u.Query().Get("code")
}

func (w *world) exchange(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {"a wallet"}, "code_verifier": {verifier}}
}

func TestAPersonAgreesAndTheWalletGetsTheBadge(t *testing.T) {
	for _, g := range []offer.Guard{offer.Unguarded, offer.WithTxCode} {
		w := newWorld(t, g)
		q := w.pushed(w.authorization())
		asked, err := w.api.Asked(t.Context(), q)
		if err != nil || asked.Client != "a wallet" || asked.Redirect != redirect || asked.Configuration.ID != jwtForm || asked.Offer.AwardID != "awd_x" {
			t.Fatalf("%+v, %v", asked, err)
		}
		a := w.form(openid4vci.TokenPath, w.exchange(w.agreed(q)), nil)
		a.want(t, http.StatusOK, "")
		if a.body["authorization_details"] != nil {
			t.Error("authorization_details that nobody asked for")
		}
		w.ask(a.text("access_token"), request(w.proof(w.nonce()).compact(t))).want(t, http.StatusOK, "")
	}
}

func TestARequestMayBeWrittenOut(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	f := w.authorization()
	f.Set("authorization_details", `[{"type":"openid_credential","credential_configuration_id":"badge-sdjwt"}]`)
	a := w.form(openid4vci.TokenPath, w.exchange(w.agreed(f)), nil)
	details, _ := a.body["authorization_details"].([]any)
	if a.status != http.StatusOK || len(details) != 1 {
		t.Errorf("%d %v", a.status, a.body)
	}
}

func TestAPersonSaysNo(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	to, err := w.api.Deny(t.Context(), w.pushed(w.authorization()))
	if u, _ := url.Parse(to); err != nil || u.Query().Get("error") != "access_denied" || u.Query().Get("code") != "" || u.Query().Get("state") != "s&t" {
		t.Errorf("%q, %v", to, err)
	}
}

func TestPushedRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	strange := newWorld(t, offer.Unguarded)
	for name, c := range map[string]struct{ field, value, code string }{
		"no PKCE":                               {"code_challenge", "", "invalid_request"},
		"PKCE of the method plain":              {"code_challenge_method", "plain", "invalid_request"},
		"a challenge that is no hash":           {"code_challenge", strings.Repeat("+", 43), "invalid_request"},
		"a token in the front":                  {"response_type", "token", "unsupported_response_type"},
		"no client":                             {"client_id", "", "invalid_request"},
		"a client of two lines":                 {"client_id", "a\nb", "invalid_request"},
		"a long state":                          {"state", strings.Repeat("s", 513), "invalid_request"},
		"no way back":                           {"redirect_uri", "", "invalid_request"},
		"a relative way back":                   {"redirect_uri", "/cb", "invalid_request"},
		"a way back with a fragment":            {"redirect_uri", "https://wallet.example/cb#x", "invalid_request"},
		"a way back with a user":                {"redirect_uri", "https://badges.example@evil.example/", "invalid_request"},
		"a way back in the clear":               {"redirect_uri", "http://wallet.example/", "invalid_request"},
		"a way back that is a script":           {"redirect_uri", "javascript:alert(1)//", "invalid_request"},
		"a way back that is a page":             {"redirect_uri", "data:text/html,x", "invalid_request"},
		"a host that would change the policy":   {"redirect_uri", "https://a;script-src/", "invalid_request"},
		"a long way back":                       {"redirect_uri", "https://wallet.example/" + strings.Repeat("x", 500), "invalid_request"},
		"a way back with a space":               {"redirect_uri", "wallet.app: ", "invalid_request"},
		"no state of ours":                      {"issuer_state", "", "invalid_request"},
		"a made-up state":                       {"issuer_state", "AAAA", "invalid_request"},
		"a state of another deployment's offer": {"issuer_state", strange.state(jwtForm), "invalid_request"},
		"a code in its place":                   {"issuer_state", w.code(jwtForm), "invalid_request"},
		"another scope":                         {"scope", "badge-ldp", "invalid_scope"},
		"details of another form":               {"authorization_details", `[{"type":"openid_credential","credential_configuration_id":"badge-ldp"}]`, "invalid_authorization_details"},
		"details of another kind":               {"authorization_details", `[{"type":"payment"}]`, "invalid_authorization_details"},
		"details that are no list":              {"authorization_details", `{}`, "invalid_request"},
		"a request object":                      {"request", "eyJ", "request_not_supported"},
		"the name of another request":           {"request_uri", "urn:x", "invalid_request"},
		"a thumbprint that is none":             {"dpop_jkt", "short", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			f := w.authorization()
			f.Set(c.field, c.value)
			w.form(openid4vci.PushPath, f, nil).want(t, http.StatusBadRequest, c.code)
		})
	}
	for name, address := range map[string]string{"an app": "wallet.app:/cb", "the wallet's own machine": "http://127.0.0.1:9/cb", "IPv6": "http://[::1]:9/"} {
		f := w.authorization()
		f.Set("redirect_uri", address)
		if a := w.form(openid4vci.PushPath, f, nil); a.status != http.StatusCreated {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
}

func TestPagesOfConsentThatAreRefused(t *testing.T) {
	w := newWorld(t, offer.WithTxCode)
	q := w.pushed(w.authorization())
	other := url.Values{"client_id": {"another"}, "request_uri": q["request_uri"]}
	plain := w.authorization()
	plain.Set("redirect_uri", "javascript:alert(1)")
	for name, q := range map[string]url.Values{"nothing": {}, "another client": other, "a made-up name": {"request_uri": {"urn:ietf:params:oauth:request_uri:AA"}}, "a bad way back": plain} {
		if _, err := w.api.Asked(t.Context(), q); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if to, err := w.api.Deny(t.Context(), q); err == nil {
			t.Errorf("%s: sent to %q", name, to)
		}
	}
	for code, why := range map[string]string{"": wallet.TxMissing, "12345": wallet.TxWrong} {
		if _, err := w.api.Allow(t.Context(), q, code); fault.Describe(err).Code != why {
			t.Errorf("transaction code %q: %v", code, err)
		}
	}
	w.agreed(q)
	if _, err := w.api.Allow(t.Context(), q, w.tx); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("agreed to twice: %v", err)
	}
	late := w.pushed(w.authorization())
	w.now = w.now.Add(10 * time.Minute)
	if _, err := w.api.Asked(t.Context(), late); !fault.Is(err, fault.Invalid) {
		t.Errorf("a request that has ended: %v", err)
	}
}

func TestTransactionCodesAreNotGuessedOnThePageOfConsent(t *testing.T) { // threat O03
	w := newWorld(t, offer.WithTxCode)
	wrong := "000000"
	if w.tx == wrong {
		wrong = "000001"
	}
	q := w.pushed(w.authorization())
	for range 5 {
		if _, err := w.api.Allow(t.Context(), q, wrong); fault.Describe(err).Code != wallet.TxWrong {
			t.Fatal(err)
		}
	}
	if _, err := w.api.Allow(t.Context(), q, w.tx); fault.Describe(err).Code != wallet.CodeWrong {
		t.Errorf("the right code after five wrong ones: %v", err)
	}
}

func TestAuthorisationCodesThatAreNotTaken(t *testing.T) { // threat O02
	for name, c := range map[string]struct{ field, value, code string }{
		"another verifier":     {"code_verifier", strings.Repeat("a", 43), "invalid_grant"},
		"no verifier":          {"code_verifier", "", "invalid_request"},
		"a short verifier":     {"code_verifier", verifier[:42], "invalid_request"},
		"another way back":     {"redirect_uri", "https://wallet.example/cb", "invalid_grant"},
		"another wallet":       {"client_id", "another", "invalid_grant"},
		"a made-up code":       {"code", strings.Repeat("A", 142), "invalid_grant"},
		"a pre-authorised one": {"code", "pre", "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, offer.Unguarded)
			f := w.exchange(w.agreed(w.pushed(w.authorization())))
			f.Set(c.field, c.value)
			if c.value == "pre" {
				f.Set("code", w.code(jwtForm))
			}
			w.form(openid4vci.TokenPath, f, nil).want(t, http.StatusBadRequest, c.code)
		})
	}
	w := newWorld(t, offer.Unguarded)
	f := w.exchange(w.agreed(w.pushed(w.authorization())))
	w.redeem(f.Get("code"), "").want(t, http.StatusBadRequest, "invalid_grant") // as a pre-authorised code
	w.form(openid4vci.TokenPath, f, nil).want(t, http.StatusOK, "")
	w.form(openid4vci.TokenPath, f, nil).want(t, http.StatusBadRequest, "invalid_grant")
	late := w.exchange(w.agreed(w.pushed(w.authorization())))
	w.now = w.now.Add(time.Minute)
	w.form(openid4vci.TokenPath, late, nil).want(t, http.StatusBadRequest, "invalid_grant")
}

// TestACodeThatComesAgainEndsItsToken is RFC 6749 §4.1.2: whoever has the code a second time may have had it first.
func TestACodeThatComesAgainEndsItsToken(t *testing.T) { // threat O02
	used := func(t *testing.T) (w *world, f url.Values, token string) {
		t.Helper()
		w = newWorld(t, offer.Unguarded)
		f = w.exchange(w.agreed(w.pushed(w.authorization())))
		a := w.form(openid4vci.TokenPath, f, nil)
		a.want(t, http.StatusOK, "")
		return w, f, a.text("access_token")
	}
	w, f, token := used(t)
	w.form(openid4vci.TokenPath, f, nil).want(t, http.StatusBadRequest, "invalid_grant")
	w.ask(token, request(w.proof(w.nonce()).compact(t))).want(t, http.StatusUnauthorized, "invalid_token")

	for name, change := range map[string][2]string{
		"who has the code alone":         {"code_verifier", strings.Repeat("a", 43)},
		"who has it for another address": {"redirect_uri", "https://wallet.example/cb"},
	} {
		t.Run(name+" ends nothing", func(t *testing.T) {
			w, f, token := used(t)
			f.Set(change[0], change[1])
			w.form(openid4vci.TokenPath, f, nil).want(t, http.StatusBadRequest, "invalid_grant")
			w.ask(token, request(w.proof(w.nonce()).compact(t))).want(t, http.StatusOK, "")
		})
	}
}

func TestFiftyExchangesOfOneCode(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	f := w.exchange(w.agreed(w.pushed(w.authorization())))
	won := make([]int, 50)
	var all sync.WaitGroup
	for i := range won {
		all.Go(func() { won[i] = w.form(openid4vci.TokenPath, f, nil).status })
	}
	all.Wait()
	n := 0
	for _, status := range won {
		if status == http.StatusOK {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 50 exchanged one code", n)
	}
}
