package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// EventPage returns one page of events, newest first, and the cursor of the next page ("" at the end).
func (s *Store) EventPage(ctx context.Context, in event.Filter) ([]event.Event, string, error) {
	limit := in.Limit
	if limit == 0 {
		limit = pageDefault
	}
	if limit < 1 || limit > pageMaximum {
		return nil, "", fault.New(fault.Invalid, nil, "a page has 1 to %d events", pageMaximum).Code("page.limit").At("/limit")
	}
	f, err := eventConditions(in)
	if err != nil {
		return nil, "", err
	}
	query := "SELECT seq, id, at, actor, action, issuer_id, subject, detail FROM event "
	if len(f.where) > 0 {
		query += "WHERE " + strings.Join(f.where, " AND ") + " "
	}
	f.args = append(f.args, limit+1)
	query += fmt.Sprintf("ORDER BY seq DESC LIMIT $%d", len(f.args))
	var out []event.Event
	var last int64
	err = s.read(ctx).rows(query, f.args, func(scan func(...any) error) error {
		var e event.Event
		var seq, at int64
		if err := scan(&seq, &e.ID, &at, &e.Actor, &e.Action, &e.IssuerID, &e.Subject, &e.Detail); err != nil {
			return err
		}
		if len(out) < limit {
			last = seq
		}
		e.At = moment(at)
		out = append(out, e)
		return nil
	})
	if err != nil {
		return nil, "", s.wrap(err, "event")
	}
	if len(out) <= limit {
		return out, "", nil
	}
	return out[:limit], cursor(last), nil
}

func eventConditions(in event.Filter) (*filter, error) {
	f := &filter{}
	f.among("issuer_id", in.Issuers)
	if in.Actor != "" {
		f.add("actor = ?", in.Actor)
	}
	if in.Subject != "" {
		f.add("subject = ?", in.Subject)
	}
	switch {
	case len(in.Action) > queryMaximum:
		return nil, fault.New(fault.Invalid, nil, "an action has at most %d bytes", queryMaximum).Code("page.query").At("/action")
	case strings.HasSuffix(in.Action, "."):
		f.add(`action LIKE ? ESCAPE '\'`, escapeLike(in.Action)+"%")
	case in.Action != "":
		f.add("action = ?", in.Action)
	}
	f.between("at", in.Since, in.Before)
	if in.Cursor != "" {
		seq, err := parseCursor(in.Cursor)
		if err != nil {
			return nil, err
		}
		f.add("seq < ?", seq)
	}
	return f, nil
}

// RecordEvent stores an event of a fact that is kept elsewhere, such as in a file.
func (s *Store) RecordEvent(ctx context.Context, e event.Event) error {
	return s.write(ctx, "event", func(t *tx) error { return t.record(e) })
}
