package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// world is a running deployment with two issuers and an achievement of each. Limits of requests are off, because the
// scenarios together ask more than a guest may.
type world struct {
	*deployment
	databases
	token  string // of the scope admin, for every issuer
	school issuer // the first: its DID is that of the host
	night  issuer // the second: its DID has a path
	next   *atomic.Int64
}

// issuer is an issuer with one achievement.
type issuer struct {
	ID, Slug, DID string
	Achievement   string `json:"-"`
}

func newWorld(t *testing.T, d databases) *world {
	t.Helper()
	w := &world{deployment: deploy(t, d(t), "--no-demo", "--rate-limit", "0", "--rate-limit-token", "0"), databases: d, next: new(atomic.Int64)}
	w.start(t)
	w.furnish(t)
	return w
}

// furnish makes a token, the issuers and their achievements.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	w.token = strings.TrimSpace(w.must(t, "token", "add", "--scope", "admin"))
	w.school = w.issuer(t, "Open School", "open-school")
	w.night = w.issuer(t, "Night School", "night-school")
}

func (w *world) issuer(t *testing.T, name, slug string) issuer {
	t.Helper()
	var i issuer
	w.call(t, "POST /api/v1/issuers", map[string]any{"name": name, "slug": slug, "url": "https://school.example/"}).want(t, http.StatusCreated).into(t, &i)
	var a struct{ ID string }
	w.call(t, "POST /api/v1/achievements", map[string]any{
		"issuer": i.ID, "slug": "first-aid", "name": "First aid", "description": "Can help until help comes.",
		"criteria": "Passed the *practical* test.", "type": "Course", "language": "en",
		"results": []any{map[string]any{"id": "score", "name": "Score", "type": "Percent", "min": "0", "max": "100"}},
	}).want(t, http.StatusCreated).into(t, &a)
	i.Achievement = a.ID
	return i
}

// call asks as administrator: "POST /api/v1/awards".
func (w *world) call(t *testing.T, request string, body any) answer {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	return w.ask(t, question{method: method, path: path, token: w.token, body: body})
}

// award is an award as the API shows it.
type award struct {
	ID, Status, Page string
	Issuer           string
	Achievement      string
	Recipient        struct{ Name, Email, ID string }
	ExternalID       string `json:"external_id"`
	AwardedAt        string `json:"awarded_at"`
	ExpiresAt        string `json:"expires_at"`
	ClaimURL         string `json:"claim_url"`
	Visibility       string
	Credentials      []struct {
		ID, Form, URL string
		JWTURL        string `json:"jwt_url"`
		JSONURL       string `json:"json_url"`
		PNGURL        string `json:"png_url"`
		SVGURL        string `json:"svg_url"`
		QRPNGURL      string `json:"qr_png_url"`
		QRSVGURL      string `json:"qr_svg_url"`
	}
	Revocation *struct{ Reason string }
}

// request is an award of first aid by the school to somebody whom no other scenario awards, changed by change.
func (w *world) request(change map[string]any) map[string]any {
	n := w.next.Add(1)
	body := map[string]any{
		"issuer": w.school.ID, "achievement": w.school.Achievement, "external_id": fmt.Sprintf("enrolment-%d", n),
		"recipient": map[string]any{"name": fmt.Sprintf("Learner %d", n), "email": fmt.Sprintf("learner-%d@example.org", n)},
	}
	for name, value := range change {
		if value == nil {
			delete(body, name)
			continue
		}
		body[name] = value
	}
	return body
}

// award makes an award and returns it.
func (w *world) award(t *testing.T, change map[string]any) award {
	t.Helper()
	var a award
	w.call(t, "POST /api/v1/awards", w.request(change)).want(t, http.StatusCreated).into(t, &a)
	if len(a.Credentials) != 1 {
		t.Fatalf("%d credentials", len(a.Credentials))
	}
	return a
}

// signed fetches the signed text of an award's credential.
func (w *world) signed(t *testing.T, a award) []byte {
	t.Helper()
	return w.ask(t, question{path: a.Credentials[0].JWTURL}).want(t, http.StatusOK).body
}

// revoke revokes an award.
func (w *world) revoke(t *testing.T, a award) {
	t.Helper()
	w.call(t, "POST /api/v1/awards/"+a.ID+"/revocation", map[string]any{"reason": "Awarded to the wrong learner."}).want(t, http.StatusOK)
}
