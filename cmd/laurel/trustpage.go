package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/randid"
	issuerpages "github.com/openlaurel/laurel/issuer/pages"
	"github.com/openlaurel/laurel/verifier/trust"
)

// trustPage lets owners see and change the trust list file in the console, as the commands do.
type trustPage struct {
	app *app
	mu  sync.Mutex
}

// Show implements issuerpages.TrustList.
func (t *trustPage) Show(ctx context.Context) (issuerpages.TrustView, error) {
	if t.app.cfg.Trust == "" {
		return issuerpages.TrustView{}, nil
	}
	v := issuerpages.TrustView{Configured: true}
	for _, f := range t.app.book.Followed(ctx) {
		row := issuerpages.TrustFollowed{URL: f.URL, Signer: f.Issuer, Usable: f.Err == nil}
		if f.Err == nil {
			row.Issuers, row.Until = f.List.List.Len(), f.List.Expires
		} else {
			row.Problem = fault.AsDefect(f.Err).Detail
		}
		v.Follows = append(v.Follows, row)
	}
	var err error
	if v.Published, err = t.published(ctx); err != nil {
		return v, err
	}
	doc, err := readTrustDoc(t.app.cfg.Trust)
	if err != nil { // another form than ours: it is shown as it is understood, and changed by hand
		for _, e := range t.app.trust.current().Entries() {
			v.Issuers = append(v.Issuers, issuerpages.TrustRow{ID: e.ID, Name: e.Name, Types: e.Types, From: dayOf(e.From), Until: dayOf(e.Until)})
		}
		return v, nil
	}
	v.Editable = true
	for _, e := range doc.Issuers {
		row := issuerpages.TrustRow{ID: e.ID, Name: e.Name, Types: e.Types, From: e.From, Until: e.Until, Ended: e.ended(t.app.clock())}
		row.Doubts = viewDoubts(doc.doubts(e))
		v.Issuers = append(v.Issuers, row)
	}
	return v, nil
}

// published lists what the issuers of the deployment have published for others, with its end: whoever follows a list that has ended
// believes nobody on it.
func (t *trustPage) published(ctx context.Context) ([]issuerpages.TrustFollowed, error) {
	issuers, err := t.app.catalog.Issuers(ctx)
	if err != nil {
		return nil, err
	}
	now := t.app.clock()
	var out []issuerpages.TrustFollowed
	for _, i := range issuers {
		signed, err := t.app.store.TrustList(ctx, i.ID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l, err := trust.ReadSigned(signed)
		if err != nil {
			return nil, err
		}
		out = append(out, issuerpages.TrustFollowed{
			URL: l.URL, Signer: l.Issuer, Usable: now.Before(l.Expires), Soon: l.Expires.Before(now.AddDate(0, 0, 7)), Issuers: l.List.Len(), Until: l.Expires,
		})
	}
	return out, nil
}

func dayOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// viewDoubts names doubts by the words of the page.
func viewDoubts(all []trust.Doubt) []issuerpages.TrustDoubt {
	var out []issuerpages.TrustDoubt
	for _, d := range all {
		word := "unresolvable"
		switch d.Code {
		case trust.Lookalike:
			word = "lookalike"
		case trust.SameName:
			word = "same_name"
		case trust.DisplayConfusable:
			word = "confusable"
		case typeUnknown:
			word = "type_unknown"
		}
		out = append(out, issuerpages.TrustDoubt{Word: word, Other: d.Other, Grave: grave(d)})
	}
	return out
}

// Doubts implements issuerpages.TrustList. The issuers of the deployment count as believed, because they are.
func (t *trustPage) Doubts(ctx context.Context, in issuerpages.TrustRow) ([]issuerpages.TrustDoubt, error) {
	doc, err := readTrustDoc(t.app.cfg.Trust)
	if err != nil {
		return nil, err
	}
	issuers, err := t.app.catalog.Issuers(ctx)
	if err != nil {
		return nil, err
	}
	var own []trust.Entry
	for _, i := range issuers {
		own = append(own, trust.Entry{ID: i.DID, Name: i.Name})
	}
	return viewDoubts(doc.doubts(trustEntry{ID: in.ID, Name: in.Name, Types: in.Types}, own...)), nil
}

// Add implements issuerpages.TrustList. What an entry says beyond the form stays.
func (t *trustPage) Add(ctx context.Context, in issuerpages.TrustRow, actor string) error {
	return t.edit(ctx, "trust.believed", in.ID, actor, func(doc *trustDoc) error {
		now := t.app.clock()
		e := trustEntry{ID: in.ID}
		if i := slices.IndexFunc(doc.Issuers, func(old trustEntry) bool { return old.ID == in.ID && !old.ended(now) }); i >= 0 {
			e = doc.Issuers[i]
		}
		e.Name, e.Types, e.From, e.Until = in.Name, in.Types, in.From, in.Until
		return doc.believe(e, now)
	})
}

// Remove implements issuerpages.TrustList.
func (t *trustPage) Remove(ctx context.Context, id, actor string) error {
	return t.edit(ctx, "trust.removed", id, actor, func(doc *trustDoc) error { return doc.disbelieve(id, t.app.clock()) })
}

// Erase implements issuerpages.TrustList.
func (t *trustPage) Erase(ctx context.Context, id, actor string) error {
	return t.edit(ctx, "trust.erased", id, actor, func(doc *trustDoc) error { return doc.erase(id) })
}

// edit changes the file, and writes down who did.
func (t *trustPage) edit(ctx context.Context, action, subject, actor string, f func(*trustDoc) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	path := t.app.cfg.Trust
	if path == "" {
		return fault.New(fault.Conflict, nil, "no trust list is configured").Code("trust.none").Hint("name its file with --trust")
	}
	doc, err := readTrustDoc(path)
	if err != nil {
		return err
	}
	if err := f(&doc); err != nil {
		return err
	}
	if err := doc.write(path); err != nil {
		return err
	}
	id, err := randid.New(rand.Reader)
	if err != nil {
		return err
	}
	return t.app.store.RecordEvent(ctx, event.Event{ID: "evt_" + id, At: t.app.clock().UTC(), Actor: actor, Action: action, Subject: subject})
}

// Export implements issuerpages.TrustList.
func (t *trustPage) Export(context.Context) ([]byte, error) {
	if t.app.cfg.Trust == "" {
		return nil, fault.New(fault.NotFound, nil, "no trust list is configured").Code("trust.none")
	}
	data, err := os.ReadFile(filepath.Clean(t.app.cfg.Trust))
	if err != nil {
		return nil, fault.New(fault.Unavailable, err, "the trust list cannot be read")
	}
	return data, nil
}
