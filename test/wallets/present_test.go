package wallets_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/test/corpus"
)

type asked struct {
	ID          string `json:"id"`
	Transaction string `json:"transaction_id"`
	Link        string `json:"cross_device"`
	State       string `json:"state"`
	Outcome     struct {
		Verdict string   `json:"verdict"`
		Flow    string   `json:"flow"`
		Against []string `json:"warnings"`
		Unmet   []struct {
			Code string `json:"code"`
		} `json:"unmet"`
		Result struct {
			Nested []struct {
				Result struct {
					Recipient struct {
						Name string `json:"name"`
					} `json:"recipient"`
				} `json:"result"`
			} `json:"nested"`
		} `json:"result"`
	} `json:"outcome"`
}

// ask makes a request by the API.
func (s *service) ask(t *testing.T, way map[string]any) asked {
	t.Helper()
	in := map[string]any{"asker": "Clinic", "purpose": "Application"}
	for k, v := range way {
		in[k] = v
	}
	var r asked
	if err := s.client.Do(t.Context(), http.MethodPost, "/api/v1/requests", in, &r, http.StatusCreated); err != nil {
		t.Fatal(err)
	}
	return r
}

// answer is how the request stands.
func (s *service) answer(t *testing.T, r asked) asked {
	t.Helper()
	mine := *s.client
	mine.Token = r.Transaction
	var out asked
	if err := mine.Do(t.Context(), http.MethodGet, "/api/v1/requests/"+r.ID, nil, &out, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	return out
}

// job is a request that a wallet answers, and what is to come of it.
type job struct {
	name   string
	way    map[string]any
	tamper string // what the plain wallet does wrong
	method string // how it fetches the request object
	vp     string // the kind of its presentation, where it has a choice
	good   bool
	shown  string // how the name that is shown begins; "-" for none
}

type presented struct {
	OK        bool     `json:"ok"`
	Error     string   `json:"error"`
	Lint      []string `json:"lint"`
	Signed    bool     `json:"signed"`
	Encrypted bool     `json:"encrypted"`
}

// present lets a wallet answer all jobs in one process, and compares what came of them.
func (s *service) present(t *testing.T, wallet, file string, jobs []job) []presented {
	t.Helper()
	type one struct {
		Link   string          `json:"link"`
		Tamper json.RawMessage `json:"tamper,omitempty"`
		Method string          `json:"method,omitempty"`
		Format string          `json:"format"`
		VP     string          `json:"vp,omitempty"`
	}
	in := struct {
		Wallet string `json:"wallet"`
		File   string `json:"file"`
		Jobs   []one  `json:"jobs"`
	}{Wallet: wallet, File: file}
	var made []asked
	for _, j := range jobs {
		r := s.ask(t, j.way)
		made = append(made, r)
		format := ""
		if f, ok := j.way["formats"].([]string); ok {
			format = f[0]
		}
		in.Jobs = append(in.Jobs, one{r.Link, json.RawMessage(j.tamper), j.method, format, j.vp})
	}
	input, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(corpus.Root(t), "test", "wallets", "present.mjs"))
	cmd.Dir, cmd.Env, cmd.Stdin = s.wallets, append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.ca), bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var out []presented
	if jsonErr := json.Unmarshal(stdout.Bytes(), &out); jsonErr != nil || len(out) != len(jobs) {
		t.Fatalf("%s: %v, %v\n%s%s", wallet, err, jsonErr, stdout.String(), stderr.String())
	}
	for i, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			want := "invalid"
			if j.good {
				want = "valid"
			}
			if out[i].OK != j.good || len(out[i].Lint) > 0 {
				t.Errorf("%+v", out[i])
			}
			a := s.answer(t, made[i])
			if a.State != "answered" || a.Outcome.Verdict != want || a.Outcome.Flow != "cross-device" {
				t.Errorf("%+v", a)
			}
			if j.shown != "" && (len(a.Outcome.Result.Nested) != 1 || !strings.HasPrefix(a.Outcome.Result.Nested[0].Result.Recipient.Name+"-", j.shown)) {
				t.Errorf("shown are %+v", a.Outcome.Result.Nested)
			}
			if encrypted := j.way["encrypted"] == true; wallet == "credo" && (out[i].Encrypted != encrypted || out[i].Signed == (j.way["client"] == "redirect_uri")) {
				t.Errorf("%+v", out[i])
			}
		})
	}
	return out
}

// requestCertificate writes a certificate for localhost under an authority of the test, and its key.
func requestCertificate(t *testing.T) string {
	t.Helper()
	make := func(template, above *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
		template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, above, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	above, mine := key(), key()
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	ca = make(ca, ca, above, above)
	leaf := make(&x509.Certificate{Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature}, ca, mine, above)
	der, err := x509.MarshalPKCS8PrivateKey(mine)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, c := range []*x509.Certificate{leaf, ca} {
		_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	_ = pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	path := filepath.Join(t.TempDir(), "request.pem")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWalletsPresent lets each wallet take badges and present them, in every way of asking that it knows, over https; and lets the
// plain one misbehave in every way. One deployment serves all, and Chromium too.
func TestWalletsPresent(t *testing.T) {
	s := start(t, "LAUREL_REQUEST_CERTIFICATE="+requestCertificate(t))
	t.Run("the plain wallet", s.plainWallet)
	t.Run("credo", s.credo)
	t.Run("the Learner Credential Wallet", s.learnerCredentialWallet)
	t.Run("Chromium", s.chromium)
}

func (s *service) plainWallet(t *testing.T) {
	wallet := filepath.Join(t.TempDir(), "raw.json")
	for _, configuration := range []string{"badge-sdjwt", "badge-jwt11", "badge-ldp"} {
		args := []string{s.link(t, s.claim(t), configuration), "--wallet", wallet}
		if configuration == "badge-ldp" {
			args = append(args, "--alg", "EdDSA", "--binding", "did:key")
		}
		if out := s.run(t, "raw-redeem.mjs", args...); out["ok"] != true {
			t.Fatalf("%s is not taken: %v", configuration, out)
		}
	}
	var jobs []job
	for _, format := range []string{"dc+sd-jwt", "jwt_vc_json", "ldp_vc"} {
		with := func(way map[string]any) map[string]any { way["formats"] = []string{format}; return way }
		jobs = append(jobs,
			job{name: format + " under a certificate for the host", way: with(map[string]any{"client": "x509_san_dns"}), good: true},
			job{name: format + " under the hash of a certificate, encrypted", way: with(map[string]any{"client": "x509_hash", "encrypted": true}), good: true},
			job{name: format + ", the request fetched by GET", way: with(map[string]any{"client": "x509_san_dns"}), method: "get", good: true},
			job{name: format + " asked by value", way: with(map[string]any{"client": "redirect_uri"}), good: true},
			job{name: format + " asked by value, encrypted", way: with(map[string]any{"client": "redirect_uri", "encrypted": true}), good: true},
			job{name: format + " asked by a draft", way: with(map[string]any{"client": "redirect_uri", "dialect": "openid4vp-draft"}), good: true},
		)
		wrong := map[string]string{
			"invalid-credential-signature": `{"badCredentialSig":true}`, "invalid-kb-jwt-signature": `{"badKbSig":true}`,
			"invalid-kb-jwt-aud": `{"aud":"https://elsewhere.example"}`, "invalid-kb-jwt-nonce": `{"nonce":"another"}`,
			"holder swap": `{"otherKey":true}`, "no holder binding": `{"noKb":true}`, "unknown query id": `{"queryId":"passport"}`,
		}
		if format == "dc+sd-jwt" {
			wrong["invalid-sd-hash"] = `{"sdHash":"AAAA"}`
			wrong["kb-jwt-iat-in-past"], wrong["kb-jwt-iat-in-future"] = `{"iat":1600000000}`, `{"iat":4000000000}`
		}
		for name, tamper := range wrong {
			jobs = append(jobs, job{name: format + " " + name, way: with(map[string]any{"client": "x509_san_dns"}), tamper: tamper})
		}
	}
	s.present(t, "raw", wallet, jobs)
	s.openBadgesJWT(t)
}

// openBadgesJWT is the form whose claims stand at the top: it is presented in a vp+jwt of VC-JOSE-COSE, and in the claim vp of the older data
// model.
func (s *service) openBadgesJWT(t *testing.T) {
	t.Helper()
	wallet := filepath.Join(t.TempDir(), "ob.json")
	offer := strings.Replace(s.link(t, s.claim(t), "badge-jwt11"), "badge-jwt11", "badge-jwt", 1)
	if out := s.run(t, "raw-redeem.mjs", offer, "--wallet", wallet); out["ok"] != true {
		t.Fatalf("not taken: %v", out)
	}
	way := map[string]any{"client": "x509_san_dns", "formats": []string{"jwt_vc_json"}}
	s.present(t, "raw", wallet, []job{
		{name: "Open Badges JWT in a vp+jwt", way: way, vp: "vp+jwt", good: true},
		{name: "Open Badges JWT in the claim vp", way: way, good: true},
		{name: "Open Badges JWT by another key", way: way, vp: "vp+jwt", tamper: `{"otherKey":true}`},
	})
}

func (s *service) credo(t *testing.T) {
	wallet := filepath.Join(t.TempDir(), "credo.json")
	var jobs []job
	for configuration, format := range map[string]string{"badge-sdjwt": "dc+sd-jwt", "badge-jwt11": "jwt_vc_json"} {
		if out := s.run(t, "credo-redeem.mjs", s.link(t, s.claim(t), configuration), "--wallet", wallet); out["ok"] != true {
			t.Fatalf("%s is not taken: %v", configuration, out)
		}
		with := func(way map[string]any) map[string]any { way["formats"] = []string{format}; return way }
		jobs = append(jobs,
			job{name: format + " signed by did:web", way: with(map[string]any{"client": "decentralized_identifier"}), good: true},
			job{name: format + " signed by did:web, encrypted", way: with(map[string]any{"client": "decentralized_identifier", "encrypted": true}), good: true},
			job{name: format + " under a certificate for the host", way: with(map[string]any{"client": "x509_san_dns"}), good: true},
			job{name: format + " under the hash of a certificate, encrypted", way: with(map[string]any{"client": "x509_hash", "encrypted": true}), good: true},
			job{name: format + " asked by value", way: with(map[string]any{"client": "redirect_uri"}), good: true},
			job{name: format + " asked by a draft, signed by did:web", way: with(map[string]any{"client": "decentralized_identifier", "dialect": "openid4vp-draft"}), good: true},
			job{name: format + " asked by a draft, under a certificate", way: with(map[string]any{"client": "x509_san_dns", "dialect": "openid4vp-draft"}), good: true},
		)
	}
	jobs = append(jobs, job{name: "any form, as the page asks", way: map[string]any{}, good: true})
	ours := s.base + "/achievements/" + s.school.Achievement
	for _, format := range []string{"dc+sd-jwt", "jwt_vc_json"} { // credo compares the values itself, and shows what it is asked for
		way := map[string]any{"formats": []string{format}, "achievement": ours, "claims": []string{"name", "evidence"}}
		jobs = append(jobs, job{name: format + " of one achievement, with the name", way: way, good: true, shown: "Learner "})
	}
	jobs = append(jobs, job{name: "dc+sd-jwt without the name", way: map[string]any{"formats": []string{"dc+sd-jwt"}}, good: true, shown: "-"})
	s.present(t, "credo", wallet, jobs)
	t.Run("a badge that the wallet does not hold is not offered", func(t *testing.T) {
		r := s.ask(t, map[string]any{"issuers": []string{"did:web:other.example"}})
		if out := s.run(t, "credo-present.mjs", r.Link, "--wallet", wallet); out["ok"] != false {
			t.Errorf("%v", out)
		}
		if a := s.answer(t, r); a.State != "open" {
			t.Errorf("the wallet sent something all the same: %+v", a)
		}
	})
}

// learnerCredentialWallet: the stand-in signs with Ed25519Signature2020, which is taken where the request says so.
func (s *service) learnerCredentialWallet(t *testing.T) {
	wallet := filepath.Join(t.TempDir(), "lcw.json")
	if out := s.run(t, "lcw.mjs", s.link(t, s.claim(t), "lcw"), "--wallet", wallet); out["ok"] != true {
		t.Fatalf("not taken: %v", out)
	}
	older := map[string]any{"dialect": "vc-api", "compatible": []string{"ed25519-signature-2020"}}
	r := s.ask(t, older)
	if out := s.run(t, "lcw.mjs", r.Link, "--wallet", wallet); out["ok"] != true || len(elems(out["warnings"])) > 0 {
		t.Errorf("%v", out)
	}
	a := s.answer(t, r)
	if a.Outcome.Verdict != "valid" || !slices.Equal(a.Outcome.Against, []string{"request.cross_device", "request.ed25519_signature_2020"}) {
		t.Errorf("%+v", a)
	}
	if out := s.run(t, "lcw.mjs", r.Link, "--wallet", wallet); out["ok"] == true {
		t.Error("a request is answered twice")
	}
	t.Run("where the older proof was not asked for", func(t *testing.T) {
		r := s.ask(t, map[string]any{"dialect": "vc-api"})
		if out := s.run(t, "lcw.mjs", r.Link, "--wallet", wallet); out["ok"] == true {
			t.Errorf("taken: %v", out)
		}
		if a := s.answer(t, r); a.Outcome.Verdict != "invalid" || len(a.Outcome.Unmet) != 1 || a.Outcome.Unmet[0].Code != "request.proof_type" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("a badge that is bound to nobody", func(t *testing.T) {
		free := filepath.Join(t.TempDir(), "free.json")
		if out := s.run(t, "lcw.mjs", s.base+s.claim(t)+"?iuv=1", "--wallet", free); out["ok"] != true {
			t.Fatalf("not taken: %v", out)
		}
		r := s.ask(t, older)
		s.run(t, "lcw.mjs", r.Link, "--wallet", free)
		if a := s.answer(t, r); a.State != "answered" || a.Outcome.Verdict != "undecided" {
			t.Errorf("%+v", a)
		}
	})
	if !strings.HasSuffix(r.Link, "?iuv=1") {
		t.Errorf("the code holds %s", r.Link)
	}
}
