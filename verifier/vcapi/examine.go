package vcapi

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier"
)

// examiner answers one request.
type examiner struct {
	api     *API
	now     time.Time
	options options
}

// mediaJWT is the media type of a credential that VC-JOSE-COSE secures.
const (
	mediaJWT             = "application/vc+jwt"
	mediaPresentationJWT = "application/vp+jwt"
)

// credential verifies one credential, enveloped or with embedded proofs.
func (e *examiner) credential(ctx context.Context, doc ijson.Value) Answer {
	if credential.IsEnvelope(doc) {
		media, content, err := credential.Unwrap(doc, "EnvelopedVerifiableCredential")
		if err == nil && media != mediaJWT {
			err = fault.Unclear("vc.envelope", "/id", nil, "enveloped credentials are read as %s", mediaJWT)
		}
		if err != nil {
			return refusal(err)
		}
		if e.api.cfg.Mode == Production {
			return e.check(ctx, verifier.Input{Text: content})
		}
		return e.token(ctx, content)
	}
	if e.api.cfg.Mode == Production {
		return e.check(ctx, verifier.Input{File: ijson.Append(nil, doc)})
	}
	c, err := credential.FromValue(nil, doc)
	if err != nil {
		return refusal(err)
	}
	var a Answer
	a.pass(verifier.CheckForm, "A credential as JSON, well formed.")
	e.embedded(ctx, &a, claim{doc: doc, identity: c.IssuerID, purpose: did.Assertion, expect: dataintegrity.Expect{Now: e.now}})
	e.content(&a, c)
	return a.close()
}

// check lets the verifier judge. That nobody vouches for the issuer is the caller's affair, and stands in the warnings.
func (e *examiner) check(ctx context.Context, in verifier.Input) Answer {
	return translated(e.api.cfg.Checker.Check(ctx, in, verifier.Policy{Waive: verifier.TrustUnsafe}))
}

// content checks what a credential says, apart from its proof.
func (e *examiner) content(a *Answer, c *credential.Credential) {
	a.pass(verifier.CheckSchema, "The content follows the data model.")
	for _, d := range c.GeneralProblems() {
		a.fail(verifier.CheckSchema, d)
	}
	if e.options.proofOnly {
		a.skip(verifier.CheckTime, "time.not_asked", "The validity period was not looked at, because only the proof was asked for.")
		return
	}
	switch {
	case e.now.Before(c.From):
		a.fail(verifier.CheckTime, fault.Wrong("time.not_yet_valid", "/validFrom", "the credential is not valid yet"))
	case !c.Until.IsZero() && e.now.After(c.Until):
		a.fail(verifier.CheckTime, fault.Wrong("time.expired", "/validUntil", "the credential is no longer valid"))
	default:
		a.pass(verifier.CheckTime, "The credential is within its validity period.")
	}
	e.status(a, c)
}

// status looks up the entries that the Config knows. One that it does not know could say anything.
func (e *examiner) status(a *Answer, c *credential.Credential) {
	if len(c.Status) == 0 {
		return
	}
	a.pass(verifier.CheckStatus, "No entry of a status list says that the credential is revoked.")
	for _, s := range c.Status {
		index, err := strconv.Atoi(s.Doc.Member("statusListIndex").Text())
		revoked, known := false, false
		if e.api.cfg.Lists != nil && err == nil && s.Type == "BitstringStatusListEntry" {
			revoked, known = e.api.cfg.Lists.Revoked(s.Doc.Member("statusListCredential").Text(), index)
		}
		switch {
		case !known:
			a.fail(verifier.CheckStatus, fault.Unclear("status.not_checked", s.At, nil, "the status of the credential is not looked up here"))
		case revoked:
			a.fail(verifier.CheckStatus, fault.Wrong("status.revoked", s.At, "the credential is revoked"))
		}
	}
}

// claim is a document with proofs, and whose they should be.
type claim struct {
	doc      ijson.Value
	identity string // of issuer or holder; "" when the document names none
	purpose  did.Purpose
	expect   dataintegrity.Expect
}

// embedded checks the proofs that stand in a document. Every one must hold: a caller who sends a set or a chain asks about
// all of it (VC Data Integrity §4.5). One of them must be by whoever is named; others may have added theirs.
func (e *examiner) embedded(ctx context.Context, a *Answer, c claim) {
	proofs, err := dataintegrity.Read(c.doc)
	if err != nil {
		a.fail(verifier.CheckProof, err)
		return
	}
	a.pass(verifier.CheckProof, "Every embedded proof fits the content.")
	own := false
	for i := range proofs {
		if err := e.proof(ctx, &proofs[i], c); err != nil {
			a.fail(verifier.CheckProof, err)
		}
		own = own || c.identity != "" && owner(proofs[i].VerificationMethod) == c.identity
	}
	e.bound(a, own, proofs[0].At)
}

// bound says whether a key belongs to the one who is named.
func (e *examiner) bound(a *Answer, own bool, at string) {
	switch {
	case e.options.proofOnly:
		a.skip(verifier.CheckBinding, "binding.not_asked",
			"Whether the key belongs to the one who is named was not looked at, because only the proof was asked for: anybody may have made it.")
	case !own:
		a.fail(verifier.CheckBinding, fault.Wrong("key.not_bound_to_issuer", at, "no key of a proof belongs to the one who is named"))
	default:
		a.pass(verifier.CheckBinding, "The key was published by the one who is named.")
	}
}

func (e *examiner) proof(ctx context.Context, p *dataintegrity.Proof, c claim) error {
	if err := p.Err(); err != nil {
		return err
	}
	if err := p.Check(c.expect); err != nil {
		return err
	}
	key, err := e.key(ctx, p.VerificationMethod, c)
	if err != nil {
		return err
	}
	_, err = p.Verify(c.doc, key, dataintegrity.WithInlineContexts())
	return err
}

// key finds the key of a verification method. Only the document of whoever is named is fetched, so that a stranger's proof
// does not choose whom we call; an identifier that is itself a key needs no fetching.
func (e *examiner) key(ctx context.Context, method string, c claim) (keys.Public, error) {
	id := owner(method)
	if id != c.identity && !strings.HasPrefix(id, "did:key:") && !strings.HasPrefix(id, "did:jwk:") {
		return keys.Public{}, fault.Wrong("key.not_bound_to_issuer", "", "the key %.120q belongs to somebody else", method)
	}
	doc, err := e.api.cfg.Keys.Resolve(ctx, id)
	if err != nil {
		return keys.Public{}, err
	}
	m, err := doc.Find(method)
	if method == id && len(doc.Methods) == 1 {
		m, err = doc.Methods[0], nil // the identifier is the key
	}
	switch {
	case err != nil:
		return keys.Public{}, err
	case m.Controller != "" && m.Controller != id:
		return keys.Public{}, fault.Wrong("did.mismatch", m.ID, "the key is controlled by somebody else")
	case m.Purposes&c.purpose == 0:
		return keys.Public{}, fault.Wrong("key.purpose", m.ID, "the key was not published for this purpose")
	}
	return m.Key, nil
}

// owner is the DID of a DID URL.
func owner(method string) string {
	id, _, _ := strings.Cut(method, "#")
	return id
}
