package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// Bounds of a page of awards, and of what is searched for (SQLite refuses long patterns).
const (
	pageDefault  = 50
	pageMaximum  = 200
	queryMaximum = 1000
)

// filter collects conditions and their values.
type filter struct {
	where []string
	args  []any
}

func (f *filter) add(condition string, value any) {
	f.args = append(f.args, value)
	f.where = append(f.where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(f.args))))
}

// between asks for a time since one moment and before another; a zero one asks for nothing.
func (f *filter) between(column string, since, before time.Time) {
	if !since.IsZero() {
		f.add(column+" >= ?", micros(since))
	}
	if !before.IsZero() {
		f.add(column+" < ?", micros(before))
	}
}

// among asks for one of the values; nil asks for nothing, and an empty list matches nothing.
func (f *filter) among(column string, values []string) {
	if values == nil {
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		f.args = append(f.args, v)
		marks[i] = fmt.Sprintf("$%d", len(f.args))
	}
	if len(marks) == 0 {
		marks = []string{"NULL"}
	}
	f.where = append(f.where, column+" IN ("+strings.Join(marks, ", ")+")")
}

// Awards implements issuer.Store.
func (s *Store) Awards(ctx context.Context, in issuer.Filter) ([]issuer.Award, string, error) {
	limit := in.Limit
	if limit == 0 {
		limit = pageDefault
	}
	if limit < 1 || limit > pageMaximum {
		return nil, "", fault.New(fault.Invalid, nil, "a page has 1 to %d awards", pageMaximum).Code("page.limit").At("/limit")
	}
	f, err := s.conditions(ctx, in)
	if err != nil {
		return nil, "", s.wrap(err, "award")
	}
	query := selectAward
	if len(f.where) > 0 {
		query += "WHERE " + strings.Join(f.where, " AND ") + " "
	}
	f.args = append(f.args, limit+1)
	query += fmt.Sprintf("ORDER BY seq DESC LIMIT $%d", len(f.args))
	var out []issuer.Award
	var last int64
	err = s.read(ctx).rows(query, f.args, func(scan func(...any) error) error {
		a, seq, err := scanAward(scan)
		if len(out) < limit {
			last = seq
		}
		out = append(out, a)
		return err
	})
	if err != nil {
		return nil, "", s.wrap(err, "award")
	}
	next := ""
	if len(out) > limit {
		out = out[:limit]
		next = cursor(last)
	}
	return out, next, s.wrap(s.read(ctx).attach(out), "award")
}

// CountAwards implements issuer.Store.
func (s *Store) CountAwards(ctx context.Context, in issuer.Filter) (int, error) {
	in.Cursor = ""
	f, err := s.conditions(ctx, in)
	if err != nil {
		return 0, s.wrap(err, "award")
	}
	query := "SELECT COUNT(*) FROM award"
	if len(f.where) > 0 {
		query += " WHERE " + strings.Join(f.where, " AND ")
	}
	n := 0
	err = s.read(ctx).row(query, f.args, &n)
	return n, s.wrap(err, "award")
}

// attach adds their credentials, without signed bytes, to a page of awards.
func (t *tx) attach(page []issuer.Award) error {
	if len(page) == 0 {
		return nil
	}
	place := make(map[string]int, len(page))
	list, marks := make([]any, len(page)), make([]string, len(page))
	for i, a := range page {
		key, err := awardKey.bytes(a.ID)
		if err != nil {
			return err
		}
		place[a.ID], list[i], marks[i] = i, key, fmt.Sprintf("$%d", i+1)
	}
	return t.rows("SELECT award_id, id, form, cryptosuite, alg, holder, key_id, list_id, list_index, issued_at, superseded_at FROM credential WHERE award_id IN ("+
		strings.Join(marks, ", ")+") ORDER BY seq", list, func(scan func(...any) error) error {
		var c issuer.Credential
		var award, key []byte
		var form, alg string
		var issued, superseded int64
		if err := scan(&award, &key, &form, &c.Cryptosuite, &alg, &c.Holder, &c.KeyID, &c.StatusList, &c.StatusIndex, &issued, &superseded); err != nil {
			return err
		}
		c.SupersededAt = moment(superseded)
		c.AwardID, c.ID, c.Form, c.Alg, c.IssuedAt = awardKey.text(award), credentialKey.text(key), proof.Form(form), keys.Algorithm(alg), moment(issued)
		a := &page[place[c.AwardID]]
		a.Credentials = append(a.Credentials, c)
		return nil
	})
}

func (s *Store) conditions(ctx context.Context, in issuer.Filter) (*filter, error) {
	f := &filter{}
	for _, c := range [...]struct{ condition, value string }{
		{"issuer_id = ?", in.IssuerID}, {"achievement_id = ?", in.AchievementID}, {"external_id = ?", in.ExternalID}, {"batch_id = ?", in.BatchID},
		{"recipient_email = ?", in.RecipientEmail}, {"recipient_id = ?", in.RecipientID}, {"suspend_change = ?", in.ChangeID},
	} {
		if c.value != "" {
			f.add(c.condition, c.value)
		}
	}
	f.among("issuer_id", in.Issuers)
	if err := clean([]any{in.Query}); err != nil {
		return nil, err // lower case would hide it
	}
	if len(in.Query) > queryMaximum {
		return nil, fault.New(fault.Invalid, nil, "a search takes at most %d bytes", queryMaximum).Code("page.query").At("/query")
	}
	if in.Query != "" {
		f.add(`search LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(in.Query))+"%")
	}
	if in.Version != 0 {
		f.add("version = ?", int64(in.Version))
	}
	if in.KeyID != "" {
		marks, err := s.read(ctx).namedAs(f, in.KeyID)
		if err != nil {
			return nil, err
		}
		f.where = append(f.where, "id IN (SELECT award_id FROM credential WHERE key_id IN ("+marks+"))")
	}
	switch in.State {
	case "":
	case issuer.Active:
		f.add("revoked_at = ? AND suspended_at = ?", int64(0))
	case issuer.Suspended:
		f.add("revoked_at = ? AND suspended_at > ?", int64(0))
	case issuer.Revoked:
		f.add("revoked_at > ?", int64(0))
	default:
		return nil, fault.New(fault.Invalid, nil, "awards are active, suspended or revoked").Code("query.value").At("/status")
	}
	f.between("created_at", in.Since, in.Before)
	if !in.ExpiredAt.IsZero() {
		f.add("expires_at > 0 AND expires_at <= ?", micros(in.ExpiredAt))
	}
	if !in.UnexpiredAt.IsZero() {
		f.add("(expires_at = 0 OR expires_at > ?)", micros(in.UnexpiredAt))
	}
	if in.Cursor != "" {
		seq, err := parseCursor(in.Cursor)
		if err != nil {
			return nil, err
		}
		f.add("seq < ?", seq)
	}
	return f, nil
}

// escapeLike makes what a person typed stand for itself.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// cursor is the place after one row: opaque, so that nobody builds one.
func cursor(seq int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64([]byte{1}, uint64(seq))) //nolint:gosec // a serial is positive
}

func parseCursor(s string) (int64, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 9 || b[0] != 1 || b[1] > 0x7f {
		return 0, fault.New(fault.Invalid, nil, "the cursor is not one that we gave").Code("page.cursor").At("/cursor").
			Hint("begin again without a cursor")
	}
	return int64(binary.BigEndian.Uint64(b[1:])), nil //nolint:gosec // the first bit is 0
}

// Events implements issuer.Store.
func (s *Store) Events(ctx context.Context, issuerID string, n int) ([]event.Event, error) {
	var out []event.Event
	err := s.read(ctx).rows(`SELECT id, at, actor, action, issuer_id, subject, detail FROM event WHERE issuer_id = $1 OR $1 = ''
		ORDER BY seq DESC LIMIT $2`, args(issuerID, max(0, min(n, 1000))), func(scan func(...any) error) error {
		var e event.Event
		var at int64
		if err := scan(&e.ID, &at, &e.Actor, &e.Action, &e.IssuerID, &e.Subject, &e.Detail); err != nil {
			return err
		}
		e.At = moment(at)
		out = append(out, e)
		return nil
	})
	return out, s.wrap(err, "event")
}
