package verifier

import (
	"context"
	"fmt"
	"strings"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// embeddedForm is a credential as JSON with its proofs inside.
type embeddedForm struct{ plain }

func readEmbedded(r *run, raw []byte) secured {
	if !r.readDocument(raw) {
		return nil
	}
	return embeddedForm{}
}

func (embeddedForm) prove(ctx context.Context, r *run) { r.embedded(ctx) }

// bareForm is a credential as JSON that nothing secures.
type bareForm struct{ plain }

func readBare(r *run, raw []byte) secured {
	if !r.readDocument(raw) {
		return nil
	}
	return bareForm{}
}

func (bareForm) prove(_ context.Context, r *run) {
	r.set(CheckProof, Fail, "proof.missing", "", "The credential carries no proof: anybody could have written it.")
	r.set(CheckBinding, Unknown, "binding.no_key", "", "Without a proof there is no key to compare with the issuer's.")
}

// readDocument reads a credential as JSON and reports whether it is one.
func (r *run) readDocument(raw []byte) bool {
	c, err := credential.Parse(raw)
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return false
	}
	r.cred = c
	r.set(CheckForm, Pass, "form.json", "", "A credential as JSON, well formed.")
	return true
}

// embedded checks the proofs that stand in the document. Only a proof by the issuer counts: a stranger's good proof
// beside a broken one of the issuer proves nothing (threat K15), and an issuer's proof that fails is never outweighed.
func (r *run) embedded(ctx context.Context) {
	proofs, err := dataintegrity.Read(r.cred.Doc)
	if odd := names(r.cred.Doc); err == nil && odd != nil {
		err = odd
	}
	if err != nil {
		r.defect(CheckProof, fault.AsDefect(err))
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the proof does not hold.")
		return
	}
	tries := make([]*attempt, len(proofs))
	for i := range proofs {
		tries[i] = r.attempt(ctx, &proofs[i])
	}
	for i := range proofs {
		for _, rest := range dataintegrity.Rests(proofs, i) {
			if d := tries[rest].proof; d != nil && tries[i].proof == nil {
				tries[i].proof = &fault.Defect{
					Code: "proof.chain", At: proofs[i].At, Unknown: d.Unknown, Cause: d,
					Detail: "A proof that this one builds on does not hold or could not be checked.",
				}
			}
		}
	}
	best := choose(tries)
	r.report(best)
	for i, t := range tries {
		if t != best && t.proof != nil {
			r.warn("proof.other", proofs[i].At, "Another proof in the document does not count: "+t.proof.Detail)
		}
	}
}

// attempt is what became of one proof: nil defects are good.
type attempt struct {
	at      string
	issuers bool // it says that the issuer made it
	key     *keys.Public
	edition string
	proof   *fault.Defect
	binding *fault.Defect
}

// choose picks the proof that decides: a failing one of the issuer's, else a good one of the issuer's, else one with a good
// signature, else the first.
func choose(tries []*attempt) *attempt {
	rank := func(t *attempt) int {
		switch {
		case t.issuers && t.proof != nil && !t.proof.Unknown:
			return 4
		case t.proof == nil && t.binding == nil:
			return 3
		case t.proof == nil:
			return 2
		case t.issuers:
			return 1
		}
		return 0
	}
	best := tries[0]
	for _, t := range tries[1:] {
		if rank(t) > rank(best) {
			best = t
		}
	}
	return best
}

func (r *run) report(t *attempt) {
	if t.proof != nil {
		r.defect(CheckProof, t.proof)
	} else {
		r.key = t.key
		r.set(CheckProof, Pass, "proof.ok", t.at, fmt.Sprintf("The embedded proof (%s) fits the content.", t.key.Alg))
		if t.edition != "" {
			r.warn("context.edition", "/@context", "The proof holds under an older edition of the Open Badges context ("+t.edition+").")
		}
	}
	switch {
	case t.proof != nil && t.binding == nil:
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the proof does not hold.")
	case t.binding != nil:
		r.defect(CheckBinding, t.binding)
	default:
		r.set(CheckBinding, Pass, "binding.ok", "", "The key was published by the issuer named in the credential.")
	}
}

// attempt finds the key of one proof, checks the signature, and whether the key is the issuer's.
func (r *run) attempt(ctx context.Context, p *dataintegrity.Proof) *attempt {
	t := &attempt{at: p.At, issuers: r.cred.IssuerID != "" && subjectOf(p.VerificationMethod) == r.cred.IssuerID}
	if err := p.Err(); err != nil {
		t.proof = fault.AsDefect(err)
		return t
	}
	if err := p.Check(dataintegrity.Expect{Now: r.at}); err != nil {
		t.proof = fault.AsDefect(err)
		return t
	}
	r.made = p.Created
	r.message = func(k keys.Public) ([]byte, error) { return p.Hashes(r.cred.Doc, k.Alg) }
	key, d := r.methodKey(ctx, p.VerificationMethod, t)
	if d != nil {
		t.proof = fault.Unclear("proof.no_key", p.At, d, "The signature could not be checked, because the key is not known.")
		t.binding = d
		return t
	}
	t.key = &key
	m, err := p.Verify(r.cred.Doc, key)
	if err != nil {
		t.proof = fault.AsDefect(err)
		return t
	}
	t.edition = m.Edition
	return t
}

// methodKey finds the key of a verification method: in what the issuer published, or in an identifier that is itself a
// key. A document of anybody else is not fetched: a stranger's credential does not choose whom we call.
func (r *run) methodKey(ctx context.Context, method string, t *attempt) (keys.Public, *fault.Defect) {
	if t.issuers {
		m, d := r.issuerMethod(ctx, func(doc *did.Document) (did.Method, *fault.Defect) {
			m, err := doc.Find(method)
			if err != nil {
				return m, fault.AsDefect(err)
			}
			return m, nil
		})
		// A method whose fragment is the key itself can be checked like a header "jwk": that the signature fits is known, whose
		// key it is remains open.
		if d != nil && d.Unknown {
			if k, err := keys.ParseMultikey(did.Fragment(method)); err == nil {
				t.binding = d
				return k, nil
			}
		}
		return m.Key, d
	}
	owner := subjectOf(method)
	if !strings.HasPrefix(owner, "did:key:") && !strings.HasPrefix(owner, "did:jwk:") {
		return keys.Public{}, fault.Wrong("key.not_bound_to_issuer", t.at, "The key %.80q belongs to another identity than the issuer.", method)
	}
	doc, err := r.v.keys.Resolve(ctx, owner)
	if err != nil {
		return keys.Public{}, fault.AsDefect(err)
	}
	m, err := doc.Find(method)
	if method == owner && len(doc.Methods) == 1 {
		m, err = doc.Methods[0], nil // the identifier is the key
	}
	if err != nil {
		return keys.Public{}, fault.AsDefect(err)
	}
	_, t.binding = r.issuerMethod(ctx, func(doc *did.Document) (did.Method, *fault.Defect) {
		held, ok := doc.Holds(m.Key)
		if !ok {
			return held, fault.Wrong("key.not_bound_to_issuer", t.at, "The key of the proof is not one that the issuer published.")
		}
		return held, nil
	})
	return m.Key, nil
}
