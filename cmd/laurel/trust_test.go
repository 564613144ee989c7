package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTheTrustListComesBack: while the file cannot be read nobody is trusted; the same file with the same date counts again
// once it is back.
func TestTheTrustListComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trust.txt")
	if err := os.WriteFile(path, []byte("did:web:school.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := newTrustFile(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	now := func(want int) {
		t.Helper()
		f.looked = time.Time{} // a second has passed
		if n := f.current().Len(); n != want {
			t.Errorf("%d entries, want %d", n, want)
		}
	}
	now(1)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	now(0)
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	now(1)
}
