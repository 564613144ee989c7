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
		d := oddName(m, doc)
		if d == nil && m.Name != "@context" {
			d = namesBelow(m.Value, id)
		}
		if d != nil {
			return below(ijson.Pointer("", m.Name), d)
		}
	}
	return nil
}

// below puts a place before the one of a defect, so that pointers are made only when there is something to point at.
func below(at string, d *fault.Defect) *fault.Defect {
	d.At = at + d.At
	return d
}

// namesBelow looks at everything under a member; id is that of the whole document.
func namesBelow(v ijson.Value, id string) *fault.Defect {
	for i, e := range v.Elems() {
		if d := namesBelow(e, id); d != nil {
			return below(ijson.Index("", i), d)
		}
	}
	again := id != "" && v.Member("id").Text() == id
	for _, m := range v.Members() {
		var d *fault.Defect
		if again && slices.Contains(ofCredential(), m.Name) {
			d = fault.Wrong("context.elsewhere", "", "this says something of the credential outside of it, where nobody looks")
		} else if d = oddName(m, v); d == nil {
			d = namesBelow(m.Value, id)
		}
		if d != nil {
			return below(ijson.Pointer("", m.Name), d)
		}
	}
	return nil
}

// oddName refuses a name that is no term: an IRI, or a keyword of JSON-LD in a place that is not for it.
func oddName(m ijson.Member, in ijson.Value) *fault.Defect {
	switch {
	case strings.Contains(m.Name, ":"):
		return fault.Wrong("context.iri_name", "", "%.80q stands where the name of a member is expected", m.Name)
	case !strings.HasPrefix(m.Name, "@"), m.Name == "@context":
		return nil
	}
	if _, value := in.Get("@value"); value && m.Name != "@id" {
		return nil
	}
	return fault.Wrong("context.keyword", "", "%.80q stands where the name of a member is expected", m.Name)
}

// ofCredential lists what the checks read of a credential itself.
func ofCredential() []string {
	return []string{
		"issuer", "credentialSubject", "credentialStatus", "credentialSchema", "validFrom", "validUntil", "issuanceDate", "expirationDate",
		"awardedDate", "evidence", "termsOfUse", "refreshService", "endorsement", "endorsementJwt", "proof",
	}
}
