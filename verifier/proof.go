package verifier

import (
	"context"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// proof checks the signature and, apart from it, whether the key that made it belongs to the issuer named inside.
func (r *run) proof(ctx context.Context, msg *jose.Message, content *jose.Content) {
	switch {
	case r.out.Form == proof.DataIntegrity:
		r.embedded(ctx)
		return
	case msg == nil:
		r.set(CheckProof, Fail, "proof.missing", "", "The credential carries no proof: anybody could have written it.")
		r.set(CheckBinding, Unknown, "binding.no_key", "", "Without a proof there is no key to compare with the issuer's.")
		return
	}
	r.jose(ctx, msg)
	r.headerIssuer(msg, content)
}

// jose finds the key of a JWS. A header "jwk" checks the signature at once; whether it is the issuer's key is the
// binding's question. A "kid" must lead to the issuer's own document.
func (r *run) jose(ctx context.Context, msg *jose.Message) {
	if msg.Header.JWK != nil {
		r.signature(msg, *msg.Header.JWK)
	}
	if r.outcome(CheckProof) == Fail {
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the signature does not hold.")
		return
	}
	key, d := r.issuerKey(ctx, msg.Header)
	if d != nil {
		r.defect(CheckBinding, d)
		if msg.Header.JWK == nil {
			r.set(CheckProof, Unknown, "proof.no_key", "", "The signature could not be checked, because the key is not known.")
		}
		return
	}
	if msg.Header.JWK == nil {
		r.signature(msg, key)
	}
	if r.outcome(CheckProof) == Pass {
		r.set(CheckBinding, Pass, "binding.ok", "", "The key was published by the issuer named in the credential.")
	} else {
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the signature does not hold.")
	}
}

func (r *run) signature(msg *jose.Message, k keys.Public) {
	if err := msg.Verify(k); err != nil {
		r.defect(CheckProof, fault.AsDefect(err))
		return
	}
	r.key = &k
	r.set(CheckProof, Pass, "proof.ok", "", "The signature ("+string(k.Alg)+") fits every byte of the content.")
}

// issuerKey finds the signing key in what the issuer itself published: never in the credential, and never where the
// header points when that is not the issuer.
func (r *run) issuerKey(ctx context.Context, h jose.Header) (keys.Public, *fault.Defect) {
	issuer := r.cred.IssuerID
	if issuer == "" {
		return keys.Public{}, fault.Wrong("binding.no_issuer", "/issuer", "The credential names no issuer to whom a key could belong.")
	}
	if h.KeyID == "" && h.JWK == nil {
		return keys.Public{}, fault.Wrong("jose.no_key", "", "The signature names no key (kid or jwk).")
	}
	if strings.HasPrefix(h.KeyID, "did:") && strings.HasPrefix(issuer, "did:") && subjectOf(h.KeyID) != issuer {
		return keys.Public{}, fault.Wrong("key.not_bound_to_issuer", "/kid", "The key %.80q belongs to another identity than the issuer.", h.KeyID)
	}
	m, d := r.issuerMethod(ctx, func(doc *did.Document) (did.Method, *fault.Defect) { return methodOf(doc, h) })
	return m.Key, d
}

// issuerMethod finds a signing method in what the issuer published, with find.
func (r *run) issuerMethod(ctx context.Context, find func(*did.Document) (did.Method, *fault.Defect)) (did.Method, *fault.Defect) {
	issuer := r.cred.IssuerID
	if issuer == "" {
		return did.Method{}, fault.Wrong("binding.no_issuer", "/issuer", "The credential names no issuer to whom a key could belong.")
	}
	if did.Domain(issuer) != "" && !r.mayAsk(issuer) {
		return did.Method{}, tooMany("/issuer")
	}
	doc, err := r.v.keys.Resolve(ctx, issuer)
	if err != nil {
		return did.Method{}, fault.AsDefect(err)
	}
	m, d := find(doc)
	if d != nil && !d.Unknown {
		// The issuer may have rotated since the document was kept.
		if doc, err = r.v.keys.Refresh(ctx, issuer); err != nil {
			return m, fault.AsDefect(err)
		}
		m, d = find(doc)
	}
	switch {
	case d != nil:
		return m, d
	case doc.ID != issuer:
		return m, fault.Wrong("did.mismatch", "", "The document that was found is about another identity.")
	case m.Controller != "" && m.Controller != issuer:
		return m, fault.Wrong("did.mismatch", m.ID, "The key is controlled by somebody else than the issuer.")
	case m.Purposes&did.Assertion == 0:
		return m, fault.Wrong("key.purpose", m.ID, "The issuer did not publish this key for signing credentials (assertionMethod).")
	}
	return m, nil
}

// methodOf picks the method that the header names. When the header carries a jwk, the signature was checked with it, so it is
// the jwk that must be one of the published keys, whatever name a kid beside it gives it.
func methodOf(doc *did.Document, h jose.Header) (did.Method, *fault.Defect) {
	if h.JWK != nil {
		m, ok := doc.Holds(*h.JWK)
		if !ok {
			return m, fault.Wrong("key.not_bound_to_issuer", "/jwk", "The key inside the signature is not one that the issuer published.")
		}
		return m, nil
	}
	m, err := doc.Find(h.KeyID)
	if err != nil {
		return m, fault.AsDefect(err)
	}
	return m, nil
}

// headerIssuer compares the iss header of VC-JOSE-COSE §3.1.1, where it stands, with the issuer.
func (r *run) headerIssuer(msg *jose.Message, content *jose.Content) {
	if iss := msg.Header.Issuer; iss != "" && iss != content.Credential.IssuerID {
		r.set(CheckForm, Fail, "claims.iss_mismatch", "/iss", "The header names another issuer than the credential.")
	}
}

// subjectOf cuts the fragment from a DID URL.
func subjectOf(url string) string {
	id, _, _ := strings.Cut(url, "#")
	return id
}
