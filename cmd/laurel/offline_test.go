package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
)

// TestThePackOfADeploymentJudgesItsBadges: without a network a badge of ours is valid by the pack, for as long as its list holds.
func TestThePackOfADeploymentJudgesItsBadges(t *testing.T) {
	a, award := awarded(t)
	text, err := a.packs.Pack(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.packs.Pack(t.Context())
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("two packs within a minute: %v", err)
	}
	if bytes.Contains(text, []byte(award.ID)) || bytes.Contains(text, []byte("Ana")) {
		t.Error("the pack tells of an award")
	}
	pack, err := offline.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for later, want := range map[time.Duration]verifier.Verdict{time.Minute: verifier.Valid, 26 * time.Hour: verifier.Undecided} {
		v, err := pack.Verifier(func() time.Time { return time.Now().Add(later) })
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range award.Credentials {
			if r := v.Check(t.Context(), verifier.Input{File: c.Signed}, verifier.Policy{}); r.Verdict != want {
				t.Errorf("%s, %v later: %s %+v", c.Form, later, r.Verdict, r.Checks)
			}
		}
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil || len(whole["identities"]) < 10 {
		t.Errorf("%v %s", err, whole["identities"])
	}
}

func TestTheVerifierForBrowsersStandsBesideTheProgramOrWhereTheSettingSays(t *testing.T) {
	if got, err := browserFiles(""); err != nil || got != nil {
		t.Errorf("nothing beside the program: %v %v", got, err)
	}
	dir := t.TempDir()
	if _, err := browserFiles(dir); err == nil {
		t.Error("a folder that was named and has nothing is taken")
	}
	for _, name := range []string{"verifier.wasm.gz", "wasm_exec.js.gz"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := browserFiles(dir); err == nil || !strings.Contains(err.Error(), "verifier.wasm.gz is no gzip file") {
		t.Errorf("files that are not packed: %v", err)
	}
	for _, name := range []string{"verifier.wasm.gz", "wasm_exec.js.gz"} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if err := errors.Join(writeAll(z, name), z.Close(), os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := browserFiles(dir)
	if err != nil || len(got) != 2 || got[0].Name != "verifier.wasm" {
		t.Fatalf("%v %v", got, err)
	}
	z, err := gzip.NewReader(got[1].Packed)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != "wasm_exec.js.gz" {
		t.Errorf("%q %v", text, err)
	}
}

func writeAll(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}
