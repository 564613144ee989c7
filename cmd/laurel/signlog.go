package main

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// newSignlog makes the issuance log, whose checkpoint key follows from the key-encryption key.
func newSignlog(a *app, kek keys.KEK) (*signlog.Service, error) {
	seed, err := hkdf.Key(sha256.New, kek[:], nil, "laurel issuance log", 32)
	if err != nil {
		return nil, fmt.Errorf("key of the issuance log: %w", err)
	}
	return signlog.New(signlog.Config{Store: a.store, Seed: seed, BaseURL: a.base})
}

// records is the deployment's own log as the verifier asks it.
type records struct{ app *app }

// Signed implements verifier.Records. The log speaks for the issuers of this deployment alone.
func (r records) Signed(ctx context.Context, id string, digest []byte) (time.Time, bool, error) {
	e, err := r.app.store.Recorded(ctx, digest)
	if fault.Is(err, fault.NotFound) {
		return time.Time{}, false, nil
	}
	owner, _, _ := strings.Cut(e.Key, "#")
	return e.At, err == nil && owner == id, err
}

// stored gives the log everything that was signed as a credential, with what was signed of it.
func (a *app) stored(ctx context.Context, f func(signlog.Stored) error) error {
	return a.store.EachSigned(ctx, func(x store.Signed) error {
		message, err := issuance.Message(x.Form, x.Cryptosuite, x.Bytes)
		return f(signlog.Stored{Kind: x.Kind, Seq: x.Seq, ID: x.ID, KeyID: x.KeyID, At: x.At, Message: message, Err: err})
	})
}

func newLog(t terminal) *cobra.Command {
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Examine the issuance log: is it whole, and was everything that was signed recorded in it?",
		Long: `Examine the issuance log: its chain is whole, it continues from the checkpoint that is given, and everything that is stored
was recorded in it before it was signed: credentials of awards in every form, learner records, endorsements, and what platforms
wrote. What is recorded and stored nowhere is named and is no fault: it was given up, lost in a crash before anybody had it,
signed anew since, or erased by its learner. What is older than the log itself is counted. Exit code 1 when something does not fit.`,
		Args: exactly(0, "flags only"),
	}
	kept := verify.Flags().String("checkpoint", "", "file with a checkpoint of before")
	verify.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			var before []signlog.Checkpoint
			if *kept != "" {
				text, err := os.ReadFile(filepath.Clean(*kept))
				if err != nil {
					return fault.New(fault.Invalid, err, "the checkpoint %s cannot be read: %s", *kept, reason(err))
				}
				c, err := a.signlog.Read(text)
				if err != nil {
					return err
				}
				before = append(before, c)
			}
			r, err := a.signlog.Verify(cmd.Context(), a.stored, before...)
			if err != nil {
				return err
			}
			if err := show(cmd, t, r, func(w io.Writer) { printReport(w, r) }); err != nil {
				return err
			}
			if len(r.Faults) > 0 {
				return exit(exitBad)
			}
			return nil
		})
	}
	checkpoint := &cobra.Command{
		Use: "checkpoint", Short: "Print the signed end of the issuance log, to be kept elsewhere", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error {
				c, err := a.signlog.Checkpoint(cmd.Context())
				if err == nil {
					sayln(t.out, string(c))
				}
				return err
			})
		},
	}
	return group(&cobra.Command{Use: "log", Short: "Examine the issuance log"}, withJSON(verify), checkpoint)
}

func printReport(w io.Writer, r signlog.Report) {
	for _, f := range r.Faults {
		say(w, "✗ %s\n", plain(f))
	}
	for _, l := range r.Left {
		say(w, "  entry %d of %s by %s is stored nowhere\n", l.Seq, l.At.Format(time.RFC3339), l.Key)
	}
	say(w, "%d entries, %d credentials and %d statements compared, %d recorded and not stored", r.Entries, r.Credentials, r.Statements, r.Unstored)
	if r.Older > 0 {
		say(w, ", %d older than the log", r.Older)
	}
	if len(r.Faults) == 0 {
		sayln(w, "\n✓ the log is whole, and nothing was signed outside of it")
		return
	}
	sayln(w, "")
}

// stopView is a stop as it is shown.
type stopView struct {
	Issuer string    `json:"issuer"` // "" for everybody
	Since  time.Time `json:"since"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	Until  time.Time `json:"closed_until,omitzero"` // of one that has closed: until when its last status lists hold
}

func newIssuing(t terminal) *cobra.Command {
	var ref, why string
	stop := &cobra.Command{
		Use: "stop", Short: "Stop issuing, for one issuer or all; revocations go on", Args: exactly(0, "flags only"),
		Example: `  laurel issuing stop --reason "a key may be stolen"
  laurel issuing stop --issuer my-school --reason "audit"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withIssuing(cmd, t, ref, func(a *app, id string) error {
				return a.signlog.Stop(cmd.Context(), signlog.Stop{IssuerID: id, Actor: actorCLI, Reason: why})
			})
		},
	}
	stop.Flags().StringVar(&ref, "issuer", "", "id, slug or DID; all when left out")
	stop.Flags().StringVar(&why, "reason", "", "one line that platforms read when they award (required)")
	resume := &cobra.Command{
		Use: "resume", Short: "Issue again", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withIssuing(cmd, t, ref, func(a *app, id string) error { return a.signlog.Resume(cmd.Context(), id, actorCLI) })
		},
	}
	resume.Flags().StringVar(&ref, "issuer", "", "id, slug or DID; the stop of all when left out")
	status := &cobra.Command{
		Use: "status", Short: "Show who has stopped issuing", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error { return showStops(cmd, t, a) })
		},
	}
	return group(&cobra.Command{Use: "issuing", Short: "Stop all issuing in an emergency, and go on"}, withJSON(stop), withJSON(resume), withJSON(status))
}

// withIssuing throws the switch for an issuer, or for all, and shows what is stopped then.
func withIssuing(cmd *cobra.Command, t terminal, ref string, f func(a *app, issuerID string) error) error {
	return withApp(cmd, t, func(a *app) error {
		id := ""
		if ref != "" {
			i, err := a.catalog.Issuer(cmd.Context(), ref)
			if err != nil {
				return err
			}
			id = i.ID
		}
		if err := f(a, id); err != nil {
			return err
		}
		return showStops(cmd, t, a)
	})
}

func showStops(cmd *cobra.Command, t terminal, a *app) error {
	stops, err := a.signlog.Stops(cmd.Context())
	if err != nil {
		return err
	}
	views := make([]stopView, len(stops))
	for i, s := range stops {
		views[i] = stopView{Issuer: s.IssuerID, Since: s.At, Actor: s.Actor, Reason: s.Reason, Until: s.Until}
	}
	return show(cmd, t, views, func(w io.Writer) {
		for _, v := range views {
			who := v.Issuer
			if who == "" {
				who = "everybody"
			}
			word := "stopped"
			if !v.Until.IsZero() {
				word = "closed"
			}
			say(w, "%s since %s: %s (%s)\n", word, v.Since.Format(time.RFC3339), who, plain(v.Reason))
		}
		if len(views) == 0 {
			sayln(w, "Issuing goes on.")
		}
	})
}
