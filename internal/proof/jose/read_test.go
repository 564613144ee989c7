package jose_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

var b64 = base64.RawURLEncoding

// signed makes a compact JWS with any header and payload, signed by key over exactly these bytes.
func signed(t testing.TB, key keys.Private, header, payload string) string {
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

const payload = `{"iss":"did:web:a.example"}`

// TestReadRefusesHeaders covers the rows J01, J02, J16, J17, J19, J20, J22, J23, J31 and J32 of the threat list: the header.
func TestReadRefusesHeaders(t *testing.T) {
	key := generate(t, keys.ES256)
	private := `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`
	for _, c := range []struct{ name, header, code string }{
		{"J01 alg none", `{"alg":"none"}`, "jose.alg_not_allowed"},
		{"J02 None", `{"alg":"None"}`, "jose.alg_not_allowed"},
		{"J02 NONE", `{"alg":"NONE"}`, "jose.alg_not_allowed"},
		{"J02 nOnE", `{"alg":"nOnE"}`, "jose.alg_not_allowed"},
		{"J02 a space", `{"alg":"none "}`, "jose.alg_not_allowed"},
		{"J02 empty", `{"alg":""}`, "jose.alg_not_allowed"},
		{"J02 missing", `{"kid":"x"}`, "jose.alg_not_allowed"},
		{"J02 null", `{"alg":null}`, "jose.alg_not_allowed"},
		{"J02 an array", `{"alg":["ES256"]}`, "jose.alg_not_allowed"},
		{"J02 a number", `{"alg":0}`, "jose.alg_not_allowed"},
		{"HMAC with a public key", `{"alg":"HS256"}`, "jose.alg_not_allowed"},
		{"J25 a curve that is not taken", `{"alg":"ES256K"}`, "key.alg_mismatch"},
		{"J25 PSS with an RSA key", `{"alg":"PS256"}`, "key.alg_mismatch"},
		{"J16 a private jwk", `{"alg":"ES256","jwk":` + private + `}`, "key.private_leaked"},
		{"J17 jku", `{"alg":"ES256","jku":"https://canary.example/k"}`, "jose.header_not_allowed"},
		{"J17 x5u", `{"alg":"ES256","x5u":"https://canary.example/k"}`, "jose.header_not_allowed"},
		{"J19 crit unknown and absent", `{"alg":"ES256","crit":["exp"]}`, "jose.crit"},
		{"J19 crit unknown and present", `{"alg":"ES256","crit":["x"],"x":1}`, "jose.crit"},
		{"J19 crit empty", `{"alg":"ES256","crit":[]}`, "jose.crit"},
		{"J19 crit alg", `{"alg":"ES256","crit":["alg"]}`, "jose.crit"},
		{"J19 crit twice the same", `{"alg":"ES256","crit":["x","x"]}`, "jose.crit"},
		{"J19 crit a string", `{"alg":"ES256","crit":"b64"}`, "jose.crit"},
		{"J20 b64 alone", `{"alg":"ES256","b64":false}`, "jose.crit"},
		{"J20 b64 with crit", `{"alg":"ES256","b64":false,"crit":["b64"]}`, "jose.crit"},
		{"J22 alg twice, none first", `{"alg":"none","alg":"ES256"}`, "json.duplicate_member"},
		{"J22 alg twice, none last", `{"alg":"ES256","alg":"none"}`, "json.duplicate_member"},
		{"J22 kid twice", `{"alg":"ES256","kid":"a","kid":"b"}`, "json.duplicate_member"},
		{"J23 ALG instead", `{"ALG":"ES256"}`, "json.member_case"},
		{"J23 ALG beside", `{"alg":"ES256","ALG":"none"}`, "json.member_case"},
		{"J23 Kid beside", `{"alg":"ES256","kid":"a","Kid":"b"}`, "json.member_case"},
		{"J23 the Kelvin sign", `{"alg":"ES256","\u212Aid":"b"}`, "json.member_case"},
		{"J32 a second value", `{"alg":"ES256"}{"alg":"none"}`, "json.trailing"},
		{"J32 garbage", `{"alg":"ES256"}x`, "json.trailing"},
		{"kid not a string", `{"alg":"ES256","kid":7}`, "jose.header_not_allowed"},
		{"a member nobody knows", `{"alg":"ES256","x":1}`, "jose.header_not_allowed"},
		{"an array as header", `["ES256"]`, "jose.structure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := jose.Read([]byte(signed(t, key, c.header, payload)))
			want(t, err, c.code)
		})
	}
}

func want(t *testing.T, err error, code string) {
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

// TestReadRefusesEncodings covers the rows J10, J11, J13 and J29: the outer shape.
func TestReadRefusesEncodings(t *testing.T) {
	good := signed(t, generate(t, keys.ES256), `{"alg":"ES256","kid":"did:web:a.example#k"}`, payload)
	h, rest, _ := strings.Cut(good, ".")
	p, s, _ := strings.Cut(rest, ".")
	spare := p[:len(p)-1] + string(p[len(p)-1]+1)
	for _, c := range []struct{ name, in, code string }{
		{"the untouched twin", good, ""},
		{"J10 a line feed in the payload", h + "." + p[:5] + "\n" + p[5:] + "." + s, "jose.encoding"},
		{"J10 a carriage return in the header", h[:5] + "\r" + h[5:] + "." + p + "." + s, "jose.encoding"},
		{"J10 a tab in the signature", h + "." + p + "." + s[:5] + "\t" + s[5:], "jose.encoding"},
		{"J10 a space in front", " " + good, "jose.encoding"},
		{"J10 a line feed at the end", good + "\n", "jose.encoding"},
		{"J10 a byte order mark", "\ufeff" + good, "jose.encoding"},
		{"J11 padding", h + "." + p + "=." + s, "jose.encoding"},
		{"J11 the standard alphabet", h + "." + "+/" + p + "." + s, "jose.encoding"},
		{"spare bits in the last character", h + "." + spare + "." + s, "jose.encoding"},
		{"J13 JSON serialization", `{"payload":"` + p + `","signatures":[]}`, "jose.structure"},
		{"J29 five segments", good + ".a.b", "jose.structure"},
		{"two segments", h + "." + p, "jose.structure"},
		{"nothing", "", "jose.structure"},
		{"dots only", "..", "json.syntax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := jose.Read([]byte(c.in))
			want(t, err, c.code)
		})
	}
}

// TestVerifyRefusesSignatures covers the rows J04, J05, J07 and J25: the signature itself.
func TestVerifyRefusesSignatures(t *testing.T) {
	key, other := generate(t, keys.ES256), generate(t, keys.ES256)
	good := signed(t, key, `{"alg":"ES256"}`, payload)
	cut := strings.LastIndexByte(good, '.')
	for _, c := range []struct {
		name string
		sig  []byte
	}{
		{"J04 64 zero bytes", make([]byte, 64)},
		{"J07 no signature", nil},
		{"J07 63 bytes", make([]byte, 63)},
		{"J07 65 bytes", make([]byte, 65)},
		{"J07 96 bytes", make([]byte, 96)},
		{"J05 all bits set", []byte(strings.Repeat("\xff", 64))},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := jose.Read([]byte(good[:cut+1] + b64.EncodeToString(c.sig)))
			want(t, err, "")
			want(t, m.Verify(key.Public()), "jose.signature")
		})
	}
	m, err := jose.Read([]byte(good))
	want(t, err, "")
	want(t, m.Verify(key.Public()), "")
	want(t, m.Verify(other.Public()), "jose.signature")
	want(t, m.Verify(generate(t, keys.EdDSA).Public()), "key.alg_mismatch")
	m, err = jose.Read([]byte(signed(t, key, `{"alg":"ES384"}`, payload)))
	want(t, err, "")
	want(t, m.Verify(key.Public()), "key.alg_mismatch")
}

// TestContentTellsTheForm covers the rows J31 and D04 and the outer forms.
func TestContentTellsTheForm(t *testing.T) {
	key := generate(t, keys.EdDSA)
	v2 := `"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:x"`
	v1 := `{"@context":["https://www.w3.org/2018/credentials/v1"],"id":"urn:x"}`
	for _, c := range []struct {
		name, header, payload, code string
		form                        proof.Form
	}{
		{"an Open Badge", `{"alg":"EdDSA","typ":"JWT"}`, `{` + v2 + `}`, "", proof.OBJWT},
		{"without typ", `{"alg":"EdDSA"}`, `{` + v2 + `}`, "", proof.OBJWT},
		{"VC-JOSE-COSE", `{"alg":"EdDSA","typ":"vc+jwt"}`, `{` + v2 + `}`, "", proof.VCJWT},
		{"VCDM 1.1", `{"alg":"EdDSA","typ":"JWT"}`, `{"vc":` + v1 + `}`, "", proof.JWTVC11},
		{"another type", `{"alg":"EdDSA","typ":"at+jwt"}`, `{` + v2 + `}`, "jose.typ", ""},
		{"cty in an Open Badge", `{"alg":"EdDSA","cty":"vc"}`, `{` + v2 + `}`, "jose.header_not_allowed", ""},
		{"D04 vc beside VCDM 2 members", `{"alg":"EdDSA"}`, `{"vc":` + v1 + `,` + v2 + `}`, "vc.ambiguous", ""},
		{"a vc claim in vc+jwt", `{"alg":"EdDSA","typ":"vc+jwt"}`, `{"vc":` + v1 + `}`, "vc.ambiguous", ""},
		{"VCDM 1.1 beside the claims", `{"alg":"EdDSA","typ":"JWT"}`, v1, "vc.version", ""},
		{"VCDM 2.0 in a vc claim", `{"alg":"EdDSA"}`, `{"vc":{` + v2 + `}}`, "vc.version", ""},
		{"a presentation", `{"alg":"EdDSA"}`, `{"vp":{}}`, "vc.ambiguous", ""},
		{"J31 not JSON", `{"alg":"EdDSA"}`, `hello`, "json.syntax", ""},
		{"J31 an array", `{"alg":"EdDSA"}`, `[]`, "json.syntax", ""},
		{"J31 null", `{"alg":"EdDSA"}`, `null`, "json.syntax", ""},
		{"J31 empty", `{"alg":"EdDSA"}`, ``, "json.syntax", ""},
		{"J31 a byte order mark", `{"alg":"EdDSA"}`, "\ufeff{" + v2 + "}", "json.syntax", ""},
		{"J31 UTF-16", `{"alg":"EdDSA"}`, "\xff\xfe{\x00}\x00", "json.syntax", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := jose.Read([]byte(signed(t, key, c.header, c.payload)))
			want(t, err, "")
			got, err := m.Content()
			want(t, err, c.code)
			if err == nil && got.Form != c.form {
				t.Fatalf("form %s, want %s", got.Form, c.form)
			}
		})
	}
}

// TestCheckClaims covers the rows K01, K06 and T04.
func TestCheckClaims(t *testing.T) {
	key := generate(t, keys.EdDSA)
	doc := `"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:c","issuer":{"id":"did:web:a.example"},` +
		`"validFrom":"2026-01-01T00:00:00Z","validUntil":"2030-01-01T00:00:00Z","credentialSubject":{"id":"urn:s"}`
	good := map[string]string{"iss": `"did:web:a.example"`, "jti": `"urn:c"`, "sub": `"urn:s"`, "nbf": "1767225600", "exp": "1893456000"}
	check := func(t *testing.T, claims map[string]string) (string, []string) {
		t.Helper()
		p := "{" + doc
		for _, name := range []string{"iss", "jti", "sub", "nbf", "exp"} {
			if v, ok := claims[name]; ok {
				p += fmt.Sprintf(`,"%s":%s`, name, v)
			}
		}
		m, err := jose.Read([]byte(signed(t, key, `{"alg":"EdDSA","typ":"JWT"}`, p+"}")))
		want(t, err, "")
		c, err := m.Content()
		want(t, err, "")
		missing, wrong := c.CheckClaims()
		codes := []string{}
		for _, d := range missing {
			codes = append(codes, d.Code)
		}
		if wrong != nil {
			return fault.AsDefect(wrong).Code, codes
		}
		return "", codes
	}
	if wrong, missing := check(t, good); wrong != "" || len(missing) > 0 {
		t.Fatalf("the untouched twin: %s %v", wrong, missing)
	}
	for _, name := range []string{"iss", "jti", "sub", "nbf", "exp"} {
		t.Run("K06 without "+name, func(t *testing.T) {
			wrong, missing := check(t, without(good, name))
			if wrong != "" || len(missing) != 1 || missing[0] != "claims."+name+"_missing" {
				t.Fatalf("got %q %v", wrong, missing)
			}
		})
	}
	for _, c := range []struct{ name, claim, value, code string }{
		{"K01 iss of another", "iss", `"did:web:b.example"`, "claims.iss_mismatch"},
		{"K06 jti of another", "jti", `"urn:d"`, "claims.jti_mismatch"},
		{"K06 sub of another", "sub", `"urn:t"`, "claims.sub_mismatch"},
		{"K06 sub null", "sub", `null`, "claims.sub_mismatch"},
		{"K06 nbf a second off", "nbf", "1767225601", "claims.nbf_mismatch"},
		{"K06 exp a second off", "exp", "1893456001", "claims.exp_mismatch"},
		{"T04 a string", "nbf", `"1767225600"`, "time.syntax"},
		{"T04 a fraction", "nbf", "1767225600.5", "time.syntax"},
		{"T04 negative", "nbf", "-1", "time.syntax"},
		{"T04 1e20", "exp", "1e20", "time.syntax"},
		{"T04 an exponent", "nbf", "1767225600e0", "time.syntax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := without(good, "")
			changed[c.claim] = c.value
			if wrong, _ := check(t, changed); wrong != c.code {
				t.Fatalf("got %q, want %s", wrong, c.code)
			}
		})
	}
}

func without(m map[string]string, name string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func FuzzRead(f *testing.F) {
	key := generate(f, keys.ES256)
	f.Add([]byte(signed(f, key, `{"alg":"ES256","kid":"k"}`, payload)))
	f.Add([]byte("a.b.c"))
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := jose.Read(in)
		if err != nil {
			return
		}
		back := string(m.Input) + "." + b64.EncodeToString(m.Signature)
		if back != string(in) {
			t.Fatalf("what was read prints as %q, it was %q", back, in)
		}
	})
}
