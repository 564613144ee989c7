package vcapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier/vcapi"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

func presentation(holder string, vcs ...string) string {
	named := ""
	if holder != "" {
		named = `"holder":"` + holder + `",`
	}
	return `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],` + named + `"verifiableCredential":[` + strings.Join(vcs, ",") + `]}`
}

func present(vp, options string) string {
	return `{"verifiablePresentation":` + vp + `,"options":` + options + `}`
}

const asked = `{"challenge":"uAbc","domain":"verifier.example"}`

// TestInProductionPresentationsAreJudged: by the verifier, which also compares the holder with the subject of each credential
// (threat O09).
func TestInProductionPresentationsAreJudged(t *testing.T) {
	t.Parallel()
	school := verifiertest.NewKeyIssuer(t, verifiertest.NewWeb(), nil)
	holder := newParty(t, keys.EdDSA)
	vc := func(subject string) string {
		return party{school.ID, school.Key(keys.EdDSA)}.sign(t, "eddsa-rdfc-2022", school.Badge().With("/credentialSubject/id", subject).Text(), dataintegrity.Statement{})
	}
	st := dataintegrity.Statement{Purpose: dataintegrity.Authentication, Challenge: "uAbc", Domain: "verifier.example", Created: now()}
	signed := func(vc string) string { return holder.sign(t, "eddsa-rdfc-2022", presentation(holder.did, vc), st) }
	h := engine(vcapi.Config{})
	for _, tt := range []struct{ name, body, want string }{
		{"the holder's own badge", present(signed(vc(holder.did)), asked), ""},
		{"somebody else's badge", present(signed(vc(newParty(t, keys.EdDSA).did)), asked), "vp.holder trust.unknown_issuer"},
		{"another challenge", present(signed(vc(holder.did)), `{"challenge":"uOther","domain":"verifier.example"}`), "vp.nonce vp.nonce trust.unknown_issuer"},
		{"another domain", present(signed(vc(holder.did)), `{"challenge":"uAbc","domain":"x"}`), "vp.aud vp.aud trust.unknown_issuer"},
		{"a credential instead", present(vc(holder.did), asked), "vp.malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, a := post(t, h, vcapi.PresentationPath, tt.body)
			if got := codes(a); got != tt.want || (code == http.StatusOK) != (tt.want == "") || a.Verified != (tt.want == "") {
				t.Errorf("%d %q, want %q", code, got, tt.want)
			}
		})
	}
}

func TestPresentations(t *testing.T) {
	t.Parallel()
	issuer, holder, stranger := newParty(t, keys.EdDSA), newParty(t, keys.EdDSA), newParty(t, keys.EdDSA)
	vc := issuer.sign(t, "eddsa-rdfc-2022", unsigned(issuer.did), dataintegrity.Statement{})
	jwt := `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,` + issuer.token(t, unsigned(issuer.did)) + `"}`
	st := dataintegrity.Statement{Purpose: dataintegrity.Authentication, Challenge: "uAbc", Domain: "verifier.example", Created: now()}
	sign := func(by party, text string, st dataintegrity.Statement) string {
		return by.sign(t, "eddsa-rdfc-2022", text, st)
	}
	good := sign(holder, presentation(holder.did, vc, jwt), st)
	other := st
	other.Challenge = "uOther"
	elsewhere := st
	elsewhere.Domain = "elsewhere.example"
	assertion := st
	assertion.Purpose = dataintegrity.AssertionMethod
	for _, tt := range []struct{ name, body, want string }{
		{"two credentials, one of them enveloped", present(good, asked), ""},
		{"no credential", present(sign(holder, presentation(holder.did), st), asked), ""},
		{"no holder named", present(sign(holder, presentation("", vc), st), asked), ""},
		{"no domain asked for", present(good, `{"challenge":"uAbc"}`), ""},
		{"no challenge asked for", present(good, `{"domain":"verifier.example"}`), "proof.challenge"},
		{"no options", `{"verifiablePresentation":` + good + `}`, "proof.challenge"},
		{"another challenge", present(sign(holder, presentation(holder.did, vc), other), asked), "proof.challenge"},
		{"another domain", present(sign(holder, presentation(holder.did, vc), elsewhere), asked), "proof.domain"},
		{"the purpose of credentials", present(sign(holder, presentation(holder.did, vc), assertion), asked), "proof.purpose"},
		{"signed by a stranger", present(sign(stranger, presentation(holder.did, vc), st), asked), "key.not_bound_to_issuer"},
		{"no proof", present(presentation(holder.did, vc), asked), "proof.missing"},
		{"a credential taken out", present(strings.Replace(good, vc+",", "", 1), asked), "di.signature"},
		{"a credential that was changed before", present(sign(holder, presentation(holder.did, strings.Replace(vc, "amal", "ines", 1)), st), asked), "di.signature"},
		{"a challenge that is no text", present(good, `{"challenge":1}`), "json.type"},
		{"a credential instead", present(vc, asked), "vp.malformed"},
		{"an envelope with nothing in it", present(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiablePresentation","id":"data:application/vp+jwt,"}`, asked), "vc.envelope"},
	} {
		code, a := post(t, open(), vcapi.PresentationPath, tt.body)
		got, _, _ := strings.Cut(codes(a), " ")
		if got != tt.want || (code == http.StatusOK) != (tt.want == "") || a.Verified != (tt.want == "") {
			t.Errorf("%s: %d %q, want %q", tt.name, code, codes(a), tt.want)
		}
	}
	if _, a := post(t, open(), vcapi.PresentationPath, present(good, asked)); len(a.Credentials) != 2 || !a.Credentials[1].Verified {
		t.Errorf("%+v", a.Credentials)
	}
}

func TestPresentationsOfTheWrongTokenType(t *testing.T) {
	t.Parallel()
	holder := newParty(t, keys.EdDSA)
	envelope := func(claims string) string {
		id := "data:application/vp+jwt," + holder.token(t, claims) // typ is vc+jwt
		return present(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiablePresentation","id":"`+id+`"}`, asked)
	}
	claims := strings.Replace(presentation(holder.did), "{", `{"nonce":"uAbc","aud":"verifier.example",`, 1)
	for _, tt := range []struct{ name, claims, want string }{
		{"the type of credentials", claims, "jose.typ"},
		{"a claim vp", strings.Replace(claims, "{", `{"vp":{},`, 1), "jose.typ"},
		{"another nonce", strings.Replace(claims, "uAbc", "uOther", 1), "jose.typ proof.challenge"},
		{"another audience", strings.Replace(claims, "verifier.example", "elsewhere.example", 1), "jose.typ proof.domain"},
	} {
		if code, a := post(t, open(), vcapi.PresentationPath, envelope(tt.claims)); code != http.StatusBadRequest || codes(a) != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.name, code, codes(a), tt.want)
		}
	}
}

func FuzzRequests(f *testing.F) {
	h := open()
	for _, seed := range []string{
		``, `{}`, `{"verifiableCredential":{}}`, `{"verifiableCredential":{"type":["VerifiableCredential"],"proof":[{}]},"options":{"checks":["proof"]}}`,
		`{"verifiablePresentation":{"proof":{"type":"DataIntegrityProof"}},"options":{"challenge":"a"}}`,
		`{"verifiableCredential":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,a.b.c"}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{vcapi.CredentialPath, vcapi.PresentationPath, vcapi.DerivePath} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusBadRequest { // nobody guesses a signature
				t.Errorf("%s answers %d to %q", path, w.Code, body)
			}
		}
	})
}
