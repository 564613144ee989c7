package did_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/test/corpus"
)

const (
	edKey = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	edX   = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik"
	ecKey = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
	ecX   = "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns"
	ecY   = "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"
	ecJWK = `{"kty":"EC","crv":"P-256","x":"` + ecX + `","y":"` + ecY + `"}`
	edJWK = `{"kty":"OKP","crv":"Ed25519","x":"` + edX + `"}`
)

// code returns the code of a Defect, with "?" after it when it is Unknown.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var d *fault.Defect
	if !errors.As(err, &d) {
		t.Fatalf("not a defect: %v", err)
	}
	if d.Unknown {
		return d.Code + "?"
	}
	return d.Code
}

// site is a fetcher over a map of URLs.
type site struct {
	mu    sync.Mutex
	pages map[string]string
	age   time.Duration
	asked []string
	plain bool
	fail  map[string]string // URL → code of the failure
}

func (s *site) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, url)
	body, ok := s.pages[url]
	if !ok {
		c := s.fail[url]
		if c == "" {
			c = "fetch.status"
		}
		return nil, fault.Unclear(c, url, nil, "there is nothing")
	}
	return &fetch.Response{URL: url, Status: 200, Body: []byte(body), MaxAge: s.age}, nil
}

func (s *site) PlainHTTP(string) bool { return s.plain }

// a returns the DID document of did:web:a.example with the given members after the id.
func a(members string) string { return `{"id":"did:web:a.example"` + members + `}` }

func vm(id, typ, material string) string {
	return `{"id":"` + id + `","type":"` + typ + `","controller":"did:web:a.example",` + material + `}`
}

func TestN07DIDWebGrammar(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 125) + "com"
	for _, c := range []struct{ id, url string }{
		{"did:web:a.example", "https://a.example/.well-known/did.json"},
		{"did:web:a.example:issuers:one", "https://a.example/issuers/one/did.json"},
		{"did:web:a.example%3A8443", "https://a.example:8443/.well-known/did.json"},
		{"did:web:localhost%3A8080", "https://localhost:8080/.well-known/did.json"},
		{"did:web:a.example%3A8443:u:J.Doe_1-2", "https://a.example:8443/u/J.Doe_1-2/did.json"},
		{"did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"},
		{"did:web:a.example:...", "https://a.example/.../did.json"},
		{"did:web:xn--80ak6aa92e.example", "https://xn--80ak6aa92e.example/.well-known/did.json"}, // U09: Cyrillic, shown as it stands
		{"did:web:xn--abc-.example", ""},                                                          // U09: plain letters in disguise
		{"did:web:xn--99999999.example", ""},
		{"did:web:xn--a.example", ""},
		{"did:web:xn--.example", ""},
		{"did:web:a.xn--bcher-kvA.example", ""},
		{"did:web:" + long, "https://" + long + "/.well-known/did.json"},
		{"did:web:a.example" + strings.Repeat(":x", 16), "https://a.example" + strings.Repeat("/x", 16) + "/did.json"},
		{"did:web:", ""},
		{"did:web:A.example", ""},
		{"DID:web:a.example", ""},
		{"did:WEB:a.example", "unsupported"},
		{"did:web:a.example:..:etc", ""},
		{"did:web:a.example:.", ""},
		{"did:web:a.example:%2e%2e%2f", ""},
		{"did:web:a.example:%2E%2E", ""},
		{"did:web:a.example:x%00", ""},
		{"did:web:a.example%00", ""},
		{"did:web:a.example%2Fb", ""},
		{"did:web:a.example/b", ""},
		{"did:web:a.example?b", ""},
		{"did:web:a.example#b", ""},
		{"did:web:a.example:x#b", ""},
		{"did:web:user@a.example", ""},
		{"did:web:user%40a.example", ""},
		{"did:web:user:pw@a.example", ""},
		{"did:web:a.example:", ""},
		{"did:web:a.example::x", ""},
		{"did:web:a.example" + strings.Repeat(":x", 17), ""},
		{"did:web:a.example" + strings.Repeat(":x", 200), ""},
		{"did:web:a.example:" + strings.Repeat("x", 600), ""},
		{"did:web:a.example%3a8443", ""},
		{"did:web:a.example%3A", ""},
		{"did:web:a.example%3A0", ""},
		{"did:web:a.example%3A080", ""},
		{"did:web:a.example%3A65536", ""},
		{"did:web:a.example%3A-1", ""},
		{"did:web:a.example%3A80%3A80", ""},
		{"did:web:a.example.", ""},
		{"did:web:a..example", ""},
		{"did:web:-a.example", ""},
		{"did:web:a-.example", ""},
		{"did:web:a_b.example", ""},
		{"did:web:bücher.example", ""},
		{"did:web:a.example ", ""},
		{"did:web:a.example\n", ""},
		{"did:web:a.example:b c", ""},
		{"did:web:[%3A%3A1]", ""},
		{"did:web:127.1", ""},
		{"did:web:0x7f000001", ""},
		{"did:web:2130706433", ""},
		{"did:web:127.0.0.01", ""},
		{"did:web:127.0.0.1", ""}, // the method excludes addresses; see the closed network below
		{"did:web:a.1", ""},
		{"did:web:" + strings.Repeat("a", 64) + ".example", ""},
		{"did:web:a." + long, ""},
	} {
		s := &site{}
		_, err := did.New(did.Config{Fetch: s}).Resolve(t.Context(), c.id)
		switch c.url {
		case "":
			if code(t, err) != "did.syntax" || len(s.asked) != 0 {
				t.Errorf("%.80q: %v, asked %v", c.id, err, s.asked)
			}
		case "unsupported":
			if code(t, err) != "did.method_unsupported" || len(s.asked) != 0 {
				t.Errorf("%.80q: %v, asked %v", c.id, err, s.asked)
			}
		default:
			if code(t, err) != "did.unreachable?" || len(s.asked) != 1 || s.asked[0] != c.url {
				t.Errorf("%.80q: %v, asked %v", c.id, err, s.asked)
			}
		}
	}
}

func TestInAClosedNetworkAnAddressOrPlainHTTPWillDo(t *testing.T) {
	t.Parallel()
	doc := func(id string) string { return `{"id":"` + id + `"}` }
	for _, c := range []struct {
		name, id, url, fails string
		plain                bool
		want                 string
	}{
		{"plain http where nobody speaks TLS", "did:web:lms%3A8080", "http://lms:8080/.well-known/did.json", "fetch.tls", true, ""},
		{"plain http where nobody answers on 443", "did:web:lms", "http://lms/.well-known/did.json", "fetch.connect", true, ""},
		{"not after a bad status", "did:web:lms", "http://lms/.well-known/did.json", "fetch.status", true, "did.unreachable?"},
		{"not outside", "did:web:lms", "http://lms/.well-known/did.json", "fetch.tls", false, "did.unreachable?"},
		{"an address inside", "did:web:127.0.0.1%3A8080", "https://127.0.0.1:8080/.well-known/did.json", "", true, ""},
		{"an address outside", "did:web:127.0.0.1%3A8080", "https://127.0.0.1:8080/.well-known/did.json", "", false, "did.syntax"},
	} {
		s := &site{plain: c.plain, pages: map[string]string{c.url: doc(c.id)}, fail: map[string]string{"https" + strings.TrimPrefix(c.url, "http"): c.fails}}
		d, err := did.New(did.Config{Fetch: s}).Resolve(t.Context(), c.id)
		if code(t, err) != c.want || err == nil && (d.ID != c.id || d.Source != c.url) {
			t.Errorf("%s: %v (%v)", c.name, err, s.asked)
		}
	}
}

func TestIdentitiesOfOtherKinds(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"did:ion:EiA":                  "did.method_unsupported",
		"did:":                         "did.method_unsupported",
		"did:example":                  "did.method_unsupported",
		"":                             "did.syntax",
		"a.example":                    "did.syntax",
		"urn:uuid:1":                   "did.syntax",
		"mailto:a@a.example":           "did.syntax",
		"javascript:alert(1)":          "did.syntax",
		"http://a.example":             "did.syntax",
		"https://":                     "did.syntax",
		"https://A.example":            "did.syntax",
		"https://u@a.example":          "did.syntax",
		"https://a.example./":          "did.syntax",
		"https://a.example:0":          "did.syntax",
		"https://a.example\\@b":        "did.syntax",
		"https://127.1/":               "did.syntax",
		"https://[::1]/":               "did.syntax",
		"https://a.example /":          "did.syntax",
		"https://bücher.example":       "did.syntax",
		"https://a.example:99999":      "did.syntax",
		"https://a.example/x":          "did.unreachable?",
		"https://a.example:8443/x":     "did.unreachable?",
		"https://a.example/x?y#z":      "did.unreachable?",
		"https://a.example" + "/a/../": "did.unreachable?",
	} {
		s := &site{}
		if _, err := did.New(did.Config{Fetch: s}).Resolve(t.Context(), id); code(t, err) != want {
			t.Errorf("%q: %v", id, err)
		}
		for _, u := range s.asked {
			if u != "https://a.example/.well-known/jwks.json" && u != "https://a.example:8443/.well-known/jwks.json" {
				t.Errorf("%q asked %s", id, u)
			}
		}
	}
}

func TestParseDocument(t *testing.T) {
	t.Parallel()
	jwk := func(id string) string { return vm(id, "JsonWebKey", `"publicKeyJwk":`+ecJWK) }
	type found struct {
		ID, Controller string
		Alg            keys.Algorithm
		Purposes       did.Purpose
	}
	both := did.Assertion | did.Authentication
	for _, c := range []struct {
		name, body string
		want       []found
		broken     map[string]string // kid → code
	}{
		{
			"a JsonWebKey by an absolute reference",
			a(`,"verificationMethod":[` + jwk("did:web:a.example#k") + `],"assertionMethod":["did:web:a.example#k"]`),
			[]found{{"did:web:a.example#k", "did:web:a.example", keys.ES256, did.Assertion}}, nil,
		},
		{
			"relative fragments everywhere, a single value for an array",
			a(`,"verificationMethod":` + jwk("#k") + `,"assertionMethod":"#k","authentication":["#k"]`),
			[]found{{"did:web:a.example#k", "did:web:a.example", keys.ES256, both}}, nil,
		},
		{
			"a reference that comes before the method it names, which is embedded",
			a(`,"assertionMethod":["#k"],"authentication":[` + jwk("#k") + `]`),
			[]found{{"did:web:a.example#k", "did:web:a.example", keys.ES256, both}}, nil,
		},
		{
			"every type that is read",
			a(`,"assertionMethod":[` + strings.Join([]string{
				jwk("#1"), vm("#2", "JsonWebKey2020", `"publicKeyJwk":`+edJWK), vm("#3", "Multikey", `"publicKeyMultibase":"`+ecKey+`"`),
				vm("#4", "Ed25519VerificationKey2020", `"publicKeyMultibase":"`+edKey+`"`),
			}, ",") + `]`),
			[]found{
				{"did:web:a.example#1", "did:web:a.example", keys.ES256, did.Assertion}, {"did:web:a.example#2", "did:web:a.example", keys.EdDSA, did.Assertion},
				{"did:web:a.example#3", "did:web:a.example", keys.ES256, did.Assertion}, {"did:web:a.example#4", "did:web:a.example", keys.EdDSA, did.Assertion},
			}, nil,
		},
		{
			"K03 a key for authentication and key agreement only",
			a(`,"verificationMethod":[` + jwk("#k") + `,` + jwk("#l") + `],"authentication":["#k"],"keyAgreement":["#l"]`),
			[]found{{"did:web:a.example#k", "did:web:a.example", keys.ES256, did.Authentication}, {"did:web:a.example#l", "did:web:a.example", keys.ES256, 0}}, nil,
		},
		{
			"K04 a key controlled by somebody else is kept with its controller",
			a(`,"assertionMethod":[` + strings.Replace(jwk("#k"), `"controller":"did:web:a.example"`, `"controller":"did:web:b.example"`, 1) + `]`),
			[]found{{"did:web:a.example#k", "did:web:b.example", keys.ES256, did.Assertion}}, nil,
		},
		{
			"K04 a key with the name of somebody else's",
			a(`,"assertionMethod":[` + jwk("did:web:b.example#k") + `,` + jwk("#k") + `]`),
			[]found{{"did:web:a.example#k", "did:web:a.example", keys.ES256, did.Assertion}}, map[string]string{"did:web:b.example#k": "did.mismatch"},
		},
		{
			"two keys of one name, of which neither counts, beside a third",
			a(`,"verificationMethod":[` + jwk("#k") + `,` + vm("#k", "Multikey", `"publicKeyMultibase":"`+edKey+`"`) + `,` + jwk("#l") + `],"assertionMethod":["#k","#l"]`),
			[]found{{"did:web:a.example#l", "did:web:a.example", keys.ES256, did.Assertion}}, map[string]string{"#k": "did.ambiguous"},
		},
		{
			"one name, relative and absolute",
			a(`,"verificationMethod":[` + jwk("#k") + `],"assertionMethod":[` + jwk("did:web:a.example#k") + `]`),
			nil, map[string]string{"did:web:a.example#k": "did.ambiguous"},
		},
		{
			"an unreadable and a readable key of one name",
			a(`,"verificationMethod":[` + vm("#k", "Odd", `"x":1`) + `],"assertionMethod":[` + jwk("#k") + `]`),
			nil, map[string]string{"#k": "did.ambiguous"},
		},
		{
			"unreadable keys do not harm the others",
			a(`,"verificationMethod":[7,"#x",{},` + strings.Join([]string{
				vm("#odd", "Ed25519VerificationKey2018", `"publicKeyBase58":"4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"`),
				vm("#x", "JsonWebKey", `"publicKeyJwk":{"kty":"OKP","crv":"X25519","x":"`+edX+`"}`),
				vm("#weak", "JsonWebKey", `"publicKeyJwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}`),
				vm("#leak", "JsonWebKey", `"publicKeyJwk":`+strings.Replace(ecJWK, `{`, `{"d":"AA",`, 1)),
				vm("#leak2", "JsonWebKey", `"privateKeyJwk":{},"publicKeyJwk":`+ecJWK),
				vm("#both", "Multikey", `"publicKeyMultibase":"`+edKey+`","publicKeyJwk":`+edJWK),
				vm("#wrongtype", "Multikey", `"publicKeyJwk":`+edJWK),
				vm("#wrongkey", "Ed25519VerificationKey2020", `"publicKeyMultibase":"`+ecKey+`"`),
				vm("#when", "JsonWebKey", `"publicKeyJwk":`+ecJWK+`,"revoked":"yesterday"`),
				vm("#since", "JsonWebKey", `"publicKeyJwk":`+ecJWK+`,"expires":1767225600`),
				vm("#listed", "JsonWebKey", `"publicKeyJwk":`+ecJWK+`,"revoked":["2026-01-01T00:00:00Z"]`),
				vm("#enc", "JsonWebKey", `"publicKeyJwk":`+strings.Replace(ecJWK, `{`, `{"use":"enc",`, 1)),
				`{"id":"#nobody","type":"JsonWebKey","publicKeyJwk":` + ecJWK + `}`,
				jwk("did:web:a.example"), jwk("#good"),
			}, ",") + `],"assertionMethod":["#odd","#x","#good",5,null,"#absent"]`),
			[]found{{"did:web:a.example#good", "did:web:a.example", keys.ES256, did.Assertion}},
			map[string]string{
				"#odd": "key.unsupported", "#x": "key.unsupported", "#weak": "key.weak", "#leak": "key.private_leaked", "#leak2": "key.private_leaked",
				"#both": "did.ambiguous", "#wrongtype": "key.unsupported", "#wrongkey": "key.alg_mismatch", "#enc": "key.alg_mismatch",
				"#when": "did.malformed", "#since": "did.malformed", "#listed": "did.malformed",
				"#nobody": "did.malformed", "#absent": "key.not_bound_to_issuer", "": "key.not_bound_to_issuer", "#": "key.not_bound_to_issuer",
			},
		},
		{"no keys", a(""), nil, map[string]string{"#k": "key.not_bound_to_issuer"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := did.ParseDocument("did:web:a.example", []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			var got []found
			for _, m := range d.Methods {
				got = append(got, found{m.ID, m.Controller, m.Key.Alg, m.Purposes})
				if again, err := d.Find(m.ID); err != nil || again.ID != m.ID || again.Key.ID != m.ID {
					t.Errorf("Find(%q): %v", m.ID, err)
				}
				if _, ok := d.Holds(m.Key); !ok {
					t.Errorf("it does not hold its own key %s", m.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("methods, -want +got:\n%s", diff)
			}
			for kid, want := range c.broken {
				if _, err := d.Find(kid); code(t, err) != want {
					t.Errorf("Find(%q): %v, want %s", kid, err, want)
				}
			}
		})
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	t.Parallel()
	many := a(`,"assertionMethod":[` + strings.TrimSuffix(strings.Repeat(`"#k",`, 2100), ",") + `]`)
	for _, c := range []struct{ name, body, want string }{
		{"the twin", a(""), ""},
		{"K04 the document of somebody else", `{"id":"did:web:b.example"}`, "did.mismatch"},
		{"K07 the same host in upper case", `{"id":"did:web:A.example"}`, "did.mismatch"},
		{"K07 a default port", `{"id":"did:web:a.example%3A443"}`, "did.mismatch"},
		{"no id", `{}`, "did.malformed?"},
		{"an id that is no string", `{"id":["did:web:a.example"]}`, "did.malformed?"},
		{"an array", `[]`, "did.malformed?"},
		{"an HTML error page", `<html>`, "did.malformed?"},
		{"nothing", ``, "did.malformed?"},
		{"two ids", `{"id":"did:web:a.example","id":"did:web:a.example"}`, "did.malformed?"},
		{"something after it", a("") + "x", "did.malformed?"},
		{"too many keys", many, "limits.keys?"},
		{"nested too deep", a(`,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100)), "did.malformed?"},
	} {
		if _, err := did.ParseDocument("did:web:a.example", []byte(c.body)); code(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestFindTakesNamesOfThisDocumentOnly(t *testing.T) {
	t.Parallel()
	d, err := did.ParseDocument("did:web:a.example", []byte(a(`,"assertionMethod":[`+vm("#k", "JsonWebKey", `"publicKeyJwk":`+ecJWK)+`]`)))
	if err != nil {
		t.Fatal(err)
	}
	for kid, ok := range map[string]bool{
		"did:web:a.example#k": true, "#k": true, "k": true, "did:web:a.example": false, "did:web:b.example#k": false, "did:web:a.example#K": false,
		"did:web:a.example#k#k": false, "##k": false, "https://a.example/#k": false, "did:web:a.example%23k": false, "": false, "#": false,
	} {
		if _, err := d.Find(kid); (err == nil) != ok {
			t.Errorf("Find(%q): %v", kid, err)
		}
	}
}

func key(t testing.TB, jwk string) keys.Public {
	t.Helper()
	v, err := ijson.Parse([]byte(jwk), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.ParseJWK(v)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestHoldsPrefersTheKeyForSigningCredentials(t *testing.T) {
	t.Parallel()
	d, err := did.ParseDocument("did:web:a.example", []byte(a(`,"authentication":[`+vm("#1", "JsonWebKey", `"publicKeyJwk":`+ecJWK)+
		`],"assertionMethod":[`+vm("#2", "Multikey", `"publicKeyMultibase":"`+ecKey+`"`)+`]`)))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := d.Holds(key(t, ecJWK)); !ok || did.Fragment(m.ID) != "2" {
		t.Errorf("%+v, %v", m, ok)
	}
	if m, ok := d.Holds(key(t, edJWK)); ok {
		t.Errorf("a key that nobody published is found as %+v", m)
	}
}

func TestParseKeySet(t *testing.T) {
	t.Parallel()
	with := func(jwk, members string) string { return strings.Replace(jwk, "{", "{"+members+",", 1) }
	id := "https://a.example/issuer"
	d, err := did.ParseKeySet(id, []byte(`{"keys":[`+strings.Join([]string{
		with(ecJWK, `"kid":"1"`), with(edJWK, `"kid":"own","iss":"`+id+`"`), with(edJWK, `"kid":"foreign","iss":"https://a.example/other"`),
		with(edJWK, `"kid":"odd","iss":7`), edJWK, edJWK, with(ecJWK, `"kid":"twice"`), with(edJWK, `"kid":"twice"`),
		with(ecJWK, `"kid":"leak","d":"AA"`), with(ecJWK, `"kid":"enc","use":"enc"`), `7`, `{}`, with(ecJWK, `"kid":"https://a.example/k"`),
	}, ",")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	d.Source = "https://a.example/.well-known/jwks.json"
	for kid, want := range map[string]string{
		"1": "", "own": "", "https://a.example/k": "", d.Source + "#1": "", "foreign": "key.not_bound_to_issuer", "odd": "key.not_bound_to_issuer",
		"twice": "did.ambiguous", "leak": "key.private_leaked", "enc": "key.alg_mismatch", "": "key.not_bound_to_issuer",
		"https://b.example/.well-known/jwks.json#1": "key.not_bound_to_issuer", d.Source + "#": "key.not_bound_to_issuer",
	} {
		m, err := d.Find(kid)
		if code(t, err) != want {
			t.Errorf("Find(%q): %v", kid, err)
		}
		if err == nil && (m.Purposes != did.Assertion || m.Controller != "") {
			t.Errorf("%+v", m)
		}
	}
	if len(d.Methods) != 5 {
		t.Errorf("%d keys, want 5: two of them have no name", len(d.Methods))
	}
	for name, body := range map[string]string{
		"no keys member": `{}`, "an object": `{"keys":{}}`, "an array": `[]`, "html": `<html>`, "too many": `{"keys":[` + strings.Repeat("7,", 2048) + `7]}`,
	} {
		if _, err := did.ParseKeySet(id, []byte(body)); err == nil || !fault.AsDefect(err).Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDIDKeysOfTheCorpus(t *testing.T) {
	t.Parallel()
	r := did.New(did.Config{})
	got := map[string]int{}
	for id, want := range corpusKeys(t) {
		d, err := r.Resolve(t.Context(), id)
		if err != nil {
			got[code(t, err)]++
			continue
		}
		m := d.Methods[0]
		got[string(m.Key.Alg)]++
		if d.ID != id || len(d.Methods) != 1 || m.ID != id+"#"+did.Fragment(m.ID) || m.Controller != id || m.Purposes != did.Assertion|did.Authentication {
			t.Errorf("%s: %+v", id, d)
		}
		if !strings.Contains(want, `"`+m.ID+`"`) {
			t.Errorf("%s: the vector does not name %s", id, m.ID)
		}
	}
	want := map[string]int{"EdDSA": 5, "ES256": 3, "ES384": 2, "did.method_unsupported": 16}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// corpusKeys returns the did:key vectors: DID → the document as text.
func corpusKeys(t testing.TB) map[string]string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(corpus.Folder(t, "did-key"), "*.json"))
	if len(files) != 6 {
		t.Fatalf("%d files of did:key vectors, want 6", len(files))
	}
	out := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var docs map[string]json.RawMessage
		if err := json.Unmarshal(raw, &docs); err != nil {
			t.Fatal(err)
		}
		for id, doc := range docs {
			if strings.HasPrefix(id, "did:key:") {
				out[id] = string(doc)
			}
		}
	}
	return out
}

func TestDIDKeyAndDIDJWK(t *testing.T) {
	t.Parallel()
	enc := func(jwk string) string { return "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(jwk)) }
	for _, c := range []struct{ name, id, want string }{
		{"did:key", "did:key:" + edKey, ""},
		{"did:jwk", enc(ecJWK), ""},
		{"a did:key with a fragment", "did:key:" + edKey + "#" + edKey, "did.syntax"},
		{"a did:key of nothing", "did:key:", "did.syntax"},
		{"a did:key with a version", "did:key:1.1:" + edKey, "did.syntax"},
		{"a did:key of small order", "did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP", "key.weak"},
		{"a did:jwk of nothing", "did:jwk:", "did.syntax"},
		{"a did:jwk with padding", enc(ecJWK) + "=", "did.syntax"},
		{"a did:jwk with a fragment", enc(ecJWK) + "#0", "did.syntax"},
		{"a did:jwk that is no JSON", enc("x"), "did.syntax"},
		{"a did:jwk that is no object", enc("[]"), "did.syntax"},
		{"a did:jwk with a member twice", enc(`{"kty":"EC","kty":"EC"}`), "did.syntax"},
		{"J16 a did:jwk with its private part", enc(strings.Replace(ecJWK, "{", `{"d":"AA",`, 1)), "key.private_leaked"},
		{"J25 a did:jwk for encryption", enc(strings.Replace(ecJWK, "{", `{"use":"enc",`, 1)), "key.alg_mismatch"},
		{"a did:jwk on secp256k1", enc(strings.Replace(ecJWK, "P-256", "secp256k1", 1)), "did.method_unsupported"},
		{"a did:jwk that is too long", enc(strings.Replace(ecJWK, "{", `{"x5u":"`+strings.Repeat("a", 3000)+`",`, 1)), "did.syntax"},
	} {
		d, err := did.New(did.Config{}).Resolve(t.Context(), c.id)
		if code(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && (len(d.Methods) != 1 || d.Methods[0].Key.ID != d.Methods[0].ID) {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	d, err := did.New(did.Config{}).Resolve(t.Context(), enc(ecJWK))
	if err != nil || d.Methods[0].ID != enc(ecJWK)+"#0" {
		t.Errorf("did:jwk names its key %v (%v)", d, err)
	}
}

func TestDomain(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"did:web:a.example": "a.example", "did:web:a.example:issuers:x": "a.example", "did:web:localhost%3A8080": "localhost:8080",
		"https://a.example/x": "a.example", "https://a.example:8443": "a.example:8443", "did:key:" + edKey: "", "did:jwk:e30": "", "did:web:A.example": "",
		"did:web:a.example@b.example": "", "https://a.example@b.example/": "", "": "", "urn:uuid:1": "",
	} {
		if got := did.Domain(id); got != want {
			t.Errorf("Domain(%q) = %q, want %q", id, got, want)
		}
	}
	if did.Fragment("did:web:a.example#k") != "k" || did.Fragment("did:web:a.example") != "" {
		t.Error("Fragment")
	}
}

// The whole way, through the guarded client: a host in an allowed network that speaks plain http.
func TestResolveThroughTheGuardedClient(t *testing.T) {
	t.Parallel()
	var id string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/did+json")
		_, _ = fmt.Fprintf(w, `{"id":%q,"assertionMethod":[{"id":"#k","type":"JsonWebKey","controller":%q,"publicKeyJwk":%s}]}`, id, id, ecJWK)
	}))
	defer s.Close()
	id = "did:web:" + strings.Replace(strings.TrimPrefix(s.URL, "http://"), ":", "%3A", 1)
	r := did.New(did.Config{Fetch: fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})})
	d, err := r.Resolve(t.Context(), id)
	if err != nil || len(d.Methods) != 1 || d.Source != s.URL+"/.well-known/did.json" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := did.New(did.Config{Fetch: fetch.New(fetch.Config{})}).Resolve(t.Context(), id); code(t, err) != "did.syntax" {
		t.Errorf("outside: %v", err)
	}
}

func ExampleResolver_Resolve() {
	doc, err := did.New(did.Config{}).Resolve(context.Background(), "did:key:"+edKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(doc.Methods[0].Key.Alg, did.Fragment(doc.Methods[0].ID))
	// Output: EdDSA z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
}

// Whatever the identifier, what is asked for is on the host that Domain shows.
func FuzzResolve(f *testing.F) {
	for _, id := range []string{"did:web:a.example:x", "did:web:a.example%3A8080", "https://a.example/x", "did:key:" + edKey, "did:jwk:e30", "did:web:a..b"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		s := &site{}
		d, err := did.New(did.Config{Fetch: s}).Resolve(t.Context(), id)
		if err == nil {
			if d.ID != id || len(d.Methods) != 1 || len(s.asked) != 0 {
				t.Fatalf("%q: %+v", id, d)
			}
			return
		}
		code(t, err)
		for _, u := range s.asked {
			if domain := did.Domain(id); domain == "" || !strings.HasPrefix(u, "https://"+domain+"/") || strings.Contains(u, "..") && !strings.Contains(u, "...") {
				t.Fatalf("%q asks %s", id, u)
			}
		}
	})
}

// Whatever the document, each method is this identity's, has a key, and is found under its own name only once.
func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(a(`,"assertionMethod":[` + vm("#k", "JsonWebKey", `"publicKeyJwk":`+ecJWK) + `]`)))
	f.Add([]byte(a(`,"verificationMethod":[` + vm("#k", "Multikey", `"publicKeyMultibase":"`+edKey+`"`) + `],"authentication":["#k"]`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := did.ParseDocument("did:web:a.example", body)
		if err != nil {
			code(t, err)
			return
		}
		seen := map[string]bool{}
		for _, m := range d.Methods {
			if seen[m.ID] || !strings.HasPrefix(m.ID, d.ID+"#") || m.Controller == "" || m.Key.Key == nil {
				t.Fatalf("%+v", m)
			}
			seen[m.ID] = true
			if again, err := d.Find(m.ID); err != nil || !again.Key.Equal(m.Key) {
				t.Fatalf("%s is not found: %v", m.ID, err)
			}
		}
	})
}

// TestWhatStandsAtTheAddressIsNamed: a document that cannot be taken is refused with the place where it stands, and a did:jwk that holds
// no JSON is no identity.
func TestWhatStandsAtTheAddressIsNamed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{`{"id":"did:web:b.example"}`: "did.mismatch", `<html>`: "did.malformed?", `[]`: "did.malformed?"} {
		s := &site{pages: map[string]string{aURL: body}}
		_, err := did.New(did.Config{Fetch: s}).Resolve(t.Context(), "did:web:a.example")
		if code(t, err) != want || !strings.HasPrefix(fault.AsDefect(err).At, aURL) {
			t.Errorf("%s: %v", body, err)
		}
	}
	for text, want := range map[string]string{"{": "did.syntax", `{"kty":"EC"} {}`: "did.syntax", ecJWK: ""} {
		if _, err := did.New(did.Config{}).Resolve(t.Context(), "did:jwk:"+base64.RawURLEncoding.EncodeToString([]byte(text))); code(t, err) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestCheck: what can be looked for passes without anybody being asked.
func TestCheck(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"did:web:a.example": "", "did:web:127.0.0.1%3A8080:x": "", "did:key:" + edKey: "", "https://a.example/issuer": "", "http://10.1.2.3/": "",
		"did:web:A.example": "did.syntax", "did:web:a.example:443/x": "did.syntax", "did:key:zNonsense": "did.method_unsupported", "did:ion:x": "did.method_unsupported",
		"did:jwk:e30": "did.syntax", "a.example": "did.syntax", "": "did.syntax", "https://u@a.example": "did.syntax", "did:web:": "did.syntax",
	} {
		if err := did.Check(id); code(t, err) != want {
			t.Errorf("%q: %v, want %q", id, err, want)
		}
	}
}
