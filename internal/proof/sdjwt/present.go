package sdjwt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/keys"
)

// Binding is what a holder signs when presenting (RFC 9901 §4.3).
type Binding struct {
	Key      keys.Signer // whose public part the SD-JWT is bound to
	Nonce    string
	Audience string
	At       time.Time
}

// Present does a holder's work (RFC 9901 §7.2): it keeps of an issued SD-JWT the disclosures whose paths are chosen, and
// those around them, and binds the result when b is given. It is an error when a path is not one of a disclosure, when the
// SD-JWT cannot be read or has a key binding already, and when it is bound to another key.
func Present(issued string, chosen []string, b *Binding) (string, error) {
	p, err := Read([]byte(issued))
	if err != nil {
		return "", fmt.Errorf("presenting: %w", err)
	}
	if p.HasKeyBinding() {
		return "", errors.New("presenting: the SD-JWT was presented before")
	}
	jwt, _, _ := strings.Cut(issued, "~")
	out := append([]byte(jwt), '~')
	found := 0
	for _, d := range p.Disclosures {
		if slices.Contains(chosen, d.Path) {
			found++
		} else if !slices.ContainsFunc(chosen, func(path string) bool { return strings.HasPrefix(path, d.Path+"/") }) {
			continue
		}
		out = append(append(out, d.Text...), '~')
	}
	if found != len(chosen) {
		return "", fmt.Errorf("presenting: of %d chosen claims %d can be disclosed", len(chosen), found)
	}
	if b == nil {
		return string(out), nil
	}
	if holder, ok := p.Holder(); ok && !holder.Equal(b.Key.Public()) {
		return "", errors.New("presenting: the SD-JWT is bound to another key")
	}
	return b.append(out, p.hash)
}

// append adds the key binding JWT to an SD-JWT.
func (b *Binding) append(sdjwt []byte, h hash) (string, error) {
	payload := strconv.AppendInt([]byte(`{"iat":`), b.At.Unix(), 10)
	var err error
	for _, c := range [...]struct{ name, value string }{{"aud", b.Audience}, {"nonce", b.Nonce}, {"sd_hash", h.digest(sdjwt)}} {
		if payload, err = jsontext.AppendQuote(append(payload, `,"`+c.name+`":`...), c.value); err != nil {
			return "", fmt.Errorf("key binding, %s: %w", c.name, err)
		}
	}
	payload = append(payload, '}')
	enc := base64.RawURLEncoding
	jwt := enc.AppendEncode(nil, []byte(`{"alg":"`+string(b.Key.Public().Alg)+`","typ":"`+typeBinding+`"}`))
	jwt = enc.AppendEncode(append(jwt, '.'), payload)
	sig, err := b.Key.Sign(jwt)
	if err != nil {
		return "", fmt.Errorf("key binding: %w", err)
	}
	jwt = enc.AppendEncode(append(jwt, '.'), sig)
	return string(append(sdjwt, jwt...)), nil
}
