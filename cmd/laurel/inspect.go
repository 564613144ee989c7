package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier/intake"
)

func newInspect(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "inspect FILE", Short: "Show what is inside a credential, without checking it", Args: exactly(1, "one file, or - for standard input"),
		Long: "Show what is inside a credential: its form, its header and its content. Nothing is checked and nothing is fetched; use\nlaurel verify for a verdict.",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		data, err := readInputFile(t, args[0])
		if err != nil {
			return err
		}
		item, link, err := intake.Read(data, intake.Hint{FileName: args[0]})
		if err != nil {
			d := fault.AsDefect(err)
			return fault.New(fault.Invalid, d, "%s", d.Detail).Code(d.Code)
		}
		v := inspected{Form: item.Form, Link: link}
		if err := v.open(item); err != nil {
			return err
		}
		return show(cmd, t, v, func(w io.Writer) { v.print(w) })
	}
	return withJSON(cmd)
}

// inspected is what a credential holds, unchecked.
type inspected struct {
	Form       proof.Form      `json:"form"`
	Link       string          `json:"link,omitempty"`
	Algorithm  string          `json:"alg,omitempty"`
	KeyID      string          `json:"kid,omitempty"`
	Credential json.RawMessage `json:"credential,omitempty"`
}

func (v *inspected) open(item intake.Item) error {
	v.Credential = item.Bytes
	switch item.Form {
	case proof.OBJWT, proof.VCJWT, proof.JWTVC11:
		msg, err := jose.Read(item.Bytes)
		if err != nil {
			d := fault.AsDefect(err)
			return fault.New(fault.Invalid, d, "%s", d.Detail).Code(d.Code)
		}
		v.Algorithm, v.KeyID, v.Credential = string(msg.Header.Alg), msg.Header.KeyID, msg.Payload
	}
	if !json.Valid(v.Credential) {
		v.Credential = nil
	}
	return nil
}

func (v *inspected) print(w io.Writer) {
	say(w, "form  %s\n", v.Form)
	for _, l := range [...]struct{ name, value string }{{"link", v.Link}, {"alg", v.Algorithm}, {"kid", v.KeyID}} {
		if l.value != "" {
			say(w, "%-5s %s\n", l.name, plain(l.value))
		}
	}
	if v.Credential != nil {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		_ = enc.Encode(v.Credential)
	}
	sayln(w, "Nothing was checked: laurel verify gives a verdict.")
}
