package vcapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/vcapi"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func engine(c vcapi.Config) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	c.Logger = slog.New(slog.DiscardHandler)
	e := gin.New()
	vcapi.New(c).Register(e)
	return e
}

func generate(t testing.TB, alg keys.Algorithm) keys.Private {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// answer is what any of the routes answers.
type answer struct {
	Credential json.RawMessage `json:"verifiableCredential"`
	Code       string          `json:"code"`
	Pointer    string          `json:"pointer"`
}

func post(t testing.TB, h http.Handler, path, body, token string) (int, answer) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%d %.200s: %v", w.Code, w.Body, err)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Code >= 400 && w.Header().Get("Content-Type") != problem.MediaType {
		t.Errorf("headers %v", w.Header())
	}
	return w.Code, a
}

// credential is one by issuer with some members replaced or added; an empty one is left out.
func credential(issuer string, change map[string]string) string {
	members := map[string]string{
		"@context": `["https://www.w3.org/ns/credentials/v2"]`, "type": `["VerifiableCredential"]`, "issuer": `"` + issuer + `"`,
		"credentialSubject": `{"id":"did:example:amal"}`,
	}
	for name, v := range change {
		members[name] = v
	}
	var out []string
	for _, name := range []string{
		"@context", "id", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "credentialSubject", "credentialStatus", "credentialSchema",
		"name", "evidence", "relatedResource", "x",
	} {
		if v := members[name]; v != "" {
			out = append(out, `"`+name+`":`+v)
		}
	}
	return `{` + strings.Join(out, ",") + `}`
}

func order(credential, options string) string {
	return `{"credential":` + credential + `,"options":` + options + `}`
}

func TestEverySuiteIsIssued(t *testing.T) {
	t.Parallel()
	ed, small, large := generate(t, keys.EdDSA), generate(t, keys.ES256), generate(t, keys.ES384)
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Issuers: vcapi.NewKeys(now, ed, small, large)})
	inline := map[string]string{"@context": `["https://www.w3.org/ns/credentials/v2",{"x":"https://a.example/x"}]`, "x": `"y"`}
	older := map[string]string{"@context": `["https://www.w3.org/2018/credentials/v1"]`, "issuanceDate": `"2026-01-01T00:00:00Z"`}
	for _, tt := range []struct {
		suite, options string
		key            keys.Private
		change         map[string]string
	}{
		{"eddsa-rdfc-2022", `{}`, ed, nil},
		{"ecdsa-rdfc-2019", `{}`, large, nil},
		{"eddsa-rdfc-2022", `{"cryptosuite":"eddsa-rdfc-2022"}`, ed, inline},
		{"eddsa-jcs-2022", `{"cryptosuite":"eddsa-jcs-2022"}`, ed, inline},
		{"ecdsa-rdfc-2019", `{"cryptosuite":"ecdsa-rdfc-2019"}`, small, older},
		{"ecdsa-jcs-2019", `{"cryptosuite":"ecdsa-jcs-2019"}`, large, nil},
		{"ecdsa-sd-2023", `{"cryptosuite":"ecdsa-sd-2023","mandatoryPointers":["/issuer"]}`, small, nil},
	} {
		code, a := post(t, h, vcapi.IssuePath, order(credential(vcapi.DID(tt.key.Public()), tt.change), tt.options), "")
		if code != http.StatusCreated {
			t.Errorf("%s: %d %+v", tt.suite, code, a)
			continue
		}
		doc, err := ijson.Parse(a.Credential, ijson.Bounds{})
		if err != nil {
			t.Fatal(err)
		}
		if p := doc.Member("proof"); p.Kind() != ijson.Object || p.Member("cryptosuite").Text() != tt.suite || p.Member("created").Text() != "2026-03-01T12:00:00Z" {
			t.Errorf("%s: %s", tt.suite, a.Credential)
		}
		proofs, err := dataintegrity.Read(doc)
		if err != nil {
			t.Fatal(err)
		}
		if tt.suite == "ecdsa-sd-2023" {
			continue // a base proof is for holders
		}
		if _, err := proofs[0].Verify(doc, tt.key.Public(), dataintegrity.WithInlineContexts()); err != nil {
			t.Errorf("%s: %v", tt.suite, err)
		}
	}
}

func TestAnEnvelopeIsIssued(t *testing.T) {
	t.Parallel()
	k := generate(t, keys.EdDSA)
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Issuers: vcapi.NewKeys(now, k)})
	for _, r := range [][2]string{{vcapi.IssuePath, `{"form":"vc-jwt"}`}, {vcapi.IssuePath + "?form=vc-jwt", `{}`}} {
		code, a := post(t, h, r[0], order(credential(vcapi.DID(k.Public()), nil), r[1]), "")
		doc, err := ijson.Parse(a.Credential, ijson.Bounds{})
		if code != http.StatusCreated || err != nil || doc.Member("type").Text() != "EnvelopedVerifiableCredential" {
			t.Fatalf("%d %s", code, a.Credential)
		}
		msg, err := jose.Read([]byte(strings.TrimPrefix(doc.Member("id").Text(), "data:application/vc+jwt,")))
		if err != nil || msg.Verify(k.Public()) != nil {
			t.Error(err)
		}
	}
	v1 := map[string]string{"@context": `["https://www.w3.org/2018/credentials/v1"]`, "issuanceDate": `"2026-01-01T00:00:00Z"`}
	if code, a := post(t, h, vcapi.IssuePath, order(credential(vcapi.DID(k.Public()), v1), `{"form":"vc-jwt"}`), ""); code != 400 || a.Code != "vc.version" {
		t.Errorf("version 1.1: %d %+v", code, a)
	}
}

func TestWhatIsNotIssued(t *testing.T) {
	t.Parallel()
	k := generate(t, keys.EdDSA)
	id := vcapi.DID(k.Public())
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Issuers: vcapi.NewKeys(now, k)})
	one := func(name, value string) string { return order(credential(id, map[string]string{name: value}), `{}`) }
	badge := `["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]`
	for _, tt := range []struct{ name, body, code string }{
		{"no type", one("type", ""), "vc.malformed"},
		{"a type that is null", one("type", "null"), "vc.malformed"},
		{"another type alone", one("type", `["Other"]`), "vc.malformed"},
		{"a type that means nothing", one("type", `["VerifiableCredential","Other"]`), "DATA_LOSS_DETECTION_ERROR"},
		{"a member that means nothing", one("x", `1`), "DATA_LOSS_DETECTION_ERROR"},
		{"a type that is no URL", order(credential(id, map[string]string{"@context": `["https://www.w3.org/ns/credentials/v2",{"T":"T"}]`, "type": `["VerifiableCredential","T"]`}), `{}`), "?"},
		{"a protected term", one("@context", `["https://www.w3.org/ns/credentials/v2",{"VerifiableCredential":"https://a.example/x"}]`), "context.invalid"},
		{"a context that is not known", one("@context", `["https://www.w3.org/ns/credentials/v2","https://a.example/c"]`), "context.unknown"},
		{"a context that is a number", one("@context", `["https://www.w3.org/ns/credentials/v2",1]`), "vc.malformed"},
		{"no context", one("@context", ""), "vc.malformed"},
		{"an id that is a list", one("id", `["https://a.example/c"]`), "vc.malformed"},
		{"no subject", one("credentialSubject", ""), "vc.malformed"},
		{"an empty subject", one("credentialSubject", `[{"id":"did:example:a"},{}]`), "vc.malformed"},
		{"a time without an offset", one("validFrom", `"2026-01-01T00:00:00"`), "time.syntax"},
		{"an end before the beginning", order(credential(id, map[string]string{"validFrom": `"2026-02-01T00:00:00Z"`, "validUntil": `"2026-01-01T00:00:00Z"`}), `{}`), "time.range"},
		{"a status without a type", one("credentialStatus", `{"id":"https://a.example/s"}`), "vc.malformed"},
		{"a schema without an id", one("credentialSchema", `{"type":"JsonSchema"}`), "vc.malformed"},
		{"evidence without a type", one("evidence", `{"id":"https://a.example/e"}`), "vc.malformed"},
		{"a name with an odd member", one("name", `{"@value":"a","@type":"x"}`), "vc.language"},
		{"a wrong digest", one("relatedResource", `{"id":"https://www.w3.org/ns/credentials/v2","digestSRI":"sha256-q03dmlMXWIB6eaW0UFENYa6NFH6rlmzJogDAcJWwzcw="}`), "vc.digest"},
		{"a badge that is none", order(credential(id, map[string]string{"@context": badge, "type": `["VerifiableCredential","OpenBadgeCredential"]`}), `{}`), "?"},
		{"a stranger", one("issuer", `"did:example:stranger"`), "issuer.not_found"},
		{"an issuer without an id", one("issuer", `{"name":"A"}`), "vc.malformed"},
		{"no issuer", one("issuer", ""), "vc.malformed"},
		{"no credential", `{}`, "json.type"},
		{"a credential that is a text", order(`"x"`, `{}`), "json.type"},
		{"options that are a list", order(credential(id, nil), `[]`), "json.type"},
		{"a suite that is a number", order(credential(id, nil), `{"cryptosuite":1}`), "json.type"},
		{"a suite that nobody knows", order(credential(id, nil), `{"cryptosuite":"rot13-2026"}`), "proof.suite_unknown"},
		{"a suite for another key", order(credential(id, nil), `{"cryptosuite":"ecdsa-rdfc-2019"}`), "key.alg_mismatch"},
		{"a form that is not issued here", order(credential(id, nil), `{"form":"sd-jwt"}`), "issuance.form"},
		{"a form that is a number", order(credential(id, nil), `{"form":1}`), "json.type"},
		{"pointers that are a text", order(credential(id, nil), `{"mandatoryPointers":"/issuer"}`), "json.type"},
		{"a list", `[]`, "json.type"},
		{"no JSON", `{`, "json.syntax"},
	} {
		code, a := post(t, h, vcapi.IssuePath, tt.body, "")
		if code != http.StatusBadRequest || a.Code != tt.code && tt.code != "?" || a.Credential != nil {
			t.Errorf("%s: %d %+v, want %s", tt.name, code, a, tt.code)
		}
	}
	if code, a := post(t, h, vcapi.IssuePath, order(credential(id, nil), `{}`), ""); code != http.StatusCreated {
		t.Errorf("the nearest good one: %d %+v", code, a)
	}
}

// door knows three tokens.
type door struct{}

func (door) Authenticate(_ context.Context, secret string) (access.Token, error) {
	switch secret {
	case "award":
		return access.Token{ID: "tok_0", Scopes: []access.Scope{access.Award}, IssuerID: "iss_1"}, nil
	case "issue":
		return access.Token{ID: "tok_1", Scopes: []access.Scope{access.Issue}, IssuerID: "iss_1"}, nil
	case "revoke":
		return access.Token{ID: "tok_2", Scopes: []access.Scope{access.Revoke}, IssuerID: "iss_1"}, nil
	case "elsewhere":
		return access.Token{ID: "tok_3", Scopes: []access.Scope{access.Issue, access.Revoke}, IssuerID: "iss_2"}, nil
	}
	return access.Token{}, fault.New(fault.Unauthorized, nil, "the token is unknown").Code("token.unknown")
}

// school is one issuer with one credential.
type school struct {
	*vcapi.Keys
	revoked []string
}

func (s *school) Owner(ctx context.Context, did string) (string, error) {
	if _, err := s.Keys.Owner(ctx, did); err != nil {
		return "", err
	}
	return "iss_1", nil
}

type register struct{ *school }

func (r register) Find(_ context.Context, id string) ([]vcapi.Issued, error) {
	switch id {
	case "https://a.example/c/1":
		return []vcapi.Issued{{ID: "vcr_1", IssuerID: "iss_1"}}, nil
	case "https://a.example/c/both":
		return []vcapi.Issued{{ID: "vcr_1", IssuerID: "iss_1"}, {ID: "vcr_3", IssuerID: "iss_2"}}, nil
	case "https://a.example/c/twice":
		return []vcapi.Issued{{ID: "vcr_4", IssuerID: "iss_1"}, {ID: "vcr_5", IssuerID: "iss_1"}}, nil
	}
	return nil, nil
}

func (r register) Revoke(_ context.Context, x vcapi.Issued, actor string) error {
	r.revoked = append(r.revoked, x.ID+" by "+actor)
	return nil
}

func TestInProductionATokenIsNeeded(t *testing.T) {
	t.Parallel()
	k := generate(t, keys.EdDSA)
	s := &school{Keys: vcapi.NewKeys(now, k)}
	h := engine(vcapi.Config{Issuers: s, Statuses: register{s}, Tokens: door{}})
	issue := order(credential(vcapi.DID(k.Public()), nil), `{}`)
	revoke := `{"credentialId":"https://a.example/c/1","credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation"},"status":true}`
	for _, tt := range []struct {
		name, path, body, token string
		status                  int
		code                    string
	}{
		{"issue", vcapi.IssuePath, issue, "issue", 201, ""},
		{"issue without a token", vcapi.IssuePath, issue, "", 401, "token.missing"},
		{"issue with an unknown token", vcapi.IssuePath, issue, "guess", 401, "token.unknown"},
		{"issue with another scope", vcapi.IssuePath, issue, "revoke", 403, "token.scope"},
		{"issue with the scope for awards of the catalogue", vcapi.IssuePath, issue, "award", 403, "token.scope"},
		{"issue for another issuer", vcapi.IssuePath, issue, "elsewhere", 403, "token.scope"},
		{"terms of its own", vcapi.IssuePath, order(credential(vcapi.DID(k.Public()), map[string]string{"@context": `["https://www.w3.org/ns/credentials/v2",{"x":"https://a.example/x"}]`, "x": `"y"`}), `{}`), "issue", 400, "context.inline"},
		{"revoke", vcapi.StatusPath, revoke, "revoke", 200, ""},
		{"revoke without a token", vcapi.StatusPath, revoke, "", 401, "token.missing"},
		{"revoke with another scope", vcapi.StatusPath, revoke, "award", 403, "token.scope"},
		{"revoke for another issuer", vcapi.StatusPath, revoke, "elsewhere", 404, "credential.not_found"},
		{"revoke what another issuer has under the same id", vcapi.StatusPath, strings.Replace(revoke, "c/1", "c/both", 1), "elsewhere", 200, ""},
		{"revoke what cannot be told apart", vcapi.StatusPath, strings.Replace(revoke, "c/1", "c/twice", 1), "revoke", 409, "credential.ambiguous"},
		{"a status that is a text", vcapi.StatusPath, strings.Replace(revoke, `true`, `"true"`, 1), "revoke", 400, "json.type"},
		{"an entry that is a text", vcapi.StatusPath, `{"credentialId":"https://a.example/c/1","credentialStatus":"x"}`, "revoke", 400, "json.type"},
		{"a list without a token", vcapi.ListsPath, `{}`, "", 401, "token.missing"},
		{"a list with another scope", vcapi.ListsPath, `{}`, "revoke", 403, "token.scope"},
		{"a list for nobody", vcapi.ListsPath, `{}`, "issue", 400, "json.type"},
		{"a list for another issuer", vcapi.ListsPath, `{"issuer":"` + vcapi.DID(k.Public()) + `"}`, "elsewhere", 403, "token.scope"},
		{"a list for a stranger", vcapi.ListsPath, `{"issuer":"did:example:stranger"}`, "issue", 400, "issuer.not_found"},
		{"a list of suspensions", vcapi.ListsPath, `{"issuer":"` + vcapi.DID(k.Public()) + `","statusPurpose":"suspension"}`, "issue", 400, "status.purpose"},
		{"revoke what is not ours", vcapi.StatusPath, strings.Replace(revoke, "c/1", "c/2", 1), "revoke", 404, "credential.not_found"},
		{"suspend", vcapi.StatusPath, strings.Replace(revoke, `"revocation"`, `"suspension"`, 1), "revoke", 400, "status.purpose"},
		{"take back", vcapi.StatusPath, strings.Replace(revoke, `true`, `false`, 1), "revoke", 400, "status.value"},
		{"no id", vcapi.StatusPath, `{"status":true}`, "revoke", 400, "json.type"},
	} {
		code, a := post(t, h, tt.path, tt.body, tt.token)
		if code != tt.status || a.Code != tt.code {
			t.Errorf("%s: %d %+v", tt.name, code, a)
		}
	}
	if d := cmp.Diff([]string{"vcr_1 by tok_2", "vcr_3 by tok_3"}, s.revoked); d != "" {
		t.Errorf("revoked %v", s.revoked)
	}
	if code, _ := post(t, engine(vcapi.Config{}), vcapi.IssuePath, issue, "award"); code != http.StatusUnauthorized {
		t.Errorf("the zero Config lets somebody in: %d", code)
	}
}

func FuzzIssue(f *testing.F) {
	k := generate(f, keys.EdDSA)
	h := engine(vcapi.Config{Mode: vcapi.ConformanceUnsafe, Issuers: vcapi.NewKeys(now, k)})
	id := vcapi.DID(k.Public())
	f.Add(order(credential("ISSUER", nil), `{}`))
	f.Add(order(credential("ISSUER", map[string]string{"validFrom": `"2026-01-01T00:00:00Z"`}), `{"cryptosuite":"eddsa-jcs-2022"}`))
	f.Add(`{"credential":{}}`)
	f.Fuzz(func(t *testing.T, body string) {
		code, a := post(t, h, vcapi.IssuePath, strings.ReplaceAll(body, "ISSUER", id), "")
		if code == http.StatusBadRequest {
			return
		}
		doc, err := ijson.Parse(a.Credential, ijson.Bounds{})
		if code != http.StatusCreated || err != nil {
			t.Fatalf("%d %v", code, err)
		}
		proofs, err := dataintegrity.Read(doc)
		if err != nil {
			return // an envelope
		}
		last := &proofs[len(proofs)-1]
		if _, err := last.Verify(doc, k.Public(), dataintegrity.WithInlineContexts()); err != nil {
			t.Errorf("what was issued does not verify: %v\n%s", err, a.Credential)
		}
	})
}

func Example() {
	api := vcapi.New(vcapi.Config{}) // nobody is let in
	fmt.Printf("%T %s %s", api, vcapi.IssuePath, vcapi.StatusPath)
	// Output: *vcapi.API /credentials/issue /credentials/status
}
