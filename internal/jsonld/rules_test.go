package jsonld_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
)

const obContext = `"@context":["` + contexts.CredentialsV2 + `","` + contexts.OpenBadges + `"]`

// TestStatements states what members become, by one statement that must be among the canonical ones.
func TestStatements(t *testing.T) {
	const ob, cred = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#", "https://www.w3.org/2018/credentials#"
	for name, c := range map[string]struct{ doc, want string }{
		"credits of 3.0 are written as 3": {`"id":"urn:s","type":"AchievementSubject","creditsEarned":3.0`,
			`<urn:s> <` + ob + `creditsEarned> "3"^^<https://www.w3.org/2001/XMLSchema#float> .`},
		"credits of 2.5 are a double in a foreign datatype": {`"id":"urn:s","type":"AchievementSubject","creditsEarned":2.5`,
			`<urn:s> <` + ob + `creditsEarned> "2.5E0"^^<https://www.w3.org/2001/XMLSchema#float> .`},
		"awardedDate has a datatype with an undefined prefix": {`"id":"urn:s","awardedDate":"2026-01-31T09:00:00Z"`,
			`<urn:s> <` + ob + `awardedDate> "2026-01-31T09:00:00Z"^^<xsd:dateTime> .`},
		"geo and country code have names of their own": {`"id":"urn:s","type":"Address","addressCountryCode":"ET","geo":{"id":"urn:g"}`,
			`<urn:s> <` + ob + `CountryCode> "ET" .`},
		"activity dates are dates by the context": {`"id":"urn:s","type":"AchievementSubject","activityStartDate":"2026-01-31T09:00:00Z"`,
			`<urn:s> <` + ob + `activityStartDate> "2026-01-31T09:00:00Z"^^<https://www.w3.org/2001/XMLSchema#date> .`},
		"credits of 3 are those of 3.0": {`"id":"urn:s","type":"AchievementSubject","creditsEarned":3`,
			`<urn:s> <` + ob + `creditsEarned> "3"^^<https://www.w3.org/2001/XMLSchema#float> .`},
		"an image can be an address alone": {`"id":"urn:s","type":"Achievement","image":"https://x.example/i.png"`,
			`<urn:s> <` + ob + `image> <https://x.example/i.png> .`},
		"criteria is capital": {`"id":"urn:s","type":"Achievement","criteria":"urn:c"`, `<urn:s> <` + ob + `Criteria> <urn:c> .`},
		"a boolean is a word": {
			`"id":"urn:s","type":"IdentityObject","hashed":true`,
			`<urn:s> <` + ob + `hashed> "true"^^<https://www.w3.org/2001/XMLSchema#boolean> .`,
		},
		"a language is lower case": {
			`"id":"urn:s","name":{"@value":"Abzeichen","@language":"de-CH"}`,
			`<urn:s> <https://schema.org/name> "Abzeichen"@de-ch .`,
		},
		"a direction is kept": {
			`"id":"urn:s","name":{"@value":"x","@language":"ar","@direction":"rtl"}`,
			`<urn:s> <https://schema.org/name> "x"^^<https://www.w3.org/ns/i18n#ar_rtl> .`,
		},
		"an achievement credential is an Open Badge": {`"id":"urn:s","type":["VerifiableCredential","AchievementCredential"]`,
			`<urn:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <` + ob + `OpenBadgeCredential> .`},
		"a type's terms do not reach nested objects": {`"id":"urn:s","type":"VerifiableCredential","credentialSubject":{"id":"urn:t","name":"x"}`,
			`<urn:s> <` + cred + `credentialSubject> <urn:t> .`},
		"an id with a host that some libraries drop": {
			`"id":"https://a.b.c-d.example/x","name":"x"`,
			`<https://a.b.c-d.example/x> <https://schema.org/name> "x" .`,
		},
		"a list keeps its order": {`"id":"urn:s","type":"ResultDescription","allowedValue":["A"]`,
			`_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "A" .`},
		"a proof stands in a graph of its own": {`"id":"urn:s","type":"VerifiableCredential","proof":{"id":"urn:p","type":"DataIntegrityProof","challenge":"c"}`,
			`<urn:p> <https://w3id.org/security#challenge> "c" _:c14n0 .`},
		"an empty array says nothing": {`"id":"urn:s","name":"x","endorsement":[]`, `<urn:s> <https://schema.org/name> "x" .`},
	} {
		doc := parse(t, []byte(`{`+obContext+`,`+c.doc+`}`))
		if err := agree(t, doc); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		quads, err := jsonld.ToRDF(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, quads); !strings.Contains(got, c.want+"\n") {
			t.Errorf("%s:\n%swant\n%s", name, got, c.want)
		}
	}
}

func TestLossIsFound(t *testing.T) {
	const lost = "DATA_LOSS_DETECTION_ERROR"
	for name, c := range map[string]struct{ doc, code, at string }{
		"an undefined term":                  {obContext + `,"id":"urn:s","grade":"A+"`, lost, "/grade"},
		"an undefined term inside":           {obContext + `,"id":"urn:s","endorsement":[{"type":"EndorsementCredential","x/y":1}]`, lost, "/endorsement/0/x~1y"},
		"a term of another type":             {obContext + `,"id":"urn:s","type":"Image","creditsEarned":1`, lost, "/creditsEarned"},
		"an undefined type":                  {obContext + `,"id":"urn:s","type":["VerifiableCredential","Nope"]`, lost, "/type/1"},
		"a relative id":                      {obContext + `,"id":"3527","name":"x"`, lost, "/id"},
		"a relative reference":               {obContext + `,"id":"urn:s","image":"pic.png"`, lost, "/image"},
		"an id that would end the statement": {obContext + `,"id":"urn:x> <urn:p> <urn:o","name":"x"`, lost, "/id"},
		"a number as id":                     {obContext + `,"id":7,"name":"x"`, lost, "/id"},
		"a type of null":                     {obContext + `,"id":"urn:s","type":null`, lost, "/type"},
		"a value of null":                    {obContext + `,"id":"urn:s","name":null`, lost, "/name"},
		"a value of null in an array":        {obContext + `,"id":"urn:s","name":["x",null]`, lost, "/name/1"},
		"a text in a graph":                  {obContext + `,"id":"urn:s","type":"VerifiableCredential","proof":"urn:p"`, lost, "/proof"},
		"an object that says nothing":        {obContext + `,"id":"urn:s","type":"VerifiableCredential","proof":{"id":"urn:p"}`, lost, "/proof"},
		"a language that is none":            {obContext + `,"id":"urn:s","name":{"@value":"x","@language":"not a tag"}`, lost, "/name"},
		"a document that says nothing":       {obContext + `,"id":"urn:s"`, lost, ""},
		"a context in the document": {
			`"@context":["` + contexts.CredentialsV2 + `",{"grade":"urn:g"}],"grade":"A"`, "context.inline", "/@context/1",
		},
		"a context of null":                    {obContext + `,"id":"urn:s","endorsement":[{"@context":null}]`, "context.inline", "/endorsement/0/@context"},
		"a context that is not known":          {`"@context":"https://example.com/context"`, "context.unknown", "/@context"},
		"an integer that a double cannot hold": {obContext + `,"id":"urn:s","type":"AchievementSubject","creditsEarned":9007199254740993`, "json.number", "/creditsEarned"},
		"minus zero":                           {obContext + `,"id":"urn:s","type":"AchievementSubject","creditsEarned":-0`, "json.number", "/creditsEarned"},
		"nested nodes":                         {obContext + `,"id":"urn:s","@included":[{"id":"urn:t","name":"x"}]`, "jsonld.unsupported", "/@included"},
		"a reverse property":                   {obContext + `,"id":"urn:s","@reverse":{"name":{"id":"urn:t"}}`, "jsonld.unsupported", "/@reverse"},
	} {
		doc := parse(t, []byte(`{`+c.doc+`}`))
		_, err := jsonld.ToRDF(doc)
		if err == nil {
			t.Errorf("%s is taken", name)
			continue
		}
		if d := fault.AsDefect(err); d.Code != c.code || d.At != c.at {
			t.Errorf("%s: %s at %q, want %s at %q", name, d.Code, d.At, c.code, c.at)
		}
		if _, err := jsonld.ToRDFGeneral(doc); err == nil && c.code != "context.inline" {
			t.Errorf("%s is taken by the general way", name)
		}
	}
}

func TestOptions(t *testing.T) {
	doc := parse(t, []byte(`{`+obContext+`,"id":"urn:s","type":"VerifiableCredential","endorsementJwt":["a.b.c"],
		"proof":{"type":"Nope"}}`))
	if _, err := jsonld.ToRDF(doc, jsonld.Omit("proof")); err != nil {
		t.Errorf("without the proof: %v", err)
	}
	if _, err := jsonld.ToRDF(doc, jsonld.Omit("proof"), jsonld.Edition("2024-03")); err == nil {
		t.Error("endorsementJwt is not in the edition 2024-03, and taken")
	}
	inline := parse(t, []byte(`{"@context":{"name":"urn:n"},"name":"x"}`))
	for _, o := range []jsonld.Option{jsonld.Inline(), jsonld.With("@context", parse(t, []byte(`"`+contexts.CredentialsV2+`"`)))} {
		if _, err := jsonld.ToRDF(inline, o); err != nil {
			t.Error(err)
		}
	}
	redefining := parse(t, []byte(`{"@context":["`+contexts.CredentialsV2+`",{"name":"urn:n"}],"name":"x"}`))
	if _, err := jsonld.ToRDF(redefining, jsonld.Inline()); err == nil {
		t.Error("a protected term is redefined")
	}
	quads, sources, err := jsonld.Sources(doc, jsonld.Omit("proof"))
	if err != nil || len(sources) != len(quads) || sources[0] != "/type" || sources[1] != "/endorsementJwt/0" {
		t.Errorf("sources %v (%v)", sources, err)
	}
}

func TestCredentialLimits(t *testing.T) {
	if _, err := jsonld.CanonicalizeCredential(clique(2), jsonld.SHA256); err == nil || fault.AsDefect(err).Code != "limits.canonicalization" {
		t.Errorf("L07 two nodes linked with each other: %v", err)
	}
	var alike []jsonld.Quad
	for i := range 33 {
		alike = append(alike, jsonld.Quad{
			Subject:   jsonld.Term{Kind: jsonld.IRI, Value: "urn:s"},
			Predicate: jsonld.Term{Kind: jsonld.IRI, Value: "urn:p"},
			Object:    jsonld.Term{Kind: jsonld.Blank, Value: fmt.Sprint("n", i)},
		})
	}
	if _, err := jsonld.CanonicalizeCredential(alike, jsonld.SHA256); err == nil {
		t.Error("33 nodes that look alike are taken")
	}
	if _, err := jsonld.CanonicalizeCredential(alike[:2], jsonld.SHA256); err != nil {
		t.Errorf("two nodes that look alike: %v", err)
	}
}

// TestRepeatedStatements holds that saying a thing twice changes nothing: a dataset is a set.
func TestRepeatedStatements(t *testing.T) {
	one, err := jsonld.ToRDF(parse(t, []byte(`{`+obContext+`,"type":"Achievement","tag":["a"],"creator":{"name":"x"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	two, err := jsonld.ToRDF(parse(t, []byte(`{`+obContext+`,"type":"Achievement","tag":["a","a"],"creator":{"name":["x","x","x"]}}`)))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := canonical(t, one), canonical(t, two); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

// FuzzToRDF holds that ToRDF never fails of itself, says the same twice, and that the canonical form of what it takes parses.
func FuzzToRDF(f *testing.F) {
	f.Add([]byte(`{` + obContext + `,"id":"urn:s","type":["VerifiableCredential"],"name":{"@value":"x","@language":"en"},
		"credentialSubject":{"type":"AchievementSubject"}}`))
	f.Add([]byte(`{` + obContext + `,"id":"_:b0","type":"ResultDescription","allowedValue":["A",1,true]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := ijson.Parse(text, ijson.Bounds{Bytes: 4096})
		if err != nil {
			return
		}
		quads, err := jsonld.ToRDF(doc)
		twice, errTwice := jsonld.ToRDF(doc)
		if (err == nil) != (errTwice == nil) || err != nil && fault.AsDefect(err).Code != fault.AsDefect(errTwice).Code || !slices.Equal(quads, twice) {
			t.Fatalf("%v, then %v", err, errTwice)
		}
		if err != nil {
			if fault.AsDefect(err).Code == "internal" {
				t.Fatal(err)
			}
			return
		}
		c, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
		if err != nil {
			return
		}
		again, err := jsonld.ParseNQuads(c.String())
		if err != nil {
			t.Fatalf("the canonical form does not parse: %v\n%s", err, c)
		}
		if len(again) != len(c.Lines) {
			t.Fatalf("%d statements became %d", len(c.Lines), len(again))
		}
	})
}

func ExampleToRDF() {
	doc, _ := ijson.Parse([]byte(`{"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:uuid:1", "name": "Swimmer"}`), ijson.Bounds{})
	quads, err := jsonld.ToRDF(doc)
	fmt.Println(len(quads), quads[0].Predicate.Value, quads[0].Object.Value, err)

	doc, _ = ijson.Parse([]byte(`{"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:uuid:1", "grade": "A+"}`), ijson.Bounds{})
	_, err = jsonld.ToRDF(doc)
	fmt.Println(err)
	// Output:
	// 1 https://schema.org/name Swimmer <nil>
	// DATA_LOSS_DETECTION_ERROR at /grade: "grade" is not defined by the contexts here
}
