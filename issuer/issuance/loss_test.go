package issuance_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/issuance"
)

// TestNothingIsIssuedThatReadersOfJSONLDWouldLose holds it in every form: what a context does not define has no meaning, signed or not.
func TestNothingIsIssuedThatReadersOfJSONLDWouldLose(t *testing.T) {
	const lost = "DATA_LOSS_DETECTION_ERROR"
	for _, form := range []proof.Form{proof.OBJWT, proof.VCJWT, proof.DataIntegrity} {
		for _, c := range []struct{ name, old, new, code, at string }{
			{"an undefined term", `"name":"Go"`, `"name":"Go","grade":"A"`, lost, "/credentialSubject/achievement/grade"},
			{"an undefined type", `"type":["Achievement"]`, `"type":["Achievement","Deed"]`, lost, "/credentialSubject/achievement/type/1"},
			{"an id with a space", `"id":"https://a.example/a/1"`, `"id":"https://a.example/a/1","image":{"id":"https://a.example/a b","type":"Image"}`, lost, ""},
			{"a context in the document", `context-3.0.3.json"]`, `context-3.0.3.json",{"grade":"urn:g"}]`, "context.inline", "/@context/2"},
			{"a context that is not known", `context-3.0.3.json"]`, `context-3.0.3.json","https://a.example/context"]`, "context.unknown", "/@context/2"},
		} {
			r := newRing(t)
			s := issuance.New(issuance.Config{Keys: r, Checker: &judge{}})
			text := strings.Replace(document, c.old, c.new, 1)
			if text == document {
				t.Fatalf("%s: nothing was changed", c.name)
			}
			_, err := s.Prepare(order(form), []byte(text))
			f := fault.Describe(err)
			if err == nil || f.Kind != fault.Invalid || c.at != "" && (f.Code != c.code || f.Pointer != c.at) {
				t.Errorf("%s as %s: %v, want %s at %s", c.name, form, err, c.code, c.at)
			}
			if r.signed.Load() != 0 {
				t.Errorf("%s as %s was signed", c.name, form)
			}
		}
	}
}
