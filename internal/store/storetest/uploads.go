package storetest

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/batch"
)

// upload stores a draft of that issuer.
func (f *Fixture) upload(issuerID string, state batch.State) batch.Upload {
	u := batch.Upload{
		ID: f.ID("bat_"), IssuerID: issuerID, AchievementID: "ach_1", FileName: "people.csv", State: state, Columns: []batch.Field{batch.Name, "", batch.Email},
		Dates: batch.DayFirst, Repairs: map[int][]string{7: {"A", "", "a@example.org"}}, Actor: "console:per_1", CreatedAt: Start(), ChangedAt: Start(),
	}
	f.must(f.Store.InsertUpload(f.ctx, u, []byte("a,b,c\n1,2,3\n"), f.Event("batch.uploaded", issuerID, u.ID)))
	return u
}

func testUploads(t *testing.T, f *Fixture) {
	school, other := f.Issuer("one").ID, f.Issuer("two").ID
	u := f.upload(school, batch.Draft)
	f.upload(other, batch.Draft)
	got, err := f.Store.Upload(f.ctx, u.ID)
	f.must(err)
	if diff := cmp.Diff(u, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(batch.Outcome{})); diff != "" {
		t.Errorf("upload (-stored +read):\n%s", diff)
	}
	if data, err := f.Store.UploadData(f.ctx, u.ID); err != nil || !bytes.Equal(data, []byte("a,b,c\n1,2,3\n")) {
		t.Errorf("file %q, %v", data, err)
	}
	for name, c := range map[string]struct {
		issuers []string
		want    int
	}{"all": {nil, 2}, "one": {[]string{school}, 1}, "both": {[]string{school, other}, 2}, "none": {[]string{}, 0}} {
		if list, err := f.Store.Uploads(f.ctx, c.issuers, 10); err != nil || len(list) != c.want {
			t.Errorf("%s: %d uploads, %v", name, len(list), err)
		}
	}
	next := got
	next.State, next.Total, next.ChangedAt = batch.Running, 3, Start().Add(time.Second)
	next.Failures = []batch.Outcome{{Line: 4, Status: batch.Failed, Reasons: []batch.Reason{{Code: "x", Sentence: "no"}}}}
	won := f.atOnce(20, fault.Conflict, func(int) error {
		return f.Store.ChangeUpload(f.ctx, next, batch.Draft, u.ChangedAt, f.Event("batch.started", school, u.ID))
	})
	if won != 1 || f.events(school, "batch.started") != 1 {
		t.Errorf("%d of 20 confirmed one upload, with %d events", won, f.events(school, "batch.started"))
	}
	f.wantCode("batch.state", f.Store.ChangeUpload(f.ctx, next, batch.Running, u.ChangedAt, event.Event{}), "a change of an older revision")
	got, err = f.Store.Upload(f.ctx, u.ID)
	if diff := cmp.Diff(next, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(batch.Outcome{})); err != nil || diff != "" {
		t.Errorf("after a change: %v\n%s", err, diff)
	}
	_, err = f.Store.Upload(f.ctx, "bat_x")
	f.want(fault.NotFound, err, "an upload that there is not")
	_, err = f.Store.UploadData(f.ctx, "bat_x")
	f.want(fault.NotFound, err, "its file")
}

func testUploadLeases(t *testing.T, f *Fixture) {
	school := f.Issuer("one").ID
	f.upload(school, batch.Draft)
	_, err := f.Store.LeaseUpload(f.ctx, Start(), Start().Add(time.Minute))
	f.want(fault.NotFound, err, "work without an upload that runs")
	running, undoing := f.upload(school, batch.Running), f.upload(school, batch.Undoing)
	var first, second atomic.Int32
	won := f.atOnce(20, fault.NotFound, func(int) error {
		u, err := f.Store.LeaseUpload(f.ctx, Start(), Start().Add(time.Minute))
		if err == nil && u.ID == running.ID {
			first.Add(1)
		}
		if err == nil && u.ID == undoing.ID {
			second.Add(1)
		}
		return err
	})
	if won < 1 || first.Load() > 1 || second.Load() > 1 {
		t.Errorf("%d leases, %d and %d of one upload", won, first.Load(), second.Load())
	}
	running.Awarded = 12
	f.must(f.Store.ProgressUpload(f.ctx, running, Start().Add(2*time.Minute)))
	if got, err := f.Store.Upload(f.ctx, running.ID); err != nil || got.Awarded != 12 {
		t.Errorf("progress: %d, %v", got.Awarded, err)
	}
	if u, err := f.Store.LeaseUpload(f.ctx, Start().Add(90*time.Second), Start().Add(time.Hour)); err != nil || u.ID != undoing.ID {
		t.Errorf("a lease that is over: %s, %v", u.ID, err)
	}
	if u, err := f.Store.LeaseUpload(f.ctx, Start().Add(2*time.Minute), Start().Add(time.Hour)); err != nil || u.ID != running.ID {
		t.Errorf("the other one: %s, %v", u.ID, err)
	}
}

func testUploadSweep(t *testing.T, f *Fixture) {
	school := f.Issuer("one").ID
	draft, done, running := f.upload(school, batch.Draft), f.upload(school, batch.Done), f.upload(school, batch.Running)
	f.must(f.Store.SweepUploads(f.ctx, Start(), Start()))
	for _, u := range []batch.Upload{draft, done, running} {
		if _, err := f.Store.UploadData(f.ctx, u.ID); err != nil {
			t.Errorf("%s, too early: %v", u.State, err)
		}
	}
	later := Start().Add(time.Second)
	f.must(f.Store.SweepUploads(f.ctx, later, later))
	_, err := f.Store.Upload(f.ctx, draft.ID)
	f.want(fault.NotFound, err, "an old draft")
	_, err = f.Store.UploadData(f.ctx, done.ID)
	f.want(fault.Gone, err, "the file of an upload that is done")
	if u, err := f.Store.Upload(f.ctx, done.ID); err != nil || len(u.Repairs) != 0 {
		t.Errorf("the upload itself: %+v, %v", u, err)
	}
	if _, err := f.Store.UploadData(f.ctx, running.ID); err != nil {
		t.Errorf("the file of an upload that runs: %v", err)
	}
}

func testHeadingMaps(t *testing.T, f *Fixture) {
	school, other := f.Issuer("one").ID, f.Issuer("two").ID
	for _, m := range []map[string]batch.Field{{"nom": batch.Name}, {"nom": "", "courriel": batch.Email}} {
		f.must(f.Store.SetHeadingMap(f.ctx, school, m))
		if got, err := f.Store.HeadingMap(f.ctx, school); err != nil || !cmp.Equal(m, got) {
			t.Errorf("%v became %v, %v", m, got, err)
		}
	}
	if got, err := f.Store.HeadingMap(f.ctx, other); err != nil || len(got) != 0 {
		t.Errorf("another issuer's: %v, %v", got, err)
	}
}

// testBatchCounts: what a batch made is told from what of it stands.
func testBatchCounts(t *testing.T, f *Fixture) {
	s := f.School("batch")
	for i := range 3 {
		a := f.Award(s)
		a.BatchID = "bat_1"
		f.must(f.Insert(a))
		if i == 0 {
			_, err := f.revoke(a, "x")
			f.must(err)
		}
	}
	f.Stored(s)
	all, err := f.Store.CountAwards(f.ctx, issuer.Filter{BatchID: "bat_1"})
	f.must(err)
	gone, err := f.Store.CountAwards(f.ctx, issuer.Filter{BatchID: "bat_1", State: issuer.Revoked})
	if err != nil || all != 3 || gone != 1 {
		t.Errorf("%d awards, %d revoked, %v", all, gone, err)
	}
}
