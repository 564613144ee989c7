package wallets_test

import (
	"fmt"
	"net/http"
	"path/filepath"
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

// TestTheFurtherFlowsOfWallets runs what goes beyond a pre-authorised code, on one service.
func TestTheFurtherFlowsOfWallets(t *testing.T) {
	s := start(t)
	t.Run("a person agrees", func(t *testing.T) { personAgrees(t, s) })
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

// TestTheClientOfDigitalBazaar runs it with the switch that it needs; that it is refused without, issuer/openid4vci shows.
func TestTheClientOfDigitalBazaar(t *testing.T) {
	script := filepath.Join("testdata", "digitalbazaar.mjs")
	s := start(t, "LAUREL_WALLET_COMPAT=digital-bazaar")
	out := s.run(t, script, s.link(t, s.claim(t), "badge-ldp"))
	list := elems(out["credentials"])
	if out["ok"] != true || len(list) != 1 || member(member(list[0], "credentialSubject"), "id") != out["did"] {
		t.Fatalf("%v", out)
	}
	s.verified(t, list[0])
	if raw := s.run(t, "raw-redeem.mjs", s.link(t, s.claim(t), "badge-ldp")); raw["ok"] != true { // a strict wallet is not disturbed
		t.Errorf("%v", raw)
	}
}
