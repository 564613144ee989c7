package cose

import (
	"fmt"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// Media types of VC-JOSE-COSE §6.1: what the header parameter typ says, and what the payload is.
const (
	TypeCredential   = "application/vc+cose"
	TypePresentation = "application/vp+cose"
	Credential       = "application/vc"
	Presentation     = "application/vp"
)

// The header parameters of RFC 9052 §3.1 and RFC 9596 that are read, and the tag of COSE_Sign1.
const (
	labelAlg         = 1
	labelCrit        = 2
	labelContentType = 3
	labelKeyID       = 4
	labelType        = 16
	tagSign1         = 18
)

// algorithms are the numbers of RFC 9053 and RFC 8812 for the closed list of package keys.
var algorithms = map[int]keys.Algorithm{-7: keys.ES256, -35: keys.ES384, -36: keys.ES512, -8: keys.EdDSA, -257: keys.RS256}

// Message is a COSE_Sign1, taken apart. Nothing in it has been verified until Verify says so.
type Message struct {
	Header    Header
	Payload   []byte
	Signature []byte
	input     []byte // the Sig_structure of §4.4
}

// Header holds the header parameters.
type Header struct {
	Alg         keys.Algorithm
	KeyID       string // kid as text, or ""; the only one that may stand unprotected, because it only says where to look
	Type        string // typ, or ""
	ContentType string // content type, or ""
}

// Is reports whether data begins like a tagged COSE_Sign1.
func Is(data []byte) bool { return len(data) > 1 && data[0] == 0xc0|tagSign1 && data[1]>>5 == 4 }

// Read takes a COSE_Sign1 apart. Its error is a *fault.Defect: cose.structure, cose.crit, cose.header_not_allowed,
// cose.alg_not_allowed, or one of package cbor.
func Read(data []byte) (*Message, error) { return ReadUpTo(data, limits.CredentialBytes) }

// ReadUpTo is Read for what may have another size than a credential, such as a status list.
func ReadUpTo(data []byte, most int) (*Message, error) {
	v, err := cbor.ParseUpTo(data, most)
	if err != nil {
		return nil, err
	}
	content, tagged := v.Tagged(tagSign1)
	parts := content.Items()
	if !tagged || len(parts) != 4 || parts[0].Kind() != cbor.Bytes || parts[1].Kind() != cbor.Map || parts[3].Kind() != cbor.Bytes {
		return nil, fault.Wrong("cose.structure", "", "this is no tagged COSE_Sign1 with its four parts")
	}
	if parts[2].Kind() != cbor.Bytes {
		return nil, fault.Wrong("cose.structure", "", "the payload is not inside; detached payloads are not read")
	}
	h, err := readHeader(parts[0].Bytes(), parts[1])
	if err != nil {
		return nil, err
	}
	return &Message{Header: h, Payload: parts[2].Bytes(), Signature: parts[3].Bytes(), input: input(parts[0].Bytes(), parts[2].Bytes())}, nil
}

// Signed is exactly what the signature is over: the Sig_structure.
func (m *Message) Signed() []byte { return m.input }

// Verify checks the signature with k, which must be for the algorithm of the header. The error is a *fault.Defect:
// cose.signature or key.alg_mismatch.
func (m *Message) Verify(k keys.Public) error {
	if k.Alg != m.Header.Alg {
		return fault.Wrong("key.alg_mismatch", "", "the key is for %s, the message says %s", k.Alg, m.Header.Alg)
	}
	if err := k.Verify(m.input, m.Signature); err != nil {
		return fault.Wrong("cose.signature", "", "the signature does not fit the content and the key")
	}
	return nil
}

// readHeader reads the protected header parameters, and the one that may stand beside them.
func readHeader(protected []byte, unprotected cbor.Value) (Header, error) {
	v, err := cbor.Parse(protected)
	if err != nil {
		return Header{}, err
	}
	if v.Kind() != cbor.Map {
		return Header{}, fault.Wrong("cose.structure", "", "the protected header is no map")
	}
	var h Header
	for _, p := range v.Pairs() {
		if err := h.set(p); err != nil {
			return Header{}, err
		}
	}
	for _, p := range unprotected.Pairs() {
		if label, ok := p.Key.Int(); !ok || label != labelKeyID || h.KeyID != "" {
			return Header{}, fault.Wrong("cose.header_not_allowed", "", "a header parameter that is not protected is no kid, or a second one")
		}
		if err := h.set(p); err != nil {
			return Header{}, err
		}
	}
	if h.Alg == "" {
		return Header{}, fault.Wrong("cose.alg_not_allowed", "", "the message names no algorithm")
	}
	return h, nil
}

func (h *Header) set(p cbor.Pair) error {
	label, ok := p.Key.Int()
	if !ok {
		return fault.Wrong("cose.header_not_allowed", "", "the header parameter %.40q is not known", p.Key.Text())
	}
	switch label {
	case labelAlg:
		n, ok := p.Value.Int()
		if h.Alg = algorithms[n]; !ok || h.Alg == "" {
			return fault.Wrong("cose.alg_not_allowed", "", "the algorithm of the message is none that is taken")
		}
	case labelCrit:
		return fault.Wrong("cose.crit", "", "the message has critical header parameters that are not known")
	case labelKeyID:
		h.KeyID = string(p.Value.Bytes())
		return present(h.KeyID, "kid")
	case labelType:
		h.Type = p.Value.Text()
		return present(h.Type, "typ")
	case labelContentType:
		h.ContentType = p.Value.Text()
		return present(h.ContentType, "content type")
	default:
		return fault.Wrong("cose.header_not_allowed", "", "the header parameter %d is not one that credentials have", label)
	}
	return nil
}

func present(text, name string) error {
	if text == "" {
		return fault.Wrong("cose.header_not_allowed", "", "the header parameter %s is of another type", name)
	}
	return nil
}

// input is the Sig_structure (§4.4) without external data.
func input(protected, payload []byte) []byte {
	out := make([]byte, 0, len(protected)+len(payload)+32)
	out = cbor.AppendText(cbor.AppendArray(out, 4), "Signature1")
	out = cbor.AppendBytes(out, protected)
	return cbor.AppendBytes(cbor.AppendBytes(out, nil), payload)
}

// Signer signs payloads of one type with one key. It is safe for concurrent use.
type Signer struct {
	key       keys.Signer
	protected []byte
}

// NewSigner prepares a Signer of messages with that typ and content type, such as TypeCredential and Credential; an empty
// content type is left out.
func NewSigner(typ, contentType string, key keys.Signer) (*Signer, error) {
	pub := key.Public()
	number := 0
	for n, a := range algorithms {
		if a == pub.Alg {
			number = n
		}
	}
	if number == 0 || typ == "" {
		return nil, fmt.Errorf("COSE: algorithm %s, typ %q", pub.Alg, typ)
	}
	n := 2
	for _, has := range [...]bool{contentType != "", pub.ID != ""} {
		if has {
			n++
		}
	}
	head := cbor.AppendInt(cbor.AppendUint(cbor.AppendMap(nil, n), labelAlg), number)
	if contentType != "" {
		head = cbor.AppendText(cbor.AppendUint(head, labelContentType), contentType)
	}
	if pub.ID != "" {
		head = cbor.AppendBytes(cbor.AppendUint(head, labelKeyID), []byte(pub.ID))
	}
	head = cbor.AppendText(cbor.AppendUint(head, labelType), typ)
	return &Signer{key: key, protected: head}, nil
}

// Sign returns the tagged COSE_Sign1 over payload.
func (s *Signer) Sign(payload []byte) ([]byte, error) {
	sig, err := s.key.Sign(input(s.protected, payload))
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s.key.Public().ID, err)
	}
	out := cbor.AppendArray(cbor.AppendTag(nil, tagSign1), 4)
	out = cbor.AppendMap(cbor.AppendBytes(out, s.protected), 0)
	return cbor.AppendBytes(cbor.AppendBytes(out, payload), sig), nil
}
