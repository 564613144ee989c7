package verifier

import (
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// names refuses a document with an embedded proof that says something where the checks do not look for it. Such a proof
// covers statements, not bytes: whoever holds the document may write the same statement in another way, and a status under
// its full IRI, or beside another mention of the credential, would be signed and not be read. (JSON-LD 1.1 §4.)
func names(doc ijson.Value) *fault.Defect {
	id := doc.Member("id").Text()
	for _, m := range doc.Members() {
		if d := oddName(m, ijson.Pointer("", m.Name), doc); d != nil {
			return d
		}
		if m.Name == "@context" {
			continue
		}
		if d := namesBelow(m.Value, ijson.Pointer("", m.Name), id); d != nil {
			return d
		}
	}
	return nil
}

// namesBelow looks at everything under a member; id is that of the whole document.
func namesBelow(v ijson.Value, at, id string) *fault.Defect {
	for i, e := range v.Elems() {
		if d := namesBelow(e, ijson.Index(at, i), id); d != nil {
			return d
		}
	}
	again := id != "" && v.Member("id").Text() == id
	for _, m := range v.Members() {
		here := ijson.Pointer(at, m.Name)
		if again && slices.Contains(ofCredential(), m.Name) {
			return fault.Wrong("context.elsewhere", here, "this says something of the credential outside of it, where nobody looks")
		}
		if d := oddName(m, here, v); d != nil {
			return d
		}
		if d := namesBelow(m.Value, here, id); d != nil {
			return d
		}
	}
	return nil
}

// oddName refuses a name that is no term: an IRI, or a keyword of JSON-LD in a place that is not for it.
func oddName(m ijson.Member, at string, in ijson.Value) *fault.Defect {
	_, value := in.Get("@value")
	switch {
	case strings.Contains(m.Name, ":"):
		return fault.Wrong("context.iri_name", at, "%.80q stands where the name of a member is expected", m.Name)
	case !strings.HasPrefix(m.Name, "@"), m.Name == "@context", value && m.Name != "@id":
		return nil
	}
	return fault.Wrong("context.keyword", at, "%.80q stands where the name of a member is expected", m.Name)
}

// ofCredential lists what the checks read of a credential itself.
func ofCredential() []string {
	return []string{
		"issuer", "credentialSubject", "credentialStatus", "credentialSchema", "validFrom", "validUntil", "issuanceDate", "expirationDate",
		"awardedDate", "evidence", "termsOfUse", "refreshService", "endorsement", "endorsementJwt", "proof",
	}
}
