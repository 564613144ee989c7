package sdjwt

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// saltBytes is the entropy of a salt (RFC 9901 §9.3).
const saltBytes = 16

// Config is what a Signer is made of. The zero Config makes SD-JWT VCs.
type Config struct {
	Type   string    // TypeVC when empty, TypeVCDM or TypeVP
	Chain  [][]byte  // x5c: certificates in DER, the signer's own first; none for the kid alone
	Random io.Reader // salts and decoys; nil means crypto/rand
}

// Signer issues SD-JWTs with one key. It is safe for concurrent use when Config.Random is.
type Signer struct {
	key    keys.Signer
	typ    string
	head   []byte // base64url of the header, and the dot
	random io.Reader
}

// Options is what differs from one SD-JWT to the next.
type Options struct {
	VCT    string       // added as vct
	Holder *keys.Public // added as cnf.jwk
	Decoys int          // digests of nothing, added wherever something can be left out
}

// Issued is a new SD-JWT with all its disclosures.
type Issued struct {
	Compact     string
	Disclosures []Disclosure
}

// NewSigner prepares a Signer. The header has alg, typ, the key's ID as kid when it has one, and x5c when there is a chain.
func NewSigner(key keys.Signer, c Config) (*Signer, error) {
	if c.Type == "" {
		c.Type = TypeVC
	}
	if c.Type != TypeVC && c.Type != TypeVCDM && c.Type != TypeVP {
		return nil, fmt.Errorf("typ %q is not the type of an SD-JWT", c.Type)
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	head, err := header(key.Public(), c)
	if err != nil {
		return nil, err
	}
	return &Signer{key: key, typ: c.Type, head: append(base64.RawURLEncoding.AppendEncode(nil, head), '.'), random: c.Random}, nil
}

func header(pub keys.Public, c Config) ([]byte, error) {
	head := []byte(`{"alg":"` + string(pub.Alg) + `","typ":"` + c.Type + `"`)
	switch c.Type {
	case TypeVCDM:
		head = append(head, `,"cty":"vc"`...)
	case TypeVP:
		head = append(head, `,"cty":"vp"`...)
	}
	var err error
	if pub.ID != "" {
		if head, err = jsontext.AppendQuote(append(head, `,"kid":`...), pub.ID); err != nil {
			return nil, fmt.Errorf("key id %q: %w", pub.ID, err)
		}
	}
	for i, der := range c.Chain {
		sep := `","`
		if i == 0 {
			if err := leaf(pub, der); err != nil {
				return nil, err
			}
			sep = `,"x5c":["`
		}
		head = base64.StdEncoding.AppendEncode(append(head, sep...), der)
	}
	if len(c.Chain) > 0 {
		head = append(head, `"]`...)
	}
	return append(head, '}'), nil
}

// Public returns the key that signs.
func (s *Signer) Public() keys.Public { return s.key.Public() }

// Issue signs claims, an object, in which the holder can later show or hide what the JSON pointers in disclosable name: a
// member or an element of an array, also one inside another. Digests are sorted, so that their order tells nothing. It is
// an error when a pointer names nothing or a claim that must not be hidden, and when the claims hold names of the machinery
// (_sd, _sd_alg, ...) or already have what Options adds.
func (s *Signer) Issue(claims ijson.Value, disclosable []string, o Options) (*Issued, error) {
	if claims.Kind() != ijson.Object {
		return nil, fmt.Errorf("the claims are %s, not an object", claims.Kind())
	}
	if err := checkOptions(claims, s.typ, o); err != nil {
		return nil, err
	}
	choice, err := choose(disclosable)
	if err != nil {
		return nil, err
	}
	w := writer{random: s.random, decoys: o.Decoys}
	_, context := claims.Get("@context")
	w.vcdm = context
	payload, err := w.object(nil, claims, choice, nil)
	if err != nil {
		return nil, err
	}
	payload, err = w.finish(payload, o)
	if err != nil {
		return nil, err
	}
	compact, err := s.sign(payload)
	if err != nil {
		return nil, err
	}
	for _, d := range w.disclosures {
		compact = append(append(compact, d.Text...), '~')
	}
	return &Issued{Compact: string(compact), Disclosures: w.disclosures}, nil
}

// sign returns the issuer-signed JWT and its tilde.
func (s *Signer) sign(payload []byte) ([]byte, error) {
	enc := base64.RawURLEncoding
	out := enc.AppendEncode(slices.Clone(s.head), payload)
	sig, err := s.key.Sign(out)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s.key.Public().ID, err)
	}
	return append(enc.AppendEncode(append(out, '.'), sig), '~'), nil
}

func checkOptions(claims ijson.Value, typ string, o Options) error {
	if o.Decoys < 0 || o.Decoys > DisclosuresMax {
		return fmt.Errorf("%d decoys", o.Decoys)
	}
	_, vct := claims.Get("vct")
	if vct && o.VCT != "" {
		return errors.New("vct stands in the claims and in the options")
	}
	_, context := claims.Get("@context")
	switch {
	case typ == TypeVC && !vct && o.VCT == "":
		return errors.New("an SD-JWT VC needs a vct")
	case typ == TypeVP && !context, typ == TypeVCDM && !context && !vct && o.VCT == "":
		return fmt.Errorf("the claims for typ %s have no @context", typ)
	}
	if _, cnf := claims.Get("cnf"); cnf && o.Holder != nil {
		return errors.New("cnf stands in the claims and in the options")
	}
	return nil
}

// leaf makes sure that the first certificate is for the key that signs.
func leaf(pub keys.Public, der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("the first certificate of the chain: %w", err)
	}
	k, err := keys.NewPublic("", pub.Alg, cert.PublicKey)
	if err != nil {
		return fmt.Errorf("the first certificate of the chain: %w", err)
	}
	if !k.Equal(pub) {
		return fmt.Errorf("the first certificate of the chain is for another key than %s", pub.ID)
	}
	return nil
}
