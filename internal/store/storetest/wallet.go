package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// offered stores an award with an offer that has a transaction code.
func (f *Fixture) offered(slug string) offer.Offer {
	f.t.Helper()
	a := f.Award(f.School(slug))
	o := f.Offer(a)
	o.TxHash = hashOf("tx")
	f.must(f.Store.InsertAward(f.ctx, a, o, f.Event("award.created", a.IssuerID, a.ID)))
	got, err := f.Store.OfferByHash(f.ctx, o.Hash)
	f.must(err)
	if diff := cmp.Diff(o, got); diff != "" {
		f.t.Errorf("offer (-stored +read):\n%s", diff)
	}
	return o
}

func redemption(o offer.Offer, code, token string) wallet.Redemption {
	return wallet.Redemption{
		CodeHash: hashOf(code), TokenHash: hashOf(token), OfferHash: o.Hash, AwardID: o.AwardID, Configuration: "badge-sdjwt",
		Key: "thumbprint", At: Start(), ExpiresAt: Start().Add(time.Minute),
	}
}

func testRedemptions(t *testing.T, f *Fixture) {
	o := f.offered("redemptions")
	won := f.atOnce(50, fault.Gone, func(n int) error { return f.Store.Redeem(f.ctx, redemption(o, "code", "token "+strconv.Itoa(n))) })
	if won != 1 {
		t.Errorf("%d of 50 redeemed one code", won)
	}
	found := 0
	for n := range 50 {
		r, err := f.Store.Redemption(f.ctx, hashOf("token "+strconv.Itoa(n)))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		f.must(err)
		found++
		if diff := cmp.Diff(redemption(o, "code", "token "+strconv.Itoa(n)), r); diff != "" {
			t.Errorf("redemption (-stored +read):\n%s", diff)
		}
	}
	if found != 1 {
		t.Errorf("%d tokens of one code", found)
	}
	f.must(f.Store.Redeem(f.ctx, redemption(o, "second code", "second token")))
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(time.Minute)))
	f.want(fault.Gone, f.Store.Redeem(f.ctx, redemption(o, "code", "late")), "a code whose token has just ended")
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(time.Hour)))
	_, err := f.Store.Redemption(f.ctx, hashOf("second token"))
	f.want(fault.NotFound, err, "a token that was swept")
}

func testEndedTokens(t *testing.T, f *Fixture) { // RFC 6749 §4.1.2
	o := f.offered("ended")
	a, err := f.Store.Award(f.ctx, o.AwardID)
	f.must(err)
	f.must(f.Store.Redeem(f.ctx, redemption(o, "replayed", "its token")))
	f.must(f.Store.Redeem(f.ctx, redemption(o, "untouched", "another token")))
	at := Start().Add(time.Second)
	end := func(code string) error {
		return f.Store.EndToken(f.ctx, hashOf(code), at, f.Event("wallet.code_replayed", "", ""))
	}
	f.must(end("never used"))
	if won := f.atOnce(20, fault.Gone, func(int) error { return end("replayed") }); won != 20 {
		t.Errorf("%d of 20 ended one token without an error", won)
	}
	if n := f.events(a.IssuerID, "wallet.code_replayed"); n != 1 {
		t.Errorf("%d events of one token that was ended", n)
	}
	for token, want := range map[string]time.Time{"its token": at, "another token": Start().Add(time.Minute)} {
		if r, err := f.Store.Redemption(f.ctx, hashOf(token)); err != nil || !r.ExpiresAt.Equal(want) {
			t.Errorf("%s ends at %s, %v; want %s", token, r.ExpiresAt, err, want)
		}
	}
	f.want(fault.Gone, f.Store.Redeem(f.ctx, redemption(o, "replayed", "late")), "the code once more")
}

func testTxCodes(t *testing.T, f *Fixture) { // threat O03
	o := f.offered("guesses")
	if won := f.atOnce(50, fault.Gone, func(int) error { return f.Store.TryTxCode(f.ctx, o.Hash, 5) }); won != 5 {
		t.Errorf("%d of 50 tries at the same moment were let through, want 5", won)
	}
	f.want(fault.Gone, f.Store.TryTxCode(f.ctx, o.Hash, 5), "a try of a dead offer")
	second := f.offered("no guesses")
	f.must(f.Store.TryTxCode(f.ctx, second.Hash, 5))
	f.must(f.Store.Redeem(f.ctx, redemption(second, "right", "token")))
	for range 5 {
		f.must(f.Store.TryTxCode(f.ctx, second.Hash, 5))
	}
	f.want(fault.Gone, f.Store.TryTxCode(f.ctx, hashOf("no offer"), 5), "a try of no offer")
}

func testBoundOffers(t *testing.T, f *Fixture) {
	o := f.offered("holders")
	at := Start().Add(time.Minute)
	won := f.atOnce(50, fault.Gone, func(n int) error { return f.Store.BindOffer(f.ctx, o.Hash, "holder "+strconv.Itoa(n), at) })
	if won != 1 {
		t.Errorf("%d of 50 holders took one offer", won)
	}
	second := f.offered("one holder")
	for range 2 {
		f.must(f.Store.BindOffer(f.ctx, second.Hash, "me", at))
	}
	f.want(fault.Gone, f.Store.BindOffer(f.ctx, second.Hash, "you", at), "an offer of somebody else")
	f.must(f.Store.ReleaseOffer(f.ctx, second.Hash, "you", at))
	f.want(fault.Gone, f.Store.BindOffer(f.ctx, second.Hash, "you", at), "an offer that another released")
	f.must(f.Store.ReleaseOffer(f.ctx, second.Hash, "me", at))
	f.must(f.Store.BindOffer(f.ctx, second.Hash, "you", at))
	f.want(fault.NotFound, f.Store.BindOffer(f.ctx, hashOf("no offer"), "me", at), "no offer")
}

func testNonces(t *testing.T, f *Fixture) {
	if won := f.atOnce(50, fault.Gone, func(int) error { return f.Store.UseNonce(f.ctx, hashOf("nonce"), Start()) }); won != 1 {
		t.Errorf("%d of 50 used one nonce", won)
	}
	f.must(f.Store.SweepWallet(f.ctx, Start()))
	f.want(fault.Gone, f.Store.UseNonce(f.ctx, hashOf("nonce"), Start()), "a nonce that has not ended")
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(time.Second)))
	f.must(f.Store.UseNonce(f.ctx, hashOf("nonce"), Start()))
}

func testDeliveries(t *testing.T, f *Fixture) {
	d := wallet.Delivery{NotificationHash: hashOf("n"), TokenHash: hashOf("t"), CredentialID: "c", At: Start()}
	f.must(f.Store.Deliver(f.ctx, d))
	f.must(f.Store.Notified(f.ctx, d.NotificationHash, "credential_accepted"))
	f.must(f.Store.Notified(f.ctx, d.NotificationHash, "credential_deleted"))
	d.Event = "credential_accepted"
	got, err := f.Store.Delivery(f.ctx, d.NotificationHash)
	f.must(err)
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("delivery (-stored +read):\n%s", diff)
	}
	_, err = f.Store.Delivery(f.ctx, hashOf("other"))
	f.want(fault.NotFound, err, "a delivery that never was")
}

func testDeferrals(t *testing.T, f *Fixture) {
	o := f.offered("deferrals")
	f.must(f.Store.Redeem(f.ctx, redemption(o, "deferred code", "deferred token")))
	key, err := keys.Generate(keys.ES256, nil)
	f.must(err)
	pub := key.Public()
	d := wallet.Deferral{
		Hash: hashOf("transaction"), TokenHash: hashOf("deferred token"), At: Start(), ExpiresAt: Start().Add(time.Hour),
		Holders: []wallet.Holder{{ID: "did:key:z6Mk"}, {Key: &pub}, {ID: "did:jwk:x", Key: &pub}},
	}
	f.must(f.Store.Defer(f.ctx, d))
	got, err := f.Store.Deferral(f.ctx, d.Hash)
	f.must(err)
	if len(got.Holders) != 3 || got.Holders[0].ID != "did:key:z6Mk" || got.Holders[0].Key != nil || !got.Holders[1].Key.Equal(pub) ||
		got.Holders[2].ID != "did:jwk:x" {
		t.Errorf("holders %+v", got.Holders)
	}
	got.Holders, d.Holders = nil, nil
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("deferral (-stored +read):\n%s", diff)
	}
	_, err = f.Store.Deferral(f.ctx, hashOf("other"))
	f.want(fault.NotFound, err, "a deferral that never was")
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(30*time.Minute)))
	r, err := f.Store.Redemption(f.ctx, hashOf("deferred token"))
	if f.must(err); !r.ExpiresAt.Equal(Start().Add(time.Hour)) || r.Key != "thumbprint" {
		t.Errorf("the token of a deferral: %+v", r)
	}
	n := wallet.Delivery{NotificationHash: hashOf("swept"), TokenHash: hashOf("t"), CredentialID: "c", At: Start()}
	f.must(f.Store.Deliver(f.ctx, n))
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(limits.DeliveryKept)))
	if _, err = f.Store.Delivery(f.ctx, n.NotificationHash); err != nil {
		t.Errorf("a delivery on its last day: %v", err)
	}
	f.must(f.Store.SweepWallet(f.ctx, Start().Add(limits.DeliveryKept+time.Second)))
	_, err = f.Store.Delivery(f.ctx, n.NotificationHash)
	f.want(fault.NotFound, err, "a delivery that was swept")
	_, err = f.Store.Deferral(f.ctx, d.Hash)
	f.want(fault.NotFound, err, "a deferral that was swept")
}
