package jose_test

import (
	"encoding/json"
	"fmt"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

const document = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],` +
	`"id":"https://a.example/c/1","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":{"id":"did:web:a.example","type":["Profile"]},` +
	`"validFrom":"2026-01-01T00:00:00Z","validUntil":"2030-01-01T00:00:00Z","credentialSubject":{"id":"urn:uuid:7","type":["AchievementSubject"]}}`

func parse(t testing.TB, doc string) *credential.Credential {
	t.Helper()
	c, err := credential.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSignedCredentialsVerifyWithGoJose signs in every form with every algorithm and lets another library check it.
func TestSignedCredentialsVerifyWithGoJose(t *testing.T) {
	payload, err := jose.Payload(parse(t, document))
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA, keys.RS256} {
		for _, form := range []proof.Form{proof.OBJWT, proof.VCJWT} {
			t.Run(string(alg)+" "+string(form), func(t *testing.T) {
				key := generate(t, alg)
				s, err := jose.NewSigner(form, key)
				if err != nil {
					t.Fatal(err)
				}
				out, err := s.Sign(payload)
				if err != nil {
					t.Fatal(err)
				}
				theirs, err := gojose.ParseSignedCompact(string(out), []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(alg)})
				if err != nil {
					t.Fatal(err)
				}
				got, err := theirs.Verify(key.Public().Key)
				if err != nil || string(got) != string(payload) {
					t.Fatalf("go-jose: %v; payload %s", err, got)
				}
				m, err := jose.Read(out)
				want(t, err, "")
				want(t, m.Verify(key.Public()), "")
				c, err := m.Content()
				want(t, err, "")
				if missing, wrong := c.CheckClaims(); wrong != nil || len(missing) > 0 || c.Form != form {
					t.Fatalf("our own claims: %v %v, form %s", wrong, missing, c.Form)
				}
			})
		}
	}
}

func TestPayloadAddsTheClaimsAndKeepsTheDocument(t *testing.T) {
	payload, err := jose.Payload(parse(t, document))
	if err != nil {
		t.Fatal(err)
	}
	if string(payload[:len(document)-1]) != document[:len(document)-1] {
		t.Fatalf("the document was changed: %s", payload)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"iss": "did:web:a.example", "jti": "https://a.example/c/1", "sub": "urn:uuid:7", "nbf": 1767225600.0, "exp": 1893456000.0,
	} {
		if claims[name] != v {
			t.Errorf("%s is %v, want %v", name, claims[name], v)
		}
	}
}

func TestNewSignerRefusesOtherForms(t *testing.T) {
	for _, form := range []proof.Form{proof.DataIntegrity, proof.SDJWT, proof.None, ""} {
		if _, err := jose.NewSigner(form, generate(t, keys.ES256)); err == nil {
			t.Errorf("the form %q is taken", form)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	payload, err := jose.Payload(parse(b, document))
	if err != nil {
		b.Fatal(err)
	}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.EdDSA} {
		s, err := jose.NewSigner(proof.OBJWT, generate(b, alg))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(alg), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Sign(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func Example() {
	key, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		panic(err)
	}
	key = key.WithID("did:web:a.example#key")
	c, err := credential.Parse([]byte(document))
	if err != nil {
		panic(err)
	}
	payload, err := jose.Payload(c)
	if err != nil {
		panic(err)
	}
	signer, err := jose.NewSigner(proof.OBJWT, key)
	if err != nil {
		panic(err)
	}
	compact, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	m, err := jose.Read(compact)
	if err != nil {
		panic(err)
	}
	fmt.Println(m.Header.KeyID, m.Verify(key.Public()))
	// Output: did:web:a.example#key <nil>
}
