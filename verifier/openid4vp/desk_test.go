package openid4vp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/verifier/openid4vp"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const base = "https://clinic.example"

// desk is somebody who asks wallets, with a real database, and a holder with a wallet.
type desk struct {
	*verifiertest.World
	t             testing.TB
	requests      *request.Service
	api           *openid4vp.API
	handler       http.Handler
	clinic        *verifiertest.Issuer
	holder, thief *verifiertest.Issuer
	chain         [][]byte
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	w := verifiertest.NewWorld(t)
	d := &desk{World: w, t: t, clinic: verifiertest.NewIssuer(t, w.Web, "did:web:clinic.example", keys.ES256),
		holder: verifiertest.NewKeyIssuer(t, w.Web, nil), thief: verifiertest.NewKeyIssuer(t, w.Web, nil)}
	d.requests = request.New(request.Config{Store: storetest.SQLite(t), Judge: w.Verifier(), Clock: w.Clock})
	d.api = openid4vp.New(openid4vp.Config{BaseURL: base, Requests: d.requests, Keys: d, Secret: []byte(strings.Repeat("s", 32)), Clock: w.Clock})
	gin.SetMode(gin.TestMode)
	e := gin.New()
	d.api.Register(e)
	d.handler = e
	return d
}

// Signing implements openid4vp.Keys.
func (d *desk) Signing(context.Context, request.Client) (openid4vp.Signing, error) {
	return openid4vp.Signing{Key: d.clinic.Key(keys.ES256), DID: d.clinic.ID, KeyID: d.clinic.KeyID(keys.ES256), Chain: d.chain}, nil
}

func order() request.Order {
	return request.Order{Dialect: request.OpenID4VP, Client: request.DID, Question: request.Question{Asker: "Clinic", Purpose: "Application"}}
}

// asked is a request with the secret of its session.
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

// object is the request object that a wallet fetches, with its signature checked.
func (d *desk) object(r asked, f request.Flow) verifiertest.Doc {
	d.t.Helper()
	res := d.do(http.MethodGet, "/openid4vp/"+r.ID+"/"+string(f)+"/request", nil)
	if res.Code != http.StatusOK {
		d.t.Fatalf("%d %s", res.Code, res.Body)
	}
	return payload(d.t, res.Body.String())
}

func payload(t testing.TB, compact string) verifiertest.Doc {
	t.Helper()
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts: %s", len(parts), compact)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return verifiertest.Parse(string(raw))
}

func (d *desk) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// reply is what an endpoint said.
type reply struct {
	status      int
	RedirectURI string `json:"redirect_uri"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (d *desk) post(r asked, f request.Flow, form url.Values) reply {
	d.t.Helper()
	res := d.do(http.MethodPost, "/openid4vp/"+r.ID+"/"+string(f)+"/response", form)
	out := reply{status: res.Code}
	if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || !strings.HasPrefix(res.Header().Get("Content-Type"), "application/json") {
		d.t.Fatalf("%d %s: %v", res.Code, res.Body, err)
	}
	if res.Header().Get("Cache-Control") != "no-store" {
		d.t.Error("an answer of the response endpoint may be kept")
	}
	return out
}

// form is what a wallet posts: its presentations under the ids of the queries.
func (d *desk) form(r asked, f request.Flow, token map[string]any) url.Values {
	d.t.Helper()
	raw, err := json.Marshal(token)
	if err != nil {
		d.t.Fatal(err)
	}
	return url.Values{"vp_token": {string(raw)}, "state": {r.StateFor(f)}}
}

// code is the response_code of where the wallet leads to.
func (r reply) code(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(r.RedirectURI)
	if err != nil || !strings.HasPrefix(r.RedirectURI, base+"/request/") {
		t.Fatalf("redirect_uri %q, %v", r.RedirectURI, err)
	}
	return u.Query().Get("response_code")
}

// badge is one about the holder.
func (d *desk) badge() verifiertest.Doc {
	return d.School.Badge().With("/credentialSubject/id", d.holder.ID)
}

// selective is the badge as SD-JWT VC, bound to the holder's key.
func (d *desk) selective(badge verifiertest.Doc) string {
	d.t.Helper()
	return d.selectiveFor(badge, d.holder.Key(keys.EdDSA).Public())
}

// selectiveFor is the same, bound to another key.
func (d *desk) selectiveFor(badge verifiertest.Doc, holder keys.Public) string {
	d.t.Helper()
	signer, err := sdjwt.NewSigner(d.School.Key(keys.ES256), sdjwt.Config{})
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := credential.Parse([]byte(badge.Text()))
	if err != nil {
		d.t.Fatal(err)
	}
	claims, err := sdjwt.BadgeClaims(c)
	if err != nil {
		d.t.Fatal(err)
	}
	holder.ID = ""
	issued, err := signer.Issue(claims, sdjwt.Disclosable(c), sdjwt.Options{VCT: sdjwt.BadgeType, Holder: &holder})
	if err != nil {
		d.t.Fatal(err)
	}
	return issued.Compact
}

// bound presents an SD-JWT in answer to a request.
func (d *desk) bound(issued string, b sdjwt.Binding) string {
	d.t.Helper()
	if b.Key == nil {
		b.Key = d.holder.Key(keys.EdDSA)
	}
	out, err := sdjwt.Present(issued, nil, &b)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// binding answers a request as it wants to be answered.
func (d *desk) binding(r asked, f request.Flow) sdjwt.Binding {
	o := d.object(r, f)
	return sdjwt.Binding{Nonce: o["nonce"].(string), Audience: o["client_id"].(string), At: d.Clock()}
}

// good is a whole good answer in a format.
func (d *desk) good(r asked, f request.Flow, format request.Format) map[string]any {
	d.t.Helper()
	b := d.binding(r, f)
	switch format {
	case request.SDJWT:
		return map[string]any{"badge-sd-jwt": []any{d.bound(d.selective(d.badge()), b)}}
	case request.JWT:
		return map[string]any{"badge-jwt": []any{d.token(d.holder, b, d.School.JWT(keys.ES256, d.oldBadge().Wrapped()))}}
	}
	return map[string]any{"badge-ldp": []any{d.document(d.holder, b, d.embedded(d.badge()))}}
}

func (d *desk) oldBadge() verifiertest.Doc {
	return d.School.OldBadge().With("/credentialSubject/id", d.holder.ID)
}

// token is a presentation of the data model 1.1 as JWT.
func (d *desk) token(by *verifiertest.Issuer, b sdjwt.Binding, inside ...string) string {
	return by.JWT(keys.EdDSA, verifiertest.Doc{
		"iss": by.ID, "nonce": b.Nonce, "aud": b.Audience, "iat": b.At.Unix(), "vp": map[string]any{
			"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": inside,
		},
	})
}

func (d *desk) embedded(badge verifiertest.Doc) json.RawMessage {
	return d.School.Embed(d.t, badge, dataintegrity.Statement{Created: d.Clock(), Purpose: dataintegrity.AssertionMethod})
}

// document is a presentation with an embedded proof.
func (d *desk) document(by *verifiertest.Issuer, b sdjwt.Binding, inside ...json.RawMessage) json.RawMessage {
	return by.Embed(d.t, verifiertest.Doc{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": by.ID, "verifiableCredential": inside,
	}, dataintegrity.Statement{Created: b.At, Challenge: b.Nonce, Domain: b.Audience, Purpose: dataintegrity.Authentication})
}

func enc(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
