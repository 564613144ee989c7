package verifier_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestEveryAchievementIsAskedFor: an issuer that is trusted for the last achievement inside is not trusted for the first.
func TestEveryAchievementIsAskedFor(t *testing.T) {
	w := verifiertest.NewWorld(t)
	of := func(types ...any) string {
		var subjects []any
		for i, kind := range types {
			s := w.School.Badge().With("/credentialSubject/id", fmt.Sprintf("urn:x:%d", i)).With("/credentialSubject/achievement/achievementType", kind)
			subjects = append(subjects, s["credentialSubject"])
		}
		return w.School.VCJWT(keys.ES256, w.School.Badge().With("/type", []any{"VerifiableCredential"}).With("/credentialSubject", subjects))
	}
	following(t, w, trust.Entry{ID: w.School.ID, Types: []string{"License"}})
	for name, row := range map[string]struct {
		in   string
		want want
	}{
		"a licence":               {of("License"), ok()},
		"a course":                {of("Course"), unclear(verifier.CheckTrust, trust.TypeNotAllowed)},
		"a course and a licence":  {of("Course", "License"), unclear(verifier.CheckTrust, trust.TypeNotAllowed)},
		"a licence and a seminar": {of("License", "Seminar"), unclear(verifier.CheckTrust, trust.TypeNotAllowed)},
	} {
		t.Run(name, func(t *testing.T) { look(t, check(t, w, row.in), row.want) })
	}
}

// credulous is a Trust that believes everybody but one issuer, those without a name too, and lets everybody vouch for others.
type credulous struct{ but string }

func (c credulous) Decide(_ context.Context, q trust.Question) trust.Decision {
	if q.Issuer == c.but {
		return trust.Decision{Code: trust.UnknownIssuer, Detail: "Nobody knows this issuer."}
	}
	return trust.Decision{Trusted: true, Code: trust.OK, Detail: "Everybody is good.", Entry: &trust.Entry{ID: q.Issuer, Delegates: true}}
}

func (credulous) Delegators(context.Context) bool { return true }

// TestWhatIsNoEndorsementVouchesForNobody: what stands in the place of an endorsement and is none names no one to ask about, so
// that nobody is looked up for it, whatever the trust list would say.
func TestWhatIsNoEndorsementVouchesForNobody(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.Trust = credulous{but: w.School.ID}
	with := func(e string) string {
		return signed(w, w.School.Badge().With("/issuer/endorsementJwt", []any{e}))
	}
	look(t, check(t, w, with(w.Stranger.JWT(keys.EdDSA, w.Stranger.Endorsement(w.School.ID).Claims()))),
		want{verifier.Valid, verifier.CheckTrust, verifier.Pass, trust.Delegated})
	before := w.Web.Count(w.Stranger.KeysURL())
	r := check(t, w, with(w.Stranger.JWT(keys.EdDSA, w.Stranger.Badge().Claims())))
	look(t, r, unclear(verifier.CheckTrust, trust.UnknownIssuer))
	if n := w.Web.Count(w.Stranger.KeysURL()) - before; n != 0 || warned(r, "endorsement.invalid") {
		t.Errorf("%d requests\n%s", n, summary(r))
	}
}

// TestAPresentationIsNoMemberOfARecord, not even one that calls itself a credential, too.
func TestAPresentationIsNoMemberOfARecord(t *testing.T) {
	w := verifiertest.NewWorld(t)
	member := func(types ...any) verifier.Check {
		m := proved(t, w.School, w.School.Badge().With("/type", types))
		r := check(t, w, w.School.JWT(keys.ES256, w.School.Record(map[string]any(m)).Claims()))
		if len(r.Nested) != 1 {
			t.Fatal(summary(r))
		}
		return r.Nested[0].Result.Check(verifier.CheckForm)
	}
	if c := member("VerifiableCredential", "OpenBadgeCredential"); c.Outcome != verifier.Pass {
		t.Errorf("a credential: %+v", c)
	}
	if c := member("VerifiableCredential", "OpenBadgeCredential", "VerifiablePresentation"); c.Outcome != verifier.Fail || c.Code != "form.presentation" {
		t.Errorf("a presentation: %+v", c)
	}
}

// TestWhatIsSignedAndNoCredential: JSON under a good signature that is no object at all.
func TestWhatIsSignedAndNoCredential(t *testing.T) {
	w := verifiertest.NewWorld(t)
	raw := coseBadge(t, w.School.Key(keys.ES256), cose.TypeCredential, cose.Credential, `["VerifiableCredential"]`)
	look(t, w.Verifier().Check(t.Context(), verifier.Input{File: raw}, verifier.Policy{}), refused(verifier.CheckForm, "vc.malformed"))
}

// chained adds a proof by an issuer's EdDSA key that builds on earlier ones.
func chained(t *testing.T, by *verifiertest.Issuer, doc verifiertest.Doc, id string, previous ...string) verifiertest.Doc {
	t.Helper()
	return verifiertest.Parse(string(by.Embed(t, doc, dataintegrity.Statement{ID: id, Previous: previous})))
}

// TestAProofIsWorthNoMoreThanWhatItBuildsOn (VC Data Integrity §2.1.2): a good proof of the issuer that names an earlier one of
// somebody else holds only when that one does.
func TestAProofIsWorthNoMoreThanWhatItBuildsOn(t *testing.T) {
	w := verifiertest.NewWorld(t)
	anybody := verifiertest.NewKeyIssuer(t, w.Web, nil)
	first := chained(t, anybody, w.School.Badge(), "urn:proof:1")
	other := chained(t, anybody, w.School.Badge().With("/name", "Another"), "urn:proof:1")
	swapped := first.With("/proof/0/proofValue", other["proof"].([]any)[0].(map[string]any)["proofValue"])
	unknown := first.With("/proof/0/cryptosuite", "bbs-2023")
	for name, row := range map[string]struct {
		first verifiertest.Doc
		want  want
	}{
		"on a good one":                  {first, ok()},
		"on a broken one":                {swapped, refused(verifier.CheckProof, "proof.chain")},
		"on one of a suite nobody knows": {unknown, unclear(verifier.CheckProof, "proof.chain")},
	} {
		t.Run(name, func(t *testing.T) {
			look(t, check(t, w, chained(t, w.School, row.first, "urn:proof:2", "urn:proof:1").Text()), row.want)
		})
	}
	look(t, check(t, w, chained(t, w.School, swapped, "urn:proof:2").Text()), ok()) // beside it, and not on it
}

// TestWhoseMethodAProofNames: a verification method that leads to no key of the issuer, and whom it makes us ask.
func TestWhoseMethodAProofNames(t *testing.T) {
	w := verifiertest.NewWorld(t)
	good := proved(t, w.School, w.School.Badge())
	anybody := verifiertest.NewKeyIssuer(t, w.Web, nil)
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name, method string
		want         want
	}{
		{"the issuer's own", w.School.KeyID(keys.EdDSA), ok()},
		{"one that the issuer does not have", w.School.ID + "#other", refused(bind, "key.not_bound_to_issuer")},
		{"a stranger's at an address", w.Stranger.KeyID(keys.EdDSA), refused(bind, "key.not_bound_to_issuer")},
		{"a did:key that is none", "did:key:zNothing#zNothing", refused(bind, "did.method_unsupported")},
		{"a did:jwk that is none", "did:jwk:e30#0", refused(bind, "did.syntax")},
		{"a fragment that a did:key does not have", anybody.ID + "#other", refused(bind, "key.not_bound_to_issuer")},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := w.Web.Count(w.Stranger.KeysURL())
			look(t, check(t, w, good.With("/proof/0/verificationMethod", row.method).Text()), row.want)
			if n := w.Web.Count(w.Stranger.KeysURL()) - before; n != 0 {
				t.Errorf("the stranger was asked %d times", n)
			}
		})
	}
	nowhere := good.With("/proof/0/verificationMethod", anybody.ID+"#other").Text()
	look(t, check(t, w, nowhere), want{verifier.Invalid, verifier.CheckProof, verifier.Unknown, "proof.no_key"})
	look(t, check(t, w, w.School.Badge().Text()), want{verifier.Invalid, bind, verifier.Unknown, "binding.no_key"})
}

// TestWhoseKeyAHeaderNames: of a key that another identity holds, not even the issuer is asked; without an issuer, nobody.
func TestWhoseKeyAHeaderNames(t *testing.T) {
	w := verifiertest.NewWorld(t)
	badge := w.School.Badge()
	for name, row := range map[string]struct {
		in   string
		want want
	}{
		"another identity's key": {
			w.School.Sign(keys.ES256, w.School.Header(keys.ES256).With("/kid", w.Stranger.KeyID(keys.ES256)).Text(), badge.Claims().Text()),
			refused(verifier.CheckBinding, "key.not_bound_to_issuer"),
		},
		"no issuer": {w.School.VCJWT(keys.ES256, badge.Without("/issuer")), refused(verifier.CheckBinding, "binding.no_issuer")},
		"no issuer, and no key either": {
			w.School.Sign(keys.ES256, `{"alg":"ES256","typ":"vc+jwt"}`, badge.Without("/issuer").Text()), refused(verifier.CheckBinding, "jose.no_key"),
		},
	} {
		before := w.Web.Requests()
		r := check(t, w, row.in)
		look(t, r, row.want)
		if n := w.Web.Requests() - before; n != 0 {
			t.Errorf("%s: %d requests\n%s", name, n, summary(r))
		}
	}
}

// TestOpenBadges2LeadsNowhere: each of the documents that an old badge leads to can be missing, and that is not known, not wrong.
func TestOpenBadges2LeadsNowhere(t *testing.T) {
	binding, status := verifier.CheckBinding, verifier.CheckStatus
	w, old := ob2World(t, keys.ES256)
	in := old.JWS(old.Signed())
	look(t, check(t, w, in), ok())
	for _, row := range []struct {
		missing string
		want    want
	}{
		{"/key", unclear(binding, "fetch.dns")},
		{"/class", unclear(binding, "fetch.dns")},
		{"/class", unclear(verifier.CheckSchema, "schema.not_read")},
		{"/issuer", unclear(binding, "fetch.dns")},
		{"/issuer", unclear(verifier.CheckSchema, "schema.not_read")},
		{"/issuer", unclear(status, "status.not_looked_up")},
		{"/revoked", unclear(status, "STATUS_RETRIEVAL_ERROR")},
	} {
		t.Run(row.missing+" "+row.want.code, func(t *testing.T) {
			t.Cleanup(func() { restore(old) })
			w.Web.Fail(old.Origin+row.missing, "fetch.dns")
			look(t, check(t, w, in), row.want)
		})
	}
	old.Put(old.Profile().Without("/name"))
	look(t, check(t, w, in), refused(verifier.CheckSchema, "ob2.required"))
	restore(old)
	hosted := old.Hosted()
	old.Put(verifiertest.Doc{"id": hosted["id"], "type": "Assertion", "revoked": true})
	look(t, check(t, w, hosted.Text()), want{verifier.Invalid, verifier.CheckProof, verifier.Unknown, "ob2.revoked"})
}

// TestOpenBadges2InsideOfSomething: an old badge is no member of a record, and in a presentation many of them share one bound of
// addresses.
func TestOpenBadges2InsideOfSomething(t *testing.T) {
	w := verifiertest.NewWorld(t)
	old := verifiertest.NewOldIssuer(t, w.Web, "https://old.example", keys.ES256)
	r := check(t, w, w.School.JWT(keys.ES256, w.School.Record(old.JWS(old.Signed())).Claims()))
	if len(r.Nested) != 1 || r.Nested[0].Result.Check(verifier.CheckForm).Code != "ob2.nested" {
		t.Errorf("%s\n%+v", summary(r), r.Nested)
	}
	holder := verifiertest.NewKeyIssuer(t, w.Web, nil)
	var badges []any
	for i := range limits.PresentationCredentials {
		origin := fmt.Sprintf("https://old-%d.example", i)
		o := verifiertest.NewOldIssuer(t, w.Web, origin, keys.ES256)
		badges = append(badges, o.JWS(o.Signed()))
	}
	vp := map[string]any{"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": badges}
	before := w.Web.Requests()
	p := judge(t, w, holder.JWT(keys.EdDSA, answer(verifiertest.Doc{"iss": holder.ID, "vp": vp})), asked())
	if n := w.Web.Requests() - before; n != limits.LookUps {
		t.Errorf("%d requests", n)
	}
	if len(p.Credentials) != limits.PresentationCredentials {
		t.Fatal(summary(p.Result()))
	}
	look(t, p.Credentials[limits.PresentationCredentials-1].Result, unclear(verifier.CheckBinding, "limits.look_ups"))
}

// TestSDJWTShapes: what an SD-JWT may leave out and what it must not say.
func TestSDJWTShapes(t *testing.T) {
	s := newStage(t)
	es := s.School.Key(keys.ES256)
	claims := s.badge().Claims().Merge(verifiertest.Doc{"vct": sdjwt.BadgeType})
	own := verifiertest.NewKeyIssuer(t, s.Web, nil)
	s.Trusting(t, s.School.ID, own.ID)
	model := verifiertest.Doc{"vct": "https://x.example/id", "iss": s.School.ID}
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"issued by a key that is its own name, which is not named again", sdIssue(t, own.Key(keys.EdDSA).WithID(""), own.Badge().Claims().Merge(verifiertest.Doc{"vct": sdjwt.BadgeType}), sdjwt.Config{}), ok()},
		{"the same with another's key", sdIssue(t, s.holder.Key(keys.EdDSA).WithID(""), own.Badge().Claims().Merge(verifiertest.Doc{"vct": sdjwt.BadgeType}), sdjwt.Config{}), refused(verifier.CheckProof, "jose.signature")},
		{"a time of issue", sdIssue(t, es, model.With("/iat", 1), sdjwt.Config{}), unclear(verifier.CheckSchema, "schema.vct_unknown")},
		{"a time of issue that is no number", sdIssue(t, es, model.With("/iat", "yesterday"), sdjwt.Config{}), refused(verifier.CheckForm, "time.syntax")},
		{"certified, with a key of a curve that is not read", certifiedBy(t, es, claims, odd(t)), refused(verifier.CheckProof, "key.unsupported")},
		{"certified, with a key for another algorithm", certifiedBy(t, es, claims, newAuthority(t).certify(t, s.School.Key(keys.EdDSA).Public().Key, "school.example", verifiertest.Now().Add(time.Minute))),
			refused(verifier.CheckProof, "key.alg_mismatch")},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, s.World, row.in), row.want) })
	}
	vp := sdIssue(t, s.holder.Key(keys.EdDSA), answer(s.presentation(map[string]any(s.envelope(s.badge())))), sdjwt.Config{Type: sdjwt.TypeVP})
	look(t, s.World.Verifier().Verify(t.Context(), intake.New(proof.VCSDJWT, []byte(vp)), verifier.Policy{}), refused(verifier.CheckForm, "form.presentation"))
}

// certifiedBy signs claims as SD-JWT VC with any certificates in its header.
func certifiedBy(t *testing.T, key keys.Signer, claims verifiertest.Doc, chain ...[]byte) string {
	t.Helper()
	head := verifiertest.Doc{"alg": string(key.Public().Alg), "typ": sdjwt.TypeVC, "x5c": chain}
	return verifiertest.SignWith(key, head.Text(), claims.Text()) + "~"
}

// odd is a certificate of a key that is not read.
func odd(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newAuthority(t).certify(t, &key.PublicKey, "school.example", verifiertest.Now().Add(time.Minute))
}

// TestWhichKeyOfTwo: metadata with two keys does not say which one signed when the signature names none.
func TestWhichKeyOfTwo(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const id = "https://awards.example"
	school := verifiertest.NewIssuer(t, w.Web, id, keys.ES256)
	w.Trusting(t, id)
	in := sdIssue(t, school.Key(keys.ES256).WithID(""), school.Badge().Claims().With("/vct", sdjwt.BadgeType), sdjwt.Config{})
	set := school.Document()
	serve := func(set verifiertest.Doc) {
		w.Web.Put(id+"/.well-known/jwt-vc-issuer", "application/json", verifiertest.Doc{"issuer": id, "jwks": map[string]any(set)}.Text())
	}
	serve(set)
	look(t, check(t, w, in), ok())
	second := verifiertest.NewIssuer(t, verifiertest.NewWeb(), id, keys.EdDSA).Document()
	serve(set.With("/keys/-", second["keys"].([]any)[0]))
	look(t, check(t, w, in), refused(verifier.CheckBinding, "jose.no_key"))
}

// TestWhereALinkWasBroken: what a link leads to and is no credential is told with the link.
func TestWhereALinkWasBroken(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const link = "https://school.example/page"
	w.Web.Put(link, "text/html", "<!doctype html><p>Hello")
	r := w.Verifier().Check(t.Context(), verifier.Input{URL: link}, verifier.Policy{})
	look(t, r, refused(verifier.CheckForm, "intake.unsupported"))
	if at := r.Check(verifier.CheckForm).At; at != link {
		t.Errorf("at %q", at)
	}
}

// forgetful is a Memory that cannot keep what it is told.
type forgetful struct{ keptMemory }

func (*forgetful) Saw(context.Context, string, time.Time) error {
	return errors.New("the disk is full")
}

// TestAListThatCannotBeRememberedIsNotUsed: otherwise an older one could follow it (S07).
func TestAListThatCannotBeRememberedIsNotUsed(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	w.Memory = &forgetful{keptMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}}
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.memory"))
}

// blind is a Memory that cannot say what it saw of lists, and knows all the rest.
type blind struct{ keptMemory }

func (*blind) Newest(context.Context, string) (time.Time, error) {
	return time.Time{}, errors.New("the disk is gone")
}

// mute is a Memory that cannot say what it saw revoked, and knows all the rest.
type mute struct{ keptMemory }

func (*mute) Revoked(context.Context, string, string) (bool, error) {
	return false, errors.New("the disk is gone")
}

// TestClearIsNotSaidWhenARevocationMayBeForgotten: what is revoked in the list is revoked all the same.
func TestClearIsNotSaidWhenARevocationMayBeForgotten(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	w.Memory = &mute{keptMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}}
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.memory"))
	look(t, check(t, w, statusBadge(w, entry("7"))), revoked())
}

// TestEntriesThatLeadNowhere: an entry that names no list, or not for what, is wrong and leads to no request.
func TestEntriesThatLeadNowhere(t *testing.T) {
	w := verifiertest.NewWorld(t)
	without := func(name string) string {
		e := verifiertest.Doc(entry("5")).Without("/" + name)
		return statusBadge(w, map[string]any(e))
	}
	plain := map[string]any{"id": "", "type": "1EdTechRevocationList"}
	token := func(uri string) string {
		claims := w.School.Badge().Claims().With("/status", map[string]any{"status_list": map[string]any{"idx": 5, "uri": uri}})
		return w.School.JWT(keys.ES256, claims)
	}
	for name, in := range map[string]string{
		"no purpose": without("statusPurpose"), "no list": without("statusListCredential"), "a plain list without an address": statusBadge(w, plain),
		"a token list without an address": token(""),
	} {
		t.Run(name, func(t *testing.T) {
			before := w.Web.Requests()
			look(t, check(t, w, in), refused(verifier.CheckStatus, "status.malformed"))
			if n := w.Web.Requests() - before; n != 1 { // for the keys
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestATokenThatSaysNothing: a status list token that is signed well and holds no claims.
func TestATokenThatSaysNothing(t *testing.T) {
	w := verifiertest.NewWorld(t)
	head := w.School.Header(keys.EdDSA).With("/typ", "statuslist+jwt").Text()
	for _, payload := range []string{`["` + tokensURL + `"]`, `{"sub":"` + tokensURL + `","sub":"` + tokensURL + `"}`} {
		w.Web.Put(tokensURL, "application/statuslist+jwt", w.School.Sign(keys.EdDSA, head, payload))
		look(t, check(t, w, tokenBadge(w, 5)), unknown("status.malformed_list"))
	}
}

// TestAKeyThatIsLookedForAgain: when a kept document lacks the key and a new one cannot be had, the key is not known.
func TestAKeyThatIsLookedForAgain(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.Web.PutFor(w.School.KeysURL(), "application/json", w.School.Document().Text(), time.Hour)
	v := w.Verifier()
	look(t, v.Check(t.Context(), verifier.Input{Text: signed(w, w.School.Badge())}, verifier.Policy{}), ok())
	w.Pass(time.Minute)
	w.Web.Fail(w.School.KeysURL(), "fetch.dns")
	in := w.School.Sign(keys.ES256, w.School.Header(keys.ES256).With("/kid", w.School.ID+"#new").Text(), w.School.Badge().Claims().Text())
	look(t, v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{}), unclear(verifier.CheckBinding, "did.unreachable"))
}

// TestAListIsNotUsedWhenWhatWasSeenBeforeIsNotKnown, and it is not even asked for.
func TestAListIsNotUsedWhenWhatWasSeenBeforeIsNotKnown(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	w.Memory = &blind{keptMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}}
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.memory"))
	if n := w.Web.Count(listURL); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestTheHistoryOfManyListsIsBounded: a question about the past asks a second address for each list, and these count, too.
func TestTheHistoryOfManyListsIsBounded(t *testing.T) {
	w := verifiertest.NewWorld(t)
	then := verifiertest.Now().AddDate(0, -2, 0)
	const most = (limits.LookUps - 1) / 2 // lists of which both addresses may be asked, beside that of the issuer's keys
	var members []any
	history := func(i int) string {
		return fmt.Sprintf("https://school.example/status/s%d?at=%s", i, url.QueryEscape(then.Format(time.RFC3339)))
	}
	for i := range most + 1 {
		l := list()
		l.URL, l.Purpose, l.Set = fmt.Sprintf("https://school.example/status/s%d", i), "suspension", nil
		w.School.PublishList(t, keys.EdDSA, l)
		l.From, l.Until = then, then.Add(time.Hour)
		w.Web.Put(history(i), "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l)))
		badge := w.School.Badge().With("/id", fmt.Sprintf("urn:x:%d", i)).With("/credentialStatus", verifiertest.Entry(l.URL, "suspension", "5"))
		members = append(members, signed(w, badge))
	}
	r := w.Verifier().Check(t.Context(), verifier.Input{Text: w.School.JWT(keys.ES256, w.School.Record(members...).Claims())}, verifier.Policy{At: then})
	if len(r.Nested) != most+1 {
		t.Fatal(summary(r))
	}
	look(t, r.Nested[most-1].Result, clear())
	look(t, r.Nested[most].Result, unknown("limits.look_ups"))
	if n := w.Web.Count(history(most)); n != 0 {
		t.Errorf("%d requests beyond the bound", n)
	}
}

// TestAPictureIsNoStatusList, though a credential may stand in one.
func TestAPictureIsNoStatusList(t *testing.T) {
	w := verifiertest.NewWorld(t)
	jws := w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, list()))
	picture, err := baking.BakeSVG([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), []byte(jws))
	if err != nil {
		t.Fatal(err)
	}
	w.Web.Put(listURL, "image/svg+xml", string(picture))
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.malformed_list"))
	w.Web.Put(listURL, "text/plain", jws)
	look(t, check(t, w, statusBadge(w, entry("5"))), clear())
}
