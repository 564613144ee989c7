package verifier_test

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/trust"
)

// A badge by an issuer whose identity is its own key is made, signed and verified, without any network. The verifier
// trusts nobody by itself: without the list, the same badge would be undecided.
func ExampleVerifier_Verify() {
	key, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	issuer := "did:key:" + key.Public().Multikey()
	badge, err := credential.Parse([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id": "urn:uuid:1b4e28ba-2fa1-41d2-883f-0016d3cca427",
		"type": ["VerifiableCredential", "OpenBadgeCredential"],
		"name": "Welding",
		"issuer": {"id": "` + issuer + `", "type": ["Profile"], "name": "School of Example"},
		"validFrom": "2026-01-31T09:00:00Z",
		"credentialSubject": {
			"id": "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7",
			"type": ["AchievementSubject"],
			"achievement": {
				"id": "https://school.example/a/1", "type": ["Achievement"], "name": "Welding",
				"description": "Joins metal.", "criteria": {"narrative": "Weld."}
			}
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, err := jose.Payload(badge)
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := jose.NewSigner(proof.OBJWT, key.WithID(issuer+"#"+key.Public().Multikey()))
	if err != nil {
		fmt.Println(err)
		return
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		fmt.Println(err)
		return
	}

	trusted, err := trust.New(trust.Entry{ID: issuer})
	if err != nil {
		fmt.Println(err)
		return
	}
	v := verifier.New(verifier.Config{Trust: trusted})
	result := v.Verify(context.Background(), intake.New(proof.OBJWT, jws), verifier.Policy{})
	fmt.Println(result.Verdict, result.Achievement.Name)
	for _, c := range result.Checks {
		fmt.Println(c.ID, c.Outcome, c.Code)
	}
	// Output:
	// valid Welding
	// form pass form.ob-jwt
	// proof pass proof.ok
	// binding pass binding.ok
	// holder skipped holder.not_presented
	// time pass time.ok
	// schema pass schema.ok
	// status skipped status.none
	// trust pass trust.ok
	// subject skipped subject.not_asked
	// nested skipped nested.none
}
