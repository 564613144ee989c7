// Package mailing owns which mails learners get: about an award, a reminder of it, its suspension or revocation, and a new link
// that they asked for.
//
// What happened stands in the events, which are written with the facts; mails follow from them, so that no award waits for a
// mail and none is forgotten. The queue names the award and keeps no address: it is read when the mail is sent, and an erased
// learner is never written to. A mail is sent once: whoever took it from the queue and ended without an answer leaves it
// unclear, for a person to look at, and not for a second try. It refuses to write to those who want no more mail, to awards that
// changed meanwhile, and about things that are long past.
package mailing

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Kind says what a mail is about.
type Kind string

// The kinds.
const (
	Awarded    Kind = "awarded"
	Reminder   Kind = "reminder"
	Revoked    Kind = "revoked"
	Suspended  Kind = "suspended"
	Reinstated Kind = "reinstated"
	NewLink    Kind = "link"
)

// State is where a mail is.
type State string

// The states.
const (
	Waiting State = "waiting"
	Sending State = "sending" // somebody took it from the queue
	Sent    State = "sent"
	Failed  State = "failed"  // refused for good, or tried too often
	Unclear State = "unclear" // the server may have taken it; a person decides
	Dropped State = "dropped" // it was not needed any more
)

// Mail is one mail in the queue.
type Mail struct {
	ID       string // "mal_…"
	Kind     Kind
	AwardID  string
	Once     string // what it answers; a second mail about the same is never queued
	State    State
	Attempts int
	At       time.Time // when it was queued
	Next     time.Time // when it is due
	Changed  time.Time
	Note     string // why it failed or was dropped: a code, never an address
}

// Store keeps the queue.
type Store interface {
	// MailEvents returns the events after the place where reading stopped, oldest first, at most n. Before the first reading that
	// place is the newest event.
	MailEvents(ctx context.Context, n int) (found []event.Event, through []int64, err error)
	// QueueMails stores mails, but those whose Once is known, and remembers the place up to which events were read.
	QueueMails(ctx context.Context, mails []Mail, through int64) error
	// TakeMail takes the first mail that is due from the queue, for whoever asks alone, and counts the attempt. fault.NotFound
	// says that none is due. One that was taken before since, and never came back, becomes unclear.
	TakeMail(ctx context.Context, now, since time.Time) (Mail, error)
	// PutMail stores state, due time and note of a mail that was taken.
	PutMail(ctx context.Context, m Mail) error
	// Mails returns the newest mails, at most n, in a state ("" for all).
	Mails(ctx context.Context, s State, n int) ([]Mail, error)
	// RetryMail makes a mail that failed or is unclear wait again. Any other state is fault.Conflict.
	RetryMail(ctx context.Context, id string, at time.Time) (Mail, error)
	// StopMail remembers that no more mail goes to whoever has that hash, and MailStopped whether that is so.
	StopMail(ctx context.Context, hash []byte, at time.Time) error
	MailStopped(ctx context.Context, hash []byte) (bool, error)
}

// Awards finds awards; *issuer.Service does.
type Awards interface {
	Find(ctx context.Context, id string) (issuer.Award, error)
}

// Catalog finds issuers and achievements.
type Catalog interface {
	Issuer(ctx context.Context, ref string) (catalog.Issuer, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
}

// Links makes links for learners, and closes their wishes for one; *learner.Service does.
type Links interface {
	Close(ctx context.Context, wishID, actor string) error
	Invite(ctx context.Context, awardID string, life time.Duration, actor string) (secret string, l learner.Link, err error)
}

// Offers tells whether a claim link was used.
type Offers interface {
	Of(ctx context.Context, awardID string) ([]offer.Offer, error)
}

// Letter is a mail as it goes out.
type Letter struct {
	ID, To, Subject, Text, HTML, Lang, Unsubscribe string
}

// Failure is an error of a Post that tells apart what failed.
type Failure struct {
	State State // Waiting: another try may do; Failed; Unclear
	Note  string
	Err   error
}

// Error implements error.
func (f *Failure) Error() string { return "mail: " + f.Note }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Post sends a letter. The error is a *Failure, or any other, which is as one that says Waiting.
type Post func(ctx context.Context, l Letter) error

// Config wires a Service.
type Config struct {
	Store    Store
	Awards   Awards
	Catalog  Catalog
	Links    Links
	Offers   Offers
	Post     Post
	Words    func(i18n.Locale) (*i18n.Translator, error)
	BaseURL  string
	Secret   []byte        // of the links that end mail
	Reminder time.Duration // after which a learner is reminded; 0: never
	Clock    func() time.Time
	Rand     io.Reader
	Logger   *slog.Logger
}

// Service writes to learners. It is safe for concurrent use, by several processes on one database too.
type Service struct{ c Config }

// New makes a Service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return &Service{c: c}
}

// Run queues what follows from the newest events and sends what is due, until nothing is, or ctx ends.
func (s *Service) Run(ctx context.Context) error {
	if err := s.collect(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		m, err := s.c.Store.TakeMail(ctx, s.now(), s.now().Add(-limits.MailTaken))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.deliver(ctx, m); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// eventsAtOnce bounds one reading of events.
const eventsAtOnce = 1000

// collect queues the mails that follow from events. The newest events are read again the next time: on PostgreSQL an event with a
// lower number may be committed after one with a higher, and what is known already is not queued twice.
func (s *Service) collect(ctx context.Context) error {
	for {
		found, through, err := s.c.Store.MailEvents(ctx, eventsAtOnce)
		if err != nil || len(found) == 0 {
			return err
		}
		now := s.now()
		place := through[0] - 1
		var mails []Mail
		for i, e := range found {
			if e.At.Before(now.Add(-limits.MailSettled)) {
				place = through[i]
			}
			if e.At.Before(now.Add(-limits.MailNews)) {
				continue // mail was off for long; nobody wants old news
			}
			of, err := s.follow(e, now)
			if err != nil {
				return err
			}
			mails = append(mails, of...)
		}
		if err := s.c.Store.QueueMails(ctx, mails, place); err != nil {
			return err
		}
		if len(found) < eventsAtOnce || place < through[len(through)-1] {
			return nil
		}
	}
}

// follow lists the mails that follow from an event.
func (s *Service) follow(e event.Event, now time.Time) ([]Mail, error) {
	kind := map[string]Kind{
		"award.created": Awarded, "award.revoked": Revoked, "award.suspended": Suspended, "award.reinstated": Reinstated, "learner.asked": NewLink,
	}[e.Action]
	if kind == "" {
		return nil, nil
	}
	ids, err := randid.Several(s.c.Rand, 2)
	if err != nil {
		return nil, fmt.Errorf("mail about %s: %w", e.Subject, err)
	}
	out := []Mail{{ID: "mal_" + ids[0], Kind: kind, AwardID: e.Subject, Once: e.ID, State: Waiting, At: now, Next: now}}
	if kind == NewLink {
		out[0].Once = e.Detail // the wish, which is closed when it is fulfilled
	}
	if kind == Awarded && s.c.Reminder > 0 {
		out = append(out, Mail{
			ID: "mal_" + ids[1], Kind: Reminder, AwardID: e.Subject, Once: e.ID + " reminder", State: Waiting, At: now, Next: now.Add(s.c.Reminder),
		})
	}
	return out, nil
}

// deliver sends one mail that was taken from the queue, or drops it.
func (s *Service) deliver(ctx context.Context, m Mail) error {
	l, drop, err := s.letter(ctx, m)
	if err != nil {
		return err // left as taken: found unclear later, and said so
	}
	m.Changed = s.now()
	if drop != "" {
		m.State, m.Note = Dropped, drop
		return s.c.Store.PutMail(ctx, m)
	}
	m.State, m.Note = Sent, ""
	if err := s.c.Post(ctx, l); err != nil {
		m.State, m.Note = Waiting, "mail.unsent"
		var f *Failure
		if errors.As(err, &f) {
			m.State, m.Note = f.State, f.Note
		}
		if m.State == Waiting {
			m.Next = m.Changed.Add(pause(m.Attempts))
			if m.Attempts >= limits.MailAttempts {
				m.State = Failed
			}
		}
		s.c.Logger.WarnContext(ctx, "mail was not sent", "mail", m.ID, "award", m.AwardID, "kind", string(m.Kind), "state", string(m.State),
			"attempt", m.Attempts, "code", m.Note)
	}
	if err := s.c.Store.PutMail(ctx, m); err != nil || m.State != Sent || m.Kind != NewLink {
		return err
	}
	return s.c.Links.Close(ctx, m.Once, "mail")
}

// pause is how long to wait after a number of attempts: a minute, then three times as long each time, a day at most.
func pause(attempts int) time.Duration {
	d := time.Minute
	for range attempts - 1 {
		if d *= 3; d > 24*time.Hour {
			return 24 * time.Hour
		}
	}
	return d
}

// stale says why a mail is not needed any more; "" while it is.
func (s *Service) stale(ctx context.Context, m Mail, a issuer.Award) (string, error) {
	switch {
	case !a.ErasedAt.IsZero():
		return "mail.erased", nil
	case a.Recipient.Email == "":
		return "mail.no_address", nil
	case (m.Kind == Awarded || m.Kind == Reminder) && a.State() != issuer.Active,
		m.Kind == Suspended && a.State() != issuer.Suspended,
		m.Kind == Reinstated && a.State() != issuer.Active:
		return "mail.overtaken", nil
	}
	if m.Kind == NewLink {
		return "", nil // they asked for it
	}
	if stopped, err := s.c.Store.MailStopped(ctx, stopHash(a.IssuerID, a.Recipient.Email)); err != nil || stopped {
		return "mail.stopped", err
	}
	if m.Kind != Reminder {
		return "", nil
	}
	all, err := s.c.Offers.Of(ctx, a.ID)
	if err != nil {
		return "", err
	}
	for _, o := range all {
		if !o.UsedAt.IsZero() {
			return "mail.claimed", nil
		}
	}
	return "", nil
}

// stopHash names an address at an issuer without telling it to who reads the database.
func stopHash(issuerID, address string) []byte {
	sum := sha256.Sum256([]byte(issuerID + "\n" + address))
	return sum[:]
}

// Stop ends mail to the learner of an award, by the key of a link that was in a mail. A key that does not fit, and an award of
// which nothing is known, are fault.NotFound. Twice is no error.
func (s *Service) Stop(ctx context.Context, awardID, key string) error {
	if !hmac.Equal([]byte(s.stopKey(awardID)), []byte(key)) {
		return fault.New(fault.NotFound, nil, "there is nothing at this address").Code("mail.unknown")
	}
	a, err := s.c.Awards.Find(ctx, awardID)
	if err != nil {
		return err
	}
	if a.Recipient.Email == "" {
		return fault.New(fault.NotFound, nil, "there is nothing at this address").Code("mail.unknown")
	}
	return s.c.Store.StopMail(ctx, stopHash(a.IssuerID, a.Recipient.Email), s.now())
}

func (s *Service) stopKey(awardID string) string {
	mac := hmac.New(sha256.New, s.c.Secret)
	_, _ = mac.Write([]byte("mail stop 1:" + awardID))
	return randid.Encode([16]byte(mac.Sum(nil)[:16]))
}

// Mails returns the newest mails, at most n, in a state ("" for all).
func (s *Service) Mails(ctx context.Context, state State, n int) ([]Mail, error) {
	return s.c.Store.Mails(ctx, state, n)
}

// Retry makes a mail that failed or is unclear wait again. Any other state is fault.Conflict.
func (s *Service) Retry(ctx context.Context, id string) (Mail, error) {
	return s.c.Store.RetryMail(ctx, id, s.now())
}

func (s *Service) now() time.Time { return s.c.Clock().UTC() }
