package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// testWhatAnErasureReaches: claim links that were withdrawn before, orders of wallets that wait, and what was said beside the award.
func testWhatAnErasureReaches(t *testing.T, f *Fixture) {
	school := f.School("reached")
	a, other := f.Award(school), f.Award(school)
	a.Recipient.ID, other.Recipient.ID = "did:example:ana", "did:example:ben"
	o, bens := f.Offer(a), f.Offer(other)
	f.must(f.Store.InsertAward(f.ctx, a, o, f.Event("award.created", a.IssuerID, a.ID)))
	f.must(f.Store.InsertAward(f.ctx, other, bens, f.Event("award.created", a.IssuerID, other.ID)))
	second := f.Offer(a)
	second.Note = "handed to Ana's mother"
	f.must(f.Store.InsertOffer(f.ctx, second, 9, f.Event("offer.created", "", a.ID)))
	_, err := f.Store.RevokeOffer(f.ctx, a.ID, second.ID, Start(), f.Event("offer.revoked", "", a.ID))
	f.must(err)
	for name, of := range map[string]offer.Offer{"hers": o, "his": bens} {
		f.must(f.Store.BindOffer(f.ctx, of.Hash, "did:key:"+name, Start()))
		f.must(f.Store.Redeem(f.ctx, redemption(of, "code "+name, "token "+name)))
		f.must(f.Store.Defer(f.ctx, wallet.Deferral{
			Hash: hashOf("order " + name), TokenHash: hashOf("token " + name), Holders: []wallet.Holder{{ID: "did:key:" + name}}, At: Start(),
			ExpiresAt: Start().Add(time.Hour),
		}))
	}
	index := 9100
	say := func(kind issuer.StatementKind, about, subject string) issuer.Statement {
		index++
		x := f.statement(school, index)
		x.Kind, x.About, x.Subject, x.Awards, x.Name, x.ExternalID = kind, about, subject, nil, "Ana led the group", f.ID("ext_")
		f.must(f.insertStatement(x))
		return x
	}
	const page = "https://badges.example.org/c/"
	reached := map[string]issuer.Statement{
		"an endorsement of the credential": say(issuer.Endorsement, page+a.Credentials[0].ID, ""),
		"an endorsement of the learner":    say(issuer.Endorsement, a.Recipient.ID, ""),
		"what a platform wrote":            say(issuer.Written, "urn:uuid:of-ana", a.Recipient.ID),
	}
	kept := map[string]issuer.Statement{
		"an endorsement of another's credential": say(issuer.Endorsement, page+other.Credentials[0].ID, ""),
		"an endorsement of an achievement":       say(issuer.Endorsement, "https://badges.example.org/achievements/x/1", ""),
		"what a platform wrote of another":       say(issuer.Written, "urn:uuid:of-ben", other.Recipient.ID),
		"what a platform wrote of nobody":        say(issuer.Written, "urn:uuid:of-nobody", ""),
	}
	attached := f.attachment(school, reached["an endorsement of the learner"].ID)
	f.must(f.insertAttachment(attached))
	f.must(f.Store.EraseAwards(f.ctx, []string{a.ID}, Start().Add(time.Hour), f.wish(a, learner.Erasure, ""), nil))

	all, err := f.Store.Offers(f.ctx, a.ID)
	f.must(err)
	for _, o := range all {
		if o.Note != "" || o.RevokedAt.IsZero() {
			t.Errorf("a claim link of an erased award: %+v", o)
		}
	}
	f.want(fault.Gone, f.Store.BindOffer(f.ctx, o.Hash, "did:key:hers", Start()), "the wallet of an erased learner")
	_, err = f.Store.Deferral(f.ctx, hashOf("order hers"))
	f.want(fault.NotFound, err, "an order that waits for an erased award")
	if d, err := f.Store.Deferral(f.ctx, hashOf("order his")); err != nil || len(d.Holders) != 1 {
		t.Errorf("another's order: %+v, %v", d, err)
	}
	f.must(f.Store.BindOffer(f.ctx, bens.Hash, "did:key:his", Start()))
	for name, x := range reached {
		got, err := f.Store.Statement(f.ctx, x.ID)
		if err != nil || len(got.Signed)+len(got.Name)+len(got.ExternalID)+len(got.Subject)+len(got.RequestDigest) > 0 || got.StatusIndex != x.StatusIndex {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, x := range kept {
		got, err := f.Store.Statement(f.ctx, x.ID)
		if diff := cmp.Diff(x, got); err != nil || diff != "" {
			t.Errorf("%s (-stored +read): %v\n%s", name, err, diff)
		}
	}
	_, err = f.Store.Attachment(f.ctx, attached.ID)
	f.want(fault.NotFound, err, "an endorsement of an erased learner that was attached")
}

// testNothingComesAfterAnErasure: what was under way in the moment of an erasure, such as a signature, brings nothing of the
// learner back when it arrives.
func testNothingComesAfterAnErasure(t *testing.T, f *Fixture) {
	school := f.School("late")
	a, other := f.Stored(school), f.Stored(school)
	f.must(f.Store.EraseAwards(f.ctx, []string{a.ID}, Start().Add(time.Hour), f.wish(a, learner.Erasure, ""), nil))
	record := f.statement(school, 9200)
	record.Awards = []string{other.ID, a.ID}
	for name, late := range map[string]func() error{
		"a further credential": func() error { return f.insert(f.further(a, 9201)) },
		"a record":             func() error { return f.insertStatement(record) },
		"a claim link": func() error {
			return f.Store.InsertOffer(f.ctx, f.Offer(a), 9, f.Event("offer.created", "", a.ID))
		},
	} {
		err := late()
		f.want(fault.Conflict, err, name+" of an erased award")
		if got := fault.Describe(err).Code; got != "award.erased" {
			t.Errorf("%s: %s", name, got)
		}
	}
	got, err := f.Store.Award(f.ctx, a.ID)
	f.must(err)
	if len(got.Credentials) != 1 || len(got.Credentials[0].Signed) > 0 {
		t.Errorf("%+v", got.Credentials)
	}
	record.Awards = []string{other.ID}
	f.must(f.insertStatement(record))
	f.must(f.insert(f.further(other, 9202)))
}
