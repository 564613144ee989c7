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
	ID            string    `json:"id"`
	Issuer        string    `json:"issuer"`
	Algorithm     string    `json:"algorithm"`
	State         string    `json:"state"`
	Holder        string    `json:"holder,omitempty"`
	CreatedAt     time.Time `json:"created_at"`
	UsedFrom      time.Time `json:"used_from"`
	RetiredAt     time.Time `json:"retired_at,omitzero"`
	WithdrawnAt   time.Time `json:"withdrawn_at,omitzero"`
	CompromisedAt time.Time `json:"compromised_at,omitzero"`
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
	return group(&cobra.Command{Use: "keys", Short: "List, rotate and withdraw signing keys"},
		withJSON(list), withJSON(newKeysRotate(t)), withJSON(newKeysWithdraw(t)), newKeysReissue(t), newKeysDrill(t), newCSR(t))
}

func newKeysRotate(t terminal) *cobra.Command {
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Publish new keys, which sign when their notice is over; what the old ones signed stays valid",
		Long: `Publish new keys. They sign when they have been published for as long as --key-notice says (24 hours), so that everybody who
keeps the DID document has seen them; the running server changes over by itself. Old keys retire then and stay published:
what they signed stays valid. With --signer the new keys are in another place, and later ones follow them there.`,
		Args: exactly(0, "flags only"),
		Example: `  laurel keys rotate --issuer my-school
  laurel keys rotate --signer remote --alg ES256
  laurel keys rotate --signer pkcs11 --alg RS256 --key my-school-2026 --now`,
	}
	r := keyring.Rotation{Actor: actorCLI}
	ref := rotate.Flags().String("issuer", "", "id, slug or DID; may be left out when there is one issuer")
	alg := rotate.Flags().String("alg", "", "only the key of this algorithm: ES256, EdDSA, RS256 or ES384 (default: all)")
	now := rotate.Flags().Bool("now", false, "sign with the new keys at once, although some verifiers have not seen them yet")
	rotate.Flags().StringVar(&r.Place.Holder, "signer", "", "where the new keys are made: sealed, remote or pkcs11 (default: where the old ones are)")
	rotate.Flags().StringVar(&r.Place.Name, "key", "", "name of a key that the signer has already, with --signer and --alg (default: it makes one)")
	rotate.RunE = func(cmd *cobra.Command, _ []string) error {
		if *alg != "" {
			one, ok := keys.ParseAlgorithm(*alg)
			if !ok {
				return fault.New(fault.Invalid, nil, "algorithm %q is not known", *alg).Hint("use ES256, EdDSA, RS256 or ES384")
			}
			r.Algorithms = []keys.Algorithm{one}
		}
		if *now {
			r.Pace = keyring.Unannounced
		}
		return withApp(cmd, t, func(a *app) error {
			i, err := a.catalog.Issuer(cmd.Context(), *ref)
			if err != nil {
				return err
			}
			r.IssuerID, r.DID = i.ID, i.DID
			made, err := a.keys.Rotate(cmd.Context(), r)
			if err != nil {
				return err
			}
			return showKeys(cmd, t, made)
		})
	}
	return rotate
}

func newKeysWithdraw(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "withdraw KEY",
		Short: "Withdraw a key that was in the hands of somebody else",
		Long: `Withdraw a key for good: it signs nothing more, and the DID document says so. Whatever it signed is invalid from then on, under
any date, but for credentials that the issuance log of this deployment places before --from. When it was the active key,
another one signs at once. --dry-run counts what would hold no more.`,
		Example: `  laurel keys withdraw did:web:badges.example.org#es256-… --from 2026-01-31T09:00:00Z --dry-run
  laurel keys withdraw did:web:badges.example.org#es256-… --from 2026-01-31T09:00:00Z`,
		Args: exactly(1, "the id of one key, as laurel keys list shows it"),
	}
	dry := cmd.Flags().Bool("dry-run", false, "change nothing, say on which side of the moment everything stands that the key signed")
	from := cmd.Flags().String("from", "", "since when somebody else may have signed with it, such as 2026-01-31T09:00:00Z (default: now)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		w := keyring.Withdrawal{Key: args[0], Actor: actorCLI}
		if *from != "" {
			var err error
			if w.From, err = time.Parse(time.RFC3339, *from); err != nil {
				return fault.New(fault.Invalid, err, "--from is no time").Hint("write it as 2026-01-31T09:00:00Z")
			}
		}
		return withApp(cmd, t, func(a *app) error {
			all, err := a.store.Keys(cmd.Context(), "")
			if err != nil {
				return err
			}
			for _, k := range all {
				if k.ID == w.Key {
					w.IssuerID = k.IssuerID
				}
			}
			if w.IssuerID == "" {
				return fault.New(fault.NotFound, nil, "there is no key %.120q", w.Key).Hint("laurel keys list shows those that there are")
			}
			if *dry {
				return showWithdrawal(cmd, t, a, w)
			}
			k, err := a.keys.Withdraw(cmd.Context(), w)
			if err != nil {
				return err
			}
			if err := showKeys(cmd, t, []keyring.Key{k}); err != nil {
				return err
			}
			say(t.err, "To see what it signed and nobody believes any more: laurel keys reissue '%s' --dry-run\n", plain(k.ID))
			return nil
		})
	}
	return cmd
}

func showKeys(cmd *cobra.Command, t terminal, ks []keyring.Key) error {
	views := make([]keyView, len(ks))
	for i, k := range ks {
		views[i] = keyView{
			ID: k.ID, Issuer: k.IssuerID, Algorithm: string(k.Alg), State: string(k.State), Holder: k.Holder, CreatedAt: k.CreatedAt, UsedFrom: k.UsedFrom,
			RetiredAt: k.RetiredAt, WithdrawnAt: k.WithdrawnAt, CompromisedAt: k.CompromisedAt,
		}
	}
	return show(cmd, t, views, func(w io.Writer) {
		for _, v := range views {
			say(w, "%-9s %-6s %s  %s%s%s\n", v.State, v.Algorithm, v.CreatedAt.Format(time.DateOnly), v.ID, where(v), since(v))
		}
		if len(views) == 0 {
			sayln(w, `No keys yet: laurel issuer add --name "…" makes an issuer with its keys.`)
		}
	})
}

// where tells of a key that is not in the database who holds it.
func where(v keyView) string {
	if v.Holder == "" {
		return ""
	}
	return "  held by " + v.Holder
}

// since tells of a key that is not simply active what matters about it.
func since(v keyView) string {
	switch keyring.State(v.State) {
	case keyring.Next:
		return "  signs from " + v.UsedFrom.Format(time.RFC3339)
	case keyring.Withdrawn:
		return "  not to be believed since " + v.CompromisedAt.Format(time.RFC3339)
	}
	return ""
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
