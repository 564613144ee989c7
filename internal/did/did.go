// Package did resolves who an issuer is to the keys it published: did:web, did:key, did:jwk (W3C DID Core 1.0), and
// https issuers by /.well-known/jwks.json (Open Badges 3.0 implementation guide, key provenance).
//
// It refuses documents whose id is not the one asked for, ambiguous fragments, methods that are controlled by somebody
// else, and identifiers that its grammar does not know.
package did

import (
	"github.com/openlaurel/laurel/internal/keys"
)

// Purpose is a set of verification relationships (DID Core §5.3).
type Purpose uint8

// The relationships that Laurel uses.
const (
	Assertion      Purpose = 1 << iota // assertionMethod: may sign credentials
	Authentication                     // authentication: may sign presentations
)

// Document is what an identity published, as far as it is needed.
type Document struct {
	ID      string // exactly the identifier that was asked for
	Methods []Method
}

// Method is one verification method, or one key of a JWKS.
type Method struct {
	ID         string // absolute DID URL, or the kid of a JWKS entry
	Controller string // empty for a JWKS entry
	Key        keys.Public
	Purposes   Purpose
}
