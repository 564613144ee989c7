// Package signertest owns a remote signer for tests: the other side of internal/holder/remote, with keys in memory, a
// certificate of its own, and an end and a new beginning at the same address. It refuses nobody who knows its token.
package signertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
)

// Config changes what a Server does.
type Config struct {
	Path               string // before the names of the protocol
	ClientCertificates bool   // clients need the certificate of Client
}

// Server is a remote signer. It signs while it runs and keeps its keys while it does not.
type Server struct {
	URL   string // without Config.Path
	Token string

	config    Config
	address   string
	authority x509.Certificate
	key       *ecdsa.PrivateKey
	own       tls.Certificate

	mu     sync.Mutex
	keys   map[string]crypto.Signer
	signed int
	wrong  bool
	http   *http.Server
}

// Start starts a signer on loopback. The end of the test ends it.
func Start(t testing.TB, c Config) *Server {
	t.Helper()
	s := &Server{Token: "signer-token-1", config: c, address: "127.0.0.1:0", keys: map[string]crypto.Signer{}}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	s.authority = x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &s.authority, &s.authority, &s.key.PublicKey, s.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.authority = *cert
	s.own = s.leaf(t, x509.ExtKeyUsageServerAuth)
	s.Resume(t)
	t.Cleanup(s.Stop)
	return s
}

// Certificate is the authority that vouches for the server, and for clients.
func (s *Server) Certificate() *x509.Certificate { return &s.authority }

// Client makes a certificate that a client may show.
func (s *Server) Client(t testing.TB) tls.Certificate { return s.leaf(t, x509.ExtKeyUsageClientAuth) }

func (s *Server) leaf(t testing.TB, use x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Part of a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, &s.authority, &key.PublicKey, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Files writes what a client needs into dir: the authority, the token, and a certificate with its key.
func (s *Server) Files(t testing.TB, dir string) (authority, token, certificate string) {
	t.Helper()
	own := s.Client(t)
	der, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }
	authority, token, certificate = filepath.Join(dir, "signer-ca.pem"), filepath.Join(dir, "signer-token"), filepath.Join(dir, "signer-client.pem")
	for path, content := range map[string][]byte{
		authority: block("CERTIFICATE", s.authority.Raw), token: []byte(s.Token + "\n"),
		certificate: append(block("CERTIFICATE", own.Certificate[0]), block("PRIVATE KEY", der)...),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return authority, token, certificate
}

// Stop ends the server and every connection to it. Stopping twice is no error.
func (s *Server) Stop() { _ = s.http.Close() }

// Resume starts it again at the same address, with the same keys.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.URL = "https://" + s.address
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+s.config.Path+"/make", s.answer(s.makeKey))
	mux.HandleFunc("POST "+s.config.Path+"/public", s.answer(s.show))
	mux.HandleFunc("POST "+s.config.Path+"/sign", s.answer(s.sign))
	c := &tls.Config{Certificates: []tls.Certificate{s.own}, MinVersion: tls.VersionTLS12}
	if s.config.ClientCertificates {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		c.ClientCAs.AddCert(&s.authority)
	}
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	s.http = srv
	go func() { _ = srv.Serve(tls.NewListener(l, c)) }()
}

// Signed says how many signatures it has made.
func (s *Server) Signed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signed
}

// Spoil lets it sign something else than what it is asked to, from now on.
func (s *Server) Spoil() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = true
}

// question is a request of the protocol.
type question struct{ Key, Alg, Digest, Message string }

func (s *Server) answer(f func(question) (map[string]any, int)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+s.Token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var q question
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		out, status := f(q)
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out)
	}
}

func (s *Server) makeKey(q question) (map[string]any, int) {
	key, err := generate(keys.Algorithm(q.Alg))
	if err != nil {
		return nil, http.StatusUnprocessableEntity
	}
	name := fmt.Sprintf("key-%d", len(s.keys)+1)
	s.keys[name] = key
	return s.show(question{Key: name, Alg: q.Alg})
}

func generate(alg keys.Algorithm) (crypto.Signer, error) {
	switch alg {
	case keys.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case keys.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case keys.EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case keys.RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return nil, fmt.Errorf("no keys for %q", alg)
}

func (s *Server) show(q question) (map[string]any, int) {
	key := s.keys[q.Key]
	if key == nil {
		return nil, http.StatusNotFound
	}
	public, err := keys.NewPublic("", keys.Algorithm(q.Alg), key.Public())
	if err != nil {
		return nil, http.StatusUnprocessableEntity
	}
	return map[string]any{"key": q.Key, "jwk": json.RawMessage(public.JWK())}, http.StatusOK
}

func (s *Server) sign(q question) (map[string]any, int) {
	key, hash := s.keys[q.Key], crypto.SHA256
	text := q.Digest
	switch keys.Algorithm(q.Alg) {
	case keys.EdDSA:
		text, hash = q.Message, 0
	case keys.ES384:
		hash = crypto.SHA384
	}
	what, err := base64.RawURLEncoding.DecodeString(text)
	if key == nil || err != nil || len(what) == 0 {
		return nil, http.StatusBadRequest
	}
	if s.wrong {
		what[0] ^= 1
	}
	sig, err := key.Sign(rand.Reader, what, hash)
	if err != nil {
		return nil, http.StatusInternalServerError
	}
	s.signed++
	return map[string]any{"signature": base64.RawURLEncoding.EncodeToString(sig)}, http.StatusOK
}
