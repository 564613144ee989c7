package openid4vp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// see is what the session that asked sees.
func (d *desk) see(r asked, code string) request.View {
	d.t.Helper()
	v, err := d.requests.See(d.t.Context(), r.ID, r.transaction, code)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

// refusedWith wants the answer refused as invalid, kept as such, with that code in its checks or in what is unmet.
func (d *desk) refusedWith(r asked, got reply, code string) {
	d.t.Helper()
	if got.status != http.StatusBadRequest || got.Error != "invalid_request" || got.RedirectURI != "" {
		d.t.Errorf("%+v", got)
	}
	v := d.see(r, "")
	if v.State != request.Answered || v.Outcome == nil || v.Outcome.Verdict != verifier.Invalid {
		d.t.Fatalf("%s %+v", v.State, v.Outcome)
	}
	text, err := json.Marshal(v.Outcome)
	if err != nil || !strings.Contains(string(text), `"`+code+`"`) {
		d.t.Errorf("%s is not said: %s", code, text)
	}
}

func TestAGoodAnswerInEveryFormat(t *testing.T) {
	for _, format := range request.Formats() {
		for _, f := range []request.Flow{request.CrossDevice, request.SameDevice} {
			t.Run(string(format)+" "+string(f), func(t *testing.T) {
				d := newDesk(t)
				r := d.ask(order())
				got := d.post(r, f, d.form(r, f, d.good(r, f, format)))
				if got.status != http.StatusOK {
					t.Fatalf("%+v", got)
				}
				code := ""
				if f == request.SameDevice {
					code = got.code(t)
				} else if got.RedirectURI != "" {
					t.Errorf("a wallet on another device is led to %s", got.RedirectURI)
				}
				v := d.see(r, code)
				if v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
					text, _ := json.Marshal(v.Outcome)
					t.Fatalf("%s", text)
				}
				if marked := len(v.Outcome.Against) == 1 && v.Outcome.Against[0] == request.CrossDeviceCode; marked != (f == request.CrossDevice) {
					t.Errorf("marked as from another device: %v", v.Outcome.Against)
				}
				if in := v.Outcome.Result.Nested; len(in) != 1 || in[0].Result.Check(verifier.CheckHolder).Outcome != verifier.Pass {
					t.Errorf("%+v", in)
				}
			})
		}
	}
}

// O08, with the names of the modules of the OpenID Foundation's suite for verifiers.
func TestAnswersThatDoNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *sdjwt.Binding)
		spoil  func(text string) string
		code   string
	}{
		"invalid-kb-jwt-nonce":             {change: func(b *sdjwt.Binding) { b.Nonce = "another" }, code: "vp.nonce"},
		"invalid-kb-jwt-aud":               {change: func(b *sdjwt.Binding) { b.Audience = "https://elsewhere.example" }, code: "vp.aud"},
		"aud without the prefix":           {change: func(b *sdjwt.Binding) { _, b.Audience, _ = strings.Cut(b.Audience, ":") }, code: "vp.aud"},
		"kb-jwt-iat-in-past":               {change: func(b *sdjwt.Binding) { b.At = b.At.Add(-time.Hour) }, code: "vp.time"},
		"kb-jwt-iat-in-future":             {change: func(b *sdjwt.Binding) { b.At = b.At.Add(time.Hour) }, code: "vp.time"},
		"the nonce of the other way":       {change: func(b *sdjwt.Binding) { b.Nonce = strings.TrimSuffix(b.Nonce, "x") + "s" }, code: "vp.nonce"},
		"invalid-kb-jwt-signature":         {spoil: func(s string) string { return flip(s, len(s)-20) }, code: "vp.holder"},
		"invalid-credential-signature":     {spoil: func(s string) string { return flip(s, strings.IndexByte(s, '~')-20) }, code: "jose.signature"},
		"invalid-sd-hash":                  {spoil: otherHash, code: "vp.holder"},
		"no key binding although required": {spoil: func(s string) string { return s[:strings.LastIndexByte(s, '~')+1] }, code: "vp.holder"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.ask(order())
			b := d.binding(r, request.CrossDevice)
			if c.change != nil {
				c.change(&b)
			}
			text := d.bound(d.selective(d.badge().With("/credentialSubject/name", "Amina")), b)
			if c.spoil != nil {
				text = c.spoil(text)
			}
			got := d.post(r, request.CrossDevice, d.form(r, request.CrossDevice, map[string]any{"badge-sd-jwt": []any{text}}))
			d.refusedWith(r, got, c.code)
		})
	}
}

// minimal-cnf-jwk: the holder's key as the credential names it has nothing but what makes a key (RFC 7800 §3.2), and is enough.
func TestMinimalCnfJwk(t *testing.T) {
	for _, alg := range []keys.Algorithm{keys.ES256, keys.EdDSA} {
		d := newDesk(t)
		d.holder = verifiertest.NewIssuer(t, d.Web, "did:web:holder.example", keys.ES256, keys.EdDSA)
		r, f := d.ask(order()), request.CrossDevice
		issued := d.selectiveFor(d.badge(), d.holder.Key(alg).Public())
		jwt, _, _ := strings.Cut(issued, "~")
		cnf := payload(t, jwt)["cnf"].(map[string]any)["jwk"].(map[string]any)
		for name := range cnf {
			if !slices.Contains([]string{"kty", "crv", "x", "y"}, name) {
				t.Errorf("cnf.jwk has %q", name)
			}
		}
		b := d.binding(r, f)
		b.Key = d.holder.Key(alg)
		if got := d.post(r, f, d.form(r, f, map[string]any{"badge-sd-jwt": []any{d.bound(issued, b)}})); got.status != http.StatusOK {
			t.Errorf("%s: %+v", alg, got)
		}
		if v := d.see(r, ""); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
			text, _ := json.Marshal(v.Outcome)
			t.Errorf("%s: %s", alg, text)
		}
	}
}

// request-uri-fetched-twice: a wallet that asks again, by GET or by POST, gets the same question, and its answer counts once.
func TestRequestUriFetchedTwice(t *testing.T) {
	d := newDesk(t)
	r, f := d.ask(order()), request.CrossDevice
	first, second := d.object(r, f), d.object(r, f)
	where := "/openid4vp/" + r.ID + "/x/request"
	third := payload(t, d.do(http.MethodPost, where, url.Values{"wallet_nonce": {"n"}}).Body.String())
	for _, name := range []string{"nonce", "state", "client_id", "response_uri", "exp"} {
		if first[name] != second[name] || first[name] != third[name] {
			t.Errorf("%s changes: %v, %v, %v", name, first[name], second[name], third[name])
		}
	}
	if _, has := first["wallet_nonce"]; has || third["wallet_nonce"] != "n" {
		t.Errorf("wallet_nonce %v", third["wallet_nonce"])
	}
	form := d.form(r, f, d.good(r, f, request.SDJWT))
	if got := d.post(r, f, form); got.status != http.StatusOK {
		t.Errorf("%+v", got)
	}
	if res := d.do(http.MethodGet, where, nil); res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), "request.answered") {
		t.Errorf("after the answer: %d %s", res.Code, res.Body)
	}
}

func flip(s string, at int) string {
	c := byte('A')
	if s[at] == c {
		c = 'B'
	}
	return s[:at] + string(c) + s[at+1:]
}

// otherHash lets the key binding stand for other disclosures: one is left out.
func otherHash(s string) string {
	jwt, rest, _ := strings.Cut(s, "~")
	_, binding, more := strings.Cut(rest, "~")
	if !more {
		return flip(s, strings.LastIndexByte(s, '~')+60)
	}
	return jwt + "~" + binding
}

// A presentation that was made for an earlier request answers no later one (O08).
func TestAReplayedAnswer(t *testing.T) {
	d := newDesk(t)
	first, second := d.ask(order()), d.ask(order())
	token := d.good(first, request.CrossDevice, request.SDJWT)
	if got := d.post(first, request.CrossDevice, d.form(first, request.CrossDevice, token)); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	d.refusedWith(second, d.post(second, request.CrossDevice, d.form(second, request.CrossDevice, token)), "vp.nonce")
}

// O09: who presents is not who holds.
func TestAnswersBySomebodyElse(t *testing.T) {
	for name, present := range map[string]func(d *desk, b sdjwt.Binding) map[string]any{
		"a JWT by another key than the subject's": func(d *desk, b sdjwt.Binding) map[string]any {
			return map[string]any{"badge-jwt": []any{d.token(d.thief, b, d.School.JWT(keys.ES256, d.oldBadge().Wrapped()))}}
		},
		"a document by another key than the subject's": func(d *desk, b sdjwt.Binding) map[string]any {
			return map[string]any{"badge-ldp": []any{d.document(d.thief, b, d.embedded(d.badge()))}}
		},
		"a key binding by another key than cnf": func(d *desk, b sdjwt.Binding) map[string]any {
			good := d.bound(d.selective(d.badge()), b)
			head, body, _ := strings.Cut(good[strings.LastIndexByte(good, '~')+1:], ".")
			body, _, _ = strings.Cut(body, ".")
			sig, err := d.thief.Key(keys.EdDSA).Sign([]byte(head + "." + body))
			if err != nil {
				d.t.Fatal(err)
			}
			return map[string]any{"badge-sd-jwt": []any{good[:strings.LastIndexByte(good, '.')+1] + enc(sig)}}
		},
		"an unsigned document": func(d *desk, _ sdjwt.Binding) map[string]any {
			return map[string]any{"badge-ldp": []any{verifiertest.Doc{
				"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": d.holder.ID,
				"verifiableCredential": []any{d.embedded(d.badge())},
			}}}
		},
		"the badge alone": func(d *desk, _ sdjwt.Binding) map[string]any {
			return map[string]any{"badge-jwt": []any{d.School.JWT(keys.ES256, d.oldBadge().Wrapped())}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.ask(order())
			got := d.post(r, request.CrossDevice, d.form(r, request.CrossDevice, present(d, d.binding(r, request.CrossDevice))))
			if got.status != http.StatusBadRequest {
				t.Errorf("%+v", got)
			}
			if v := d.see(r, ""); v.Outcome == nil || v.Outcome.Verdict != verifier.Invalid {
				t.Errorf("%+v", v.Outcome)
			}
		})
	}
}

// O11: an answer that comes too late, twice, or with another state changes nothing.
func TestTheFirstAnswerStays(t *testing.T) {
	d := newDesk(t)
	r := d.ask(order())
	token := d.good(r, request.CrossDevice, request.SDJWT)
	form := d.form(r, request.CrossDevice, token)
	for name, wrong := range map[string]url.Values{
		"an unknown state":   {"vp_token": form["vp_token"], "state": {"unknown"}},
		"the other way's":    {"vp_token": form["vp_token"], "state": {r.StateFor(request.SameDevice)}},
		"no state":           {"vp_token": form["vp_token"]},
		"state twice":        {"vp_token": form["vp_token"], "state": {form.Get("state"), form.Get("state")}},
		"no vp_token":        {"state": form["state"]},
		"no JSON":            {"vp_token": {"x"}, "state": form["state"]},
		"members twice":      {"vp_token": {`{"badge-jwt":["a"],"badge-jwt":["b"]}`}, "state": form["state"]},
		"no array":           {"vp_token": {`{"badge-jwt":"a"}`}, "state": form["state"]},
		"a number":           {"vp_token": {`{"badge-jwt":[1]}`}, "state": form["state"]},
		"encrypted, unasked": {"response": {"a.b.c.d.e"}},
	} {
		if got := d.post(r, request.CrossDevice, wrong); got.status != http.StatusBadRequest {
			t.Errorf("%s: %+v", name, got)
		}
		if v := d.see(r, ""); v.State != request.Open {
			t.Fatalf("%s: the request is %s", name, v.State)
		}
	}
	var taken atomic.Int32
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if d.post(r, request.CrossDevice, form).status == http.StatusOK {
				taken.Add(1)
			}
		})
	}
	wait.Wait()
	if taken.Load() != 1 {
		t.Errorf("%d of 20 answers were taken", taken.Load())
	}
	before := d.see(r, "")
	if got := d.post(r, request.CrossDevice, url.Values{"error": {"access_denied"}, "state": form["state"]}); got.status != http.StatusBadRequest {
		t.Errorf("a later refusal: %+v", got)
	}
	if after := d.see(r, ""); after.State != before.State || after.Outcome.Verdict != verifier.Valid || !after.Reply.At.Equal(before.Reply.At) {
		t.Errorf("the first answer was changed: %+v", after)
	}
	late := d.ask(order())
	form = d.form(late, request.CrossDevice, d.good(late, request.CrossDevice, request.SDJWT))
	d.Pass(limits.RequestLife)
	if got := d.post(late, request.CrossDevice, form); got.status != http.StatusBadRequest || !strings.Contains(got.Description, "request.expired") {
		t.Errorf("after the end: %+v", got)
	}
	if v := d.see(late, ""); v.State != request.Expired || v.Outcome != nil {
		t.Errorf("%+v", v)
	}
}

// O12: what everybody sees of a request is not enough to see its answer.
func TestOnlyTheSessionThatAskedSeesTheAnswer(t *testing.T) {
	d := newDesk(t)
	r, other := d.ask(order()), d.ask(order())
	got := d.post(r, request.SameDevice, d.form(r, request.SameDevice, d.good(r, request.SameDevice, request.SDJWT)))
	code := got.code(t)
	for name, c := range map[string]struct{ id, transaction, code string }{
		"only what the code shows":         {r.ID, "", ""},
		"only what the wallet got":         {r.ID, "", code},
		"the secret of another request":    {r.ID, other.transaction, code},
		"a guessed id":                     {"aaaaaaaaaaaaaaaaaaaaaaaaaa", r.transaction, code},
		"the session with another code":    {r.ID, r.transaction, "guessed"},
		"the id in place of the secret":    {r.ID, r.ID, code},
		"the nonce in place of the secret": {r.ID, r.Nonce, code},
	} {
		if v, err := d.requests.See(t.Context(), c.id, c.transaction, c.code); !fault.Is(err, fault.Forbidden) || v.Outcome != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v := d.see(r, ""); !v.NeedsCode || v.Outcome != nil {
		t.Errorf("without the response code: %+v", v)
	}
	if v := d.see(r, code); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
		t.Errorf("with both: %+v", v)
	}
	if v := d.see(r, ""); v.Outcome == nil || v.NeedsCode {
		t.Errorf("the session that has brought the code: %+v", v)
	}
	if _, err := d.requests.See(t.Context(), r.ID, other.transaction, code); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the used code in another session: %v", err)
	}
	d.Pass(limits.RequestLife + limits.RequestKept)
	if _, err := d.requests.See(t.Context(), r.ID, r.transaction, code); !fault.Is(err, fault.Forbidden) {
		t.Errorf("long after: %v", err)
	}
}

// On the same device the person is led back also when the answer does not hold: there the page says why. What it held shows only there.
func TestABadAnswerOnTheSameDevice(t *testing.T) {
	d := newDesk(t)
	o := order()
	o.Issuers = []string{"did:web:other.example"}
	r := d.ask(o)
	got := d.post(r, request.SameDevice, d.form(r, request.SameDevice, d.good(r, request.SameDevice, request.SDJWT)))
	if got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	if v := d.see(r, ""); !v.NeedsCode || v.Outcome != nil {
		t.Errorf("without the response code: %+v", v)
	}
	if v := d.see(r, got.code(t)); v.Outcome == nil || v.Outcome.Verdict != verifier.Invalid || len(v.Outcome.Unmet) != 1 || v.Outcome.Unmet[0].Code != "request.issuer" {
		t.Errorf("%+v", v.Outcome)
	}
}

// O14: what was not asked for is no answer, however good it is.
func TestOtherThanWasAsked(t *testing.T) {
	cross := request.CrossDevice
	good := func(d *desk, r asked) map[string]any { return d.good(r, cross, request.SDJWT) }
	for name, c := range map[string]struct {
		ask    func(o *request.Order)
		answer func(d *desk, r asked) map[string]any
		code   string
	}{
		"another achievement": {func(o *request.Order) { o.Achievement = "https://school.example/a/2" }, good, "request.achievement"},
		"another issuer":      {func(o *request.Order) { o.Issuers = []string{"did:web:other.example", "other.example"} }, good, "request.issuer"},
		"an older badge":      {func(o *request.Order) { o.Since = verifiertest.Now() }, good, "request.since"},
		"another format":      {func(o *request.Order) { o.Formats = []request.Format{request.LDP} }, good, "request.unknown_query"},
		"a format under another's name": {nil, func(d *desk, r asked) map[string]any {
			return map[string]any{"badge-jwt": d.good(r, cross, request.SDJWT)["badge-sd-jwt"]}
		}, "request.format"},
		"an unknown question besides": {nil, func(d *desk, r asked) map[string]any {
			out := d.good(r, cross, request.SDJWT)
			out["passport"] = []any{"x"}
			return out
		}, "request.unknown_query"},
		"two answers to one question": {nil, func(d *desk, r asked) map[string]any {
			one := d.good(r, cross, request.SDJWT)["badge-sd-jwt"].([]any)[0]
			return map[string]any{"badge-sd-jwt": []any{one, one}}
		}, "request.extra"},
		"answers in two formats": {nil, func(d *desk, r asked) map[string]any {
			out := d.good(r, cross, request.SDJWT)
			out["badge-ldp"] = d.good(r, cross, request.LDP)["badge-ldp"]
			return out
		}, "request.extra"},
		"an extra credential": {nil, func(d *desk, r asked) map[string]any {
			one := d.School.JWT(keys.ES256, d.oldBadge().Wrapped())
			return map[string]any{"badge-jwt": []any{d.token(d.holder, d.binding(r, cross), one, one)}}
		}, "request.extra"},
		"nothing": {nil, func(*desk, asked) map[string]any { return map[string]any{} }, "request.nothing"},
		"a presentation of none": {nil, func(d *desk, r asked) map[string]any {
			return map[string]any{"badge-jwt": []any{d.token(d.holder, d.binding(r, cross))}}
		}, "request.extra"},
		"an endorsement": {nil, func(d *desk, r asked) map[string]any {
			e := d.School.Endorsement(d.holder.ID)
			return map[string]any{"badge-ldp": []any{d.document(d.holder, d.binding(r, cross), d.embedded(e))}}
		}, "request.type"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := order()
			if c.ask != nil {
				c.ask(&o)
			}
			r := d.ask(o)
			d.refusedWith(r, d.post(r, cross, d.form(r, cross, c.answer(d, r))), c.code)
		})
	}
	t.Run("what was asked for", func(t *testing.T) {
		d := newDesk(t)
		o := order()
		o.Achievement, o.Issuers, o.Since = "https://school.example/a", []string{"school.example"}, verifiertest.Now().AddDate(-1, 0, 0)
		r := d.ask(o)
		if got := d.post(r, cross, d.form(r, cross, good(d, r))); got.status != http.StatusOK {
			t.Errorf("%+v", got)
		}
	})
}

// O20: the request object is signed by the one who is named, and says inside what stands outside.
func TestTheRequestObject(t *testing.T) {
	d := newDesk(t)
	r := d.ask(order())
	link, err := d.api.Link(t.Context(), r.Request, request.CrossDevice)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "openid4vp" || u.Query().Get("client_id") != "decentralized_identifier:did:web:clinic.example" {
		t.Fatalf("%s %v", link, err)
	}
	where := strings.TrimPrefix(u.Query().Get("request_uri"), base)
	res := d.do(http.MethodGet, where, nil)
	if res.Header().Get("Content-Type") != "application/oauth-authz-req+jwt" {
		t.Errorf("%s", res.Header().Get("Content-Type"))
	}
	msg, err := jose.Read(res.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if msg.Header.Type != "oauth-authz-req+jwt" || msg.Header.KeyID != d.clinic.KeyID(keys.ES256) {
		t.Errorf("%+v", msg.Header)
	}
	if err := msg.Verify(d.clinic.Key(keys.ES256).Public()); err != nil {
		t.Error(err)
	}
	if err := msg.Verify(d.School.Key(keys.ES256).Public()); err == nil {
		t.Error("the request is good under another key, too")
	}
	claims := payload(t, res.Body.String())
	for name, want := range map[string]any{
		"aud": "https://self-issued.me/v2", "client_id": u.Query().Get("client_id"), "response_type": "vp_token", "response_mode": "direct_post",
		"response_uri": base + "/openid4vp/" + r.ID + "/x/response",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v", name, claims[name])
		}
	}
	if n := claims["nonce"].(string); len(n) < 43 {
		t.Errorf("the nonce is short: %s", n)
	}
	if iss, has := claims["iss"]; has {
		t.Errorf("iss is %v, which a wallet would compare with kid", iss)
	}
	if _, has := claims["redirect_uri"]; has {
		t.Error("redirect_uri stands beside response_uri")
	}
	// request-uri-fetched-twice: by POST, with what the wallet adds, and GET again.
	res = d.do(http.MethodPost, where, url.Values{"wallet_nonce": {"w-1"}, "wallet_metadata": {"{}"}})
	if got := payload(t, res.Body.String()); got["wallet_nonce"] != "w-1" || got["nonce"] != claims["nonce"] {
		t.Errorf("%v", got)
	}
	if res := d.do(http.MethodPost, where, url.Values{"wallet_nonce": {strings.Repeat("w", 2000)}}); res.Code != http.StatusBadRequest {
		t.Errorf("a long wallet_nonce: %d", res.Code)
	}
	for name, path := range map[string]string{
		"another id": "/openid4vp/aaaaaaaaaaaaaaaaaaaaaaaaaa/x/request", "another way": "/openid4vp/" + r.ID + "/z/request",
	} {
		if res := d.do(http.MethodGet, path, nil); res.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, res.Code)
		}
	}
}

// A wallet that refuses ends the request, and the session learns what it said, as far as it has the shape of a code.
func TestARefusal(t *testing.T) {
	for said, want := range map[string]string{"access_denied": "access_denied", "<script>": "invalid_request"} {
		d := newDesk(t)
		r := d.ask(order())
		got := d.post(r, request.SameDevice, url.Values{"error": {said}, "state": {r.StateFor(request.SameDevice)}})
		if got.status != http.StatusOK {
			t.Fatalf("%+v", got)
		}
		if v := d.see(r, got.code(t)); v.State != request.Declined || v.Outcome.Error != want {
			t.Errorf("%+v", v.Outcome)
		}
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]func(o *request.Order){
		"nobody":                     func(o *request.Order) { o.Asker = " " },
		"no reason":                  func(o *request.Order) { o.Purpose = "" },
		"a long name":                func(o *request.Order) { o.Asker = strings.Repeat("x", 201) },
		"a name that turns the text": func(o *request.Order) { o.Asker = "a\u202eb" },
		"two lines":                  func(o *request.Order) { o.Purpose = "a\nb" },
		"no achievement's id":        func(o *request.Order) { o.Achievement = "first aid" },
		"no issuer":                  func(o *request.Order) { o.Issuers = []string{"School of Example"} },
		"many issuers":               func(o *request.Order) { o.Issuers = strings.Fields(strings.Repeat("a.example ", 17)) },
		"an unknown format":          func(o *request.Order) { o.Formats = []request.Format{"mso_mdoc"} },
		"a format twice":             func(o *request.Order) { o.Formats = []request.Format{request.LDP, request.LDP} },
		"an unknown policy":          func(o *request.Order) { o.Policy = "lax" },
		"an unknown dialect":         func(o *request.Order) { o.Dialect = "siop" },
		"an unknown client":          func(o *request.Order) { o.Client = "origin" },
	} {
		o := order()
		change(&o)
		if _, _, err := d.requests.Create(t.Context(), o, request.Asker{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(o *request.Order){
		"a certificate that there is not":      func(o *request.Order) { o.Client = request.X509SAN },
		"the hash of none":                     func(o *request.Order) { o.Client = request.X509Hash },
		"a draft by the hash of a certificate": func(o *request.Order) { o.Client, o.Dialect = request.X509Hash, request.Legacy },
	} {
		o := order()
		change(&o)
		if err := d.api.Usable(t.Context(), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
