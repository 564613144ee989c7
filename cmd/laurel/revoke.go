package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"
)

func newRevoke(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "revoke AWARD", Short: "Revoke an award and all its credentials, for good", Args: exactly(1, "the id of one award"),
		Long: `Revoke an award. All its credentials are revoked with it; every verifier sees it within a minute. It cannot be undone:
to give the achievement back, award it again.`,
		Example: `  laurel revoke awd_… --reason "issued to the wrong person"`,
	}
	reason := cmd.Flags().String("reason", "", "why (required)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			got, err := a.awards.Revoke(cmd.Context(), args[0], *reason, actorCLI)
			if err != nil {
				return err
			}
			v := a.viewAward(got)
			return show(cmd, t, v, func(w io.Writer) {
				say(w, "Revoked: %s (%s)\n", v.ID, plain(v.Recipient))
				if r := got.Revocation; r != nil && r.Reason != *reason {
					say(w, "It was revoked before, at %s; that reason stays: %s\n", r.At.UTC().Format(time.RFC3339), plain(r.Reason))
				}
			})
		})
	}
	return withJSON(cmd)
}
