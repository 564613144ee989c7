package openid4vci_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
)

// provider vouches for wallets, under an authority.
type provider struct {
	key   keys.Signer
	chain []string // x5c
	pool  *x509.CertPool
}

func newProvider(t *testing.T, now time.Time) provider {
	t.Helper()
	newKey := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	root, leaf := newKey(), newKey()
	sign := func(template, parent *x509.Certificate, pub *ecdsa.PublicKey) *x509.Certificate {
		template.NotBefore, template.NotAfter, template.BasicConstraintsValid = now.Add(-time.Hour), now.Add(time.Hour), true
		der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, root)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}
	top := sign(ca, ca, &root.PublicKey)
	end := sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "provider"}}, top, &leaf.PublicKey)
	s, err := keys.NewSigner("", keys.ES256, leaf)
	if err != nil {
		t.Fatal(err)
	}
	p := provider{key: s, chain: []string{base64.StdEncoding.EncodeToString(end.Raw)}, pool: x509.NewCertPool()}
	p.pool.AddCert(top)
	return p
}

// says signs a token of the provider.
func (p provider) says(t *testing.T, typ string, claims map[string]any, spoil func(*proof)) string {
	t.Helper()
	q := proof{signer: p.key, header: map[string]any{"typ": typ, "alg": "ES256", "x5c": p.chain}, claims: claims}
	if spoil != nil {
		spoil(&q)
	}
	return q.compact(t)
}

func jwkOf(t *testing.T, k keys.Public) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(k.JWK(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAKeyIsNamedByACertificate(t *testing.T) {
	w := newWorld(t, offer.Unguarded)
	of := newProvider(t, w.now)
	p := w.proof(w.nonce())
	delete(p.header, "jwk")
	p.header["x5c"], p.signer = of.chain, of.key
	w.ask(w.token(jwtForm), request(p.compact(t))).want(t, http.StatusOK, "")
	if h := w.store.issued[0]; h.ID != "" || h.Key.Thumbprint() != of.key.Public().Thumbprint() {
		t.Errorf("%+v", h)
	}
	q := w.proof(w.nonce())
	q.header["x5c"] = of.chain
	w.ask(w.token(jwtForm), request(q.compact(t))).want(t, http.StatusBadRequest, "invalid_proof") // jwk and x5c
	q = w.proof(w.nonce())
	delete(q.header, "jwk")
	q.header["x5c"] = of.chain
	w.ask(w.token(jwtForm), request(q.compact(t))).want(t, http.StatusBadRequest, "invalid_proof") // another key signed
}

// verifierOf answers as the verifier would.
type verifierOf struct{ challenge, domain string }

func (v *verifierOf) Present(_ context.Context, presentation []byte, challenge, domain string) (string, error) {
	v.challenge, v.domain = challenge, domain
	var vp struct{ Holder string }
	if err := json.Unmarshal(presentation, &vp); err != nil || vp.Holder == "" {
		return "", fault.New(fault.Invalid, err, "the presentation is not taken")
	}
	return vp.Holder, nil
}

func TestAPresentationProvesADID(t *testing.T) {
	v := &verifierOf{}
	w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Presenter: v})
	token := w.token("badge-ldp")
	order := func(change func(vp, proof map[string]any)) map[string]any {
		p := map[string]any{"type": "DataIntegrityProof", "proofPurpose": "authentication", "challenge": w.nonce(), "verificationMethod": "did:key:z6Mk#z6Mk"}
		vp := map[string]any{"type": []string{"VerifiablePresentation"}, "holder": "did:key:z6Mk", "proof": p}
		if change != nil {
			change(vp, p)
		}
		return map[string]any{"credential_configuration_id": "badge-ldp", "proofs": map[string]any{"di_vp": []any{vp}}}
	}
	for name, change := range map[string]func(vp, proof map[string]any){
		"no nonce":              func(_, p map[string]any) { delete(p, "challenge") },
		"for another purpose":   func(_, p map[string]any) { p["proofPurpose"] = "assertionMethod" },
		"a DID that is fetched": func(_, p map[string]any) { p["verificationMethod"] = "did:web:evil.example#k" },
		"with a credential":     func(vp, _ map[string]any) { vp["verifiableCredential"] = []any{map[string]any{}} },
		"without proof":         func(vp, _ map[string]any) { delete(vp, "proof") },
		"with two proofs":       func(vp, p map[string]any) { vp["proof"] = []any{p, p} },
		"that does not hold":    func(vp, _ map[string]any) { delete(vp, "holder") },
	} {
		if a := w.ask(token, order(change)); a.status != http.StatusBadRequest || a.text("error") != "invalid_proof" {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	w.ask(token, order(func(_, p map[string]any) { p["challenge"] = "made up" })).want(t, http.StatusBadRequest, "invalid_nonce")
	in := order(nil)
	w.ask(token, in).want(t, http.StatusOK, "")
	if h := w.store.issued; len(h) != 1 || h[0].ID != "did:key:z6Mk" || v.domain != base {
		t.Errorf("%+v %+v", h, v)
	}
	w.ask(token, in).want(t, http.StatusBadRequest, "invalid_nonce")
	other := order(nil)
	other["credential_configuration_id"] = jwtForm
	w.ask(w.token(jwtForm), other).want(t, http.StatusBadRequest, "invalid_proof") // not a type of that configuration
}

func TestKeyAttestations(t *testing.T) { // threat O05
	w0 := newWorld(t, offer.Unguarded)
	of, stranger := newProvider(t, w0.now), newProvider(t, w0.now)
	const typ = "key-attestation+jwt"
	fresh := func() (*world, string) {
		w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Providers: of.pool})
		return w, w.token(jwtForm)
	}
	claims := func(w *world, k ...keys.Private) map[string]any {
		var list []any
		for _, one := range k {
			list = append(list, jwkOf(t, one.Public()))
		}
		return map[string]any{"iat": w.now.Unix(), "exp": w.now.Add(time.Hour).Unix(), "nonce": w.nonce(), "attested_keys": list, "key_storage": []string{"iso_18045_high"}}
	}
	order := func(compact string) map[string]any {
		return map[string]any{"credential_configuration_id": jwtForm, "proofs": map[string]any{"attestation": []string{compact}}}
	}
	w, token := fresh()
	a := w.ask(token, order(of.says(t, typ, claims(w, w.key(), w.key(), w.key()), nil)))
	if list, _ := a.body["credentials"].([]any); a.status != http.StatusOK || len(list) != 3 {
		t.Errorf("%d %v", a.status, a.body)
	}
	w, token = fresh()
	w.ask(token, order(of.says(t, "keyattestation+jwt", claims(w, w.key()), nil))).want(t, http.StatusOK, "") // as drafts up to 15 spelt it
	for name, compact := range map[string]func(w *world) string{
		"of the wallet in place of its keys": func(w *world) string { return of.says(t, "oauth-client-attestation+jwt", claims(w, w.key()), nil) },
		"of a stranger":                      func(w *world) string { return stranger.says(t, typ, claims(w, w.key()), nil) },
		"of another typ":                     func(w *world) string { return of.says(t, "JWT", claims(w, w.key()), nil) },
		"without keys":                       func(w *world) string { return of.says(t, typ, claims(w), nil) },
		"that has ended": func(w *world) string {
			c := claims(w, w.key())
			c["exp"] = w.now.Add(-2 * time.Minute).Unix()
			return of.says(t, typ, c, nil)
		},
		"made tomorrow": func(w *world) string {
			c := claims(w, w.key())
			c["iat"] = w.now.Add(24 * time.Hour).Unix()
			return of.says(t, typ, c, nil)
		},
		"without a nonce": func(w *world) string { c := claims(w, w.key()); delete(c, "nonce"); return of.says(t, typ, c, nil) },
		"with a private key": func(w *world) string {
			c := claims(w, w.key())
			c["attested_keys"].([]any)[0].(map[string]any)["d"] = "AA"
			return of.says(t, typ, c, nil)
		},
		"without a chain": func(w *world) string {
			return of.says(t, typ, claims(w, w.key()), func(p *proof) { delete(p.header, "x5c") })
		},
		"with a bad signature": func(w *world) string { return of.says(t, typ, claims(w, w.key()), func(p *proof) { p.spoiled = true }) },
	} {
		w, token := fresh()
		if a := w.ask(token, order(compact(w))); a.status != http.StatusBadRequest || a.text("error") != "invalid_proof" {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	w0.ask(w0.token(jwtForm), order(of.says(t, typ, claims(w0, w0.key()), nil))).want(t, http.StatusBadRequest, "invalid_proof") // no authority is set
}

func TestAProofWithAKeyAttestation(t *testing.T) {
	of := newProvider(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	for name, c := range map[string]struct {
		change func(p *proof, other keys.Private)
		status int
	}{
		"names its key by itself": {func(*proof, keys.Private) {}, http.StatusOK},
		"names its key by its place": {func(p *proof, _ keys.Private) {
			delete(p.header, "jwk")
			p.header["kid"] = "0"
		}, http.StatusOK},
		"names another attested key": {func(p *proof, _ keys.Private) {
			delete(p.header, "jwk")
			p.header["kid"] = "1"
		}, http.StatusBadRequest},
		"is of a key that is not attested": {func(p *proof, other keys.Private) {
			p.key = other
			p.header["jwk"] = nil
		}, http.StatusBadRequest},
	} {
		w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Providers: of.pool})
		p, second := w.proof(w.nonce()), w.key()
		p.header["key_attestation"] = of.says(t, "key-attestation+jwt", map[string]any{
			"iat": w.now.Unix(), "attested_keys": []any{jwkOf(t, p.key.Public()), jwkOf(t, second.Public())},
		}, nil)
		other := w.key()
		c.change(&p, other)
		if v, has := p.header["jwk"]; has && v == nil {
			p.header["jwk"] = jwkOf(t, other.Public())
		}
		a := w.ask(w.token(jwtForm), request(p.compact(t)))
		list, _ := a.body["credentials"].([]any)
		if a.status != c.status || c.status == http.StatusOK && len(list) != 2 {
			t.Errorf("a proof that %s: %d %v", name, a.status, a.body)
		}
	}
}

func TestTheSwitchForOneClient(t *testing.T) {
	spoiled := func(w *world) proof {
		p := w.proof(w.nonce())
		delete(p.header, "typ")
		delete(p.claims, "iat")
		p.claims["exp"], p.claims["nbf"], p.claims["iss"] = w.now.Add(5*time.Minute).Unix(), w.now.Unix(), "did:key:z"
		return p
	}
	strict := newWorld(t, offer.Unguarded)
	a := strict.ask(strict.token(jwtForm), request(spoiled(strict).compact(t)))
	a.want(t, http.StatusBadRequest, "invalid_proof")
	if a.text("c_nonce") == "" {
		t.Error("no nonce stands beside the error")
	}
	w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Compat: func(context.Context) (openid4vci.Compat, error) {
		return openid4vci.Compat{ProofsWithoutTypeUnsafe: true}, nil
	}})
	in := request(spoiled(w).compact(t))
	in["proofs"].(map[string]any)["proof_type"] = "jwt"
	w.ask(w.token(jwtForm), in).want(t, http.StatusOK, "")
	if h := w.store.issued[0]; h.Waived != "digital-bazaar" {
		t.Errorf("what was waived is not said: %+v", h)
	}
	for name, change := range map[string]func(*world, *proof){
		"another typ":                     func(_ *world, p *proof) { p.header["typ"] = "JWT" },
		"no time at all":                  func(_ *world, p *proof) { delete(p.claims, "exp") },
		"a proof that is good for a year": func(w *world, p *proof) { p.claims["exp"] = w.now.Add(365 * 24 * time.Hour).Unix() },
		"one that has ended":              func(w *world, p *proof) { p.claims["exp"] = w.now.Add(-2 * time.Minute).Unix() },
		"another audience":                func(_ *world, p *proof) { p.claims["aud"] = "https://other.example" },
	} {
		p := spoiled(w)
		change(w, &p)
		if a := w.ask(w.token(jwtForm), request(p.compact(t))); a.status != http.StatusBadRequest || a.text("error") != "invalid_proof" {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
}

func TestTheHAIPProfile(t *testing.T) {
	if _, err := openid4vci.New(openid4vci.Config{BaseURL: base, Profile: openid4vci.HAIP}); err == nil {
		t.Error("the profile without authorities is made")
	}
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	of, stranger := newProvider(t, now), newProvider(t, now)
	w := newWorldOf(t, offer.Unguarded, openid4vci.Config{Providers: of.pool, Profile: openid4vci.HAIP})
	meta := w.send(http.MethodGet, openid4vci.ServerMetadataPath, "", "", "")
	if meta.body["require_pushed_authorization_requests"] != true || meta.body["pre-authorized_grant_anonymous_access_supported"] != false {
		t.Errorf("%v", meta.body)
	}
	a := w.send(http.MethodGet, openid4vci.OfferPath+"/"+w.claim+"/"+jwtForm, "", "", "")
	if grants, _ := a.body["grants"].(map[string]any); len(grants) != 1 || grants["authorization_code"] == nil {
		t.Errorf("%v", a.body)
	}
	w.send(http.MethodGet, openid4vci.OfferPath+"/"+w.claim+"/badge-ldp", "", "", "").wantStatus(t, http.StatusNotFound)
	instance := w.key()
	attest := func(p provider, change func(claims, pop map[string]any)) http.Header {
		claims := map[string]any{"sub": "a wallet", "exp": w.now.Add(time.Hour).Unix(), "cnf": map[string]any{"jwk": jwkOf(t, instance.Public())}}
		w.count++
		pop := proof{key: instance, header: map[string]any{"typ": "oauth-client-attestation-pop+jwt", "alg": "ES256"},
			claims: map[string]any{"iss": "a wallet", "aud": base, "iat": w.now.Unix(), "jti": "pop " + string(rune('a'+w.count))}}
		if change != nil {
			change(claims, pop.claims)
		}
		return http.Header{"Oauth-Client-Attestation": {p.says(t, "oauth-client-attestation+jwt", claims, nil)}, "Oauth-Client-Attestation-Pop": {pop.compact(t)}}
	}
	w.form(openid4vci.PushPath, w.authorization(), nil).want(t, http.StatusUnauthorized, "invalid_client")
	for name, header := range map[string]http.Header{
		"by a stranger":        attest(stranger, nil),
		"about another wallet": attest(of, func(c, _ map[string]any) { c["sub"] = "another" }),
		"without an end":       attest(of, func(c, _ map[string]any) { delete(c, "exp") }),
		"for another server":   attest(of, func(_, p map[string]any) { p["aud"] = "https://other.example" }),
		"made yesterday":       attest(of, func(_, p map[string]any) { p["iat"] = w.now.Add(-24 * time.Hour).Unix() }),
		"of another key": attest(of, func(c, _ map[string]any) {
			c["cnf"] = map[string]any{"jwk": jwkOf(t, w.key().Public())}
		}),
	} {
		if a := w.form(openid4vci.PushPath, w.authorization(), header); a.status != http.StatusUnauthorized || a.text("error") != "invalid_client" {
			t.Errorf("%s: %d %v", name, a.status, a.body)
		}
	}
	if _, err := w.api.Asked(t.Context(), w.authorization()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a request that was not pushed: %v", err)
	}
	good := attest(of, nil)
	pushed := w.form(openid4vci.PushPath, w.authorization(), good)
	pushed.want(t, http.StatusCreated, "")
	w.form(openid4vci.PushPath, w.authorization(), good).want(t, http.StatusUnauthorized, "invalid_client") // a replay
	exchange := w.exchange(w.agreed(url.Values{"client_id": {"a wallet"}, "request_uri": {pushed.text("request_uri")}}))
	w.form(openid4vci.TokenPath, exchange, nil).want(t, http.StatusUnauthorized, "invalid_client")
	w.form(openid4vci.TokenPath, exchange, attest(of, nil)).want(t, http.StatusBadRequest, "invalid_dpop_proof")
	k := w.key()
	header := attest(of, nil)
	header.Set("DPoP", w.keyProof(k, openid4vci.TokenPath, "", w.keyNonce()).compact(t))
	a = w.form(openid4vci.TokenPath, exchange, header)
	a.want(t, http.StatusOK, "")
	p := w.keyProof(k, openid4vci.CredentialPath, a.text("access_token"), w.keyNonce())
	w.askWith("DPoP", a.text("access_token"), &p).want(t, http.StatusOK, "")
	header = attest(of, nil)
	header.Set("DPoP", w.keyProof(k, openid4vci.TokenPath, "", w.keyNonce()).compact(t))
	w.form(openid4vci.TokenPath, url.Values{"grant_type": {pre}, "pre-authorized_code": {"x"}}, header).want(t, http.StatusBadRequest, "unsupported_grant_type")
}
