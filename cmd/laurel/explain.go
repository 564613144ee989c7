package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/web"
)

func newExplain(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain [CODE]", Short: "Explain a code of a check in plain words", Args: cobra.MaximumNArgs(1),
		Long:    "Explain what a code behind a check means, and what to do next. Without a code, list all of them.",
		Example: "  laurel explain trust.unknown_issuer\n  laurel explain status.revoked --lang fr",
	}
	lang := cmd.Flags().String("lang", "", "ar, en, es, fr, ru or zh (default: as the environment says)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, ok := i18n.Parse(*lang)
		switch {
		case *lang == "":
			l = terminalLocale(t.environ)
		case !ok:
			return fault.New(fault.Invalid, nil, "%q is none of the languages", *lang).Hint("use ar, en, es, fr, ru or zh")
		}
		codes := args
		if len(args) == 0 {
			codes = explain.Codes()
		}
		site, all := web.New(), []web.Explained{}
		for _, code := range codes {
			e, err := site.Explain(l, code)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		if len(args) == 1 {
			return show(cmd, t, all[0], func(w io.Writer) { printExplained(w, all[0]) })
		}
		return show(cmd, t, all, func(w io.Writer) {
			for _, e := range all {
				say(w, "%-30s %s\n", e.Code, e.Means)
			}
		})
	}
	return withJSON(cmd)
}

func printExplained(w io.Writer, e web.Explained) {
	say(w, "%s\n\n  %s\n\n  → %s\n", e.Code, folded(w, e.Means, 2), folded(w, e.Next, 4))
}

// terminalLocale is the language of the environment, by the first of LC_ALL, LC_MESSAGES and LANG that says one (POSIX §8.2).
func terminalLocale(environ []string) i18n.Locale {
	for _, name := range [...]string{"LC_ALL=", "LC_MESSAGES=", "LANG="} {
		for _, v := range environ {
			value, ok := strings.CutPrefix(v, name)
			if !ok || value == "" {
				continue
			}
			tag, _, _ := strings.Cut(value, ".")
			l, _ := i18n.Parse(strings.ReplaceAll(tag, "_", "-"))
			return l
		}
	}
	return i18n.English
}
