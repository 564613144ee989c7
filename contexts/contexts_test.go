package contexts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/piprate/json-gold/ld"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/test/corpus"
)

func Example() {
	doc, digest, ok := contexts.Lookup(contexts.OpenBadges)
	fmt.Println(ok, digest == sha256.Sum256(doc), len(contexts.Editions(contexts.OpenBadges)))

	_, _, ok = contexts.Lookup("https://example.org/my-own-context")
	fmt.Println(ok)
	// Output:
	// true true 3
	// false
}

func TestLookup(t *testing.T) {
	for _, url := range contexts.URLs() {
		doc, digest, ok := contexts.Lookup(url)
		if !ok || !contexts.Known(url) {
			t.Errorf("%s is listed and not found", url)
			continue
		}
		if digest != sha256.Sum256(doc) {
			t.Errorf("%s: the digest is not that of the bytes", url)
		}
		var parsed struct {
			Context any `json:"@context"`
		}
		if err := json.Unmarshal(doc, &parsed); err != nil || parsed.Context == nil {
			t.Errorf("%s: no @context inside: %v", url, err)
		}
	}
	if n := len(contexts.URLs()); n != 16 {
		t.Errorf("%d contexts, 16 are documented", n)
	}
}

func TestLookupRefusesNearMisses(t *testing.T) {
	for name, url := range map[string]string{
		"an empty URL":                "",
		"a trailing slash":            contexts.CredentialsV2 + "/",
		"plain http":                  strings.Replace(contexts.CredentialsV2, "https", "http", 1),
		"another case of the host":    strings.Replace(contexts.CredentialsV2, "www", "WWW", 1),
		"a fragment":                  contexts.OpenBadges + "#",
		"a version that is not there": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.9.json",
	} {
		if _, _, ok := contexts.Lookup(url); ok || contexts.Known(url) || contexts.Editions(url) != nil {
			t.Errorf("%s is found", name)
		}
	}
}

// TestEditions states what 1EdTech added to the context of 3.0.3 since 2024: only new terms.
func TestEditions(t *testing.T) {
	editions := contexts.Editions(contexts.OpenBadges)
	var names []string
	for i, e := range editions {
		names = append(names, e.Name)
		terms := termsOf(t, e.Doc)
		_, jti := terms["jti"]
		_, jwt := terms["endorsementJwt"]
		if jti != (i <= 1) || jwt != (i == 0) {
			t.Errorf("edition %s: jti %v, endorsementJwt %v", e.Name, jti, jwt)
		}
		delete(terms, "jti")
		delete(terms, "endorsementJwt")
		if diff := cmp.Diff(termsOf(t, editions[2].Doc), terms); diff != "" {
			t.Errorf("edition %s changes other terms: %s", e.Name, diff)
		}
	}
	if want := []string{"2026-06", "2025-11", "2024-03"}; !slices.Equal(names, want) {
		t.Errorf("editions %v, want %v", names, want)
	}
	if doc, _, _ := contexts.Lookup(contexts.OpenBadges); !bytes.Equal(doc, editions[0].Doc) {
		t.Error("Lookup does not return the newest edition")
	}
}

func termsOf(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	var parsed struct {
		Context map[string]any `json:"@context"`
	}
	if err := json.Unmarshal(doc, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.Context
}

// official names the standards' own file for each URL that the corpus has one for.
var official = map[string]string{
	contexts.CredentialsV2:   "credentials-v2.json",
	contexts.CredentialsV1:   "credentials-v1.json",
	contexts.OpenBadges300:   "ob-context-3.0.0.json",
	contexts.OpenBadges301:   "ob-context-3.0.1.2024.json",
	contexts.OpenBadges302:   "ob-context-3.0.2.2024.json",
	contexts.OpenBadges:      "ob-v3p0-3.0.3.json",
	contexts.Extensions:      "ob-v3p0-extensions.json",
	contexts.CLR:             "clr-v2p0-2.0.1.json",
	contexts.DataIntegrityV1: "data-integrity-v1.jsonld",
	contexts.DIDV1:           "did-v1.jsonld",
}

// TestSameTermsAsOfficial compares the term tables, whatever the order and the white space.
func TestSameTermsAsOfficial(t *testing.T) {
	dir := corpus.Folder(t)
	for url, file := range official {
		doc, _, _ := contexts.Lookup(url)
		if diff := cmp.Diff(termsOf(t, read(t, filepath.Join(dir, "contexts", file))), termsOf(t, doc)); diff != "" {
			t.Errorf("%s differs from the official file: %s", url, diff)
		}
	}
	old := read(t, filepath.Join(dir, "contexts", "ob-context-3.0.3.2024.json"))
	if diff := cmp.Diff(termsOf(t, old), termsOf(t, contexts.Editions(contexts.OpenBadges)[2].Doc)); diff != "" {
		t.Errorf("edition 2024-03 differs from the official file: %s", diff)
	}
}

// TestSameMeaningAsOfficial expands every sample of the corpus under our contexts and under the official ones, and turns
// both into RDF: the statements must be the same.
func TestSameMeaningAsOfficial(t *testing.T) {
	dir := corpus.Folder(t)
	theirs := func(url string) ([]byte, bool) {
		if file, ok := official[url]; ok {
			return read(t, filepath.Join(dir, "contexts", file)), true
		}
		return ours(url)
	}
	// These use a context that Laurel does not have (drafts), or break @context itself.
	unusable := map[string]bool{
		"clr20/simple-noproof.json": true, "clr20/simple_old_safesigned.json": true,
	}
	compared := 0
	for _, pattern := range []string{"ob30/*.json", "ob30/bit-string-list/*", "ob30/sd/*.json", "clr20/*.json", "canonical/*.json"} {
		files, err := filepath.Glob(filepath.Join(dir, "1edtech", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no samples for %s: %v", pattern, err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(filepath.Join(dir, "1edtech"), file)
			text := read(t, file)
			own, ownErr := statements(text, ours)
			if unusable[name] {
				if ownErr == nil {
					t.Errorf("%s is listed as unusable and is not", name)
				}
				continue
			}
			other, otherErr := statements(text, theirs)
			if ownErr != nil || otherErr != nil {
				t.Errorf("%s: ours %v, official %v", name, ownErr, otherErr)
				continue
			}
			if diff := cmp.Diff(other, own); diff != "" || own == "" {
				t.Errorf("%s means something else under our contexts: %s", name, diff)
			}
			compared++
		}
	}
	if compared < 36 {
		t.Errorf("only %d samples were compared", compared)
	}
}

func ours(url string) ([]byte, bool) {
	doc, _, ok := contexts.Lookup(url)
	return doc, ok
}

// loader serves contexts to json-gold; it never looks at the network.
type loader func(url string) ([]byte, bool)

func (l loader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	text, ok := l(url)
	if !ok {
		return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, "not embedded: "+url)
	}
	doc, err := ld.DocumentFromReader(bytes.NewReader(text))
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

func statements(text []byte, l loader) (string, error) {
	doc, err := ld.DocumentFromReader(bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	opts := ld.NewJsonLdOptions("")
	opts.ProcessingMode = ld.JsonLd_1_1
	opts.DocumentLoader = l
	opts.Format = "application/n-quads"
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, opts)
	if err != nil {
		return "", err
	}
	tree, err := json.MarshalIndent(expanded, "", " ")
	if err != nil {
		return "", err
	}
	rdf, err := ld.NewJsonLdProcessor().ToRDF(doc, opts)
	if err != nil {
		return "", err
	}
	// json-gold numbers blank nodes and orders statements as its maps happen to lie; the expansion above pins what is
	// linked to what.
	lines := strings.Split(blank.ReplaceAllString(rdf.(string), "_:b"), "\n")
	slices.Sort(lines)
	return string(tree) + strings.Join(lines, "\n"), nil
}

var blank = regexp.MustCompile(`_:b[0-9]+`)

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
