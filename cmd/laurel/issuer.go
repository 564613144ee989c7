package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/openlaurel/laurel/internal/fault"
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
	return group(&cobra.Command{Use: "issuer", Short: "Add, list, show, edit and archive issuers"},
		newIssuerAdd(t), newIssuerList(t), newIssuerShow(t), newIssuerEdit(t), newIssuerArchive(t))
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

func newIssuerEdit(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "edit ISSUER", Short: "Change what an issuer's new badges say of it", Args: exactly(1, "the id, slug or DID of one issuer"),
		Long: "Change what an issuer's new badges say of it. What is not named stays, an empty text goes. Badges that were awarded before keep what was signed.",
		Example: `  laurel issuer edit my-school --name "My School Nairobi" --email badges@school.example
  laurel issuer edit my-school --picture owl.svg --picture-text "An owl"`,
	}
	f := cmd.Flags()
	for name, about := range map[string]string{
		"name": "name of the organisation", "url": "its web site", "email": "its mail address for questions about badges",
		"description": "what it is, in a sentence", "language": "language of its texts", "picture": "path of a PNG or SVG; empty takes the picture away",
		"picture-text": "what the picture shows",
	} {
		f.String(name, "", about)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withApp(cmd, t, func(a *app) error {
			old, err := a.catalog.Issuer(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			n := catalog.NewIssuer{Name: old.Name, URL: old.URL, Email: old.Email, Description: old.Description, Language: old.Language, Actor: actorCLI}
			for name, at := range map[string]*string{"name": &n.Name, "url": &n.URL, "email": &n.Email, "description": &n.Description, "language": &n.Language} {
				if f.Changed(name) {
					*at = f.Lookup(name).Value.String()
				}
			}
			if n.Image, err = editedPicture(f); err != nil {
				return err
			}
			i, err := a.catalog.ReviseIssuer(cmd.Context(), old.ID, n)
			if err != nil {
				return err
			}
			v := viewIssuer(i)
			return show(cmd, t, v, func(w io.Writer) { printIssuer(w, v) })
		})
	}
	return withJSON(cmd)
}

// editedPicture is what the flags say of a picture: nil leaves it, an empty one takes it away.
func editedPicture(f *pflag.FlagSet) (*catalog.Image, error) {
	path, alt := f.Lookup("picture").Value.String(), f.Lookup("picture-text").Value.String()
	switch {
	case !f.Changed("picture") && !f.Changed("picture-text"):
		return nil, nil
	case path == "":
		return &catalog.Image{Alt: alt}, nil
	}
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the picture %s cannot be read: %s", path, reason(err))
	}
	return &catalog.Image{Alt: alt, Data: data}, nil
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
