package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
)

// Exit codes: 0 good, 1 bad input or verdict, 2 undecided, 3 our own fault.
const (
	exitGood      = 0
	exitBad       = 1
	exitUndecided = 2
	exitOurs      = 3
)

// terminal is what a command talks to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// exit ends a command with a code and nothing more to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run executes one command line and returns the exit code. A panic is our fault and never looks like a good verdict.
func run(ctx context.Context, t terminal, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			say(t.err, "laurel: a fault of ours: %v\n", p)
			code = exitOurs
		}
	}()
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	cmd, err := root.ExecuteContextC(ctx)
	var e exit
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &e):
		return int(e)
	}
	p := fault.Describe(err)
	if p.Kind == fault.Internal && !isUsage(err) {
		say(t.err, "laurel: %v\n", err)
		return exitOurs
	}
	if isUsage(err) {
		p.Sentence, p.Hint = oneLine(err.Error()), cmd.CommandPath()+" --help says how"
	}
	say(t.err, "laurel: %s\n", p.Sentence)
	if h := hint(p); h != "" {
		say(t.err, "hint: %s\n", h)
	}
	if p.Kind == fault.Unavailable {
		return exitOurs
	}
	return exitBad
}

// usage marks an error of the command line itself.
type usage struct{ error }

func isUsage(err error) bool {
	var u usage
	return errors.As(err, &u) || strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag")
}

// oneLine brings the list of similar commands, which cobra writes over several lines, into the sentence.
func oneLine(s string) string {
	sentence, similar, found := strings.Cut(s, "\n\nDid you mean this?")
	if !found {
		return s
	}
	return sentence + "; is " + strings.Join(strings.Fields(similar), " or ") + " meant?"
}

// hint is the next step in words of the command line: that of the fault, or the command that lists what there is.
func hint(p fault.Public) string {
	switch {
	case p.Code == "issuer.unknown" && p.Hint != "":
		return `laurel issuer add --name "…" makes one`
	case p.Hint != "":
		return p.Hint
	case p.Code == "issuer.unknown":
		return "laurel issuer list shows those that there are"
	case p.Code == "achievement.unknown":
		return "laurel achievement list shows those that there are"
	case p.Code == "award.not_found":
		return "the id begins with awd_; laurel award printed it, and the award's page in the console shows it"
	case p.Code == "token.not_found":
		return "laurel token list shows those that there are"
	}
	return ""
}

func newRoot(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "laurel",
		Short: "Issue, publish and verify learning credentials (Open Badges 3.0)",
		Long: `Laurel issues Open Badges 3.0, publishes their revocation status, and verifies what anybody presents.
Without settings it runs on SQLite in ./laurel-data at http://localhost:8080: laurel serve

Exit codes: 0 good, 1 bad input or an invalid credential, 2 undecided, 3 a fault of ours.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	f := root.PersistentFlags()
	f.String("config", "", "settings file (default: laurel.toml in the data folder)")
	for _, s := range config.Settings() {
		f.String(s.Flag(), "", s.Usage)
		if s.Flag() == "demo" || s.Flag() == "offline" {
			f.Lookup(s.Flag()).NoOptDefVal = "on"
		}
	}
	f.Bool("no-demo", false, "do not fill an empty deployment with an example")
	root.AddCommand(
		newServe(t), newMigrate(t), newIssuer(t), newAchievement(t), newAward(t), newRevoke(t), newSuspend(t), newReinstate(t),
		newStatus(t), newAwards(t), newRecord(t), newEndorse(t), newVerify(t), newExplain(t), newReceipt(t),
		newInspect(t), newBake(t), newKeys(t), newLog(t), newIssuing(t), newTrust(t), newConformance(t), newMail(t), newToken(t), newSignIn(t), newVersion(t),
	)
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), inherited, briefly, 1))
	complete(root)
	return root
}

// The settings are flags of every command. Only serve, and laurel alone, list them; elsewhere they would bury the few flags
// that the command is about.
const (
	inherited = "Global Flags:\n{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}"
	briefly   = "Settings:\n{{if eq .CommandPath \"laurel serve\"}}{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{else}}" +
		"  --data, --database and the others are those of every command: laurel serve --help{{end}}"
)

// complete lets the shells complete the values of flags that take one of a few words.
func complete(cmd *cobra.Command) {
	words := map[string][]string{
		"alg": {"ES256", "EdDSA", "RS256"}, "scope": {"award", "read", "revoke", "admin"}, "dates": {"dmy", "mdy"},
		"policy": {"default", "compatible", "any-issuer-unsafe"}, "demo": {"auto", "on", "off"}, "offline": {"true", "false"},
		"new-keys":    {"sealed", "remote", "pkcs11"},
		"form":        {"ob-jwt", "vc-jwt", "jwt-vc-1.1", "data-integrity", "sd-jwt", "vc-sd-jwt", "vc-cose"},
		"cryptosuite": {"eddsa-rdfc-2022", "ecdsa-rdfc-2019", "ecdsa-sd-2023", "eddsa-jcs-2022", "ecdsa-jcs-2019"},
		"log-format":  {"text", "json"}, "log-level": {"debug", "info", "warn", "error"},
	}
	for name, w := range words {
		if cmd.Flags().Lookup(name) != nil || cmd.PersistentFlags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(w, cobra.ShellCompDirectiveNoFileComp)) // refused twice only
		}
	}
	for _, sub := range cmd.Commands() {
		complete(sub)
	}
}

// settings reads file, environment and flags.
func settings(cmd *cobra.Command, t terminal) (config.Config, error) {
	flags := map[string]string{}
	names := []string{"config", "no-demo"}
	for _, s := range config.Settings() {
		names = append(names, s.Flag())
	}
	for _, n := range names {
		if f := cmd.Flags().Lookup(n); f != nil && f.Changed {
			flags[n] = f.Value.String()
		}
	}
	return config.Load(config.Sources{Environ: t.environ, Flags: flags})
}

// exactly is cobra.ExactArgs with a sentence that says what is missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usage{fmt.Errorf("this command takes %s", what)}
		}
		return nil
	}
}

// atLeast is cobra.MinimumNArgs with the words of this command line.
func atLeast(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < n {
			return usage{fmt.Errorf("this command takes %s", what)}
		}
		return nil
	}
}

// group makes cmd a command that only holds others: alone it shows what it holds, and what it does not hold is wrong usage.
func group(cmd *cobra.Command, held ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(held...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			cmd.SuggestionsMinimumDistance = 2
			sentence := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
			if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
				sentence += "; is " + strings.Join(like, " or ") + " meant?"
			}
			return usage{errors.New(sentence)}
		}
		return cmd.Help()
	}
	return cmd
}

func newVersion(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  exactly(0, "nothing more"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return show(cmd, t, map[string]string{"version": version}, func(w io.Writer) { sayln(w, version) })
		},
	}
	return withJSON(cmd)
}
