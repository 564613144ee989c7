package crosscheck_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/test/npmtest"
)

const (
	sdjwtClaims = `{"iss":"https://school.example","iat":1767225600,"name":"Ada","address":{"street":"Ü 1 & 2","town":"T"},"langs":["en","fr"],"score":1.5}`
	vcdmClaims  = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"https://school.example","name":"Ada",` +
		`"address":{"street":"Ü 1 & 2","town":"T"},"langs":["en","fr"],"validFrom":"2026-01-01T00:00:00Z"}`
)

// TestWeReadWhatSDJWTIssues reads what @sd-jwt issued, and what it presented of that with a key binding.
func TestWeReadWhatSDJWTIssues(t *testing.T) {
	npmtest.Dir(t)
	frame := map[string]any{
		"_sd": []string{"name", "address"}, "_sd_decoy": 2,
		"address": map[string]any{"_sd": []string{"street"}},
		"langs":   map[string]any{"_sd": []int{0, 1}, "_sd_decoy": 1},
	}
	for _, tt := range []struct{ typ, alg, claims string }{
		{sdjwt.TypeVC, "ES256", `{"vct":"https://school.example/t",` + sdjwtClaims[1:]},
		{sdjwt.TypeVC, "ES384", `{"vct":"https://school.example/t",` + sdjwtClaims[1:]},
		{sdjwt.TypeVCDM, "ES256", `{"vct":"https://school.example/t",` + sdjwtClaims[1:]},
		{sdjwt.TypeVCDM, "ES256", vcdmClaims},
	} {
		t.Run(tt.typ+" "+tt.alg, func(t *testing.T) {
			var got struct {
				Issued    string          `json:"issued"`
				Presented string          `json:"presented"`
				JWK       json.RawMessage `json:"jwk"`
				Claims    json.RawMessage `json:"claims"`
			}
			npmtest.Run(t, "issue-sdjwt.mjs", map[string]any{
				"typ": tt.typ, "alg": tt.alg, "claims": json.RawMessage(tt.claims), "frame": frame,
				"show":  map[string]any{"address": map[string]any{"street": true}, "langs": map[string]any{"1": true}},
				"nonce": "n-1", "aud": "https://v.example",
			}, &got)
			issuer := parseKey(t, got.JWK)
			whole, err := sdjwt.Read([]byte(got.Issued))
			if err != nil {
				t.Fatal(err)
			}
			if err := whole.Verify(issuer); err != nil || len(whole.Disclosures) != 5 {
				t.Errorf("issued: %v, %d disclosures", err, len(whole.Disclosures))
			}
			p, err := sdjwt.Read([]byte(got.Presented))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Verify(issuer); err != nil {
				t.Error(err)
			}
			sameJSON(t, p.Payload(), got.Claims)
			if p.Claims().Member("name").Text() != "" || len(p.Disclosures) != 3 {
				t.Errorf("%d disclosures in %s", len(p.Disclosures), p.Payload())
			}
			holder, _ := p.Holder()
			expect := sdjwt.Expect{Nonce: "n-1", Audience: "https://v.example", Now: time.Now()}
			if err := p.VerifyKeyBinding(holder, expect); err != nil {
				t.Error(err)
			}
			expect.Nonce = "n-2"
			if err := p.VerifyKeyBinding(holder, expect); fault.AsDefect(err).Code != "sdjwt.kb_nonce" {
				t.Errorf("another nonce: %v", err)
			}
			if err := p.Verify(holder); fault.AsDefect(err).Code != "jose.signature" {
				t.Errorf("another key: %v", err)
			}
		})
	}
}

// TestSDJWTAcceptsWhatWeIssue lets @sd-jwt verify what we issued and presented, and refuse the nearest twins.
func TestSDJWTAcceptsWhatWeIssue(t *testing.T) {
	npmtest.Dir(t)
	pointers := []string{"/name", "/address", "/address/street", "/langs/0", "/langs/1"}
	var inputs []map[string]any
	var ours []*sdjwt.Presentation // nil for what must be refused
	for _, tt := range []struct {
		typ, claims, vct string
		alg              keys.Algorithm
	}{
		{sdjwt.TypeVC, sdjwtClaims, "https://school.example/t", keys.ES256},
		{sdjwt.TypeVC, sdjwtClaims, "https://school.example/t", keys.ES384},
		{sdjwt.TypeVCDM, vcdmClaims, "", keys.ES256},
	} {
		key, holder := newKey(t, tt.alg), newKey(t, tt.alg)
		bound := holder.Public()
		signer, err := sdjwt.NewSigner(key, sdjwt.Config{Type: tt.typ})
		if err != nil {
			t.Fatal(err)
		}
		claims, err := ijson.Parse([]byte(tt.claims), ijson.Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		issued, err := signer.Issue(claims, pointers, sdjwt.Options{VCT: tt.vct, Holder: &bound, Decoys: 3})
		if err != nil {
			t.Fatal(err)
		}
		binding := &sdjwt.Binding{Key: holder, Nonce: "n-1", Audience: "https://v.example", At: time.Now()}
		shown, err := sdjwt.Present(issued.Compact, []string{"/address/street", "/langs/1"}, binding)
		if err != nil {
			t.Fatal(err)
		}
		add := func(text, nonce string, good bool) {
			inputs = append(inputs, map[string]any{
				"typ": tt.typ, "alg": tt.alg, "sd_jwt": text, "jwk": json.RawMessage(key.Public().JWK()), "nonce": nonce,
			})
			var p *sdjwt.Presentation
			if good {
				if p, err = sdjwt.Read([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			ours = append(ours, p)
		}
		parts := strings.Split(shown, "~")
		add(issued.Compact, "", true)
		add(parts[0]+"~", "", true)
		add(shown, "n-1", true)
		add(shown, "n-2", false)
		add(strings.Join(append(parts[:1:1], parts[2:]...), "~"), "n-1", false) // one claim less under the same binding
		other, err := signer.Issue(claims, pointers[:1], sdjwt.Options{VCT: tt.vct})
		if err != nil {
			t.Fatal(err)
		}
		signature := strings.LastIndexByte(other.Compact, '.')
		add(parts[0][:strings.LastIndexByte(parts[0], '.')]+other.Compact[signature:strings.IndexByte(other.Compact, '~')]+"~", "", false)
	}
	var answers []struct {
		OK      bool            `json:"ok"`
		Problem string          `json:"problem"`
		Claims  json.RawMessage `json:"claims"`
	}
	npmtest.Run(t, "verify-sdjwt.mjs", inputs, &answers)
	if len(answers) != len(inputs) || len(answers) != 18 {
		t.Fatalf("%d answers for %d inputs", len(answers), len(inputs))
	}
	for i, a := range answers {
		if good := ours[i] != nil; a.OK != good {
			t.Errorf("@sd-jwt says %t (%s), want %t for %v", a.OK, a.Problem, good, inputs[i]["sd_jwt"])
		} else if good {
			sameJSON(t, ours[i].Payload(), a.Claims)
		}
	}
}

func newKey(t *testing.T, alg keys.Algorithm) keys.Private {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k.WithID("k")
}

func parseKey(t *testing.T, jwk []byte) keys.Public {
	t.Helper()
	v, err := ijson.Parse(jwk, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.ParseJWK(v)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sameJSON compares two JSON texts as data.
func sameJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
