package vcapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// Keys are issuers that are nothing but a key each: did:key. It signs every cryptosuite that fits the key, and keeps no
// record, so it is for tests alone.
type Keys struct {
	clock func() time.Time
	byDID map[string]keys.Signer
}

// NewKeys makes an issuer of each key, whose ID becomes that of its verification method.
func NewKeys(clock func() time.Time, ks ...keys.Private) *Keys {
	if clock == nil {
		clock = time.Now
	}
	out := &Keys{clock: clock, byDID: map[string]keys.Signer{}}
	for _, k := range ks {
		did := DID(k.Public())
		out.byDID[did] = k.WithID(did + "#" + k.Public().Multikey())
	}
	return out
}

// DID is the did:key of a public key.
func DID(k keys.Public) string { return "did:key:" + k.Multikey() }

// Owner implements Issuers.
func (k *Keys) Owner(_ context.Context, did string) (string, error) {
	if _, ok := k.byDID[did]; !ok {
		return "", errNoIssuer(did)
	}
	return did, nil
}

// Secure implements Issuers.
func (k *Keys) Secure(_ context.Context, doc ijson.Value, o Order) ([]byte, error) {
	issuer := doc.Member("issuer")
	if issuer.Kind() == ijson.Object {
		issuer = issuer.Member("id")
	}
	key, ok := k.byDID[issuer.Text()]
	if !ok {
		return nil, errNoIssuer(issuer.Text())
	}
	switch o.Form {
	case proof.VCJWT:
		return envelope(doc, key)
	case "", proof.DataIntegrity:
		return embed(doc, key, k.clock(), o)
	}
	return nil, fault.New(fault.Invalid, nil, "credentials are not issued in the form %.40q here", string(o.Form)).Code("issuance.form").At("/options/form")
}

// envelope signs doc as VC-JOSE-COSE and wraps it (VCDM 2.0 §4.13.1).
func envelope(doc ijson.Value, key keys.Signer) ([]byte, error) {
	if doc.Member("@context").Items()[0].Text() != credential.ContextV2 {
		return nil, fault.New(fault.Invalid, nil, "only credentials of version 2.0 are enveloped").Code("vc.version").At("/credential/@context")
	}
	s, err := jose.NewSigner(proof.VCJWT, key)
	if err != nil {
		return nil, err
	}
	token, err := s.Sign(ijson.Append(nil, doc))
	if err != nil {
		return nil, err
	}
	return []byte(`{"@context":"` + credential.ContextV2 + `","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + string(token) + `"}`), nil
}

// embed signs with an embedded proof.
func embed(doc ijson.Value, key keys.Signer, now time.Time, o Order) ([]byte, error) {
	suite := o.Cryptosuite
	if suite == "" {
		suite = usual(key.Public().Alg)
	}
	s, err := dataintegrity.NewSigner(suite, key)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "%s", fault.Describe(err).Sentence).Code(fault.Describe(err).Code).At("/options/cryptosuite")
	}
	st := dataintegrity.Statement{Created: now, Mandatory: slices.Clone(o.Mandatory)}
	var opts []dataintegrity.Option
	if o.Inline == InlineTaken {
		opts = append(opts, dataintegrity.WithInlineContexts())
	}
	signed, err := s.Sign(doc, st, opts...)
	var d *fault.Defect
	if errors.As(err, &d) {
		err = refuse(d)
	}
	return signed, err
}

// usual is the suite for who names none.
func usual(alg keys.Algorithm) string {
	if alg == keys.EdDSA {
		return dataintegrity.EdDSARDFC
	}
	return dataintegrity.ECDSARDFC
}
