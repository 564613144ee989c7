package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// several is a credential of no Open Badges type, about two people with an achievement each: the data model allows it.
func several(w *verifiertest.World, second string) string {
	first := w.School.Badge()["credentialSubject"]
	other := w.School.Badge().With("/credentialSubject/id", "did:example:second").
		With("/credentialSubject/achievement/name", "Surgery").With("/credentialSubject/achievement/achievementType", second)
	return w.School.VCJWT(keys.ES256, w.School.Badge().
		With("/type", []any{"VerifiableCredential"}).With("/credentialSubject", []any{first, other["credentialSubject"]}))
}

// TestSeveralSubjects: K10 for the second subject, and a recipient sees their own achievement, not their neighbour's.
func TestSeveralSubjects(t *testing.T) {
	w := verifiertest.NewWorld(t)
	list, err := trust.New(trust.Entry{ID: w.School.ID, Types: []string{"Certificate"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Trust = list
	look(t, check(t, w, several(w, "Certificate")), ok())
	look(t, check(t, w, several(w, "License")), unclear(verifier.CheckTrust, "trust.type_not_allowed"))
	for _, row := range []struct{ recipient, at, achievement string }{
		{"urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7", "/credentialSubject/0/id", "Welding"},
		{"did:example:second", "/credentialSubject/1/id", "Surgery"},
	} {
		r := w.Verifier().Check(t.Context(), verifier.Input{Text: several(w, "Certificate")}, verifier.Policy{Recipient: row.recipient})
		look(t, r, want{verifier.Valid, verifier.CheckSubject, verifier.Pass, "subject.id"})
		if at := r.Check(verifier.CheckSubject).At; at != row.at || r.Achievement.Name != row.achievement || r.Recipient.ID != row.recipient {
			t.Errorf("%s: at %s, %+v, %+v", row.recipient, at, r.Achievement, r.Recipient)
		}
	}
	one := w.Verifier().Check(t.Context(), verifier.Input{Text: signed(w, w.School.Badge())},
		verifier.Policy{Recipient: "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7"})
	if at := one.Check(verifier.CheckSubject).At; at != "/credentialSubject/id" {
		t.Errorf("a single subject is at %s", at)
	}
}
