package jsonld_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
)

// filled demands of a template the canonical form of doc, or that it does not fit, and reports whether it fitted.
func filled(t *testing.T, tpl *jsonld.Template, doc ijson.Value, h jsonld.Hash) bool {
	t.Helper()
	got, ok := tpl.Append([]byte("before "), doc)
	if !ok {
		return false
	}
	quads, err := jsonld.ToRDF(doc, jsonld.Omit("proof"))
	if err != nil {
		t.Fatalf("the template takes what is refused: %v\n%s", err, ijson.Append(nil, doc))
	}
	c, err := jsonld.Canonicalize(quads, h)
	if err != nil {
		t.Fatal(err)
	}
	if want := "before " + c.String(); string(got) != want {
		t.Fatalf("the template says\n%s\nthe long way\n%s\nof %s", got, want, ijson.Append(nil, doc))
	}
	return true
}

// other gives some values of a document others, of the same kind and of other ones.
func (g *generator) other(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if k != "@context" {
				v[k] = g.other(v[k])
			}
		}
	case []any:
		for i := range v {
			v[i] = g.other(v[i])
		}
	case string:
		switch g.IntN(12) {
		case 0, 1:
			return g.iri()
		case 2:
			return pick(g, "some text", "other text", "relative", "_:b0", "de", "\"\n", "2026-01-01T00:00:00Z", "Achievement", "")
		}
	case float64:
		if g.IntN(4) == 0 {
			return pick(g, 1.0, 2.5, 100, 1e21)
		}
	case bool:
		return g.IntN(2) == 0
	}
	return v
}

// TestTemplatesOfGeneratedDocuments fills the templates of generated documents with other values.
func TestTemplatesOfGeneratedDocuments(t *testing.T) {
	n := 2000
	if *long {
		n = 100_000
	}
	r, lists := rand.New(rand.NewPCG(7, 1)), contextLists()
	templates, fitted := 0, 0
	for i := range n {
		urls := lists[i%len(lists)]
		g := newGenerator(r, urls)
		text, err := json.Marshal(g.document(urls))
		if err != nil {
			t.Fatal(err)
		}
		h := []jsonld.Hash{jsonld.SHA256, jsonld.SHA384}[i%2]
		tpl, ok := jsonld.CompileTemplate(parse(t, text), h, jsonld.Omit("proof"))
		if !ok {
			continue
		}
		templates++
		if !filled(t, tpl, parse(t, text), h) {
			t.Fatalf("the example itself does not fit: %s", text)
		}
		for range 4 {
			var again any
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatal(err)
			}
			changed, err := json.Marshal(g.other(again))
			if err != nil {
				t.Fatal(err)
			}
			if filled(t, tpl, parse(t, changed), h) {
				fitted++
			}
		}
	}
	t.Logf("%d templates, filled %d times", templates, fitted)
	if templates < n/4 || fitted < n/2 {
		t.Errorf("only %d templates and %d fillings in %d documents", templates, fitted, n)
	}
}

// award writes a badge as the issuer does, with what differs between awards chosen at random.
func award(r *rand.Rand, optional int) []byte {
	id := func() string { return fmt.Sprintf("%016x", r.Uint64()) }
	var extra, inside strings.Builder
	if optional&1 != 0 {
		fmt.Fprintf(&extra, `"validUntil":"20%02d-01-01T00:00:00Z",`, 30+r.IntN(60))
	}
	if optional&2 != 0 {
		fmt.Fprintf(&extra, `"evidence":[{"type":["Evidence"],"name":"Work %d","narrative":"%s"},{"id":"https://e.example/%s","type":["Evidence"]}],`,
			r.IntN(3), id(), id())
	}
	if optional&4 != 0 {
		fmt.Fprintf(&inside, `"result":[{"type":["Result"],"value":"%d","status":"Completed"},{"type":["Result"],"value":"%d"}],`, r.IntN(4), r.IntN(4))
	}
	if optional&8 != 0 {
		fmt.Fprintf(&inside, `"creditsEarned":%v,`, pickFrom(r, "3.0", "2.5", "3", "0.1", "120"))
	}
	list := fmt.Sprintf("https://b.example/status/%d", r.IntN(12))
	return fmt.Appendf(nil, `{%s,"id":"https://b.example/c/%s","type":["VerifiableCredential","OpenBadgeCredential"],"name":"First aid",
		"issuer":{"id":"did:web:b.example","type":["Profile"],"name":"School"},"validFrom":"2026-01-%02dT03:04:05Z","awardedDate":"2026-01-%02dT03:04:05Z",%s
		"credentialSubject":{"id":"%s","type":["AchievementSubject"],"identifier":[
			{"type":"IdentityObject","hashed":true,"identityHash":"sha256$%s","identityType":"emailAddress","salt":"%s"},
			{"type":"IdentityObject","hashed":false,"identityHash":%s,"identityType":"name"}],%s
		"achievement":{"id":"https://b.example/achievements/1/%d","type":["Achievement"],"name":"First aid","description":"Helps",
			"creator":{"id":"did:web:b.example","type":["Profile"],"name":"School"},
			"criteria":{"narrative":"Passed"},"image":{"id":"https://b.example/1.png","type":"Image","caption":"A cross"},"tag":["health","safety"]}},
		"credentialStatus":{"id":"%s#%d","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"%d","statusListCredential":"%s"}}`,
		obContext, id(), 1+r.IntN(28), 1+r.IntN(28), extra.String(), pickFrom(r, "urn:uuid:"+id(), "did:key:z"+id(), "https://b.example/c/"+id()),
		id(), id(), pickFrom(r, `"Ada"`, `"`+id()+`"`, `"\u0130\"\\\n"`), inside.String(), 1+r.IntN(2), list, r.IntN(1<<17), r.IntN(1<<17), list)
}

func pickFrom[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// TestTemplateOfAnAward fills the template of one award with many others: members that differ in value fit, an optional member more
// or less does not.
func TestTemplateOfAnAward(t *testing.T) {
	for _, h := range []jsonld.Hash{jsonld.SHA256, jsonld.SHA384} {
		r := rand.New(rand.NewPCG(5, uint64(h)))
		for optional := range 16 {
			tpl, ok := jsonld.CompileTemplate(parse(t, award(r, optional)), h, jsonld.Omit("proof"))
			if !ok {
				t.Fatal("an award has no template")
			}
			for range 60 {
				if !filled(t, tpl, parse(t, award(r, optional)), h) && optional&4 == 0 { // two results may look alike
					t.Fatalf("an award with the same members (%b) does not fit", optional)
				}
			}
			if filled(t, tpl, parse(t, award(r, (optional+1)%16)), h) {
				t.Errorf("an award with other members than %b fits", optional)
			}
		}
	}
}

// TestTemplateRanksBlankNodesAnew holds that the labels follow the recipient: over some awards they come in every order.
func TestTemplateRanksBlankNodesAnew(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	tpl, ok := jsonld.CompileTemplate(parse(t, award(r, 0)), jsonld.SHA256, jsonld.Omit("proof"))
	if !ok {
		t.Fatal("an award has no template")
	}
	seen := map[string]bool{}
	for range 200 {
		out, ok := tpl.Append(nil, parse(t, award(r, 0)))
		if !ok {
			t.Fatal("an award does not fit")
		}
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "ob/vocab.html#salt>") {
				seen[strings.Fields(line)[0]] = true
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("the identity of the recipient was called %v, want each of three labels", seen)
	}
}

func TestTemplateRefusesOtherShapes(t *testing.T) {
	doc := func(rest string) string {
		return `{` + obContext + `,"id":"urn:s","type":["VerifiableCredential"],` + rest + `}`
	}
	const example = `"name":"x","issuer":{"id":"urn:i"},"proof":{"type":"DataIntegrityProof"}`
	tpl, ok := jsonld.CompileTemplate(parse(t, []byte(doc(example))), jsonld.SHA256, jsonld.Omit("proof"))
	if !ok {
		t.Fatal("there is no template")
	}
	for _, rest := range []string{
		example, `"name":"other","issuer":{"id":"did:web:x"}`, `"name":"x","proof":[],"issuer":{"id":"urn:i"}`,
	} {
		if !filled(t, tpl, parse(t, []byte(doc(rest))), jsonld.SHA256) {
			t.Errorf("%s does not fit", rest)
		}
	}
	for _, text := range []string{
		doc(`"name":"x","issuer":{"id":"urn:i","name":"y"}`), doc(`"name":["x"],"issuer":{"id":"urn:i"}`), doc(`"issuer":{"id":"urn:i"},"name":"x"`),
		doc(`"name":"x","issuer":"urn:i"`), doc(`"name":"x","issuer":{"id":"i"}`), doc(`"name":"x","issuer":{"id":"_:i"}`), doc(`"name":"x"`),
		doc(`"name":"x","issuer":{"id":7}`), doc(`"name":7,"issuer":{"id":"urn:i"}`), doc(`"name":null,"issuer":{"id":"urn:i"}`),
		doc(`"name":{"@value":"x"},"issuer":{"id":"urn:i"}`), doc(`"name":"x","description":"y","issuer":{"id":"urn:i"}`),
		strings.Replace(doc(example), "VerifiableCredential", "EndorsementCredential", 1), strings.Replace(doc(example), contexts.OpenBadges, contexts.OpenBadges302, 1),
		strings.Replace(doc(example), "urn:s", "s", 1), `[]`, `{}`,
	} {
		if _, ok := tpl.Append(nil, parse(t, []byte(text))); ok {
			t.Errorf("%s fits", text)
		}
	}
	for name, text := range map[string]string{
		"an undefined term":              doc(`"grade":"A"`),
		"a named blank node":             doc(`"issuer":{"id":"_:i"}`),
		"blank nodes that look alike":    doc(`"credentialSubject":[{"type":"AchievementSubject"},{"type":"AchievementSubject"}]`),
		"a list":                         `[]`,
		"what says nothing":              `{` + obContext + `}`,
		"a context in the document":      `{"@context":{"name":"urn:n"},"name":"x"}`,
		"a context that is not embedded": `{"@context":"https://example.com/","name":"x"}`,
	} {
		if _, ok := jsonld.CompileTemplate(parse(t, []byte(text)), jsonld.SHA256); ok {
			t.Errorf("%s has a template", name)
		}
	}
}

// TestTemplateIsSharedByManyAtOnce fills one template from several sides.
func TestTemplateIsSharedByManyAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	tpl, ok := jsonld.CompileTemplate(parse(t, award(r, 3)), jsonld.SHA256, jsonld.Omit("proof"))
	if !ok {
		t.Fatal("an award has no template")
	}
	var all sync.WaitGroup
	for range 4 {
		docs := slices.Repeat([]ijson.Value{{}}, 50)
		for i := range docs {
			docs[i] = parse(t, award(r, 3))
		}
		all.Go(func() {
			for _, d := range docs {
				quads, err := jsonld.ToRDF(d)
				if err != nil {
					t.Error(err)
					return
				}
				c, err := jsonld.Canonicalize(quads, jsonld.SHA256)
				if got, ok := tpl.Append(nil, d); err != nil || !ok || string(got) != c.String() {
					t.Errorf("two ways: %v %v", ok, err)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkTemplate(b *testing.B) {
	doc := parse(b, badge(b))
	other := parse(b, []byte(strings.NewReplacer("urn:uuid:a63a60be-f4af-491c-87fc-2c8fd3007a58", "urn:uuid:1", "did:example:ebfeb1f712ebc6f1c276e12ec21", "urn:uuid:2").Replace(string(badge(b)))))
	tpl, ok := jsonld.CompileTemplate(doc, jsonld.SHA256, jsonld.Omit("proof"))
	if !ok {
		b.Fatal("no template")
	}
	var room []byte
	b.ReportAllocs()
	for b.Loop() {
		if room, ok = tpl.Append(room[:0], other); !ok {
			b.Fatal("it does not fit")
		}
	}
}

func ExampleTemplate() {
	badge := func(recipient string) ijson.Value {
		doc, _ := ijson.Parse([]byte(`{"@context": "https://www.w3.org/ns/credentials/v2", "type": "VerifiableCredential",
			"credentialSubject": {"id": "`+recipient+`"}}`), ijson.Bounds{})
		return doc
	}
	t, _ := jsonld.CompileTemplate(badge("urn:uuid:1"), jsonld.SHA256)
	out, ok := t.Append(nil, badge("urn:uuid:2"))
	fmt.Print(string(out), ok)
	// Output:
	// _:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .
	// _:c14n0 <https://www.w3.org/2018/credentials#credentialSubject> <urn:uuid:2> .
	// true
}
