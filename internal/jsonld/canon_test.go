package jsonld_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/test/corpus"
)

// TestRDFCanonSuite runs the official suite of RDFC-1.0: 64 canonical forms, 21 label maps and one graph to refuse.
func TestRDFCanonSuite(t *testing.T) {
	dir := corpus.Folder(t, "w3c", "rdf-canon", "rdfc10")
	inputs, err := filepath.Glob(filepath.Join(dir, "*-in.nq"))
	if err != nil || len(inputs) != 65 {
		t.Fatalf("%d inputs (%v), want 65", len(inputs), err)
	}
	forms, maps, refused := 0, 0, 0
	for _, in := range inputs {
		name := strings.TrimSuffix(in, "-in.nq")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ParseNQuads(string(text))
			if err != nil {
				t.Fatal(err)
			}
			h := jsonld.SHA256
			if strings.HasSuffix(name, "test075") {
				h = jsonld.SHA384
			}
			got, err := jsonld.Canonicalize(quads, h)
			want, missing := os.ReadFile(name + "-rdfc10.nq")
			if missing != nil {
				if err == nil || fault.AsDefect(err).Code != "limits.canonicalization" {
					t.Fatalf("the poison graph is taken: %v", err)
				}
				refused++
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
			forms++
			labels, missing := os.ReadFile(name + "-rdfc10map.json")
			if missing != nil {
				return
			}
			var m map[string]string
			if err := json.Unmarshal(labels, &m); err != nil {
				t.Fatal(err)
			}
			for from, to := range m {
				if got.Labels[from] != to {
					t.Errorf("label %s became %q, want %s", from, got.Labels[from], to)
				}
			}
			maps++
		})
	}
	if forms != 64 || refused != 1 || maps != 21 {
		t.Fatalf("%d forms, %d maps, %d refused", forms, maps, refused)
	}
}

// clique makes n blank nodes that are all linked with each other (threat L07).
func clique(n int) []jsonld.Quad {
	var out []jsonld.Quad
	node := func(i int) jsonld.Term { return jsonld.Term{Kind: jsonld.Blank, Value: fmt.Sprintf("n%d", i)} }
	for i := range n {
		for j := range n {
			if i != j {
				out = append(out, jsonld.Quad{Subject: node(i), Predicate: jsonld.Term{Kind: jsonld.IRI, Value: "urn:p"}, Object: node(j)})
			}
		}
	}
	return out
}

func TestCanonicalizeRefusesCliques(t *testing.T) {
	for _, n := range []int{8, 9, 10, 30} {
		if _, err := jsonld.Canonicalize(clique(n), jsonld.SHA256); err == nil || fault.AsDefect(err).Code != "limits.canonicalization" {
			t.Errorf("L07 a clique of %d: %v", n, err)
		}
	}
	if _, err := jsonld.Canonicalize(clique(3), jsonld.SHA256); err != nil {
		t.Errorf("a clique of 3: %v", err)
	}
}

// edges links each of n nodes with the width behind it in a ring, and each with the same other nodes: graphs that look alike everywhere.
func edges(n, width, others int) []jsonld.Quad {
	var out []jsonld.Quad
	link := func(from, to string) {
		out = append(out, jsonld.Quad{
			Subject:   jsonld.Term{Kind: jsonld.Blank, Value: from},
			Predicate: jsonld.Term{Kind: jsonld.IRI, Value: "urn:p"},
			Object:    jsonld.Term{Kind: jsonld.Blank, Value: to},
		})
	}
	for i := range n {
		for step := range width {
			link(fmt.Sprint("n", i), fmt.Sprint("n", (i+step+1)%n))
		}
		for o := range others {
			link(fmt.Sprint("n", i), fmt.Sprint("o", o))
		}
	}
	return out
}

// TestWorkIsBounded holds that no graph takes more steps than its limit says, whatever it looks like, and how far the limits are from
// what is needed.
func TestWorkIsBounded(t *testing.T) {
	most := 0
	for _, graph := range [][]jsonld.Quad{
		clique(5), clique(9), clique(10), clique(40), clique(90), edges(32, 1, 0), edges(32, 4, 0), edges(31, 8, 0), edges(30, 2, 300), edges(500, 1, 0),
		edges(2000, 2, 0), edges(12, 11, 40),
	} {
		for _, limit := range []int{jsonld.WorkLimit, jsonld.CredentialLimit} {
			steps, enough := jsonld.Work(graph, jsonld.SHA256, limit)
			if steps > limit+len(graph)/64+1 || !enough && steps <= limit {
				t.Errorf("%d quads took %d steps under a limit of %d", len(graph), steps, limit)
			}
			most = max(most, steps)
		}
		if _, err := jsonld.CanonicalizeCredential(graph, jsonld.SHA256); err != nil && fault.AsDefect(err).Code != "limits.canonicalization" {
			t.Errorf("%d quads: %v", len(graph), err)
		}
	}
	if most < jsonld.WorkLimit {
		t.Error("no graph reached the limit")
	}
	if steps, enough := jsonld.Work(edges(16, 1, 0), jsonld.SHA256, jsonld.CredentialLimit); !enough || 2*steps > jsonld.CredentialLimit {
		t.Errorf("a ring of 16 took %d steps", steps)
	}
}

func FuzzParseNQuads(f *testing.F) {
	f.Add("_:a <urn:p> \"x\\n\"@en _:g .\n<urn:s> <urn:p> \"1\"^^<urn:t> .")
	f.Add("\"0\"^^>0")
	f.Fuzz(func(t *testing.T, text string) {
		quads, err := jsonld.ParseNQuads(text)
		if err != nil {
			return
		}
		c, err := jsonld.Canonicalize(quads, jsonld.SHA256)
		if err != nil {
			return
		}
		again, err := jsonld.ParseNQuads(c.String())
		if err != nil {
			t.Fatalf("the canonical form does not parse: %v\n%s", err, c)
		}
		twice, err := jsonld.Canonicalize(again, jsonld.SHA256)
		if err != nil || twice.String() != c.String() {
			t.Fatalf("the canonical form is not stable: %v\n%s\n%s", err, c, twice)
		}
	})
}

func BenchmarkPoison(b *testing.B) {
	for name, quads := range map[string][]jsonld.Quad{"clique of 10": clique(10), "clique of 40": clique(40), "ring": edges(2000, 2, 0), "beside others": edges(30, 2, 300)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := jsonld.Canonicalize(quads, jsonld.SHA256); err == nil {
					b.Fatal("taken")
				}
			}
		})
	}
}

func ExampleCanonicalize() {
	quads, err := jsonld.ParseNQuads("_:anything <urn:p> _:else .\n_:else <urn:p> \"x\" .\n")
	if err != nil {
		panic(err)
	}
	c, err := jsonld.Canonicalize(quads, jsonld.SHA256)
	fmt.Print(c)
	fmt.Println(err)
	// Output:
	// _:c14n0 <urn:p> "x" .
	// _:c14n1 <urn:p> _:c14n0 .
	// <nil>
}
