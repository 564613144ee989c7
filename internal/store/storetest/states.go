package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// testSuspension holds what entries of each purpose become, that revocation is final, and what a list was at a moment.
func testSuspension(t *testing.T, f *Fixture) {
	s := f.School("suspension")
	for _, purpose := range []string{statuslist.Suspension, statuslist.Status} {
		l := f.SizedList(s.Issuer, 200_000)
		l.ID, l.Purpose = l.ID+purpose[:2], purpose
		l.URL += purpose[:2]
		f.must(f.Store.InsertList(f.ctx, l))
		a := s
		a.List = l
		award := f.Award(a)
		f.must(f.Insert(award))
		index := award.Credentials[0].StatusIndex
		two := statuslist.Invalid
		if purpose == statuslist.Status {
			two = statuslist.Suspended
		}
		f.suspend(award, time.Hour)
		f.suspend(award, 2*time.Hour) // changes nothing
		f.reinstate(award, 3*time.Hour, nil)
		f.wantBits(l, []statuslist.Bit{{Index: index, Value: two}, {Index: index, Value: statuslist.Valid}})
		got, err := f.revoke(award, "final")
		if err != nil || got.State() != issuer.Revoked {
			t.Errorf("%s: %v, %v", purpose, got.State(), err)
		}
		f.wantBits(l, []statuslist.Bit{{Index: index, Value: two}, {Index: index, Value: statuslist.Valid}, {Index: index, Value: statuslist.Invalid}})
	}
	testSuspendedRevocation(t, f, s)
}

// testSuspendedRevocation: in a list of revocations, the index of before keeps its bit, and the credential gets another.
func testSuspendedRevocation(t *testing.T, f *Fixture, s School) {
	t.Helper()
	award := f.Award(s)
	f.must(f.Insert(award))
	old := award.Credentials[0]
	suspended := f.suspend(award, time.Hour)
	want := issuer.Suspension{At: Start().Add(time.Hour), Reason: "looked into", Code: "fraud", By: "tok_1", Change: "chg_1"}
	if suspended.Suspension == nil || *suspended.Suspension != want || suspended.State() != issuer.Suspended {
		t.Errorf("%+v", suspended.Suspension)
	}
	ofChange := func(id string) int {
		n, err := f.Store.CountAwards(f.ctx, issuer.Filter{ChangeID: id, BatchID: award.BatchID, State: issuer.Suspended})
		f.must(err)
		return n
	}
	if ofChange("chg_1") == 0 || ofChange("chg_2") != 0 {
		t.Errorf("%d and %d awards were suspended by these changes", ofChange("chg_1"), ofChange("chg_2"))
	}
	before := ofChange("chg_1")
	c := f.Award(s).Credentials[0]
	c.AwardID, c.StatusIndex = award.ID, 7000
	f.wantCode("award.suspended", f.Store.InsertCredential(f.ctx, c, f.Event("credential.issued", s.Issuer.ID, award.ID)), "a form of a suspended award")
	again := old
	again.StatusIndex, again.Signed = 7001, []byte("again")
	if got := f.reinstate(award, 2*time.Hour, []issuer.Credential{again}); got.State() != issuer.Active ||
		got.Credentials[0].ID != old.ID || got.Credentials[0].StatusIndex != 7001 || string(got.Credentials[0].Signed) != "again" {
		t.Errorf("%+v", got.Credentials)
	}
	if ofChange("chg_1") != before-1 {
		t.Error("a reinstated award is still of the change that suspended it")
	}
	f.wantBits(s.List, []statuslist.Bit{{Index: old.StatusIndex, Value: statuslist.Invalid}})
	_, err := f.Store.ReinstateAward(f.ctx, award.ID, Start(), nil, f.Event("award.reinstated", "", award.ID))
	f.wantCode("award.not_suspended", err, "reinstated twice")
	_, err = f.Store.SuspendAward(f.ctx, f.ID("awd_"), issuer.Suspension{At: Start(), Reason: "r"}, f.Event("award.suspended", "", "x"))
	f.want(fault.NotFound, err, "an unknown award")
	for at, want := range map[time.Duration]statuslist.Past{
		0:             {From: Start(), Until: Start().Add(time.Hour)},
		time.Hour:     {Bits: []statuslist.Bit{{Index: old.StatusIndex, Value: 1}}, From: Start().Add(time.Hour)},
		3 * time.Hour: {Bits: []statuslist.Bit{{Index: old.StatusIndex, Value: 1}}, From: Start().Add(time.Hour)},
	} {
		got, err := f.Store.At(f.ctx, s.List.ID, Start().Add(at))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("the list after %s: %v\n%s", at, err, diff)
		}
	}
	if _, err := f.revoke(award, "final"); err != nil {
		t.Error(err)
	}
	_, err = f.Store.SuspendAward(f.ctx, award.ID, issuer.Suspension{At: Start(), Reason: "r"}, f.Event("award.suspended", "", award.ID))
	f.wantCode("award.revoked", err, "suspended after it was revoked")
	for state, n := range map[issuer.State]int{issuer.Active: 0, issuer.Suspended: 0, issuer.Revoked: 3, "": 3} {
		if page, _, err := f.Store.Awards(f.ctx, issuer.Filter{IssuerID: s.Issuer.ID, State: state}); err != nil || len(page) != n {
			t.Errorf("%d awards are %q, want %d: %v", len(page), state, n, err)
		}
	}
}

func (f *Fixture) suspend(a issuer.Award, after time.Duration) issuer.Award {
	f.t.Helper()
	r := issuer.Suspension{At: Start().Add(after), Reason: "looked into", Code: "fraud", By: "tok_1", Change: "chg_1"}
	got, err := f.Store.SuspendAward(f.ctx, a.ID, r, f.Event("award.suspended", "", a.ID))
	f.must(err)
	return got
}

func (f *Fixture) reinstate(a issuer.Award, after time.Duration, again []issuer.Credential) issuer.Award {
	f.t.Helper()
	got, err := f.Store.ReinstateAward(f.ctx, a.ID, Start().Add(after), again, f.Event("award.reinstated", "", a.ID))
	f.must(err)
	return got
}

func (f *Fixture) wantBits(l statuslist.List, want []statuslist.Bit) {
	f.t.Helper()
	c, err := f.Store.Changes(f.ctx, l.ID, 0)
	f.must(err)
	if diff := cmp.Diff(want, c.Bits); diff != "" {
		f.t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func testMemory(t *testing.T, f *Fixture) {
	const list = "bitstring https://x.example/1"
	if at, err := f.Store.Newest(f.ctx, list); err != nil || !at.IsZero() {
		t.Errorf("%s, %v", at, err)
	}
	for _, at := range []time.Time{Start(), Start().Add(time.Hour), Start().Add(time.Minute)} {
		f.must(f.Store.Saw(f.ctx, list, at))
	}
	if at, err := f.Store.Newest(f.ctx, list); err != nil || !at.Equal(Start().Add(time.Hour)) {
		t.Errorf("%s, %v", at, err)
	}
	f.must(f.Store.SawRevoked(f.ctx, list, "did:web:x 5"))
	f.must(f.Store.SawRevoked(f.ctx, list, "did:web:x 5"))
	for entry, want := range map[string]bool{"did:web:x 5": true, "did:web:x 6": false, "did:web:y 5": false} {
		if got, err := f.Store.Revoked(f.ctx, list, entry); got != want || err != nil {
			t.Errorf("%s: %t, %v", entry, got, err)
		}
	}
}

// testRecovery: a list is brought to what a ledger knows, and no further back.
func testRecovery(t *testing.T, f *Fixture) {
	s := f.School("recovery")
	award := f.Award(s)
	f.must(f.Insert(award))
	if _, err := f.revoke(award, "r"); err != nil {
		t.Fatal(err)
	}
	known := award.Credentials[0].StatusIndex
	missing := s.List
	missing.ID, missing.URL, missing.Next = f.ID(""), "https://x.example/status/lost", 9
	older := s.List
	older.Next, older.Version = 900, 5
	at := Start().Add(2 * time.Hour)
	for _, l := range []statuslist.List{older, missing} {
		f.must(f.Store.RecoverList(f.ctx, l, map[int]int{known: 1, 4711: 1}, at, f.Event("status.recovered", "", l.ID)))
		f.must(f.Store.RecoverList(f.ctx, l, map[int]int{known: 1, 4711: 1}, at, f.Event("status.recovered", "", l.ID))) // again changes nothing
	}
	got, err := f.Store.List(f.ctx, older.ID)
	if err != nil || got.Next != 900 || got.Version < 6 || !got.Stamp.Equal(at) {
		t.Errorf("%+v, %v", got, err)
	}
	f.wantBits(s.List, []statuslist.Bit{{Index: known, Value: 1}, {Index: 4711, Value: 1}})
	if got, err := f.Store.List(f.ctx, missing.ID); err != nil || got.Next != got.Size || got.URL != missing.URL {
		t.Errorf("a list that was missing: %+v, %v", got, err)
	}
	missing.ID, missing.IssuerID = f.ID(""), "iss_nobody"
	f.want(fault.NotFound, f.Store.RecoverList(f.ctx, missing, nil, at, f.Event("status.recovered", "", "x")), "a list of an unknown issuer")
}
