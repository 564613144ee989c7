package store

import (
	"context"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// ChangeKeys implements keyring.Store.
func (s *Store) ChangeKeys(ctx context.Context, c keyring.Change) error {
	return s.write(ctx, "key", func(t *tx) error {
		if err := t.holdLog(); err != nil {
			return err
		}
		for _, u := range c.Update {
			k := u.Key
			n, err := t.exec(`UPDATE signing_key SET state = $1, used_from = $2, retired_at = $3, withdrawn_at = $4, compromised_at = $5
				WHERE id = $6 AND state = $7`,
				string(k.State), micros(k.UsedFrom), micros(k.RetiredAt), micros(k.WithdrawnAt), micros(k.CompromisedAt), k.ID, string(u.Was))
			if err != nil {
				return err
			}
			if n == 0 {
				return fault.New(fault.Conflict, nil, "%s", conflicts["signing_key_active"].sentence).Code(conflicts["signing_key_active"].code)
			}
		}
		for _, k := range c.Insert {
			if _, err := t.exec(`INSERT INTO signing_key (id, issuer_id, alg, state, jwk, holder, sealed, created_at, used_from, retired_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, k.ID, k.IssuerID, string(k.Alg), string(k.State), string(k.PublicJWK),
				k.Holder, k.Sealed, micros(k.CreatedAt), micros(k.UsedFrom), micros(k.RetiredAt)); err != nil {
				return err
			}
		}
		for _, v := range c.Documents {
			if _, err := t.exec("INSERT INTO did_document (did, version, body, created_at) VALUES ($1, $2, $3, $4)",
				v.DID, v.Number, string(v.Body), micros(v.At)); err != nil {
				return err
			}
		}
		return t.record(c.Event)
	})
}

// Keys implements keyring.Store.
func (s *Store) Keys(ctx context.Context, issuerID string) ([]keyring.Key, error) {
	var out []keyring.Key
	err := s.read(ctx).rows(`SELECT id, issuer_id, alg, state, jwk, holder, sealed, created_at, used_from, retired_at, withdrawn_at, compromised_at
		FROM signing_key WHERE issuer_id = $1 OR $1 = '' ORDER BY created_at DESC, id`, args(issuerID), func(scan func(...any) error) error {
		var k keyring.Key
		var alg, state, jwk string
		var created, used, retired, withdrawn, compromised int64
		if err := scan(&k.ID, &k.IssuerID, &alg, &state, &jwk, &k.Holder, &k.Sealed, &created, &used, &retired, &withdrawn, &compromised); err != nil {
			return err
		}
		if used == 0 {
			used = created // made by the program of the release before
		}
		k.Alg, k.State, k.PublicJWK = keys.Algorithm(alg), keyring.State(state), []byte(jwk)
		k.CreatedAt, k.UsedFrom, k.RetiredAt = moment(created), moment(used), moment(retired)
		k.WithdrawnAt, k.CompromisedAt = moment(withdrawn), moment(compromised)
		out = append(out, k)
		return nil
	})
	return out, s.wrap(err, "key")
}

// Versions implements keyring.Store.
func (s *Store) Versions(ctx context.Context, did string) ([]keyring.Version, error) {
	var out []keyring.Version
	err := s.read(ctx).rows("SELECT version, body, created_at FROM did_document WHERE did = $1 ORDER BY version", args(did),
		func(scan func(...any) error) error {
			v := keyring.Version{DID: did}
			var body string
			var at int64
			err := scan(&v.Number, &body, &at)
			v.Body, v.At = []byte(body), moment(at)
			out = append(out, v)
			return err
		})
	return out, s.wrap(err, "DID document")
}
