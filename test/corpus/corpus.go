// Package corpus finds, for tests, the folder of this module and the official samples that lie beside it in ../shared/corpus. The
// samples are nobody's to copy: a test that needs them is skipped, and says so, where they are absent.
package corpus

import (
	"os"
	"path/filepath"
	"testing"
)

// Root returns the folder of go.mod, found from the working directory upwards.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the test")
	return ""
}

// Folder returns the path of a folder or file of the samples, and skips the test where there are none. A name that is not among
// the samples fails the test.
func Folder(t testing.TB, parts ...string) string {
	t.Helper()
	whole := filepath.Join(Root(t), "..", "shared", "corpus")
	if _, err := os.Stat(whole); err != nil {
		t.Skip("corpus: ../shared/corpus is not there")
	}
	path := filepath.Join(append([]string{whole}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}
