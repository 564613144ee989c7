package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/mail"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/mailing"
	"github.com/openlaurel/laurel/issuer/offer"
)

// mailFiles writes the mails that bring claim links, for those who send their mail themselves.
type mailFiles struct{ app *app }

// Addressed implements the MailFiles of API and pages: nil when a mail about the award can be written.
func (m mailFiles) Addressed(_ context.Context, a issuer.Award) error {
	switch {
	case !a.ErasedAt.IsZero():
		return fault.New(fault.Conflict, nil, "the learner's data of this award were erased").Code("award.erased")
	case a.State() != issuer.Active:
		return fault.New(fault.Conflict, nil, "the award is %s", a.State()).Code("award." + string(a.State()))
	case a.Recipient.Email == "":
		return mailing.NoAddress()
	}
	return nil
}

// from is who writes: the issuer, or the sender of the settings; where there is neither, the mail program says it.
func (m mailFiles) from(by catalog.Issuer) string {
	if by.Email == "" {
		return m.app.cfg.Mail.From
	}
	return (&netmail.Address{Name: by.Name, Address: by.Email}).String()
}

// Write implements the MailFiles of API and pages. The badge comes with the mail unless a transaction code guards it, or the copy
// in a wallet is the only one that holds.
func (m mailFiles) Write(ctx context.Context, a issuer.Award, o offer.Fresh) ([]byte, error) {
	by, err := m.app.catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return nil, err
	}
	d := mail.Draft{At: m.app.clock(), From: m.from(by)}
	d.Host, _, _ = strings.Cut(host(m.app.base), ":") // an id has no port
	with := mailing.Nothing
	if o.TxCode == "" && !a.Superseded() {
		if d.Files, err = m.files(ctx, a); err != nil {
			return nil, err
		}
		with = mailing.Badge
	}
	l, err := m.app.mails.Offer(ctx, a, o, with)
	if err != nil {
		return nil, err
	}
	d.Message = mail.Message(l)
	return d.Bytes()
}

// files is the badge as a file: the picture with the badge inside, or, where that would be too much for a mail, the signed text.
func (m mailFiles) files(ctx context.Context, a issuer.Award) ([]mail.File, error) {
	c, ok := a.Current()
	if !ok {
		return nil, nil
	}
	signed, err := attachment(c)
	if err != nil {
		return nil, err
	}
	if c.Form == proof.OBJWT || c.Form == proof.DataIntegrity {
		ach, err := m.app.catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
		if err != nil {
			return nil, err
		}
		picture, err := badgePictures{}.Picture(ctx, ach, "image/png")
		if err != nil {
			return nil, err
		}
		if baked, err := baking.BakePNG(picture, signed.Body); err == nil && len(baked) <= limits.MailPicture {
			return []mail.File{{Name: "badge.png", Media: "image/png", Body: baked}}, nil
		}
	}
	return []mail.File{{Name: signed.Name, Media: signed.Media, Body: signed.Body}}, nil
}

func newMails(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "mails", Short: "Write mails with claim links, for your own mail program or server to send", Args: exactly(0, "flags only"),
		Long: `Write a file (.eml) for each award that holds and whose learner has an e-mail address: a mail as text and HTML, in the learner's language,
with a new claim link and the badge itself. Nothing is sent, and no mail server is needed: open the files in a mail program, or give them
to a server. Earlier links go on working.`,
		Example: "  laurel award mails --batch bat_… --out mails",
	}
	var f issuer.Filter
	flags := cmd.Flags()
	by := flags.String("issuer", "", "only this issuer's (id, slug or DID)")
	achievement := flags.String("achievement", "", "only awards of this achievement (id or slug)")
	flags.StringVar(&f.BatchID, "batch", "", "only awards of this file; laurel award --csv printed its id")
	out := flags.String("out", "", "the folder for the files (required; it must not exist yet)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			if err := a.narrow(cmd.Context(), &f, *by, *achievement); err != nil {
				return err
			}
			n, err := a.writeMails(cmd.Context(), f, *out)
			if err != nil {
				return err
			}
			say(t.out, "Wrote %d mails to %s.\n", n, plain(*out))
			return nil
		})
	}
	return required(cmd, "out")
}

// writeMails writes a mail for each award of a filter that can be written about.
func (a *app) writeMails(ctx context.Context, f issuer.Filter, dir string) (n int, err error) {
	var to []issuer.Award
	for f.State, f.Limit = issuer.Active, 200; ; {
		page, next, err := a.awards.List(ctx, f)
		if err != nil {
			return 0, err
		}
		for _, x := range page {
			if x.Recipient.Email != "" && x.ErasedAt.IsZero() {
				to = append(to, x)
			}
		}
		if len(to) > limits.Slips {
			return 0, fault.New(fault.Invalid, nil, "at most %d mails are written at once", limits.Slips).Code("limits.mails").
				Hint("choose fewer awards, such as those of one file")
		}
		if f.Cursor = next; next == "" {
			break
		}
	}
	if len(to) == 0 {
		return 0, fault.New(fault.Invalid, nil, "of these awards, none holds whose learner has an e-mail address").Code("mails.none").
			Hint("for learners without e-mail there are slips")
	}
	if err := os.Mkdir(filepath.Clean(dir), 0o700); err != nil {
		return 0, fault.New(fault.Invalid, err, "the folder %s cannot be made", plain(dir)).Hint("it must not exist yet")
	}
	for _, x := range to {
		found, err := a.awards.Find(ctx, x.ID) // with what was signed
		if err != nil {
			return n, err
		}
		made, err := a.offers.Create(ctx, x.ID, offer.Order{Actor: actorCLI})
		if err != nil {
			return n, err
		}
		if err := a.writeMail(ctx, filepath.Join(dir, x.ID+".eml"), found, made); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (a *app) writeMail(ctx context.Context, name string, x issuer.Award, o offer.Fresh) error {
	body, err := mailFiles{a}.Write(ctx, x, o)
	if err != nil {
		return err
	}
	return writeFile(name, func(w io.Writer) error { _, err := w.Write(body); return err })
}

// writable refuses a mail that could not be written, before a claim link is made for it.
func (a *app) writable(ctx context.Context, awardID, name string) (issuer.Award, error) {
	x, err := a.awards.Find(ctx, awardID)
	if err != nil {
		return x, err
	}
	if _, err := os.Lstat(filepath.Clean(name)); !errors.Is(err, os.ErrNotExist) {
		return x, fault.New(fault.Invalid, err, "the file %s cannot be written", plain(name)).Hint("it must not exist yet")
	}
	if err := (mailFiles{a}).Addressed(ctx, x); err != nil {
		return x, fmt.Errorf("mail about %s: %w", x.ID, err)
	}
	return x, nil
}
