package credential_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/test/corpus"
)

func problems(t *testing.T, text string) []string {
	t.Helper()
	c, err := credential.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var out []string
	for _, p := range c.Problems() {
		line := p.Code + " " + p.At
		if p.Unknown {
			line += " unknown"
		}
		if p.Detail == "" {
			t.Errorf("%s has no sentence", line)
		}
		out = append(out, line)
	}
	return out
}

// TestProblems changes one place of a good badge. Rows without a wanted problem are the nearest twins that must pass.
func TestProblems(t *testing.T) {
	const v2 = `"https://www.w3.org/ns/credentials/v2", `
	const ob = `"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"`
	rows := []struct{ name, old, replacement, want string }{
		{name: "nothing changed"},
		{"no contexts", `"@context"`, `"context"`, "vc.malformed /@context, vc.malformed /@context/1"},
		{"a context that is not known", ob, ob + `, "https://t.example/c"`, "context.unknown /@context/2 unknown"},
		{"a known third context", ob, ob + `, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"`, ""},
		{"a context that is a number", ob, ob + `, 7`, "vc.malformed /@context/2"},
		{"a context that is null", ob, ob + `, null`, "vc.malformed /@context/2"},
		{"a context that is no URL", ob, ob + `, "https ://t.example"`, "vc.malformed /@context/2"},
		{"terms inside", ob, ob + `, {"x": "https://t.example/x"}`, "context.inline /@context/2"},
		{"@vocab after the contexts", ob, ob + `, {"@vocab": "https://t.example/"}`, "context.not_pinned /@context/2"},
		{"@vocab before the contexts", v2, `{"@vocab": "https://t.example/"}, ` + v2, "vc.malformed /@context/0, context.not_pinned /@context/0, vc.malformed /@context/1"},
		{"the base context in second place", v2 + ob, ob + `, "https://www.w3.org/ns/credentials/v2"`, "vc.malformed /@context/0, vc.malformed /@context/1"},
		{"both base contexts", ob, ob + `, "https://www.w3.org/2018/credentials/v1"`, "vc.version /@context/2"},
		{"no context of Open Badges", `, ` + ob, ``, "vc.malformed /@context/1"},
		{"another version of Open Badges", `context-3.0.3.json`, `context-3.0.1.json`, ""},
		{"a context taken away inside", `"criteria": {`, `"criteria": {"@context": null, `, "context.inline /credentialSubject/achievement/criteria/@context"},
		{"terms inside a node", `"criteria": {`, `"criteria": {"@context": {"x": "y"}, `, "context.inline /credentialSubject/achievement/criteria/@context"},
		{"terms inside a list of contexts of a node", `"criteria": {`, `"criteria": {"@context": [{"x": "y"}], `, "context.inline /credentialSubject/achievement/criteria/@context/0"},
		{"a known context of a node", `"criteria": {`, `"criteria": {"@context": ` + ob + `, `, ""},
		{"no type", `"type": ["VerifiableCredential", "OpenBadgeCredential"],`, ``, "vc.malformed /type"},
		{"a type that is a number", `"OpenBadgeCredential"]`, `"OpenBadgeCredential", 7]`, "vc.malformed /type/2"},
		{"no type of a credential", `["VerifiableCredential", "OpenBadgeCredential"]`, `["OpenBadgeCredential"]`, "vc.malformed /type"},
		{"an id that is null", `"urn:uuid:3b2c"`, `null`, "vc.malformed /id"},
		{"an id that is a list", `"urn:uuid:3b2c"`, `["urn:uuid:3b2c"]`, "vc.malformed /id"},
		{"an id that is no URL", `"urn:uuid:3b2c"`, `"3b2c"`, "vc.malformed /id"},
		{"an id with a blank", `"urn:uuid:3b2c"`, `"urn:uuid: 3b2c"`, "vc.malformed /id"},
		{"an id of the web without a host", `"urn:uuid:3b2c"`, `"https:///x"`, "vc.malformed /id"},
		{"an id with a script is no link, but a URL", `"urn:uuid:3b2c"`, `"javascript:alert(1)"`, ""},
		{"no issuer", `"issuer"`, `"publisher"`, "vc.malformed /issuer"},
		{"an issuer that is null", `{"id": "did:web:school.example", "type": ["Profile"], "name": "School"}`, `null`, "vc.malformed /issuer"},
		{"an issuer that is a list", `{"id": "did:web:school.example", "type": ["Profile"], "name": "School"}`, `["did:web:a"]`, "vc.malformed /issuer"},
		{"an issuer without an id", `"id": "did:web:school.example", `, ``, "vc.malformed /issuer/id"},
		{"an issuer that is a URL", `{"id": "did:web:school.example", "type": ["Profile"], "name": "School"}`, `"did:web:school.example"`, ""},
		{"an issuer that is no URL", `{"id": "did:web:school.example", "type": ["Profile"], "name": "School"}`, `"school"`, "vc.malformed /issuer"},
		{"a subject without id and identifier", `"id": "did:example:ada", `, ``, "ob.subject /credentialSubject"},
		{"a subject with an empty list of identifiers", `"id": "did:example:ada", `, `"identifier": [], `, "ob.subject /credentialSubject"},
		{"a subject with an identifier", `"id": "did:example:ada", `, `"identifier": {"type": "IdentityObject"}, `, ""},
		{"a subject whose id is no URL", `"did:example:ada"`, `"ada"`, "vc.malformed /credentialSubject/id"},
		{"a time without an offset", `"2026-01-31T09:00:00Z"`, `"2026-01-31T09:00:00"`, "time.syntax /validFrom"},
		{"a time that is a number", `"2026-01-31T09:00:00Z"`, `1769850000`, "time.syntax /validFrom"},
		{"a time that is null", `"2027-01-31T09:00:00Z"`, `null`, "time.syntax /validUntil"},
		{"an end before the beginning", `"2027-01-31T09:00:00Z"`, `"2026-01-31T08:59:59Z"`, "time.range /validUntil"},
		{"an end at the beginning", `"2027-01-31T09:00:00Z"`, `"2026-01-31T10:00:00+01:00"`, ""},
		{"a time of the older version", `"name": "Welding",`, `"issuanceDate": "2026-01-31T09:00:00Z",`, "vc.version /issuanceDate"},
		{"a claim vc beside the credential", `"name": "Welding",`, `"vc": {"type": "VerifiableCredential"},`, "vc.ambiguous /vc"},
		{"a member in another case", `"name": "Welding",`, `"Issuer": "did:web:b",`, "json.member_case /Issuer"},
		{"a member with a long s", `"name": "Welding",`, `"i\u017fsuer": "did:web:b",`, "json.member_case /iſsuer"},
		{"an issuer's id in another case", `"id": "did:web:school.example"`, `"id": "did:web:school.example", "ID": "did:web:b"`, "json.member_case /issuer/ID"},
		{"a status index in another case", `"statusListIndex": "7"`, `"statusListIndex": "7", "statuslistindex": "8"`, "json.member_case /credentialStatus/statuslistindex"},
		{"a member of another word", `"name": "Welding",`, `"issuers": 1, "ids": 1,`, ""},
		{"a status without a type", `"type": "BitstringStatusListEntry", `, ``, "vc.malformed /credentialStatus/type"},
		{"a status of several types", `"BitstringStatusListEntry"`, `["BitstringStatusListEntry", "Other"]`, ""},
		{"a status whose type is a number", `"BitstringStatusListEntry"`, `7`, "vc.malformed /credentialStatus/type"},
		{"a status whose id is no URL", `"https://s.example/1#7"`, `"7"`, "vc.malformed /credentialStatus/id"},
		{"a status with several ids", `"https://s.example/1#7"`, `["https://s.example/1#7"]`, "vc.malformed /credentialStatus/id"},
		{"a schema without an id", `"name": "Welding",`, `"credentialSchema": {"type": "JsonSchema"},`, "vc.malformed /credentialSchema/id"},
		{"a schema with an id", `"name": "Welding",`, `"credentialSchema": [{"id": "https://t.example/s", "type": "JsonSchema"}],`, ""},
		{"evidence without a type", `"name": "Welding",`, `"evidence": [{"type": "Evidence"}, {"id": "https://t.example/e"}],`, "vc.malformed /evidence/1/type"},
		{"terms of use that are a text", `"name": "Welding",`, `"termsOfUse": "none",`, "vc.malformed /termsOfUse"},
		{"a refresh service without a type", `"name": "Welding",`, `"refreshService": {"id": "https://t.example/r"},`, "vc.malformed /refreshService/type"},
		{"a proof that is null", `"name": "Welding",`, `"proof": null,`, "vc.malformed /proof"},
		{"a related resource twice", `"name": "Welding",`, `"relatedResource": [{"id": "https://t.example/r", "digestSRI": "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ="}, {"id": "https://t.example/r", "digestSRI": "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ="}],`, "vc.malformed /relatedResource/1/id"},
		{"a related resource without a digest", `"name": "Welding",`, `"relatedResource": {"id": "https://t.example/r"},`, "vc.malformed /relatedResource"},
		{"a related resource that is a text", `"name": "Welding",`, `"relatedResource": ["https://t.example/r"],`, "vc.malformed /relatedResource/0"},
		{"a related resource", `"name": "Welding",`, `"relatedResource": {"id": "https://t.example/r", "digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"},`, ""},
		{"a name with a language", `"name": "Welding",`, `"name": {"@value": "Welding", "@language": "en-GB", "@direction": "ltr"},`, ""},
		{"a name with another member", `"name": "Welding",`, `"name": {"@value": "Welding", "url": "x"},`, "vc.language /name/url"},
		{"a name in a language that is none", `"name": "Welding",`, `"name": {"@value": "Welding", "@language": "e n"},`, "vc.language /name/@language"},
		{"a name that runs upwards", `"name": "Welding",`, `"name": {"@value": "Welding", "@direction": "up"},`, "vc.language /name/@direction"},
		{"a name without a text", `"name": "Welding",`, `"name": {"@language": "en"},`, "vc.language /name"},
		{"names, the second wrong", `"name": "Welding",`, `"name": ["a", {"@value": "b", "@type": "c"}],`, "vc.language /name/1/@type"},
		{"a name of an Open Badge in several languages", `"name": "Welding",`, `"name": {"en": "Welding", "fr": "Soudage"},`, ""},
		{"a name that is a number", `"name": "Welding",`, `"name": 7,`, "vc.malformed /name"},
		{"a description of the issuer with another member", `"name": "School"`, `"description": {"@value": "x", "y": 1}`, "vc.language /issuer/description/y"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if !strings.Contains(badge, row.old) {
				t.Fatalf("%s is not in the badge", row.old)
			}
			got := strings.Join(problems(t, strings.Replace(badge, row.old, row.replacement, 1)), ", ")
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemsOfLists(t *testing.T) {
	list := func(n int, item string) string {
		return "[" + strings.TrimPrefix(strings.Repeat(","+item, n), ",") + "]"
	}
	entry := `{"type":"BitstringStatusListEntry"}`
	subject := `{"id":"did:example:ada"}`
	base := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiableCredential","issuer":"did:web:a","credentialSubject":%s,"credentialStatus":%s}`
	rows := []struct{ name, subjects, status, want string }{
		{"one of each", subject, entry, ""},
		{"as many as are taken", list(16, subject), list(8, entry), ""},
		{"too many subjects", list(17, subject), entry, "limits.subjects /credentialSubject"},
		{"too many status entries", subject, list(9, entry), "limits.status /credentialStatus"},
		{"no status entries", subject, "[]", "status.empty /credentialStatus"},
		{"a status that is null", subject, "null", "vc.malformed /credentialStatus"},
		{"no subjects", "[]", entry, "vc.malformed /credentialSubject"},
		{"a subject that is null", "null", entry, "vc.malformed /credentialSubject"},
		{"a subject that is a text", `"did:example:ada"`, entry, "vc.malformed /credentialSubject"},
		{"an empty subject", "{}", entry, "vc.malformed /credentialSubject"},
		{"an empty subject in a list", "[" + subject + ",{}]", entry, "vc.malformed /credentialSubject/1"},
		{"a language map is for Open Badges only", subject, entry + `,"name":{"en":"x"}`, "vc.language /name, vc.language /name/en"},
		{"the second entry wrong", subject, "[" + entry + ",7]", "vc.malformed /credentialStatus/1"},
	}
	for _, row := range rows {
		got := strings.Join(problems(t, fmt.Sprintf(base, row.subjects, row.status)), ", ")
		if got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestProblemsOfVersion1(t *testing.T) {
	const old = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"did:web:a",
"issuanceDate":"2026-01-31T09:00:00Z","credentialSubject":{"id":"did:example:ada"}%s}`
	for more, want := range map[string]string{
		``: "",
		`,"expirationDate":"2025-01-31T09:00:00Z"`: "time.range /expirationDate",
		`,"expirationDate":"tomorrow"`:             "time.syntax /expirationDate",
		`,"validFrom":"2026-01-31T09:00:00Z"`:      "vc.version /validFrom",
	} {
		if got := strings.Join(problems(t, fmt.Sprintf(old, more)), ", "); got != want {
			t.Errorf("%s: %q, want %q", more, got, want)
		}
	}
	got := problems(t, strings.Replace(fmt.Sprintf(old, ""), `"issuanceDate":"2026-01-31T09:00:00Z",`, "", 1))
	if diff := cmp.Diff([]string{"vc.malformed /issuanceDate"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestProblemsOfSamples: the samples of the corpus have no problems but these.
func TestProblemsOfSamples(t *testing.T) {
	expected := map[string]string{
		"clr20/simple-noproof.json":        "context.unknown /@context/1 unknown",
		"clr20/simple_old_safesigned.json": "context.unknown /@context/1 unknown",
		"ob30/simple-err-context.json":     "vc.malformed /@context/0, vc.malformed /@context/1",
		"ob30/simple-err-issuer.json":      "vc.malformed /issuer",
	}
	for name, text := range samples(t) {
		got := problems(t, string(text))
		if diff := cmp.Diff(expected[name], strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// samples reads the JSON samples of the corpus by name.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	dir := corpus.Folder(t, "1edtech")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) < 40 {
		t.Fatalf("only %d samples: %v", len(files), err)
	}
	out := make(map[string][]byte)
	for _, file := range files {
		name, _ := filepath.Rel(dir, file)
		if out[name], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// FuzzProblems: whatever reads as a credential gets an answer, and the same one twice.
func FuzzProblems(f *testing.F) {
	f.Add(badge)
	f.Add(`{"@context":[{"@vocab":"x"}],"credentialStatus":[],"name":[{}],"vc":{},"type":7}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := credential.Parse([]byte(text))
		if err != nil {
			return
		}
		first, second := c.Problems(), c.Problems()
		if len(first) != len(second) {
			t.Errorf("%d problems, then %d", len(first), len(second))
		}
		for i, p := range first {
			if p.Code == "" || p.Detail == "" || p.At != second[i].At || p.At != "" && p.At[0] != '/' {
				t.Errorf("%+v", p)
			}
		}
	})
}

func BenchmarkProblems(b *testing.B) {
	for _, name := range []string{"ob30/complete.json", "ob30/simple.json"} {
		c, err := credential.Parse(samples(b)[name])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p := c.Problems(); len(p) > 0 {
					b.Fatal(p[0])
				}
			}
		})
	}
}
