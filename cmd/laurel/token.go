package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/access"
)

// tokenView is a token as the command line shows it. Secret is there once, when it was made.
type tokenView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Issuer    string     `json:"issuer,omitempty"`
	Scopes    []string   `json:"scopes"`
	CreatedBy string     `json:"created_by,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	Secret    string     `json:"secret,omitempty"`
}

func viewToken(k access.Token) tokenView {
	v := tokenView{ID: k.ID, Name: k.Name, Issuer: k.IssuerID, CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt}
	for _, s := range k.Scopes {
		v.Scopes = append(v.Scopes, string(s))
	}
	if !k.ExpiresAt.IsZero() {
		v.ExpiresAt = &k.ExpiresAt
	}
	if !k.RevokedAt.IsZero() {
		v.RevokedAt = &k.RevokedAt
	}
	return v
}

func newToken(t terminal) *cobra.Command {
	return group(&cobra.Command{Use: "token", Short: "Add, list and revoke tokens for the API"},
		newTokenAdd(t), newTokenList(t), newTokenRevoke(t))
}

func newTokenAdd(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add", Short: "Make a token and print its secret, once", Args: exactly(0, "flags only"),
		Example: "  laurel token add --scope admin\n  laurel token add --scope award,read --issuer my-school --name \"learning platform\"",
	}
	scope := cmd.Flags().String("scope", "", "one or several of award, read, revoke, issue, admin, with commas between")
	name := cmd.Flags().String("name", "command line", "what the token is for")
	ref := cmd.Flags().String("issuer", "", "restrict it to this issuer (id, slug or DID)")
	expires := cmd.Flags().String("expires", "", "when it ends (2026-12-31T00:00:00Z); default: never")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		n := access.NewToken{Name: *name}
		for _, s := range list(*scope) {
			n.Scopes = append(n.Scopes, access.Scope(s))
		}
		if *expires != "" {
			at, err := credential.ParseTime(*expires)
			if err != nil {
				return fault.New(fault.Invalid, err, "--expires takes a date and time with an offset, such as 2026-12-31T00:00:00Z")
			}
			n.Expires = at
		}
		return withApp(cmd, t, func(a *app) error {
			if *ref != "" {
				i, err := a.catalog.Issuer(cmd.Context(), *ref)
				if err != nil {
					return err
				}
				n.IssuerID = i.ID
			}
			k, secret, err := a.access.AddToken(cmd.Context(), n, actorCLI)
			if err != nil {
				return err
			}
			v := viewToken(k)
			v.Secret = secret
			return show(cmd, t, v, func(w io.Writer) { sayln(w, secret) })
		})
	}
	return withJSON(cmd)
}

func newTokenList(t terminal) *cobra.Command {
	return withJSON(&cobra.Command{
		Use: "list", Short: "List the tokens, without their secrets", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error {
				ks, err := a.access.Tokens(cmd.Context(), "")
				if err != nil {
					return err
				}
				views := make([]tokenView, len(ks))
				for i, k := range ks {
					views[i] = viewToken(k)
				}
				return show(cmd, t, views, func(w io.Writer) { printTokens(w, views) })
			})
		},
	})
}

func printTokens(w io.Writer, views []tokenView) {
	for _, v := range views {
		state := "active"
		if v.RevokedAt != nil {
			state = "revoked"
		}
		say(w, "%s  %-8s %-24s %s\n", v.ID, state, strings.Join(v.Scopes, ","), plain(v.Name))
	}
	if len(views) == 0 {
		sayln(w, "No tokens yet: laurel token add --scope award makes one.")
	}
}

func newTokenRevoke(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Revoke a token at once", Args: exactly(1, "the id of one token"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, t, func(a *app) error {
				if err := a.access.RevokeToken(cmd.Context(), args[0], actorCLI); err != nil {
					return err
				}
				say(t.out, "Token %s is revoked.\n", plain(args[0]))
				return nil
			})
		},
	}
}
