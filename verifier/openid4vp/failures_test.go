package openid4vp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/openid4vp"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

var errLocked = errors.New("the key store is locked")

// lender lends a key, except at one of its calls.
type lender struct {
	signing      openid4vp.Signing
	calls, fails int
	none         bool
}

func (l *lender) Signing(context.Context, request.Client) (openid4vp.Signing, error) {
	if l.none {
		return openid4vp.Signing{}, fault.New(fault.NotFound, nil, "there is no key")
	}
	if l.calls++; l.calls == l.fails {
		return openid4vp.Signing{}, errLocked
	}
	return l.signing, nil
}

// one is the questions with one question, which counts its answers.
type one struct {
	request  request.Request
	answered int
	receipt  request.Receipt
	err      error // of keeping an answer
}

func (o *one) ForWallet(context.Context, string) (request.Request, error) { return o.request, nil }

func (o *one) Answer(context.Context, request.Request, request.Answer) (request.Receipt, error) {
	o.answered++
	return o.receipt, o.err
}

func (o *one) Decline(context.Context, request.Request, request.Flow, string) (request.Receipt, error) {
	o.answered++
	return o.receipt, o.err
}

// silent is a key that does not sign.
type silent struct{ keys.Signer }

func (silent) Sign([]byte) ([]byte, error) { return nil, errLocked }

// counter is a place where one question is answered, made of parts that fail.
type counter struct {
	api     *openid4vp.API
	handler http.Handler
	one     *one
	lender  *lender
}

func newCounter(t *testing.T, o request.Order, change func(*openid4vp.Config, *one, *lender)) counter {
	t.Helper()
	clinic := verifiertest.NewIssuer(t, verifiertest.NewWeb(), "did:web:clinic.example", keys.ES256)
	c := counter{one: &one{request: request.Request{ID: "r", Order: o, Nonce: "n", State: request.Open}, receipt: request.Receipt{Verdict: verifier.Valid}},
		lender: &lender{signing: openid4vp.Signing{Key: clinic.Key(keys.ES256), DID: clinic.ID, KeyID: clinic.KeyID(keys.ES256)}}}
	config := openid4vp.Config{BaseURL: base, Requests: c.one, Keys: c.lender, Secret: []byte(strings.Repeat("s", 32))}
	change(&config, c.one, c.lender)
	c.api = openid4vp.New(config)
	gin.SetMode(gin.TestMode)
	e := gin.New()
	c.api.Register(e)
	c.handler = e
	return c
}

func (c counter) do(method, path, media, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/openid4vp/r/x/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return w
}

const formMedia = "application/x-www-form-urlencoded"

func unsignedOrder() request.Order {
	o := order()
	o.Client = request.RedirectURI
	return o
}

// TestARequestObjectThatCannotBeMade is our fault, and never half of one.
func TestARequestObjectThatCannotBeMade(t *testing.T) {
	encrypted := order()
	encrypted.Encrypted = true
	for _, row := range []struct {
		name   string
		order  request.Order
		change func(*openid4vp.Config, *one, *lender)
		status int
	}{
		{"with everything in its place", order(), func(*openid4vp.Config, *one, *lender) {}, http.StatusOK},
		{"without the name of the key", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 1 }, http.StatusInternalServerError},
		{"without the key, a moment later", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 2 }, http.StatusInternalServerError},
		{"with a key that does not sign", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.signing.Key = silent{l.signing.Key} }, http.StatusInternalServerError},
		{"with a key whose name is not UTF-8", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.signing.KeyID = "did:web:a#\xff" }, http.StatusInternalServerError},
		{"by somebody whose name is not UTF-8", order(), func(_ *openid4vp.Config, o *one, _ *lender) { o.request.Asker = "\xff" }, http.StatusInternalServerError},
		{"encrypted", encrypted, func(*openid4vp.Config, *one, *lender) {}, http.StatusOK},
		{"encrypted, without a secret", encrypted, func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = nil }, http.StatusInternalServerError},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCounter(t, row.order, row.change)
			w := c.do(http.MethodGet, "request", "", "")
			if w.Code != row.status || (w.Code == http.StatusOK) != strings.HasPrefix(w.Body.String(), "ey") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if w.Code != http.StatusOK && !strings.Contains(w.Body.String(), "server_error") || strings.Contains(w.Body.String(), "locked") {
				t.Errorf("a wallet is told %s", w.Body)
			}
		})
	}
}

// TestALinkThatCannotBeMade: of a request that names no one, or cannot be written down, there is no link.
func TestALinkThatCannotBeMade(t *testing.T) {
	encrypted := unsignedOrder()
	encrypted.Encrypted = true
	none := func(*openid4vp.Config, *one, *lender) {}
	for _, row := range []struct {
		name   string
		order  request.Order
		change func(*openid4vp.Config, *one, *lender)
		good   bool
	}{
		{"signed", order(), none, true},
		{"signed, without a key", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 1 }, false},
		{"unsigned", unsignedOrder(), none, true},
		{"unsigned, by somebody whose name is not UTF-8", unsignedOrder(), func(_ *openid4vp.Config, o *one, _ *lender) { o.request.Asker = "\xff" }, false},
		{"unsigned and encrypted", encrypted, none, true},
		{"unsigned and encrypted, without a secret", encrypted, func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = nil }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCounter(t, row.order, row.change)
			link, err := c.api.Link(t.Context(), c.one.request, request.CrossDevice)
			if row.good != (err == nil) || row.good != (link != "") {
				t.Errorf("%q, %v", link, err)
			}
		})
	}
}

// TestWhyARequestCannotBeMade: the error of the key store is handed on, and an address that is none is not a host.
func TestWhyARequestCannotBeMade(t *testing.T) {
	for _, client := range []request.Client{request.DID, request.X509SAN, request.X509Hash} {
		o := order()
		o.Client = client
		c := newCounter(t, o, func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 1 })
		if err := c.api.Usable(t.Context(), o); !errors.Is(err, errLocked) {
			t.Errorf("%s: %v", client, err)
		}
	}
	san := order()
	san.Client = request.X509SAN
	c := newCounter(t, san, func(c *openid4vp.Config, _ *one, l *lender) { c.BaseURL, l.signing.Chain = "https://[", [][]byte{{1}} })
	if err := c.api.Usable(t.Context(), san); err == nil || fault.Describe(err).Kind != fault.Internal {
		t.Errorf("got %v", err)
	}
}

// TestWhatAWalletPostsIsReadOrRefused: each step of reading an answer has its own word when it fails, and nothing is answered then.
func TestWhatAWalletPostsIsReadOrRefused(t *testing.T) {
	none := func(*openid4vp.Config, *one, *lender) {}
	legacy, encrypted := order(), order()
	legacy.Dialect, encrypted.Encrypted = request.Legacy, true
	form := func(values url.Values) string { return values.Encode() }
	state := []string{"r-x"}
	submission := []string{`{"definition_id":"r","descriptor_map":[{"id":"badge-jwt"}]}`}
	for _, row := range []struct {
		name        string
		order       request.Order
		change      func(*openid4vp.Config, *one, *lender)
		path, media string
		body        string
		status      int
		code        string
		answered    int
	}{
		{"an answer", order(), none, "response", formMedia, form(url.Values{"vp_token": {`{"badge-jwt":["x"]}`}, "state": state}), 200, "", 1},
		{"an answer in JSON", order(), none, "response", "application/json", `{}`, 400, "request.media_type", 0},
		{"an answer that is damaged", order(), none, "response", formMedia, "vp_token=%zz", 400, "request.form", 0},
		{"a question in JSON", order(), none, "request", "application/json", `{}`, 400, "request.media_type", 0},
		{"an answer whose token is no JSON", order(), none, "response", formMedia, form(url.Values{"vp_token": {`{`}, "state": state}), 400, "request.json", 0},
		{"an answer with a number for a presentation", order(), none, "response", formMedia, form(url.Values{"vp_token": {`{"badge-jwt":[5]}`}, "state": state}), 400, "request.vp_token", 0},
		{"an answer, without our own name", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 1 }, "response", formMedia,
			form(url.Values{"vp_token": {`{"badge-jwt":["x"]}`}, "state": state}), 500, "", 0},
		{"an answer that cannot be kept", order(), func(_ *openid4vp.Config, o *one, _ *lender) { o.err = errLocked }, "response", formMedia,
			form(url.Values{"vp_token": {`{"badge-jwt":["x"]}`}, "state": state}), 500, "", 1},
		{"a refusal that cannot be kept", order(), func(_ *openid4vp.Config, o *one, _ *lender) { o.err = errLocked }, "response", formMedia,
			form(url.Values{"error": {"access_denied"}, "state": state}), 500, "", 1},
		{"an answer of the drafts", legacy, none, "response", formMedia,
			form(url.Values{"vp_token": {`[{"a":1}]`}, "presentation_submission": submission, "state": state}), 200, "", 1},
		{"an answer of the drafts without a submission", legacy, none, "response", formMedia,
			form(url.Values{"vp_token": {"x"}, "presentation_submission": {"badge-jwt"}, "state": state}), 400, "request.json", 0},
		{"an answer of the drafts that is no JSON", legacy, none, "response", formMedia,
			form(url.Values{"vp_token": {`[{"a":1}`}, "presentation_submission": submission, "state": state}), 400, "request.json", 0},
		{"an answer that is not encrypted to us", encrypted, none, "response", formMedia, form(url.Values{"response": {"eyJhIjoxfQ.x.x.x.x"}}), 400, "request.encryption", 0},
		{"an answer that is encrypted to somebody else", encrypted, none, "response", formMedia, form(url.Values{"response": {toSomebodyElse(t)}}), 400, "request.encryption", 0},
		{"an answer without a token", order(), none, "response", formMedia, form(url.Values{"state": state}), 400, "request.vp_token", 0},
		{"an answer that is too large", order(), none, "response", formMedia, form(url.Values{"vp_token": {strings.Repeat("x", 2<<20)}, "state": state}), 400, "limits.request", 0},
		{"an answer of the drafts to another definition", legacy, none, "response", formMedia,
			form(url.Values{"vp_token": {"x"}, "presentation_submission": {`{"definition_id":"s","descriptor_map":[{"id":"badge-jwt"}]}`}, "state": state}), 400, "request.submission", 0},
		{"an answer to a request of the VC-API", request.Order{Dialect: request.VCAPI}, none, "response", formMedia,
			form(url.Values{"vp_token": {`{"badge-ldp":["x"]}`}, "state": state}), 400, "request.dialect", 0},
		{"the object of a request that stands in its link", unsignedOrder(), none, "request", formMedia, "", 400, "request.by_value", 0},
		{"an encrypted answer, without a secret", encrypted, func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = nil }, "response", formMedia,
			form(url.Values{"response": {"eyJhIjoxfQ.x.x.x.x"}}), 500, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCounter(t, row.order, row.change)
			w := c.do(http.MethodPost, row.path, row.media, row.body)
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.code) || c.one.answered != row.answered {
				t.Errorf("%d %s, answered %d times", w.Code, w.Body, c.one.answered)
			}
		})
	}
}

// toSomebodyElse is an answer under the name of our key, encrypted to another.
func toSomebodyElse(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return encryptedTo(t, jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Public(), KeyID: "r"}, `{"vp_token":{},"state":"r-x"}`)
}

func encryptedTo(t *testing.T, to jose.Recipient, plain string) string {
	t.Helper()
	e, err := jose.NewEncrypter(jose.A128GCM, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := e.Encrypt([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	out, err := msg.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhatThisDeploymentCannotAsk is said before anything is made, with a code.
func TestWhatThisDeploymentCannotAsk(t *testing.T) {
	encrypted, draft := order(), order()
	encrypted.Encrypted = true
	draft.Dialect, draft.Client = request.Legacy, request.X509Hash
	for _, row := range []struct {
		name   string
		order  request.Order
		change func(*openid4vp.Config, *one, *lender)
		code   string
	}{
		{"a signed request", order(), func(*openid4vp.Config, *one, *lender) {}, ""},
		{"a signed request where no key is lent", order(), func(c *openid4vp.Config, _ *one, _ *lender) { c.Keys = nil }, "request.client"},
		{"a signed request where there is no key", order(), func(_ *openid4vp.Config, _ *one, l *lender) { l.none = true }, "request.client"},
		{"an encrypted answer", encrypted, func(*openid4vp.Config, *one, *lender) {}, ""},
		{"an encrypted answer without a secret", encrypted, func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = nil }, "request.encrypted"},
		{"a draft by the hash of a certificate", draft, func(_ *openid4vp.Config, _ *one, l *lender) { l.signing.Chain = [][]byte{{1}} }, "request.client"},
	} {
		c := newCounter(t, row.order, row.change)
		if err := c.api.Usable(t.Context(), row.order); fault.Describe(err).Code != row.code && err != nil || (err == nil) != (row.code == "") || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestRequestsByTheBrowser: each step of asking through a browser, and of reading what it gave the page, that fails.
func TestRequestsByTheBrowser(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*openid4vp.Config, *one, *lender)
		made   int
		good   bool
	}{
		{"with everything in its place", func(*openid4vp.Config, *one, *lender) {}, 2, true},
		{"without a secret", func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = nil }, 0, true},
		{"with an empty secret", func(c *openid4vp.Config, _ *one, _ *lender) { c.Secret = []byte{} }, 0, false},
		{"without a name", func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 1 }, 0, false},
		{"without the key, a moment later", func(_ *openid4vp.Config, _ *one, l *lender) { l.fails = 2 }, 2, false},
	} {
		c := newCounter(t, order(), row.change)
		got, err := c.api.BrowserRequests(t.Context(), c.one.request)
		if (err == nil) != row.good || err == nil && len(got) != row.made {
			t.Errorf("%s: %d made, %v", row.name, len(got), err)
		}
	}
	c := newCounter(t, order(), func(*openid4vp.Config, *one, *lender) {})
	requests, err := c.api.BrowserRequests(t.Context(), c.one.request)
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		JWKS jose.JSONWebKeySet `json:"jwks"`
	}
	raw, err := json.Marshal(requests[1].Data["client_metadata"])
	if err == nil {
		err = json.Unmarshal(raw, &metadata)
	}
	if err != nil || len(metadata.JWKS.Keys) != 1 {
		t.Fatalf("%v: %s", err, raw)
	}
	to := jose.Recipient{Algorithm: jose.ECDH_ES, Key: metadata.JWKS.Keys[0].Key, KeyID: "r"}
	data := func(plain string) string {
		return `{"protocol":"openid4vp-v1-unsigned","data":{"response":"` + encryptedTo(t, to, plain) + `"}}`
	}
	for _, row := range []struct{ name, message, code string }{
		{"an answer", data(`{"vp_token":{"badge-sd-jwt":["x"]}}`), ""},
		{"no JSON", `{`, "request.json"},
		{"another protocol", strings.Replace(data(`{"vp_token":{}}`), "v1-unsigned", "v2", 1), "request.protocol"},
		{"an answer in clear", `{"protocol":"openid4vp-v1-unsigned","data":{"vp_token":{"badge-sd-jwt":["x"]}}}`, "request.response_mode"},
		{"an answer with something beside it", strings.Replace(data(`{"vp_token":{"badge-sd-jwt":["x"]}}`), `"data":{`, `"data":{"x":1,`, 1), "request.response_mode"},
		{"an answer that is not encrypted to us", `{"protocol":"openid4vp-v1-unsigned","data":{"response":"` + toSomebodyElse(t) + `"}}`, "request.encryption"},
		{"a number for a presentation", data(`{"vp_token":{"badge-sd-jwt":[5]}}`), "request.vp_token"},
	} {
		before := c.one.answered
		_, err := c.api.BrowserAnswer(t.Context(), c.one.request, []byte(row.message))
		if (err == nil) != (row.code == "") || err != nil && fault.Describe(err).Code != row.code || (c.one.answered > before) != (row.code == "") {
			t.Errorf("%s: %v, answered %d times", row.name, err, c.one.answered-before)
		}
	}
}
