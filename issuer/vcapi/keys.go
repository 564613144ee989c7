package vcapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
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
	suite := o.Cryptosuite
	if suite == "" {
		suite = usual(key.Public().Alg)
	}
	s, err := dataintegrity.NewSigner(suite, key)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "%s", fault.Describe(err).Sentence).Code(fault.Describe(err).Code).At("/options/cryptosuite")
	}
	st := dataintegrity.Statement{Created: k.clock(), Mandatory: slices.Clone(o.Mandatory)}
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
