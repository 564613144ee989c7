package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/certificate"
)

// Slips implements the Printer of pages and API. All names are looked at before the first link is made.
func (p printing) Slips(ctx context.Context, f issuer.Filter, l i18n.Locale, actor string) ([]byte, error) {
	awards, err := p.withoutAddress(ctx, f)
	if err != nil {
		return nil, err
	}
	slips := make([]certificate.Slip, len(awards))
	for i, x := range awards {
		if slips[i], err = p.slip(ctx, x, l); err != nil {
			return nil, err
		}
	}
	for i, x := range awards {
		secret, _, err := p.app.learners.Invite(ctx, x.ID, limits.SlipLinkLife, actor)
		if err != nil {
			return nil, err
		}
		slips[i].URL = p.app.base + "/my/" + secret
	}
	return p.printer.Slips(l, slips)
}

// withoutAddress lists the awards of a filter that hold and whose learners have no e-mail address, oldest first, one of each
// learner who has an id.
func (p printing) withoutAddress(ctx context.Context, f issuer.Filter) ([]issuer.Award, error) {
	var out []issuer.Award
	seen := map[string]bool{}
	f.State, f.Cursor, f.Limit = issuer.Active, "", 200
	for {
		page, next, err := p.app.awards.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, x := range page {
			if x.Recipient.Email != "" || !x.ErasedAt.IsZero() || x.Recipient.ID != "" && seen[x.IssuerID+x.Recipient.ID] {
				continue
			}
			seen[x.IssuerID+x.Recipient.ID] = true
			out = append([]issuer.Award{x}, out...)
		}
		if len(out) > limits.Slips {
			return nil, fault.New(fault.Invalid, nil, "one document has at most %d slips", limits.Slips).Code("limits.slips").
				Hint("choose fewer awards, such as those of one file")
		}
		if f.Cursor = next; next == "" {
			break
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Invalid, nil, "of these awards, every learner has an e-mail address, or none holds").Code("slips.none").
			Hint("slips are for learners without e-mail; the others are reached by mail")
	}
	return out, nil
}

// slip is the slip of an award in the learner's language, else in that of its achievement, else of whoever prints, without its link.
func (p printing) slip(ctx context.Context, x issuer.Award, l i18n.Locale) (certificate.Slip, error) {
	by, err := p.app.catalog.Issuer(ctx, x.IssuerID)
	if err != nil {
		return certificate.Slip{}, err
	}
	ach, err := p.app.catalog.Achievement(ctx, x.IssuerID, x.AchievementID, x.Version)
	if err != nil {
		return certificate.Slip{}, err
	}
	s := certificate.Slip{Name: x.Recipient.Name, IssuerName: by.Name, Locale: l, Minor: ach.Minors}
	for _, tag := range [...]string{ach.Language, x.Recipient.Language} {
		if own, ok := i18n.Parse(tag); ok {
			s.Locale = own
		}
	}
	s.Achievement = ach.In(s.Locale.Tag()).Name
	if current, ok := x.Current(); ok && x.Visibility != issuer.Private {
		s.Code = issuer.ShortCode(current.ID)
		s.CodeURL = p.app.base + "/b/" + s.Code
	}
	return s, p.printer.Printable(s.Name + s.Achievement + s.IssuerName)
}

func newSlips(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "slips", Short: "Print slips for learners without e-mail", Args: exactly(0, "flags only"),
		Long: `Print a slip for each award whose learner has no e-mail address: ten on a page of A4, with cut marks, each with the learner's name, the
achievement, and a link to the learner's page as QR code and in letters. Each printing makes new links; earlier ones go on working.`,
		Example: "  laurel award slips --batch bat_… --out slips.pdf",
	}
	var f issuer.Filter
	flags := cmd.Flags()
	by := flags.String("issuer", "", "only this issuer's (id, slug or DID)")
	achievement := flags.String("achievement", "", "only awards of this achievement (id or slug)")
	flags.StringVar(&f.BatchID, "batch", "", "only awards of this file; laurel award --csv printed its id")
	language := flags.String("language", "en", "language where an achievement says none: ar, en, es, fr, ru or zh")
	out := flags.String("out", "", "the file to write (required; it must not exist yet)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		l, ok := i18n.Parse(*language)
		if !ok {
			return usage{fmt.Errorf("--language takes ar, en, es, fr, ru or zh")}
		}
		return withApp(cmd, t, func(a *app) error {
			if err := a.narrow(cmd.Context(), &f, *by, *achievement); err != nil {
				return err
			}
			data, err := newPrinting(a).Slips(cmd.Context(), f, l, actorCLI)
			if err != nil {
				return err
			}
			if err := writeFile(*out, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
				return err
			}
			say(t.out, "Wrote %s.\n", plain(*out))
			return nil
		})
	}
	return required(cmd, "out")
}

// narrow puts an issuer and an achievement, as somebody names them, into a filter.
func (a *app) narrow(ctx context.Context, f *issuer.Filter, by, achievement string) error {
	if by != "" {
		i, err := a.catalog.Issuer(ctx, by)
		if err != nil {
			return err
		}
		f.IssuerID = i.ID
	}
	if achievement == "" {
		return nil
	}
	ach, err := a.catalog.Achievement(ctx, f.IssuerID, achievement, 0)
	f.AchievementID = ach.ID
	return err
}
