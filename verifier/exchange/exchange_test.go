package exchange_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/exchange"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const base = "https://clinic.example"

// desk is somebody who asks wallets of the VC-API, with a real database, and a holder with a wallet.
type desk struct {
	*verifiertest.World
	t             testing.TB
	requests      *request.Service
	api           *exchange.API
	handler       http.Handler
	holder, thief *verifiertest.Issuer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	w := verifiertest.NewWorld(t)
	d := &desk{World: w, t: t, holder: verifiertest.NewKeyIssuer(t, w.Web, nil), thief: verifiertest.NewKeyIssuer(t, w.Web, nil)}
	d.requests = request.New(request.Config{Store: storetest.SQLite(t), Judge: w.Verifier(), Clock: w.Clock})
	d.api = exchange.New(exchange.Config{BaseURL: base, Requests: d.requests})
	gin.SetMode(gin.TestMode)
	e := gin.New()
	d.api.Register(e)
	d.handler = e
	return d
}

func order() request.Order {
	return request.Order{Dialect: request.VCAPI, Question: request.Question{Asker: "Clinic", Purpose: "R&D \"night\" shift"}}
}

type asked struct {
	request.Request
	transaction string
}

func (d *desk) ask(o request.Order) asked {
	d.t.Helper()
	r, transaction, err := d.requests.Create(d.t.Context(), o, request.Asker{})
	if err != nil {
		d.t.Fatal(err)
	}
	return asked{r, transaction}
}

func (d *desk) post(r asked, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	u, err := url.Parse(d.api.URL(r.Request))
	if err != nil {
		d.t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, u.Path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, req)
	if w.Header().Get("Cache-Control") != "no-store" {
		d.t.Error("an answer of an exchange may be kept")
	}
	return w
}

func (d *desk) outcome(r asked) *request.Outcome {
	d.t.Helper()
	v, err := d.requests.See(d.t.Context(), r.ID, r.transaction, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return v.Outcome
}

// wanted is what the wallet is told.
type wanted struct {
	Request struct {
		Query []struct {
			Type       string
			Credential struct {
				Reason  string
				Example struct{ Type []string }
			} `json:"credentialQuery"`
			Suites []struct{ Cryptosuite string } `json:"acceptedCryptosuites"`
		}
		Challenge, Domain string
	} `json:"verifiablePresentationRequest"`
}

func (d *desk) begin(r asked) wanted {
	d.t.Helper()
	var w wanted
	res := d.post(r, "{}")
	if err := json.Unmarshal(res.Body.Bytes(), &w); err != nil || res.Code != http.StatusOK {
		d.t.Fatalf("%d %s: %v", res.Code, res.Body, err)
	}
	return w
}

func (d *desk) badge() json.RawMessage {
	return d.School.Embed(d.t, d.School.Badge().With("/credentialSubject/id", d.holder.ID), dataintegrity.Statement{Created: d.Clock(), Purpose: dataintegrity.AssertionMethod})
}

// present is the message of a wallet.
func (d *desk) present(by *verifiertest.Issuer, challenge, domain string, inside ...json.RawMessage) string {
	d.t.Helper()
	doc := verifiertest.Doc{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": by.ID}
	if len(inside) > 0 {
		doc["verifiableCredential"] = inside
	}
	st := dataintegrity.Statement{Created: d.Clock(), Challenge: challenge, Domain: domain, Purpose: dataintegrity.Authentication}
	return `{"verifiablePresentation":` + string(by.Embed(d.t, doc, st)) + `}`
}

func TestABadgeByTheVCAPI(t *testing.T) {
	d := newDesk(t)
	r := d.ask(order())
	w := d.begin(r)
	if again := d.begin(r); again.Request.Challenge != w.Request.Challenge {
		t.Error("a wallet that begins again is asked something else")
	}
	types := []string{}
	for _, q := range w.Request.Query {
		types = append(types, q.Type)
	}
	if !slices.Equal(types, []string{"QueryByExample", "DIDAuthentication"}) || w.Request.Domain != base || len(w.Request.Challenge) < 43 {
		t.Errorf("%+v", w)
	}
	if e := w.Request.Query[0].Credential; !slices.Equal(e.Example.Type, []string{"VerifiableCredential", "OpenBadgeCredential"}) ||
		e.Reason != `clinic.example (“Clinic”, not verified): R&D "night" shift` {
		t.Errorf("%+v", e)
	}
	if res := d.post(r, "{}"); strings.Contains(res.Body.String(), "R&D") {
		t.Error("the ampersand is not escaped, which a wallet reads as HTML (gotcha 9)")
	}
	if res := d.post(r, d.present(d.holder, w.Request.Challenge, w.Request.Domain, d.badge())); res.Code != http.StatusOK || res.Body.String() != "{}" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if o := d.outcome(r); o == nil || o.Verdict != verifier.Valid || !slices.Equal(o.Against, []string{request.CrossDeviceCode}) {
		t.Errorf("%+v", o)
	}
	if res := d.post(r, "{}"); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "request.answered") {
		t.Errorf("after the answer: %d %s", res.Code, res.Body)
	}
}

// O08, O09 and O14 for this way of asking.
func TestPresentationsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		message func(d *desk, w wanted) string
		code    string
	}{
		"another challenge": {func(d *desk, w wanted) string { return d.present(d.holder, "another", w.Request.Domain, d.badge()) }, "vp.nonce"},
		"another domain": {func(d *desk, w wanted) string {
			return d.present(d.holder, w.Request.Challenge, "https://elsewhere.example", d.badge())
		}, "vp.aud"},
		"no domain":     {func(d *desk, w wanted) string { return d.present(d.holder, w.Request.Challenge, "", d.badge()) }, "vp.aud"},
		"holder swap":   {func(d *desk, w wanted) string { return d.present(d.thief, w.Request.Challenge, base, d.badge()) }, "holder."},
		"nothing in it": {func(d *desk, w wanted) string { return d.present(d.holder, w.Request.Challenge, base) }, "request.extra"},
		"extra credential": {func(d *desk, w wanted) string {
			return d.present(d.holder, w.Request.Challenge, base, d.badge(), d.badge())
		}, "request.extra"},
		"not signed": {func(d *desk, _ wanted) string {
			return `{"verifiablePresentation":` + verifiertest.Doc{
				"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": d.holder.ID,
				"verifiableCredential": []any{d.badge()},
			}.Text() + `}`
		}, "vp.holder"},
		"the older type of proof, unasked": {func(d *desk, w wanted) string {
			good := d.present(d.holder, w.Request.Challenge, base, d.badge())
			at := strings.LastIndex(good, `"DataIntegrityProof"`)
			return strings.Replace(good[:at]+`"Ed25519Signature2020"`+good[at+len(`"DataIntegrityProof"`):], `,"cryptosuite":"eddsa-rdfc-2022"`, "", 1)
		}, "request.proof_type"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.ask(order())
			res := d.post(r, c.message(d, d.begin(r)))
			if res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "request.refused") {
				t.Errorf("%d %s", res.Code, res.Body)
			}
			o := d.outcome(r)
			text, err := json.Marshal(o)
			if err != nil || o == nil || o.Verdict != verifier.Invalid || !strings.Contains(string(text), `"`+c.code) {
				t.Errorf("%s is not said: %s", c.code, text)
			}
		})
	}
}

// A presentation for an earlier request answers no later one (O08).
func TestAReplay(t *testing.T) {
	d := newDesk(t)
	first, second := d.ask(order()), d.ask(order())
	message := d.present(d.holder, d.begin(first).Request.Challenge, base, d.badge())
	if res := d.post(first, message); res.Code != http.StatusOK {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	if res := d.post(second, message); res.Code != http.StatusBadRequest || d.outcome(second).Verdict != verifier.Invalid {
		t.Errorf("%d %s", res.Code, res.Body)
	}
}

// What is no message, or comes to a request of another protocol or after its end, changes nothing.
func TestMessagesThatAreNone(t *testing.T) {
	d := newDesk(t)
	r := d.ask(order())
	for name, body := range map[string]string{
		"nothing": "", "no object": "[]", "no JSON": "a=b", "twice": `{"verifiablePresentation":{},"verifiablePresentation":{}}`,
		"a token": `{"verifiablePresentation":"eyJ"}`, "something else": `{"zcap":[]}`, "too much": `{"a":"` + strings.Repeat("x", limits.CredentialBytes) + `"}`,
	} {
		if res := d.post(r, body); res.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, res.Code, res.Body)
		}
	}
	if o := d.outcome(r); o != nil {
		t.Errorf("%+v", o)
	}
	other := order()
	other.Dialect, other.Client = request.OpenID4VP, request.DID
	if res := d.post(d.ask(other), "{}"); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "request.dialect") {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	d.Pass(limits.RequestLife)
	if res := d.post(r, "{}"); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "request.expired") {
		t.Errorf("%d %s", res.Code, res.Body)
	}
}

func TestWhatCannotBeAskedByTheVCAPI(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]func(o *request.Order){
		"with a name":                    func(o *request.Order) { o.Client = request.DID },
		"encrypted":                      func(o *request.Order) { o.Encrypted = true },
		"for an SD-JWT":                  func(o *request.Order) { o.Formats = []request.Format{request.SDJWT} },
		"compatible with something else": func(o *request.Order) { o.Compatible = []request.Compatibility{"md5"} },
		"compatible twice": func(o *request.Order) {
			o.Compatible = []request.Compatibility{request.Ed25519Signature2020, request.Ed25519Signature2020}
		},
		"compatible in another protocol": func(o *request.Order) {
			o.Dialect, o.Client, o.Compatible = request.OpenID4VP, request.DID, []request.Compatibility{request.Ed25519Signature2020}
		},
	} {
		o := order()
		change(&o)
		if _, _, err := d.requests.Create(t.Context(), o, request.Asker{}); err == nil {
			t.Errorf("%s: asked", name)
		}
	}
}

// Links: a screen shows the interaction URL, the same device gets the wallet's own link, whose message names the exchange.
func TestLinks(t *testing.T) {
	d := newDesk(t)
	r := d.ask(order())
	if link, err := d.api.Link(r.Request, request.CrossDevice); err != nil || link != base+"/request/"+r.ID+"?iuv=1" || len(link) > 400 {
		t.Errorf("%s %v", link, err)
	}
	link, err := d.api.Link(r.Request, request.SameDevice)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "lcw.app" {
		t.Fatalf("%s %v", link, err)
	}
	var message struct {
		Protocols map[string]string `json:"protocols"`
	}
	if err := json.Unmarshal([]byte(u.Query().Get("request")), &message); err != nil || message.Protocols["vcapi"] != d.api.URL(r.Request) {
		t.Errorf("%+v %v", message, err)
	}
}

// Whatever is posted is answered with a refusal or the request, never with a fault of ours.
func FuzzMessages(f *testing.F) {
	f.Add(`{}`)
	f.Add(`{"verifiablePresentation":{"type":"VerifiablePresentation"}}`)
	shared := newDesk(f)
	f.Fuzz(func(t *testing.T, body string) {
		d := *shared
		d.t = t
		r := d.ask(order())
		res := d.post(r, body)
		if res.Code != http.StatusOK && res.Code != http.StatusBadRequest {
			t.Errorf("%d %s", res.Code, res.Body)
		}
		if o := d.outcome(r); o != nil && o.Verdict == verifier.Valid {
			t.Errorf("valid: %s", body)
		}
	})
}

// The example names what every badge that can be an answer has, since a wallet compares it literally.
func TestTheExampleIsMadeOfTheChoice(t *testing.T) {
	school := "did:web:school.example"
	for name, row := range map[string]struct {
		change func(o *request.Order)
		want   string
	}{
		"any badge":                  {func(*request.Order) {}, `{"type":["VerifiableCredential","OpenBadgeCredential"]}`},
		"an issuer":                  {func(o *request.Order) { o.Issuers = []string{school} }, `{"issuer":{"id":"did:web:school.example"},"type":["VerifiableCredential","OpenBadgeCredential"]}`},
		"an issuer by its domain":    {func(o *request.Order) { o.Issuers = []string{"school.example"} }, `{"type":["VerifiableCredential","OpenBadgeCredential"]}`},
		"one of two issuers":         {func(o *request.Order) { o.Issuers = []string{school, "did:web:b.example"} }, `{"type":["VerifiableCredential","OpenBadgeCredential"]}`},
		"an achievement of one form": {func(o *request.Order) { o.Editions = []string{"urn:a:1"} }, `{"credentialSubject":{"achievement":{"id":"urn:a:1"}},"type":["VerifiableCredential","OpenBadgeCredential"]}`},
		"one of two versions":        {func(o *request.Order) { o.Editions = []string{"urn:a:1", "urn:a:2"} }, `{"type":["VerifiableCredential","OpenBadgeCredential"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := order()
			row.change(&o)
			var w struct {
				Request struct {
					Query []struct {
						Credential struct {
							Example json.RawMessage `json:"example"`
						} `json:"credentialQuery"`
					} `json:"query"`
				} `json:"verifiablePresentationRequest"`
			}
			if err := json.Unmarshal(d.post(d.ask(o), "{}").Body.Bytes(), &w); err != nil || len(w.Request.Query) != 2 {
				t.Fatalf("%+v, %v", w, err)
			}
			if got := string(w.Request.Query[0].Credential.Example); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}
