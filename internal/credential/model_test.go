package credential_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/schemas"
)

func ExampleAchievementCredential_Marshal() {
	credits := 1.5
	award := credential.AchievementCredential{
		Context:   credential.ContextURLs(contexts.CredentialsV2, contexts.OpenBadges),
		ID:        "urn:uuid:3b2c",
		Type:      credential.List[string]{"VerifiableCredential", "OpenBadgeCredential"},
		Issuer:    credential.ProfileRef{URI: "did:web:school.example"},
		ValidFrom: "2026-01-31T09:00:00Z",
		Subject: credential.AchievementSubject{
			ID:            "did:example:ada",
			Type:          credential.List[string]{"AchievementSubject"},
			CreditsEarned: &credits,
		},
	}
	out, err := award.Marshal()
	fmt.Println(err)
	fmt.Println(strings.ReplaceAll(string(out), `,"`, "\n,\""))
	// Output:
	// <nil>
	// {"@context":["https://www.w3.org/ns/credentials/v2"
	// ,"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
	// ,"id":"urn:uuid:3b2c"
	// ,"type":["VerifiableCredential"
	// ,"OpenBadgeCredential"]
	// ,"issuer":"did:web:school.example"
	// ,"validFrom":"2026-01-31T09:00:00Z"
	// ,"credentialSubject":{"id":"did:example:ada"
	// ,"type":["AchievementSubject"]
	// ,"creditsEarned":1.5}}
}

// normal gives a tree in which a bare value and a list of one are the same, and what says nothing is left out.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any)
		for name, member := range v {
			if n := normal(member); n != nil && n != "" {
				out[name] = n
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, normal(e))
		}
		switch len(out) {
		case 0:
			return nil
		case 1:
			return out[0]
		}
		return out
	}
	return v
}

func normalText(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return normal(v)
}

func TestDecodeAndMarshalKeepEverySampleMember(t *testing.T) {
	kept := 0
	for name, text := range samples(t) {
		if !strings.HasPrefix(name, "ob30/") {
			continue
		}
		c, err := credential.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var out []byte
		if c.HasType("EndorsementCredential") {
			var e *credential.EndorsementCredential
			if e, err = credential.DecodeEndorsement(c); err == nil {
				out, err = e.Marshal()
			}
		} else {
			var a *credential.AchievementCredential
			if a, err = credential.Decode(c); err == nil {
				out, err = a.Marshal()
			}
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(normalText(t, text), normalText(t, out)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		kept++
	}
	if kept < 32 {
		t.Errorf("only %d samples were written back", kept)
	}
}

func TestWhatWasReadLenientlyConformsWhenWritten(t *testing.T) {
	const lenient = `{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "urn:uuid:1", "type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": "did:web:a", "validFrom": "2026-01-31T09:00:00Z",
 "name": {"en": "Welding", "fr": "Soudage"}, "evidence": {"type": "Evidence", "name": "x & <y>"}, "proof": {"type": "DataIntegrityProof"},
 "credentialSubject": {"id": "did:example:ada", "type": "AchievementSubject", "identifier": {"type": "IdentityObject", "hashed": false, "identityHash": "ada", "identityType": "name"},
  "achievement": {"id": "urn:a", "type": "Achievement", "name": "Welding", "description": "d", "criteria": {}, "tag": "metal", "mine": {"b": 1, "a": [null]}}}}`
	c, err := credential.Parse([]byte(lenient))
	if err != nil {
		t.Fatal(err)
	}
	a, err := credential.Decode(c)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name.Value != "Welding" || a.Name.In("fr") != "Soudage" || a.Name.In("de") != "Welding" || len(a.Subject.Achievement.Tag) != 1 || a.Issuer.ID() != "did:web:a" {
		t.Errorf("%+v", a)
	}
	out, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ijson.Parse(out, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if v := schemas.Validate(schemas.AchievementCredential, doc); len(v) > 0 {
		t.Errorf("%v in %s", v, out)
	}
	for _, want := range []string{`"tag":["metal"]`, `"evidence":[{`, `"type":["Achievement"]`, `"name":{"en":"Welding","fr":"Soudage"}`, `"hashed":false`, `"criteria":{}`, `"mine":{"b":1,"a":[null]}`, `"type":"IdentityObject"`, `\u0026 \u003cy\u003e`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not in %s", want, out)
		}
	}
	again, err := a.Marshal()
	if err != nil || string(again) != string(out) {
		t.Errorf("a second Marshal gives other bytes: %s", again)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, at := range map[string]string{
		`{"id":7}`:                             "/id",
		`{"type":[7]}`:                         "/type/0",
		`{"credentialSubject":{"result":[7]}}`: "/credentialSubject/result/0",
		`{"credentialSubject":[{}]}`:           "/credentialSubject",
		`{"credentialSubject":{"achievement":{"creditsAvailable":"3"}}}`: "/credentialSubject/achievement/creditsAvailable",
	} {
		c, err := credential.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = credential.Decode(c)
		if codeOf(err) != "vc.malformed" || !strings.Contains(err.Error(), at+":") {
			t.Errorf("%s: %v, want a place %s", text, err, at)
		}
	}
}

// TestEveryPropertyHasAField holds the classes against the schemas: each property that a schema names is a field, so that
// nothing the standard names ends among the unknown members.
func TestEveryPropertyHasAField(t *testing.T) {
	classes := map[string]any{
		"Achievement": credential.Achievement{}, "AchievementSubject": credential.AchievementSubject{}, "Address": credential.Address{},
		"Alignment": credential.Alignment{}, "CredentialSchema": credential.CredentialSchema{}, "CredentialStatus": credential.CredentialStatus{},
		"Criteria": credential.Criteria{}, "EndorsementCredential": credential.EndorsementCredential{}, "EndorsementSubject": credential.EndorsementSubject{},
		"Evidence": credential.Evidence{}, "GeoCoordinates": credential.GeoCoordinates{}, "IdentifierEntry": credential.IdentifierEntry{},
		"IdentityObject": credential.IdentityObject{}, "Image": credential.Image{}, "Profile": credential.Profile{}, "Proof": credential.Proof{},
		"RefreshService": credential.RefreshService{}, "Related": credential.Related{}, "Result": credential.Result{},
		"ResultDescription": credential.ResultDescription{}, "RubricCriterionLevel": credential.RubricCriterionLevel{}, "TermsOfUse": credential.TermsOfUse{},
	}
	text, ok := schemas.Source("https://openlaurel.org/schemas/ob/3.0/classes.json")
	if !ok {
		t.Fatal("no schema of the classes")
	}
	doc, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, def := range doc.Member("$defs").Members() {
		properties := def.Value.Member("properties").Members()
		if len(properties) == 0 {
			continue
		}
		class, ok := classes[def.Name]
		if !ok {
			t.Errorf("the class %s has no type", def.Name)
			continue
		}
		seen++
		compareFields(t, def.Name, reflect.TypeOf(class), properties)
	}
	if seen != len(classes) {
		t.Errorf("%d of %d classes were compared", seen, len(classes))
	}
	top, _ := schemas.Source(schemas.AchievementCredential)
	if doc, err = ijson.Parse(top, ijson.Bounds{}); err != nil {
		t.Fatal(err)
	}
	compareFields(t, "AchievementCredential", reflect.TypeOf(credential.AchievementCredential{}), doc.Member("properties").Members())
}

func compareFields(t *testing.T, class string, typ reflect.Type, properties []ijson.Member) {
	t.Helper()
	fields := make(map[string]bool)
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		fields[name] = true
	}
	if !fields[""] {
		t.Errorf("%s does not keep unknown members", class)
	}
	for _, p := range properties {
		if !fields[p.Name] {
			t.Errorf("%s.%s has no field", class, p.Name)
		}
	}
}

func TestIdentity(t *testing.T) {
	const vector = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399" // OB 3.0 §IdentityHash
	if got := credential.HashIdentity("a@example.com", "Kosher"); got != vector {
		t.Errorf("%s", got)
	}
	object := func(hash, salt string) credential.IdentityObject {
		return credential.IdentityObject{Hashed: true, IdentityHash: hash, IdentityType: "emailAddress", Salt: salt}
	}
	plain := credential.IdentityObject{IdentityHash: "a@example.com", IdentityType: "emailAddress"}
	const mail = "emailAddress"
	rows := []struct {
		name             string
		object           credential.IdentityObject
		kind, identifier string
		want             bool
	}{
		{"the vector", object(vector, "Kosher"), mail, "a@example.com", true},
		{"digits in upper case", object("sha256$"+strings.ToUpper(vector[7:]), "Kosher"), mail, "a@example.com", true},
		{"without salt", object(credential.HashIdentity("a@example.com", ""), ""), mail, "a@example.com", true},
		{"md5, read only", object("md5$bdbfc21f9c2c27d2f6b8b1a1c1f8c5f1", ""), mail, "a@example.com", false},
		{"md5 of the identifier", object("md5$"+md5Hex("a@example.comKosher"), "Kosher"), mail, "a@example.com", true},
		{"another identifier", object(vector, "Kosher"), mail, "b@example.com", false},
		{"the identifier in another case", object(vector, "Kosher"), mail, "A@example.com", false},
		{"a blank after the identifier", object(vector, "Kosher"), mail, "a@example.com ", false},
		{"another salt", object(vector, "kosher"), mail, "a@example.com", false},
		{"the salt as part of the identifier", object(vector, ""), mail, "a@example.comKosher", true},
		{"another type", object(vector, "Kosher"), "name", "a@example.com", false},
		{"the algorithm in upper case", object("SHA256"+vector[6:], "Kosher"), mail, "a@example.com", false},
		{"an algorithm that is not taken", object("sha1$"+vector[7:], "Kosher"), mail, "a@example.com", false},
		{"no algorithm", object(vector[7:], "Kosher"), mail, "a@example.com", false},
		{"a hash cut short", object(vector[:40], "Kosher"), mail, "a@example.com", false},
		{"digits that are none", object("sha256$xyz", "Kosher"), mail, "a@example.com", false},
		{"the hash is not the identifier", object(vector, "Kosher"), mail, vector, false},
		{"in clear", plain, mail, "a@example.com", true},
		{"in clear, another case", plain, mail, "A@example.com", false},
		{"nothing matches nothing", credential.IdentityObject{IdentityType: mail}, mail, "", false},
	}
	for _, row := range rows {
		if got := row.object.Matches(row.kind, row.identifier); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// FuzzDecode: a badge that conforms to the schema keeps every member when it is read and written, and conforms still.
func FuzzDecode(f *testing.F) {
	f.Add(badge)
	f.Add(strings.Replace(badge, `"name": "Welding",`, `"name": {"en":"x"}, "x": {"y": [null, 1e2]}, "evidence": {"type":"Evidence"}, "proof": [], `, 1))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := credential.Parse([]byte(text))
		if err != nil {
			return
		}
		a, err := credential.Decode(c)
		if err != nil {
			if codeOf(err) != "vc.malformed" {
				t.Error(err)
			}
			return
		}
		out, err := a.Marshal()
		if err != nil {
			t.Fatalf("%v from %s", err, text)
		}
		again, err := credential.Parse(out)
		if err != nil {
			if codeOf(err) == "limits.size" || codeOf(err) == "limits.depth" || codeOf(err) == "limits.members" {
				return // arrays around bare values
			}
			t.Fatal(err)
		}
		if len(schemas.Validate(schemas.AchievementCredential, c.Doc)) > 0 {
			return
		}
		if diff := cmp.Diff(normalText(t, []byte(text)), normalText(t, out)); diff != "" {
			t.Error(diff)
		}
		if v := schemas.Validate(schemas.AchievementCredential, again.Doc); len(v) > 0 {
			t.Errorf("%v in %s", v, out)
		}
	})
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestPlainAddress(t *testing.T) {
	for in, want := range map[string]string{
		"Amal@Example.ORG": "Amal@example.org", "amal@example.org": "amal@example.org", "no address": "no address", "@A": "@a",
		"amal@\u0130x.example": "amal@\u0130x.example", "amal@bo\u212A.example": "amal@bo\u212A.example", "a@B\u00dccher.example": "a@b\u00dccher.example",
	} {
		if got := credential.PlainAddress(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
