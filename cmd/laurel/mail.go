package main

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/mail"
	"github.com/openlaurel/laurel/issuer/mailing"
)

// newMailing wires the mails to learners. Without a mail server the queue can be looked at and nothing is sent.
func newMailing(a *app, kek keys.KEK) (*mailing.Service, error) {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel mail stop", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the links that end mail: %w", err)
	}
	c := mailing.Config{
		Store: a.store, Awards: a.awards, Catalog: a.catalog, Links: a.learners, Offers: a.offers, Words: a.site.Translator, BaseURL: a.base,
		Secret: secret, Reminder: a.cfg.Mail.Reminder, Clock: a.clock, Logger: a.log,
	}
	if a.cfg.Mail.Server != "" {
		if a.sender, err = newSender(a.cfg.Mail, a.clock); err != nil {
			return nil, err
		}
		c.Post = post(a.sender)
	}
	return mailing.New(c), nil
}

func newSender(m config.Mail, clock func() time.Time) (*mail.Sender, error) {
	c := mail.Config{
		Server: m.Server, Security: mail.Security(m.Security), User: m.User, From: m.From, Timeout: limits.MailTimeout, Clock: clock,
	}
	if m.Password != "" {
		text, err := os.ReadFile(filepath.Clean(m.Password))
		if err != nil {
			return nil, fault.New(fault.Unavailable, err, "the password of the mail server cannot be read: %s", reason(err)).Code("mail.password")
		}
		c.Password = string(bytes.TrimRight(text, "\r\n"))
	}
	if m.CA != "" {
		text, err := os.ReadFile(filepath.Clean(m.CA))
		if err != nil {
			return nil, fault.New(fault.Unavailable, err, "the authority of the mail server cannot be read: %s", reason(err)).Code("mail.ca")
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(text) {
			return nil, fault.New(fault.Invalid, nil, "%s has no certificate in PEM", plain(m.CA)).Code("mail.ca")
		}
	}
	return mail.New(c)
}

// post sends letters and tells the queue what became of them, without an address.
func post(s *mail.Sender) mailing.Post {
	return func(ctx context.Context, l mailing.Letter) error {
		ctx, cancel := context.WithTimeout(ctx, 2*limits.MailTimeout)
		defer cancel()
		err := s.Send(ctx, mail.Message(l))
		var f *mail.Failure
		if !errors.As(err, &f) {
			return err
		}
		out := &mailing.Failure{State: mailing.Waiting, Note: "mail.unreachable", Err: err}
		if f.Code != 0 {
			out.Note = fmt.Sprintf("smtp.%d", f.Code)
		}
		switch f.Outcome {
		case mail.ForGood:
			out.State = mailing.Failed
		case mail.Unclear:
			out.State, out.Note = mailing.Unclear, "mail.unclear"
		}
		return out
	}
}

func newMail(t terminal) *cobra.Command {
	test := &cobra.Command{
		Use: "test ADDRESS", Short: "Send one mail to an address, to see that the settings are right", Args: exactly(1, "one e-mail address"),
		Example: "  laurel mail test me@example.org --mail-server smtp.example.org:587 --mail-from badges@example.org",
	}
	test.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := settings(cmd, t)
		if err != nil {
			return err
		}
		if cfg.Mail.Server == "" {
			return fault.New(fault.Invalid, nil, "no mail server is set").Code("mail.server").Hint("set --mail-server and --mail-from; docs/operate.md says how")
		}
		s, err := newSender(cfg.Mail, time.Now)
		if err != nil {
			return err
		}
		const text = "This is a test of Laurel. Mail to learners works.\n"
		id := fmt.Sprintf("test-%d", time.Now().UnixNano())
		err = s.Send(cmd.Context(), mail.Message{ID: id, To: args[0], Subject: "Laurel: a test", Text: text, HTML: "<p>" + text + "</p>", Lang: "en"})
		if err != nil {
			return fault.New(fault.Unavailable, err, "the mail was not sent: %s", plain(errors.Unwrap(err).Error())).Code("mail.unsent")
		}
		sayln(t.out, "The server took the mail.")
		return nil
	}
	return group(&cobra.Command{Use: "mail", Short: "Mail to learners: try the settings, look at the queue, send again"}, test, newMailList(t), newMailRetry(t))
}

// mailView is a mail of the queue as the command line shows it. The queue knows no addresses.
type mailView struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Award    string    `json:"award"`
	State    string    `json:"state"`
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"`
	Note     string    `json:"note,omitempty"`
}

func viewMail(m mailing.Mail) mailView {
	v := mailView{ID: m.ID, Kind: string(m.Kind), Award: m.AwardID, State: string(m.State), Attempts: m.Attempts, Note: m.Note}
	if m.State == mailing.Waiting {
		v.Next = m.Next
	}
	return v
}

func newMailList(t terminal) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the newest mails of the queue with their states", Args: exactly(0, "flags only")}
	state := cmd.Flags().String("state", "", "only waiting, sending, sent, failed, unclear or dropped ones")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			found, err := a.mails.Mails(cmd.Context(), mailing.State(*state), limits.LearnerWishesShown)
			if err != nil {
				return err
			}
			out := make([]mailView, len(found))
			for i, m := range found {
				out[i] = viewMail(m)
			}
			return show(cmd, t, out, func(w io.Writer) {
				for _, m := range out {
					say(w, "%s  %-10s  %-8s  %s  %s\n", m.ID, m.Kind, m.State, m.Award, m.Note)
				}
			})
		})
	}
	return withJSON(cmd)
}

func newMailRetry(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "retry MAIL", Short: "Send a mail again that failed or is unclear", Args: exactly(1, "the id of one mail"),
		Long: `Let a mail wait again that failed, or of which nobody knows whether the server took it. The server sends it.`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			m, err := a.mails.Retry(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			v := viewMail(m)
			return show(cmd, t, v, func(w io.Writer) { say(w, "%s waits again.\n", v.ID) })
		})
	}
	return withJSON(cmd)
}
