package verifier_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// second is another badge about the same person, for another achievement.
func second(i *verifiertest.Issuer) verifiertest.Doc {
	return i.Badge().With("/id", "https://school.example/c/2").With("/credentialSubject/achievement/id", "https://school.example/a/2").
		With("/credentialSubject/achievement/name", "Forging")
}

// counts is what a learner record says first.
func counts(r verifier.Result) [4]int {
	if r.Record == nil {
		return [4]int{}
	}
	return [4]int{r.Record.Members, r.Record.Valid, r.Record.Invalid, r.Record.Undecided}
}

// TestRecords: every credential of a learner record is verified by itself. A bad one never makes the record bad, and is never
// counted, nor hidden.
func TestRecords(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	b, other := w.School.Badge(), second(w.School)
	good := signed(w, b)
	forged := w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), other.Claims().Text())
	enveloped := map[string]any{
		"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential",
		"id": "data:application/vc+jwt," + w.School.VCJWT(keys.ES256, other),
	}
	endorsement := w.School.JWT(keys.ES256, w.School.Endorsement("https://school.example/c/1").Claims())
	for _, row := range []struct {
		name    string
		members []any
		counts  [4]int
		bad     want // what the last member comes to
	}{
		{"two that hold", []any{good, signed(w, other)}, [4]int{2, 2, 0, 0}, ok()},
		{"one that stands enveloped", []any{good, enveloped}, [4]int{2, 2, 0, 0}, ok()},
		{"one with an embedded proof", []any{good, map[string]any(proved(t, w.School, other))}, [4]int{2, 2, 0, 0}, ok()},
		{"a forged one", []any{good, forged}, [4]int{2, 1, 1, 0}, refused(verifier.CheckProof, "jose.signature")},
		{"a changed one with an embedded proof", []any{good, map[string]any(proved(t, w.School, other).With("/name", "Doctor"))}, [4]int{2, 1, 1, 0},
			refused(verifier.CheckProof, "di.signature")},
		{"an unsigned one", []any{good, map[string]any(other)}, [4]int{2, 1, 1, 0}, refused(verifier.CheckProof, "proof.missing")},
		{"an expired one", []any{good, signed(w, other.With("/validUntil", "2026-03-01T00:00:00Z"))}, [4]int{2, 1, 1, 0}, refused(verifier.CheckTime, "time.expired")},
		{"a revoked one", []any{good, statusBadge(w, entry("7"))}, [4]int{2, 1, 1, 0}, refused(verifier.CheckStatus, "status.revoked")},
		{"one of nobody that is trusted", []any{good, w.Stranger.JWT(keys.ES256, second(w.Stranger).Claims())}, [4]int{2, 1, 0, 1},
			unclear(verifier.CheckTrust, "trust.unknown_issuer")},
		{"a genuine one about somebody else", []any{good, signed(w, other.With("/credentialSubject/id", "did:example:zoe"))}, [4]int{2, 1, 0, 1},
			unclear(verifier.CheckSubject, "record.subject")},
		{"a record in the record", []any{good, signed(w, w.School.Record(signed(w, other)).With("/id", "https://school.example/r/2"))}, [4]int{2, 2, 0, 0}, ok()},
		{"an endorsement of one", []any{signed(w, b.With("/endorsementJwt", []any{endorsement}))}, [4]int{1, 1, 0, 0}, ok()},
		{"a link", []any{good, "https://school.example/c/2"}, [4]int{2, 1, 1, 0}, refused(verifier.CheckForm, "record.member")},
	} {
		t.Run(row.name, func(t *testing.T) {
			doc := w.School.Record(row.members...)
			r := check(t, w, signed(w, doc))
			if row.name == "a link" { // the schema refuses it, and still the member is looked at
				look(t, r, refused(verifier.CheckSchema, "schema.pattern"))
			} else if row.bad == ok() {
				look(t, r, want{verifier.Valid, verifier.CheckNested, verifier.Pass, "record.all_hold"})
			} else {
				look(t, r, want{verifier.Valid, verifier.CheckNested, verifier.Unknown, "record.not_all_hold"})
			}
			if got := counts(r); got != row.counts {
				t.Errorf("members, valid, invalid, undecided: %v, want %v", got, row.counts)
			}
			last := r.Nested[len(r.Nested)-1]
			if last.Kind != verifier.NestedCredential || len(r.Nested) != row.counts[0] {
				t.Errorf("%d nested, the last is %s", len(r.Nested), last.Kind)
			}
			look(t, last.Result, row.bad)
			if row.bad != ok() && !warned(r, "record.member_"+string(row.bad.verdict)) {
				t.Error("no warning")
			}
		})
	}
}

// TestRecordItself: the rules of CLR 2.0 for the record, and a good member does not save a bad record.
func TestRecordItself(t *testing.T) {
	w := verifiertest.NewWorld(t)
	doc := w.School.Record(signed(w, w.School.Badge()))
	association := map[string]any{
		"type": "Association", "associationType": "isPartOf", "sourceId": "https://school.example/a/1", "targetId": "https://school.example/a/9",
	}
	with := func(change func(a map[string]any)) verifiertest.Doc {
		a := map[string]any{}
		for k, v := range association {
			a[k] = v
		}
		change(a)
		return doc.With("/credentialSubject/association", []any{a})
	}
	schema := func(code string) want { return refused(verifier.CheckSchema, code) }
	for _, row := range []struct {
		name string
		doc  verifiertest.Doc
		want want
	}{
		{"as it is", doc, ok()},
		{"partial", doc.With("/partial", true), ok()},
		{"partial in words", doc.With("/partial", "yes"), schema("schema.type")},
		{"no credential in it", doc.With("/credentialSubject/verifiableCredential", []any{}), schema("schema.items")},
		{"no list of credentials", doc.Without("/credentialSubject/verifiableCredential"), schema("schema.required")},
		{"no name", doc.Without("/name"), schema("schema.required")},
		{"the contexts in another order", doc.With("/@context", []any{doc["@context"].([]any)[0], doc["@context"].([]any)[2], doc["@context"].([]any)[1]}), schema("vc.malformed")},
		{"no context of learner records", doc.Without("/@context/1"), schema("vc.malformed")},
		{"about nobody", doc.Without("/credentialSubject/id"), refused(verifier.CheckSchema, "ob.subject")},
		{"an association", with(func(map[string]any) {}), ok()},
		{"an association of another kind", with(func(a map[string]any) { a["associationType"] = "isBetterThan" }), schema("schema.value")},
		{"an association without a target", with(func(a map[string]any) { delete(a, "targetId") }), schema("schema.required")},
		{"an association that says more", with(func(a map[string]any) { a["note"] = "x" }), schema("schema.additional")},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, w, signed(w, row.doc)), row.want)
		})
	}
	t.Run("a record that somebody else signed", func(t *testing.T) {
		r := check(t, w, w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), doc.Claims().Text()))
		look(t, r, refused(verifier.CheckProof, "jose.signature"))
		if counts(r) != [4]int{1, 1, 0, 0} {
			t.Errorf("counts %v", counts(r))
		}
	})
	t.Run("a record with an embedded proof", func(t *testing.T) {
		in := proved(t, w.School, doc.With("/partial", true).With("/credentialSubject/association", []any{association}).
			With("/credentialSubject/verifiableCredential/-", map[string]any(proved(t, w.School, second(w.School)))))
		r := check(t, w, in.Text())
		look(t, r, ok())
		if counts(r) != [4]int{2, 2, 0, 0} || !r.Record.Partial {
			t.Errorf("counts %v", counts(r))
		}
		for _, row := range []struct {
			at    string
			value any
		}{
			{"/partial", false}, {"/credentialSubject/association/0/associationType", "isParentOf"},
			{"/credentialSubject/verifiableCredential/0", signed(w, second(w.School))},
			{"/credentialSubject/verifiableCredential/1/validFrom", "2026-01-30T09:00:00Z"},
		} {
			look(t, check(t, w, in.With(row.at, row.value).Text()), refused(verifier.CheckProof, "di.signature"))
		}
	})
	t.Run("associations are shown with the names of the achievements", func(t *testing.T) {
		known := doc.With("/credentialSubject/achievement", []any{map[string]any{
			"id": "https://school.example/a/9", "type": []any{"Achievement"}, "name": "Metalwork", "description": "All of it.", "criteria": map[string]any{"narrative": "All."},
		}}).With("/credentialSubject/association", []any{association})
		r := check(t, w, signed(w, known))
		want := []verifier.Association{{Type: "isPartOf", Source: "https://school.example/a/1", Target: "https://school.example/a/9", SourceName: "Welding", TargetName: "Metalwork"}}
		if diff := cmp.Diff(want, r.Record.Associations); diff != "" || warned(r, "record.association") {
			t.Error(diff, summary(r))
		}
		if r = check(t, w, signed(w, with(func(map[string]any) {}))); !warned(r, "record.association") {
			t.Error("an association with what is not in the record is not named")
		}
	})
	t.Run("the same credential twice", func(t *testing.T) {
		b := signed(w, w.School.Badge())
		if r := check(t, w, signed(w, w.School.Record(b, b))); !warned(r, "record.member_twice") {
			t.Error(summary(r))
		}
	})
	t.Run("the expected person is looked for in every credential", func(t *testing.T) {
		ada := "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"
		in := verifier.Input{Text: signed(w, w.School.Record(signed(w, w.School.Badge()), signed(w, second(w.School).With("/credentialSubject/id", "did:example:zoe"))))}
		r := w.Verifier().Check(t.Context(), in, verifier.Policy{Recipient: ada})
		if counts(r) != [4]int{2, 1, 1, 0} {
			t.Errorf("counts %v", counts(r))
		}
		look(t, r.Nested[1].Result, refused(verifier.CheckSubject, "subject.mismatch"))
	})
	t.Run("one person under several identifiers", func(t *testing.T) {
		hash := map[string]any{"type": "IdentityObject", "hashed": true, "identityType": "emailAddress", "salt": "s", "identityHash": "sha256$00"}
		other := second(w.School).With("/credentialSubject/id", "urn:uuid:2").With("/credentialSubject/identifier", []any{hash})
		r := check(t, w, signed(w, w.School.Record(signed(w, other)).With("/credentialSubject/identifier", []any{hash})))
		if counts(r) != [4]int{1, 1, 0, 0} {
			t.Errorf("counts %v\n%s", counts(r), summary(r.Nested[0].Result))
		}
	})
}

// TestRecordOfAStranger: N11. What is in it is verified, but nobody is asked for anything who is not trusted.
func TestRecordOfAStranger(t *testing.T) {
	w := verifiertest.NewWorld(t)
	canary := verifiertest.NewIssuer(t, w.Web, "did:web:canary.example", keys.EdDSA)
	ofCanary := canary.JWT(keys.EdDSA, second(canary).Claims())
	r := check(t, w, w.Stranger.JWT(keys.ES256, w.Stranger.Record(signed(w, w.School.Badge()), ofCanary).Claims()))
	look(t, r, unclear(verifier.CheckTrust, "trust.unknown_issuer"))
	if counts(r) != [4]int{2, 1, 0, 1} {
		t.Errorf("counts %v", counts(r))
	}
	look(t, r.Nested[0].Result, ok())
	look(t, r.Nested[1].Result, unclear(verifier.CheckBinding, "nested.not_looked_up"))
	if n := w.Web.Count(canary.KeysURL()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestRecordsAreBounded: N11. Too many credentials, and too many inside one another.
func TestRecordsAreBounded(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b := signed(w, w.School.Badge())
	look(t, check(t, w, signed(w, w.School.Record(copies(limits.NestedCount+1, "eyJ.eyJ.AA")...))), refused(verifier.CheckNested, "limits.nested"))
	look(t, check(t, w, signed(w, w.School.Record(copies(limits.NestedCount, "eyJ.eyJ.AA")...))), want{verifier.Valid, verifier.CheckNested, verifier.Unknown, "record.not_all_hold"})
	in := signed(w, w.School.Record(b))
	for range limits.NestedDepth - 1 {
		in = signed(w, w.School.Record(in))
	}
	if r := check(t, w, in); counts(r) != [4]int{1, 1, 0, 0} {
		t.Errorf("the deepest that is taken: %v\n%s", counts(r), summary(r))
	}
	r := check(t, w, signed(w, w.School.Record(in)))
	for range limits.NestedDepth {
		if r.Verdict != verifier.Valid || len(r.Nested) != 1 {
			t.Fatalf("%s, %d nested", r.Verdict, len(r.Nested))
		}
		r = r.Nested[0].Result
	}
	look(t, r, refused(verifier.CheckNested, "limits.nested"))

	// The bound is one for all depths together: 16 records of 16 are 272 credentials.
	inner := copies(16, "eyJ.eyJ.AA")
	outer := make([]any, 16)
	for i := range outer {
		outer[i] = signed(w, w.School.Record(inner...))
	}
	look(t, check(t, w, signed(w, w.School.Record(outer...))), want{verifier.Valid, verifier.CheckNested, verifier.Unknown, "record.not_all_hold"})
	r = check(t, w, signed(w, w.School.Record(outer...)))
	look(t, r.Nested[15].Result, refused(verifier.CheckNested, "limits.nested"))
	for _, n := range r.Nested[:15] {
		if n.Result.Verdict != verifier.Valid || len(n.Result.Nested) != 16 {
			t.Errorf("%s: %s, %d nested", n.At, n.Result.Verdict, len(n.Result.Nested))
		}
	}
}

// records is every sample of learner records: form, outcome of the signature check, verdict, how many credentials are in it, and
// how many of their signatures hold. No issuer of these samples can be asked for its keys here, so none is valid.
var records = map[string]string{
	"complex.json":               "data-integrity pass invalid 6 6",
	"simple.json":                "data-integrity pass undecided 1 1",
	"simple_v1.json":             "data-integrity unknown invalid 6 5", // keys of an issuer that is a urn:uuid are found nowhere
	"simple.jwt":                 "jwt-vc-1.1 pass invalid 1 1",
	"simple-noproof.json":        "none fail invalid 1 0",
	"simple_old_safesigned.json": "data-integrity unknown invalid 1 0",
}

func TestOfficialRecords(t *testing.T) {
	dir := corpus.Folder(t, "1edtech", "clr20")
	got := map[string]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		w := verifiertest.NewWorld(t)
		r := w.Verifier().Check(t.Context(), verifier.Input{File: data, FileName: f.Name()}, verifier.Policy{})
		allChecks(t, r)
		inside, hold := 0, 0
		for _, n := range r.Nested {
			allChecks(t, n.Result)
			if inside++; n.Result.Check(verifier.CheckProof).Outcome == verifier.Pass {
				hold++
			}
		}
		got[f.Name()] = strings.Join([]string{
			string(r.Form), string(r.Check(verifier.CheckProof).Outcome), string(r.Verdict), strconv.Itoa(inside), strconv.Itoa(hold),
		}, " ")
		if t.Log(f.Name() + "\n" + summary(r)); r.Verdict == verifier.Valid {
			t.Errorf("%s is valid, although nobody vouches for the issuer", f.Name())
		}
	}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Error(diff)
	}
}

// copies is the same value n times.
func copies(n int, v any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}
