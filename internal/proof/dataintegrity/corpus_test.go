package dataintegrity_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/test/corpus"
)

func parse(t testing.TB, text []byte) ijson.Value {
	t.Helper()
	v, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t testing.TB, path ...string) ijson.Value {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

// keyOf takes the key out of a verification method that carries it: the fragment, or a did:key.
func keyOf(method string) (keys.Public, error) {
	_, fragment, _ := strings.Cut(method, "#")
	if id, ok := strings.CutPrefix(method, "did:key:"); ok && fragment == "" {
		fragment = id
	}
	return keys.ParseMultikey(fragment)
}

// outcome verifies all proofs of a document and says how the best of them fared: "verifies", or the code of the last defect.
func outcome(doc ijson.Value) string {
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		return fault.AsDefect(err).Code
	}
	last := ""
	for i := range proofs {
		p := &proofs[i]
		if err := p.Err(); err != nil {
			last = fault.AsDefect(err).Code
			continue
		}
		key, err := keyOf(p.VerificationMethod)
		if err != nil {
			last = "no key"
			continue
		}
		if _, err := p.Verify(doc, key); err != nil {
			last = fault.AsDefect(err).Code
			continue
		}
		return "verifies"
	}
	return last
}

var armoured = regexp.MustCompile(`(?s)(<!\[CDATA\[|credential>)\s*(\{.*\})\s*(\]\]>|</)`)

// credentialIn finds the JSON credential in a sample: plain, in the text chunk of a PNG, in an SVG.
func credentialIn(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Ext(path) {
	case ".png":
		at := bytes.Index(text, []byte("openbadgecredential\x00"))
		at += bytes.IndexByte(text[at:], '{')
		var first json.RawMessage
		if err := json.NewDecoder(bytes.NewReader(text[at:])).Decode(&first); err != nil {
			t.Fatal(err)
		}
		return first
	case ".svg":
		m := armoured.FindSubmatch(text)
		if m == nil {
			t.Fatal("no credential in the SVG")
		}
		return m[2]
	}
	return text
}

// TestSignaturesOfOneEdTechSamples states the outcome of the signature check of every sample with an embedded proof, as
// the table in the corpus's README does.
func TestSignaturesOfOneEdTechSamples(t *testing.T) {
	const lost, wrong = "DATA_LOSS_DETECTION_ERROR", "di.signature"
	want := map[string]string{
		"ob30/simple.json": "verifies", "ob30/simple.1ob": "verifies", "ob30/simple_v1.json": "verifies",
		"ob30/simple-eddsa-2022.json": "verifies", "ob30/simple-did-key-method.json": "verifies",
		"ob30/simple-did-web-method.json": "verifies", "ob30/simple-multiple-proofs.json": "verifies",
		"ob30/simple-context-alias.json": "verifies", "ob30/simple-context-version.json": "verifies",
		"ob30/complete.json": "verifies", "ob30/complete_v1.json": "no key",
		"ob30/credential-status-revoked.json":                                         "verifies",
		"ob30/bit-string-list/credential-status-revoked.json":                         "verifies",
		"ob30/bit-string-list/credential-status-revoked-blank-nodes.json":             "verifies",
		"ob30/bit-string-list/testlist":                                               "verifies",
		"ob30/endorsement-valid.json":                                                 "verifies",
		"ob30/endorsement-err-schema-status-refresh.json":                             wrong,
		"ob30/sd/derivedcredential.json":                                              "verifies",
		"ob30/simple-json.png":                                                        "verifies",
		"ob30/simple-json.svg":                                                        "verifies",
		"ob30/simple-noproof.json":                                                    "proof.missing",
		"ob30/simple-err-expired.json":                                                "verifies",
		"ob30/simple-err-issued.json":                                                 "verifies",
		"ob30/simple-err-issuer.json":                                                 "verifies",
		"ob30/simple-err-context.json":                                                lost,
		"ob30/simple-err-type.json":                                                   lost,
		"ob30/simple-err-credential-subject-achievement-result-description-type.json": lost,
		"ob30/simple-err-credential-subject-identifier-type.json":                     lost,
		"ob30/simple-err-credential-subject-profile-type.json":                        lost,
		"ob30/simple-err-credential-subject-result-type.json":                         lost,
		"ob30/simple-err-credential-subject-type.json":                                lost,
		"ob30/simple-err-evidence-type.json":                                          lost,
		"ob30/simple-err-issuer-type.json":                                            lost,
		"ob30/simple-err-issuer-parentorg-type.json":                                  lost,
		"ob30/simple-err-issuer-otheridentifier-type.json":                            lost,
		"ob30/simple-err-proof-value.json":                                            wrong,
		"ob30/simple-err-proof-method.json":                                           "no key",
		"ob30/simple-err-proof-method-unknown-did-method.json":                        "no key",
		"ob30/simple-err-proof-method-unknown-scheme.json":                            "no key",
		"ob30/simple-err-proof-method-no-scheme.json":                                 "proof.malformed",
		"clr20/simple.json":                                                           "verifies",
		"clr20/simple_v1.json":                                                        "verifies",
		"clr20/complex.json":                                                          "verifies",
		"clr20/simple-noproof.json":                                                   "proof.missing",
		"clr20/simple_old_safesigned.json":                                            "context.unknown",
	}
	root, seen := corpus.Folder(t, "1edtech"), 0
	for _, dir := range []string{"ob30", "ob30/bit-string-list", "ob30/sd", "clr20"} {
		files, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.IsDir() || strings.Contains(f.Name(), "jwt") {
				continue
			}
			name := dir + "/" + f.Name()
			if got := outcome(parse(t, credentialIn(t, filepath.Join(root, filepath.FromSlash(name))))); got != want[name] {
				t.Errorf("%s: %s, want %q", name, got, want[name])
			}
			seen++
		}
	}
	if seen != len(want) {
		t.Errorf("%d samples, want %d", seen, len(want))
	}
}

// inside finds the credentials with a proof inside a document, by JSON pointer.
func inside(at string, v ijson.Value) map[string]ijson.Value {
	out := map[string]ijson.Value{}
	visit := func(at string, inner ijson.Value) {
		if _, ok := inner.Get("proof"); ok {
			out[at] = inner
		}
		maps.Copy(out, inside(at, inner))
	}
	for _, m := range v.Members() {
		visit(ijson.Pointer(at, m.Name), m.Value)
	}
	for i, e := range v.Elems() {
		visit(ijson.Index(at, i), e)
	}
	return out
}

// TestNestedCredentials verifies the samples of CLR with every credential inside them.
func TestNestedCredentials(t *testing.T) {
	nested := 0
	for _, name := range []string{"simple.json", "simple_v1.json", "complex.json"} {
		text, err := os.ReadFile(filepath.Join(corpus.Folder(t, "1edtech", "clr20"), name))
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, text)
		if got := outcome(doc); got != "verifies" {
			t.Errorf("%s: %s", name, got)
		}
		for at, inner := range inside("", doc) {
			if got := outcome(inner); got != "verifies" {
				t.Errorf("%s%s: %s", name, at, got)
			}
			nested++
		}
	}
	if nested != 15 {
		t.Errorf("%d nested credentials, want 15", nested)
	}
}

// TestCanonicalFormsOfOneEdTech compares the canonical forms of the implementation guides byte for byte.
func TestCanonicalFormsOfOneEdTech(t *testing.T) {
	const proofHash = "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"
	for _, c := range []struct{ doc, folder, hash string }{
		{"vec-ob.json", "obv3p0", "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773"},
		{"vec-clr.json", "clrv2p0", "768d7015ae69e0210e1c2a45194d9c1d15d7a6022e52b946574a2a27f6fa85fe"},
	} {
		root := corpus.Folder(t, "1edtech", "canonical")
		doc := load(t, root, c.doc)
		proofs, err := dataintegrity.Read(doc)
		if err != nil {
			t.Fatal(err)
		}
		p := &proofs[0]
		key, err := keyOf(p.VerificationMethod)
		if err != nil {
			t.Fatal(err)
		}
		match, err := p.Verify(doc, key)
		if err != nil {
			t.Fatalf("%s: %v", c.doc, err)
		}
		t.Logf("%s holds under the edition %q", c.doc, match.Edition)
		edition := jsonld.Edition(match.Edition)
		document := canonical(t, doc, jsonld.SHA256, edition, jsonld.Omit("proof"))
		same(t, c.doc+" document", document, read(t, root, c.folder, "document-canon.txt"))
		config := canonical(t, doc.Member("proof").Items()[0], jsonld.SHA256, edition, jsonld.Omit("proofValue"),
			jsonld.With("@context", doc.Member("@context")))
		same(t, c.doc+" proof", config, read(t, root, c.folder, "proof-canon.txt"))
		same(t, c.doc+" document hash", hashed(jsonld.SHA256, document), c.hash)
		same(t, c.doc+" proof hash", hashed(jsonld.SHA256, config), proofHash)
	}
}

// TestAllSignaturesOfOneEdTech counts every signature of 1EdTech's samples of Open Badges and learner records that holds: 44 in the
// samples themselves (proofs, those of the credentials inside, of the pictures, and tokens that carry their key), and beside them the
// token inside of a token and the three of the implementation guides.
func TestAllSignaturesOfOneEdTech(t *testing.T) {
	root, hold := corpus.Folder(t, "1edtech"), 0
	for _, pattern := range []string{"ob30/*", "ob30/bit-string-list/*", "ob30/sd/*", "clr20/*", "canonical/*.json"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no samples, %v", pattern, err)
		}
		for _, name := range files {
			if info, err := os.Stat(name); err != nil || info.IsDir() {
				continue
			}
			n := 0
			if strings.Contains(filepath.Base(name), "jwt") {
				n = tokensThatHold(t, name)
			} else {
				doc := parse(t, credentialIn(t, name))
				all := inside("", doc)
				all[""] = doc
				for _, v := range all {
					if outcome(v) == "verifies" {
						n++
					}
				}
			}
			hold += n
		}
	}
	const samples, innerToken, guides = 44, 1, 3
	if want := samples + innerToken + guides; hold != want {
		t.Errorf("%d signatures hold, want %d", hold, want)
	}
}

var token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`)

// tokensThatHold counts the tokens of a file, and those inside them, whose signature holds under the key that they carry.
func tokensThatHold(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	hold := 0
	for _, compact := range token.FindAll(text, -1) {
		msg, err := jose.Read(compact)
		if err != nil || msg.Header.JWK == nil {
			continue
		}
		content, err := msg.Content()
		if err != nil || msg.Verify(*msg.Header.JWK) != nil {
			continue
		}
		hold++
		for _, inner := range token.FindAll(content.Credential.Raw, -1) {
			if m, err := jose.Read(inner); err == nil && m.Header.JWK != nil && m.Verify(*m.Header.JWK) == nil {
				hold++
			}
		}
	}
	return hold
}
