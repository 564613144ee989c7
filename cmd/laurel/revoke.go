package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/issuer"
)

func newRevoke(t terminal) *cobra.Command {
	return stepCommand(t, issuer.Revoke, &cobra.Command{
		Use: "revoke AWARD", Short: "Revoke an award and all its credentials, a record or an endorsement, for good",
		Args: exactly(1, "the id of one award, record or endorsement"),
		Long: `Revoke an award (awd_…). All its credentials are revoked with it; every verifier sees it within a minute. It cannot be undone:
to give the achievement back, award it again. A learner record (rec_…) or an endorsement (end_…) is revoked by itself: what is
in the record stays what it is.`,
		Example: `  laurel revoke awd_… --reason "issued to the wrong person"`,
	})
}

func newSuspend(t terminal) *cobra.Command {
	return stepCommand(t, issuer.Suspend, &cobra.Command{
		Use: "suspend AWARD", Short: "Suspend an award and all its credentials until it is reinstated", Args: exactly(1, "the id of one award"),
		Long: `Suspend an award. Its credentials do not hold until it is reinstated or revoked. A credential whose one status entry is
in a list of revocations is revoked by it, and is signed anew when the award is reinstated; --status-entry suspension of
the server makes credentials that come back by themselves.`,
		Example: `  laurel suspend awd_… --reason "under investigation" --code investigation`,
	})
}

func newReinstate(t terminal) *cobra.Command {
	return stepCommand(t, issuer.Reinstate, &cobra.Command{
		Use: "reinstate AWARD", Short: "End the suspension of an award", Args: exactly(1, "the id of one award"),
		Long: `End the suspension of an award. Credentials that were revoked by it are signed anew under their old ids; their owners
take them again from the badge page.`,
		Example: `  laurel reinstate awd_…`,
	})
}

// stepCommand completes the command of one action.
func stepCommand(t terminal, action issuer.Action, cmd *cobra.Command) *cobra.Command {
	need := " (required)"
	if action == issuer.Reinstate {
		need = ""
	}
	step := issuer.Step{Action: action, Actor: actorCLI}
	cmd.Flags().StringVar(&step.Reason, "reason", "", "why"+need)
	code := cmd.Flags().String("code", "", "why, for programs: mistake, fraud, superseded, requirements, investigation, requested, key or other")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			step.Code = issuer.ReasonCode(*code)
			if action == issuer.Revoke && (strings.HasPrefix(args[0], "rec_") || strings.HasPrefix(args[0], "end_") || strings.HasPrefix(args[0], "vcr_")) {
				return a.revokeStatement(cmd, t, args[0], step)
			}
			got, err := a.awards.Apply(cmd.Context(), args[0], step)
			if err != nil {
				return err
			}
			v := a.viewAward(got)
			return show(cmd, t, v, func(w io.Writer) { sayStep(w, v, got, step) })
		})
	}
	return withJSON(cmd)
}

func sayStep(w io.Writer, v awardView, got issuer.Award, step issuer.Step) {
	switch step.Action {
	case issuer.Revoke:
		say(w, "Revoked: %s (%s)\n", v.ID, plain(v.Recipient))
		if r := got.Revocation; r != nil && r.Reason != step.Reason {
			say(w, "It was revoked before, at %s; that reason stays: %s\n", r.At.UTC().Format(time.RFC3339), plain(r.Reason))
		}
	case issuer.Suspend:
		say(w, "Suspended: %s (%s)\n", v.ID, plain(v.Recipient))
		if r := got.Suspension; r != nil && r.Reason != step.Reason {
			say(w, "It was suspended before, at %s; that reason stays: %s\n", r.At.UTC().Format(time.RFC3339), plain(r.Reason))
		}
	default:
		say(w, "Reinstated: %s (%s)\n", v.ID, plain(v.Recipient))
	}
	v.ListOverdue.say(w)
}
