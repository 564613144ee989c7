// Package oidctest owns a sign-in service for tests: an OpenID provider on this machine that signs in whoever the test says, and
// that can be made to answer wrongly, one thing at a time. It checks what a relying party sends as strictly as a real one.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client that the provider knows.
const (
	ClientID = "laurel"
	Secret   = "s3cret/+" // what must be escaped in a header is in it
)

// Person is who signs in at the provider.
type Person struct {
	Subject, Name, Email string
	Verified             any // of email_verified: true, false, a string, or nil to leave it out
	More                 map[string]any
}

// Provider is a sign-in service. Its fields may be set between requests, under Set.
type Provider struct {
	URL    string
	Person Person
	Clock  func() time.Time

	Asks     bool                        // it shows a page with a button before it sends the browser back
	Others   []Person                    // whom that page offers beside Person, by their subjects
	Away     bool                        // it answers 503 to everything
	Decline  bool                        // the person says no
	Reticent bool                        // what it knows of a person is at its userinfo endpoint only
	Names    bool                        // it names itself in its answers (RFC 9207)
	Answer   func(url.Values)            // changes what the browser brings back
	Claims   func(map[string]any)        // changes the ID token before it is signed
	Info     func(map[string]any)        // changes what the userinfo endpoint says
	Metadata func(map[string]any)        // changes what it says of itself
	Signed   func(payload []byte) string // signs ID tokens otherwise
	Key      *ecdsa.PrivateKey           // signs them
	grants   map[string]grant            // by code
	mu       sync.Mutex
}

// grant is what a code stands for.
type grant struct {
	person                     Person
	nonce, challenge, redirect string
}

// New starts a provider that ends with the test.
func New(t testing.TB) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Key: key, Clock: time.Now, Names: true, grants: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.Away {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Set changes the provider between requests.
func (p *Provider) Set(change func(p *Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) metadata(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"userinfo_endpoint": p.URL + "/userinfo", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		"authorization_response_iss_parameter_supported": p.Names,
	}
	if p.Metadata != nil {
		p.Metadata(m)
	}
	write(w, http.StatusOK, m)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.Key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

// authorize signs the person in and sends the browser back. What a relying party must send is looked at first.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": ClientID, "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			http.Error(w, fmt.Sprintf("%s is %q", name, q.Get(name)), http.StatusBadRequest)
			return
		}
	}
	if len(q.Get("code_challenge")) != 43 || len(q.Get("nonce")) < 20 || len(q.Get("state")) < 20 || !strings.Contains(" "+q.Get("scope")+" ", " openid ") {
		http.Error(w, "challenge, nonce, state or scope is missing", http.StatusBadRequest)
		return
	}
	if p.Asks && !q.Has("yes") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Sign-in service</title><h1>Sign-in service</h1><a id="yes" href="%s">Continue as %s</a>`,
			html.EscapeString(r.URL.RequestURI()+"&yes=1"), html.EscapeString(p.Person.Name))
		for _, x := range p.Others {
			_, _ = fmt.Fprintf(w, `<br><a id="%s" href="%s">Continue as %s</a>`, html.EscapeString(x.Subject),
				html.EscapeString(r.URL.RequestURI()+"&yes="+url.QueryEscape(x.Subject)), html.EscapeString(x.Name))
		}
		return
	}
	who := p.Person
	for _, x := range p.Others {
		if x.Subject == q.Get("yes") {
			who = x
		}
	}
	back := url.Values{"state": {q.Get("state")}}
	if p.Names {
		back.Set("iss", p.URL)
	}
	if p.Decline {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		p.grants[code] = grant{who, q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
		back.Set("code", code)
	}
	if p.Answer != nil {
		p.Answer(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound) //nolint:gosec // a service for tests
}

// token redeems a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id != ClientID || secret != Secret {
		write(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	g, ok := p.grants[r.PostFormValue("code")]
	delete(p.grants, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) || g.redirect != r.PostFormValue("redirect_uri") ||
		r.PostFormValue("grant_type") != "authorization_code" {
		write(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access := "access-" + rand.Text()
	p.grants[access] = g
	raw, err := p.idToken(g, access)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}

func (p *Provider) idToken(g grant, access string) (string, error) {
	now, sum := p.Clock(), sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": p.URL, "sub": g.person.Subject, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": g.nonce,
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]),
	}
	if !p.Reticent {
		maps.Copy(claims, g.person.claims())
	}
	if p.Claims != nil {
		p.Claims(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	if p.Signed != nil {
		return p.Signed(payload), nil
	}
	return Sign(jose.ES256, p.Key, payload)
}

// Sign makes a compact JWS with the key id of the provider's key.
func Sign(alg jose.SignatureAlgorithm, key any, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func (x Person) claims() map[string]any {
	out := map[string]any{"name": x.Name, "email": x.Email}
	if x.Verified != nil {
		out["email_verified"] = x.Verified
	}
	maps.Copy(out, x.More)
	return out
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	g, ok := p.grants[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	claims := g.person.claims()
	claims["sub"] = g.person.Subject
	if p.Info != nil {
		p.Info(claims)
	}
	write(w, http.StatusOK, claims)
}
