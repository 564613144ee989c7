package ecdsasd_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/test/corpus"
)

func parse(t testing.TB, text string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// citizenship has the terms of a context that is not embedded. Its address is not signed, only what its terms mean.
const citizenship = `{
	"Person": "https://schema.org/Person", "EmployablePerson": "https://w3id.org/citizenship#EmployablePerson",
	"PermanentResident": "https://w3id.org/citizenship#PermanentResident",
	"PermanentResidentCard": "https://w3id.org/citizenship#PermanentResidentCard",
	"PermanentResidentCardCredential": "https://w3id.org/citizenship#PermanentResidentCardCredential",
	"EmploymentAuthorizationDocument": "https://w3id.org/citizenship#EmploymentAuthorizationDocument",
	"EmploymentAuthorizationDocumentCredential": "https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential",
	"image": {"@id": "https://schema.org/image", "@type": "@id"},
	"additionalName": "https://schema.org/additionalName", "familyName": "https://schema.org/familyName",
	"givenName": "https://schema.org/givenName", "gender": "https://schema.org/gender", "identifier": "https://schema.org/identifier",
	"birthCountry": "https://w3id.org/citizenship#birthCountry",
	"birthDate": {"@id": "https://schema.org/birthDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"commuterClassification": "https://w3id.org/citizenship#commuterClassification",
	"employmentAuthorizationDocument": {"@id": "https://w3id.org/citizenship#employmentAuthorizationDocument", "@type": "@id"},
	"permanentResidentCard": {"@id": "https://w3id.org/citizenship#permanentResidentCard", "@type": "@id"},
	"residentSince": {"@id": "https://w3id.org/citizenship#residentSince", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"lprCategory": "https://w3id.org/citizenship#lprCategory", "lprNumber": "https://w3id.org/citizenship#lprNumber"
}`

func load(t testing.TB, path ...string) ijson.Value {
	t.Helper()
	return parse(t, strings.ReplaceAll(read(t, path...), `"https://w3id.org/citizenship/v4rc1"`, citizenship))
}

// deterministic signs without randomness (RFC 6979), as the vectors were made.
type deterministic struct{ crypto.Signer }

func (d deterministic) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return d.Signer.Sign(nil, digest, o)
}

func secret(t *testing.T, multikey string) keys.Signer {
	t.Helper()
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n := new(big.Int)
	for _, c := range multikey[1:] {
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(strings.IndexRune(alphabet, c))))
	}
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), n.Bytes()[2:])
	if err != nil {
		t.Fatal(err)
	}
	s, err := keys.NewSigner("", keys.ES256, deterministic{k})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func strs(v ijson.Value) []string { return v.Texts() }

// TestVectors follows both vectors of ecdsa-sd-2023 from the base proof to the derived one.
func TestVectors(t *testing.T) {
	root := corpus.Folder(t, "w3c", "vc-di-ecdsa")
	material := load(t, root, "ecdsa-sd-2023", "SDKeyMaterial.json")
	key := secret(t, material.Member("baseKeyPair").Member("secretKeyMultibase").Text())
	own := secret(t, material.Member("proofKeyPair").Member("secretKeyMultibase").Text())
	hmacKey, err := hex.DecodeString(material.Member("hmacKeyString").Text())
	if err != nil {
		t.Fatal(err)
	}
	for folder, names := range map[string][3]string{
		"prc":    {"prCredUnsigned.json", "prCredMandatory.json", "prCredSelective.json"},
		"employ": {"employmentAuth.json", "employMandatory.json", "employSelective.json"},
	} {
		t.Run(folder, func(t *testing.T) {
			dir := filepath.Join(root, "ecdsa-sd-2023", folder)
			signed := load(t, dir, "addSignedSDBase.json")
			mandatory, selective := strs(load(t, root, names[1])), strs(load(t, root, names[2]))

			lines, must, err := ecdsasd.Lines(signed, hmacKey, mandatory, jsonld.Inline())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strs(load(t, dir, "addBaseDocHMACCanon.json")), lines); diff != "" {
				t.Errorf("statements with labels of the issuer: %s", diff)
			}
			var groups struct{ CombinedIndexes, MandatoryIndexes, SelectiveIndexes []int }
			if err := json.Unmarshal([]byte(read(t, dir, "derivedGroupIndexes.json")), &groups); err != nil {
				t.Fatal(err)
			}
			_, selected, _ := ecdsasd.Lines(signed, hmacKey, selective, jsonld.Inline())
			_, combined, _ := ecdsasd.Lines(signed, hmacKey, slices.Concat(mandatory, selective), jsonld.Inline())
			for _, g := range [][2][]int{
				{must, groups.MandatoryIndexes}, {selected, groups.SelectiveIndexes}, {combined, groups.CombinedIndexes},
			} {
				if !slices.Equal(g[0], g[1]) {
					t.Errorf("a group is %v, want %v", g[0], g[1])
				}
			}

			config := load(t, dir, "addProofConfig.json")
			value, err := ecdsasd.BaseWith(signed, config, ecdsasd.Keys{Issuer: key, Own: own, HMAC: hmacKey}, mandatory, jsonld.Inline())
			if err != nil {
				t.Fatal(err)
			}
			if want := signed.Member("proof").Member("proofValue").Text(); value != want {
				t.Errorf("the base proof is %s, want %s", value, want)
			}

			shown, err := ecdsasd.Derive(signed, selective, jsonld.Inline())
			if err != nil {
				t.Fatal(err)
			}
			got, want := parse(t, string(shown)), load(t, dir, "derivedRevealDocument.json")
			if got.Member("proof").Member("proofValue").Text() != want.Member("proof").Member("proofValue").Text() {
				t.Error("the derived proof value is another one")
			}
			a, _ := ijson.AppendCanonical(nil, got)
			b, _ := ijson.AppendCanonical(nil, want)
			if diff := cmp.Diff(string(b), string(a)); diff != "" {
				t.Errorf("the revealed document: %s", diff)
			}
			if err := ecdsasd.Verify(want, want.Member("proof"), key.Public(), jsonld.Inline()); err != nil {
				t.Error(err)
			}
			err = ecdsasd.Verify(signed, signed.Member("proof"), key.Public(), jsonld.Inline())
			if err == nil || fault.AsDefect(err).Code != "proof.malformed" {
				t.Errorf("a base proof: %v", err)
			}
		})
	}
}

func TestSampleOfOneEdTech(t *testing.T) {
	doc := load(t, corpus.Folder(t, "1edtech", "ob30", "sd"), "derivedcredential.json")
	proof := doc.Member("proof").Items()[0]
	_, fragment, _ := strings.Cut(proof.Member("verificationMethod").Text(), "#")
	key, err := keys.ParseMultikey(fragment)
	if err != nil {
		t.Fatal(err)
	}
	if err := ecdsasd.Verify(doc, proof, key); err != nil {
		t.Error(err)
	}
}

func badge(t testing.TB) ijson.Value {
	t.Helper()
	return parse(t, `{"@context":["`+contexts.CredentialsV2+`","`+contexts.OpenBadges+`"],"id":"urn:uuid:1",
		"type":["VerifiableCredential","OpenBadgeCredential"],"name":"Badge","issuer":{"id":"https://issuer.example","type":["Profile"],"name":"Issuer"},"validFrom":"2026-01-31T09:00:00Z",
		"credentialSubject":{"type":["AchievementSubject"],
		"identifier":[{"type":"IdentityObject","hashed":false,"identityHash":"a@x.example","identityType":"emailAddress"}],
		"achievement":{"id":"urn:uuid:2","type":["Achievement"],"name":"A","description":"D","criteria":{"narrative":"N"},
		"resultDescription":[{"id":"urn:uuid:3","type":["ResultDescription"],"name":"R",
			"resultType":"LetterGrade","allowedValue":["A","B"]}]}},
		"evidence":[{"type":["Evidence"],"name":"one"},{"type":["Evidence"],"name":"two"}]}`)
}

// issued is the badge with a base proof by a new key.
func issued(t testing.TB, mandatory ...string) (ijson.Value, keys.Public) {
	t.Helper()
	key, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	config := `{"type":"DataIntegrityProof","cryptosuite":"ecdsa-sd-2023","proofPurpose":"assertionMethod",` +
		`"verificationMethod":"did:key:` + key.Public().Multikey() + `"}`
	value, err := ecdsasd.Base(badge(t), parse(t, config), key, mandatory, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(string(ijson.Append(nil, badge(t))), "}")
	return parse(t, text+`,"proof":`+strings.TrimSuffix(config, "}")+`,"proofValue":"`+value+`"}}`), key.Public()
}

// TestEveryPointer shows each part of a badge alone, and refuses what shows it changed.
func TestEveryPointer(t *testing.T) {
	doc, key := issued(t, "/issuer", "/validFrom", "/credentialSubject/achievement/name")
	for _, p := range []string{
		"/name", "/credentialSubject", "/credentialSubject/identifier/0/identityHash", "/evidence/1",
		"/credentialSubject/achievement/criteria",
		"/credentialSubject/achievement/resultDescription/0/allowedValue", "/evidence", "/issuer/name", "/evidence/0/name",
	} {
		shown, err := ecdsasd.Derive(doc, []string{p})
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		got := parse(t, string(shown))
		if err := ecdsasd.Verify(got, got.Member("proof").Items()[0], key); err != nil {
			t.Errorf("%s: %v\n%s", p, err, shown)
		}
		for old, changed := range map[string]string{
			`"Issuer"`: `"Other"`, "2026-01-31": "2027-01-31", `"validFrom"`: `"validUntil"`, "assertionMethod": "authentication",
		} {
			forged := parse(t, strings.Replace(string(shown), old, changed, 1))
			if err := ecdsasd.Verify(forged, forged.Member("proof").Items()[0], key); err == nil {
				t.Errorf("%s: %s for %s is taken", p, changed, old)
			}
		}
	}
	for _, p := range []string{"/nothing", "/evidence/2", "name", "/credentialSubject/achievement/resultDescription/0/allowedValue/1"} {
		if _, err := ecdsasd.Derive(doc, []string{p}); err == nil || fault.AsDefect(err).Code != "proof.pointer" {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func FuzzProofValue(f *testing.F) {
	doc, _ := issued(f, "/issuer")
	f.Add(doc.Member("proof").Member("proofValue").Text())
	shown, err := ecdsasd.Derive(doc, []string{"/name"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(parse(f, string(shown)).Member("proof").Items()[0].Member("proofValue").Text())
	f.Fuzz(func(t *testing.T, value string) {
		out, err := ecdsasd.Reprint(value)
		if err == nil && len(out) > len(value)+8 {
			t.Fatalf("%q became %q", value, out)
		}
	})
}

func ExampleDerive() {
	key, _ := keys.Generate(keys.ES256, nil)
	doc := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"name":"Swimmer","description":"Swims",
		"issuer":"https://issuer.example","credentialSubject":{"id":"urn:uuid:1"}`
	config := `{"type":"DataIntegrityProof","cryptosuite":"ecdsa-sd-2023","verificationMethod":"https://issuer.example#1",
		"proofPurpose":"assertionMethod"`
	whole, _ := ijson.Parse([]byte(doc+"}"), ijson.Bounds{})
	proof, _ := ijson.Parse([]byte(config+"}"), ijson.Bounds{})
	value, _ := ecdsasd.Base(whole, proof, key, []string{"/issuer"}, nil)

	signed, _ := ijson.Parse([]byte(doc+`,"proof":`+config+`,"proofValue":"`+value+`"}}`), ijson.Bounds{})
	shown, err := ecdsasd.Derive(signed, []string{"/name"})
	got, _ := ijson.Parse(shown, ijson.Bounds{})
	fmt.Println(got.Member("name").Text(), got.Member("description").Text(), err, ecdsasd.Verify(got, got.Member("proof").Items()[0], key.Public()))
	// Output: Swimmer  <nil> <nil>
}
