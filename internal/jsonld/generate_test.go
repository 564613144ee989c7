package jsonld_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

var long = flag.Bool("long", false, "compare 100,000 generated documents instead of 3,000")

// generator makes documents that are like credentials: most members fit the contexts and types around them, some do not.
type generator struct {
	*rand.Rand
	scopes map[string]map[string]any // by type: what its context defines
	types  []string
	top    map[string]any // what the contexts define for every node
}

func newGenerator(r *rand.Rand, urls []string) *generator {
	g := &generator{Rand: r, scopes: map[string]map[string]any{}, top: map[string]any{}}
	for _, u := range urls {
		text, _, _ := contexts.Lookup(u)
		var doc struct {
			Context map[string]any `json:"@context"`
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			panic(err)
		}
		for name, v := range doc.Context {
			def, _ := v.(map[string]any)
			scope, scoped := def["@context"].(map[string]any)
			switch {
			case name[0] == '@':
			case scoped && name[0] < 'a':
				g.scopes[name] = scope
				g.types = append(g.types, name)
			case name[0] < 'a' && name[0] != '_' && name[0] != '.':
				g.types = append(g.types, name)
			default:
				g.top[name] = v
			}
		}
	}
	slices.Sort(g.types)
	return g
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// document is one whole document.
func (g *generator) document(urls []string) map[string]any {
	doc := g.node(3, pick(g, "VerifiableCredential", "VerifiableCredential", "VerifiablePresentation", ""))
	doc["@context"] = urls
	return doc
}

// node is a node object; typ is a type that it is to have, or "".
func (g *generator) node(depth int, typ string) map[string]any {
	out := map[string]any{}
	var types []any
	if typ != "" {
		types = append(types, typ)
	}
	for g.IntN(3) == 0 || len(types) == 0 && g.IntN(5) > 0 {
		types = append(types, g.typeName())
	}
	if len(types) == 1 && g.IntN(2) == 0 {
		out[pick(g, "type", "type", "@type")] = types[0]
	} else if len(types) > 0 {
		out["type"] = types
	}
	switch g.IntN(10) {
	case 0, 1, 2, 3, 4:
		out["id"] = g.iri()
	case 5:
		out["@id"] = g.iri()
	case 6:
		out["id"] = pick(g, "_:n1", "_:n2", "_:n3")
	}
	defs := maps.Clone(g.top)
	for _, t := range types {
		name, _ := t.(string)
		maps.Copy(defs, g.scopes[name])
	}
	names := slices.Sorted(maps.Keys(defs))
	for range g.IntN(7) {
		name := pick(g, names...)
		if name[0] == '@' || name == "id" || name == "type" {
			continue
		}
		def, _ := defs[name].(map[string]any)
		out[name] = g.value(depth, def)
	}
	if g.IntN(60) == 0 {
		out[pick(g, "undefined", "https://x.example/p", "xsd:date", "obi:x", "@included", "@index", "@nest", "Issuer", "")] = g.value(0, nil)
	}
	return out
}

func (g *generator) typeName() string {
	if g.IntN(80) == 0 {
		return pick(g, "Nothing", "https://x.example/T", "_:t", "cred:X", "xsd:X", "id", "@json")
	}
	return pick(g, g.types...)
}

func (g *generator) iri() string {
	if g.IntN(100) == 0 {
		return pick(g, "relative", "", "_:x", "https://x.example/a b", "cred:y", "xsd:z", "://", "@id", "@foo", "type", "urn:a<b")
	}
	return pick(g, "https://x.example/1", "https://x.example/2?q=a#f", "urn:uuid:1", "did:key:z6Mk", "mailto:a@x.example", "https://ä.example/ö",
		"https://a.b.c-d.example/x", "data:image/png;base64,AA==")
}

// value is what stands behind a member.
func (g *generator) value(depth int, def map[string]any) any {
	if g.IntN(4) > 0 {
		return g.single(depth, def)
	}
	out := []any{}
	for range g.IntN(4) {
		out = append(out, g.single(depth, def))
	}
	return out
}

func (g *generator) single(depth int, def map[string]any) any {
	kind := g.IntN(40)
	switch {
	case def["@type"] == "@json": // null and keywords in it are data, and the library's way is not asked about them
		return map[string]any{"z": []any{1, 2.5, "x"}, "a": map[string]any{}, "é": true}
	case kind == 0 && g.IntN(3) == 0:
		return nil
	case kind == 1:
		return pick[any](g, 0, 1, -7, 2.5, 3.0, 0.1, 1e21, 1e-7, 123456789012, 3.3333333333333335, 100)
	case kind == 2:
		return g.IntN(2) == 0
	case kind == 3:
		return map[string]any{"@value": pick[any](g, "text", "", 5, true, 2.5)}
	case kind == 4:
		return map[string]any{"@value": "text", "@language": pick(g, "en", "de-CH", "EN", "x y")}
	case kind == 5:
		return map[string]any{"@value": "text", "@language": "ar", "@direction": pick(g, "rtl", "ltr", "up")}
	case kind == 6:
		return map[string]any{"@value": "1", "@type": pick(g, "https://x.example/D", "http://www.w3.org/2001/XMLSchema#string", "xsd:date", "nothing")}
	case kind == 7:
		return map[string]any{"@list": []any{"a", "b"}}
	case kind == 8 && g.IntN(4) == 0:
		return []any{[]any{"x", "y"}}
	}
	typed, _ := def["@type"].(string)
	inNode := typed == "@id" && g.IntN(2) == 0 || typed == "" && g.IntN(5) == 0 || def["@container"] == "@graph"
	if inNode && depth > 0 {
		return g.node(depth-1, "")
	}
	switch typed {
	case "@id":
		return g.iri()
	case "@vocab":
		return pick(g, "assertionMethod", "authentication", "https://x.example/v", "type")
	}
	return pick(g, "some text", "2026-01-31T09:00:00Z", "ünï\n\"quoted\"\\", "https://x.example/t", "\u0000\u007f", "false", "1")
}

// TestGeneratedDocumentsAgree holds that the term tables and the library say the same of generated documents.
func TestGeneratedDocumentsAgree(t *testing.T) {
	n := 3000
	if *long {
		n = 100_000
	}
	lists := [][]string{
		{contexts.CredentialsV2, contexts.OpenBadges}, {contexts.CredentialsV2, contexts.OpenBadges, contexts.Extensions},
		{contexts.CredentialsV2, contexts.CLR, contexts.OpenBadges}, {contexts.CredentialsV1, contexts.OpenBadges300, contexts.Ed25519V2020},
		{contexts.CredentialsV1, contexts.OpenBadges301, contexts.DataIntegrityV2}, {contexts.CredentialsV1, contexts.OpenBadges302},
		{contexts.CredentialsV2, contexts.ExamplesV2}, {contexts.CredentialsV2}, {contexts.DIDV1, contexts.MultikeyV1},
		{contexts.CredentialsV1, contexts.OpenBadges300, contexts.CLR, contexts.DataIntegrityV1},
	}
	r := rand.New(rand.NewPCG(3, 9))
	taken, codes := 0, map[string]int{}
	for i := range n {
		urls := lists[i%len(lists)]
		text, err := json.Marshal(newGenerator(r, urls).document(urls))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := ijson.Parse(text, ijson.Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		if err := agree(t, doc); err != nil {
			codes[fault.AsDefect(err).Code]++
		} else {
			taken++
		}
		if t.Failed() {
			t.Fatalf("document %d: %s", i, text)
		}
	}
	t.Logf("%d taken, refused %v", taken, codes)
	if taken < n/4 {
		t.Errorf("only %d of %d documents were taken", taken, n)
	}
}
