package did

import (
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// methodsMax bounds the verification methods and relationships of one document, and the keys of one JWKS.
const methodsMax = 2048

// ParseDocument reads the DID document of id (DID Core §5). A method that cannot be read or used stays out of Methods, and
// Find tells why; it does not harm the others. The error is a *fault.Defect: did.mismatch when the document is about
// somebody else, did.malformed (Unknown) when it is no DID document.
func ParseDocument(id string, body []byte) (*Document, error) {
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: limits.FetchBytes})
	if err != nil {
		return nil, malformed(err, "the DID document is not strict JSON")
	}
	if v.Kind() != ijson.Object || !v.Member("id").IsString() {
		return nil, malformed(nil, "the DID document has no id")
	}
	if got := v.Member("id").Text(); got != id {
		return nil, fault.Wrong("did.mismatch", "/id", "the document that was found is about %.120q", got)
	}
	r := reader{doc: &Document{ID: id, broken: map[string]*fault.Defect{}}, index: map[string]int{}}
	for i, m := range v.Member("verificationMethod").Items() {
		r.method(m, ijson.Index("/verificationMethod", i), 0)
	}
	r.relationship(v, "assertionMethod", Assertion)
	r.relationship(v, "authentication", Authentication)
	for _, other := range [...]string{"keyAgreement", "capabilityInvocation", "capabilityDelegation"} {
		r.relationship(v, other, 0) // for the names that it takes
	}
	if r.count > methodsMax {
		return nil, fault.Unclear("limits.keys", "", nil, "the DID document has more than %d keys", methodsMax)
	}
	return r.finish(), nil
}

func malformed(cause error, sentence string) *fault.Defect {
	return fault.Unclear("did.malformed", "", cause, "%s", sentence)
}

// reader collects the methods of a document. An ID that stands twice is ambiguous, whatever the two say.
type reader struct {
	doc        *Document
	index      map[string]int // ID → position in doc.Methods, −1 for a broken one
	references []reference
	count      int
}

type reference struct {
	id      string
	purpose Purpose
}

// relationship reads one verification relationship: references, and methods that are embedded there (DID Core §5.3).
func (r *reader) relationship(doc ijson.Value, name string, purpose Purpose) {
	for i, m := range doc.Member(name).Items() {
		if !m.IsString() {
			r.method(m, ijson.Index("/"+name, i), purpose)
			continue
		}
		if r.count++; r.count <= methodsMax {
			r.references = append(r.references, reference{r.absolute(m.Text()), purpose})
		}
	}
}

// absolute resolves a relative DID URL against the document (DID Core §3.2.2).
func (r *reader) absolute(id string) string {
	if strings.HasPrefix(id, "#") {
		return r.doc.ID + id
	}
	return id
}

// method adds one verification method, or the reason why it is none.
func (r *reader) method(v ijson.Value, at string, purpose Purpose) {
	if r.count++; r.count > methodsMax {
		return
	}
	id := r.absolute(v.Member("id").Text())
	if id == "" {
		return // nothing can name it
	}
	if _, twice := r.index[id]; twice {
		r.doc.broken[id] = fault.Wrong("did.ambiguous", at, "two keys of the issuer have the name %.120q", id)
		return
	}
	m, err := r.read(id, v)
	if err != nil {
		d := *fault.AsDefect(err)
		d.At = at + d.At
		r.index[id], r.doc.broken[id] = -1, &d
		return
	}
	m.Purposes = purpose
	r.index[id] = len(r.doc.Methods)
	r.doc.Methods = append(r.doc.Methods, m)
}

func (r *reader) read(id string, v ijson.Value) (Method, error) {
	if owner, frag, _ := strings.Cut(id, "#"); owner != r.doc.ID || frag == "" {
		return Method{}, fault.Wrong("did.mismatch", "/id", "the key %.120q stands in a document about somebody else", id)
	}
	controller := v.Member("controller").Text()
	if controller == "" {
		return Method{}, fault.Wrong("did.malformed", "", "the key does not say who controls it (DID Core §5.2)")
	}
	k, err := material(v)
	if err != nil {
		return Method{}, err
	}
	k.ID = id
	m := Method{ID: id, Controller: controller, Key: k}
	return m, m.times(v)
}

// The members that say when a key was used: those of Controlled Identifiers 1.0 §2.2, and our own, which say it of retired
// keys without telling readers of "expires" to refuse everything that they signed.
const (
	usedFrom  = "https://openlaurel.org/ns/keys#usedFrom"
	usedUntil = "https://openlaurel.org/ns/keys#usedUntil"
)

// times reads when the key was used. What cannot be read is not taken for silence.
func (m *Method) times(v ijson.Value) error {
	for _, t := range [...]struct {
		member string
		into   *time.Time
	}{{usedFrom, &m.From}, {usedUntil, &m.Until}, {"expires", &m.Until}, {"revoked", &m.Revoked}} {
		member, has := v.Get(t.member)
		if !has {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, member.Text())
		if err != nil || !member.IsString() {
			return fault.Wrong("did.malformed", "", "the key says %.60q in a way that is no time", t.member)
		}
		if t.into.IsZero() || at.Before(*t.into) {
			*t.into = at
		}
	}
	return nil
}

// material reads the key of a verification method; the type says in which member it stands.
func material(v ijson.Value) (keys.Public, error) {
	jwk, hasJWK := v.Get("publicKeyJwk")
	mb, hasMB := v.Get("publicKeyMultibase")
	if hasJWK && hasMB {
		return keys.Public{}, fault.Wrong("did.ambiguous", "", "the key is given in two forms at once (DID Core §5.2.1)")
	}
	for _, secret := range [...]string{"privateKeyJwk", "secretKeyJwk", "secretKeyMultibase", "privateKeyMultibase", "privateKeyBase58"} {
		if _, leaked := v.Get(secret); leaked {
			return keys.Public{}, fault.Wrong("key.private_leaked", "/"+secret, "the key was published with its private part")
		}
	}
	switch typ := v.Member("type").Text(); {
	case (typ == "JsonWebKey" || typ == "JsonWebKey2020") && hasJWK:
		k, err := keys.ParseJWK(jwk)
		return k, under(err, "/publicKeyJwk")
	case typ == "Multikey" && hasMB:
		k, err := keys.ParseMultikey(mb.Text())
		return k, under(err, "/publicKeyMultibase")
	case typ == "Ed25519VerificationKey2020" && hasMB:
		k, err := keys.ParseMultikey(mb.Text())
		if err == nil && k.Alg != keys.EdDSA {
			err = fault.Wrong("key.alg_mismatch", "", "the key is not the Ed25519 key that its type says")
		}
		return k, under(err, "/publicKeyMultibase")
	default:
		return keys.Public{}, fault.Wrong("key.unsupported", "/type", "keys of the type %.60q are not read", typ)
	}
}

// under moves the place of a Defect below a pointer.
func under(err error, pointer string) error {
	if err == nil {
		return nil
	}
	d := *fault.AsDefect(err)
	d.At = pointer + d.At
	return &d
}

// finish applies the references and drops what turned out ambiguous.
func (r *reader) finish() *Document {
	for _, ref := range r.references {
		if i, ok := r.index[ref.id]; ok && i >= 0 {
			r.doc.Methods[i].Purposes |= ref.purpose
		}
	}
	r.doc.Methods = unbroken(r.doc)
	return r.doc
}

func unbroken(d *Document) []Method {
	var out []Method
	for _, m := range d.Methods {
		if d.broken[m.ID] == nil || m.ID == "" {
			out = append(out, m)
		}
	}
	return out
}

// ParseKeySet reads the JWKS (RFC 7517 §5) of an https issuer. Keys whose member "iss" names another issuer are not its
// keys. All keys are for Assertion (Open Badges 3.0 implementation guide, key provenance). The error is a *fault.Defect,
// did.malformed, when it is no JWKS.
func ParseKeySet(id string, body []byte) (*Document, error) {
	v, err := ijson.Parse(body, ijson.Bounds{Bytes: limits.FetchBytes})
	if err != nil {
		return nil, malformed(err, "the key set is not strict JSON")
	}
	set := v.Member("keys")
	if set.Kind() != ijson.Array {
		return nil, malformed(nil, "the key set has no keys")
	}
	d := &Document{ID: id, broken: map[string]*fault.Defect{}}
	seen, count := map[string]bool{}, 0
	for i, j := range set.Elems() {
		if iss, ok := j.Get("iss"); ok && iss.Text() != id {
			continue
		}
		if count++; count > methodsMax {
			return nil, fault.Unclear("limits.keys", "", nil, "the key set has more than %d keys of the issuer", methodsMax)
		}
		at, kid := ijson.Index("/keys", i), j.Member("kid").Text()
		if kid != "" && seen[kid] {
			d.broken[kid] = fault.Wrong("did.ambiguous", at, "two keys of the issuer have the name %.120q", kid)
			continue
		}
		seen[kid] = true
		k, err := keys.ParseJWK(j)
		if err == nil {
			d.Methods = append(d.Methods, Method{ID: kid, Key: k, Purposes: Assertion})
		} else if kid != "" {
			d.broken[kid] = fault.AsDefect(under(err, at))
		}
	}
	d.Methods = unbroken(d)
	return d, nil
}
