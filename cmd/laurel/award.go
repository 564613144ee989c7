package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/batch"
)

// awardView is an award as the command line shows it.
type awardView struct {
	ID          string    `json:"id"`
	Recipient   string    `json:"recipient"`
	ExternalID  string    `json:"external_id,omitempty"`
	Status      string    `json:"status"`
	Page        string    `json:"page,omitempty"`
	Claim       string    `json:"claim_url,omitempty"`
	Replayed    bool      `json:"replayed,omitempty"`
	ListOverdue *lateView `json:"list_overdue,omitempty"`
}

// awardFlags are the flags of laurel award.
type awardFlags struct {
	req            issuer.Request
	awarded, ends  string
	csv, badRows   string
	links          string
	dates, columns string
	dryRun         bool
}

func newAward(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "award", Short: "Award an achievement to one learner, or to the learners of a CSV file", Args: exactly(0, "flags only"),
		Long: `Award an achievement to one learner, or with --csv to everybody whom a course-completion file names as complete.
The same file again repeats no award. --dry-run awards nothing and says what each row would lead to.`,
		Example: "  laurel award --achievement first-aid --name \"Ana Silva\" --email ana@example.org\n" +
			"  laurel award --achievement first-aid --csv completion.csv --dry-run",
	}
	var x awardFlags
	f := cmd.Flags()
	f.StringVar(&x.req.IssuerRef, "issuer", "", "id, slug or DID; may be left out when there is one issuer")
	f.StringVar(&x.req.AchievementRef, "achievement", "", "id or slug")
	f.StringVar(&x.req.Recipient.Name, "name", "", "the learner's name")
	f.StringVar(&x.req.Recipient.Email, "email", "", "the learner's e-mail address; only its salted hash is published")
	f.StringVar(&x.req.Recipient.Language, "language", "", "language of mails to the learner: ar, en, es, fr, ru or zh; default: that of the achievement")
	f.StringVar(&x.req.Recipient.ID, "recipient-id", "", "the learner's DID or URI")
	f.StringVar(&x.req.ExternalID, "external-id", "", "your own id of this award; the same id twice is one award")
	f.StringVar(&x.req.Narrative, "narrative", "", "what the learner did, in Markdown")
	f.StringVar(&x.awarded, "awarded-at", "", "when it was earned (2026-01-31T09:00:00Z); default: now")
	f.StringVar(&x.ends, "expires-at", "", "when it ends; default: never")
	f.StringVar(&x.csv, "csv", "", "file with one learner a row (- for standard input)")
	f.StringVar(&x.columns, "map", "", "columns of the file, such as name=Student,awarded_at=Finished; the others are detected")
	f.StringVar(&x.dates, "dates", "", "how dates such as 02/03/2026 are meant: dmy or mdy")
	f.StringVar(&x.badRows, "bad-rows", "", "write the rows that need repair to this file")
	f.StringVar(&x.links, "links", "", "write name, badge page and claim link of every learner to this file")
	f.BoolVar(&x.dryRun, "dry-run", false, "with --csv: award nothing, say what would happen")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if x.dryRun && x.csv == "" {
			return usage{fmt.Errorf("--dry-run goes with --csv")}
		}
		return withApp(cmd, t, func(a *app) error {
			if x.csv != "" {
				return a.awardFile(cmd, t, x)
			}
			return a.awardOne(cmd, t, x)
		})
	}
	cmd.AddCommand(newCertificate(t), newLearnerLink(t), newSlips(t), newCredential(t), newOffer(t), newMails(t))
	return withJSON(cmd)
}

func (a *app) awardOne(cmd *cobra.Command, t terminal, x awardFlags) error {
	var err error
	x.req.Actor = actorCLI
	if x.awarded != "" {
		if x.req.AwardedAt, err = credential.ParseTime(x.awarded); err != nil {
			return fault.New(fault.Invalid, err, "--awarded-at takes a date and time with an offset, such as 2026-01-31T09:00:00Z")
		}
	}
	if x.ends != "" {
		if x.req.ExpiresAt, err = credential.ParseTime(x.ends); err != nil {
			return fault.New(fault.Invalid, err, "--expires-at takes a date and time with an offset, such as 2027-01-31T09:00:00Z")
		}
	}
	got, err := a.awards.Award(cmd.Context(), x.req)
	if err != nil {
		return err
	}
	v := a.viewAward(got.Award)
	v.Claim, v.Replayed = a.awards.ClaimURL(got.ClaimCode), got.Replayed
	return show(cmd, t, v, func(w io.Writer) {
		if v.Replayed {
			sayln(w, "This award was made before; nothing was changed.")
		}
		if v.Status == "revoked" {
			sayln(w, "It is revoked, for good. To award again, use another --external-id.")
		}
		say(w, "%s\n  award  %s\n  page   %s\n  claim  %s\n", plain(v.Recipient), v.ID, v.Page, v.Claim)
	})
}

func (a *app) viewAward(x issuer.Award) awardView {
	v := awardView{ID: x.ID, Recipient: x.Recipient.Name, ExternalID: x.ExternalID, Status: string(x.State()), ListOverdue: a.late(x.Lists()...)}
	if current, ok := x.Current(); ok {
		v.Page = a.awards.CredentialURL(current.ID)
	}
	return v
}

// awardFile imports a CSV file, or says what importing it would do.
func (a *app) awardFile(cmd *cobra.Command, t terminal, x awardFlags) error {
	o, err := fileOptions(x)
	if err != nil {
		return err
	}
	in, err := readInputFile(t, x.csv)
	if err != nil {
		return err
	}
	sheet, err := batch.Parse(in, o)
	if err != nil {
		return err
	}
	id, err := randid.New(rand.Reader)
	if err != nil {
		return err
	}
	im := a.importer(actorCLI, "bat_"+id)
	plan, err := im.Plan(cmd.Context(), sheet, batch.Target{Issuer: x.req.IssuerRef, Achievement: x.req.AchievementRef})
	if err != nil {
		return err
	}
	if x.dryRun {
		if !wantsJSON(cmd) {
			printColumns(t.out, sheet)
		}
		return a.report(cmd, t, x, plan.Rows, plan.WriteBadRows)
	}
	rep, err := im.Run(cmd.Context(), plan, func(done, total int) {
		if done%100 == 0 || done == total {
			say(t.err, "\r%d of %d", done, total)
		}
	})
	sayln(t.err)
	if shown := a.report(cmd, t, x, rep.Rows, rep.WriteBadRows); err == nil {
		err = shown
	}
	return err
}

// printColumns says what of a file is read, so that nobody awards by a column that was overlooked.
func printColumns(w io.Writer, s *batch.Sheet) {
	read, ignored := s.Read()
	say(w, "columns read: %s\n", plain(strings.Join(read, ", ")))
	if len(ignored) > 0 {
		say(w, "not read: %s\n", plain(strings.Join(ignored, ", ")))
	}
	if _, dated := s.Column(batch.AwardedAt); !dated {
		sayln(w, "no column tells when: every row is taken as completed, as of today (--map awarded_at=… names one)")
	}
}

// report prints what each row leads to. Rows that need repair make the exit code 1.
func (a *app) report(cmd *cobra.Command, t terminal, x awardFlags, rows []batch.Outcome, bad func(io.Writer) (int, error)) error {
	totals := batch.Totals{}
	for _, r := range rows {
		totals[r.Status]++
	}
	v := struct {
		DryRun bool            `json:"dry_run"`
		Totals batch.Totals    `json:"totals"`
		Rows   []batch.Outcome `json:"rows"`
	}{x.dryRun, totals, rows}
	err := show(cmd, t, v, func(w io.Writer) {
		for _, r := range rows {
			if len(r.Reasons) > 0 {
				say(w, "line %d: %s: %s [%s]\n", r.Line, r.Status, r.Reasons[0].Sentence, r.Reasons[0].Code)
			}
		}
		for _, s := range []batch.Status{batch.Planned, batch.Awarded, batch.Known, batch.Skipped, batch.Duplicate, batch.Problem, batch.Failed} {
			if totals[s] > 0 {
				say(w, "%6d %s\n", totals[s], s)
			}
		}
		if len(rows) == 0 {
			sayln(w, "The file has a heading and no rows.")
		}
		if x.dryRun {
			sayln(w, "This was a dry run: nothing was awarded.")
		}
	})
	if err != nil {
		return err
	}
	if x.links != "" && !x.dryRun {
		if err := writeFile(x.links, func(w io.Writer) error { return a.writeLinks(cmd.Context(), w, rows) }); err != nil {
			return err
		}
	}
	if x.badRows != "" {
		if err := writeFile(x.badRows, func(w io.Writer) error { _, err := bad(w); return err }); err != nil {
			return err
		}
	}
	if totals[batch.Problem]+totals[batch.Failed] > 0 {
		return exit(exitBad)
	}
	return nil
}

func fileOptions(x awardFlags) (batch.Options, error) {
	o := batch.Options{Dates: batch.DateOrder(x.dates)}
	if o.Dates != batch.AskOrder && o.Dates != batch.DayFirst && o.Dates != batch.MonthFirst {
		return o, usage{fmt.Errorf("--dates takes dmy or mdy")}
	}
	for _, pair := range list(x.columns) {
		field, column, ok := strings.Cut(pair, "=")
		if !ok {
			return o, usage{fmt.Errorf("--map takes field=column pairs, %q is none", pair)}
		}
		if o.Map == nil {
			o.Map = map[batch.Field]string{}
		}
		o.Map[batch.Field(field)] = column
	}
	return o, nil
}

func readInputFile(t terminal, name string) ([]byte, error) {
	src := t.in
	if name != "-" {
		f, err := openFile(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		src = f
	}
	data, err := io.ReadAll(io.LimitReader(src, limits.CSVBytes+1))
	if err == nil && len(data) > limits.CSVBytes {
		err = fault.New(fault.TooLarge, nil, "the file is larger than %d MiB", limits.CSVBytes>>20).Hint("split it")
	}
	return data, err
}

// writeFile makes a file that must not be there yet.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(filepath.Clean(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.Invalid, err, "the file %s cannot be written", plain(name)).Hint("it must not exist yet")
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
