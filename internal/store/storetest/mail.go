package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/mailing"
)

func (f *Fixture) mail(a issuer.Award, once string, due time.Duration) mailing.Mail {
	return mailing.Mail{ID: f.ID("mal_"), Kind: mailing.Awarded, AwardID: a.ID, Once: once, State: mailing.Waiting, At: Start(), Next: Start().Add(due)}
}

func testMailEvents(t *testing.T, f *Fixture) {
	school := f.School("mail")
	f.Stored(school)
	if found, _, err := f.Store.MailEvents(f.ctx, 10); err != nil || len(found) != 0 {
		t.Fatalf("the first reading begins with the newest event: %d, %v", len(found), err)
	}
	a := f.Stored(school)
	b := f.Stored(school)
	for range 2 { // nothing is forgotten before it is queued
		found, through, err := f.Store.MailEvents(f.ctx, 10)
		f.must(err)
		if len(found) != 2 || len(through) != 2 || found[0].Subject != a.ID || found[1].Subject != b.ID || found[0].Action != "award.created" {
			t.Fatalf("%+v %v", found, through)
		}
	}
	found, through, err := f.Store.MailEvents(f.ctx, 1)
	if err != nil || len(found) != 1 || found[0].Subject != a.ID {
		t.Fatalf("%+v, %v", found, err)
	}
	f.must(f.Store.QueueMails(f.ctx, []mailing.Mail{f.mail(a, "1", 0)}, through[0]))
	f.must(f.Store.QueueMails(f.ctx, []mailing.Mail{f.mail(a, "1", 0)}, through[0]-1)) // the place never goes back, and no mail is queued twice
	if found, _, err = f.Store.MailEvents(f.ctx, 10); err != nil || len(found) != 1 || found[0].Subject != b.ID {
		t.Errorf("%+v, %v", found, err)
	}
	if all, err := f.Store.Mails(f.ctx, "", 10); err != nil || len(all) != 1 {
		t.Errorf("%d mails, %v", len(all), err)
	}
}

func testMailQueue(t *testing.T, f *Fixture) {
	a := f.Stored(f.School("queue"))
	later, first, second := f.mail(a, "later", time.Hour), f.mail(a, "first", 0), f.mail(a, "second", time.Minute)
	f.must(f.Store.QueueMails(f.ctx, []mailing.Mail{later, second, first}, 0))
	take := func(at time.Duration) mailing.Mail {
		t.Helper()
		m, err := f.Store.TakeMail(f.ctx, Start().Add(at), Start().Add(at-10*time.Minute))
		f.must(err)
		return m
	}
	got := take(time.Minute)
	want := first
	want.State, want.Attempts, want.Changed = mailing.Sending, 1, Start().Add(time.Minute)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-wanted +read):\n%s", diff)
	}
	got.State, got.Next, got.Note = mailing.Waiting, Start().Add(2*time.Minute), "mail.unsent"
	f.must(f.Store.PutMail(f.ctx, got))
	if m := take(time.Minute); m.Once != "second" {
		t.Errorf("%s was taken", m.Once)
	}
	again := take(2 * time.Minute)
	if again.Once != "first" || again.Attempts != 2 || again.Note != "mail.unsent" {
		t.Errorf("%+v", again)
	}
	again.State, again.Note = mailing.Sent, ""
	f.must(f.Store.PutMail(f.ctx, again))
	_, err := f.Store.TakeMail(f.ctx, Start().Add(2*time.Minute), Start())
	f.want(fault.NotFound, err, "a queue with nothing due")
	_, err = f.Store.RetryMail(f.ctx, again.ID, Start())
	f.want(fault.Conflict, err, "a mail that was sent, again")

	// The second was taken and never came back: nobody sends it a second time unasked.
	if m := take(2 * time.Hour); m.Once != "later" {
		t.Errorf("%s was taken", m.Once)
	}
	unclear, err := f.Store.Mails(f.ctx, mailing.Unclear, 10)
	if err != nil || len(unclear) != 1 || unclear[0].Once != "second" {
		t.Fatalf("%+v, %v", unclear, err)
	}
	unclear[0].State = mailing.Sent
	f.must(f.Store.PutMail(f.ctx, unclear[0])) // who comes back too late changes nothing
	m, err := f.Store.RetryMail(f.ctx, unclear[0].ID, Start().Add(2*time.Hour))
	if err != nil || m.State != mailing.Waiting || m.Attempts != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = f.Store.RetryMail(f.ctx, f.ID("mal_"), Start())
	f.want(fault.NotFound, err, "a mail that is not there")

	hash := hashOf("somebody")
	if stopped, err := f.Store.MailStopped(f.ctx, hash); err != nil || stopped {
		t.Errorf("%v, %v", stopped, err)
	}
	for range 2 {
		f.must(f.Store.StopMail(f.ctx, hash, Start()))
	}
	if stopped, err := f.Store.MailStopped(f.ctx, hash); err != nil || !stopped {
		t.Errorf("%v, %v", stopped, err)
	}
}

func testMailTakenOnce(t *testing.T, f *Fixture) {
	a := f.Stored(f.School("once"))
	var all []mailing.Mail
	for range 20 {
		all = append(all, f.mail(a, f.ID("once "), 0))
	}
	f.must(f.Store.QueueMails(f.ctx, all, 0))
	var mu sync.Mutex
	taken := map[string]int{}
	f.atOnce(30, fault.NotFound, func(int) error {
		m, err := f.Store.TakeMail(f.ctx, Start(), Start().Add(-time.Hour))
		if err == nil {
			mu.Lock()
			taken[m.ID]++
			mu.Unlock()
		}
		return err
	})
	for id, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	for len(taken) < len(all) { // who lost a race found nothing; what is left is still there
		m, err := f.Store.TakeMail(f.ctx, Start(), Start().Add(-time.Hour))
		f.must(err)
		if taken[m.ID]++; taken[m.ID] > 1 {
			t.Fatalf("%s was taken twice", m.ID)
		}
	}
}
