package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// signingKey stores an active key of the issuer.
func (f *Fixture) signingKey(i catalog.Issuer) keyring.Key {
	f.t.Helper()
	k := f.Key(i, "sign", keys.ES256, keyring.Active)
	f.must(f.change(i, keyring.Change{Insert: []keyring.Key{k}}))
	return k
}

func intent(k keyring.Key, purpose, what string) signlog.Intent {
	sum := sha256.Sum256([]byte(what))
	return signlog.Intent{IssuerID: k.IssuerID, Key: k.ID, Purpose: purpose, Digest: sum[:], At: Start()}
}

func (f *Fixture) log() []signlog.Entry {
	f.t.Helper()
	all, err := f.Store.LogEntries(f.ctx, 0, 1000)
	f.must(err)
	return all
}

// wholeLog fails the test unless the entries form a chain that ends at the head.
func (f *Fixture) wholeLog(n int) {
	f.t.Helper()
	var last signlog.Entry
	for i, e := range f.log() {
		if e.Seq != int64(i+1) || !bytes.Equal(e.Hash, signlog.Chain(last.Hash, e)) || e.At.Before(last.At) {
			f.t.Fatalf("entry %d after %d does not continue the chain", e.Seq, last.Seq)
		}
		last = e
	}
	head, err := f.Store.LogHead(f.ctx)
	f.must(err)
	if head.Seq != int64(n) || last.Seq != int64(n) || !bytes.Equal(head.Hash, last.Hash) {
		f.t.Fatalf("the log ends at %d, its head at %d, want %d", last.Seq, head.Seq, n)
	}
}

func testLog(t *testing.T, f *Fixture) {
	f.wholeLog(0)
	i := f.Issuer("log")
	k := f.signingKey(i)
	late := intent(k, signlog.Credential, "1")
	late.At = Start().Add(time.Hour)
	f.must(f.Store.Record(f.ctx, late))
	f.must(f.Store.Record(f.ctx, intent(k, signlog.StatusList, "2"))) // a clock that went back
	f.wholeLog(2)
	e, err := f.Store.Recorded(f.ctx, late.Digest)
	if err != nil || e.Seq != 1 || e.Key != k.ID || e.Purpose != signlog.Credential || !e.At.Equal(late.At) {
		t.Errorf("%+v, %v", e, err)
	}
	_, err = f.Store.Recorded(f.ctx, make([]byte, 32))
	f.want(fault.NotFound, err, "what was never recorded")

	retired := retire(k, Start())
	f.must(f.change(i, keyring.Change{Update: []keyring.Update{retired}, Insert: []keyring.Key{f.Key(i, "new", keys.ES256, keyring.Active)}}))
	for name, in := range map[string]signlog.Intent{
		"a key that is retired": intent(k, signlog.Credential, "3"),
		"a key that is none":    intent(keyring.Key{ID: i.DID + "#none", IssuerID: i.ID}, signlog.Credential, "3"),
	} {
		if err := f.Store.Record(f.ctx, in); fault.Describe(err).Code != "key.changed" || !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.wholeLog(2)
}

func testLogAtOnce(t *testing.T, f *Fixture) {
	i := f.Issuer("many")
	k := f.signingKey(i)
	school := School{Issuer: i, Achievement: f.Achievement(i, "go"), List: f.List(i)}
	const count = 60
	errs := make([]error, 2*count)
	var all sync.WaitGroup
	for n := range count {
		a := f.Award(school)
		in := intent(k, signlog.Credential, fmt.Sprint(n))
		if n%6 == 5 {
			in.Key += "-none"
		}
		all.Go(func() { errs[2*n] = f.Store.Record(f.ctx, in) })
		all.Go(func() { errs[2*n+1] = f.Insert(a) })
	}
	all.Wait()
	for n := range count {
		if refused := errs[2*n] != nil; refused != (n%6 == 5) || errs[2*n+1] != nil {
			t.Errorf("record %d: %v; award: %v", n, errs[2*n], errs[2*n+1])
		}
	}
	f.wholeLog(count - count/6)
	seen := map[string]bool{}
	f.must(f.Store.EachSigned(f.ctx, func(x store.Signed) error {
		if x.Kind != signlog.AwardCredential || len(x.Bytes) == 0 || x.KeyID == "" || x.Form == "" || x.At.IsZero() {
			t.Errorf("%+v", x)
		}
		seen[x.ID] = true
		return nil
	}))
	if len(seen) != count {
		t.Errorf("%d credentials", len(seen))
	}
}

func testStops(t *testing.T, f *Fixture) {
	one, two := f.Issuer("one"), f.Issuer("two")
	k1, k2 := f.signingKey(one), f.signingKey(two)
	stop := func(id, reason string) {
		f.must(f.Store.StopIssuing(f.ctx, signlog.Stop{IssuerID: id, At: Start(), Actor: "cli", Reason: reason}, f.Event("issuing.stopped", id, id)))
	}
	resume := func(id string) { f.must(f.Store.ResumeIssuing(f.ctx, id, f.Event("issuing.resumed", id, id))) }
	n := 0
	see := func(name string, first, second bool) {
		t.Helper()
		for _, c := range []struct {
			k       keyring.Key
			purpose string
			may     bool
		}{{k1, signlog.Credential, first}, {k2, signlog.Credential, second}, {k1, signlog.StatusList, true}, {k1, signlog.Receipt, true}} {
			n++
			err := f.Store.Record(f.ctx, intent(c.k, c.purpose, fmt.Sprint(n)))
			if (err == nil) != c.may || !c.may && (fault.Describe(err).Code != "issuing.stopped" || !fault.Is(err, fault.Unavailable)) {
				t.Errorf("%s: %s by %s: %v", name, c.purpose, c.k.ID, err)
			}
		}
	}
	see("nobody stopped", true, true)
	stop(one.ID, "audit")
	stop(one.ID, "another reason")
	see("one stopped", false, true)
	stop("", "everybody")
	see("all stopped", false, false)
	if all, err := f.Store.Stops(f.ctx); err != nil || len(all) != 2 || all[0].IssuerID != "" || all[1].Reason != "audit" || !all[1].At.Equal(Start()) {
		t.Errorf("%+v, %v", all, err)
	}
	resume(one.ID)
	see("one resumed, but all are stopped", false, false)
	resume("")
	resume("")
	see("all resumed", true, true)
	if stopped, resumed := f.events("", "issuing.stopped"), f.events("", "issuing.resumed"); stopped != 2 || resumed != 2 {
		t.Errorf("%d and %d events for two stops and their ends", stopped, resumed)
	}
}

// testClosing: an issuer that closes changes nothing that its last lists say, until it is opened again.
func testClosing(t *testing.T, f *Fixture) {
	s, other := f.School("closing"), f.School("open")
	a, b, still := f.Stored(s), f.Stored(s), f.Stored(other)
	x := f.statement(s, 9300)
	f.must(f.insertStatement(x))
	shut := func(until time.Time) {
		st := signlog.Stop{IssuerID: s.Issuer.ID, At: Start().Add(time.Hour), Actor: "cli", Reason: "closed", Until: until}
		f.must(f.Store.StopIssuing(f.ctx, st, f.Event("issuer.closed", s.Issuer.ID, s.Issuer.ID)))
	}
	audit := signlog.Stop{IssuerID: s.Issuer.ID, At: Start(), Actor: "cli", Reason: "audit"}
	f.must(f.Store.StopIssuing(f.ctx, audit, f.Event("issuing.stopped", s.Issuer.ID, "")))
	if _, err := f.revoke(a, "stopped only"); err != nil {
		t.Fatal(err)
	}
	if c, err := f.Store.Changes(f.ctx, s.List.ID, 0); err != nil || !c.Closed.IsZero() || !c.Until.IsZero() {
		t.Errorf("a stop: %+v, %v", c, err)
	}
	until := Start().AddDate(10, 0, 0)
	shut(until)
	c, err := f.Store.Changes(f.ctx, s.List.ID, 1)
	if err != nil || !c.Closed.Equal(Start().Add(time.Hour)) || !c.Until.Equal(until) {
		t.Errorf("%+v, %v", c, err)
	}
	if all, err := f.Store.Stops(f.ctx); err != nil || len(all) != 1 || all[0].Reason != "closed" || !all[0].Until.Equal(until) {
		t.Errorf("%+v, %v", all, err)
	}
	for what, do := range map[string]func() error{
		"a revocation": func() error { _, err := f.revoke(b, "late"); return err },
		"a suspension": func() error {
			_, err := f.Store.SuspendAward(f.ctx, b.ID, issuer.Suspension{At: Start(), Reason: "r"}, f.Event("award.suspended", "", b.ID))
			return err
		},
		"a statement": func() error {
			_, err := f.Store.RevokeStatement(f.ctx, x.ID, issuer.Revocation{At: Start(), Reason: "r"}, f.Event("statement.revoked", "", x.ID))
			return err
		},
		"one again": func() error {
			fresh := b.Credentials[0]
			fresh.StatusIndex = 9301
			return f.Store.ReissueCredential(f.ctx, b.Credentials[0], fresh, f.Event("credential.reissued", "", b.ID))
		},
	} {
		f.wantCode("issuer.closed", do(), what)
	}
	if got, err := f.Store.Award(f.ctx, b.ID); err != nil || got.State() != issuer.Active {
		t.Errorf("what was refused is stored: %v, %v", got.State(), err)
	}
	if _, err := f.revoke(still, "another issuer"); err != nil {
		t.Error(err)
	}
	f.must(f.Store.ResumeIssuing(f.ctx, s.Issuer.ID, f.Event("issuing.resumed", s.Issuer.ID, "")))
	if _, err := f.revoke(b, "opened again"); err != nil {
		t.Error(err)
	}
}

// testStopIsExact: from when a stop is committed, nothing is recorded, whatever waits at that moment.
func testStopIsExact(t *testing.T, f *Fixture) {
	k := f.signingKey(f.Issuer("exact"))
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	var all sync.WaitGroup
	recorded := make(chan struct{}, 8)
	for w := range 8 {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := f.Store.Record(f.ctx, intent(k, signlog.Credential, fmt.Sprint(w, n))); err != nil {
					return
				}
				select {
				case recorded <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 20 {
		<-recorded
	}
	f.must(f.Store.StopIssuing(f.ctx, signlog.Stop{At: Start(), Actor: "cli", Reason: "now"}, f.Event("issuing.stopped", "", "")))
	head, err := f.Store.LogHead(f.ctx)
	f.must(err)
	all.Wait()
	after, err := f.Store.LogHead(f.ctx)
	f.must(err)
	if after.Seq != head.Seq {
		t.Errorf("%d entries after the stop", after.Seq-head.Seq)
	}
}
