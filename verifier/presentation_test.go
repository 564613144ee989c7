package verifier_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const (
	nonce    = "n-0S6_WzA2Mj"
	audience = "x509_san_dns:verifier.example"
)

// stage is a world with a holder, whose identity is a key, and a badge of the school for each form that is about them.
type stage struct {
	*verifiertest.World
	holder, thief *verifiertest.Issuer
}

func newStage(t testing.TB) stage { return newStageWith(t) }

// newStageWith gives the school further keys.
func newStageWith(t testing.TB, more ...keys.Algorithm) stage {
	w := verifiertest.NewWorld(t, more...)
	return stage{w, verifiertest.NewKeyIssuer(t, w.Web, nil), verifiertest.NewKeyIssuer(t, w.Web, nil)}
}

func (s stage) badge() verifiertest.Doc {
	return s.School.Badge().With("/credentialSubject/id", s.holder.ID)
}

// envelope is the badge as EnvelopedVerifiableCredential.
func (s stage) envelope(badge verifiertest.Doc) verifiertest.Doc {
	return verifiertest.Doc{
		"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential",
		"id": "data:application/vc+jwt," + s.School.VCJWT(keys.ES256, badge),
	}
}

func (s stage) presentation(inside ...any) verifiertest.Doc {
	return verifiertest.Doc{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"},
		"holder": s.holder.ID, "verifiableCredential": inside,
	}
}

// answer are the claims that a wallet adds to a presentation as JWT.
func answer(doc verifiertest.Doc) verifiertest.Doc {
	return doc.Merge(verifiertest.Doc{"nonce": nonce, "aud": audience, "iat": verifiertest.Now().Unix()})
}

// vpjwt signs a vp+jwt with by's key.
func vpjwt(by *verifiertest.Issuer, claims verifiertest.Doc) string {
	return by.Sign(keys.EdDSA, by.Header(keys.EdDSA).With("/typ", "vp+jwt").Text(), claims.Text())
}

// vp11 signs a presentation of the data model 1.1 with by's key.
func (s stage) vp11(by *verifiertest.Issuer, more verifiertest.Doc) string {
	vp := verifiertest.Doc{
		"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiablePresentation"},
		"verifiableCredential": []any{s.School.JWT(keys.ES256, s.oldBadge().Wrapped())},
	}
	return by.JWT(keys.EdDSA, answer(verifiertest.Doc{"iss": s.holder.ID, "vp": map[string]any(vp)}).Merge(more))
}

func (s stage) oldBadge() verifiertest.Doc {
	return s.School.OldBadge().With("/credentialSubject/id", s.holder.ID)
}

// signVP puts an embedded proof for authentication into a presentation.
func signVP(t testing.TB, by *verifiertest.Issuer, doc verifiertest.Doc, st dataintegrity.Statement) string {
	t.Helper()
	return signVPWith(t, dataintegrity.EdDSARDFC, by, doc, st)
}

func signVPWith(t testing.TB, suite string, by *verifiertest.Issuer, doc verifiertest.Doc, st dataintegrity.Statement) string {
	t.Helper()
	s, err := dataintegrity.NewSigner(suite, by.Key(keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(doc.Text()), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	st.Purpose, st.VerificationMethod = dataintegrity.Authentication, by.KeyID(keys.EdDSA)
	out, err := s.Sign(v, st)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// statement answers the question of these tests.
func statement() dataintegrity.Statement {
	return dataintegrity.Statement{Created: verifiertest.Now(), Challenge: nonce, Domain: audience}
}

// selective issues the badge as SD-JWT VC, bound to the holder's key.
func (s stage) selective(t testing.TB, badge verifiertest.Doc, c sdjwt.Config) string {
	t.Helper()
	signer, err := sdjwt.NewSigner(s.School.Key(keys.ES256), c)
	if err != nil {
		t.Fatal(err)
	}
	o := sdjwt.Options{}
	if c.Type == "" {
		o.VCT = sdjwt.BadgeType
	}
	holder := s.holder.Key(keys.EdDSA).Public()
	o.Holder = &holder
	doc := parsed(t, badge)
	claims, err := sdjwt.BadgeClaims(doc)
	if err != nil {
		t.Fatal(err)
	}
	issued, err := signer.Issue(claims, sdjwt.Disclosable(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Compact
}

// present binds an SD-JWT to the question of these tests.
func (s stage) present(t testing.TB, issued string, b sdjwt.Binding) string {
	t.Helper()
	b.Key = s.holder.Key(keys.EdDSA)
	out, err := sdjwt.Present(issued, nil, &b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func binding() sdjwt.Binding {
	return sdjwt.Binding{Nonce: nonce, Audience: audience, At: verifiertest.Now()}
}

func judge(t testing.TB, w *verifiertest.World, text string, p verifier.PresentationPolicy) verifier.PresentationResult {
	t.Helper()
	item, link, err := intake.Read([]byte(text), intake.Hint{})
	if err != nil || link != "" {
		t.Fatalf("%.80s: %v", text, err)
	}
	r := w.Verifier().VerifyPresentation(t.Context(), item, p)
	allChecks(t, r.Result())
	for _, c := range r.Credentials {
		allChecks(t, c.Result)
	}
	return r
}

func asked() verifier.PresentationPolicy {
	return verifier.PresentationPolicy{Nonce: nonce, Audience: audience}
}

// TestAResultSaysForWhenItJudges: a verdict for another moment than now must not be read as one for now.
func TestAResultSaysForWhenItJudges(t *testing.T) {
	w := verifiertest.NewWorld(t)
	in := verifier.Input{Text: proved(t, w.School, w.School.Badge()).Text()}
	if r := w.Verifier().Check(t.Context(), in, verifier.Policy{}); r.JudgedFor != nil {
		t.Errorf("judged for %s although nobody asked", r.JudgedFor)
	}
	then := verifiertest.Now().Add(-24 * time.Hour)
	if r := w.Verifier().Check(t.Context(), in, verifier.Policy{At: then}); r.JudgedFor == nil || !r.JudgedFor.Equal(then) {
		t.Errorf("judged for %v, asked for %s", r.JudgedFor, then)
	}
}

// TestPresentations: what a wallet answers to a question, in each form, and its nearest twins that prove less.
func TestPresentations(t *testing.T) {
	s := newStage(t)
	vp := s.presentation(map[string]any(s.envelope(s.badge())))
	embedded := s.presentation(map[string]any(proved(t, s.School, s.badge())))
	stolen := s.presentation(map[string]any(s.envelope(s.School.Badge().With("/credentialSubject/id", s.thief.ID))))
	unbound := s.presentation(map[string]any(s.envelope(s.School.Badge())))
	sd := s.selective(t, s.badge(), sdjwt.Config{})
	model := s.selective(t, s.badge(), sdjwt.Config{Type: sdjwt.TypeVCDM})
	late := binding()
	late.At = late.At.Add(-10 * time.Minute)
	at := func(f func(*dataintegrity.Statement)) dataintegrity.Statement {
		st := statement()
		f(&st)
		return st
	}
	const (
		hold  = verifier.CheckHolder
		form  = verifier.CheckForm
		prf   = verifier.CheckProof
		bound = verifier.CheckBinding
	)
	good := want{verifier.Valid, hold, verifier.Pass, "holder.ok"}
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"a vp+jwt", vpjwt(s.holder, answer(vp)), good},
		{"a vp+jwt that names no holder", vpjwt(s.holder, answer(vp).Without("/holder")), good},
		{"a vp+jwt for several audiences", vpjwt(s.holder, answer(vp).With("/aud", []any{"x", audience})), good},
		{"a vp+jwt with an embedded-proof credential", vpjwt(s.holder, answer(embedded)), good},
		{"a vp+jwt without credentials", vpjwt(s.holder, answer(vp).Without("/verifiableCredential")), good},
		{"O08 another nonce", vpjwt(s.holder, answer(vp).With("/nonce", "n-2")), refused(hold, "vp.nonce")},
		{"O08 no nonce", vpjwt(s.holder, answer(vp).Without("/nonce")), refused(hold, "vp.nonce")},
		{"O08 another audience", vpjwt(s.holder, answer(vp).With("/aud", "https://other.example")), refused(hold, "vp.aud")},
		{"O08 the audience without its prefix", vpjwt(s.holder, answer(vp).With("/aud", "verifier.example")), refused(hold, "vp.aud")},
		{"O08 no audience", vpjwt(s.holder, answer(vp).Without("/aud")), refused(hold, "vp.aud")},
		{"O09 signed by a thief who names the holder", vpjwt(s.thief, answer(vp)), refused(bound, "vp.holder")},
		{"O09 signed by a thief as iss", vpjwt(s.thief, answer(vp).Without("/holder").With("/iss", s.thief.ID)), refused(hold, "vp.holder")},
		{"O09 a thief under the holder's key name", s.thief.Sign(keys.EdDSA, s.holder.Header(keys.EdDSA).With("/typ", "vp+jwt").Text(), answer(vp).Text()), refused(prf, "jose.signature")},
		{"O09 somebody else's credential", vpjwt(s.holder, answer(stolen)), refused(hold, "vp.holder")},
		{"a badge that is bound to nobody", vpjwt(s.holder, answer(unbound)), want{verifier.Undecided, hold, verifier.Unknown, "holder.unbound"}},
		{"iss beside another holder", vpjwt(s.holder, answer(vp).With("/iss", s.thief.ID)), refused(form, "claims.iss_mismatch")},
		{"a vc claim beside a vp+jwt", vpjwt(s.holder, answer(vp).With("/vc", map[string]any{})), refused(form, "vc.ambiguous")},
		{"a vp claim beside a vp+jwt", vpjwt(s.holder, answer(vp).With("/vp", map[string]any{})), refused(form, "vc.ambiguous")},
		{"made ten minutes ago", vpjwt(s.holder, answer(vp).With("/iat", verifiertest.Now().Unix()-600)), refused(verifier.CheckTime, "vp.time")},
		{"made tomorrow", vpjwt(s.holder, answer(vp).With("/iat", verifiertest.Now().Unix()+86400)), refused(verifier.CheckTime, "vp.time")},
		{"ended", vpjwt(s.holder, answer(vp).With("/exp", verifiertest.Now().Unix()-61)), refused(verifier.CheckTime, "vp.time")},
		{"an exp that is no number", vpjwt(s.holder, answer(vp).With("/exp", "soon")), refused(verifier.CheckTime, "time.syntax")},
		{"a presentation inside a presentation", vpjwt(s.holder, answer(s.presentation(map[string]any(vp)))), refused(form, "limits.nested")},
		{"an unsigned credential inside", vpjwt(s.holder, answer(s.presentation(map[string]any(s.badge())))), refused(prf, "proof.missing")},

		{"VCDM 1.1 with a vp claim", s.vp11(s.holder, nil), good},
		{"VCDM 1.1, another nonce", s.vp11(s.holder, verifiertest.Doc{"nonce": "n-2"}), refused(hold, "vp.nonce")},
		{"VCDM 1.1, another audience", s.vp11(s.holder, verifiertest.Doc{"aud": "x"}), refused(hold, "vp.aud")},
		{"VCDM 1.1, signed by a thief", s.vp11(s.thief, nil), refused(bound, "vp.holder")},
		{"VCDM 1.1, the presentation beside vp too", s.vp11(s.holder, verifiertest.Doc{"holder": s.thief.ID}), refused(form, "vc.ambiguous")},
		{"VCDM 1.1, a vc claim beside vp", s.vp11(s.holder, verifiertest.Doc{"vc": map[string]any{}}), refused(form, "vc.ambiguous")},

		{"an embedded proof", signVP(t, s.holder, embedded, statement()), good},
		{"an embedded proof, another challenge", signVP(t, s.holder, embedded, at(func(st *dataintegrity.Statement) { st.Challenge = "n-2" })), refused(hold, "vp.nonce")},
		{"an embedded proof, another domain", signVP(t, s.holder, embedded, at(func(st *dataintegrity.Statement) { st.Domain = "x" })), refused(hold, "vp.aud")},
		{"an embedded proof, no domain", signVP(t, s.holder, embedded, at(func(st *dataintegrity.Statement) { st.Domain = "" })), refused(hold, "vp.aud")},
		{"an embedded proof, made long ago", signVP(t, s.holder, embedded, at(func(st *dataintegrity.Statement) { st.Created = st.Created.Add(-time.Hour) })), refused(verifier.CheckTime, "vp.time")},
		{"an embedded proof, ended", signVP(t, s.holder, embedded, at(func(st *dataintegrity.Statement) { st.Expires = st.Created.Add(-time.Hour) })), refused(verifier.CheckTime, "vp.time")},
		{"an embedded proof by a thief", signVP(t, s.thief, embedded, statement()), want{verifier.Invalid, bound, verifier.Fail, "vp.holder"}},
		{"an embedded proof by a thief for themselves", signVP(t, s.thief, embedded.With("/holder", s.thief.ID), statement()), refused(hold, "vp.holder")},
		{"O09 unsigned", embedded.Text(), refused(hold, "vp.holder")},

		{"an SD-JWT with key binding", s.present(t, sd, binding()), good},
		{"a VCDM document as SD-JWT with key binding", s.present(t, model, binding()), good},
		{"an SD-JWT for another nonce", s.present(t, sd, with(func(b *sdjwt.Binding) { b.Nonce = "n-2" })), refused(hold, "vp.nonce")},
		{"an SD-JWT for another audience", s.present(t, sd, with(func(b *sdjwt.Binding) { b.Audience = "verifier.example" })), refused(hold, "vp.aud")},
		{"an SD-JWT bound ten minutes ago", s.present(t, sd, late), refused(verifier.CheckTime, "vp.time")},
		{"an SD-JWT with other disclosures than bound", hideOne(s.present(t, s.selective(t, s.badge().With("/credentialSubject/narrative", "x").With("/evidence", evidence()), sdjwt.Config{}), binding())), refused(form, "sdjwt.disclosure_unused")},
		{"an SD-JWT without key binding", sd, refused(hold, "vp.holder")},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judge(t, s.World, row.in, asked())
			lookAt(t, r, row.want)
			if r.Verdict == verifier.Valid && r.Check(hold).Outcome != verifier.Pass {
				t.Error("valid although the holder is not proven")
			}
		})
	}
}

func with(f func(*sdjwt.Binding)) sdjwt.Binding {
	b := binding()
	f(&b)
	return b
}

func evidence() []any {
	return []any{map[string]any{"id": "https://school.example/e", "type": []any{"Evidence"}, "name": "Seam"}}
}

// hideOne puts a stranger's disclosure into a bound SD-JWT.
func hideOne(presented string) string {
	jwt, rest, _ := strings.Cut(presented, "~")
	return jwt + "~" + b64(`["c2FsdA","x",1]`) + "~" + rest
}

// lookAt finds the expected check among those of the presentation and of its credentials.
func lookAt(t *testing.T, r verifier.PresentationResult, w want) {
	t.Helper()
	ok := false
	all := [][]verifier.Check{r.Checks}
	text := summary(r.Result())
	for _, c := range r.Credentials {
		all = append(all, c.Result.Checks)
		text += c.At + "\n" + summary(c.Result)
	}
	for _, checks := range all {
		for _, c := range checks {
			ok = ok || c.ID == w.check && c.Outcome == w.outcome && c.Code == w.code
		}
	}
	if !ok || r.Verdict != w.verdict {
		t.Errorf("got %s, want %v\n%s", r.Verdict, w, text)
	}
}

// TestAPresentationThatNobodyAskedFor is judged, its credentials with it, and is never called valid: whoever once saw it could
// have handed it over.
func TestAPresentationThatNobodyAskedFor(t *testing.T) {
	s := newStage(t)
	embedded := s.presentation(map[string]any(proved(t, s.School, s.badge())))
	broken := s.presentation(map[string]any(proved(t, s.School, s.badge()).With("/name", "Surgery")))
	for _, row := range []struct {
		name, in string
		verdict  verifier.Verdict
	}{
		{"a vp+jwt", vpjwt(s.holder, answer(embedded)), verifier.Undecided},
		{"as EnvelopedVerifiablePresentation", verifiertest.Doc{
			"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiablePresentation",
			"id": "data:application/vp+jwt," + vpjwt(s.holder, answer(embedded)),
		}.Text(), verifier.Undecided},
		{"an embedded proof", signVP(t, s.holder, embedded, statement()), verifier.Undecided},
		{"an SD-JWT with key binding", s.present(t, s.selective(t, s.badge(), sdjwt.Config{}), binding()), verifier.Undecided},
		{"unsigned", embedded.Text(), verifier.Undecided},
		{"unsigned, with a changed credential", broken.Text(), verifier.Invalid},
		{"changed after it was signed", strings.Replace(signVP(t, s.holder, embedded, statement()), s.holder.ID, s.thief.ID, 1), verifier.Invalid},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := check(t, s.World, row.in)
			allChecks(t, r)
			if c := r.Check(verifier.CheckHolder); r.Verdict != row.verdict || r.Verdict == verifier.Undecided && c.Code != "holder.not_asked" {
				t.Errorf("%s, holder %s\n%s", r.Verdict, c.Code, summary(r))
			}
			if r.Presentation == nil || len(r.Nested) != 1 || r.Presentation.Credentials != 1 {
				t.Fatalf("%+v", r.Presentation)
			}
		})
	}
	if n := s.Web.Count(s.thief.KeysURL()); n != 0 {
		t.Errorf("%d requests to the holder", n)
	}
}

// TestAHolderWithAnAddressIsAskedOnlyInAnAnswer: without the nonce, anybody could make the verifier call whom they like.
func TestAHolderWithAnAddressIsAskedOnlyInAnAnswer(t *testing.T) {
	s := newStage(t)
	wallet := verifiertest.NewIssuer(t, s.Web, "did:web:wallet.example", keys.EdDSA)
	doc := wallet.Document().With("/authentication", []any{wallet.KeyID(keys.EdDSA)})
	wallet.Serve(doc)
	badge := s.School.Badge().With("/credentialSubject/id", wallet.ID)
	in := vpjwt(wallet, answer(s.presentation(map[string]any(s.envelope(badge))).With("/holder", wallet.ID)))
	r := judge(t, s.World, in, verifier.PresentationPolicy{Nonce: "n-2", Audience: audience})
	lookAt(t, r, refused(verifier.CheckHolder, "vp.nonce"))
	if n := s.Web.Count(wallet.KeysURL()); n != 0 {
		t.Errorf("%d requests for what nobody asked", n)
	}
	r = judge(t, s.World, in, asked())
	lookAt(t, r, want{verifier.Valid, verifier.CheckHolder, verifier.Pass, "holder.ok"})
	if r.Holder != wallet.ID || r.Key == nil {
		t.Errorf("holder %q", r.Holder)
	}
	wallet.Publish() // a key for signing credentials only
	r = judge(t, s.World, in, asked())
	lookAt(t, r, refused(verifier.CheckBinding, "key.purpose"))
}

// TestHolderUnsafe: a policy may take an unsigned presentation, never one by somebody else.
func TestHolderUnsafe(t *testing.T) {
	s := newStage(t)
	embedded := s.presentation(map[string]any(proved(t, s.School, s.badge())))
	p := verifier.PresentationPolicy{Credential: verifier.Policy{Waive: verifier.HolderUnsafe}}
	r := judge(t, s.World, embedded.Text(), p)
	if r.Verdict != verifier.Valid || !warned(r.Credentials[0].Result, "policy.any_presenter_unsafe") || r.Holder != "" {
		t.Errorf("%s %q\n%s", r.Verdict, r.Holder, summary(r.Result()))
	}
	p.Nonce, p.Audience = nonce, audience
	lookAt(t, judge(t, s.World, embedded.Text(), p), refused(verifier.CheckHolder, "vp.holder"))
	lookAt(t, judge(t, s.World, vpjwt(s.thief, answer(embedded).With("/holder", s.thief.ID)), p), refused(verifier.CheckHolder, "vp.holder"))
	unbound := s.presentation(map[string]any(s.envelope(s.School.Badge())))
	lookAt(t, judge(t, s.World, vpjwt(s.holder, answer(unbound)), p), want{verifier.Valid, verifier.CheckHolder, verifier.Pass, "holder.ok"})
}

// TestPresentationsHaveBounds (threat D13): many credentials and envelopes in one another are refused and nobody is asked.
func TestPresentationsHaveBounds(t *testing.T) {
	s := newStage(t)
	one := map[string]any(s.badge())
	many := make([]any, 33)
	for i := range many {
		many[i] = one
	}
	deep := s.envelope(s.badge())
	for range 8 { // each is a third longer than what it holds: deeper than 20 none fits
		deep = deep.With("/id", "data:application/vc+jwt,"+s.School.VCJWT(keys.EdDSA, deep))
	}
	for name, row := range map[string]struct {
		in   string
		want want
	}{
		"33 credentials":                 {vpjwt(s.holder, answer(s.presentation(many...))), refused(verifier.CheckForm, "limits.credentials")},
		"an envelope inside an envelope": {vpjwt(s.holder, answer(s.presentation(map[string]any(deep)))), refused(verifier.CheckForm, "limits.nested")},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.Web.Requests()
			r := judge(t, s.World, row.in, asked())
			lookAt(t, r, row.want)
			if n := s.Web.Requests() - before; n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestAnEnvelopedSDJWTBelongsToTheKeyInIt: who wraps somebody else's SD-JWT into a presentation of their own is not its holder,
// whatever the subject says (O09).
func TestAnEnvelopedSDJWTBelongsToTheKeyInIt(t *testing.T) {
	s := newStage(t)
	wrapped := func(holder string) verifiertest.Doc {
		badge := s.School.Badge().With("/credentialSubject/id", holder)
		issued := s.selective(t, badge, sdjwt.Config{Type: sdjwt.TypeVCDM}) // bound to the key of s.holder
		return verifiertest.Doc{
			"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential",
			"id": "data:application/vc+sd-jwt," + issued,
		}
	}
	own := s.presentation(wrapped(s.holder.ID))
	lookAt(t, judge(t, s.World, vpjwt(s.holder, answer(own)), asked()), want{verifier.Valid, verifier.CheckHolder, verifier.Pass, "holder.key"})
	stolen := s.presentation(wrapped(s.thief.ID)).With("/holder", s.thief.ID)
	r := judge(t, s.World, vpjwt(s.thief, answer(stolen)), asked())
	if r.Verdict != verifier.Invalid || len(r.Credentials) != 1 || r.Credentials[0].Result.Check(verifier.CheckHolder).Code != "vp.holder" {
		t.Errorf("a thief holds it: %+v", r)
	}
}
