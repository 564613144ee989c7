package verifier_test

import (
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// rich is a badge with something in every corner that the checks look at.
func rich(w *verifiertest.World) verifiertest.Doc {
	return w.School.Badge().With("/credentialStatus", entry("5")).
		With("/evidence", []any{map[string]any{"id": "https://school.example/e", "type": []any{"Evidence"}, "name": "Seam"}}).
		With("/credentialSubject/identifier", []any{hashed("amal@example.org", "s")})
}

// twinsOf makes every document that differs from d in one member or element: changed, null, removed, or with one more beside it.
func twinsOf(d verifiertest.Doc, yield func(how string, twin verifiertest.Doc)) {
	yield("one more member", d.With("/laurelUndefined", "added"))
	for _, at := range d.Pointers() {
		yield(at+" changed", d.With(at, "changed"))
		yield(at+" is null", d.With(at, nil))
		yield(at+" is a list", d.With(at, []any{"changed", map[string]any{"id": "urn:x"}}))
		yield(at+" removed", d.Without(at))
		if d.Holds(at) {
			yield(at+" has one more member", d.With(at+"/laurelUndefined", "added"))
		}
	}
}

// securing is one way in which a document is secured: good is what the issuer made of it, and forge puts a twin in its place.
type securing struct {
	name   string
	signed verifiertest.Doc
	good   string
	forge  func(twin verifiertest.Doc) string
}

// forgedJWT puts another payload under the header and signature of a compact JWS, and what follows it.
func forgedJWT(jws string) func(verifiertest.Doc) string {
	jws, rest, more := strings.Cut(jws, "~")
	h, _, s := parts(jws)
	if more {
		s += "~" + rest
	}
	return func(twin verifiertest.Doc) string { return h + "." + b64(twin.Text()) + "." + s }
}

func inJWT(name, jws string) securing {
	first, _, _ := strings.Cut(jws, "~")
	_, p, _ := parts(first)
	payload, err := base64.RawURLEncoding.DecodeString(p)
	if err != nil {
		panic(err)
	}
	return securing{name, verifiertest.Parse(string(payload)), jws, forgedJWT(jws)}
}

func inJSON(name, text string) securing {
	return securing{name, verifiertest.Parse(text), text, func(twin verifiertest.Doc) string { return twin.Text() }}
}

// prove puts an embedded proof of any suite that is written into a document.
func prove(t testing.TB, by *verifiertest.Issuer, suite string, alg keys.Algorithm, doc verifiertest.Doc) string {
	t.Helper()
	s, err := dataintegrity.NewSigner(suite, by.Key(alg))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(doc.Text()), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(v, dataintegrity.Statement{Created: verifiertest.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// derived shows all of a badge with a proof of ecdsa-sd-2023.
func derived(t testing.TB, by *verifiertest.Issuer, doc verifiertest.Doc) string {
	t.Helper()
	base, err := ijson.Parse([]byte(prove(t, by, dataintegrity.ECDSASD, keys.ES256, doc)), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	var chosen []string
	for name := range doc {
		if name != "@context" {
			chosen = append(chosen, "/"+name)
		}
	}
	out, err := ecdsasd.Derive(base, chosen)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// stuck is a key that has made one signature and gives it for whatever it is asked to sign.
type stuck struct {
	keys.Signer
	signature *[]byte
}

func (s stuck) Sign(message []byte) ([]byte, error) {
	if *s.signature == nil {
		made, err := s.Signer.Sign(message)
		if err != nil {
			return nil, err
		}
		*s.signature = made
	}
	return *s.signature, nil
}

// inCOSE is a document as COSE_Sign1, in base64url.
func inCOSE(t *testing.T, key keys.Signer, doc verifiertest.Doc) securing {
	t.Helper()
	key = stuck{key, new([]byte)}
	forge := func(twin verifiertest.Doc) string {
		return base64.RawURLEncoding.EncodeToString(coseBadge(t, key, cose.TypeCredential, cose.Credential, twin.Text()))
	}
	return securing{"vc-cose", doc, forge(doc), forge}
}

// securings are all forms and suites in which a badge is signed.
func securings(t *testing.T, s stage) []securing {
	badge := rich(s.World)
	out := []securing{
		inJWT("vc-jwt", s.School.VCJWT(keys.EdDSA, badge)),
		inJWT("jwt-vc-1.1", s.School.JWT(keys.ES256, s.School.OldBadge().Wrapped())),
		inJWT("sd-jwt", s.selective(t, badge, sdjwt.Config{})),
		inJWT("vc-sd-jwt", s.selective(t, badge, sdjwt.Config{Type: sdjwt.TypeVCDM})),
		inCOSE(t, s.School.Key(keys.ES256), badge),
		inJSON("ecdsa-sd-2023", derived(t, s.School, badge)),
	}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA, keys.RS256} {
		out = append(out, inJWT("ob-jwt "+string(alg), s.School.JWT(alg, badge.Claims())))
	}
	for suite, alg := range map[string]keys.Algorithm{
		dataintegrity.EdDSARDFC: keys.EdDSA, dataintegrity.EdDSAJCS: keys.EdDSA, dataintegrity.ECDSARDFC: keys.ES256, dataintegrity.ECDSAJCS: keys.ES384,
	} {
		out = append(out, inJSON(suite, prove(t, s.School, suite, alg, badge)))
	}
	return out
}

// TestEveryMemberCounts changes, removes and adds every single member of a signed badge under the old signature, in every form:
// none of the twins is valid, and none has a proof that holds.
func TestEveryMemberCounts(t *testing.T) {
	s := newStageWith(t, keys.ES384, keys.RS256)
	s.School.PublishList(t, keys.EdDSA, list())
	v := s.Verifier()
	for _, form := range securings(t, s) {
		t.Run(form.name, func(t *testing.T) {
			look(t, v.Check(t.Context(), verifier.Input{Text: form.good}, verifier.Policy{}), ok())
			n := 0
			twinsOf(form.signed, func(how string, twin verifiertest.Doc) {
				if n++; twin.Text() == form.signed.Text() {
					t.Fatalf("%s: nothing is changed", how)
				}
				r := v.Check(t.Context(), verifier.Input{Text: form.forge(twin)}, verifier.Policy{Waive: verifier.MissingClaims})
				if allChecks(t, r); r.Verdict == verifier.Valid || r.Check(verifier.CheckProof).Outcome == verifier.Pass {
					t.Errorf("%s: taken\n%s", how, summary(r))
				}
			})
			if n < 100 {
				t.Fatalf("only %d twins", n)
			}
		})
	}
}

// TestEveryDisclosureCounts changes every part of every disclosure of an SD-JWT, and leaves the rest as it was.
func TestEveryDisclosureCounts(t *testing.T) {
	s := newStage(t)
	whole := s.selective(t, rich(s.World).Without("/credentialStatus"), sdjwt.Config{})
	parts := strings.Split(whole, "~")
	if len(parts) < 4 {
		t.Fatalf("%d parts", len(parts))
	}
	for i := 1; i < len(parts)-1; i++ {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		twinsOf(verifiertest.Parse(`{"d":`+string(raw)+`}`), func(how string, twin verifiertest.Doc) {
			text, ok := strings.CutPrefix(twin.Text(), `{"d":`)
			if !ok {
				return
			}
			changed := slices.Clone(parts)
			changed[i] = b64(strings.TrimSuffix(text, "}"))
			if r := check(t, s.World, strings.Join(changed, "~")); changed[i] != parts[i] && r.Verdict != verifier.Invalid {
				t.Errorf("disclosure %d %s: %s\n%s", i, how, r.Verdict, summary(r))
			}
		})
	}
}

// TestEveryMemberOfAPresentationCounts does the same to what a holder signed.
func TestEveryMemberOfAPresentationCounts(t *testing.T) {
	s := newStage(t)
	vp := s.presentation(map[string]any(proved(t, s.School, s.badge())))
	for _, form := range []securing{
		inJWT("vp+jwt", vpjwt(s.holder, answer(s.presentation(map[string]any(s.envelope(s.badge())))))),
		inJWT("VCDM 1.1", s.vp11(s.holder, nil)),
		inJSON("embedded", signVP(t, s.holder, vp, statement())),
	} {
		t.Run(form.name, func(t *testing.T) {
			if r := judge(t, s.World, form.good, asked()); r.Verdict != verifier.Valid {
				t.Fatal(summary(r.Result()))
			}
			twinsOf(form.signed, func(how string, twin verifiertest.Doc) {
				item, _, err := intake.Read([]byte(form.forge(twin)), intake.Hint{})
				if err != nil {
					return // it is no presentation any more
				}
				if r := s.Verifier().VerifyPresentation(t.Context(), item, asked()); r.Verdict == verifier.Valid {
					t.Errorf("%s: taken\n%s", how, summary(r.Result()))
				}
			})
		})
	}
}

// TestEveryByteCounts flips one bit of every byte of a compact JWS.
func TestEveryByteCounts(t *testing.T) {
	w := verifiertest.NewWorld(t)
	jws := []byte(w.School.JWT(keys.EdDSA, w.School.Badge().Claims()))
	v := w.Verifier()
	for i := range jws {
		jws[i] ^= 1
		if r := v.Check(t.Context(), verifier.Input{Text: string(jws)}, verifier.Policy{}); r.Verdict == verifier.Valid {
			t.Errorf("byte %d of %d: taken", i, len(jws))
		}
		jws[i] ^= 1
	}
}

// TestEveryCheckStandsAlone: for each check there is an input on which it alone does not pass, so that leaving it out would
// be seen. Holder only speaks about presentations, which have their own tests; nested never turns a verdict except by its bound.
func TestEveryCheckStandsAlone(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	b := w.School.Badge()
	claims := b.Claims()
	jwk := map[string]any(verifiertest.Parse(string(w.Stranger.Key(keys.ES256).Public().JWK())).Without("/kid"))
	forged := w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), claims.Text())
	foreign := w.Stranger.Sign(keys.ES256, verifiertest.Doc{"alg": "ES256", "jwk": jwk}.Text(), claims.Text())
	alone := map[verifier.CheckID]struct {
		in     string
		policy verifier.Policy
		after  []verifier.CheckID // what rests on that check and therefore cannot pass either
	}{
		verifier.CheckForm:    {in: w.School.JWT(keys.ES256, claims.With("/jti", "urn:x"))},
		verifier.CheckProof:   {in: forged, after: []verifier.CheckID{verifier.CheckBinding, verifier.CheckTrust}},
		verifier.CheckBinding: {in: foreign, after: []verifier.CheckID{verifier.CheckTrust}},
		verifier.CheckTime:    {in: signed(w, b.With("/validUntil", "2026-06-15T11:59:59Z"))},
		verifier.CheckSchema:  {in: signed(w, b.Without("/credentialSubject/achievement/criteria"))},
		verifier.CheckStatus:  {in: statusBadge(w, entry("7"))},
		verifier.CheckTrust:   {in: w.Stranger.JWT(keys.ES256, w.Stranger.Badge().Claims())},
		verifier.CheckSubject: {in: signed(w, b), policy: verifier.Policy{Recipient: "zoe@example.org"}},
		verifier.CheckNested:  {in: signed(w, b.With("/endorsementJwt", strings.Split(strings.Repeat("eyJ.eyJ.AA ", 299)+"eyJ.eyJ.AA", " ")))},
	}
	for _, id := range verifier.CheckIDs() {
		row, has := alone[id]
		if !has {
			if id != verifier.CheckHolder {
				t.Errorf("%s: no input that only this check refuses", id)
			}
			continue
		}
		t.Run(string(id), func(t *testing.T) {
			r := w.Verifier().Check(t.Context(), verifier.Input{Text: row.in}, row.policy)
			if r.Verdict == verifier.Valid {
				t.Error("it is taken")
			}
			rests := map[verifier.CheckID]bool{id: true}
			for _, other := range row.after {
				rests[other] = true
			}
			for _, c := range r.Checks {
				good := c.Outcome == verifier.Pass || c.Outcome == verifier.Skipped
				if c.ID == id && good || !rests[c.ID] && !good {
					t.Errorf("%s is %s\n%s", c.ID, c.Outcome, summary(r))
				}
			}
		})
	}
}

// FuzzCheck: whatever is handed over, there is a Result with all ten checks, and nothing but the badge as it was signed, with
// white space around it at most, is ever valid.
func FuzzCheck(f *testing.F) {
	w := verifiertest.NewWorld(f)
	school := verifiertest.NewKeyIssuer(f, w.Web, strings.NewReader(strings.Repeat("the same key in every process ", 4)))
	w.Trusting(f, school.ID)
	jws := school.JWT(keys.EdDSA, school.Badge().Claims())
	others := []string{jws, school.VCJWT(keys.EdDSA, school.Badge()), school.JWT(keys.EdDSA, school.OldBadge().Wrapped())}
	genuine := map[string]bool{}
	for _, jws := range others {
		_, p, _ := parts(jws)
		genuine[p] = true
		f.Add([]byte(jws))
	}
	claims := school.Badge().With("/evidence", evidence()).Claims().With("/vct", sdjwt.BadgeType)
	selective := sdIssue(f, school.Key(keys.EdDSA), claims, sdjwt.Config{Random: always()}, "/evidence")
	_, p, _ := parts(selective)
	genuine[p] = true
	f.Add([]byte(selective))
	for _, seed := range []string{
		jws[:len(jws)-4], "\n" + jws, school.Badge().Text(), "https://school.example/c/1", "{}", "", "..", "eyJ.eyJ.AA~",
		`{"proof":{}}`, `<svg/>`, "\x89PNG\r\n\x1a\n",
	} {
		f.Add([]byte(seed))
	}
	v := w.Verifier()
	f.Fuzz(func(t *testing.T, in []byte) {
		r := v.Check(t.Context(), verifier.Input{File: in}, verifier.Policy{Waive: verifier.MissingClaims})
		allChecks(t, r)
		if r.Verdict != verifier.Valid {
			return
		}
		text, disclosed, _ := strings.Cut(strings.Trim(string(in), " \t\r\n"), "~")
		for _, d := range strings.Split(strings.TrimSuffix(disclosed, "~"), "~") {
			if !strings.Contains(selective, "~"+d+"~") && d != "" {
				t.Errorf("valid with what nobody signed: %q", in)
			}
		}
		if strings.Count(text, ".") != 2 {
			t.Fatalf("valid: %q", in)
		}
		_, p, s := parts(text)
		if _, err := base64.RawURLEncoding.Strict().DecodeString(s); err != nil || !genuine[p] {
			t.Errorf("valid although nobody signed it: %q", in)
		}
	})
}

// always gives the same bytes again and again, so that every process of a fuzz test makes the same tokens.
func always() io.Reader {
	return strings.NewReader(strings.Repeat("the same salt in every process ", 100))
}

// FuzzVerifyPresentation: whatever is presented there is a result with every check, and only what the holder signed is valid.
func FuzzVerifyPresentation(f *testing.F) {
	w := verifiertest.NewWorld(f)
	w.School = verifiertest.NewKeyIssuer(f, w.Web, strings.NewReader(strings.Repeat("the same key in every process ", 4)))
	holder := verifiertest.NewKeyIssuer(f, w.Web, strings.NewReader(strings.Repeat("another key in every process! ", 4)))
	w.Trusting(f, w.School.ID)
	badge := w.School.Badge().With("/credentialSubject/id", holder.ID)
	vp := verifiertest.Doc{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": holder.ID,
		"verifiableCredential": []any{map[string]any(verifiertest.Parse(prove(f, w.School, dataintegrity.EdDSAJCS, keys.EdDSA, badge)))},
	}
	public := holder.Key(keys.EdDSA).Public()
	claims := badge.Claims().With("/vct", sdjwt.BadgeType).With("/cnf", map[string]any{"jwk": map[string]any(verifiertest.Parse(string(public.JWK())))})
	bound, err := sdjwt.Present(sdIssue(f, w.School.Key(keys.EdDSA), claims, sdjwt.Config{Random: always()}), nil,
		&sdjwt.Binding{Key: holder.Key(keys.EdDSA), Nonce: nonce, Audience: audience, At: verifiertest.Now()})
	if err != nil {
		f.Fatal(err)
	}
	genuine := map[string]bool{}
	for _, in := range []string{vpjwt(holder, answer(vp)), signVPWith(f, dataintegrity.EdDSAJCS, holder, vp, statement()), bound} {
		if r := judge(f, w, in, asked()); r.Verdict != verifier.Valid {
			f.Fatal(summary(r.Result()))
		}
		genuine[canonical(in)] = true
		f.Add([]byte(in))
	}
	v := w.Verifier()
	f.Fuzz(func(t *testing.T, in []byte) {
		item, _, err := intake.Read(in, intake.Hint{})
		if err != nil {
			return
		}
		r := v.VerifyPresentation(t.Context(), item, asked())
		allChecks(t, r.Result())
		for _, c := range r.Credentials {
			allChecks(t, c.Result)
		}
		if r.Verdict == verifier.Valid && !genuine[canonical(string(in))] {
			t.Errorf("valid although the holder did not sign it: %q", in)
		}
	})
}

// canonical is what a presentation is apart from white space: canonical JSON, or the text itself.
func canonical(in string) string {
	in = strings.Trim(in, " \t\r\n\f\v")
	if v, err := ijson.Parse([]byte(in), ijson.Bounds{}); err == nil {
		if out, err := ijson.AppendCanonical(nil, v); err == nil {
			return string(out)
		}
	}
	return in
}
