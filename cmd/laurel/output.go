package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

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

// required makes cobra refuse a command line without these flags, by name.
func required(cmd *cobra.Command, flags ...string) *cobra.Command {
	for _, name := range flags {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // no such flag
		}
	}
	return cmd
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

// columns is how wide a terminal is taken to be.
const columns = 80

// folded breaks a text between words where w is a terminal, and indents the lines after the first. A pipe or a file gets one line.
func folded(w io.Writer, text string, indent int) string {
	f, ok := w.(*os.File)
	if !ok {
		return text
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return text
	}
	return fold(text, indent)
}

// fold breaks a text between words so that no line passes 80 columns, unless a word alone does.
func fold(text string, indent int) string {
	var b strings.Builder
	at := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > columns:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
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
