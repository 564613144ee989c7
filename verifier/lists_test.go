package verifier_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestListCacheIsBoundedInBytes: a few kilobytes inflate to a list of 8 MiB; of such lists few are kept.
func TestListCacheIsBoundedInBytes(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	huge, err := status.New(8 * limits.InflatedBytes).Encoded()
	if err != nil {
		t.Fatal(err)
	}
	const lists = 8
	again := 0
	for range 2 {
		for i := range lists {
			url := fmt.Sprintf("https://school.example/status/huge-%d", i)
			l := list()
			l.URL = url
			w.Web.Put(url, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l).With("/credentialSubject/encodedList", huge)))
			look(t, v.Check(t.Context(), verifier.Input{Text: statusBadge(w, verifiertest.Entry(url, "revocation", "5"))}, verifier.Policy{}), clear())
			again += w.Web.Count(url) - 1
		}
	}
	if kept := lists - again; kept > 4 {
		t.Errorf("%d lists of 8 MiB were kept", kept)
	}
}

// TestTheTokenOfAListEnds: a list whose signature has ended is out of date, whatever the list inside says.
func TestTheTokenOfAListEnds(t *testing.T) {
	for name, row := range map[string]struct {
		exp  int64
		want want
	}{
		"ended this second": {verifiertest.Now().Unix(), unknown("status.stale")},
		"ends in a second":  {verifiertest.Now().Add(time.Second).Unix(), clear()},
	} {
		t.Run(name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.Web.Put(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, list()).With("/exp", row.exp)))
			look(t, check(t, w, statusBadge(w, entry("5"))), row.want)
		})
	}
}

// TestAListThatIsForgottenIsReadAgain: whoever has changed a list of its own sees it at once; any other copy stays.
func TestAListThatIsForgottenIsReadAgain(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	w.Web.Put(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, list())))
	for n, forgotten := range []string{"", listURL + "/embedded", listURL} {
		v.Forget(forgotten)
		look(t, v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry("5"))}, verifier.Policy{}), clear())
		if want := 1 + n/2; w.Web.Count(listURL) != want {
			t.Errorf("after %q the list was read %d times, want %d", forgotten, w.Web.Count(listURL), want)
		}
	}
}
