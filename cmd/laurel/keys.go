package main

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// keyView is one key as the command line shows it: never the private half.
type keyView struct {
	ID        string    `json:"id"`
	Issuer    string    `json:"issuer"`
	Algorithm string    `json:"algorithm"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

func newKeys(t terminal) *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List the keys of every issuer, newest first", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(a *app) error {
				ks, err := a.store.Keys(cmd.Context(), "")
				if err != nil {
					return err
				}
				return showKeys(cmd, t, ks)
			})
		},
	}
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Make new keys and retire the old ones; what they signed stays valid",
		Args:  exactly(0, "flags only"),
	}
	ref := rotate.Flags().String("issuer", "", "id, slug or DID; may be left out when there is one issuer")
	alg := rotate.Flags().String("alg", "", "only the key of this algorithm: ES256, EdDSA, RS256 or ES384 (default: all)")
	rotate.RunE = func(cmd *cobra.Command, _ []string) error {
		var algs []keys.Algorithm // all that the issuer has
		if *alg != "" {
			one, ok := keys.ParseAlgorithm(*alg)
			if !ok {
				return fault.New(fault.Invalid, nil, "algorithm %q is not known", *alg).Hint("use ES256, EdDSA, RS256 or ES384")
			}
			algs = []keys.Algorithm{one}
		}
		return withApp(cmd, t, func(a *app) error {
			i, err := a.catalog.Issuer(cmd.Context(), *ref)
			if err != nil {
				return err
			}
			made, err := a.keys.Rotate(cmd.Context(), keyring.Rotation{IssuerID: i.ID, DID: i.DID, Algorithms: algs, Actor: actorCLI})
			if err != nil {
				return err
			}
			return showKeys(cmd, t, made)
		})
	}
	return group(&cobra.Command{Use: "keys", Short: "List and rotate signing keys"}, withJSON(list), withJSON(rotate))
}

func showKeys(cmd *cobra.Command, t terminal, ks []keyring.Key) error {
	views := make([]keyView, len(ks))
	for i, k := range ks {
		views[i] = keyView{ID: k.ID, Issuer: k.IssuerID, Algorithm: string(k.Alg), State: string(k.State), CreatedAt: k.CreatedAt}
	}
	return show(cmd, t, views, func(w io.Writer) {
		for _, v := range views {
			say(w, "%-8s %-6s %s  %s\n", v.State, v.Algorithm, v.CreatedAt.Format(time.DateOnly), v.ID)
		}
		if len(views) == 0 {
			sayln(w, `No keys yet: laurel issuer add --name "…" makes an issuer with its keys.`)
		}
	})
}

// actorCLI is how events name the command line.
const actorCLI = "cli"

// withApp opens the deployment, calls f and closes it.
func withApp(cmd *cobra.Command, t terminal, f func(*app) error) error {
	cfg, err := settings(cmd, t)
	if err != nil {
		return err
	}
	a, err := open(cmd.Context(), cfg, logger(cfg, t.err), working)
	if err != nil {
		return err
	}
	defer func() { _ = a.close() }()
	return f(a)
}

// list splits a flag at commas and drops what is empty.
func list(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
