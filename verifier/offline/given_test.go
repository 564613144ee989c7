package offline_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/trust"
)

// A pack that came with a badge finds faults, and proves nothing: its maker may have made up the badge, too.
func TestAPackThatIsHandedOverProvesNoKey(t *testing.T) {
	w, badge, pack := world(t)
	school, err := trust.New(trust.Entry{ID: w.School.ID})
	if err != nil {
		t.Fatal(err)
	}
	forged := pack // its maker says that everybody trusts the school, and trusts itself
	forged.Trust = []trust.Entry{{ID: w.School.ID, Own: true}}
	for name, c := range map[string]struct {
		pack    offline.Pack
		list    *trust.List
		text    string
		verdict verifier.Verdict
		check   verifier.CheckID
		code    string
	}{
		"a good badge is undecided":              {pack, school, badge("5"), verifier.Undecided, verifier.CheckBinding, offline.CodeGiven},
		"a revoked one is found":                 {pack, school, badge("7"), verifier.Invalid, verifier.CheckStatus, "status.revoked"},
		"a changed letter is found":              {pack, school, badge("5")[:len(badge("5"))-6] + "AAAAAA", verifier.Invalid, verifier.CheckProof, "jose.signature"},
		"the pack's own trust is not looked at":  {forged, &trust.List{}, badge("5"), verifier.Undecided, verifier.CheckTrust, "trust.unknown_issuer"},
		"somebody of whom the pack says nothing": {pack, school, w.Stranger.VCJWT(keys.ES256, w.Stranger.Badge()), verifier.Undecided, verifier.CheckBinding, "fetch.offline"},
	} {
		t.Run(name, func(t *testing.T) {
			given, err := c.pack.Given(w.Clock, c.list)
			if err != nil {
				t.Fatal(err)
			}
			r := given.Check(t.Context(), verifier.Input{File: []byte(c.text)}, verifier.Policy{})
			if r.Verdict != c.verdict {
				t.Errorf("it is %s", r.Verdict)
			}
			for _, k := range r.Checks {
				if k.ID == c.check && k.Code != c.code {
					t.Errorf("%s is %s: %s", k.ID, k.Code, k.Detail)
				}
				if k.Code == offline.CodeGiven && !strings.Contains(k.Detail, w.Clock().UTC().Format("2 January 2006")) {
					t.Errorf("it does not say as of when: %s", k.Detail)
				}
			}
			if r.Issuer != nil && r.Issuer.Domain != "" {
				t.Errorf("%s counts as verified", r.Issuer.Domain)
			}
		})
	}
	bad := pack
	bad.Identities = map[string]json.RawMessage{w.School.ID: json.RawMessage(`{}`)}
	if _, err := bad.Given(w.Clock, school); err == nil {
		t.Error("keys without an identity were taken")
	}
}
