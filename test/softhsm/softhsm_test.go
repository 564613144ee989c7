// Package softhsm_test builds Laurel with the tag pkcs11 and lets a throw-away SoftHSM token hold the keys of an issuer.
package softhsm_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
)

// module finds SoftHSM where Debian puts it.
func module(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			if _, err := exec.LookPath("softhsm2-util"); err == nil {
				return found[0]
			}
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("SoftHSM is missing, and CI=true allows no skipped test")
	}
	t.Skip("SoftHSM is missing: PKCS #11 is not tested (scripts/setup-test installs it)")
	return ""
}

func TestATokenHoldsTheKeysOfAnIssuer(t *testing.T) {
	t.Parallel()
	lib, dir := module(t), t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.Mkdir(filepath.Join(dir, "tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "CGO_ENABLED=1", "SOFTHSM2_CONF="+write("softhsm2.conf", "directories.tokendir = "+filepath.Join(dir, "tokens")+"\n"),
		"LAUREL_DATA="+filepath.Join(dir, "data"), "LAUREL_PKCS11_MODULE="+lib, "SOFTHSM_MODULE="+lib, "LAUREL_PKCS11_TOKEN=laurel test",
		"LAUREL_PKCS11_PIN_FILE="+write("pin", "123456\n"))
	run := func(fails bool, in, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir, cmd.Env, cmd.Stdin = corpus.Root(t), env, strings.NewReader(in)
		out, err := cmd.CombinedOutput()
		if (err != nil) != fails {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run(false, "", "softhsm2-util", "--init-token", "--free", "--label", "laurel test", "--pin", "123456", "--so-pin", "12345678")
	run(false, "", "go", "test", "-count=1", "-tags", "pkcs11", "./internal/holder/token")
	laurel := filepath.Join(dir, "laurel")
	run(false, "", "go", "build", "-tags", "pkcs11", "-o", laurel, "./cmd/laurel")

	run(false, "", laurel, "issuer", "add", "--name", "School of Tests", "--url", "https://school.example", "--new-keys", "pkcs11")
	if list := run(false, "", laurel, "keys", "list"); strings.Count(list, "held by pkcs11") != 3 {
		t.Fatalf("not all keys are in the token:\n%s", list)
	}
	run(false, "", laurel, "achievement", "add", "--name", "First aid", "--description", "Can help.", "--criteria", "Passed the test.")
	for _, alg := range []string{"ES256", "EdDSA", "RS256"} {
		run(false, "", laurel, "keys", "rotate", "--alg", alg, "--now")
	}
	award := func(fails bool) string {
		return run(fails, "", laurel, "award", "--achievement", "first-aid", "--name", "Learner", "--email", "learner@example.org")
	}
	award(false)
	examine := func(want string) {
		t.Helper()
		if out := run(false, "", laurel, "log", "verify"); !strings.Contains(out, want) {
			t.Errorf("the log has not %q: %s", want, out)
		}
	}
	examine("1 credentials and 0 statements compared, 0 recorded and not stored")

	if err := os.Rename(filepath.Join(dir, "tokens"), filepath.Join(dir, "away")); err != nil {
		t.Fatal(err)
	}
	if out := award(true); !strings.Contains(out, "does not sign now") {
		t.Errorf("without the token it says %s", out)
	}
	examine("1 credentials and 0 statements compared, 1 recorded and not stored")
	if err := os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "tokens")); err != nil {
		t.Fatal(err)
	}
	award(false)
	examine("2 credentials and 0 statements compared, 1 recorded and not stored")
	if out := run(true, "", laurel, "keys", "rotate", "--signer", "pkcs11", "--alg", "ES256", "--key", "nothing", "--now"); !strings.Contains(out, "nothing") {
		t.Errorf("a key that is not there: %s", out)
	}
}
