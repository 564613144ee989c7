// Package contexts owns the JSON-LD contexts that Laurel knows, embedded and looked up by URL, with their SHA-256 digests.
//
// It refuses everything else: a context is never fetched, so that nobody can change the meaning of a signed document
// afterwards (VCDM 2.0 §5.13, Data Integrity §2.4.1). Where the bytes at a URL changed over time, the current
// edition is the one that Lookup returns, and Editions has the older ones.
package contexts

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"slices"
	"sync"
)

// The URLs of the embedded contexts.
const (
	CredentialsV2   = "https://www.w3.org/ns/credentials/v2"
	CredentialsV1   = "https://www.w3.org/2018/credentials/v1"
	OpenBadges300   = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"
	OpenBadges301   = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
	OpenBadges302   = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
	OpenBadges      = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json" // what we write
	Extensions      = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"    // the three 1EdTech types
	CLR             = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
	CLR200          = "https://purl.imsglobal.org/spec/clr/v2p0/context.json" // the address before 2.0.1
	DataIntegrityV1 = "https://w3id.org/security/data-integrity/v1"
	DataIntegrityV2 = "https://w3id.org/security/data-integrity/v2"
	Ed25519V2020    = "https://w3id.org/security/suites/ed25519-2020/v1"
	MultikeyV1      = "https://w3id.org/security/multikey/v1"
	DIDV1           = "https://www.w3.org/ns/did/v1"
	StatusV1        = "https://www.w3.org/ns/credentials/status/v1" // status entries on VCDM 1.1
	ExamplesV2      = "https://www.w3.org/ns/credentials/examples/v2"
)

//go:embed data/*.json
var files embed.FS

// Edition is one state of the bytes at a context's URL. Do not write into Doc.
type Edition struct {
	Name   string // the month of the change for a URL with several editions, such as "2026-06"; else empty
	Doc    []byte // the whole document, with its member @context
	Digest [32]byte
}

// source names the files of a URL, newest edition first.
type source struct {
	url   string
	files []string
	names []string
}

func sources() []source {
	one := func(url, file string) source { return source{url: url, files: []string{file}, names: []string{""}} }
	return []source{
		one(CredentialsV2, "credentials-v2"),
		one(CredentialsV1, "credentials-v1"),
		one(OpenBadges300, "ob-3.0.0"),
		one(OpenBadges301, "ob-3.0.1"),
		one(OpenBadges302, "ob-3.0.2"),
		{
			url:   OpenBadges,
			files: []string{"ob-3.0.3-2026-06", "ob-3.0.3-2025-11", "ob-3.0.3-2024-03"},
			names: []string{"2026-06", "2025-11", "2024-03"},
		},
		one(Extensions, "ob-extensions"),
		one(CLR, "clr-2.0.1"),
		one(CLR200, "clr-2.0.1"),
		one(DataIntegrityV1, "data-integrity-v1"),
		one(DataIntegrityV2, "data-integrity-v2"),
		one(Ed25519V2020, "ed25519-2020-v1"),
		one(MultikeyV1, "multikey-v1"),
		one(DIDV1, "did-v1"),
		one(StatusV1, "status-v1"),
		one(ExamplesV2, "examples-v2"),
	}
}

var table = sync.OnceValue(func() map[string][]Edition {
	out := make(map[string][]Edition)
	for _, s := range sources() {
		for i, name := range s.files {
			doc, err := files.ReadFile("data/" + name + ".json")
			if err != nil {
				panic(fmt.Sprintf("contexts: %s is not embedded: %v", name, err))
			}
			out[s.url] = append(out[s.url], Edition{Name: s.names[i], Doc: doc, Digest: sha256.Sum256(doc)})
		}
	}
	return out
})

// Lookup returns the current edition of the context at url and the SHA-256 of those bytes. The URL is compared byte by
// byte; ok is false for a context that is not embedded. Do not write into doc.
func Lookup(url string) (doc []byte, digest [32]byte, ok bool) {
	e, ok := table()[url]
	if !ok {
		return nil, digest, false
	}
	return e[0].Doc, e[0].Digest, true
}

// Known reports whether the context at url is embedded.
func Known(url string) bool {
	_, ok := table()[url]
	return ok
}

// Editions returns every edition of the context at url, newest first, and nil for a context that is not embedded. A
// Data Integrity proof that was made under an older edition verifies only with that one.
func Editions(url string) []Edition { return slices.Clone(table()[url]) }

// URLs returns the URLs of all embedded contexts in a fixed order.
func URLs() []string {
	src := sources()
	out := make([]string, len(src))
	for i, s := range src {
		out[i] = s.url
	}
	return out
}
