package keys_test

import (
	"bytes"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// What parses prints back as the same key, and never verifies a signature of zeros.
func FuzzParseJWK(f *testing.F) {
	for _, alg := range all() {
		f.Add(generated()[alg].WithID("k").Public().JWK())
	}
	f.Add([]byte(`{"kty":"EC","crv":"P-256","x":"` + ecX + `","y":"` + ecY + `","key_ops":["verify"]}`))
	f.Add([]byte(`{"kty":"oct","k":"AA"}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := ijson.Parse(src, ijson.Bounds{})
		if err != nil {
			return
		}
		k, err := keys.ParseJWK(v)
		if err != nil {
			code(t, err)
			return
		}
		again, err := keys.ParseJWK(parse(t, string(k.JWK())))
		if err != nil || !again.Equal(k) || again.ID != k.ID || again.Thumbprint() != k.Thumbprint() {
			t.Fatalf("%s: %v", k.JWK(), err)
		}
		if k.Verify([]byte("m"), make([]byte, 64)) == nil {
			t.Fatal("zeros are a signature")
		}
	})
}

// What parses prints back as the same text: a key has one Multikey.
func FuzzParseMultikey(f *testing.F) {
	for _, alg := range all() {
		f.Add(generated()[alg].Public().Multikey())
	}
	f.Add("z")
	f.Add("z1111")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := keys.ParseMultikey(s)
		if err != nil {
			code(t, err)
			return
		}
		if k.Multikey() != s {
			t.Fatalf("%q reads back as %q", s, k.Multikey())
		}
	})
}

// What decodes encodes to the same text, and whatever is encoded decodes: base58 has one text for each bytes.
func FuzzDecodeBase58(f *testing.F) {
	f.Add("6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")
	f.Add("1112")
	f.Add("0OIl")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 400 { // it takes quadratic time; its callers have bounds
			return
		}
		if raw, ok := keys.DecodeBase58(s); ok && keys.EncodeBase58(raw) != s {
			t.Fatalf("%q reads back as %q", s, keys.EncodeBase58(raw))
		}
		if raw, ok := keys.DecodeBase58(keys.EncodeBase58([]byte(s))); !ok || !bytes.Equal(raw, []byte(s)) {
			t.Fatalf("the bytes of %q become %x", s, raw)
		}
	})
}
