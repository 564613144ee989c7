package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestARevokedBadgeInOtherWords: the other side of L01. An embedded proof covers statements, so the holder can write the same ones in other words.
// However they stand there, a revoked badge stays one that does not hold.
func TestARevokedBadgeInOtherWords(t *testing.T) {
	const cred = "https://www.w3.org/2018/credentials#"
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	about := w.School.Endorsement("https://school.example/c/1")
	badge := proved(t, w.School, w.School.Badge().With("/credentialStatus", entry("7")).With("/endorsement", []any{map[string]any(about)}))
	status := badge["credentialStatus"]
	moved := func(from string) verifiertest.Doc { return verifiertest.Parse(badge.Without(from).Text()) }
	subject := "/endorsement/0/credentialSubject"
	both := []any{"EndorsementSubject", "VerifiableCredential", "OpenBadgeCredential"}
	renamed, plain := moved("/credentialStatus"), moved("/validUntil")
	renamed[cred+"credentialStatus"] = status
	plain[cred+"validUntil"] = map[string]any{"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": badge["validUntil"]}
	keyword := moved("/id")
	keyword["@id"] = badge["id"]
	for _, row := range []struct {
		name string
		doc  verifiertest.Doc
		want want
	}{
		{"as it was signed", badge, revoked()},
		{"the status under its IRI", renamed, refused(verifier.CheckProof, "context.iri_name")},
		{"the end under its IRI", plain, refused(verifier.CheckProof, "context.iri_name")},
		{"the id as a keyword", keyword, refused(verifier.CheckProof, "context.keyword")},
		{
			"the status where an endorsement mentions the badge",
			moved("/credentialStatus").With(subject+"/type", both).With(subject+"/credentialStatus", status),
			refused(verifier.CheckProof, "context.elsewhere"),
		},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, row.doc.Text()), row.want) })
	}
	t.Run("a badge that holds, with an endorsement and a text in a language", func(t *testing.T) {
		good := w.School.Badge().With("/endorsement", []any{map[string]any(about)}).With("/credentialStatus", entry("8"))
		look(t, check(t, w, proved(t, w.School, good).Text()), ok())
	})
}
