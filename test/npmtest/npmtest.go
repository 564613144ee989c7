// Package npmtest owns the bridge from Go tests to the JavaScript implementations in test/npm.
//
// A test that cannot have them (no Node.js, or the packages were not installed) is skipped with one line; with CI=true it
// fails, because a cross-check that nobody ran proves nothing.
package npmtest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/openlaurel/laurel/test/corpus"
)

// deadline bounds one script. Most need a second or two; a walk through the whole catalogue of pages takes minutes on a busy machine.
const deadline = 15 * time.Minute

// Run starts test/npm/script with in as JSON on its standard input and decodes its standard output into out, a pointer.
// A script that exits with another status than 0 fails the test with what it said.
func Run(t testing.TB, script string, in, out any) {
	t.Helper()
	dir := Dir(t)
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatalf("input of %s: %v", script, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), out); err != nil {
		t.Fatalf("output of %s: %v\n%s", script, err, stdout.String())
	}
}

// Dir returns the folder test/npm with its packages installed, or ends the test as the package comment says.
func Dir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(corpus.Root(t), "test", "npm")
	if _, err := exec.LookPath("node"); err != nil {
		Missing(t, "Node.js is missing: run make setup-test")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		Missing(t, "the npm packages of test/npm are missing: run make setup-test")
	}
	return dir
}

// Missing skips the test for that reason; with CI=true it fails it.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
