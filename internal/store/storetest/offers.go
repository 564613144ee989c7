package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
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

func testAskedOffers(t *testing.T, f *Fixture) {
	s, neighbour := f.School("asked"), f.School("neighbour")
	a, b := f.Award(s), f.Award(neighbour)
	first, theirs := f.Offer(a), f.Offer(b)
	f.must(f.Store.InsertAward(f.ctx, a, first, f.Event("award.created", a.IssuerID, a.ID)))
	f.must(f.Store.InsertAward(f.ctx, b, theirs, f.Event("award.created", b.IssuerID, b.ID)))
	at := Start().Add(time.Hour)
	ask := func(hash []byte, at time.Time) error {
		return f.Store.AskOffer(f.ctx, hash, at, at.Add(-time.Hour), f.Event("offer.asked", "", a.ID))
	}
	f.atOnce(20, fault.NotFound, func(int) error { return ask(first.Hash, at) })
	f.must(ask(theirs.Hash, at.Add(time.Second)))
	if n := f.events(s.Issuer.ID, "offer.asked"); n != 1 {
		t.Errorf("%d events of 20 wishes at once", n)
	}
	f.must(ask(hashOf("no offer"), at))
	f.must(ask(first.Hash, at.Add(time.Hour-time.Second)))
	f.must(ask(first.Hash, at.Add(time.Hour)))
	if n := f.events("", "offer.asked"); n != 3 {
		t.Errorf("%d events, want two of the first link and one of the neighbour's", n)
	}
	ids := func(issuerID string, n int) (out []string) {
		all, err := f.Store.AskedOffers(f.ctx, issuerID, n)
		f.must(err)
		for _, o := range all {
			out = append(out, o.ID)
		}
		return out
	}
	for name, c := range map[string]struct{ got, want []string }{
		"of one issuer": {ids(s.Issuer.ID, 9), []string{first.ID}},
		"of all":        {ids("", 9), []string{first.ID, theirs.ID}},
		"at most one":   {ids("", 1), []string{first.ID}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	answer := f.Offer(a)
	answer.CreatedAt = at.Add(2 * time.Hour)
	f.must(f.Store.InsertOffer(f.ctx, answer, 9, f.Event("offer.created", "", a.ID)))
	_, err := f.revoke(b, "mistake")
	f.must(err)
	if left := ids("", 9); len(left) != 0 {
		t.Errorf("%v are still asked for, after a new link and a revocation", left)
	}
}
