// Package crosscheck_test lets other people's implementations judge what Laurel issues and publishes, and lets Laurel
// judge what they issue: signatures and claims by jose, terms by jsonld in safe mode, status lists by three inflaters.
package crosscheck_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// payload is what the tests here read of a credential.
type payload struct {
	Issuer struct {
		ID string `json:"id"`
	} `json:"issuer"`
	Status struct {
		List  string `json:"statusListCredential"`
		Index string `json:"statusListIndex"`
	} `json:"credentialStatus"`
}

// answer is what verify-jose.mjs and safe-mode.mjs say.
type answer struct {
	OK       bool            `json:"ok"`
	Problems []string        `json:"problems"`
	Claims   json.RawMessage `json:"claims"`
}

func TestOthersAcceptWhatWeIssue(t *testing.T) {
	npmtest.Dir(t)
	deployment := laureltest.New(t, laureltest.Build(t), "")
	deployment.Start(t)
	client := deployment.Admin(t)
	catalogue := client.Catalogue(t)
	catalogue.Achievement = richAchievement(t, client, catalogue.Issuer)

	var signed []string
	for name, request := range requests(catalogue) {
		var a laureltest.Award
		if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", request, &a, http.StatusCreated); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, c := range a.Credentials {
			jwt, err := client.Text(t.Context(), "/c/"+c.ID+".jwt", "*/*")
			if err != nil {
				t.Fatal(err)
			}
			signed = append(signed, strings.TrimSpace(jwt))
		}
	}
	if len(signed) < len(requests(catalogue)) {
		t.Fatalf("%d credentials for %d awards", len(signed), len(requests(catalogue)))
	}

	var documents []json.RawMessage
	for _, jwt := range signed {
		documents = append(documents, verifyWithJOSE(t, client, jwt))
	}
	list := statusList(t, client, signed[0])
	documents = append(documents, list)
	expandSafely(t, documents)
}

// requests are awards that use the optional properties one by one and all together.
func requests(c laureltest.Catalogue) map[string]map[string]any {
	optional := map[string]any{
		"awarded_at": "2026-01-02T03:04:05Z",
		"expires_at": "2036-01-02T03:04:05Z",
		"narrative":  "Led the **practical** test.",
		"evidence": []any{map[string]any{
			"url": "https://school.example/evidence/1", "name": "Film", "description": "The test on film", "narrative": "Minute 3.",
			"genre": "Video", "audience": "Examiners",
		}},
		"term":           "2026 spring",
		"role":           "Learner",
		"credits":        2.5,
		"activity_start": "2025-09-01T08:00:00Z",
		"activity_end":   "2025-12-20T16:00:00Z",
		"results": []any{
			map[string]any{"description": "score", "value": "93"},
			map[string]any{"description": "outcome", "status": "Completed"},
		},
	}
	all := c.Request("crosscheck-all")
	found := map[string]map[string]any{"nothing optional": c.Request("crosscheck-none"), "everything optional": all}
	for name, value := range optional {
		one := c.Request("crosscheck-" + name)
		one[name] = value
		found[name] = one
		all[name] = value
	}
	byID := c.Request("crosscheck-did")
	byID["recipient"] = map[string]any{"name": "Learner", "id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}
	found["a recipient with a DID"] = byID
	return found
}

// richAchievement makes an achievement that uses every optional property, and returns its id.
func richAchievement(t *testing.T, client *laureltest.Client, issuer string) string {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	var out struct {
		ID string `json:"id"`
	}
	err := client.Do(t.Context(), http.MethodPost, "/api/v1/achievements", map[string]any{
		"issuer": issuer, "slug": "rich", "name": "Everything & more", "description": "Uses <every> optional property.",
		"criteria": "Do *everything*.", "criteria_url": "https://school.example/criteria", "type": "Course", "language": "en",
		"tags": []string{"health", "safety"}, "human_code": "FA-101", "field_of_study": "Health", "credits": 3,
		"alignments": []any{map[string]any{
			"name": "Help in need", "url": "https://framework.example/1", "code": "1.2", "framework": "Framework of Tests",
			"description": "Helps", "type": "CFItem",
		}, map[string]any{"name": "Level 4", "url": "https://framework.example/4", "type": "ext:QualificationLevel"}},
		"results": []any{
			map[string]any{"id": "score", "name": "Score", "type": "Percent", "min": "0", "max": "100", "required": "50"},
			map[string]any{"id": "outcome", "name": "Outcome", "type": "Status"},
			map[string]any{"id": "hours", "name": "Learning hours", "type": "ext:LearningHours", "required": "40"},
		},
		"translations": []any{
			map[string]any{
				"language": "ar", "name": "كل شيء", "description": "يستخدم كل خاصية.", "criteria": "افعل *كل شيء*.", "tags": []string{"صحة"},
				"field_of_study": "الصحة", "image_alt": "مربع رمادي",
				"results": []any{map[string]any{"id": "score", "name": "الدرجة"}, map[string]any{"id": "outcome", "name": "النتيجة"}},
			},
			map[string]any{"language": "zh-Hans", "name": "一切", "description": "使用所有可选属性。", "criteria": "完成*一切*。"},
		},
		"image": map[string]any{"alt": "A grey square", "data": base64.StdEncoding.EncodeToString(picture.Bytes())},
	}, &out, http.StatusCreated)
	if err != nil {
		t.Fatal(err)
	}
	return out.ID
}

// verifyWithJOSE verifies a credential with the issuer's published DID document and key set, and returns its claims.
func verifyWithJOSE(t *testing.T, client *laureltest.Client, jwt string) json.RawMessage {
	t.Helper()
	var p payload
	if err := laureltest.Payload(jwt, &p); err != nil {
		t.Fatal(err)
	}
	document, err := client.Text(t.Context(), didPath(t, p.Issuer.ID), "application/did+json, application/json")
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := client.Text(t.Context(), "/.well-known/jwks.json", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	var claims json.RawMessage
	for source, text := range map[string]string{"did_document": document, "jwks": jwks} {
		var got answer
		npmtest.Run(t, "verify-jose.mjs", map[string]any{"jwt": jwt, source: json.RawMessage(text)}, &got)
		if !got.OK {
			t.Errorf("jose, with the key of the %s: %q in %s", source, got.Problems, got.Claims)
		}
		claims = got.Claims
	}
	return claims
}

// didPath returns where a did:web document of the deployment lies (did:web method, "Read").
func didPath(t *testing.T, did string) string {
	t.Helper()
	id, ok := strings.CutPrefix(did, "did:web:")
	if !ok {
		t.Fatalf("the issuer is %s, not a did:web", did)
	}
	segments := strings.Split(id, ":")
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			t.Fatalf("%s: %v", did, err)
		}
		segments[i] = plain
	}
	if len(segments) == 1 {
		return "/.well-known/did.json"
	}
	return "/" + strings.Join(segments[1:], "/") + "/did.json"
}

// statusList revokes nothing: it lets three inflaters read the published list, in which no bit is set, and returns its
// document.
func statusList(t *testing.T, client *laureltest.Client, jwt string) json.RawMessage {
	t.Helper()
	var p payload
	if err := laureltest.Payload(jwt, &p); err != nil {
		t.Fatal(err)
	}
	set, document := readList(t, client, p.Status.List)
	if len(set) != 0 {
		t.Errorf("bits %v are set, and nothing was revoked", set)
	}
	return document
}

func readList(t *testing.T, client *laureltest.Client, list string) ([]int, json.RawMessage) {
	t.Helper()
	jws, err := client.Text(t.Context(), list, "application/vc+jwt, application/jwt")
	if err != nil {
		t.Fatal(err)
	}
	var document json.RawMessage
	if err := laureltest.Payload(jws, &document); err != nil {
		t.Fatal(err)
	}
	var content struct {
		Subject struct {
			Encoded string `json:"encodedList"`
		} `json:"credentialSubject"`
	}
	if err := json.Unmarshal(document, &content); err != nil {
		t.Fatal(err)
	}
	var bits struct {
		Entries int   `json:"entries"`
		Set     []int `json:"set"`
	}
	npmtest.Run(t, "inflate-list.mjs", map[string]any{"encoded_list": content.Subject.Encoded}, &bits)
	if bits.Entries < 131072 {
		t.Errorf("the list has %d entries", bits.Entries)
	}
	return bits.Set, document
}

func TestOthersSeeARevocationAtOnce(t *testing.T) {
	npmtest.Dir(t)
	deployment := laureltest.New(t, laureltest.Build(t), "")
	deployment.Start(t)
	client := deployment.Admin(t)
	catalogue := client.Catalogue(t)
	var revoked []int
	list := ""
	for _, id := range []string{"one", "two", "three"} {
		var a laureltest.Award
		if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards", catalogue.Request(id), &a, http.StatusCreated); err != nil {
			t.Fatal(err)
		}
		if id == "two" {
			continue
		}
		if err := client.Do(t.Context(), http.MethodPost, "/api/v1/awards/"+a.ID+"/revocation",
			map[string]any{"reason": "awarded by mistake"}, nil, http.StatusOK, http.StatusCreated); err != nil {
			t.Fatal(err)
		}
		jwt, err := client.Text(t.Context(), "/c/"+a.Credentials[0].ID+".jwt", "*/*")
		if err != nil {
			t.Fatal(err)
		}
		var p payload
		if err := laureltest.Payload(jwt, &p); err != nil {
			t.Fatal(err)
		}
		index, err := strconv.Atoi(p.Status.Index)
		if err != nil {
			t.Fatal(err)
		}
		list = p.Status.List
		revoked = append(revoked, index)
		slices.Sort(revoked)
		if set, _ := readList(t, client, list); !slices.Equal(set, revoked) {
			t.Errorf("bits %v are set, want %v", set, revoked)
		}
	}
}

// expandSafely lets jsonld look for terms that no context defines.
func expandSafely(t *testing.T, documents []json.RawMessage) {
	t.Helper()
	known := map[string]json.RawMessage{}
	for _, u := range contexts.URLs() {
		doc, _, ok := contexts.Lookup(u)
		if !ok {
			t.Fatalf("context %s is listed and not there", u)
		}
		known[u] = doc
	}
	var answers []answer
	npmtest.Run(t, "safe-mode.mjs", map[string]any{"contexts": known, "credentials": documents}, &answers)
	if len(answers) != len(documents) || len(answers) == 0 {
		t.Fatalf("%d answers for %d documents", len(answers), len(documents))
	}
	for i, a := range answers {
		if !a.OK {
			t.Errorf("jsonld in safe mode: %q in %s", a.Problems, documents[i])
		}
	}
}
