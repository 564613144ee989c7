package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// proved adds an embedded proof by the issuer's EdDSA key to a document.
func proved(t testing.TB, by *verifiertest.Issuer, doc verifiertest.Doc) verifiertest.Doc {
	t.Helper()
	return verifiertest.Parse(string(by.Embed(t, doc, dataintegrity.Statement{})))
}

// together puts the proofs of several signed copies of one document into it, in that order.
func together(docs ...verifiertest.Doc) verifiertest.Doc {
	out := docs[0]
	for _, d := range docs[1:] {
		for _, p := range d["proof"].([]any) {
			out = out.With("/proof/-", p)
		}
	}
	return out
}

// broken is the document with the first proof of another one, by the same key.
func broken(t testing.TB, by *verifiertest.Issuer, d verifiertest.Doc) verifiertest.Doc {
	t.Helper()
	return d.With("/proof", proved(t, by, d.Without("/proof").With("/name", "Another"))["proof"])
}

// TestEmbeddedProofs covers the rows K15 and L01 and their accepted twins: whose proof decides.
func TestEmbeddedProofs(t *testing.T) {
	w := verifiertest.NewWorld(t)
	school, stranger := w.School, w.Stranger
	badge := school.Badge()
	good, foreign := proved(t, school, badge), proved(t, stranger, badge)
	anybody := proved(t, verifiertest.NewKeyIssuer(t, w.Web, nil), badge)
	unknown := verifiertest.Parse(good.Text()).With("/proof/0/cryptosuite", "bbs-2023")
	for _, row := range []struct {
		name string
		doc  verifiertest.Doc
		want want
	}{
		{"a proof by the issuer", good, ok()},
		{"a proof by the issuer that is broken", broken(t, school, good), refused(verifier.CheckProof, "di.signature")},
		{"a member changed afterwards", good.With("/name", "Brazing"), refused(verifier.CheckProof, "di.signature")},
		{"a proof by a stranger's did:web", foreign, refused(verifier.CheckBinding, "key.not_bound_to_issuer")},
		{"a proof by anybody's did:key", anybody, refused(verifier.CheckBinding, "key.not_bound_to_issuer")},
		{"K15 a stranger's good proof, then a broken one of the issuer", together(anybody, broken(t, school, good)), refused(verifier.CheckProof, "di.signature")},
		{"K15 a broken proof of the issuer, then a stranger's good one", together(broken(t, school, good), anybody), refused(verifier.CheckProof, "di.signature")},
		{"a good proof of the issuer, then a stranger's", together(good, anybody), ok()},
		{"a stranger's proof, then a good one of the issuer", together(anybody, good), ok()},
		{"a suite that nobody knows beside a good proof", together(unknown, good), ok()},
		{"a suite that nobody knows", unknown, unclear(verifier.CheckProof, "proof.suite_unknown")},
		{"L01 an undefined term", good.With("/grade", "A+"), refused(verifier.CheckProof, "DATA_LOSS_DETECTION_ERROR")},
		{"no proof at all", badge, refused(verifier.CheckProof, "proof.missing")},
		{"an empty list of proofs", badge.With("/proof", []any{}), refused(verifier.CheckProof, "proof.malformed")},
		{"a proof for authentication", good.With("/proof/0/proofPurpose", "authentication"), refused(verifier.CheckProof, "proof.purpose")},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, row.doc.Text()), row.want) })
	}
}

// TestAStatusListWithAnEmbeddedProof: lists come in the form of the credentials.
func TestAStatusListWithAnEmbeddedProof(t *testing.T) {
	const url = "https://school.example/status/di"
	for _, row := range []struct {
		name string
		set  []int
		by   func(*verifiertest.World) *verifiertest.Issuer
		want want
	}{
		{"a clear bit", []int{8}, func(w *verifiertest.World) *verifiertest.Issuer { return w.School }, ok()},
		{"a set bit", []int{7}, func(w *verifiertest.World) *verifiertest.Issuer { return w.School }, refused(verifier.CheckStatus, "status.revoked")},
		{"S03 signed by a stranger", nil, func(w *verifiertest.World) *verifiertest.Issuer { return w.Stranger }, unclear(verifier.CheckStatus, "status.list_unproven")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			list := w.School.StatusList(t, verifiertest.StatusList{URL: url, From: verifiertest.Now(), Set: row.set})
			w.Web.Put(url, "application/vc", proved(t, row.by(w), list).Text())
			badge := w.School.Badge().With("/credentialStatus", verifiertest.Entry(url, "revocation", "7"))
			look(t, check(t, w, proved(t, w.School, badge).Text()), row.want)
		})
	}
}
