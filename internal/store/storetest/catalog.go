package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

func testMigrations(t *testing.T, f *Fixture) {
	pending, err := f.Store.Pending(f.ctx)
	if err != nil || len(pending) != 0 {
		t.Errorf("after Migrate: %v, %v", pending, err)
	}
	f.must(f.Store.Migrate(f.ctx)) // the second time does nothing
	f.must(f.Store.Ping(f.ctx))
	f.must(f.Store.IntegrityCheck(f.ctx))
}

func testIssuers(t *testing.T, f *Fixture) {
	full := catalog.Issuer{
		ID: f.ID("iss_"), Slug: "full", DID: "did:web:badges.example.org", Name: "École “Ünïcode” 学校", Description: "d", URL: "https://example.org",
		Email: "office@example.org", Language: "fr-CH", Algorithm: "EdDSA", CreatedAt: Start().Add(-time.Hour),
		Image: &catalog.Image{Type: "image/png", Alt: "logo", Data: []byte{0x89, 'P', 'N', 'G', 0, 255}},
	}
	f.must(f.Store.InsertIssuer(f.ctx, full, f.Event("issuer.created", full.ID, full.ID)))
	plain := f.Issuer("plain")
	got, err := f.Store.Issuers(f.ctx)
	f.must(err)
	if diff := cmp.Diff([]catalog.Issuer{full, plain}, got); diff != "" {
		t.Errorf("issuers (-stored +read):\n%s", diff)
	}

	twin := plain
	twin.ID, twin.DID = f.ID("iss_"), "did:web:other.example.org"
	f.wantCode("issuer.slug_taken", f.Store.InsertIssuer(f.ctx, twin, f.Event("issuer.created", twin.ID, twin.ID)), "a slug twice")
	twin.Slug, twin.DID = "other", plain.DID
	f.wantCode("issuer.did_taken", f.Store.InsertIssuer(f.ctx, twin, f.Event("issuer.created", twin.ID, twin.ID)), "an identity twice")
	changed := full
	changed.Name, changed.Description, changed.URL, changed.Email, changed.Language, changed.Image = "New name", "", "", "", "ar", nil
	sent := changed
	sent.Slug, sent.DID, sent.Algorithm, sent.CreatedAt = "moved", "did:web:moved.example.org", "RS256", Start()
	f.must(f.Store.UpdateIssuer(f.ctx, sent, f.Event("issuer.revised", full.ID, full.ID)))
	if got, err := f.Store.Issuers(f.ctx); err != nil || !cmp.Equal([]catalog.Issuer{changed, plain}, got) {
		t.Errorf("after a revision: %v\n%s", err, cmp.Diff([]catalog.Issuer{changed, plain}, got))
	}
	nobody := full
	nobody.ID = f.ID("iss_")
	f.want(fault.NotFound, f.Store.UpdateIssuer(f.ctx, nobody, f.Event("issuer.revised", nobody.ID, nobody.ID)), "an issuer that there is not")
	if n := f.events("", "issuer.revised"); n != 1 {
		t.Errorf("%d events for one revision", n)
	}
	if n := f.events("", "issuer.created"); n != 2 {
		t.Errorf("%d events for two issuers", n)
	}
	won := f.atOnce(20, fault.Conflict, func(int) error {
		i := catalog.Issuer{ID: f.ID("iss_"), Slug: "race", DID: "did:web:race.example.org", Name: "Race", CreatedAt: Start()}
		return f.Store.InsertIssuer(f.ctx, i, f.Event("issuer.created", i.ID, i.ID))
	})
	if won != 1 {
		t.Errorf("%d issuers took one slug", won)
	}
}

func testAchievements(t *testing.T, f *Fixture) {
	i, other := f.Issuer("one"), f.Issuer("two")
	credits := 2.5
	a := catalog.Achievement{
		ID: f.ID("ach_"), IssuerID: i.ID, Version: 1, Slug: "go", Name: "Zebra", Description: "d <&>", Criteria: "**c**", CriteriaURL: "https://example.org/c",
		Type: "Course", Tags: []string{"a", "b"}, Language: "en", HumanCode: "GO-1", FieldOfStudy: "computing", Credits: &credits,
		Alignments:   []catalog.Alignment{{Name: "ESCO", URL: "https://example.org/esco", Code: "1"}},
		Translations: []catalog.Translation{{Language: "ar", Name: "ا", Description: "ب", Tags: []string{"ج"}, Results: []catalog.ResultName{{ID: "r", Name: "د"}}}},
		Results:      []catalog.ResultDescription{{ID: "score", Name: "Score", Type: "Percent", AllowedValues: []string{"1", "2"}, Min: "0", Max: "100"}},
		Image:        &catalog.Image{Type: "image/svg+xml", Alt: "a zebra", Data: []byte("<svg/>")}, CreatedAt: Start(),
	}
	event := f.Event("achievement.created", i.ID, a.ID)
	f.must(f.Store.InsertAchievement(f.ctx, a, event))
	got, err := f.Store.Achievement(f.ctx, a.ID, 1)
	f.must(err)
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("achievement (-stored +read):\n%s", diff)
	}

	next := a
	next.Version, next.Name = 3, "Third"
	f.want(fault.Conflict, f.Store.InsertAchievement(f.ctx, next, f.Event("x", i.ID, a.ID)), "version 3 after version 1")
	next.Version = 1
	f.want(fault.Conflict, f.Store.InsertAchievement(f.ctx, next, f.Event("x", i.ID, a.ID)), "version 1 twice")
	next.Version, next.Name = 2, "Ant"
	f.must(f.Store.InsertAchievement(f.ctx, next, f.Event("achievement.created", i.ID, a.ID)))
	for name, find := range map[string]func() (catalog.Achievement, error){
		"version 0": func() (catalog.Achievement, error) { return f.Store.Achievement(f.ctx, a.ID, 0) },
		"the slug":  func() (catalog.Achievement, error) { return f.Store.AchievementBySlug(f.ctx, i.ID, "go") },
	} {
		if got, err := find(); err != nil || got.Version != 2 || got.Name != "Ant" {
			t.Errorf("the newest by %s: version %d, %v", name, got.Version, err)
		}
	}

	taken := f.Achievement(i, "other")
	taken.ID, taken.Slug = f.ID("ach_"), "go"
	f.wantCode("achievement.slug_taken", f.Store.InsertAchievement(f.ctx, taken, f.Event("x", i.ID, taken.ID)), "a slug twice")
	f.Achievement(other, "go") // the same slug of another issuer
	list, err := f.Store.Achievements(f.ctx, i.ID)
	f.must(err)
	if len(list) != 2 || list[0].Name != "Ant" || list[0].Version != 2 || list[0].Image == nil || list[0].Image.Data != nil {
		t.Errorf("the list of one issuer: %+v", list)
	}
	if all, err := f.Store.Achievements(f.ctx, ""); err != nil || len(all) != 3 {
		t.Errorf("%d achievements of all issuers, %v", len(all), err)
	}
}

func testLocks(t *testing.T, f *Fixture) {
	s := f.School("locks")
	a := s.Achievement
	a.Name = "Corrected"
	f.must(f.Store.ReplaceAchievement(f.ctx, a, f.Event("achievement.changed", a.IssuerID, a.ID)))
	got, err := f.Store.LockAchievement(f.ctx, a.ID, 1)
	if err != nil || !got.Locked || got.Name != "Corrected" {
		t.Errorf("locked: %+v, %v", got, err)
	}
	if _, err := f.Store.LockAchievement(f.ctx, a.ID, 1); err != nil {
		t.Errorf("locked again: %v", err)
	}
	a.Name = "Too late"
	f.want(fault.Conflict, f.Store.ReplaceAchievement(f.ctx, a, f.Event("achievement.changed", a.IssuerID, a.ID)), "a locked version")
	if got, err := f.Store.Achievement(f.ctx, a.ID, 1); err != nil || got.Name != "Corrected" {
		t.Errorf("the locked version says %q, %v", got.Name, err)
	}
	if n := f.events(a.IssuerID, "achievement.changed"); n != 1 {
		t.Errorf("%d events for one change", n)
	}
	_, err = f.Store.LockAchievement(f.ctx, a.ID, 2)
	f.want(fault.NotFound, err, "locking a version that is not there")
	a.Version = 2
	f.want(fault.NotFound, f.Store.ReplaceAchievement(f.ctx, a, f.Event("x", a.IssuerID, a.ID)), "replacing a version that is not there")
}
