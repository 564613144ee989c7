package sdjwt

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// Disclosure is one claim that a holder can show or hide.
type Disclosure struct {
	Text  string      // as it stands in the SD-JWT, base64url
	Name  string      // the name of the claim; "" for an element of an array
	Path  string      // where it stands in the processed payload, as a JSON pointer
	Value ijson.Value // as disclosed; digests inside are not replaced

	element bool
	used    bool
}

// The names that are the machinery's own (RFC 9901 §4.1).
const (
	digestsName = "_sd"
	elementName = "..."
	hashName    = "_sd_alg"
)

func reserved(name string) bool {
	return name == digestsName || name == elementName || name == hashName
}

// fixed are the claims that no holder may leave out (SD-JWT VC, registered JWT claims; RFC 9901 §9.7).
var fixed = [...]string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"}

// fixedVCDM are the members of a VCDM 2.0 document without which it would be judged otherwise (VC-JOSE-COSE §3.2.1).
var fixedVCDM = [...]string{"@context", "validFrom", "validUntil", "credentialStatus"}

// processor puts a payload together from the signed part and the disclosures, as JSON text.
type processor struct {
	disclosures []Disclosure
	byDigest    map[string]int // index into disclosures
	seen        map[string]struct{}
	vcdm        bool
	out         []byte
}

func newProcessor(disclosures int, vcdm bool) *processor {
	return &processor{
		disclosures: make([]Disclosure, 0, disclosures),
		byDigest:    make(map[string]int, disclosures),
		seen:        make(map[string]struct{}, disclosures),
		vcdm:        vcdm,
	}
}

// add reads a disclosure: base64url of a JSON array of salt, name and value, or of salt and value (RFC 9901 §4.2).
func (p *processor) add(h hash, text []byte, i int) error {
	raw, err := jose.DecodeSegment(text, "disclosure")
	if err != nil {
		return err
	}
	v, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return err
	}
	e := v.Elems()
	if v.Kind() != ijson.Array || len(e) < 2 || len(e) > 3 || !e[0].IsString() || len(e) == 3 && !e[1].IsString() {
		return fault.Wrong("sdjwt.disclosure", "", "disclosure %d is no array of a salt, a name and a value, or of a salt and a value", i+1)
	}
	d := Disclosure{Text: string(text), Value: e[len(e)-1], element: len(e) == 2}
	if !d.element {
		d.Name = e[1].Text()
	}
	if reserved(d.Name) {
		return fault.Wrong("sdjwt.reserved", "", "disclosure %d names the claim %q, which no disclosure may", i+1, d.Name)
	}
	digest := h.digest(text)
	if _, twice := p.byDigest[digest]; twice {
		return fault.Wrong("sdjwt.disclosure_twice", "", "disclosure %d stands twice", i+1)
	}
	p.byDigest[digest] = len(p.disclosures)
	p.disclosures = append(p.disclosures, d)
	return nil
}

// trail is the way to a value, from its end; the pointer is built only when it is needed.
type trail struct {
	up    *trail
	name  string
	index int // -1: name counts
	depth int // objects and arrays around the value
}

func (t *trail) named(name string) *trail { return &trail{t, name, -1, t.level() + 1} }

func (t *trail) at(index int) *trail { return &trail{t, "", index, t.level() + 1} }

func (t *trail) level() int {
	if t == nil {
		return 0
	}
	return t.depth
}

func (t *trail) pointer() string {
	if t == nil {
		return ""
	}
	if t.index < 0 {
		return ijson.Pointer(t.up.pointer(), t.name)
	}
	return ijson.Index(t.up.pointer(), t.index)
}

func (p *processor) value(v ijson.Value, at *trail) error {
	if at.level() > limits.JSONDepth {
		return fault.Wrong("limits.depth", at.pointer(), "nested deeper than %d levels", limits.JSONDepth)
	}
	switch v.Kind() {
	case ijson.Object:
		return p.object(v, at)
	case ijson.Array:
		return p.array(v, at)
	}
	p.out = ijson.Append(p.out, v)
	return nil
}

func (p *processor) object(v ijson.Value, at *trail) error {
	p.out = append(p.out, '{')
	empty := true
	for _, m := range v.Members() {
		here := at.named(m.Name)
		switch {
		case m.Name == digestsName:
			continue
		case m.Name == hashName && at == nil:
			continue
		case reserved(m.Name):
			return fault.Wrong("sdjwt.reserved", here.pointer(), "the name %q is reserved and means nothing here", m.Name)
		case at == nil && isFixed(m.Name, p.vcdm) && holdsDigest(m.Value):
			return notDisclosable(here)
		}
		if err := p.member(m.Name, m.Value, here, &empty); err != nil {
			return err
		}
	}
	if digests, ok := v.Get(digestsName); ok {
		if err := p.disclosed(v, digests, at, &empty); err != nil {
			return err
		}
	}
	p.out = append(p.out, '}')
	return nil
}

func (p *processor) member(name string, v ijson.Value, at *trail, empty *bool) error {
	if !*empty {
		p.out = append(p.out, ',')
	}
	*empty = false
	var err error
	if p.out, err = jsontext.AppendQuote(p.out, name); err != nil {
		return fault.Wrong("json.utf8", at.pointer(), "the name is not UTF-8")
	}
	p.out = append(p.out, ':')
	return p.value(v, at)
}

// disclosed adds the members of object v whose digests its _sd names and that were disclosed (RFC 9901 §7.1, 3.c.2).
func (p *processor) disclosed(v, digests ijson.Value, at *trail, empty *bool) error {
	if digests.Kind() != ijson.Array {
		return fault.Wrong("sdjwt.digest", at.named(digestsName).pointer(), "_sd is no array of digests")
	}
	var there map[string]struct{}
	for _, e := range digests.Elems() {
		d, err := p.use(e, at)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		here := at.named(d.Name)
		if d.element {
			return fault.Wrong("sdjwt.disclosure", at.pointer(), "a digest of a member refers to the disclosure of an array element")
		}
		if at == nil && isFixed(d.Name, p.vcdm) {
			return notDisclosable(here)
		}
		if there == nil {
			there = names(v)
		}
		if _, clash := there[d.Name]; clash {
			return fault.Wrong("sdjwt.clash", here.pointer(), "a disclosure names a claim that is already there")
		}
		there[d.Name] = struct{}{}
		d.Path = here.pointer()
		if err := p.member(d.Name, d.Value, here, empty); err != nil {
			return err
		}
	}
	return nil
}

func names(v ijson.Value) map[string]struct{} {
	out := make(map[string]struct{}, len(v.Members()))
	for _, m := range v.Members() {
		out[m.Name] = struct{}{}
	}
	return out
}

func (p *processor) array(v ijson.Value, at *trail) error {
	p.out = append(p.out, '[')
	n := 0
	for _, e := range v.Elems() {
		here := at.at(n)
		if digest, ok := e.Get(elementName); ok {
			if len(e.Members()) != 1 {
				return fault.Wrong("sdjwt.digest", here.pointer(), "an element with a digest has other members beside it")
			}
			d, err := p.use(digest, here)
			if err != nil {
				return err
			}
			if d == nil {
				continue
			}
			if !d.element {
				return fault.Wrong("sdjwt.disclosure", here.pointer(), "a digest of an array element refers to the disclosure of a member")
			}
			d.Path, e = here.pointer(), d.Value
		}
		if n++; n > 1 {
			p.out = append(p.out, ',')
		}
		if err := p.value(e, here); err != nil {
			return err
		}
	}
	p.out = append(p.out, ']')
	return nil
}

// use returns the disclosure that a digest refers to, or nil: then it is a decoy or was not disclosed.
func (p *processor) use(digest ijson.Value, at *trail) (*Disclosure, error) {
	if !digest.IsString() {
		return nil, fault.Wrong("sdjwt.digest", at.pointer(), "a digest is %s, not a string", digest.Kind())
	}
	if _, twice := p.seen[digest.Text()]; twice {
		return nil, fault.Wrong("sdjwt.digest_twice", at.pointer(), "the same digest stands twice")
	}
	if len(p.seen) >= DigestsMax {
		return nil, fault.Wrong("limits.digests", at.pointer(), "more than %d digests", DigestsMax)
	}
	p.seen[digest.Text()] = struct{}{}
	i, ok := p.byDigest[digest.Text()]
	if !ok {
		return nil, nil
	}
	p.disclosures[i].used = true
	return &p.disclosures[i], nil
}

func isFixed(name string, vcdm bool) bool {
	for _, f := range fixed {
		if f == name {
			return true
		}
	}
	for _, f := range fixedVCDM {
		if vcdm && f == name {
			return true
		}
	}
	return false
}

func notDisclosable(at *trail) error {
	return fault.Wrong("sdjwt.not_disclosable", at.pointer(), "a holder could leave out this claim, which decides whether the rest is valid")
}

// holdsDigest reports whether anything inside v can be left out.
func holdsDigest(v ijson.Value) bool {
	for _, m := range v.Members() {
		if m.Name == digestsName || m.Name == elementName || holdsDigest(m.Value) {
			return true
		}
	}
	for _, e := range v.Elems() {
		if holdsDigest(e) {
			return true
		}
	}
	return false
}
