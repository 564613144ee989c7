package verifiertest

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
)

// OldIssuer is a made-up issuer of Open Badges 2.0: a Profile, a BadgeClass, a key and a list of revocations, each at its own
// address of one origin.
type OldIssuer struct {
	Origin string
	alg    keys.Algorithm
	key    keys.Private
	web    *Web
}

// NewOldIssuer makes one with a new key for alg, and publishes all its documents.
func NewOldIssuer(t testing.TB, web *Web, origin string, alg keys.Algorithm) *OldIssuer {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &OldIssuer{Origin: origin, alg: alg, key: k, web: web}
	for _, d := range []Doc{o.Profile(), o.Class(), o.KeyDocument(), o.Revocations()} {
		o.Put(d)
	}
	return o
}

// ID is the address of the Profile, which is who the issuer is.
func (o *OldIssuer) ID() string { return o.Origin + "/issuer" }

// Put serves a document at the address that it gives as its id.
func (o *OldIssuer) Put(d Doc) {
	id, ok := d["id"].(string)
	if !ok {
		panic("verifiertest: the document has no address")
	}
	o.web.Put(id, "application/json", d.Text())
}

func (o *OldIssuer) document(id, kind string) Doc {
	return Doc{"@context": "https://w3id.org/openbadges/v2", "id": o.Origin + id, "type": kind}
}

// Profile is the Profile of the issuer, which lists its key and its list of revocations.
func (o *OldIssuer) Profile() Doc {
	return o.document("/issuer", "Issuer").Merge(Doc{
		"name": "Old School", "url": o.Origin, "email": "office@school.example",
		"publicKey": []any{o.Origin + "/key"}, "revocationList": o.Origin + "/revoked",
	})
}

// Class is what can be earned.
func (o *OldIssuer) Class() Doc {
	return o.document("/class", "BadgeClass").Merge(Doc{
		"name": "Welding", "description": "Joins metal.", "image": o.Origin + "/class.png", "criteria": map[string]any{"narrative": "Weld."},
		"issuer": o.ID(),
	})
}

// KeyDocument is the CryptographicKey of the issuer.
func (o *OldIssuer) KeyDocument() Doc {
	der, err := x509.MarshalPKIXPublicKey(o.key.Public().Key)
	if err != nil {
		panic(fmt.Sprintf("verifiertest: %v", err))
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return o.document("/key", "CryptographicKey").Merge(Doc{"owner": o.ID(), "publicKeyPem": string(text)})
}

// Revocations is the list of revocations with these entries, ids or objects.
func (o *OldIssuer) Revocations(entries ...any) Doc {
	if entries == nil {
		entries = []any{}
	}
	return o.document("/revoked", "RevocationList").Merge(Doc{"issuer": o.ID(), "revokedAssertions": entries})
}

func (o *OldIssuer) assertion() Doc {
	return Doc{
		"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": o.Origin + "/class", "issuedOn": "2019-01-31T09:00:00Z",
		"recipient": map[string]any{
			"type": "email", "hashed": true, "salt": "deadsea",
			// SHA-256 of "amal@example.orgdeadsea"
			"identity": "sha256$cd6c8236f22ed04b72b59ceeb8f4d9bfa793117a9269cd33694fec505e1a65e2",
		},
	}
}

// Signed is an assertion that is to be signed.
func (o *OldIssuer) Signed() Doc {
	return o.assertion().Merge(Doc{
		"id":           "urn:uuid:0a1b2c3d-0000-4000-8000-000000000001",
		"verification": map[string]any{"type": "SignedBadge", "creator": o.Origin + "/key"},
	})
}

// Hosted is an assertion that stands at its address, once it is Put there.
func (o *OldIssuer) Hosted() Doc {
	return o.assertion().Merge(Doc{"id": o.Origin + "/assertion/1", "verification": map[string]any{"type": "HostedBadge"}})
}

// JWS signs an assertion with the issuer's key.
func (o *OldIssuer) JWS(assertion Doc) string {
	return SignWith(o.key, Doc{"alg": string(o.alg)}.Text(), assertion.Text())
}
