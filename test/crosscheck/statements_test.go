package crosscheck_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
)

// TestOthersAcceptRecordsAndEndorsements makes a learner record and an endorsement in every way in which Laurel makes them, and lets
// jose and @digitalbazaar/vc verify each with its status list, refuse its tampered twin, and refuse all once they are revoked.
func TestOthersAcceptRecordsAndEndorsements(t *testing.T) {
	npmtest.Dir(t)
	deployment := laureltest.New(t, laureltest.Build(t), "")
	deployment.Start(t)
	client := deployment.Admin(t)
	catalogue := client.Catalogue(t)
	var awards []string
	for _, id := range []string{"record-1", "record-2"} {
		var a laureltest.Award
		request := catalogue.Request(id)
		request["recipient"] = map[string]any{"name": "Ana Silva", "email": "ana@example.org"}
		if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", request, &a, http.StatusCreated); err != nil {
			t.Fatal(err)
		}
		awards = append(awards, a.ID)
	}
	for kind, request := range map[string]map[string]any{
		"records":      {"awards": awards, "name": "Transcript", "description": "Led the way."},
		"endorsements": {"of": "https://other.example/badges/1", "name": "Endorsement", "comment": "Led the way."},
	} {
		t.Run(kind, func(t *testing.T) {
			var documents, proven []json.RawMessage
			var names, addresses []string
			for _, m := range everyStatement(t, client, kind, request) {
				addresses = append(addresses, m.id)
				if m.Form == proof.DataIntegrity {
					documents, proven, names = append(documents, json.RawMessage(m.text)), append(proven, json.RawMessage(m.text)), append(names, m.name())
				} else {
					documents = append(documents, verifyToken(t, client, m.made))
				}
			}
			if len(documents) < 13 || len(proven) < 5 {
				t.Fatalf("%d documents, %d with a proof", len(documents), len(proven))
			}
			expandSafely(t, documents)
			judgeStatements(t, client, names, proven, "")
			for _, id := range addresses {
				if err := client.Do(t.Context(), http.MethodPost, "/api/v1/"+kind+"/"+id+"/revocation", map[string]any{"reason": "a mistake"}, nil, http.StatusOK); err != nil {
					t.Fatal(err)
				}
			}
			judgeStatements(t, client, names, proven, "the status bit is set")
		})
	}
}

// statement is one record or endorsement in one form.
type statement struct {
	made
	id string
}

func everyStatement(t *testing.T, client *laureltest.Client, kind string, request map[string]any) (all []statement) {
	t.Helper()
	for _, s := range issuer.Securings() {
		if s.Form != proof.OBJWT && s.Form != proof.VCJWT && s.Form != proof.DataIntegrity || s.Cryptosuite == dataintegrity.ECDSASD {
			continue
		}
		for _, alg := range s.Algs {
			m := statement{made: made{Securing: s, alg: alg}}
			request["form"], request["alg"] = s.Form, alg
			delete(request, "cryptosuite")
			if s.Cryptosuite != "" {
				request["cryptosuite"] = s.Cryptosuite
			}
			var out struct {
				ID     string `json:"id"`
				Signed string `json:"signed"`
			}
			if err := client.Do(t.Context(), http.MethodPost, "/api/v1/"+kind, request, &out, http.StatusCreated); err != nil {
				t.Fatalf("%s %s: %v", kind, m.name(), err)
			}
			m.id, m.text = out.ID, out.Signed
			all = append(all, m)
		}
	}
	return all
}

// judgeStatements is verifyProofs for documents whose words "Led the way." are tampered with. The other cryptosuites see a document as
// one; the credentials in a record are judged by those who take them out.
func judgeStatements(t *testing.T, client *laureltest.Client, names []string, proven []json.RawMessage, reason string) {
	t.Helper()
	world := map[string]json.RawMessage{}
	var twins []json.RawMessage
	for _, c := range proven {
		for url, document := range published(t, client, c) {
			world[url] = document
		}
		twin := strings.Replace(string(c), "Led the way.", "Lad the way.", 1)
		if twin == string(c) {
			t.Fatalf("nothing to tamper with in %s", c)
		}
		twins = append(twins, c, json.RawMessage(twin))
	}
	var got proofAnswer
	npmtest.Run(t, "data-integrity.mjs", map[string]any{"contexts": embeddedContexts(), "documents": world, "verify": twins}, &got)
	if len(got.Verified) != len(twins) {
		t.Fatalf("%d verdicts on %d documents", len(got.Verified), len(twins))
	}
	for i, v := range got.Verified {
		genuine := i%2 == 0
		if v.OK != (genuine && reason == "") || genuine && v.Problem != reason {
			t.Errorf("@digitalbazaar/vc, %s, twin %d: %v: %s", names[i/2], i%2, v.OK, v.Problem)
		}
	}
}

// TestWeJudgeWhatOthersPresent judges presentations that @digitalbazaar/vc made of badges that it issued, and their nearest twins: another
// challenge, another domain, a holder or a badge that was changed, and a badge about somebody else.
func TestWeJudgeWhatOthersPresent(t *testing.T) {
	npmtest.Dir(t)
	const challenge, domain = "9fK3bq0WcT5y", "verifier.example"
	suites := []form{
		{Suite: dataintegrity.EdDSARDFC}, {Suite: dataintegrity.EdDSAJCS},
		{Suite: dataintegrity.ECDSARDFC, Curve: "P-256"}, {Suite: dataintegrity.ECDSARDFC, Curve: "P-384"}, {Suite: dataintegrity.ECDSAJCS, Curve: "P-256"},
	}
	var asked []map[string]any
	for _, f := range suites {
		own, foreign := badge(), badge()
		delete(own["credentialSubject"].(map[string]any), "id") // it becomes the holder's
		foreign["credentialSubject"].(map[string]any)["id"] = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
		for _, inside := range [][]any{{own, own}, {own, foreign}} {
			asked = append(asked, map[string]any{"suite": f.Suite, "curve": f.Curve, "credentials": inside, "challenge": challenge, "domain": domain})
		}
	}
	var got struct {
		Presented []json.RawMessage `json:"presented"`
	}
	npmtest.Run(t, "data-integrity.mjs", map[string]any{"contexts": embeddedContexts(), "present": asked}, &got)
	if len(got.Presented) != len(asked) {
		t.Fatalf("%d presentations, %d asked for", len(got.Presented), len(asked))
	}
	v := verifier.New(verifier.Config{})
	judge := func(text, nonce, audience string) verifier.PresentationResult {
		return v.VerifyPresentation(t.Context(), intake.New(proof.DataIntegrity, []byte(text)), verifier.PresentationPolicy{
			Nonce: nonce, Audience: audience, Credential: verifier.Policy{Waive: verifier.TrustUnsafe},
		})
	}
	for i, text := range got.Presented {
		whole, suite := string(text), suites[i/2].Suite+" "+suites[i/2].Curve
		r := judge(whole, challenge, domain)
		if i%2 == 1 {
			if r.Verdict != verifier.Invalid || len(r.Credentials) != 2 || r.Credentials[0].Result.Verdict != verifier.Valid || r.Credentials[1].Result.Verdict != verifier.Invalid {
				t.Errorf("%s, with a badge about somebody else: %s %+v", suite, r.Verdict, r.Checks)
			}
			continue
		}
		if r.Verdict != verifier.Valid || len(r.Credentials) != 2 {
			report, err := json.MarshalIndent(r, "", " ")
			t.Errorf("%s: %s with %d credentials (%v): %s", suite, r.Verdict, len(r.Credentials), err, report)
		}
		for _, row := range []struct{ what, text, nonce, audience, code string }{
			{"another challenge", whole, challenge + "x", domain, "vp.nonce"},
			{"another domain", whole, challenge, "other.example", "vp.aud"},
			{"another badge", strings.Replace(whole, `"First aid"`, `"Last aid"`, 1), challenge, domain, ""},
			{"one badge less", withoutLast(t, text), challenge, domain, ""},
		} {
			refused := judge(row.text, row.nonce, row.audience)
			said := row.code == "" || slices.ContainsFunc(refused.Checks, func(c verifier.Check) bool { return c.Outcome == verifier.Fail && c.Code == row.code })
			if refused.Verdict != verifier.Invalid || !said {
				t.Errorf("%s, %s: %s %+v", suite, row.what, refused.Verdict, refused.Checks)
			}
		}
	}
}

// withoutLast drops the last credential of a presentation.
func withoutLast(t *testing.T, presentation json.RawMessage) string {
	t.Helper()
	var members map[string]json.RawMessage
	var inside []json.RawMessage
	if err := json.Unmarshal(presentation, &members); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(members["verifiableCredential"], &inside); err != nil || len(inside) != 2 {
		t.Fatalf("%v, %d credentials", err, len(inside))
	}
	members["verifiableCredential"], _ = json.Marshal(inside[:1])
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
