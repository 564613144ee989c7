package sdjwt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// writer makes the payload and its disclosures.
type writer struct {
	random      io.Reader
	decoys      int
	vcdm        bool
	disclosures []Disclosure
}

// finish adds the claims of the machinery and of the options.
func (w *writer) finish(payload []byte, o Options) ([]byte, error) {
	payload = payload[:len(payload)-1]
	comma := func() {
		if len(payload) > 1 {
			payload = append(payload, ',')
		}
	}
	if o.VCT != "" {
		comma()
		var err error
		if payload, err = jsontext.AppendQuote(append(payload, `"vct":`...), o.VCT); err != nil {
			return nil, fmt.Errorf("vct %q: %w", o.VCT, err)
		}
	}
	if o.Holder != nil {
		comma()
		jwk, err := bare(*o.Holder)
		if err != nil {
			return nil, fmt.Errorf("the holder's key: %w", err)
		}
		payload = append(append(append(payload, `"cnf":{"jwk":`...), jwk...), '}')
	}
	if len(w.disclosures) > 0 {
		comma()
		payload = append(payload, `"_sd_alg":"sha-256"`...)
	}
	return append(payload, '}'), nil
}

// bare returns the key as a JWK of nothing but its key members: a label or a name would only tell holders apart.
func bare(k keys.Public) ([]byte, error) {
	v, err := ijson.Parse(k.JWK(), ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for _, m := range v.Members() {
		switch m.Name {
		case "kty", "crv", "x", "y", "n", "e":
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = ijson.Append(append(out, `"`+m.Name+`":`...), m.Value)
		}
	}
	if len(out) == 1 {
		return nil, errors.New("a key of a kind that has no JWK")
	}
	return append(out, '}'), nil
}

func (w *writer) value(dst []byte, v ijson.Value, n *node, at *trail) ([]byte, error) {
	switch {
	case v.Kind() == ijson.Object:
		return w.object(dst, v, n, at)
	case v.Kind() == ijson.Array:
		return w.array(dst, v, n, at)
	case n.size() > 0:
		return nil, fmt.Errorf("%s is %s, nothing inside can be disclosed", at.pointer(), v.Kind())
	}
	return ijson.Append(dst, v), nil
}

func (w *writer) object(dst []byte, v ijson.Value, n *node, at *trail) ([]byte, error) {
	dst = append(dst, '{')
	start := len(dst)
	var digests []string
	found := 0
	for _, m := range v.Members() {
		here, kid := at.named(m.Name), n.kid(m.Name)
		if err := w.check(m.Name, kid, here); err != nil {
			return nil, err
		}
		if kid != nil {
			found++
		}
		var err error
		if !kid.chosen() {
			if dst, err = w.member(dst, start, m, kid, here); err != nil {
				return nil, err
			}
			continue
		}
		digest, err := w.disclose(m.Name, m.Value, kid, here)
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	if found != n.size() {
		return nil, fmt.Errorf("a pointer to disclose names no member of %q", at.pointer())
	}
	if len(digests) == 0 {
		return append(dst, '}'), nil
	}
	if len(dst) > start {
		dst = append(dst, ',')
	}
	return w.digests(dst, digests)
}

// check refuses what our own reader would refuse.
func (w *writer) check(name string, n *node, at *trail) error {
	if reserved(name) {
		return fmt.Errorf("%s: the name is reserved", at.pointer())
	}
	if n != nil && at.up == nil && isFixed(name, w.vcdm) {
		return fmt.Errorf("%s: no holder may leave out this claim, nor anything inside", at.pointer())
	}
	return nil
}

// member appends a member in the clear to the object whose members begin at start.
func (w *writer) member(dst []byte, start int, m ijson.Member, n *node, at *trail) ([]byte, error) {
	if len(dst) > start {
		dst = append(dst, ',')
	}
	dst, err := jsontext.AppendQuote(dst, m.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.pointer(), err)
	}
	return w.value(append(dst, ':'), m.Value, n, at)
}

// digests appends the _sd member and the end of the object.
func (w *writer) digests(dst []byte, digests []string) ([]byte, error) {
	for range w.decoys {
		d, err := w.decoy()
		if err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	slices.Sort(digests)
	dst = append(dst, `"_sd":[`...)
	for i, d := range digests {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), d...), '"')
	}
	return append(dst, "]}"...), nil
}

func (w *writer) array(dst []byte, v ijson.Value, n *node, at *trail) ([]byte, error) {
	dst = append(dst, '[')
	found, hidden := 0, 0
	for i, e := range v.Elems() {
		if i > 0 {
			dst = append(dst, ',')
		}
		here, kid := at.at(i), n.kid(strconv.Itoa(i))
		if kid != nil {
			found++
		}
		var err error
		if !kid.chosen() {
			if dst, err = w.value(dst, e, kid, here); err != nil {
				return nil, err
			}
			continue
		}
		hidden++
		digest, err := w.disclose("", e, kid, here)
		if err != nil {
			return nil, err
		}
		dst = append(dst, `{"...":"`+digest+`"}`...)
	}
	if found != n.size() {
		return nil, fmt.Errorf("a pointer to disclose names no element of %q", at.pointer())
	}
	for range min(hidden, 1) * w.decoys {
		d, err := w.decoy()
		if err != nil {
			return nil, err
		}
		dst = append(dst, `,{"...":"`+d+`"}`...)
	}
	return append(dst, ']'), nil
}

// disclose makes a disclosure, inner ones first, and returns its digest.
func (w *writer) disclose(name string, v ijson.Value, n *node, at *trail) (string, error) {
	salt, err := w.salt()
	if err != nil {
		return "", err
	}
	text := []byte(`["` + salt + `",`)
	if at.index < 0 {
		if text, err = jsontext.AppendQuote(text, name); err != nil {
			return "", fmt.Errorf("%s: %w", at.pointer(), err)
		}
		text = append(text, ',')
	}
	if text, err = w.value(text, v, n, at); err != nil {
		return "", err
	}
	text = append(text, ']')
	d := Disclosure{Name: name, Path: at.pointer(), Value: v, element: at.index >= 0, used: true}
	d.Text = base64.RawURLEncoding.EncodeToString(text)
	w.disclosures = append(w.disclosures, d)
	return issuedHash.digest([]byte(d.Text)), nil
}

func (w *writer) salt() (string, error) {
	var b [saltBytes]byte
	if _, err := io.ReadFull(w.random, b[:]); err != nil {
		return "", fmt.Errorf("salt: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// decoy returns the digest of a number that nobody keeps (RFC 9901 §4.2.5).
func (w *writer) decoy() (string, error) {
	var b [2 * saltBytes]byte
	if _, err := io.ReadFull(w.random, b[:]); err != nil {
		return "", fmt.Errorf("decoy: %w", err)
	}
	return issuedHash.digest(b[:]), nil
}
