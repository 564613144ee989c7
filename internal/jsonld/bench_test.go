package jsonld_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/piprate/json-gold/ld"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/test/corpus"
)

func badge(b testing.TB) []byte {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(corpus.Folder(b, "1edtech", "ob30"), "simple.json"))
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

// pipeline is the whole way of a badge, without JSON parsing.
func pipeline(t testing.TB, doc ijson.Value) func() {
	return func() {
		quads, err := jsonld.ToRDF(doc)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkPipeline(b *testing.B) {
	run := pipeline(b, parse(b, badge(b)))
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

type embedded struct{}

func (embedded) LoadDocument(url string) (*ld.RemoteDocument, error) {
	text, _, _ := contexts.Lookup(url)
	var doc any
	err := json.Unmarshal(text, &doc)
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

// libraryPipeline is the comparison: the library's expansion, quads and canonical form of the same badge, with its contexts
// parsed beforehand.
func libraryPipeline(t testing.TB) func() {
	var doc any
	if err := json.Unmarshal(badge(t), &doc); err != nil {
		t.Fatal(err)
	}
	loader := ld.NewCachingDocumentLoader(embedded{})
	return func() {
		o := ld.NewJsonLdOptions("")
		o.SafeMode = true
		o.DocumentLoader = loader
		o.Algorithm = "URDNA2015"
		o.Format = "application/n-quads"
		if _, err := ld.NewJsonLdProcessor().Normalize(doc, o); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkLibraryPipeline(b *testing.B) {
	run := libraryPipeline(b)
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// BenchmarkPaired measures both in turn in one run and reports how many times faster the term tables are.
func BenchmarkPaired(b *testing.B) {
	pair := [2]func(){pipeline(b, parse(b, badge(b))), libraryPipeline(b)}
	best := [2]time.Duration{time.Hour, time.Hour}
	for b.Loop() {
		for i, run := range pair {
			start := time.Now()
			run()
			best[i] = min(best[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(best[1])/float64(best[0]), "times-faster")
}
