package cose_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
)

const keyID = "did:web:school.example#key-1"

func key(t testing.TB, alg keys.Algorithm) keys.Private {
	t.Helper()
	k, err := keys.Generate(alg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k.WithID(keyID)
}

func sign(t testing.TB, k keys.Signer, payload string) []byte {
	t.Helper()
	s, err := cose.NewSigner(cose.TypeCredential, cose.Credential, k)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func code(err error) string {
	var d *fault.Defect
	if errors.As(err, &d) {
		return d.Code
	}
	return fmt.Sprint(err)
}

func TestWhatIsSignedVerifies(t *testing.T) {
	for _, alg := range []keys.Algorithm{keys.ES256, keys.ES384, keys.ES512, keys.EdDSA, keys.RS256} {
		t.Run(string(alg), func(t *testing.T) {
			k := key(t, alg)
			m, err := cose.Read(sign(t, k, `{"a":1}`))
			if err != nil {
				t.Fatal(err)
			}
			want := cose.Header{Alg: alg, KeyID: keyID, Type: cose.TypeCredential, ContentType: cose.Credential}
			if m.Header != want || string(m.Payload) != `{"a":1}` {
				t.Errorf("got %+v %q", m.Header, m.Payload)
			}
			if err := m.Verify(k.Public()); err != nil {
				t.Error(err)
			}
			if err := m.Verify(key(t, alg).Public()); code(err) != "cose.signature" {
				t.Errorf("another key: %v", err)
			}
			other := keys.EdDSA
			if alg == keys.EdDSA {
				other = keys.ES256
			}
			if err := m.Verify(key(t, other).Public()); code(err) != "key.alg_mismatch" {
				t.Errorf("a key of another algorithm: %v", err)
			}
		})
	}
}

// TestEveryChangedByteIsRefused: no byte of a message can be changed, and none can be added or taken away.
func TestEveryChangedByteIsRefused(t *testing.T) {
	k := key(t, keys.EdDSA)
	good := sign(t, k, `{"a":1}`)
	for i := range good {
		for bit := range 8 {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << bit
			if m, err := cose.Read(bad); err == nil && m.Verify(k.Public()) == nil {
				t.Errorf("byte %d, bit %d changed, and it verifies", i, bit)
			}
		}
	}
	for _, bad := range [][]byte{good[:len(good)-1], append(bytes.Clone(good), 0), good[1:]} {
		if _, err := cose.Read(bad); err == nil {
			t.Errorf("%x is read", bad)
		}
	}
}

// message puts a message together, signed or not.
func message(parts ...[]byte) []byte {
	out := cbor.AppendArray(cbor.AppendTag(nil, 18), len(parts))
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func header(pairs ...[]byte) []byte {
	out := cbor.AppendMap(nil, len(pairs)/2)
	for _, p := range pairs {
		out = append(out, p...)
	}
	return out
}

func number(n int) []byte    { return cbor.AppendInt(nil, n) }
func text(s string) []byte   { return cbor.AppendText(nil, s) }
func octets(b []byte) []byte { return cbor.AppendBytes(nil, b) }

func TestReadRefuses(t *testing.T) {
	alg := header(number(1), number(-7))
	empty, payload, sig := header(), octets([]byte("{}")), octets(make([]byte, 64))
	for name, c := range map[string]struct {
		in   []byte
		code string
	}{
		"a message as it should be":             {message(octets(alg), empty, payload, sig), "<nil>"},
		"a key id that is not protected":        {message(octets(alg), header(number(4), octets([]byte("k"))), payload, sig), "<nil>"},
		"no tag":                                {message(octets(alg), empty, payload, sig)[1:], "cose.structure"},
		"another tag (COSE_Sign)":               {append([]byte{0xd8, 98}, message(octets(alg), empty, payload, sig)[1:]...), "cose.structure"},
		"three parts":                           {message(octets(alg), empty, payload), "cose.structure"},
		"a detached payload":                    {message(octets(alg), empty, []byte{0xf6}, sig), "cose.structure"},
		"a header that is no byte string":       {message(alg, empty, payload, sig), "cose.structure"},
		"a header that is an array":             {message(octets([]byte{0x80}), empty, payload, sig), "cose.structure"},
		"no algorithm":                          {message(octets(header()), empty, payload, sig), "cose.alg_not_allowed"},
		"an empty protected header":             {message(octets(nil), empty, payload, sig), "cbor.syntax"},
		"an algorithm that is not protected":    {message(octets(header()), alg, payload, sig), "cose.header_not_allowed"},
		"HMAC":                                  {message(octets(header(number(1), number(5))), empty, payload, sig), "cose.alg_not_allowed"},
		"no signature at all":                   {message(octets(header(number(1), number(0))), empty, payload, sig), "cose.alg_not_allowed"},
		"an algorithm by name":                  {message(octets(header(number(1), text("ES256"))), empty, payload, sig), "cose.alg_not_allowed"},
		"crit":                                  {message(octets(header(number(1), number(-7), number(2), []byte{0x81, 0x04})), empty, payload, sig), "cose.crit"},
		"a certificate chain":                   {message(octets(header(number(1), number(-7), number(33), octets([]byte{1}))), empty, payload, sig), "cose.header_not_allowed"},
		"a key inside":                          {message(octets(header(number(1), number(-7), number(-1), header())), empty, payload, sig), "cose.header_not_allowed"},
		"a parameter by name":                   {message(octets(header(number(1), number(-7), text("jku"), text("x"))), empty, payload, sig), "cose.header_not_allowed"},
		"the key id in both headers":            {message(octets(header(number(1), number(-7), number(4), octets([]byte("k")))), header(number(4), octets([]byte("k"))), payload, sig), "cose.header_not_allowed"},
		"a key id that is a text":               {message(octets(header(number(1), number(-7), number(4), text("k"))), empty, payload, sig), "cose.header_not_allowed"},
		"a type that is a number":               {message(octets(header(number(1), number(-7), number(16), number(60))), empty, payload, sig), "cose.header_not_allowed"},
		"the algorithm twice":                   {message(octets([]byte{0xa2, 1, 0x26, 1, 0x27}), empty, payload, sig), "cbor.syntax"},
		"bytes behind the protected header":     {message(octets(append(bytes.Clone(alg), 0)), empty, payload, sig), "cbor.syntax"},
		"a protected header with a longer head": {message(octets([]byte{0xb8, 1, 1, 0x26}), empty, payload, sig), "cbor.syntax"},
		"a text":                                {[]byte("0oRY"), "cbor.syntax"},
	} {
		_, err := cose.Read(c.in)
		if got := code(err); got != c.code {
			t.Errorf("%s: got %s, want %s (%v)", name, got, c.code, err)
		}
	}
}

// FuzzRead: what is read never verifies under a key that did not sign it.
func FuzzRead(f *testing.F) {
	k, stranger := key(f, keys.EdDSA), key(f, keys.EdDSA)
	good := sign(f, k, `{"a":1}`)
	f.Add(good)
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := cose.Read(data)
		if err != nil {
			return
		}
		if m.Verify(stranger.Public()) == nil || m.Verify(k.Public()) == nil && !bytes.Equal(data, good) {
			t.Errorf("%x verifies", data)
		}
	})
}

func ExampleRead() {
	k, _ := keys.Generate(keys.EdDSA, rand.Reader)
	s, _ := cose.NewSigner(cose.TypeCredential, cose.Credential, k)
	signed, _ := s.Sign([]byte(`{"type":["VerifiableCredential"]}`))
	m, err := cose.Read(signed)
	fmt.Println(err, m.Header.Type, m.Verify(k.Public()))
	// Output: <nil> application/vc+cose <nil>
}
