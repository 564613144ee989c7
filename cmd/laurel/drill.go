package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
)

// drillMost is how many credentials a drill looks at when nobody says.
const drillMost = 500

// rehearsal is what the command line says of a drill.
type rehearsal struct {
	issuer string
	alg    string
	from   string
	most   int
	keep   bool
}

func newKeysDrill(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "drill", Short: "Rehearse a rotation, and the theft of a key, on a copy", Args: exactly(0, "flags only"),
		Long: `Copy the database into a temporary folder, as it is at one moment, and go through a rotation and the theft of a key there: publish the
next keys, let them sign, withdraw the old one with a moment, issue again what nobody believes any more, and verify old and new with the
verifier's own code. The report says what was done, how long it took, and what failed. The original is only read, and nothing is sent anywhere.

The copy uses the key-encryption key of the deployment. Keys of a remote signer or a token cannot sign on a copy: keys in its
database stand in for them, and the report says so. Exit code 1 when something failed.`,
		Example: `  laurel keys drill
  laurel keys drill --issuer my-school --from 2026-01-31T09:00:00Z --json
  laurel keys drill --most 0 --keep`,
	}
	var o rehearsal
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "id, slug or DID; may be left out when there is one issuer")
	f.StringVar(&o.alg, "alg", "", "whose key is stolen: ES256, EdDSA, RS256 or ES384 (default: the issuer's algorithm)")
	f.StringVar(&o.from, "from", "", "the moment of the theft, such as 2026-01-31T09:00:00Z (default: half of what the key signed is later)")
	f.IntVar(&o.most, "most", drillMost, "credentials that are verified, and issued again, at the most; 0: all")
	f.BoolVar(&o.keep, "keep", false, "keep the folder of the copy")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := settings(cmd, t)
		if err != nil {
			return err
		}
		d, err := newDrill(o)
		if err != nil {
			return err
		}
		if err := d.rehearse(cmd.Context(), cfg, t); err != nil {
			return err
		}
		if err := show(cmd, t, d.report, func(w io.Writer) { d.report.words(w) }); err != nil {
			return err
		}
		if !d.report.Passed {
			return exit(exitBad)
		}
		return nil
	}
	return withJSON(cmd)
}

// drill is one rehearsal.
type drill struct {
	o      rehearsal
	alg    keys.Algorithm
	from   time.Time
	report drillReport

	a      *app // on the copy
	issuer catalog.Issuer
	key    keyring.Key // the one that will be stolen
	sample []drilled
}

func newDrill(o rehearsal) (*drill, error) {
	d := &drill{o: o, report: drillReport{Steps: []drillStep{}}}
	if o.alg != "" {
		var ok bool
		if d.alg, ok = keys.ParseAlgorithm(o.alg); !ok {
			return nil, fault.New(fault.Invalid, nil, "algorithm %q is not known", o.alg).Hint("use ES256, EdDSA, RS256 or ES384")
		}
	}
	if o.from != "" {
		var err error
		if d.from, err = time.Parse(time.RFC3339, o.from); err != nil {
			return nil, fault.New(fault.Invalid, err, "--from is no time").Hint("write it as 2026-01-31T09:00:00Z")
		}
	}
	if o.most < 0 {
		return nil, fault.New(fault.Invalid, nil, "--most is negative").Hint("0 means all")
	}
	return d, nil
}

// rehearse makes the copy, runs the drill on it, and takes it away again. What fails in the drill stands in the report; an error
// means that it could not be held.
func (d *drill) rehearse(ctx context.Context, cfg config.Config, t terminal) error {
	if err := drillable(cfg); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "laurel-drill-") // of mode 0700
	if err != nil {
		return fault.New(fault.Unavailable, err, "there is no room for a copy: %s", reason(err))
	}
	if d.o.keep {
		d.report.Folder = dir
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	began := time.Now()
	copied, err := copyDeployment(ctx, cfg, dir)
	if err != nil {
		return err
	}
	d.report.add(drillStep{Step: "copy", Count: int(copied.Rows), Note: fmt.Sprintf("rows of %d tables", copied.Tables)}, time.Since(began))
	there := onCopy(cfg, dir)
	if d.a, err = open(ctx, there, logger(there, t.err), rehearsing); err != nil {
		return err
	}
	defer func() { _ = d.a.close() }()
	if err := d.choose(ctx); err != nil {
		return err
	}
	d.run(ctx)
	return ctx.Err()
}

// drillable refuses what is no deployment, so that none is made.
func drillable(cfg config.Config) error {
	places := []string{cfg.KEKPath()}
	if !cfg.Postgres() {
		places = append(places, cfg.SQLitePath())
	}
	for _, path := range places {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, err, "there is no deployment here: %s is missing", path).Code("drill.nothing").
				Hint("name its folder with --data; laurel serve makes one")
		}
	}
	return nil
}

// copyDeployment copies the database into dir.
func copyDeployment(ctx context.Context, cfg config.Config, dir string) (store.Copied, error) {
	where := cfg.Database
	if !cfg.Postgres() {
		where = cfg.SQLitePath()
	}
	from, err := store.Open(ctx, store.Config{URL: where})
	if err != nil {
		return store.Copied{}, unreachable(cfg, err)
	}
	defer func() { _ = from.Close() }()
	to, err := store.Open(ctx, store.Config{URL: onCopy(cfg, dir).SQLitePath()})
	if err != nil {
		return store.Copied{}, err
	}
	out, err := from.CopyTo(ctx, to)
	return out, errors.Join(err, to.Close())
}

// onCopy is the configuration of the copy: it has the deployment's key-encryption key and address, and no way out.
func onCopy(cfg config.Config, dir string) config.Config {
	cfg.KEK = cfg.KEKPath()
	cfg.Data, cfg.Database, cfg.Trust, cfg.Offline, cfg.LogLevel = dir, "", "", true, max(cfg.LogLevel, slog.LevelWarn)
	cfg.Remote, cfg.PKCS11, cfg.NewKeys = config.Remote{}, config.PKCS11{}, keyring.Database
	return cfg
}

// choose settles whose key is stolen, and when.
func (d *drill) choose(ctx context.Context) error {
	var err error
	if d.issuer, err = d.a.catalog.Issuer(ctx, d.o.issuer); err != nil {
		return err
	}
	if d.alg == "" {
		d.alg = keys.Algorithm(d.issuer.Algorithm)
	}
	if d.key, err = d.a.keys.Current(ctx, d.issuer.ID, d.alg); err != nil {
		return err
	}
	if d.key.ID == "" {
		return fault.New(fault.NotFound, nil, "the issuer has no %s key", d.alg).Code("key.none").Hint("laurel keys list shows those that there are")
	}
	if !d.from.IsZero() {
		if _, err := d.a.keys.PlanWithdraw(ctx, keyring.Withdrawal{IssuerID: d.issuer.ID, Key: d.key.ID, From: d.from}); err != nil {
			return err
		}
	}
	d.report.Issuer, d.report.Key = d.issuer.DID, d.key.ID
	for _, id := range []string{"", d.issuer.ID} { // an emergency of the original is no part of the rehearsal
		if err := d.a.signlog.Resume(ctx, id, actorCLI); err != nil {
			return err
		}
	}
	return d.choosePieces(ctx)
}

// choosePieces picks the credentials that are looked at, evenly from all that the key signed, and the moment of the theft when
// nobody said one.
func (d *drill) choosePieces(ctx context.Context) error {
	var issued []time.Time
	err := d.each(ctx, func(_ int, x drilled) { issued = append(issued, x.IssuedAt) })
	if err != nil {
		return err
	}
	d.report.Signed = len(issued)
	if d.from.IsZero() && len(issued) > 0 {
		times := slices.SortedFunc(slices.Values(issued), time.Time.Compare)
		d.from = times[len(times)/2]
	}
	if d.from.IsZero() {
		d.from = time.Now().UTC().Truncate(time.Second)
	}
	d.report.From = d.from
	every := 1
	if d.o.most > 0 {
		every = max(1, (len(issued)+d.o.most-1)/d.o.most)
	}
	return d.each(ctx, func(n int, x drilled) {
		if n%every == 0 {
			d.sample = append(d.sample, x)
		}
	})
}

// each calls f for every credential that the key signed.
func (d *drill) each(ctx context.Context, f func(n int, x drilled)) error {
	n := 0
	for cursor := ""; ; {
		page, next, err := d.a.store.SignedBy(ctx, d.key.ID, cursor, 500)
		if err != nil {
			return err
		}
		for _, x := range page {
			f(n, drilled{Signature: x})
			n++
		}
		if cursor = next; next == "" {
			return nil
		}
	}
}
