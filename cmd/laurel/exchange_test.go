package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/wallet"
	"github.com/openlaurel/laurel/verifier"
)

// holder is a wallet whose DID is its key.
type holder struct {
	did    string
	signer *dataintegrity.Signer
}

func newHolder(t *testing.T) holder {
	t.Helper()
	k, err := keys.Generate(keys.EdDSA, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dataintegrity.NewSigner(dataintegrity.EdDSARDFC, k)
	if err != nil {
		t.Fatal(err)
	}
	return holder{did: "did:key:" + k.Public().Multikey(), signer: s}
}

// presents signs a presentation without credentials.
func (h holder) presents(t *testing.T, as, challenge, domain string) string {
	t.Helper()
	doc, err := ijson.Parse([]byte(`{"@context":["`+credential.ContextV2+`"],"type":["VerifiablePresentation"],"holder":"`+as+`"}`), ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(h.did, "did:key:")
	vp, err := h.signer.Sign(doc, dataintegrity.Statement{
		Created: time.Now(), Purpose: dataintegrity.Authentication, VerificationMethod: h.did + "#" + key, Challenge: challenge, Domain: domain,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(vp)
}

// exchanging is a claim link, as a wallet of the VC-API meets it.
type exchanging struct {
	t       *testing.T
	app     *app
	handler http.Handler
	award   issuer.Award
	code    string
}

func newExchange(t *testing.T) *exchanging {
	t.Helper()
	a, got := claimable(t)
	srv, err := a.server()
	if err != nil {
		t.Fatal(err)
	}
	return &exchanging{t: t, app: a, handler: srv.Handler(), award: got.Award, code: got.ClaimCode}
}

func (x *exchanging) send(method, path, body string) (int, ijson.Value) {
	x.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	w := httptest.NewRecorder()
	x.handler.ServeHTTP(w, r)
	v, err := ijson.Parse(w.Body.Bytes(), ijson.Bounds{})
	if err != nil {
		x.t.Fatalf("%s %s: %d %q", method, path, w.Code, w.Body)
	}
	return w.Code, v
}

// asked begins the exchange that asks a wallet to sign in.
func (x *exchanging) asked() (path, challenge, domain string) {
	x.t.Helper()
	_, v := x.send(http.MethodGet, "/claim/"+x.code+"?iuv=1&did=1", "")
	path = strings.TrimPrefix(v.Member("protocols").Member("vcapi").Text(), x.app.base)
	status, v := x.send(http.MethodPost, path, "{}")
	q := v.Member("verifiablePresentationRequest")
	if status != http.StatusOK || q.Member("query").Elems()[0].Member("type").Text() != "DIDAuthentication" || q.Member("domain").Text() != x.app.base {
		x.t.Fatalf("%d %s", status, ijson.Append(nil, v))
	}
	return path, q.Member("challenge").Text(), q.Member("domain").Text()
}

func answerWith(vp string) string { return `{"verifiablePresentation":` + vp + `}` }

func TestAWalletSignsInAndGetsABadgeOfItsOwn(t *testing.T) {
	x, me := newExchange(t), newHolder(t)
	path, challenge, domain := x.asked()
	status, v := x.send(http.MethodPost, path, answerWith(me.presents(t, me.did, challenge, domain)))
	list := v.Member("verifiablePresentation").Member("verifiableCredential").Elems()
	if status != http.StatusOK || len(list) != 1 || list[0].Member("credentialSubject").Member("id").Text() != me.did {
		t.Fatalf("%d %s", status, ijson.Append(nil, v))
	}
	signed := ijson.Append(nil, list[0])
	_, plain := x.send(http.MethodPost, "/exchanges/"+x.code, "{}")
	free := ijson.Append(nil, plain.Member("verifiablePresentation").Member("verifiableCredential").Elems()[0])
	award, err := x.app.awards.Find(t.Context(), x.award.ID)
	if err != nil || len(award.Credentials) != 3 {
		t.Fatalf("%d credentials of the award, want the first, the bound one and the free one: %v", len(award.Credentials), err)
	}
	entries := map[string]bool{}
	for _, c := range award.Credentials {
		entries[c.StatusList+" "+strconv.Itoa(c.StatusIndex)] = true
	}
	if len(entries) != 3 {
		t.Errorf("three credentials have the entries %v", entries)
	}
	judge := func(want verifier.Verdict) {
		t.Helper()
		for name, doc := range map[string][]byte{"bound": signed, "free": free, "first": award.Credentials[0].Signed} {
			if r := x.app.verifier.Check(t.Context(), verifier.Input{File: doc}, verifier.Policy{}); r.Verdict != want {
				t.Errorf("the %s one is %s, want %s", name, r.Verdict, want)
			}
		}
	}
	judge(verifier.Valid)
	if _, err := x.app.awards.Revoke(t.Context(), x.award.ID, "a mistake", "test"); err != nil {
		t.Fatal(err)
	}
	judge(verifier.Invalid)
	if status, _ := x.send(http.MethodPost, path, "{}"); status == http.StatusOK {
		t.Error("a link that was used asks another wallet to sign in")
	}
}

// TestAnInteractionURLSaysWhyItLeadsNowhere: a wallet is answered as wallets read, whatever became of the link.
func TestAnInteractionURLSaysWhyItLeadsNowhere(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*testing.T, *exchanging)
		status int
		code   string
	}{
		"a link that nobody made": {func(_ *testing.T, x *exchanging) { x.code = strings.Repeat("a", 26) }, http.StatusNotFound, "offer.not_found"},
		"no link at all":          {func(_ *testing.T, x *exchanging) { x.code = "x.y" }, http.StatusNotFound, "page.unknown"},
		"a link that was withdrawn": {func(t *testing.T, x *exchanging) {
			all, err := x.app.offers.Of(t.Context(), x.award.ID)
			if err == nil {
				_, err = x.app.offers.Revoke(t.Context(), x.award.ID, all[0].ID, "test")
			}
			if err != nil {
				t.Fatal(err)
			}
		}, http.StatusGone, "offer.revoked"},
		"a link that a wallet took": {func(t *testing.T, x *exchanging) {
			me := newHolder(t)
			path, challenge, domain := x.asked()
			if status, v := x.send(http.MethodPost, path, answerWith(me.presents(t, me.did, challenge, domain))); status != http.StatusOK {
				t.Fatalf("%d %s", status, ijson.Append(nil, v))
			}
		}, http.StatusGone, "offer.used"},
		"an award that is suspended": {func(t *testing.T, x *exchanging) {
			if _, err := x.app.awards.Apply(t.Context(), x.award.ID, issuer.Step{Action: issuer.Suspend, Reason: "r", Actor: "test"}); err != nil {
				t.Fatal(err)
			}
		}, http.StatusConflict, "award.suspended"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExchange(t)
			c.spoil(t, x)
			for _, query := range []string{"?iuv=1", "?iuv=1&did=1"} {
				if status, v := x.send(http.MethodGet, "/claim/"+x.code+query, ""); status != c.status || v.Member("code").Text() != c.code {
					t.Errorf("%s: %d %s, want %d %s", query, status, ijson.Append(nil, v), c.status, c.code)
				}
			}
		})
	}
}

func TestWhoSignsInOtherwiseGetsNothing(t *testing.T) {
	x, me, other := newExchange(t), newHolder(t), newHolder(t)
	path, challenge, domain := x.asked()
	stranger := newExchange(t)
	_, foreign, _ := stranger.asked()
	for name, c := range map[string]struct{ vp, code string }{
		"another challenge":              {me.presents(t, me.did, "made up", domain), "vp.nonce"},
		"a challenge of another service": {me.presents(t, me.did, foreign, domain), "vp.nonce"},
		"no challenge":                   {me.presents(t, me.did, "", domain), "vp.nonce"},
		"another domain":                 {me.presents(t, me.did, challenge, "https://evil.example"), "vp.aud"},
		"no domain":                      {me.presents(t, me.did, challenge, ""), "vp.aud"},
		"as somebody else":               {me.presents(t, other.did, challenge, domain), "proof.no_key"},
		"with a changed presentation":    {strings.Replace(me.presents(t, me.did, challenge, domain), `"VerifiablePresentation"`, `"VerifiablePresentation","X"`, 1), ""},
		"by a DID that would be fetched": {strings.ReplaceAll(me.presents(t, me.did, challenge, domain), me.did+"#", "did:web:evil.example#"), "vp.holder"},
		"without a proof":                {`{"@context":["` + credential.ContextV2 + `"],"type":["VerifiablePresentation"],"holder":"` + me.did + `"}`, "vp.nonce"},
	} {
		t.Run(name, func(t *testing.T) {
			status, v := x.send(http.MethodPost, path, answerWith(c.vp))
			if status != http.StatusBadRequest || c.code != "" && v.Member("code").Text() != c.code {
				t.Errorf("%d %s, want %s", status, ijson.Append(nil, v), c.code)
			}
		})
	}
	if a, err := x.app.awards.Find(t.Context(), x.award.ID); err != nil || len(a.Credentials) != 1 {
		t.Errorf("%d credentials: %v", len(a.Credentials), err)
	}
	good := answerWith(me.presents(t, me.did, challenge, domain))
	if status, _ := x.send(http.MethodPost, path, good); status != http.StatusOK {
		t.Errorf("and then the good one: %d", status)
	}
	if status, _ := x.send(http.MethodPost, path, good); status != http.StatusBadRequest {
		t.Errorf("the same again: %d", status)
	}
}

// TestTheCopyInTheWalletIsTheOnlyOneThatHolds is the setting unbound of an issuer who wants that.
func TestTheCopyInTheWalletIsTheOnlyOneThatHolds(t *testing.T) {
	x, me := newExchange(t), newHolder(t)
	x.app.cfg.Unbound = "supersede"
	x.app.wallets = remade(t, x.app)
	srv, err := x.app.server()
	if err != nil {
		t.Fatal(err)
	}
	x.handler = srv.Handler()
	path, challenge, domain := x.asked()
	_, v := x.send(http.MethodPost, path, answerWith(me.presents(t, me.did, challenge, domain)))
	signed := ijson.Append(nil, v.Member("verifiablePresentation").Member("verifiableCredential").Elems()[0])
	for name, c := range map[string]struct {
		doc  []byte
		want verifier.Verdict
	}{"in the wallet": {signed, verifier.Valid}, "of nobody in particular": {x.award.Credentials[0].Signed, verifier.Invalid}} {
		if r := x.app.verifier.Check(t.Context(), verifier.Input{File: c.doc}, verifier.Policy{}); r.Verdict != c.want {
			t.Errorf("the copy %s is %s, want %s", name, r.Verdict, c.want)
		}
	}
	if status, v := x.send(http.MethodPost, "/exchanges/"+x.code, "{}"); status != http.StatusConflict || v.Member("code").Text() != "award.superseded" {
		t.Errorf("another copy of nobody in particular: %d %s", status, ijson.Append(nil, v))
	}
	for page, want := range map[string]string{"/claim/" + x.code: "the only one that holds", "/c/" + x.award.Credentials[0].ID: "A wallet keeps this badge"} {
		r := httptest.NewRequest(http.MethodGet, page, nil)
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		x.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, and does not say %q", page, w.Code, want)
		}
	}
	for _, step := range []issuer.Action{issuer.Suspend, issuer.Reinstate} {
		if _, err := x.app.awards.Apply(t.Context(), x.award.ID, issuer.Step{Action: step, Reason: "r", Actor: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	if r := x.app.verifier.Check(t.Context(), verifier.Input{File: x.award.Credentials[0].Signed}, verifier.Policy{}); r.Verdict != verifier.Invalid {
		t.Errorf("after a suspension the old copy is %s", r.Verdict)
	}
}

// remade wires the wallets of a deployment anew, after a change of its settings.
func remade(t *testing.T, a *app) *wallet.Service {
	t.Helper()
	kek, err := readKEK(a.cfg.KEKPath())
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWallets(a, kek)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
