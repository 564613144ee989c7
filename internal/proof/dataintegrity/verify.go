package dataintegrity

import (
	"errors"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// Option changes how a proof is verified, or made.
type Option func(*options)

type options struct {
	inline bool
}

// WithInlineContexts also takes documents with context objects in them, as the data model allows and credentials have no use
// for: such a context can rename everything. Do not show what such a document says under the names of its members.
func WithInlineContexts() Option { return func(o *options) { o.inline = true } }

func collect(opts []Option) options {
	var o options
	for _, set := range opts {
		set(&o)
	}
	return o
}

// Match says how a proof was found to hold.
type Match struct {
	Edition string // an older edition of a context (contexts.Edition) under which it holds; "" means the current one
}

// Verify checks that the proof covers doc, the document that it was read from, and was made by key. It checks nothing else: not
// who key belongs to, not Expect, and not the proofs that this one rests on (Rests). A proof that does not hold is tried again
// under the older editions of the Open Badges context when the document has a member that they read in another way.
//
// The error is a *fault.Defect: that of Err; key.alg_mismatch; di.signature; DATA_LOSS_DETECTION_ERROR, context.inline,
// context.unknown, context.invalid, json.number and limits.canonicalization for documents that cannot be canonicalised.
func (p *Proof) Verify(doc ijson.Value, key keys.Public, opts ...Option) (Match, error) {
	if p.defect != nil {
		return Match{}, p.defect
	}
	o := collect(opts)
	if !p.suite.takes(key.Alg) {
		return Match{}, fault.Wrong("key.alg_mismatch", p.At, "the key cannot make proofs of the suite %s", p.suite.name)
	}
	if !p.suite.sd && len(p.signature) != signatureSize(key.Alg) {
		return Match{}, p.malformed("proofValue", "the signature does not have the length that the key makes")
	}
	if p.suite.jcs {
		return Match{}, p.verifyJCS(doc, key)
	}
	err := p.verifyRDF(doc, key, o, "")
	if err == nil || !dependsOnEdition(doc) {
		return Match{}, err
	}
	for _, e := range contexts.Editions(contexts.OpenBadges)[1:] {
		if p.verifyRDF(doc, key, o, e.Name) == nil {
			return Match{Edition: e.Name}, nil
		}
	}
	return Match{}, err
}

// dependsOnEdition reports whether the document uses the context with several editions and has a member, somewhere, that
// those editions read in different ways.
func dependsOnEdition(doc ijson.Value) bool {
	for _, u := range doc.Member("@context").Texts() {
		if u == contexts.OpenBadges {
			return mentions(doc)
		}
	}
	return false
}

func mentions(v ijson.Value) bool {
	for _, m := range v.Members() {
		if m.Name == "endorsementJwt" || m.Name == "jti" || mentions(m.Value) {
			return true
		}
	}
	for _, e := range v.Elems() {
		if mentions(e) {
			return true
		}
	}
	return false
}

// Hashes returns what the signature of the proof is over: the hash of the proof without its value, then that of the document; of
// a proof with selective disclosure, what the issuer's own signature is over. alg is that of the key. The errors are those of Verify.
func (p *Proof) Hashes(doc ijson.Value, alg keys.Algorithm, opts ...Option) ([]byte, error) {
	if p.defect != nil {
		return nil, p.defect
	}
	if p.suite.sd {
		message, err := ecdsasd.DerivedMessage(doc, p.value)
		return message, within(p.At, err)
	}
	if p.suite.jcs {
		return p.hashesJCS(doc, hashOf(alg))
	}
	return p.hashesRDF(doc, rdf{inline: collect(opts).inline, hash: hashOf(alg)}, "")
}

func (p *Proof) verifyRDF(doc ijson.Value, key keys.Public, o options, edition string) error {
	own, has := p.value.Get("@context")
	if has && string(ijson.Append(nil, own)) != string(ijson.Append(nil, doc.Member("@context"))) {
		return p.malformed("@context", "a proof of this suite has no context of its own")
	}
	if p.suite.sd {
		return within(p.At, p.verifySD(doc, key, o, edition))
	}
	hashes, err := p.hashesRDF(doc, rdf{inline: o.inline, hash: hashOf(key.Alg)}, edition)
	if err != nil {
		return err
	}
	return p.signed(key, hashes)
}

// verifySD checks a derived proof. A chain is refused: what such a proof covers of another one is not defined.
func (p *Proof) verifySD(doc ijson.Value, key keys.Public, o options, edition string) error {
	if len(p.earlier) > 0 {
		return fault.Wrong("proof.malformed", "/previousProof", "a derived proof follows no other proof")
	}
	with := []jsonld.Option{jsonld.Edition(edition)}
	if o.inline {
		with = append(with, jsonld.Inline())
	}
	return ecdsasd.Verify(doc, p.value, key, with...)
}

// hashesRDF is what a suite with rdfc signs: the hashes of the proof without its value and of the document without proofs, but
// with those that this proof covers.
func (p *Proof) hashesRDF(doc ijson.Value, r rdf, edition string) ([]byte, error) {
	with := []jsonld.Option{jsonld.Edition(edition), jsonld.Omit("proof")}
	if len(p.earlier) > 0 {
		list, err := arrayOf(p.earlier)
		if err != nil {
			return nil, err
		}
		with[1] = jsonld.With("proof", list)
	}
	document, err := r.digest(doc, with...)
	if err != nil {
		return nil, err
	}
	context := jsonld.With("@context", doc.Member("@context"))
	config, err := r.digest(p.value, jsonld.Edition(edition), jsonld.Omit("proofValue"), context)
	return append(config, document...), within(p.At, err)
}

func (p *Proof) verifyJCS(doc ijson.Value, key keys.Public) error {
	hashes, err := p.hashesJCS(doc, hashOf(key.Alg))
	if err != nil {
		return err
	}
	return p.signed(key, hashes)
}

// hashesJCS is what a suite with jcs signs.
func (p *Proof) hashesJCS(doc ijson.Value, h jsonld.Hash) ([]byte, error) {
	members, err := p.unsecured(doc)
	if err != nil {
		return nil, err
	}
	document, err := canonicalJSON(members)
	if err != nil {
		return nil, err
	}
	config, err := canonicalJSON(without(p.value.Members(), "proofValue"))
	return append(digest(h, config), digest(h, document)...), within(p.At, err)
}

// unsecured returns the members of doc that a proof of a suite with jcs covers. When the proof has a context, the document's
// must begin with it, and the proof covers that much of it (vc-di-eddsa §3.3.2).
func (p *Proof) unsecured(doc ijson.Value) ([]ijson.Member, error) {
	drop := []string{"proof"}
	var add []ijson.Member
	if own, ok := p.value.Get("@context"); ok {
		have, want := doc.Member("@context").Items(), own.Items()
		if len(have) < len(want) {
			return nil, p.malformed("@context", "the context of the proof is not that of the document")
		}
		for i := range want {
			if string(ijson.Append(nil, have[i])) != string(ijson.Append(nil, want[i])) {
				return nil, p.malformed("@context", "the context of the proof is not that of the document")
			}
		}
		if len(have) != len(want) {
			return nil, fault.Wrong("di.signature", ijson.Index("/@context", len(want)), "a context was added after the proof was made")
		}
		drop = append(drop, "@context")
		add = append(add, ijson.Member{Name: "@context", Value: own})
	}
	if len(p.earlier) > 0 {
		list, err := arrayOf(p.earlier)
		if err != nil {
			return nil, err
		}
		add = append(add, ijson.Member{Name: "proof", Value: list})
	}
	return append(add, without(doc.Members(), drop...)...), nil
}

// signed checks the signature over the hashes of proof and document.
func (p *Proof) signed(key keys.Public, hashes []byte) error {
	err := key.Verify(hashes, p.signature)
	if d := fault.AsDefect(err); err != nil && d.Code == "jose.signature" {
		return fault.Wrong("di.signature", p.At+"/proofValue", "the signature does not fit the document, the proof and the key")
	}
	return err
}

// within moves the place of a Defect from the proof to the document.
func within(at string, err error) error {
	var d *fault.Defect
	if !errors.As(err, &d) {
		return err
	}
	c := *d
	c.At = at + d.At
	return &c
}
