package sdjwt

import (
	"fmt"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// BadgeType is the vct of an Open Badge as SD-JWT VC: what Open Badges 3.0 itself calls the type, so that a reader can ask
// for badges without knowing who issued them (docs/decisions/0013).
const BadgeType = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"

// BadgeClaims returns the claims of credential c as SD-JWT VC: its document, unchanged, with the registered claims that
// repeat its members beside them, as in an ob-jwt. Its vct is for Options.
func BadgeClaims(c *credential.Credential) (ijson.Value, error) {
	raw, err := jose.Payload(c)
	if err != nil {
		return ijson.Value{}, err
	}
	v, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return v, fmt.Errorf("claims of credential %s: %w", c.ID, err)
	}
	return v, nil
}

// Disclosable lists, as JSON pointers, what of a badge its holder may hide: who they are beside the key or id, what shows
// their work, and how well they did. What was achieved, who says so and how long it holds is always shown, so that whatever
// is left still follows the schema of a badge.
func Disclosable(c *credential.Credential) []string {
	var out []string
	if v, has := c.Doc.Get("evidence"); has && v.Kind() != ijson.Null {
		out = append(out, "/evidence")
	}
	subject := c.Doc.Member("credentialSubject")
	if subject.Kind() != ijson.Object {
		return out
	}
	_, id := subject.Get("id")
	for _, name := range [...]string{"identifier", "name", "image", "narrative", "result", "role", "licenseNumber", "term", "creditsEarned"} {
		if _, has := subject.Get(name); has && (id || name != "identifier") { // a subject has an id or an identifier
			out = append(out, ijson.Pointer("/credentialSubject", name))
		}
	}
	return out
}
