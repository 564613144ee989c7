package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/server"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/verifier/openid4vp"
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

// The log says in time that a certificate for requests ends, and that one does not hold today.
func TestTheLogWarnsOfACertificateThatEnds(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, row := range []struct {
		name        string
		from, until time.Duration
		warned      bool
	}{
		{"a year to go", -day, 365 * day, false}, {"a month to go", -day, 30 * day, false}, {"a week to go", -day, 7 * day, true},
		{"over", -9 * day, -day, true}, {"from tomorrow on", day, 365 * day, true},
	} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(row.from), NotAfter: now.Add(row.until)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		a := &app{log: slog.New(slog.NewTextHandler(&said, nil)), clock: func() time.Time { return now }}
		a.warnOfCertificate(&openid4vp.Signing{Chain: [][]byte{der}})
		a.warnOfCertificate(nil)
		if warned := strings.Count(said.String(), "level=WARN") == 1; warned != row.warned {
			t.Errorf("%s: %q", row.name, said.String())
		}
	}
}

// desk starts a server, and knows a token and a session of it.
func desk(t *testing.T, cfg config.Config) (a *app, srv *server.Server, token, session string) {
	t.Helper()
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	if srv, err = a.server(); err != nil {
		t.Fatal(err)
	}
	_, token, err = a.access.AddToken(t.Context(), access.NewToken{Name: "desk", Scopes: []access.Scope{access.Read}}, "test")
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
	return a, srv, token, signed.Secret
}

// Where only those who are signed in may ask, everybody else is refused, by the page and by the API; answering needs nobody.
func TestWhoMayAskWallets(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RateLimit, cfg.MayAsk = t.TempDir(), "http://badges.example", 0, "signed-in"
	_, srv, token, session := desk(t, cfg)
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

// W13: one address that asks and asks gets no further questions, with the time after which to try again; everybody else does: another address,
// as the proxy in front tells it, a token and a person of the console. An invented token opens no budget.
func TestOneAskerDoesNotLockOutTheOthers(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL, cfg.RateLimit, cfg.AskOpen, cfg.AskOpenToken = t.TempDir(), "http://badges.example", 0, 2, 3
	cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} // of httptest
	a, srv, token, session := desk(t, cfg)
	const theForm, theAPI = "application/x-www-form-urlencoded", "application/json"
	for _, row := range []struct {
		name, from, media, bearer, cookie string
		want                              int
	}{
		{"the first of an address", "203.0.113.5", theAPI, "", "", 201},
		{"the second, on the page", "203.0.113.5", theForm, "", "", 303},
		{"the third", "203.0.113.5", theAPI, "", "", 429},
		{"the third, on the page", "203.0.113.5", theForm, "", "", 429},
		{"with an invented token", "203.0.113.5", theAPI, "laurel_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "", 401},
		{"another address", "203.0.113.6", theAPI, "", "", 201},
		{"two of one IPv6 network, the first", "2001:db8::1", theAPI, "", "", 201},
		{"the second", "2001:db8::2", theAPI, "", "", 201},
		{"the third of it", "2001:db8::3", theAPI, "", "", 429},
		{"a token at the first address", "203.0.113.5", theAPI, token, "", 201},
		{"its second", "203.0.113.5", theAPI, token, "", 201},
		{"its third", "203.0.113.9", theAPI, token, "", 201},
		{"its fourth", "203.0.113.9", theAPI, token, "", 429},
		{"a person at the first address", "203.0.113.5", theForm, "", session, 303},
	} {
		body := map[string]string{theForm: "asker=Clinic&purpose=Application", theAPI: `{"asker":"Clinic","purpose":"Application"}`}[row.media]
		path := map[string]string{theForm: "/request", theAPI: "/api/v1/requests"}[row.media]
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", row.media)
		r.Header.Set("X-Forwarded-For", row.from)
		if row.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+row.bearer)
		}
		if row.cookie != "" {
			r.Header.Set("Cookie", "laurel_session="+row.cookie)
		}
		w := httptest.NewRecorder()
		srv.Handler().ServeHTTP(w, r)
		if w.Code != row.want {
			t.Errorf("%s: %d %s", row.name, w.Code, w.Body)
		}
		if after, err := strconv.Atoi(w.Header().Get("Retry-After")); (w.Code == 429) != (err == nil && after > 0 && after <= 600) {
			t.Errorf("%s: Retry-After %q", row.name, w.Header().Get("Retry-After"))
		}
	}
	var counted strings.Builder
	if _, err := a.metrics.WriteTo(&counted); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`laurel_wallet_requests_total{event="asked"} 9`, `laurel_wallet_requests_total{event="refused"} 4`} {
		if !strings.Contains(counted.String(), line) {
			t.Errorf("the metrics do not say %s", line)
		}
	}
}

// The versions of an achievement of ours are known by its id; nothing is known of anybody else's.
func TestEditionsOfAnAchievement(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.BaseURL = t.TempDir(), "http://badges.example"
	a, err := open(t.Context(), cfg, slog.New(slog.DiscardHandler), serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	if _, err := a.newIssuer(t.Context(), catalog.NewIssuer{Slug: "school", Name: "School", URL: "https://school.example"}); err != nil {
		t.Fatal(err)
	}
	made, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{Issuer: "school", Slug: "x", Name: "X", Description: "X.", Criteria: "X."}, "test")
	if err != nil {
		t.Fatal(err)
	}
	id := "http://badges.example/achievements/" + made.ID
	for asked, want := range map[string][]string{
		id: {id + "/1"}, id + "/1": {id + "/1"}, "http://badges.example/achievements/ach_none": nil, "http://badges.example/achievements/x": nil,
		"http://other.example/achievements/" + made.ID: nil, "urn:uuid:1": nil,
	} {
		if got, err := a.editions(t.Context(), asked); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", asked, got, err)
		}
	}
}
