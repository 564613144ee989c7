package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
	ask "github.com/openlaurel/laurel/verifier/request"
)

// keyPEM is a private key as a file has it.
func keyPEM(t *testing.T, k *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// The certificate for requests comes with its key from one file that nobody else may read, and the anchor stays out of what is sent.
func TestRequestCertificate(t *testing.T) {
	root := newAuthority(t, "Root", nil)
	middle := newAuthority(t, "Middle", root)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(k *ecdsa.PrivateKey) []byte {
		return middle.certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "badges.example"}, DNSNames: []string{"badges.example"}}, k.Public())
	}
	self := (&authority{key: key}).certify(t, &x509.Certificate{Subject: pkix.Name{CommonName: "badges.example"}}, key.Public())
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := pemOf(leaf(key), middle.cert.Raw, root.cert.Raw) + keyPEM(t, key)
	for name, path := range map[string]string{
		"that others may read":      write("a", good, 0o644),
		"without its key":           write("b", pemOf(leaf(key), middle.cert.Raw), 0o600),
		"with another key":          write("c", pemOf(leaf(key))+keyPEM(t, middle.key), 0o600),
		"that signed itself":        write("d", pemOf(self)+keyPEM(t, key), 0o600),
		"of an authority":           write("e", pemOf(middle.cert.Raw)+keyPEM(t, middle.key), 0o600),
		"of a key of another curve": write("f", pemOf(leaf(wide))+keyPEM(t, wide), 0o600),
		"that is none":              write("g", "certificate", 0o600),
		"that there is not":         filepath.Join(t.TempDir(), "h"),
	} {
		if _, err := readRequestCertificate(path); !fault.Is(err, fault.Invalid) {
			t.Errorf("a certificate %s: %v", name, err)
		}
	}
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RequestKey = t.TempDir(), "https://badges.example", write("good", good, 0o600)
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	for _, c := range []ask.Client{ask.X509SAN, ask.X509Hash} { // no issuer is needed
		o := ask.Order{Dialect: ask.OpenID4VP, Client: c, Encrypted: true, Question: ask.Question{Asker: "Clinic", Purpose: "Application"}}
		if err := a.asking.Usable(t.Context(), o); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	own, err := readRequestCertificate(cfg.RequestKey)
	if err != nil {
		t.Fatal(err)
	}
	s, err := requestKeys{a, nil, own}.Signing(t.Context(), ask.X509SAN)
	if err != nil || len(s.Chain) != 2 {
		t.Errorf("%d certificates, %v", len(s.Chain), err)
	}
}

// Where only those who are signed in may ask, everybody else is refused, by the page and by the API; answering needs nobody.
func TestWhoMayAskWallets(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RateLimit, cfg.MayAsk = t.TempDir(), "http://badges.example", 0, "signed-in"
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := a.access.AddToken(t.Context(), access.NewToken{Name: "desk", Scopes: []access.Scope{access.Read}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := a.access.SignInLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := a.access.Redeem(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	session := signed.Secret
	do := func(method, path, body string, header http.Header) int {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header = header
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		return w.Code
	}
	form, object := "asker=Clinic&purpose=Application", `{"asker":"Clinic","purpose":"Application"}`
	for name, c := range map[string]struct {
		method, path, body string
		header             http.Header
		want               int
	}{
		"the page, nobody":    {http.MethodGet, "/request", "", http.Header{}, http.StatusUnauthorized},
		"the form, nobody":    {http.MethodPost, "/request", form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, http.StatusUnauthorized},
		"the API, nobody":     {http.MethodPost, "/api/v1/requests", object, http.Header{"Content-Type": {"application/json"}}, http.StatusUnauthorized},
		"the API, a stranger": {http.MethodPost, "/api/v1/requests", object, http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer x"}}, http.StatusUnauthorized},
		"the page, signed in": {http.MethodGet, "/request", "", http.Header{"Cookie": {"laurel_session=" + session}}, http.StatusOK},
		"the form, signed in": {http.MethodPost, "/request", form, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"laurel_session=" + session}}, http.StatusSeeOther},
		"the API, a token":    {http.MethodPost, "/api/v1/requests", object, http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}, http.StatusCreated},
	} {
		if got := do(c.method, c.path, c.body, c.header); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
