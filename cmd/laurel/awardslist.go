package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

// selection is the flags that select awards.
type selection struct {
	chosen                             issuer.Filter
	issuer, achievement, since, before string
}

func selectAwards(cmd *cobra.Command) *selection {
	var s selection
	f := cmd.Flags()
	f.StringVar(&s.issuer, "issuer", "", "id, slug or DID")
	f.StringVar(&s.achievement, "achievement", "", "id or slug")
	f.IntVar(&s.chosen.Version, "version", 0, "of the achievement")
	f.StringVar(&s.chosen.BatchID, "batch", "", "id of the batch that made the awards")
	f.StringVar(&s.chosen.KeyID, "key", "", "id of the key that signed")
	f.StringVar(&s.chosen.Query, "search", "", "part of name, e-mail address or external id")
	f.StringVar(&s.since, "since", "", "made at this moment or later (2026-01-31T09:00:00Z)")
	f.StringVar(&s.before, "before", "", "made before this moment")
	return &s
}

// filter looks up what the flags name.
func (s *selection) filter(ctx context.Context, a *app) (issuer.Filter, error) {
	f := s.chosen
	for _, m := range []struct {
		flag, text string
		at         *time.Time
	}{{"--since", s.since, &f.Since}, {"--before", s.before, &f.Before}} {
		if m.text == "" {
			continue
		}
		var err error
		if *m.at, err = credential.ParseTime(m.text); err != nil {
			return f, fault.New(fault.Invalid, err, "%s takes a date and time with an offset, such as 2026-01-31T09:00:00Z", m.flag)
		}
	}
	err := a.narrow(ctx, &f, s.issuer, s.achievement)
	return f, err
}

func newAwardsList(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List awards, newest first", Args: exactly(0, "flags only"),
		Example: "  laurel awards list --achievement first-aid --status suspended\n  laurel awards list --search silva --json",
	}
	which := selectAwards(cmd)
	status := cmd.Flags().String("status", "", "active, suspended, revoked or expired; default: any")
	most := cmd.Flags().Int("most", 50, "how many at the most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch state := issuer.State(*status); state {
		case "", issuer.Active, issuer.Suspended, issuer.Revoked:
			which.chosen.State = state
		case "expired":
			which.chosen.State, which.chosen.ExpiredAt = issuer.Active, time.Now()
		default:
			return fault.New(fault.Invalid, nil, "there is no status %q", *status).Hint("active, suspended, revoked or expired")
		}
		if *most < 1 {
			return fault.New(fault.Invalid, nil, "--most takes a number from 1")
		}
		return withApp(cmd, t, func(a *app) error {
			f, err := which.filter(cmd.Context(), a)
			if err != nil {
				return err
			}
			views, more, err := a.listAwards(cmd.Context(), f, *most)
			if err != nil {
				return err
			}
			return show(cmd, t, views, func(w io.Writer) { sayAwards(w, views, more) })
		})
	}
	return withJSON(cmd)
}

// listAwards returns at most so many of the selected awards, and whether there are more.
func (a *app) listAwards(ctx context.Context, f issuer.Filter, most int) (views []awardView, more bool, err error) {
	const page = 200
	views = []awardView{}
	for {
		f.Limit = min(page, most-len(views))
		found, next, err := a.awards.List(ctx, f)
		if err != nil {
			return nil, false, err
		}
		for i := range found {
			views = append(views, a.viewAward(found[i]))
		}
		if next == "" || len(views) >= most {
			return views, next != "", nil
		}
		f.Cursor = next
	}
}

func sayAwards(w io.Writer, views []awardView, more bool) {
	for _, v := range views {
		say(w, "%s  %-9s  %s\n", v.ID, v.Status, plain(v.Recipient))
		if v.Page != "" {
			say(w, "  %s\n", v.Page)
		}
	}
	switch {
	case len(views) == 0:
		sayln(w, "No award is selected: without flags all are listed; laurel award makes one.")
	case more:
		sayln(w, "There are more: --most raises the number, the other flags narrow the selection.")
	}
}
