package mailing_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/mailing"
	"github.com/openlaurel/laurel/web"
)

// links makes no links, and says so.
type links struct{ closed []string }

func (l *links) Close(_ context.Context, wishID, _ string) error {
	l.closed = append(l.closed, wishID)
	return nil
}

func (*links) Invite(context.Context, string, time.Duration, string) (string, learner.Link, error) {
	return "thelink", learner.Link{}, nil
}

// office is a Service on SQLite whose clock and post the test has in hand.
type office struct {
	*mailing.Service
	*storetest.Fixture
	school storetest.School
	now    time.Time
	sent   []mailing.Letter
	answer error // of the post
}

func newOffice(t *testing.T) *office {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "laurel.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := &office{Fixture: storetest.NewFixture(t, s), now: storetest.Start()}
	o.school = o.School("school")
	o.Service = mailing.New(mailing.Config{
		Store: s, Awards: finder{s}, Catalog: finder{s}, Links: &links{}, Offers: shelf{s}, Words: web.New().Translator, BaseURL: "https://badges.example/",
		Secret: make([]byte, 32), Clock: func() time.Time { return o.now },
		Post: func(_ context.Context, l mailing.Letter) error {
			if o.answer == nil {
				o.sent = append(o.sent, l)
			}
			return o.answer
		},
	})
	o.run(t)
	return o
}

func (o *office) run(t *testing.T) {
	t.Helper()
	if err := o.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (o *office) awarded(t *testing.T) issuer.Award {
	t.Helper()
	a := o.Fixture.Award(o.school)
	a.Recipient.Email = "ada@example.org"
	if err := o.Insert(a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (o *office) state(t *testing.T) mailing.Mail {
	t.Helper()
	all, err := o.Mails(t.Context(), "", 1)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d mails, %v", len(all), err)
	}
	return all[0]
}

func TestWhatCannotBeSentIsTriedLessAndLessOftenAndThenNoMore(t *testing.T) {
	o := newOffice(t)
	o.answer = errors.New("the line is dead")
	o.awarded(t)
	o.run(t)
	last := time.Duration(0)
	for attempt := 1; attempt < limits.MailAttempts; attempt++ {
		m := o.state(t)
		wait := m.Next.Sub(o.now)
		if m.State != mailing.Waiting || m.Attempts != attempt || wait < last || wait > 24*time.Hour {
			t.Fatalf("after %d attempts: %+v, in %s", attempt, m, wait)
		}
		last = wait
		o.now = m.Next.Add(-time.Second)
		o.run(t)
		if o.state(t).Attempts != attempt {
			t.Fatalf("it was tried before its time")
		}
		o.now = m.Next
		o.run(t)
	}
	if m := o.state(t); m.State != mailing.Failed || m.Attempts != limits.MailAttempts {
		t.Errorf("%+v", m)
	}
	o.answer, o.now = nil, o.now.Add(240*time.Hour)
	o.run(t)
	if len(o.sent) != 0 {
		t.Error("it was sent after all")
	}
	if _, err := o.Retry(t.Context(), o.state(t).ID); err != nil {
		t.Fatal(err)
	}
	o.run(t)
	if len(o.sent) != 1 || o.state(t).State != mailing.Sent {
		t.Errorf("%d letters, %+v", len(o.sent), o.state(t))
	}
}

func TestOldNewsIsNotTold(t *testing.T) {
	for name, tt := range map[string]struct {
		later time.Duration
		want  int
	}{
		"a moment later": {0, 1}, "just in time": {limits.MailNews, 1}, "after mail was off for long": {limits.MailNews + time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.awarded(t)
			o.now = o.now.Add(tt.later)
			o.run(t)
			o.run(t)
			if len(o.sent) != tt.want {
				t.Errorf("%d letters", len(o.sent))
			}
		})
	}
}

func TestALetterSaysTheSameInBothFormsAndInEveryLanguage(t *testing.T) {
	for _, l := range i18n.Locales() {
		t.Run(l.Tag(), func(t *testing.T) {
			o := newOffice(t)
			a := o.Fixture.Award(o.school)
			a.Recipient = issuer.Recipient{Name: "<b>Ada</b>\u202e", Email: "ada@example.org", Language: l.Tag()}
			if err := o.Insert(a); err != nil {
				t.Fatal(err)
			}
			o.run(t)
			if len(o.sent) != 1 {
				t.Fatalf("%d letters", len(o.sent))
			}
			got := o.sent[0]
			if got.Lang != l.Tag() || got.To != "ada@example.org" || strings.ContainsAny(got.Subject, "\r\n\u2068\u2069") {
				t.Errorf("%+v", got)
			}
			for _, form := range []string{got.Text, got.HTML} {
				for _, want := range []string{"https://badges.example/my/thelink", "https://badges.example/mail/stop/" + a.ID + "/", "Course go", "School of school"} {
					if !strings.Contains(form, want) {
						t.Errorf("%q is not in\n%s", want, form)
					}
				}
			}
			if !strings.Contains(got.HTML, fmt.Sprintf(`<html lang="%s" dir="%s">`, l.Tag(), l.Dir())) || strings.Contains(got.HTML, "<b>Ada") ||
				!strings.Contains(got.HTML, "<bdi>&lt;b&gt;Ada") {
				t.Errorf("%s", got.HTML)
			}
		})
	}
}
