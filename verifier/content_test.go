package verifier_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestContent is rows D02 to D13 and L02 to L05: what a badge says, signed by the school itself.
func TestContent(t *testing.T) {
	w := verifiertest.NewWorld(t)
	b := w.School.Badge()
	many := func(n int, v any) []any {
		out := make([]any, n)
		for i := range out {
			out[i] = v
		}
		return out
	}
	subject := b["credentialSubject"]
	schema, form := verifier.CheckSchema, verifier.CheckForm
	const canary = "https://canary.example/x"
	for _, row := range []struct {
		name  string
		badge verifiertest.Doc
		want  want
	}{
		{"the untouched twin", b, ok()},
		{"D02 a language object with another key", b.With("/name", map[string]any{"@value": "x", "@language": "en", "x": "y"}), refused(schema, "vc.language")},
		{"D02 a language tag that is none", b.With("/name", map[string]any{"@value": "x", "@language": "e_n"}), refused(schema, "vc.language")},
		{"D02 a direction that is none", b.With("/name", map[string]any{"@value": "x", "@direction": "up"}), refused(schema, "vc.language")},
		{"D05 neither id nor identifier", b.Without("/credentialSubject/id"), refused(schema, "ob.subject")},
		{"D05 an identifier only, the accepted twin", b.Without("/credentialSubject/id").With("/credentialSubject/identifier", many(1, plain("emailAddress", "amal@example.org"))), ok()},
		{"D05 an empty list of identifiers", b.Without("/credentialSubject/id").With("/credentialSubject/identifier", []any{}), refused(schema, "ob.subject")},
		{"an identifier of a kind that is none", b.With("/credentialSubject/identifier", many(1, plain("email", "amal@example.org"))), refused(schema, "schema.value")},
		{"a picture that is a link alone", b.With("/credentialSubject/achievement/image", canary), refused(schema, "schema.type")},
		{"D07 the end before the beginning", b.With("/validUntil", "2026-01-31T08:59:59Z"), refused(verifier.CheckTime, "time.range")},
		{"a badge that does not say since when it is valid", b.Without("/validFrom"), refused(verifier.CheckTime, "time.syntax")},
		{"D08 an achievement with a script for an id", b.With("/credentialSubject/achievement/id", "javascript:alert(1)"), ok()},
		{"D11 a schema on the web, neither known nor fetched", b.With("/credentialSchema", map[string]any{"id": canary, "type": "1EdTechJsonSchemaValidator2019"}), ok()},
		{"D11 a schema over http", b.With("/credentialSchema", map[string]any{"id": "http://canary.example/x", "type": "JsonSchema"}), ok()},
		{"D11 a schema of an unknown kind", b.With("/credentialSchema", map[string]any{"id": canary, "type": "LunarSchema"}), ok()},
		{"D11 the pinned schema under an unknown kind", b.With("/credentialSchema", map[string]any{"id": official("endorsementcredential"), "type": "LunarSchema"}), ok()},
		{"D11 a schema that is itself a credential", b.With("/credentialSchema", map[string]any{"id": canary, "type": "JsonSchemaCredential"}), ok()},
		{"D11 a schema on the web beside the pinned one", b.With("/credentialSchema", []any{
			map[string]any{"id": canary, "type": "JsonSchema"}, map[string]any{"id": official("achievementcredential"), "type": "JsonSchema"}}), ok()},
		{"D11 a pinned schema that does not hold after a schema on the web", b.With("/credentialSchema", []any{
			map[string]any{"id": canary, "type": "JsonSchema"}, map[string]any{"id": official("endorsementcredential"), "type": "JsonSchema"}}), refused(schema, "schema.contains")},
		{"N08 a schema in a file", b.With("/credentialSchema", map[string]any{"id": "file:///etc/hostname", "type": "JsonSchema"}), ok()},
		{"N08 a schema that refers elsewhere", b.With("/credentialSchema", map[string]any{"id": canary, "type": "JsonSchema", "$ref": "file:///etc/hostname"}), ok()},
		{"N08 a schema that refers to itself", b.With("/credentialSchema", map[string]any{"id": canary, "type": "JsonSchema", "$ref": "#", "$defs": map[string]any{"a": map[string]any{"$ref": "#/$defs/a"}}}), ok()},
		{"D11 the pinned schema", b.With("/credentialSchema", map[string]any{"id": official("achievementcredential"), "type": "1EdTechJsonSchemaValidator2019"}), ok()},
		{"D11 a pinned schema that does not hold", b.With("/credentialSchema", map[string]any{"id": official("endorsementcredential"), "type": "1EdTechJsonSchemaValidator2019"}), refused(schema, "schema.contains")},
		{"D13 17 subjects", b.With("/credentialSubject", many(17, subject)), refused(schema, "limits.subjects")},
		{"D13 10,000 subjects", b.With("/credentialSubject", many(10_000, map[string]any{"id": "urn:x"})), refused(form, "limits.members")},
		{"D13 10,000 evidence addresses", b.With("/evidence", many(10_000, "https://x")), refused(form, "limits.members")},
		{"D13 300 endorsements", b.With("/endorsementJwt", many(300, "eyJ.eyJ.AA")), refused(verifier.CheckNested, "limits.nested")},
		{"B08 a picture elsewhere is not loaded", b.With("/credentialSubject/achievement/image", map[string]any{"id": canary, "type": "Image"}), ok()},
		{"K18 a service to refresh from is not asked", b.With("/refreshService", map[string]any{"id": canary, "type": "1EdTechCredentialRefresh"}), ok()},
		{"N01 terms and evidence elsewhere are not read", b.With("/evidence", []any{map[string]any{"id": canary, "type": []any{"Evidence"}}}).With("/termsOfUse", map[string]any{"id": canary, "type": "Terms"}), ok()},
		{"L02 @vocab after the contexts", b.With("/@context/-", map[string]any{"@vocab": "https://x.example/"}), refused(schema, "context.not_pinned")},
		{"L02 @vocab before the contexts", b.With("/@context", append([]any{map[string]any{"@vocab": "https://x.example/"}}, b["@context"].([]any)...)), want{verifier.Invalid, schema, verifier.Fail, "vc.malformed"}},
		{"L02 @vocab between the contexts", b.With("/@context", []any{b["@context"].([]any)[0], map[string]any{"@vocab": "https://x.example/"}, b["@context"].([]any)[1]}), refused(schema, "context.not_pinned")},
		{"L04 an inline context", b.With("/@context/-", map[string]any{"issuer": "https://x.example/subject"}), refused(schema, "context.inline")},
		{"L04 a context that is taken away inside", b.With("/credentialSubject/@context", nil), refused(schema, "context.inline")},
		{"L04 a context for one type", b.With("/credentialSubject/achievement/@context", map[string]any{"name": "https://x.example/n"}), refused(schema, "context.inline")},
		{"a context that is not embedded", b.With("/@context/-", canary), unclear(schema, "context.unknown")},
		{"L05 a context that is embedded, the accepted twin", b.With("/@context/-", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"), ok()},
		{"U02 Name beside name in the achievement", b.With("/credentialSubject/achievement/Name", "Surgery"), refused(schema, "json.member_case")},
		{"a date that Go would take", b.With("/validFrom", "2026-01-31T09:00:00,5Z"), refused(schema, "time.syntax")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w.Web.Put("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "application/ld+json", `{"@context":{}}`) // L05
			r := check(t, w, w.School.VCJWT(keys.EdDSA, row.badge))
			look(t, r, row.want)
			if n := w.Web.Requests() - w.Web.Count(w.School.KeysURL()); n != 0 {
				t.Errorf("%d requests for addresses inside the badge", n)
			}
			applied := row.name == "D11 the pinned schema" || row.want != ok()
			if _, names := row.badge["credentialSchema"]; names && !applied && (!warned(r, "schema.not_looked_up") && !warned(r, "schema.type_unknown") || r.Check(schema).At == "") {
				t.Error("nobody is told that the schema was not applied")
			}
		})
	}
	t.Run("D13 enveloped fifty deep", func(t *testing.T) {
		in := b.Text()
		for range 50 {
			in = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiableCredential","id":` + verifiertest.Doc{"x": "data:application/vc," + in}.Text()[5:]
			if len(in) > 2*limits.CredentialBytes {
				break
			}
		}
		if r := check(t, w, in); r.Verdict != verifier.Invalid {
			t.Error(summary(r))
		}
	})
}

func official(name string) string {
	return "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_" + name + "_schema.json"
}

// TestTimes is rows T01 and T08: every bound to the second, without an allowance.
func TestTimes(t *testing.T) {
	for _, row := range []struct {
		name, from, until, now string
		want                   want
	}{
		{"T01 the second it begins", "2026-01-31T09:00:00Z", "", "2026-01-31T09:00:00Z", ok()},
		{"T01 a second before it begins", "2026-01-31T09:00:00Z", "", "2026-01-31T08:59:59Z", refused(verifier.CheckTime, "time.not_yet_valid")},
		{"T01 the second it ends", "2026-01-31T09:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", ok()},
		{"T01 a second after it ended", "2026-01-31T09:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T00:00:01Z", refused(verifier.CheckTime, "time.expired")},
		{"T01 valid for one second", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z", ok()},
		{"T08 until a leap day", "2024-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z", ok()},
		{"T08 after a leap day", "2024-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z", refused(verifier.CheckTime, "time.expired")},
		{"T08 the hour that summer time skips", "2026-03-29T02:30:00+01:00", "", "2026-03-29T01:30:00Z", ok()},
		{"T08 an hour before it, by offset", "2026-03-29T02:30:00+01:00", "", "2026-03-29T00:30:00Z", refused(verifier.CheckTime, "time.not_yet_valid")},
		{"T08 beyond 2038", "2026-01-31T09:00:00Z", "2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z", ok()},
		{"T08 one second later", "2026-01-31T09:00:00Z", "2038-01-19T03:14:08Z", "2038-01-19T03:14:09Z", refused(verifier.CheckTime, "time.expired")},
		{"T08 beyond 2106", "2026-01-31T09:00:00Z", "2106-02-07T06:28:16Z", "2106-02-07T06:28:16Z", ok()},
		{"T08 the year 9999", "2026-01-31T09:00:00Z", "9999-12-31T23:59:59Z", "2026-02-01T00:00:00Z", ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			at, err := time.Parse(time.RFC3339, row.now)
			if err != nil {
				t.Fatal(err)
			}
			b := w.School.Badge().With("/validFrom", row.from).Without("/validUntil")
			if row.until != "" {
				b = b.With("/validUntil", row.until)
			}
			jws := signed(w, b)
			look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{At: at}), row.want)
			w.Pass(at.Sub(verifiertest.Now()))
			look(t, check(t, w, jws), row.want)
		})
	}
}

func plain(kind, value string) map[string]any {
	return map[string]any{"type": "IdentityObject", "hashed": false, "identityHash": value, "identityType": kind}
}

func hashed(value, salt string) map[string]any {
	sum := sha256.Sum256([]byte(value + salt))
	return map[string]any{"type": "IdentityObject", "hashed": true, "identityHash": "sha256$" + hex.EncodeToString(sum[:]), "identityType": "emailAddress", "salt": salt}
}

// TestRecipients is rows D10 and U11: who a badge is about, when somebody asks.
func TestRecipients(t *testing.T) {
	w := verifiertest.NewWorld(t)
	yes, no := want{verifier.Valid, verifier.CheckSubject, verifier.Pass, "subject.email"}, refused(verifier.CheckSubject, "subject.mismatch")
	upper := hashed("amal@example.org", "s")
	upper["identityHash"] = "sha256$" + strings.ToUpper(upper["identityHash"].(string)[7:])
	other := hashed("amal@example.org", "s")
	other["salt"] = "t"
	kind := hashed("amal@example.org", "s")
	kind["identityType"] = "systemId"
	const nfc, nfd = "andr\u00e9@example.org", "andre\u0301@example.org"
	for _, row := range []struct {
		name, asked string
		identifier  any
		want        want
	}{
		{"the address, hashed and salted", "amal@example.org", hashed("amal@example.org", "s"), yes},
		{"the address, hashed without salt", "amal@example.org", hashed("amal@example.org", ""), yes},
		{"the hash in upper-case hexadecimal", "amal@example.org", upper, yes},
		{"the address in clear", "amal@example.org", plain("emailAddress", "amal@example.org"), yes},
		{"the domain in another case", "amal@Example.ORG", hashed("amal@example.org", "s"), yes},
		{"D10 somebody else", "zoe@example.org", hashed("amal@example.org", "s"), no},
		{"D10 another salt", "amal@example.org", other, no},
		{"D10 the same text of another kind", "amal@example.org", kind, no},
		{"D10 the part before the @ in another case", "Amal@example.org", hashed("amal@example.org", "s"), no},
		{"D10 blanks around it", " amal@example.org", hashed("amal@example.org", "s"), no},
		{"D10 with a tag", "amal+x@example.org", hashed("amal@example.org", "s"), no},
		{"D10 the hash itself", hashed("amal@example.org", "s")["identityHash"].(string), hashed("amal@example.org", "s"), no},
		{"U11 NFC as it was hashed", nfc, hashed(nfc, "s"), yes},
		{"U11 NFD of what was hashed in NFC", nfd, hashed(nfc, "s"), no},
		{"U11 NFC of what was hashed in NFD", nfc, hashed(nfd, "s"), no},
		{"U11 a dotted capital I", "\u0130mal@example.org", hashed("imal@example.org", "s"), no},
		{"U11 a sharp s", "stra\u00dfe@example.org", hashed("strasse@example.org", "s"), no},
		{"U11 full-width letters", "\uff41mal@example.org", hashed("amal@example.org", "s"), no},
		{"U11 a full-width @", "amal\uff20example.org", hashed("amal@example.org", "s"), no},
		{"U11 a Cyrillic a in the domain", "amal@ex\u0430mple.org", hashed("amal@example.org", "s"), no},
		{"U11 a dotted capital I in the domain", "amal@\u0130x.example", hashed("amal@ix.example", "s"), no},
		{"U11 a Kelvin sign in the domain", "amal@bo\u212A.example", hashed("amal@bok.example", "s"), no},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := w.School.Badge().With("/credentialSubject/identifier", []any{plain("name", "Amal"), row.identifier})
			look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: signed(w, b)}, verifier.Policy{Recipient: row.asked}), row.want)
		})
	}
	jws := signed(w, w.School.Badge())
	id := verifier.Policy{Recipient: "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"}
	look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: jws}, id), want{verifier.Valid, verifier.CheckSubject, verifier.Pass, "subject.id"})
	id.Recipient = strings.ToUpper(id.Recipient)
	look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: jws}, id), no)
	look(t, check(t, w, jws), want{verifier.Valid, verifier.CheckSubject, verifier.Skipped, "subject.not_asked"})
}

// TestNames is row U08: a name that passes for another is a warning beside the domain, and turns no verdict.
func TestNames(t *testing.T) {
	w := verifiertest.NewWorld(t)
	for name, confusable := range map[string]bool{
		"School of Example": false, "Школа искусств": false, "جامعة القاهرة": false, "東京大学": false,
		"\u0405ch\u043eol of Example": true, "Sch\u200bool": true, "\u202eloohcS": true,
	} {
		r := check(t, w, signed(w, w.School.Badge().With("/issuer/name", name)))
		look(t, r, ok())
		if warned(r, "display.confusable") != confusable {
			t.Errorf("%q: warned %t", name, !confusable)
		}
		if r.Issuer.Domain != "school.example" || r.Issuer.Name != name {
			t.Errorf("%q: shown as %+v", name, r.Issuer)
		}
	}
}

// TestDomains is row U09: a domain is shown as its A-label, and one that passes for another is a warning. What is no valid A-label
// is no issuer.
func TestDomains(t *testing.T) {
	for host, want := range map[string]struct {
		verdict    verifier.Verdict
		confusable bool
	}{
		"xn--bcher-kva.example":  {verifier.Valid, false},
		"xn--80ak6aa92e.example": {verifier.Valid, true}, // five Cyrillic letters that look like a known name
		"xn--abc-.example":       {verifier.Invalid, false},
		"xn--a.example":          {verifier.Invalid, false},
	} {
		t.Run(host, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			school := verifiertest.NewIssuer(t, w.Web, "did:web:"+host, keys.ES256)
			w.Trusting(t, school.ID)
			r := check(t, w, school.JWT(keys.ES256, school.Badge().Claims()))
			if r.Verdict != want.verdict || warned(r, "display.confusable") != want.confusable {
				t.Errorf("%s, warnings %v, %+v", r.Verdict, r.Warnings, r.Checks)
			}
			if r.Verdict == verifier.Valid && r.Issuer.Domain != host {
				t.Errorf("shown as %q", r.Issuer.Domain)
			}
		})
	}
}

// TestEndorsements: endorsements inside are verified each on its own, and never turn the verdict of the badge (K16).
func TestEndorsements(t *testing.T) {
	w := verifiertest.NewWorld(t)
	chamber := verifiertest.NewIssuer(t, w.Web, "did:web:chamber.example", keys.EdDSA)
	w.Trusting(t, w.School.ID, chamber.ID)
	profile := func(id string) map[string]any { return map[string]any{"id": id, "type": []any{"Profile"}} }
	maker := profile("did:web:maker.example")
	maker["parentOrg"] = profile("did:web:ministry.example")
	b := w.School.Badge().With("/credentialSubject/achievement/creator", maker).With("/issuer/parentOrg", profile("did:web:ministry.example")).
		With("/credentialSubject/source", profile("did:web:source.example"))
	const badgeID, achievementID = "https://school.example/c/1", "https://school.example/a/1"
	good := func(of string) string { return chamber.JWT(keys.EdDSA, chamber.Endorsement(of).Claims()) }
	forged := w.Stranger.Sign(keys.EdDSA, chamber.Header(keys.EdDSA).Text(), chamber.Endorsement(badgeID).Claims().Text())
	ofStranger := w.Stranger.JWT(keys.EdDSA, w.Stranger.Endorsement(badgeID).Claims())
	expired := chamber.JWT(keys.EdDSA, chamber.Endorsement(badgeID).With("/validUntil", "2026-02-01T00:00:00Z").Claims())
	for _, row := range []struct {
		name, at, jws string
		want          want
	}{
		{"good, on the badge", "/endorsementJwt", good(badgeID), ok()},
		{"good, on the issuer", "/issuer/endorsementJwt", good(w.School.ID), ok()},
		{"good, on the achievement", "/credentialSubject/achievement/endorsementJwt", good(achievementID), ok()},
		{"good, on the creator", "/credentialSubject/achievement/creator/endorsementJwt", good("did:web:maker.example"), ok()},
		{"good, on the creator's parent", "/credentialSubject/achievement/creator/parentOrg/endorsementJwt", good("did:web:ministry.example"), ok()},
		{"good, on the issuer's parent", "/issuer/parentOrg/endorsementJwt", good("did:web:ministry.example"), ok()},
		{"good, on the source", "/credentialSubject/source/endorsementJwt", good("did:web:source.example"), ok()},
		{"K16 about the issuer, on its parent", "/issuer/parentOrg/endorsementJwt", good(w.School.ID), refused(verifier.CheckSubject, "endorsement.subject")},
		{"K16 on something without an id", "/credentialSubject/achievement/criteria/endorsementJwt", good(""), refused(verifier.CheckSubject, "endorsement.subject")},
		{"K16 a bad signature", "/endorsementJwt", forged, refused(verifier.CheckProof, "jose.signature")},
		{"K16 about somebody else", "/endorsementJwt", good("https://school.example/c/2"), refused(verifier.CheckSubject, "endorsement.subject")},
		{"K16 about the achievement, on the issuer", "/issuer/endorsementJwt", good(achievementID), refused(verifier.CheckSubject, "endorsement.subject")},
		{"expired", "/endorsementJwt", expired, refused(verifier.CheckTime, "time.expired")},
		{"by somebody whom nobody trusts", "/endorsementJwt", ofStranger, unclear(verifier.CheckTrust, "trust.unknown_issuer")},
		{"not signed at all", "/endorsementJwt", "e30.e30.AA", refused(verifier.CheckForm, "jose.alg_not_allowed")},
		{"a badge for an endorsement", "/endorsementJwt", signed(w, b.With("/credentialSubject/id", badgeID)), refused(verifier.CheckForm, "endorsement.type")},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := check(t, w, signed(w, b.With(row.at, []any{row.jws})))
			look(t, r, want{verifier.Valid, verifier.CheckNested, verifier.Pass, "nested.listed"})
			if len(r.Nested) != 1 || r.Nested[0].At != row.at+"/0" {
				t.Fatalf("nested: %+v", r.Nested)
			}
			n, kind := r.Nested[0], verifier.NestedUnproven
			if row.want == ok() {
				kind = verifier.NestedEndorsement
			}
			if n.Kind != kind || (n.Result.Endorsement != nil) != (row.want == ok()) {
				t.Errorf("%s is shown as %s, %+v", n.At, n.Kind, n.Result.Endorsement)
			}
			look(t, r.Nested[0].Result, row.want)
			if counts := !strings.Contains(r.Check(verifier.CheckNested).Detail, "1 hold"); counts == (row.want == ok()) {
				t.Error(r.Check(verifier.CheckNested).Detail)
			}
			if row.want != ok() && !warned(r, "endorsement."+string(row.want.verdict)) {
				t.Error("no warning")
			}
		})
	}
	t.Run("a good endorsement does not save a bad badge", func(t *testing.T) {
		in := w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), b.With("/endorsementJwt", []any{good(badgeID)}).Claims().Text())
		look(t, check(t, w, in), refused(verifier.CheckProof, "jose.signature"))
	})
	t.Run("embedded endorsements are listed and never taken unproven", func(t *testing.T) {
		r := check(t, w, signed(w, b.With("/endorsement", []any{map[string]any(chamber.Endorsement(badgeID))})))
		if allChecks(t, r); r.Verdict != verifier.Valid || len(r.Nested) != 1 || r.Nested[0].Result.Verdict == verifier.Valid {
			t.Error(summary(r))
		}
	})
	t.Run("in a badge of a stranger they are not looked at", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		canary := verifiertest.NewIssuer(t, w.Web, "did:web:canary.example", keys.EdDSA)
		in := w.Stranger.JWT(keys.ES256, w.Stranger.Badge().With("/endorsementJwt", []any{canary.JWT(keys.EdDSA, canary.Endorsement(badgeID).Claims())}).Claims())
		look(t, check(t, w, in), want{verifier.Undecided, verifier.CheckNested, verifier.Skipped, "nested.not_looked_up"})
		if n := w.Web.Count(canary.KeysURL()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("endorsements of endorsements end", func(t *testing.T) {
		in := good(badgeID)
		for range 8 {
			in = chamber.JWT(keys.EdDSA, chamber.Endorsement(badgeID).With("/endorsementJwt", []any{in}).Claims())
		}
		r := check(t, w, signed(w, b.With("/endorsementJwt", []any{in})))
		depth := 0
		for n := r.Nested; len(n) > 0; n = n[0].Result.Nested {
			depth++
		}
		if r.Verdict != verifier.Valid || depth > limits.NestedDepth {
			t.Errorf("%s, %d deep", r.Verdict, depth)
		}
	})
}
