package sdjwt_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

var moment = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func expected() sdjwt.Expect {
	return sdjwt.Expect{Nonce: "n-1", Audience: "https://v.example", Now: moment}
}

// TestKeyBinding changes one thing of a key binding at a time.
func TestKeyBinding(t *testing.T) {
	issuer, holder, thief := generate(t, keys.ES256), generate(t, keys.ES256), generate(t, keys.ES256)
	bound := holder.Public()
	issued, err := signer(t, issuer, sdjwt.Config{}).Issue(value(t, `{"a":1,"b":2}`), []string{"/a", "/b"}, sdjwt.Options{VCT: "x", Holder: &bound})
	want(t, err, "")
	shown, err := sdjwt.Present(issued.Compact, []string{"/a"}, nil)
	want(t, err, "")
	sum := func(text string) string { s := sha256.Sum256([]byte(text)); return b64.EncodeToString(s[:]) }
	good := map[string]string{
		"iat": fmt.Sprint(moment.Unix()), "aud": `"https://v.example"`, "nonce": `"n-1"`, "sd_hash": `"` + sum(shown) + `"`,
	}
	at := func(d time.Duration) string { return fmt.Sprint(moment.Add(d).Unix()) }
	for _, c := range []struct {
		name, claim, value string // the claim that differs
		read, code         string // of Read and of VerifyKeyBinding
	}{
		{"the untouched twin", "", "", "", ""},
		{"another claim beside", "x", "1", "", ""},
		{"another nonce", "nonce", `"n-2"`, "", "sdjwt.kb_nonce"},
		{"a nonce that begins alike", "nonce", `"n-11"`, "", "sdjwt.kb_nonce"},
		{"no nonce", "nonce", "", "sdjwt.kb_claim", ""},
		{"an empty nonce", "nonce", `""`, "sdjwt.kb_claim", ""},
		{"a nonce that is a number", "nonce", "1", "sdjwt.kb_claim", ""},
		{"another audience", "aud", `"https://w.example"`, "", "sdjwt.kb_audience"},
		{"an audience with a slash", "aud", `"https://v.example/"`, "", "sdjwt.kb_audience"},
		{"a list of audiences", "aud", `["https://v.example"]`, "sdjwt.kb_claim", ""},
		{"no audience", "aud", "", "sdjwt.kb_claim", ""},
		{"the hash of everything issued", "sd_hash", `"` + sum(issued.Compact) + `"`, "", "sdjwt.kb_hash"},
		{"the hash without the tilde", "sd_hash", `"` + sum(strings.TrimSuffix(shown, "~")) + `"`, "", "sdjwt.kb_hash"},
		{"no hash", "sd_hash", "", "sdjwt.kb_claim", ""},
		{"no iat", "iat", "", "sdjwt.kb_claim", ""},
		{"an iat that is text", "iat", `"1"`, "sdjwt.kb_claim", ""},
		{"an iat that is a fraction", "iat", "1.5", "sdjwt.kb_claim", ""},
		{"six minutes old", "iat", at(-6 * time.Minute), "", ""},
		{"six minutes and a second old", "iat", at(-6*time.Minute - time.Second), "", "sdjwt.kb_time"},
		{"a minute ahead", "iat", at(time.Minute), "", ""},
		{"a minute and a second ahead", "iat", at(61 * time.Second), "", "sdjwt.kb_time"},
		{"over", "exp", at(-time.Minute), "", "sdjwt.kb_time"},
		{"nearly over", "exp", at(-59 * time.Second), "", ""},
		{"not yet", "nbf", at(61 * time.Second), "", "sdjwt.kb_time"},
		{"an exp that is text", "exp", `"x"`, "", "sdjwt.kb_time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload := "{"
			for _, name := range []string{"iat", "aud", "nonce", "sd_hash", "exp", "nbf", "x"} {
				v := good[name]
				if name == c.claim {
					v = c.value
				}
				if v != "" {
					payload += fmt.Sprintf("%q:%s,", name, v)
				}
			}
			kb := signed(t, holder, `{"alg":"ES256","typ":"kb+jwt"}`, strings.TrimSuffix(payload, ",")+"}")
			p, err := sdjwt.Read([]byte(shown + kb))
			want(t, err, c.read)
			if err == nil {
				want(t, p.VerifyKeyBinding(holder.Public(), expected()), c.code)
			}
		})
	}
	payload := fmt.Sprintf(`{"iat":%s,"aud":%s,"nonce":%s,"sd_hash":%s}`, good["iat"], good["aud"], good["nonce"], good["sd_hash"])
	for _, c := range []struct {
		name, header string
		key          keys.Private
		with         keys.Public
		read, code   string
	}{
		{"a kid is let be", `{"alg":"ES256","typ":"kb+jwt","kid":"x"}`, holder, holder.Public(), "", ""},
		{"signed by another", `{"alg":"ES256","typ":"kb+jwt"}`, thief, holder.Public(), "", "jose.signature"},
		{"checked with the key of another", `{"alg":"ES256","typ":"kb+jwt"}`, thief, thief.Public(), "", "sdjwt.kb_key"},
		{"no key", `{"alg":"ES256","typ":"kb+jwt"}`, holder, keys.Public{}, "", "sdjwt.kb_key"},
		{"another typ", `{"alg":"ES256","typ":"JWT"}`, holder, holder.Public(), "jose.typ", ""},
		{"no typ", `{"alg":"ES256"}`, holder, holder.Public(), "jose.typ", ""},
		{"a credential in its place", head, holder, holder.Public(), "jose.typ", ""},
		{"its own key in the header", `{"alg":"ES256","typ":"kb+jwt","jwk":` + string(thief.Public().JWK()) + `}`, thief, holder.Public(), "jose.header_not_allowed", ""},
		{"alg none", `{"alg":"none","typ":"kb+jwt"}`, holder, holder.Public(), "jose.alg_not_allowed", ""},
		{"another alg", `{"alg":"ES384","typ":"kb+jwt"}`, holder, holder.Public(), "", "key.alg_mismatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := sdjwt.Read([]byte(shown + signed(t, c.key, c.header, payload)))
			want(t, err, c.read)
			if err == nil {
				want(t, p.VerifyKeyBinding(c.with, expected()), c.code)
			}
		})
	}
}

// TestKeyBindingIsForOneSelection moves a good key binding to other selections of the same claims.
func TestKeyBindingIsForOneSelection(t *testing.T) {
	issuer, holder := generate(t, keys.EdDSA), generate(t, keys.ES256)
	bound := holder.Public()
	issued, err := signer(t, issuer, sdjwt.Config{}).Issue(value(t, `{"a":1,"b":2}`), []string{"/a", "/b"}, sdjwt.Options{VCT: "x", Holder: &bound})
	want(t, err, "")
	text, err := sdjwt.Present(issued.Compact, []string{"/a", "/b"}, &sdjwt.Binding{Key: holder, Nonce: "n-1", Audience: "https://v.example", At: moment})
	want(t, err, "")
	parts := strings.Split(text, "~")
	for _, c := range []struct {
		name string
		text []string
		code string
	}{
		{"all of it", parts, ""},
		{"one claim less", []string{parts[0], parts[1], parts[3]}, "sdjwt.kb_hash"},
		{"no claims", []string{parts[0], parts[3]}, "sdjwt.kb_hash"},
		{"in another order", []string{parts[0], parts[2], parts[1], parts[3]}, "sdjwt.kb_hash"},
		{"the key binding left out", []string{parts[0], parts[1], parts[2], ""}, "sdjwt.kb_missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := sdjwt.Read([]byte(strings.Join(c.text, "~")))
			want(t, err, "")
			want(t, p.VerifyKeyBinding(bound, expected()), c.code)
		})
	}
	p, err := sdjwt.Read([]byte(text))
	want(t, err, "")
	for _, e := range []sdjwt.Expect{{Audience: "a", Now: moment}, {Nonce: "n", Now: moment}, {Nonce: "n", Audience: "a"}} {
		want(t, p.VerifyKeyBinding(bound, e), "internal")
	}
}

func TestPresent(t *testing.T) {
	issuer, holder := generate(t, keys.ES256), generate(t, keys.EdDSA)
	bound := holder.Public()
	issued, err := signer(t, issuer, sdjwt.Config{}).Issue(value(t, `{"a":{"b":1,"c":2},"l":[1,2,3],"ab":3}`),
		[]string{"/a", "/a/b", "/a/c", "/l/0", "/l/1", "/ab"}, sdjwt.Options{VCT: "x", Holder: &bound})
	want(t, err, "")
	for _, c := range []struct {
		name   string
		chosen []string
		want   string // without vct and cnf; "" when it cannot be presented
	}{
		{"nothing", nil, `{"l":[3]}`},
		{"an object without what is in it", []string{"/a"}, `{"l":[3],"a":{}}`},
		{"a member brings the object around it", []string{"/a/b"}, `{"l":[3],"a":{"b":1}}`},
		{"an element", []string{"/l/1"}, `{"l":[2,3]}`},
		{"everything", []string{"/a", "/a/b", "/a/c", "/l/0", "/l/1", "/ab"}, `{"l":[1,2,3],"ab":3,"a":{"b":1,"c":2}}`},
		{"what cannot be disclosed", []string{"/l/2"}, ""},
		{"what is not there", []string{"/x"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := sdjwt.Present(issued.Compact, c.chosen, nil)
			if c.want == "" {
				if err == nil {
					t.Fatal("presented")
				}
				return
			}
			want(t, err, "")
			p, err := sdjwt.Read([]byte(text))
			want(t, err, "")
			same(t, p.Payload(), []byte(strings.TrimSuffix(c.want, "}")+`,"vct":"x","cnf":`+string(cnf(t, p))+`}`))
		})
	}
	b := sdjwt.Binding{Key: holder, Nonce: "n", Audience: "a", At: moment}
	text, err := sdjwt.Present(issued.Compact, nil, &b)
	want(t, err, "")
	if _, err := sdjwt.Present(text, nil, &b); err == nil {
		t.Error("a presentation was presented again")
	}
	b.Key = issuer
	if _, err := sdjwt.Present(issued.Compact, nil, &b); err == nil {
		t.Error("presented with the key of another")
	}
}
