package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/issuer/access"
)

func TestASwitchForWalletsIsMovedByOwnersOfEveryIssuer(t *testing.T) {
	o := newOffice(t)
	page := words(o.get("/console/wallets"))
	for _, want := range []string{"revoked for good", "counts from the next wallet on", "The configuration of the server decides this"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if rec := o.send("/console/wallets", "switch", "haip", "value", "on"); rec.Code != http.StatusUnprocessableEntity || len(o.switched) > 0 {
		t.Errorf("one that the configuration holds: %d", rec.Code)
	}
	if rec := o.send("/console/wallets", "switch", "unbound", "value", "supersede"); rec.Code != http.StatusSeeOther || len(o.switched) != 1 ||
		o.switched[0] != "unbound supersede console" {
		t.Errorf("%d %v", rec.Code, o.switched)
	}
	_, cookie, csrf := o.signInAs(t, access.Grant{IssuerID: "iss_1", Role: access.Owner})
	if rec := o.ask(http.MethodGet, "/console/wallets", nil, "Cookie", cookie); rec.Code != http.StatusForbidden {
		t.Errorf("an owner of one issuer: %d", rec.Code)
	}
	if code, _ := o.post("/console/wallets", cookie, csrf, "switch", "unbound", "value", "keep"); code != http.StatusForbidden || len(o.switched) != 1 {
		t.Errorf("a change by an owner of one issuer: %d", code)
	}
}
