package openid4vci_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/wallet"
)

const base = "https://badges.example"

// memory is a wallet.Store and an offer.Store.
type memory struct {
	offer.Store
	mu          sync.Mutex
	offers      map[string]offer.Offer
	tries       map[string]int
	holders     map[string]string
	redemptions map[string]wallet.Redemption
	used        map[string]bool
	deliveries  map[string]wallet.Delivery
	deferrals   map[string]wallet.Deferral
	fail        error // what IssueTo answers
	issued      []wallet.Holder
}

func gone() error     { return fault.New(fault.Gone, nil, "used") }
func notFound() error { return fault.New(fault.NotFound, nil, "none") }

func (m *memory) InsertOffer(_ context.Context, o offer.Offer, _ int, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offers[string(o.Hash)] = o
	return nil
}

func (m *memory) OfferByHash(_ context.Context, h []byte) (offer.Offer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.offers[string(h)]
	if !ok {
		return o, notFound()
	}
	return o, nil
}

func (m *memory) UseOffer(context.Context, []byte, time.Time) error { return nil }

func (m *memory) TryTxCode(_ context.Context, h []byte, most int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tries[string(h)] >= most {
		return gone()
	}
	m.tries[string(h)]++
	return nil
}

func (m *memory) Redeem(_ context.Context, r wallet.Redemption) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used[string(r.CodeHash)] {
		return gone()
	}
	m.used[string(r.CodeHash)], m.redemptions[string(r.TokenHash)] = true, r
	return nil
}

func (m *memory) EndToken(_ context.Context, code []byte, at time.Time, _ event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, r := range m.redemptions {
		if bytes.Equal(r.CodeHash, code) && r.ExpiresAt.After(at) {
			r.ExpiresAt = at
			m.redemptions[k] = r
		}
	}
	return nil
}

func (m *memory) Redemption(_ context.Context, h []byte) (wallet.Redemption, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.redemptions[string(h)]
	if !ok {
		return r, notFound()
	}
	return r, nil
}

func (m *memory) BindOffer(_ context.Context, h []byte, holder string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if of := m.holders[string(h)]; of != "" && of != holder {
		return gone()
	}
	m.holders[string(h)] = holder
	return nil
}

func (m *memory) ReleaseOffer(_ context.Context, h []byte, _ string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.holders, string(h))
	return nil
}

func (m *memory) UseNonce(_ context.Context, h []byte, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used[string(h)] {
		return gone()
	}
	m.used[string(h)] = true
	return nil
}

func (m *memory) Deliver(_ context.Context, d wallet.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deliveries[string(d.NotificationHash)] = d
	return nil
}

func (m *memory) Delivery(_ context.Context, h []byte) (wallet.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.deliveries[string(h)]
	if !ok {
		return d, notFound()
	}
	return d, nil
}

func (m *memory) Defer(_ context.Context, d wallet.Deferral) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deferrals[string(d.Hash)] = d
	r := m.redemptions[string(d.TokenHash)]
	r.ExpiresAt = d.ExpiresAt
	m.redemptions[string(d.TokenHash)] = r
	return nil
}

func (m *memory) Deferral(_ context.Context, h []byte) (wallet.Deferral, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.deferrals[string(h)]
	if !ok {
		return d, notFound()
	}
	return d, nil
}

func (m *memory) Notified(context.Context, []byte, string) error { return nil }
func (m *memory) SweepWallet(context.Context, time.Time) error   { return nil }

// IssueTo implements wallet.Issuer.
func (m *memory) IssueTo(_ context.Context, in wallet.Wanted) (wallet.Issued, error) {
	c, h := in.Configuration, in.Holder
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return wallet.Issued{}, m.fail
	}
	m.issued = append(m.issued, h)
	if c.Format == wallet.FormatLDP {
		return wallet.Issued{ID: "c", Signed: []byte(`{"holder":"` + h.ID + `"}`)}, nil
	}
	return wallet.Issued{ID: "c", Signed: []byte("signed")}, nil
}

// world is an issuer with one offer.
type world struct {
	t      testing.TB
	engine *gin.Engine
	offers *offer.Service
	claim  string
	tx     string
	now    time.Time
	count  int
	store  *memory
	api    *openid4vci.API
}

func newWorld(t testing.TB, g offer.Guard) *world { return newWorldOf(t, g, openid4vci.Config{}) }

// newWorldOf is newWorld with a configuration of its own.
func newWorldOf(t testing.TB, g offer.Guard, c openid4vci.Config) *world {
	t.Helper()
	m := &memory{offers: map[string]offer.Offer{}, tries: map[string]int{}, holders: map[string]string{}, used: map[string]bool{},
		redemptions: map[string]wallet.Redemption{}, deliveries: map[string]wallet.Delivery{}, deferrals: map[string]wallet.Deferral{}}
	w := &world{t: t, engine: gin.New(), now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), store: m}
	clock := func() time.Time { return w.now }
	secret := bytes.Repeat([]byte{7}, 32)
	w.offers = offer.New(offer.Config{Store: m, Secret: secret, Clock: clock})
	s, err := wallet.New(wallet.Config{Store: m, Offers: w.offers, Issuer: m, Secret: secret, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	c.BaseURL, c.Wallets, c.Clock, c.Secret = base, s, clock, secret
	if w.api, err = openid4vci.New(c); err != nil {
		t.Fatal(err)
	}
	w.api.Register(w.engine)
	fresh, err := w.offers.Create(t.Context(), "awd_x", offer.Order{Guard: g})
	if err != nil {
		t.Fatal(err)
	}
	w.claim, w.tx = fresh.Code, fresh.TxCode
	return w
}

type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (w *world) send(method, path, media, token string, body string) answer {
	w.t.Helper()
	header := http.Header{}
	if media != "" {
		header.Set("Content-Type", media)
	}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return w.sendWith(method, path, header, body)
}

func (w *world) sendWith(method, path string, header http.Header, body string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header = header
	rec := httptest.NewRecorder()
	w.engine.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if rec.Body.Len() > 0 && a.header.Get("Content-Type") != "application/jwt" {
		if err := json.Unmarshal(rec.Body.Bytes(), &a.body); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
		}
	}
	if a.header.Get("Cache-Control") != "no-store" { // threat O06
		w.t.Errorf("%s %s: Cache-Control %q", method, path, a.header.Get("Cache-Control"))
	}
	if a.status >= 500 {
		w.t.Errorf("%s %s: %d", method, path, a.status)
	}
	return a
}

func (a answer) text(name string) string { s, _ := a.body[name].(string); return s }

const pre = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// code reads the offer.
func (w *world) code(configuration string) string {
	w.t.Helper()
	a := w.send(http.MethodGet, openid4vci.OfferPath+"/"+w.claim+"/"+configuration, "", "", "")
	grants, _ := a.body["grants"].(map[string]any)
	grant, _ := grants[pre].(map[string]any)
	code, _ := grant["pre-authorized_code"].(string)
	if _, asked := grant["tx_code"]; a.status != http.StatusOK || code == "" || asked != (w.tx != "") {
		w.t.Fatalf("offer: %d %v", a.status, a.body)
	}
	return code
}

func (w *world) redeem(code, tx string) answer {
	form := url.Values{"grant_type": {pre}, "pre-authorized_code": {code}}
	if tx != "" {
		form.Set("tx_code", tx)
	}
	return w.send(http.MethodPost, openid4vci.TokenPath, "application/x-www-form-urlencoded", "", form.Encode())
}

func (w *world) token(configuration string) string {
	w.t.Helper()
	a := w.redeem(w.code(configuration), w.tx)
	if a.status != http.StatusOK || a.text("access_token") == "" {
		w.t.Fatalf("token: %d %v", a.status, a.body)
	}
	return a.text("access_token")
}

func (w *world) nonce() string {
	w.t.Helper()
	return w.send(http.MethodPost, openid4vci.NoncePath, "", "", "").text("c_nonce")
}

// proof is a key proof that a test can spoil.
type proof struct {
	key            keys.Private
	signer         keys.Signer // signs in the place of key
	header, claims map[string]any
	spoiled        bool
}

func (w *world) proof(nonce string) proof {
	w.t.Helper()
	k, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	var jwk map[string]any
	if err := json.Unmarshal(k.Public().JWK(), &jwk); err != nil {
		w.t.Fatal(err)
	}
	return proof{key: k, header: map[string]any{"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": jwk},
		claims: map[string]any{"aud": base, "iat": w.now.Unix(), "nonce": nonce}}
}

func (p proof) compact(t testing.TB) string {
	t.Helper()
	h, err := json.Marshal(p.header)
	if err != nil {
		t.Fatal(err)
	}
	c, err := json.Marshal(p.claims)
	if err != nil {
		t.Fatal(err)
	}
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	var by keys.Signer = p.key
	if p.signer != nil {
		by = p.signer
	}
	sig, err := by.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	if p.spoiled {
		sig[3] ^= 1
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func (w *world) ask(token string, body map[string]any) answer {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(http.MethodPost, openid4vci.CredentialPath, "application/json", token, string(text))
}

func request(compact string) map[string]any {
	return map[string]any{"credential_configuration_id": "badge-sdjwt", "proofs": map[string]any{"jwt": []string{compact}}, "unknown": 1}
}

func (a answer) want(t *testing.T, status int, code string) {
	t.Helper()
	if a.status != status || a.text("error") != code {
		t.Errorf("%d %v, want %d %s", a.status, a.body, status, code)
	}
}

func (a answer) wantStatus(t *testing.T, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%d %s, want %d", a.status, a.raw, status)
	}
}

func TestABadgeGoesIntoAWallet(t *testing.T) {
	for _, c := range wallet.Configurations() {
		w := newWorld(t, offer.Unguarded)
		in := request(w.proof(w.nonce()).compact(t))
		in["credential_configuration_id"] = c.ID
		token := w.token(c.ID)
		a := w.ask(token, in)
		if list, _ := a.body["credentials"].([]any); a.status != http.StatusOK || len(list) != 1 {
			t.Fatalf("%s: %d %v", c.ID, a.status, a.body)
		}
		for _, id := range []string{a.text("notification_id"), a.text("notification_id")} { // again is no error
			if got := w.send(http.MethodPost, openid4vci.NotificationPath, "application/json", token, `{"notification_id":"`+id+`","event":"credential_accepted"}`); got.status != http.StatusNoContent {
				t.Errorf("notification: %d %v", got.status, got.body)
			}
		}
		w.send(http.MethodPost, openid4vci.NotificationPath, "application/json", token, `{"notification_id":"x","event":"credential_accepted"}`).want(t, http.StatusBadRequest, "invalid_notification_id")
		w.send(http.MethodPost, openid4vci.NotificationPath, "application/json", token, `{"notification_id":"x","event":"eaten"}`).want(t, http.StatusBadRequest, "invalid_notification_request")
	}
}

func TestAnotherWalletDoesNotGetTheSameOffer(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	first, second := w.token("badge-sdjwt"), w.token("badge-sdjwt")
	mine := w.proof(w.nonce())
	w.ask(first, request(mine.compact(t))).want(t, http.StatusOK, "")
	w.ask(second, request(w.proof(w.nonce()).compact(t))).want(t, http.StatusBadRequest, "credential_request_denied")
	mine.claims["nonce"] = w.nonce()
	w.ask(second, request(mine.compact(t))).want(t, http.StatusOK, "")
}

// The names are those of the modules of the OpenID Foundation's suite for issuers, and threats O05 and T07.
func TestRefusedRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(w *world, p *proof, in map[string]any)
		code  string
	}{
		"fail-invalid-nonce": {func(_ *world, p *proof, _ map[string]any) { p.claims["nonce"] = "made up" }, "invalid_nonce"},
		"a nonce that has ended": {func(w *world, p *proof, _ map[string]any) {
			w.now = w.now.Add(6 * time.Minute)
			p.claims["iat"] = w.now.Unix()
		}, "invalid_nonce"},
		"a code in place of a nonce":       {func(w *world, p *proof, _ map[string]any) { p.claims["nonce"] = w.code("badge-sdjwt") }, "invalid_nonce"},
		"no nonce":                         {func(_ *world, p *proof, _ map[string]any) { delete(p.claims, "nonce") }, "invalid_proof"},
		"fail-missing-proof":               {func(_ *world, _ *proof, in map[string]any) { delete(in, "proofs") }, "invalid_proof"},
		"proofs of no type":                {func(_ *world, _ *proof, in map[string]any) { in["proofs"] = map[string]any{} }, "invalid_proof"},
		"fail-invalid-jwt-proof-signature": {func(_ *world, p *proof, _ map[string]any) { p.spoiled = true }, "invalid_proof"},
		"alg none":                         {func(_ *world, p *proof, _ map[string]any) { p.header["alg"] = "none" }, "invalid_proof"},
		"alg HS256":                        {func(_ *world, p *proof, _ map[string]any) { p.header["alg"] = "HS256" }, "invalid_proof"},
		"another audience":                 {func(_ *world, p *proof, _ map[string]any) { p.claims["aud"] = base + "/" }, "invalid_proof"},
		"two audiences":                    {func(_ *world, p *proof, _ map[string]any) { p.claims["aud"] = []string{base, "https://other.example"} }, "invalid_proof"},
		"another typ":                      {func(_ *world, p *proof, _ map[string]any) { p.header["typ"] = "JWT" }, "invalid_proof"},
		"no typ":                           {func(_ *world, p *proof, _ map[string]any) { delete(p.header, "typ") }, "invalid_proof"},
		"both jwk and kid":                 {func(_ *world, p *proof, _ map[string]any) { p.header["kid"] = "did:key:z" }, "invalid_proof"},
		"neither jwk nor kid":              {func(_ *world, p *proof, _ map[string]any) { delete(p.header, "jwk") }, "invalid_proof"},
		"a kid that would be fetched": {func(_ *world, p *proof, _ map[string]any) {
			delete(p.header, "jwk")
			p.header["kid"] = "did:web:evil.example#k"
		}, "invalid_proof"},
		"a private key in the header":           {func(_ *world, p *proof, _ map[string]any) { p.header["jwk"].(map[string]any)["d"] = "AA" }, "invalid_proof"},
		"iat in ten minutes":                    {func(w *world, p *proof, _ map[string]any) { p.claims["iat"] = w.now.Add(10 * time.Minute).Unix() }, "invalid_proof"},
		"iat a day ago":                         {func(w *world, p *proof, _ map[string]any) { p.claims["iat"] = w.now.Add(-24 * time.Hour).Unix() }, "invalid_proof"},
		"no iat":                                {func(_ *world, p *proof, _ map[string]any) { delete(p.claims, "iat") }, "invalid_proof"},
		"fail-unknown-credential-configuration": {func(_ *world, _ *proof, in map[string]any) { in["credential_configuration_id"] = "other" }, "unknown_credential_configuration"},
		"a configuration that was not offered":  {func(_ *world, _ *proof, in map[string]any) { in["credential_configuration_id"] = "badge-ldp" }, "unknown_credential_configuration"},
		"fail-unknown-credential-identifier": {func(_ *world, _ *proof, in map[string]any) {
			delete(in, "credential_configuration_id")
			in["credential_identifier"] = "other"
		}, "unknown_credential_identifier"},
		"identifier and configuration": {func(_ *world, _ *proof, in map[string]any) { in["credential_identifier"] = "badge-sdjwt" }, "invalid_credential_request"},
		"neither":                      {func(_ *world, _ *proof, in map[string]any) { delete(in, "credential_configuration_id") }, "invalid_credential_request"},
		"an encrypted answer to a request in the clear": {func(_ *world, _ *proof, in map[string]any) {
			in["credential_response_encryption"] = map[string]any{"enc": "A128GCM"}
		}, "invalid_encryption_parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, offer.Unguarded)
			token, p, in := w.token("badge-sdjwt"), w.proof(w.nonce()), request("")
			tc.spoil(w, &p, in)
			if _, has := in["proofs"]; has && name != "proofs of no type" {
				in["proofs"] = map[string]any{"jwt": []string{p.compact(t)}}
			}
			w.ask(token, in).want(t, http.StatusBadRequest, tc.code)
		})
	}
}

func TestANonceIsTakenOnce(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token, p := w.token("badge-sdjwt"), w.proof(w.nonce())
	w.ask(token, request(p.compact(t))).want(t, http.StatusOK, "")
	w.ask(token, request(p.compact(t))).want(t, http.StatusBadRequest, "invalid_nonce")
}

func TestFailOnAccessTokenInQuery(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token := w.token("badge-sdjwt")
	whole, err := json.Marshal(request(w.proof(w.nonce()).compact(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{openid4vci.CredentialPath, openid4vci.DeferredPath, openid4vci.NotificationPath} {
		a := w.send(http.MethodPost, path+"?access_token="+token, "application/json", "", string(whole))
		if a.status != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer, DPoP ") || len(w.store.issued) > 0 {
			t.Errorf("%s: %d %v, %d issued", path, a.status, a.header, len(w.store.issued))
		}
	}
	w.send(http.MethodPost, openid4vci.CredentialPath, "application/json", token, string(whole)).want(t, http.StatusOK, "") // the token alone was in the wrong place
	w.ask(token[1:]+"a", request("")).want(t, http.StatusUnauthorized, "invalid_token")
	w.now = w.now.Add(11 * time.Minute)
	w.ask(token, request("")).want(t, http.StatusUnauthorized, "invalid_token")
}

func TestCodesThatAreNotTaken(t *testing.T) { // threat O02
	w := newWorld(t, offer.Unguarded)
	code := w.code("badge-sdjwt")
	for name, c := range map[string]string{"cut": code[:len(code)-1], "made up": strings.Repeat("A", len(code)), "a nonce": w.nonce(), "another letter": "B" + code[1:], "long": strings.Repeat(code, 9)} {
		if a := w.redeem(c, ""); a.status != http.StatusBadRequest || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	other := newWorld(t, offer.Unguarded)
	other.redeem(code, "").want(t, http.StatusBadRequest, "invalid_grant")
	w.redeem(code, "123456").want(t, http.StatusBadRequest, "invalid_request")
	w.redeem("", "").want(t, http.StatusBadRequest, "invalid_request")
	w.redeem(code, "").want(t, http.StatusOK, "")
	w.redeem(code, "").want(t, http.StatusBadRequest, "invalid_grant")
	late := w.code("badge-sdjwt")
	w.now = w.now.Add(10 * time.Minute)
	w.redeem(late, "").want(t, http.StatusBadRequest, "invalid_grant")
	form := "grant_type=" + url.QueryEscape(pre) + "&pre-authorized_code=a&pre-authorized_code=b"
	w.send(http.MethodPost, openid4vci.TokenPath, "application/x-www-form-urlencoded", "", form).want(t, http.StatusBadRequest, "invalid_request")
	w.send(http.MethodPost, openid4vci.TokenPath, "application/x-www-form-urlencoded", "", "grant_type=password").want(t, http.StatusBadRequest, "unsupported_grant_type")
	w.send(http.MethodPost, openid4vci.TokenPath, "application/json", "", "{}").want(t, http.StatusBadRequest, "invalid_request")
}

func TestTransactionCodesAreGuessedFiveTimes(t *testing.T) { // threat O03
	w := newWorld(t, offer.WithTxCode)
	wrong := "000000"
	if w.tx == wrong {
		wrong = "000001"
	}
	w.redeem(w.code("badge-sdjwt"), "").want(t, http.StatusBadRequest, "invalid_request")
	for range 5 { // a fresh code each time gains nothing
		w.redeem(w.code("badge-sdjwt"), wrong).want(t, http.StatusBadRequest, "invalid_grant")
	}
	w.redeem(w.code("badge-sdjwt"), w.tx).want(t, http.StatusBadRequest, "invalid_grant")

	fresh := newWorld(t, offer.WithTxCode)
	fresh.redeem(fresh.code("badge-sdjwt"), fresh.tx).want(t, http.StatusOK, "")
}

func TestFiftyRedemptionsOfOneCode(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	code := w.code("badge-sdjwt")
	won := make([]int, 50)
	var all sync.WaitGroup
	for i := range won {
		all.Go(func() { won[i] = w.redeem(code, "").status })
	}
	all.Wait()
	n := 0
	for _, status := range won {
		if status == http.StatusOK {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 50 redeemed one code", n)
	}
}

func TestDraftsGetTheirShape(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	a := w.redeem(w.code("badge-sdjwt"), "")
	if a.text("c_nonce") == "" {
		t.Error("the token response has no c_nonce")
	}
	one := func(p proof) map[string]any {
		return map[string]any{"format": "vc+sd-jwt", "vct": "x", "proof": map[string]any{"proof_type": "jwt", "jwt": p.compact(t)}}
	}
	bad := w.ask(a.text("access_token"), one(w.proof("made up")))
	bad.want(t, http.StatusBadRequest, "invalid_proof")
	got := w.ask(a.text("access_token"), one(w.proof(bad.text("c_nonce"))))
	if got.status != http.StatusOK || got.text("credential") != "signed" || got.text("c_nonce") == "" {
		t.Errorf("%d %v", got.status, got.body)
	}
	in := one(w.proof(w.nonce()))
	in["format"] = "ldp_vc"
	w.ask(a.text("access_token"), in).want(t, http.StatusBadRequest, "unsupported_credential_format")
}

func TestMetadataIsFoundWithAndWithoutASlash(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	for _, path := range []string{openid4vci.IssuerMetadataPath, openid4vci.IssuerMetadataPath + "/"} {
		a := w.send(http.MethodGet, path, "", "", "")
		list, _ := a.body["credential_configurations_supported"].(map[string]any)
		if a.text("credential_issuer") != base || len(list) != len(wallet.Configurations()) {
			t.Errorf("%s: %v", path, a.body)
		}
	}
	for _, path := range []string{openid4vci.ServerMetadataPath, openid4vci.ServerMetadataPath + "/"} {
		if a := w.send(http.MethodGet, path, "", "", ""); a.text("issuer") != base || a.body["pre-authorized_grant_anonymous_access_supported"] != true {
			t.Errorf("%s: %v", path, a.body)
		}
	}
}
