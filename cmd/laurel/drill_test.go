package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/keyring"
	learners "github.com/openlaurel/laurel/issuer/learner"
)

// drilledIn runs "laurel keys drill" on a data folder, with temporary files in a folder of its own.
func drilledIn(t *testing.T, data string, args ...string) (code int, out, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	t.Setenv("TMPDIR", temporary)
	var text bytes.Buffer
	code = run(t.Context(), terminal{out: &text, err: &text}, append([]string{"keys", "drill", "--data", data}, args...))
	return code, text.String(), temporary
}

// report decodes the report of a drill.
func report(t *testing.T, out string) map[string]drillStep {
	t.Helper()
	var r drillReport
	if err := json.Unmarshal([]byte(out[strings.Index(out, "{"):]), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	steps := map[string]drillStep{}
	for _, s := range r.Steps {
		steps[s.Step] = s
	}
	return steps
}

// files are the contents of a folder by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(filepath.Join(dir, path))
		out[path] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A drill on a deployment with everything that is ever signed passes, and leaves no trace in it.
func TestADrillPassesAndChangesNothing(t *testing.T) {
	a, credentials, _ := signedInEveryWay(t)
	apply(t, a, awardTo(t, a).ID, issuer.Step{Action: issuer.Revoke, Reason: "a mistake"})
	apply(t, a, awardTo(t, a).ID, issuer.Step{Action: issuer.Suspend, Reason: "looked into"})
	gone := awardTo(t, a)
	wish := learners.Wish{ID: "wsh_1", Kind: learners.Erasure, IssuerID: gone.IssuerID, AwardID: gone.ID, At: time.Now()}
	if err := a.store.EraseAwards(t.Context(), []string{gone.ID}, time.Now(), wish, nil); err != nil {
		t.Fatal(err)
	}
	data := a.cfg.Data
	stop(t, a)
	before := files(t, data)
	code, out, temporary := drilledIn(t, data, "--json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	if after := files(t, data); len(after) != len(before) {
		t.Errorf("files before %d, after %d", len(before), len(after))
	} else {
		for path, body := range before {
			if after[path] != body {
				t.Errorf("%s was changed", path)
			}
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	steps := report(t, out)
	for name, least := range map[string]int{
		"copy": int(credentials), "verify what the key signed": 10, "publish the next keys": 4, "let them sign": 4, "award by the new key": 1,
		"verify what the retired key signed": 10, "withdraw the key": 1, "verify what the stolen key signed": 10, "issue again": 5,
		"verify what was issued again": 5, "examine the issuance log": int(credentials),
	} {
		if s := steps[name]; s.Count < least || s.Failures > 0 {
			t.Errorf("%s: %+v, at least %d", name, s, least)
		}
	}
	if note := steps["issue again"].Note; !strings.Contains(note, "1 revoked, 1 suspended") || !strings.Contains(note, "have to be made anew") {
		t.Errorf("issue again: %s", note)
	}
	if len(steps) != 12 {
		t.Errorf("%d steps", len(steps))
	}
}

// What is kept is a deployment of its own; a bound on what is looked at is said.
func TestADrillThatIsKept(t *testing.T) {
	a, first := awarded(t)
	for range 5 {
		awardTo(t, a)
	}
	if _, err := a.keys.Rotate(t.Context(), keyring.Rotation{IssuerID: first.IssuerID, DID: issuerDID(t, a), Algorithms: []keys.Algorithm{keys.ES256}}); err != nil {
		t.Fatal(err)
	}
	made := keyMade(t, a)
	stop(t, a)
	code, out, temporary := drilledIn(t, a.cfg.Data, "--keep", "--most", "2", "--from", made)
	if code != 0 || !strings.Contains(out, "The copy is in "+temporary) || !strings.Contains(out, "of 6; left alone") || !strings.Contains(out, "✓ the drill passed") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	kept, err := filepath.Glob(filepath.Join(temporary, "laurel-drill-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has the mode %v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(kept[0], "kek")); err == nil {
		t.Error("the key-encryption key is in the copy")
	}
	var text bytes.Buffer
	list := []string{"keys", "list", "--data", kept[0], "--kek", filepath.Join(a.cfg.Data, "kek")}
	if code := run(t.Context(), terminal{out: &text, err: &text}, list); code != 0 || !strings.Contains(text.String(), "withdrawn ES256") {
		t.Errorf("%d %s", code, text.String())
	}
}

// What the drill finds wrong stands in the report, and decides the exit code.
func TestADrillThatFails(t *testing.T) {
	a, first := awarded(t)
	x := first.Credentials[0]
	x.ID, x.Holder, x.StatusIndex = "aaaaaaaaaaaaaaaaaaaaaaaaaa", "did:example:x", 130_001
	x.Signed = append(bytes.Clone(x.Signed[:len(x.Signed)-4]), "AAAA"...) // as a damaged database has it
	if err := a.store.InsertCredential(t.Context(), x, eventOf(t, "credential.issued")); err != nil {
		t.Fatal(err)
	}
	y := x
	y.ID, y.Holder, y.StatusIndex = "baaaaaaaaaaaaaaaaaaaaaaaaa", "did:example:y", 130_002
	y.Signed = append([]byte("e"), first.Credentials[0].Signed...)
	if err := a.store.InsertCredential(t.Context(), y, eventOf(t, "inserted")); err != nil {
		t.Fatal(err)
	}
	made := keyMade(t, a)
	stop(t, a)
	code, out, _ := drilledIn(t, a.cfg.Data, "--from", made)
	if code != exitBad || !strings.Contains(out, "✗ the drill failed") ||
		!strings.Contains(out, y.ID+" is invalid before anything was done: intake.no_credential") || !strings.Contains(out, x.ID+" is invalid before") {
		t.Errorf("%d %s", code, out)
	}
}

// keyMade is the moment in which the first ES256 key was made.
func keyMade(t *testing.T, a *app) string {
	t.Helper()
	all, err := a.store.Keys(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(k keyring.Key) bool { return k.Alg == keys.ES256 && k.State == keyring.Active })
	return all[i].CreatedAt.Format(time.RFC3339)
}

func TestWhereNoDrillIsHeld(t *testing.T) {
	empty := t.TempDir()
	if code, out, _ := drilledIn(t, empty); code != exitBad || !strings.Contains(out, "there is no deployment here") {
		t.Errorf("%d %s", code, out)
	}
	if left := files(t, empty); len(left) > 0 {
		t.Errorf("it made %v", left)
	}
	a, _ := awarded(t)
	stop(t, a)
	for what, args := range map[string][]string{
		"no time":            {"--from", "yesterday"},
		"in the future":      {"--from", "2999-01-01T00:00:00Z"},
		"the key was made":   {"--from", "2001-01-01T00:00:00Z"},
		"is not known":       {"--alg", "HS256"},
		"has no ES384 key":   {"--alg", "ES384"},
		"is negative":        {"--most", "-1"},
		"there is no issuer": {"--issuer", "other"},
	} {
		if code, out, _ := drilledIn(t, a.cfg.Data, args...); code != exitBad || !strings.Contains(out, what) {
			t.Errorf("%s: %d %s", what, code, out)
		}
	}
}

// A copy holds what the original holds, in every table.
func TestACopyIsWhole(t *testing.T) {
	a, _, _ := signedInEveryWay(t)
	to, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "copy.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	c, err := a.store.CopyTo(t.Context(), to)
	if err != nil || c.Tables < 20 || c.Rows < 100 {
		t.Fatalf("%+v, %v", c, err)
	}
	var before, after []store.Signed
	for s, out := range map[*store.Store]*[]store.Signed{a.store: &before, to: &after} {
		if err := s.EachSigned(t.Context(), func(x store.Signed) error { *out = append(*out, x); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	one, err := json.Marshal(before)
	two, err2 := json.Marshal(after)
	if err != nil || err2 != nil || !bytes.Equal(one, two) || len(before) < 70 {
		t.Errorf("%d and %d, %v %v", len(before), len(after), err, err2)
	}
}
