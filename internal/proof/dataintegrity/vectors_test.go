package dataintegrity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/test/corpus"
)

func read(t testing.TB, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is\n%s\nwant\n%s", what, got, want)
	}
}

func canonical(t testing.TB, doc ijson.Value, h jsonld.Hash, with ...jsonld.Option) string {
	t.Helper()
	quads, err := jsonld.ToRDF(doc, with...)
	if err != nil && fault.AsDefect(err).Code == "context.inline" {
		quads, err = jsonld.ToRDFGeneral(doc, with...)
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := jsonld.CanonicalizeCredential(quads, h)
	if err != nil {
		t.Fatal(err)
	}
	return c.String()
}

func hashed(h jsonld.Hash, text string) string {
	if h == jsonld.SHA384 {
		sum := sha512.Sum384([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// canonicalJSON is the canonical form of an object without one member, made in another way than the package does.
func canonicalJSON(t *testing.T, text, omit string) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	delete(m, omit)
	again, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ijson.AppendCanonical(nil, parse(t, again))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// deterministic signs without randomness (RFC 6979 for ECDSA), as the vectors were made.
type deterministic struct{ crypto.Signer }

func (d deterministic) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return d.Signer.Sign(nil, digest, o)
}

// secret reads a private key in the Multikey form.
func secret(t *testing.T, public keys.Public, text string) keys.Signer {
	t.Helper()
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n := new(big.Int)
	for _, c := range text[1:] {
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(strings.IndexRune(alphabet, c))))
	}
	raw := n.Bytes()[2:] // behind the two bytes of the codec
	var key crypto.Signer
	switch public.Alg {
	case keys.EdDSA:
		key = ed25519.NewKeyFromSeed(raw)
	default:
		curve := elliptic.P256()
		if public.Alg == keys.ES384 {
			curve = elliptic.P384()
		}
		k, err := ecdsa.ParseRawPrivateKey(curve, raw)
		if err != nil {
			t.Fatal(err)
		}
		key = k
	}
	s, err := keys.NewSigner("", public.Alg, deterministic{key})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Public().Equal(public) {
		t.Fatal("the private key is not the one of the public key")
	}
	return s
}

// vectorKeys are the key pairs of the vectors by public key.
func vectorKeys(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range []string{"vc-di-eddsa/keyPair.json", "vc-di-ecdsa/p256KeyPair.json", "vc-di-ecdsa/p384KeyPair.json"} {
		v := load(t, corpus.Folder(t, "w3c"), filepath.FromSlash(f))
		out[v.Member("publicKeyMultibase").Text()] = v.Member("privateKeyMultibase").Text() + v.Member("secretKeyMultibase").Text()
	}
	return out
}

// citizenship has the terms that the vectors with the context of that name use, which is not embedded. The address of a context
// is not signed, only what its terms mean.
const citizenship = `{
	"Person": "https://schema.org/Person", "EmployablePerson": "https://w3id.org/citizenship#EmployablePerson",
	"EmploymentAuthorizationDocument": "https://w3id.org/citizenship#EmploymentAuthorizationDocument",
	"EmploymentAuthorizationDocumentCredential": "https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential",
	"image": {"@id": "https://schema.org/image", "@type": "@id"},
	"additionalName": "https://schema.org/additionalName", "familyName": "https://schema.org/familyName",
	"givenName": "https://schema.org/givenName", "gender": "https://schema.org/gender", "identifier": "https://schema.org/identifier",
	"birthCountry": "https://w3id.org/citizenship#birthCountry",
	"birthDate": {"@id": "https://schema.org/birthDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"employmentAuthorizationDocument": {"@id": "https://w3id.org/citizenship#employmentAuthorizationDocument", "@type": "@id"},
	"residentSince": {"@id": "https://w3id.org/citizenship#residentSince", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"lprCategory": "https://w3id.org/citizenship#lprCategory", "lprNumber": "https://w3id.org/citizenship#lprNumber"
}`

func inlined(text string) string {
	return strings.ReplaceAll(text, `"https://w3id.org/citizenship/v4rc1"`, citizenship)
}

// TestVectors follows every vector of the two recommendations step by step, and signs it again.
func TestVectors(t *testing.T) {
	secrets, seen := vectorKeys(t), 0
	err := filepath.WalkDir(corpus.Folder(t, "w3c"), func(path string, _ fs.DirEntry, err error) error {
		dir, file := filepath.Split(path)
		suffix, ok := strings.CutPrefix(strings.TrimSuffix(file, ".json"), "signed")
		if err != nil || !ok || strings.Contains(suffix, "Proof") {
			return err
		}
		seen++
		t.Run(filepath.Base(filepath.Dir(path))+"/"+suffix, func(t *testing.T) { vector(t, dir, suffix, secrets) })
		return nil
	})
	if err != nil || seen != 10 {
		t.Errorf("%d vectors (%v), want 10", seen, err)
	}
}

func vector(t *testing.T, dir, suffix string, secrets map[string]string) {
	step := func(name, ext string) string { return strings.TrimSpace(read(t, dir, name+suffix+ext)) }
	text := inlined(read(t, dir, "signed"+suffix+".json"))
	doc := parse(t, []byte(text))
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		t.Fatal(err)
	}
	p := &proofs[0]
	key, err := keyOf(p.VerificationMethod)
	if err != nil {
		t.Fatal(err)
	}
	h := jsonld.SHA256
	if key.Alg == keys.ES384 {
		h = jsonld.SHA384
	}
	configText := inlined(read(t, dir, "proofConfig"+suffix+".json"))
	var document, config string
	if strings.Contains(p.Cryptosuite, "jcs") {
		document, config = canonicalJSON(t, text, "proof"), canonicalJSON(t, configText, "")
	} else {
		document = canonical(t, doc, h, jsonld.Omit("proof"))
		config = canonical(t, parse(t, []byte(configText)), h)
	}
	same(t, "the canonical document", strings.TrimSpace(document), step("canonDoc", ".txt"))
	same(t, "the canonical proof", strings.TrimSpace(config), step("proofCanon", ".txt"))
	same(t, "the hash of the document", hashed(h, document), step("docHash", ".txt"))
	same(t, "the hash of the proof", hashed(h, config), step("proofHash", ".txt"))
	hashes, err := p.Hashes(doc, key.Alg, dataintegrity.WithInlineContexts())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "what is signed", hex.EncodeToString(hashes), step("combinedHash", ".txt"))
	signature, err := hex.DecodeString(step("sigHex", ".txt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := key.Verify(hashes, signature); err != nil {
		t.Error(err)
	}
	value := doc.Member("proof").Member("proofValue").Text()
	same(t, "the proof value", value, step("sigBTC58", ".txt"))
	if _, err := p.Verify(doc, key, dataintegrity.WithInlineContexts()); err != nil {
		t.Error(err)
	}
	if strings.Contains(text, `"Person": "https`) {
		return // what has a context inside is verified, and not signed
	}
	again(t, doc, p, secret(t, key, secrets[key.Multikey()]))
}

// again signs the document of a vector with the vector's key and finds the same proof value.
func again(t *testing.T, doc ijson.Value, p *dataintegrity.Proof, key keys.Signer) {
	if p.Cryptosuite == "" {
		if _, err := dataintegrity.NewSigner(p.Type, key); err == nil {
			t.Error("proofs of an old suite are made")
		}
		return
	}
	s, err := dataintegrity.NewSigner(p.Cryptosuite, key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(without(t, doc, "proof"), dataintegrity.Statement{VerificationMethod: p.VerificationMethod, Created: p.Created})
	if err != nil {
		t.Fatal(err)
	}
	mine := parse(t, signed).Member("proof").Elems()[0]
	same(t, "our proof value", mine.Member("proofValue").Text(), doc.Member("proof").Member("proofValue").Text())
}

// without parses a document again without some members.
func without(t testing.TB, doc ijson.Value, names ...string) ijson.Value {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(ijson.Append(nil, doc), &m); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		delete(m, n)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

// TestProofSetsAndChains verifies each proof of the vectors with several, and counts what it rests on.
func TestProofSetsAndChains(t *testing.T) {
	for name, rests := range map[string][]int{
		"signedProofSet1.json": {0}, "signedProofSet2.json": {0, 0}, "signedProofChain1.json": {0, 0, 2}, "signedProofChain2.json": {0, 0, 2, 3},
	} {
		doc := load(t, corpus.Folder(t, "w3c", "vc-di-eddsa", "proof-set-chain"), name)
		proofs, err := dataintegrity.Read(doc)
		if err != nil || len(proofs) != len(rests) {
			t.Fatalf("%s: %d proofs (%v), want %d", name, len(proofs), err, len(rests))
		}
		for i := range proofs {
			key, err := keyOf(proofs[i].VerificationMethod)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := proofs[i].Verify(doc, key); err != nil {
				t.Errorf("%s, proof %d: %v", name, i, err)
			}
			if got := len(dataintegrity.Rests(proofs, i)); got != rests[i] {
				t.Errorf("%s, proof %d rests on %d proofs, want %d", name, i, got, rests[i])
			}
		}
	}
}
