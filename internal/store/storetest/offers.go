package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
)

func testOffers(t *testing.T, f *Fixture) {
	s := f.School("offers")
	a := f.Award(s)
	o := f.Offer(a)
	f.must(f.Store.InsertAward(f.ctx, a, o, f.Event("award.created", a.IssuerID, a.ID)))
	got, err := f.Store.OfferByHash(f.ctx, o.Hash)
	f.must(err)
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("offer (-stored +read):\n%s", diff)
	}
	second := f.Offer(a)
	second.Note, second.CreatedBy, second.Unbound = "sent by post", "tok_1", offer.Supersede
	f.must(f.Store.InsertOffer(f.ctx, second, 9, f.Event("offer.created", "", a.ID)))
	f.want(fault.Conflict, f.Store.InsertOffer(f.ctx, second, 9, f.Event("offer.created", "", a.ID)), "an offer twice")

	at := Start().Add(time.Minute)
	if won := f.atOnce(50, fault.Gone, func(int) error { return f.Store.UseOffer(f.ctx, o.Hash, at) }); won != 1 {
		t.Errorf("%d of 50 used one offer", won)
	}
	if got, err := f.Store.OfferByHash(f.ctx, o.Hash); err != nil || !got.UsedAt.Equal(at) {
		t.Errorf("used at %s, %v", got.UsedAt, err)
	}
	got, err = f.Store.OfferByHash(f.ctx, second.Hash)
	if diff := cmp.Diff(second, got); err != nil || diff != "" {
		t.Errorf("the other offer (-stored +read): %v\n%s", err, diff)
	}
}

func testOffersOfAnAward(t *testing.T, f *Fixture) {
	s := f.School("many-offers")
	a := f.Stored(s)
	add := func(int) error {
		return f.Store.InsertOffer(f.ctx, f.Offer(a), 5, f.Event("offer.created", "", a.ID))
	}
	if won := f.atOnce(20, fault.Conflict, add); won != 4 {
		t.Errorf("%d further offers of 20 at once were let through, want 4 beside the first", won)
	}
	all, err := f.Store.Offers(f.ctx, a.ID)
	f.must(err)
	if n := f.events(s.Issuer.ID, "offer.created"); len(all) != 5 || n != 4 {
		t.Errorf("%d offers and %d events of the issuer", len(all), n)
	}
	f.must(f.Store.UseOffer(f.ctx, all[0].Hash, Start()))
	_, err = f.Store.RevokeOffer(f.ctx, a.ID, all[1].ID, Start(), f.Event("offer.revoked", "", a.ID))
	f.must(err)
	if won := f.atOnce(10, fault.Conflict, add); won != 2 {
		t.Errorf("%d offers took the place of two that work no more", won)
	}
	later := f.Offer(a)
	later.CreatedAt = Start().AddDate(1, 0, 0)
	f.must(f.Store.InsertOffer(f.ctx, later, 5, f.Event("offer.created", "", a.ID))) // the others have run out
	_, err = f.revoke(a, "mistake")
	f.must(err)
	f.wantCode("award.revoked", f.Store.InsertOffer(f.ctx, f.Offer(a), 9, f.Event("offer.created", "", a.ID)), "an offer of a revoked award")
	unknown := f.Award(s)
	f.want(fault.NotFound, f.Store.InsertOffer(f.ctx, f.Offer(unknown), 9, f.Event("offer.created", "", unknown.ID)), "an offer of no award")
}

func testRevokedOffers(t *testing.T, f *Fixture) {
	s := f.School("revoked-offers")
	a, other := f.Stored(s), f.Stored(s)
	o := f.Offer(a)
	f.must(f.Store.InsertOffer(f.ctx, o, 9, f.Event("offer.created", "", a.ID)))
	at := Start().Add(time.Minute)
	revoke := func(of issuer.Award, id string, at time.Time) error {
		got, err := f.Store.RevokeOffer(f.ctx, of.ID, id, at, f.Event("offer.revoked", "", of.ID))
		if err == nil && (got.ID != id || !got.RevokedAt.Equal(Start().Add(time.Minute))) {
			t.Errorf("the answer is %+v", got)
		}
		return err
	}
	f.want(fault.NotFound, revoke(other, o.ID, at), "an offer of another award")
	f.want(fault.NotFound, revoke(a, "off_none", at), "no offer")
	f.must(revoke(a, o.ID, at))
	f.must(revoke(a, o.ID, at.Add(time.Hour)))
	if n := f.events(s.Issuer.ID, "offer.revoked"); n != 1 {
		t.Errorf("%d events of one revocation", n)
	}
	f.want(fault.Gone, f.Store.BindOffer(f.ctx, o.Hash, "me", at), "a revoked offer, taken by a wallet")
	taken := f.Offer(a)
	f.must(f.Store.InsertOffer(f.ctx, taken, 9, f.Event("offer.created", "", a.ID)))
	f.must(f.Store.BindOffer(f.ctx, taken.Hash, "me", at))
	f.must(revoke(a, taken.ID, at))
	f.want(fault.Gone, f.Store.BindOffer(f.ctx, taken.Hash, "me", at), "the same wallet again, after the offer was revoked")
}

// testAskedOffers: a wish for a new link is one wish, by whichever link it comes, and a new link fulfils it.
func testAskedOffers(t *testing.T, f *Fixture) {
	s, neighbour := f.School("asked"), f.School("neighbour")
	a, b := f.Award(s), f.Award(neighbour)
	first, theirs := f.Offer(a), f.Offer(b)
	f.must(f.Store.InsertAward(f.ctx, a, first, f.Event("award.created", a.IssuerID, a.ID)))
	f.must(f.Store.InsertAward(f.ctx, b, theirs, f.Event("award.created", b.IssuerID, b.ID)))
	at := Start().Add(time.Hour)
	ask := func(of issuer.Award, hash []byte, at time.Time) bool {
		w := f.wish(of, learner.NewLink, "")
		w.At = at
		told, err := f.Store.AskOffer(f.ctx, hash, w, at.Add(-time.Hour), f.Event("learner.asked", of.IssuerID, of.ID))
		f.must(err)
		return told
	}
	told := f.atOnce(20, fault.Conflict, func(int) error {
		if !ask(a, first.Hash, at) {
			return fault.New(fault.Conflict, nil, "told before")
		}
		return nil
	})
	if n := f.events(s.Issuer.ID, "learner.asked"); told != 1 || n != 1 {
		t.Errorf("%d of 20 wishes at once were told, %d events", told, n)
	}
	for name, got := range map[string]bool{
		"by a link that is none":                    ask(a, hashOf("no offer"), at.Add(2*time.Hour)),
		"by a link of somebody else":                ask(a, theirs.Hash, at.Add(2*time.Hour)),
		"again, while the wish is open":             ask(a, first.Hash, at.Add(2*time.Hour)),
		"by the learner's page, while it is open":   f.askLink(a, "a's page"),
		"again, too soon after the neighbour's own": ask(b, theirs.Hash, at) && ask(b, theirs.Hash, at.Add(time.Hour-time.Second)),
	} {
		if got {
			t.Errorf("a wish is told %s", name)
		}
	}
	open := func(want ...string) {
		t.Helper()
		all, err := f.Store.Wishes(f.ctx, "", 9)
		f.must(err)
		got := []string{}
		for _, w := range all {
			got = append(got, w.AwardID+" "+string(w.Kind))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("open wishes (-want +got):\n%s", diff)
		}
	}
	f.must(f.Store.InsertWish(f.ctx, f.wish(b, learner.Correction, "my name"), 9, f.Event("learner.correction", b.IssuerID, b.ID)))
	open(a.ID+" link", b.ID+" link", b.ID+" correction")
	f.must(f.Store.InsertOffer(f.ctx, f.Offer(a), 9, f.Event("offer.created", "", a.ID)))
	open(b.ID+" link", b.ID+" correction")
	l := learner.Link{ID: f.ID("lnk_"), AwardID: b.ID, Hash: hashOf("by mail"), CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	f.must(f.Store.InsertLink(f.ctx, l, f.Event("learner.invited", "", b.ID)))
	open(b.ID+" link", b.ID+" correction") // a mail may fail
	l.ID, l.Hash, l.Answers = f.ID("lnk_"), hashOf("by hand"), true
	f.must(f.Store.InsertLink(f.ctx, l, f.Event("learner.invited", "", b.ID)))
	open(b.ID + " correction")
	if !ask(a, first.Hash, at.Add(4*time.Hour)) {
		t.Error("after the pause and an answer, a wish is not told")
	}
}

// askLink asks for a new link by a learner's page that is over.
func (f *Fixture) askLink(a issuer.Award, secret string) bool {
	f.t.Helper()
	l := f.link(a, secret)
	told, err := f.Store.AskLink(f.ctx, l, f.wish(a, learner.NewLink, ""), Start().Add(-time.Hour), f.Event("learner.asked", a.IssuerID, a.ID))
	f.must(err)
	return told
}
