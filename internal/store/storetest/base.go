package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
)

func testBaseURLs(t *testing.T, f *Fixture) {
	if urls, err := f.Store.BaseURLs(f.ctx); err != nil || len(urls) != 0 {
		t.Errorf("at first: %v, %v", urls, err)
	}
	const first, second = "https://a.example", "https://b.example/badges"
	for n, url := range []string{first, second, first} {
		f.must(f.Store.UseBaseURL(f.ctx, url, Start().Add(time.Duration(n)*time.Second)))
	}
	if urls, err := f.Store.BaseURLs(f.ctx); err != nil || !slices.Equal(urls, []string{first, second}) {
		t.Errorf("the last one first: %v, %v", urls, err)
	}
	f.want(fault.Invalid, f.Store.UseBaseURL(f.ctx, "https://\x00", Start()), "a NUL in an address")
}

func testTrustLists(t *testing.T, f *Fixture) {
	here, there := f.Issuer("here"), f.Issuer("there")
	_, err := f.Store.TrustList(f.ctx, here.ID)
	f.want(fault.NotFound, err, "no list yet")
	for n, text := range []string{"old", "new", "newest"} {
		f.must(f.Store.InsertTrustList(f.ctx, here.ID, Start().Add(time.Duration(n)*time.Second), []byte(text), f.Event("trust.published", here.ID, "")))
	}
	if got, err := f.Store.TrustList(f.ctx, here.ID); err != nil || string(got) != "newest" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := f.events(here.ID, "trust.published"); n != 3 {
		t.Errorf("%d events", n)
	}
	f.want(fault.Conflict, f.Store.InsertTrustList(f.ctx, here.ID, Start(), []byte("again"), f.Event("trust.published", here.ID, "")), "two of one moment")
	_, err = f.Store.TrustList(f.ctx, there.ID)
	f.want(fault.NotFound, err, "the list of another issuer")
}

// testPageCredentials holds that a page tells of credentials what the award itself tells, but for their bytes.
func testPageCredentials(t *testing.T, f *Fixture) {
	s := f.School("page")
	two := f.Award(s)
	second := two.Credentials[0]
	second.ID, second.StatusIndex = f.ID(""), 9000
	two.Credentials = append(two.Credentials, second)
	f.must(f.Insert(two))
	want := []issuer.Award{f.Stored(s), two}
	page, _, err := f.Store.Awards(f.ctx, issuer.Filter{})
	f.must(err)
	for _, a := range want {
		for i := range a.Credentials {
			a.Credentials[i].Signed = nil
		}
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	_, _, err = f.Store.Awards(f.ctx, issuer.Filter{Query: strings.Repeat("%", 60_000)})
	f.want(fault.Invalid, err, "a search of 60,000 characters")
	if _, _, err := f.Store.Awards(f.ctx, issuer.Filter{Query: strings.Repeat("%_", 500)}); err != nil {
		t.Errorf("a search of 1,000: %v", err)
	}
}
