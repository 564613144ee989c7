package schemas_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/schemas"
	"github.com/openlaurel/laurel/test/corpus"
)

// badge is the smallest award that says something in every place that the tests touch.
const badge = `{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "urn:uuid:3b2c", "type": ["VerifiableCredential", "OpenBadgeCredential"],
 "issuer": {"id": "did:web:school.example", "type": ["Profile"], "name": "School"},
 "validFrom": "2026-01-31T09:00:00Z", "name": "Welding",
 "credentialSubject": {"id": "did:example:ada", "type": ["AchievementSubject"],
  "identifier": [{"type": "IdentityObject", "hashed": true, "identityHash": "sha256$00", "identityType": "emailAddress"}],
  "achievement": {"id": "https://school.example/a/1", "type": ["Achievement"], "name": "Welding", "description": "Joins metal",
   "criteria": {"narrative": "Weld"}, "achievementType": "Course", "tag": ["metal"],
   "image": {"id": "https://school.example/a/1.png", "type": "Image"}}}
}`

func Example() {
	doc, err := ijson.Parse([]byte(`{"type": "Profile", "Name": "School"}`), ijson.Bounds{})
	if err != nil {
		fmt.Println(err)
	}
	for _, v := range schemas.Validate(schemas.Profile, doc) {
		fmt.Println(v.Code, v.At, v.Detail)
	}
	// Output:
	// json.member_case /Name "Name" differs from "name" only in case
	// schema.required /id the member id is missing
}

func edit(t *testing.T, old, replacement string) ijson.Value {
	t.Helper()
	if !strings.Contains(badge, old) {
		t.Fatalf("%q is not in the badge", old)
	}
	return parse(t, []byte(strings.Replace(badge, old, replacement, 1)))
}

func TestValidate(t *testing.T) {
	rows := []struct {
		name, old, replacement string
		want                   []schemas.Violation // code and place
	}{
		{name: "the badge conforms", old: "{", replacement: "{"},
		{name: "members that nobody knows are taken", old: `"name": "Welding",`, replacement: `"name": "Welding", "mine": {"ID": 1},`},
		{name: "a bare value stands for a list of one", old: `"tag": ["metal"]`, replacement: `"tag": "metal"`},
		{name: "a text may come in several languages", old: `"name": "Welding",`, replacement: `"name": {"en": "Welding", "de-CH": "Schweissen"},`},
		{
			name: "a language map names languages", old: `"name": "Welding",`, replacement: `"name": {"English": "Welding"},`,
			want: []schemas.Violation{{Code: "schema.name", At: "/name/English"}},
		},
		{
			name: "a missing member is reported where it should stand", old: `"validFrom": "2026-01-31T09:00:00Z", `, replacement: ``,
			want: []schemas.Violation{{Code: "schema.required", At: "/validFrom"}},
		},
		{
			name: "every violation is reported", old: `"hashed": true, "identityHash": "sha256$00", "identityType": "emailAddress"`, replacement: `"hashed": "yes", "identityType": "email", "more": 1`,
			want: []schemas.Violation{
				{Code: "schema.type", At: "/credentialSubject/identifier/0/hashed"},
				{Code: "schema.value", At: "/credentialSubject/identifier/0/identityType"},
				{Code: "schema.additional", At: "/credentialSubject/identifier/0/more"},
				{Code: "schema.required", At: "/credentialSubject/identifier/0/identityHash"},
			},
		},
		{
			name: "the contexts stand in order", old: `"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"`,
			replacement: `"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://www.w3.org/ns/credentials/v2"`,
			want:        []schemas.Violation{{Code: "schema.value", At: "/@context/0"}, {Code: "schema.pattern", At: "/@context/1"}},
		},
		{
			name: "one of the types is that of a badge", old: `"OpenBadgeCredential"`, replacement: `"Thing"`,
			want: []schemas.Violation{{Code: "schema.contains", At: "/type"}},
		},
		{
			name: "a slash in a member is escaped in the pointer", old: `"type": "Image"`, replacement: `"type": "Image", "a/b~c": 1`,
			want: []schemas.Violation{{Code: "schema.additional", At: "/credentialSubject/achievement/image/a~1b~0c"}},
		},
		{
			name: "a time has an offset", old: `2026-01-31T09:00:00Z`, replacement: `2026-01-31T09:00:00`,
			want: []schemas.Violation{{Code: "time.syntax", At: "/validFrom"}},
		},
		{
			name: "the Kelvin sign is a look-alike of k", old: `"name": "Welding",`, replacement: `"name": "Welding", "@context\u212A": 1, "type\u0130": 1, "aw\u0061rdeddate": 1,`,
			want: []schemas.Violation{{Code: "json.member_case", At: "/awardeddate"}},
		},
		{
			name: "the long s is a look-alike of s", old: `"issuer"`, replacement: `"i\u017fsuer"`,
			want: []schemas.Violation{{Code: "json.member_case", At: "/iſsuer"}, {Code: "schema.required", At: "/issuer"}},
		},
		{
			name: "an empty list of status entries is not taken", old: `"name": "Welding",`, replacement: `"name": "Welding", "credentialStatus": [],`,
			want: []schemas.Violation{{Code: "schema.items", At: "/credentialStatus"}},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := schemas.Validate(schemas.AchievementCredential, edit(t, row.old, row.replacement))
			for i := range got {
				if got[i].Detail == "" {
					t.Errorf("%s without a sentence", got[i].Code)
				}
				got[i].Detail = ""
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValidateKelvin(t *testing.T) {
	const schema = `{"$id":"https://t.example/a","properties":{"kid":{"type":"string"}}}`
	for name, want := range map[string]int{"kid": 0, "\u212Aid": 1, "KID": 1, "k\u0131d": 0, "kids": 0, "": 0} {
		doc := parse(t, []byte(fmt.Sprintf(`{%q:"x"}`, name)))
		got, err := schemas.Compile(doc, schema)
		if err != nil || len(got) != want {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

func TestOtherSchemas(t *testing.T) {
	const list = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"https://s.example/1","type":["VerifiableCredential","BitstringStatusListCredential"],
"issuer":"did:web:s.example","validFrom":"2026-01-31T09:00:00Z",
"credentialSubject":{"id":"https://s.example/1#list","type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"uH4sIAAAA"}}`
	rows := []struct{ name, id, old, replacement, code string }{
		{name: "a status list", id: schemas.StatusListCredential},
		{name: "a status list is a credential", id: schemas.VerifiableCredential},
		{name: "bits that are not multibase", id: schemas.StatusListCredential, old: `"uH4s`, replacement: `"H4s`, code: "schema.pattern"},
		{name: "a list without a purpose", id: schemas.StatusListCredential, old: `"statusPurpose":"revocation",`, code: "schema.required"},
		{name: "a negative time to live", id: schemas.StatusListCredential, old: `"encodedList"`, replacement: `"ttl":-1,"encodedList"`, code: "schema.value"},
		{name: "a credential without an issuer", id: schemas.VerifiableCredential, old: `"issuer":"did:web:s.example",`, code: "schema.required"},
		{name: "an empty subject", id: schemas.VerifiableCredential, old: list[strings.Index(list, `{"id":"https://s.example/1#list"`) : len(list)-1], replacement: `{}`, code: "schema.required"},
		{name: "a text with a language", id: schemas.VerifiableCredential, old: `"issuer"`, replacement: `"name":{"@value":"x","@language":"en"},"issuer"`},
		{name: "a text with a strange direction", id: schemas.VerifiableCredential, old: `"issuer"`, replacement: `"name":{"@value":"x","@direction":"up"},"issuer"`, code: "schema.value"},
		{name: "an unknown schema", id: "https://t.example/unknown", code: "schema.unknown"},
		{name: "the classes alone are no schema to ask for", id: "", code: "schema.unknown"},
	}
	for _, row := range rows {
		got := schemas.Validate(row.id, parse(t, []byte(strings.Replace(list, row.old, row.replacement, 1))))
		if row.code == "" && len(got) > 0 || row.code != "" && (len(got) != 1 || got[0].Code != row.code) {
			t.Errorf("%s: %v, want %q", row.name, got, row.code)
		}
	}
}

func TestCanonical(t *testing.T) {
	rows := map[string]string{
		schemas.Profile: schemas.Profile,
		officialBase + "ob_v3p0_achievementcredential_schema.json":                                         schemas.AchievementCredential,
		"https://purl.imsglobal.org/spec/ob/v3p0/schema/json-ld/ob_v3p0_endorsementcredential_schema.json": schemas.EndorsementCredential,
		officialBase + "ob_v3p0_profile_schema.json":                                                       schemas.Profile,
		officialBase + "ob_v3p0_imsx_statusinfo_schema.json":                                               "",
		"http://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_profile_schema.json":                   "",
		"file:///etc/hostname": "",
	}
	for url, want := range rows {
		got, ok := schemas.Canonical(url)
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", url, got, ok)
		}
	}
	if got := schemas.Validate(officialBase+"ob_v3p0_achievementcredential_schema.json", parse(t, []byte(badge))); len(got) != 0 {
		t.Errorf("by the official URL: %v", got)
	}
	if _, ok := schemas.Source("https://openlaurel.org/schemas/../schemas.go"); ok {
		t.Error("Source leaves its folder")
	}
}

// TestCompileRefuses is row N08, too: no schema that is embedded by mistake could refer to a file or an address.
func TestCompileRefuses(t *testing.T) {
	const head = `{"$id":"https://t.example/a",`
	rows := map[string]string{
		"an unknown keyword":                       head + `"if":{}}`,
		"a keyword of another draft":               head + `"dependentRequired":{}}`,
		"a reference to a file":                    head + `"$ref":"file:///etc/hostname"}`,
		"a reference to the network":               head + `"$ref":"https://t.example/b"}`,
		"a definition that is not there":           head + `"$ref":"#/$defs/X"}`,
		"a schema that refers to itself":           head + `"$ref":"#/$defs/X","$defs":{"X":{"$ref":"#/$defs/Y"},"Y":{"anyOf":[{"$ref":"#/$defs/X"}]}}}`,
		"alternatives that are both objects":       head + `"anyOf":[{"type":"object"},{"type":"object"}]}`,
		"a type that is none":                      head + `"type":"thing"}`,
		"a format that is none":                    head + `"format":"email"}`,
		"a pattern that is none":                   head + `"pattern":"("}`,
		"an enumeration of numbers":                head + `"enum":[1]}`,
		"a required member that is no property":    head + `"required":["x"]}`,
		"a list inside contains that is no string": head + `"contains":{"type":"object"}}`,
		"a schema that is true":                    head + `"properties":{"x":true}}`,
		"no JSON":                                  `{`,
	}
	for name, text := range rows {
		if _, err := schemas.Compile(ijson.Value{}, text); err == nil {
			t.Errorf("%s compiles", name)
		}
	}
	if _, err := schemas.Compile(ijson.Value{}, head+`"type":["null","object"]}`); err != nil {
		t.Error(err)
	}
}

// TestRecursionIsBounded is row N08: it validates a document that is as deep as documents get against a schema that refers to itself.
func TestRecursionIsBounded(t *testing.T) {
	const schema = `{"$id":"https://t.example/a","type":"object","properties":{"a":{"$ref":"https://t.example/a"}}}`
	for _, row := range []struct {
		depth int
		code  string
	}{{depth: 64}, {depth: 300, code: "limits.depth"}} {
		text := strings.Repeat(`{"a":`, row.depth-1) + "{}" + strings.Repeat("}", row.depth-1)
		doc, err := ijson.Parse([]byte(text), ijson.Bounds{Depth: 1000})
		if err != nil {
			t.Fatal(err)
		}
		got, err := schemas.Compile(doc, schema)
		if err != nil {
			t.Fatal(err)
		}
		if (row.code == "") != (len(got) == 0) || len(got) > 0 && got[0].Code != row.code {
			t.Errorf("depth %d: %v", row.depth, got)
		}
	}
}

// TestPatternsByHand: each matcher that stands in for an expression must exist; the fuzz test compares them.
func TestPatternsByHand(t *testing.T) {
	for _, text := range handMade {
		if schemas.ByHand(text) == nil {
			t.Errorf("%s has no matcher by hand", text)
		}
	}
	if schemas.ByHand("^x$") != nil {
		t.Error("a matcher for a pattern that nobody wrote one for")
	}
}

var handMade = []string{
	`^[a-z]{2}(-[A-Z]{2})?$`, `^ext:[A-Za-z0-9._-]+$`, `^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$`,
	`^https:\/\/purl\.imsglobal\.org\/spec\/ob\/v3p0\/context(-3\.\d\.\d)*\.json$`, `^u[A-Za-z0-9_-]+$`,
}

func FuzzPatterns(f *testing.F) {
	for _, s := range []string{
		"", "en", "en-US", "en-us", "ext:a.b-c_d", "ext:", "ext:a\n", "a.b.c", "a..c", "a.b.", ".b.c", "a.b.c.d", "u", "uA", "uA=",
		"https://purl.imsglobal.org/spec/ob/v3p0/context.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3-3.1.0.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0..json",
	} {
		f.Add(s)
	}
	expressions := make([]*regexp.Regexp, len(handMade))
	for i, text := range handMade {
		expressions[i] = regexp.MustCompile(text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for i, text := range handMade {
			if got, want := schemas.ByHand(text)(s), expressions[i].MatchString(s); got != want {
				t.Errorf("%s on %q: by hand %v, expression %v", text, s, got, want)
			}
		}
	})
}

// FuzzMemberCase: a member is a look-alike exactly when strings.EqualFold says so and it is not the member itself.
func FuzzMemberCase(f *testing.F) {
	for _, s := range []string{"kid", "KID", "\u212Aid", "kıd", "kİd", "", "ki", "issuer", "iſſuer", "Kid\x00"} {
		f.Add(s)
	}
	const schema = `{"$id":"https://t.example/a","properties":{"kid":{},"issuer":{}}}`
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsFunc(s, func(r rune) bool { return r == unicode.ReplacementChar }) {
			return
		}
		name, ok := quoted(s)
		if !ok {
			return
		}
		doc, err := ijson.Parse(append(ijson.Append([]byte("{"), name), ":1}"...), ijson.Bounds{})
		if err != nil {
			return
		}
		got, err := schemas.Compile(doc, schema)
		if err != nil {
			t.Fatal(err)
		}
		want := s != "kid" && strings.EqualFold(s, "kid") || s != "issuer" && strings.EqualFold(s, "issuer")
		if (len(got) > 0) != want {
			t.Errorf("%q: %v", s, got)
		}
	})
}

// quoted is s as JSON; ok is false where Go quotes in a way that JSON does not know.
func quoted(s string) (v ijson.Value, ok bool) {
	v, err := ijson.Parse([]byte(fmt.Sprintf("%q", s)), ijson.Bounds{})
	return v, err == nil
}

func TestFormats(t *testing.T) {
	rows := map[string]bool{
		"2026-01-31T09:00:00Z": true, "2026-01-31T09:00:00.123456789Z": true, "2026-01-31T09:00:00-06:00": true, "2024-02-29T00:00:00+14:00": true,
		"2026-02-29T00:00:00Z": false, "2026-13-01T00:00:00Z": false, "2026-00-01T00:00:00Z": false, "2026-01-00T00:00:00Z": false, "2026-04-31T00:00:00Z": false,
		"2026-01-31T24:00:00Z": false, "2026-01-31T09:60:00Z": false, "2016-12-31T23:59:60Z": false, "2026-01-31T9:00:00Z": false, "2026-01-31 09:00:00Z": false,
		"2026-01-31T09:00:00": false, "2026-01-31T09:00Z": false, "2026-01-31T09:00:00z": false, "2026-01-31t09:00:00Z": false, "2026-01-31T09:00:00,5Z": false,
		"2026-01-31T09:00:00.Z": false, "2026-01-31T09:00:00+15:00": false, "2026-01-31T09:00:00+01:60": false, "2026-01-31T09:00:00+0100": false,
		"2026-01-31T09:00:00ZZ": false, "": false, "2026-01-31": false,
	}
	for s, want := range rows {
		if got := schemas.FormatOK("date-time", s); got != want {
			t.Errorf("date-time %q: %v", s, got)
		}
	}
	for s, want := range map[string]bool{"2026-01-31": true, "2026-02-30": false, "2026-1-31": false, "2026-01-31T": false, "": false} {
		if got := schemas.FormatOK("date", s); got != want {
			t.Errorf("date %q: %v", s, got)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	for _, name := range []string{"complete.json", "simple.json"} {
		text, err := os.ReadFile(corpus.Folder(b, "1edtech", "ob30", name))
		if err != nil {
			b.Fatal(err)
		}
		doc := parse(b, text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := schemas.Validate(schemas.AchievementCredential, doc); len(v) > 0 {
					b.Fatal(v)
				}
			}
		})
	}
}
