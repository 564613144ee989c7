package wallets_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// agree is the command with which a wallet sends its person to the page of consent.
func agree(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "agree.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	return "node " + path + " {url}"
}

// TestTheFurtherFlowsOfWallets runs what goes beyond a pre-authorised code, on one service. The switch for one client is on, so
// that the strict wallets show that it does not disturb them.
func TestTheFurtherFlowsOfWallets(t *testing.T) {
	certificate := requestCertificate(t)
	authority, provider := walletProvider(t)
	s := start(t, "LAUREL_WALLET_COMPAT=digital-bazaar", "LAUREL_REQUEST_CERTIFICATE="+certificate, "LAUREL_WALLET_PROVIDERS="+authority)
	t.Run("the client of Digital Bazaar", func(t *testing.T) { digitalBazaar(t, s, certificate) })
	t.Run("a wallet of the browser", func(t *testing.T) { browserWallet(t, s) })
	t.Run("a person agrees", func(t *testing.T) { personAgrees(t, s) })
	t.Run("a wallet for which somebody vouches", func(t *testing.T) { attestedWallet(t, s, provider) })
	t.Run("several at once", func(t *testing.T) { severalAtOnce(t, s) })
	t.Run("a link with a transaction code", func(t *testing.T) { guardedLink(t, s) })
}

// personAgrees runs the authorisation code flow with PAR, PKCE and DPoP as a library of others writes it.
func personAgrees(t *testing.T, s *service) {
	out := s.run(t, "credo-redeem.mjs", s.link(t, s.claim(t), "badge-sdjwt"), "--flow", "code", "--browser", agree(t), "--notify")
	if out["ok"] != true || out["dpop"] != true || out["notified"] != true || len(elems(out["credentials"])) != 1 {
		t.Fatalf("%v", out)
	}
	s.verified(t, elems(member(elems(out["credentials"])[0], "instances"))[0])
}

// severalAtOnce runs batches: as many credentials as keys, each with an entry of its own in a status list.
func severalAtOnce(t *testing.T, s *service) {
	for name, args := range map[string][]string{
		"raw badge-ldp": {"raw-redeem.mjs", "badge-ldp", "--binding", "did:key"}, "raw encrypted": {"raw-redeem.mjs", "badge-sdjwt", "--encrypt"},
		"raw with details": {"raw-redeem.mjs", "badge-jwt11", "--authz-details"}, "credo badge-sdjwt": {"credo-redeem.mjs", "badge-sdjwt"},
	} {
		t.Run(name, func(t *testing.T) {
			out := s.run(t, args[0], append([]string{s.link(t, s.claim(t), args[1]), "--batch", "3"}, args[2:]...)...)
			if out["ok"] != true || len(elems(out["lint"])) > 0 {
				t.Fatalf("%v", out)
			}
			var got []any
			for _, c := range elems(out["credentials"]) {
				if one := member(c, "credential"); one != nil {
					got = append(got, one)
				}
				got = append(got, elems(member(c, "instances"))...)
			}
			if len(got) != 3 {
				t.Fatalf("%d credentials: %v", len(got), out)
			}
			seen := map[string]bool{}
			for _, c := range got {
				s.verified(t, c)
				seen[fmt.Sprint(c)] = true
			}
			if len(seen) != 3 {
				t.Error("two of them are the same")
			}
		})
	}
}

// guardedLink makes a link with a transaction code by the API, as a platform does.
func guardedLink(t *testing.T, s *service) {
	s.claim(t)
	var awards struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := s.client.Do(t.Context(), http.MethodGet, "/api/v1/awards?limit=1", nil, &awards, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	var made struct {
		ClaimURL string `json:"claim_url"`
		TxCode   string `json:"tx_code"`
		Links    []struct {
			Configuration string `json:"configuration"`
			ByValue       string `json:"by_value"`
		} `json:"wallet_links"`
	}
	if err := s.client.Do(t.Context(), http.MethodPost, "/api/v1/awards/"+awards.Items[0].ID+"/offers", map[string]any{"tx_code": true}, &made, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	link := s.link(t, strings.TrimPrefix(made.ClaimURL, s.base), "badge-sdjwt")
	wrong := "000000"
	if made.TxCode == wrong {
		wrong = "000001"
	}
	for _, code := range []string{"", wrong} {
		if out := s.run(t, "raw-redeem.mjs", link, "--tx-code", code); out["ok"] != false {
			t.Errorf("with the code %q: %v", code, out)
		}
	}
	if out := s.run(t, "lcw.mjs", made.ClaimURL+"?iuv=1"); out["ok"] != false {
		t.Error("a wallet of the VC-API takes the badge without the code")
	}
	if len(made.Links) != 4 || made.Links[0].Configuration != "badge-sdjwt" {
		t.Fatalf("wallet links: %v", made.Links)
	}
	out := s.run(t, "credo-redeem.mjs", made.Links[0].ByValue, "--tx-code", made.TxCode)
	if out["ok"] != true {
		t.Fatalf("%v", out)
	}
	s.verified(t, elems(member(elems(out["credentials"])[0], "instances"))[0])
}

// digitalBazaar runs the client library of Veres Wallet with the switches that it needs, and presents what it was given; that it is refused
// without the first, issuer/openid4vci shows.
func digitalBazaar(t *testing.T, s *service, certificate string) {
	out := s.run(t, filepath.Join("testdata", "digitalbazaar.mjs"), s.link(t, s.claim(t), "badge-ldp"))
	list := elems(out["credentials"])
	if out["ok"] != true || len(list) != 1 || member(member(list[0], "credentialSubject"), "id") != out["did"] {
		t.Fatalf("%v", out)
	}
	s.verified(t, list[0])
	file := filepath.Join(t.TempDir(), "held.json")
	out["authority"] = authority(t, certificate)
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	ways := []struct {
		name string
		way  map[string]any
		good bool
	}{
		{"by a draft, by value", map[string]any{"dialect": "openid4vp-draft", "client": "redirect_uri"}, true},
		{"by a draft, under a certificate", map[string]any{"dialect": "openid4vp-draft", "client": "x509_san_dns"}, true},
		{"by 1.0, under a certificate", map[string]any{"client": "x509_san_dns"}, true},
		{"by a draft, with state, which it does not return", map[string]any{"dialect": "openid4vp-draft", "client": "redirect_uri", "compatible": []string{}}, false},
	}
	args := []string{file}
	var made []asked
	for _, w := range ways {
		w.way["formats"] = []string{"ldp_vc"}
		if w.good {
			w.way["compatible"] = []string{"without-state"}
		}
		r := s.ask(t, w.way)
		made, args = append(made, r), append(args, r.Link)
	}
	answers := elems(s.run(t, filepath.Join("testdata", "digitalbazaar-present.mjs"), args...)["answers"])
	if len(answers) != len(ways) {
		t.Fatalf("%v", answers)
	}
	for i, w := range ways {
		a := s.answer(t, made[i])
		if member(answers[i], "ok") != w.good || w.good != (a.Outcome.Verdict == "valid" && slices.Contains(a.Outcome.Against, "request.without_state")) ||
			!w.good && a.State != "open" {
			t.Errorf("%s: %v, %+v", w.name, answers[i], a)
		}
	}
}

// authority is the last certificate of a file: the one above all others.
func authority(t *testing.T, file string) string {
	t.Helper()
	rest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		if block.Type == "CERTIFICATE" {
			last = string(pem.EncodeToMemory(block))
		}
	}
	return last
}

// browserWallet runs the script of the claim page against a stand-in for a browser's mediator.
func browserWallet(t *testing.T, s *service) {
	script, err := filepath.Abs(filepath.Join("..", "..", "web", "static", "chapi.js"))
	if err != nil {
		t.Fatal(err)
	}
	claim := s.claim(t)
	page, err := s.client.Text(t.Context(), claim, "text/html")
	if err != nil || !strings.Contains(page, `data-chapi="`+claim+`?iuv=1"`) {
		t.Fatalf("the claim page has no button: %v", err)
	}
	out := s.run(t, filepath.Join("testdata", "mediator.mjs"), script, s.base, claim+"?iuv=1")
	stored := out["stored"]
	list := elems(member(member(stored, "data"), "verifiableCredential"))
	if out["ok"] != true || out["without"] != true || out["shown"] != true || out["said"] != "done" || member(stored, "type") != "VerifiablePresentation" || len(list) != 1 {
		t.Fatalf("%v", out)
	}
	if member(member(member(stored, "more"), "protocols"), "vcapi") == nil {
		t.Errorf("no protocols: %v", out)
	}
	s.verified(t, list[0])
}
