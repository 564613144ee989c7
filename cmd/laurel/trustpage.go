package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
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
func (t *trustPage) Show(context.Context) (issuerpages.TrustView, error) {
	if t.app.cfg.Trust == "" {
		return issuerpages.TrustView{}, nil
	}
	v := issuerpages.TrustView{Configured: true}
	doc, err := readTrustDoc(t.app.cfg.Trust)
	if err != nil { // another form than ours: it is shown as it is understood, and changed by hand
		for _, e := range t.app.trust.current().Entries() {
			v.Issuers = append(v.Issuers, issuerpages.TrustRow{ID: e.ID, Name: e.Name, Types: e.Types, From: dayOf(e.From), Until: dayOf(e.Until)})
		}
		return v, nil
	}
	v.Editable = true
	for _, e := range doc.Issuers {
		v.Issuers = append(v.Issuers, issuerpages.TrustRow{ID: e.ID, Name: e.Name, Types: e.Types, From: e.From, Until: e.Until})
	}
	for _, l := range doc.Lists {
		v.Follows = append(v.Follows, l.URL)
	}
	return v, nil
}

func dayOf(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// Add implements issuerpages.TrustList. What an entry says beyond the form stays.
func (t *trustPage) Add(ctx context.Context, in issuerpages.TrustRow, actor string) error {
	return t.edit(ctx, "trust.believed", in.ID, actor, func(doc *trustDoc) error {
		e := trustEntry{ID: in.ID}
		doc.Issuers = slices.DeleteFunc(doc.Issuers, func(old trustEntry) bool {
			if old.ID != in.ID || old.ended(t.app.clock()) {
				return false
			}
			e = old
			return true
		})
		e.Name, e.Types, e.From, e.Until = in.Name, in.Types, in.From, in.Until
		doc.Issuers = append(doc.Issuers, e)
		slices.SortStableFunc(doc.Issuers, func(a, b trustEntry) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
}

// Remove implements issuerpages.TrustList.
func (t *trustPage) Remove(ctx context.Context, id, actor string) error {
	return t.edit(ctx, "trust.removed", id, actor, func(doc *trustDoc) error {
		before := len(doc.Issuers)
		doc.Issuers = slices.DeleteFunc(doc.Issuers, func(e trustEntry) bool { return e.ID == id })
		if len(doc.Issuers) == before {
			return fault.New(fault.NotFound, nil, "the trust list has no issuer %.80q", id).Code("trust.unknown")
		}
		return nil
	})
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
	if doc.Issuers == nil {
		doc.Issuers = []trustEntry{}
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	if _, err := trust.Parse(text); err != nil && len(doc.Issuers)+len(doc.Lists) > 0 {
		d := fault.AsDefect(err)
		return fault.New(fault.Invalid, err, "the trust list does not take this: %s", d.Detail).Code(d.Code)
	}
	if err := replaceFile(path, append(text, '\n')); err != nil {
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
