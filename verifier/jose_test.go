package verifier_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestSignedHeaders sends the rows J01 to J32 of the threat list that lie in the protected header through the whole verifier.
func TestSignedHeaders(t *testing.T) {
	w := verifiertest.NewWorld(t)
	payload := w.School.Badge().Claims().Text()
	kid := `"kid":"` + w.School.KeyID(keys.ES256) + `"`
	const canary = "https://canary.example/k"
	stranger := string(w.Stranger.Key(keys.ES256).Public().JWK())
	var own map[string]any
	if err := json.Unmarshal(w.School.Key(keys.ES256).Public().JWK(), &own); err != nil {
		t.Fatal(err)
	}
	ownJWK := verifiertest.Doc(own)
	form := verifier.CheckForm
	rows := []struct {
		name, header string
		want         want
	}{
		{"the untouched twin", `{"alg":"ES256",` + kid + `,"typ":"JWT"}`, ok()},
		{"J01 alg none, signed all the same", `{"alg":"none",` + kid + `}`, refused(form, "jose.alg_not_allowed")},
		{"J13 no typ, the accepted twin", `{"alg":"ES256",` + kid + `}`, ok()},
		{"J14 the stranger's key inside", `{"alg":"ES256","jwk":` + stranger + `}`, refused(verifier.CheckProof, "jose.signature")},
		{"J14 the school's own key inside, the accepted twin", `{"alg":"ES256","jwk":` + ownJWK.Text() + `}`, ok()},
		{"J16 a private key inside", `{"alg":"ES256","jwk":` + ownJWK.With("/d", "AAAA").Text() + `}`, refused(form, "key.private_leaked")},
		{"J17 jku", `{"alg":"ES256",` + kid + `,"jku":"` + canary + `"}`, refused(form, "jose.header_not_allowed")},
		{"J17 x5u", `{"alg":"ES256",` + kid + `,"x5u":"` + canary + `"}`, refused(form, "jose.header_not_allowed")},
		{"J17 x5c", `{"alg":"ES256",` + kid + `,"x5c":["AAAA"]}`, refused(form, "jose.header_not_allowed")},
		{"J19 crit, unknown and absent", `{"alg":"ES256",` + kid + `,"crit":["x"]}`, refused(form, "jose.crit")},
		{"J19 crit, unknown and present", `{"alg":"ES256",` + kid + `,"crit":["x"],"x":1}`, refused(form, "jose.crit")},
		{"J19 crit, empty", `{"alg":"ES256",` + kid + `,"crit":[]}`, refused(form, "jose.crit")},
		{"J19 crit alg", `{"alg":"ES256",` + kid + `,"crit":["alg"]}`, refused(form, "jose.crit")},
		{"J19 crit twice the same", `{"alg":"ES256",` + kid + `,"crit":["x","x"]}`, refused(form, "jose.crit")},
		{"J19 crit a string", `{"alg":"ES256",` + kid + `,"crit":"x"}`, refused(form, "jose.crit")},
		{"J20 b64 false", `{"alg":"ES256",` + kid + `,"b64":false}`, refused(form, "jose.crit")},
		{"J20 b64 false with crit", `{"alg":"ES256",` + kid + `,"b64":false,"crit":["b64"]}`, refused(form, "jose.crit")},
		{"J22 alg twice, none first", `{"alg":"none","alg":"ES256",` + kid + `}`, refused(form, "json.duplicate_member")},
		{"J22 alg twice, none last", `{"alg":"ES256","alg":"none",` + kid + `}`, refused(form, "json.duplicate_member")},
		{"J22 kid twice", `{"alg":"ES256",` + kid + `,"kid":"x"}`, refused(form, "json.duplicate_member")},
		{"J23 ALG beside alg", `{"alg":"ES256","ALG":"none",` + kid + `}`, refused(form, "json.member_case")},
		{"J23 Kid instead of kid", `{"alg":"ES256","Kid":"x"}`, refused(form, "json.member_case")},
		{"J23 the Kelvin sign", `{"alg":"ES256",` + kid + `,"\u212Aid":"x"}`, refused(form, "json.member_case")},
		{"J25 labelled ES384", `{"alg":"ES384",` + kid + `}`, refused(verifier.CheckProof, "key.alg_mismatch")},
		{"J25 labelled ES256K", `{"alg":"ES256K",` + kid + `}`, refused(form, "key.alg_mismatch")},
		{"J25 labelled PS256", `{"alg":"PS256",` + kid + `}`, refused(form, "key.alg_mismatch")},
		{"J25 labelled EdDSA", `{"alg":"EdDSA",` + kid + `}`, refused(verifier.CheckProof, "key.alg_mismatch")},
		{"J25 HMAC with the public key", `{"alg":"HS256",` + kid + `}`, refused(form, "jose.alg_not_allowed")},
		{"J25 a key inside for another algorithm", `{"alg":"ES256","jwk":` + ownJWK.With("/alg", "ES384").Text() + `}`, refused(form, "key.alg_mismatch")},
		{"J25 a key inside for encryption", `{"alg":"ES256","jwk":` + ownJWK.With("/use", "enc").Text() + `}`, refused(form, "key.alg_mismatch")},
		{"J32 a second value after the header", `{"alg":"ES256",` + kid + `}{}`, refused(form, "json.trailing")},
		{"J32 garbage after the header", `{"alg":"ES256",` + kid + `}x`, refused(form, "json.trailing")},
		{"no key named", `{"alg":"ES256","typ":"JWT"}`, refused(verifier.CheckBinding, "jose.no_key")},
	}
	for i, alg := range []string{`"None"`, `"NONE"`, `"nOnE"`, `"none "`, `""`, ``, `null`, `["ES256"]`, `0`} {
		header := `{"alg":` + alg + `,` + kid + `}`
		if alg == "" {
			header = `{` + kid + `}`
		}
		rows = append(rows, struct {
			name, header string
			want         want
		}{fmt.Sprintf("J02 input %d, %s", i+1, alg), header, refused(form, "jose.alg_not_allowed")})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			before := w.Web.Requests()
			r := check(t, w, w.School.Sign(keys.ES256, row.header, payload))
			look(t, r, row.want)
			if w.Web.Count(canary) != 0 || row.want.check == form && w.Web.Requests() != before {
				t.Errorf("%d requests for a token whose form is wrong", w.Web.Requests()-before)
			}
		})
	}
}

// TestUnsigned is row J01 to the letter: an otherwise perfect badge with alg "none" and an empty signature.
func TestUnsigned(t *testing.T) {
	w := verifiertest.NewWorld(t)
	payload := b64(w.School.Badge().Claims().Text())
	look(t, check(t, w, b64(`{"alg":"none","typ":"JWT"}`)+"."+payload+"."), refused(verifier.CheckForm, "jose.alg_not_allowed"))
	look(t, check(t, w, w.School.Badge().Text()), refused(verifier.CheckProof, "proof.missing"))
	if n := w.Web.Requests(); n != 0 {
		t.Errorf("%d requests for what nobody signed", n)
	}
}

// TestStrangersKeys: a good signature by a key that is not the issuer's proves nothing (J14, K01 and the binding check).
func TestStrangersKeys(t *testing.T) {
	w := verifiertest.NewWorld(t)
	payload := w.School.Badge().Claims()
	jwk := verifiertest.Parse(string(w.Stranger.Key(keys.ES256).Public().JWK())).Without("/kid")
	notBound := refused(verifier.CheckBinding, "key.not_bound_to_issuer")
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"J14 the stranger's jwk", w.Stranger.Sign(keys.ES256, verifiertest.Doc{"alg": "ES256", "jwk": map[string]any(jwk)}.Text(), payload.Text()), notBound},
		{"J14 the stranger's kid", w.Stranger.JWT(keys.ES256, payload), notBound},
		{"J14 the school's kid on the stranger's signature", w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), payload.Text()), refused(verifier.CheckProof, "jose.signature")},
		{"J14 a kid that the school never published", w.School.Sign(keys.ES256, w.School.Header(keys.ES256).With("/kid", w.School.ID+"#other").Text(), payload.Text()), notBound},
		{"J14 the stranger's jwk beside the school's kid", w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).With("/jwk", map[string]any(jwk)).Text(), payload.Text()), notBound},
		{"the accepted twin", w.School.JWT(keys.ES256, payload), ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := check(t, w, row.in)
			look(t, r, row.want)
			if row.want != ok() && (r.Issuer.Domain != "" || r.Check(verifier.CheckTrust).Outcome == verifier.Pass) {
				t.Errorf("a stranger got the school's domain or trust\n%s", summary(r))
			}
		})
	}
	r := check(t, w, w.Stranger.Sign(keys.ES256, verifiertest.Doc{"alg": "ES256", "jwk": map[string]any(jwk)}.Text(), payload.Text()))
	if c := r.Check(verifier.CheckProof); c.Outcome != verifier.Pass {
		t.Errorf("J14: signature and binding are two checks, but the signature is %s", c.Outcome)
	}
}

// TestSignatures sends the rows J04, J05, J07 and J28 through the whole verifier.
func TestSignatures(t *testing.T) {
	w := verifiertest.NewWorld(t, keys.ES384)
	bad := refused(verifier.CheckProof, "jose.signature")
	n := elliptic.P256().Params().N
	max := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	es := signed(w, w.School.Badge())
	h, p, s := parts(es)
	sig, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	half := func(v *big.Int) []byte { return v.FillBytes(make([]byte, 32)) }
	join := func(r, s []byte) []byte { return append(bytes.Clone(r), s...) }
	zero := make([]byte, 32)
	nPlusR := new(big.Int).Add(n, new(big.Int).SetBytes(sig[:32]))
	if nPlusR.BitLen() > 256 {
		nPlusR = max
	}
	for _, row := range []struct {
		name string
		sig  []byte
	}{
		{"J04 r and s zero", make([]byte, 64)},
		{"J05 only r zero", join(zero, sig[32:])},
		{"J05 only s zero", join(sig[:32], zero)},
		{"J05 r is n", join(half(n), sig[32:])},
		{"J05 s is n", join(sig[:32], half(n))},
		{"J05 r is n more", join(half(nPlusR), sig[32:])},
		{"J05 r is 2^256-1", join(half(max), sig[32:])},
		{"J05 s is 2^256-1", join(sig[:32], half(max))},
		{"J07 63 bytes", sig[:63]},
		{"J07 65 bytes", append(bytes.Clone(sig), 0)},
		{"J07 96 bytes", make([]byte, 96)},
		{"J07 nothing", nil},
		{"J07 the DER form", append([]byte{0x30, 0x44, 2, 32}, sig...)},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, w, h+"."+p+"."+base64.RawURLEncoding.EncodeToString(row.sig)), bad)
		})
	}
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.EdDSA} {
		t.Run("the accepted twin "+string(alg), func(t *testing.T) {
			look(t, check(t, w, w.School.JWT(alg, w.School.Badge().Claims())), ok())
		})
	}
	t.Run("J28 an Ed25519 S beyond the order", func(t *testing.T) {
		h, p, s := parts(w.School.JWT(keys.EdDSA, w.School.Badge().Claims()))
		sig, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		look(t, check(t, w, h+"."+p+"."+base64.RawURLEncoding.EncodeToString(addOrder(sig))), bad)
	})
}

// addOrder adds the order of the group to S, which keeps the equation of an Ed25519 signature and is not its canonical form.
func addOrder(sig []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	le := bytes.Clone(sig[32:])
	for i, j := 0, len(le)-1; i < j; i, j = i+1, j-1 {
		le[i], le[j] = le[j], le[i]
	}
	sum := new(big.Int).Add(new(big.Int).SetBytes(le), order).FillBytes(make([]byte, 32))
	for i, j := 0, len(sum)-1; i < j; i, j = i+1, j-1 {
		sum[i], sum[j] = sum[j], sum[i]
	}
	return append(bytes.Clone(sig[:32]), sum...)
}

// TestWeakKeys sends the rows J26 and J28 through the whole verifier: the key inside the header, and the key that the
// issuer itself published.
func TestWeakKeys(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	modulus := func(bits int, odd byte) string {
		n := bytes.Repeat([]byte{0xd5}, bits/8)
		n[len(n)-1] = n[len(n)-1]&0xfe | odd
		return enc(n)
	}
	rsaJWK := func(n, e string) map[string]any { return map[string]any{"kty": "RSA", "n": n, "e": e} }
	for _, row := range []struct {
		name string
		alg  string
		jwk  map[string]any
		code string
	}{
		{"J26 RSA of 1024 bits", "RS256", rsaJWK(enc(small.N.Bytes()), "AQAB"), "key.weak"},
		{"J26 exponent 1", "RS256", rsaJWK(modulus(2048, 1), "AQ"), "key.weak"},
		{"J26 an even modulus", "RS256", rsaJWK(modulus(2048, 0), "AQAB"), "key.weak"},
		{"J26 a modulus of 16,384 bits", "RS256", rsaJWK(modulus(16384, 1), "AQAB"), "key.weak"},
		{"J28 the neutral element", "EdDSA", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": enc(append([]byte{1}, make([]byte, 31)...))}, "key.weak"},
		{"J28 a point of order four", "EdDSA", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": enc(make([]byte, 32))}, "key.weak"},
		{"J28 a point that is not canonical", "EdDSA", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": enc(append(append([]byte{0xee}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f))}, "key.weak"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			payload := w.School.Badge().Claims().Text()
			h := verifiertest.Doc{"alg": row.alg, "jwk": row.jwk}
			look(t, check(t, w, b64(h.Text())+"."+b64(payload)+"."+b64(strings.Repeat("x", 64))), refused(verifier.CheckForm, row.code))

			method := map[string]any{"id": w.School.ID + "#weak", "type": "JsonWebKey", "controller": w.School.ID, "publicKeyJwk": row.jwk}
			w.School.Serve(w.School.Document().With("/verificationMethod/-", method).With("/assertionMethod/-", w.School.ID+"#weak"))
			h = verifiertest.Doc{"alg": row.alg, "kid": w.School.ID + "#weak"}
			look(t, check(t, w, b64(h.Text())+"."+b64(payload)+"."+b64(strings.Repeat("x", 64))), refused(verifier.CheckBinding, row.code))
		})
	}
}

// TestPublishedKeysForOtherUses is the second half of row J25: what the issuer itself says about its key counts.
func TestPublishedKeysForOtherUses(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(jwk verifiertest.Doc) verifiertest.Doc
		want   want
	}{
		{"the untouched twin", func(d verifiertest.Doc) verifiertest.Doc { return d }, ok()},
		{"J25 published for encryption", func(d verifiertest.Doc) verifiertest.Doc { return d.With("/use", "enc") }, refused(verifier.CheckBinding, "key.alg_mismatch")},
		{"J25 published for another algorithm", func(d verifiertest.Doc) verifiertest.Doc { return d.With("/alg", "ES384") }, refused(verifier.CheckBinding, "key.alg_mismatch")},
		{"J25 published for deriving keys", func(d verifiertest.Doc) verifiertest.Doc { return d.With("/key_ops", []any{"deriveKey"}) }, refused(verifier.CheckBinding, "key.alg_mismatch")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			kid := w.School.KeyID(keys.ES256)
			jwk := row.change(verifiertest.Parse(string(w.School.Key(keys.ES256).Public().JWK())))
			w.School.Serve(verifiertest.Doc{
				"id": w.School.ID, "assertionMethod": []any{kid},
				"verificationMethod": []any{map[string]any{"id": kid, "type": "JsonWebKey", "controller": w.School.ID, "publicKeyJwk": map[string]any(jwk)}},
			})
			look(t, check(t, w, signed(w, w.School.Badge())), row.want)
		})
	}
}

// TestOuterForm sends the rows J10, J11, J13 and J29 through the whole verifier, as pasted text.
func TestOuterForm(t *testing.T) {
	w := verifiertest.NewWorld(t)
	jws := signed(w, w.School.Badge())
	h, p, s := parts(jws)
	spare := []byte(s)
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		if a, err := base64.RawURLEncoding.DecodeString(s[:len(s)-1] + string(c)); err == nil && c != s[len(s)-1] {
			if b, _ := base64.RawURLEncoding.DecodeString(s); bytes.Equal(a, b) {
				spare[len(spare)-1] = c
				break
			}
		}
	}
	encoding, structure := refused(verifier.CheckForm, "jose.encoding"), refused(verifier.CheckForm, "jose.structure")
	one := `{"protected":"` + h + `","signature":"` + s + `"}`
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"the untouched twin", jws, ok()},
		{"J10 blanks around it in the paste box, the accepted twin", " \t\r\n" + jws + "\r\n ", ok()},
		{"J10 a line feed in the header", h[:9] + "\n" + h[9:] + "." + p + "." + s, encoding},
		{"J10 a carriage return in the payload", h + "." + p[:9] + "\r" + p[9:] + "." + s, encoding},
		{"J10 a tab in the signature", h + "." + p + "." + s[:9] + "\t" + s[9:], encoding},
		{"J10 a space after a dot", h + ". " + p + "." + s, encoding},
		{"J11 padding", h + "." + p + "=." + s, encoding},
		{"J11 the standard alphabet", h + "." + p + ".+/" + s[2:], encoding},
		{"J11 spare bits", h + "." + p + "." + string(spare), encoding},
		{"J13 the flattened JSON serialization", `{"payload":"` + p + `",` + one[1:], structure},
		{"J13 the general JSON serialization", `{"payload":"` + p + `","signatures":[{"protected":"e30","signature":"AA"},` + one + `]}`, structure},
		{"J29 five parts of a JWE", b64(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}`) + ".AA.AA.AA.AA", structure},
		{"J29 two parts", h + "." + p, structure},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, row.in), row.want) })
	}
	t.Run("J10 a byte order mark", func(t *testing.T) {
		r := check(t, w, "\ufeff"+jws)
		if allChecks(t, r); r.Verdict != verifier.Invalid || r.Check(verifier.CheckForm).Outcome != verifier.Fail {
			t.Errorf("not refused\n%s", summary(r))
		}
	})
}

// TestPayloads sends the row J31 and the rows U02 to U06 of the payload through the whole verifier; each payload is signed
// as it stands.
func TestPayloads(t *testing.T) {
	w := verifiertest.NewWorld(t)
	good := w.School.Badge().Claims()
	text := good.Text()
	wide := make([]byte, 0, 2*len(text))
	for _, u := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	form := verifier.CheckForm
	deep := func(n int) string { // a document of n levels
		return text[:len(text)-1] + `,"x":` + strings.Repeat(`{"x":`, n-2) + `{}` + strings.Repeat(`}`, n-1)
	}
	named := func(name string) string { return strings.Replace(text, `"name":"Welding"`, `"name":"`+name+`"`, 1) }
	for _, row := range []struct {
		name, payload string
		want          want
	}{
		{"the untouched twin", text, ok()},
		{"J31 not JSON", "hello", refused(form, "json.syntax")},
		{"J31 an array", "[]", refused(form, "json.syntax")},
		{"J31 null", "null", refused(form, "json.syntax")},
		{"J31 empty", "", refused(form, "json.syntax")},
		{"J31 UTF-16", string(wide), refused(form, "json.syntax")},
		{"J31 UTF-16 with a mark", "\xff\xfe" + string(wide), refused(form, "json.syntax")},
		{"J31 a byte order mark", "\ufeff" + text, refused(form, "json.syntax")},
		{"J32 garbage behind the payload", text + "x", refused(form, "json.trailing")},
		{"U02 Issuer beside issuer", text[:len(text)-1] + `,"Issuer":"did:web:stranger.example"}`, refused(verifier.CheckSchema, "json.member_case")},
		{"U02 an escaped issuer beside issuer", text[:len(text)-1] + `,"\u0069ssuer":"did:web:stranger.example"}`, refused(form, "json.duplicate_member")},
		{"U02 a long s in issuer", text[:len(text)-1] + `,"i\u017fsuer":"did:web:stranger.example"}`, refused(verifier.CheckSchema, "json.member_case")},
		{"U03 10,001 levels", deep(10_001), refused(form, "limits.depth")},
		{"U03 9,999 levels", deep(9_999), refused(form, "limits.depth")},
		{"U03 65 levels", deep(65), refused(form, "limits.depth")},
		{"U03 64 levels, the accepted twin", deep(64), ok()},
		{"U05 a byte that is no UTF-8", named("Weld\xffing"), refused(form, "json.utf8")},
		{"U05 an overlong slash", named("Weld\xc0\xafing"), refused(form, "json.utf8")},
		{"U05 a lone surrogate", named(`Weld\ud800ing`), refused(form, "json.utf8")},
		{"U05 a pair of surrogates, the accepted twin", named(`Weld\ud83d\ude00ing`), ok()},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, w, w.School.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), row.payload)), row.want)
		})
	}
	t.Run("U06 a NUL in a name", func(t *testing.T) {
		r := check(t, w, w.School.Sign(keys.ES256, w.School.Header(keys.ES256).Text(), named(`Weld\u0000ing`)))
		if allChecks(t, r); r.Check(verifier.CheckProof).Outcome != verifier.Pass {
			t.Errorf("the bytes were changed on the way\n%s", summary(r))
		}
	})
}

// TestAnotherSignatureOfARevokedBadge is row J08: n−s makes a second valid signature, but no second credential.
func TestAnotherSignatureOfARevokedBadge(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const list = "https://school.example/status/1"
	w.School.PublishList(t, keys.EdDSA, verifiertest.StatusList{URL: list, Set: []int{7}, From: verifiertest.Now()})
	badge := w.School.Badge().With("/credentialStatus", verifiertest.Entry(list, "revocation", "7"))
	jws := signed(w, badge)
	h, p, s := parts(jws)
	sig, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	twin := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(sig[32:])).FillBytes(make([]byte, 32))
	other := h + "." + p + "." + base64.RawURLEncoding.EncodeToString(append(bytes.Clone(sig[:32]), twin...))
	v := w.Verifier()
	for name, in := range map[string]string{"the first": jws, "the twin": other} {
		r := v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{})
		look(t, r, refused(verifier.CheckStatus, "status.revoked"))
		if r.Check(verifier.CheckProof).Outcome != verifier.Pass || r.ID != "https://school.example/c/1" {
			t.Errorf("%s: %s", name, summary(r))
		}
	}
}
