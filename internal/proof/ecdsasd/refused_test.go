package ecdsasd_test

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// certificate has two nodes without a name, of which one can be left out.
const certificate = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:1","type":"VerifiableCredential",` +
	`"issuer":"did:web:a.example","validFrom":"2026-01-01T00:00:00Z","name":"First aid","credentialSubject":{"name":"Amina"},` +
	`"evidence":{"type":"https://a.example/Evidence","name":"A photograph"},"proof":{"type":"DataIntegrityProof",` +
	`"cryptosuite":"ecdsa-sd-2023","verificationMethod":"did:web:a.example#1","proofPurpose":"assertionMethod","proofValue":"VALUE"}}`

func generate(t *testing.T, alg keys.Algorithm) keys.Private {
	t.Helper()
	k, err := keys.Generate(alg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// withBase is the badge with a base proof by key.
func withBase(t *testing.T, key keys.Signer, mandatory ...string) ijson.Value {
	t.Helper()
	doc := parse(t, certificate)
	value, err := ecdsasd.Base(doc, doc.Member("proof"), key, mandatory, nil)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, strings.Replace(certificate, "VALUE", value, 1))
}

// sheet is a proof value that a test writes member by member.
type sheet struct {
	ecdsasd.Held

	members int // that it says it has
	labels  [][2]string
	behind  string // bytes behind its end
}

// text writes a derived proof value.
func (s sheet) text() string {
	out := cbor.AppendArray([]byte("\xd9\x5d\x01"), s.members)
	out = cbor.AppendBytes(cbor.AppendBytes(out, s.Signature), s.Public)
	out = cbor.AppendArray(out, len(s.Signatures))
	for _, x := range s.Signatures {
		out = cbor.AppendBytes(out, x)
	}
	out = cbor.AppendMap(out, len(s.labels))
	for _, l := range s.labels {
		n, _ := strconv.Atoi(strings.TrimPrefix(l[0], "c14n"))
		label, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(l[1], "u"))
		out = cbor.AppendBytes(cbor.AppendUint(out, n), label)
	}
	out = cbor.AppendArray(out, len(s.Indexes))
	for _, i := range s.Indexes {
		out = cbor.AppendUint(out, i)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(append(out, s.behind...))
}

// TestDerivedProofsThatAreRefused: every member of a derived proof has one form, and fits the document.
func TestDerivedProofsThatAreRefused(t *testing.T) {
	key := generate(t, keys.ES256)
	shown, err := ecdsasd.Derive(withBase(t, key, "/issuer", "/validFrom"), []string{"/credentialSubject", "/name"})
	if err != nil {
		t.Fatal(err)
	}
	good := parse(t, string(shown)).Member("proof").Member("proofValue").Text()
	held, err := ecdsasd.Hold(good)
	if err != nil || len(held.Signatures) < 2 || len(held.Indexes) < 2 || len(held.Labels) != 1 {
		t.Fatalf("%+v, %v", held, err)
	}
	stranger := "u" + strings.Repeat("A", 43)
	for _, row := range []struct {
		name   string
		change func(s *sheet)
		code   string
	}{
		{"the twin", func(*sheet) {}, ""},
		{"a signature of 63 bytes", func(s *sheet) { s.Signature = s.Signature[:63] }, "proof.malformed"},
		{"the signature of something else", func(s *sheet) { s.Signature = s.Signatures[0] }, "di.signature"},
		{"a public key of 34 bytes", func(s *sheet) { s.Public = s.Public[:34] }, "proof.malformed"},
		{"the public key of another kind", func(s *sheet) { s.Public = append([]byte{0xed, 0x01}, s.Public[2:]...) }, "di.signature"},
		{"a statement's signature of 65 bytes", func(s *sheet) { s.Signatures[0] = append(s.Signatures[0], 0) }, "proof.malformed"},
		{"two signatures the wrong way round", func(s *sheet) { s.Signatures[0], s.Signatures[1] = s.Signatures[1], s.Signatures[0] }, "di.signature"},
		{"a signature too few", func(s *sheet) { s.Signatures = s.Signatures[1:] }, "di.signature"},
		{"a signature too many", func(s *sheet) { s.Signatures = append(s.Signatures, s.Signatures[0]) }, "di.signature"},
		{"a node that the document does not have", func(s *sheet) { s.labels = append(s.labels, [2]string{"c14n1", stranger}) }, "proof.malformed"},
		{"no node", func(s *sheet) { s.labels = nil }, "proof.malformed"},
		{"another node", func(s *sheet) { s.labels[0][0] = "c14n1" }, "proof.malformed"},
		{"a node twice", func(s *sheet) { s.labels = append(s.labels, [2]string{"c14n0", stranger}) }, "proof.malformed"},
		{"two nodes under one label", func(s *sheet) { s.labels = append(s.labels, [2]string{"c14n1", s.labels[0][1]}) }, "proof.malformed"},
		{"mandatory statements in another order", func(s *sheet) { slices.Reverse(s.Indexes) }, "proof.malformed"},
		{"a mandatory statement twice", func(s *sheet) { s.Indexes[1] = s.Indexes[0] }, "proof.malformed"},
		{"a mandatory statement that is not there", func(s *sheet) { s.Indexes[len(s.Indexes)-1] = 99 }, "di.signature"},
		{"four members", func(s *sheet) { s.members = 4 }, "proof.malformed"},
		{"six members", func(s *sheet) { s.members = 6 }, "proof.malformed"},
		{"a byte behind it", func(s *sheet) { s.behind = "\x00" }, "proof.malformed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := sheet{Held: held, members: 5}
			s.Signatures = slices.Clone(held.Signatures)
			for i := range s.Signatures {
				s.Signatures[i] = bytes.Clone(s.Signatures[i])
			}
			s.Indexes = slices.Clone(held.Indexes)
			for _, from := range slices.Sorted(maps.Keys(held.Labels)) {
				s.labels = append(s.labels, [2]string{from, held.Labels[from]})
			}
			row.change(&s)
			doc := parse(t, strings.Replace(string(shown), good, s.text(), 1))
			wantCode(t, ecdsasd.Verify(doc, doc.Member("proof"), key.Public()), row.code)
		})
	}
	doc := parse(t, string(shown))
	wantCode(t, ecdsasd.Verify(doc, doc.Member("proof"), generate(t, keys.EdDSA).Public()), "key.alg_mismatch")
	for name, value := range map[string]string{
		"a base proof": withBase(t, key, "/issuer").Member("proof").Member("proofValue").Text(), "another alphabet": "z" + good[1:],
		"nothing": "", "spare bits": good + "B", "a line feed": good[:40] + "\n" + good[40:],
	} {
		doc := parse(t, strings.Replace(string(shown), good, strings.ReplaceAll(value, "\n", `\n`), 1))
		t.Run(name, func(t *testing.T) {
			wantCode(t, ecdsasd.Verify(doc, doc.Member("proof"), key.Public()), "proof.malformed")
		})
	}
}

// TestKeysOfStatements: the key of a proof is a point on P-256 in its short form, also when the issuer signed another.
func TestKeysOfStatements(t *testing.T) {
	issuer := generate(t, keys.ES256)
	doc := parse(t, certificate)
	if _, err := ecdsasd.BaseWith(doc, doc.Member("proof"), ecdsasd.Keys{Issuer: issuer, Own: generate(t, keys.EdDSA), HMAC: make([]byte, 32)}, nil); err == nil {
		t.Error("statements are signed by a key of another kind")
	}
	_, err := ecdsasd.Base(doc, doc.Member("proof"), generate(t, keys.ES384), nil, nil)
	wantCode(t, err, "key.alg_mismatch")
	for name, public := range map[string][]byte{
		"of another kind":        append([]byte{0xed, 0x01}, make([]byte, 33)...),
		"that is no point":       append([]byte{0x80, 0x24, 0x02}, bytes.Repeat([]byte{0xff}, 32)...),
		"that is not compressed": append([]byte{0x80, 0x24, 0x04}, make([]byte, 32)...),
	} {
		t.Run(name, func(t *testing.T) { wantCode(t, ecdsasd.Expand(public), "proof.malformed") })
	}
}

// TestWhatCannotBeDerived: pointers have one form, something is shown, and a base proof has a signature for each statement.
func TestWhatCannotBeDerived(t *testing.T) {
	key := generate(t, keys.ES256)
	for name, row := range map[string]struct {
		mandatory, chosen []string
		code              string
	}{
		"the twin":                  {nil, []string{"/name"}, ""},
		"what is mandatory alone":   {[]string{"/name"}, nil, ""},
		"nothing":                   {nil, nil, "proof.pointer"},
		"a pointer without a slash": {nil, []string{"name"}, "proof.pointer"},
		"what there is not":         {nil, []string{"/nickname"}, "proof.pointer"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ecdsasd.Derive(withBase(t, key, row.mandatory...), row.chosen)
			wantCode(t, err, row.code)
		})
	}
	whole := withBase(t, key, "/issuer")
	value := whole.Member("proof").Member("proofValue").Text()
	held, err := ecdsasd.Hold(value)
	if err != nil {
		t.Fatal(err)
	}
	write := func(signatures [][]byte, behind string) ijson.Value {
		out := cbor.AppendArray([]byte("\xd9\x5d\x00"), 5)
		out = cbor.AppendBytes(cbor.AppendBytes(cbor.AppendBytes(out, held.Signature), held.Public), held.HMAC)
		out = cbor.AppendArray(out, len(signatures))
		for _, s := range signatures {
			out = cbor.AppendBytes(out, s)
		}
		out = cbor.AppendText(cbor.AppendArray(out, 1), "/issuer")
		text := "u" + base64.RawURLEncoding.EncodeToString(append(out, behind...))
		return parse(t, strings.Replace(certificate, "VALUE", text, 1))
	}
	for name, row := range map[string]struct {
		doc  ijson.Value
		code string
	}{
		"the twin, written again": {write(held.Signatures, ""), ""},
		"a signature too few":     {write(held.Signatures[1:], ""), "di.signature"},
		"a byte behind it":        {write(held.Signatures, "\x00"), "proof.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ecdsasd.Derive(row.doc, []string{"/name"})
			wantCode(t, err, row.code)
		})
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	got := ""
	if err != nil {
		got = fault.AsDefect(err).Code
	}
	if got != code {
		t.Errorf("got %q (%v), want %q", got, err, code)
	}
}
