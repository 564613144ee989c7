package openid4vci_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
)

// FuzzCredentialRequest: whatever a stranger sends is refused as the protocol says, and nothing is issued without a proof that
// holds.
func FuzzCredentialRequest(f *testing.F) {
	f.Add("application/json", `{"credential_configuration_id":"badge-sdjwt","proofs":{"jwt":["a.b.c"]}}`, "")
	f.Add("application/json", `{"format":"vc+sd-jwt","proof":{"proof_type":"jwt","jwt":"e30.e30."}}`, "x")
	f.Add("application/json", `{"credential_identifier":"badge-sdjwt","proofs":{"di_vp":[{"proof":{}}],"x":1}}`, "e30.e30.e30")
	f.Add("application/jwt", "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSJ9....", "")
	f.Add("application/json", `{"credential_response_encryption":{"jwk":{},"enc":"A128GCM"}}`, "")
	f.Fuzz(func(t *testing.T, media, body, proof string) {
		w := newWorld(t, offer.Unguarded)
		token := w.token(jwtForm)
		for _, path := range []string{openid4vci.CredentialPath, openid4vci.DeferredPath, openid4vci.NotificationPath} {
			header := http.Header{"Content-Type": {media}, "Authorization": {"Bearer " + token}}
			if proof != "" {
				header.Set("DPoP", proof)
			}
			if a := w.sendWith(http.MethodPost, path, header, body); a.status < 400 || a.status >= 500 {
				t.Errorf("%s: %d %s", path, a.status, a.raw)
			}
		}
		if len(w.store.issued) > 0 {
			t.Error("something was issued")
		}
	})
}

// FuzzAuthorizationRequest: an address that is taken leads to a website over TLS, to the own machine, or to an app; it never runs in
// a browser, and never changes the policy of the page that names it.
func FuzzAuthorizationRequest(f *testing.F) {
	for _, address := range []string{redirect, "wallet.app:/cb", "http://[::1]:9/", "javascript:alert(1)", "https://a;b/", "//x", "https:x", " https://x", "a b:c", "HTTPS://x", "x:"} {
		f.Add(address, "state", verifier)
	}
	w := newWorld(f, offer.Unguarded)
	good := w.authorization()
	f.Fuzz(func(t *testing.T, address, state, challenge string) {
		form := url.Values{}
		for name, v := range good {
			form[name] = v
		}
		form.Set("redirect_uri", address)
		form.Set("state", state)
		form.Set("code_challenge", challenge)
		r := httptest.NewRequest(http.MethodPost, openid4vci.PushPath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		w.engine.ServeHTTP(rec, r)
		if rec.Code != http.StatusCreated {
			if rec.Code != http.StatusBadRequest {
				t.Errorf("%q: %d %s", address, rec.Code, rec.Body)
			}
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme == "" || strings.ContainsAny(u.Host, "; ,'\"") || strings.ContainsAny(address, " \r\n\t#") {
			t.Fatalf("%q is taken", address)
		}
		for _, bad := range []string{"javascript", "data", "vbscript", "blob", "file"} {
			if strings.EqualFold(u.Scheme, bad) {
				t.Errorf("%q is taken", address)
			}
		}
		if len(challenge) != 43 || strings.ContainsAny(state, "\r\n") {
			t.Errorf("challenge %q or state %q is taken", challenge, state)
		}
	})
}
