package crosscheck_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/oidc"
	"github.com/openlaurel/laurel/test/npmtest"
)

const cameBack = "http://127.0.0.1:1/console/sign-in/sso/back"

// browse follows a browser through a sign-in service to where it comes back.
func browse(t *testing.T, address string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), cameBack) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	at, err := res.Location()
	if err != nil {
		t.Fatalf("the browser ends at %s: %d", res.Request.URL, res.StatusCode)
	}
	return at.Query()
}

func TestPeopleSignInByOthersServices(t *testing.T) {
	npmtest.Dir(t)
	tests := []struct{ name, alg, method string }{
		{"RS256 and the secret in the header", "RS256", "client_secret_basic"},
		{"ES256 and the secret in the form", "ES256", "client_secret_post"},
		{"PS256", "PS256", "client_secret_basic"},
		{"EdDSA and no secret", "EdDSA", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := map[string]any{
				"client_id": "laurel", "redirect_uris": []string{cameBack}, "response_types": []string{"code"}, "grant_types": []string{"authorization_code"},
				"id_token_signed_response_alg": tt.alg, "token_endpoint_auth_method": tt.method,
			}
			secret := ""
			if tt.method != "none" {
				secret = "a secret with + and /, and 100 % of it"
				client["client_secret"] = secret
			}
			served := npmtest.Serve(t, "oidc-provider.mjs", map[string]any{
				"client": client, "account": map[string]any{"sub": "u-17", "name": "Amina Otieno", "email": "amina@school.example", "email_verified": true},
			})
			var service struct{ Issuer string }
			served.Next(&service)
			out := fetch.New(fetch.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
			c := oidc.New(oidc.Config{Issuer: service.Issuer, ClientID: "laurel", Secret: secret, Redirect: cameBack, HTTP: out.HTTP(), PlainHTTP: out.PlainHTTP})
			address, keep, err := c.Begin(t.Context(), "a-state-of-twenty-characters")
			if err != nil {
				t.Fatal(err)
			}
			q := browse(t, address)
			if q.Get("iss") != service.Issuer || q.Get("state") != "a-state-of-twenty-characters" {
				t.Errorf("the answer: %v", q)
			}
			who, err := c.End(t.Context(), keep, q)
			if err != nil || who.Subject != "u-17" || who.Name != "Amina Otieno" || who.Email != "amina@school.example" || !who.Verified {
				t.Errorf("%+v, %v", who, err)
			}
			if _, err := c.End(t.Context(), keep, q); fault.Describe(err).Code != "signon.refused" {
				t.Errorf("the same answer again: %v", err)
			}
			_, other, err := c.Begin(t.Context(), "a-state-of-twenty-characters")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.End(t.Context(), other, browse(t, address)); fault.Describe(err).Code != "signon.refused" {
				t.Errorf("an answer to another's challenge: %v", err)
			}
		})
	}
}
