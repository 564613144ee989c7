package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/api"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
)

var moment = time.Date(2026, 1, 31, 9, 0, 2, 0, time.UTC)

// awards is a struct of functions; what is nil must not be called.
type awards struct {
	award  func(issuer.Request) (issuer.Awarded, error)
	revoke func(id, reason, actor string) (issuer.Award, error)
	bulk   func(issuer.Bulk) (issuer.BulkDone, error)
	apply  func(id string, step issuer.Step) (issuer.Award, error)
	find   func(id string) (issuer.Award, error)
	list   func(issuer.Filter) ([]issuer.Award, string, error)
	events func(issuerID string, n int) ([]event.Event, error)

	reissue func(issuer.Reissue) (issuer.Reissued, error)
}

func (a *awards) PlanReissue(_ context.Context, r issuer.Reissue) (issuer.Reissued, error) {
	if a.reissue == nil {
		return issuer.Reissued{Done: 212, Believed: 1790}, nil
	}
	out, err := a.reissue(r)
	if r.Upto == 0 {
		out.Next = ""
	}
	return out, err
}

func (a *awards) Reissue(_ context.Context, r issuer.Reissue) (issuer.Reissued, error) {
	return a.reissue(r)
}

func (a *awards) Unbelievable(_ context.Context, r issuer.Reissue) ([]issuer.Statement, error) {
	return []issuer.Statement{{ID: "rec_1", KeyID: r.KeyID}}, nil
}

func (a *awards) Award(_ context.Context, r issuer.Request) (issuer.Awarded, error) {
	return a.award(r)
}

func (a *awards) Apply(_ context.Context, id string, step issuer.Step) (issuer.Award, error) {
	if step.Action != issuer.Revoke {
		return a.apply(id, step)
	}
	return a.revoke(id, step.Reason, step.Actor)
}

func (a *awards) Plan(_ context.Context, b issuer.Bulk) (issuer.BulkPlan, error) {
	done, err := a.bulk(b)
	return issuer.BulkPlan{Changes: done.Left, Others: 1}, err
}

func (a *awards) Run(_ context.Context, b issuer.Bulk) (issuer.BulkDone, error) { return a.bulk(b) }

func (a *awards) Find(_ context.Context, id string) (issuer.Award, error) { return a.find(id) }

func (a *awards) List(_ context.Context, f issuer.Filter) ([]issuer.Award, string, error) {
	return a.list(f)
}

func (a *awards) IssueAs(_ context.Context, id string, as issuer.As, _ string) (issuer.Credential, error) {
	return issuer.Credential{ID: "c7k2m5n4p6q3r7s2t4u5v6w7y2", AwardID: id, Form: as.Form, IssuedAt: time.Unix(0, 0)}, nil
}

func (a *awards) Events(_ context.Context, issuerID string, n int) ([]event.Event, error) {
	return a.events(issuerID, n)
}

// shelf is a catalogue of two issuers with one achievement each.
type shelf struct {
	issuers      []catalog.Issuer
	achievements []catalog.Achievement
	added        []any
}

func newShelf() *shelf {
	return &shelf{
		issuers: []catalog.Issuer{
			{ID: "iss_a", Slug: "a", DID: "did:web:a.example", Name: "A", Language: "en", Algorithm: "ES256", CreatedAt: moment},
			{ID: "iss_b", Slug: "b", DID: "did:web:a.example:issuers:b", Name: "B", Language: "ar", Algorithm: "EdDSA", CreatedAt: moment},
		},
		achievements: []catalog.Achievement{
			{ID: "ach_a", IssuerID: "iss_a", Version: 1, Slug: "first-aid", Name: "First aid", Description: "d", Language: "en", CreatedAt: moment,
				Image: &catalog.Image{Type: "image/png", Alt: "a cross", Data: []byte("png")}, Tags: []string{"health"},
				Alignments: []catalog.Alignment{{Name: "n", URL: "https://esco.example/1"}},
				Results:    []catalog.ResultDescription{{ID: "score", Name: "Score", Type: "Percent"}}},
			{ID: "ach_b", IssuerID: "iss_b", Version: 2, Slug: "b", Name: "B", Description: "d", Language: "ar", CreatedAt: moment},
		},
	}
}

func (s *shelf) AddIssuer(_ context.Context, n catalog.NewIssuer) (catalog.Issuer, error) {
	s.added = append(s.added, n)
	if n.Slug == "taken" {
		return catalog.Issuer{}, fault.New(fault.Conflict, nil, "the slug is taken").Code("issuer.slug_taken").At("/slug")
	}
	return catalog.Issuer{ID: "iss_new", Slug: n.Slug, Name: n.Name, Language: "en", Algorithm: "ES256", CreatedAt: moment}, nil
}

func (s *shelf) Issuers(context.Context) ([]catalog.Issuer, error) { return s.issuers, nil }

func (s *shelf) Issuer(_ context.Context, ref string) (catalog.Issuer, error) {
	if ref == "" && len(s.issuers) == 1 {
		return s.issuers[0], nil
	}
	if ref == "" {
		return catalog.Issuer{}, fault.New(fault.Invalid, nil, "there are 2 issuers: say which one").Code("issuer.required").At("/issuer")
	}
	for _, i := range s.issuers {
		if ref == i.ID || ref == i.Slug || ref == i.DID {
			return i, nil
		}
	}
	return catalog.Issuer{}, fault.New(fault.NotFound, nil, "there is no issuer %q", ref).Code("issuer.unknown").At("/issuer")
}

func (s *shelf) AddAchievement(_ context.Context, n catalog.NewAchievement, actor string) (catalog.Achievement, error) {
	s.added = append(s.added, n, actor)
	return catalog.Achievement{ID: "ach_new", IssuerID: n.Issuer, Version: 1, Slug: n.Slug, Name: n.Name, CreatedAt: moment}, nil
}

func (s *shelf) ReviseAchievement(_ context.Context, ref string, n catalog.NewAchievement, actor string) (catalog.Achievement, error) {
	s.added = append(s.added, ref, n, actor)
	return catalog.Achievement{ID: ref, IssuerID: n.Issuer, Version: 2, Slug: "first-aid", Name: n.Name, CreatedAt: moment}, nil
}

func (s *shelf) Achievement(ctx context.Context, issuerRef, ref string, _ int) (catalog.Achievement, error) {
	id := ""
	if issuerRef != "" {
		i, err := s.Issuer(ctx, issuerRef)
		if err != nil {
			return catalog.Achievement{}, err
		}
		id = i.ID
	}
	for _, a := range s.achievements {
		if (a.ID == ref || a.Slug == ref) && (id == "" || a.IssuerID == id) {
			return a, nil
		}
	}
	return catalog.Achievement{}, fault.New(fault.NotFound, nil, "there is no achievement %q", ref).Code("achievement.unknown").At("/achievement")
}

func (s *shelf) Achievements(_ context.Context, issuerRef string) ([]catalog.Achievement, error) {
	var out []catalog.Achievement
	for _, a := range s.achievements {
		if issuerRef == "" || a.IssuerID == issuerRef {
			out = append(out, a)
		}
	}
	return out, nil
}

func (s *shelf) ReviseIssuer(ctx context.Context, ref string, n catalog.NewIssuer) (catalog.Issuer, error) {
	i, err := s.Issuer(ctx, ref)
	if n.Name == "" {
		return i, fault.New(fault.Invalid, catalog.Mistakes{{At: "/name", Sentence: "this is required"}}, "this is required").Code("issuer.invalid")
	}
	i.Name, i.Image = n.Name, n.Image
	return i, err
}

func (s *shelf) IssuerImageURL(i catalog.Issuer) string {
	return "https://a.example/issuers/" + i.Slug + "/image.png"
}

func (s *shelf) ImageURL(a catalog.Achievement) string {
	return "https://a.example/achievements/" + a.ID + "/1/image.png"
}

// counts counts.
type counts struct{ awards, revocations int }

func (c *counts) Award(n int) { c.awards += n }
func (c *counts) Revocation() { c.revocations++ }

// rig is an API over fakes and a real access service, with one token for each purpose.
type rig struct {
	t      *testing.T
	engine *gin.Engine
	api    *api.API
	awards *awards
	papers *papers
	shelf  *shelf
	counts *counts
	keys   *keyring.Service
	stops  stops
	desk   *desk
	press  *press
	access *access.Service
	tokens map[string]string // name → secret
	ids    map[string]string // name → id
}

func newRig(t *testing.T) *rig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := &rig{t: t, engine: gin.New(), awards: &awards{}, papers: &papers{}, shelf: newShelf(), counts: &counts{}, desk: newDesk(), press: &press{}, tokens: map[string]string{}, ids: map[string]string{}}
	r.access = access.New(access.Config{Clock: func() time.Time { return moment }})
	for name, n := range map[string]access.NewToken{
		"award": {Scopes: []access.Scope{access.Award}}, "read": {Scopes: []access.Scope{access.Read}},
		"revoke": {Scopes: []access.Scope{access.Revoke}}, "admin": {Scopes: []access.Scope{access.Admin}},
		"award-a": {Scopes: []access.Scope{access.Award}, IssuerID: "iss_a"}, "admin-a": {Scopes: []access.Scope{access.Admin}, IssuerID: "iss_a"},
		"read-b": {Scopes: []access.Scope{access.Read}, IssuerID: "iss_b"}, "revoke-b": {Scopes: []access.Scope{access.Revoke}, IssuerID: "iss_b"},
	} {
		n.Name = name
		tok, secret, err := r.access.AddToken(t.Context(), n, "cli")
		if err != nil {
			t.Fatal(err)
		}
		r.tokens[name], r.ids[name] = secret, tok.ID
	}
	r.keys = keyring.New(keyring.Config{Clock: func() time.Time { return moment }})
	for _, i := range r.shelf.issuers {
		if _, err := r.keys.Create(t.Context(), i.ID, i.DID); err != nil {
			t.Fatal(err)
		}
	}
	r.api = api.New(r.engine, api.Config{
		Awards: r.awards, Statements: r.papers, Attachments: r.papers, Issuers: r.shelf, Achievements: r.shelf, Tokens: r.access, Keys: r.keys, Issuing: &r.stops,
		Counter: r.counts, Printer: r.press, Learners: r.press, Offers: r.desk.service(), Clock: func() time.Time { return moment },
		BaseURL: "https://a.example/", Logger: slog.New(slog.DiscardHandler),
		Errors: problem.New(problem.Config{Logger: slog.New(slog.DiscardHandler)}),
	})
	return r
}

// call sends a request with the token of that name ("" for none) and a JSON body ("" for none).
func (r *rig) call(token, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+r.tokens[token])
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.engine.ServeHTTP(w, req)
	return w
}

// object reads the answer, which must be JSON of that status.
func object(t *testing.T, w *httptest.ResponseRecorder, status int) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	return out
}

// wantProblem checks a problem document of that status, code and pointer.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code, pointer string) {
	t.Helper()
	var d problem.Document
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&d); err != nil {
		t.Errorf("%d %q: %v", w.Code, w.Body, err)
		return
	}
	if w.Code != status || d.Code != code || d.Pointer != pointer || w.Header().Get("Content-Type") != problem.MediaType {
		t.Errorf("got %d %s at %q (%s), want %d %s at %q", w.Code, d.Code, d.Pointer, d.Detail, status, code, pointer)
	}
}

// sample is the award that the fakes return.
func sample() issuer.Award {
	credits := 3.0
	return issuer.Award{
		ID: "awd_1", IssuerID: "iss_a", AchievementID: "ach_a", Version: 1, ExternalID: "x-1",
		Recipient: issuer.Recipient{Name: "Amal", Email: "amal@example.org"}, AwardedAt: moment, Visibility: issuer.Unlisted,
		CreatedAt: moment, Credits: &credits, Evidence: []issuer.Evidence{{URL: "https://a.example/e"}},
		Results:     []issuer.Result{{Description: "score", Value: "93"}},
		Credentials: []issuer.Credential{{ID: "cred1", Form: "ob-jwt", IssuedAt: moment, Signed: []byte("secret bytes")}},
	}
}

func notFound(string) (issuer.Award, error) {
	return issuer.Award{}, fault.New(fault.NotFound, nil, "no such award")
}

func found(string) (issuer.Award, error) { return sample(), nil }

const minimal = `{"achievement":"first-aid","issuer":"a","recipient":{"name":"Amal"}}`
