package issuer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

const base = "https://badges.example"

// world is the write side on a real database, with a clock that stands still and a checker that can be told to refuse.
type world struct {
	store   *store.Store
	catalog *catalog.Service
	awards  *issuer.Service
	lists   *statuslist.Service
	issuer  catalog.Issuer
	refuse  error
	now     time.Time
}

// Check implements issuance.Checker.
func (w *world) Check(context.Context, []byte) error { return w.refuse }

// DID implements statuslist.Issuers.
func (w *world) DID(context.Context, string) (string, error) { return w.issuer.DID, nil }

// SignList implements statuslist.Signer; nobody reads these lists.
func (w *world) SignList(_ context.Context, _ string, _ statuslist.Form, unsigned []byte) ([]byte, error) {
	return unsigned, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	var err error
	if w.store, err = store.Open(ctx, store.Config{URL: t.TempDir() + "/laurel.db"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	if err := w.store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return w.now }
	kek, err := keys.NewKEK(nil)
	if err != nil {
		t.Fatal(err)
	}
	ring := keyring.New(keyring.Config{Store: w.store, KEK: kek, Clock: clock})
	cat, err := catalog.New(catalog.Config{Store: w.store, BaseURL: base, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	w.catalog = cat
	if w.issuer, err = cat.AddIssuer(ctx, catalog.NewIssuer{Name: "Example School", Slug: "school", Email: "badges@example.org"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Create(ctx, w.issuer.ID, w.issuer.DID); err != nil {
		t.Fatal(err)
	}
	if _, err := cat.AddAchievement(ctx, catalog.NewAchievement{
		Slug: "first-aid", Name: "First aid & rescue", Description: "Can give first aid.", Criteria: "Passed the test.", Type: "Course",
		Results: []catalog.ResultDescription{{ID: "grade", Name: "Grade", Type: "LetterGrade", AllowedValues: []string{"A", "B"}}},
	}, "test"); err != nil {
		t.Fatal(err)
	}
	w.lists = statuslist.New(statuslist.Config{Store: w.store, Issuers: w, Signer: w, BaseURL: base, Clock: clock})
	w.awards = issuer.New(issuer.Config{
		Store: w.store, Catalog: cat, Lists: w.lists, Issuance: issuance.New(issuance.Config{Keys: ring, Checker: w}),
		Offers: offer.New(offer.Config{Store: w.store, Secret: bytes.Repeat([]byte{7}, 32), Clock: clock}), BaseURL: base, Clock: clock,
	})
	return w
}

func request() issuer.Request {
	return issuer.Request{
		AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ana Silva", Email: "ana@Example.org"}, ExternalID: "course-7/ana",
		AwardedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Actor: "test",
	}
}

// content reads the credential inside a compact JWS.
func content(t *testing.T, c issuer.Credential) *credential.Credential {
	t.Helper()
	m, err := jose.Read(c.Signed)
	if err != nil {
		t.Fatal(err)
	}
	in, err := m.Content()
	if err != nil {
		t.Fatal(err)
	}
	if missing, wrong := in.CheckClaims(); wrong != nil || len(missing) > 0 {
		t.Fatalf("claims: %v %v", wrong, missing)
	}
	return in.Credential
}

func TestAwardSignsWhatWasAsked(t *testing.T) {
	w := newWorld(t)
	r := request()
	credits := 2.5
	r.Narrative, r.Term, r.Role, r.Credits = "Led the exercise.", "Spring", "Trainer", &credits
	r.ExpiresAt = w.now.AddDate(3, 0, 0)
	r.Evidence = []issuer.Evidence{{URL: "https://example.org/report", Name: "Report"}}
	r.Results = []issuer.Result{{Description: "grade", Value: "A"}}
	got, err := w.awards.Award(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	c := content(t, got.Award.Credentials[0])
	subject := c.Subjects[0]
	for what, pair := range map[string][2]string{
		"id":          {c.ID, base + "/c/" + got.Award.Credentials[0].ID},
		"issuer":      {c.IssuerID, "did:web:badges.example"},
		"validFrom":   {c.Doc.Member("validFrom").Text(), "2026-11-24T09:00:00Z"},
		"awardedDate": {c.Doc.Member("awardedDate").Text(), "2026-02-01T00:00:00Z"},
		"validUntil":  {c.Doc.Member("validUntil").Text(), "2029-11-24T09:00:00Z"},
		"name":        {c.Achievement().Member("name").Text(), "First aid & rescue"},
		"narrative":   {subject.Member("narrative").Text(), "Led the exercise."},
		"credits":     {subject.Member("creditsEarned").Literal(), "2.5"},
		"result":      {subject.Member("result").Elems()[0].Member("value").Text(), "A"},
		"evidence":    {c.Doc.Member("evidence").Elems()[0].Member("id").Text(), "https://example.org/report"},
		"status":      {c.Status[0].Type, "BitstringStatusListEntry"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	if bytes.Contains(bytes.ToLower(c.Raw), []byte("ana@example.org")) {
		t.Error("the e-mail address stands in the credential")
	}
	hashed := credential.IdentityObject{}
	for _, it := range subject.Member("identifier").Elems() {
		if it.Member("identityType").Text() == "emailAddress" {
			hashed = credential.IdentityObject{Hashed: true, IdentityType: "emailAddress", IdentityHash: it.Member("identityHash").Text(), Salt: it.Member("salt").Text()}
		}
	}
	if !hashed.Matches("emailAddress", "ana@example.org") || hashed.Matches("emailAddress", "ana@example.com") {
		t.Error("the hash of the e-mail address does not match it alone")
	}
}

func TestHoursAndCreditsAreTheAwardsOwnFirst(t *testing.T) {
	three, two := 3.0, 2.0
	of := catalog.Achievement{Credits: &three, Results: []catalog.ResultDescription{{ID: "h", Type: catalog.LearningHours, Required: "40"}}}
	for _, row := range []struct {
		name    string
		award   issuer.Award
		of      catalog.Achievement
		hours   string
		credits *float64
	}{
		{"the achievement's", issuer.Award{}, of, "40", &three},
		{"the award's", issuer.Award{Credits: &two, Results: []issuer.Result{{Description: "h", Value: "38"}}}, of, "38", &two},
		{"another result", issuer.Award{Results: []issuer.Result{{Description: "x", Value: "38"}}}, of, "40", &three},
		{"neither", issuer.Award{Results: []issuer.Result{{Description: "h", Value: "38"}}}, catalog.Achievement{}, "", nil},
	} {
		if hours, credits := row.award.LearningHours(row.of), row.award.CreditsOf(row.of); hours != row.hours || credits != row.credits {
			t.Errorf("%s: %q, %v", row.name, hours, credits)
		}
	}
}

func TestTheSameRequestIsOneAward(t *testing.T) {
	w := newWorld(t)
	first, err := w.awards.Award(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.awards.Award(t.Context(), request())
	if err != nil || !again.Replayed || again.Award.ID != first.Award.ID || again.ClaimCode != first.ClaimCode {
		t.Fatalf("again: %v, replayed %v, %s and %s", err, again.Replayed, again.Award.ID, first.Award.ID)
	}
	if diff := cmp.Diff(first.Award.Credentials, again.Award.Credentials); diff != "" {
		t.Errorf("another credential:\n%s", diff)
	}
	other := request()
	other.Recipient.Name = "Ana Souza"
	if _, err := w.awards.Award(t.Context(), other); fault.Describe(err).Code != "award.conflict" || !fault.Is(err, fault.Conflict) {
		t.Errorf("another content under the same external id: %v", err)
	}
}

func TestParallelRequestsWithOneKeyMakeOneAward(t *testing.T) { // W22
	w := newWorld(t)
	r := request()
	r.ExternalID, r.IdempotencyKey = "", "key-1"
	var mu sync.Mutex
	ids, fresh := map[string]int{}, 0
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			got, err := w.awards.Award(context.Background(), r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			ids[got.Award.ID+" "+got.ClaimCode]++
			if !got.Replayed {
				fresh++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || fresh != 1 {
		t.Fatalf("%d different answers, %d fresh awards", len(ids), fresh)
	}
}

func TestAwardRefuses(t *testing.T) {
	w := newWorld(t)
	nan, many := 1e9, make([]issuer.Evidence, 51)
	for _, c := range []struct {
		name, code, at string
		change         func(*issuer.Request)
	}{
		{"nobody", "award.recipient", "/recipient", func(r *issuer.Request) { r.Recipient = issuer.Recipient{} }},
		{"an address that is none", "email.syntax", "/recipient/email", func(r *issuer.Request) { r.Recipient.Email = "Ana <ana@example.org>" }},
		{"a script as id", "award.recipient_id", "/recipient/id", func(r *issuer.Request) { r.Recipient.ID = "javascript:alert(1)" }},
		{"an address in clear as id", "award.recipient_id", "/recipient/id", func(r *issuer.Request) { r.Recipient.ID = "mailto:ana@example.org" }},
		{"U06 NUL in the name", "text.control", "/recipient/name", func(r *issuer.Request) { r.Recipient.Name = "Ana\x00" }},
		{"U05 bad UTF-8", "text.utf8", "/narrative", func(r *issuer.Request) { r.Narrative = "\xff" }},
		{"a name that is too long", "text.too_long", "/recipient/name", func(r *issuer.Request) { r.Recipient.Name = strings.Repeat("a", 201) }},
		{"a date in the future", "award.in_future", "/awarded_at", func(r *issuer.Request) { r.AwardedAt = w.now.Add(time.Hour) }},
		{"an end in the past", "award.expired", "/expires_at", func(r *issuer.Request) { r.ExpiresAt = w.now }},
		{"an activity that ends first", "award.activity", "/activity_end", func(r *issuer.Request) {
			r.ActivityStart, r.ActivityEnd = w.now, w.now.AddDate(0, 0, -1)
		}},
		{"a year before 1900", "award.time", "/awarded_at", func(r *issuer.Request) { r.AwardedAt = time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC) }},
		{"a visibility that is none", "award.visibility", "/visibility", func(r *issuer.Request) { r.Visibility = "secret" }},
		{"too many credits", "award.credits", "/credits", func(r *issuer.Request) { r.Credits = &nan }},
		{"empty evidence", "award.evidence", "/evidence/0", func(r *issuer.Request) { r.Evidence = []issuer.Evidence{{}} }},
		{"evidence by script", "award.evidence_url", "/evidence/0/url", func(r *issuer.Request) { r.Evidence = []issuer.Evidence{{URL: "javascript:1"}} }},
		{"too much evidence", "award.too_many", "/evidence", func(r *issuer.Request) { r.Evidence = many }},
		{"a result without anything", "award.result", "/results/0", func(r *issuer.Request) { r.Results = []issuer.Result{{Description: "grade"}} }},
		{"a result that is not described", "award.result_unknown", "/results/0/description", func(r *issuer.Request) {
			r.Results = []issuer.Result{{Description: "mark", Value: "A"}}
		}},
		{"a value that is not allowed", "award.result_value", "/results/0/value", func(r *issuer.Request) {
			r.Results = []issuer.Result{{Description: "grade", Value: "C"}}
		}},
		{"a status that is none", "award.result_status", "/results/0/status", func(r *issuer.Request) { r.Results = []issuer.Result{{Status: "Done"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			c.change(&r)
			_, err := w.awards.Award(t.Context(), r)
			if p := fault.Describe(err); p.Kind != fault.Invalid || p.Code != c.code || p.Pointer != c.at {
				t.Fatalf("%v (code %q at %q), want %s at %s", err, p.Code, p.Pointer, c.code, c.at)
			}
		})
	}
	r := request()
	r.AchievementRef = "unknown"
	if _, err := w.awards.Award(t.Context(), r); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown achievement: %v", err)
	}
	if page, _, err := w.awards.List(t.Context(), issuer.Filter{}); err != nil || len(page) != 0 {
		t.Errorf("%d awards are stored, %v", len(page), err)
	}
}

func TestWhatTheVerifierRefusesIsNotStored(t *testing.T) {
	w := newWorld(t)
	w.refuse = errors.New("check proof: jose.signature")
	if _, err := w.awards.Award(t.Context(), request()); !errors.Is(err, w.refuse) || fault.KindOf(err) != fault.Internal {
		t.Fatalf("got %v", err)
	}
	if page, _, err := w.awards.List(t.Context(), issuer.Filter{}); err != nil || len(page) != 0 {
		t.Fatalf("%d awards are stored, %v", len(page), err)
	}
	w.refuse = nil
	if _, err := w.awards.Award(t.Context(), request()); err != nil {
		t.Fatalf("the next try: %v", err)
	}
}

func TestRevokeIsFinalAndRevokesEveryCredential(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	got, err := w.awards.Award(ctx, request())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: proof.DataIntegrity}, "test"); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"", "  ", "a\x00b", strings.Repeat("a", 1001)} {
		if _, err := w.awards.Revoke(ctx, got.Award.ID, reason, "test"); !fault.Is(err, fault.Invalid) {
			t.Errorf("the reason %.20q is taken: %v", reason, err)
		}
	}
	if _, err := w.awards.Revoke(ctx, "awd_aaaaaaaaaaaaaaaaaaaaaaaaaa", "a reason", "test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown award: %v", err)
	}
	for i, reason := range []string{"the wrong person", "another reason"} {
		a, err := w.awards.Revoke(ctx, got.Award.ID, reason, "test")
		if err != nil || a.Revocation == nil || a.Revocation.Reason != "the wrong person" || len(a.Credentials) != 2 {
			t.Fatalf("revocation %d: %v, %+v", i+1, err, a.Revocation)
		}
	}
	l := got.Award.Credentials[0].StatusList
	change, err := w.store.Changes(ctx, l, 0)
	if err != nil || len(change.Bits) != 2 {
		t.Fatalf("bits %v, %v", change.Bits, err)
	}
	if _, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: proof.VCJWT}, "test"); fault.Describe(err).Code != "award.revoked" {
		t.Errorf("a form of a revoked award: %v", err)
	}
}

func TestIssueAsMakesOneCredentialAForm(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	got, err := w.awards.Award(ctx, request())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, form := range issuer.Forms() {
		c, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: form}, "test")
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		again, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: form}, "test")
		if err != nil || again.ID != c.ID || c.Form != form {
			t.Errorf("%s again: %v, %s and %s", form, err, again.ID, c.ID)
		}
		place := fmt.Sprint(c.StatusList, c.StatusIndex)
		if seen[place] || seen[c.ID] {
			t.Errorf("%s shares its id or its status index", form)
		}
		seen[place], seen[c.ID] = true, true
	}
	a, err := w.awards.Find(ctx, got.Award.ID)
	if err != nil || len(a.Credentials) != len(issuer.Forms()) {
		t.Fatalf("%d credentials, %v", len(a.Credentials), err)
	}
	for _, form := range []proof.Form{proof.OB2, proof.None, "", "OB-JWT"} {
		if _, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: form}, "test"); !fault.Is(err, fault.Unsupported) {
			t.Errorf("the form %q is taken: %v", form, err)
		}
	}
	w.now = w.now.AddDate(0, 0, 1)
	short := request()
	short.ExternalID, short.ExpiresAt = "short", w.now.Add(time.Hour)
	got, err = w.awards.Award(ctx, short)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	if _, err := w.awards.IssueAs(ctx, got.Award.ID, issuer.As{Form: proof.VCJWT}, "test"); fault.Describe(err).Code != "award.expired" {
		t.Errorf("a form of an expired award: %v", err)
	}
}

func TestTheFirstAwardLocksItsVersion(t *testing.T) {
	w := newWorld(t)
	before, err := w.store.AchievementBySlug(t.Context(), w.issuer.ID, "first-aid")
	if err != nil || before.Locked {
		t.Fatalf("before: locked %v, %v", before.Locked, err)
	}
	if _, err := w.awards.Award(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	after, err := w.store.Achievement(t.Context(), before.ID, before.Version)
	if err != nil || !after.Locked {
		t.Fatalf("after: locked %v, %v", after.Locked, err)
	}
}

func TestDescribeWritesAnAchievementWithItsContexts(t *testing.T) {
	w := newWorld(t)
	a, err := w.store.AchievementBySlug(t.Context(), w.issuer.ID, "first-aid")
	if err != nil {
		t.Fatal(err)
	}
	text, err := w.awards.Describe(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil || doc.Member("name").Text() != a.Name || len(doc.Member("@context").Elems()) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
}
