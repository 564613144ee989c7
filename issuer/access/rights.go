package access

import (
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
)

// Right is what may be done for one issuer, or for every issuer when IssuerID is empty.
type Right struct {
	IssuerID string
	Scopes   []Scope
}

// Holder is who asks: a token, or a person who is signed in. What either may do is decided here and nowhere else.
type Holder interface{ Rights() []Right }

// Rights implements Holder.
func (t Token) Rights() []Right { return []Right{{IssuerID: t.IssuerID, Scopes: t.Scopes}} }

func (r Right) has(scope Scope) bool {
	return slices.Contains(r.Scopes, scope) || slices.Contains(r.Scopes, Admin)
}

// Allows reports whether h may do what scope names for that issuer. An empty issuerID asks for the whole deployment,
// which a holder of rights for single issuers never has.
func Allows(h Holder, scope Scope, issuerID string) bool {
	return slices.ContainsFunc(h.Rights(), func(r Right) bool {
		return (r.IssuerID == "" || r.IssuerID == issuerID) && r.has(scope)
	})
}

// Has reports whether h has the scope for any issuer at all. Admin includes the others.
func Has(h Holder, scope Scope) bool {
	return slices.ContainsFunc(h.Rights(), func(r Right) bool { return r.has(scope) })
}

// Issuers lists the issuers for which h has the scope. all says that it is every issuer, also those to come.
func Issuers(h Holder, scope Scope) (ids []string, all bool) {
	for _, r := range h.Rights() {
		switch {
		case !r.has(scope):
		case r.IssuerID == "":
			return nil, true
		case !slices.Contains(ids, r.IssuerID):
			ids = append(ids, r.IssuerID)
		}
	}
	return ids, false
}

// Permit is nil when Allows is true. Otherwise it is fault.Forbidden and says what is missing, or, to those who may not even
// look at that issuer, fault.NotFound: whether it is there is none of their business.
func Permit(h Holder, scope Scope, issuerID string) error {
	switch {
	case Allows(h, scope, issuerID):
		return nil
	case issuerID != "" && !Allows(h, Read, issuerID):
		return fault.New(fault.NotFound, nil, "There is no such page, or it is not yours to see.").Code("access.unknown")
	}
	return fault.New(fault.Forbidden, nil, "Your role does not include this.").Code("access.role").
		Hint("an owner can change your role on the page People")
}
