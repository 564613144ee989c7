package dataintegrity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/test/corpus"
)

const goodProof = `{"id":"urn:proof:1","type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","created":"2026-01-31T09:00:00Z",` +
	`"expires":"2027-01-31T09:00:00Z","verificationMethod":"https://issuer.example/keys#1","proofPurpose":"assertionMethod",` +
	`"domain":"issuer.example","challenge":"c","proofValue":"z5MFUZ9ZwDUM2jPqFuaCZVPzGqNg8ChYL2CodiXkKYobe7XYktrDbGS53QEhuVS7ByWxf2atTBUe4gMZa1jxGrM9q"}`

func TestReadRefuses(t *testing.T) {
	long := strings.Repeat("z", 200)
	for _, c := range []struct{ name, old, new, code string }{
		{"an unknown suite", `eddsa-rdfc-2022`, `eddsa-rdfc-2099`, "proof.suite_unknown"},
		{"a suite in other letters", `eddsa-rdfc-2022`, `EDDSA-RDFC-2022`, "proof.suite_unknown"},
		{"an unknown type", `DataIntegrityProof`, `OtherProof`, "proof.suite_unknown"},
		{"an old type with a suite", `"DataIntegrityProof"`, `"Ed25519Signature2020"`, "proof.suite_unknown"},
		{"a suite's name as type", `"DataIntegrityProof"`, `"eddsa-rdfc-2022"`, "proof.suite_unknown"},
		{"no suite", `"cryptosuite":"eddsa-rdfc-2022",`, ``, "proof.malformed"},
		{"no type", `"type":"DataIntegrityProof",`, ``, "proof.malformed"},
		{"two types", `"DataIntegrityProof"`, `["DataIntegrityProof","Other"]`, "proof.malformed"},
		{"another purpose", `assertionMethod`, `keyAgreement`, "proof.malformed"},
		{"no purpose", `"proofPurpose":"assertionMethod",`, ``, "proof.malformed"},
		{"a relative method", `https://issuer.example/keys#1`, `keys#1`, "proof.malformed"},
		{"a method with a space", `https://issuer.example/keys#1`, `https://issuer.example/keys #1`, "proof.malformed"},
		{"a method as object", `"https://issuer.example/keys#1"`, `{"id":"https://issuer.example/keys#1"}`, "proof.malformed"},
		{"a method of null", `"https://issuer.example/keys#1"`, `null`, "proof.malformed"},
		{"a time without offset", `2026-01-31T09:00:00Z`, `2026-01-31T09:00:00`, "proof.malformed"},
		{"a time as number", `"2026-01-31T09:00:00Z"`, `1769850000`, "proof.malformed"},
		{"an end that is no time", `2027-01-31T09:00:00Z`, `never`, "proof.malformed"},
		{"a value in base64url", `"z5MF`, `"u5MF`, "proof.malformed"},
		{"a value without prefix", `"z5MF`, `"5MF`, "proof.malformed"},
		{"a value that is too short", `"z5MFUZ9Zw`, `"z5M`, "proof.malformed"},
		{"a value that is very long", `"z5MF`, `"` + long, "proof.malformed"},
		{"a value with a letter outside base58", `"z5MF`, `"z0MF`, "proof.malformed"},
		{"no value", `"proofValue"`, `"noValue"`, "proof.malformed"},
		{"a previous proof that is not there", `"domain"`, `"previousProof":"urn:proof:2","domain"`, "proof.malformed"},
		{"a proof that follows itself", `"domain"`, `"previousProof":"urn:proof:1","domain"`, "proof.malformed"},
		{"an empty list of previous proofs", `"domain"`, `"previousProof":[],"domain"`, "proof.malformed"},
		{"an id that is relative", `urn:proof:1`, `proof-1`, "proof.malformed"},
		{"a suite that discloses, with the value of another", `eddsa-rdfc-2022`, `ecdsa-sd-2023`, "proof.malformed"},
		{"a domain of numbers", `"issuer.example"`, `[1]`, "proof.malformed"},
	} {
		text := strings.Replace(goodProof, c.old, c.new, 1)
		if text == goodProof {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		if got := firstDefect(parse(t, []byte(`{"proof":[`+text+`]}`))); got != c.code {
			t.Errorf("%s: %s, want %s", c.name, got, c.code)
		}
	}
	if got := firstDefect(parse(t, []byte(`{"proof":[`+goodProof+`]}`))); got != "" {
		t.Errorf("the good one: %s", got)
	}
	for text, code := range map[string]string{
		`{}`: "proof.missing", `{"proof":null}`: "proof.malformed", `{"proof":[]}`: "proof.malformed", `{"proof":"x"}`: "proof.malformed",
		`{"proof":[7]}`: "proof.malformed", `{"proof":[` + goodProof + `,[]]}`: "proof.malformed",
		`{"proof":[` + goodProof + `,` + goodProof + `]}`:                        "proof.malformed",
		`{"proof":[` + strings.TrimSuffix(strings.Repeat(`{},`, 17), ",") + `]}`: "proof.malformed",
	} {
		if got := firstDefect(parse(t, []byte(text))); got != code {
			t.Errorf("%.80s: %s, want %s", text, got, code)
		}
	}
}

func firstDefect(doc ijson.Value) string {
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		return fault.AsDefect(err).Code
	}
	for i := range proofs {
		if err := proofs[i].Err(); err != nil {
			return fault.AsDefect(err).Code
		}
	}
	return ""
}

func TestChainsThatGoInACircle(t *testing.T) {
	one := strings.Replace(goodProof, `"domain"`, `"previousProof":"urn:proof:2","domain"`, 1)
	two := strings.NewReplacer("urn:proof:1", "urn:proof:2", `"domain"`, `"previousProof":"urn:proof:1","domain"`).Replace(goodProof)
	if got := firstDefect(parse(t, []byte(`{"proof":[`+one+`,`+two+`]}`))); got != "proof.malformed" {
		t.Errorf("a circle of two: %q", got)
	}
}

func TestCheck(t *testing.T) {
	proofs, err := dataintegrity.Read(parse(t, []byte(`{"proof":`+goodProof+`}`)))
	if err != nil {
		t.Fatal(err)
	}
	before, after := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		expect dataintegrity.Expect
		code   string
	}{
		{"what it says", dataintegrity.Expect{Now: before, Domain: "issuer.example", Challenge: "c"}, ""},
		{"after its end", dataintegrity.Expect{Now: after, Challenge: "c"}, "proof.expired"},
		{"for authentication", dataintegrity.Expect{Purpose: dataintegrity.Authentication, Challenge: "c"}, "proof.purpose"},
		{"another domain", dataintegrity.Expect{Domain: "other.example", Challenge: "c"}, "proof.domain"},
		{"another challenge", dataintegrity.Expect{Challenge: "d"}, "proof.challenge"},
		{"a credential asks for no challenge", dataintegrity.Expect{}, ""},
	} {
		got := ""
		if err := proofs[0].Check(c.expect); err != nil {
			got = fault.AsDefect(err).Code
		}
		if got != c.code {
			t.Errorf("%s: %q, want %q", c.name, got, c.code)
		}
	}
}

// TestEditions makes a proof over a document with jti under an older edition of the Open Badges context, in which endorsementJwt is
// not defined, and expects the edition to be named.
func TestEditions(t *testing.T) {
	key := signer(t, keys.EdDSA)
	doc := parse(t, []byte(`{"@context":["`+contexts.CredentialsV2+`","`+contexts.OpenBadges+`"],"id":"urn:x:1","jti":"urn:x:1","type":["VerifiableCredential"],
		"issuer":"https://issuer.example","credentialSubject":{"id":"urn:x:2"}}`))
	for _, e := range contexts.Editions(contexts.OpenBadges) {
		_, err := jsonld.ToRDF(doc, jsonld.Edition(e.Name))
		if (err == nil) != (e.Name != "2024-03") {
			t.Errorf("edition %s: %v", e.Name, err)
		}
	}
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(doc, dataintegrity.Statement{})
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := dataintegrity.Read(parse(t, signed))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := proofs[0].Verify(parse(t, signed), key.Public()); err != nil || m.Edition != "" {
		t.Errorf("%v, edition %q", err, m.Edition)
	}
}

func TestVerifyRefuses(t *testing.T) {
	key := signer(t, keys.EdDSA)
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(document(t, `["`+contexts.CredentialsV2+`","`+contexts.OpenBadges+`"]`), dataintegrity.Statement{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, code string }{
		{"L01 an undefined term", `"id":"urn:uuid`, `"grade":"A+","id":"urn:uuid`, "DATA_LOSS_DETECTION_ERROR"},
		{"L02 a vocabulary at the end", contexts.OpenBadges + `"]`, contexts.OpenBadges + `",{"@vocab":"urn:v#"}]`, "context.inline"},
		{"L02 a vocabulary at the start", `["https://www.w3.org`, `[{"@vocab":"urn:v#"},"https://www.w3.org`, "context.inline"},
		{"L04 a context of null inside", `"credentialSubject":{`, `"credentialSubject":{"@context":null,`, "context.inline"},
		{"L04 a context inside", `"credentialSubject":{`, `"credentialSubject":{"@context":{"x":"urn:x"},`, "context.inline"},
		{"a context from elsewhere", contexts.OpenBadges, "https://evil.example/context", "context.unknown"},
		{"an undefined term in the proof", `"proofPurpose"`, `"grade":"A+","proofPurpose"`, "DATA_LOSS_DETECTION_ERROR"},
		{"a context in the proof", `"proofPurpose"`, `"@context":"` + contexts.DataIntegrityV2 + `","proofPurpose"`, "proof.malformed"},
		{"a member of null", `"id":"urn:uuid`, `"name":null,"id":"urn:uuid`, "DATA_LOSS_DETECTION_ERROR"},
	} {
		text := strings.Replace(string(signed), c.old, c.new, 1)
		if text == string(signed) {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		doc := parse(t, []byte(text))
		proofs, err := dataintegrity.Read(doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = proofs[0].Verify(doc, key.Public()); err == nil || fault.AsDefect(err).Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
	proofs, err := dataintegrity.Read(parse(t, signed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proofs[0].Verify(parse(t, signed), signer(t, keys.ES256).Public()); fault.AsDefect(err).Code != "key.alg_mismatch" {
		t.Errorf("a key for another suite: %v", err)
	}
}

// TestSignRefuses: no proof is made that nobody could check.
func TestSignRefuses(t *testing.T) {
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, signer(t, keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	doc := document(t, `["`+contexts.CredentialsV2+`"]`)
	for name, st := range map[string]dataintegrity.Statement{
		"a relative method":                   {VerificationMethod: "#key-1"},
		"a proof before it that is not there": {Previous: []string{"urn:proof:1"}},
	} {
		if out, err := s.Sign(doc, st); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if _, err := s.Sign(doc, dataintegrity.Statement{VerificationMethod: "did:web:a.example#key-1"}); err != nil {
		t.Errorf("the twin: %v", err)
	}
}

// TestSignaturesOfAnotherLength: a signature has the length that the key of the issuer makes, before anything is computed.
func TestSignaturesOfAnotherLength(t *testing.T) {
	s, err := dataintegrity.NewSigner(dataintegrity.ECDSARDFC, signer(t, keys.ES256))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(document(t, `["`+contexts.CredentialsV2+`"]`), dataintegrity.Statement{})
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := dataintegrity.Read(parse(t, signed))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proofs[0].Verify(parse(t, signed), signer(t, keys.ES384).Public()); fault.AsDefect(err).Code != "proof.malformed" {
		t.Errorf("64 bytes for a key that makes 96: %v", err)
	}
}

// TestADerivedProofFollowsNoOther: what a chain of such a proof would cover is not defined.
func TestADerivedProofFollowsNoOther(t *testing.T) {
	key := signer(t, keys.ES256)
	s, err := dataintegrity.NewSigner(dataintegrity.ECDSASD, key)
	if err != nil {
		t.Fatal(err)
	}
	base, err := s.Sign(document(t, `["`+contexts.CredentialsV2+`"]`), dataintegrity.Statement{Mandatory: []string{"/issuer"}})
	if err != nil {
		t.Fatal(err)
	}
	derived, err := ecdsasd.Derive(parse(t, base), []string{"/credentialSubject"})
	if err != nil {
		t.Fatal(err)
	}
	const first = `"proof":[`
	chained := strings.NewReplacer(first, first+goodProof+`,`, `"proofPurpose":"assertionMethod","proofValue":"u`, `"proofPurpose":"assertionMethod","previousProof":"urn:proof:1","proofValue":"u`).
		Replace(string(derived))
	for text, want := range map[string]string{string(derived): "", chained: "proof.malformed"} {
		doc := parse(t, []byte(text))
		proofs, err := dataintegrity.Read(doc)
		if err != nil {
			t.Fatal(err)
		}
		last := &proofs[len(proofs)-1]
		if _, err := last.Verify(doc, key.Public()); (err != nil) != (want != "") || err != nil && fault.AsDefect(err).Code != want {
			t.Errorf("%d proofs: %v, want %q", len(proofs), err, want)
		}
	}
}

// TestPoisonGraphs signs nothing and verifies nothing over nodes without ids that are linked in a circle (threat L07).
func TestPoisonGraphs(t *testing.T) {
	var nodes []string
	for i := range 10 {
		links := make([]string, 0, 10)
		for j := range 10 {
			if i != j {
				links = append(links, fmt.Sprintf(`{"id":"_:n%d"}`, j))
			}
		}
		nodes = append(nodes, fmt.Sprintf(`{"id":"_:n%d","knows":[%s]}`, i, strings.Join(links, ",")))
	}
	doc := parse(t, []byte(`{"@context":["`+contexts.CredentialsV2+`","`+contexts.ExamplesV2+`"],"type":["VerifiableCredential"],
		"issuer":"https://issuer.example","credentialSubject":[`+strings.Join(nodes, ",")+`]}`))
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, signer(t, keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(doc, dataintegrity.Statement{}); err == nil || fault.AsDefect(err).Code != "limits.canonicalization" {
		t.Errorf("L07 ten nodes: %v", err)
	}
}

// FuzzRead holds that reading proofs never fails in another way than by a Defect, and that no proof verifies under a key that did not
// make it.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","proof":` + goodProof + `}`))
	f.Add([]byte(`{"proof":[{},{"previousProof":"x"}]}`))
	key := signer(f, keys.EdDSA)
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := ijson.Parse(text, ijson.Bounds{})
		if err != nil {
			return
		}
		proofs, err := dataintegrity.Read(doc)
		again, errAgain := dataintegrity.Read(doc)
		if (err == nil) != (errAgain == nil) || len(proofs) != len(again) {
			t.Fatalf("%d proofs and %v, then %d and %v", len(proofs), err, len(again), errAgain)
		}
		if err != nil {
			if fault.AsDefect(err).Code == "internal" {
				t.Fatal(err)
			}
			return
		}
		for i := range proofs {
			if _, err := proofs[i].Verify(doc, key.Public()); err == nil || fault.AsDefect(err).Code == "internal" {
				t.Fatalf("proof %d: %v", i, err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	doc := load(b, corpus.Folder(b, "1edtech", "ob30"), "simple.json")
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		b.Fatal(err)
	}
	key, err := keyOf(proofs[0].VerificationMethod)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("proof", func(b *testing.B) {
		for b.Loop() {
			if _, err := proofs[0].Verify(doc, key); err != nil {
				b.Fatal(err)
			}
		}
	})
	hashes, _ := proofs[0].Hashes(doc, key.Alg)
	b.Run("signature", func(b *testing.B) {
		for b.Loop() {
			_ = key.Verify(hashes, make([]byte, 64))
		}
	})
}

func Example() {
	key, _ := keys.Generate(keys.EdDSA, nil)
	key = key.WithID("https://issuer.example#" + key.Public().Multikey())
	doc, _ := ijson.Parse([]byte(`{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
		"issuer": "https://issuer.example", "credentialSubject": {"id": "urn:uuid:1"}}`), ijson.Bounds{})
	s, _ := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key)
	signed, _ := s.Sign(doc, dataintegrity.Statement{Created: time.Now()})

	got, _ := ijson.Parse(signed, ijson.Bounds{})
	proofs, _ := dataintegrity.Read(got)
	_, err := proofs[0].Verify(got, key.Public())
	fmt.Println(proofs[0].Cryptosuite, err)
	// Output: eddsa-rdfc-2022 <nil>
}

func TestAContextInTheDocumentIsSignedOnlyOnRequest(t *testing.T) {
	t.Parallel()
	key, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, key.WithID("https://issuer.example#key"))
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"@context": ["https://www.w3.org/ns/credentials/v2", {"Rank": "https://issuer.example/Rank"}],
		"type": ["VerifiableCredential", "Rank"], "issuer": "https://issuer.example", "credentialSubject": {"id": "urn:uuid:1"}}`
	doc, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(doc, dataintegrity.Statement{}); fault.AsDefect(err).Code != "context.inline" {
		t.Errorf("without the option: %v", err)
	}
	signed, err := s.Sign(doc, dataintegrity.Statement{}, dataintegrity.WithInlineContexts())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := dataintegrity.Read(got)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proofs[0].Verify(got, key.Public(), dataintegrity.WithInlineContexts()); err != nil {
		t.Error(err)
	}
}
