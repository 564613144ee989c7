package ecdsasd

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
)

// The prefixes of base and derived proof values.
const (
	basePrefix    = "\xd9\x5d\x00"
	derivedPrefix = "\xd9\x5d\x01"
)

const (
	signatureSize = 64
	publicSize    = 35 // the multicodec prefix of P-256 and a compressed point
	keySize       = 32
	valueText     = 256 << 10 // characters of a proof value
)

// base is what a base proof value holds (§3.4.2).
type base struct {
	signature  []byte
	public     []byte // of the key that made signatures
	hmacKey    []byte
	signatures [][]byte
	mandatory  []string // JSON pointers
}

// derived is what a derived proof value holds (§3.4.6).
type derived struct {
	signature  []byte
	public     []byte
	signatures [][]byte
	labels     map[string]string // canonical label → the label under which the issuer signed
	mandatory  []int             // indexes of the statements that the issuer made mandatory
}

// IsDerived reports whether a proof value is that of a derived proof, by its prefix alone.
func IsDerived(value string) bool {
	raw, ok := decode(value)
	return ok && strings.HasPrefix(string(raw), derivedPrefix)
}

func decode(value string) ([]byte, bool) {
	if len(value) > valueText || !strings.HasPrefix(value, "u") {
		return nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(value[1:])
	return raw, err == nil && !strings.ContainsAny(value, "\r\n")
}

func malformed(format string, args ...any) error {
	return fault.Wrong("proof.malformed", "/proofValue", format, args...)
}

// open begins to read the five members behind a prefix.
func open(value, prefix string) (*reader, error) {
	raw, ok := decode(value)
	if !ok {
		return nil, malformed("the proof value is not base64url with the prefix u")
	}
	rest, ok := strings.CutPrefix(string(raw), prefix)
	if !ok {
		return nil, malformed("the proof value is not of the kind that is needed here, base or derived")
	}
	r := &reader{cbor.NewReader([]byte(rest))}
	if r.Array() != 5 {
		r.Bad = true
	}
	return r, nil
}

// reader reads the members of a proof value.
type reader struct{ *cbor.Reader }

func (r *reader) sized(size int) []byte {
	b := r.Bytes()
	r.Bad = r.Bad || len(b) != size
	return b
}

func (r *reader) list() [][]byte {
	out := make([][]byte, r.Array())
	for i := range out {
		out[i] = r.sized(signatureSize)
	}
	return out
}

func parseBase(value string) (*base, error) {
	r, err := open(value, basePrefix)
	if err != nil {
		return nil, err
	}
	b := &base{signature: r.sized(signatureSize), public: r.sized(publicSize), hmacKey: r.sized(keySize), signatures: r.list()}
	for range r.Array() {
		b.mandatory = append(b.mandatory, r.Text())
	}
	if !r.Done() {
		return nil, malformed("the proof value does not hold what a base proof holds")
	}
	return b, nil
}

func (b *base) String() string {
	out := cbor.AppendArray([]byte(basePrefix), 5)
	out = cbor.AppendBytes(cbor.AppendBytes(cbor.AppendBytes(out, b.signature), b.public), b.hmacKey)
	out = cbor.AppendArray(out, len(b.signatures))
	for _, s := range b.signatures {
		out = cbor.AppendBytes(out, s)
	}
	out = cbor.AppendArray(out, len(b.mandatory))
	for _, p := range b.mandatory {
		out = cbor.AppendText(out, p)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out)
}

func parseDerived(value string) (*derived, error) {
	r, err := open(value, derivedPrefix)
	if err != nil {
		return nil, err
	}
	d := &derived{signature: r.sized(signatureSize), public: r.sized(publicSize), signatures: r.list(), labels: map[string]string{}}
	seen := map[string]bool{}
	for range r.Map() {
		from := "c14n" + strconv.Itoa(r.Uint())
		to := "u" + base64.RawURLEncoding.EncodeToString(r.sized(keySize))
		if _, twice := d.labels[from]; twice || seen[to] { // two nodes under one label would be merged
			r.Bad = true
		}
		d.labels[from], seen[to] = to, true
	}
	last := -1
	for range r.Array() {
		at := r.Uint()
		r.Bad = r.Bad || at <= last
		last = at
		d.mandatory = append(d.mandatory, at)
	}
	if !r.Done() {
		return nil, malformed("the proof value does not hold what a derived proof holds")
	}
	return d, nil
}

func (d *derived) String() string {
	out := cbor.AppendArray([]byte(derivedPrefix), 5)
	out = cbor.AppendBytes(cbor.AppendBytes(out, d.signature), d.public)
	out = cbor.AppendArray(out, len(d.signatures))
	for _, s := range d.signatures {
		out = cbor.AppendBytes(out, s)
	}
	out = cbor.AppendMap(out, len(d.labels))
	for i := 0; i < len(d.labels); i++ { // canonical labels are numbered without gaps
		label := d.labels["c14n"+strconv.Itoa(i)]
		raw, err := base64.RawURLEncoding.DecodeString(label[min(1, len(label)):])
		if err != nil {
			raw = nil
		}
		out = cbor.AppendBytes(cbor.AppendUint(out, i), raw)
	}
	out = cbor.AppendArray(out, len(d.mandatory))
	for _, at := range d.mandatory {
		out = cbor.AppendUint(out, at)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out)
}
