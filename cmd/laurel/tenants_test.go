package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	wishes "github.com/openlaurel/laurel/issuer/learner"
)

// neighbours is a deployment of two issuers, each with an achievement and the award of one learner.
func neighbours(t *testing.T) (a *app, one, other issuer.Award) {
	t.Helper()
	a, one = awarded(t)
	if _, err := a.newIssuer(t.Context(), catalog.NewIssuer{Name: "Night School", Slug: "night", Language: "en"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Issuer: "night", Slug: "cooking", Name: "Cooking", Description: "Can cook.", Criteria: "Cooked.", Language: "en",
	}, "test"); err != nil {
		t.Fatal(err)
	}
	got, err := a.awards.Award(t.Context(), issuer.Request{
		IssuerRef: "night", AchievementRef: "cooking", Recipient: issuer.Recipient{Name: "Nora Night", Email: "nora@example.org"}, Actor: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return a, one, got.Award
}

// TestTheWishesOfAnIssuerAreSeenHoweverManyOthersHave: the bound on what is listed counts only what the reader may see.
func TestTheWishesOfAnIssuerAreSeenHoweverManyOthersHave(t *testing.T) {
	a, crowd, nora := neighbours(t)
	for i := range limits.LearnerWishesShown + 1 {
		w := wishes.Wish{
			ID: fmt.Sprintf("wsh_%026d", i), Kind: wishes.Erasure, IssuerID: crowd.IssuerID, AwardID: crowd.ID, At: time.Now().Add(-time.Hour),
		}
		if err := a.store.InsertWish(t.Context(), w, 1<<20, event.Event{ID: w.ID, At: w.At, Actor: "learner", Action: "learner.erased", IssuerID: w.IssuerID, Subject: w.AwardID}); err != nil {
			t.Fatal(err)
		}
	}
	secret, _, err := a.learners.Invite(t.Context(), nora.ID, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	b := browse(t, a)
	if got := b.post("/my/"+secret+"/correction", "award", nora.ID, "text", "My name is Norah."); got.Code != 303 {
		t.Fatalf("correction: %d", got.Code)
	}
	cookie, csrf := signedIn(t, a, b)
	invited := b.as(cookie).post("/console/people", "csrf", csrf, "name", "Head of the night school", "role", "viewer", "issuer", nora.IssuerID)
	link := regexp.MustCompile(`/console/sign-in/[a-z2-7]+`).FindString(invited.Body.String())
	in := b.post(link)
	if len(in.Result().Cookies()) == 0 {
		t.Fatalf("sign in: %d", in.Code)
	}
	c := in.Result().Cookies()[0]
	page := b.as(c.Name + "=" + c.Value).get("/console/wishes").Body.String()
	if !strings.Contains(page, "My name is Norah.") {
		t.Error("the wish of a learner is hidden behind those of another issuer's learners")
	}
	if strings.Contains(page, crowd.ID) {
		t.Error("wishes of another issuer's learners are shown")
	}
}

// TestAnEndorsementLocksNoDraftOfAnotherIssuer: whoever may endorse changes nothing of what others write.
func TestAnEndorsementLocksNoDraftOfAnotherIssuer(t *testing.T) {
	a, _, nora := neighbours(t)
	next, err := a.catalog.ReviseAchievement(t.Context(), nora.AchievementID, catalog.NewAchievement{
		Name: "Cooking", Description: "Can cook well.", Criteria: "Cooked.", Language: "en",
	}, "test")
	if err != nil || next.Version != 2 || next.Locked {
		t.Fatalf("%+v, %v", next, err)
	}
	draft := issuer.EndorseRequest{IssuerRef: "school", Achievement: nora.AchievementID}
	if _, _, err := a.awards.Endorse(t.Context(), draft); !fault.Is(err, fault.Conflict) || fault.Describe(err).Code != "endorsement.draft" {
		t.Errorf("the draft of another issuer: %v", err)
	}
	if now, err := a.catalog.Achievement(t.Context(), "", nora.AchievementID, 2); err != nil || now.Locked {
		t.Errorf("the draft is locked: %t, %v", now.Locked, err)
	}
	draft.Version = 1
	if x, _, err := a.awards.Endorse(t.Context(), draft); err != nil || x.About != a.catalog.AchievementURL(nora.AchievementID, 1) {
		t.Errorf("what was awarded: %s, %v", x.About, err)
	}
	draft.IssuerRef, draft.Version = "night", 0
	if _, _, err := a.awards.Endorse(t.Context(), draft); err != nil {
		t.Errorf("its own draft: %v", err)
	}
	if now, err := a.catalog.Achievement(t.Context(), "", nora.AchievementID, 2); err != nil || !now.Locked {
		t.Errorf("what its issuer endorsed is not locked: %v", err)
	}
}
