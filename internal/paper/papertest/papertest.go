// Package papertest reads PDF documents back with the tools of poppler, for tests: their text, their structure, their pixels.
//
// A test that cannot have the tools is skipped with one line; with CI=true it fails.
package papertest

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Text returns the text of a document as pdftotext reads it, in reading order.
func Text(t testing.TB, document []byte) string {
	t.Helper()
	return string(run(t, document, "pdftotext", "-raw", "-", "-"))
}

// Structure returns the structure tree of a document with its text, as pdfinfo prints it.
func Structure(t testing.TB, document []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return string(run(t, nil, "pdfinfo", "-struct-text", path))
}

// Info returns what pdfinfo says of a document: title, pages, whether it is tagged.
func Info(t testing.TB, document []byte) string {
	t.Helper()
	return string(run(t, document, "pdfinfo", "-"))
}

// Page returns the pixels of a page, from 1, at 150 dots per inch.
func Page(t testing.TB, document []byte, page int) image.Image {
	t.Helper()
	n := strconv.Itoa(page)
	out := run(t, document, "pdftoppm", "-png", "-r", "150", "-f", n, "-l", n, "-")
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatalf("page %d: %v", page, err)
	}
	return img
}

// Hanzi returns a font with Chinese letters.
func Hanzi(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
	if err != nil {
		missing(t, "fonts-droid-fallback is missing: run make setup-test")
	}
	return data
}

func run(t testing.TB, in []byte, tool string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		missing(t, "poppler-utils is missing: run make setup-test")
	}
	cmd := exec.CommandContext(t.Context(), tool, args...) //nolint:gosec // the tools are named above
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s", tool, err, stderr.String()) // a document that must be repaired says so there
	}
	return stdout.Bytes()
}

func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
