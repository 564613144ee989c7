package ob2

import (
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// Revoked looks for the assertion in the RevocationList that stands at the address where the Profile says, and returns the reason
// that the list gives, which may be empty. The error is a *fault.Defect, always Unknown: status.malformed_list when it is no such list,
// status.issuer_mismatch when it is another issuer's.
func (p *Profile) Revoked(list []byte, a *Assertion) (reason string, revoked bool, err error) {
	doc, err := ijson.Parse(list, ijson.Bounds{Bytes: limits.FetchBytes})
	entries := doc.Member("revokedAssertions")
	if err != nil || entries.Kind() != ijson.Array {
		return "", false, fault.Unclear("status.malformed_list", p.Revocations, err, "What stands at the list's address is no revocation list.")
	}
	if by := link(doc.Member("issuer")).ID; by != p.ID {
		return "", false, fault.Unclear("status.issuer_mismatch", p.Revocations, nil, "The revocation list is another issuer's.")
	}
	uid := a.Doc.Member("uid").Text()
	for _, e := range entries.Elems() {
		l := link(e)
		if l.ID != "" && l.ID == a.ID || uid != "" && e.Member("uid").Text() == uid {
			return e.Member("revocationReason").Text(), true, nil
		}
	}
	return "", false, nil
}

// Withdrawn reports whether what stands at the address of a hosted assertion says that it is revoked, and the reason it gives. Such a
// document often says nothing else any more, so that Read does not take it.
func Withdrawn(raw []byte, id string) (reason string, revoked bool) {
	doc, err := at(raw, id, "Assertion")
	if err != nil || !doc.Member("revoked").True() {
		return "", false
	}
	return doc.Member("revocationReason").Text(), true
}
