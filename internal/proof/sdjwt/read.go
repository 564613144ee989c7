package sdjwt

import (
	"bytes"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// The types of the issuer-signed JWT. Whatever is not here is refused.
const (
	TypeVC   = "dc+sd-jwt" // SD-JWT VC
	TypeVCDM = "vc+sd-jwt" // a VCDM 2.0 credential; with a vct claim an SD-JWT VC by its former name
	TypeVP   = "vp+sd-jwt" // a VCDM 2.0 presentation

	typeBinding = "kb+jwt"
)

// Bounds on what Read takes, beside those of internal/limits.
const (
	DisclosuresMax = 1000
	DigestsMax     = limits.JSONMembers
)

// Presentation is an SD-JWT or SD-JWT+KB, taken apart and put together again from what was disclosed.
type Presentation struct {
	Header      jose.Header // alg, kid, typ, cty and x5c
	VCDM        bool        // the payload is a VCDM 2.0 document and no SD-JWT VC
	VCT         string      // vct, or ""
	Issuer      string      // iss, or ""
	From, Until time.Time   // nbf and exp; zero when absent
	Disclosures []Disclosure

	issuer  *jose.Message
	hash    hash
	bound   []byte // what a key binding signs: all up to and with the last tilde
	payload []byte
	claims  ijson.Value
	holder  keys.Public
	binding *binding
}

// Read takes an SD-JWT apart, processes its payload (RFC 9901 §7.1) and reads the key binding JWT when there is one. Its
// error is a *fault.Defect: one of sdjwt.structure, sdjwt.hash, sdjwt.disclosure, sdjwt.disclosure_twice,
// sdjwt.disclosure_unused, sdjwt.digest, sdjwt.digest_twice, sdjwt.reserved, sdjwt.clash, sdjwt.not_disclosable, sdjwt.vct,
// sdjwt.claim, sdjwt.kb_claim, vc.ambiguous, jose.typ, time.syntax, limits.disclosures, limits.digests, or one of packages
// jose, ijson and keys. Places are pointers into the processed payload, unless they name a header member.
func Read(text []byte) (*Presentation, error) {
	if len(text) > limits.CredentialBytes {
		return nil, fault.Wrong("limits.size", "", "%d bytes, at most %d are taken", len(text), limits.CredentialBytes)
	}
	last := bytes.LastIndexByte(text, '~')
	if last < 0 {
		return nil, fault.Wrong("sdjwt.structure", "", "an SD-JWT has a tilde after the JWT and after each disclosure, this has none")
	}
	parts := bytes.Split(text[:last], []byte{'~'})
	if len(parts)-1 > DisclosuresMax {
		return nil, fault.Wrong("limits.disclosures", "", "%d disclosures, at most %d are taken", len(parts)-1, DisclosuresMax)
	}
	msg, err := jose.ReadMembers(parts[0], "alg", "kid", "typ", "cty", "x5c")
	if err != nil {
		return nil, err
	}
	p := &Presentation{Header: msg.Header, issuer: msg, bound: text[:last+1]}
	if err := checkType(msg.Header); err != nil {
		return nil, err
	}
	if err := p.process(parts[1:]); err != nil {
		return nil, err
	}
	if err := p.profile(); err != nil {
		return nil, err
	}
	if rest := text[last+1:]; len(rest) > 0 {
		if p.binding, err = readBinding(rest); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// checkType allows a cty only where VC-JOSE-COSE §3.2 asks for one.
func checkType(h jose.Header) error {
	content := ""
	switch h.Type {
	case TypeVC:
	case TypeVCDM:
		content = "vc"
	case TypeVP:
		content = "vp"
	default:
		return fault.Wrong("jose.typ", "/typ", "typ %.40q is not the type of an SD-JWT that is read here", h.Type)
	}
	if h.ContentType != "" && h.ContentType != content {
		return fault.Wrong("jose.typ", "/cty", "cty %.40q does not fit the typ %s", h.ContentType, h.Type)
	}
	return nil
}

// process replaces the digests of the payload by what was disclosed.
func (p *Presentation) process(texts [][]byte) error {
	doc, err := ijson.Parse(p.issuer.Payload, ijson.Bounds{})
	if err != nil {
		return err
	}
	if doc.Kind() != ijson.Object {
		return fault.Wrong("json.syntax", "", "the payload is %s, not an object", doc.Kind())
	}
	if p.hash, err = hashNamed(doc); err != nil {
		return err
	}
	_, vct := doc.Get("vct")
	_, context := doc.Get("@context")
	work := newProcessor(len(texts), context || !vct && p.Header.Type != TypeVC)
	for i, text := range texts {
		if err := work.add(p.hash, text, i); err != nil {
			return err
		}
	}
	if err := work.object(doc, nil); err != nil {
		return err
	}
	for _, d := range work.disclosures {
		if !d.used {
			return fault.Wrong("sdjwt.disclosure_unused", "", "the issuer signed no digest of the disclosure of %.40q", d.Name)
		}
	}
	p.payload, p.Disclosures = work.out, work.disclosures
	p.claims, err = ijson.Parse(work.out, ijson.Bounds{})
	return err
}

// Verify checks the issuer's signature with key k, which the caller has bound to the issuer named inside. Its error is a
// *fault.Defect: jose.signature or key.alg_mismatch.
func (p *Presentation) Verify(k keys.Public) error { return p.issuer.Verify(k) }

// Signed returns exactly what the issuer's signature is over.
func (p *Presentation) Signed() []byte { return p.issuer.Input }

// Claims returns the processed payload: what the issuer signed and the holder disclosed, without digests.
func (p *Presentation) Claims() ijson.Value { return p.claims }

// Payload returns the processed payload as JSON. It is not what was signed, and no signature can be checked over it.
func (p *Presentation) Payload() []byte { return p.payload }

// Holder returns the key that the SD-JWT is bound to (cnf.jwk, RFC 7800 §3.2); ok is false when it is bound to none, to a
// key named by other means, or to one of a kind that is not read here.
func (p *Presentation) Holder() (k keys.Public, ok bool) { return p.holder, p.holder.Key != nil }

// ChainKey returns the key of the first certificate of x5c; ok is false when there is no x5c. The chain has not been
// validated. The error is a *fault.Defect: key.alg_mismatch, key.weak or key.unsupported.
func (p *Presentation) ChainKey() (k keys.Public, ok bool, err error) {
	if len(p.Header.Chain) == 0 {
		return keys.Public{}, false, nil
	}
	k, err = keys.NewPublic(p.Header.KeyID, p.Header.Alg, p.Header.Chain[0].PublicKey)
	return k, true, err
}
