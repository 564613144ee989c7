package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/fault"
)

func newBake(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "bake CREDENTIAL", Short: "Put a credential into a PNG or SVG picture", Args: exactly(1, "one credential file, or - for standard input"),
		Example: "  laurel bake badge.jwt --image picture.png --out badge.png",
	}
	image := cmd.Flags().String("image", "", "the picture, PNG or SVG (required)")
	out := cmd.Flags().String("out", "", "the file to write (required; it must not exist yet)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *image == "" || *out == "" {
			return usage{fmt.Errorf("this command needs --image and --out")}
		}
		cred, err := readInputFile(t, args[0])
		if err != nil {
			return err
		}
		pic, err := os.ReadFile(filepath.Clean(*image))
		if err != nil {
			return fault.New(fault.Invalid, err, "the picture %s cannot be read", plain(*image))
		}
		cred = bytes.TrimSpace(cred)
		bake := baking.BakeSVG
		if bytes.HasPrefix(pic, []byte("\x89PNG")) {
			bake = baking.BakePNG
		}
		baked, err := bake(pic, cred)
		if err != nil {
			d := fault.AsDefect(err)
			return fault.New(fault.Invalid, d, "the picture does not take the credential: %s", d.Detail).Code(d.Code)
		}
		if err := writeFile(*out, func(w io.Writer) error { _, err := w.Write(baked); return err }); err != nil {
			return err
		}
		say(t.out, "Wrote %s.\n", plain(*out))
		return nil
	}
	return cmd
}
