package verifier

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier/intake"
)

// read reads the presentation and sets the check form; nil when there is none to go on with.
func (s *session) read(item intake.Item) *shown {
	var out *shown
	var d *fault.Defect
	switch item.Form {
	case proof.SDJWT, proof.VCSDJWT:
		out, d = s.readSelective(item)
	case proof.OBJWT, proof.VCJWT, proof.JWTVC11:
		out, d = s.readToken(item.Bytes)
	case proof.DataIntegrity, proof.None:
		out, d = s.readDocument(item.Bytes)
	default:
		d = fault.Wrong("form.unknown", "", "This is no presentation in a form that Laurel reads.")
	}
	if d != nil {
		s.defect(CheckForm, d)
		return nil
	}
	s.set(CheckForm, Pass, "form.presentation", "", "A presentation, well formed.")
	return out
}

// contents reads the document of a presentation, which follows that version of the data model.
func contents(doc ijson.Value, v credential.Version) (*credential.Presentation, []nestedPlace, *fault.Defect) {
	p, found := credential.ReadPresentation(doc)
	if len(found) > 0 {
		return nil, nil, found[0]
	}
	if v != credential.UnknownVersion && p.Version != v {
		return nil, nil, fault.Wrong("vc.version", "/@context", "a presentation in this form is of version %s of the data model, this one is %s", v, p.Version)
	}
	places, d := placesOf(p)
	return p, places, d
}

// keyBinding is an SD-JWT with a key binding JWT (RFC 9901 §4.3): the credential is the presentation.
type keyBinding struct{ msg *sdjwt.Presentation }

func (s *session) readSelective(item intake.Item) (*shown, *fault.Defect) {
	p, err := sdjwt.Read(item.Bytes)
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	if p.Header.Type == sdjwt.TypeVP {
		doc, places, d := contents(p.Claims(), credential.V2)
		if d != nil {
			return nil, d
		}
		s.out.Form = proof.VCSDJWT
		return &shown{prover: &token{header: p.Header, msg: p, claims: p.Claims(), holder: doc.Holder}, places: places}, nil
	}
	item.Presentation = false
	if s.out.Form = proof.SDJWT; p.VCDM {
		s.out.Form = proof.VCSDJWT
	}
	return &shown{prover: &keyBinding{p}, places: []nestedPlace{{item: item}}}, nil
}

// answers leaves nonce and audience to prove, which compares them in constant time with all the rest.
func (k *keyBinding) answers(p PresentationPolicy) *fault.Defect {
	if !k.msg.HasKeyBinding() {
		return fault.Wrong("vp.holder", "", "Nothing shows that the presenter is the holder: there is no key binding.")
	}
	if p.Audience == "" {
		return fault.Unclear("holder.not_asked", "", nil, "Whom the key binding must be for was not said.")
	}
	return nil
}

func (k *keyBinding) times() (made, from, until time.Time, err error) { return }

func (k *keyBinding) prove(ctx context.Context, s *session) {
	holder, ok := k.msg.Holder()
	s.set(CheckBinding, Pass, "binding.cnf", "/cnf", "The credential itself names the holder's key.")
	switch {
	case !k.msg.HasKeyBinding():
		s.set(CheckProof, Skipped, "vp.unsigned", "", "The holder signed nothing.")
		s.set(CheckBinding, Skipped, "binding.no_key", "", "Without a signature there is no key to compare with the holder's.")
	case !ok:
		s.set(CheckProof, Unknown, "proof.no_key", "/cnf", "The credential is bound to no key that could be checked here.")
		s.set(CheckBinding, Unknown, "binding.no_key", "/cnf", "The credential is bound to no key that could be checked here.")
	case s.policy.Nonce == "" || s.policy.Audience == "":
		s.set(CheckProof, Unknown, "holder.not_asked", "", "What the holder signed was not compared, because nobody asked for it.")
	default:
		s.keyBound(k.msg, holder)
	}
}

// keyBound checks the key binding.
func (s *session) keyBound(p *sdjwt.Presentation, holder keys.Public) {
	err := p.VerifyKeyBinding(holder, sdjwt.Expect{Nonce: s.policy.Nonce, Audience: s.policy.Audience, Now: s.now, MaxAge: s.policy.MaxAge})
	if err == nil {
		s.by.key = &holder
		s.set(CheckProof, Pass, "proof.ok", "", "The key binding ("+string(holder.Alg)+") fits what was shown.")
		return
	}
	d := fault.AsDefect(err)
	switch d.Code {
	case "sdjwt.kb_nonce":
		s.by.key = &holder
		s.set(CheckHolder, Fail, "vp.nonce", d.At, d.Detail)
	case "sdjwt.kb_audience":
		s.by.key = &holder
		s.set(CheckHolder, Fail, "vp.aud", d.At, d.Detail)
	case "sdjwt.kb_time":
		s.by.key = &holder
		s.set(CheckTime, Fail, "vp.time", d.At, d.Detail)
	default:
		s.defect(CheckProof, d)
		return
	}
	s.set(CheckProof, Pass, "proof.ok", "", "The key binding ("+string(holder.Alg)+") fits what was shown.")
}

// token is a presentation that is signed as a whole: a vp+jwt or vp+sd-jwt (VC-JOSE-COSE §3), or a JWT with the claim vp (VCDM
// 1.1 §6.3.1).
type token struct {
	header jose.Header
	msg    interface{ Verify(k keys.Public) error }
	claims ijson.Value
	holder string // whom the presentation names, "" when nobody
}

func (s *session) readToken(compact []byte) (*shown, *fault.Defect) {
	msg, err := jose.Read(compact)
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	claims, err := ijson.Parse(msg.Payload, ijson.Bounds{})
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	doc, version, d := s.tokenDocument(msg.Header, claims)
	if d != nil {
		return nil, d
	}
	p, places, d := contents(doc, version)
	if d != nil {
		return nil, d
	}
	t := &token{header: msg.Header, msg: msg, claims: claims, holder: p.Holder}
	if iss := claims.Member("iss").Text(); iss != "" {
		if t.holder != "" && t.holder != iss {
			return nil, fault.Wrong("claims.iss_mismatch", "/iss", "The iss claim names another holder than the presentation.")
		}
		t.holder = iss
	}
	if jti, id := claims.Member("jti").Text(), doc.Member("id").Text(); jti != "" && id != "" && jti != id {
		return nil, fault.Wrong("claims.jti_mismatch", "/jti", "The jti claim differs from the id of the presentation.")
	}
	return &shown{prover: t, places: places}, nil
}

// tokenDocument finds the presentation in a JWT: beside the claims, or in one of them, and never in both.
func (s *session) tokenDocument(h jose.Header, claims ijson.Value) (ijson.Value, credential.Version, *fault.Defect) {
	vp, wrapped := claims.Get("vp")
	_, vc := claims.Get("vc")
	switch typ := strings.TrimPrefix(strings.ToLower(h.Type), "application/"); {
	case typ == "vp+jwt" && (wrapped || vc):
		return vp, 0, fault.Wrong("vc.ambiguous", "", "typ vp+jwt and a claim vc or vp exclude each other (VC-JOSE-COSE §3.1.2)")
	case typ == "vp+jwt":
		if cty := strings.ToLower(h.ContentType); cty != "" && cty != "vp" {
			return vp, 0, fault.Wrong("jose.typ", "/cty", "cty %.40q does not fit the typ vp+jwt", h.ContentType)
		}
		s.out.Form = proof.VCJWT
		return claims, credential.V2, nil
	case typ != "" && typ != "jwt":
		return vp, 0, fault.Wrong("jose.typ", "/typ", "typ %.40q is not the type of a presentation", h.Type)
	case !wrapped:
		return vp, 0, fault.Wrong("vp.malformed", "/vp", "a presentation in this form stands in the claim vp")
	case vc:
		return vp, 0, fault.Wrong("vc.ambiguous", "/vc", "a credential stands beside the presentation")
	}
	for _, name := range [...]string{"@context", "verifiableCredential", "holder", "type"} {
		if _, has := claims.Get(name); has {
			return vp, 0, fault.Wrong("vc.ambiguous", "/"+name, "the presentation stands both in the vp claim and beside it")
		}
	}
	s.out.Form = proof.JWTVC11
	return vp, credential.V1, nil
}

func (t *token) answers(p PresentationPolicy) *fault.Defect {
	return answered(p, t.claims.Member("nonce").Text(), t.claims.Member("aud").Texts(), "/nonce", "/aud")
}

// answered compares what a presentation answers with what was asked.
func answered(p PresentationPolicy, nonce string, audience []string, atNonce, atAudience string) *fault.Defect {
	switch {
	case !equalSecret(nonce, p.Nonce):
		return fault.Wrong("vp.nonce", atNonce, "The presentation was made for another request.")
	case p.Audience != "" && !slices.Contains(audience, p.Audience):
		return fault.Wrong("vp.aud", atAudience, "The presentation was made for another verifier.")
	}
	return nil
}

func (t *token) times() (made, from, until time.Time, err error) {
	for _, c := range [...]struct {
		name string
		dst  *time.Time
	}{{"iat", &made}, {"nbf", &from}, {"exp", &until}} {
		v, has := t.claims.Get(c.name)
		if !has {
			continue
		}
		n, err := jose.NumericDate(v)
		if err != nil {
			return made, from, until, fault.Wrong("time.syntax", "/"+c.name, "the %s claim is not a whole number of seconds", c.name)
		}
		*c.dst = time.Unix(n, 0).UTC()
	}
	return made, from, until, nil
}

func (t *token) prove(ctx context.Context, s *session) {
	kid, identity := t.header.KeyID, t.holder
	if identity == "" && strings.HasPrefix(kid, "did:") {
		identity = subjectOf(kid)
	}
	var key keys.Public
	var d *fault.Defect
	switch {
	case t.header.JWK != nil:
		key, d = *t.header.JWK, s.holderHas(ctx, identity, *t.header.JWK)
	case kid == "" && identity == "":
		d = fault.Wrong("jose.no_key", "", "The signature names no key (kid or jwk).")
	default:
		key, d = s.holderKey(ctx, identity, kid)
	}
	if t.header.JWK == nil && d != nil {
		s.set(CheckProof, Unknown, "proof.no_key", "", "The signature could not be checked, because the key is not known.")
		s.defect(CheckBinding, d)
		return
	}
	if err := t.msg.Verify(key); err != nil {
		s.defect(CheckProof, fault.AsDefect(err))
		return
	}
	s.set(CheckProof, Pass, "proof.ok", "", "The signature ("+string(key.Alg)+") fits every byte of the presentation.")
	s.by.id, s.by.key = identity, &key
	s.holderBound(d)
}

// holderBound says whether the key is the holder's.
func (s *session) holderBound(d *fault.Defect) {
	if d != nil {
		s.defect(CheckBinding, d)
		return
	}
	s.set(CheckBinding, Pass, "binding.holder", "", "The key belongs to the holder who is named.")
}

// document is a presentation as JSON, with proofs in it or without any.
type document struct {
	doc    ijson.Value
	holder string
	proofs []dataintegrity.Proof
}

func (s *session) readDocument(raw []byte) (*shown, *fault.Defect) {
	doc, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	p, places, d := contents(doc, credential.UnknownVersion)
	if d != nil {
		return nil, d
	}
	out := &document{doc: doc, holder: p.Holder}
	s.out.Form = proof.None
	if _, has := doc.Get("proof"); has {
		s.out.Form = proof.DataIntegrity
		if d := names(doc); d != nil {
			return nil, d
		}
		if out.proofs, err = dataintegrity.Read(doc); err != nil {
			return nil, fault.AsDefect(err)
		}
	}
	return &shown{prover: out, places: places}, nil
}

func (d *document) answers(p PresentationPolicy) *fault.Defect {
	if len(d.proofs) == 0 {
		return fault.Wrong("vp.holder", "", "Nothing shows that the presenter is the holder: the presentation is not signed.")
	}
	for i := range d.proofs {
		at := d.proofs[i].At
		if f := answered(p, d.proofs[i].Challenge, d.proofs[i].Domain, at+"/challenge", at+"/domain"); f != nil {
			return f
		}
	}
	return nil
}

// times is about the oldest proof, and the one that ends first.
func (d *document) times() (made, from, until time.Time, err error) {
	for i := range d.proofs {
		if c := d.proofs[i].Created; !c.IsZero() && (made.IsZero() || c.Before(made)) {
			made = c
		}
		if c := d.proofs[i].Created; c.After(from) {
			from = c
		}
		if e := d.proofs[i].Expires; !e.IsZero() && (until.IsZero() || e.Before(until)) {
			until = e
		}
	}
	return made, from, until, nil
}

// prove asks every proof to hold, and the holder to have made the first.
func (d *document) prove(ctx context.Context, s *session) {
	if len(d.proofs) == 0 {
		s.set(CheckProof, Skipped, "vp.unsigned", "", "The holder signed nothing.")
		s.set(CheckBinding, Skipped, "binding.no_key", "", "Without a signature there is no key to compare with the holder's.")
		return
	}
	identity := d.holder
	if identity == "" {
		identity = subjectOf(d.proofs[0].VerificationMethod)
	}
	for i := range d.proofs {
		p := &d.proofs[i]
		key, f := d.proof(ctx, s, identity, p)
		if f != nil {
			s.defect(CheckProof, f)
			if f.Code == "proof.no_key" {
				s.defect(CheckBinding, fault.AsDefect(f.Cause))
			}
			return
		}
		if s.by.key == nil {
			s.by.id, s.by.key = identity, key
		}
	}
	s.set(CheckProof, Pass, "proof.ok", d.proofs[0].At, "The proof ("+string(s.by.key.Alg)+") fits the presentation.")
	s.holderBound(nil)
}

// proof checks one proof. Its nonce, domain and dates are compared elsewhere.
func (d *document) proof(ctx context.Context, s *session, identity string, p *dataintegrity.Proof) (*keys.Public, *fault.Defect) {
	if err := p.Err(); err != nil {
		return nil, fault.AsDefect(err)
	}
	if err := p.Check(dataintegrity.Expect{Purpose: dataintegrity.Authentication, Challenge: p.Challenge}); err != nil {
		return nil, fault.AsDefect(err)
	}
	key, f := s.holderKey(ctx, identity, p.VerificationMethod)
	if f != nil {
		return nil, &fault.Defect{Code: "proof.no_key", At: p.At, Unknown: true, Cause: f, Detail: "The proof could not be checked, because the key is not known."}
	}
	if _, err := p.Verify(d.doc, key); err != nil {
		return nil, fault.AsDefect(err)
	}
	return &key, nil
}

// holderKey finds the key that a name leads to in what the holder published, for authentication.
func (s *session) holderKey(ctx context.Context, identity, kid string) (keys.Public, *fault.Defect) {
	if strings.HasPrefix(kid, "did:") && subjectOf(kid) != identity {
		return keys.Public{}, fault.Wrong("vp.holder", "", "The key %.120q belongs to another identity than the holder.", kid)
	}
	doc, d := s.holderDocument(ctx, identity)
	if d != nil {
		return keys.Public{}, d
	}
	m, err := doc.Find(kid)
	if (kid == "" || kid == identity) && len(doc.Methods) == 1 {
		m, err = doc.Methods[0], nil // the identifier is the key
	}
	if err != nil {
		return keys.Public{}, fault.AsDefect(err)
	}
	return m.Key, authenticates(m, identity)
}

// holderHas checks that the holder published that key for authentication. Nobody in particular may have any key.
func (s *session) holderHas(ctx context.Context, identity string, k keys.Public) *fault.Defect {
	if identity == "" {
		return nil
	}
	doc, d := s.holderDocument(ctx, identity)
	if d != nil {
		return d
	}
	for _, m := range doc.Methods {
		if m.Key.Equal(k) && authenticates(m, identity) == nil {
			return nil
		}
	}
	return fault.Wrong("vp.holder", "/jwk", "The key inside the signature is not one that the holder published.")
}

func authenticates(m did.Method, identity string) *fault.Defect {
	switch {
	case m.Controller != "" && m.Controller != identity:
		return fault.Wrong("did.mismatch", m.ID, "The key is controlled by somebody else than the holder.")
	case m.Purposes&did.Authentication == 0:
		return fault.Wrong("key.purpose", m.ID, "The holder did not publish this key for presenting credentials (authentication).")
	}
	return nil
}

// holderDocument resolves the holder. An address is asked only when the presentation answers the nonce: otherwise anybody could
// make this verifier call whom they like.
func (s *session) holderDocument(ctx context.Context, identity string) (*did.Document, *fault.Defect) {
	if !strings.HasPrefix(identity, "did:") {
		return nil, fault.Unclear("did.method_unsupported", "", nil, "The holder is named by %.80q, which leads to no key.", identity)
	}
	if did.Domain(identity) != "" && (!s.fresh || !s.mayAsk(ctx, identity)) {
		return nil, fault.Unclear("holder.not_looked_up", "", nil, "The holder was not asked for its keys.")
	}
	doc, err := s.v.keys.Resolve(ctx, identity)
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	if doc.ID != identity {
		return nil, fault.Wrong("did.mismatch", "", "The document that was found is about another identity.")
	}
	return doc, nil
}
