package sdjwt_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

var b64 = base64.RawURLEncoding

// signed makes a compact JWS with any header and payload, signed by key over exactly these bytes.
func signed(t testing.TB, key keys.Signer, header, payload string) string {
	t.Helper()
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	sig, err := key.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64.EncodeToString(sig)
}

func generate(t testing.TB, alg keys.Algorithm) keys.Private {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k.WithID("did:web:a.example#k")
}

func want(t testing.TB, err error, code string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		return
	}
	if err == nil || fault.AsDefect(err).Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func value(t testing.TB, text string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// same compares two JSON texts as data.
func same(t testing.TB, got, want []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if !reflect.DeepEqual(a, b) { // cmp takes exponential time for nested lists
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type vectors struct {
	Issuer  json.RawMessage `json:"issuer"`
	Vectors []struct {
		Name      string          `json:"name"`
		SDJWT     string          `json:"sd_jwt"`
		Processed json.RawMessage `json:"processed"`
	} `json:"vectors"`
}

func rfc9901(t testing.TB) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/rfc9901.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Vectors) != 8 {
		t.Fatalf("%d vectors, want 8", len(v.Vectors))
	}
	return v
}

// TestVectorsAreProcessed gives the payloads and disclosures of RFC 9901 another typ and, where it is missing, a vct; what
// is left after processing is what the RFC prints.
func TestVectorsAreProcessed(t *testing.T) {
	key := generate(t, keys.ES256)
	printed := 0
	for _, v := range rfc9901(t).Vectors {
		t.Run(v.Name, func(t *testing.T) {
			parts := strings.Split(v.SDJWT, "~")
			payload, err := b64.DecodeString(strings.Split(parts[0], ".")[1])
			if err != nil {
				t.Fatal(err)
			}
			head, text := `{"alg":"ES256","typ":"dc+sd-jwt"}`, string(payload)
			if !strings.Contains(text, `"vct"`) {
				text = `{"vct":"urn:x",` + text[1:]
			}
			parts[0], parts[len(parts)-1] = signed(t, key, head, text), ""
			p, err := sdjwt.Read([]byte(strings.Join(parts, "~")))
			want(t, err, "")
			want(t, p.Verify(key.Public()), "")
			if len(p.Disclosures) != len(parts)-2 {
				t.Errorf("%d disclosures, want %d", len(p.Disclosures), len(parts)-2)
			}
			if v.Processed == nil {
				return
			}
			printed++
			expected := string(v.Processed)
			if !strings.Contains(expected, `"vct"`) {
				expected = `{"vct":"urn:x",` + strings.TrimPrefix(strings.TrimSpace(expected), "{")
			}
			same(t, p.Payload(), []byte(expected))
		})
	}
	if printed != 5 {
		t.Errorf("%d processed payloads were compared, want 5", printed)
	}
}

// TestVectorOfSDJWTVC takes the SD-JWT VCs of RFC 9901 A.3 as they are, signatures and all.
func TestVectorOfSDJWTVC(t *testing.T) {
	all := rfc9901(t)
	issuer, err := keys.ParseJWK(value(t, string(all.Issuer)))
	want(t, err, "")
	taken := 0
	for _, v := range all.Vectors {
		if !strings.HasPrefix(v.Name, "A.3") {
			_, err := sdjwt.Read([]byte(v.SDJWT))
			want(t, err, "jose.typ") // example+sd-jwt
			continue
		}
		taken++
		p, err := sdjwt.Read([]byte(v.SDJWT))
		want(t, err, "")
		want(t, p.Verify(issuer), "")
		if p.VCT != "urn:eudi:pid:de:1" || p.Issuer != "https://pid-issuer.bund.de.example" || p.Until.Unix() != 1883000000 || p.VCDM {
			t.Errorf("vct %q, iss %q, until %s", p.VCT, p.Issuer, p.Until)
		}
		holder, ok := p.Holder()
		if !ok {
			t.Fatal("no holder")
		}
		expect := sdjwt.Expect{Nonce: "1234567890", Audience: "https://verifier.example.org", Now: time.Unix(boundAt, 0)}
		if !p.HasKeyBinding() {
			want(t, p.VerifyKeyBinding(holder, expect), "sdjwt.kb_missing")
			continue
		}
		want(t, p.VerifyKeyBinding(holder, expect), "")
		want(t, p.VerifyKeyBinding(issuer, expect), "sdjwt.kb_key")
	}
	if taken != 2 {
		t.Errorf("%d vectors of A.3, want 2", taken)
	}
}

// boundAt is the iat of the key binding in RFC 9901 A.3.
const boundAt = 1748536865

// TestDigests are the digests that RFC 9901 §4.2.3 and §5.1 print.
func TestDigests(t *testing.T) {
	key := generate(t, keys.ES256)
	for _, c := range []struct{ disclosure, digest, claims string }{
		{"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0", "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0", `{"vct":"x","family_name":"Möbius"}`},
		{"WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd", "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4", `{"vct":"x","given_name":"John"}`},
	} {
		text := signed(t, key, `{"alg":"ES256","typ":"dc+sd-jwt"}`, `{"vct":"x","_sd":["`+c.digest+`"]}`)
		p, err := sdjwt.Read([]byte(text + "~" + c.disclosure + "~"))
		want(t, err, "")
		same(t, p.Payload(), []byte(c.claims))
	}
}

func Example() {
	issuer, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		panic(err)
	}
	wallet, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		panic(err)
	}
	claims, err := ijson.Parse([]byte(`{"iss":"did:web:a.example","achievement":"First aid","name":"Ada","born":"1815-12-10"}`), ijson.Bounds{})
	if err != nil {
		panic(err)
	}
	signer, err := sdjwt.NewSigner(issuer.WithID("did:web:a.example#k"), sdjwt.Config{})
	if err != nil {
		panic(err)
	}
	bound := wallet.Public()
	issued, err := signer.Issue(claims, []string{"/name", "/born"}, sdjwt.Options{VCT: "https://a.example/badge", Holder: &bound})
	if err != nil {
		panic(err)
	}

	// The holder shows the name and not the date of birth.
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	text, err := sdjwt.Present(issued.Compact, []string{"/name"}, &sdjwt.Binding{Key: wallet, Nonce: "n-1", Audience: "https://v.example", At: now})
	if err != nil {
		panic(err)
	}

	// The verifier found the issuer's key by iss and kid.
	p, err := sdjwt.Read([]byte(text))
	if err != nil {
		panic(err)
	}
	holder, _ := p.Holder()
	fmt.Println(p.Verify(issuer.Public()), p.VerifyKeyBinding(holder, sdjwt.Expect{Nonce: "n-1", Audience: "https://v.example", Now: now}))
	fmt.Println(p.Claims().Member("name").Text(), p.Claims().Member("born").Kind())
	// Output:
	// <nil> <nil>
	// Ada null
}
