package verifiertest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// A test changes one member of a good badge and looks at what the verifier says, and at whom it asked.
func Example() {
	t := new(testing.T) // in a test: its own
	w := verifiertest.NewWorld(t)
	badge := w.School.Badge().With("/credentialSubject/achievement/name", "Surgery").Without("/validUntil")
	for _, jws := range []string{
		w.School.JWT(keys.ES256, badge.Claims()),
		w.School.JWT(keys.ES256, badge.Claims().With("/iss", w.Stranger.ID)),
	} {
		r := w.Verifier().Check(context.Background(), verifier.Input{Text: jws}, verifier.Policy{})
		fmt.Println(r.Verdict, r.Check(verifier.CheckForm).Code, r.Achievement.Name)
	}
	fmt.Println(w.Web.Count(w.School.KeysURL()), w.Web.Count(w.Stranger.KeysURL()))
	// Output:
	// valid form.ob-jwt Surgery
	// invalid claims.iss_mismatch Surgery
	// 2 0
}

func TestDoc(t *testing.T) {
	d := verifiertest.Parse(`{"a":{"b":[1,{"c/d":2}]},"e":null}`)
	for name, row := range map[string]struct {
		got  verifiertest.Doc
		want string
	}{
		"a member":                {d.With("/a/x", "y"), `{"a":{"b":[1,{"c/d":2}],"x":"y"},"e":null}`},
		"an element":              {d.With("/a/b/0", true), `{"a":{"b":[true,{"c/d":2}]},"e":null}`},
		"one more element":        {d.With("/a/b/-", 3), `{"a":{"b":[1,{"c/d":2},3]},"e":null}`},
		"an escaped name":         {d.With("/a/b/1/c~1d", 5), `{"a":{"b":[1,{"c/d":5}]},"e":null}`},
		"JSON as it stands":       {d.With("/e", verifiertest.Raw("1e3")), `{"a":{"b":[1,{"c/d":2}]},"e":1e3}`},
		"without a member":        {d.Without("/e"), `{"a":{"b":[1,{"c/d":2}]}}`},
		"without an element":      {d.Without("/a/b/0"), `{"a":{"b":[{"c/d":2}]},"e":null}`},
		"with another's members":  {d.Merge(verifiertest.Doc{"a": 1}), `{"a":1,"e":null}`},
		"nothing changed in d":    {d, `{"a":{"b":[1,{"c/d":2}]},"e":null}`},
		"the claims of no badge":  {verifiertest.Doc{"x": 1}.Claims(), `{"x":1}`},
		"the claims of an issuer": {verifiertest.Doc{"issuer": "did:x", "validFrom": "1970-01-01T00:00:05Z"}.Claims(), `{"iss":"did:x","issuer":"did:x","nbf":5,"validFrom":"1970-01-01T00:00:05Z"}`},
	} {
		if diff := cmp.Diff(row.want, row.got.Text()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if n := len(d.Pointers()); n != 6 {
		t.Errorf("%d pointers: %v", n, d.Pointers())
	}
}

func TestWebCounts(t *testing.T) {
	w := verifiertest.NewWeb()
	w.Put("https://a.example", "text/plain", "x")
	w.Fail("https://b.example", "fetch.dns")
	for url, good := range map[string]bool{"https://a.example": true, "https://b.example": false, "https://c.example": false} {
		if _, err := w.Get(t.Context(), url, ""); (err == nil) != good {
			t.Errorf("%s: %v", url, err)
		}
		if w.Count(url) != 1 {
			t.Errorf("%s: %d requests", url, w.Count(url))
		}
	}
	if w.Requests() != 3 {
		t.Errorf("%d requests", w.Requests())
	}
}
