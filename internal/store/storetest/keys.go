package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// Key makes a key of an issuer, without storing it.
func (f *Fixture) Key(i catalog.Issuer, name string, alg keys.Algorithm, state keyring.State) keyring.Key {
	return keyring.Key{
		ID: i.DID + "#" + name, IssuerID: i.ID, Alg: alg, State: state, PublicJWK: []byte(`{"kty":"EC"}`), Sealed: []byte{0, 1, 255},
		CreatedAt: Start(), UsedFrom: Start(),
	}
}

func (f *Fixture) change(i catalog.Issuer, c keyring.Change) error {
	c.Event = f.Event("key.changed", i.ID, i.ID)
	return f.Store.ChangeKeys(f.ctx, c)
}

// retire is the update that ends an active key.
func retire(k keyring.Key, at time.Time) keyring.Update {
	k.State, k.RetiredAt = keyring.Retired, at
	return keyring.Update{Key: k, Was: keyring.Active}
}

func testKeys(t *testing.T, f *Fixture) {
	i := f.Issuer("keys")
	first, eddsa := f.Key(i, "1", keys.ES256, keyring.Active), f.Key(i, "2", keys.EdDSA, keyring.Active)
	next := f.Key(i, "3", keys.ES256, keyring.Next)
	next.CreatedAt, next.UsedFrom, next.Holder = Start().Add(time.Hour), Start().Add(2*time.Hour), "remote"
	one := keyring.Version{DID: i.DID, Number: 1, Body: []byte(`{"id":1}`), At: Start()}
	f.must(f.change(i, keyring.Change{Insert: []keyring.Key{first, eddsa}, Documents: []keyring.Version{one}}))
	f.must(f.change(i, keyring.Change{Insert: []keyring.Key{next}}))

	ended := retire(first, next.UsedFrom)
	began := next
	began.State = keyring.Active
	two := keyring.Version{DID: i.DID, Number: 2, Body: []byte(`{"id":2}`), At: next.UsedFrom}
	f.must(f.change(i, keyring.Change{Update: []keyring.Update{ended, {Key: began, Was: keyring.Next}}, Documents: []keyring.Version{two}}))
	stolen := ended.Key
	stolen.State, stolen.WithdrawnAt, stolen.CompromisedAt = keyring.Withdrawn, Start().Add(5*time.Hour), Start().Add(30*time.Minute)
	f.must(f.change(i, keyring.Change{Update: []keyring.Update{{Key: stolen, Was: keyring.Retired}}}))
	f.keysAre(t, i, began, stolen, eddsa)

	versions, err := f.Store.Versions(f.ctx, i.DID)
	f.must(err)
	if diff := cmp.Diff([]keyring.Version{one, two}, versions); diff != "" {
		t.Errorf("documents (-stored +read):\n%s", diff)
	}
	if none, err := f.Store.Versions(f.ctx, "did:web:nobody.example"); err != nil || len(none) != 0 {
		t.Errorf("documents of nobody: %v, %v", none, err)
	}

	before := f.events(i.ID, "key.changed")
	for name, c := range map[string]keyring.Change{
		"a key twice":               {Insert: []keyring.Key{first}},
		"two active keys":           {Insert: []keyring.Key{f.Key(i, "4", keys.ES256, keyring.Active)}},
		"an update of another past": {Update: []keyring.Update{{Key: began, Was: keyring.Next}}, Documents: []keyring.Version{{DID: i.DID, Number: 3}}},
		"a version twice":           {Insert: []keyring.Key{f.Key(i, "5", keys.ES384, keyring.Active)}, Documents: []keyring.Version{two}},
	} {
		f.want(fault.Conflict, f.change(i, c), name)
	}
	f.keysAre(t, i, began, stolen, eddsa)
	if versions, err = f.Store.Versions(f.ctx, i.DID); err != nil || len(versions) != 2 || f.events(i.ID, "key.changed") != before {
		t.Errorf("a refused change left something: %d documents, %v", len(versions), err)
	}
}

func (f *Fixture) keysAre(t *testing.T, i catalog.Issuer, want ...keyring.Key) {
	t.Helper()
	got, err := f.Store.Keys(f.ctx, i.ID)
	f.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-stored +read):\n%s", diff)
	}
}

func testRotations(t *testing.T, f *Fixture) {
	i := f.Issuer("rotations")
	first := f.Key(i, "0", keys.ES256, keyring.Active)
	f.must(f.change(i, keyring.Change{Insert: []keyring.Key{first}}))
	won := f.atOnce(10, fault.Conflict, func(n int) error {
		return f.change(i, keyring.Change{
			Update: []keyring.Update{retire(first, Start())}, Insert: []keyring.Key{f.Key(i, fmt.Sprint("race", n), keys.ES256, keyring.Active)},
		})
	})
	next := f.atOnce(10, fault.Conflict, func(n int) error {
		return f.change(i, keyring.Change{Insert: []keyring.Key{f.Key(i, fmt.Sprint("next", n), keys.ES256, keyring.Next)}})
	})
	got, err := f.Store.Keys(f.ctx, "")
	f.must(err)
	active := 0
	for _, k := range got {
		if k.State == keyring.Active {
			active++
		}
	}
	if won != 1 || next != 1 || active != 1 || len(got) != 3 {
		t.Errorf("%d rotations and %d next keys at once left %d keys, %d of them active", won, next, len(got), active)
	}
}
