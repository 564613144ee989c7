package verifier_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// lookItself compares a check of the presentation, and not of what stands in it.
func lookItself(t *testing.T, r verifier.PresentationResult, w want) {
	t.Helper()
	c := r.Check(w.check)
	if got := (want{r.Verdict, c.ID, c.Outcome, c.Code}); got != w {
		t.Errorf("got %v, want %v\n%s", got, w, summary(r.Result()))
	}
}

const oldContext = "https://www.w3.org/2018/credentials/v1"

// TestPresentationShapes: presentations that are signed well and are not what their form says.
func TestPresentationShapes(t *testing.T) {
	s := newStage(t)
	vp := s.presentation(map[string]any(s.envelope(s.badge())))
	selective := func(doc verifiertest.Doc) string {
		return sdIssue(t, s.holder.Key(keys.EdDSA), answer(doc), sdjwt.Config{Type: sdjwt.TypeVP})
	}
	headed := func(h, payload verifiertest.Doc) string {
		return s.holder.Sign(keys.EdDSA, s.holder.Header(keys.EdDSA).Merge(h).Text(), payload.Text())
	}
	wrapped := answer(verifiertest.Doc{"iss": s.holder.ID, "vp": map[string]any(vp)})
	older := answer(verifiertest.Doc{"iss": s.holder.ID, "vp": map[string]any(vp.With("/@context", []any{oldContext}).Without("/verifiableCredential"))})
	const form, hold = verifier.CheckForm, verifier.CheckHolder
	good := want{verifier.Valid, hold, verifier.Pass, "holder.ok"}
	for _, row := range []struct {
		name string
		form proof.Form // what it is taken for; "": what intake says
		in   string
		want want
	}{
		{"a vp+jwt", "", vpjwt(s.holder, answer(vp)), good},
		{"a vp+jwt with a cty", "", headed(verifiertest.Doc{"typ": "vp+jwt", "cty": "vp"}, answer(vp)), good},
		{"a vp+jwt with the cty of something else", "", headed(verifiertest.Doc{"typ": "vp+jwt", "cty": "vc"}, answer(vp)), refused(form, "jose.typ")},
		{"a vp+jwt with its id as jti", "", vpjwt(s.holder, answer(vp).With("/id", "urn:x:1").With("/jti", "urn:x:1")), good},
		{"a vp+jwt with another id as jti", "", vpjwt(s.holder, answer(vp).With("/id", "urn:x:1").With("/jti", "urn:x:2")), refused(form, "claims.jti_mismatch")},
		{"a vp+jwt of version 1.1", "", vpjwt(s.holder, answer(vp.With("/@context", []any{oldContext}))), refused(form, "vc.version")},
		{"a vp+sd-jwt", "", selective(vp), good},
		{"a vp+sd-jwt of another type", "", selective(vp.With("/type", []any{"Bundle"})), refused(form, "vp.malformed")},
		{"a vp+sd-jwt of version 1.1", "", selective(vp.With("/@context", []any{oldContext})), refused(form, "vc.version")},
		{"a claim vp of version 1.1", "", headed(nil, older), good},
		{"a claim vp of version 2.0", "", headed(nil, wrapped), refused(form, "vc.version")},
		{"a claim vp in a token of another kind", "", headed(verifiertest.Doc{"typ": "at+jwt"}, older), refused(form, "jose.typ")},
		{"no claim vp", proof.JWTVC11, headed(nil, answer(verifiertest.Doc{"iss": s.holder.ID})), refused(form, "vp.malformed")},
		{"a token in two parts", proof.VCJWT, "eyJ.eyJ", refused(form, "jose.structure")},
		{"a token around what is no JSON", proof.VCJWT, s.holder.Sign(keys.EdDSA, s.holder.Header(keys.EdDSA).With("/typ", "vp+jwt").Text(), "{"), refused(form, "json.syntax")},
		{"a document that is no JSON", proof.None, "{", refused(form, "json.syntax")},
	} {
		t.Run(row.name, func(t *testing.T) {
			item := intake.New(row.form, []byte(row.in))
			if row.form == "" {
				var err error
				if item, _, err = intake.Read([]byte(row.in), intake.Hint{}); err != nil {
					t.Fatal(err)
				}
			}
			r := s.Verifier().VerifyPresentation(t.Context(), item, asked())
			lookItself(t, r, row.want)
			if row.name == "no claim vp" && r.Check(form).At != "/vp" {
				t.Errorf("it is missing at %q", r.Check(form).At)
			}
		})
	}
}

// TestWhoseKeyAPresentationNames: the holder must have published the key, for presenting, and as its own.
func TestWhoseKeyAPresentationNames(t *testing.T) {
	s := newStage(t)
	vp := s.presentation(map[string]any(s.envelope(s.badge()))).Without("/holder")
	wallet := verifiertest.NewIssuer(t, s.Web, "did:web:wallet.example", keys.EdDSA)
	absent := verifiertest.NewIssuer(t, s.Web, "did:web:absent.example", keys.EdDSA)
	s.Web.Fail(absent.KeysURL(), "fetch.dns")
	served := wallet.Document().Without("/assertionMethod").With("/authentication", []any{wallet.KeyID(keys.EdDSA)})
	jwk := verifiertest.Parse(string(s.thief.Key(keys.EdDSA).Public().JWK())).Without("/kid").Without("/use").Without("/alg").Without("/key_ops")
	headed := func(by *verifiertest.Issuer, h verifiertest.Doc, holder string) string {
		return by.Sign(keys.EdDSA, verifiertest.Doc{"alg": "EdDSA", "typ": "vp+jwt"}.Merge(h).Text(), answer(vp.With("/holder", holder)).Text())
	}
	own := s.presentation(map[string]any(s.envelope(s.School.Badge().With("/credentialSubject/id", wallet.ID)))).With("/holder", wallet.ID)
	named := func(by *verifiertest.Issuer) string { return vpjwt(by, answer(own.With("/holder", by.ID))) }
	const bind, hold = verifier.CheckBinding, verifier.CheckHolder
	for _, row := range []struct {
		name  string
		serve verifiertest.Doc
		in    string
		want  want
	}{
		{"a key that the wallet published for presenting", served, named(wallet), want{verifier.Valid, hold, verifier.Pass, "holder.ok"}},
		{"a key that somebody else controls", served.With("/verificationMethod/0/controller", s.thief.ID), named(wallet), refused(bind, "did.mismatch")},
		{"a key that the wallet did not publish", served.With("/verificationMethod/0/id", wallet.ID+"#other"), named(wallet), refused(bind, "key.not_bound_to_issuer")},
		{"a holder who cannot be asked", served, named(absent), unclear(hold, "holder.not_proven")},
		{"a holder who cannot be asked, so no key", served, named(absent), unclear(bind, "did.unreachable")},
		{"a key in the header that the holder did not publish", served, headed(s.thief, verifiertest.Doc{"jwk": map[string]any(jwk)}, s.holder.ID), refused(bind, "vp.holder")},
		{"a key in the header for a holder who cannot be asked", served, headed(s.thief, verifiertest.Doc{"jwk": map[string]any(jwk)}, absent.ID), unclear(bind, "did.unreachable")},
		{"no key and no holder", served, s.holder.Sign(keys.EdDSA, `{"alg":"EdDSA","typ":"vp+jwt"}`, answer(vp).Text()), refused(bind, "jose.no_key")},
		{"a holder who is no identity with keys", served, headed(s.holder, verifiertest.Doc{"kid": "1"}, "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"), unclear(bind, "did.method_unsupported")},
	} {
		t.Run(row.name, func(t *testing.T) {
			wallet.Serve(row.serve)
			lookItself(t, judge(t, s.World, row.in, asked()), row.want)
		})
	}
}

// swapping is a Resolver that answers for one identity with the document of another, in which no key says who controls it.
type swapping struct {
	verifier.Resolver
	of, by string
}

func (s swapping) Resolve(ctx context.Context, id string) (*did.Document, error) {
	if id != s.of {
		return s.Resolver.Resolve(ctx, id)
	}
	doc, err := s.Resolver.Resolve(ctx, s.by)
	if err != nil {
		return nil, err
	}
	other := &did.Document{ID: doc.ID, Methods: slices.Clone(doc.Methods)}
	for i := range other.Methods {
		other.Methods[i].Controller = ""
	}
	return other, nil
}

// TestTheDocumentOfAnother: keys stand in a document about whom they are asked for, whoever looks it up.
func TestTheDocumentOfAnother(t *testing.T) {
	s := newStage(t)
	s.Trusting(t, s.School.ID, s.holder.ID)
	vp := s.presentation(map[string]any(s.envelope(s.badge()))).With("/holder", s.holder.ID)
	in := s.thief.Sign(keys.EdDSA, `{"alg":"EdDSA","typ":"vp+jwt"}`, answer(vp).Text()) // without a kid: the only key of the holder
	key := s.thief.Key(keys.EdDSA).WithID("")
	badge := sdIssue(t, key, s.holder.Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{})
	keysOf := did.New(did.Config{Fetch: s.Web, Clock: s.Clock})
	item, _, err := intake.Read([]byte(in), intake.Hint{})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		keys verifier.Resolver
		want want
	}{
		"its own":   {keysOf, refused(verifier.CheckProof, "jose.signature")},
		"a thief's": {swapping{keysOf, s.holder.ID, s.thief.ID}, refused(verifier.CheckBinding, "did.mismatch")},
	} {
		t.Log(name)
		v := verifier.New(verifier.Config{Keys: row.keys, Fetch: s.Web, Trust: s.Trust, Clock: s.Clock})
		lookItself(t, v.VerifyPresentation(t.Context(), item, asked()), row.want)
		look(t, v.Check(t.Context(), verifier.Input{Text: badge}, verifier.Policy{}), row.want)
	}
}

// TestWhatHoldsNotHasNoHolder: a presentation that fails in itself shows no holder, whatever else of it is right; and neither does
// it where the credentials in it ask.
func TestWhatHoldsNotHasNoHolder(t *testing.T) {
	s := newStage(t)
	vp := s.presentation(map[string]any(s.envelope(s.badge())))
	head := s.holder.Header(keys.EdDSA).With("/typ", "vp+jwt").Text()
	for name, in := range map[string]string{
		"made long ago":            vpjwt(s.holder, answer(vp).With("/iat", verifiertest.Now().Unix()-600)),
		"ended":                    vpjwt(s.holder, answer(vp).With("/exp", verifiertest.Now().Unix()-61)),
		"signed by a thief":        s.thief.Sign(keys.EdDSA, head, answer(vp).Text()),
		"by another's key":         vpjwt(s.thief, answer(vp)),
		"with a date that is none": vpjwt(s.holder, answer(vp).With("/nbf", "x")),
	} {
		t.Run(name, func(t *testing.T) {
			r := judge(t, s.World, in, asked())
			lookItself(t, r, refused(verifier.CheckHolder, "vp.holder"))
			for _, c := range r.Credentials {
				look(t, c.Result, refused(verifier.CheckHolder, "vp.holder"))
			}
		})
	}
}

// TestKeyBindings: an SD-JWT whose key binding proves nothing.
func TestKeyBindings(t *testing.T) {
	s := newStage(t)
	issued := s.selective(t, s.badge(), sdjwt.Config{})
	bound := s.present(t, issued, binding())
	unbound := sdIssue(t, s.School.Key(keys.ES256), s.badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{})
	const prf, bind, hold = verifier.CheckProof, verifier.CheckBinding, verifier.CheckHolder
	at := strings.LastIndexByte(bound, '~') + 1
	head, payload, _ := parts(bound[at:])
	stolen := bound[:at] + verifiertest.SignWith(s.thief.Key(keys.EdDSA), string(decoded(t, head)), string(decoded(t, payload)))
	for _, row := range []struct {
		name, in string
		policy   verifier.PresentationPolicy
		want     want
	}{
		{"the holder's", bound, asked(), want{verifier.Valid, hold, verifier.Pass, "holder.ok"}},
		{"a thief's", stolen, asked(), refused(prf, "jose.signature")},
		{"a thief's is no holder's", stolen, asked(), refused(hold, "vp.holder")},
		{"to a credential that is bound to no key", s.present(t, unbound, binding()), asked(), unclear(prf, "proof.no_key")},
		{"for nobody in particular", bound, verifier.PresentationPolicy{Nonce: nonce}, unclear(hold, "holder.not_asked")},
		{"for nobody in particular, not compared", bound, verifier.PresentationPolicy{Nonce: nonce}, unclear(prf, "holder.not_asked")},
		{"that nobody asked for", bound, verifier.PresentationPolicy{Audience: audience}, unclear(prf, "holder.not_asked")},
	} {
		t.Run(row.name, func(t *testing.T) { lookItself(t, judge(t, s.World, row.in, row.policy), row.want) })
	}
}

// TestProofsOfPresentations: embedded proofs of a presentation that are well made and no answer.
func TestProofsOfPresentations(t *testing.T) {
	s := newStage(t)
	doc := s.presentation(map[string]any(proved(t, s.School, s.badge())))
	good := verifiertest.Parse(signVP(t, s.holder, doc, statement()))
	for _, row := range []struct {
		name string
		doc  verifiertest.Doc
		want want
	}{
		{"an answer", good, want{verifier.Valid, verifier.CheckHolder, verifier.Pass, "holder.ok"}},
		{"for something else than to present", asserted(t, s, doc), refused(verifier.CheckProof, "proof.purpose")},
		{"of a suite that nobody knows", good.With("/proof/0/cryptosuite", "bbs-2023"), unclear(verifier.CheckProof, "proof.suite_unknown")},
		{"that is none", good.With("/proof", []any{}), refused(verifier.CheckForm, "proof.malformed")},
		{"of what says something where nobody looks", good.With("/https:~1~1w3id.org~1security#proof", map[string]any{}), refused(verifier.CheckForm, "context.iri_name")},
		{"by a key that the holder does not have", good.With("/proof/0/verificationMethod", s.holder.ID+"#other"), refused(verifier.CheckBinding, "key.not_bound_to_issuer")},
	} {
		t.Run(row.name, func(t *testing.T) { lookItself(t, judge(t, s.World, row.doc.Text(), asked()), row.want) })
	}
}

// TestNobodyIsAskedForAProofThatCannotBeRead: of a suite that nobody knows, no key is looked for.
func TestNobodyIsAskedForAProofThatCannotBeRead(t *testing.T) {
	s := newStage(t)
	wallet := verifiertest.NewIssuer(t, s.Web, "did:web:wallet.example", keys.EdDSA)
	doc := s.presentation(map[string]any(s.envelope(s.badge()))).With("/holder", wallet.ID)
	signed := verifiertest.Parse(signVP(t, wallet, doc, statement())).With("/proof/0/cryptosuite", "bbs-2023")
	lookItself(t, judge(t, s.World, signed.Text(), asked()), unclear(verifier.CheckProof, "proof.suite_unknown"))
	if n := s.Web.Count(wallet.KeysURL()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// asserted signs a presentation as if it were a credential, in answer to the question of these tests.
func asserted(t *testing.T, s stage, doc verifiertest.Doc) verifiertest.Doc {
	t.Helper()
	signer, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, s.holder.Key(keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(doc.Text()), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	st := statement()
	st.VerificationMethod = s.holder.KeyID(keys.EdDSA)
	out, err := signer.Sign(v, st)
	if err != nil {
		t.Fatal(err)
	}
	return verifiertest.Parse(string(out))
}

// decoded takes base64url off.
func decoded(t *testing.T, part string) []byte {
	t.Helper()
	out, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
