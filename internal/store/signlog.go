package store

import (
	"bytes"
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// intent is a signature to be recorded, and why it is not.
type intent struct {
	signlog.Intent
	refused error
}

// Record implements signlog.Store.
func (s *Store) Record(ctx context.Context, in signlog.Intent) error {
	m := &member{ctx: ctx, intent: &intent{Intent: in}, done: make(chan error, 1)}
	if err := s.join(m, "issuance log"); err != nil {
		return err
	}
	return m.intent.refused
}

// holdLog makes whatever else records, stops issuing or changes keys wait for the end of this transaction, so that nothing
// is recorded on what is not true any more.
func (t *tx) holdLog() error {
	_, err := t.exec("UPDATE issuance_log_head SET id = id WHERE id = 1")
	return err
}

const insertEntry = `INSERT INTO issuance_log (seq, at, key_id, purpose, digest, hash)`

// appendLog records intents. Those that must not be signed are told so and left out.
func (t *tx) appendLog(all []*intent) error {
	if len(all) == 0 {
		return nil
	}
	if err := t.holdLog(); err != nil {
		return err
	}
	head, err := t.logHead()
	if err != nil {
		return err
	}
	stops, err := t.stops()
	if err != nil {
		return err
	}
	active := map[string]bool{}
	var rows [][]any
	for _, in := range all {
		if in.refused, err = t.refusal(in.Intent, stops, active); err != nil {
			return err
		}
		if in.refused != nil {
			continue
		}
		e := signlog.Entry{Seq: head.Seq + 1, At: in.At, Key: in.Key, Purpose: in.Purpose, Digest: in.Digest}
		if e.At.Before(head.At) {
			e.At = head.At // a clock that went back
		}
		e.At = moment(micros(e.At))
		e.Hash = signlog.Chain(head.Hash, e)
		rows = append(rows, []any{e.Seq, micros(e.At), e.Key, e.Purpose, e.Digest, e.Hash})
		head.Seq, head.At, head.Hash = e.Seq, e.At, e.Hash
	}
	if err := t.insert(insertEntry, rows); err != nil || len(rows) == 0 {
		return err
	}
	_, err = t.exec("UPDATE issuance_log_head SET seq = $1, at = $2, hash = $3 WHERE id = 1", head.Seq, micros(head.At), head.Hash)
	return err
}

// refusal says why something must not be signed now, or nil. active remembers the keys that were looked at.
func (t *tx) refusal(in signlog.Intent, stops []signlog.Stop, active map[string]bool) (refused, err error) {
	for _, s := range stops {
		if in.Purpose == signlog.Credential && (s.IssuerID == "" || s.IssuerID == in.IssuerID) {
			return fault.New(fault.Unavailable, nil, "issuing is stopped: %s", s.Reason).Code("issuing.stopped").
				Hint("nothing was stored; send the same request again when issuing goes on"), nil
		}
	}
	is, known := active[in.Key]
	if !known {
		n := 0
		if err := t.row("SELECT COUNT(*) FROM signing_key WHERE id = $1 AND state = $2", args(in.Key, string(keyring.Active)), &n); err != nil {
			return nil, err
		}
		is = n == 1
		active[in.Key] = is
	}
	if !is {
		return fault.New(fault.Unavailable, nil, "the key has just been replaced").Code("key.changed").Hint("try again; nothing was stored"), nil
	}
	return nil, nil
}

func (t *tx) logHead() (signlog.Head, error) {
	var h signlog.Head
	var at int64
	err := t.row("SELECT seq, at, hash, before_seq, before_statement FROM issuance_log_head WHERE id = 1", nil,
		&h.Seq, &at, &h.Hash, &h.Before, &h.Statements)
	h.At = moment(at)
	return h, err
}

// LogHead implements signlog.Store.
func (s *Store) LogHead(ctx context.Context) (signlog.Head, error) {
	h, err := s.read(ctx).logHead()
	return h, s.wrap(err, "issuance log")
}

const selectEntry = "SELECT seq, at, key_id, purpose, digest, hash FROM issuance_log "

func (t *tx) entries(where string, list []any) ([]signlog.Entry, error) {
	var out []signlog.Entry
	err := t.rows(selectEntry+where, list, func(scan func(...any) error) error {
		var e signlog.Entry
		var at int64
		var digest, hash []byte
		err := scan(&e.Seq, &at, &e.Key, &e.Purpose, &digest, &hash)
		e.At, e.Digest, e.Hash = moment(at), bytes.Clone(digest), bytes.Clone(hash)
		out = append(out, e)
		return err
	})
	return out, err
}

// LogEntries implements signlog.Store.
func (s *Store) LogEntries(ctx context.Context, after int64, n int) ([]signlog.Entry, error) {
	out, err := s.read(ctx).entries("WHERE seq > $1 ORDER BY seq LIMIT $2", args(after, n))
	return out, s.wrap(err, "issuance log")
}

// Recorded implements signlog.Store.
func (s *Store) Recorded(ctx context.Context, digest []byte) (signlog.Entry, error) {
	out, err := s.read(ctx).entries("WHERE digest = $1 ORDER BY seq LIMIT 1", args(digest))
	if err == nil && len(out) == 0 {
		return signlog.Entry{}, fault.New(fault.NotFound, nil, "this was not recorded").Code("log.not_found")
	}
	if err != nil {
		return signlog.Entry{}, s.wrap(err, "issuance log")
	}
	return out[0], nil
}

// StopIssuing implements signlog.Store.
func (s *Store) StopIssuing(ctx context.Context, st signlog.Stop, e event.Event) error {
	return s.write(ctx, "stop", func(t *tx) error {
		if err := t.holdLog(); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO issuing_stop (issuer_id, at, actor, reason, closed_until) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (issuer_id)
			DO UPDATE SET at = excluded.at, actor = excluded.actor, reason = excluded.reason, closed_until = excluded.closed_until
			WHERE excluded.closed_until > 0`, st.IssuerID, micros(st.At), st.Actor, st.Reason, micros(st.Until))
		if err != nil || n == 0 {
			return err
		}
		return t.record(e)
	})
}

// ResumeIssuing implements signlog.Store.
func (s *Store) ResumeIssuing(ctx context.Context, issuerID string, e event.Event) error {
	return s.write(ctx, "stop", func(t *tx) error {
		n, err := t.exec("DELETE FROM issuing_stop WHERE issuer_id = $1", issuerID)
		if err != nil || n == 0 {
			return err
		}
		return t.record(e)
	})
}

// Stops implements signlog.Store.
func (s *Store) Stops(ctx context.Context) ([]signlog.Stop, error) {
	out, err := s.read(ctx).stops()
	return out, s.wrap(err, "stop")
}

func (t *tx) stops() ([]signlog.Stop, error) {
	var out []signlog.Stop
	err := t.rows("SELECT issuer_id, at, actor, reason, closed_until FROM issuing_stop ORDER BY issuer_id", nil, func(scan func(...any) error) error {
		var s signlog.Stop
		var at, until int64
		err := scan(&s.IssuerID, &at, &s.Actor, &s.Reason, &until)
		s.At, s.Until = moment(at), moment(until)
		out = append(out, s)
		return err
	})
	return out, err
}

// atOnce is how many rows EachSigned reads at once.
const atOnce = 500

// Signed is something that was signed as a credential.
type Signed struct {
	Kind        signlog.Kind
	Seq         int64
	ID          string
	Form        proof.Form
	Cryptosuite string
	KeyID       string
	At          time.Time // when it was issued
	Bytes       []byte
}

// EachSigned calls f for every credential of an award and every statement that is stored, each in order. Those that were erased
// are no more.
func (s *Store) EachSigned(ctx context.Context, f func(Signed) error) error {
	for _, kind := range [...]signlog.Kind{signlog.AwardCredential, signlog.Statement} {
		for after, more := int64(0), true; more; {
			page, err := s.signedPage(ctx, kind, after)
			if err != nil {
				return s.wrap(err, string(kind))
			}
			for _, x := range page {
				if err := f(x); err != nil {
					return err
				}
				after = x.Seq
			}
			more = len(page) == atOnce
		}
	}
	return nil
}

func (s *Store) signedPage(ctx context.Context, kind signlog.Kind, after int64) ([]Signed, error) {
	query := "SELECT seq, id, form, cryptosuite, key_id, issued_at, signed FROM credential WHERE seq > $1 AND LENGTH(signed) > 0 ORDER BY seq LIMIT $2"
	if kind == signlog.Statement {
		query = "SELECT seq, id, form, cryptosuite, key_id, created_at, signed FROM statement WHERE seq > $1 AND LENGTH(signed) > 0 ORDER BY seq LIMIT $2"
	}
	var page []Signed
	err := s.read(ctx).rows(query, args(after, atOnce), func(scan func(...any) error) error {
		x := Signed{Kind: kind}
		var id, signed []byte
		var form string
		var at int64
		err := scan(&x.Seq, &id, &form, &x.Cryptosuite, &x.KeyID, &at, &signed)
		x.ID, x.Form, x.At, x.Bytes = string(id), proof.Form(form), moment(at), bytes.Clone(signed)
		if kind == signlog.AwardCredential {
			x.ID = credentialKey.text(id)
		}
		page = append(page, x)
		return err
	})
	return page, err
}
