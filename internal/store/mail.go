package store

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/mailing"
)

// MailEvents implements mailing.Store.
func (s *Store) MailEvents(ctx context.Context, n int) (found []event.Event, through []int64, err error) {
	err = s.write(ctx, "mail", func(t *tx) error {
		found, through = nil, nil
		if _, err := t.exec("INSERT INTO mail_place (id, seq) SELECT 1, COALESCE(MAX(seq), 0) FROM event WHERE true ON CONFLICT (id) DO NOTHING"); err != nil {
			return err
		}
		return t.rows(`SELECT seq, id, at, actor, action, issuer_id, subject, detail FROM event WHERE seq > (SELECT seq FROM mail_place WHERE id = 1)
			ORDER BY seq LIMIT $1`, args(n), func(scan func(...any) error) error {
			var e event.Event
			var seq, at int64
			err := scan(&seq, &e.ID, &at, &e.Actor, &e.Action, &e.IssuerID, &e.Subject, &e.Detail)
			e.At = moment(at)
			found, through = append(found, e), append(through, seq)
			return err
		})
	})
	return found, through, err
}

// QueueMails implements mailing.Store. The place never goes back.
func (s *Store) QueueMails(ctx context.Context, mails []mailing.Mail, through int64) error {
	return s.write(ctx, "mail", func(t *tx) error {
		for _, m := range mails {
			award, err := awardKey.bytes(m.AwardID)
			if err != nil {
				continue // the event is of something else
			}
			if _, err := t.exec(`INSERT INTO mail (id, kind, award_id, once, state, attempts, at, next_at, changed_at, note)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (once) DO NOTHING`, m.ID, string(m.Kind), award, m.Once, string(m.State), m.Attempts,
				micros(m.At), micros(m.Next), micros(m.Changed), m.Note); err != nil {
				return err
			}
		}
		_, err := t.exec("UPDATE mail_place SET seq = $1 WHERE id = 1 AND seq < $2", through, through)
		return err
	})
}

const selectMail = `SELECT id, kind, award_id, once, state, attempts, at, next_at, changed_at, note FROM mail `

func scanMail(scan func(...any) error) (mailing.Mail, error) {
	var m mailing.Mail
	var kind, state string
	var award []byte
	var at, next, changed int64
	err := scan(&m.ID, &kind, &award, &m.Once, &state, &m.Attempts, &at, &next, &changed, &m.Note)
	m.Kind, m.State, m.AwardID = mailing.Kind(kind), mailing.State(state), awardKey.text(award)
	m.At, m.Next, m.Changed = moment(at), moment(next), moment(changed)
	return m, err
}

func (t *tx) mails(where string, list ...any) ([]mailing.Mail, error) {
	var out []mailing.Mail
	err := t.rows(selectMail+where, list, func(scan func(...any) error) error {
		m, err := scanMail(scan)
		out = append(out, m)
		return err
	})
	return out, err
}

// TakeMail implements mailing.Store. The row is taken by one statement with its condition, so that of several processes one has it.
func (s *Store) TakeMail(ctx context.Context, now, since time.Time) (mailing.Mail, error) {
	lock := ""
	if s.dialect == postgres {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var out mailing.Mail
	err := s.write(ctx, "mail", func(t *tx) error {
		if _, err := t.exec("UPDATE mail SET state = 'unclear', note = 'mail.unclear' WHERE state = 'sending' AND changed_at < $1", micros(since)); err != nil {
			return err
		}
		due, err := t.mails("WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at, seq LIMIT 1"+lock, micros(now))
		if err != nil {
			return err
		}
		if len(due) == 0 {
			return fault.New(fault.NotFound, nil, "no mail is due").Code("mail.none")
		}
		out = due[0]
		out.State, out.Attempts, out.Changed = mailing.Sending, out.Attempts+1, now
		n, err := t.exec("UPDATE mail SET state = 'sending', attempts = $1, changed_at = $2 WHERE id = $3 AND state = 'waiting'",
			out.Attempts, micros(now), out.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, nil, "no mail is due").Code("mail.none")
		}
		return err
	})
	return out, err
}

// PutMail implements mailing.Store.
func (s *Store) PutMail(ctx context.Context, m mailing.Mail) error {
	return s.write(ctx, "mail", func(t *tx) error {
		_, err := t.exec("UPDATE mail SET state = $1, next_at = $2, changed_at = $3, note = $4 WHERE id = $5 AND state = 'sending'",
			string(m.State), micros(m.Next), micros(m.Changed), m.Note, m.ID)
		return err
	})
}

// Mails implements mailing.Store.
func (s *Store) Mails(ctx context.Context, state mailing.State, n int) ([]mailing.Mail, error) {
	out, err := s.read(ctx).mails("WHERE state = $1 OR $1 = '' ORDER BY seq DESC LIMIT $2", string(state), n)
	return out, s.wrap(err, "mail")
}

// RetryMail implements mailing.Store.
func (s *Store) RetryMail(ctx context.Context, id string, at time.Time) (mailing.Mail, error) {
	var out mailing.Mail
	err := s.write(ctx, "mail", func(t *tx) error {
		n, err := t.exec(`UPDATE mail SET state = 'waiting', attempts = 0, next_at = $1, changed_at = $1, note = ''
			WHERE id = $2 AND (state = 'failed' OR state = 'unclear')`, micros(at), id)
		if err != nil {
			return err
		}
		found, err := t.mails("WHERE id = $1", id)
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return fault.New(fault.NotFound, nil, "there is no such mail").Code("mail.not_found")
		case n == 0:
			return fault.New(fault.Conflict, nil, "the mail is %s", found[0].State).Code("mail.state").Hint("only one that failed or is unclear is sent again")
		}
		out = found[0]
		return nil
	})
	return out, err
}

// StopMail implements mailing.Store.
func (s *Store) StopMail(ctx context.Context, hash []byte, at time.Time) error {
	return s.write(ctx, "mail", func(t *tx) error {
		_, err := t.exec("INSERT INTO mail_stop (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", hash, micros(at))
		return err
	})
}

// MailStopped implements mailing.Store.
func (s *Store) MailStopped(ctx context.Context, hash []byte) (bool, error) {
	var n int64
	err := s.read(ctx).row("SELECT COUNT(*) FROM mail_stop WHERE hash = $1", args(hash), &n)
	return n > 0, s.wrap(err, "mail")
}
