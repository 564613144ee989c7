package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/openid4vci"
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

// authorityFile writes a file with one authority.
func authorityFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "providers.pem")
	if err := os.WriteFile(path, []byte(pemOf(newAuthority(t, "providers", nil).cert.Raw)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
