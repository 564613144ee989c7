package remote_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/holder/remote"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/test/signertest"
)

func open(t testing.TB, s *signertest.Server, change func(*remote.Config)) *remote.Signer {
	t.Helper()
	c := remote.Config{URL: s.URL + "/v1/", Token: s.Token, Authorities: x509.NewCertPool()}
	c.Authorities.AddCert(s.Certificate())
	if change != nil {
		change(&c)
	}
	r, err := remote.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeysOfEachKindAreMadeFoundAndSign(t *testing.T) {
	s := signertest.Start(t, signertest.Config{Path: "/v1"})
	r := open(t, s, nil)
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA, keys.RS256} {
		name, made, err := r.Make(t.Context(), alg)
		if err != nil {
			t.Fatal(alg, err)
		}
		found, err := r.Find(t.Context(), name, alg)
		if err != nil || !found.(interface{ Equal(crypto.PublicKey) bool }).Equal(made) {
			t.Errorf("%s: found %v, %v", alg, found, err)
		}
		public, err := keys.NewPublic("k", alg, found)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := keys.NewSigner("k", alg, r.Open(name, public))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := signer.Sign([]byte("what is signed"))
		if err == nil {
			err = public.Verify([]byte("what is signed"), sig)
		}
		if err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestWhatTheSignerDoesNotHaveIsSaid(t *testing.T) {
	r := open(t, signertest.Start(t, signertest.Config{Path: "/v1"}), nil)
	if _, err := r.Find(t.Context(), "nothing", keys.ES256); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown key: %v", err)
	}
	if _, _, err := r.Make(t.Context(), "ES256K"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown algorithm: %v", err)
	}
}

func TestBothSidesAreKnownToEachOther(t *testing.T) {
	s := signertest.Start(t, signertest.Config{Path: "/v1", ClientCertificates: true})
	own := s.Client(t)
	for name, tt := range map[string]struct {
		change func(*remote.Config)
		works  bool
	}{
		"token and certificate": {func(c *remote.Config) { c.Certificate = []tls.Certificate{own} }, true},
		"no certificate":        {nil, false},
		"another token":         {func(c *remote.Config) { c.Certificate, c.Token = []tls.Certificate{own}, "other" }, false},
		"no token":              {func(c *remote.Config) { c.Certificate, c.Token = []tls.Certificate{own}, "" }, false},
		"an authority of the signer that is not ours": {func(c *remote.Config) {
			c.Certificate, c.Authorities = []tls.Certificate{own}, x509.NewCertPool()
		}, false},
		"the authorities of the operating system": {func(c *remote.Config) { c.Certificate, c.Authorities = []tls.Certificate{own}, nil }, false},
	} {
		_, _, err := open(t, s, tt.change).Make(t.Context(), keys.ES256)
		if (err == nil) != tt.works || err != nil && !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, url := range []string{
		"", "http://signer.example", "https://", "https://user@signer.example", "https://signer.example?x=1", "https://signer.example#x", "ftp://signer.example",
		"https://:8443", "//signer.example",
	} {
		if _, err := remote.New(remote.Config{URL: url}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, token := range []string{"a b", "a\nb", "ä"} {
		if _, err := remote.New(remote.Config{URL: "https://signer.example", Token: token}); !fault.Is(err, fault.Invalid) {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	elsewhere := int32(0)
	answer := atomic.Value{}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			atomic.AddInt32(&elsewhere, 1)
		}
		_, _ = io.Copy(io.Discard, r.Body) // or the handler does not learn that the client has gone
		answer.Load().(http.HandlerFunc)(w, r)
	}))
	t.Cleanup(srv.Close)
	c := remote.Config{URL: srv.URL, Authorities: x509.NewCertPool(), Timeout: 300 * time.Millisecond}
	c.Authorities.AddCert(srv.Certificate())
	r, err := remote.New(c)
	if err != nil {
		t.Fatal(err)
	}
	private, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := r.Open("k", private.Public())
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, s) }
	}
	sign := func(h http.HandlerFunc) error {
		answer.Store(h)
		_, err := signer.Sign(nil, []byte("message"), crypto.Hash(0))
		return err
	}
	if err := sign(text(`{"signature":"AAAA","note":"others may be there"}`)); err != nil {
		t.Errorf("a good answer: %v", err)
	}
	for name, h := range map[string]http.HandlerFunc{
		"nothing":                text(""),
		"no JSON":                text("AAAA"),
		"a list":                 text(`["AAAA"]`),
		"no signature":           text(`{}`),
		"an empty signature":     text(`{"signature":""}`),
		"a number":               text(`{"signature":1}`),
		"padding":                text(`{"signature":"AAA="}`),
		"spare bits":             text(`{"signature":"AAB"}`),
		"two of the same name":   text(`{"signature":"AAAA","signature":"AAAA"}`),
		"something behind it":    text(`{"signature":"AAAA"}{}`),
		"an answer that is long": text(`{"signature":"AAAA","x":"` + strings.Repeat("x", 20<<10) + `"}`),
		"an answer without an end": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, `{"signature":"AAAA"`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"an answer that is late": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"an error": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprint(w, `{"signature":"AAAA"}`)
		},
	} {
		if err := sign(h); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if elsewhere != 0 {
		t.Error("the redirect was followed")
	}
	answer.Store(text(`{"key":"k","jwk":{"kty":"OKP","crv":"Ed25519","x":"AA"}}`))
	if _, _, err := r.Make(t.Context(), keys.EdDSA); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a public key that is none: %v", err)
	}
}

// Whatever a signer answers, it is a signature, or an error; never a panic.
func FuzzAnswer(f *testing.F) {
	body := atomic.Value{}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body.Load().([]byte)) }))
	f.Cleanup(srv.Close)
	c := remote.Config{URL: srv.URL, Authorities: x509.NewCertPool()}
	c.Authorities.AddCert(srv.Certificate())
	r, err := remote.New(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"signature":"AAAA"}`))
	f.Add([]byte(`{"key":"k","jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		body.Store(append([]byte{}, answer...))
		if name, public, err := r.Make(t.Context(), keys.EdDSA); err == nil {
			if _, err := keys.NewPublic(name, keys.EdDSA, public); err != nil && fault.AsDefect(err) == nil {
				t.Errorf("%q gives a key that is none: %v", answer, err)
			}
		}
		if sig, err := r.Open("k", keys.Public{}).Sign(nil, []byte("m"), crypto.Hash(0)); err == nil && len(sig) == 0 {
			t.Errorf("%q gives no signature", answer)
		}
	})
}

func ExampleNew() {
	_, err := remote.New(remote.Config{URL: "http://signer.example"})
	fmt.Println(fault.Describe(err).Sentence)
	// Output: the address of the signer is not of the form https://host:port/path
}
