package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/oidc"
	"github.com/openlaurel/laurel/internal/oidc/oidctest"
)

const back = "https://badges.example/console/sign-in/sso/back"

func loopback() *fetch.Client {
	return fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

func amina() oidctest.Person {
	return oidctest.Person{Subject: "u-17", Name: "Amina Otieno", Email: "amina@school.example", Verified: true}
}

// client makes a relying party of the provider; change may spoil its configuration.
func client(p *oidctest.Provider, change func(*oidc.Config)) *oidc.Client {
	out := loopback()
	c := oidc.Config{Issuer: p.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Redirect: back, HTTP: out.HTTP(), PlainHTTP: out.PlainHTTP,
		Clock: func() time.Time { return p.Clock() }}
	if change != nil {
		change(&c)
	}
	return oidc.New(c)
}

// walk sends a browser to the provider and returns with what it brings back.
func walk(t *testing.T, address string) url.Values {
	t.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	at, err := res.Location()
	if err != nil || !strings.HasPrefix(at.String(), back) {
		t.Fatalf("the provider answers %d and sends the browser to %v", res.StatusCode, at)
	}
	return at.Query()
}

func signIn(t *testing.T, c *oidc.Client) (oidc.Identity, error) {
	t.Helper()
	address, keep, err := c.Begin(t.Context(), "a-state-of-twenty-characters")
	if err != nil {
		return oidc.Identity{}, err
	}
	q := walk(t, address)
	if q.Get("state") != "a-state-of-twenty-characters" {
		t.Errorf("state %q", q.Get("state"))
	}
	return c.End(t.Context(), keep, q)
}

func TestWhoSignsInIsNamed(t *testing.T) {
	tests := []struct {
		name   string
		set    func(*oidctest.Provider)
		verify bool
	}{
		{"with everything in the ID token", func(*oidctest.Provider) {}, true},
		{"with the claims at the userinfo endpoint", func(p *oidctest.Provider) { p.Reticent = true }, true},
		{"a service that names itself nowhere", func(p *oidctest.Provider) { p.Names = false }, true},
		{"an address of which nothing is said", func(p *oidctest.Provider) { p.Person.Verified = nil }, false},
		{"an address that is not known to be theirs", func(p *oidctest.Provider) { p.Person.Verified = false }, false},
		{"what is known as a text", func(p *oidctest.Provider) { p.Person.Verified = "true" }, true},
		{"what is no answer to whether it is known", func(p *oidctest.Provider) {
			p.Claims, p.Info = func(c map[string]any) { c["email_verified"] = 1 }, func(c map[string]any) { delete(c, "email_verified") }
		}, false},
		{"without at_hash", func(p *oidctest.Provider) { p.Claims = func(c map[string]any) { delete(c, "at_hash") } }, true},
		{"for two clients of which we are the one that asked", func(p *oidctest.Provider) {
			p.Claims = func(c map[string]any) { c["aud"], c["azp"] = []string{"other", oidctest.ClientID}, oidctest.ClientID }
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := oidctest.New(t)
			p.Person = amina()
			tt.set(p)
			got, err := signIn(t, client(p, nil))
			if err != nil {
				t.Fatal(err)
			}
			if got.Issuer != p.URL || got.Subject != "u-17" || got.Name != "Amina Otieno" || got.Email != "amina@school.example" || got.Verified != tt.verify {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAnIDTokenThatDoesNotHoldIsRefused(t *testing.T) { // W15
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, v any) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) { p.Claims = func(c map[string]any) { c[name] = v } }
	}
	signed := func(sign func([]byte) (string, error)) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) {
			p.Signed = func(payload []byte) string { s, _ := sign(payload); return s }
		}
	}
	hour := time.Hour
	tests := map[string]func(*oidctest.Provider){
		"another nonce":          claim("nonce", "another-nonce-that-was-not-sent"),
		"no nonce":               func(p *oidctest.Provider) { p.Claims = func(c map[string]any) { delete(c, "nonce") } },
		"another issuer":         claim("iss", "https://login.evil.example"),
		"an issuer with a slash": func(p *oidctest.Provider) { p.Claims = func(c map[string]any) { c["iss"] = p.URL + "/" } },
		"for another client":     claim("aud", "another"),
		"for two, and no azp":    claim("aud", []string{"another", oidctest.ClientID}),
		"azp is another client":  claim("azp", "another"),
		"expired":                claim("exp", time.Now().Add(-time.Second).Unix()),
		"without an end":         func(p *oidctest.Provider) { p.Claims = func(c map[string]any) { delete(c, "exp") } },
		"from the future":        claim("iat", time.Now().Add(hour).Unix()),
		"not valid yet":          claim("nbf", time.Now().Add(hour).Unix()),
		"another access token":   claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"no subject":             claim("sub", ""),
		"an endless subject":     claim("sub", strings.Repeat("x", 256)),
		"a stranger's key":       signed(func(b []byte) (string, error) { return oidctest.Sign(jose.ES256, stranger, b) }),
		"the client's secret": signed(func(b []byte) (string, error) {
			return oidctest.Sign(jose.HS256, []byte(strings.Repeat(oidctest.Secret, 8)), b)
		}),
		"no signature, alg none":   signed(none),
		"alg none behind a dot":    signed(func(b []byte) (string, error) { s, err := none(b); return s + "AAAA", err }),
		"no token but a word":      signed(func([]byte) (string, error) { return "word", nil }),
		"no token":                 signed(func([]byte) (string, error) { return "", nil }),
		"userinfo of another":      func(p *oidctest.Provider) { p.Info = func(c map[string]any) { c["sub"] = "u-18" } },
		"a code that is not known": func(p *oidctest.Provider) { p.Answer = func(q url.Values) { q.Set("code", "guess") } },
		"no code":                  func(p *oidctest.Provider) { p.Answer = func(q url.Values) { q.Del("code") } },
		"two codes":                func(p *oidctest.Provider) { p.Answer = func(q url.Values) { q.Add("code", "guess") } },
		"an answer of another": func(p *oidctest.Provider) {
			p.Answer = func(q url.Values) { q.Set("iss", "https://login.evil.example") }
		},
		"an answer of nobody":     func(p *oidctest.Provider) { p.Answer = func(q url.Values) { q.Del("iss") } },
		"an error of the service": func(p *oidctest.Provider) { p.Answer = func(q url.Values) { q.Set("error", "server_error") } },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			p.Person = amina()
			spoil(p)
			got, err := signIn(t, client(p, nil))
			if d := fault.Describe(err); d.Kind != fault.Unauthorized || d.Code != "signon.refused" || got.Subject != "" {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func none(payload []byte) (string, error) {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"none","kid":"k1"}`)) + "." + enc(payload) + ".", nil
}

func TestACodeIsRedeemedOnceAndByWhoBegan(t *testing.T) { // W15
	p := oidctest.New(t)
	p.Person = amina()
	c := client(p, nil)
	begin := func() (url.Values, []byte) {
		address, keep, err := c.Begin(t.Context(), "a-state-of-twenty-characters")
		if err != nil {
			t.Fatal(err)
		}
		return walk(t, address), keep
	}
	q, keep := begin()
	if _, err := c.End(t.Context(), keep, q); err != nil {
		t.Fatal(err)
	}
	if _, err := c.End(t.Context(), keep, q); fault.Describe(err).Code != "signon.refused" {
		t.Errorf("the code again: %v", err)
	}
	mine, _ := begin()
	_, theirs := begin()
	if _, err := c.End(t.Context(), theirs, mine); fault.Describe(err).Code != "signon.refused" {
		t.Errorf("a code with another's verifier: %v", err)
	}
}

func TestWhoDeclinesIsToldSo(t *testing.T) {
	p := oidctest.New(t)
	p.Decline = true
	if _, err := signIn(t, client(p, nil)); !fault.Is(err, fault.Forbidden) || fault.Describe(err).Code != "signon.declined" {
		t.Errorf("%v", err)
	}
}

func TestAServiceThatIsAway(t *testing.T) {
	says := func(name string, v any) func(*oidctest.Provider) {
		return func(p *oidctest.Provider) { p.Metadata = func(m map[string]any) { m[name] = v } }
	}
	tests := []struct {
		name   string
		set    func(*oidctest.Provider)
		config func(*oidc.Config)
	}{
		{"it answers 503", func(p *oidctest.Provider) { p.Away = true }, nil},
		{"it says that it is another", says("issuer", "https://login.evil.example"), nil},
		{"it says too much", says("padding", strings.Repeat("x", 1<<20)), nil},
		{"its page is a script", says("authorization_endpoint", "javascript:alert(1)"), nil},
		{"its page is plain http elsewhere", says("authorization_endpoint", "http://192.0.2.1/authorize"), nil},
		{"its keys are nowhere", says("jwks_uri", ""), nil},
		{"its network is not allowed", func(*oidctest.Provider) {}, func(c *oidc.Config) { c.HTTP = fetch.New(fetch.Config{}).HTTP() }},
		{"Laurel works offline", func(*oidctest.Provider) {}, func(c *oidc.Config) { c.HTTP = fetch.New(fetch.Config{Offline: true}).HTTP() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := oidctest.New(t)
			tt.set(p)
			if _, _, err := client(p, tt.config).Begin(t.Context(), "a-state-of-twenty-characters"); !fault.Is(err, fault.Unavailable) ||
				fault.Describe(err).Code != "signon.away" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAServiceIsAskedAgainWhenItIsBack(t *testing.T) {
	p, now := oidctest.New(t), time.Now()
	p.Person, p.Clock, p.Away = amina(), func() time.Time { return now }, true
	c := client(p, nil)
	if _, err := signIn(t, c); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v", err)
	}
	p.Set(func(p *oidctest.Provider) { p.Away = false })
	if _, err := signIn(t, c); !fault.Is(err, fault.Unavailable) {
		t.Errorf("asked again at once: %v", err)
	}
	now = now.Add(5 * time.Second)
	if _, err := signIn(t, c); err != nil {
		t.Errorf("after five seconds: %v", err)
	}
	p.Set(func(p *oidctest.Provider) {
		p.Key, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	})
	if _, err := signIn(t, c); err != nil {
		t.Errorf("after its key has changed: %v", err)
	}
}
