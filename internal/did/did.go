// Package did resolves who an issuer is to the keys it published: did:web, did:key, did:jwk (W3C DID Core 1.0), and
// https issuers by /.well-known/jwks.json (Open Badges 3.0 implementation guide, key provenance).
//
// It refuses documents whose id is not the one asked for, ambiguous fragments, methods that are controlled by somebody
// else, and identifiers that its grammar does not know.
package did

import (
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// Purpose is a set of verification relationships (DID Core §5.3).
type Purpose uint8

// The relationships that Laurel uses.
const (
	Assertion      Purpose = 1 << iota // assertionMethod: may sign credentials
	Authentication                     // authentication: may sign presentations
)

// Document is what an identity published, as far as it is needed. It is immutable and may be shared.
type Document struct {
	ID      string // exactly the identifier that was asked for
	Source  string // the URL it was fetched from; empty for did:key, did:jwk and local documents
	Methods []Method

	broken map[string]*fault.Defect // methods that cannot be used, by ID, and why
}

// Method is one verification method, or one key of a JWKS.
type Method struct {
	ID         string // absolute DID URL, or the kid of a JWKS entry
	Controller string // empty for a JWKS entry
	Key        keys.Public
	Purposes   Purpose

	// When the key was used, as far as its publisher says: outside of it nothing was signed with it. Zero means that nothing is
	// said.
	From, Until time.Time
	Revoked     time.Time // from then on the publisher answers for nothing that the key signs (Controlled Identifiers 1.0 §2.2)
}

// Find returns the method that kid names: an absolute DID URL, a fragment of this document ("#key-1" or "key-1"), or the
// kid of a JWKS entry, alone or after the URL of the JWKS. The error is a *fault.Defect: key.not_bound_to_issuer when
// nothing has that name, did.ambiguous when several have, or what is wrong with the one that has it.
func (d *Document) Find(kid string) (Method, error) {
	for _, name := range d.names(kid) {
		for _, m := range d.Methods {
			if m.ID == name {
				return m, nil
			}
		}
		if defect := d.broken[name]; defect != nil {
			return Method{}, defect
		}
	}
	return Method{}, fault.Wrong("key.not_bound_to_issuer", d.Source, "the issuer has published no key with the name %.120q", kid)
}

// names lists what a kid may stand for in this document.
func (d *Document) names(kid string) []string {
	switch {
	case kid == "":
		return nil
	case !strings.HasPrefix(d.ID, "did:"):
		if frag, ok := strings.CutPrefix(kid, d.Source+"#"); ok && d.Source != "" && frag != "" {
			return []string{kid, frag}
		}
	case kid[0] == '#':
		return []string{d.ID + kid}
	case !strings.Contains(kid, ":"):
		return []string{d.ID + "#" + kid}
	}
	return []string{kid}
}

// Holds returns the method with that very key, whatever its name, and of several one for Assertion first.
func (d *Document) Holds(k keys.Public) (Method, bool) {
	var found Method
	ok := false
	for _, m := range d.Methods {
		if !m.Key.Equal(k) {
			continue
		}
		if m.Purposes&Assertion != 0 && m.own(d.ID) {
			return m, true
		}
		if !ok {
			found, ok = m, true
		}
	}
	return found, ok
}

// Names lists every name under which the document publishes that key: one key may stand in it as JWK and as Multikey, each with a
// name of its own. Of a JWKS that is the kid, and the address of the set with it.
func (d *Document) Names(k keys.Public) []string {
	var out []string
	for _, m := range d.Methods {
		if !m.Key.Equal(k) || m.ID == "" {
			continue
		}
		out = append(out, m.ID)
		if d.Source != "" && !strings.HasPrefix(d.ID, "did:") {
			out = append(out, d.Source+"#"+m.ID)
		}
	}
	return out
}

// own reports whether the method is controlled by id, or by nobody in particular.
func (m Method) own(id string) bool { return m.Controller == "" || m.Controller == id }

// Fragment returns what follows the "#" in a DID URL, and "" when there is none.
func Fragment(url string) string {
	_, frag, _ := strings.Cut(url, "#")
	return frag
}

// Domain returns the host, with its port where one is named, that an identity is tied to by its kind: for did:web and
// for https issuers. It is "" for everything else, and for what is malformed.
func Domain(id string) string {
	if strings.HasPrefix(id, "did:web:") {
		w, err := parseWeb(id)
		if err != nil {
			return ""
		}
		return w.authority
	}
	authority, err := parseHTTP(id)
	if err != nil {
		return ""
	}
	return authority
}
