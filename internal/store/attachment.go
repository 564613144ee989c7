package store

import (
	"context"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

const insertAttachment = `INSERT INTO attachment (id, issuer_id, target, by_id, name, statement, embedded, signed, digest, expires_at,
	created_at, created_by)`

// InsertAttachment implements issuer.AttachmentStore. The issuer's row is locked, so that two that come at once are counted.
func (s *Store) InsertAttachment(ctx context.Context, a issuer.Attachment, most int, e event.Event) error {
	happened, err := eventRow(e)
	if err != nil {
		return err
	}
	shape := 0
	if a.Embedded {
		shape = 1
	}
	row := []any{
		a.ID, a.IssuerID, a.Target, a.By, a.Name, a.Statement, shape, a.Signed, a.Digest, micros(a.ExpiresAt), micros(a.CreatedAt), a.CreatedBy,
	}
	lock := ""
	if s.dialect == postgres {
		lock = " FOR UPDATE"
	}
	return s.write(ctx, "attachment", func(t *tx) error {
		var owner string
		if err := t.row("SELECT id FROM issuer WHERE id = $1"+lock, args(a.IssuerID), &owner); err != nil {
			return err
		}
		var have, revoked int64
		if err := t.row("SELECT COUNT(*) FROM attachment WHERE target = $1", args(a.Target), &have); err != nil {
			return err
		}
		if err := t.row("SELECT COUNT(*) FROM statement WHERE id = $1 AND revoked_at > 0", args(a.Statement), &revoked); err != nil {
			return err
		}
		switch {
		case have >= int64(most):
			return fault.New(fault.Conflict, nil, "%d endorsements are attached to it already", have).Code("attachment.too_many").
				Hint("take one off first")
		case revoked > 0:
			return fault.New(fault.Conflict, nil, "the endorsement is revoked").Code("attachment.revoked")
		}
		if err := t.insert(insertAttachment, [][]any{row}); err != nil {
			return err
		}
		return t.insert(insertEvent, [][]any{happened})
	})
}

const selectAttachment = `SELECT id, issuer_id, target, by_id, name, statement, embedded, signed, digest, expires_at, created_at, created_by
	FROM attachment `

func (t *tx) attachments(where string, list []any) ([]issuer.Attachment, error) {
	var out []issuer.Attachment
	err := t.rows(selectAttachment+where, list, func(scan func(...any) error) error {
		var a issuer.Attachment
		var shape, expires, created int64
		err := scan(&a.ID, &a.IssuerID, &a.Target, &a.By, &a.Name, &a.Statement, &shape, &a.Signed, &a.Digest, &expires, &created, &a.CreatedBy)
		a.Embedded, a.ExpiresAt, a.CreatedAt = shape == 1, moment(expires), moment(created)
		out = append(out, a)
		return err
	})
	return out, err
}

// Attachment implements issuer.AttachmentStore.
func (s *Store) Attachment(ctx context.Context, id string) (issuer.Attachment, error) {
	found, err := s.read(ctx).attachments("WHERE id = $1", args(id))
	if err != nil || len(found) == 1 {
		return append(found, issuer.Attachment{})[0], s.wrap(err, "attachment")
	}
	return issuer.Attachment{}, noAttachment()
}

func noAttachment() error {
	return fault.New(fault.NotFound, nil, "there is no such attachment").Code("attachment.not_found")
}

// Attachments implements issuer.AttachmentStore.
func (s *Store) Attachments(ctx context.Context, target string) ([]issuer.Attachment, error) {
	found, err := s.read(ctx).attachments("WHERE target = $1 ORDER BY seq", args(target))
	return found, s.wrap(err, "attachment")
}

// DeleteAttachment implements issuer.AttachmentStore.
func (s *Store) DeleteAttachment(ctx context.Context, id string, e event.Event) error {
	return s.write(ctx, "attachment", func(t *tx) error {
		found, err := t.attachments("WHERE id = $1", args(id))
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return noAttachment()
		}
		if _, err := t.exec("DELETE FROM attachment WHERE id = $1", id); err != nil {
			return err
		}
		e.IssuerID, e.Detail = found[0].IssuerID, found[0].Target
		return t.record(e)
	})
}
