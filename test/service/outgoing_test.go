package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func outgoingScenarios() []scenario {
	return []scenario{
		{"N01: no input with an address makes a connection to a private one", noPrivateConnections},
		{"N04: other schemes and ports are refused", oddSchemes},
		{"S19: nothing is fetched for a credential of an issuer whom nobody trusts", nothingForStrangers},
		{"N10: what a counterpart names is fetched by the same guarded client", keysOfCounterpart},
	}
}

// canary counts the TCP connections that reach it on loopback, and answers each with nothing.
type canary struct {
	port  string
	calls atomic.Int64
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	return canaryAt(t, "127.0.0.1")
}

// canaryAt listens at another address than 127.0.0.1; 0.0.0.0 is all of this machine's.
func canaryAt(t *testing.T, address string) *canary {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{}
	_, c.port, _ = net.SplitHostPort(l.Addr().String())
	t.Cleanup(func() { _ = l.Close() })
	take := func(l net.Listener) {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.calls.Add(1)
			_ = conn.Close()
		}
	}
	go take(l)
	if six, err := net.Listen("tcp", "[::1]:"+c.port); err == nil { // not every machine has IPv6
		t.Cleanup(func() { _ = six.Close() })
		go take(six)
	}
	return c
}

// privateHosts are the ways to write an address of this machine or its network.
func privateHosts() []string {
	return []string{
		"127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
		"169.254.169.254", "100.64.0.1", "198.18.0.1", "0.0.0.0", "0", "[::]", "[fe80::1%25eth0]", "localhost", "localhost.", "LOCALHOST",
		"metadata.google.internal", "①②⑦.0.0.1", "127.0.0.1.", "user@127.0.0.1", "10.0.0.1", "192.168.0.1", "[fd00::1]",
	}
}

// key is a key pair of somebody who has only a key: did:jwk.
type key struct {
	private *ecdsa.PrivateKey
	did     string
}

func newKey(t *testing.T) key {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwk := fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, b64(point[1:33]), b64(point[33:]))
	return key{k, "did:jwk:" + b64([]byte(jwk))}
}

// credential is an Open Badge that is perfect but for whose it is and where its status stands.
func (k key) credential(t *testing.T, issuer, status string) string {
	t.Helper()
	from := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	doc := map[string]any{
		"@context":  []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":        "https://stranger.example/c/1",
		"type":      []string{"VerifiableCredential", "OpenBadgeCredential"},
		"issuer":    map[string]any{"id": issuer, "type": []string{"Profile"}, "name": "Stranger"},
		"validFrom": from.Format(time.RFC3339), "name": "Badge",
		"credentialSubject": map[string]any{
			"id": "urn:uuid:5b3d7ae3-2f0c-4b56-a6a5-2f4d1c3b2a10", "type": []string{"AchievementSubject"},
			"achievement": map[string]any{
				"id": "https://stranger.example/a/1", "type": []string{"Achievement"}, "name": "Badge", "description": "d",
				"criteria": map[string]any{"narrative": "n"},
			},
		},
		"credentialStatus": map[string]any{
			"id": status + "#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": status,
		},
		"iss": issuer, "jti": "https://stranger.example/c/1", "sub": "urn:uuid:5b3d7ae3-2f0c-4b56-a6a5-2f4d1c3b2a10", "nbf": from.Unix(),
	}
	method := issuer + "#key-1"
	if issuer == k.did {
		method = issuer + "#0"
	}
	return k.sign(t, map[string]any{"alg": "ES256", "typ": "JWT", "kid": method}, doc)
}

// sign makes a compact JWS.
func (k key) sign(t *testing.T, header, content any) string {
	t.Helper()
	parts := make([]string, 2)
	for i, v := range []any{header, content} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(text)
	}
	input := strings.Join(parts, ".")
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// carriers put an address into everything that takes one and that this program may fetch.
func carriers(t *testing.T, k key) map[string]func(scheme, authority string) map[string]string {
	t.Helper()
	unsafe := func(jws string) map[string]string {
		return map[string]string{"credential": jws, "policy": "any-issuer-unsafe"}
	}
	return map[string]func(scheme, authority string) map[string]string{
		"url": func(scheme, a string) map[string]string { return map[string]string{"url": scheme + "://" + a + "/c/1"} },
		"pasted": func(scheme, a string) map[string]string {
			return map[string]string{"credential": scheme + "://" + a + "/c/1"}
		},
		"statusList": func(scheme, a string) map[string]string {
			return unsafe(k.credential(t, k.did, scheme+"://"+a+"/status/1"))
		},
		"did:web": func(_, a string) map[string]string {
			return unsafe(k.credential(t, "did:web:"+strings.ReplaceAll(strings.ReplaceAll(a, "%", "%25"), ":", "%3A"), "https://stranger.example/status/1"))
		},
		"issuer": func(scheme, a string) map[string]string {
			return unsafe(k.credential(t, scheme+"://"+a, "https://stranger.example/status/1"))
		},
	}
}

func noPrivateConnections(t *testing.T, w *world) {
	c, k := newCanary(t), newKey(t)
	asked := 0
	for name, carry := range carriers(t, k) {
		for _, host := range privateHosts() {
			for _, scheme := range []string{"http", "https"} {
				r := w.verify(t, carry(scheme, host+":"+c.port))
				if asked++; r.Verdict == "valid" {
					t.Errorf("%s of %s://%s is valid", name, scheme, host)
				}
			}
		}
	}
	if n := c.calls.Load(); n != 0 {
		t.Errorf("%d connections to the loopback in %d verifications", n, asked)
	}
	// The twin: where the operator allows the network, each carrier does lead there, so the silence above means something.
	open := deploy(t, "", "--no-demo", "--fetch-allow", "127.0.0.0/8", "--rate-limit", "0")
	open.start(t)
	for name, carry := range carriers(t, k) {
		before := c.calls.Load()
		open.verify(t, carry("http", "127.0.0.1:"+c.port))
		if c.calls.Load() == before {
			open.verify(t, carry("https", "127.0.0.1:"+c.port))
		}
		if c.calls.Load() == before {
			t.Errorf("%s does not even connect where it may: the carrier carries nothing", name)
		}
	}
}

func oddSchemes(t *testing.T, w *world) {
	c := newCanary(t)
	open := deploy(t, "", "--no-demo", "--fetch-allow", "127.0.0.0/8", "--rate-limit", "0")
	open.start(t)
	for _, address := range []string{
		"file:///etc/hostname", "gopher://127.0.0.1:" + c.port + "/", "ftp://127.0.0.1:" + c.port + "/", "unix:///run/x.sock", "data:text/plain,x",
		"javascript:alert(1)", "//127.0.0.1:" + c.port + "/", "127.0.0.1:" + c.port, "http:127.0.0.1", "ws://127.0.0.1:" + c.port + "/", "jar:http://127.0.0.1:" + c.port + "/!/x",
	} {
		for _, member := range []string{"url", "credential"} {
			if r := open.verify(t, map[string]string{member: address}); r.Verdict == "valid" || r.check("form").Outcome == "pass" {
				t.Errorf("%s %s: %+v", member, address, r)
			}
		}
	}
	for _, address := range []string{"https://93.184.215.14:22/", "https://93.184.215.14:6379/", "http://93.184.215.14/", "http://93.184.215.14:443/"} {
		r := w.verify(t, map[string]string{"url": address})
		if code := r.check("form").Code; r.Verdict != "undecided" || code != "fetch.port" && code != "fetch.scheme" {
			t.Errorf("%s: %s, %+v", address, r.Verdict, r.check("form"))
		}
	}
	if n := c.calls.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

func nothingForStrangers(t *testing.T, _ *world) {
	c, k := newCanary(t), newKey(t)
	open := deploy(t, "", "--no-demo", "--fetch-allow", "127.0.0.0/8")
	open.start(t)
	jws := k.credential(t, k.did, "http://127.0.0.1:"+c.port+"/status/1")
	r := open.verify(t, map[string]string{"credential": jws})
	if r.Verdict != "undecided" || r.check("proof").Outcome != "pass" || r.check("trust").Outcome != "unknown" || r.check("status").Outcome != "unknown" {
		t.Errorf("a stranger's badge: %+v", r)
	}
	broken := jws[:len(jws)-10] + "AAAAAAAAAA"
	if r := open.verify(t, map[string]string{"credential": broken, "policy": "any-issuer-unsafe"}); r.Verdict != "invalid" {
		t.Errorf("a broken one: %+v", r)
	}
	if n := c.calls.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	open.verify(t, map[string]string{"credential": jws, "policy": "any-issuer-unsafe"})
	if c.calls.Load() == 0 {
		t.Error("with the danger chosen by name nothing is asked either: the test shows nothing")
	}
}

func keysOfCounterpart(t *testing.T, w *world) {
	c, k := newCanary(t), newKey(t)
	for name, header := range map[string]map[string]any{
		"jku": {"alg": "ES256", "typ": "JWT", "kid": k.did + "#0", "jku": "http://127.0.0.1:" + c.port + "/jwks"},
		"x5u": {"alg": "ES256", "typ": "JWT", "kid": k.did + "#0", "x5u": "http://127.0.0.1:" + c.port + "/cert"},
	} {
		for _, d := range []*deployment{w.deployment} {
			r := d.verify(t, map[string]string{"credential": k.sign(t, header, map[string]any{"iss": k.did}), "policy": "any-issuer-unsafe"})
			if r.Verdict != "invalid" || failed(r).Code != "jose.header_not_allowed" {
				t.Errorf("%s: %+v", name, failed(r))
			}
		}
	}
	form := url.Values{"url": {"http://127.0.0.1:" + c.port + "/c/1"}}
	got := w.ask(t, question{method: http.MethodPost, path: "/verify", body: []byte(form.Encode()), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
	if got.status >= 500 {
		t.Errorf("the page: %d", got.status)
	}
	if n := c.calls.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}
