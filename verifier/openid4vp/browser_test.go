package openid4vp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const origin = "origin:" + base

// offered is the request of a protocol as the browser passes it on.
func (d *desk) offered(r asked, protocol string) verifiertest.Doc {
	d.t.Helper()
	all, err := d.api.BrowserRequests(d.t.Context(), r.Request)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, one := range all {
		if one.Protocol != protocol {
			continue
		}
		if signed, ok := one.Data["request"].(string); ok {
			return payload(d.t, signed)
		}
		raw, err := json.Marshal(one.Data)
		if err != nil {
			d.t.Fatal(err)
		}
		return verifiertest.Parse(string(raw))
	}
	d.t.Fatalf("%s is not offered: %+v", protocol, all)
	return nil
}

// got is what the browser gives the page: the answer of a wallet, encrypted to the key in the request.
func (d *desk) got(r asked, protocol string, answer map[string]any) string {
	d.t.Helper()
	var o struct {
		Metadata struct {
			Keys jose.JSONWebKeySet `json:"jwks"`
		} `json:"client_metadata"`
	}
	if err := json.Unmarshal([]byte(d.offered(r, protocol).Text()), &o); err != nil || len(o.Metadata.Keys.Keys) != 1 {
		d.t.Fatalf("%+v %v", o, err)
	}
	plain, err := json.Marshal(answer)
	if err != nil {
		d.t.Fatal(err)
	}
	key := o.Metadata.Keys.Keys[0]
	jwe := d.encrypted(jose.Recipient{Algorithm: jose.ECDH_ES, Key: key.Key, KeyID: key.KeyID}, jose.A256GCM, nil, string(plain))
	out, err := json.Marshal(map[string]any{"protocol": protocol, "data": map[string]any{"response": jwe}})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(out)
}

// shown is the badge for a request, with another audience or nonce where that is not empty.
func (d *desk) shown(r asked, protocol, audience, nonce string) map[string]any {
	d.t.Helper()
	b := sdjwt.Binding{Nonce: d.offered(r, protocol)["nonce"].(string), Audience: origin, At: d.Clock()}
	if audience != "" {
		b.Audience = audience
	}
	if nonce != "" {
		b.Nonce = nonce
	}
	return map[string]any{"vp_token": map[string]any{"badge-sd-jwt": []any{d.bound(d.selective(d.badge()), b)}}}
}

const unsigned, signed = "openid4vp-v1-unsigned", "openid4vp-v1-signed"

func TestTheBrowserBringsTheAnswer(t *testing.T) {
	for _, protocol := range []string{unsigned, signed} {
		d := newDesk(t)
		r := d.ask(order())
		o := d.offered(r, protocol)
		for _, never := range []string{"response_uri", "redirect_uri", "state"} {
			if _, has := o[never]; has {
				t.Errorf("%s has %s", protocol, never)
			}
		}
		_, named := o["client_id"]
		if o["response_mode"] != "dc_api.jwt" || o["response_type"] != "vp_token" || named != (protocol == signed) {
			t.Errorf("%s: %v", protocol, o)
		}
		if list, _ := o["expected_origins"].([]any); protocol == signed && (len(list) != 1 || list[0] != base) {
			t.Errorf("expected_origins %v", list)
		}
		receipt, err := d.api.BrowserAnswer(t.Context(), r.Request, []byte(d.got(r, protocol, d.shown(r, protocol, "", ""))))
		if err != nil || receipt.Verdict != verifier.Valid || receipt.ResponseCode != "" {
			t.Fatalf("%s: %+v %v", protocol, receipt, err)
		}
		v := d.see(r, "")
		if v.Outcome == nil || v.Outcome.Verdict != verifier.Valid || v.Outcome.Flow != "browser" || len(v.Outcome.Against) > 0 {
			t.Errorf("%+v", v.Outcome)
		}
		if _, err := d.api.BrowserAnswer(t.Context(), r.Request, []byte(d.got(r, protocol, d.shown(r, protocol, "", "")))); !fault.Is(err, fault.Invalid) {
			t.Errorf("a second answer: %v", err)
		}
	}
	d := newDesk(t)
	o := order()
	o.Client = request.RedirectURI
	if all, err := d.api.BrowserRequests(t.Context(), d.ask(o).Request); err != nil || len(all) != 1 || all[0].Protocol != unsigned {
		t.Errorf("%+v %v", all, err)
	}
	for name, change := range map[string]func(o *request.Order){
		"a draft":          func(o *request.Order) { o.Dialect = request.Legacy },
		"the VC-API":       func(o *request.Order) { o.Dialect, o.Client = request.VCAPI, "" },
		"another format":   func(o *request.Order) { o.Formats = []request.Format{request.LDP} },
		"a format besides": func(o *request.Order) { o.Formats = []request.Format{request.LDP, request.JWT} },
	} {
		o := order()
		change(&o)
		if all, err := d.api.BrowserRequests(t.Context(), d.ask(o).Request); err != nil || len(all) > 0 {
			t.Errorf("%s: %+v %v", name, all, err)
		}
	}
}

// An answer counts for our origin only, whatever the request was named; and for the nonce of this way.
func TestAnswersThatAnotherPageGot(t *testing.T) {
	for name, c := range map[string]struct {
		audience string
		nonce    func(r asked) string
		code     string
	}{
		"for another origin":       {audience: "origin:https://elsewhere.example", code: "vp.aud"},
		"for the client":           {audience: "decentralized_identifier:did:web:clinic.example", code: "vp.aud"},
		"for the origin, unmarked": {audience: base, code: "vp.aud"},
		"for our origin, slashed":  {audience: origin + "/", code: "vp.aud"},
		"for another device":       {nonce: func(r asked) string { return r.NonceFor(request.CrossDevice) }, code: "vp.nonce"},
	} {
		for _, protocol := range []string{unsigned, signed} {
			d := newDesk(t)
			r := d.ask(order())
			nonce := ""
			if c.nonce != nil {
				nonce = c.nonce(r)
			}
			receipt, err := d.api.BrowserAnswer(t.Context(), r.Request, []byte(d.got(r, protocol, d.shown(r, protocol, c.audience, nonce))))
			if err != nil || receipt.Verdict != verifier.Invalid || !strings.Contains(receipt.Reason, c.code) {
				t.Errorf("%s, %s: %+v %v", name, protocol, receipt, err)
			}
		}
	}
}

// What is no answer in a protocol that was offered changes nothing.
func TestWhatTheBrowserMustNotBring(t *testing.T) {
	d := newDesk(t)
	o := order()
	o.Client = request.RedirectURI
	plain := d.ask(o)
	r := d.ask(order())
	good := d.got(r, unsigned, d.shown(r, unsigned, "", ""))
	for name, c := range map[string]struct {
		r    asked
		text string
	}{
		"no JSON":                         {r, "x"},
		"no object":                       {r, "[]"},
		"members twice":                   {r, `{"protocol":"openid4vp-v1-unsigned","protocol":"openid4vp-v1-signed","data":{}}`},
		"another protocol":                {r, strings.Replace(good, unsigned, "org-iso-mdoc", 1)},
		"a signed one, where none was":    {plain, strings.Replace(d.got(plain, unsigned, d.shown(plain, unsigned, "", "")), unsigned, signed, 1)},
		"in clear":                        {r, `{"protocol":"openid4vp-v1-unsigned","data":{"vp_token":{}}}`},
		"nothing":                         {r, `{"protocol":"openid4vp-v1-unsigned"}`},
		"encrypted for another request":   {plain, good},
		"what an encrypted answer is not": {r, `{"protocol":"openid4vp-v1-unsigned","data":{"response":"a.b.c.d.e"}}`},
	} {
		if _, err := d.api.BrowserAnswer(t.Context(), c.r.Request, []byte(c.text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if v := d.see(c.r, ""); v.State != request.Open {
			t.Fatalf("%s: %s", name, v.State)
		}
	}
	other := d.ask(order())
	answer := d.shown(other, unsigned, "", "")
	answer["vp_token"].(map[string]any)["badge-jwt"] = []any{d.token(d.holder, d.binding(other, request.CrossDevice), d.School.JWT(keys.ES256, d.oldBadge().Wrapped()))}
	if receipt, err := d.api.BrowserAnswer(t.Context(), other.Request, []byte(d.got(other, unsigned, answer))); err != nil || receipt.Verdict != verifier.Invalid {
		t.Errorf("an answer that was not asked for there: %+v %v", receipt, err)
	}
	if _, err := d.api.BrowserAnswer(t.Context(), r.Request, []byte(`{"protocol":"openid4vp-v1-signed","data":{"error":"access_denied"}}`)); err != nil {
		t.Fatal(err)
	}
	if v := d.see(r, ""); v.State != request.Declined || v.Outcome.Error != "access_denied" || v.Outcome.Flow != "browser" {
		t.Errorf("%+v", v.Outcome)
	}
}
