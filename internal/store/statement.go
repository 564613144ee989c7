package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// statementBody is what of a statement is stored as JSON: what is never searched for.
type statementBody struct {
	Awards []string `json:"awards,omitempty"`
}

const insertStatement = `INSERT INTO statement (id, kind, issuer_id, external_id, request_digest, name, about, body, form, cryptosuite, alg,
	key_id, list_id, list_index, signed, expires_at, created_at, created_by, revoked_at, revoke_reason, revoke_code, revoked_by, subject)`

// awardKeys are the keys of awards in the one order in which several are locked.
func awardKeys(ids []string) ([][]byte, error) {
	out := make([][]byte, len(ids))
	var err error
	for i, id := range ids {
		if out[i], err = awardKey.bytes(id); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return out, nil
}

// InsertStatement implements issuer.StatementStore. The awards of a record are locked, so that the erasure of one comes before,
// and there is no record, or after, and empties it. An index of an award's credential is taken, too, so that one bit never
// speaks of two documents.
func (s *Store) InsertStatement(ctx context.Context, x issuer.Statement, e event.Event) error {
	body, err := jsonText(statementBody{x.Awards})
	if err != nil {
		return fmt.Errorf("statement %s: %w", x.ID, err)
	}
	happened, err := eventRow(e)
	if err != nil {
		return err
	}
	row := []any{
		x.ID, string(x.Kind), x.IssuerID, nullable(x.ExternalID), x.RequestDigest, x.Name, x.About, body, string(x.Form), x.Cryptosuite,
		string(x.Alg), x.KeyID, x.StatusList, x.StatusIndex, x.Signed, micros(x.ExpiresAt), micros(x.CreatedAt), x.CreatedBy, 0, "", "", "",
		x.Subject,
	}
	about, err := awardKeys(x.Awards)
	if err != nil {
		return err
	}
	return s.write(ctx, "statement", func(t *tx) error {
		for _, award := range about {
			if err := s.notErased(t, award); err != nil {
				return err
			}
		}
		var taken int64
		if err := t.row("SELECT COUNT(*) FROM credential WHERE list_id = $1 AND list_index = $2", args(x.StatusList, x.StatusIndex), &taken); err != nil {
			return err
		}
		if taken != 0 {
			return fault.New(fault.Conflict, nil, "the status index was given before").Code("status.index_taken")
		}
		if err := t.insert(insertStatement, [][]any{row}); err != nil {
			return err
		}
		return t.insert(insertEvent, [][]any{happened})
	})
}

const selectStatement = `SELECT seq, id, kind, issuer_id, external_id, request_digest, name, about, body, form, cryptosuite, alg, key_id,
	list_id, list_index, signed, expires_at, created_at, created_by, revoked_at, revoke_reason, revoke_code, revoked_by, subject FROM statement `

func scanStatement(scan func(...any) error) (x issuer.Statement, seq int64, err error) {
	var kind, body, form, alg, reason, code, by string
	var external *string
	var expires, created, revoked int64
	err = scan(&seq, &x.ID, &kind, &x.IssuerID, &external, &x.RequestDigest, &x.Name, &x.About, &body, &form, &x.Cryptosuite, &alg, &x.KeyID,
		&x.StatusList, &x.StatusIndex, &x.Signed, &expires, &created, &x.CreatedBy, &revoked, &reason, &code, &by, &x.Subject)
	if err != nil {
		return x, seq, err
	}
	var b statementBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return x, seq, fmt.Errorf("statement %s as stored: %w", x.ID, err)
	}
	x.Kind, x.Form, x.Alg, x.Awards = issuer.StatementKind(kind), proof.Form(form), keys.Algorithm(alg), b.Awards
	x.ExpiresAt, x.CreatedAt = moment(expires), moment(created)
	if external != nil {
		x.ExternalID = *external
	}
	if revoked != 0 {
		x.Revocation = &issuer.Revocation{At: moment(revoked), Reason: reason, Code: issuer.ReasonCode(code), By: by}
	}
	return x, seq, nil
}

func (t *tx) statement(where string, list []any) (issuer.Statement, error) {
	var out issuer.Statement
	found := false
	err := t.rows(selectStatement+where, list, func(scan func(...any) error) error {
		var err error
		out, _, err = scanStatement(scan)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound, nil, "there is no such record or endorsement").Code("statement.not_found")
	}
	return out, err
}

// Statement implements issuer.StatementStore.
func (s *Store) Statement(ctx context.Context, id string) (issuer.Statement, error) {
	x, err := s.read(ctx).statement("WHERE id = $1", args(id))
	return x, s.wrap(err, "statement")
}

// ReplayStatement implements issuer.StatementStore.
func (s *Store) ReplayStatement(ctx context.Context, kind issuer.StatementKind, issuerID, externalID string) (issuer.Statement, error) {
	x, err := s.read(ctx).statement("WHERE issuer_id = $1 AND kind = $2 AND external_id = $3", args(issuerID, string(kind), externalID))
	return x, s.wrap(err, "statement")
}

// Statements implements issuer.StatementStore.
func (s *Store) Statements(ctx context.Context, in issuer.StatementFilter) ([]issuer.Statement, string, error) {
	limit := in.Limit
	if limit == 0 {
		limit = pageDefault
	}
	if limit < 1 || limit > pageMaximum {
		return nil, "", fault.New(fault.Invalid, nil, "a page has 1 to %d of them", pageMaximum).Code("page.limit").At("/limit")
	}
	f := &filter{}
	for _, c := range [...]struct{ condition, value string }{
		{"kind = ?", string(in.Kind)}, {"issuer_id = ?", in.IssuerID}, {"about = ?", in.About},
	} {
		if c.value != "" {
			f.add(c.condition, c.value)
		}
	}
	if in.KeyID != "" {
		marks, err := s.read(ctx).namedAs(f, in.KeyID)
		if err != nil {
			return nil, "", s.wrap(err, "statement")
		}
		f.where = append(f.where, "key_id IN ("+marks+")")
	}
	if in.Cursor != "" {
		seq, err := parseCursor(in.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.add("seq < ?", seq)
	}
	query := selectStatement
	if len(f.where) > 0 {
		query += "WHERE " + strings.Join(f.where, " AND ") + " "
	}
	f.args = append(f.args, limit+1)
	query += fmt.Sprintf("ORDER BY seq DESC LIMIT $%d", len(f.args))
	var out []issuer.Statement
	next := ""
	var last int64
	err := s.read(ctx).rows(query, f.args, func(scan func(...any) error) error {
		x, seq, err := scanStatement(scan)
		if len(out) == limit {
			next = cursor(last)
			return err
		}
		x.Signed, last = nil, seq
		out = append(out, x)
		return err
	})
	return out, next, s.wrap(err, "statement")
}

// RevokeStatement implements issuer.StatementStore.
func (s *Store) RevokeStatement(ctx context.Context, id string, r issuer.Revocation, e event.Event) (issuer.Statement, error) {
	var out issuer.Statement
	err := s.write(ctx, "statement", func(t *tx) error {
		n, err := t.exec("UPDATE statement SET revoked_at = $1, revoke_reason = $2, revoke_code = $3, revoked_by = $4 WHERE id = $5 AND revoked_at = 0",
			micros(r.At), r.Reason, string(r.Code), r.By, id)
		if err != nil {
			return err
		}
		if out, err = t.statement("WHERE id = $1", args(id)); err != nil || n == 0 {
			return err
		}
		version, err := t.advance(out.StatusList, r.At)
		if err != nil {
			return err
		}
		if err := t.insert("INSERT INTO status_change (list_id, list_index, value, version, at)",
			[][]any{{out.StatusList, out.StatusIndex, statuslist.Invalid, version, micros(r.At)}}); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM attachment WHERE statement = $1", id); err != nil {
			return err
		}
		e.IssuerID = out.IssuerID
		return t.record(e)
	})
	return out, err
}
