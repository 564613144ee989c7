package store

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/batch"
)

// uploadParts are the lists of an upload, each as JSON.
type uploadParts struct{ columns, repairs, failures string }

func partsOf(u batch.Upload) (p uploadParts, err error) {
	if p.columns, err = jsonText(u.Columns); err != nil {
		return p, err
	}
	if p.repairs, err = jsonText(u.Repairs); err != nil {
		return p, err
	}
	p.failures, err = jsonText(u.Failures)
	return p, err
}

func (p uploadParts) into(u *batch.Upload) error {
	if err := json.Unmarshal([]byte(p.columns), &u.Columns); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(p.repairs), &u.Repairs); err != nil {
		return err
	}
	return json.Unmarshal([]byte(p.failures), &u.Failures)
}

// InsertUpload implements batch.UploadStore.
func (s *Store) InsertUpload(ctx context.Context, u batch.Upload, data []byte, e event.Event) error {
	p, err := partsOf(u)
	if err != nil {
		return err
	}
	return s.write(ctx, "upload", func(t *tx) error {
		if _, err := t.exec(`INSERT INTO upload (id, issuer_id, achievement_id, file_name, state, dates, fields, repairs, failures, actor, total,
			known, awarded, failed, revoked, created_at, changed_at, ended_at, leased_until, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
			u.ID, u.IssuerID, u.AchievementID, u.FileName, string(u.State), string(u.Dates), p.columns, p.repairs, p.failures, u.Actor,
			int64(u.Total), int64(u.Known), int64(u.Awarded), int64(u.Failed), int64(u.Revoked), micros(u.CreatedAt), micros(u.ChangedAt),
			micros(u.EndedAt), int64(0), data); err != nil {
			return err
		}
		return t.record(e)
	})
}

const selectUpload = `SELECT id, issuer_id, achievement_id, file_name, state, dates, fields, repairs, failures, actor, total, known, awarded,
	failed, revoked, created_at, changed_at, ended_at FROM upload `

func scanUpload(scan func(...any) error) (batch.Upload, error) {
	var u batch.Upload
	var p uploadParts
	var state, dates string
	var created, changed, ended int64
	if err := scan(&u.ID, &u.IssuerID, &u.AchievementID, &u.FileName, &state, &dates, &p.columns, &p.repairs, &p.failures, &u.Actor, &u.Total,
		&u.Known, &u.Awarded, &u.Failed, &u.Revoked, &created, &changed, &ended); err != nil {
		return u, err
	}
	u.State, u.Dates = batch.State(state), batch.DateOrder(dates)
	u.CreatedAt, u.ChangedAt, u.EndedAt = moment(created), moment(changed), moment(ended)
	return u, p.into(&u)
}

func (t *tx) uploads(rest string, a ...any) ([]batch.Upload, error) {
	var out []batch.Upload
	err := t.rows(selectUpload+rest, a, func(scan func(...any) error) error {
		u, err := scanUpload(scan)
		out = append(out, u)
		return err
	})
	return out, err
}

func (t *tx) upload(rest string, a ...any) (batch.Upload, error) {
	found, err := t.uploads(rest, a...)
	if err != nil {
		return batch.Upload{}, err
	}
	if len(found) == 0 {
		return batch.Upload{}, fault.New(fault.NotFound, nil, "there is no such upload").Code("upload.not_found")
	}
	return found[0], nil
}

// Upload implements batch.UploadStore.
func (s *Store) Upload(ctx context.Context, id string) (batch.Upload, error) {
	u, err := s.read(ctx).upload("WHERE id = $1", id)
	return u, s.wrap(err, "upload")
}

// UploadData implements batch.UploadStore.
func (s *Store) UploadData(ctx context.Context, id string) ([]byte, error) {
	var data []byte
	err := s.read(ctx).row("SELECT data FROM upload WHERE id = $1", args(id), &data)
	if err == nil && data == nil {
		err = fault.New(fault.Gone, nil, "the file is no longer kept").Code("batch.file_gone")
	}
	return data, s.wrap(err, "upload")
}

// Uploads implements batch.UploadStore.
func (s *Store) Uploads(ctx context.Context, issuers []string, n int) ([]batch.Upload, error) {
	f := &filter{}
	f.among("issuer_id", issuers)
	where := ""
	if len(f.where) > 0 {
		where = "WHERE " + f.where[0] + " "
	}
	f.add("?", int64(max(0, min(n, pageMaximum))))
	out, err := s.read(ctx).uploads(where+"ORDER BY seq DESC LIMIT "+f.where[len(f.where)-1], f.args...)
	return out, s.wrap(err, "upload")
}

// ChangeUpload implements batch.UploadStore. A change ends the lease.
func (s *Store) ChangeUpload(ctx context.Context, u batch.Upload, was batch.State, changed time.Time, e event.Event) error {
	p, err := partsOf(u)
	if err != nil {
		return err
	}
	return s.write(ctx, "upload", func(t *tx) error {
		n, err := t.exec(`UPDATE upload SET state = $1, dates = $2, fields = $3, repairs = $4, failures = $5, actor = $6, total = $7, known = $8,
			awarded = $9, failed = $10, revoked = $11, changed_at = $12, ended_at = $13, leased_until = 0
			WHERE id = $14 AND state = $15 AND changed_at = $16`,
			string(u.State), string(u.Dates), p.columns, p.repairs, p.failures, u.Actor, int64(u.Total), int64(u.Known), int64(u.Awarded),
			int64(u.Failed), int64(u.Revoked), micros(u.ChangedAt), micros(u.EndedAt), u.ID, string(was), micros(changed))
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.New(fault.Conflict, nil, "this upload is no longer what the page showed").Code("batch.state").Hint("load the page again")
		case e.ID == "":
			return nil
		}
		return t.record(e)
	})
}

// LeaseUpload implements batch.UploadStore. The update decides who was first.
func (s *Store) LeaseUpload(ctx context.Context, now, until time.Time) (batch.Upload, error) {
	var u batch.Upload
	err := s.write(ctx, "upload", func(t *tx) error {
		var err error
		if u, err = t.upload(`WHERE (state = 'running' OR state = 'undoing') AND leased_until <= $1 ORDER BY seq LIMIT 1`, micros(now)); err != nil {
			return err
		}
		n, err := t.exec("UPDATE upload SET leased_until = $1 WHERE id = $2 AND leased_until <= $3", micros(until), u.ID, micros(now))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, nil, "somebody else took it").Code("upload.not_found")
		}
		return err
	})
	return u, err
}

// ProgressUpload implements batch.UploadStore.
func (s *Store) ProgressUpload(ctx context.Context, u batch.Upload, until time.Time) error {
	return s.write(ctx, "upload", func(t *tx) error {
		_, err := t.exec("UPDATE upload SET awarded = $1, revoked = $2, leased_until = $3 WHERE id = $4 AND state = $5",
			int64(u.Awarded), int64(u.Revoked), micros(until), u.ID, string(u.State))
		return err
	})
}

// SweepUploads implements batch.UploadStore.
func (s *Store) SweepUploads(ctx context.Context, drafts, files time.Time) error {
	return s.write(ctx, "upload", func(t *tx) error {
		if _, err := t.exec("DELETE FROM upload WHERE state = 'draft' AND changed_at < $1", micros(drafts)); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE upload SET data = NULL, repairs = '{}' WHERE data IS NOT NULL AND changed_at < $1
			AND (state = 'done' OR state = 'undone' OR state = 'stopped')`, micros(files))
		return err
	})
}

// HeadingMap implements batch.UploadStore.
func (s *Store) HeadingMap(ctx context.Context, issuerID string) (map[string]batch.Field, error) {
	out, body := map[string]batch.Field{}, ""
	err := s.read(ctx).rows("SELECT body FROM heading_map WHERE issuer_id = $1", args(issuerID), func(scan func(...any) error) error {
		if err := scan(&body); err != nil {
			return err
		}
		return json.Unmarshal([]byte(body), &out)
	})
	return out, s.wrap(err, "choice of columns")
}

// SetHeadingMap implements batch.UploadStore.
func (s *Store) SetHeadingMap(ctx context.Context, issuerID string, m map[string]batch.Field) error {
	body, err := jsonText(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "choice of columns", func(t *tx) error {
		_, err := t.exec(`INSERT INTO heading_map (issuer_id, body) VALUES ($1, $2)
			ON CONFLICT (issuer_id) DO UPDATE SET body = excluded.body`, issuerID, body)
		return err
	})
}
