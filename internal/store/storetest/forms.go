package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// further makes one more credential of an award, in another form and for a holder of its own.
func (f *Fixture) further(a issuer.Award, index int) issuer.Credential {
	c := a.Credentials[0]
	c.ID, c.Form, c.StatusIndex, c.Signed = f.ID(""), proof.DataIntegrity, index, []byte(`{"proof":[]}`)
	c.Cryptosuite, c.Alg, c.Holder = "eddsa-rdfc-2022", keys.EdDSA, fmt.Sprintf("did:example:%s-%d", c.ID, index)
	return c
}

func (f *Fixture) insert(c issuer.Credential) error {
	return f.Store.InsertCredential(f.ctx, c, f.Event("credential.issued", "", c.AwardID))
}

// testForms: a further credential joins its award, and what is refused leaves nothing behind.
func testForms(t *testing.T, f *Fixture) {
	s := f.School("forms")
	a := f.Stored(s)
	c := f.further(a, 7000)
	f.must(f.insert(c))
	read, err := f.Store.ByCredential(f.ctx, c.ID)
	if err != nil || len(read.Credentials) != 2 || !cmp.Equal(read.Credentials[1], c) {
		t.Errorf("read again: %v\n%s", err, cmp.Diff(append(a.Credentials, c), read.Credentials))
	}
	f.wantCode("status.index_taken", f.insert(f.further(a, 7000)), "a status index that is taken")
	same := f.further(a, 7001)
	same.Holder = c.Holder
	f.wantCode("credential.exists", f.insert(same), "the same for the same holder")
	unknown := f.further(a, 7001)
	unknown.AwardID = f.ID("awd_")
	f.want(fault.NotFound, f.insert(unknown), "an award that is not there")
	if _, err := f.revoke(a, "a mistake"); err != nil {
		t.Fatal(err)
	}
	f.wantCode("award.revoked", f.insert(f.further(a, 7002)), "a revoked award")
	if indexes, _ := f.changes(s.List, 0); len(indexes) != 2 {
		t.Errorf("the revocation set the bits %v, the award has two credentials", indexes)
	}
	if n := f.events("", "credential.issued"); n != 1 {
		t.Errorf("%d events for one credential", n)
	}
}

// testFormsAtOnce: a credential that is added while its award is revoked is either refused or revoked with it.
func testFormsAtOnce(t *testing.T, f *Fixture) {
	s := f.School("forms at once")
	a := f.Stored(s)
	stored := f.atOnce(30, fault.Conflict, func(n int) error {
		if n == 10 {
			_, err := f.revoke(a, "a mistake")
			return err
		}
		return f.insert(f.further(a, 8000+n))
	})
	got, err := f.Store.Award(f.ctx, a.ID)
	indexes, _ := f.changes(s.List, 0)
	if err != nil || got.Revocation == nil || len(indexes) != len(got.Credentials) {
		t.Fatalf("%v: %d credentials, %d of them revoked", err, len(got.Credentials), len(indexes))
	}
	if stored != len(got.Credentials) { // those that were added, and the revocation in place of the first
		t.Errorf("%d calls went well, %d credentials are there", stored, len(got.Credentials))
	}
}

// testSameAtOnce: of those who add the same credential at the same time, one does.
func testSameAtOnce(t *testing.T, f *Fixture) {
	a := f.Stored(f.School("same at once"))
	stored := f.atOnce(10, fault.Conflict, func(n int) error {
		c := f.further(a, 9000+n)
		c.Holder = "did:example:wallet"
		return f.insert(c)
	})
	got, err := f.Store.Award(f.ctx, a.ID)
	if err != nil || stored != 1 || len(got.Credentials) != 2 {
		t.Errorf("%v: %d calls went well, %d credentials are there", err, stored, len(got.Credentials))
	}
}

// testSuperseded: what is nobody's in particular is revoked for good, whatever becomes of the award, and no other comes.
func testSuperseded(t *testing.T, f *Fixture) {
	s := f.School("superseded")
	a := f.Stored(s)
	free := f.further(a, 7100)
	free.Holder, free.Form = "", proof.VCJWT
	bound := f.further(a, 7101)
	bound.Holder = "did:key:z6Mk"
	f.must(f.insert(free))
	f.must(f.insert(bound))
	at := Start().Add(time.Hour)
	supersede := func(int) error {
		_, err := f.Store.Supersede(f.ctx, a.ID, at, f.Event("credential.superseded", "", a.ID))
		return err
	}
	if won := f.atOnce(20, fault.Conflict, supersede); won != 20 {
		t.Errorf("%d of 20 calls went well", won)
	}
	if indexes, _ := f.changes(s.List, 0); len(indexes) != 2 || slices.Contains(indexes, bound.StatusIndex) {
		t.Errorf("the bits %v were set, the bound one is %d", indexes, bound.StatusIndex)
	}
	read, err := f.Store.Award(f.ctx, a.ID)
	f.must(err)
	for _, c := range read.Credentials {
		if got := !c.SupersededAt.IsZero(); got != (c.Holder == "") || got && !c.SupersededAt.Equal(at) {
			t.Errorf("%s for %q: superseded at %s", c.Form, c.Holder, c.SupersededAt)
		}
	}
	if n := f.events(s.Issuer.ID, "credential.superseded"); n != 1 {
		t.Errorf("%d events", n)
	}
	another := f.further(a, 7102)
	another.Holder, another.Form = "", proof.JWTVC11
	f.wantCode("award.superseded", f.insert(another), "another of nobody in particular")
	second := f.further(a, 7103)
	second.Holder = "did:key:z6Mk2"
	f.must(f.insert(second))
	unknown := f.Award(s)
	_, err = f.Store.Supersede(f.ctx, unknown.ID, at, f.Event("credential.superseded", "", unknown.ID))
	f.want(fault.NotFound, err, "no award")
	_, err = f.revoke(a, "mistake")
	f.must(err)
	_, err = f.Store.Supersede(f.ctx, a.ID, at, f.Event("credential.superseded", "", a.ID))
	f.wantCode("award.revoked", err, "a revoked award")
}
