package verifier_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fetch"
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

// slowList answers with the list that stood there when it was asked, after something else has happened.
type slowList struct {
	verifier.Fetcher
	url       string
	meanwhile func()
}

func (s *slowList) Get(ctx context.Context, url, accept string) (*fetch.Response, error) {
	res, err := s.Fetcher.Get(ctx, url, accept)
	if f := s.meanwhile; url == s.url && f != nil {
		s.meanwhile = nil
		f()
	}
	return res, err
}

// TestAListThatIsOvertakenOnTheWayIsNoRollback: two requests ask at the same moment, the list changes between them, and the
// older answer comes last. The newer one is taken; asked for afterwards, the older one is refused (S07).
func TestAListThatIsOvertakenOnTheWayIsNoRollback(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const url = "https://school.example/status/1"
	badge := func(index string) string {
		return signed(w, w.School.Badge().With("/credentialStatus", verifiertest.Entry(url, "revocation", index)))
	}
	older := verifiertest.StatusList{URL: url, From: w.Clock().Add(-time.Hour)}
	w.School.PublishList(t, keys.ES256, older)
	slow := &slowList{Fetcher: w.Web, url: url}
	v := verifier.New(verifier.Config{Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Fetch: slow, Trust: w.Trust, Clock: w.Clock})
	ask := func(index string) verifier.Result {
		return v.Check(t.Context(), verifier.Input{Text: badge(index)}, verifier.Policy{})
	}
	slow.meanwhile = func() {
		w.School.PublishList(t, keys.ES256, verifiertest.StatusList{URL: url, From: w.Clock().Add(-time.Minute), Set: []int{7}})
		look(t, ask("7"), refused(verifier.CheckStatus, "status.revoked"))
	}
	look(t, ask("8"), want{verifier.Valid, verifier.CheckStatus, verifier.Pass, "status.clear"})

	w.School.PublishList(t, keys.ES256, older)
	w.Pass(2 * limits.StatusTTLMaximum)
	look(t, ask("8"), unclear(verifier.CheckStatus, "status.rollback"))
}
