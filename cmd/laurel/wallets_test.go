package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/verifier"
)

// TestK19SignedMetadataIsTiedToTheHost: a wallet can tie the key of signed metadata to the address that it asked.
func TestK19SignedMetadataIsTiedToTheHost(t *testing.T) {
	x := newExchange(t)
	r := httptest.NewRequest(http.MethodGet, openid4vci.IssuerMetadataPath, nil)
	r.Header.Set("Accept", "application/jwt")
	w := httptest.NewRecorder()
	x.handler.ServeHTTP(w, r)
	m, err := jose.ReadMembers(w.Body.Bytes(), "alg", "kid", "typ")
	if err != nil || w.Header().Get("Content-Type") != "application/jwt" || m.Header.Type != openid4vci.MetadataType {
		t.Fatalf("%d %v %v", w.Code, w.Header(), err)
	}
	id, _, _ := strings.Cut(m.Header.KeyID, "#")
	if id != x.app.hostDID() && !strings.HasPrefix(id, x.app.hostDID()+":") {
		t.Errorf("the key is that of %s, the host is %s", id, x.app.hostDID())
	}
	doc, err := x.app.resolver.Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	method, err := doc.Find(m.Header.KeyID)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Verify(method.Key); err != nil {
		t.Error(err)
	}
	c, err := ijson.Parse(m.Payload, ijson.Bounds{})
	if err != nil || c.Member("sub").Text() != x.app.base || c.Member("credential_issuer").Text() != x.app.base {
		t.Errorf("%s %v", m.Payload, err)
	}
}

// post sends a request of a wallet and reads the answer.
func (x *exchanging) post(path, media, token, body string) (int, ijson.Value) {
	x.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	x.handler.ServeHTTP(w, r)
	v, err := ijson.Parse(w.Body.Bytes(), ijson.Bounds{})
	if err != nil {
		x.t.Fatalf("%s: %d %q", path, w.Code, w.Body)
	}
	return w.Code, v
}

// order is a credential request of a wallet with that key.
func (x *exchanging) order(k keys.Private) string {
	x.t.Helper()
	_, v := x.post(openid4vci.NoncePath, "application/json", "", "")
	claims := `{"aud":"` + x.app.base + `","iat":` + strconv.FormatInt(time.Now().Unix(), 10) + `,"nonce":"` + v.Member("c_nonce").Text() + `"}`
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(`{"alg":"ES256","typ":"openid4vci-proof+jwt","jwk":`+string(k.Public().JWK())+`}`)) + "." + enc.EncodeToString([]byte(claims))
	sig, err := k.Sign([]byte(input))
	if err != nil {
		x.t.Fatal(err)
	}
	return `{"credential_configuration_id":"badge-sdjwt","proofs":{"jwt":["` + input + "." + enc.EncodeToString(sig) + `"]}}`
}

// TestAnOrderWaitsWhileIssuingIsStopped: the wallet gets its badge by the same token when issuing goes on, and nobody else does.
func TestAnOrderWaitsWhileIssuingIsStopped(t *testing.T) {
	x := newExchange(t)
	key, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, offered := x.send(http.MethodGet, openid4vci.OfferPath+"/"+x.code+"/badge-sdjwt", "")
	const pre = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
	code := offered.Member("grants").Member(pre).Member("pre-authorized_code").Text()
	_, granted := x.post(openid4vci.TokenPath, "application/x-www-form-urlencoded", "", "grant_type="+pre+"&pre-authorized_code="+code)
	token := granted.Member("access_token").Text()
	if err := x.app.signlog.Stop(t.Context(), signlog.Stop{Actor: "test", Reason: "A signer is down."}); err != nil {
		t.Fatal(err)
	}
	status, waits := x.post(openid4vci.CredentialPath, "application/json", token, x.order(key))
	id := waits.Member("transaction_id").Text()
	if status != http.StatusAccepted || id == "" {
		t.Fatalf("%d %s", status, ijson.Append(nil, waits))
	}
	ask := `{"transaction_id":"` + id + `"}`
	if status, again := x.post(openid4vci.DeferredPath, "application/json", token, ask); status != http.StatusAccepted || again.Member("transaction_id").Text() != id {
		t.Errorf("while it is stopped: %d %s", status, ijson.Append(nil, again))
	}
	if err := x.app.signlog.Resume(t.Context(), "", "test"); err != nil {
		t.Fatal(err)
	}
	status, got := x.post(openid4vci.DeferredPath, "application/json", token, ask)
	list := got.Member("credentials").Elems()
	if status != http.StatusOK || len(list) != 1 {
		t.Fatalf("%d %s", status, ijson.Append(nil, got))
	}
	r := x.app.verifier.Check(t.Context(), verifier.Input{Text: list[0].Member("credential").Text()}, verifier.Policy{})
	if r.Verdict != verifier.Valid {
		t.Errorf("%s: %+v", r.Verdict, r.Checks)
	}
}

func TestTheHAIPProfileNeedsItsFiles(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"neither":                  func(*config.Config) {},
		"no file of certificates":  func(c *config.Config) { c.WalletProviders = authorityFile(t) },
		"a file that is not there": func(c *config.Config) { c.WalletProviders = "absent.pem" },
	} {
		cfg := config.Default()
		cfg.Data, cfg.BaseURL, cfg.HAIP = t.TempDir(), "https://badges.example", true
		change(&cfg)
		a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), working)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = a.close()
		}
	}
}

func TestTheHAIPProfileStartsWithThem(t *testing.T) {
	above := newAuthority(t, "authority", nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := above.certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "issuer"}}, key.Public())
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.HAIP, cfg.WalletProviders = t.TempDir(), "https://badges.example", true, authorityFile(t)
	cfg.Certificates = filepath.Join(t.TempDir(), "chain.pem")
	if err := os.WriteFile(cfg.Certificates, []byte(pemOf(leaf)), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), working)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	links := walletLinks{a}
	for choice, want := range map[string]bool{"badge-sdjwt": true, "badge-ldp": false, "badge-jwt11": false, "lcw": true, "other": true} {
		if links.Has(choice) != want {
			t.Errorf("%s: %v", choice, !want)
		}
	}
	if link, err := links.Link(t.Context(), "code", "badge-sdjwt"); err != nil || !strings.HasPrefix(link, "haip-vci://?credential_offer_uri=https%3A%2F%2Fbadges.example%2F") {
		t.Errorf("%q %v", link, err)
	}
}

// authorityFile writes a file with one authority.
func authorityFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "providers.pem")
	if err := os.WriteFile(path, []byte(pemOf(newAuthority(t, "providers", nil).cert.Raw)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
