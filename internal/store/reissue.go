package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// namedAs adds the names of a key as values, and returns their places: the key's id, and that of its Multikey, by which
// embedded proofs know it.
func (t *tx) namedAs(f *filter, keyID string) (string, error) {
	var jwk string
	names := []string{keyID}
	switch err := t.row("SELECT jwk FROM signing_key WHERE id = $1", args(keyID), &jwk); {
	case errors.Is(err, sql.ErrNoRows): // nobody's key: nothing is found
	case err != nil:
		return "", err
	default:
		doc, err := ijson.Parse([]byte(jwk), ijson.Bounds{})
		if err != nil {
			return "", fmt.Errorf("key %s as stored: %w", keyID, err)
		}
		public, err := keys.ParseJWK(doc)
		if err != nil {
			return "", fmt.Errorf("key %s as stored: %w", keyID, err)
		}
		if text := public.Multikey(); text != "" {
			owner, _, _ := strings.Cut(keyID, "#")
			names = append(names, owner+"#"+text)
		}
	}
	marks := make([]string, len(names))
	for i, name := range names {
		f.args = append(f.args, name)
		marks[i] = fmt.Sprintf("$%d", len(f.args))
	}
	return strings.Join(marks, ", "), nil
}

// SignedBy implements issuer.Store.
func (s *Store) SignedBy(ctx context.Context, keyID, after string, n int) ([]issuer.Signature, string, error) {
	f := &filter{}
	marks, err := s.read(ctx).namedAs(f, keyID)
	if err != nil {
		return nil, "", s.wrap(err, "credential")
	}
	var from int64
	if after != "" {
		if from, err = parseCursor(after); err != nil {
			return nil, "", err
		}
	}
	f.args = append(f.args, from, n+1)
	var out []issuer.Signature
	var serials []int64
	err = s.read(ctx).rows(`SELECT c.seq, c.id, c.award_id, c.form, c.cryptosuite, c.alg, c.holder, c.key_id, c.list_id, c.list_index, c.signed, c.issued_at,
		c.superseded_at + a.revoked_at, a.suspended_at, a.expires_at FROM credential c JOIN award a ON a.id = c.award_id
		WHERE LENGTH(c.signed) > 0 AND c.key_id IN (`+marks+fmt.Sprintf(`) AND c.seq > $%d ORDER BY c.seq LIMIT $%d`, len(f.args)-1, len(f.args)), f.args,
		func(scan func(...any) error) error {
			x, seq, err := scanSignature(scan)
			out, serials = append(out, x), append(serials, seq)
			return err
		})
	if err != nil {
		return nil, "", s.wrap(err, "credential")
	}
	if len(out) > n {
		return out[:n], cursor(serials[n-1]), nil
	}
	return out, "", nil
}

func scanSignature(scan func(...any) error) (x issuer.Signature, seq int64, err error) {
	var id, award []byte
	var form, alg string
	var issued, revoked, suspended, expires int64
	err = scan(&seq, &id, &award, &form, &x.Cryptosuite, &alg, &x.Holder, &x.KeyID, &x.StatusList, &x.StatusIndex, &x.Signed, &issued,
		&revoked, &suspended, &expires)
	x.ID, x.AwardID = credentialKey.text(id), awardKey.text(award)
	x.Form, x.Alg, x.IssuedAt, x.ExpiresAt, x.State = proof.Form(form), keys.Algorithm(alg), moment(issued), moment(expires), issuer.Active
	switch {
	case revoked != 0:
		x.State = issuer.Revoked
	case suspended != 0:
		x.State = issuer.Suspended
	}
	return x, seq, err
}

// ReissueCredential implements issuer.Store.
func (s *Store) ReissueCredential(ctx context.Context, old, fresh issuer.Credential, e event.Event) error {
	award, err := awardKey.bytes(old.AwardID)
	if err != nil {
		return err
	}
	id, err := credentialKey.bytes(old.ID)
	if err != nil {
		return err
	}
	return s.write(ctx, "award", func(t *tx) error {
		if err := t.mayIssue(award, s.dialect); err != nil {
			return err
		}
		n, err := t.exec(`UPDATE credential SET key_id = $1, list_id = $2, list_index = $3, signed = $4, issued_at = $5
			WHERE id = $6 AND award_id = $7 AND list_id = $8 AND list_index = $9 AND changed = 0 AND LENGTH(signed) > 0`,
			fresh.KeyID, fresh.StatusList, fresh.StatusIndex, fresh.Signed, micros(fresh.IssuedAt), id, award, old.StatusList, old.StatusIndex)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, nil, "the credential has changed meanwhile").Code("award.changed").Hint("try again")
		}
		version, err := t.advance(old.StatusList, fresh.IssuedAt)
		if err != nil {
			return err
		}
		if err := t.insert("INSERT INTO status_change (list_id, list_index, value, version, at)",
			[][]any{{old.StatusList, old.StatusIndex, statuslist.Invalid, version, micros(fresh.IssuedAt)}}); err != nil {
			return err
		}
		return t.record(e)
	})
}

// mayIssue holds an award, and refuses one that is revoked or suspended.
func (t *tx) mayIssue(award []byte, d dialect) error {
	lock := ""
	if d == postgres {
		lock = " FOR UPDATE"
	}
	var revoked, suspended int64
	if err := t.row("SELECT revoked_at, suspended_at FROM award WHERE id = $1"+lock, args(award), &revoked, &suspended); err != nil {
		return err
	}
	switch {
	case revoked != 0:
		return fault.New(fault.Conflict, nil, "the award is revoked").Code("award.revoked")
	case suspended != 0:
		return fault.New(fault.Conflict, nil, "the award is suspended").Code("award.suspended")
	}
	return nil
}
