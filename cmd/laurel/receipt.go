package main

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/pdf"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/verifier/receipt"
)

// wireReceipts builds what keeps receipts of checks.
func (a *app) wireReceipts(kek keys.KEK) error {
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel drafts of receipts", 32)
	if err != nil {
		return fmt.Errorf("secret of drafts of receipts: %w", err)
	}
	a.receipts = receipt.New(receipt.Config{Store: a.store, Keys: receiptKeys{a}, Secret: secret, Clock: a.clock})
	return nil
}

// receiptKeys lends the key of the host's own issuer, or of the first one, to sign receipts.
type receiptKeys struct{ app *app }

// ReceiptKey implements receipt.Keys.
func (k receiptKeys) ReceiptKey(ctx context.Context) (keys.Signer, string, error) {
	i, err := k.app.hostIssuer(ctx)
	if err != nil {
		return nil, "", err
	}
	key, err := k.app.keys.For(signlog.Receipt).Signer(ctx, i.ID, keys.ES256)
	return key, i.DID, err
}

func newReceipt(t terminal) *cobra.Command {
	verify := &cobra.Command{
		Use: "verify FILE", Short: "Check that a receipt was signed by whom it names", Args: exactly(1, "one file, or - for standard input"),
		Long: `Check a receipt: the signed text (receipt.jwt) or the PDF document in which it is attached. That it is genuine says who found what
when; whether the badge still holds, only laurel verify can tell.

Exit codes: 0 genuine, 1 not, 2 when the keys of whom it names could not be had, 3 a fault of ours.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := readInputFile(t, args[0])
			if err != nil {
				return err
			}
			cfg, err := settings(cmd, t)
			if err != nil {
				return err
			}
			return verifyReceipt(cmd, t, cfg, data)
		},
	}
	return group(&cobra.Command{Use: "receipt", Short: "Check signed receipts of checks"}, withJSON(verify))
}

// checkedReceipt is what came of a receipt.
type checkedReceipt struct {
	Genuine bool             `json:"genuine"`
	Code    string           `json:"code,omitempty"`
	Detail  string           `json:"detail,omitempty"`
	Receipt *receipt.Receipt `json:"receipt,omitempty"`
}

func verifyReceipt(cmd *cobra.Command, t terminal, cfg config.Config, data []byte) error {
	resolver, done, err := openResolver(cmd.Context(), cfg, t)
	if err != nil {
		return err
	}
	defer done()
	read, err := attachedReceipt(data)
	var out checkedReceipt
	if err == nil {
		out.Receipt = &read.Receipt
		err = read.Verify(cmd.Context(), resolver)
	}
	code := exit(exitGood)
	var d *fault.Defect
	switch {
	case errors.As(err, &d):
		out.Code, out.Detail = d.Code, d.Detail
		if code = exitBad; d.Unknown {
			code = exitUndecided
		}
	case err != nil:
		return err
	default:
		out.Genuine = true
	}
	if err := show(cmd, t, out, func(w io.Writer) { printReceipt(w, out) }); err != nil || code == exitGood {
		return err
	}
	return code
}

// attachedReceipt reads a receipt, or the one that is attached to a PDF document.
func attachedReceipt(data []byte) (*receipt.Signed, error) {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return receipt.Read(data)
	}
	files, err := pdf.Files(data)
	if err != nil {
		return nil, err
	}
	var found *receipt.Signed
	for _, f := range files {
		if r, err := receipt.Read(f.Data); err == nil {
			if found != nil {
				return nil, fault.Wrong("receipt.several", "", "more than one receipt is attached to the document")
			}
			found = r
		}
	}
	if found == nil {
		return nil, fault.Wrong("receipt.none", "", "no receipt is attached to the document")
	}
	return found, nil
}

func printReceipt(w io.Writer, c checkedReceipt) {
	if !c.Genuine {
		say(w, "NOT PROVEN: %s [%s]\n", folded(w, plain(c.Detail), 0), c.Code)
		return
	}
	r := c.Receipt
	say(w, "GENUINE: this is what %s found as of %s.\n\n", plain(r.Issuer), r.CheckedAt.Format(time.RFC3339))
	say(w, "  verdict      %s\n  sha-256      %s\n  form         %s\n  policy       %s\n", plain(r.Verdict), plain(r.SHA256), plain(r.Form), plain(r.Policy.Name))
	if r.Badge.Issuer != "" {
		say(w, "  issuer       %s\n", plain(strings.TrimSpace(r.Badge.Domain+" "+r.Badge.Issuer)))
	}
	if n := r.Names; n != nil {
		say(w, "  achievement  %s\n  recipient    %s\n", plain(n.Achievement), plain(n.Recipient))
	}
	say(w, "\n")
	for _, check := range r.Checks {
		say(w, "  %-8s %-8s %s\n", plain(check.Outcome), plain(check.ID), plain(check.Code))
	}
}

// openResolver gives the keys of identities: of this deployment where there is one, and of others.
func openResolver(ctx context.Context, cfg config.Config, t terminal) (receipt.Resolver, func(), error) {
	if _, err := os.Stat(cfg.SQLitePath()); cfg.Postgres() || err == nil {
		a, err := open(ctx, cfg, logger(cfg, t.err), looking)
		if err != nil {
			return nil, nil, err
		}
		return a.resolver, func() { _ = a.close() }, nil
	}
	resolver, _ := outside(cfg)
	return resolver, func() {}, nil
}
