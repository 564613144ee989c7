package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// signedBy returns the ids of everything that the key signed, in pages of two.
func (f *Fixture) signedBy(key string) []string {
	f.t.Helper()
	var out []string
	for cursor := ""; ; {
		page, next, err := f.Store.SignedBy(f.ctx, key, cursor, 2)
		f.must(err)
		if len(page) > 2 || next != "" && len(page) < 2 {
			f.t.Fatalf("a page of %d", len(page))
		}
		for _, x := range page {
			out = append(out, x.ID)
		}
		if cursor = next; next == "" {
			return out
		}
	}
}

// testReissue: what a key signed is found by each of its names; one that is issued again keeps its id, and its index of before is
// revoked.
func testReissue(t *testing.T, f *Fixture) {
	s := f.School("reissue")
	private, err := keys.Generate(keys.EdDSA, nil)
	f.must(err)
	id := s.Issuer.DID + "#eddsa-1"
	k := f.Key(s.Issuer, "eddsa-1", keys.EdDSA, keyring.Active)
	k.ID, k.PublicJWK = id, private.WithID(id).Public().JWK()
	f.must(f.change(s.Issuer, keyring.Change{Insert: []keyring.Key{k}}))
	var made []issuer.Award
	var want []string
	for i := range 5 {
		a := f.Award(s)
		a.Credentials[0].KeyID = id
		if i%2 == 1 {
			a.Credentials[0].KeyID = s.Issuer.DID + "#" + private.Public().Multikey()
		}
		f.must(f.Insert(a))
		made, want = append(made, a), append(want, a.Credentials[0].ID)
	}
	f.Stored(s) // by another key
	if got := f.signedBy(id); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if got := f.signedBy(s.Issuer.DID + "#none"); got != nil {
		t.Errorf("of no key: %v", got)
	}
	if n, err := f.Store.CountAwards(f.ctx, issuer.Filter{KeyID: id}); err != nil || n != 5 {
		t.Errorf("%d awards by the key, %v", n, err)
	}
	old := made[0].Credentials[0]
	fresh := old
	fresh.KeyID, fresh.StatusIndex, fresh.Signed, fresh.IssuedAt = s.Issuer.DID+"#key-2", 7100, []byte("again"), Start().Add(time.Hour)
	again := func(a issuer.Award, old, fresh issuer.Credential) error {
		return f.Store.ReissueCredential(f.ctx, old, fresh, f.Event("credential.reissued", a.IssuerID, a.ID))
	}
	f.must(again(made[0], old, fresh))
	got, err := f.Store.Award(f.ctx, made[0].ID)
	f.must(err)
	fresh.Alg = got.Credentials[0].Alg
	if diff := cmp.Diff(fresh, got.Credentials[0]); diff != "" {
		t.Error(diff)
	}
	revoked := []statuslist.Bit{{Index: old.StatusIndex, Value: statuslist.Invalid}}
	f.wantBits(s.List, revoked)
	if got := f.signedBy(id); !slices.Equal(got, want[1:]) {
		t.Errorf("afterwards: %v", got)
	}

	f.wantCode("award.changed", again(made[0], old, fresh), "again, by the same credential of before")
	if _, err := f.revoke(made[1], "final"); err != nil {
		t.Fatal(err)
	}
	f.suspend(made[2], time.Hour)
	for n, code := range map[int]string{1: "award.revoked", 2: "award.suspended"} {
		c := made[n].Credentials[0]
		next := c
		next.StatusIndex = 7200 + n
		f.wantCode(code, again(made[n], c, next), fmt.Sprint("award ", n))
	}
	taken := made[3].Credentials[0]
	taken.StatusIndex = 7100
	f.wantCode("status.index_taken", again(made[3], made[3].Credentials[0], taken), "an index that is another's")
	states := map[issuer.State]int{}
	page, _, err := f.Store.SignedBy(f.ctx, id, "", 100)
	f.must(err)
	for _, x := range page {
		states[x.State]++
	}
	if states[issuer.Active] != 2 || states[issuer.Revoked] != 1 || states[issuer.Suspended] != 1 {
		t.Errorf("%v", states)
	}
	erased := made[4]
	f.must(f.Store.EraseAwards(f.ctx, []string{erased.ID}, Start(), f.wish(erased, learner.Erasure, ""), nil))
	if got := f.signedBy(id); slices.Contains(got, erased.Credentials[0].ID) {
		t.Error("what its learner has erased is found")
	}
	next := erased.Credentials[0]
	next.StatusIndex = 7300
	f.wantCode("award.changed", again(erased, erased.Credentials[0], next), "what its learner has erased meanwhile")
	if n := f.events("", "credential.reissued"); n != 1 {
		t.Errorf("%d events for one", n)
	}
}
