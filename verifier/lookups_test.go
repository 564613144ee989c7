package verifier_test

import (
	"fmt"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestOneDocumentAsksFew: N11. Even where nobody is asked whom to trust, a badge with many endorsements by many issuers, with
// a status list each, makes few requests; those that were not looked up are unknown.
func TestOneDocumentAsksFew(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const many = limits.LookUps + 8
	endorsements, lists := make([]any, many), 0
	for i := range many {
		by := verifiertest.NewIssuer(t, w.Web, fmt.Sprintf("did:web:e%d.example", i), keys.EdDSA)
		url := fmt.Sprintf("https://e%d.example/status/1", i)
		by.PublishList(t, keys.EdDSA, verifiertest.StatusList{URL: url, From: verifiertest.Now()})
		endorsements[i] = by.JWT(keys.EdDSA, by.Endorsement("https://school.example/c/1").
			With("/credentialStatus", verifiertest.Entry(url, "revocation", "1")).Claims())
	}
	before := w.Web.Requests()
	badge := w.Stranger.JWT(keys.ES256, w.Stranger.Badge().With("/endorsementJwt", endorsements).Claims())
	r := w.Verifier().Check(t.Context(), verifier.Input{Text: badge}, verifier.Policy{Waive: verifier.TrustUnsafe})
	look(t, r, ok())
	if n := w.Web.Requests() - before; n > limits.LookUps {
		t.Errorf("%d requests", n)
	}
	for _, n := range r.Nested {
		switch c := n.Result.Check(verifier.CheckStatus); c.Code {
		case "status.clear":
			lists++
		case "limits.look_ups":
			look(t, n.Result, unclear(verifier.CheckStatus, "limits.look_ups"))
		}
		if b := n.Result.Check(verifier.CheckBinding); b.Outcome != verifier.Pass {
			look(t, n.Result, unclear(verifier.CheckBinding, "limits.look_ups"))
		}
	}
	if lists == 0 || lists >= many {
		t.Errorf("%d of %d lists were read", lists, many)
	}
}
