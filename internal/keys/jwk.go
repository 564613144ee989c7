package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// secret are the JWK members that hold private or symmetric key material (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
var secret = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// public are the members that this package reads.
var public = [...]string{"kty", "crv", "x", "y", "n", "e", "alg", "use", "key_ops", "kid"}

// ParseJWK reads a public JWK (RFC 7517, RFC 8037). Public.ID is its kid. The error is a *fault.Defect whose place is
// relative to v: key.private_leaked when it carries a private member, key.weak, key.alg_mismatch when its alg, use or
// key_ops do not fit a signature by that key, key.unsupported, key.syntax, json.member_case.
func ParseJWK(v ijson.Value) (Public, error) {
	if v.Kind() != ijson.Object {
		return Public{}, fault.Wrong("key.syntax", "", "a JWK is an object, this is %s", v.Kind())
	}
	if err := checkMembers(v); err != nil {
		return Public{}, err
	}
	kid, has := v.Get("kid")
	if has && !kid.IsString() {
		return Public{}, fault.Wrong("key.syntax", "/kid", "kid is not a string")
	}
	var p Public
	var err error
	switch kty := v.Member("kty"); kty.Text() {
	case "EC":
		p, err = parseEC(v)
	case "OKP":
		p, err = parseOKP(v)
	case "RSA":
		p, err = parseRSA(v)
	case "":
		err = fault.Wrong("key.syntax", "/kty", "the JWK does not say what kind of key it is")
	default:
		err = fault.Wrong("key.unsupported", "/kty", "keys of the kind %.20q are not read", kty.Text())
	}
	if err != nil {
		return Public{}, err
	}
	p.ID = kid.Text()
	return p, checkLabels(v, p.Alg)
}

// checkMembers looks for private material before anything else is said about the key.
func checkMembers(v ijson.Value) error {
	for _, m := range v.Members() {
		for _, name := range secret {
			if strings.EqualFold(m.Name, name) {
				return fault.Wrong("key.private_leaked", ijson.Pointer("", m.Name), "the key was published with its private part")
			}
		}
	}
	for _, m := range v.Members() {
		for _, name := range public {
			if m.Name != name && strings.EqualFold(m.Name, name) {
				return fault.Wrong("json.member_case", ijson.Pointer("", m.Name), "JWK member %q stands for %q", m.Name, name)
			}
		}
	}
	return nil
}

// checkLabels compares what the JWK says it is for (RFC 7517 §4.2 to §4.4) with verifying signatures of alg.
func checkLabels(v ijson.Value, alg Algorithm) error {
	if a, ok := v.Get("alg"); ok && a.Text() != string(alg) && (alg != EdDSA || a.Text() != "Ed25519") { // RFC 9864 §2.2
		return fault.Wrong("key.alg_mismatch", "/alg", "the key is labelled %.20q, its kind is for %s", a.Text(), alg)
	}
	if u, ok := v.Get("use"); ok && u.Text() != "sig" {
		return fault.Wrong("key.alg_mismatch", "/use", "the key is labelled for the use %.20q, not for signatures", u.Text())
	}
	ops, ok := v.Get("key_ops")
	if !ok {
		return nil
	}
	for _, op := range ops.Elems() {
		if op.Text() == "verify" {
			return nil
		}
	}
	return fault.Wrong("key.alg_mismatch", "/key_ops", "the key is labelled for other operations than verifying")
}

func parseEC(v ijson.Value) (Public, error) {
	c, ok := curveNamed(v.Member("crv").Text())
	if !ok {
		return Public{}, fault.Wrong("key.unsupported", "/crv", "the curve %.20q is not read", v.Member("crv").Text())
	}
	x, err := octets(v, "x", c.size)
	if err != nil {
		return Public{}, err
	}
	y, err := octets(v, "y", c.size)
	if err != nil {
		return Public{}, err
	}
	if len(x) != c.size || len(y) != c.size {
		return Public{}, fault.Wrong("key.syntax", "/x", "a coordinate on %s has %d bytes (RFC 7518 §6.2.1.2)", c.name, c.size)
	}
	point := append(append([]byte{4}, x...), y...)
	k, cause := ecdsa.ParseUncompressedPublicKey(c.curve(), point)
	if cause != nil {
		return Public{}, fault.Wrong("key.weak", "/x", "the point does not lie on the curve %s", c.name)
	}
	return Public{Alg: c.alg, Key: k}, nil
}

func parseOKP(v ijson.Value) (Public, error) {
	if crv := v.Member("crv").Text(); crv != "Ed25519" {
		return Public{}, fault.Wrong("key.unsupported", "/crv", "the curve %.20q is not read", crv)
	}
	x, err := octets(v, "x", ed25519.PublicKeySize)
	if err != nil {
		return Public{}, err
	}
	return NewPublic("", EdDSA, ed25519.PublicKey(x))
}

// exponentBytes bounds the RSA exponent: longer ones serve no purpose but to make verifying slow.
const exponentBytes = 4

func parseRSA(v ijson.Value) (Public, error) {
	n, err := integer(v, "n", modulusMax/8)
	if err != nil {
		return Public{}, err
	}
	e, err := integer(v, "e", exponentBytes)
	if err != nil {
		return Public{}, err
	}
	var wide [8]byte
	copy(wide[8-len(e):], e)
	exponent := binary.BigEndian.Uint64(wide[:])
	if exponent > 1<<31-1 {
		return Public{}, fault.Wrong("key.weak", "/e", "the RSA exponent is too large")
	}
	return NewPublic("", RS256, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent)})
}

// octets decodes a base64url member of at most size bytes.
func octets(v ijson.Value, name string, size int) ([]byte, error) {
	m, ok := v.Get(name)
	if !ok || m.Text() == "" {
		return nil, fault.Wrong("key.syntax", "/"+name, "the JWK has no %q", name)
	}
	text := m.Text()
	if len(text) > base64.RawURLEncoding.EncodedLen(size) {
		return nil, fault.Wrong("key.weak", "/"+name, "JWK member %q has more than %d bytes", name, size)
	}
	if strings.ContainsAny(text, "\r\n") { // Go's decoder skips them
		return nil, fault.Wrong("key.syntax", "/"+name, "JWK member %q is not base64url", name)
	}
	out, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fault.Wrong("key.syntax", "/"+name, "JWK member %q is not base64url", name)
	}
	return out, nil
}

// integer decodes a Base64urlUInt of at most size bytes, which has no leading zero (RFC 7518 §2).
func integer(v ijson.Value, name string, size int) ([]byte, error) {
	out, err := octets(v, name, size)
	if err == nil && (len(out) == 0 || out[0] == 0) {
		return nil, fault.Wrong("key.syntax", "/"+name, "JWK member %q begins with a zero byte", name)
	}
	return out, err
}

// required appends the members that make the key, in the order and form of RFC 7638 §3.2, without the braces.
func (p Public) required(b []byte) []byte {
	enc := base64.RawURLEncoding
	switch k := p.Key.(type) {
	case *ecdsa.PublicKey:
		c, ok := curveOf(k)
		point, err := k.Bytes()
		if !ok || err != nil {
			return b
		}
		b = append(b, `"crv":"`+c.name+`","kty":"EC","x":"`...)
		b = append(enc.AppendEncode(b, point[1:1+c.size]), `","y":"`...)
		b = enc.AppendEncode(b, point[1+c.size:])
	case ed25519.PublicKey:
		b = enc.AppendEncode(append(b, `"crv":"Ed25519","kty":"OKP","x":"`...), k)
	case *rsa.PublicKey:
		b = enc.AppendEncode(append(b, `"e":"`...), big.NewInt(int64(k.E)).Bytes())
		b = enc.AppendEncode(append(b, `","kty":"RSA","n":"`...), k.N.Bytes())
	default:
		return b
	}
	return append(b, '"')
}

// JWK returns the key as a public JWK with alg, use and, when the key has an ID, kid. It is compact JSON.
func (p Public) JWK() []byte {
	b := p.required([]byte{'{'})
	b = append(b, `,"alg":"`+string(p.Alg)+`","use":"sig"`...)
	if p.ID != "" {
		b = append(b, `,"kid":`...)
		b, _ = jsontext.AppendQuote(b, p.ID) // an error says that bad UTF-8 was replaced
	}
	return append(b, '}')
}

// Thumbprint returns the SHA-256 thumbprint of the key in base64url, 43 characters (RFC 7638).
func (p Public) Thumbprint() string {
	sum := sha256.Sum256(append(p.required([]byte{'{'}), '}'))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
