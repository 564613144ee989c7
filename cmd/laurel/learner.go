package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"
)

// linkView is a learner's link as the command line shows it, once.
type linkView struct {
	URL     string    `json:"url"`
	Expires time.Time `json:"expires_at"`
}

func newLearnerLink(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "link AWARD", Short: "Make a link to all badges of an award's learner", Args: exactly(1, "the id of one award"),
		Long: `Make a link to the page of an award's learner: all badges that have the same e-mail address and name, or without an
address the same id. Whoever has the
link can hide badges, ask for corrections and erase data: it is for the learner alone, and is shown once.`,
		Example: "  laurel award link awd_…",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			secret, l, err := a.learners.Invite(cmd.Context(), args[0], 0, actorCLI)
			if err != nil {
				return err
			}
			v := linkView{URL: a.base + "/my/" + secret, Expires: l.ExpiresAt}
			return show(cmd, t, v, func(w io.Writer) { say(w, "%s\n  until  %s\n", v.URL, v.Expires.Format(time.DateOnly)) })
		})
	}
	return withJSON(cmd)
}
