package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// vcService is a deployment with two issuers, and a token for each scope that matters.
type vcService struct {
	app   *app
	h     http.Handler
	dids  [2]string
	ids   [2]string
	token map[string]string
}

func newVCService(t *testing.T) vcService {
	t.Helper()
	a := process(t, t.TempDir())
	s := vcService{app: a, token: map[string]string{"": "", "unknown": "laurel_" + strings.Repeat("a", 32)}}
	for n, slug := range []string{"school", "college"} {
		i, err := a.newIssuer(t.Context(), catalog.NewIssuer{Name: "Example " + slug, Slug: slug, Email: "badges@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		s.dids[n], s.ids[n] = i.DID, i.ID
	}
	for name, n := range map[string]access.NewToken{
		"issue": {Scopes: []access.Scope{access.Issue}, IssuerID: s.ids[0]}, "award": {Scopes: []access.Scope{access.Award, access.Read}, IssuerID: s.ids[0]},
		"revoke": {Scopes: []access.Scope{access.Revoke}, IssuerID: s.ids[0]},
		"other":  {Scopes: []access.Scope{access.Issue, access.Revoke}, IssuerID: s.ids[1]}, "admin": {Scopes: []access.Scope{access.Admin}},
	} {
		n.Name = name
		_, secret, err := a.access.AddToken(t.Context(), n, "test")
		if err != nil {
			t.Fatal(err)
		}
		s.token[name] = secret
	}
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	s.h = srv.Handler()
	return s
}

// vcAnswer is what any route of the VC-API answers.
type vcAnswer struct {
	Credential json.RawMessage `json:"verifiableCredential"`
	Code       string          `json:"code"`
	ID         string          `json:"id"`
	Verified   bool            `json:"verified"`
	Errors     []struct{ Code string }
	Results    []struct{ ID, Outcome, Code string }
}

func (s vcService) call(t *testing.T, method, path, body, token string) (int, vcAnswer) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if secret := s.token[token]; secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	var a vcAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %d %.200s", path, w.Code, w.Body)
	}
	if a.Credential == nil && w.Code == http.StatusOK && strings.HasPrefix(path, "/status-lists/") {
		a.Credential = w.Body.Bytes()
	}
	return w.Code, a
}

// document is a credential of an issuer with more members.
func document(issuer, more string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + issuer +
		`","credentialSubject":{"id":"did:example:amal"}` + more + `}`
}

func ordered(doc, options string) string {
	return `{"credential":` + doc + `,"options":` + options + `}`
}

// statements is what is stored.
func (s vcService) statements(t *testing.T) []issuer.Statement {
	t.Helper()
	found, _, err := s.app.awards.Statements(t.Context(), issuer.StatementFilter{Kind: issuer.Written, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func badge(by string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"type":["VerifiableCredential","OpenBadgeCredential"],
	"id":"urn:example:badge-1","name":"First aid","issuer":{"id":"` + by + `","type":["Profile"],"name":"Example school"},"credentialSubject":{"id":"did:example:amal","type":["AchievementSubject"],
	"achievement":{"id":"https://platform.example/a/1","type":["Achievement"],"name":"First aid","description":"Can help.","criteria":{"narrative":"Passed."}}}}`
}

func TestAPlatformIssuesVerifiesAndRevokes(t *testing.T) {
	s := newVCService(t)
	for n, o := range []struct{ doc, options string }{
		{document(s.dids[0], `,"id":"urn:example:1"`), `{}`},
		{document(s.dids[0], `,"id":"urn:example:2"`), `{"cryptosuite":"ecdsa-rdfc-2019"}`},
		{document(s.dids[0], `,"id":"urn:example:3"`), `{"cryptosuite":"eddsa-jcs-2022"}`},
		{document(s.dids[0], `,"id":"urn:example:4"`), `{"form":"vc-jwt"}`},
		{badge(s.dids[0]), `{}`},
		{document(s.dids[0], ``), `{}`},
	} {
		code, issued := s.call(t, http.MethodPost, "/credentials/issue", ordered(o.doc, o.options), "issue")
		if code != http.StatusCreated {
			t.Fatalf("%d: %d %+v", n, code, issued)
		}
		verify := func(want int, status string) {
			t.Helper()
			code, got := s.call(t, http.MethodPost, "/credentials/verify", `{"verifiableCredential":`+string(issued.Credential)+`,"options":{"checks":["proof"]}}`, "award")
			if code != want || got.Verified != (want == http.StatusOK) {
				t.Errorf("%d: %d %+v", n, code, got)
			}
			found := ""
			for _, r := range got.Results {
				if r.ID == "status" {
					found = r.Code
				}
			}
			if found != status {
				t.Errorf("%d: status %q, want %q", n, found, status)
			}
		}
		verify(http.StatusOK, "status.clear")
		x := s.statements(t)[0]
		if code, got := s.call(t, http.MethodPost, "/credentials/status", `{"credentialId":"`+x.About+`","status":true}`, "revoke"); code != http.StatusOK {
			t.Fatalf("%d: %d %+v", n, code, got)
		}
		verify(http.StatusBadRequest, "status.revoked")
	}
	for action, want := range map[string]int{"credential.created": 6, "statement.revoked": 6} {
		if n := events(t, s.app, action); n != want {
			t.Errorf("%d events %s", n, action)
		}
	}
}

func TestWhatOfAPlatformIsRefused(t *testing.T) {
	s := newVCService(t)
	own := s.dids[0]
	first := document(own, `,"id":"urn:example:once"`)
	if code, a := s.call(t, http.MethodPost, "/credentials/issue", ordered(first, `{}`), "issue"); code != http.StatusCreated {
		t.Fatalf("%d %+v", code, a)
	}
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for _, tt := range []struct {
		name, body, token string
		status            int
		code              string
	}{
		{"no token", ordered(document(own, ``), `{}`), "", 401, "token.missing"},
		{"an unknown token", ordered(document(own, ``), `{}`), "unknown", 401, "token.unknown"},
		{"the scope for awards", ordered(document(own, ``), `{}`), "award", 403, "token.scope"},
		{"another tenant's issuer", ordered(document(s.dids[1], ``), `{}`), "issue", 403, "token.scope"},
		{"a foreign issuer", ordered(document("did:web:elsewhere.example", ``), `{}`), "issue", 400, "issuer.not_found"},
		{"an issuer by its slug", ordered(document("school", ``), `{}`), "issue", 400, "vc.malformed"},
		{"the same id again with other content", ordered(document(own, `,"id":"urn:example:once","validUntil":"2999-01-01T00:00:00Z"`), `{}`), "issue", 409, "credential.conflict"},
		{"an id of our own addresses", ordered(document(own, `,"id":"`+s.app.base+`/c/aaaaaaaaaaaaaaaaaaaaaaaaaa"`), `{}`), "issue", 400, "credential.id"},
		{"an inline context", ordered(strings.Replace(document(own, ``), `credentials/v2"`, `credentials/v2",{"x":"https://a.example/x"}`, 1), `{}`), "issue", 400, "context.inline"},
		{"a context that is not embedded", ordered(strings.Replace(document(own, ``), `credentials/v2"`, `credentials/v2","https://127.0.0.1/ctx"`, 1), `{}`), "issue", 400, "context.unknown"},
		{"a status of its own", ordered(document(own, `,"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://127.0.0.1/s"}`), `{}`), "issue", 400, "credential.given"},
		{"a proof of its own", ordered(document(own, `,"proof":{"type":"DataIntegrityProof"}`), `{}`), "issue", 400, "credential.given"},
		{"a status list", ordered(strings.Replace(document(own, ``), `["VerifiableCredential"]`, `["VerifiableCredential","BitstringStatusListCredential"]`, 1), `{}`), "issue", 400, "issuance.type"},
		{"a type that is no list", ordered(strings.Replace(document(own, ``), `["VerifiableCredential"]`, `4`, 1), `{}`), "issue", 400, "vc.malformed"},
		{"a credential of version 1.1", ordered(strings.Replace(document(own, `,"issuanceDate":"2026-01-01T00:00:00Z"`), "ns/credentials/v2", "2018/credentials/v1", 1), `{}`), "issue", 400, "?"},
		{"a subject without an id", ordered(strings.Replace(document(own, ``), `"id":"did:example:amal"`, `"name":"Amal"`, 1), `{}`), "issue", 400, "?"},
		{"an issuer of another name", ordered(strings.Replace(document(own, ``), `"`+own+`"`, `{"id":"`+own+`","name":"Example University"}`, 1), `{}`), "issue", 400, "?"},
		{"a credential of tomorrow", ordered(document(own, `,"validFrom":"`+later+`"`), `{}`), "issue", 400, "time.not_yet_valid"},
		{"one that has ended", ordered(document(own, `,"validUntil":"2020-01-01T00:00:00Z"`), `{}`), "issue", 400, "?"},
		{"a form that is not issued", ordered(document(own, ``), `{"form":"sd-jwt"}`), "issue", 400, "credential.form"},
		{"a suite that is not known", ordered(document(own, ``), `{"cryptosuite":"rot13-2026"}`), "issue", 400, "credential.cryptosuite"},
		{"a pointer to nothing", ordered(document(own, ``), `{"cryptosuite":"ecdsa-sd-2023","mandatoryPointers":["/nothing"]}`), "issue", 400, "proof.pointer"},
		{"a badge that breaks its schema", ordered(strings.Replace(badge(own), `"criteria":{"narrative":"Passed."}`, `"criteria":1`, 1), `{}`), "issue", 400, "?"},
		{"too much", ordered(document(own, `,"description":"`+strings.Repeat("a", 260<<10)+`"`), `{}`), "issue", 413, "limits.size"},
		{"far too much", ordered(document(own, `,"description":"`+strings.Repeat("a", 3<<20)+`"`), `{}`), "issue", 413, "limits.size"},
	} {
		code, a := s.call(t, http.MethodPost, "/credentials/issue", tt.body, tt.token)
		if code != tt.status || tt.code != "?" && a.Code != tt.code || a.Code == "" || a.Credential != nil {
			t.Errorf("%s: %d %+v", tt.name, code, a)
		}
	}
	if n := len(s.statements(t)); n != 1 {
		t.Errorf("%d credentials are stored, want the first alone", n)
	}
	if code, _ := s.call(t, http.MethodPost, "/credentials/issue", ordered(first, `{}`), "issue"); code != http.StatusCreated || len(s.statements(t)) != 1 {
		t.Errorf("the same again: %d, %d stored", code, len(s.statements(t)))
	}
}

func TestAPlatformSetsTheStatusOfItsOwnAlone(t *testing.T) {
	s := newVCService(t)
	if code, a := s.call(t, http.MethodPost, "/credentials/issue", ordered(document(s.dids[0], `,"id":"urn:example:mine"`), `{}`), "issue"); code != http.StatusCreated {
		t.Fatalf("%d %+v", code, a)
	}
	for _, tt := range []struct {
		name, id, token string
		want            int
	}{
		{"no token", "urn:example:mine", "", 401}, {"another scope", "urn:example:mine", "issue", 403}, {"another tenant", "urn:example:mine", "other", 404},
		{"an unknown id", "urn:example:theirs", "revoke", 404}, {"an unknown badge", s.app.base + "/c/aaaaaaaaaaaaaaaaaaaaaaaaaa", "revoke", 404},
		{"an unknown record", s.app.base + "/records/aaaaaaaaaaaaaaaaaaaaaaaaaa", "admin", 404},
		{"a NUL", `urn:\u0000`, "revoke", 400},
	} {
		if code, a := s.call(t, http.MethodPost, "/credentials/status", `{"credentialId":"`+tt.id+`","status":true}`, tt.token); code != tt.want {
			t.Errorf("%s: %d %+v", tt.name, code, a)
		}
	}
	if x := s.statements(t)[0]; x.Revocation != nil {
		t.Error("somebody else has revoked it")
	}
	if _, err := s.app.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Issuer: s.ids[0], Slug: "first-aid", Name: "First aid", Description: "Can help.", Criteria: "Passed.",
	}, "test"); err != nil {
		t.Fatal(err)
	}
	r := request()
	r.IssuerRef = s.ids[0]
	awarded, err := s.app.awards.Award(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	award := awarded.Award
	id := s.app.awards.CredentialURL(award.Credentials[0].ID)
	if code, a := s.call(t, http.MethodPost, "/credentials/status", `{"credentialId":"`+id+`","status":true}`, "admin"); code != http.StatusOK {
		t.Fatalf("an award: %d %+v", code, a)
	}
	if got := find(t, s.app, award.ID); got.Revocation == nil {
		t.Error("the award is not revoked")
	}
}

func TestStatusListsOfThePlatform(t *testing.T) {
	s := newVCService(t)
	body := `{"issuer":"` + s.dids[0] + `","statusPurpose":"revocation"}`
	code, made := s.call(t, http.MethodPost, "/status-lists", body, "issue")
	if code != http.StatusCreated || !strings.HasSuffix(made.ID, "/embedded") {
		t.Fatalf("%d %+v", code, made)
	}
	if code, again := s.call(t, http.MethodPost, "/status-lists", body, "issue"); code != http.StatusOK || again.ID != made.ID {
		t.Errorf("again: %d %+v", code, again)
	}
	id := strings.TrimSuffix(strings.TrimPrefix(made.ID, s.app.base+"/status/"), "/embedded")
	code, list := s.call(t, http.MethodGet, "/status-lists/"+id, "", "")
	if code != http.StatusOK || !strings.Contains(string(list.Credential), `"BitstringStatusListCredential"`) || list.ID != made.ID {
		t.Errorf("%d %+v", code, list)
	}
	for _, unknown := range []string{"aaaaaaaaaaaaaaaaaaaaaaaaaa", "0", "..%2f..", strings.Repeat("a", 500)} {
		if code, _ := s.call(t, http.MethodGet, "/status-lists/"+unknown, "", ""); code != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, code)
		}
	}
	_, issued := s.call(t, http.MethodPost, "/credentials/issue", ordered(document(s.dids[0], ``), `{}`), "issue")
	if !strings.Contains(string(issued.Credential), fmt.Sprintf("%q", made.ID)) {
		t.Errorf("the credential names another list: %s", issued.Credential)
	}
}

// TestTheVerifyingHalfNeedsAToken: any token does, since it reads nothing of the deployment; without one, nobody is looked up.
func TestTheVerifyingHalfNeedsAToken(t *testing.T) {
	s := newVCService(t)
	for _, r := range [][3]string{
		{http.MethodPost, "/credentials/verify", `{"verifiableCredential":{}}`}, {http.MethodPost, "/presentations/verify", `{"verifiablePresentation":{}}`},
		{http.MethodPost, "/credentials/derive", `{"verifiableCredential":{}}`}, {http.MethodGet, "/identifiers/did:web:127.0.0.1", ""},
	} {
		for _, token := range []string{"", "unknown"} {
			if code, a := s.call(t, r[0], r[1], r[2], token); code != http.StatusUnauthorized || !strings.HasPrefix(a.Code, "token.") {
				t.Errorf("%s: %d %+v", r[1], code, a)
			}
		}
		if code, a := s.call(t, r[0], r[1], r[2], "issue"); code < 400 || code >= 500 || code == http.StatusUnauthorized {
			t.Errorf("%s with a token: %d %+v", r[1], code, a)
		}
	}
	for id, want := range map[string]int{s.dids[0]: 200, "did:web:127.0.0.1": 400, "did:web:localhost%3A22": 404, "did:nothing": 400} {
		if code, a := s.call(t, http.MethodGet, "/identifiers/"+id, "", "award"); code != want {
			t.Errorf("%s: %d %+v", id, code, a)
		}
	}
}

func TestAHolderDerivesFromWhatAPlatformHadIssued(t *testing.T) {
	s := newVCService(t)
	code, base := s.call(t, http.MethodPost, "/credentials/issue", ordered(badge(s.dids[0]), `{"cryptosuite":"ecdsa-sd-2023","mandatoryPointers":["/credentialSubject/achievement/criteria"]}`), "issue")
	if code != http.StatusCreated {
		t.Fatalf("%d %+v", code, base)
	}
	code, shown := s.call(t, http.MethodPost, "/credentials/derive", `{"verifiableCredential":`+string(base.Credential)+`,"options":{"selectivePointers":[]}}`, "award")
	if code != http.StatusCreated || !strings.Contains(string(shown.Credential), "Passed.") || !strings.Contains(string(shown.Credential), "credentialStatus") {
		t.Fatalf("%d %s %+v", code, shown.Credential, shown)
	}
	for doc, want := range map[string]int{string(shown.Credential): http.StatusOK, string(base.Credential): http.StatusBadRequest} {
		if code, a := s.call(t, http.MethodPost, "/credentials/verify", `{"verifiableCredential":`+doc+`}`, "award"); code != want {
			t.Errorf("%d %+v", code, a)
		}
	}
}

// TestTheSameIDAtOnceIsOneCredential: of equal requests at once one is stored, and all are answered with it.
func TestTheSameIDAtOnceIsOneCredential(t *testing.T) {
	s := newVCService(t)
	var wg sync.WaitGroup
	answers := make([]string, 8)
	for n := range answers {
		wg.Go(func() {
			code, a := s.call(t, http.MethodPost, "/credentials/issue", ordered(document(s.dids[0], `,"id":"urn:example:race"`), `{}`), "issue")
			answers[n] = fmt.Sprint(code, string(a.Credential))
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] || !strings.HasPrefix(a, "201") {
			t.Errorf("%.80s, and %.80s", a, answers[0])
		}
	}
	if n := len(s.statements(t)); n != 1 {
		t.Errorf("%d are stored", n)
	}
}

// TestWorkThatNobodyCanFinishIsRefused: a graph that is made to be hard to sign is the document's fault, not ours.
func TestWorkThatNobodyCanFinishIsRefused(t *testing.T) {
	s := newVCService(t)
	var all strings.Builder
	for range 400 {
		all.WriteString(`,{"type":["Evidence"],"name":"x"}`)
	}
	many := strings.Replace(badge(s.dids[0]), `"name":"First aid","issuer"`, `"name":"First aid","evidence":[`+all.String()[1:]+`],"issuer"`, 1)
	for _, suite := range []string{"eddsa-rdfc-2022", "ecdsa-sd-2023"} {
		if code, a := s.call(t, http.MethodPost, "/credentials/issue", ordered(many, `{"cryptosuite":"`+suite+`"}`), "issue"); code != http.StatusBadRequest || a.Code == "" {
			t.Errorf("%s: %d %s", suite, code, a.Code)
		}
	}
	if n := len(s.statements(t)); n != 0 {
		t.Errorf("%d are stored", n)
	}
}

// TestNothingThatIsSentIsOurFault: whatever stands in a request, it is refused, and not with a 5xx.
func TestNothingThatIsSentIsOurFault(t *testing.T) {
	s := newVCService(t)
	var bodies []string
	for _, v := range []string{
		`null`, `1`, `"x"`, `[]`, `{}`, `{"type":null}`, `{"@context":[null],"type":[1],"issuer":[],"credentialSubject":0,"proof":[{}]}`,
		strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200), `{"proof":{"type":"DataIntegrityProof","cryptosuite":"ecdsa-sd-2023","proofValue":"u2V0A"}}`,
		document("did:web:elsewhere.example", `,"proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","proofPurpose":"assertionMethod","verificationMethod":"did:web:127.0.0.1#k","proofValue":"z1"}`),
		document("did:web:127.0.0.1", `,"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"http://127.0.0.1/"}`),
	} {
		for _, member := range []string{"credential", "verifiableCredential", "verifiablePresentation", "credentialId", "issuer"} {
			bodies = append(bodies, `{"`+member+`":`+v+`,"options":{"challenge":"c"}}`, `{"`+member+`":`+v+`,"options":`+v+`}`)
		}
		bodies = append(bodies, v)
	}
	bodies = append(bodies, "", "{", "\x00", "\xff", `{"credential":{},"credential":{}}`, `{"credentialId":"\ud800"}`)
	for _, path := range []string{
		"/credentials/issue", "/credentials/status", "/credentials/verify", "/presentations/verify", "/credentials/derive", "/status-lists",
	} {
		for _, body := range bodies {
			if code, a := s.call(t, http.MethodPost, path, body, "admin"); code < 400 || code >= 500 {
				t.Errorf("%s answers %d to %.120q: %+v", path, code, body, a)
			}
		}
	}
	if n := len(s.statements(t)); n != 0 {
		t.Errorf("%d are stored", n)
	}
}
