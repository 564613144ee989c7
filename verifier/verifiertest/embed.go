package verifiertest

import (
	"cmp"
	"encoding/json"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// Embed is a document with an embedded proof of the cryptosuite eddsa-rdfc-2022 by the issuer's EdDSA key, which it names unless the
// statement names another. A statement without a time is of Now.
func (i *Issuer) Embed(t testing.TB, doc Doc, st dataintegrity.Statement) json.RawMessage {
	t.Helper()
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, i.Key(keys.EdDSA))
	if err != nil {
		t.Fatal(err)
	}
	v, err := ijson.Parse([]byte(doc.Text()), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	st.VerificationMethod = cmp.Or(st.VerificationMethod, i.KeyID(keys.EdDSA))
	if st.Created.IsZero() {
		st.Created = Now()
	}
	out, err := s.Sign(v, st)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
