package batch

import (
	"context"
	"errors"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Work takes one upload that waits and works on it to its end: it awards, or undoes. found says whether there was one. When ctx ends
// in the middle, the next call, here or elsewhere, goes on: rows that were awarded are recognised.
func (d *Desk) Work(ctx context.Context) (found bool, err error) {
	u, err := d.c.Store.LeaseUpload(ctx, d.now(), d.now().Add(limits.BatchLease))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if u.State == Undoing {
		return true, d.undo(ctx, u)
	}
	return true, d.award(ctx, u)
}

// award runs an upload. Its counts are those of the database, so that they are right after a crash too.
func (d *Desk) award(ctx context.Context, u Upload) error {
	_, p, err := d.Plan(ctx, u)
	if err != nil {
		return d.stop(ctx, u, err)
	}
	_, begun, err := d.c.Awards.CountBatch(ctx, u.ID)
	if err != nil {
		return err
	}
	told := d.now()
	report, failed := d.c.Importer(u.Actor, u.ID).Run(ctx, p, func(done, _ int) {
		if d.now().Sub(told) < limits.BatchProgress {
			return
		}
		told, u.Awarded = d.now(), begun+done
		if err := d.c.Store.ProgressUpload(ctx, u, told.Add(limits.BatchLease)); err != nil {
			d.c.Logger.WarnContext(ctx, "progress of an upload", "upload", u.ID, "error", err)
		}
	})
	if ctx.Err() != nil {
		return d.free(ctx, u)
	}
	u.Failed, u.Failures = 0, nil
	for _, o := range report.Rows {
		if o.Status != Failed {
			continue
		}
		if u.Failed++; len(u.Failures) < limits.BatchFailures {
			u.Failures = append(u.Failures, o)
		}
	}
	if _, u.Awarded, err = d.c.Awards.CountBatch(ctx, u.ID); err != nil {
		return err
	}
	if failed != nil {
		return d.stop(ctx, u, failed)
	}
	return d.end(ctx, u, Done)
}

// undo revokes the awards of an upload, page by page.
func (d *Desk) undo(ctx context.Context, u Upload) error {
	for {
		_, left, err := d.c.Awards.RevokeBatch(ctx, u.ID, undoReason, u.Actor)
		if ctx.Err() != nil {
			return d.free(ctx, u)
		}
		standing, all, counted := d.c.Awards.CountBatch(ctx, u.ID)
		if err != nil || counted != nil {
			return errors.Join(err, counted) // the lease ends, and somebody tries again
		}
		u.Revoked = all - standing
		if left == 0 {
			return d.end(ctx, u, Undone)
		}
		if err := d.c.Store.ProgressUpload(ctx, u, d.now().Add(limits.BatchLease)); err != nil {
			return err
		}
	}
}

// undoReason is what whoever checks such a badge reads.
const undoReason = "Awarded by mistake"

// free lets go of an upload that is not finished, so that it goes on as soon as somebody looks.
func (d *Desk) free(ctx context.Context, u Upload) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return d.c.Store.ProgressUpload(ctx, u, d.now())
}

// stop says that an upload cannot go on through our own fault, which stands in the log.
func (d *Desk) stop(ctx context.Context, u Upload, why error) error {
	d.c.Logger.ErrorContext(ctx, "upload stopped", "upload", u.ID, "error", why)
	return d.end(ctx, u, Stopped)
}

// end stores the last state of an upload with its event.
func (d *Desk) end(ctx context.Context, u Upload, state State) error {
	was, before := u.State, u.ChangedAt
	u.State, u.ChangedAt = state, d.later(u)
	if state == Done {
		u.EndedAt = u.ChangedAt
	}
	e, err := d.event(map[State]string{Done: "batch.finished", Undone: "batch.undone", Stopped: "batch.stopped"}[state], u)
	if err != nil {
		return err
	}
	return d.c.Store.ChangeUpload(ctx, u, was, before, e)
}
