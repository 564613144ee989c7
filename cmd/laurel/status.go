package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/ledger"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// ledgerName is the file of package ledger in the data folder.
const ledgerName = "status.ledger"

// openLedger opens the ledger and compares it with the database. A data folder that was copied or restored is not trusted: what was
// issued since, nobody here knows. A server of several on one PostgreSQL database may begin a ledger of its own.
func (a *app) openLedger(ctx context.Context, u use) error {
	var err error
	if a.ledger, err = ledger.Open(filepath.Join(a.cfg.Data, ledgerName)); err != nil {
		return err
	}
	given, err := a.store.GivenLists(ctx)
	if err != nil {
		return err
	}
	switch origin := a.ledger.Origin(); {
	case u == rehearsing:
	case origin == ledger.Placed, origin == ledger.Begun && !a.cfg.Postgres() && len(given) > 0:
		if err := a.ledger.Distrust(); err != nil {
			return err
		}
		a.log.ErrorContext(ctx, "the data folder was copied here or restored: nothing is issued or published until an operator decides",
			"next", `run "laurel status"`)
	}
	gaps, err := a.ledger.Compare(ctx, a.store)
	if err != nil {
		return err
	}
	if len(gaps) > 0 {
		a.log.ErrorContext(ctx, "the database is older than what was issued from it: nothing is issued until an operator decides",
			"lists", len(gaps), "next", `run "laurel status"`)
	}
	return nil
}

// overdue counts the status lists that could not be published, and says since when the first of them waits.
func (a *app) overdue() (int, time.Time) {
	all := a.lists.Overdue()
	if len(all) == 0 {
		return 0, time.Time{}
	}
	return len(all), all[0].Since
}

// lateView says that what a command recorded is not published yet.
type lateView struct {
	Since string `json:"since"`
	Code  string `json:"code"`
}

// late is the same for the lists of those ids; nil when they are published.
func (a *app) late(lists ...string) *lateView {
	o, is := statuslist.Earliest(a.lists.Overdue(), lists...)
	if !is {
		return nil
	}
	return &lateView{Since: o.Since.UTC().Format(time.RFC3339), Code: o.Code}
}

// say tells it to a person.
func (v *lateView) say(w io.Writer) {
	if v != nil {
		say(w, "It is recorded. The status list that tells verifiers could not be published (%s, since %s):\n"+
			"the server publishes it as soon as it can; until then verifiers read neither valid nor revoked.\n", v.Code, v.Since)
	}
}

// gapView is a list of which the database knows less than the ledger.
type gapView struct {
	List      string `json:"list"`
	Missing   bool   `json:"missing,omitempty"`
	Indexes   int    `json:"indexes_given_since"`
	Changes   int64  `json:"changes_since"`
	Recovered bool   `json:"recovered,omitempty"`
}

func newStatus(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Compare the status lists of the database with what was given away and published", Args: exactly(0, "nothing more"),
		Long: `Compare the database with the file ` + ledgerName + ` in the data folder, which notes every index before it is used and every
change before it is published. When the database is older, as after a restore from a backup, Laurel issues nothing until
"laurel status recover" has put back what is missing. The same holds when the file itself was copied here or restored, with the
whole data folder: then nobody knows what was issued since, and nothing is published either.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error { return a.settle(cmd, t, compareOnly) })
		},
	}
	back := &cobra.Command{
		Use: "recover", Short: "Put back what a restored database does not know of its status lists", Args: exactly(0, "nothing more"),
		Long: `Raise the counters of status lists above every index that was given away, and set every entry that was published as set. Awards
that were lost with the database stay lost; their credentials can be verified, and those that were revoked stay revoked.
After a copy or restore of the whole data folder, every list is closed and new ones begin, so that no index is given again;
what was suspended or revoked since the copy was made must be suspended or revoked again. Restart the server afterwards.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error { return a.settle(cmd, t, putBack) })
		},
	}
	cmd.AddCommand(withJSON(back))
	return withJSON(cmd)
}

// settling says what is done about gaps.
type settling int

const (
	compareOnly settling = iota
	putBack
)

func (a *app) settle(cmd *cobra.Command, t terminal, s settling) error {
	ctx := cmd.Context()
	gaps, err := a.ledger.Compare(ctx, a.store)
	if err != nil {
		return err
	}
	views := make([]gapView, len(gaps))
	for i, g := range gaps {
		views[i] = gapView{
			List: g.Mark.List.ID, Missing: g.Found.ID == "", Indexes: max(0, g.Mark.List.Next-g.Found.Next),
			Changes: max(0, g.Mark.Version-g.Found.Version),
		}
		if s == putBack {
			if err := a.recoverList(ctx, g); err != nil {
				return err
			}
			views[i].Recovered = true
		}
	}
	copied := a.ledger.Distrusted()
	if copied && s == putBack {
		if err := a.settleCopy(ctx); err != nil {
			return err
		}
	}
	view := settledView{Lists: views, Copied: copied}
	if since := a.ledger.LastKnown(); copied && !since.IsZero() {
		view.Known = since.UTC().Format(time.RFC3339)
	}
	err = show(cmd, t, view, func(w io.Writer) {
		view.say(w, s)
		for _, v := range views {
			say(w, "%s: %d indexes and %d changes are not in the database\n", v.List, v.Indexes, v.Changes)
		}
		switch {
		case copied:
		case len(views) == 0:
			sayln(w, "The database knows everything that was given away and published.")
		case s == putBack:
			sayln(w, "They are put back. Restart the server.")
		default:
			sayln(w, `Nothing is issued until "laurel status recover" has put them back.`)
		}
	})
	if err == nil && (copied || len(views) > 0) && s == compareOnly {
		return exit(exitBad)
	}
	return err
}

// settledView is what laurel status prints.
type settledView struct {
	Lists  []gapView `json:"lists"`
	Copied bool      `json:"copied"`
	Known  string    `json:"known_until,omitempty"` // of a copy: when something was noted last
}

// say tells a person of a copy, and what follows.
func (v settledView) say(w io.Writer, s settling) {
	if !v.Copied {
		return
	}
	sayln(w, "The data folder was copied here or restored.")
	if v.Known != "" {
		say(w, "What was awarded, suspended or revoked after %s, if anything was, is not known here.\n", v.Known)
	}
	if s == compareOnly {
		sayln(w, `Nothing is issued or published until you decide. If a newer copy exists, use that. Else make sure that no other server works on
with the original, and run "laurel status recover".`)
		return
	}
	sayln(w, `New status lists begin, so that no index is given twice. If anything was suspended or revoked after that time, do it again now:
its status reads as before, otherwise. Then restart the server.`)
}

// settleCopy closes every list from which indexes were given: a newer copy may have given more of them.
func (a *app) settleCopy(ctx context.Context) error {
	given, err := a.store.GivenLists(ctx)
	if err != nil {
		return err
	}
	for _, l := range given {
		l.Next = l.Size
		if err := a.recoverList(ctx, ledger.Gap{Mark: ledger.Mark{List: l, Version: l.Version}}); err != nil {
			return err
		}
		if err := a.ledger.Claimed(l, l.Size); err != nil {
			return err
		}
	}
	return a.ledger.Settle()
}

func (a *app) recoverList(ctx context.Context, g ledger.Gap) error {
	id, err := randid.New(rand.Reader)
	if err != nil {
		return err
	}
	l := g.Mark.List
	l.Version = g.Mark.Version
	now := time.Now().UTC()
	return a.store.RecoverList(ctx, l, g.Mark.Bits, now, event.Event{
		ID: "evt_" + id, At: now, Actor: actorCLI, Action: "status.recovered", Subject: l.ID, Detail: fmt.Sprintf("%d entries", len(g.Mark.Bits)),
	})
}
