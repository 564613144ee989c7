package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFold: no line passes the edge, nothing is lost, and a pipe gets one line as it is.
func TestFold(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("two words ", 30), strings.Repeat("é", 200) + " after a long word", strings.Repeat("字 ", 120)} {
		for _, indent := range []int{0, 23} {
			got := fold(text, indent)
			if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
				t.Errorf("words of %.20q were lost: %q", text, got)
			}
			for i, line := range strings.Split(got, "\n") {
				width := utf8.RuneCountInString(line)
				if i == 0 {
					width += indent
				}
				if width > columns && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("line %d of %.20q has %d columns", i, text, width)
				}
			}
		}
	}
	long := strings.Repeat("two words ", 30)
	if got := folded(&bytes.Buffer{}, long, 4); got != long {
		t.Errorf("a text for no terminal was changed: %q", got)
	}
}
