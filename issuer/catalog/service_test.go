package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// memory is a Store as catalog.Store describes it.
type memory struct {
	mu      sync.Mutex
	issuers []catalog.Issuer
	all     map[string][]catalog.Achievement // by id, in order of versions
	events  []event.Event
	reads   int
	broken  error
}

func newMemory() *memory { return &memory{all: map[string][]catalog.Achievement{}} }

func (m *memory) InsertIssuer(_ context.Context, i catalog.Issuer, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.issuers {
		if k.Slug == i.Slug || k.DID == i.DID {
			return fault.New(fault.Conflict, nil, "slug or DID is taken")
		}
	}
	m.issuers, m.events = append(m.issuers, i), append(m.events, e)
	return nil
}

func (m *memory) UpdateIssuer(_ context.Context, i catalog.Issuer, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n, k := range m.issuers {
		if k.ID == i.ID {
			m.issuers[n], m.events = i, append(m.events, e)
			return nil
		}
	}
	return fault.New(fault.NotFound, nil, "no issuer")
}

func (m *memory) Issuers(context.Context) ([]catalog.Issuer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]catalog.Issuer(nil), m.issuers...), m.broken
}

func (m *memory) InsertAchievement(_ context.Context, a catalog.Achievement, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all[a.ID]) != a.Version-1 {
		return fault.New(fault.Conflict, nil, "version %d", a.Version)
	}
	for id, vs := range m.all {
		if id != a.ID && vs[0].IssuerID == a.IssuerID && vs[0].Slug == a.Slug {
			return fault.New(fault.Conflict, nil, "slug is taken")
		}
	}
	m.all[a.ID], m.events = append(m.all[a.ID], a), append(m.events, e)
	return nil
}

func (m *memory) ReplaceAchievement(_ context.Context, a catalog.Achievement, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all[a.ID][a.Version-1].Locked {
		return fault.New(fault.Conflict, nil, "locked")
	}
	m.all[a.ID][a.Version-1], m.events = a, append(m.events, e)
	return nil
}

func (m *memory) Achievement(_ context.Context, id string, version int) (catalog.Achievement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	vs := m.all[id]
	if version == 0 {
		version = len(vs)
	}
	if version < 1 || version > len(vs) {
		return catalog.Achievement{}, fault.New(fault.NotFound, nil, "no version")
	}
	return vs[version-1], m.broken
}

func (m *memory) AchievementBySlug(ctx context.Context, issuerID, slug string) (catalog.Achievement, error) {
	m.mu.Lock()
	id := ""
	for k, vs := range m.all {
		if vs[0].IssuerID == issuerID && vs[0].Slug == slug {
			id = k
		}
	}
	m.mu.Unlock()
	return m.Achievement(ctx, id, 0)
}

func (m *memory) Achievements(_ context.Context, issuerID string) ([]catalog.Achievement, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []catalog.Achievement
	for _, vs := range m.all {
		if a := vs[len(vs)-1]; issuerID == "" || a.IssuerID == issuerID {
			out = append(out, a)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, m.broken
}

// lock is the first award of a version.
func (m *memory) lock(id string, version int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[id][version-1].Locked = true
}

// hands is a clock that tests move.
type hands struct{ t time.Time }

func (h *hands) now() time.Time { return h.t }

func service(t *testing.T, base string) (*catalog.Service, *memory, *hands) {
	t.Helper()
	m, h := newMemory(), &hands{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s, err := catalog.New(catalog.Config{Store: m, BaseURL: base, Clock: h.now})
	if err != nil {
		t.Fatal(err)
	}
	return s, m, h
}

func addIssuer(t *testing.T, s *catalog.Service, n catalog.NewIssuer) catalog.Issuer {
	t.Helper()
	i, err := s.AddIssuer(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func course() catalog.NewAchievement {
	return catalog.NewAchievement{Name: "First aid", Description: "Can help.", Criteria: "Pass the *course*.", Type: "Course"}
}

func add(t *testing.T, s *catalog.Service, n catalog.NewAchievement) catalog.Achievement {
	t.Helper()
	a, err := s.AddAchievement(t.Context(), n, "cli")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestIssuersGetTheirIdentity(t *testing.T) {
	for base, want := range map[string][2]string{
		"http://localhost:8080":         {"did:web:localhost%3A8080", "did:web:localhost%3A8080:issuers:second"},
		"":                              {"did:web:localhost%3A8080", "did:web:localhost%3A8080:issuers:second"},
		"https://Badges.Example.org":    {"did:web:badges.example.org", "did:web:badges.example.org:issuers:second"},
		"https://example.org/badges/":   {"did:web:example.org:badges", "did:web:example.org:badges:issuers:second"},
		"https://badges.example.org:99": {"did:web:badges.example.org%3A99", "did:web:badges.example.org%3A99:issuers:second"},
	} {
		s, m, _ := service(t, base)
		first, second := addIssuer(t, s, catalog.NewIssuer{Name: "The First", Actor: "cli"}), addIssuer(t, s, catalog.NewIssuer{Name: "Second"})
		if first.DID != want[0] || second.DID != want[1] || first.Slug != "the-first" {
			t.Errorf("%s: %s (%s), %s", base, first.DID, first.Slug, second.DID)
		}
		if !strings.HasPrefix(first.ID, "iss_") || len(first.ID) != 30 || first.ID == second.ID {
			t.Errorf("ids %s, %s", first.ID, second.ID)
		}
		if e := m.events[0]; e.Action != "issuer.created" || e.Actor != "cli" || e.Subject != first.ID || strings.Contains(fmt.Sprint(e), "First") {
			t.Errorf("event %+v", e)
		}
	}
}

func TestAServiceThatCannotBe(t *testing.T) {
	if _, err := catalog.New(catalog.Config{}); err == nil {
		t.Error("no store is needed")
	}
	for _, base := range []string{"badges.example.org", "ftp://example.org", "https://", "https://u:p@example.org", "https://example.org/?a=b", "https://example.org/#x", "://"} {
		if _, err := catalog.New(catalog.Config{Store: newMemory(), BaseURL: base}); err == nil {
			t.Errorf("%s is a base URL", base)
		}
	}
}

func TestSlugsAreDerivedAndTold(t *testing.T) {
	s, _, _ := service(t, "")
	for _, tc := range []struct{ name, slug, want string }{
		{"École d'été 2026", "", "ecole-d-ete-2026"},
		{"École d'Été – 2026", "", "ecole-d-ete-2026-2"},
		{"Other", "told", "told"},
		{"  --  x", "", "x"},
	} {
		if i := addIssuer(t, s, catalog.NewIssuer{Name: tc.name, Slug: tc.slug}); i.Slug != tc.want {
			t.Errorf("%q: %s, want %s", tc.name, i.Slug, tc.want)
		}
	}
	seen := map[string]bool{}
	for range 15 {
		i := addIssuer(t, s, catalog.NewIssuer{Name: "Same"})
		if seen[i.Slug] {
			t.Errorf("%s twice", i.Slug)
		}
		seen[i.Slug] = true
	}
	if i := addIssuer(t, s, catalog.NewIssuer{Name: "北京大学"}); !strings.HasPrefix(i.Slug, "issuer-") {
		t.Errorf("a name without Latin letters: %s", i.Slug)
	}
	if i := addIssuer(t, s, catalog.NewIssuer{Name: strings.Repeat("long name ", 20)}); len(i.Slug) > 63 {
		t.Errorf("%d characters", len(i.Slug))
	}
	if _, err := s.AddIssuer(t.Context(), catalog.NewIssuer{Name: "Again", Slug: "told"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken slug: %v", err)
	}
}

func TestAnIssuerIsFound(t *testing.T) {
	s, m, _ := service(t, "")
	if _, err := s.Issuer(t.Context(), ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("none at all: %v", err)
	}
	one := addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	for _, ref := range []string{"", one.ID, one.Slug, one.DID} {
		if i, err := s.Issuer(t.Context(), ref); err != nil || i.ID != one.ID {
			t.Errorf("%q: %v, %v", ref, i.ID, err)
		}
	}
	if _, err := s.Issuer(t.Context(), "two"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a stranger: %v", err)
	}
	// Another process adds one: a miss reads again.
	if err := m.InsertIssuer(t.Context(), catalog.Issuer{ID: "iss_2", Slug: "two", DID: "did:web:two"}, event.Event{}); err != nil {
		t.Fatal(err)
	}
	if i, err := s.Issuer(t.Context(), "two"); err != nil || i.ID != "iss_2" {
		t.Errorf("another process's issuer: %v", err)
	}
	if _, err := s.Issuer(t.Context(), ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("which one? %v", err)
	}
	if all, err := s.Issuers(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%d issuers, %v", len(all), err)
	}
}

func TestVersions(t *testing.T) {
	s, m, _ := service(t, "https://badges.example.org")
	addIssuer(t, s, catalog.NewIssuer{Name: "One", Language: "fr"})
	a := add(t, s, course())
	if a.Version != 1 || a.Slug != "first-aid" || a.Language != "fr" || a.Locked || len(a.ID) != 30 {
		t.Fatalf("%+v", a)
	}
	n := course()
	n.Description = "Can help well."
	b, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli")
	if err != nil || b.Version != 1 || b.ID != a.ID || b.Description != n.Description {
		t.Fatalf("a version that nobody was awarded is overwritten: %+v, %v", b, err)
	}
	m.lock(a.ID, 1)
	writes := len(m.events)
	if same, err := s.ReviseAchievement(t.Context(), a.Slug, n, "cli"); err != nil || same.Version != 1 || len(m.events) != writes {
		t.Errorf("the same content again: %+v, %v", same, err)
	}
	n.Description = "Can help best."
	c, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli")
	if err != nil || c.Version != 2 || c.Locked {
		t.Fatalf("a locked version makes the next: %+v, %v", c, err)
	}
	for version, want := range map[int]string{0: "Can help best.", 1: "Can help well.", 2: "Can help best."} {
		if got, err := s.Achievement(t.Context(), "", a.Slug, version); err != nil || got.Description != want {
			t.Errorf("version %d: %q, %v", version, got.Description, err)
		}
	}
	for _, version := range []int{3, -1} {
		if _, err := s.Achievement(t.Context(), "", a.ID, version); !fault.Is(err, fault.NotFound) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	n.Slug = "another"
	if _, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli"); !fault.Is(err, fault.Invalid) {
		t.Errorf("another slug: %v", err)
	}
	if got := s.AchievementURL(a.ID, 2); got != "https://badges.example.org/achievements/"+a.ID+"/2" {
		t.Error(got)
	}
}

// TestALockBetweenReadingAndWriting is a revision that meets the first award.
func TestALockBetweenReadingAndWriting(t *testing.T) {
	m := newMemory()
	s, err := catalog.New(catalog.Config{Store: lateLock{m}})
	if err != nil {
		t.Fatal(err)
	}
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	a := add(t, s, course())
	n := course()
	n.Name = "Second aid"
	b, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli")
	if err != nil || b.Version != 2 || m.all[a.ID][0].Name != "First aid" {
		t.Errorf("%+v, %v", b, err)
	}
}

// lateLock locks just before it replaces.
type lateLock struct{ *memory }

func (l lateLock) ReplaceAchievement(ctx context.Context, a catalog.Achievement, e event.Event) error {
	l.lock(a.ID, a.Version)
	return l.memory.ReplaceAchievement(ctx, a, e)
}

func TestAnotherIssuersAchievementIsNotFound(t *testing.T) {
	s, _, _ := service(t, "")
	one, two := addIssuer(t, s, catalog.NewIssuer{Name: "One"}), addIssuer(t, s, catalog.NewIssuer{Name: "Two"})
	n := course()
	n.Issuer = one.Slug
	a := add(t, s, n)
	for range 2 { // with and without the cache
		if _, err := s.Achievement(t.Context(), two.ID, a.ID, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("by id: %v", err)
		}
		if _, err := s.Achievement(t.Context(), two.ID, a.Slug, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("by slug: %v", err)
		}
		if got, err := s.Achievement(t.Context(), "", a.ID, 0); err != nil || got.ID != a.ID {
			t.Errorf("by id alone: %v", err)
		}
		if got, err := s.Achievement(t.Context(), one.DID, a.Slug, 1); err != nil || got.ID != a.ID {
			t.Errorf("under its issuer: %v", err)
		}
	}
	n.Issuer, n.Slug = two.Slug, a.Slug
	b := add(t, s, n)
	if b.Slug != a.Slug {
		t.Error("two issuers cannot have the same slug")
	}
	if as, err := s.Achievements(t.Context(), two.Slug); err != nil || len(as) != 1 || as[0].ID != b.ID {
		t.Errorf("%v, %v", as, err)
	}
	if as, err := s.Achievements(t.Context(), ""); err != nil || len(as) != 2 {
		t.Errorf("%v, %v", as, err)
	}
}

func TestLockedVersionsAreRemembered(t *testing.T) {
	s, m, h := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	a := add(t, s, course())
	read := func(version int) catalog.Achievement {
		t.Helper()
		got, err := s.Achievement(t.Context(), "", a.ID, version)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	m.reads = 0
	read(0)
	read(0)
	if m.reads != 2 {
		t.Errorf("a version that can change was read %d times of 2", m.reads)
	}
	m.lock(a.ID, 1)
	read(0)
	m.reads = 0
	for range 100 {
		read(0)
		read(1)
	}
	if m.reads != 0 {
		t.Errorf("a locked version was read %d times", m.reads)
	}
	// Another process makes version 2. It is noticed after a second.
	next := m.all[a.ID][0]
	next.Version, next.Locked, next.Name = 2, false, "New"
	if err := m.InsertAchievement(t.Context(), next, event.Event{}); err != nil {
		t.Fatal(err)
	}
	h.t = h.t.Add(time.Second)
	if got := read(0); got.Version != 2 {
		t.Errorf("version %d", got.Version)
	}
	// Our own revision is seen at once.
	m.lock(a.ID, 2)
	read(0)
	n := course()
	n.Name = "Newer"
	if _, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli"); err != nil {
		t.Fatal(err)
	}
	if got := read(0); got.Name != "Newer" || got.Version != 3 {
		t.Errorf("%+v", got)
	}
	h.t = h.t.Add(-time.Hour) // a clock that was set back must not keep what is old
	read(0)
}

func TestTheCacheIsBounded(t *testing.T) {
	s, m, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	for i := range 1500 {
		n := course()
		n.Slug = fmt.Sprint("course-", i)
		a := add(t, s, n)
		m.lock(a.ID, 1)
		for range 2 {
			if got, err := s.Achievement(t.Context(), "", a.ID, 1); err != nil || got.ID != a.ID {
				t.Fatalf("%d: %v", i, err)
			}
		}
	}
}

func TestAStoreThatFailsIsNotToldAsAMiss(t *testing.T) {
	s, m, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	a := add(t, s, course())
	m.broken = errors.New("disk")
	if _, err := s.Achievement(t.Context(), "", a.ID, 0); err == nil || fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Achievements(t.Context(), ""); !errors.Is(err, m.broken) {
		t.Errorf("got %v", err)
	}
	if _, err := s.AddAchievement(t.Context(), course(), "cli"); !errors.Is(err, m.broken) {
		t.Errorf("got %v", err)
	}
}

func TestParallelUse(t *testing.T) {
	s, m, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	a := add(t, s, course())
	m.lock(a.ID, 1)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := s.Achievement(t.Context(), "one", a.Slug, 0); err != nil {
					t.Error(err)
				}
			}
			n := course()
			n.Name = fmt.Sprint("Revised ", i)
			if _, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli"); err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff("First aid", m.all[a.ID][0].Name); diff != "" {
		t.Errorf("a locked version changed: %s", diff)
	}
}

func ExampleService_AddAchievement() {
	ctx := context.Background()
	s, err := catalog.New(catalog.Config{Store: newMemory(), BaseURL: "https://badges.example.org"})
	if err != nil {
		fmt.Println(err)
		return
	}
	i, err := s.AddIssuer(ctx, catalog.NewIssuer{Name: "School of Health", Actor: "cli"})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := s.AddAchievement(ctx, catalog.NewAchievement{
		Name: "First aid", Description: "Can help after an accident.", Criteria: "Pass the course.", Type: "Course",
	}, "cli")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(i.DID, a.Slug, a.Version)
	// Output: did:web:badges.example.org first-aid 1
}
