package crosscheck_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/test/npmtest"
)

// badgeToProve uses what is hard about a badge: numbers, a list, nodes without ids, languages with a direction.
const badgeToProve = `{"@context":["` + contexts.CredentialsV2 + `","` + contexts.OpenBadges + `"],"id":"urn:uuid:7a1e2ae1-0000-4000-8000-000000000001",
	"type":["VerifiableCredential","OpenBadgeCredential"],"name":{"@value":"شارة","@language":"ar","@direction":"rtl"},
	"issuer":{"id":"ISSUER","type":["Profile"],"name":"Issuer"},"validFrom":"2026-01-31T09:00:00Z","awardedDate":"2026-01-30T09:00:00Z",
	"credentialSubject":{"type":["AchievementSubject"],"creditsEarned":2.5,
		"identifier":[{"type":"IdentityObject","hashed":true,"identityHash":"sha256$00","identityType":"emailAddress","salt":"a\"\\\n"}],
		"achievement":{"id":"urn:uuid:2","type":["Achievement"],"name":"A","description":"D","criteria":{"narrative":"N"},"tag":["x","y"],
			"resultDescription":[{"id":"urn:uuid:3","type":["ResultDescription"],"name":"R","resultType":"LetterGrade","allowedValue":["A","B"]}]}},
	"evidence":[{"type":["Evidence"],"name":"one"},{"type":["Evidence"],"name":"two"}]}`

// form is one way to prove; curve is "" for Ed25519.
type form struct {
	Suite string          `json:"suite"`
	Curve string          `json:"curve,omitempty"`
	Doc   json.RawMessage `json:"credential"`
	alg   keys.Algorithm
}

func forms() []form {
	return []form{
		{Suite: dataintegrity.EdDSARDFC, alg: keys.EdDSA}, {Suite: dataintegrity.EdDSAJCS, alg: keys.EdDSA},
		{Suite: dataintegrity.ECDSARDFC, Curve: "P-256", alg: keys.ES256}, {Suite: dataintegrity.ECDSARDFC, Curve: "P-384", alg: keys.ES384},
		{Suite: dataintegrity.ECDSAJCS, Curve: "P-256", alg: keys.ES256}, {Suite: dataintegrity.ECDSAJCS, Curve: "P-384", alg: keys.ES384},
		{Suite: dataintegrity.ECDSASD, Curve: "P-256", alg: keys.ES256},
	}
}

// badge is the badge of one issuer for one form. The other authors' selective disclosure breaks on lists, so there is none then.
func (f form) badge(issuer string) []byte {
	text := strings.Replace(badgeToProve, "ISSUER", issuer, 1)
	if f.Suite == dataintegrity.ECDSASD {
		text = strings.Replace(text, `,"allowedValue":["A","B"]`, "", 1)
	}
	return []byte(text)
}

// proofAnswer is what data-integrity.mjs says.
type proofAnswer struct {
	Issued   []json.RawMessage `json:"issued"`
	Derived  []json.RawMessage `json:"derived"`
	Verified []struct {
		OK      bool   `json:"ok"`
		Problem string `json:"problem"`
	} `json:"verified"`
}

func embeddedContexts() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, url := range contexts.URLs() {
		doc, _, _ := contexts.Lookup(url)
		out[url] = doc
	}
	return out
}

func strictly(t *testing.T, text []byte) ijson.Value {
	t.Helper()
	v, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// holds verifies the only proof of a document under the key that its did:key names.
func holds(t *testing.T, text []byte) error {
	t.Helper()
	doc := strictly(t, text)
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		return err
	}
	_, fragment, _ := strings.Cut(proofs[0].VerificationMethod, "#")
	key, err := keys.ParseMultikey(fragment)
	if err != nil {
		t.Fatal(err)
	}
	_, err = proofs[0].Verify(doc, key)
	return err
}

// prove signs the badge in one form with a new key.
func prove(t *testing.T, f form) []byte {
	t.Helper()
	key, err := keys.Generate(f.alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	did := "did:key:" + key.Public().Multikey()
	s, err := dataintegrity.NewSigner(f.Suite, key.WithID(did+"#"+key.Public().Multikey()))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(strictly(t, f.badge(did)), dataintegrity.Statement{
		Created: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), Mandatory: []string{"/issuer"},
	})
	if err != nil {
		t.Fatalf("%s: %v", f.Suite, err)
	}
	return signed
}

// TestEmbeddedProofsBothWays lets the cryptosuites of other authors verify what we prove, and us what they prove, each with a
// tampered twin that neither takes.
func TestEmbeddedProofsBothWays(t *testing.T) {
	pointers := []string{"/credentialSubject/achievement/name", "/evidence/1"}
	type derivation struct {
		Doc      json.RawMessage `json:"credential"`
		Pointers []string        `json:"pointers"`
	}
	all := forms()
	var ours []json.RawMessage
	var derivations []derivation
	for i, f := range all {
		all[i].Doc = f.badge("https://issuer.example")
		signed := prove(t, f)
		if f.Suite == dataintegrity.ECDSASD {
			derivations = append(derivations, derivation{Doc: signed, Pointers: pointers})
			shown, err := ecdsasd.Derive(strictly(t, signed), pointers)
			if err != nil {
				t.Fatal(err)
			}
			signed = shown
		}
		ours = append(ours, signed, json.RawMessage(strings.Replace(string(signed), `"name":"A"`, `"name":"B"`, 1)))
	}
	var answer proofAnswer
	npmtest.Run(t, "data-integrity.mjs", map[string]any{"contexts": embeddedContexts(), "issue": all, "derive": derivations, "verify": ours}, &answer)
	for i, v := range answer.Verified {
		if want := i%2 == 0; v.OK != want {
			t.Errorf("%s, twin %d: they say %v: %s", all[i/2].Suite, i%2, v.OK, v.Problem)
		}
	}
	if len(answer.Issued) != len(all) || len(answer.Verified) != 2*len(all) || len(answer.Derived) != 1 {
		t.Fatalf("%d issued, %d verified, %d derived", len(answer.Issued), len(answer.Verified), len(answer.Derived))
	}
	theirs := append(answer.Issued[:len(all)-1:len(all)-1], answer.Derived[0]) // theirs of what we signed
	base := answer.Issued[len(all)-1]
	shown, err := ecdsasd.Derive(strictly(t, base), pointers) // ours of what they signed
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range append(theirs, shown) {
		if err := holds(t, text); err != nil {
			t.Errorf("theirs %d: %v", i, err)
		}
		if err := holds(t, []byte(strings.Replace(string(text), `"name":"A"`, `"name":"B"`, 1))); err == nil {
			t.Errorf("theirs %d: the tampered twin holds", i)
		}
	}
}
