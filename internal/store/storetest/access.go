package storetest

import (
	"crypto/sha256"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

func testTokens(t *testing.T, f *Fixture) {
	everywhere := access.Token{ID: f.ID("tok_"), Name: "Moodle", Scopes: []access.Scope{access.Award, access.Read}, Hash: hashOf("one"), CreatedAt: Start()}
	limited := access.Token{
		ID: f.ID("tok_"), Name: "Registry", IssuerID: f.Issuer("i").ID, Scopes: []access.Scope{access.Admin}, Hash: hashOf("two"),
		CreatedBy: "console:per_1", CreatedAt: Start().Add(time.Second), ExpiresAt: Start().Add(time.Hour),
	}
	for _, k := range []access.Token{everywhere, limited} {
		f.must(f.Store.InsertToken(f.ctx, k, f.Event("token.created", k.IssuerID, k.ID)))
	}
	all, err := f.Store.Tokens(f.ctx)
	f.must(err)
	if diff := cmp.Diff([]access.Token{everywhere, limited}, all); diff != "" {
		t.Errorf("tokens (-stored +read):\n%s", diff)
	}
	twin := everywhere
	twin.ID = f.ID("tok_")
	f.want(fault.Conflict, f.Store.InsertToken(f.ctx, twin, f.Event("token.created", "", twin.ID)), "a secret twice")

	at := Start().Add(time.Minute)
	f.must(f.Store.RevokeToken(f.ctx, limited.ID, at, f.Event("token.revoked", "", limited.ID)))
	f.must(f.Store.RevokeToken(f.ctx, limited.ID, at.Add(time.Hour), f.Event("token.revoked", "", limited.ID)))
	got, err := f.Store.TokenByHash(f.ctx, limited.Hash)
	if err != nil || !got.RevokedAt.Equal(at) {
		t.Errorf("revoked at %s, %v", got.RevokedAt, err)
	}
	if n := f.events("", "token.revoked"); n != 1 {
		t.Errorf("%d events for one revocation", n)
	}
	if got, err := f.Store.TokenByHash(f.ctx, everywhere.Hash); err != nil || !got.RevokedAt.IsZero() {
		t.Errorf("the other token: %+v, %v", got, err)
	}
}

func testTickets(t *testing.T, f *Fixture) {
	ticket := func(kind, secret string, ends time.Time) access.Ticket {
		k := access.Ticket{ID: f.ID("tck_"), Kind: kind, Hash: hashOf(secret), CreatedAt: Start(), ExpiresAt: ends}
		f.must(f.Store.InsertTicket(f.ctx, k, event.Event{}))
		return k
	}
	link := ticket("signin", "link", Start().Add(time.Hour))
	got, err := f.Store.TicketByHash(f.ctx, "signin", link.Hash)
	f.must(err)
	if diff := cmp.Diff(link, got); diff != "" {
		t.Errorf("ticket (-stored +read):\n%s", diff)
	}
	_, err = f.Store.TicketByHash(f.ctx, "session", link.Hash)
	f.want(fault.NotFound, err, "a sign-in link as a session")
	_, err = f.Store.TakeTicket(f.ctx, "session", link.Hash)
	f.want(fault.NotFound, err, "taking a sign-in link as a session")

	var right atomic.Int32
	won := f.atOnce(50, fault.NotFound, func(int) error {
		k, err := f.Store.TakeTicket(f.ctx, "signin", link.Hash)
		if err == nil && k.ID == link.ID {
			right.Add(1)
		}
		return err
	})
	if won != 1 || right.Load() != 1 {
		t.Errorf("%d of 50 took one ticket, %d got the right one", won, right.Load())
	}

	over, running := ticket("session", "over", Start()), ticket("session", "running", Start().Add(time.Second))
	f.must(f.Store.DeleteExpiredTickets(f.ctx, Start().Add(time.Second)))
	_, err = f.Store.TicketByHash(f.ctx, "session", over.Hash)
	f.want(fault.NotFound, err, "an expired ticket")
	if _, err := f.Store.TicketByHash(f.ctx, "session", running.Hash); err != nil {
		t.Errorf("a ticket that runs on: %v", err)
	}
}
