package verifier_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// want is what must come of one input: a verdict, and the one check that says why.
type want struct {
	verdict verifier.Verdict
	check   verifier.CheckID
	outcome verifier.Outcome
	code    string
}

// ok is what must come of an accepted twin.
func ok() want { return want{verifier.Valid, verifier.CheckProof, verifier.Pass, "proof.ok"} }

func refused(check verifier.CheckID, code string) want {
	return want{verifier.Invalid, check, verifier.Fail, code}
}

func unclear(check verifier.CheckID, code string) want {
	return want{verifier.Undecided, check, verifier.Unknown, code}
}

func look(t testing.TB, r verifier.Result, w want) {
	t.Helper()
	allChecks(t, r)
	c := r.Check(w.check)
	got := want{r.Verdict, c.ID, c.Outcome, c.Code}
	if got != w {
		t.Errorf("got %v, want %v\n%s", got, w, summary(r))
	}
	if c.Detail == "" {
		t.Errorf("check %s says nothing to people", c.ID)
	}
}

// allChecks: every Result lists all ten checks once, in order, with an outcome and a code.
func allChecks(t testing.TB, r verifier.Result) {
	t.Helper()
	var ids []verifier.CheckID
	for _, c := range r.Checks {
		ids = append(ids, c.ID)
		if c.Outcome == "" || c.Code == "" {
			t.Errorf("check %s: outcome %q, code %q", c.ID, c.Outcome, c.Code)
		}
	}
	if d := cmp.Diff(verifier.CheckIDs(), ids); d != "" {
		t.Errorf("the checks of a result: %s", d)
	}
}

func summary(r verifier.Result) string {
	var b strings.Builder
	for _, c := range r.Checks {
		b.WriteString("  " + string(c.ID) + ": " + string(c.Outcome) + " " + c.Code + " " + c.At + " " + c.Detail + "\n")
	}
	for _, w := range r.Warnings {
		b.WriteString("  warning " + w.Code + " " + w.At + "\n")
	}
	return b.String()
}

// check verifies text with a new verifier of the world, as if it had been pasted.
func check(t testing.TB, w *verifiertest.World, text string) verifier.Result {
	t.Helper()
	return w.Verifier().Check(t.Context(), verifier.Input{Text: text}, verifier.Policy{})
}

func warned(r verifier.Result, code string) bool {
	for _, w := range r.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// parts cuts a compact JWS.
func parts(jws string) (header, payload, signature string) {
	p := strings.SplitN(jws, ".", 3)
	return p[0], p[1], p[2]
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// signed is a badge of the school as the school itself would issue it.
func signed(w *verifiertest.World, badge verifiertest.Doc) string {
	return w.School.JWT(keys.ES256, badge.Claims())
}

// parsed reads a document of the tests as a credential.
func parsed(t testing.TB, doc verifiertest.Doc) *credential.Credential {
	t.Helper()
	c, err := credential.Parse([]byte(doc.Text()))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
