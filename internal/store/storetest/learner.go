package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
)

func (f *Fixture) link(a issuer.Award, secret string) learner.Link {
	f.t.Helper()
	l := learner.Link{
		ID: f.ID("lnk_"), AwardID: a.ID, Hash: hashOf(secret), CreatedAt: Start(), ExpiresAt: Start().Add(time.Hour), CreatedBy: "cli",
	}
	f.must(f.Store.InsertLink(f.ctx, l, f.Event("learner.invited", "", a.ID)))
	return l
}

func (f *Fixture) wish(a issuer.Award, k learner.Kind, text string) learner.Wish {
	return learner.Wish{ID: f.ID("wsh_"), Kind: k, IssuerID: a.IssuerID, AwardID: a.ID, Text: text, At: Start()}
}

func testLearnerLinks(t *testing.T, f *Fixture) {
	a := f.Stored(f.School("links"))
	l := f.link(a, "one")
	got, err := f.Store.LinkByHash(f.ctx, hashOf("one"))
	f.must(err)
	if diff := cmp.Diff(l, got); diff != "" {
		t.Errorf("link (-stored +read):\n%s", diff)
	}
	if f.events(a.IssuerID, "learner.invited") != 1 {
		t.Error("the event of a link names its issuer")
	}
	_, err = f.Store.LinkByHash(f.ctx, hashOf("two"))
	f.want(fault.NotFound, err, "a link that nobody made")
	other := l
	other.ID, other.Hash, other.AwardID = f.ID("lnk_"), hashOf("three"), f.ID("awd_")
	f.want(fault.NotFound, f.Store.InsertLink(f.ctx, other, f.Event("learner.invited", "", other.AwardID)), "a link to no award")
	for range 2 {
		f.must(f.Store.RevokeLink(f.ctx, l.ID, Start().Add(time.Minute)))
	}
	if got, err = f.Store.LinkByHash(f.ctx, hashOf("one")); err != nil || !got.RevokedAt.Equal(Start().Add(time.Minute)) {
		t.Errorf("%+v, %v", got, err)
	}
	f.must(f.Store.ShowAward(f.ctx, a.ID, issuer.Public, f.Event("award.shown", a.IssuerID, a.ID)))
	if shown, err := f.Store.Award(f.ctx, a.ID); err != nil || shown.Visibility != issuer.Public {
		t.Errorf("%s, %v", shown.Visibility, err)
	}
	f.want(fault.NotFound, f.Store.ShowAward(f.ctx, f.ID("awd_"), issuer.Public, f.Event("award.shown", a.IssuerID, a.ID)), "an award that is not there")
}

func testWishes(t *testing.T, f *Fixture) {
	a, b := f.Stored(f.School("wishes")), f.Stored(f.School("others"))
	first := f.wish(a, learner.Correction, "my name is written with é; DROP TABLE award")
	f.must(f.Store.InsertWish(f.ctx, first, 2, f.Event("learner.correction", a.IssuerID, a.ID)))
	f.must(f.Store.InsertWish(f.ctx, f.wish(a, learner.Correction, "again"), 2, f.Event("learner.correction", a.IssuerID, a.ID)))
	f.want(fault.TooMany, f.Store.InsertWish(f.ctx, f.wish(a, learner.Correction, "third"), 2, f.Event("learner.correction", a.IssuerID, a.ID)), "a third wish")
	f.must(f.Store.InsertWish(f.ctx, f.wish(b, learner.Correction, "b"), 2, f.Event("learner.correction", b.IssuerID, b.ID)))
	open, err := f.Store.Wishes(f.ctx, a.IssuerID, 10)
	f.must(err)
	if len(open) != 2 {
		t.Fatalf("%d open wishes", len(open))
	}
	if diff := cmp.Diff(first, open[0]); diff != "" {
		t.Errorf("wish (-stored +read):\n%s", diff)
	}
	if all, err := f.Store.Wishes(f.ctx, "", 10); err != nil || len(all) != 3 {
		t.Errorf("%d wishes of everybody, %v", len(all), err)
	}
	for range 2 {
		f.must(f.Store.CloseWish(f.ctx, first.ID, "console:x", Start().Add(time.Hour), f.Event("learner.closed", a.IssuerID, a.ID)))
	}
	closed, err := f.Store.Wish(f.ctx, first.ID)
	if err != nil || !closed.ClosedAt.Equal(Start().Add(time.Hour)) || closed.ClosedBy != "console:x" || f.events(a.IssuerID, "learner.closed") != 1 {
		t.Errorf("%+v, %v, %d events", closed, err, f.events(a.IssuerID, "learner.closed"))
	}
	_, err = f.Store.Wish(f.ctx, f.ID("wsh_"))
	f.want(fault.NotFound, err, "a wish that nobody had")
	f.must(f.Store.InsertWish(f.ctx, f.wish(a, learner.Correction, "instead"), 2, f.Event("learner.correction", a.IssuerID, a.ID)))

	l := f.link(b, "late")
	told := f.atOnce(20, fault.Conflict, func(int) error {
		first, err := f.Store.AskLink(f.ctx, l, f.wish(b, learner.NewLink, ""), Start().Add(-time.Hour), f.Event("learner.asked", b.IssuerID, b.ID))
		if err == nil && !first {
			err = fault.New(fault.Conflict, nil, "told before")
		}
		return err
	})
	if told != 1 || f.events(b.IssuerID, "learner.asked") != 1 {
		t.Errorf("%d of 20 wishes were told, %d events", told, f.events(b.IssuerID, "learner.asked"))
	}
	ask := func(at time.Time) bool {
		w := f.wish(b, learner.NewLink, "")
		w.At = at
		first, err := f.Store.AskLink(f.ctx, l, w, at.Add(-time.Hour), f.Event("learner.asked", b.IssuerID, b.ID))
		f.must(err)
		return first
	}
	if ask(Start().Add(time.Hour)) {
		t.Error("it is told again, although the first wish is open")
	}
	mine, err := f.Store.Wishes(f.ctx, b.IssuerID, 10)
	f.must(err)
	f.must(f.Store.CloseWish(f.ctx, mine[len(mine)-1].ID, "cli", Start(), f.Event("learner.closed", b.IssuerID, b.ID)))
	if ask(Start().Add(time.Hour+time.Minute)) || !ask(Start().Add(2*time.Hour)) {
		t.Error("when the first is closed, it is told within the pause, or not after it")
	}
}

func testErasedAwards(t *testing.T, f *Fixture) {
	school := f.School("erased")
	a, other := f.Award(school), f.Stored(school)
	a.Recipient = issuer.Recipient{Name: "Ana Silva", Email: "ana@example.org", ID: "did:example:ana"}
	a.ExternalID, a.IdempotencyKey, a.Narrative = "course:ana@example.org", "key ana", "Ana led the group"
	a.Evidence = []issuer.Evidence{{URL: "https://example.org/ana"}}
	o := f.Offer(a)
	f.must(f.Store.InsertAward(f.ctx, a, o, f.Event("award.created", a.IssuerID, a.ID)))
	f.link(a, "hers")
	f.must(f.Store.InsertWish(f.ctx, f.wish(a, learner.Correction, "I am Ana"), 9, f.Event("learner.correction", a.IssuerID, a.ID)))
	f.must(f.Store.Redeem(f.ctx, redemption(o, "code", "token")))
	erase := func() error {
		return f.Store.EraseAwards(f.ctx, []string{a.ID}, Start().Add(time.Hour), f.wish(a, learner.Erasure, ""),
			[]event.Event{f.Event("award.erased", a.IssuerID, a.ID)})
	}
	f.must(erase())
	got, err := f.Store.Award(f.ctx, a.ID)
	f.must(err)
	want := issuer.Award{
		ID: a.ID, IssuerID: a.IssuerID, AchievementID: a.AchievementID, Version: 1, AwardedAt: a.AwardedAt, Visibility: issuer.Private,
		CreatedAt: a.CreatedAt, CreatedBy: a.CreatedBy, ErasedAt: Start().Add(time.Hour),
		Credentials: []issuer.Credential{{
			ID: a.Credentials[0].ID, AwardID: a.ID, Form: proof.OBJWT, KeyID: a.Credentials[0].KeyID, StatusList: a.Credentials[0].StatusList,
			StatusIndex: a.Credentials[0].StatusIndex, IssuedAt: a.Credentials[0].IssuedAt,
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("erased (-wanted +read):\n%s", diff)
	}
	if found, _, err := f.Store.Awards(f.ctx, issuer.Filter{Query: "ana"}); err != nil || len(found) != 0 {
		t.Errorf("%d awards are found by the name, %v", len(found), err)
	}
	if o, err := f.Store.OfferByHash(f.ctx, o.Hash); err != nil || o.RevokedAt.IsZero() {
		t.Errorf("the claim link still leads somewhere: %+v, %v", o, err)
	}
	_, err = f.Store.LinkByHash(f.ctx, hashOf("hers"))
	f.want(fault.NotFound, err, "the link of an erased learner")
	_, err = f.Store.Redemption(f.ctx, hashOf("token"))
	f.want(fault.NotFound, err, "the token of a wallet")
	open, err := f.Store.Wishes(f.ctx, a.IssuerID, 10)
	f.must(err)
	if len(open) != 1 || open[0].Text != "" || open[0].Kind != learner.Erasure { // what she wished before is over with her data
		t.Errorf("%+v", open)
	}
	f.want(fault.NotFound, erase(), "erasing twice")
	late := learner.Link{ID: f.ID("lnk_"), AwardID: a.ID, Hash: hashOf("new")}
	f.want(fault.NotFound, f.Store.InsertLink(f.ctx, late, f.Event("learner.invited", "", a.ID)), "a link to an erased award")
	f.want(fault.NotFound, f.Store.ShowAward(f.ctx, a.ID, issuer.Public, f.Event("award.shown", a.IssuerID, a.ID)), "showing an erased award")
	if kept, err := f.Store.Award(f.ctx, other.ID); err != nil || kept.Recipient != other.Recipient || len(kept.Credentials[0].Signed) == 0 {
		t.Errorf("another learner's award: %+v, %v", kept, err)
	}
	again := f.Award(school)
	again.Credentials[0].StatusIndex = a.Credentials[0].StatusIndex
	f.want(fault.Conflict, f.Insert(again), "the index of an erased award given again")
	again = f.Award(school)
	again.ExternalID = a.ExternalID
	f.must(f.Insert(again)) // nothing is known of the earlier one
	both := []string{other.ID, f.ID("awd_")}
	f.want(fault.NotFound, f.Store.EraseAwards(f.ctx, both, Start(), f.wish(other, learner.Erasure, ""), nil), "an award that is not there")
	if kept, err := f.Store.Award(f.ctx, other.ID); err != nil || !kept.ErasedAt.IsZero() {
		t.Errorf("half of an erasure was kept: %+v, %v", kept, err)
	}
	why := issuer.Revocation{At: Start(), Reason: "x", By: "cli"}
	if r, err := f.Store.RevokeAward(f.ctx, a.ID, why, f.Event("award.revoked", a.IssuerID, a.ID)); err != nil || r.Revocation == nil {
		t.Errorf("an erased award is revoked: %v", err)
	}
}

func testShortCodes(t *testing.T, f *Fixture) {
	school := f.School("codes")
	a, b := f.Award(school), f.Award(school)
	a.Credentials[0].ID, b.Credentials[0].ID = "abcdefghijkl77777777777774", "abcdefghijkmaaaaaaaaaaaaaa"
	f.must(f.Insert(a))
	f.must(f.Insert(b))
	for prefix, want := range map[string]string{
		"abcdefghijkl": a.Credentials[0].ID, "abcdefghijkm": b.Credentials[0].ID, "abcdefghijk": "", "abcdefghijkn": "", "abcdefghijkk": "",
		"": "", "ABCDEFGHIJKL": "", "abcdefghijkl777777777777741": "",
	} {
		got, id, err := f.Store.ByShortCode(f.ctx, prefix)
		if want == "" {
			f.want(fault.NotFound, err, "the prefix "+prefix)
			continue
		}
		f.must(err)
		if id != want || got.Credentials[0].ID != want {
			t.Errorf("%s leads to %s", prefix, id)
		}
	}
}
