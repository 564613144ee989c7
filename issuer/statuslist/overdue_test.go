package statuslist_test

import (
	"context"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// away makes the signer refuse from now on, or sign again.
func (b *bench) away(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = err
}

func gone() error {
	return fault.New(fault.Unavailable, nil, "the signer is away").Code("signer.unavailable")
}

// What is recorded and cannot be published is said to be overdue, since the change, until it is published: by a reader or by another try.
func TestWhatCannotBePublishedIsOverdue(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	a := b.award(e)
	b.publish(s, e.ListID)
	if got := s.Overdue(); len(got) != 0 {
		t.Fatalf("before anything happened: %+v", got)
	}
	b.away(gone())
	b.wait(time.Minute)
	b.publish(s, e.ListID)
	if got := s.Overdue(); len(got) != 0 {
		t.Fatalf("nothing has changed, and the list is served: %+v", got)
	}
	changed := b.clock()
	b.revoke(a)
	if err := s.Changed(t.Context(), e.ListID); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("a change that cannot be signed: %v", err)
	}
	b.wait(time.Hour)
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Embedded); err == nil {
		t.Fatal("published without a signer")
	}
	got := s.Overdue()
	want := statuslist.Overdue{ListID: e.ListID, IssuerID: b.school.Issuer.ID, Since: changed.Truncate(time.Second), Code: "signer.unavailable"}
	if len(got) != 1 || !got[0].Since.Equal(want.Since) || got[0].Code != want.Code || got[0].ListID != want.ListID || got[0].IssuerID != want.IssuerID {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, ok := statuslist.Earliest(got, "another"); ok {
		t.Error("another list is overdue")
	}
	if o, ok := statuslist.Earliest(got, "another", e.ListID); !ok || o.ListID != e.ListID {
		t.Errorf("of that list: %+v, %v", o, ok)
	}
	if err := s.PublishOverdue(t.Context()); !fault.Is(err, fault.Unavailable) || len(s.Overdue()) != 1 {
		t.Errorf("another try in vain: %v, %+v", err, s.Overdue())
	}
	b.away(nil)
	if err := s.PublishOverdue(t.Context()); err != nil || len(s.Overdue()) != 0 {
		t.Errorf("another try: %v, %+v", err, s.Overdue())
	}
	if l := b.publish(s, e.ListID); !l.bits.Get(e.Index) {
		t.Error("the revocation is not in the list")
	}
}

// A change is published in every form that somebody has asked for, and each can be overdue by itself.
func TestAChangeIsPublishedInTheFormsThatAreReadFrom(t *testing.T) {
	for name, asked := range map[string][]statuslist.Form{
		"nobody asked": nil, "the token alone": {statuslist.Token}, "the embedded proof alone": {statuslist.Embedded},
		"both": {statuslist.Token, statuslist.Embedded},
	} {
		b := newBench(t)
		s := b.server()
		e := b.reserve(s)
		a := b.award(e)
		for _, f := range asked {
			if _, err := s.Publish(t.Context(), e.ListID, f); err != nil {
				t.Fatal(err)
			}
		}
		b.wait(time.Minute)
		b.revoke(a)
		before := b.signed
		if err := s.Changed(t.Context(), e.ListID); err != nil || b.signed-before != max(1, len(asked)) {
			t.Errorf("%s: signed %d times, %v", name, b.signed-before, err)
		}
	}
}

// A reader who went away, or asks for what there is not, makes nothing overdue; one who gets nothing does.
func TestWhatReadersDoMakesNothingOverdue(t *testing.T) {
	b := newBench(t)
	s := b.server()
	e := b.reserve(s)
	b.away(gone())
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.Publish(left, e.ListID, statuslist.Token); err == nil {
		t.Fatal("published for one who left")
	}
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.JWT); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a form that it has not: %v", err)
	}
	if got := s.Overdue(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Token); err == nil || len(s.Overdue()) != 1 || !s.Overdue()[0].Since.Equal(b.clock()) {
		t.Errorf("a list that was never signed, and cannot be: %v, %+v", err, s.Overdue())
	}
	b.away(nil)
	b.publish(s, e.ListID)
	b.away(gone())
	b.wait(limits.StatusListLife + time.Hour)
	if _, err := s.Publish(t.Context(), e.ListID, statuslist.Token); err == nil || len(s.Overdue()) != 1 || !s.Overdue()[0].Since.Equal(b.clock()) {
		t.Errorf("a list whose life is over: %v, %+v", err, s.Overdue())
	}
}
