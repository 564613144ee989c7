package jose

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
)

// Signer signs payloads in one form with one key. The header is encoded once. It is safe for concurrent use.
type Signer struct {
	key  keys.Signer
	head []byte // base64url of the header, and the dot
}

// NewSigner prepares a Signer. The header has alg, kid and typ and nothing else (Open Badges 3.0 §8.2.3).
func NewSigner(form proof.Form, key keys.Signer) (*Signer, error) {
	typ := "JWT"
	switch form {
	case proof.OBJWT, proof.JWTVC11:
	case proof.VCJWT:
		typ = "vc+jwt"
	default:
		return nil, fmt.Errorf("form %q is not a compact JWS", form)
	}
	return NewTokenSigner(typ, key)
}

// NewTokenSigner prepares a Signer of tokens of that typ, which are no credentials. The header has alg, kid and typ.
func NewTokenSigner(typ string, key keys.Signer) (*Signer, error) {
	pub := key.Public()
	head := []byte(`{"alg":"` + string(pub.Alg) + `","kid":`)
	head, err := jsontext.AppendQuote(head, pub.ID)
	if err != nil {
		return nil, fmt.Errorf("key id %q: %w", pub.ID, err)
	}
	head = append(head, `,"typ":`...)
	if head, err = jsontext.AppendQuote(head, typ); err != nil {
		return nil, fmt.Errorf("typ %q: %w", typ, err)
	}
	head = append(head, '}')
	return &Signer{key: key, head: append(base64.RawURLEncoding.AppendEncode(nil, head), '.')}, nil
}

// Public returns the key that signs.
func (s *Signer) Public() keys.Public { return s.key.Public() }

// Sign returns the compact JWS over payload.
func (s *Signer) Sign(payload []byte) ([]byte, error) {
	enc := base64.RawURLEncoding
	const signature = 64 // bytes of EdDSA and ES256; one of RSA makes the slice grow, which beside its cost is nothing
	out := make([]byte, 0, len(s.head)+enc.EncodedLen(len(payload))+1+enc.EncodedLen(signature))
	out = append(out, s.head...)
	out = enc.AppendEncode(out, payload)
	sig, err := s.key.Sign(out)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s.key.Public().ID, err)
	}
	out = append(out, '.')
	return enc.AppendEncode(out, sig), nil
}

// Payload returns the JWT payload for credential c: its document with the claims iss, jti, sub, nbf and, when the
// credential ends, exp beside the members (Open Badges 3.0 §8.2.4). The document's bytes stay as they are.
func Payload(c *credential.Credential) ([]byte, error) {
	end := len(c.Raw) - 1
	for end >= 0 && c.Raw[end] != '}' {
		end--
	}
	if end < 1 {
		return nil, fmt.Errorf("credential %s: not an object", c.ID)
	}
	out := make([]byte, 0, len(c.Raw)+len(c.IssuerID)+len(c.ID)+128)
	out = append(append(out, c.Raw[:end]...), ',')
	return appendClaims(out, c)
}

// Wrapped returns the JWT payload for a credential of the data model 1.1: the document in the claim vc, and the claims that
// repeat its members beside it (VCDM 1.1 §6.3.1). The document's bytes stay as they are.
func Wrapped(c *credential.Credential) ([]byte, error) {
	out := make([]byte, 0, len(c.Raw)+len(c.IssuerID)+len(c.ID)+128)
	out = append(append(out, `{"vc":`...), c.Raw...)
	return appendClaims(append(out, ','), c)
}

// appendClaims ends an object with the claims that repeat members of c.
func appendClaims(out []byte, c *credential.Credential) ([]byte, error) {
	var err error
	for _, claim := range [...]struct{ name, value string }{{"iss", c.IssuerID}, {"jti", c.ID}, {"sub", c.SubjectID()}} {
		if claim.value == "" {
			continue
		}
		out = append(out, `"`+claim.name+`":`...)
		if out, err = jsontext.AppendQuote(out, claim.value); err != nil {
			return nil, fmt.Errorf("claim %s: %w", claim.name, err)
		}
		out = append(out, ',')
	}
	out = strconv.AppendInt(append(out, `"nbf":`...), c.From.Unix(), 10)
	if !c.Until.IsZero() {
		out = strconv.AppendInt(append(out, `,"exp":`...), c.Until.Unix(), 10)
	}
	return append(out, '}'), nil
}
