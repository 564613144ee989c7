package verifier_test

import (
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/testvectors"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestMalformedCredentials is row D01: whatever breaks a rule of the data model is not valid, although the issuer signed it
// properly; the result has the code and the place. What follows the model is valid.
func TestMalformedCredentials(t *testing.T) {
	base, cases, err := testvectors.Changes("vcdm/credential.json")
	if err != nil || len(cases) < 200 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	w := verifiertest.NewWorld(t)
	for _, c := range cases {
		if c.Static {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			before := w.Web.Requests() - w.Web.Count(w.School.KeysURL())
			r := check(t, w, w.School.VCJWT(keys.EdDSA, verifiertest.Doc(c.Apply(base))))
			allChecks(t, r)
			verdict := verifier.Valid
			switch {
			case c.Unknown:
				verdict = verifier.Undecided
			case c.Code != "":
				verdict = verifier.Invalid
			}
			if r.Verdict != verdict || c.Code != "" && !says(r, c.Code, c.At) {
				t.Errorf("want %s, %s at %s\n%s", verdict, c.Code, c.At, summary(r))
			}
			if n := w.Web.Requests() - w.Web.Count(w.School.KeysURL()) - before; n != 0 {
				t.Errorf("%d requests for addresses in the credential", n)
			}
		})
	}
}

// TestMalformedPresentations is the same for what a wallet presents.
func TestMalformedPresentations(t *testing.T) {
	_, cases, err := testvectors.Changes("vcdm/presentation.json")
	if err != nil || len(cases) < 25 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	s := newStage(t)
	base := s.presentation(s.envelope(s.badge()))
	for _, c := range cases {
		if c.Static {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			r := judge(t, s.World, vpjwt(s.holder, answer(verifiertest.Doc(c.Apply(base)))), asked())
			if (r.Verdict == verifier.Valid) != (c.Code == "") {
				t.Fatalf("%s, %+v", r.Verdict, r.Checks)
			}
			if c.Code == "" {
				return
			}
			for _, ch := range r.Checks {
				if ch.Outcome == verifier.Fail && ch.Code == c.Code && ch.At == c.At {
					return
				}
			}
			t.Errorf("want %s at %s, got %+v", c.Code, c.At, r.Checks)
		})
	}
}

// says reports whether a check that does not pass has that code and place.
func says(r verifier.Result, code, at string) bool {
	for _, c := range r.Checks {
		if c.Outcome != verifier.Pass && c.Code == code && c.At == at {
			return true
		}
	}
	return false
}
