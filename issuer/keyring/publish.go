package keyring

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// jwkContext defines JsonWebKey and publicKeyJwk. It is named in documents and never read here.
const jwkContext = "https://w3id.org/security/jwk/v1"

// document is the DID document as it is written.
type document struct {
	Context        []string `json:"@context"`
	ID             string   `json:"id"`
	Methods        []method `json:"verificationMethod"`
	Assertion      []string `json:"assertionMethod"`
	Authentication []string `json:"authentication"`
}

type method struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Controller string          `json:"controller"`
	JWK        json.RawMessage `json:"publicKeyJwk,omitempty"`
	Multibase  string          `json:"publicKeyMultibase,omitempty"`
	Revoked    string          `json:"revoked,omitempty"` // Controlled Identifiers 1.0 §2.2
	UsedFrom   string          `json:"https://openlaurel.org/ns/keys#usedFrom,omitempty"`
	UsedUntil  string          `json:"https://openlaurel.org/ns/keys#usedUntil,omitempty"`
}

// Document returns the DID document of an issuer as JSON: every key that there ever was, as JsonWebKey and, except RSA, for
// which there is none, as Multikey. The relationships name the methods by full DID URL. Retired keys may no longer
// authenticate; withdrawn ones are for nothing any more and say since when ("revoked"). Each says when it signed
// (docs/decisions/0013). The bytes stay the same as long as the keys do. An identity without keys is fault.NotFound.
func (s *Service) Document(ctx context.Context, id string) ([]byte, error) {
	p, err := s.published(ctx, id)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(p.document), nil
}

// published returns what is shown under an identity.
func (s *Service) published(ctx context.Context, id string) (*published, error) {
	issuerID, err := s.issuerOf(ctx, id)
	if err != nil {
		return nil, err
	}
	if issuerID == "" {
		return nil, fault.New(fault.NotFound, nil, "no issuer here has the identity %.120q", id).Code("did.unknown")
	}
	r := s.ring(issuerID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.refresh(ctx, issuerID, r); err != nil {
		return nil, err
	}
	if p := r.published[id]; p != nil {
		return p, nil
	}
	p := &published{}
	if p.document, err = encode(id, r.keys); err != nil {
		return nil, fmt.Errorf("DID document of %s: %w", id, err)
	}
	if p.resolved, err = did.ParseDocument(id, p.document); err != nil {
		return nil, fmt.Errorf("our own DID document %s: %w", id, err)
	}
	r.published[id] = p
	return p, nil
}

// encode writes the document of id, newest keys first.
func encode(id string, ks []Key) ([]byte, error) {
	doc := document{
		Context: []string{contexts.DIDV1, contexts.MultikeyV1, jwkContext}, ID: id,
		Methods: []method{}, Assertion: []string{}, Authentication: []string{},
	}
	ks = slices.SortedFunc(slices.Values(ks), func(a, b Key) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ID, b.ID)) })
	for _, k := range ks {
		if !strings.HasPrefix(k.ID, id+"#") {
			continue
		}
		public, err := k.public()
		if err != nil {
			return nil, err
		}
		doc.add(method{ID: k.ID, Type: "JsonWebKey", Controller: id, JWK: k.PublicJWK}, k)
		if mb := public.Multikey(); mb != "" {
			doc.add(method{ID: id + "#" + mb, Type: "Multikey", Controller: id, Multibase: mb}, k)
		}
	}
	return json.Marshal(doc)
}

func (d *document) add(m method, k Key) {
	if k.State != Next {
		m.UsedFrom = stamp(k.UsedFrom)
	}
	m.UsedUntil, m.Revoked = stamp(k.RetiredAt), stamp(k.CompromisedAt)
	d.Methods = append(d.Methods, m)
	if k.State != Withdrawn {
		d.Assertion = append(d.Assertion, m.ID)
	}
	if k.State == Active || k.State == Next {
		d.Authentication = append(d.Authentication, m.ID)
	}
}

// stamp writes a time, and nothing for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// public reads the stored public key.
func (k Key) public() (keys.Public, error) {
	v, err := ijson.Parse(k.PublicJWK, ijson.Bounds{})
	if err != nil {
		return keys.Public{}, fmt.Errorf("stored key %s: %w", k.ID, err)
	}
	p, err := keys.ParseJWK(v)
	if err != nil {
		return keys.Public{}, fmt.Errorf("stored key %s: %w", k.ID, err)
	}
	return p, nil
}

// JWKS returns the key set of all issuers as JSON (RFC 7517 §5), retired keys too, but no withdrawn ones, of which a key set
// cannot say so. The kid of each key is its DID URL, and
// its iss the issuer that it belongs to, so that issuers of one host are told apart (Open Badges 3.0 implementation guide).
func (s *Service) JWKS(ctx context.Context) ([]byte, error) {
	all, err := s.store.Keys(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("keys of all issuers: %w", err)
	}
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range all {
		if k.State == Withdrawn {
			continue
		}
		public, err := k.public()
		if err != nil {
			return nil, err
		}
		owner := ownerOf(k.ID)
		set.Keys = append(set.Keys, entry(k.PublicJWK, owner))
		if text := public.Multikey(); text != "" { // what credentials for wallets call it
			public.ID = owner + "#" + text
			set.Keys = append(set.Keys, entry(public.JWK(), owner))
		}
	}
	out, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	return out, nil
}

// entry is a JWK that says whose it is. owner is a DID of ours.
func entry(jwk []byte, owner string) json.RawMessage {
	out := append(bytes.Clone(bytes.TrimSuffix(jwk, []byte("}"))), `,"iss":"`...)
	return append(append(out, owner...), `"}`...)
}

// Resolved returns what the world reads from the issuer's DID document, without the network. An identity without keys is
// fault.NotFound.
func (s *Service) Resolved(ctx context.Context, id string) (*did.Document, error) {
	p, err := s.published(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.resolved, nil
}

// Local fits did.Config.Local: it returns false for identities that are not this deployment's.
func (s *Service) Local(ctx context.Context, id string) (*did.Document, bool, error) {
	if !strings.HasPrefix(id, "did:web:") {
		return nil, false, nil
	}
	doc, err := s.Resolved(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	return doc, err == nil, err
}

// Versions returns the DID documents that an identity ever had, oldest first, with the present one at the end. An identity
// without keys is fault.NotFound.
func (s *Service) Versions(ctx context.Context, id string) ([]Version, error) {
	body, err := s.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	kept, err := s.store.Versions(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("DID documents of %s: %w", id, err)
	}
	if len(kept) > 0 {
		return kept, nil
	}
	all, err := s.store.Keys(ctx, "") // a deployment whose keys never changed since versions are kept
	if err != nil {
		return nil, fmt.Errorf("keys of all issuers: %w", err)
	}
	v := Version{DID: id, Number: 1, Body: body}
	for _, k := range all {
		if ownerOf(k.ID) == id && k.CreatedAt.After(v.At) {
			v.At = k.CreatedAt
		}
	}
	return []Version{v}, nil
}
