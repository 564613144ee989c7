package crosscheck_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// made is one award in one form, as it is published.
type made struct {
	issuer.Securing
	alg  keys.Algorithm
	text string
}

func (m made) name() string { return string(m.Form) + " " + m.Cryptosuite + " " + string(m.alg) }

// everyForm issues an award that uses every optional property in every way in which Laurel issues.
func everyForm(t *testing.T, client *laureltest.Client) (award string, all []made) {
	t.Helper()
	catalogue := client.Catalogue(t)
	catalogue.Achievement = richAchievement(t, client, catalogue.Issuer)
	var a laureltest.Award
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", requests(catalogue)["everything optional"], &a, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	for _, s := range issuer.Securings() {
		for _, alg := range s.Algs {
			m := made{Securing: s, alg: alg}
			var c laureltest.Credential
			request := map[string]any{"form": s.Form, "alg": alg}
			if s.Cryptosuite != "" {
				request["cryptosuite"] = s.Cryptosuite
			}
			if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards/"+a.ID+"/credentials", request, &c, http.StatusCreated); err != nil {
				t.Fatalf("%s: %v", m.name(), err)
			}
			suffix := ".jwt"
			switch s.Form {
			case proof.DataIntegrity:
				suffix = ".json"
			case proof.VCCOSE:
				suffix = ".cose"
			}
			text, err := client.Text(t.Context(), "/c/"+c.ID+suffix, "*/*")
			if err != nil {
				t.Fatalf("%s: %v", m.name(), err)
			}
			m.text = strings.TrimSpace(text)
			if s.Form == proof.VCCOSE {
				m.text = text
			}
			all = append(all, m)
		}
	}
	return a.ID, all
}

func TestOthersAcceptEveryForm(t *testing.T) {
	npmtest.Dir(t)
	deployment := laureltest.New(t, laureltest.Build(t), "")
	deployment.Start(t)
	client := deployment.Admin(t)
	var documents, proven []json.RawMessage // credentials as JSON, and those of them with an embedded proof
	var names []string                      // of those
	tokens, selective := 0, 0
	award, all := everyForm(t, client)
	for _, m := range all {
		if m.Form == proof.DataIntegrity {
			documents, proven, names = append(documents, json.RawMessage(m.text)), append(proven, json.RawMessage(m.text)), append(names, m.name())
			continue
		}
		if m.Form == proof.SDJWT || m.Form == proof.VCSDJWT {
			selective++
			documents = append(documents, verifySelective(t, client, m)...)
			continue
		}
		tokens++
		if m.Form == proof.VCCOSE {
			documents = append(documents, verifyMessage(t, client, m))
		} else {
			documents = append(documents, verifyToken(t, client, m))
		}
	}
	if tokens != 15 || len(proven) != 7 || selective != 6 {
		t.Fatalf("%d tokens, %d documents with a proof and %d SD-JWTs", tokens, len(proven), selective)
	}
	world := published(t, client, proven[0])
	for url, document := range world {
		if strings.HasPrefix(url, client.Base) {
			documents = append(documents, document) // the status list
		}
	}
	expandSafely(t, documents)
	verifyProofs(t, world, names, proven, "")
	verifyWithDCC(t, world, names, proven, "")
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards/"+award+"/revocation", map[string]any{"reason": "awarded by mistake"}, nil,
		http.StatusOK, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	refusedByStatus(t, client, all)
	world = published(t, client, proven[0])
	verifyProofs(t, world, names, proven, "the status bit is set")
	verifyWithDCC(t, world, names, proven, "revocation_status: false")
}

// verifyToken lets jose verify a token and refuse its tampered twin, and returns the credential inside.
func verifyToken(t *testing.T, client *laureltest.Client, m made) json.RawMessage {
	t.Helper()
	jwks, err := client.Text(t.Context(), "/.well-known/jwks.json", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	var claims json.RawMessage
	for text, want := range map[string]bool{m.text: true, resigned(m.text): false} {
		var got answer
		npmtest.Run(t, "verify-jose.mjs", map[string]any{"jwt": text, "form": m.Form, "jwks": json.RawMessage(jwks)}, &got)
		if got.OK != want {
			t.Errorf("jose, %s: %v, want %v: %q", m.name(), got.OK, want, got.Problems)
		}
		if want {
			claims = got.Claims
		}
	}
	var wrapped struct {
		VC json.RawMessage `json:"vc"`
	}
	if err := json.Unmarshal(claims, &wrapped); err != nil {
		t.Fatalf("%s: %v", m.name(), err)
	}
	if m.Form == proof.JWTVC11 {
		return wrapped.VC
	}
	return claims
}

// resigned is a compact JWS with another first character of its signature.
func resigned(jws string) string {
	at := strings.LastIndexByte(jws, '.') + 1
	other := "A"
	if jws[at] == 'A' {
		other = "B"
	}
	return jws[:at] + other + jws[at+1:]
}

// verifySelective lets @sd-jwt verify an SD-JWT with all that can be disclosed, with nothing of it, and with another signature.
// A disclosure that was changed is nothing to @sd-jwt, and refused here. It returns the credentials that @sd-jwt sees, where they are documents of VCDM 2.0 and nothing beside.
func verifySelective(t *testing.T, client *laureltest.Client, m made) []json.RawMessage {
	t.Helper()
	presented, err := sdjwt.Read([]byte(m.text))
	if err != nil {
		t.Fatalf("%s: %v", m.name(), err)
	}
	key, all := publishedKey(t, client, presented.Header.KeyID)
	parts := strings.Split(m.text, "~")
	changed := slices.Clone(parts)
	changed[1] = base64.RawURLEncoding.EncodeToString([]byte(`["AAAAAAAAAAAAAAAAAAAAAA","narrative","Forged."]`))
	var in []map[string]any
	if _, err := sdjwt.Read([]byte(strings.Join(changed, "~"))); err == nil {
		t.Errorf("%s: a disclosure that was changed is taken", m.name())
	}
	for _, text := range []string{m.text, parts[0] + "~", resigned(parts[0]) + "~"} {
		in = append(in, map[string]any{"typ": presented.Header.Type, "alg": m.alg, "sd_jwt": text, "jwk": key, "jwks": all})
	}
	var answers []struct {
		OK      bool            `json:"ok"`
		Problem string          `json:"problem"`
		Claims  json.RawMessage `json:"claims"`
	}
	npmtest.Run(t, "verify-sdjwt.mjs", in, &answers)
	if len(answers) != 3 || len(parts) < 5 || !answers[0].OK || !answers[1].OK || answers[2].OK {
		t.Fatalf("@sd-jwt, %s, %d parts: %+v", m.name(), len(parts), answers)
	}
	sameJSON(t, presented.Payload(), answers[0].Claims)
	if strings.Contains(string(answers[1].Claims), "Led the") {
		t.Errorf("%s: what is not disclosed is shown", m.name())
	}
	if m.Form == proof.SDJWT {
		return nil
	}
	return []json.RawMessage{answers[0].Claims, answers[1].Claims}
}

// refusedByStatus lets @sd-jwt find in the Token Status List that what it accepted before was revoked.
func refusedByStatus(t *testing.T, client *laureltest.Client, all []made) {
	t.Helper()
	var in []map[string]any
	for _, m := range all {
		if m.Form != proof.SDJWT {
			continue
		}
		p, err := sdjwt.Read([]byte(m.text))
		if err != nil {
			t.Fatal(err)
		}
		key, set := publishedKey(t, client, p.Header.KeyID)
		in = append(in, map[string]any{"typ": p.Header.Type, "alg": m.alg, "sd_jwt": m.text, "jwk": key, "jwks": set})
	}
	var answers []struct {
		OK      bool   `json:"ok"`
		Problem string `json:"problem"`
	}
	npmtest.Run(t, "verify-sdjwt.mjs", in, &answers)
	if len(answers) != 3 {
		t.Fatalf("%d answers", len(answers))
	}
	for i, a := range answers {
		if a.OK || !strings.Contains(a.Problem, "tatus is not valid") {
			t.Errorf("@sd-jwt, revoked, %s: %v %s", in[i]["alg"], a.OK, a.Problem)
		}
	}
}

// publishedKey is the key of that name in the deployment's key set, and the whole set.
func publishedKey(t *testing.T, client *laureltest.Client, kid string) (key json.RawMessage, all []json.RawMessage) {
	t.Helper()
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := client.Do(t.Context(), http.MethodGet, "/.well-known/jwks.json", nil, &set, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		if strings.Contains(string(k), `"`+kid+`"`) {
			return k, set.Keys
		}
	}
	t.Fatalf("the key %s is not published", kid)
	return nil, nil
}

// published are the documents that a verifier fetches for a credential of the deployment, by address: the DID document, under
// the DID and where did:web says, and the status list in the form that the credential names.
func published(t *testing.T, client *laureltest.Client, credential json.RawMessage) map[string]json.RawMessage {
	t.Helper()
	var p payload
	if err := json.Unmarshal(credential, &p); err != nil {
		t.Fatal(err)
	}
	path := didPath(t, p.Issuer.ID)
	document, err := client.Text(t.Context(), path, "application/did+json, application/json")
	if err != nil {
		t.Fatal(err)
	}
	list, err := client.Text(t.Context(), p.Status.List, "application/json")
	if err != nil {
		t.Fatal(err)
	}
	host, err := url.PathUnescape(strings.Split(strings.TrimPrefix(p.Issuer.ID, "did:web:"), ":")[0])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]json.RawMessage{
		p.Issuer.ID: json.RawMessage(document), "https://" + host + path: json.RawMessage(document), p.Status.List: json.RawMessage(list),
	}
}

// twins puts a tampered twin behind every credential.
func twins(t *testing.T, proven []json.RawMessage) []json.RawMessage {
	t.Helper()
	var out []json.RawMessage
	for _, c := range proven {
		twin := strings.Replace(string(c), `"narrative":"Led the `, `"narrative":"Lad the `, 1)
		if twin == string(c) {
			t.Fatalf("nothing to tamper with in %s", c)
		}
		out = append(out, c, json.RawMessage(twin))
	}
	return out
}

// verifyProofs lets the cryptosuites of other authors verify each credential with its status list, which is why all are
// refused when there is a reason, and refuse its tampered twin.
func verifyProofs(t *testing.T, world map[string]json.RawMessage, names []string, proven []json.RawMessage, reason string) {
	t.Helper()
	var got proofAnswer
	npmtest.Run(t, "data-integrity.mjs", map[string]any{"contexts": embeddedContexts(), "documents": world, "verify": twins(t, proven)}, &got)
	if len(got.Verified) != 2*len(proven) {
		t.Fatalf("%d verdicts on %d credentials", len(got.Verified), len(proven))
	}
	for i, v := range got.Verified {
		genuine := i%2 == 0
		if v.OK != (genuine && reason == "") || genuine && v.Problem != reason {
			t.Errorf("@digitalbazaar/vc, %s, twin %d: %v: %s", names[i/2], i%2, v.OK, v.Problem)
		}
	}
}

// verifyWithDCC lets the verifier of a widely used wallet look; it knows one of our cryptosuites, and reads no token.
func verifyWithDCC(t *testing.T, world map[string]json.RawMessage, names []string, proven []json.RawMessage, reason string) {
	t.Helper()
	var known []json.RawMessage
	for i, name := range names {
		if strings.Contains(name, dataintegrity.EdDSARDFC) {
			known = append(known, proven[i])
		}
	}
	var answers []answer
	npmtest.Run(t, "verify-dcc.mjs", map[string]any{"documents": world, "credentials": twins(t, known)}, &answers)
	if len(known) != 1 || len(answers) != 2 {
		t.Fatalf("%d verdicts on %d credentials", len(answers), len(known))
	}
	for i, a := range answers {
		if a.OK != (i == 0 && reason == "") || i == 0 && strings.Join(a.Problems, "; ") != reason {
			t.Errorf("@digitalcredentials/verifier-core, twin %d: %v: %q", i, a.OK, a.Problems)
		}
	}
}

// TestOthersAcceptABoundCredential issues an SD-JWT for the key of a wallet by the command line, and lets @sd-jwt verify what
// the wallet presents of it: the wallet's signature too, and not that of another transaction.
func TestOthersAcceptABoundCredential(t *testing.T) {
	npmtest.Dir(t)
	deployment := laureltest.New(t, laureltest.Build(t), "")
	deployment.Start(t)
	client := deployment.Admin(t)
	var a laureltest.Award
	if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", client.Catalogue(t).Request("bound"), &a, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	wallet := newKey(t, keys.ES256)
	did := "did:key:" + wallet.Public().Multikey()
	for _, s := range issuer.Securings() {
		if s.Form != proof.SDJWT && s.Form != proof.VCSDJWT {
			continue
		}
		var c struct {
			ID string `json:"id"`
		}
		out := deployment.Command(t, "award", "credential", a.ID, "--form", string(s.Form), "--holder", did, "--json")
		if err := json.Unmarshal([]byte(out), &c); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		issued, err := client.Text(t.Context(), "/c/"+c.ID+".jwt", "*/*")
		if err != nil {
			t.Fatal(err)
		}
		binding := &sdjwt.Binding{Key: wallet, Nonce: "n-1", Audience: "https://v.example", At: time.Now()}
		shown, err := sdjwt.Present(strings.TrimSpace(issued), []string{"/credentialSubject/identifier"}, binding)
		if err != nil {
			t.Fatalf("%s: %v", s.Form, err)
		}
		p, err := sdjwt.Read([]byte(shown))
		if err != nil {
			t.Fatal(err)
		}
		if subject := p.Claims().Member("credentialSubject").Member("id").Text(); subject != did {
			t.Errorf("%s is about %s", s.Form, subject)
		}
		var answers []struct {
			OK      bool   `json:"ok"`
			Problem string `json:"problem"`
		}
		key, all := publishedKey(t, client, p.Header.KeyID)
		one := map[string]any{"typ": p.Header.Type, "alg": p.Header.Alg, "sd_jwt": shown, "jwk": key, "jwks": all, "nonce": "n-1"}
		other := maps.Clone(one)
		other["nonce"] = "n-2"
		npmtest.Run(t, "verify-sdjwt.mjs", []map[string]any{one, other}, &answers)
		if len(answers) != 2 || !answers[0].OK || answers[1].OK {
			t.Errorf("@sd-jwt, %s: %+v", s.Form, answers)
		}
	}
}
