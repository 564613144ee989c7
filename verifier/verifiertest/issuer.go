package verifiertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
)

// Issuer is a made-up issuer with one key of each algorithm that the test names.
type Issuer struct {
	ID   string
	keys map[keys.Algorithm]keys.Private
	web  *Web
}

// NewIssuer makes an issuer with new keys and publishes them: the DID document of a did:web, the key set of an https
// address. The id of any other kind, such as a did:key, is published nowhere.
func NewIssuer(t testing.TB, web *Web, id string, algorithms ...keys.Algorithm) *Issuer {
	t.Helper()
	i := &Issuer{ID: id, keys: map[keys.Algorithm]keys.Private{}, web: web}
	for _, alg := range algorithms {
		k, err := keys.Generate(alg, nil)
		if err != nil {
			t.Fatal(err)
		}
		i.keys[alg] = k.WithID(i.KeyID(alg))
	}
	i.Publish()
	return i
}

// NewKeyIssuer makes an issuer whose identity is its EdDSA key (did:key): nothing has to be fetched for it. The key is made
// from random; nil means a new one every time.
func NewKeyIssuer(t testing.TB, web *Web, random io.Reader) *Issuer {
	t.Helper()
	k, err := keys.Generate(keys.EdDSA, random)
	if err != nil {
		t.Fatal(err)
	}
	id := "did:key:" + k.Public().Multikey()
	return &Issuer{ID: id, web: web, keys: map[keys.Algorithm]keys.Private{keys.EdDSA: k.WithID(id + "#" + k.Public().Multikey())}}
}

// As returns an issuer with the same keys that calls itself by another id, and publishes nothing.
func (i *Issuer) As(id string) *Issuer { return &Issuer{ID: id, keys: i.keys, web: i.web} }

// Key returns the key for alg.
func (i *Issuer) Key(alg keys.Algorithm) keys.Private {
	k, ok := i.keys[alg]
	if !ok {
		panic("verifiertest: the issuer has no key for " + string(alg))
	}
	return k
}

// KeyID is the kid of the key for alg.
func (i *Issuer) KeyID(alg keys.Algorithm) string {
	if strings.HasPrefix(i.ID, "did:key:") {
		return i.Key(alg).Public().ID
	}
	return i.ID + "#" + strings.ToLower(string(alg))
}

// KeysURL is where the issuer publishes its keys: its DID document, or its key set. It is empty for other identities.
func (i *Issuer) KeysURL() string {
	switch {
	case strings.HasPrefix(i.ID, "did:web:"):
		path := strings.Split(strings.TrimPrefix(i.ID, "did:web:"), ":")
		host := strings.ReplaceAll(path[0], "%3A", ":")
		if len(path) == 1 {
			path = append(path, ".well-known")
		}
		return "https://" + host + "/" + strings.Join(path[1:], "/") + "/did.json"
	case strings.HasPrefix(i.ID, "https://"):
		host, _, _ := strings.Cut(strings.TrimPrefix(i.ID, "https://"), "/")
		return "https://" + host + "/.well-known/jwks.json"
	}
	return ""
}

// Document is the DID document, or the key set of an https issuer, as it is published: change it and Serve it.
func (i *Issuer) Document() Doc {
	methods, names, set := []any{}, []any{}, []any{}
	for alg, k := range i.keys {
		jwk := map[string]any{}
		if err := json.Unmarshal(k.Public().JWK(), &jwk); err != nil {
			panic(fmt.Sprintf("verifiertest: %v", err))
		}
		set = append(set, jwk)
		methods = append(methods, map[string]any{"id": i.KeyID(alg), "type": "JsonWebKey", "controller": i.ID, "publicKeyJwk": jwk})
		names = append(names, i.KeyID(alg))
	}
	if strings.HasPrefix(i.ID, "https://") {
		return Doc{"keys": set}
	}
	return Doc{"@context": []any{"https://www.w3.org/ns/did/v1"}, "id": i.ID, "verificationMethod": methods, "assertionMethod": names}
}

// Publish serves Document where the issuer's keys are looked for.
func (i *Issuer) Publish() { i.Serve(i.Document()) }

// Serve serves any document where the issuer's keys are looked for.
func (i *Issuer) Serve(doc Doc) {
	if url := i.KeysURL(); url != "" {
		i.web.Put(url, "application/json", doc.Text())
	}
}

// Header is the protected header of an ob-jwt by the key for alg.
func (i *Issuer) Header(alg keys.Algorithm) Doc {
	return Doc{"alg": string(alg), "kid": i.KeyID(alg), "typ": "JWT"}
}

// JWT signs payload as an ob-jwt with the key for alg.
func (i *Issuer) JWT(alg keys.Algorithm, payload Doc) string {
	return i.Sign(alg, i.Header(alg).Text(), payload.Text())
}

// VCJWT signs payload as a vc-jwt (VC-JOSE-COSE) with the key for alg.
func (i *Issuer) VCJWT(alg keys.Algorithm, payload Doc) string {
	return i.Sign(alg, i.Header(alg).With("/typ", "vc+jwt").Text(), payload.Text())
}

// Sign makes a compact JWS of exactly these bytes with the key for alg, whatever the header says.
func (i *Issuer) Sign(alg keys.Algorithm, header, payload string) string {
	return SignWith(i.Key(alg), header, payload)
}

// SignWith makes a compact JWS of exactly these bytes with any key.
func SignWith(key keys.Signer, header, payload string) string {
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload))
	sig, err := key.Sign([]byte(input))
	if err != nil {
		panic(fmt.Sprintf("verifiertest: %v", err))
	}
	return input + "." + enc.EncodeToString(sig)
}

// Badge is an OpenBadgeCredential of VCDM 2.0 by the issuer that conforms to every rule and names no status list.
func (i *Issuer) Badge() Doc {
	return Parse(`{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "https://school.example/c/1", "type": ["VerifiableCredential", "OpenBadgeCredential"],
 "issuer": {"type": ["Profile"], "name": "School of Example"},
 "validFrom": "2026-01-31T09:00:00Z", "validUntil": "2030-01-31T09:00:00Z", "name": "Welding",
 "credentialSubject": {"id": "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7", "type": ["AchievementSubject"],
  "achievement": {"id": "https://school.example/a/1", "type": ["Achievement"], "achievementType": "Certificate", "name": "Welding",
   "description": "Joins metal.", "criteria": {"narrative": "Weld."}}}}`).With("/issuer/id", i.ID)
}

// OldBadge is the same credential in VCDM 1.1, for a "vc" claim.
func (i *Issuer) OldBadge() Doc {
	b := i.Badge().With("/@context/0", "https://www.w3.org/2018/credentials/v1").Without("/validFrom").Without("/validUntil")
	return b.With("/issuanceDate", "2026-01-31T09:00:00Z").With("/expirationDate", "2030-01-31T09:00:00Z")
}

// Endorsement is an EndorsementCredential by the issuer about the thing of that id.
func (i *Issuer) Endorsement(of string) Doc {
	return Parse(`{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "https://school.example/e/1", "type": ["VerifiableCredential", "EndorsementCredential"],
 "issuer": {"type": ["Profile"], "name": "Chamber of Example"}, "validFrom": "2026-01-31T09:00:00Z", "name": "Endorsement",
 "credentialSubject": {"type": ["EndorsementSubject"], "endorsementComment": "Good work."}}`).
		With("/issuer/id", i.ID).With("/credentialSubject/id", of)
}

// Record is a ClrCredential by the issuer with these credentials in it, documents or signed texts, about the person of Badge.
func (i *Issuer) Record(members ...any) Doc {
	return Parse(`{
 "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
 "id": "https://school.example/r/1", "type": ["VerifiableCredential", "ClrCredential"], "name": "Record of learning",
 "issuer": {"type": ["Profile"], "name": "School of Example"}, "validFrom": "2026-02-01T09:00:00Z",
 "credentialSubject": {"id": "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7", "type": ["ClrSubject"]}}`).
		With("/issuer/id", i.ID).With("/credentialSubject/verifiableCredential", members)
}
