package issuance_test

import (
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/issuance"
)

// plain is a credential that is no badge.
const plain = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:example:1","type":["VerifiableCredential"],"issuer":"did:web:a.example",` +
	`"validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:amal"}}`

// TestAPlatformWritesMoreThanBadges: what is no badge is signed for a platform and not for ourselves; a badge must be one for both,
// and a status list is ours alone.
func TestAPlatformWritesMoreThanBadges(t *testing.T) {
	s := issuance.New(issuance.Config{Keys: newRing(t)})
	for _, tt := range []struct {
		name, doc string
		by        issuance.Author
		code      string
	}{
		{"a platform's credential", plain, issuance.Platform, ""},
		{"the same as ours", plain, issuance.Laurel, "?"},
		{"a platform's badge", document, issuance.Platform, ""},
		{"a platform's badge without criteria", strings.Replace(document, `,"criteria":{"narrative":"Finish it."}`, "", 1), issuance.Platform, "?"},
		{"our status list", listDocument, issuance.Laurel, ""},
		{"a platform's status list", listDocument, issuance.Platform, "issuance.type"},
		{"a term that means nothing", strings.Replace(plain, `"id":"did`, `"rank":1,"id":"did`, 1), issuance.Platform, "?"},
	} {
		_, err := s.Prepare(issuance.Order{IssuerID: issuerID, Form: proof.VCJWT, Alg: keys.ES256, Author: tt.by}, []byte(tt.doc))
		p := fault.Describe(err)
		if (err == nil) != (tt.code == "") || err != nil && (p.Kind != fault.Invalid || tt.code != "?" && p.Code != tt.code) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestPointersPointToSomething: what a holder shall not leave out must be there (RFC 6901).
func TestPointersPointToSomething(t *testing.T) {
	s := issuance.New(issuance.Config{Keys: newRing(t)})
	for pointer, good := range map[string]bool{
		"/issuer": true, "/credentialSubject/id": true, "/type/0": true, "/type/1": false, "/type/00": false, "/type/-1": false, "/issuer/id": false,
		"": false, "issuer": false, "/credentialSubject~1id": false, "/none": false, "/credentialSubject/id/": false,
	} {
		_, err := s.Prepare(issuance.Order{
			IssuerID: issuerID, Form: proof.DataIntegrity, Cryptosuite: "ecdsa-sd-2023", Alg: keys.ES256, Author: issuance.Platform, Mandatory: []string{pointer},
		}, []byte(plain))
		if (err == nil) != good || err != nil && fault.Describe(err).Code != "proof.pointer" {
			t.Errorf("%q: %v", pointer, err)
		}
	}
}
