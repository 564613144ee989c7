package crosscheck_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/test/npmtest"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// badge is a credential that others sign for us. Its issuer's id is filled in by issue-jose.mjs.
func badge() map[string]any {
	return map[string]any{
		"@context":   []string{"https://www.w3.org/ns/credentials/v2", contexts.OpenBadges},
		"id":         "urn:uuid:5f1c1a3e-0d2f-4c58-9a55-2f4a1e3b7c10",
		"type":       []string{"VerifiableCredential", "OpenBadgeCredential"},
		"name":       "First aid",
		"issuer":     map[string]any{"type": []string{"Profile"}, "name": "School of Tests"},
		"validFrom":  "2026-01-02T03:04:05Z",
		"validUntil": "2999-01-02T03:04:05Z",
		"credentialSubject": map[string]any{
			"id": "urn:uuid:0a4f3a64-5c53-4f0f-8f0e-64d1a6f6f0a1", "type": []string{"AchievementSubject"},
			"achievement": map[string]any{
				"id": "https://school.example/first-aid", "type": []string{"Achievement"}, "name": "First aid",
				"description": "Can help until help comes.", "criteria": map[string]any{"narrative": "Passed the test."},
			},
		},
	}
}

// oldBadge is the same on the data model 1.1.
func oldBadge() map[string]any {
	b := badge()
	b["@context"] = []string{contexts.CredentialsV1, contexts.OpenBadges}
	b["issuanceDate"], b["expirationDate"] = b["validFrom"], b["validUntil"]
	delete(b, "validFrom")
	delete(b, "validUntil")
	return b
}

func TestWeJudgeWhatOthersIssue(t *testing.T) {
	npmtest.Dir(t)
	tests := []struct {
		name    string
		in      map[string]any
		verdict verifier.Verdict
		code    string // of one of the checks
	}{
		{"RS256", map[string]any{"alg": "RS256"}, verifier.Valid, "binding.ok"},
		{"ES256", map[string]any{"alg": "ES256"}, verifier.Valid, "binding.ok"},
		{"EdDSA", map[string]any{"alg": "EdDSA"}, verifier.Valid, "binding.ok"},
		{"ES384", map[string]any{"alg": "ES384"}, verifier.Valid, "binding.ok"},
		{"VC-JOSE-COSE", map[string]any{"alg": "ES384", "form": proof.VCJWT}, verifier.Valid, "form.vc-jwt"},
		{"VC-JOSE-COSE with a vc claim", map[string]any{"alg": "ES256", "form": proof.VCJWT, "claims": map[string]any{"vc": badge()}},
			verifier.Invalid, "vc.ambiguous"},
		{"the data model 1.1", map[string]any{"alg": "EdDSA", "form": proof.JWTVC11, "credential": oldBadge()}, verifier.Valid, "form.jwt-vc-1.1"},
		{"the data model 1.1 with an end of its own", map[string]any{
			"alg": "EdDSA", "form": proof.JWTVC11, "credential": oldBadge(), "claims": map[string]any{"exp": 4102444800},
		}, verifier.Invalid, "claims.exp_mismatch"},
		{"the data model 2.0 in a vc claim", map[string]any{"alg": "ES256", "form": proof.JWTVC11}, verifier.Invalid, "vc.version"},
		{"PS256 is not on the list", map[string]any{"alg": "PS256"}, verifier.Invalid, "key.alg_mismatch"},
		{"iss of somebody else", map[string]any{"alg": "ES256", "claims": map[string]any{"iss": "did:web:other.example"}},
			verifier.Invalid, "claims.iss_mismatch"},
		{"exp beside validUntil", map[string]any{"alg": "ES256", "claims": map[string]any{"exp": 4102444800}},
			verifier.Invalid, "claims.exp_mismatch"},
		{"a member of the header that is not allowed", map[string]any{"alg": "ES256", "header": map[string]any{"jku": "https://x.example/"}},
			verifier.Invalid, "jose.header_not_allowed"},
	}
	v := verifier.New(verifier.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := map[string]any{"credential": badge()}
			for name, value := range tt.in {
				in[name] = value
			}
			var issued struct {
				JWT string `json:"jwt"`
			}
			npmtest.Run(t, "issue-jose.mjs", in, &issued)
			got := v.Verify(t.Context(), intake.New(proof.OBJWT, []byte(issued.JWT)), verifier.Policy{Waive: verifier.TrustUnsafe})
			said := slices.ContainsFunc(got.Checks, func(c verifier.Check) bool { return c.Code == tt.code })
			if got.Verdict != tt.verdict || !said {
				text, err := json.MarshalIndent(got, "", "  ")
				t.Errorf("verdict %s, want %s with %s (%v)\n%s", got.Verdict, tt.verdict, tt.code, err, text)
			}
		})
	}
}
