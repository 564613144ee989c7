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
func (s *Store) InsertRequest(ctx context.Context, r request.Request, most int) error {
	question, err := json.Marshal(r.Order)
	if err != nil {
		return fmt.Errorf("question to a wallet: %w", err)
	}
	return s.write(ctx, "request", func(t *tx) error {
		var waiting int
		err := t.row("SELECT COUNT(*) FROM presentation_request WHERE state = $1 AND expires_at > $2", args(string(request.Open), micros(r.CreatedAt)), &waiting)
		if err != nil {
			return err
		}
		if waiting >= most {
			return fault.New(fault.Unavailable, nil, "too many requests wait for wallets at the moment").Code("request.too_many").Hint("try again in some minutes")
		}
		_, err = t.exec(`INSERT INTO presentation_request (id, question, nonce, session, created_at, expires_at, kept_until, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, r.ID, string(question), r.Nonce, r.Transaction, micros(r.CreatedAt), micros(r.ExpiresAt),
			micros(r.KeptUntil), string(r.State))
		return err
	})
}

// Request implements request.Store.
func (s *Store) Request(ctx context.Context, id string) (request.Request, error) {
	r := request.Request{ID: id}
	var question, state, flow string
	var created, expires, kept, replied int64
	err := s.read(ctx).row(`SELECT question, nonce, session, created_at, expires_at, kept_until, state, replied_at, flow, response_code, outcome
		FROM presentation_request WHERE id = $1`, args(id), &question, &r.Nonce, &r.Transaction, &created, &expires, &kept, &state, &replied, &flow,
		&r.Reply.ResponseCode, &r.Reply.Outcome)
	if err != nil {
		return request.Request{}, s.wrap(err, "request")
	}
	if err := json.Unmarshal([]byte(question), &r.Order); err != nil {
		return request.Request{}, fmt.Errorf("stored question to a wallet: %w", err)
	}
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

// SweepRequests implements request.Store.
func (s *Store) SweepRequests(ctx context.Context, now time.Time) error {
	return s.write(ctx, "request", func(t *tx) error {
		_, err := t.exec("DELETE FROM presentation_request WHERE kept_until <= $1", micros(now))
		return err
	})
}
