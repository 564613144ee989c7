// Package wallets_test runs the wallets of other people against the service.
package wallets_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// folder is where the wallets are installed.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(npmtest.Root(t), ".tools", "wallets")
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		npmtest.Missing(t, "the wallets are not installed in .tools/wallets")
	}
	return dir
}

// run starts a wallet and returns what it printed.
func run(t *testing.T, script string, args ...string) map[string]any {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(folder(t), script)}, args...)...)
	text, _ := cmd.Output() // what went wrong is in the text
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v in %s", script, err, text)
	}
	return out
}

type asked struct {
	ID          string `json:"id"`
	Transaction string `json:"transaction_id"`
	Link        string `json:"cross_device"`
	State       string `json:"state"`
	Outcome     struct {
		Verdict string `json:"verdict"`
	} `json:"outcome"`
}

// TestThePlainWalletPresents takes a badge in each form into the plain wallet, presents it in every way of asking, and then
// as it must not be presented.
func TestThePlainWalletPresents(t *testing.T) {
	folder(t)
	d := laureltest.New(t, laureltest.Build(t), "")
	s := d.Start(t)
	defer func() { _ = s.Stop() }()
	admin := d.Admin(t)
	catalogue := admin.Catalogue(t)
	ask := func(t *testing.T, more map[string]any) asked {
		t.Helper()
		in := map[string]any{"asker": "Clinic", "purpose": "Application"}
		for k, v := range more {
			in[k] = v
		}
		var r asked
		if err := admin.Do(t.Context(), http.MethodPost, "/api/v1/requests", in, &r, http.StatusCreated); err != nil {
			t.Fatal(err)
		}
		return r
	}
	answer := func(t *testing.T, r asked) asked {
		t.Helper()
		mine := *admin
		mine.Token = r.Transaction
		var out asked
		if err := mine.Do(t.Context(), http.MethodGet, "/api/v1/requests/"+r.ID, nil, &out, http.StatusOK); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for configuration, format := range map[string]string{"badge-sdjwt": "dc+sd-jwt", "badge-jwt11": "jwt_vc_json", "badge-ldp": "ldp_vc"} {
		t.Run(format, func(t *testing.T) {
			var award struct {
				Claim string `json:"claim_url"`
			}
			if err := admin.Do(t.Context(), http.MethodPost, "/api/v1/awards", catalogue.Request(configuration), &award, http.StatusCreated); err != nil {
				t.Fatal(err)
			}
			code := award.Claim[strings.LastIndexByte(award.Claim, '/')+1:]
			wallet := filepath.Join(t.TempDir(), "wallet.json")
			offer := "openid-credential-offer://?credential_offer_uri=" + url.QueryEscape(d.Base+"/openid4vci/offers/"+code+"/"+configuration)
			args := []string{offer, "--wallet", wallet}
			if format == "ldp_vc" {
				args = append(args, "--alg", "EdDSA", "--binding", "did:key")
			}
			if out := run(t, "raw-redeem.mjs", args...); out["ok"] != true {
				t.Fatalf("not taken: %v", out)
			}
			for name, way := range map[string]map[string]any{
				"signed":     {"client": "decentralized_identifier"},
				"by value":   {"client": "redirect_uri"},
				"encrypted":  {"client": "decentralized_identifier", "encrypted": true},
				"of a draft": {"client": "decentralized_identifier", "dialect": "openid4vp-draft"},
			} {
				t.Run(name, func(t *testing.T) {
					way["formats"] = []string{format}
					r := ask(t, way)
					out := run(t, "raw-present.mjs", r.Link, "--wallet", wallet)
					if lint, _ := out["lint"].([]any); out["ok"] != true || len(lint) > 0 {
						t.Errorf("%v", out)
					}
					if a := answer(t, r); a.State != "answered" || a.Outcome.Verdict != "valid" {
						t.Errorf("%+v", a)
					}
				})
			}
			wrong := map[string]string{
				"invalid-credential-signature": `{"badCredentialSig":true}`, "invalid-kb-jwt-signature": `{"badKbSig":true}`,
				"invalid-kb-jwt-aud": `{"aud":"https://elsewhere.example"}`, "invalid-kb-jwt-nonce": `{"nonce":"another"}`,
				"holder swap": `{"otherKey":true}`, "no holder binding": `{"noKb":true}`,
			}
			if format == "dc+sd-jwt" {
				wrong["invalid-sd-hash"] = `{"sdHash":"AAAA"}`
				wrong["kb-jwt-iat-in-past"], wrong["kb-jwt-iat-in-future"] = `{"iat":1600000000}`, `{"iat":4000000000}`
			}
			for name, tamper := range wrong {
				t.Run(name, func(t *testing.T) {
					r := ask(t, map[string]any{"client": "decentralized_identifier", "formats": []string{format}})
					if out := run(t, "raw-present.mjs", r.Link, "--wallet", wallet, "--tamper", tamper); out["ok"] == true {
						t.Errorf("taken: %v", out)
					}
					if a := answer(t, r); a.State != "answered" || a.Outcome.Verdict != "invalid" {
						t.Errorf("%+v", a)
					}
				})
			}
		})
	}
}
