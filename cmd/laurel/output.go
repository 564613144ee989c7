package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
)

// say prints to a terminal. One that takes no more text has nobody who could be told.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// sayln prints a line as say does.
func sayln(w io.Writer, args ...any) { _, _ = fmt.Fprintln(w, args...) }

// withJSON adds --json to a command that has a result.
func withJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Bool("json", false, "print the result as JSON")
	return cmd
}

func wantsJSON(cmd *cobra.Command) bool {
	f := cmd.Flags().Lookup("json")
	return f != nil && f.Value.String() == "true"
}

// show prints v as JSON when --json was given, and in words otherwise.
func show(cmd *cobra.Command, t terminal, v any, words func(io.Writer)) error {
	if !wantsJSON(cmd) {
		words(t.out)
		return nil
	}
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// plain makes foreign text safe for a terminal: control characters, escape sequences and bidirectional overrides become a
// question mark.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, s)
}
