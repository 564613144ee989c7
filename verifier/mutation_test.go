package verifier_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// rich is a badge with something in every corner that the checks look at.
func rich(w *verifiertest.World) verifiertest.Doc {
	return w.School.Badge().With("/credentialStatus", entry("5")).
		With("/evidence", []any{map[string]any{"id": "https://school.example/e", "type": []any{"Evidence"}, "name": "Seam"}}).
		With("/credentialSubject/identifier", []any{hashed("amal@example.org", "s")})
}

// TestEveryMemberCounts changes and removes every single member of an issued badge under the old signature.
func TestEveryMemberCounts(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	for _, alg := range []keys.Algorithm{keys.ES256, keys.EdDSA} {
		payload := rich(w).Claims()
		jws := w.School.JWT(alg, payload)
		h, _, s := parts(jws)
		v := w.Verifier()
		look(t, v.Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{}), ok())
		pointers := payload.Pointers()
		if len(pointers) < 50 {
			t.Fatalf("only %d members to change", len(pointers))
		}
		for _, at := range pointers {
			for how, changed := range map[string]verifiertest.Doc{
				"changed": payload.With(at, "changed"), "null": payload.With(at, nil), "removed": payload.Without(at),
			} {
				r := v.Check(t.Context(), verifier.Input{Text: h + "." + b64(changed.Text()) + "." + s}, verifier.Policy{Waive: verifier.MissingClaims})
				if allChecks(t, r); r.Verdict == verifier.Valid || r.Check(verifier.CheckProof).Outcome == verifier.Pass {
					t.Errorf("%s %s %s: taken", alg, at, how)
				}
			}
		}
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
// be seen. Holder only speaks about presentations, which are not read yet; nested never turns a verdict except by its bound.
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
		text := strings.Trim(string(in), " \t\r\n")
		if strings.Count(text, ".") != 2 {
			t.Fatalf("valid: %q", in)
		}
		_, p, s := parts(text)
		if _, err := base64.RawURLEncoding.Strict().DecodeString(s); err != nil || !genuine[p] {
			t.Errorf("valid although nobody signed it: %q", in)
		}
	})
}
