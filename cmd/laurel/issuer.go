package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// issuerView is an issuer as the command line shows it.
type issuerView struct {
	ID        string `json:"id"`
	Slug      string `json:"slug"`
	DID       string `json:"did"`
	Name      string `json:"name"`
	URL       string `json:"url,omitempty"`
	Email     string `json:"email,omitempty"`
	Algorithm string `json:"algorithm"`
}

func viewIssuer(i catalog.Issuer) issuerView {
	return issuerView{ID: i.ID, Slug: i.Slug, DID: i.DID, Name: i.Name, URL: i.URL, Email: i.Email, Algorithm: i.Algorithm}
}

func newIssuer(t terminal) *cobra.Command {
	return group(&cobra.Command{Use: "issuer", Short: "Add, list, show and archive issuers"},
		newIssuerAdd(t), newIssuerList(t), newIssuerShow(t), newIssuerArchive(t))
}

func newIssuerAdd(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add", Short: "Add an issuer and make its keys", Args: exactly(0, "flags only"),
		Example: `  laurel issuer add --name "Example University" --url https://example.org --email badges@example.org`,
	}
	var n catalog.NewIssuer
	f := cmd.Flags()
	f.StringVar(&n.Name, "name", "", "name of the organisation (required)")
	f.StringVar(&n.Slug, "slug", "", "short name for addresses (default: from the name)")
	f.StringVar(&n.URL, "url", "", "its web site")
	f.StringVar(&n.Email, "email", "", "its mail address for questions about badges")
	f.StringVar(&n.Description, "description", "", "what it is, in a sentence")
	f.StringVar(&n.Language, "language", "", "language of its texts (default en)")
	f.StringVar(&n.Algorithm, "alg", "", "signature algorithm: ES256 (default), EdDSA or RS256")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		n.Actor = actorCLI
		return withApp(cmd, t, func(a *app) error {
			i, err := a.newIssuer(cmd.Context(), n)
			if err != nil {
				return err
			}
			v := viewIssuer(i)
			return show(cmd, t, v, func(w io.Writer) { printIssuer(w, v) })
		})
	}
	return withJSON(required(cmd, "name"))
}

func newIssuerList(t terminal) *cobra.Command {
	return withJSON(&cobra.Command{
		Use: "list", Short: "List the issuers", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error {
				all, err := a.catalog.Issuers(cmd.Context())
				if err != nil {
					return err
				}
				views := make([]issuerView, len(all))
				for i := range all {
					views[i] = viewIssuer(all[i])
				}
				return show(cmd, t, views, func(w io.Writer) {
					for _, v := range views {
						say(w, "%s  %-20s %s\n", v.ID, v.Slug, plain(v.Name))
					}
					if len(views) == 0 {
						sayln(w, `No issuers yet: laurel issuer add --name "…" makes one.`)
					}
				})
			})
		},
	})
}

func newIssuerShow(t terminal) *cobra.Command {
	return withJSON(&cobra.Command{
		Use: "show ISSUER", Short: "Show one issuer with its keys", Args: exactly(1, "the id, slug or DID of one issuer"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, t, func(a *app) error {
				i, err := a.catalog.Issuer(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				ks, err := a.store.Keys(cmd.Context(), i.ID)
				if err != nil {
					return err
				}
				v := struct {
					issuerView
					Keys []string `json:"keys"`
				}{issuerView: viewIssuer(i)}
				for _, k := range ks {
					if k.State == keyring.Active {
						v.Keys = append(v.Keys, k.ID)
					}
				}
				return show(cmd, t, v, func(w io.Writer) {
					printIssuer(w, v.issuerView)
					for _, k := range v.Keys {
						say(w, "  key        %s\n", k)
					}
				})
			})
		},
	})
}

func printIssuer(w io.Writer, v issuerView) {
	say(w, "%s\n  id         %s\n  slug       %s\n  identity   %s\n  signs with %s\n", plain(v.Name), v.ID, v.Slug, v.DID, v.Algorithm)
}
