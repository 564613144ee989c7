// Package jose owns the securing forms that are compact JWS (RFC 7515): ob-jwt (Open Badges 3.0 §8.2), vc-jwt
// (VC-JOSE-COSE §3.1) and jwt-vc-1.1 (VCDM 1.1 §6.3.1).
//
// It refuses everything but three segments of strict base64url, a closed list of header members and the closed list of
// algorithms of package keys, before any key is looked for. JSON serializations and encryption are refused.
package jose

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// headerBytes bounds the protected header; a header with an RSA "jwk" takes about 500 bytes.
const headerBytes = 8 << 10

// Message is a compact JWS, taken apart. Nothing in it has been verified until Verify says so.
type Message struct {
	Header    Header
	Payload   []byte // decoded
	Signature []byte // decoded, in the JOSE form
	Input     []byte // the exact bytes that were signed: header, dot, payload
}

// Header is the protected header.
type Header struct {
	Alg         keys.Algorithm
	KeyID       string       // kid, or ""
	JWK         *keys.Public // jwk, or nil
	Type        string       // typ, or ""
	ContentType string       // cty, or ""
	Issuer      string       // iss (VC-JOSE-COSE §3.1.1), or ""

	Chain []*x509.Certificate // x5c, the signer's own first; parsed, not validated. Only where ReadMembers allows it
}

// credentialMembers is the closed list for the forms of this package.
var credentialMembers = [...]string{"alg", "kid", "jwk", "typ", "cty", "iss"}

// Read takes a compact JWS apart. Its error is a *fault.Defect: jose.structure, jose.encoding, jose.crit,
// jose.header_not_allowed, jose.alg_not_allowed, key.alg_mismatch, json.member_case, key.private_leaked, limits.size or one
// of package ijson's or keys'.
func Read(compact []byte) (*Message, error) { return ReadMembers(compact, credentialMembers[:]...) }

// ReadMembers is Read for the forms of other packages, with another closed list of header members: of alg, kid, jwk, typ,
// cty, iss and x5c those that the form has. A bad chain is jose.x5c.
func ReadMembers(compact []byte, members ...string) (*Message, error) {
	if n := bytes.Count(compact, []byte{'.'}); n != 2 {
		return nil, fault.Wrong("jose.structure", "", "a compact JWS has three segments, this has %d", n+1)
	}
	dot := bytes.IndexByte(compact, '.')
	last := bytes.LastIndexByte(compact, '.')
	head, err := DecodeSegment(compact[:dot], "header")
	if err != nil {
		return nil, err
	}
	payload, err := DecodeSegment(compact[dot+1:last], "payload")
	if err != nil {
		return nil, err
	}
	signature, err := DecodeSegment(compact[last+1:], "signature")
	if err != nil {
		return nil, err
	}
	h, err := readHeader(head, members)
	if err != nil {
		return nil, err
	}
	return &Message{Header: h, Payload: payload, Signature: signature, Input: compact[:last]}, nil
}

// DecodeSegment decodes strict base64url: no padding, no white space (Go's decoder skips line feeds), no spare bits. The
// error is jose.encoding and calls the segment by name.
func DecodeSegment(s []byte, name string) ([]byte, error) {
	for _, c := range s {
		if !alphabet(c) {
			return nil, fault.Wrong("jose.encoding", "", "the %s holds a byte that is not base64url", name)
		}
	}
	out := make([]byte, base64.RawURLEncoding.DecodedLen(len(s)))
	n, err := base64.RawURLEncoding.Strict().Decode(out, s)
	if err != nil {
		return nil, fault.Wrong("jose.encoding", "", "the %s is not strict base64url", name)
	}
	return out[:n], nil
}

func alphabet(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// registered are the header names of RFC 7515, 7516 and 7797 that a look-alike must not stand for.
var registered = [...]string{
	"alg", "kid", "jwk", "typ", "cty", "iss", "crit", "b64", "jku", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip", "p2c", "p2s", "epk",
}

func readHeader(raw []byte, members []string) (Header, error) {
	size := headerBytes
	if slices.Contains(members, "x5c") {
		size = limits.HeaderBytes
	}
	doc, err := ijson.Parse(raw, ijson.Bounds{Bytes: size, Depth: 4, Members: 64})
	if err != nil {
		return Header{}, err
	}
	if doc.Kind() != ijson.Object {
		return Header{}, fault.Wrong("jose.structure", "", "the protected header is %s, not an object", doc.Kind())
	}
	if err := checkNames(doc, members); err != nil {
		return Header{}, err
	}
	var h Header
	alg, err := algorithm(doc.Member("alg").Text())
	if err != nil {
		return Header{}, err
	}
	h.Alg = alg
	for _, m := range [...]struct {
		name string
		dst  *string
	}{{"kid", &h.KeyID}, {"typ", &h.Type}, {"cty", &h.ContentType}, {"iss", &h.Issuer}} {
		if v, ok := doc.Get(m.name); ok {
			if v.Text() == "" {
				return Header{}, fault.Wrong("jose.header_not_allowed", "/"+m.name, "header member %q is not a string", m.name)
			}
			*m.dst = v.Text()
		}
	}
	if v, ok := doc.Get("jwk"); ok {
		k, err := keys.ParseJWK(v)
		if err != nil {
			return Header{}, err
		}
		h.JWK = &k
	}
	if v, ok := doc.Get("x5c"); ok {
		h.Chain, err = chain(v)
	}
	return h, err
}

// certificates bounds x5c; a chain of three is long.
const certificates = 8

// chain reads x5c (RFC 7515 §4.1.6): DER in base64, which is not base64url.
func chain(v ijson.Value) ([]*x509.Certificate, error) {
	n := len(v.Elems())
	if n == 0 || n > certificates {
		return nil, fault.Wrong("jose.x5c", "/x5c", "x5c is no list of 1 to %d certificates", certificates)
	}
	out := make([]*x509.Certificate, n)
	for i, e := range v.Elems() {
		at := ijson.Index("/x5c", i)
		if strings.ContainsAny(e.Text(), "\r\n") { // Go's decoder skips them
			return nil, fault.Wrong("jose.x5c", at, "the certificate is not strict base64")
		}
		der, err := base64.StdEncoding.Strict().DecodeString(e.Text())
		if err != nil {
			return nil, fault.Wrong("jose.x5c", at, "the certificate is not strict base64")
		}
		if out[i], err = x509.ParseCertificate(der); err != nil {
			return nil, fault.Wrong("jose.x5c", at, "the certificate cannot be read")
		}
	}
	return out, nil
}

// algorithm reads alg. A label of another signature algorithm that is made with keys of the kinds we read is named for what
// it is, a label that no accepted key is for (threat J25); everything else, "none" and HMAC above all, is not allowed.
func algorithm(name string) (keys.Algorithm, error) {
	if alg, ok := keys.ParseAlgorithm(name); ok {
		return alg, nil
	}
	switch name {
	case "RS384", "RS512", "PS256", "PS384", "PS512", "ES256K":
		return "", fault.Wrong("key.alg_mismatch", "/alg", "the header says %s, and no key is taken for that algorithm", name)
	}
	return "", fault.Wrong("jose.alg_not_allowed", "/alg", "the algorithm is not one of RS256, ES256, ES384, ES512, EdDSA")
}

// checkNames refuses members that are not understood: RFC 7515 lets a reader ignore them, Open Badges 3.0 does not.
func checkNames(doc ijson.Value, members []string) error {
	for _, m := range doc.Members() {
		for _, name := range registered {
			if m.Name != name && strings.EqualFold(m.Name, name) {
				return fault.Wrong("json.member_case", ijson.Pointer("", m.Name), "header member %q stands for %q", m.Name, name)
			}
		}
	}
	for _, m := range doc.Members() {
		switch {
		case slices.Contains(members, m.Name):
		case m.Name == "crit" || m.Name == "b64":
			return fault.Wrong("jose.crit", "/"+m.Name, "extensions of the signature are not understood, so the signature cannot be either")
		default:
			return fault.Wrong("jose.header_not_allowed", ijson.Pointer("", m.Name), "header member %q is not allowed", m.Name)
		}
	}
	return nil
}

// Signed is exactly what the signature is over: Input.
func (m *Message) Signed() []byte { return m.Input }

// Verify checks the signature with key k. Its error is a *fault.Defect: key.alg_mismatch when k is for another
// algorithm than the header says, jose.signature when the signature does not match.
func (m *Message) Verify(k keys.Public) error {
	if k.Alg != m.Header.Alg {
		return fault.Wrong("key.alg_mismatch", "/alg", "the header says %s, the key is for %s", m.Header.Alg, k.Alg)
	}
	return k.Verify(m.Input, m.Signature)
}
