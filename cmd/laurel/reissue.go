package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// reissueView is what became of what a withdrawn key signed.
type reissueView struct {
	DryRun     bool     `json:"dry_run"`
	Done       int      `json:"done"`
	Believed   int      `json:"believed"`
	Revoked    int      `json:"revoked"`
	Suspended  int      `json:"suspended"`
	Expired    int      `json:"expired"`
	Statements []string `json:"statements"`
}

func newKeysReissue(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "reissue KEY", Short: "Issue again what a withdrawn key signed", Args: exactly(1, "the id of one withdrawn key, as laurel keys list shows it"),
		Long: `Issue again the credentials that a withdrawn key signed and that nobody believes any more, by the key that is active now. Each keeps
its id and its page, and gets a later date and a status index of its own; its index of before is revoked. Their owners take them again from the
badge page. What was interrupted is finished by the same command again.

With --all what the issuance log places before the theft is issued again, too: this deployment believes it, strangers do not.`,
		Example: `  laurel keys reissue did:web:badges.example.org#es256-… --dry-run
  laurel keys reissue did:web:badges.example.org#es256-…`,
	}
	r := issuer.Reissue{Actor: actorCLI, Most: 200}
	var dry, all bool
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, say what would become of everything that the key signed")
	cmd.Flags().BoolVar(&all, "all", false, "also what the issuance log places before the theft")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if all {
			r.Scope = issuer.All
		}
		return withApp(cmd, t, func(a *app) error {
			known, err := a.store.Keys(cmd.Context(), "")
			if err != nil {
				return err
			}
			k, err := keyring.Stolen(known, args[0])
			if err != nil {
				return err
			}
			r.IssuerID, r.KeyID, r.From = k.IssuerID, k.ID, k.CompromisedAt
			var v reissueView
			if dry {
				v, err = a.planReissue(cmd.Context(), r)
			} else {
				v, err = a.reissue(cmd.Context(), r, func(looked, all int) { say(t.err, "\r%d of %d", looked, all) })
				sayln(t.err)
			}
			if err != nil {
				return err
			}
			return show(cmd, t, v, func(w io.Writer) { printReissue(w, v) })
		})
	}
	return withJSON(cmd)
}

func (v *reissueView) add(d issuer.Reissued) {
	v.Done, v.Believed, v.Revoked = v.Done+d.Done, v.Believed+d.Believed, v.Revoked+d.Revoked
	v.Suspended, v.Expired = v.Suspended+d.Suspended, v.Expired+d.Expired
}

func (v reissueView) looked() int { return v.Done + v.Believed + v.Revoked + v.Suspended + v.Expired }

// planReissue says what reissue would do.
func (a *app) planReissue(ctx context.Context, r issuer.Reissue) (reissueView, error) {
	v := reissueView{DryRun: true}
	d, err := a.awards.PlanReissue(ctx, r)
	if err != nil {
		return v, err
	}
	v.add(d)
	return v, v.lost(ctx, a, r)
}

// withdrawalView is what a withdrawal would do.
type withdrawalView struct {
	reissueView

	Key  string    `json:"key"`
	From time.Time `json:"from"`
}

// showWithdrawal says what a withdrawal would do, and changes nothing.
func showWithdrawal(cmd *cobra.Command, t terminal, a *app, w keyring.Withdrawal) error {
	k, err := a.keys.PlanWithdraw(cmd.Context(), w)
	if err != nil {
		return err
	}
	plan, err := a.planReissue(cmd.Context(), issuer.Reissue{IssuerID: w.IssuerID, KeyID: k.ID, From: k.CompromisedAt, Actor: actorCLI})
	if err != nil {
		return err
	}
	v := withdrawalView{plan, k.ID, k.CompromisedAt}
	return show(cmd, t, v, func(out io.Writer) {
		say(out, "Withdrawn from %s on, of what %s signed\n", v.From.Format(time.RFC3339), plain(v.Key))
		say(out, "  %d credentials would hold no more, and could be issued again\n"+
			"  %d stay believed here, recorded before that; strangers refuse them\n", v.Done, v.Believed)
		say(out, "  %d are suspended, %d revoked, %d expired\n  %d records, endorsements or credentials that platforms wrote would hold no more\n",
			v.Suspended, v.Revoked, v.Expired, len(v.Statements))
		for _, id := range v.Statements {
			say(out, "    %s\n", id)
		}
		sayln(out, "This was a dry run: nothing was changed.")
	})
}

// reissue goes on until everything was looked at, and tells progress how far it is.
func (a *app) reissue(ctx context.Context, r issuer.Reissue, progress func(looked, all int)) (reissueView, error) {
	var v reissueView
	plan, err := a.planReissue(ctx, r)
	if err != nil {
		return v, err
	}
	for {
		d, err := a.awards.Reissue(ctx, r)
		v.add(d)
		if err != nil {
			return v, err
		}
		progress(v.looked(), max(v.looked(), plan.looked()))
		if r.Cursor = d.Next; d.Next == "" {
			return v, v.lost(ctx, a, r)
		}
	}
}

// lost names the statements that hold no more.
func (v *reissueView) lost(ctx context.Context, a *app, r issuer.Reissue) error {
	v.Statements = []string{}
	all, err := a.awards.Unbelievable(ctx, r)
	for _, x := range all {
		v.Statements = append(v.Statements, x.ID)
	}
	return err
}

func printReissue(w io.Writer, v reissueView) {
	verb := "were issued again"
	if v.DryRun {
		verb = "would be issued again"
	}
	say(w, "%d credentials %s. Left alone: %d believed, %d revoked, %d suspended, %d expired.\n", v.Done, verb, v.Believed, v.Revoked, v.Suspended, v.Expired)
	if v.Suspended > 0 {
		sayln(w, "Reinstate or revoke the suspended awards, and run this again.")
	}
	if len(v.Statements) > 0 {
		say(w, "%d records, endorsements or credentials that platforms wrote hold no more. Make each anew, then revoke it:\n  %s\n",
			len(v.Statements), strings.Join(v.Statements, "\n  "))
	}
	if v.DryRun {
		sayln(w, "This was a dry run: nothing was changed.")
	}
}
