package npmtest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/test/npmtest"
)

// The tests here show that the scripts can say no: a cross-check that always agrees is worth nothing.

type verification struct {
	OK       bool     `json:"ok"`
	Problems []string `json:"problems"`
}

type issued struct {
	JWT string          `json:"jwt"`
	JWK json.RawMessage `json:"jwk"`
}

func credential() map[string]any {
	return map[string]any{
		"@context":          []string{"https://www.w3.org/ns/credentials/v2"},
		"id":                "urn:uuid:5f1c1a3e-0d2f-4c58-9a55-2f4a1e3b7c10",
		"type":              []string{"VerifiableCredential"},
		"issuer":            map[string]any{"id": "did:web:school.example"},
		"validFrom":         "2026-01-02T03:04:05Z",
		"validUntil":        "2036-01-02T03:04:05Z",
		"credentialSubject": map[string]any{"id": "did:key:z6Mkexample"},
	}
}

func issue(t *testing.T, in map[string]any) issued {
	t.Helper()
	var out issued
	base := map[string]any{"alg": "ES256", "kid": "did:web:school.example#key-1", "credential": credential()}
	for name, value := range in {
		base[name] = value
	}
	npmtest.Run(t, "issue-jose.mjs", base, &out)
	return out
}

func verify(t *testing.T, jwt string, key json.RawMessage) verification {
	t.Helper()
	var out verification
	npmtest.Run(t, "verify-jose.mjs", map[string]any{"jwt": jwt, "jwks": map[string]any{"keys": []any{key}}}, &out)
	return out
}

func TestVerifyJOSEAcceptsWhatIssueJOSEMakes(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		got := issue(t, map[string]any{"alg": alg})
		if v := verify(t, got.JWT, got.JWK); !v.OK {
			t.Errorf("%s: %q", alg, v.Problems)
		}
	}
}

func TestVerifyJOSERefuses(t *testing.T) {
	tests := []struct {
		name string
		in   map[string]any
		want string
	}{
		{"another typ", map[string]any{"header": map[string]any{"typ": "vc+jwt"}}, "typ is vc+jwt"},
		{"a header member more", map[string]any{"header": map[string]any{"cty": "vc"}}, "header member cty"},
		{"iss of another issuer", map[string]any{"claims": map[string]any{"iss": "did:web:other.example"}}, "claim iss"},
		{"no sub", map[string]any{"claims": map[string]any{"sub": nil}}, "claim sub"},
		{"nbf beside validFrom", map[string]any{"claims": map[string]any{"nbf": 1}}, "claim nbf"},
		{"no exp beside validUntil", map[string]any{"claims": map[string]any{"exp": nil}}, "claim exp"},
		{"a vc claim", map[string]any{"claims": map[string]any{"vc": map[string]any{}}}, "vc claim"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := issue(t, tt.in)
			v := verify(t, got.JWT, got.JWK)
			if v.OK || !strings.Contains(strings.Join(v.Problems, "\n"), tt.want) {
				t.Errorf("ok %v, problems %q, want %q", v.OK, v.Problems, tt.want)
			}
		})
	}
	t.Run("a payload changed after signing", func(t *testing.T) {
		got := issue(t, nil)
		parts := strings.Split(got.JWT, ".")
		other := strings.Split(issue(t, map[string]any{"claims": map[string]any{"name": "x"}}).JWT, ".")
		if v := verify(t, parts[0]+"."+other[1]+"."+parts[2], got.JWK); v.OK {
			t.Error("accepted")
		}
	})
	t.Run("the key of somebody else", func(t *testing.T) {
		if v := verify(t, issue(t, nil).JWT, issue(t, nil).JWK); v.OK {
			t.Error("accepted")
		}
	})
}

func TestVerifyJOSEReadsDIDDocuments(t *testing.T) {
	// did:key example 1 of the did:key method for Ed25519: the Multikey and the JWK are the same key.
	const multikey = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	const did, kid = "did:web:school.example", "did:web:school.example#key-1"
	got := issue(t, map[string]any{"alg": "EdDSA"})
	document := func(controller string, assertion []string, key map[string]any) map[string]any {
		method := map[string]any{"id": kid, "type": "JsonWebKey", "controller": controller}
		for name, value := range key {
			method[name] = value
		}
		return map[string]any{"id": did, "verificationMethod": []any{method}, "assertionMethod": assertion}
	}
	jwk := map[string]any{"publicKeyJwk": got.JWK}
	tests := []struct {
		name     string
		document map[string]any
		want     string
	}{
		{"the right document", document(did, []string{kid}, jwk), ""},
		{"another controller", document("did:web:other.example", []string{kid}, jwk), "controller"},
		{"not for assertions", document(did, nil, jwk), "assertionMethod"},
		{"a relative method", document(did, []string{"#key-1"}, jwk), "assertionMethod"},
		{"another key, as Multikey", document(did, []string{kid}, map[string]any{"publicKeyMultibase": multikey}), "signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v verification
			npmtest.Run(t, "verify-jose.mjs", map[string]any{"jwt": got.JWT, "did_document": tt.document}, &v)
			if v.OK != (tt.want == "") || !strings.Contains(strings.Join(v.Problems, "\n"), tt.want) {
				t.Errorf("ok %v, problems %q, want %q", v.OK, v.Problems, tt.want)
			}
		})
	}
}

func TestSafeModeNamesWhatWouldBeLost(t *testing.T) {
	contexts := map[string]any{"https://c.example/v1": map[string]any{"@context": map[string]any{
		"@version": 1.1, "name": "https://c.example/#name", "Thing": "https://c.example/#Thing", "type": "@type"}}}
	doc := func(extra map[string]any) map[string]any {
		d := map[string]any{"@context": "https://c.example/v1", "type": "Thing", "name": "n"}
		for name, value := range extra {
			d[name] = value
		}
		return d
	}
	var out []verification
	npmtest.Run(t, "safe-mode.mjs", map[string]any{"contexts": contexts, "credentials": []any{
		doc(nil), doc(map[string]any{"grade": "A"}), doc(map[string]any{"type": "Other"}),
		doc(map[string]any{"@context": "https://elsewhere.example/"}),
	}}, &out)
	wants := []string{"", "grade", "Other", "not embedded"}
	if len(out) != len(wants) {
		t.Fatalf("%d answers for %d credentials", len(out), len(wants))
	}
	for i, want := range wants {
		if out[i].OK != (want == "") || !strings.Contains(strings.Join(out[i].Problems, "\n"), want) {
			t.Errorf("credential %d: ok %v, problems %q, want %q", i, out[i].OK, out[i].Problems, want)
		}
	}
}

func TestInflateListReadsBitsFromTheLeft(t *testing.T) {
	want := []int{0, 9, 1000, 131071}
	bits := make([]byte, 131072/8)
	for _, i := range want {
		bits[i/8] |= 0x80 >> (i % 8)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(bits); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Entries   int      `json:"entries"`
		Set       []int    `json:"set"`
		Inflaters []string `json:"inflaters"`
	}
	npmtest.Run(t, "inflate-list.mjs", map[string]any{"encoded_list": "u" + base64.RawURLEncoding.EncodeToString(packed.Bytes())}, &out)
	if diff := cmp.Diff(want, out.Set); diff != "" || out.Entries != 131072 {
		t.Errorf("entries %d; set bits:\n%s", out.Entries, diff)
	}
	if !slices.Contains(out.Inflaters, "pako") || len(out.Inflaters) != 3 {
		t.Errorf("inflaters %q", out.Inflaters)
	}
}
