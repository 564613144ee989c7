package verifier

import (
	"context"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

// sdjwtForm is a credential as SD-JWT: sd-jwt (SD-JWT VC) or vc-sd-jwt (VC-JOSE-COSE §3.2), as far as its holder shows it.
type sdjwtForm struct {
	msg   *sdjwt.Presentation
	model bool // the content is a document of the VC Data Model
}

func readSDJWT(r *run, raw []byte) secured {
	p, err := sdjwt.Read(raw)
	if err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		return nil
	}
	if p.Header.Type == sdjwt.TypeVP {
		r.set(CheckForm, Fail, "form.presentation", "/typ", "This is a presentation where a credential is expected.")
		return nil
	}
	f := &sdjwtForm{msg: p}
	claims := p.Claims()
	_, f.model = claims.Get("@context")
	if r.cred, err = f.content(p.Payload(), claims); err != nil {
		r.defect(CheckForm, fault.AsDefect(err))
		r.cred = nil
		return nil
	}
	r.out.Form, r.out.Type = proof.SDJWT, p.VCT
	sentence := "A signed credential of which its holder can hide parts (SD-JWT VC), well formed."
	if p.VCDM {
		r.out.Form = proof.VCSDJWT
		sentence = "A signed credential of which its holder can hide parts (SD-JWT, VC-JOSE-COSE), well formed."
	}
	r.set(CheckForm, Pass, "form."+string(r.out.Form), "", sentence)
	if d := f.repeated(r.cred, claims); d != nil {
		r.defect(CheckForm, d)
	}
	if k, ok := p.Holder(); ok {
		r.bearer = &k
	}
	r.statusClaim(claims)
	return f
}

// content reads a document of the VC Data Model as it is. Of other claims it takes what has the same meaning everywhere: who
// says it, since when and until when.
func (f *sdjwtForm) content(raw []byte, claims ijson.Value) (*credential.Credential, error) {
	if f.model {
		c, err := credential.FromValue(raw, claims)
		if err == nil && c.Version != credential.V2 {
			err = fault.Wrong("vc.version", "/@context", "an SD-JWT holds a credential of version 2.0 of the data model, this one is %s", c.Version)
		}
		return c, err
	}
	c := &credential.Credential{
		Raw: raw, Doc: claims, ID: claims.Member("jti").Text(), IssuerID: f.msg.Issuer, Issuer: claims.Member("iss"),
		From: f.msg.From, Until: f.msg.Until,
	}
	if iat, has := claims.Get("iat"); has {
		n, err := jose.NumericDate(iat)
		if err != nil {
			return nil, fault.Wrong("time.syntax", "/iat", "the iat claim is not a whole number of seconds")
		}
		if c.From.IsZero() {
			c.From = time.Unix(n, 0).UTC()
		}
	}
	return c, nil
}

// repeated compares the claims that stand beside a document with its members: two issuers or ids would be read differently by
// two readers.
func (f *sdjwtForm) repeated(c *credential.Credential, claims ijson.Value) *fault.Defect {
	if !f.model {
		return nil
	}
	if _, err := (&jose.Content{Credential: c, Claims: claims, Form: proof.VCJWT}).CheckClaims(); err != nil {
		return fault.AsDefect(err)
	}
	return nil
}

// time lets a credential that is no document of the data model be valid since whenever.
func (f *sdjwtForm) time(r *run) {
	if f.model || !r.cred.From.IsZero() {
		r.time()
		return
	}
	r.set(CheckTime, Pass, "time.ok", "", "The credential does not say since when it is valid.")
}

func (f *sdjwtForm) tokenTime(r *run) { r.tokenDates(f.msg.From, f.msg.Until) }

// schema judges what is a document of the data model. Types that others made up are named, not guessed at.
func (f *sdjwtForm) schema(r *run) {
	if f.model {
		r.schema()
		return
	}
	r.set(CheckSchema, Unknown, "schema.vct_unknown", "/vct", "The content is of a kind that is not known here, so what it says could not be checked.")
}

func (f *sdjwtForm) prove(ctx context.Context, r *run) {
	r.under(f.msg)
	if len(f.msg.Header.Chain) > 0 {
		f.proveByChain(ctx, r)
		return
	}
	key, d := f.issuerKey(ctx, r)
	if d != nil {
		r.defect(CheckBinding, d)
		r.set(CheckProof, Unknown, "proof.no_key", "", "The signature could not be checked, because the key is not known.")
		return
	}
	r.signature(f.msg, key)
	r.bound()
}

// issuerKey finds the key in what the issuer published: its DID document, or for an https address the metadata of SD-JWT VC
// §5, or else the key set of Open Badges.
func (f *sdjwtForm) issuerKey(ctx context.Context, r *run) (keys.Public, *fault.Defect) {
	issuer, h := r.cred.IssuerID, f.msg.Header
	switch {
	case issuer == "":
		return keys.Public{}, fault.Unclear("binding.no_issuer", "/iss", nil, "The credential names no issuer to whom a key could belong.")
	case strings.HasPrefix(issuer, "https://"):
		if m, d := r.metadataKey(ctx, issuer, h.KeyID); d == nil || !d.Unknown {
			return m, d
		}
	case h.KeyID == "" && (strings.HasPrefix(issuer, "did:key:") || strings.HasPrefix(issuer, "did:jwk:")):
		m, d := r.issuerMethod(ctx, only)
		return m.Key, d
	}
	return r.issuerKey(ctx, h)
}

// only picks the one key of an identifier that is itself a key.
func only(doc *did.Document) (did.Method, *fault.Defect) {
	if len(doc.Methods) != 1 {
		return did.Method{}, fault.Wrong("jose.no_key", "", "The signature names no key (kid).")
	}
	return doc.Methods[0], nil
}

// proveByChain checks the signature with the first certificate, and whether that is the issuer's: because the issuer published
// the key itself, or because an authority that the operator named says that it is the key of the issuer's host.
func (f *sdjwtForm) proveByChain(ctx context.Context, r *run) {
	key, _, err := f.msg.ChainKey()
	if err != nil {
		r.defect(CheckProof, fault.AsDefect(err))
	} else {
		r.signature(f.msg, key)
	}
	if r.outcome(CheckProof) != Pass {
		r.bound()
		return
	}
	if d := r.certified(f.msg.Header.Chain); d == nil {
		r.set(CheckBinding, Pass, "binding.x5c", "/x5c", "An authority that this verifier relies on certifies the key for the issuer's host.")
		return
	} else if !r.published(ctx, key) {
		r.defect(CheckBinding, d)
		return
	}
	r.bound()
}

// published reports whether the issuer itself shows that key.
func (r *run) published(ctx context.Context, key keys.Public) bool {
	issuer := r.cred.IssuerID // of nobody, issuerMethod finds no key
	if strings.HasPrefix(issuer, "https://") {
		if doc, d := r.metadata(ctx, issuer); d == nil {
			r.shown = doc
			_, ok := doc.Holds(key)
			return ok
		}
	}
	_, d := r.issuerMethod(ctx, func(doc *did.Document) (did.Method, *fault.Defect) { return methodOf(doc, jose.Header{JWK: &key}) })
	return d == nil
}
