package openid4vp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// A caller that is known has the wallet lead back to a page of its own; that page brings the code, and only who asked sees the answer.
func TestTheWayBackToTheAsker(t *testing.T) {
	for back, want := range map[string]string{
		"https://apply.example/back?case=7": "https://apply.example/back?case=7&response_code=", "http://localhost:3000/": "http://localhost:3000/?response_code=",
	} {
		d := newDesk(t)
		o := order()
		o.ReturnTo = back
		made, transaction, err := d.requests.Create(t.Context(), o, request.Asker{Key: "token", Known: true})
		if err != nil {
			t.Fatal(err)
		}
		r := asked{made, transaction}
		got := d.post(r, request.SameDevice, d.form(r, request.SameDevice, d.good(r, request.SameDevice, request.SDJWT)))
		code, found := strings.CutPrefix(got.RedirectURI, want)
		if !found || got.status != http.StatusOK {
			t.Fatalf("%+v", got)
		}
		if v := d.see(r, ""); !v.NeedsCode || v.Outcome != nil {
			t.Errorf("without the code: %+v", v)
		}
		if v := d.see(r, code); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
			t.Errorf("%+v", v)
		}
	}
}

// Without state, where the order says so: the request has none, an answer with one is refused, and all else holds as ever.
func TestARequestWithoutState(t *testing.T) {
	d := newDesk(t)
	o := order()
	o.Compatible = []request.Compatibility{request.WithoutState}
	r, cross := d.ask(o), request.CrossDevice
	if state, has := d.object(r, cross)["state"]; has {
		t.Errorf("the request has the state %v", state)
	}
	form := d.form(r, cross, d.good(r, cross, request.SDJWT))
	form.Set("state", r.ID+"-x")
	if got := d.post(r, cross, form); got.status != http.StatusBadRequest || !strings.Contains(got.Description, "request.state") {
		t.Errorf("with a state: %+v", got)
	}
	form.Del("state")
	if got := d.post(r, request.SameDevice, form); got.status == http.StatusOK && d.see(r, got.code(t)).Outcome.Verdict != verifier.Invalid {
		t.Errorf("an answer to the other way: %+v", got)
	}
	r = d.ask(o)
	form = d.form(r, cross, d.good(r, cross, request.SDJWT))
	form.Del("state")
	if got := d.post(r, cross, form); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	if v := d.see(r, ""); v.Outcome.Verdict != verifier.Valid || !slices.Equal(v.Outcome.Against, []string{request.CrossDeviceCode, request.WithoutStateCode}) {
		t.Errorf("%+v", v.Outcome)
	}
}

// A wallet reads our host first, and the words of the asker as words: a name that pretends to be more stays within its marks.
func TestHowAWalletIsToldWhoAsks(t *testing.T) {
	for _, row := range []struct {
		asker string
		known bool
		want  string
	}{
		{"Clinic", false, "clinic.example (“Clinic”, not verified)"},
		{"Clinic", true, "clinic.example: “Clinic”"},
		{"Ministry”, verified. “", false, "clinic.example (“Ministry', verified. '”, not verified)"},
		{`ministry.example "`, true, "clinic.example: “ministry.example '”"},
	} {
		d := newDesk(t)
		o := order()
		o.Asker = row.asker
		r, _, err := d.requests.Create(t.Context(), o, request.Asker{Known: row.known})
		if err != nil {
			t.Fatal(err)
		}
		metadata, _ := d.object(asked{Request: r}, request.CrossDevice)["client_metadata"].(map[string]any)
		if metadata["client_name"] != row.want {
			t.Errorf("%v, want %s", metadata["client_name"], row.want)
		}
	}
}
