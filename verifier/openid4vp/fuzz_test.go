package openid4vp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// Whatever a wallet posts is answered in the form of OAuth, and never with a fault of ours; nothing that is made up is valid; and what
// was refused as malformed leaves the request open.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		"", "a=b", "state=x&vp_token={}", "vp_token=%7B%22badge-sd-jwt%22%3A%5B%22a~b%22%5D%7D", "vp_token={\"badge-ldp\":[{}]}", "error=access_denied", "response=a.b.c.d.e",
		"vp_token=[]&presentation_submission={\"definition_id\":\"x\",\"descriptor_map\":[{\"id\":\"badge-jwt\"}]}", "vp_token=%zz", "vp_token={\"badge-jwt\":[\"a.b.c\"],\"badge-jwt\":[]}",
	} {
		for way := range uint8(3) {
			f.Add(seed, way)
		}
	}
	shared := newDesk(f)
	f.Fuzz(func(t *testing.T, body string, way uint8) {
		d := *shared
		d.t = t
		o := order()
		switch way % 3 {
		case 1:
			o.Encrypted = true
		case 2:
			o.Dialect = request.Legacy
		}
		r := d.ask(o)
		form := strings.Replace(body, "state=x", "state="+r.StateFor(request.CrossDevice), 1)
		req := httptest.NewRequest(http.MethodPost, "/openid4vp/"+r.ID+"/x/response", strings.NewReader(form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, req)
		v := d.see(r, "")
		switch {
		case w.Code != http.StatusOK && w.Code != http.StatusBadRequest || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json"):
			t.Errorf("%d %s", w.Code, w.Body)
		case v.Outcome != nil && v.Outcome.Verdict == verifier.Valid:
			t.Errorf("valid: %s", body)
		case w.Code == http.StatusOK && v.State == request.Open:
			t.Error("taken, and open")
		case w.Code == http.StatusBadRequest && !strings.Contains(w.Body.String(), "request.refused") && v.State != request.Open:
			t.Errorf("malformed, and %s", v.State)
		}
	})
}

// The same for what a browser brings.
func FuzzBrowserAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"protocol":"openid4vp-v1-unsigned"}`, `{"protocol":"openid4vp-v1-signed","data":{"response":"a.b.c.d.e"}}`,
		`{"protocol":"openid4vp-v1-unsigned","data":{"error":"x"}}`, `{"protocol":"openid4vp-v1-unsigned","data":[]}`,
	} {
		f.Add(seed)
	}
	shared := newDesk(f)
	f.Fuzz(func(t *testing.T, text string) {
		d := *shared
		d.t = t
		r := d.ask(order())
		receipt, err := d.api.BrowserAnswer(t.Context(), r.Request, []byte(text))
		if err != nil && !fault.Is(err, fault.Invalid) || receipt.Verdict == verifier.Valid {
			t.Errorf("%+v %v", receipt, err)
		}
		if v := d.see(r, ""); err != nil && v.State != request.Open {
			t.Errorf("refused, and %s", v.State)
		}
	})
}

// legacy is a good answer to a request of the drafts, for one format.
func (d *desk) legacy(r asked, format request.Format) url.Values {
	d.t.Helper()
	f, id, kind := request.CrossDevice, "badge-ldp", "ldp_vp"
	token := d.good(r, f, format)
	var text string
	switch format {
	case request.SDJWT:
		id, kind, text = "badge-sd-jwt", "vc+sd-jwt", token["badge-sd-jwt"].([]any)[0].(string)
	case request.JWT:
		id, kind, text = "badge-jwt", "jwt_vp", token["badge-jwt"].([]any)[0].(string)
	default:
		raw, err := token[id].([]any)[0].(interface{ MarshalJSON() ([]byte, error) }).MarshalJSON()
		if err != nil {
			d.t.Fatal(err)
		}
		text = string(raw)
	}
	submission := `{"id":"s","definition_id":"` + r.ID + `","descriptor_map":[{"id":"` + id + `","format":"` + kind + `","path":"$"}]}`
	return url.Values{"vp_token": {text}, "presentation_submission": {submission}, "state": {r.StateFor(f)}}
}

// The drafts 18 to 24: what is presented well is valid, and what is not answers nothing or makes the whole invalid.
func TestAnswersByTheDrafts(t *testing.T) {
	ask := func(d *desk) asked {
		o := order()
		o.Dialect = request.Legacy
		return d.ask(o)
	}
	for _, format := range request.Formats() {
		d := newDesk(t)
		r := ask(d)
		if got := d.post(r, request.CrossDevice, d.legacy(r, format)); got.status != http.StatusOK {
			t.Errorf("%s: %+v", format, got)
		}
		if v := d.see(r, ""); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
			t.Errorf("%s: %+v", format, v.Outcome)
		}
	}
	for name, c := range map[string]struct {
		change func(d *desk, r asked, form url.Values)
		code   string // of the outcome; empty where nothing is taken
	}{
		"for another definition": {change: func(_ *desk, r asked, form url.Values) {
			form.Set("presentation_submission", strings.Replace(form.Get("presentation_submission"), r.ID, "another", 1))
		}},
		"without a submission": {change: func(_ *desk, _ asked, form url.Values) { form.Del("presentation_submission") }},
		"with a token of 1.0":  {change: func(_ *desk, _ asked, form url.Values) { form.Set("vp_token", `{`) }},
		"without a state":      {change: func(_ *desk, _ asked, form url.Values) { form.Del("state") }},
		"for an unknown descriptor": {code: "request.unknown_query", change: func(_ *desk, _ asked, form url.Values) {
			form.Set("presentation_submission", strings.Replace(form.Get("presentation_submission"), "badge-sd-jwt", "passport", 1))
		}},
		"for another descriptor": {code: "request.format", change: func(_ *desk, _ asked, form url.Values) {
			form.Set("presentation_submission", strings.Replace(form.Get("presentation_submission"), "badge-sd-jwt", "badge-ldp", 1))
		}},
		"for two descriptors": {code: "request.extra", change: func(_ *desk, _ asked, form url.Values) {
			form.Set("presentation_submission", strings.Replace(form.Get("presentation_submission"), `[{`, `[{"id":"badge-jwt"},{`, 1))
		}},
		"two presentations": {code: "request.extra", change: func(_ *desk, _ asked, form url.Values) {
			form.Set("vp_token", `["`+form.Get("vp_token")+`","`+form.Get("vp_token")+`"]`)
		}},
		"a replay": {code: "vp.nonce", change: func(d *desk, _ asked, form url.Values) {
			form.Set("vp_token", d.legacy(ask(d), request.SDJWT).Get("vp_token"))
		}},
		"for another verifier": {code: "vp.aud", change: func(d *desk, r asked, form url.Values) {
			b := d.binding(r, request.CrossDevice)
			b.Audience = "did:web:elsewhere.example"
			form.Set("vp_token", d.bound(d.selective(d.badge()), b))
		}},
		"for the name with the prefix of 1.0": {code: "vp.aud", change: func(d *desk, r asked, form url.Values) {
			b := d.binding(r, request.CrossDevice)
			b.Audience = "decentralized_identifier:" + b.Audience
			form.Set("vp_token", d.bound(d.selective(d.badge()), b))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := ask(d)
			form := d.legacy(r, request.SDJWT)
			c.change(d, r, form)
			got := d.post(r, request.CrossDevice, form)
			if c.code != "" {
				d.refusedWith(r, got, c.code)
				return
			}
			if v := d.see(r, ""); got.status != http.StatusBadRequest || v.State != request.Open {
				t.Errorf("%+v, %s", got, v.State)
			}
		})
	}
}
