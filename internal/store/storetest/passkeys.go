package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

func testPasskeys(t *testing.T, f *Fixture) {
	f.person("", access.Grant{Role: access.Owner})
	p, other := f.person("", access.Grant{Role: access.Viewer}), f.person("", access.Grant{Role: access.Viewer})
	e := func() event.Event { return f.Event("passkey.x", "", p.ID) }
	first := access.Passkey{ID: []byte{0, 1, 255}, PersonID: p.ID, Name: "Laptop", Body: []byte(`{}`), CreatedAt: Start()}
	second := access.Passkey{ID: []byte{2}, PersonID: p.ID, Name: "Phone", Body: []byte(`{}`), CreatedAt: Start().Add(time.Second)}
	f.must(f.Store.InsertPasskey(f.ctx, first, e()))
	f.must(f.Store.InsertPasskey(f.ctx, second, e()))
	twin := first
	twin.PersonID = other.ID
	f.want(fault.Conflict, f.Store.InsertPasskey(f.ctx, twin, e()), "a passkey of two people")
	f.must(f.Store.UsePasskey(f.ctx, first.ID, []byte(`{"n":1}`), Start().Add(time.Hour)))
	f.must(f.Store.NamePasskey(f.ctx, p.ID, second.ID, "Telephone", e()))
	first.Body, first.UsedAt, second.Name = []byte(`{"n":1}`), Start().Add(time.Hour), "Telephone"
	got, err := f.Store.PasskeysOf(f.ctx, p.ID)
	if diff := cmp.Diff([]access.Passkey{first, second}, got); err != nil || diff != "" {
		t.Errorf("passkeys: %v\n%s", err, diff)
	}
	f.want(fault.NotFound, f.Store.NamePasskey(f.ctx, other.ID, first.ID, "Mine", e()), "naming somebody else's")
	f.want(fault.NotFound, f.Store.DeletePasskey(f.ctx, other.ID, first.ID, e()), "removing somebody else's")
	f.want(fault.NotFound, f.Store.UsePasskey(f.ctx, []byte{9}, nil, Start()), "using one that there is not")
	f.must(f.Store.DeletePasskey(f.ctx, p.ID, first.ID, e()))
	if got, err := f.Store.PasskeysOf(f.ctx, p.ID); err != nil || len(got) != 1 {
		t.Errorf("after removing one: %d, %v", len(got), err)
	}
	if _, err := f.setRole(p, access.Grant{}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Store.PasskeysOf(f.ctx, p.ID); err != nil || len(got) != 0 {
		t.Errorf("of who was removed: %d, %v", len(got), err)
	}
	k := access.Ticket{ID: f.ID("tkt_"), Kind: "ceremony:x", Hash: hashOf("c"), Data: `{"challenge":"…"}`, CreatedAt: Start(), ExpiresAt: Start().Add(time.Minute)}
	f.must(f.Store.InsertTicket(f.ctx, k, event.Event{}))
	if got, err := f.Store.TakeTicket(f.ctx, "ceremony:x", k.Hash); err != nil || got.Data != k.Data {
		t.Errorf("what a ceremony keeps: %q, %v", got.Data, err)
	}
}
