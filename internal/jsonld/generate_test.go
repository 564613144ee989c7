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
	"github.com/openlaurel/laurel/internal/jsonld"
)

var long = flag.Bool("long", false, "compare 100,000 generated documents instead of 3,000")

// contextLists are what documents begin with.
func contextLists() [][]string {
	return [][]string{
		{contexts.CredentialsV2, contexts.OpenBadges}, {contexts.CredentialsV2, contexts.OpenBadges, contexts.Extensions},
		{contexts.CredentialsV2, contexts.CLR, contexts.OpenBadges}, {contexts.CredentialsV1, contexts.OpenBadges300, contexts.Ed25519V2020},
		{contexts.CredentialsV1, contexts.OpenBadges301, contexts.DataIntegrityV2}, {contexts.CredentialsV1, contexts.OpenBadges302},
		{contexts.CredentialsV2, contexts.ExamplesV2}, {contexts.CredentialsV2}, {contexts.DIDV1, contexts.MultikeyV1},
		{contexts.CredentialsV1, contexts.OpenBadges300, contexts.CLR, contexts.DataIntegrityV1},
	}
}

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
		out[pick(g, "undefined", "https://x.example/p", "https://w3id.org/security#proof", "https://www.w3.org/2018/credentials#verifiableCredential", "cred:verifiableCredential", "sec:proof", "xsd:date", "obi:x", "@included", "@index", "@nest", "Issuer", "")] = g.value(0, nil)
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
	switch g.IntN(50) {
	case 0:
		return pick(g, "relative", "", "_:x", "https://x.example/a b", "cred:y", "xsd:z", "://", "@id", "@foo", "type", "urn:a<b", "#f", "?q", "//x.example/p",
			"../up", "_:", "_:-x", ":", "a:", "1a:b", "urn:a\\u0020b", "urn:x^", "urn:x`", "https://x.example/\u00a0", "https://x.example/\u2028", "@none", "obi:x", "id:x")
	case 1:
		return pick(g, "HTTPS://X.EXAMPLE/%7e", "https://[2001:db8::1]:8443/", "https://x.example/%zz", "https://x.example:/", "urn:", "x:y", "a+b-c.d:e", "did:web:x.example%3A80:u",
			"tag:x.example,2026:a", "https://x.example/\U0001F600", "https://x.example/a/../b", "https://x.example//", "https:x", "https:/x", "https://", "urn:x#", "https://a_b.example/[x]")
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
	if def["@type"] == "@json" { // null and keywords in it are data, and the library's way is not asked about them
		return map[string]any{"z": []any{1, 2.5, "x"}, "a": map[string]any{}, "é": true}
	}
	if kind := g.IntN(4 * kinds); kind < kinds {
		return g.odd(kind, depth)
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

// kinds is how many kinds of odd values there are: what a member can have besides the text or the node that is usual.
const kinds = 16

// odd is one value of a kind.
func (g *generator) odd(kind, depth int) any {
	value := func(members ...any) any {
		out := map[string]any{"@value": "text"}
		for i := 0; i < len(members); i += 2 {
			out[members[i].(string)] = members[i+1]
		}
		return out
	}
	switch kind {
	case 0:
		if g.IntN(4) == 0 {
			return nil
		}
		return "not null"
	case 1:
		return pick[any](g, 0, 1, -7, 2.5, 3.0, 0.1, 1e21, 1e-7, 123456789012, 3.3333333333333335, 100, -0.5, 1e20, 1.7976931348623157e308, 5e-324, 9007199254740991)
	case 2:
		return g.IntN(2) == 0
	case 3:
		return value("@value", pick[any](g, "text", "", 5, true, 2.5, "\u0000"))
	case 4:
		return value("@language", pick(g, "en", "de-CH", "EN", "x y", "zh-Hant-TW", "", "toolongalanguage", "e1"))
	case 5:
		return value("@language", "ar", "@direction", pick(g, "rtl", "ltr", "up"))
	case 6:
		return value("@direction", pick(g, "rtl", "ltr"))
	case 7:
		return value("@value", pick[any](g, "1", 1, true, 2.5), "@type",
			pick(g, "https://x.example/D", "http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/2001/XMLSchema#double", "xsd:date", "nothing"))
	case 8:
		return map[string]any{pick(g, "@list", "@set"): []any{"a", "b"}}
	case 9:
		return pick(g, []any{[]any{"x", "y"}}, []any{}, []any{map[string]any{}})
	case 10:
		return map[string]any{pick(g, "en", "de", "@none"): "text", "fr": []any{"texte"}} // a language map, which no context asks for
	case 11:
		return map[string]any{pick(g, "id", "@id"): g.iri()}
	case 12:
		return value(pick(g, "@language", "@type", "@direction", "@index", "x", "type"), pick[any](g, nil, []any{"a"}, "en", 1))
	case 13:
		n := g.node(min(depth, 1), "")
		if depth > 0 { // what is nested can bring its own contexts
			n["@context"] = pick[any](g, contexts.CredentialsV2, contexts.OpenBadges, []string{contexts.CredentialsV2, contexts.OpenBadges}, contexts.DataIntegrityV2,
				"https://x.example/context", []any{})
		}
		return n
	case 14:
		return g.node(max(depth-1, 0), g.typeName())
	}
	return g.iri()
}

// TestGeneratedDocumentsAgree holds that the term tables and the library say the same of generated documents. `make oracle` runs it
// with the flag -long.
func TestGeneratedDocumentsAgree(t *testing.T) {
	n := 2500
	if *long {
		n = 100_000
	}
	r, lists := rand.New(rand.NewPCG(3, 9)), contextLists()
	taken, codes := 0, map[string]int{}
	for i := range n {
		urls := lists[i%len(lists)]
		var with []jsonld.Option
		if r.IntN(5) == 0 {
			with = append(with, jsonld.Edition(pickFrom(r, "2024-03", "2025-11", "2026-06")))
		}
		text := marshal(t, newGenerator(r, urls).document(urls))
		if err := agree(t, parse(t, text), with...); err != nil {
			codes[fault.AsDefect(err).Code]++
		} else {
			taken++
		}
		if t.Failed() {
			t.Fatalf("document %d: %s", i, text)
		}
	}
	t.Logf("%d documents: %d taken, refused %v", n, taken, codes)
	if taken < n/4 || taken > n*9/10 {
		t.Errorf("%d of %d documents were taken", taken, n)
	}
}

func marshal(t *testing.T, doc any) []byte {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestEveryTermAgrees asks about every term of every context, in a node of every type that defines it, with values of all kinds: with
// one of them each without the flag -long.
func TestEveryTermAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	used, documents, taken := 0, 0, 0
	for _, urls := range contextLists() {
		g := newGenerator(r, urls)
		ask := func(typ, name string, def map[string]any, kind int) {
			node := map[string]any{"id": "urn:s", "type": typ}
			if kind < kinds && def["@type"] != "@json" {
				node[name] = g.odd(kind, 1)
			} else {
				node[name] = g.single(1, def)
			}
			node["@context"] = urls
			text := marshal(t, node)
			documents++
			if agree(t, parse(t, text)) == nil {
				taken++
			}
			if t.Failed() {
				t.Fatalf("%s of %s: %s", name, typ, text)
			}
		}
		for _, typ := range append(g.types, "VerifiableCredential") {
			defs := map[string]any{}
			maps.Copy(defs, g.scopes[typ])
			if typ == "VerifiableCredential" {
				maps.Copy(defs, g.top)
			}
			for _, name := range slices.Sorted(maps.Keys(defs)) {
				if name == "id" || name == "type" || name[0] == '@' {
					continue
				}
				used++
				def, _ := defs[name].(map[string]any)
				if !*long {
					ask(typ, name, def, r.IntN(2*kinds))
					continue
				}
				for kind := range 2 * kinds {
					ask(typ, name, def, kind)
				}
			}
		}
	}
	t.Logf("%d terms in %d documents, %d taken", used, documents, taken)
	if used < 1400 || taken < documents/4 {
		t.Errorf("%d terms in %d documents, %d taken", used, documents, taken)
	}
}
