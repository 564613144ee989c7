package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
)

func newVerify(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify FILE|URL|-...",
		Short: "Verify a credential and print every check, or many as a table",
		Long: `Verify a credential: a signed text, JSON, a baked PNG or SVG, a PDF with it attached, a photo of a QR code, or a link to one of these.
Every check is printed with its outcome. The issuers of this deployment and those of the trust list (--trust) are
believed; a genuine credential of anybody else is undecided.

Of what a wallet presents, the presentation and every credential in it are judged. Only whoever asked the wallet can tell that
the presenter is the holder, so without that question it is undecided.

Of a learner record, every credential in it is judged by itself, and the first line says how many hold.

Of several files or links, a table is printed with one line each; --json prints all results whole. The exit code is that of the
worst: 1 before 2 before 0.

Exit codes: 0 valid, 1 invalid, 2 undecided, 3 a fault of ours. A learner record in which a credential does not hold gives 1,
one in which a credential is undecided gives 2, whatever the record itself is.`,
		Example: "  laurel verify badge.png\n  laurel verify https://badges.example.org/c/…\n  laurel verify - < badge.jwt",
		Args:    atLeast(1, "files, links or - for standard input"),
	}
	recipient := cmd.Flags().String("recipient", "", "e-mail address or id that the credential must be about")
	at := cmd.Flags().String("at", "", "judge for this moment (2026-01-31T09:00:00Z) instead of now")
	policy := cmd.Flags().String("policy", "", `"default", "compatible" or "any-issuer-unsafe"`)
	pack := cmd.Flags().String("pack", "", "check without a network, by the keys and lists in this file, which came with the badge; undecided at best")
	refresh := cmd.Flags().Bool("refresh", false, "look once for a newer copy where a trusted issuer keeps one, and judge that")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := verifier.ParsePolicy(*policy)
		if err != nil {
			return err
		}
		p.Recipient, p.Refresh = *recipient, *refresh
		if *at != "" {
			if p.At, err = credential.ParseTime(*at); err != nil {
				return fault.New(fault.Invalid, err, "--at takes a date and time with an offset, such as 2026-01-31T09:00:00Z")
			}
		}
		inputs := make([]verifier.Input, len(args))
		for i, arg := range args {
			if inputs[i], err = readInput(t, arg); err != nil {
				return err
			}
		}
		cfg, err := settings(cmd, t)
		if err != nil {
			return err
		}
		v, closeAll, err := checker(cmd.Context(), cfg, t, *pack)
		if err != nil {
			return err
		}
		defer closeAll()
		if len(inputs) > 1 {
			return verifyMany(cmd, t, judged{args, func(i int) verifier.Result { return v.Check(cmd.Context(), inputs[i], p) }})
		}
		r := v.Check(cmd.Context(), inputs[0], p)
		if err := show(cmd, t, r, func(w io.Writer) { printResult(w, r) }); err != nil {
			return err
		}
		return exitOf(r)
	}
	return withJSON(cmd)
}

// judge is a verifier of either kind.
type judge interface {
	Check(ctx context.Context, in verifier.Input, p verifier.Policy) verifier.Result
}

// checker is the deployment's verifier, or one that goes by the pack.
func checker(ctx context.Context, cfg config.Config, t terminal, pack string) (judge, func(), error) {
	if pack == "" {
		v, closeAll, err := openVerifier(ctx, cfg, t)
		return v, closeAll, err
	}
	f, err := openFile(pack)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limits.PackBytes+1))
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, err, "the file %s cannot be read", plain(pack))
	}
	list, err := newTrustFile(cfg.Trust, logger(cfg, t.err))
	if err != nil {
		return nil, nil, err
	}
	given, err := readPack(data, list)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, err, "the file %s holds no keys and lists: %v", plain(pack), err).
			Hint("it is verification.json of a learner's ZIP, or what /verify/pack.json of an issuer's service gives")
	}
	return given, func() {}, nil
}

func readPack(data []byte, list *trustFile) (*offline.Given, error) {
	p, err := offline.Parse(data)
	if err != nil {
		return nil, err
	}
	return p.Given(time.Now, list.current())
}

// exitOf is the exit code of a result. A learner record that holds something bad is no success for a script, though the record
// itself is genuine.
func exitOf(r verifier.Result) error {
	switch {
	case r.Verdict == verifier.Invalid || r.Record != nil && r.Record.Invalid > 0:
		return exit(exitBad)
	case r.Verdict == verifier.Undecided || r.Record != nil && r.Record.Undecided > 0:
		return exit(exitUndecided)
	}
	return nil
}

// readInput reads a file, standard input, or takes a link as it is.
func readInput(t terminal, arg string) (verifier.Input, error) {
	if strings.HasPrefix(arg, "https://") || strings.HasPrefix(arg, "http://") {
		return verifier.Input{URL: arg}, nil
	}
	src, name := t.in, ""
	if arg != "-" {
		f, err := openFile(arg)
		if err != nil {
			return verifier.Input{}, err
		}
		defer func() { _ = f.Close() }()
		src, name = f, filepath.Base(arg)
	}
	data, err := io.ReadAll(io.LimitReader(src, limits.ImageBytes+1))
	if err != nil {
		return verifier.Input{}, fault.New(fault.Invalid, err, "the input cannot be read")
	}
	return verifier.Input{File: data, FileName: name}, nil
}

// openFile opens a file that the command line names.
func openFile(name string) (*os.File, error) {
	f, err := os.Open(filepath.Clean(name))
	if err == nil {
		if info, err := f.Stat(); err == nil && info.IsDir() {
			_ = f.Close()
			return nil, fault.New(fault.Invalid, nil, "%s is a folder", plain(name)).Hint("name a file in it")
		}
		return f, nil
	}
	why := "cannot be opened"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "cannot be opened: it is not there"
	case errors.Is(err, fs.ErrPermission):
		why = "cannot be opened: you may not read it"
	}
	return nil, fault.New(fault.Invalid, err, "the file %s %s", plain(name), why).
		Hint("name a file, or - for standard input")
}

// marks stand before each check, so that the outcome is readable without colour.
var marks = map[verifier.Outcome]string{verifier.Pass: "✓ pass   ", verifier.Fail: "✗ fail   ", verifier.Unknown: "? unknown", verifier.Skipped: "- skipped"}

// printVouchers says on whose word the issuer is believed.
func printVouchers(w io.Writer, t *verifier.Trusted) {
	if t == nil {
		return
	}
	if t.By != "" {
		say(w, "  vouched by   %s\n", plain(t.By))
	}
	if len(t.Chain) > 0 {
		say(w, "  vouched by   %s\n", plain(strings.Join(t.Chain, " → ")))
	}
	if t.Name != "" {
		say(w, "  listed as    %s\n", plain(t.Name))
	}
	if t.WhenIssued && !t.Now {
		sayln(w, "  trusted      when it was issued, and not now")
	}
	if t.Successor != "" {
		say(w, "  successor    %s\n", plain(t.Successor))
	}
}

func printResult(w io.Writer, r verifier.Result) {
	say(w, "%s\n\n", folded(w, verdictSentence(r), 0))
	if r.Issuer != nil {
		if r.Issuer.Domain != "" {
			say(w, "  issuer       %s (signed with a key published there)\n", plain(r.Issuer.Domain))
		}
		say(w, "  calls itself %s\n  identity     %s\n", plain(r.Issuer.Name), plain(r.Issuer.ID))
	}
	if r.Achievement != nil {
		say(w, "  achievement  %s\n", plain(r.Achievement.Name))
	}
	if r.Recipient != nil {
		say(w, "  recipient    %s\n", plain(strings.TrimSpace(r.Recipient.Name+" "+r.Recipient.ID)))
	}
	if r.ValidFrom != nil {
		say(w, "  valid from   %s\n", r.ValidFrom.Format(time.RFC3339))
	}
	if r.ValidUntil != nil {
		say(w, "  valid until  %s\n", r.ValidUntil.Format(time.RFC3339))
	}
	say(w, "  form         %s\n  checked      %s\n", r.Form, r.CheckedAt.Format(time.RFC3339))
	printVouchers(w, r.Trust)
	if r.JudgedFor != nil {
		say(w, "  judged for   %s\n", r.JudgedFor.Format(time.RFC3339))
	}
	if r.Refresh != nil {
		say(w, "  refresh      %s\n", folded(w, plain(r.Refresh.Detail)+" ["+r.Refresh.Code+"]", 15))
	}
	if e := r.Endorsement; e != nil {
		say(w, "  endorses     %s\n", plain(e.Of))
		if r.Verdict == verifier.Valid && e.Comment != "" {
			say(w, "  comment      %s\n", folded(w, plain(e.Comment), 15))
		}
	}
	printInside(w, r)
	say(w, "\n")
	for _, c := range r.Checks {
		if strings.HasSuffix(c.Code, ".not_reached") {
			c.Detail = "Not reached." // the first line says why
		}
		say(w, "  %s  %-8s  %s\n", marks[c.Outcome], c.ID, folded(w, plain(c.Detail)+" ["+c.Code+"]", 23))
	}
	for _, n := range r.Warnings {
		say(w, "  ! warning  %s\n", folded(w, plain(n.Detail)+" ["+n.Code+"]", 13))
	}
	for _, c := range r.Checks {
		if step, ok := steps[c.Code]; ok && c.Outcome != verifier.Pass {
			say(w, "\nhint: %s\n", step)
			return
		}
	}
}

// steps are what somebody at a command line can do about an outcome.
var steps = map[string]string{
	"fetch.offline":        "this deployment is set to fetch nothing (--offline); give the file itself, or verify where links may be opened",
	"fetch.address":        "to open links of a private network, allow it: --fetch-allow 10.1.0.0/16",
	"trust.unknown_issuer": "to believe this issuer, name it in a trust list: --trust FILE (docs/operate.md)",
}

// printInside lists what stands inside: the credentials of a learner record, how they belong together, the endorsements.
func printInside(w io.Writer, r verifier.Result) {
	for _, n := range r.Nested {
		what := plain(n.At)
		if a := n.Result.Achievement; a != nil && (n.Kind == verifier.NestedCredential || n.Kind == verifier.NestedPresented) {
			what = plain(a.Name)
		}
		if i := n.Result.Issuer; i != nil {
			what += ", by " + plain(cmp.Or(i.Domain, i.ID))
		}
		if e := n.Result.Endorsement; e != nil && e.Comment != "" {
			what += ": " + plain(e.Comment)
		}
		if n.Result.Verdict != verifier.Valid {
			what += ". " + verdictSentence(n.Result)
		}
		say(w, "  %s %s\n", insides[n.Kind], folded(w, string(n.Result.Verdict)+"  "+what, 15))
	}
	if r.Record == nil {
		return
	}
	for _, a := range r.Record.Associations {
		say(w, "  association  %s\n", folded(w, plain(a.SourceText()+" "+a.Type+" "+a.TargetText()), 15))
	}
	if r.Record.Partial {
		say(w, "  partial      the issuer says that it knows of more\n")
	}
}

// insides stand before each credential inside.
var insides = map[verifier.NestedKind]string{
	verifier.NestedCredential: "holds       ", verifier.NestedEndorsement: "endorsement ", verifier.NestedUnproven: "unproven    ",
	verifier.NestedPresented: "presented   ",
}

func verdictSentence(r verifier.Result) string {
	switch {
	case r.Verdict == verifier.Valid && r.Record != nil && !r.Record.AllHold():
		return fmt.Sprintf("VALID RECORD, BUT only %d of the %d credentials in it hold.", r.Record.Valid, r.Record.Members)
	case r.Verdict == verifier.Valid && r.Record != nil:
		return fmt.Sprintf("VALID: the record holds, and all %d credentials in it.", r.Record.Members)
	}
	switch r.Verdict {
	case verifier.Valid:
		return "VALID: every check that matters has passed."
	case verifier.Undecided:
		for _, c := range r.Checks {
			if c.Outcome == verifier.Unknown {
				return "UNDECIDED: " + plain(c.Detail)
			}
		}
		return "UNDECIDED: something that matters could not be checked."
	}
	for _, c := range r.Checks {
		if c.Outcome == verifier.Fail {
			return "NOT VALID: " + plain(c.Detail)
		}
	}
	return "NOT VALID."
}
