package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// TryTxCode implements wallet.Store. The condition and the count are one statement, so that no try slips past.
func (s *Store) TryTxCode(ctx context.Context, offerHash []byte, most int) error {
	return s.write(ctx, "offer", func(t *tx) error {
		n, err := t.exec("UPDATE offer SET tx_tries = tx_tries + 1 WHERE hash = $1 AND tx_tries < $2", offerHash, most)
		if err == nil && n == 0 {
			return fault.New(fault.Gone, nil, "the transaction code was guessed too often").Code("offer.guessed")
		}
		return err
	})
}

// Redeem implements wallet.Store. The primary key decides who was first.
func (s *Store) Redeem(ctx context.Context, r wallet.Redemption) error {
	award, err := awardKey.bytes(r.AwardID)
	if err != nil {
		return err
	}
	return s.write(ctx, "redemption", func(t *tx) error {
		n, err := t.exec(`INSERT INTO wallet_redemption (code_hash, token_hash, offer_hash, award_id, configuration, holder_key, at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code_hash) DO NOTHING`,
			r.CodeHash, r.TokenHash, r.OfferHash, award, r.Configuration, r.Key, micros(r.At), micros(r.ExpiresAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Gone, nil, "this code was used").Code("code.used")
		}
		_, err = t.exec("UPDATE offer SET tx_tries = 0 WHERE hash = $1 AND tx_tries > 0", r.OfferHash)
		return err
	})
}

// EndToken implements wallet.Store. The row stays, so that the code is not taken once more.
func (s *Store) EndToken(ctx context.Context, codeHash []byte, at time.Time, e event.Event) error {
	return s.write(ctx, "redemption", func(t *tx) error {
		n, err := t.exec("UPDATE wallet_redemption SET expires_at = $1 WHERE code_hash = $2 AND expires_at > $1", micros(at), codeHash)
		if err != nil || n == 0 {
			return err
		}
		e, award := e, []byte(nil)
		if err := t.row("SELECT award_id FROM wallet_redemption WHERE code_hash = $1", args(codeHash), &award); err != nil {
			return err
		}
		e.Subject = awardKey.text(award)
		return t.recordOf(award, e)
	})
}

// Redemption implements wallet.Store.
func (s *Store) Redemption(ctx context.Context, tokenHash []byte) (wallet.Redemption, error) {
	r := wallet.Redemption{TokenHash: tokenHash}
	var award []byte
	var at, expires int64
	err := s.read(ctx).row(`SELECT code_hash, offer_hash, award_id, configuration, holder_key, at, expires_at FROM wallet_redemption
		WHERE token_hash = $1`, args(tokenHash), &r.CodeHash, &r.OfferHash, &award, &r.Configuration, &r.Key, &at, &expires)
	r.AwardID, r.At, r.ExpiresAt = awardKey.text(award), moment(at), moment(expires)
	return r, s.wrap(err, "redemption")
}

// BindOffer implements wallet.Store.
func (s *Store) BindOffer(ctx context.Context, offerHash []byte, holder string, at time.Time) error {
	return s.write(ctx, "offer", func(t *tx) error {
		n, err := t.exec("UPDATE offer SET used_at = $1, holder = $2 WHERE hash = $3 AND used_at = 0 AND revoked_at = 0", micros(at), holder, offerHash)
		if err != nil || n > 0 {
			return err
		}
		var of string
		var revoked int64
		if err := t.row("SELECT holder, revoked_at FROM offer WHERE hash = $1", args(offerHash), &of, &revoked); err != nil {
			return err
		}
		if of != holder || revoked != 0 {
			return fault.New(fault.Gone, nil, "this offer was used").Code("offer.used")
		}
		return nil
	})
}

// ReleaseOffer implements wallet.Store.
func (s *Store) ReleaseOffer(ctx context.Context, offerHash []byte, holder string, at time.Time) error {
	return s.write(ctx, "offer", func(t *tx) error {
		_, err := t.exec("UPDATE offer SET used_at = 0, holder = '' WHERE hash = $1 AND holder = $2 AND used_at = $3", offerHash, holder, micros(at))
		return err
	})
}

// UseNonce implements wallet.Store.
func (s *Store) UseNonce(ctx context.Context, hash []byte, until time.Time) error {
	return s.write(ctx, "nonce", func(t *tx) error {
		n, err := t.exec("INSERT INTO wallet_nonce (hash, until) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", hash, micros(until))
		if err == nil && n == 0 {
			return fault.New(fault.Gone, nil, "this nonce was used").Code("nonce.used")
		}
		return err
	})
}

// Defer implements wallet.Store.
func (s *Store) Defer(ctx context.Context, d wallet.Deferral) error {
	holders, err := holdersText(d.Holders)
	if err != nil {
		return err
	}
	return s.write(ctx, "deferral", func(t *tx) error {
		if _, err := t.exec("INSERT INTO wallet_deferral (hash, token_hash, holders, at, expires_at) VALUES ($1, $2, $3, $4, $5)",
			d.Hash, d.TokenHash, holders, micros(d.At), micros(d.ExpiresAt)); err != nil {
			return err
		}
		_, err := t.exec("UPDATE wallet_redemption SET expires_at = $1 WHERE token_hash = $2", micros(d.ExpiresAt), d.TokenHash)
		return err
	})
}

// Deferral implements wallet.Store.
func (s *Store) Deferral(ctx context.Context, hash []byte) (wallet.Deferral, error) {
	d := wallet.Deferral{Hash: bytes.Clone(hash)}
	var at, expires int64
	var holders string
	err := s.read(ctx).row("SELECT token_hash, holders, at, expires_at FROM wallet_deferral WHERE hash = $1", args(hash),
		&d.TokenHash, &holders, &at, &expires)
	if err != nil {
		return d, s.wrap(err, "deferral")
	}
	d.At, d.ExpiresAt = moment(at), moment(expires)
	d.Holders, err = holdersOf(holders)
	return d, err
}

type holderRow struct {
	ID  string          `json:"id,omitempty"`
	Key json.RawMessage `json:"jwk,omitempty"`
}

func holdersText(hs []wallet.Holder) (string, error) {
	rows := make([]holderRow, len(hs))
	for i, h := range hs {
		rows[i].ID = h.ID
		if h.Key != nil {
			rows[i].Key = h.Key.JWK()
		}
	}
	return jsonText(rows)
}

func holdersOf(text string) ([]wallet.Holder, error) {
	var rows []holderRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, fmt.Errorf("holders of a deferral: %w", err)
	}
	out := make([]wallet.Holder, len(rows))
	for i, r := range rows {
		out[i].ID = r.ID
		if len(r.Key) == 0 {
			continue
		}
		v, err := ijson.Parse(r.Key, ijson.Bounds{})
		if err != nil {
			return nil, fmt.Errorf("holders of a deferral: %w", err)
		}
		k, err := keys.ParseJWK(v)
		if err != nil {
			return nil, fmt.Errorf("holders of a deferral: %w", err)
		}
		out[i].Key = &k
	}
	return out, nil
}

// Deliver implements wallet.Store.
func (s *Store) Deliver(ctx context.Context, d wallet.Delivery) error {
	return s.write(ctx, "delivery", func(t *tx) error {
		_, err := t.exec("INSERT INTO wallet_delivery (notification_hash, token_hash, credential_id, at, event) VALUES ($1, $2, $3, $4, $5)",
			d.NotificationHash, d.TokenHash, d.CredentialID, micros(d.At), d.Event)
		return err
	})
}

// Delivery implements wallet.Store.
func (s *Store) Delivery(ctx context.Context, notificationHash []byte) (wallet.Delivery, error) {
	d := wallet.Delivery{NotificationHash: bytes.Clone(notificationHash)}
	var at int64
	err := s.read(ctx).row("SELECT token_hash, credential_id, at, event FROM wallet_delivery WHERE notification_hash = $1", args(notificationHash),
		&d.TokenHash, &d.CredentialID, &at, &d.Event)
	d.At = moment(at)
	return d, s.wrap(err, "delivery")
}

// Notified implements wallet.Store.
func (s *Store) Notified(ctx context.Context, notificationHash []byte, event string) error {
	return s.write(ctx, "delivery", func(t *tx) error {
		_, err := t.exec("UPDATE wallet_delivery SET event = $1 WHERE notification_hash = $2 AND event = ''", event, notificationHash)
		return err
	})
}

// SweepWallet implements wallet.Store. Used codes are kept beyond the end of their tokens, for as long as the codes themselves
// could be shown again.
func (s *Store) SweepWallet(ctx context.Context, before time.Time) error {
	return s.write(ctx, "wallets", func(t *tx) error {
		if _, err := t.exec("DELETE FROM wallet_nonce WHERE until < $1", micros(before)); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM wallet_redemption WHERE expires_at < $1", micros(before.Add(-limits.WalletCodeLife))); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM wallet_deferral WHERE expires_at < $1", micros(before)); err != nil {
			return err
		}
		_, err := t.exec("DELETE FROM wallet_delivery WHERE at < $1", micros(before.Add(-limits.DeliveryKept)))
		return err
	})
}
