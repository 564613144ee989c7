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
	err := root.ExecuteContext(ctx)
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
		p.Sentence, p.Hint = err.Error(), `run the command with --help`
	}
	say(t.err, "laurel: %s\n", p.Sentence)
	if p.Hint != "" {
		say(t.err, "hint: %s\n", p.Hint)
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
		if s.Flag() == "demo" {
			f.String("demo", "", s.Usage)
			f.Lookup("demo").NoOptDefVal = "on"
			continue
		}
		f.String(s.Flag(), "", s.Usage)
	}
	f.Bool("no-demo", false, "do not fill an empty deployment with an example")
	root.AddCommand(
		newServe(t), newMigrate(t), newIssuer(t), newAchievement(t), newAward(t), newRevoke(t), newVerify(t),
		newInspect(t), newBake(t), newKeys(t), newToken(t), newVersion(t),
	)
	return root
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

// group makes cmd a command that only holds others: alone it shows what it holds, and what it does not hold is wrong usage.
func group(cmd *cobra.Command, held ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(held...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage{fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())}
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
