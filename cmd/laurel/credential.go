package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// credentialView is a further credential of an award as the command line shows it.
type credentialView struct {
	ID          string `json:"id"`
	Award       string `json:"award"`
	Form        string `json:"form"`
	Cryptosuite string `json:"cryptosuite,omitempty"`
	Alg         string `json:"alg"`
	Holder      string `json:"holder,omitempty"`
	Page        string `json:"page"`
}

func newCredential(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "credential AWARD", Short: "Issue an award in another form, or for the wallet of a holder", Args: exactly(1, "the id of one award"),
		Long: `Issue a further credential of an award, for a wallet or a checker that does not take the first one: the same content under an id
and a status of its own, revoked with the award. Asked for again, the same one is shown. What --out writes is for the learner: of
ecdsa-sd-2023 it is the base proof, with which the learner decides what to show.`,
		Example: "  laurel award credential awd_… --form data-integrity\n" +
			"  laurel award credential awd_… --form data-integrity --cryptosuite ecdsa-sd-2023 --holder did:key:z6Mk… --out badge.json",
	}
	f := cmd.Flags()
	form := f.String("form", "", "ob-jwt, vc-jwt, jwt-vc-1.1, data-integrity, sd-jwt, vc-sd-jwt or vc-cose (required)")
	suite := f.String("cryptosuite", "", "of data-integrity: eddsa-rdfc-2022 (default), ecdsa-rdfc-2019, ecdsa-sd-2023, eddsa-jcs-2022 or ecdsa-jcs-2019")
	alg := f.String("alg", "", "ES256, RS256, EdDSA or ES384; default: the issuer's, or the first that the form takes")
	holder := f.String("holder", "", "DID of the wallet that the credential is bound to")
	out := f.String("out", "", "write the signed credential to this file (it must not exist yet)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			c, err := a.awards.IssueAs(cmd.Context(), args[0], issuer.As{
				Form: proof.Form(*form), Cryptosuite: *suite, Alg: keys.Algorithm(*alg), Holder: issuer.Holder{ID: *holder},
			}, actorCLI)
			if err != nil {
				return err
			}
			if *out != "" {
				if err := writeFile(*out, func(w io.Writer) error { _, err := w.Write(c.Signed); return err }); err != nil {
					return err
				}
			}
			v := credentialView{
				ID: c.ID, Award: c.AwardID, Form: string(c.Form), Cryptosuite: c.Cryptosuite, Alg: string(c.Alg), Holder: c.Holder,
				Page: a.awards.CredentialURL(c.ID),
			}
			return show(cmd, t, v, func(w io.Writer) {
				say(w, "%s\n  credential  %s\n  page        %s\n", c.Secured(), v.ID, v.Page)
				if *out != "" {
					say(w, "  written to  %s\n", plain(*out))
				}
			})
		})
	}
	return withJSON(required(cmd, "form"))
}
