package verifiertest

import (
	"maps"
	"slices"
	"testing"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
)

// CWT is the claims of a CBOR Web Token: under each number a value in CBOR.
type CWT map[int][]byte

// With returns a copy in which a claim has that value.
func (c CWT) With(claim int, value []byte) CWT {
	out := maps.Clone(c)
	out[claim] = value
	return out
}

// Without returns a copy that lacks a claim.
func (c CWT) Without(claim int) CWT {
	out := maps.Clone(c)
	delete(out, claim)
	return out
}

// Bytes writes the claims, ordered by their numbers.
func (c CWT) Bytes() []byte {
	out := cbor.AppendMap(nil, len(c))
	for _, n := range slices.Sorted(maps.Keys(c)) {
		out = append(cbor.AppendInt(out, n), c[n]...)
	}
	return out
}

// StatusMap writes a status_list with entries of that many bits.
func StatusMap(bits int, lst []byte) []byte {
	out := cbor.AppendInt(cbor.AppendText(cbor.AppendMap(nil, 2), "bits"), bits)
	return cbor.AppendBytes(cbor.AppendText(out, "lst"), lst)
}

// TokenCWT makes the claims of the status list token in CWT form.
func (*Issuer) TokenCWT(t testing.TB, l TokenList) CWT {
	t.Helper()
	values := l.values(t)
	lst, err := values.Packed()
	if err != nil {
		t.Fatal(err)
	}
	c := CWT{2: cbor.AppendText(nil, l.URL), 6: cbor.AppendInt(nil, int(l.From.Unix())), 65533: StatusMap(values.Bits(), lst)}
	if !l.Until.IsZero() {
		c[4] = cbor.AppendInt(nil, int(l.Until.Unix()))
	}
	return c
}

// StatusCWT signs a payload as a status list token in CWT form.
func StatusCWT(t testing.TB, key keys.Signer, payload []byte) string {
	return SignCWT(t, key, "application/statuslist+cwt", payload)
}

// SignCWT signs a payload as a COSE_Sign1 of that type.
func SignCWT(t testing.TB, key keys.Signer, typ string, payload []byte) string {
	t.Helper()
	s, err := cose.NewSigner(typ, "", key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
