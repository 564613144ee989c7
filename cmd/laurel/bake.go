package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

func newBake(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "bake CREDENTIAL", Short: "Put a credential into a PNG or SVG picture", Args: exactly(1, "one credential file, or - for standard input"),
		Example: "  laurel bake badge.jwt --image picture.png --out badge.png",
		Long:    "Put a credential into a PNG or SVG picture, in the place that Open Badges 3.0 has for badges or CLR 2.0 for learner records.",
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
		kind := kindOf(cred)
		bake := kind.BakeSVG
		if baking.IsPNG(pic) {
			bake = kind.BakePNG
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

// kindOf tells a learner record from a badge. What cannot be read is left to the picture to refuse.
func kindOf(cred []byte) baking.Kind {
	c, err := credential.Parse(cred)
	if msg, notToken := jose.Read(cred); err != nil && notToken == nil {
		var content *jose.Content
		if content, err = msg.Content(); err == nil {
			c = content.Credential
		}
	}
	if err == nil && c.HasType("ClrCredential") {
		return baking.Record
	}
	return baking.Badge
}
