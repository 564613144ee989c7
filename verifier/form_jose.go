package verifier

import (
	"context"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// joseForm is a credential as compact JWS: ob-jwt, vc-jwt or jwt-vc-1.1.
type joseForm struct {
	plain
	msg     *jose.Message
	content *jose.Content
}

func readJOSE(r *run, compact []byte) secured {
	msg, err := jose.Read(compact)
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	content, err := msg.Content()
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	f := &joseForm{msg: msg, content: content}
	r.cred, r.out.Form = content.Credential, content.Form
	if doc := content.Credential.Doc; doc.Member("status").Member("status_list").Kind() == ijson.Object {
		r.statusClaim(doc) // a claim that a token may carry beside credentialStatus (Token Status List §6.2)
	}
	r.set(CheckForm, Pass, "form."+string(content.Form), "", formSentence(content.Form))
	f.claims(r)
	return f
}

// claims compares the claims with what they repeat.
func (f *joseForm) claims(r *run) {
	missing, wrong := f.content.CheckClaims()
	if wrong != nil {
		r.defect(CheckForm, fault.AsDefect(wrong))
	}
	for _, d := range missing {
		if r.policy.waives(MissingClaims) {
			r.warn(d.Code, d.At, d.Detail+". Open Badges requires it; the policy lets it go, because what it repeats is signed too.")
		} else {
			r.defect(CheckForm, d)
		}
	}
}

func formSentence(f proof.Form) string {
	switch f {
	case proof.VCJWT:
		return "A signed credential (VC-JOSE-COSE), well formed."
	case proof.JWTVC11:
		return "A signed credential of the older data model 1.1, well formed."
	}
	return "A signed Open Badge (VC-JWT), well formed."
}

// tokenTime checks the dates of a VC-JOSE-COSE token, which may end before the credential inside it does.
func (f *joseForm) tokenTime(r *run) {
	if f.content.Form != proof.VCJWT {
		return
	}
	from, until, err := f.content.Validity()
	if err != nil {
		r.defect(CheckTime, fault.AsDefect(err))
		return
	}
	r.tokenDates(from, until)
}

func (f *joseForm) prove(ctx context.Context, r *run) {
	r.envelope(ctx, f.msg.Header, f.msg)
	// The iss header of VC-JOSE-COSE §3.1.1, where it stands, names the issuer.
	if iss := f.msg.Header.Issuer; iss != "" && iss != f.content.Credential.IssuerID {
		r.set(CheckForm, Fail, "claims.iss_mismatch", "/iss", "The header names another issuer than the credential.")
	}
}

// signedBytes is an envelope with a signature over it, such as a JWS.
type signedBytes interface {
	// Verify checks the signature with a key; its error is a *fault.Defect.
	Verify(k keys.Public) error
	// Signed is exactly what the signature is over.
	Signed() []byte
}

// envelope finds the key of a signed envelope. A header "jwk" checks the signature at once; whether it is the issuer's key is the
// binding's question. A "kid" must lead to the issuer's own document.
func (r *run) envelope(ctx context.Context, h jose.Header, msg signedBytes) {
	if h.JWK != nil {
		r.signature(msg, *h.JWK)
	}
	if r.outcome(CheckProof) == Fail {
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the signature does not hold.")
		return
	}
	r.under(msg)
	key, d := r.issuerKey(ctx, h)
	if d != nil {
		r.defect(CheckBinding, d)
		if h.JWK == nil {
			r.set(CheckProof, Unknown, "proof.no_key", "", "The signature could not be checked, because the key is not known.")
		}
		return
	}
	if h.JWK == nil {
		r.signature(msg, key)
	}
	r.bound()
}

// under remembers what the signature is over, which a record may know.
func (r *run) under(msg signedBytes) {
	r.message = func(keys.Public) ([]byte, error) { return msg.Signed(), nil }
}

// bound says that the key that was tried is the issuer's, where the signature holds with it.
func (r *run) bound() {
	if r.outcome(CheckProof) == Pass {
		r.set(CheckBinding, Pass, "binding.ok", "", "The key was published by the issuer named in the credential.")
	} else {
		r.set(CheckBinding, Skipped, "binding.not_reached", "", "Not checked, because the signature does not hold.")
	}
}

// signature checks a signature with a key.
func (r *run) signature(msg signedBytes, k keys.Public) {
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
	if h.KeyID == "" && h.JWK == nil {
		return keys.Public{}, fault.Wrong("jose.no_key", "", "The signature names no key (kid or jwk).")
	}
	issuer := r.cred.IssuerID // issuerMethod refuses when there is none
	if strings.HasPrefix(h.KeyID, "did:") && strings.HasPrefix(issuer, "did:") && subjectOf(h.KeyID) != issuer {
		return keys.Public{}, fault.Wrong("key.not_bound_to_issuer", "/kid", "The key %.80q belongs to another identity than the issuer.", h.KeyID)
	}
	m, d := r.issuerMethod(ctx, func(doc *did.Document) (did.Method, *fault.Defect) { return methodOf(doc, h) })
	return m.Key, d
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
