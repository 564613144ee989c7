package vcapi

import (
	"context"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// presentation verifies a presentation and every credential in it. Without a challenge there is nothing that its proof
// could answer, so one is always required.
func (e *examiner) presentation(ctx context.Context, doc ijson.Value) Answer {
	if e.options.challenge == "" {
		return refusal(fault.Wrong("proof.challenge", "/options/challenge", "a presentation is checked against the challenge that its holder was given"))
	}
	if e.api.cfg.Mode == Production {
		return e.judged(ctx, doc)
	}
	if credential.IsEnvelope(doc) {
		media, content, err := credential.Unwrap(doc, "EnvelopedVerifiablePresentation")
		if err == nil && media != mediaPresentationJWT {
			err = fault.Unclear("vc.envelope", "/id", nil, "enveloped presentations are read as %s", mediaPresentationJWT)
		}
		if err != nil {
			return refusal(err)
		}
		return e.presentationToken(ctx, content)
	}
	var a Answer
	p := e.presented(&a, doc)
	if p == nil {
		return a.close()
	}
	c := claim{doc: doc, identity: p.Holder, purpose: did.Authentication, expect: dataintegrity.Expect{
		Purpose: dataintegrity.Authentication, Now: e.now, Domain: e.options.domain, Challenge: e.options.challenge,
	}}
	if c.identity == "" {
		c.identity = signer(doc)
	}
	e.embedded(ctx, &a, c)
	return e.inside(ctx, a, p)
}

// judged lets the verifier judge the presentation. As for credentials, that nobody vouches for an issuer is the caller's affair.
func (e *examiner) judged(ctx context.Context, doc ijson.Value) Answer {
	item, _, err := intake.Read(ijson.Append(nil, doc), intake.Hint{})
	if err == nil && !item.Presentation {
		err = fault.Wrong("vp.malformed", "", "a credential was sent where a presentation is expected")
	}
	if err != nil {
		return refusal(err)
	}
	r := e.api.cfg.Checker.VerifyPresentation(ctx, item, verifier.PresentationPolicy{
		Nonce: e.options.challenge, Audience: e.options.domain, Credential: verifier.Policy{Waive: verifier.TrustUnsafe},
	})
	a := translated(verifier.Result{Verdict: r.Verdict, Checks: r.Checks, Warnings: r.Warnings})
	for _, c := range r.Credentials {
		in := translated(c.Result)
		a.Credentials, a.Errors = append(a.Credentials, in), append(a.Errors, in.Errors...)
	}
	return a
}

// presented reads the presentation; nil when there is none to go on with.
func (e *examiner) presented(a *Answer, doc ijson.Value) *credential.Presentation {
	p, found := credential.ReadPresentation(doc)
	if p == nil {
		a.fail(verifier.CheckForm, found[0])
		return nil
	}
	a.pass(verifier.CheckForm, "A presentation, well formed.")
	for _, d := range found {
		a.fail(verifier.CheckForm, d)
	}
	if len(p.Credentials) > maxCredentials {
		a.fail(verifier.CheckForm, fault.Wrong("limits.credentials", "/verifiableCredential", "at most %d credentials are taken", maxCredentials))
		return nil
	}
	return p
}

// maxCredentials bounds the credentials of one presentation.
const maxCredentials = limits.PresentationCredentials

// signer is who signed a presentation that names no holder, when that is one identity.
func signer(doc ijson.Value) string {
	ids := doc.Member("proof").Items()
	if len(ids) == 0 {
		return ""
	}
	return owner(ids[0].Member("verificationMethod").Text())
}

// inside verifies the credentials of a presentation. Being the holder of a credential is not being its subject: that is for
// the caller to compare.
func (e *examiner) inside(ctx context.Context, a Answer, p *credential.Presentation) Answer {
	for _, c := range p.Credentials {
		a.Credentials = append(a.Credentials, e.credential(ctx, c)) // a signed text is none that is taken here
	}
	return a.close()
}

// token verifies a credential as JWT (VC-JOSE-COSE §3.1).
func (e *examiner) token(ctx context.Context, compact string) Answer {
	msg, err := jose.Read([]byte(compact))
	if err != nil {
		return refusal(err)
	}
	content, err := msg.Content()
	if err != nil {
		return refusal(err)
	}
	if content.Form != proof.VCJWT {
		return refusal(fault.Wrong("jose.typ", "/typ", "an enveloped credential is a JWT of the type vc+jwt"))
	}
	var a Answer
	a.pass(verifier.CheckForm, "A signed credential (VC-JOSE-COSE), well formed.")
	if _, wrong := content.CheckClaims(); wrong != nil {
		a.fail(verifier.CheckForm, wrong)
	}
	from, until, err := content.Validity()
	if err != nil {
		a.fail(verifier.CheckTime, err)
	}
	if e.now.Before(from) || !until.IsZero() && !e.now.Before(until) {
		a.fail(verifier.CheckTime, fault.Wrong("time.expired", "/exp", "the signature is not valid now"))
	}
	e.signature(ctx, &a, msg, claim{identity: content.Credential.IssuerID, purpose: did.Assertion})
	e.content(&a, content.Credential)
	return a.close()
}

// presentationToken verifies a presentation as JWT (VC-JOSE-COSE §3.1.2): nonce answers the challenge, aud the domain.
func (e *examiner) presentationToken(ctx context.Context, compact string) Answer {
	msg, err := jose.Read([]byte(compact))
	if err != nil {
		return refusal(err)
	}
	claims, err := ijson.Parse(msg.Payload, ijson.Bounds{})
	if err != nil {
		return refusal(err)
	}
	var a Answer
	p := e.presented(&a, claims)
	if p == nil {
		return a.close()
	}
	for _, d := range e.claims(msg, claims) {
		a.fail(verifier.CheckForm, d)
	}
	if claims.Member("nonce").Text() != e.options.challenge {
		a.fail(verifier.CheckHolder, fault.Wrong("proof.challenge", "/nonce", "the presentation does not answer the challenge"))
	}
	if e.options.domain != "" && !slices.Contains(claims.Member("aud").Texts(), e.options.domain) {
		a.fail(verifier.CheckHolder, fault.Wrong("proof.domain", "/aud", "the presentation was made for somebody else"))
	}
	c := claim{identity: p.Holder, purpose: did.Authentication}
	if c.identity == "" {
		c.identity = owner(msg.Header.KeyID)
	}
	e.signature(ctx, &a, msg, c)
	return e.inside(ctx, a, p)
}

// claims checks what a JWT says beside the presentation.
func (e *examiner) claims(msg *jose.Message, claims ijson.Value) []*fault.Defect {
	var out []*fault.Defect
	if t := msg.Header.Type; !strings.EqualFold(strings.TrimPrefix(t, "application/"), "vp+jwt") {
		out = append(out, fault.Wrong("jose.typ", "/typ", "an enveloped presentation is a JWT of the type vp+jwt"))
	}
	for _, name := range []string{"vc", "vp"} {
		if _, ok := claims.Get(name); ok {
			out = append(out, fault.Wrong("vc.ambiguous", "/"+name, "a claim %s does not stand beside the content (VC-JOSE-COSE §3.1.2)", name))
		}
	}
	for name, late := range map[string]bool{"exp": true, "nbf": false} {
		v, ok := claims.Get(name)
		if !ok {
			continue
		}
		at, err := jose.NumericDate(v)
		if err != nil {
			out = append(out, fault.Wrong("time.syntax", "/"+name, "%s is a number of seconds", name))
		} else if now := e.now.Unix(); late && now >= at || !late && now < at {
			out = append(out, fault.Wrong("time.expired", "/"+name, "the signature is not valid now"))
		}
	}
	if iss := claims.Member("iss").Text(); iss != "" && iss != owner(msg.Header.KeyID) {
		out = append(out, fault.Wrong("jose.claim_mismatch", "/iss", "iss is not the one whose key is named"))
	}
	return out
}

// signature checks a JWS with the key that kid names, and whose that is.
func (e *examiner) signature(ctx context.Context, a *Answer, msg *jose.Message, c claim) {
	if !strings.HasPrefix(msg.Header.KeyID, "did:") {
		a.fail(verifier.CheckProof, fault.Wrong("jose.no_key", "/kid", "the signature names its key by a DID URL in kid"))
		return
	}
	key, err := e.key(ctx, msg.Header.KeyID, c)
	if err == nil {
		err = msg.Verify(key)
	}
	if err != nil {
		a.fail(verifier.CheckProof, err)
		return
	}
	a.pass(verifier.CheckProof, "The signature fits every byte of the content.")
	e.bound(a, owner(msg.Header.KeyID) == c.identity, "/kid")
}
