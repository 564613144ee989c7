package credential_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

func value(t *testing.T, text string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFormOfPresentations(t *testing.T) {
	t.Parallel()
	const base = `"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"]`
	for _, tt := range []struct{ name, doc, at string }{
		{"the least", `{` + base + `}`, ""},
		{"a holder by URL", `{` + base + `,"holder":"did:example:a"}`, ""},
		{"a holder as an object", `{` + base + `,"holder":{"id":"did:example:a"}}`, ""},
		{"one credential without a list", `{` + base + `,"verifiableCredential":{}}`, ""},
		{"a context in the document", `{"@context":["https://www.w3.org/ns/credentials/v2",{"a":"https://a.example/a"}],"type":"VerifiablePresentation"}`, ""},
		{"no object", `[]`, "?"},
		{"a holder that is no URL", `{` + base + `,"holder":"Amal"}`, "/holder"},
		{"a holder without an id", `{` + base + `,"holder":{"name":"Amal"}}`, "/holder/id"},
		{"a credential as a text", `{` + base + `,"verifiableCredential":["https://a.example/c"]}`, "/verifiableCredential/0"},
		{"an id that is no URL", `{` + base + `,"id":"a"}`, "/id"},
		{"another type", `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"]}`, "/type"},
		{"no type", `{"@context":["https://www.w3.org/ns/credentials/v2"]}`, "/type"},
		{"no context", `{"type":["VerifiablePresentation"]}`, "/@context"},
		{"the base context last", `{"@context":["https://www.w3.org/ns/credentials/examples/v2","https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"]}`, "/@context/0"},
		{"a member of other case", `{` + base + `,"Holder":"did:example:a"}`, "/Holder"},
		{"a proof without a type", `{` + base + `,"proof":{}}`, "/proof/type"},
	} {
		_, found := credential.ReadPresentation(value(t, tt.doc))
		switch {
		case tt.at == "" && len(found) > 0:
			t.Errorf("%s: %v", tt.name, found[0])
		case tt.at != "" && (len(found) == 0 || tt.at != "?" && found[0].At != tt.at):
			t.Errorf("%s: %v", tt.name, found)
		}
	}
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	const good = `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b.c"}`
	media, content, err := credential.Unwrap(value(t, good), "EnvelopedVerifiableCredential")
	if err != nil || media != "application/vc+jwt" || content != "a.b.c" {
		t.Fatal(media, content, err)
	}
	for _, r := range []struct{ name, old, with string }{
		{"an empty context", `"https://www.w3.org/ns/credentials/v2"`, `[]`},
		{"another context", `credentials/v2`, `credentials/v1`},
		{"another type", `EnvelopedVerifiableCredential`, `VerifiableCredential`},
		{"two types", `"EnvelopedVerifiableCredential"`, `["EnvelopedVerifiableCredential","VerifiableCredential"]`},
		{"no data URL", `data:`, `https:`},
		{"nothing in it", `a.b.c`, ``},
		{"no media type", `application/vc+jwt`, ``},
	} {
		if _, _, err := credential.Unwrap(value(t, strings.Replace(good, r.old, r.with, 1)), "EnvelopedVerifiableCredential"); fault.AsDefect(err).Code != "vc.envelope" {
			t.Errorf("%s: %v", r.name, err)
		}
	}
	if !credential.IsEnvelope(value(t, good)) || credential.IsEnvelope(value(t, `{"type":["VerifiableCredential"]}`)) {
		t.Error("envelopes are not told apart")
	}
}

func TestDigestsOfRelatedResources(t *testing.T) {
	t.Parallel()
	const sri = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
	const multihash = "uEiBZlVzu1_ZgIyDEK1rhlRWDRxsq5TR6mDTJIMxMdsGIjA" // not of the context
	for _, tt := range []struct{ name, entry, code string }{
		{"the context by SHA-384", `{"id":"` + contexts.CredentialsV2 + `","digestSRI":"` + sri + `"}`, ""},
		{"a resource that is not known", `{"id":"https://a.example/x","digestSRI":"` + sri + `"}`, ""},
		{"the digest of something else", `{"id":"` + contexts.OpenBadges + `","digestSRI":"` + sri + `"}`, "vc.digest"},
		{"a multihash of something else", `{"id":"` + contexts.CredentialsV2 + `","digestMultibase":"` + multihash + `"}`, "vc.digest"},
		{"base64url in SRI", `{"id":"` + contexts.CredentialsV2 + `","digestSRI":"` + strings.ReplaceAll(sri, "/", "_") + `"}`, "vc.malformed"},
		{"a bare hash as multihash", `{"id":"https://a.example/x","digestMultibase":"uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"}`, "vc.malformed"},
		{"an unknown hash", `{"id":"https://a.example/x","digestSRI":"md5-abcd"}`, "vc.malformed"},
	} {
		c, err := credential.Parse([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a",
			"credentialSubject":{"id":"did:example:b"},"relatedResource":[` + tt.entry + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if found := c.Problems(); len(found) > 0 {
			got = found[0].Code
		}
		if got != tt.code {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.code)
		}
	}
}

func TestContextsInTheDocumentAreAGeneralAffair(t *testing.T) {
	t.Parallel()
	c, err := credential.Parse([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2",{"Rank":"https://a.example/Rank"}],
		"type":["VerifiableCredential","Rank"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:b"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if found := c.GeneralProblems(); len(found) > 0 {
		t.Error(found[0])
	}
	if len(c.Problems()) == 0 {
		t.Error("a badge may not bring its own terms")
	}
}
