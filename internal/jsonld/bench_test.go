package jsonld_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/piprate/json-gold/ld"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
)

func badge(b testing.TB) []byte {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(corpus(b, "1edtech", "ob30"), "simple.json"))
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func BenchmarkToRDF(b *testing.B) {
	doc := parse(b, badge(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonld.ToRDF(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonicalize(b *testing.B) {
	quads, err := jsonld.ToRDF(parse(b, badge(b)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonld.Canonicalize(quads, jsonld.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPipeline(b *testing.B) {
	doc := parse(b, badge(b))
	b.ReportAllocs()
	for b.Loop() {
		quads, err := jsonld.ToRDF(doc)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := jsonld.Canonicalize(quads, jsonld.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

type embedded struct{}

func (embedded) LoadDocument(url string) (*ld.RemoteDocument, error) {
	text, _, _ := contexts.Lookup(url)
	var doc any
	err := json.Unmarshal(text, &doc)
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

// BenchmarkLibraryPipeline is the comparison of the numbers in docs/conformance.md: the library's expansion, quads and
// canonical form of the same badge, with its contexts parsed beforehand.
func BenchmarkLibraryPipeline(b *testing.B) {
	var doc any
	if err := json.Unmarshal(badge(b), &doc); err != nil {
		b.Fatal(err)
	}
	loader := ld.NewCachingDocumentLoader(embedded{})
	b.ReportAllocs()
	for b.Loop() {
		o := ld.NewJsonLdOptions("")
		o.SafeMode = true
		o.DocumentLoader = loader
		o.Algorithm = "URDNA2015"
		o.Format = "application/n-quads"
		if _, err := ld.NewJsonLdProcessor().Normalize(doc, o); err != nil {
			b.Fatal(err)
		}
	}
}

var _ = ijson.Null
