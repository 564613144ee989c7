package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/offer"
)

// offerView is a claim link as the command line shows it.
type offerView struct {
	ID      string `json:"id"`
	Award   string `json:"award"`
	State   string `json:"state"`
	Expires string `json:"expires_at"`
	Asked   string `json:"asked_at,omitempty"`
	Guarded bool   `json:"guarded"`
	Unbound string `json:"unbound,omitempty"`
	Note    string `json:"note,omitempty"`
	Claim   string `json:"claim_url,omitempty"`
	TxCode  string `json:"tx_code,omitempty"`
}

func newOffer(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "offer AWARD", Short: "Make a further claim link for the learner of an award, list or revoke them", Args: exactly(1, "the id of one award"),
		Long: `Make a further claim link of an award: for a learner whose link has run out, or for a second wallet. The link and the transaction
code are shown once. With --tx-code the link alone gives nothing away: the wallet asks for the code, which you send by another way.
--list shows the links of the award, --revoke makes one of them good for nothing.`,
		Example: "  laurel award offer awd_… --tx-code\n  laurel award offer awd_… --list",
	}
	f := cmd.Flags()
	guarded := f.Bool("tx-code", false, "with a transaction code of six digits")
	life := f.Duration("life", 0, "how long the link works, such as 48h (default 720h)")
	unbound := f.String("unbound", "", "what becomes of the files when a wallet takes the badge: keep or supersede; default: the setting")
	note := f.String("note", "", "one line for yourself, which the learner does not see")
	eml := f.String("mail", "", "write a mail with the link to this file (.eml), for you to send; it must not exist yet")
	list := f.Bool("list", false, "list the links of the award instead")
	revoke := f.String("revoke", "", "revoke the link with this id instead")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *list && *revoke != "" || (*list || *revoke != "") && (*guarded || *life != 0 || *note != "" || *unbound != "" || *eml != "") {
			return usage{fmt.Errorf("--list and --revoke stand alone")}
		}
		return withApp(cmd, t, func(a *app) error {
			switch {
			case *list:
				return a.listOffers(cmd, t, args[0])
			case *revoke != "":
				o, err := a.offers.Revoke(cmd.Context(), args[0], *revoke, actorCLI)
				if err != nil {
					return err
				}
				return show(cmd, t, a.viewOffer(offer.Fresh{Offer: o}), func(w io.Writer) { say(w, "The link %s is revoked.\n", o.ID) })
			}
			o := offer.Order{Note: *note, Unbound: offer.Unbound(*unbound), Actor: actorCLI}
			if *guarded {
				o.Guard = offer.WithTxCode
			}
			if *life != 0 {
				o.ExpiresAt = a.clock().Add(*life)
			}
			return a.makeOffer(cmd, t, args[0], *eml, o)
		})
	}
	return withJSON(cmd)
}

// makeOffer makes a claim link and, unless eml is "", the mail that brings it.
func (a *app) makeOffer(cmd *cobra.Command, t terminal, awardID, eml string, o offer.Order) error {
	var about issuer.Award
	if eml != "" {
		var err error
		if about, err = a.writable(cmd.Context(), awardID, eml); err != nil {
			return err
		}
	}
	made, err := a.offers.Create(cmd.Context(), awardID, o)
	if err == nil && eml != "" {
		err = a.writeMail(cmd.Context(), eml, about, made)
	}
	if err != nil {
		return err
	}
	v := a.viewOffer(made)
	return show(cmd, t, v, func(w io.Writer) {
		say(w, "claim  %s\n", v.Claim)
		if v.TxCode != "" {
			say(w, "code   %s (send it by another way than the link; it is shown once)\n", v.TxCode)
		}
		say(w, "until  %s\n", v.Expires)
	})
}

func (a *app) listOffers(cmd *cobra.Command, t terminal, awardID string) error {
	if _, err := a.awards.Find(cmd.Context(), awardID); err != nil {
		return err
	}
	all, err := a.offers.Of(cmd.Context(), awardID)
	if err != nil {
		return err
	}
	views := make([]offerView, len(all))
	for i, o := range all {
		views[i] = a.viewOffer(offer.Fresh{Offer: o})
	}
	return show(cmd, t, views, func(w io.Writer) {
		for _, v := range views {
			say(w, "%s  %-7s  until %s  %s\n", v.ID, v.State, v.Expires, plain(v.Note))
		}
	})
}

func (a *app) viewOffer(f offer.Fresh) offerView {
	written := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return credential.FormatTime(at)
	}
	v := offerView{
		ID: f.Offer.ID, Award: f.Offer.AwardID, State: string(f.Offer.State(a.clock())), Expires: written(f.Offer.ExpiresAt),
		Asked: written(f.Offer.AskedAt), Guarded: len(f.Offer.TxHash) > 0, Unbound: string(f.Offer.Unbound), Note: f.Offer.Note,
		TxCode: f.TxCode,
	}
	if f.Code != "" {
		v.Claim = a.awards.ClaimURL(f.Code)
	}
	return v
}
