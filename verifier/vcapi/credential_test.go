package vcapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/vcapi"
)

func request(vc, options string) string {
	return `{"verifiableCredential":` + vc + `,"options":` + options + `}`
}

func TestCredentialsOfEverySuiteHold(t *testing.T) {
	t.Parallel()
	h := open()
	for _, tt := range []struct {
		suite string
		alg   keys.Algorithm
	}{
		{"eddsa-rdfc-2022", keys.EdDSA}, {"eddsa-jcs-2022", keys.EdDSA}, {"ecdsa-rdfc-2019", keys.ES256},
		{"ecdsa-rdfc-2019", keys.ES384}, {"ecdsa-jcs-2019", keys.ES256}, {"ecdsa-jcs-2019", keys.ES384},
	} {
		p := newParty(t, tt.alg)
		vc := p.sign(t, tt.suite, unsigned(p.did), dataintegrity.Statement{Created: now()})
		code, a := post(t, h, vcapi.CredentialPath, request(vc, `{}`))
		if code != http.StatusOK || !a.Verified || strings.Join(a.Checks, " ") != "form proof binding schema time" {
			t.Errorf("%s %s: %d %v %s", tt.suite, tt.alg, code, a.Checks, codes(a))
		}
		for _, change := range [][2]string{{"did:example:amal", "did:example:ines"}, {"2026-12-31", "2027-12-31"}, {p.did, "did:example:other"}} {
			code, a := post(t, h, vcapi.CredentialPath, request(strings.Replace(vc, change[0], change[1], 1), `{}`))
			if code != http.StatusBadRequest || a.Verified || a.Results[1].ID != verifier.CheckProof || a.Results[1].Outcome != verifier.Fail {
				t.Errorf("%s with %s: %d %+v", tt.suite, change[1], code, a.Results)
			}
		}
	}
}

func TestWhatIsWrongWithACredential(t *testing.T) {
	t.Parallel()
	p, stranger := newParty(t, keys.EdDSA), newParty(t, keys.EdDSA)
	sign := func(by party, text string, st dataintegrity.Statement) string {
		return by.sign(t, "eddsa-rdfc-2022", text, st)
	}
	good := sign(p, unsigned(p.did), dataintegrity.Statement{})
	with := func(old, new string) string {
		return sign(p, strings.Replace(unsigned(p.did), old, new, 1), dataintegrity.Statement{})
	}
	for _, tt := range []struct{ name, body, want string }{
		{"a stranger's key", request(sign(stranger, unsigned(p.did), dataintegrity.Statement{}), `{}`), "key.not_bound_to_issuer"},
		{"a stranger's proof beside the issuer's", request(sign(stranger, good, dataintegrity.Statement{}), `{}`), ""},
		{"the purpose of presentations", request(sign(p, unsigned(p.did), dataintegrity.Statement{Purpose: "authentication"}), `{}`), "proof.purpose"},
		{"a proof that has ended", request(sign(p, unsigned(p.did), dataintegrity.Statement{Expires: now().AddDate(0, -1, 0)}), `{}`), "proof.expired"},
		{"not yet valid", request(with("2026-01-01", "2026-04-01"), `{}`), "time.not_yet_valid"},
		{"no longer valid", request(with("2026-12-31", "2026-02-01"), `{}`), "time.expired"},
		{"a status that nobody looked up", request(with(`"credentialSubject"`, `"credentialStatus":{"type":"https://a.example/S"},"credentialSubject"`), `{}`), "status.not_checked"},
		{"no proof", request(unsigned(p.did), `{}`), "proof.missing"},
		{"a null proof", request(strings.Replace(unsigned(p.did), `{`, `{"proof":null,`, 1), `{}`), "proof.malformed"},
		{"a term that means nothing", request(strings.Replace(good, `"credentialSubject":{`, `"credentialSubject":{"x":1,`, 1), `{}`), "DATA_LOSS_DETECTION_ERROR"},
		{"a text instead of an object", request(`"eyJ.a.b"`, `{}`), "json.type"},
		{"no credential", `{}`, "json.type"},
		{"no JSON", `{`, "json.syntax"},
		{"a member twice", `{"verifiableCredential":{},"verifiableCredential":{}}`, "json.duplicate_member"},
		{"options as a list", request(good, `[]`), "json.type"},
		{"more than is taken", `{"verifiableCredential":"` + strings.Repeat("a", limits.RequestBytes) + `"}`, "limits.size"},
	} {
		code, a := post(t, open(), vcapi.CredentialPath, tt.body)
		got, _, _ := strings.Cut(codes(a), " ")
		if got != tt.want || (code == http.StatusOK) != (tt.want == "") || a.Verified != (tt.want == "") {
			t.Errorf("%s: %d %q, want %q", tt.name, code, codes(a), tt.want)
		}
	}
}

func TestProofOnlySaysWhatWasNotChecked(t *testing.T) {
	t.Parallel()
	p, stranger := newParty(t, keys.EdDSA), newParty(t, keys.EdDSA)
	vc := stranger.sign(t, "eddsa-rdfc-2022", unsigned(p.did), dataintegrity.Statement{})
	for _, tt := range []struct{ path, options string }{{vcapi.CredentialPath, `{"checks":["proof"]}`}, {vcapi.CredentialPath + "?checks=proof", `{}`}} {
		code, a := post(t, open(), tt.path, request(vc, tt.options))
		if code != http.StatusOK || !a.Verified || len(a.Warnings) == 0 || a.Warnings[0].Code != "binding.not_asked" {
			t.Errorf("%s %s: %d %+v", tt.path, tt.options, code, a)
		}
		for _, r := range a.Results {
			if r.ID == verifier.CheckBinding && r.Outcome != verifier.Skipped {
				t.Errorf("binding is %s", r.Outcome)
			}
		}
	}
	for _, options := range []string{`{}`, `{"checks":[]}`, `{"checks":["proof","credentialStatus"]}`, `{"checks":"none"}`} {
		if code, a := post(t, open(), vcapi.CredentialPath, request(vc, options)); code != http.StatusBadRequest || codes(a) != "key.not_bound_to_issuer" {
			t.Errorf("%s: %d %s", options, code, codes(a))
		}
	}
	if code, _ := post(t, open(), vcapi.CredentialPath, request(strings.Replace(vc, "amal", "ines", 1), `{"checks":["proof"]}`)); code != http.StatusBadRequest {
		t.Error("a broken proof holds")
	}
}

func TestEnvelopedCredentials(t *testing.T) {
	t.Parallel()
	p, stranger := newParty(t, keys.EdDSA), newParty(t, keys.EdDSA)
	envelope := func(id string) string {
		return request(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"`+id+`"}`, `{}`)
	}
	good := "data:application/vc+jwt," + p.token(t, unsigned(p.did))
	if code, a := post(t, open(), vcapi.CredentialPath, envelope(good)); code != http.StatusOK {
		t.Errorf("%d %s", code, codes(a))
	}
	for _, tt := range []struct{ name, body string }{
		{"by a stranger", envelope("data:application/vc+jwt," + stranger.token(t, unsigned(p.did)))},
		{"another media type", envelope(strings.Replace(good, "vc+jwt", "jwt", 1))},
		{"a byte less", envelope(good[:len(good)-1])},
		{"no data URL", envelope(strings.TrimPrefix(good, "data:"))},
		{"a claim vc", envelope("data:application/vc+jwt," + p.token(t, `{"vc":`+unsigned(p.did)+`}`))},
		{"no context", strings.Replace(envelope(good), `"https://www.w3.org/ns/credentials/v2"`, `[]`, 1)},
		{"an ended signature", envelope("data:application/vc+jwt," + p.token(t, strings.Replace(unsigned(p.did), "{", `{"exp":1000,`, 1)))},
	} {
		if code, a := post(t, open(), vcapi.CredentialPath, tt.body); code != http.StatusBadRequest || a.Verified {
			t.Errorf("%s: %d", tt.name, code)
		}
	}
}

// judge is a verifier that always says the same.
type judge struct {
	verdict verifier.Verdict
	policy  *verifier.Policy
}

func (j judge) Check(_ context.Context, _ verifier.Input, p verifier.Policy) verifier.Result {
	*j.policy = p
	return verifier.Result{Verdict: j.verdict, Checks: []verifier.Check{
		{ID: verifier.CheckProof, Outcome: verifier.Pass, Code: "proof.ok"}, {ID: verifier.CheckTrust, Outcome: verifier.Unknown, Code: "trust.unknown_issuer"},
	}}
}

func (judge) VerifyPresentation(context.Context, intake.Item, verifier.PresentationPolicy) verifier.PresentationResult {
	return verifier.PresentationResult{Verdict: verifier.Undecided}
}

func TestInProductionTheVerifierJudges(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[verifier.Verdict]int{verifier.Valid: 200, verifier.Invalid: 400, verifier.Undecided: 400} {
		var p verifier.Policy
		h := engine(vcapi.Config{Checker: judge{verdict, &p}})
		code, a := post(t, h, vcapi.CredentialPath+"?checks=proof", request(`{}`, `{"checks":["proof"]}`))
		if code != want || a.Verified != (want == 200) || p.Waive != verifier.TrustUnsafe {
			t.Errorf("%s: %d %+v", verdict, code, a)
		}
		if a.Verified && (len(a.Errors) > 0 || len(a.Warnings) != 1 || a.Warnings[0].Code != "trust.unknown_issuer") {
			t.Errorf("%s: %+v", verdict, a)
		}
	}
	p := newParty(t, keys.EdDSA)
	if code, _ := post(t, engine(vcapi.Config{}), vcapi.CredentialPath, request(p.sign(t, "eddsa-rdfc-2022", unsigned(p.did), dataintegrity.Statement{}), `{}`)); code != 400 {
		t.Error("a credential with terms of its own is taken in production")
	}
}

func TestDerivation(t *testing.T) {
	t.Parallel()
	h, p := open(), newParty(t, keys.ES256)
	base := p.sign(t, "ecdsa-sd-2023", strings.Replace(unsigned(p.did), `,{"Rank":"https://a.example/Rank"}],"type":["VerifiableCredential","Rank"]`, `],"type":["VerifiableCredential"]`, 1),
		dataintegrity.Statement{Mandatory: []string{"/issuer", "/validFrom"}})
	derive := func(options string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, vcapi.DerivePath, strings.NewReader(request(base, options)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	code, body := derive(`{"selectivePointers":["/credentialSubject"]}`)
	if code != http.StatusCreated || strings.Contains(body, "validUntil") || !strings.Contains(body, "validFrom") {
		t.Fatalf("%d %s", code, body)
	}
	if code, a := post(t, h, vcapi.CredentialPath, body); code != http.StatusOK {
		t.Errorf("%d %s", code, codes(a))
	}
	for _, options := range []string{`{"selectivePointers":["/nothing"]}`, `{"selectivePointers":"/validUntil"}`, `{"selectivePointers":[1]}`} {
		if code, _ := derive(options); code != http.StatusBadRequest {
			t.Errorf("%s: %d", options, code)
		}
	}
	if code, _ := post(t, h, vcapi.CredentialPath, request(base, `{}`)); code != http.StatusBadRequest {
		t.Error("a base proof is none for verifiers")
	}
}

func Example() {
	api := vcapi.New(vcapi.Config{})
	fmt.Printf("%T %s %s %s", api, vcapi.CredentialPath, vcapi.PresentationPath, vcapi.DerivePath)
	// Output: *vcapi.API /credentials/verify /presentations/verify /credentials/derive
}

// entries knows one list, whose entry 1 is set.
type entries struct{}

func (entries) Revoked(list string, index int) (revoked, known bool) {
	return index == 1, list == "https://a.example/1" && index < 8
}

func TestAStatusIsLookedUpWhereItIsKnown(t *testing.T) {
	t.Parallel()
	p := newParty(t, keys.EdDSA)
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Lists: entries{}})
	for _, tt := range []struct{ kind, list, index, options, code string }{
		{"BitstringStatusListEntry", "https://a.example/1", "0", `{}`, ""},
		{"BitstringStatusListEntry", "https://a.example/1", "1", `{}`, "status.revoked"},
		{"BitstringStatusListEntry", "https://a.example/1", "1", `{"checks":["proof"]}`, ""},
		{"BitstringStatusListEntry", "https://a.example/1", "8", `{}`, "status.not_checked"},
		{"BitstringStatusListEntry", "https://a.example/2", "0", `{}`, "status.not_checked"},
	} {
		doc := strings.Replace(unsigned(p.did), `"issuer"`, `"credentialStatus":{"type":"`+tt.kind+`","statusPurpose":"revocation","statusListIndex":"`+tt.index+
			`","statusListCredential":"`+tt.list+`"},"issuer"`, 1)
		code, a := post(t, h, vcapi.CredentialPath, request(p.sign(t, "eddsa-rdfc-2022", doc, dataintegrity.Statement{}), tt.options))
		if (code == 200) != (tt.code == "") || codes(a) != tt.code {
			t.Errorf("%+v: %d %s", tt, code, codes(a))
		}
	}
}
