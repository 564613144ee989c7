package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestServeStopsOnADamagedDatabase is the row R12: damage is found at the start, and nothing more is signed.
func TestServeStopsOnADamagedDatabase(t *testing.T) {
	dir := t.TempDir()
	call := func(ctx context.Context, args ...string) (code int, out string) {
		var text bytes.Buffer
		code = run(ctx, terminal{in: strings.NewReader(""), out: &text, err: &text}, append(args, "--data", dir))
		return code, text.String()
	}
	for _, name := range []string{"First School", "Second School"} {
		if code, out := call(t.Context(), "issuer", "add", "--name", name); code != exitGood {
			t.Fatalf("issuer add: %d %s", code, out)
		}
	}
	path := filepath.Join(dir, "laurel.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	if len(data) < 8*page {
		t.Fatalf("the database has %d bytes", len(data))
	}
	last := data[len(data)-page:]
	for i := range last {
		last[i] = 0xff
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, out := call(ctx, "serve", "--listen", "127.0.0.1:0", "--no-demo")
	if code != exitOurs || !strings.Contains(out, "damaged") || !strings.Contains(out, "backup") || ctx.Err() != nil {
		t.Fatalf("exit %d, %v:\n%s", code, ctx.Err(), out)
	}
}
