// Package wallets_test runs wallets that others wrote against the real service, over https on loopback.
package wallets_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
	"github.com/openlaurel/laurel/test/pgtest"
)

// deadline bounds one wallet; Node.js takes seconds to load them on a busy machine.
const deadline = 2 * time.Minute

// place returns the folder of the wallets, or ends the test in one line.
func place(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(corpus.Root(t), ".tools", "wallets")
	if _, err := exec.LookPath("node"); err != nil {
		npmtest.Missing(t, "Node.js is missing: run make setup-test")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		if _, err := os.Stat(filepath.Join(corpus.Root(t), "..", "shared", "wallets")); err != nil {
			t.Skip("corpus: ../shared/wallets is absent")
		}
		npmtest.Missing(t, "the wallets are not installed: run make setup-test")
	}
	return dir
}

// service is a deployment behind TLS.
type service struct {
	t       *testing.T
	d       *laureltest.Deployment
	client  *laureltest.Client
	school  laureltest.Catalogue
	wallets string
	base    string // https
	ca      string
	n       int
}

// start starts a deployment with further settings, as LAUREL_NAME=value.
func start(t *testing.T, settings ...string) *service {
	t.Helper()
	s := &service{t: t, wallets: place(t)}
	port := pgtest.FreePort(t)
	s.base = "https://localhost:" + strconv.Itoa(port)
	s.d = laureltest.New(t, laureltest.Build(t), "", append(settings, "LAUREL_BASE_URL="+s.base)...)
	s.d.Start(t)
	tls := t.TempDir()
	s.ca = filepath.Join(tls, "ca.pem")
	target, err := url.Parse(s.d.Base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := exec.Command("node", "tls-proxy.mjs", strconv.Itoa(port), target.Port(), tls)
	proxy.Dir = s.wallets
	said, err := proxy.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Process.Kill(); _ = proxy.Wait() })
	lines := bufio.NewScanner(said)
	if !lines.Scan() || !strings.Contains(lines.Text(), "tls proxy") {
		t.Fatalf("the proxy does not start: %s", lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	s.client = s.d.Admin(t)
	s.school = s.client.Catalogue(t)
	return s
}

// claim awards a badge and returns the path of its claim link.
func (s *service) claim(t *testing.T) string {
	t.Helper()
	s.n++
	var out struct {
		ClaimURL string `json:"claim_url"`
	}
	if err := s.client.Do(t.Context(), http.MethodPost, "/api/v1/awards", s.school.Request(fmt.Sprintf("w%d", s.n)), &out, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(out.ClaimURL, s.base)
	if !strings.HasPrefix(path, "/claim/") {
		t.Fatalf("claim link %q", out.ClaimURL)
	}
	return path
}

// link is what stands on the button of the claim page.
func (s *service) link(t *testing.T, claim, choice string) string {
	t.Helper()
	page, err := s.client.Text(t.Context(), claim+"?wallet="+choice, "text/html")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`class="button" href="((?:openid-credential-offer|https://lcw)[^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no button for %s", choice)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

// run starts a wallet and reads what it prints.
func (s *service) run(t *testing.T, script string, args ...string) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	how := []string{script}
	if strings.HasPrefix(script, "testdata") { // one of ours, which finds its packages where the wallets are
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		how = []string{"--input-type=module", "-e", string(text)}
	}
	cmd := exec.CommandContext(ctx, "node", append(how, args...)...)
	cmd.Dir, cmd.Env = s.wallets, append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.ca)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var out map[string]any
	if jsonErr := json.Unmarshal(stdout.Bytes(), &out); jsonErr != nil {
		t.Fatalf("%s: %v, %v\n%s%s", script, err, jsonErr, stdout.String(), stderr.String())
	}
	return out
}

// verified checks what a wallet stored with laurel verify.
func (s *service) verified(t *testing.T, stored any) {
	t.Helper()
	text, ok := stored.(string)
	if !ok {
		raw, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		text = string(raw)
	}
	path := filepath.Join(t.TempDir(), "stored")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := s.d.Command(t, "verify", path); !strings.Contains(strings.ToLower(said), "valid") {
		t.Errorf("laurel verify: %s", said)
	}
}

func elems(v any) []any { list, _ := v.([]any); return list }

func member(v any, name string) any { m, _ := v.(map[string]any); return m[name] }

// TestWalletsTakeBadges runs each wallet with each form that it takes.
func TestWalletsTakeBadges(t *testing.T) {
	s := start(t)
	for _, form := range []string{"badge-sdjwt", "badge-ldp", "badge-jwt11"} {
		for _, binding := range []string{"jwk", "did:key", "did:jwk"} {
			t.Run("raw "+form+" "+binding, func(t *testing.T) {
				out := s.run(t, "raw-redeem.mjs", s.link(t, s.claim(t), form), "--binding", binding, "--notify")
				if out["ok"] != true || out["notification"] != float64(http.StatusNoContent) || len(elems(out["lint"])) > 0 || len(elems(out["credentials"])) != 1 {
					t.Fatalf("%v", out)
				}
				s.verified(t, member(elems(out["credentials"])[0], "credential"))
			})
		}
	}
	for _, form := range []string{"badge-sdjwt", "badge-jwt11"} {
		t.Run("credo "+form, func(t *testing.T) {
			out := s.run(t, "credo-redeem.mjs", s.link(t, s.claim(t), form), "--notify")
			if out["ok"] != true || out["notified"] != true || len(elems(out["credentials"])) != 1 {
				t.Fatalf("%v", out)
			}
			instances := elems(member(elems(out["credentials"])[0], "instances"))
			if len(instances) != 1 {
				t.Fatalf("%v", out)
			}
			s.verified(t, instances[0])
		})
	}
	t.Run("the Open Badges JWT, which no choice of the page names", func(t *testing.T) {
		link := strings.Replace(s.link(t, s.claim(t), "badge-jwt11"), "badge-jwt11", "badge-jwt", 1)
		out := s.run(t, "raw-redeem.mjs", link)
		if out["ok"] != true {
			t.Fatalf("%v", out)
		}
		s.verified(t, member(elems(out["credentials"])[0], "credential"))
	})
}

// TestTheLearnerCredentialWalletTakesBadges runs the stand-in by both of its ways, and refuses a second holder.
func TestTheLearnerCredentialWalletTakesBadges(t *testing.T) {
	s := start(t)
	claim := s.claim(t)
	taken := func(t *testing.T, out map[string]any, subject string) {
		t.Helper()
		list := elems(out["credentials"])
		if out["ok"] != true || len(list) != 1 || member(list[0], "verified") != true {
			t.Fatalf("%v", out)
		}
		if got, _ := member(list[0], "subject").(string); !strings.HasPrefix(got, subject) {
			t.Errorf("subject %q", got)
		}
		if got := fmt.Sprint(elems(member(list[0], "proof"))); !strings.Contains(got, dataintegrity.EdDSARDFC) {
			t.Errorf("proof %s", got)
		}
	}
	for range 2 { // by the interaction URL it is as free as the files
		taken(t, s.run(t, "lcw.mjs", s.base+claim+"?iuv=1"), "urn:uuid:")
	}
	mine := filepath.Join(t.TempDir(), "mine.json")
	link := s.link(t, claim, "lcw")
	other := s.link(t, claim, "lcw")
	taken(t, s.run(t, "lcw.mjs", link, "--wallet", mine), "did:key:")
	if out := s.run(t, "lcw.mjs", link, "--wallet", mine); out["ok"] != false {
		t.Error("a challenge is taken twice")
	}
	if out := s.run(t, "lcw.mjs", other); out["ok"] != false {
		t.Error("two holders collect one link")
	}
	page, err := s.client.Text(t.Context(), claim, "text/html")
	if err != nil || !strings.Contains(page, "A wallet has taken this badge") || strings.Contains(page, "Which wallet?") {
		t.Errorf("the page of a link that was used: %v", err)
	}
}
