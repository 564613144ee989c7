package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/wallet"
)

// consent answers as the protocol does; the client's name says what of.
type consent struct{ words []string }

func (c *consent) Asked(_ context.Context, q url.Values) (wallet.Asked, error) {
	a := wallet.Asked{Request: q.Get("request_uri"), Client: q.Get("client_id"), Redirect: "https://wallet.example:8443/cb"}
	a.Offer = offer.Offer{AwardID: "awd_private"}
	switch a.Client {
	case "app":
		a.Redirect = "good.wallet:/cb"
	case "guarded":
		a.Offer.TxHash = []byte{1}
	case "web<b>":
	default:
		return a, fault.New(fault.Invalid, nil, "no request of ours").Code("authorization.request")
	}
	return a, nil
}

func (c *consent) Allow(ctx context.Context, q url.Values, code string) (string, error) {
	a, err := c.Asked(ctx, q)
	if err != nil {
		return "", err
	}
	c.words = append(c.words, "allow "+a.Client+" "+code)
	if a.Client == "guarded" && code != "493027" {
		return "", fault.New(fault.Invalid, nil, "wrong").Code(wallet.TxWrong)
	}
	return a.Redirect + "?code=x", nil
}

func (c *consent) Deny(ctx context.Context, q url.Values) (string, error) {
	a, err := c.Asked(ctx, q)
	c.words = append(c.words, "deny "+a.Client)
	return a.Redirect + "?error=access_denied", err
}

func TestThePageOfConsentNamesWhoAsksAndWhereTheBadgeGoes(t *testing.T) { // threat O18
	w := newWorld(t, base)
	for client, want := range map[string]struct{ says, policy string }{
		"web<b>":  {"wallet.example:8443", "form-action &#39;self&#39; https://wallet.example:8443;"},
		"app":     {"good.wallet", "form-action &#39;self&#39; good.wallet:;"},
		"guarded": {"digits that you were sent", "form-action &#39;self&#39; https://wallet.example:8443;"},
	} {
		rec := w.ask(http.MethodGet, "/openid4vci/authorize?"+url.Values{"client_id": {client}, "request_uri": {"urn:x"}}.Encode(), nil)
		body, policy := rec.Body.String(), rec.Header().Get("Content-Security-Policy")
		if rec.Code != http.StatusOK || !strings.Contains(body, want.says) || !strings.Contains(body, "We do not know this wallet") || strings.Contains(body, "<b>") {
			t.Errorf("%s: %d %.400s", client, rec.Code, body)
		}
		if !strings.Contains(policy, strings.ReplaceAll(want.policy, "&#39;", "'")) || strings.Contains(policy, "unsafe") || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", client, rec.Header())
		}
	}
	if rec := w.ask(http.MethodGet, "/openid4vci/authorize?client_id=none", nil); rec.Code != http.StatusBadRequest || rec.Header().Get("Location") != "" {
		t.Errorf("a bad request: %d", rec.Code)
	}
	if len(w.consent.words) > 0 {
		t.Errorf("looking says %v", w.consent.words)
	}
}

func TestTheWordOfAPerson(t *testing.T) {
	w := newWorld(t, base)
	post := func(client string, fields ...string) (int, string) {
		rec := w.ask(http.MethodPost, "/openid4vci/authorize?client_id="+url.QueryEscape(client)+"&request_uri=urn:x", form(fields...), "Content-Type", urlencoded)
		return rec.Code, rec.Header().Get("Location")
	}
	for name, c := range map[string]struct {
		client, answer, code string
		status               int
		to                   string
	}{
		"yes":                           {"app", "allow", "", http.StatusSeeOther, "good.wallet:/cb?code=x"},
		"no":                            {"app", "deny", "", http.StatusSeeOther, "good.wallet:/cb?error=access_denied"},
		"nothing":                       {"app", "", "", http.StatusSeeOther, "good.wallet:/cb?error=access_denied"},
		"yes, with the code":            {"guarded", "allow", "493 027", http.StatusSeeOther, "https://wallet.example:8443/cb?code=x"},
		"yes, with a wrong code":        {"guarded", "allow", "000000", http.StatusUnprocessableEntity, ""},
		"yes to a request that is none": {"none", "allow", "", http.StatusBadRequest, ""},
	} {
		if status, to := post(c.client, "answer", c.answer, "tx_code", c.code); status != c.status || to != c.to {
			t.Errorf("%s: %d to %q", name, status, to)
		}
	}
	n := len(w.consent.words)
	rec := w.ask(http.MethodPost, "/openid4vci/authorize?client_id=app&request_uri=urn:x", form("answer", "allow"), "Content-Type", urlencoded, "Origin", "https://evil.example")
	if rec.Code != http.StatusForbidden || len(w.consent.words) != n {
		t.Errorf("from elsewhere: %d", rec.Code)
	}
}
