package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestAKeptListSpeaksForItsIssuerAlone: a list that was read for one issuer's credential says nothing of another's that names it.
func TestAKeptListSpeaksForItsIssuerAlone(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.Trusting(t, w.School.ID, w.Stranger.ID)
	w.School.PublishList(t, keys.EdDSA, list())
	v := w.Verifier()
	look(t, v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry("5"))}, verifier.Policy{}), clear())
	other := w.Stranger.Badge().With("/credentialStatus", entry("5"))
	look(t, v.Check(t.Context(), verifier.Input{Text: w.Stranger.JWT(keys.ES256, other.Claims())}, verifier.Policy{}), unknown("status.issuer_mismatch"))
}
