package dataintegrity_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/test/corpus"
)

// twins makes every document that differs from v at one JSON pointer, and calls yield with it and the pointer.
func twins(v any, at string, put func(any) any, yield func(at string, doc any)) {
	change := func(what string, to any) { yield(at+" "+what, put(to)) }
	switch x := v.(type) {
	case map[string]any:
		with := maps.Clone(x)
		with["laurelUndefined"] = "added"
		change("has one more member", with)
		for _, name := range slices.Sorted(maps.Keys(x)) {
			less := maps.Clone(x)
			delete(less, name)
			change("lacks "+name, less)
			renamed := maps.Clone(less)
			renamed[name+"X"] = x[name]
			change("has "+name+"X for "+name, renamed)
			twins(x[name], at+"/"+name, func(inner any) any {
				m := maps.Clone(x)
				m[name] = inner
				return put(m)
			}, yield)
		}
	case []any:
		change("has an empty object more", append(slices.Clone(x), map[string]any{}))
		for i := range x {
			if len(x) > 1 {
				change("lacks element "+strconv.Itoa(i), append(slices.Clone(x[:i]), x[i+1:]...))
			}
			twins(x[i], at+"/"+strconv.Itoa(i), func(inner any) any {
				s := slices.Clone(x)
				s[i] = inner
				return put(s)
			}, yield)
		}
	case string:
		change("is longer", x+"x")
		change("is empty", "")
		change("is null", nil)
		change("is another type", []any{map[string]any{"id": "urn:x"}})
	case float64:
		change("is larger", x+1)
		change("is a text", fmt.Sprint(x)+"0")
	case bool:
		change("is the opposite", !x)
	}
}

// Statements that stand twice in a document (complete.json describes the same profiles again and again) can go once without
// changing what is said; so the samples here are those that say each thing once.

// TestEveryChangeIsFound changes every member and element of signed credentials, one at a time: none still verifies.
func TestEveryChangeIsFound(t *testing.T) {
	root := corpus.Folder(t, "1edtech", "ob30")
	samples := []ijson.Value{
		load(t, root, "simple.json"), load(t, root, "simple_v1.json"), load(t, root, "bit-string-list", "credential-status-revoked.json"),
		load(t, root, "sd", "derivedcredential.json"),
		load(t, corpus.Folder(t, "w3c", "vc-di-eddsa"), "eddsa-jcs-2022", "signedJCS.json"),
		load(t, corpus.Folder(t, "w3c", "vc-di-ecdsa"), filepath.FromSlash("ecdsa-jcs-2019-p256/signedJCSECDSAP256.json")),
		load(t, corpus.Folder(t, "w3c", "vc-di-ecdsa"), filepath.FromSlash("ecdsa-rdfc-2019-p384/signedECDSAP384.json")),
	}
	for n, doc := range samples {
		var tree any
		if err := json.Unmarshal(ijson.Append(nil, doc), &tree); err != nil {
			t.Fatal(err)
		}
		if got := outcome(doc); got != "verifies" {
			t.Fatalf("sample %d: %s", n, got)
		}
		changed := 0
		twins(tree, "", func(v any) any { return v }, func(at string, twin any) {
			text, err := json.Marshal(twin)
			if err != nil {
				t.Fatal(err)
			}
			changed++
			if at == "/proof has an empty object more" {
				return // another proof is another claim: whether every proof has to hold is the caller's policy
			}
			if v, err := ijson.Parse(text, ijson.Bounds{}); err == nil && outcome(v) == "verifies" && !harmless(doc, v) {
				t.Errorf("sample %d, %s: still verifies", n, at)
			}
		})
		t.Logf("sample %d: %d changes", n, changed)
		if changed < 100 {
			t.Errorf("sample %d: only %d changes", n, changed)
		}
	}
}

// harmless finds the twins that are the same statement: only the list of contexts differs, by one that defines nothing that the
// document uses.
func harmless(doc, twin ijson.Value) bool {
	a, b := without(quiet{}, doc, "@context"), without(quiet{}, twin, "@context")
	return bytes.Equal(ijson.Append(nil, a), ijson.Append(nil, b)) && len(twin.Member("@context").Items()) < len(doc.Member("@context").Items())
}

// quiet stands in for a test where nothing can fail.
type quiet struct{ testing.TB }

func (quiet) Helper() {}

func signer(t testing.TB, alg keys.Algorithm) keys.Signer {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := "did:key:" + k.Public().Multikey()
	return k.WithID(id + "#" + k.Public().Multikey())
}

// document is a small badge with the contexts given.
func document(t testing.TB, context string) ijson.Value {
	t.Helper()
	return parse(t, []byte(`{"@context":`+context+`,"id":"urn:uuid:7a1e2ae1-0000-4000-8000-000000000001","type":["VerifiableCredential"],
		"issuer":"https://issuer.example","credentialSubject":{"id":"urn:uuid:7a1e2ae1-0000-4000-8000-000000000002"}}`))
}

// TestSelectiveDisclosure issues a base proof, derives from it and verifies: the base proof is not for verifiers.
func TestSelectiveDisclosure(t *testing.T) {
	key := signer(t, keys.ES256)
	s, err := dataintegrity.NewSigner(dataintegrity.ECDSASD, key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(document(t, `["`+contexts.CredentialsV2+`","`+contexts.OpenBadges+`"]`), dataintegrity.Statement{Mandatory: []string{"/issuer"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(parse(t, signed)); got != "proof.malformed" {
		t.Errorf("a base proof: %s", got)
	}
	shown, err := ecdsasd.Derive(parse(t, signed), []string{"/credentialSubject"})
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(parse(t, shown)); got != "verifies" {
		t.Errorf("a derived proof: %s", got)
	}
	if got := outcome(parse(t, bytes.Replace(shown, []byte("issuer.example"), []byte("other.example"), 1))); got != "di.signature" {
		t.Errorf("a derived proof for another issuer: %s", got)
	}
	if _, err := dataintegrity.NewSigner(dataintegrity.ECDSASD, signer(t, keys.ES384)); err == nil {
		t.Error("a key on P-384 is taken")
	}
}

func TestSignAndVerify(t *testing.T) {
	for _, c := range []struct {
		suite string
		alg   keys.Algorithm
	}{
		{dataintegrity.EdDSARDFC, keys.EdDSA}, {dataintegrity.EdDSAJCS, keys.EdDSA},
		{dataintegrity.ECDSARDFC, keys.ES256}, {dataintegrity.ECDSARDFC, keys.ES384},
		{dataintegrity.ECDSAJCS, keys.ES256}, {dataintegrity.ECDSAJCS, keys.ES384},
	} {
		for _, context := range []string{
			`["` + contexts.CredentialsV2 + `","` + contexts.OpenBadges + `"]`, `["` + contexts.CredentialsV1 + `"]`, `"` + contexts.CredentialsV2 + `"`,
		} {
			key := signer(t, c.alg)
			s, err := dataintegrity.NewSigner(c.suite, key)
			if err != nil {
				t.Fatal(err)
			}
			first, err := s.Sign(document(t, context), dataintegrity.Statement{ID: "urn:uuid:7a1e2ae1-0000-4000-8000-000000000003"})
			if err != nil {
				t.Fatalf("%s %s: %v", c.suite, context, err)
			}
			second, err := s.Sign(parse(t, first), dataintegrity.Statement{Previous: []string{"urn:uuid:7a1e2ae1-0000-4000-8000-000000000003"}})
			if err != nil {
				t.Fatalf("%s %s: %v", c.suite, context, err)
			}
			doc := parse(t, second)
			proofs, err := dataintegrity.Read(doc)
			if err != nil || len(proofs) != 2 {
				t.Fatalf("%s: %d proofs (%v)", c.suite, len(proofs), err)
			}
			for i := range proofs {
				if _, err := proofs[i].Verify(doc, key.Public()); err != nil {
					t.Errorf("%s %s, proof %d: %v", c.suite, context, i, err)
				}
				if _, err := proofs[i].Verify(doc, signer(t, c.alg).Public()); err == nil {
					t.Errorf("%s: another key is taken", c.suite)
				}
			}
		}
	}
}
