package keys_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/test/corpus"
)

// all are the algorithms of the closed list.
func all() []keys.Algorithm {
	return []keys.Algorithm{keys.RS256, keys.ES256, keys.ES384, keys.ES512, keys.EdDSA}
}

// generated makes one key per algorithm for all tests: RSA keys take a while.
var generated = sync.OnceValue(func() map[keys.Algorithm]keys.Private {
	out := map[keys.Algorithm]keys.Private{}
	for _, alg := range all() {
		k, err := keys.Generate(alg, nil)
		if err != nil {
			panic(err)
		}
		out[alg] = k
	}
	return out
})

func parse(t testing.TB, text string) ijson.Value {
	t.Helper()
	v, err := ijson.Parse([]byte(text), ijson.Bounds{})
	if err != nil {
		t.Fatalf("%.80s: %v", text, err)
	}
	return v
}

// code returns the code of a Defect, "" for no error, and fails for any other error.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	d := fault.AsDefect(err)
	if d.Code == "internal" {
		t.Fatalf("not a defect: %v", err)
	}
	return d.Code
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

const (
	ecX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" // RFC 7515 appendix A.3
	ecY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	edX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" // RFC 8037 appendix A
)

func TestParseJWK(t *testing.T) {
	t.Parallel()
	ec := `"kty":"EC","crv":"P-256","x":"` + ecX + `","y":"` + ecY + `"`
	ed := `"kty":"OKP","crv":"Ed25519","x":"` + edX + `"`
	n := generated()[keys.RS256].Public().Key.(*rsa.PublicKey).N
	rsaKey := func(n *big.Int, e string) string {
		return `"kty":"RSA","n":"` + b64(n.Bytes()) + `","e":"` + e + `"`
	}
	odd := func(bits uint) *big.Int {
		return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(1))
	}
	flipped := append([]byte(nil), must64(ecY)...)
	flipped[31] ^= 1
	for _, c := range []struct{ name, jwk, want string }{
		{"a P-256 key", ec, ""},
		{"a P-256 key with fitting labels", ec + `,"alg":"ES256","use":"sig","key_ops":["verify"],"kid":"k1"`, ""},
		{"a member that nobody knows", ec + `,"iss":"https://a.example"`, ""},
		{"an Ed25519 key", ed + `,"alg":"EdDSA"`, ""},
		{"an Ed25519 key with the label of RFC 9864", ed + `,"alg":"Ed25519"`, ""},
		{"an RSA key", rsaKey(n, "AQAB"), ""},
		{"an RSA modulus of 8192 bits", rsaKey(odd(8192), "AQAB"), ""},
		{"the exponent 3", rsaKey(n, "Aw"), ""},
		{"J16 d beside an EC key", ec + `,"d":"AA"`, "key.private_leaked"},
		{"J16 D in upper case", ec + `,"D":"AA"`, "key.private_leaked"},
		{"J16 an empty d", ec + `,"d":""`, "key.private_leaked"},
		{"J16 a symmetric key", `"kty":"oct","k":"AAAA"`, "key.private_leaked"},
		{"J16 p beside an RSA key", rsaKey(n, "AQAB") + `,"p":"AA"`, "key.private_leaked"},
		{"J16 oth beside an RSA key", rsaKey(n, "AQAB") + `,"oth":[]`, "key.private_leaked"},
		{"J23 KID in upper case", ec + `,"KID":"x"`, "json.member_case"},
		{"J23 kid with the Kelvin sign", ec + `,"` + "\u212a" + `id":"x"`, "json.member_case"},
		{"J25 the label ES384 on P-256", ec + `,"alg":"ES384"`, "key.alg_mismatch"},
		{"J25 the label ES256K on P-256", ec + `,"alg":"ES256K"`, "key.alg_mismatch"},
		{"J25 the label PS256 on RSA", rsaKey(n, "AQAB") + `,"alg":"PS256"`, "key.alg_mismatch"},
		{"J25 the label none", ec + `,"alg":"none"`, "key.alg_mismatch"},
		{"J25 a label that is no string", ec + `,"alg":["ES256"]`, "key.alg_mismatch"},
		{"J25 a key for encryption", ec + `,"use":"enc"`, "key.alg_mismatch"},
		{"J25 operations without verify", ec + `,"key_ops":["deriveBits"]`, "key.alg_mismatch"},
		{"J25 no operations at all", ec + `,"key_ops":[]`, "key.alg_mismatch"},
		{"J26 an RSA modulus of 2047 bits", rsaKey(odd(2047), "AQAB"), "key.weak"},
		{"J26 an RSA modulus of 1024 bits", rsaKey(odd(1024), "AQAB"), "key.weak"},
		{"J26 an RSA modulus of 16384 bits", rsaKey(odd(16384), "AQAB"), "key.weak"},
		{"J26 an RSA modulus of 8200 bits", rsaKey(odd(8200), "AQAB"), "key.weak"},
		{"J26 an even RSA modulus", rsaKey(new(big.Int).Sub(n, big.NewInt(1)), "AQAB"), "key.weak"},
		{"J26 the exponent 1", rsaKey(n, "AQ"), "key.weak"},
		{"J26 the exponent 2", rsaKey(n, "Ag"), "key.weak"},
		{"J26 an even exponent", rsaKey(n, "AQAA"), "key.weak"},
		{"J26 an exponent of 33 bits", rsaKey(n, "AQAAAAE"), "key.weak"},
		{"J26 an exponent of 32 bits", rsaKey(n, "gAAAAQ"), "key.weak"},
		{"a leading zero byte in n", `"kty":"RSA","n":"` + b64(append([]byte{0}, n.Bytes()...)) + `","e":"AQAB"`, "key.syntax"},
		{"a leading zero byte in e", rsaKey(n, "AAEAAQ"), "key.syntax"},
		{"an RSA key without exponent", `"kty":"RSA","n":"` + b64(n.Bytes()) + `"`, "key.syntax"},
		{"a point off the curve", `"kty":"EC","crv":"P-256","x":"` + ecX + `","y":"` + b64(flipped) + `"`, "key.weak"},
		{"the point of zeros", `"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 32)) + `","y":"` + b64(make([]byte, 32)) + `"`, "key.weak"},
		{"a coordinate of 31 bytes", `"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 31)) + `","y":"` + ecY + `"`, "key.syntax"},
		{"a coordinate of 33 bytes", `"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 33)) + `","y":"` + ecY + `"`, "key.weak"},
		{"a point without y", `"kty":"EC","crv":"P-256","x":"` + ecX + `"`, "key.syntax"},
		{"padding", `"kty":"OKP","crv":"Ed25519","x":"` + edX[:42] + `="`, "key.syntax"},
		{"a line feed", `"kty":"OKP","crv":"Ed25519","x":"` + edX[:42] + `\n"`, "key.syntax"},
		{"spare bits that are not zero", `"kty":"OKP","crv":"Ed25519","x":"` + edX[:42] + `p"`, "key.syntax"},
		{"an Ed25519 key of 31 bytes", `"kty":"OKP","crv":"Ed25519","x":"` + b64(make([]byte, 31)) + `"`, "key.syntax"},
		{"the curve secp256k1", `"kty":"EC","crv":"secp256k1","x":"` + ecX + `","y":"` + ecY + `"`, "key.unsupported"},
		{"the curve P-521 with coordinates of P-256", `"kty":"EC","crv":"P-521","x":"` + ecX + `","y":"` + ecY + `"`, "key.syntax"},
		{"the curve X25519", `"kty":"OKP","crv":"X25519","x":"` + edX + `"`, "key.unsupported"},
		{"a kind that nobody knows", `"kty":"AKP","pub":"AA"`, "key.unsupported"},
		{"no kind", `"crv":"P-256"`, "key.syntax"},
		{"a kid that is a number", ec + `,"kid":1`, "key.syntax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, err := keys.ParseJWK(parse(t, "{"+c.jwk+"}"))
			if got := code(t, err); got != c.want {
				t.Fatalf("got %q, want %q (%v)", got, c.want, err)
			}
			if err == nil && strings.Contains(c.jwk, "kid") && k.ID != "k1" {
				t.Errorf("ID %q", k.ID)
			}
		})
	}
	if _, err := keys.ParseJWK(parse(t, `[]`)); code(t, err) != "key.syntax" {
		t.Errorf("an array: %v", err)
	}
}

func must64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestThumbprintsOfTheStandards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, jwk, want string }{
		{
			"RFC 7638 §3.1", `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs` +
				`tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI` +
				`SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
		},
		{"RFC 8037 appendix A.3", `{"kty":"OKP","crv":"Ed25519","x":"` + edX + `"}`, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		k, err := keys.ParseJWK(parse(t, c.jwk))
		if err != nil || k.Thumbprint() != c.want {
			t.Errorf("%s: %q, %v", c.name, k.Thumbprint(), err)
		}
	}
}

func TestVerifyTheSignatureOfRFC7515(t *testing.T) {
	t.Parallel()
	k, err := keys.ParseJWK(parse(t, `{"kty":"EC","crv":"P-256","x":"`+ecX+`","y":"`+ecY+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	input := "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	sig := must64("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
	if err := k.Verify([]byte(input), sig); err != nil {
		t.Error(err)
	}
	if got := code(t, k.Verify([]byte(input+"x"), sig)); got != "jose.signature" {
		t.Errorf("another content: %q", got)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	message := []byte("header.payload")
	for _, alg := range all() {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			k := generated()[alg]
			good, err := k.Sign(message)
			if err != nil {
				t.Fatal(err)
			}
			p := k.Public()
			if err := p.Verify(message, good); err != nil {
				t.Fatalf("our own signature: %v", err)
			}
			bad := map[string][]byte{
				"J07 no bytes":       {},
				"J07 one byte less":  good[:len(good)-1],
				"J07 one byte more":  append(bytes.Clone(good), 0),
				"J07 96 bytes":       make([]byte, 96),
				"J04 zeros":          make([]byte, len(good)),
				"the last bit other": flip(good, len(good)-1),
				"the first other":    flip(good, 0),
			}
			for name, sig := range ecdsaTraps(alg, good) {
				bad[name] = sig
			}
			for name, sig := range bad {
				if got := code(t, p.Verify(message, sig)); got != "jose.signature" {
					t.Errorf("%s: %q", name, got)
				}
			}
			for _, other := range all() {
				if other != alg {
					relabelled := p
					relabelled.Alg = other
					if got := code(t, relabelled.Verify(message, good)); got != "key.alg_mismatch" {
						t.Errorf("J25 label %s: %q", other, got)
					}
				}
			}
		})
	}
}

func flip(b []byte, i int) []byte {
	out := bytes.Clone(b)
	out[i] ^= 1
	return out
}

// ecdsaTraps returns signatures with r or s outside [1, n−1], and the DER form.
func ecdsaTraps(alg keys.Algorithm, good []byte) map[string][]byte {
	curve := elliptic.P256()
	switch alg {
	case keys.ES256:
	case keys.ES384:
		curve = elliptic.P384()
	case keys.ES512:
		curve = elliptic.P521()
	case keys.EdDSA:
		// S + L: stands for the same number, not canonical (J28).
		l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		s := make([]byte, 32)
		for i, b := range good[32:] {
			s[31-i] = b
		}
		sum := new(big.Int).Add(new(big.Int).SetBytes(s), l).FillBytes(make([]byte, 32))
		out := bytes.Clone(good)
		for i, b := range sum {
			out[63-i] = b
		}
		return map[string][]byte{"J28 S that is not canonical": out}
	default:
		return nil
	}
	size := len(good) / 2
	n := curve.Params().N
	r, s := new(big.Int).SetBytes(good[:size]), new(big.Int).SetBytes(good[size:])
	join := func(r, s *big.Int) []byte {
		out := make([]byte, 2*size)
		r.FillBytes(out[:size])
		s.FillBytes(out[size:])
		return out
	}
	zero := new(big.Int)
	top := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(8*size)), big.NewInt(1))
	out := map[string][]byte{
		"J05 r = n": join(n, s), "J05 s = n": join(r, n), "J05 r = 0": join(zero, s), "J05 s = 0": join(r, zero),
		"J05 r = 2^k-1": join(top, s), "J05 s = 2^k-1": join(r, top), "J05 r = s = n": join(n, n),
	}
	if sum := new(big.Int).Add(r, n); sum.Cmp(top) <= 0 {
		out["J05 r + n"] = join(sum, s)
	}
	return out
}

// A signature with s replaced by n−s holds as well (J08): that is why nothing may be recognised by the hash of a JWS.
func TestTheMirrorOfAnECDSASignatureHolds(t *testing.T) {
	t.Parallel()
	k := generated()[keys.ES256]
	sig, err := k.Sign([]byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(sig[32:]))
	s.FillBytes(sig[32:])
	if err := k.Public().Verify([]byte("m"), sig); err != nil {
		t.Error(err)
	}
}

// J28: for a key of small order, anybody can make signatures that hold.
func TestEd25519KeysOfSmallOrderOrOddForm(t *testing.T) {
	t.Parallel()
	var identity, zero [32]byte
	identity[0] = 1
	forged := append(identity[:], zero[:]...)
	if !ed25519.Verify(identity[:], []byte("anything"), forged) {
		t.Fatal("the attack that this test is about does not work any more")
	}
	p := func(add int64) []byte { // 2^255−19+add, little-endian
		n := new(big.Int).Lsh(big.NewInt(1), 255)
		b := n.Add(n, big.NewInt(add-19)).FillBytes(make([]byte, 32))
		for i := range 16 {
			b[i], b[31-i] = b[31-i], b[i]
		}
		return b
	}
	signed := func(b []byte) []byte { b = bytes.Clone(b); b[31] |= 0x80; return b }
	order8 := must64("JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU")
	for _, c := range []struct {
		name string
		key  []byte
	}{
		{"the identity", identity[:]}, {"the identity with a sign", signed(identity[:])},
		{"order 2", p(-1)}, {"order 2 with a sign", signed(p(-1))},
		{"order 4", zero[:]}, {"order 4 with a sign", signed(zero[:])},
		{"order 8", order8}, {"order 8 with a sign", signed(order8)},
		{"y = p", p(0)}, {"y = p+1, the identity in an odd form", p(1)}, {"y = p+18", p(18)},
		{"y = 2, no point", append([]byte{2}, make([]byte, 31)...)},
	} {
		if _, err := keys.NewPublic("", keys.EdDSA, ed25519.PublicKey(c.key)); code(t, err) != "key.weak" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := keys.NewPublic("", keys.EdDSA, ed25519.PublicKey(must64(edX))); err != nil {
		t.Errorf("a good key: %v", err)
	}
	for range 200 { // a check that refused good keys would show here
		pub, _, _ := ed25519.GenerateKey(nil)
		if _, err := keys.NewPublic("", keys.EdDSA, pub); err != nil {
			t.Fatalf("%x: %v", pub, err)
		}
	}
}

func TestNewPublicRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	ec := generated()[keys.ES256].Public().Key
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		alg  keys.Algorithm
		key  any
		want string
	}{
		{"P-256 for ES256", keys.ES256, ec, ""},
		{"P-256 for ES384", keys.ES384, ec, "key.alg_mismatch"},
		{"P-224", keys.ES256, &small.PublicKey, "key.unsupported"},
		{"no curve", keys.ES256, &ecdsa.PublicKey{}, "key.unsupported"},
		{"no modulus", keys.RS256, &rsa.PublicKey{E: 3}, "key.weak"},
		{"a nil key", keys.ES256, (*ecdsa.PublicKey)(nil), "key.unsupported"},
		{"a nil RSA key", keys.RS256, (*rsa.PublicKey)(nil), "key.weak"},
		{"a nil Ed25519 key", keys.EdDSA, ed25519.PublicKey(nil), "key.syntax"},
		{"a text", keys.ES256, "key", "key.unsupported"},
		{"nothing", keys.ES256, nil, "key.unsupported"},
	} {
		if _, err := keys.NewPublic("id", c.alg, c.key); code(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got := code(t, keys.Public{}.Verify(nil, nil)); got != "key.unsupported" {
		t.Errorf("the zero Public verifies with %q", got)
	}
}

func TestKeysReadBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	for _, alg := range all() {
		p := generated()[alg].WithID(`did:web:a.example#k"1`).Public()
		back, err := keys.ParseJWK(parse(t, string(p.JWK())))
		if err != nil || !back.Equal(p) || back.ID != p.ID || back.Alg != alg {
			t.Errorf("%s JWK: %v", alg, err)
		}
		if alg == keys.RS256 || alg == keys.ES512 {
			if p.Multikey() != "" {
				t.Errorf("%s has no Multikey", alg)
			}
			continue
		}
		back, err = keys.ParseMultikey(p.Multikey())
		if err != nil || !back.Equal(p) || back.Thumbprint() != p.Thumbprint() {
			t.Errorf("%s Multikey: %v", alg, err)
		}
	}
	if a, b := generated()[keys.ES256].Public(), generated()[keys.EdDSA].Public(); a.Equal(b) || a.Equal(keys.Public{}) || (keys.Public{}).Equal(a) {
		t.Error("different keys are equal")
	}
}

func TestGoJOSEReadsAndVerifiesWhatWeWrite(t *testing.T) {
	t.Parallel()
	for _, alg := range all() {
		k := generated()[alg].WithID("k1")
		var theirs jose.JSONWebKey
		if err := json.Unmarshal(k.Public().JWK(), &theirs); err != nil || !theirs.Valid() || theirs.KeyID != "k1" {
			t.Fatalf("%s: %v", alg, err)
		}
		sum, err := theirs.Thumbprint(5) // crypto.SHA256
		if err != nil || b64(sum) != k.Public().Thumbprint() {
			t.Errorf("%s thumbprint: %v", alg, err)
		}
		input := b64([]byte(`{"alg":"`+string(alg)+`"}`)) + "." + b64([]byte("payload"))
		sig, err := k.Sign([]byte(input))
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseSignedCompact(input+"."+b64(sig), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := jws.Verify(theirs); err != nil || string(got) != "payload" {
			t.Errorf("%s: %q, %v", alg, got, err)
		}
	}
}

func TestWeVerifyWhatGoJOSESigns(t *testing.T) {
	t.Parallel()
	for _, alg := range all() {
		k := generated()[alg]
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: opaque{k, alg}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := signer.Sign([]byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		compact, _ := jws.CompactSerialize()
		dot := strings.LastIndexByte(compact, '.')
		if err := k.Public().Verify([]byte(compact[:dot]), must64(compact[dot+1:])); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// didKeys reads the did:key vectors of the corpus: DID → the file it stands in.
func didKeys(t testing.TB) map[string]string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(corpus.Folder(t, "did-key"), "*.json"))
	if len(files) != 6 {
		t.Fatalf("%d files of did:key vectors, want 6", len(files))
	}
	out := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]json.RawMessage
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		for id := range doc {
			if strings.HasPrefix(id, "did:key:") {
				out[id] = filepath.Base(f)
			}
		}
	}
	return out
}

func TestMultikeysOfTheCorpus(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for id, file := range didKeys(t) {
		mb := strings.TrimPrefix(id, "did:key:")
		k, err := keys.ParseMultikey(mb)
		switch {
		case err != nil:
			got[file+" "+code(t, err)]++
		case k.Multikey() != mb:
			t.Errorf("%s reads back as %s", mb, k.Multikey())
		default:
			got[file+" "+string(k.Alg)]++
		}
	}
	want := map[string]int{
		"ed25519-x25519.json EdDSA": 5, "nist-curves.json ES256": 3, "nist-curves.json ES384": 2, "nist-curves.json key.unsupported": 2,
		"secp256k1.json key.unsupported": 6, "rsa.json key.unsupported": 2, "bls12381.json key.unsupported": 6,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds of key, -want +got:\n%s", diff)
	}
}

func TestParseMultikeyRefuses(t *testing.T) {
	t.Parallel()
	good := generated()[keys.EdDSA].Public().Multikey()
	p256 := generated()[keys.ES256].Public().Multikey()
	for _, c := range []struct{ name, key, want string }{
		{"the twin", good, ""},
		{"the P-256 twin", p256, ""},
		{"nothing", "", "key.syntax"},
		{"no multibase prefix", good[1:], "key.syntax"},
		{"base64url", "u" + good[1:], "key.syntax"},
		{"a character outside the alphabet", good[:10] + "0" + good[11:], "key.syntax"},
		{"a byte outside ASCII", good[:10] + "é" + good[11:], "key.syntax"},
		{"a space at the end", good + " ", "key.syntax"},
		{"one character less", good[:len(good)-1], "key.unsupported"},
		{"too short", "z1", "key.syntax"},
		{"too long", "z" + strings.Repeat("2", 1024), "key.syntax"},
		{"a leading zero byte", "z1" + good[1:], "key.unsupported"},
	} {
		if _, err := keys.ParseMultikey(c.key); code(t, err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestParseAlgorithm(t *testing.T) {
	t.Parallel()
	for _, alg := range all() {
		if got, ok := keys.ParseAlgorithm(string(alg)); !ok || got != alg {
			t.Errorf("%s: %q", alg, got)
		}
	}
	for _, name := range []string{"", "none", "None", "HS256", "es256", "ES256 ", "ES256K", "PS256", "Ed25519"} {
		if got, ok := keys.ParseAlgorithm(name); ok {
			t.Errorf("%q is taken for %s", name, got)
		}
	}
}

func ExampleParseMultikey() {
	k, err := keys.ParseMultikey("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	fmt.Println(k.Alg, err)
	fmt.Println(string(k.JWK()))
	// Output:
	// EdDSA <nil>
	// {"crv":"Ed25519","kty":"OKP","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik","alg":"EdDSA","use":"sig"}
}
