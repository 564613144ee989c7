package verifier_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestAPresentationIsNoCredential: what a wallet presents is named, and neither valid nor called broken.
func TestAPresentationIsNoCredential(t *testing.T) {
	w := verifiertest.NewWorld(t)
	for name, text := range map[string]string{
		"with a proof":    `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation","proof":{}}`,
		"without a proof": `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			look(t, check(t, w, text), unclear(verifier.CheckForm, "form.presentation"))
		})
	}
}

// TestAResultSaysForWhenItJudges: a verdict for another moment than now must not be read as one for now.
func TestAResultSaysForWhenItJudges(t *testing.T) {
	w := verifiertest.NewWorld(t)
	in := verifier.Input{Text: proved(t, w.School, w.School.Badge()).Text()}
	if r := w.Verifier().Check(t.Context(), in, verifier.Policy{}); r.JudgedFor != nil {
		t.Errorf("judged for %s although nobody asked", r.JudgedFor)
	}
	then := verifiertest.Now().Add(-24 * time.Hour)
	if r := w.Verifier().Check(t.Context(), in, verifier.Policy{At: then}); r.JudgedFor == nil || !r.JudgedFor.Equal(then) {
		t.Errorf("judged for %v, asked for %s", r.JudgedFor, then)
	}
}
