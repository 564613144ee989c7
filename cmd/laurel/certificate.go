package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
)

func newCertificate(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "certificate AWARD", Short: "Print the certificate of an award as PDF", Args: exactly(1, "the id of one award"),
		Long: `Print the certificate of an award: a tagged PDF document with the signed credential attached, so that "laurel verify" takes the file
itself. Scripts that the built-in fonts lack need fonts of the system, on Debian fonts-noto-core or fonts-noto-cjk, or --fonts.`,
		Example: "  laurel award certificate awd_… --language fr --out certificate.pdf",
	}
	language := cmd.Flags().String("language", "en", "language of the labels: ar, en, es, fr, ru or zh")
	out := cmd.Flags().String("out", "", "the file to write (required; it must not exist yet)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, ok := i18n.Parse(*language)
		if !ok {
			return usage{fmt.Errorf("--language takes ar, en, es, fr, ru or zh")}
		}
		return withApp(cmd, t, func(a *app) error {
			found, err := a.awards.Find(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			current, ok := found.Current()
			if !ok {
				return fault.New(fault.NotFound, nil, "the award has no credential").Code("certificate.none")
			}
			data, err := newPrinting(a).Certificate(cmd.Context(), found, current.ID, l)
			if err != nil {
				return err
			}
			if err := writeFile(*out, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
				return err
			}
			say(t.out, "Wrote %s.\n", plain(*out))
			return nil
		})
	}
	return required(cmd, "out")
}
