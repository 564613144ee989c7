package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/archive"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// finalYears is how long final status lists hold at the most; who keeps an archive for longer signs it again before.
const finalYears = 30

// archiving is what the command line says of an archive.
type archiving struct {
	to    string
	close bool
	years int
}

func newIssuerArchive(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "archive [ISSUER…]", Short: "Write a folder with which every credential still verifies when Laurel is gone",
		Long: `Write the public documents of the issuers (default: all) into a new folder: DID documents with their history, keys, status lists,
achievements, contexts, and the end of the issuance log, at the paths of their addresses. Any web server can publish the folder at
the address of this deployment.

Without --close it is a rehearsal: its status lists end within a day. With --close the issuers close: nothing is issued and nothing is
revoked any more, and the lists are signed for the last time, to hold for --years. A running server notices within two seconds, and
publishes the same lists from then on, until it is stopped and the folder takes its place. laurel issuing resume opens an issuer again.`,
		Example: `  laurel issuer archive --to ./archive
  laurel issuer archive --to ./archive --close --years 10`,
	}
	var o archiving
	f := cmd.Flags()
	f.StringVar(&o.to, "to", "", "the folder, which must not exist yet (required)")
	f.BoolVar(&o.close, "close", false, "for good: stop issuing, and sign the status lists for the last time")
	f.IntVar(&o.years, "years", 10, "how long the final status lists hold")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.years < 1 || o.years > finalYears {
			return fault.New(fault.Invalid, nil, "status lists are signed for 1 to %d years", finalYears).Code("archive.years")
		}
		return withApp(cmd, t, func(a *app) error {
			m, err := a.archive(cmd.Context(), args, o)
			if err != nil {
				return err
			}
			return show(cmd, t, m, func(w io.Writer) { printArchive(w, m, o) })
		})
	}
	return withJSON(required(cmd, "to"))
}

func printArchive(w io.Writer, m archive.Manifest, o archiving) {
	say(w, "%d files in %s, to be published at %s\n", len(m.Files)+1, o.to, m.BaseURL)
	if m.Final {
		say(w, "Issuing is stopped. The status lists hold until %s.\n", m.ListsUntil.Format(time.DateOnly))
		return
	}
	sayln(w, "This is a rehearsal: its status lists end within a day. --close signs them for good.")
}

// archive writes the folder, whole or not at all.
func (a *app) archive(ctx context.Context, refs []string, o archiving) (archive.Manifest, error) {
	var none archive.Manifest
	issuers, err := a.chosenIssuers(ctx, refs)
	if err != nil {
		return none, err
	}
	if _, err := os.Lstat(o.to); !errors.Is(err, fs.ErrNotExist) {
		return none, fault.New(fault.Conflict, err, "%s is there already", o.to).Code("archive.exists").Hint("name a folder that does not exist yet")
	}
	now := time.Now()
	c := archive.Config{
		BaseURL: a.base, Issuers: issuers, Catalog: a.catalog, Keys: a.keys, Lists: a.lists, Describer: a.awards, Log: a.signlog,
		TrustLists: a.store, Now: now,
	}
	if o.close {
		c.Until = now.AddDate(o.years, 0, 0)
		if err := a.closeIssuers(ctx, issuers, c.Until); err != nil {
			return none, err
		}
	}
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Clean(o.to)), ".laurel-archive-")
	if err != nil {
		return none, fault.New(fault.Unavailable, err, "%s cannot be written: %s", o.to, reason(err))
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m, err := archive.Build(ctx, c, func(f archive.File) error { return writeArchived(dir, f) })
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // everything in it is for everybody
	}
	if err == nil {
		err = os.Rename(dir, o.to)
	}
	return m, err
}

// closeIssuers closes, and returns when every process has noticed.
func (a *app) closeIssuers(ctx context.Context, issuers []catalog.Issuer, until time.Time) error {
	for _, i := range issuers {
		all, err := a.keys.Keys(ctx, i.ID)
		if err != nil {
			return err
		}
		for _, k := range all {
			if k.State == keyring.Next {
				return fault.New(fault.Conflict, nil, "the next %s key of %s takes over at %s, and would sign lists that are newer than those of the folder", k.Alg,
					i.DID, k.UsedFrom.Format(time.RFC3339)).Code("archive.next_key").
					Hint("wait until then, or let it sign now: laurel keys rotate --now --issuer %s --alg %s", i.Slug, k.Alg)
			}
		}
	}
	for _, i := range issuers {
		stop := signlog.Stop{IssuerID: i.ID, Actor: actorCLI, Reason: "closed and archived", Until: until}
		if err := a.signlog.Stop(ctx, stop); err != nil {
			return err
		}
	}
	wait := time.NewTimer(statuslist.Noticed)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return nil
	}
}

// chosenIssuers are those of the command line, or all.
func (a *app) chosenIssuers(ctx context.Context, refs []string) ([]catalog.Issuer, error) {
	if len(refs) == 0 {
		all, err := a.catalog.Issuers(ctx)
		if err == nil && len(all) == 0 {
			err = fault.New(fault.NotFound, nil, "there is no issuer to archive").Code("issuer.unknown")
		}
		return all, err
	}
	var out []catalog.Issuer
	for _, ref := range refs {
		i, err := a.catalog.Issuer(ctx, ref)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// writeArchived writes one file below dir, which nothing leads out of.
func writeArchived(dir string, f archive.File) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	path := filepath.FromSlash(f.Path)
	if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return root.WriteFile(path, f.Body, 0o644)
}
