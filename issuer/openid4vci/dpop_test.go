package openid4vci_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
)

// keyProof makes the proof of a key for one request, which a test can spoil.
func (w *world) keyProof(k keys.Private, path, token, nonce string) proof {
	w.t.Helper()
	var jwk map[string]any
	if err := json.Unmarshal(k.Public().JWK(), &jwk); err != nil {
		w.t.Fatal(err)
	}
	w.count++
	claims := map[string]any{"htm": http.MethodPost, "htu": base + path, "iat": w.now.Unix(), "jti": "id " + strconv.Itoa(w.count)}
	if token != "" {
		claims["ath"] = s256(token)
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return proof{key: k, header: map[string]any{"typ": "dpop+jwt", "alg": string(k.Public().Alg), "jwk": jwk}, claims: claims}
}

func (w *world) key() keys.Private {
	w.t.Helper()
	k, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *world) keyNonce() string {
	w.t.Helper()
	return w.send(http.MethodPost, openid4vci.NoncePath, "", "", "").header.Get("DPoP-Nonce")
}

func (w *world) redeemWith(p proof) answer {
	form := url.Values{"grant_type": {pre}, "pre-authorized_code": {w.code(jwtForm)}}
	return w.form(openid4vci.TokenPath, form, http.Header{"Dpop": {p.compact(w.t)}})
}

// boundToken is an access token that is bound to a key.
func (w *world) boundToken(k keys.Private) string {
	w.t.Helper()
	a := w.redeemWith(w.keyProof(k, openid4vci.TokenPath, "", w.keyNonce()))
	if a.status != http.StatusOK || a.text("token_type") != "DPoP" || a.header.Get("DPoP-Nonce") == "" {
		w.t.Fatalf("%d %v", a.status, a.body)
	}
	return a.text("access_token")
}

func (w *world) askWith(scheme, token string, p *proof) answer {
	w.t.Helper()
	text, err := json.Marshal(request(w.proof(w.nonce()).compact(w.t)))
	if err != nil {
		w.t.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {scheme + " " + token}}
	if p != nil {
		header.Set("DPoP", p.compact(w.t))
	}
	return w.sendWith(http.MethodPost, openid4vci.CredentialPath, header, string(text))
}

func TestATokenIsBoundToAKey(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	k := w.key()
	token := w.boundToken(k)
	good := w.keyProof(k, openid4vci.CredentialPath, token, w.keyNonce())
	w.askWith("DPoP", token, &good).want(t, http.StatusOK, "")
	w.askWith("DPoP", token, &good).want(t, http.StatusUnauthorized, "invalid_dpop_proof") // a replay
	w.askWith("Bearer", token, nil).want(t, http.StatusUnauthorized, "invalid_token")
	w.askWith("DPoP", token, nil).want(t, http.StatusUnauthorized, "invalid_dpop_proof")
	stranger := w.keyProof(w.key(), openid4vci.CredentialPath, token, w.keyNonce())
	w.askWith("DPoP", token, &stranger).want(t, http.StatusUnauthorized, "invalid_dpop_proof")
	bearer := newWorld(t, offer.Unguarded)
	free := bearer.token(jwtForm)
	p := bearer.keyProof(k, openid4vci.CredentialPath, free, bearer.keyNonce())
	bearer.askWith("DPoP", free, &p).want(t, http.StatusUnauthorized, "invalid_token")
}

func TestANonceIsAskedFor(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	k := w.key()
	a := w.redeemWith(w.keyProof(k, openid4vci.TokenPath, "", ""))
	a.want(t, http.StatusBadRequest, "use_dpop_nonce")
	again := w.redeemWith(w.keyProof(k, openid4vci.TokenPath, "", a.header.Get("DPoP-Nonce")))
	again.want(t, http.StatusOK, "")
	token := again.text("access_token")
	p := w.keyProof(k, openid4vci.CredentialPath, token, "")
	asked := w.askWith("DPoP", token, &p)
	asked.want(t, http.StatusUnauthorized, "use_dpop_nonce")
	if asked.header.Get("WWW-Authenticate") != `DPoP error="use_dpop_nonce"` || asked.header.Get("DPoP-Nonce") == "" {
		t.Errorf("%v", asked.header)
	}
	p = w.keyProof(k, openid4vci.CredentialPath, token, asked.header.Get("DPoP-Nonce"))
	w.askWith("DPoP", token, &p).want(t, http.StatusOK, "")
}

func TestProofsOfKeysThatAreRefused(t *testing.T) { // threat O05; RFC 9449 §4.3
	for name, c := range map[string]struct {
		spoil func(w *world, p *proof)
		code  string
	}{
		"another method":    {func(_ *world, p *proof) { p.claims["htm"] = "GET" }, "invalid_dpop_proof"},
		"another address":   {func(_ *world, p *proof) { p.claims["htu"] = base + openid4vci.CredentialPath }, "invalid_dpop_proof"},
		"another host":      {func(_ *world, p *proof) { p.claims["htu"] = "https://evil.example" + openid4vci.TokenPath }, "invalid_dpop_proof"},
		"made yesterday":    {func(w *world, p *proof) { p.claims["iat"] = w.now.Add(-24 * time.Hour).Unix() }, "invalid_dpop_proof"},
		"made tomorrow":     {func(w *world, p *proof) { p.claims["iat"] = w.now.Add(24 * time.Hour).Unix() }, "invalid_dpop_proof"},
		"without an id":     {func(_ *world, p *proof) { delete(p.claims, "jti") }, "invalid_dpop_proof"},
		"another typ":       {func(_ *world, p *proof) { p.header["typ"] = "JWT" }, "invalid_dpop_proof"},
		"alg none":          {func(_ *world, p *proof) { p.header["alg"] = "none" }, "invalid_dpop_proof"},
		"alg HS256":         {func(_ *world, p *proof) { p.header["alg"] = "HS256" }, "invalid_dpop_proof"},
		"no key":            {func(_ *world, p *proof) { delete(p.header, "jwk") }, "invalid_dpop_proof"},
		"a private key":     {func(_ *world, p *proof) { p.header["jwk"].(map[string]any)["d"] = "AA" }, "invalid_dpop_proof"},
		"a bad signature":   {func(_ *world, p *proof) { p.spoiled = true }, "invalid_dpop_proof"},
		"a nonce made up":   {func(_ *world, p *proof) { p.claims["nonce"] = "made up" }, "use_dpop_nonce"},
		"a c_nonce":         {func(w *world, p *proof) { p.claims["nonce"] = w.nonce() }, "use_dpop_nonce"},
		"a nonce of before": {func(w *world, p *proof) { w.now = w.now.Add(6 * time.Minute); p.claims["iat"] = w.now.Unix() }, "use_dpop_nonce"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, offer.Unguarded)
			p := w.keyProof(w.key(), openid4vci.TokenPath, "", w.keyNonce())
			c.spoil(w, &p)
			w.redeemWith(p).want(t, http.StatusBadRequest, c.code)
			if w.redeemWith(w.keyProof(w.key(), openid4vci.TokenPath, "", w.keyNonce())).status != http.StatusOK {
				t.Error("and then the good one is refused")
			}
		})
	}
	w := newWorld(t, offer.Unguarded)
	twice := []string{w.keyProof(w.key(), openid4vci.TokenPath, "", w.keyNonce()).compact(t), w.keyProof(w.key(), openid4vci.TokenPath, "", w.keyNonce()).compact(t)}
	w.form(openid4vci.TokenPath, url.Values{"grant_type": {pre}, "pre-authorized_code": {w.code(jwtForm)}}, http.Header{"Dpop": twice}).want(t, http.StatusBadRequest, "invalid_dpop_proof")
}

func TestACodeIsBoundToTheKeyOfThePushedRequest(t *testing.T) { // RFC 9449 §10
	for _, named := range []string{"by a proof", "by its thumbprint"} {
		w := newWorld(t, offer.Unguarded)
		k, f, header := w.key(), w.authorization(), http.Header{}
		if named == "by a proof" {
			header.Set("DPoP", w.keyProof(k, openid4vci.PushPath, "", "").compact(t))
		} else {
			f.Set("dpop_jkt", k.Public().Thumbprint())
		}
		a := w.form(openid4vci.PushPath, f, header)
		a.want(t, http.StatusCreated, "")
		exchange := w.exchange(w.agreed(url.Values{"client_id": f["client_id"], "request_uri": {a.text("request_uri")}}))
		with := func(k keys.Private) http.Header {
			return http.Header{"Dpop": {w.keyProof(k, openid4vci.TokenPath, "", w.keyNonce()).compact(t)}}
		}
		w.form(openid4vci.TokenPath, exchange, nil).want(t, http.StatusBadRequest, "invalid_grant")
		w.form(openid4vci.TokenPath, exchange, with(w.key())).want(t, http.StatusBadRequest, "invalid_grant")
		w.form(openid4vci.TokenPath, exchange, with(k)).want(t, http.StatusOK, "")
	}
	w := newWorld(t, offer.Unguarded)
	f := w.authorization()
	f.Set("dpop_jkt", w.key().Public().Thumbprint())
	header := http.Header{"Dpop": {w.keyProof(w.key(), openid4vci.PushPath, "", "").compact(t)}}
	w.form(openid4vci.PushPath, f, header).want(t, http.StatusBadRequest, "invalid_dpop_proof")
}
