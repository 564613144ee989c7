package openid4vci_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// order is a request with several key proofs of one nonce.
func (w *world) order(n int) (map[string]any, []proof) {
	w.t.Helper()
	nonce, in, made := w.nonce(), request(""), make([]proof, n)
	list := make([]string, n)
	for i := range list {
		made[i] = w.proof(nonce)
		list[i] = made[i].compact(w.t)
	}
	in["proofs"] = map[string]any{"jwt": list}
	return in, made
}

func TestABatchHasACredentialForEachKey(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token := w.token(jwtForm)
	in, made := w.order(limits.WalletBatch)
	a := w.ask(token, in)
	list, _ := a.body["credentials"].([]any)
	if a.status != http.StatusOK || len(list) != limits.WalletBatch || len(w.store.issued) != limits.WalletBatch {
		t.Fatalf("%d %v", a.status, a.body)
	}
	for i, h := range w.store.issued {
		if h.Key.Thumbprint() != made[i].key.Public().Thumbprint() {
			t.Errorf("credential %d is for another key", i)
		}
	}
	again := w.nonce()
	list2 := make([]string, len(made))
	for i := range made {
		made[len(made)-1-i].claims["nonce"] = again
		list2[i] = made[len(made)-1-i].compact(t)
	}
	in["proofs"] = map[string]any{"jwt": list2} // the same keys in another order are the same wallet
	w.ask(token, in).want(t, http.StatusOK, "")
	more, _ := w.order(2)
	w.ask(token, more).want(t, http.StatusBadRequest, "credential_request_denied")
}

func TestBatchesThatAreRefused(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token := w.token(jwtForm)
	many, _ := w.order(limits.WalletBatch + 1)
	w.ask(token, many).want(t, http.StatusBadRequest, "invalid_credential_request")
	p := w.proof(w.nonce())
	q := p
	q.claims = map[string]any{"aud": base, "iat": w.now.Unix(), "nonce": p.claims["nonce"], "jti": "other"}
	same := request("")
	same["proofs"] = map[string]any{"jwt": []string{p.compact(t), q.compact(t)}}
	w.ask(token, same).want(t, http.StatusBadRequest, "invalid_proof")
	two := request("")
	two["proofs"] = map[string]any{"jwt": []string{w.proof(w.nonce()).compact(t), w.proof(w.nonce()).compact(t)}}
	w.ask(token, two).want(t, http.StatusBadRequest, "invalid_nonce")
	bad := w.proof(w.nonce())
	bad.spoiled = true
	good := w.proof(bad.claims["nonce"].(string))
	one := request("")
	one["proofs"] = map[string]any{"jwt": []string{good.compact(t), bad.compact(t)}}
	w.ask(token, one).want(t, http.StatusBadRequest, "invalid_proof")
	types := request("")
	types["proofs"] = map[string]any{"jwt": []string{good.compact(t)}, "attestation": []string{"x"}}
	w.ask(token, types).want(t, http.StatusBadRequest, "invalid_proof")
	if len(w.store.issued) > 0 {
		t.Errorf("%d were issued", len(w.store.issued))
	}
}

func TestOneOfFiftyWalletsGetsTheOffer(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	tokens, orders, won := make([]string, 50), make([]map[string]any, 50), make([]int, 50)
	for i := range tokens {
		tokens[i] = w.token(jwtForm)
		orders[i], _ = w.order(1 + i%2)
	}
	var all sync.WaitGroup
	for i := range won {
		all.Go(func() { won[i] = w.ask(tokens[i], orders[i]).status })
	}
	all.Wait()
	n := 0
	for _, status := range won {
		if status == http.StatusOK {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 50 wallets got one offer", n)
	}
}

func TestAnOrderWaitsUntilItCanBeSigned(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token, other := w.token(jwtForm), w.token(jwtForm)
	w.store.fail = fault.New(fault.Unavailable, nil, "issuing is stopped").Code("issuing.stopped")
	in, _ := w.order(2)
	a := w.ask(token, in)
	if a.status != http.StatusAccepted || a.text("transaction_id") == "" || a.body["interval"] != limits.DeferralPause.Seconds() || a.body["notification_id"] != nil {
		t.Fatalf("%d %v", a.status, a.body)
	}
	again := func(token, id string) answer {
		return w.send(http.MethodPost, openid4vci.DeferredPath, "application/json", token, `{"transaction_id":"`+id+`"}`)
	}
	if b := again(token, a.text("transaction_id")); b.status != http.StatusAccepted || b.text("transaction_id") != a.text("transaction_id") {
		t.Errorf("%d %v", b.status, b.body)
	}
	w.store.fail = nil
	again(other, a.text("transaction_id")).want(t, http.StatusBadRequest, "invalid_transaction_id")
	again(token, "x").want(t, http.StatusBadRequest, "invalid_transaction_id")
	again(token, strings.Repeat("a", 26)).want(t, http.StatusBadRequest, "invalid_transaction_id")
	again("", a.text("transaction_id")).want(t, http.StatusUnauthorized, "")
	second, _ := w.order(1)
	w.ask(other, second).want(t, http.StatusBadRequest, "credential_request_denied") // the offer is kept for who came first
	w.now = w.now.Add(6 * 24 * time.Hour)
	c := again(token, a.text("transaction_id"))
	if list, _ := c.body["credentials"].([]any); c.status != http.StatusOK || len(list) != 2 || c.text("notification_id") == "" {
		t.Fatalf("%d %v", c.status, c.body)
	}
	w.store.fail = fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
	again(token, a.text("transaction_id")).want(t, http.StatusBadRequest, "credential_request_denied")
	w.now = w.now.Add(25 * time.Hour)
	again(token, a.text("transaction_id")).want(t, http.StatusUnauthorized, "invalid_token")
}

// sealed encrypts a request to the key of the metadata.
func (w *world) sealed(body map[string]any, spoil func(*jose.Recipient, *jose.EncrypterOptions, *jose.ContentEncryption)) string {
	w.t.Helper()
	meta := w.send(http.MethodGet, openid4vci.IssuerMetadataPath, "", "", "")
	enc, _ := meta.body["credential_request_encryption"].(map[string]any)
	text, err := json.Marshal(enc["jwks"].(map[string]any)["keys"].([]any)[0])
	if err != nil {
		w.t.Fatal(err)
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		w.t.Fatal(err)
	}
	to, o, how := jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Key, KeyID: key.KeyID}, &jose.EncrypterOptions{}, jose.A128GCM
	if spoil != nil {
		spoil(&to, o, &how)
	}
	e, err := jose.NewEncrypter(how, to, o)
	if err != nil {
		w.t.Fatal(err)
	}
	plain, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	msg, err := e.Encrypt(plain)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := msg.CompactSerialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// mine is a key for answers, and its JWK.
func (w *world) mine() (*ecdsa.PrivateKey, map[string]any) {
	w.t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := jose.JSONWebKey{Key: &k.PublicKey, KeyID: "w1", Algorithm: "ECDH-ES", Use: "enc"}.MarshalJSON()
	if err != nil {
		w.t.Fatal(err)
	}
	var jwk map[string]any
	if err := json.Unmarshal(text, &jwk); err != nil {
		w.t.Fatal(err)
	}
	return k, jwk
}

func TestRequestAndAnswerAreEncrypted(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	token := w.token(jwtForm)
	for _, enc := range []jose.ContentEncryption{jose.A128GCM, jose.A256GCM} {
		in := request("")
		p := w.proof(w.nonce())
		if enc == jose.A256GCM {
			w = newWorld(t, offer.Unguarded)
			token, p = w.token(jwtForm), w.proof(w.nonce())
		}
		in["proofs"] = map[string]any{"jwt": []string{p.compact(t)}}
		key, jwk := w.mine()
		in["credential_response_encryption"] = map[string]any{"jwk": jwk, "enc": string(enc)}
		a := w.send(http.MethodPost, openid4vci.CredentialPath, "application/jwt", token, w.sealed(in, nil))
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/jwt" {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		msg, err := jose.ParseEncryptedCompact(a.raw, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{enc})
		if err != nil || msg.Header.KeyID != "w1" {
			t.Fatalf("%v", err)
		}
		plain, err := msg.Decrypt(key)
		if err != nil || !strings.Contains(string(plain), `"credentials":[{"credential":"signed"}]`) {
			t.Errorf("%s %v", plain, err)
		}
	}
}

func TestEncryptionThatIsRefused(t *testing.T) { // threat O15
	w := newWorld(t, offer.Unguarded)
	token := w.token(jwtForm)
	_, jwk := w.mine()
	good := func() map[string]any {
		in := request(w.proof(w.nonce()).compact(t))
		in["credential_response_encryption"] = map[string]any{"jwk": jwk, "enc": "A128GCM"}
		return in
	}
	send := func(body string) answer {
		return w.send(http.MethodPost, openid4vci.CredentialPath, "application/jwt", token, body)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"no JWE": "e30.e30.e30", "nothing": "", "another key": w.sealed(good(), func(to *jose.Recipient, _ *jose.EncrypterOptions, _ *jose.ContentEncryption) {
			to.Key = &other.PublicKey
		}),
		"another key id": w.sealed(good(), func(to *jose.Recipient, _ *jose.EncrypterOptions, _ *jose.ContentEncryption) { to.KeyID = "x" }),
		"a compressed one": w.sealed(good(), func(_ *jose.Recipient, o *jose.EncrypterOptions, _ *jose.ContentEncryption) {
			o.Compression = jose.DEFLATE
		}),
		"a wrapped key": w.sealed(good(), func(to *jose.Recipient, _ *jose.EncrypterOptions, _ *jose.ContentEncryption) {
			to.Algorithm = jose.ECDH_ES_A128KW
		}),
		"another encryption": w.sealed(good(), func(_ *jose.Recipient, _ *jose.EncrypterOptions, e *jose.ContentEncryption) { *e = jose.A128CBC_HS256 }),
	} {
		t.Run("request: "+name, func(t *testing.T) {
			if a := send(body); a.status != http.StatusBadRequest || a.text("error") != "invalid_encryption_parameters" {
				t.Errorf("%d %v", a.status, a.body)
			}
		})
	}
	for name, spoil := range map[string]func(map[string]any){
		"fail-unsupported-encryption-algorithm": func(e map[string]any) { e["enc"] = "A128CBC-HS256" },
		"no enc":                                func(e map[string]any) { delete(e, "enc") },
		"another key agreement": func(e map[string]any) {
			e["jwk"] = map[string]any{"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"], "alg": "RSA1_5"}
		},
		"a point off the curve": func(e map[string]any) {
			e["jwk"] = map[string]any{"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["x"], "alg": "ECDH-ES"}
		},
		"a symmetric key": func(e map[string]any) { e["jwk"] = map[string]any{"kty": "oct", "k": "AAAA", "alg": "ECDH-ES"} },
		"compressed":      func(e map[string]any) { e["zip"] = "DEF" },
	} {
		t.Run(name, func(t *testing.T) {
			in := good()
			spoil(in["credential_response_encryption"].(map[string]any))
			if a := send(w.sealed(in, nil)); a.status != http.StatusBadRequest || a.text("error") != "invalid_encryption_parameters" {
				t.Errorf("%d %v", a.status, a.body)
			}
		})
	}
	w.ask(token, good()).want(t, http.StatusBadRequest, "invalid_encryption_parameters") // the key came in the clear
	if len(w.store.issued) > 0 {
		t.Error("something was issued")
	}
	if a := send(w.sealed(good(), nil)); a.status != http.StatusOK {
		t.Errorf("and then the good one: %d %s", a.status, a.raw)
	}
}

// signer signs metadata in a test.
type signer struct {
	n   int
	typ string
}

func (s *signer) Sign(_ context.Context, typ string, claims []byte) ([]byte, error) {
	s.n, s.typ = s.n+1, typ
	return claims, nil
}

func TestK19MetadataIsSignedForThoseWhoAsk(t *testing.T) {
	s := &signer{}
	w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Signer: s})
	ask := func(accept string) answer {
		return w.sendWith(http.MethodGet, openid4vci.IssuerMetadataPath, http.Header{"Accept": {accept}}, "")
	}
	for range 5 {
		a := ask("application/jwt, application/json;q=0.5")
		var claims map[string]any
		if err := json.Unmarshal([]byte(a.raw), &claims); err != nil || a.header.Get("Content-Type") != "application/jwt" {
			t.Fatalf("%v %v", err, a.header)
		}
		if claims["sub"] != base || claims["credential_issuer"] != base || claims["iat"] != float64(w.now.Unix()) || claims["credential_configurations_supported"] == nil {
			t.Errorf("%v", claims)
		}
	}
	if s.n != 1 || s.typ != "openidvci-issuer-metadata+jwt" {
		t.Errorf("signed %d times as %s", s.n, s.typ)
	}
	for _, accept := range []string{"", "*/*", "application/json", "application/json, application/jwt"} {
		if a := ask(accept); a.body["sub"] != nil || a.body["iat"] != nil || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %v", accept, a.header)
		}
	}
	w.now = w.now.Add(time.Hour)
	ask("application/jwt")
	if s.n != 2 {
		t.Errorf("signed %d times after an hour", s.n)
	}
}

func TestAnOfferByValueIsTheOfferByReference(t *testing.T) {
	w := newWorld(t, offer.WithTxCode)
	c, _ := wallet.Find(jwtForm)
	link, err := w.api.LinkByValue(t.Context(), w.claim, c)
	if err != nil || !strings.HasPrefix(link, "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22") || !strings.Contains(link, "tx_code") {
		t.Errorf("%q %v", link, err)
	}
	if got, want := w.api.Link(w.claim, c), "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fbadges.example%2Fopenid4vci%2Foffers%2F"+w.claim+"%2Fbadge-sdjwt"; got != want {
		t.Errorf("%q", got)
	}
	if _, err := w.api.LinkByValue(t.Context(), "none", c); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v", err)
	}
}
