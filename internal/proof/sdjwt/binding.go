package sdjwt

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// BindingAge is how old a key binding may be when Expect does not say.
const BindingAge = 5 * time.Minute

// Expect is what a key binding must be for.
type Expect struct {
	Nonce    string        // of this transaction
	Audience string        // the verifier, exactly as it called itself
	Now      time.Time     // the verifier's clock
	MaxAge   time.Duration // of the key binding; zero means BindingAge
}

// binding is a key binding JWT (RFC 9901 §4.3).
type binding struct {
	msg                   *jose.Message
	claims                ijson.Value
	nonce, audience, hash string
	at                    int64
}

// readBinding reads the header and the claims. The header has alg and typ, and a kid that nobody follows: the key is the
// one that the issuer signed.
func readBinding(compact []byte) (*binding, error) {
	msg, err := jose.ReadMembers(compact, "alg", "typ", "kid")
	if err != nil {
		return nil, err
	}
	if msg.Header.Type != typeBinding {
		return nil, fault.Wrong("jose.typ", "/typ", "typ %.40q stands where a key binding has %s", msg.Header.Type, typeBinding)
	}
	doc, err := ijson.Parse(msg.Payload, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	b := &binding{msg: msg, claims: doc}
	for _, c := range [...]struct {
		name string
		dst  *string
	}{{"nonce", &b.nonce}, {"aud", &b.audience}, {"sd_hash", &b.hash}} {
		if *c.dst = doc.Member(c.name).Text(); *c.dst == "" {
			return nil, fault.Wrong("sdjwt.kb_claim", "/"+c.name, "the %s claim of the key binding is no text", c.name)
		}
	}
	if b.at, err = jose.NumericDate(doc.Member("iat")); err != nil {
		return nil, fault.Wrong("sdjwt.kb_claim", "/iat", "the iat claim of the key binding is not a whole number of seconds")
	}
	return b, nil
}

// HasKeyBinding reports whether a key binding JWT was sent. Whether one is needed is the verifier's decision alone (RFC 9901
// §7.3, step 1).
func (p *Presentation) HasKeyBinding() bool { return p.binding != nil }

// VerifyKeyBinding checks that whoever has the private part of holder made this presentation, for this verifier, now
// (RFC 9901 §7.3). Holder is the key of Holder, or one that the caller found by another member of cnf. The error is a
// *fault.Defect: sdjwt.kb_missing, sdjwt.kb_key when holder is not the key of the cnf claim, jose.signature,
// key.alg_mismatch, sdjwt.kb_hash when other disclosures were bound, sdjwt.kb_nonce, sdjwt.kb_audience, sdjwt.kb_time. An
// Expect without nonce, audience or time is an error of the caller.
func (p *Presentation) VerifyKeyBinding(holder keys.Public, want Expect) error {
	if want.Nonce == "" || want.Audience == "" || want.Now.IsZero() {
		return errors.New("key binding: the nonce, the audience or the time to expect is not given")
	}
	b := p.binding
	if b == nil {
		return fault.Wrong("sdjwt.kb_missing", "", "nothing shows that the presenter is the holder: there is no key binding")
	}
	if bound, ok := p.Holder(); ok && !bound.Equal(holder) {
		return fault.Wrong("sdjwt.kb_key", "/cnf/jwk", "the credential is bound to another key")
	}
	if err := b.msg.Verify(holder); err != nil {
		return err
	}
	if !same(b.hash, p.hash.digest(p.bound)) {
		return fault.Wrong("sdjwt.kb_hash", "/sd_hash", "the key binding was made for another selection of claims")
	}
	if !same(b.nonce, want.Nonce) {
		return fault.Wrong("sdjwt.kb_nonce", "/nonce", "the key binding was made for another request")
	}
	if b.audience != want.Audience {
		return fault.Wrong("sdjwt.kb_audience", "/aud", "the key binding was made for another verifier")
	}
	return b.checkTime(want)
}

// checkTime looks at iat and, when they are there, nbf and exp (RFC 7519 §4.1).
func (b *binding) checkTime(want Expect) error {
	age := want.MaxAge
	if age <= 0 {
		age = BindingAge
	}
	made := time.Unix(b.at, 0)
	if made.After(want.Now.Add(limits.ClockSkew)) || made.Before(want.Now.Add(-age-limits.ClockSkew)) {
		return fault.Wrong("sdjwt.kb_time", "/iat", "the key binding was not made just now")
	}
	for _, name := range [...]string{"nbf", "exp"} {
		v, ok := b.claims.Get(name)
		if !ok {
			continue
		}
		n, err := jose.NumericDate(v)
		if err != nil {
			return fault.Wrong("sdjwt.kb_time", "/"+name, "the %s claim of the key binding is not a whole number of seconds", name)
		}
		at := time.Unix(n, 0)
		if name == "nbf" && at.After(want.Now.Add(limits.ClockSkew)) || name == "exp" && !want.Now.Add(-limits.ClockSkew).Before(at) {
			return fault.Wrong("sdjwt.kb_time", "/"+name, "the key binding does not hold at this time")
		}
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
