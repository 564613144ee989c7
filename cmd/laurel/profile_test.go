package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/verifier"
)

const owl = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/><script>alert(1)</script></svg>`

// saidOfIssuer returns what an embedded credential says of its issuer.
func saidOfIssuer(t *testing.T, c issuer.Credential) ijson.Value {
	t.Helper()
	doc, err := ijson.Parse(c.Signed, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Member("issuer")
}

func TestNewCredentialsSayTheNewProfileAndOldOnesStay(t *testing.T) {
	a, award := awarded(t)
	before, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.DataIntegrity}, "test")
	if err != nil {
		t.Fatal(err)
	}
	old, err := a.catalog.Issuer(t.Context(), "school")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.catalog.ReviseIssuer(t.Context(), "school", catalog.NewIssuer{Name: "New “School” & sons", Description: "Teaches.", Image: &catalog.Image{Alt: "An owl", Data: []byte(owl)}}); err != nil {
		t.Fatal(err)
	}
	next, err := a.awards.Award(t.Context(), issuer.Request{AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ben"}})
	if err != nil {
		t.Fatal(err)
	}
	after, err := a.awards.IssueAs(t.Context(), next.Award.ID, issuer.As{Form: proof.DataIntegrity}, "test")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]issuer.Credential{"before, embedded": before, "after, embedded": after, "before, JWT": award.Credentials[0], "after, JWT": next.Award.Credentials[0]} {
		if r := a.verifier.Check(t.Context(), verifier.Input{File: c.Signed}, verifier.Policy{}); r.Verdict != verifier.Valid {
			t.Errorf("%s: %s %+v", name, r.Verdict, r.Checks)
		}
	}
	was, is := saidOfIssuer(t, before), saidOfIssuer(t, after)
	if was.Member("name").Text() != old.Name || was.Member("email").Text() != old.Email || was.Member("id").Text() != old.DID {
		t.Errorf("before: %s", ijson.Append(nil, was))
	}
	image := is.Member("image").Member("id").Text()
	if _, mail := is.Get("email"); is.Member("name").Text() != "New “School” & sons" || is.Member("description").Text() != "Teaches." || mail ||
		is.Member("id").Text() != old.DID || is.Member("image").Member("caption").Text() != "An owl" || !strings.HasSuffix(image, "/issuers/school/image.svg") {
		t.Errorf("after: %s", ijson.Append(nil, is))
	}
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/issuers/school/image.svg": http.StatusOK, "/issuers/school/image.png": http.StatusNotFound, "/issuers/nobody/image.svg": http.StatusNotFound} {
		rec := httptest.NewRecorder()
		srv.Engine().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != want {
			t.Errorf("%s: %d", path, rec.Code)
		}
		if want == http.StatusOK && (strings.Contains(rec.Body.String(), "script") || !strings.Contains(rec.Header().Get("Content-Security-Policy"), "sandbox") ||
			rec.Header().Get("Content-Type") != "image/svg+xml") {
			t.Errorf("%s: %v %s", path, rec.Header(), rec.Body)
		}
	}
}
