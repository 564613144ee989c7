package sdjwt_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
)

// disclosure encodes a disclosure and returns it with its digest.
func disclosure(array string) (text, digest string) {
	text = b64.EncodeToString([]byte(array))
	sum := sha256.Sum256([]byte(text))
	return text, b64.EncodeToString(sum[:])
}

const head = `{"alg":"ES256","typ":"dc+sd-jwt"}`

// TestReadProcesses are payloads with digests, the disclosures beside them, and what must come of it. In a payload or
// disclosure, #0 stands for the digest of disclosure 0, and so on; disclosures are given innermost first.
func TestReadProcesses(t *testing.T) {
	key := generate(t, keys.ES256)
	name, born := `["s0","name","Ada"]`, `["s1","born",1815]`
	for _, c := range []struct {
		name, payload string
		disclosures   []string
		want, code    string
	}{
		{"two members", `{"vct":"x","_sd":["#0","#1"]}`, []string{name, born}, `{"vct":"x","name":"Ada","born":1815}`, ""},
		{"one shown, one hidden", `{"vct":"x","_sd":["#0","hidden"]}`, []string{name}, `{"vct":"x","name":"Ada"}`, ""},
		{"decoys only", `{"vct":"x","_sd":["decoy","decoy2"]}`, nil, `{"vct":"x"}`, ""},
		{"an empty _sd", `{"vct":"x","a":{"_sd":[]}}`, nil, `{"vct":"x","a":{}}`, ""},
		{"an object with nothing shown stays", `{"vct":"x","a":{"_sd":["d"]}}`, nil, `{"vct":"x","a":{}}`, ""},
		{"an element", `{"vct":"x","l":["a",{"...":"#0"},"c"]}`, []string{`["s","b"]`}, `{"vct":"x","l":["a","b","c"]}`, ""},
		{"a hidden element goes", `{"vct":"x","l":["a",{"...":"d"},"c"]}`, nil, `{"vct":"x","l":["a","c"]}`, ""},
		{"a member inside a disclosed member", `{"vct":"x","_sd":["#1"]}`, []string{name, `["s","who",{"_sd":["#0"],"x":1}]`},
			`{"vct":"x","who":{"x":1,"name":"Ada"}}`, ""},
		{"an element inside a disclosed element", `{"vct":"x","l":[{"...":"#1"}]}`, []string{`["s",1]`, `["s",[{"...":"#0"}]]`}, `{"vct":"x","l":[[1]]}`, ""},
		{"every JSON type", `{"vct":"x","_sd":["#0","#1"]}`, []string{`["s","a",null]`, `["s","b",[true,1.50,{}]]`},
			`{"vct":"x","a":null,"b":[true,1.5,{}]}`, ""},
		{"white space in a disclosure", `{"vct":"x","_sd":["#0"]}`, []string{"[\r\n \"s\" , \"a\" , 1 ]"}, `{"vct":"x","a":1}`, ""},
		{"the same name on two levels", `{"vct":"x","name":"Bo","a":{"_sd":["#0"]}}`, []string{name}, `{"vct":"x","name":"Bo","a":{"name":"Ada"}}`, ""},
		{"a fixed name further in", `{"vct":"x","a":{"_sd":["#0"]}}`, []string{`["s","exp","never"]`}, `{"vct":"x","a":{"exp":"never"}}`, ""},
		{"sub and iat can be hidden", `{"vct":"x","_sd":["#0","#1"]}`, []string{`["s","sub","u"]`, `["s","iat",1]`}, `{"vct":"x","sub":"u","iat":1}`, ""},
		{"_sd_alg goes", `{"vct":"x","_sd_alg":"sha-256","_sd":["#0"]}`, []string{name}, `{"vct":"x","name":"Ada"}`, ""},

		{"a disclosure that nothing refers to", `{"vct":"x","_sd":["#0"]}`, []string{name, born}, "", "sdjwt.disclosure_unused"},
		{"one that only a hidden one refers to", `{"vct":"x","_sd":["d"]}`, []string{name}, "", "sdjwt.disclosure_unused"},
		{"a disclosure twice", `{"vct":"x","_sd":["#0"]}`, []string{name, name}, "", "sdjwt.disclosure_twice"},
		{"a digest twice", `{"vct":"x","_sd":["#0"],"a":{"_sd":["#0"]}}`, []string{name}, "", "sdjwt.digest_twice"},
		{"a decoy twice", `{"vct":"x","_sd":["d","d"]}`, nil, "", "sdjwt.digest_twice"},
		{"a digest in a payload and in a disclosure", `{"vct":"x","_sd":["#0","#1"]}`, []string{name, `["s","who",{"_sd":["#0"]}]`}, "", "sdjwt.digest_twice"},
		{"a name that is there", `{"vct":"x","name":"Bo","_sd":["#0"]}`, []string{name}, "", "sdjwt.clash"},
		{"a name that another disclosure has", `{"vct":"x","_sd":["#0","#1"]}`, []string{name, `["other","name","Bo"]`}, "", "sdjwt.clash"},
		{"the name _sd", `{"vct":"x","_sd":["#0"]}`, []string{`["s","_sd",["d"]]`}, "", "sdjwt.reserved"},
		{"the name ...", `{"vct":"x","_sd":["#0"]}`, []string{`["s","...","d"]`}, "", "sdjwt.reserved"},
		{"the name _sd_alg", `{"vct":"x","_sd":["#0"]}`, []string{`["s","_sd_alg","sha-256"]`}, "", "sdjwt.reserved"},
		{"... outside an array", `{"vct":"x","a":{"...":"d"}}`, nil, "", "sdjwt.reserved"},
		{"_sd_alg further in", `{"vct":"x","a":{"_sd_alg":"sha-256"}}`, nil, "", "sdjwt.reserved"},
		{"... with company", `{"vct":"x","l":[{"...":"d","a":1}]}`, nil, "", "sdjwt.digest"},
		{"... and no string", `{"vct":"x","l":[{"...":1}]}`, nil, "", "sdjwt.digest"},
		{"_sd is a string", `{"vct":"x","_sd":"d"}`, nil, "", "sdjwt.digest"},
		{"_sd is null", `{"vct":"x","_sd":null}`, nil, "", "sdjwt.digest"},
		{"a digest is a number", `{"vct":"x","_sd":[1]}`, nil, "", "sdjwt.digest"},
		{"a member's digest, an element's disclosure", `{"vct":"x","_sd":["#0"]}`, []string{`["s","Ada"]`}, "", "sdjwt.disclosure"},
		{"an element's digest, a member's disclosure", `{"vct":"x","l":[{"...":"#0"}]}`, []string{name}, "", "sdjwt.disclosure"},
		{"a disclosure of one", `{"vct":"x","_sd":["#0"]}`, []string{`["s"]`}, "", "sdjwt.disclosure"},
		{"a disclosure of four", `{"vct":"x","_sd":["#0"]}`, []string{`["s","a",1,2]`}, "", "sdjwt.disclosure"},
		{"a disclosure that is an object", `{"vct":"x","_sd":["#0"]}`, []string{`{"s":"a"}`}, "", "sdjwt.disclosure"},
		{"a salt that is a number", `{"vct":"x","_sd":["#0"]}`, []string{`[1,"a",1]`}, "", "sdjwt.disclosure"},
		{"a name that is a number", `{"vct":"x","_sd":["#0"]}`, []string{`["s",1,1]`}, "", "sdjwt.disclosure"},
		{"a disclosure that is no JSON", `{"vct":"x","_sd":["#0"]}`, []string{`["s","a",1`}, "", "json.syntax"},
		{"a disclosure with more behind it", `{"vct":"x","_sd":["#0"]}`, []string{`["s","a",1] 2`}, "", "json.trailing"},
		{"a member twice in a disclosure", `{"vct":"x","_sd":["#0"]}`, []string{`["s","a",{"b":1,"b":2}]`}, "", "json.duplicate_member"},
		{"a hash that is not taken", `{"vct":"x","_sd_alg":"sha-1","_sd":[]}`, nil, "", "sdjwt.hash"},
		{"a hash in capitals", `{"vct":"x","_sd_alg":"SHA-256","_sd":[]}`, nil, "", "sdjwt.hash"},
		{"a hash that is null", `{"vct":"x","_sd_alg":null}`, nil, "", "sdjwt.hash"},
		{"a payload that is an array", `[]`, nil, "", "json.syntax"},
		{"too deep once put together", `{"vct":"x","l":` + nest(40, `{"...":"#0"}`) + `}`, []string{`["s",` + nest(40, "1") + `]`}, "", "limits.depth"},
		{"as deep as it may be", `{"vct":"x","l":` + nest(30, `{"...":"#0"}`) + `}`, []string{`["s",` + nest(30, "1") + `]`},
			`{"vct":"x","l":` + nest(60, "1") + `}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := sdjwt.Read([]byte(combine(t, key, head, c.payload, c.disclosures)))
			want(t, err, c.code)
			if err == nil {
				same(t, p.Payload(), []byte(c.want))
				want(t, p.Verify(key.Public()), "")
			}
		})
	}
}

func nest(n int, inner string) string {
	return strings.Repeat("[", n) + inner + strings.Repeat("]", n)
}

// combine makes an SD-JWT, with #0, #1 … replaced as TestReadProcesses says.
func combine(t testing.TB, key keys.Signer, header, payload string, disclosures []string) string {
	t.Helper()
	var marks []string
	tail := "~"
	for i, d := range disclosures {
		text, digest := disclosure(strings.NewReplacer(marks...).Replace(d))
		marks = append(marks, fmt.Sprintf("#%d", i), digest)
		tail += text + "~"
	}
	return signed(t, key, header, strings.NewReplacer(marks...).Replace(payload)) + tail
}

// TestReadRefusesWhatAHolderCouldLeaveOut takes each claim in the clear, and refuses it when it, or something inside, is
// behind a digest.
func TestReadRefusesWhatAHolderCouldLeaveOut(t *testing.T) {
	key := generate(t, keys.ES256)
	vcdm := `{"alg":"ES256","typ":"vc+sd-jwt"}`
	context := `"@context":["https://www.w3.org/ns/credentials/v2"]`
	for _, c := range []struct{ header, rest, name, value string }{
		{head, `"vct":"x"`, "iss", `"did:web:a.example"`},
		{head, `"vct":"x"`, "nbf", `1767225600`},
		{head, `"vct":"x"`, "exp", `1893456000`},
		{head, `"vct":"x"`, "cnf", `{"kid":"k"}`},
		{head, `"a":1`, "vct", `"x"`},
		{head, `"vct":"x"`, "vct#integrity", `"sha256-x"`},
		{head, `"vct":"x"`, "status", `{"status_list":{"idx":1,"uri":"https://a.example/s"}}`},
		{vcdm, `"a":1`, "@context", `["https://www.w3.org/ns/credentials/v2"]`},
		{vcdm, context, "validFrom", `"2026-01-01T00:00:00Z"`},
		{vcdm, context, "validUntil", `"2030-01-01T00:00:00Z"`},
		{vcdm, context, "credentialStatus", `{"type":"BitstringStatusListEntry"}`},
		{vcdm, `"vct":"x",` + context, "credentialStatus", `{"type":"BitstringStatusListEntry"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			clear := fmt.Sprintf(`{%s,%q:%s}`, c.rest, c.name, c.value)
			_, err := sdjwt.Read([]byte(combine(t, key, c.header, clear, nil)))
			want(t, err, "")
			hidden := fmt.Sprintf(`["s",%q,%s]`, c.name, c.value)
			_, err = sdjwt.Read([]byte(combine(t, key, c.header, `{`+c.rest+`,"_sd":["#0"]}`, []string{hidden})))
			want(t, err, "sdjwt.not_disclosable")
			inside := fmt.Sprintf(`{%s,%q:{"_sd":["d"]}}`, c.rest, c.name)
			_, err = sdjwt.Read([]byte(combine(t, key, c.header, inside, nil)))
			want(t, err, "sdjwt.not_disclosable")
			inside = fmt.Sprintf(`{%s,%q:[{"a":[{"...":"d"}]}]}`, c.rest, c.name)
			_, err = sdjwt.Read([]byte(combine(t, key, c.header, inside, nil)))
			want(t, err, "sdjwt.not_disclosable")
		})
	}
	// In an SD-JWT VC, validFrom is a claim like any other.
	_, err := sdjwt.Read([]byte(combine(t, key, head, `{"vct":"x","_sd":["#0"]}`, []string{`["s","validFrom","2026"]`})))
	want(t, err, "")
}

func TestReadTellsTheKind(t *testing.T) {
	key := generate(t, keys.ES256)
	context := `"@context":["https://www.w3.org/ns/credentials/v2"]`
	for _, c := range []struct {
		name, header, payload, code string
		vcdm                        bool
	}{
		{"SD-JWT VC", head, `{"vct":"x"}`, "", false},
		{"SD-JWT VC that is a badge beside", head, `{"vct":"x",` + context + `}`, "", false},
		{"SD-JWT VC without vct", head, `{"iss":"x"}`, "sdjwt.vct", false},
		{"SD-JWT VC with a context instead", head, `{` + context + `}`, "sdjwt.vct", false},
		{"SD-JWT VC with a number for vct", head, `{"vct":1}`, "sdjwt.claim", false},
		{"SD-JWT VC with an empty vct", head, `{"vct":""}`, "sdjwt.claim", false},
		{"the former name", `{"alg":"ES256","typ":"vc+sd-jwt"}`, `{"vct":"x"}`, "", false},
		{"a VCDM credential", `{"alg":"ES256","typ":"vc+sd-jwt"}`, `{` + context + `}`, "", true},
		{"a VCDM credential with its cty", `{"alg":"ES256","typ":"vc+sd-jwt","cty":"vc"}`, `{` + context + `}`, "", true},
		{"a VCDM credential with another cty", `{"alg":"ES256","typ":"vc+sd-jwt","cty":"vp"}`, `{` + context + `}`, "jose.typ", false},
		{"neither of them", `{"alg":"ES256","typ":"vc+sd-jwt"}`, `{"iss":"x"}`, "sdjwt.vct", false},
		{"a VCDM credential in a vc claim too", `{"alg":"ES256","typ":"vc+sd-jwt"}`, `{` + context + `,"vc":{}}`, "vc.ambiguous", false},
		{"a VCDM presentation", `{"alg":"ES256","typ":"vp+sd-jwt","cty":"vp"}`, `{` + context + `}`, "", true},
		{"a VCDM presentation in a vp claim too", `{"alg":"ES256","typ":"vp+sd-jwt"}`, `{` + context + `,"vp":{}}`, "vc.ambiguous", false},
		{"a VCDM presentation without context", `{"alg":"ES256","typ":"vp+sd-jwt"}`, `{"vct":"x"}`, "sdjwt.vct", false},
		{"an SD-JWT VC with a cty", `{"alg":"ES256","typ":"dc+sd-jwt","cty":"vc"}`, `{"vct":"x"}`, "jose.typ", false},
		{"no typ", `{"alg":"ES256"}`, `{"vct":"x"}`, "jose.typ", false},
		{"a JWT", `{"alg":"ES256","typ":"JWT"}`, `{"vct":"x"}`, "jose.typ", false},
		{"a key binding in its place", `{"alg":"ES256","typ":"kb+jwt"}`, `{"vct":"x"}`, "jose.typ", false},
		{"typ in capitals", `{"alg":"ES256","typ":"DC+SD-JWT"}`, `{"vct":"x"}`, "jose.typ", false},
		{"a key in the header", `{"alg":"ES256","typ":"dc+sd-jwt","jwk":{}}`, `{"vct":"x"}`, "jose.header_not_allowed", false},
		{"alg none", `{"alg":"none","typ":"dc+sd-jwt"}`, `{"vct":"x"}`, "jose.alg_not_allowed", false},
		{"crit", `{"alg":"ES256","typ":"dc+sd-jwt","crit":["x"]}`, `{"vct":"x"}`, "jose.crit", false},
		{"iss is a list", head, `{"vct":"x","iss":["y"]}`, "sdjwt.claim", false},
		{"exp is text", head, `{"vct":"x","exp":"1893456000"}`, "time.syntax", false},
		{"nbf is a fraction", head, `{"vct":"x","nbf":1.5}`, "time.syntax", false},
		{"iat is text, which the suite of VC-JOSE-COSE has", head, `{"vct":"x","iat":"2010-01-01T19:23:24Z"}`, "", false},
		{"cnf is text", head, `{"vct":"x","cnf":"k"}`, "sdjwt.claim", false},
		{"cnf is empty", head, `{"vct":"x","cnf":{}}`, "sdjwt.claim", false},
		{"cnf.jwk is text", head, `{"vct":"x","cnf":{"jwk":"k"}}`, "key.syntax", false},
		{"cnf.jwk is off the curve", head, `{"vct":"x","cnf":{"jwk":{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 43) + `","y":"` + strings.Repeat("A", 43) + `"}}}`, "key.weak", false},
		{"cnf.jwk is private", head, `{"vct":"x","cnf":{"jwk":{"kty":"EC","d":"x"}}}`, "key.private_leaked", false},
		{"cnf.jwk is of a kind that is not read", head, `{"vct":"x","cnf":{"jwk":{"kty":"EC","crv":"secp256k1"}}}`, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := sdjwt.Read([]byte(combine(t, key, c.header, c.payload, nil)))
			want(t, err, c.code)
			if err != nil {
				return
			}
			if p.VCDM != c.vcdm {
				t.Errorf("VCDM is %t", p.VCDM)
			}
			if _, ok := p.Holder(); ok {
				t.Error("there is a holder")
			}
		})
	}
}

// TestReadRefusesEncodings covers the outer shape.
func TestReadRefusesEncodings(t *testing.T) {
	key := generate(t, keys.ES256)
	good := combine(t, key, head, `{"vct":"x","_sd":["#0"]}`, []string{`["salt","name","Ada"]`})
	jwt, tail, _ := strings.Cut(good, "~")
	d := strings.TrimSuffix(tail, "~")
	decoys := strings.Repeat(`"d",`, sdjwt.DigestsMax)
	for _, c := range []struct{ name, in, code string }{
		{"the untouched twin", good, ""},
		{"no disclosure sent", jwt + "~", ""},
		{"no tilde", jwt, "sdjwt.structure"},
		{"nothing", "", "sdjwt.structure"},
		{"no tilde at the end", strings.TrimSuffix(good, "~"), "jose.structure"},
		{"two tildes at the end", good + "~", "json.syntax"},
		{"two tildes between", jwt + "~~" + d + "~", "json.syntax"},
		{"a line feed at the end", good + "\n", "jose.structure"},
		{"a line feed in a disclosure", jwt + "~" + d[:4] + "\n" + d[4:] + "~", "jose.encoding"},
		{"padding", jwt + "~" + d + "=~", "jose.encoding"},
		{"the standard alphabet", jwt + "~+/" + d + "~", "jose.encoding"},
		{"spare bits", jwt + "~" + b64.EncodeToString([]byte(`["s",1]`))[:9] + "R~", "jose.encoding"},
		{"a space in front", " " + good, "jose.encoding"},
		{"a JWT of two parts", "a.b~", "jose.structure"},
		{"JSON serialization", `{"payload":"x"}`, "sdjwt.structure"},
		{"too many disclosures", jwt + strings.Repeat("~"+d, sdjwt.DisclosuresMax+1) + "~", "limits.disclosures"},
		{"as many as may be, all the same", jwt + strings.Repeat("~"+d, sdjwt.DisclosuresMax) + "~", "sdjwt.disclosure_twice"},
		{"too large", jwt + "~" + strings.Repeat("A", 256<<10) + "~", "limits.size"},
		{"too many digests in all", combine(t, key, head, `{"vct":"x","_sd":["#0",`+numbered(9000, "a")+`]}`,
			[]string{`["s","b",{"_sd":[` + numbered(1000, "b") + `]}]`}), "limits.digests"},
		{"as many as may be", combine(t, key, head, `{"vct":"x","_sd":["#0",`+numbered(9000, "a")+`]}`,
			[]string{`["s","b",{"_sd":[` + numbered(999, "b") + `]}]`}), ""},
		{"too many digests in one place", combine(t, key, head, `{"vct":"x","_sd":[`+decoys+`"d"]}`, nil), "limits.members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := sdjwt.Read([]byte(c.in))
			want(t, err, c.code)
		})
	}
}

// TestDisclosuresNestAsDeepAsDocuments: what is put together from flat pieces is bounded like what is written in one.
func TestDisclosuresNestAsDeepAsDocuments(t *testing.T) {
	key := generate(t, keys.ES256)
	nested := func(levels int) string {
		inside, tail := "1", ""
		for range levels {
			text, digest := disclosure(`["s","a",` + inside + `]`)
			inside, tail = `{"_sd":["`+digest+`"]}`, tail+text+"~"
		}
		return signed(t, key, head, `{"vct":"x","b":`+inside+`}`) + "~" + tail
	}
	_, err := sdjwt.Read([]byte(nested(limits.JSONDepth - 1)))
	want(t, err, "")
	_, err = sdjwt.Read([]byte(nested(limits.JSONDepth)))
	want(t, err, "limits.depth")
}

// numbered makes n different decoys.
func numbered(n int, prefix string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%s%d"`, prefix, i)
	}
	return b.String()[1:]
}

func TestReadTakesOtherHashes(t *testing.T) {
	key := generate(t, keys.ES256)
	text, short := disclosure(`["s","name","Ada"]`)
	of384, of512 := sha512.Sum384([]byte(text)), sha512.Sum512([]byte(text))
	for _, c := range []struct{ name, digest, code string }{
		{"sha-256", short, ""},
		{"sha-384", b64.EncodeToString(of384[:]), ""},
		{"sha-512", b64.EncodeToString(of512[:]), ""},
		{"sha-512", short, "sdjwt.disclosure_unused"},
		{"sha-256", b64.EncodeToString(of512[:]), "sdjwt.disclosure_unused"},
		{"sha-224", short, "sdjwt.hash"},
	} {
		payload := `{"vct":"x","_sd_alg":"` + c.name + `","_sd":["` + c.digest + `"]}`
		_, err := sdjwt.Read([]byte(signed(t, key, head, payload) + "~" + text + "~"))
		want(t, err, c.code)
	}
}

// FuzzRead: what is read has used all its disclosures, holds no digest, and is read the same way again.
func FuzzRead(f *testing.F) {
	for _, v := range rfc9901(f).Vectors {
		f.Add([]byte(v.SDJWT))
	}
	key := generate(f, keys.ES256)
	f.Add([]byte(combine(f, key, head, `{"vct":"x","_sd":["#1"],"l":[{"...":"d"}]}`, []string{`["s",[1]]`, `["s","who",[{"...":"#0"}]]`})))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := sdjwt.Read(in)
		if err != nil {
			return
		}
		for _, name := range []string{`"_sd":`, `"...":`, `"_sd_alg":`} {
			if strings.Contains(string(p.Payload()), name) {
				t.Fatalf("%s is left in %s", name, p.Payload())
			}
		}
		again, err := sdjwt.Read(in)
		if err != nil || string(again.Payload()) != string(p.Payload()) {
			t.Fatalf("%s, then %s (%v)", p.Payload(), again.Payload(), err)
		}
		back := strings.SplitN(string(in), "~", 2)[0] + "~"
		for _, d := range p.Disclosures {
			if d.Path == "" {
				t.Fatalf("a disclosure of %q has no place", d.Name)
			}
			back += d.Text + "~"
		}
		if !strings.HasPrefix(string(in), back) || strings.Contains(string(in[len(back):]), "~") {
			t.Fatalf("what was read prints as %q, it was %q", back, in)
		}
	})
}

// FuzzProcess is FuzzRead for what is inside the encodings: #0 and #1 stand for digests as in TestReadProcesses.
func FuzzProcess(f *testing.F) {
	f.Add(`{"vct":"x","_sd":["#0","#1"]}`, `["s","a",1]`, `["s","b",{"_sd":["d"]}]`)
	f.Add(`{"vct":"x","l":[{"...":"#1"},{"...":"d"}]}`, `["s",[1]]`, `["s",[{"...":"#0"}]]`)
	f.Add(`{"vct":"x","a":{"_sd":["#1"]}}`, `["s","exp",null]`, `["s","cnf",{"_sd":["#0"]}]`)
	f.Fuzz(func(t *testing.T, payload, first, second string) {
		one, digest := disclosure(first)
		two, other := disclosure(strings.ReplaceAll(second, "#0", digest))
		payload = strings.NewReplacer("#0", digest, "#1", other).Replace(payload)
		p, err := sdjwt.Read([]byte(b64.EncodeToString([]byte(head)) + "." + b64.EncodeToString([]byte(payload)) + ".AA~" + one + "~" + two + "~"))
		if err != nil {
			return
		}
		for _, name := range []string{`"_sd":`, `"...":`, `"_sd_alg":`} {
			if strings.Contains(string(p.Payload()), name) {
				t.Fatalf("%s is left in %s", name, p.Payload())
			}
		}
		if len(p.Disclosures) != 2 || p.Disclosures[0].Path == "" || p.Disclosures[1].Path == "" {
			t.Fatalf("disclosures %v", p.Disclosures)
		}
	})
}
