package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/request"
)

// InsertRequest implements request.Store. Of two at the same moment on PostgreSQL both may become the last.
func (s *Store) InsertRequest(ctx context.Context, r request.Request, each, strangers int) error {
	question, err := json.Marshal(r.Order)
	if err != nil {
		return fmt.Errorf("question to a wallet: %w", err)
	}
	known := 0
	if r.Known {
		known = 1
	}
	return s.write(ctx, "request", func(t *tx) error {
		if err := t.room(r, each, strangers); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO presentation_request (id, question, nonce, session, asker, known, created_at, expires_at, kept_until, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, r.ID, string(question), r.Nonce, r.Transaction, r.AskedBy, known,
			micros(r.CreatedAt), micros(r.ExpiresAt), micros(r.KeptUntil), string(r.State))
		return err
	})
}

// room refuses a request when too many wait already.
func (t *tx) room(r request.Request, each, strangers int) error {
	const waiting = "SELECT COUNT(*), COALESCE(MIN(expires_at), 0) FROM presentation_request WHERE state = $1 AND expires_at > $2 AND "
	now := micros(r.CreatedAt)
	var n int
	var first int64
	if each > 0 {
		if err := t.row(waiting+"asker = $3", args(string(request.Open), now, r.AskedBy), &n, &first); err != nil {
			return err
		}
		if n >= each {
			return fault.New(fault.TooMany, nil, "%d of your requests wait for wallets at the moment", n).Code("request.too_many").
				Hint("wait until one was answered or has run out").After(moment(first).Sub(r.CreatedAt))
		}
	}
	if r.Known || strangers <= 0 {
		return nil
	}
	if err := t.row(waiting+"known = 0", args(string(request.Open), now), &n, &first); err != nil {
		return err
	}
	if n >= strangers {
		return fault.New(fault.Unavailable, nil, "too many requests wait for wallets at the moment").Code("request.too_many_here").
			Hint("try again in some minutes, or ask with a token or signed in").After(moment(first).Sub(r.CreatedAt))
	}
	return nil
}

// Request implements request.Store.
func (s *Store) Request(ctx context.Context, id string) (request.Request, error) {
	r := request.Request{ID: id}
	var question, state, flow string
	var known, created, expires, kept, replied int64
	err := s.read(ctx).row(`SELECT question, nonce, session, asker, known, created_at, expires_at, kept_until, state, replied_at, flow, response_code, outcome
		FROM presentation_request WHERE id = $1`, args(id),
		&question, &r.Nonce, &r.Transaction, &r.AskedBy, &known, &created, &expires, &kept, &state, &replied, &flow,
		&r.Reply.ResponseCode, &r.Reply.Outcome)
	if err != nil {
		return request.Request{}, s.wrap(err, "request")
	}
	if err := json.Unmarshal([]byte(question), &r.Order); err != nil {
		return request.Request{}, fmt.Errorf("stored question to a wallet: %w", err)
	}
	r.Known = known != 0
	r.CreatedAt, r.ExpiresAt, r.KeptUntil = moment(created), moment(expires), moment(kept)
	r.State, r.Reply.At, r.Reply.Flow = request.State(state), moment(replied), request.Flow(flow)
	return r, nil
}

// ReplyRequest implements request.Store. The update decides who was first.
func (s *Store) ReplyRequest(ctx context.Context, id string, state request.State, r request.Reply) error {
	return s.write(ctx, "request", func(t *tx) error {
		n, err := t.exec(`UPDATE presentation_request SET state = $1, replied_at = $2, flow = $3, response_code = $4, outcome = $5
			WHERE id = $6 AND state = $7 AND expires_at > $2`, string(state), micros(r.At), string(r.Flow), r.ResponseCode, r.Outcome, id, string(request.Open))
		if err == nil && n == 0 {
			return fault.New(fault.Conflict, nil, "the request is answered or over").Code("request.answered")
		}
		return err
	})
}

// ArriveRequest implements request.Store.
func (s *Store) ArriveRequest(ctx context.Context, id string, code []byte) error {
	return s.write(ctx, "request", func(t *tx) error {
		n, err := t.exec("UPDATE presentation_request SET response_code = NULL WHERE id = $1 AND response_code = $2", id, code)
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, nil, "the code was used already").Code("request.response_code")
		}
		return err
	})
}

// EraseRequest implements request.Store.
func (s *Store) EraseRequest(ctx context.Context, id string) error {
	return s.write(ctx, "request", func(t *tx) error {
		_, err := t.exec("DELETE FROM presentation_request WHERE id = $1", id)
		return err
	})
}

// SweepRequests implements request.Store.
func (s *Store) SweepRequests(ctx context.Context, now time.Time) error {
	return s.write(ctx, "request", func(t *tx) error {
		_, err := t.exec("DELETE FROM presentation_request WHERE kept_until <= $1", micros(now))
		return err
	})
}
