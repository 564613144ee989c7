package dataintegrity_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// signedUnder makes a proof over doc as a signer does that knows an older edition of the Open Badges context.
func signedUnder(t *testing.T, edition string, doc string, key keys.Signer) ijson.Value {
	t.Helper()
	v := parse(t, []byte(doc))
	config := `{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","verificationMethod":"` + key.Public().ID + `","proofPurpose":"assertionMethod"`
	hash := func(v ijson.Value, with ...jsonld.Option) []byte {
		quads, err := jsonld.ToRDF(v, append(with, jsonld.Edition(edition))...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := jsonld.Canonicalize(quads, jsonld.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(c.String()))
		return sum[:]
	}
	hashes := slices.Concat(hash(parse(t, []byte(config+"}")), jsonld.With("@context", v.Member("@context"))), hash(v))
	signature, err := key.Sign(hashes)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, []byte(strings.TrimSuffix(doc, "}")+`,"proof":`+config+`,"proofValue":"z`+keys.EncodeBase58(signature)+`"}}`))
}

// TestOlderEditionsAreNamed verifies what was signed under an older edition of the Open Badges context, in which a later context of the
// document says what endorsementJwt means, and names that edition. Nothing is gained by it for a document that was changed.
func TestOlderEditionsAreNamed(t *testing.T) {
	key := signer(t, keys.EdDSA)
	doc := `{"@context":["` + contexts.CredentialsV2 + `","` + contexts.OpenBadges + `","` + contexts.ExamplesV2 + `"],"id":"urn:x:1",
		"type":["VerifiableCredential"],"issuer":"https://issuer.example","endorsementJwt":["a.b.c"],"credentialSubject":{"id":"urn:x:2"}}`
	for edition, want := range map[string]string{"2026-06": "", "2025-11": "2025-11", "2024-03": "2025-11"} { // both older ones read it alike
		signed := signedUnder(t, edition, doc, key)
		proofs, err := dataintegrity.Read(signed)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := proofs[0].Verify(signed, key.Public()); err != nil || m.Edition != want {
			t.Errorf("signed under %s: %v, edition %q, want %q", edition, err, m.Edition, want)
		}
		changed := parse(t, []byte(strings.Replace(string(ijson.Append(nil, signed)), "a.b.c", "a.b.d", 1)))
		if _, err := proofs[0].Verify(changed, key.Public()); err == nil {
			t.Errorf("signed under %s, and changed: it holds", edition)
		}
	}
	with := parse(t, []byte(strings.Replace(doc, `,"`+contexts.ExamplesV2+`"`, "", 1)))
	if _, err := jsonld.ToRDF(with, jsonld.Edition("2025-11")); err == nil {
		t.Error("endorsementJwt is not in the edition 2025-11, and was not lost")
	}
}
