package service_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func awardScenarios() []scenario {
	return []scenario{
		{"an award is answered with its credential, its addresses and the claim link", awardAnswer},
		{"every address of a credential works, in every form", everyForm},
		{"the form of a credential can be negotiated", negotiated},
		{"the signed text says what was awarded, and the e-mail address only as a salted hash", signedContent},
		{"the same request again is the same award; another under the same id is 409", replayed},
		{"an Idempotency-Key alone does the same", replayedByKey},
		{"the same external id under another issuer is another award", externalIDsAreTheIssuers},
		{"W22: 100 identical requests at once make one award and give one answer", parallelAwards},
		{"W24: a claim link that is looked at is not used up", claimLooked},
		{"the list of awards pages through all of them, once each", listed},
	}
}

func awardAnswer(t *testing.T, w *world) {
	body := w.request(map[string]any{
		"awarded_at": "2026-01-31T09:00:00+02:00", "expires_at": "2099-01-31T09:00:00Z", "narrative": "Bandaged a *knee*.",
		"evidence":   []any{map[string]any{"url": "https://school.example/portfolio", "name": "Portfolio"}},
		"results":    []any{map[string]any{"description": "score", "value": "87"}},
		"term":       "Winter",
		"visibility": "public",
	})
	got := w.call(t, "POST /api/v1/awards", body).want(t, http.StatusCreated)
	var a award
	got.into(t, &a)
	if a.Status != "active" || a.Issuer != w.school.ID || a.Achievement != w.school.Achievement || a.ExternalID != body["external_id"] {
		t.Errorf("the answer is of something else: %s", got.body)
	}
	if a.AwardedAt != "2026-01-31T07:00:00Z" || a.ExpiresAt != "2099-01-31T09:00:00Z" || a.Visibility != "public" {
		t.Errorf("awarded %s, expires %s, %s", a.AwardedAt, a.ExpiresAt, a.Visibility)
	}
	if l := got.header.Get("Location"); l != w.base+"/api/v1/awards/"+a.ID {
		t.Errorf("Location %q", l)
	}
	if len(a.Credentials) != 1 || a.Credentials[0].Form != "ob-jwt" || a.Credentials[0].URL != a.Page {
		t.Fatalf("credentials %+v, page %s", a.Credentials, a.Page)
	}
	if id := a.Credentials[0].ID; len(id) < 26 {
		t.Errorf("an id of %d characters is not random enough", len(id))
	}
	if !strings.HasPrefix(a.ClaimURL, w.base+"/claim/") {
		t.Errorf("claim link %q", a.ClaimURL)
	}
	var read award
	w.call(t, "GET "+"/api/v1/awards/"+a.ID, nil).want(t, http.StatusOK).into(t, &read)
	a.ClaimURL = "" // is shown to whoever awards, and to nobody later
	if diff := cmp.Diff(a, read); diff != "" {
		t.Errorf("read again (-answer +read):\n%s", diff)
	}
}

func everyForm(t *testing.T, w *world) {
	a := w.award(t, nil)
	c := a.Credentials[0]
	signed := w.signed(t, a)
	for name, tc := range map[string]struct {
		url, media string
		holds      []byte // what the body contains
	}{
		"page":                {a.Page, "text/html; charset=utf-8", []byte("First aid")},
		"claim page":          {a.ClaimURL, "text/html; charset=utf-8", []byte("First aid")},
		"signed text":         {c.JWTURL, "application/jwt", signed},
		"JSON":                {c.JSONURL, "application/vc", signed},
		"PNG":                 {c.PNGURL, "image/png", signed},
		"SVG":                 {c.SVGURL, "image/svg+xml", signed},
		"QR code as PNG":      {c.QRPNGURL, "image/png", []byte("\x89PNG")},
		"QR code as SVG":      {c.QRSVGURL, "image/svg+xml", []byte(a.Page)},
		"badge from claim":    {a.ClaimURL + "/badge.jwt", "application/jwt", signed},
		"PNG from claim":      {a.ClaimURL + "/badge.png", "image/png", signed},
		"verify page":         {w.base + "/verify", "text/html; charset=utf-8", []byte("<form")},
		"start page":          {w.base + "/", "text/html; charset=utf-8", []byte("<html")},
		"page of the API":     {w.base + "/api", "text/html; charset=utf-8", []byte("/api/v1/awards")},
		"document of the API": {w.base + "/api/openapi.json", "application/openapi+json; version=3.1", []byte(`"openapi":"3.1.0"`)},
	} {
		got := w.ask(t, question{path: tc.url})
		if got.status != http.StatusOK || got.header.Get("Content-Type") != tc.media || !bytes.Contains(got.body, tc.holds) {
			t.Errorf("%s: %d %s, %d bytes, holds %.40q: %v", name, got.status, got.header.Get("Content-Type"), len(got.body), tc.holds, bytes.Contains(got.body, tc.holds))
		}
		head := w.ask(t, question{method: http.MethodHead, path: tc.url})
		if head.status != got.status || head.header.Get("Content-Type") != tc.media || len(head.body) != 0 {
			t.Errorf("%s: HEAD says %d %s with %d bytes", name, head.status, head.header.Get("Content-Type"), len(head.body))
		}
	}
	for _, suffix := range []string{".exe", ".jwt.png", ".", ".JWT", "/", ".qr.gif"} {
		if got := w.ask(t, question{path: a.Page + suffix}); got.status != http.StatusNotFound {
			t.Errorf("a suffix %q that does not exist: %d", suffix, got.status)
		}
	}
}

func negotiated(t *testing.T, w *world) {
	a := w.award(t, nil)
	signed := w.signed(t, a)
	for accept, media := range map[string]string{
		"":                                "text/html; charset=utf-8",
		"*/*":                             "text/html; charset=utf-8",
		"text/html,application/xml;q=0.9": "text/html; charset=utf-8",
		"application/jwt":                 "application/jwt",
		"application/vc+jwt":              "application/vc+jwt",
		"application/vc+jwt;q=0.1, application/jwt;q=0.9": "application/jwt",
		"application/vc":                      "application/vc",
		"application/json":                    "application/json",
		"text/plain":                          "text/plain; charset=utf-8",
		"text/html;q=0, application/jwt":      "application/jwt",
		"application/nothing-that-we-have":    "text/html; charset=utf-8",
		"application/jwt;q=nonsense, */*":     "text/html; charset=utf-8",
		"application/vc+jwt, application/jwt": "application/vc+jwt",
	} {
		got := w.ask(t, question{path: a.Page, header: map[string]string{"Accept": accept}})
		if got.status != http.StatusOK || got.header.Get("Content-Type") != media {
			t.Errorf("%q: %d %q, want %q", accept, got.status, got.header.Get("Content-Type"), media)
		}
		if !strings.HasPrefix(media, "text/html") && !bytes.Contains(got.body, signed) {
			t.Errorf("%q: the answer does not hold the signed text", accept)
		}
		if !strings.Contains(got.header.Get("Vary"), "Accept") {
			t.Errorf("%q: Vary is %q, so a cache may mix up the forms", accept, got.header.Get("Vary"))
		}
	}
}

func signedContent(t *testing.T, w *world) {
	a := w.award(t, map[string]any{"recipient": map[string]any{"name": "Ana Silva", "email": "Ana.Silva@Example.ORG"}, "expires_at": "2099-01-01T00:00:00Z"})
	jws := w.signed(t, a)
	var doc struct {
		Iss, Sub, Jti string
		Nbf, Exp      int64
		ID            string
		Type          []string
		ValidFrom     time.Time
		ValidUntil    time.Time
		Issuer        struct{ ID, Name string }
		Subject       struct {
			ID          string
			Achievement struct{ ID, Name string }
			Identifier  []struct {
				IdentityHash, Salt string
				Hashed             bool
			}
		} `json:"credentialSubject"`
		Status struct{ Type, StatusPurpose string } `json:"credentialStatus"`
	}
	payload(t, jws, &doc)
	if doc.Iss != w.school.DID || doc.Issuer.ID != doc.Iss || doc.Jti != doc.ID || doc.ID != a.Page || doc.Sub != doc.Subject.ID || doc.Sub == "" {
		t.Errorf("iss %q issuer %q jti %q id %q sub %q subject %q", doc.Iss, doc.Issuer.ID, doc.Jti, doc.ID, doc.Sub, doc.Subject.ID)
	}
	if doc.Nbf != doc.ValidFrom.Unix() || doc.Exp != doc.ValidUntil.Unix() || doc.ValidUntil.Year() != 2099 {
		t.Errorf("nbf %d, exp %d, from %s, until %s", doc.Nbf, doc.Exp, doc.ValidFrom, doc.ValidUntil)
	}
	if doc.Subject.Achievement.Name != "First aid" || doc.Status.Type != "BitstringStatusListEntry" || doc.Status.StatusPurpose != "revocation" {
		t.Errorf("achievement %+v, status %+v", doc.Subject.Achievement, doc.Status)
	}
	hashed := false
	for _, i := range doc.Subject.Identifier {
		hashed = hashed || i.Hashed && strings.HasPrefix(i.IdentityHash, "sha256$") && len(i.Salt) >= 16
	}
	raw := json.RawMessage{}
	payload(t, jws, &raw)
	if !hashed || bytes.Contains(bytes.ToLower(raw), []byte("ana.silva@")) {
		t.Errorf("the e-mail address stands in clear, or not as a salted hash: %s", raw)
	}
}

func replayed(t *testing.T, w *world) {
	body := w.request(nil)
	var first, again award
	w.call(t, "POST /api/v1/awards", body).want(t, http.StatusCreated).into(t, &first)
	got := w.call(t, "POST /api/v1/awards", body).want(t, http.StatusOK)
	got.into(t, &again)
	if diff := cmp.Diff(first, again); diff != "" || got.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replayed %q (-first +again):\n%s", got.header.Get("Idempotent-Replayed"), diff)
	}
	before := w.count(t)
	for what, change := range map[string]any{
		"recipient":  map[string]any{"name": "Somebody else"},
		"expires_at": "2099-01-01T00:00:00Z",
		"narrative":  "More.",
		"visibility": "private",
	} {
		other := map[string]any{}
		for k, v := range body {
			other[k] = v
		}
		other[what] = change
		if p := w.call(t, "POST /api/v1/awards", other).want(t, http.StatusConflict).problem(t); p.Code != "award.conflict" || p.Hint == "" {
			t.Errorf("another %s: %+v", what, p)
		}
	}
	if after := w.count(t); after != before {
		t.Errorf("%d awards became %d", before, after)
	}
}

func replayedByKey(t *testing.T, w *world) {
	body := w.request(map[string]any{"external_id": nil})
	send := func(key string, body any) answer {
		return w.ask(t, question{
			method: http.MethodPost, path: "/api/v1/awards", token: w.token, body: body, header: map[string]string{"Idempotency-Key": key},
		})
	}
	var first, again, other award
	send("key-of-this-call", body).want(t, http.StatusCreated).into(t, &first)
	send("key-of-this-call", body).want(t, http.StatusOK).into(t, &again)
	send("key-of-another-call", body).want(t, http.StatusCreated).into(t, &other)
	if first.ID != again.ID || first.ClaimURL != again.ClaimURL || other.ID == first.ID {
		t.Errorf("first %s, again %s, under another key %s", first.ID, again.ID, other.ID)
	}
	send("key-of-this-call", w.request(map[string]any{"external_id": nil})).want(t, http.StatusConflict).problem(t)
	for _, bad := range []string{strings.Repeat("k", 256), "a\u00e9b"} {
		if p := send(bad, body).want(t, http.StatusBadRequest).problem(t); p.Code != "idempotency.key" {
			t.Errorf("key %.20q: %+v", bad, p)
		}
	}
}

func externalIDsAreTheIssuers(t *testing.T, w *world) {
	body := w.request(nil)
	var one, two award
	w.call(t, "POST /api/v1/awards", body).want(t, http.StatusCreated).into(t, &one)
	body["issuer"], body["achievement"] = w.night.ID, w.night.Achievement
	w.call(t, "POST /api/v1/awards", body).want(t, http.StatusCreated).into(t, &two)
	if one.ID == two.ID {
		t.Error("two issuers share an award")
	}
}

func parallelAwards(t *testing.T, w *world) {
	body := w.request(nil)
	const calls = 100
	answers := make([]answer, calls)
	failed := make([]error, calls)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			answers[i], failed[i] = w.try(t, question{
				method: http.MethodPost, path: "/api/v1/awards", token: w.token, body: body, header: map[string]string{"Idempotency-Key": "w22"},
			})
		})
	}
	all.Wait()
	made := 0
	for i, a := range answers {
		if failed[i] != nil || a.status != http.StatusCreated && a.status != http.StatusOK {
			t.Fatalf("call %d: %v %d %s", i, failed[i], a.status, a.body)
		}
		if a.status == http.StatusCreated {
			made++
		}
		if !bytes.Equal(a.body, answers[0].body) {
			t.Fatalf("two answers:\n%s\n%s", a.body, answers[0].body)
		}
	}
	if made != 1 {
		t.Errorf("%d answers say that they made it", made)
	}
	var page struct{ Items []award }
	w.call(t, "GET /api/v1/awards?external_id="+body["external_id"].(string), nil).want(t, http.StatusOK).into(t, &page)
	if len(page.Items) != 1 {
		t.Errorf("%d awards are stored", len(page.Items))
	}
}

func claimLooked(t *testing.T, w *world) {
	a := w.award(t, map[string]any{"visibility": "private"})
	for range 3 {
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			got := w.ask(t, question{method: method, path: a.ClaimURL}).want(t, http.StatusOK)
			if got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", method, got.header.Get("Cache-Control"))
			}
		}
	}
	if got := w.ask(t, question{path: a.ClaimURL + "/badge.jwt"}).want(t, http.StatusOK); w.verify(t, map[string]string{"credential": string(got.body)}).Verdict != "valid" {
		t.Error("what the claim link gives is not valid")
	}
	w.ask(t, question{path: a.Page}).want(t, http.StatusNotFound) // the page is private; only the link is not
	other := a.ClaimURL[:len(a.ClaimURL)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(a.ClaimURL, "a")]
	w.ask(t, question{path: other}).want(t, http.StatusNotFound)
}

func listed(t *testing.T, w *world) {
	for range 5 {
		w.award(t, nil)
	}
	seen := map[string]bool{}
	cursor := ""
	for pages := 1; ; pages++ {
		var page struct {
			Items []award
			Next  string
		}
		w.call(t, "GET /api/v1/awards?limit=2&issuer="+w.school.Slug+cursor, nil).want(t, http.StatusOK).into(t, &page)
		if len(page.Items) > 2 || pages > 1000 {
			t.Fatalf("page %d has %d awards", pages, len(page.Items))
		}
		for _, a := range page.Items {
			if seen[a.ID] || a.Issuer != w.school.ID {
				t.Errorf("award %s of %s again, or of another issuer", a.ID, a.Issuer)
			}
			seen[a.ID] = true
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if len(seen) < 5 {
		t.Errorf("only %d awards are listed", len(seen))
	}
	for _, query := range []string{"limit=0", "limit=201", "limit=two", "limit=1&limit=2", "status=odd", "since=yesterday", "colour=red", "cursor=nonsense!", "issuer=nobody"} {
		if got := w.call(t, "GET /api/v1/awards?"+query, nil); got.status != http.StatusBadRequest {
			t.Errorf("?%s: %d", query, got.status)
		}
	}
}

// count is how many awards are stored, of all issuers.
func (w *world) count(t *testing.T) int {
	t.Helper()
	n, cursor := 0, ""
	for {
		var page struct {
			Items []award
			Next  string
		}
		w.call(t, "GET /api/v1/awards?limit=200"+cursor, nil).want(t, http.StatusOK).into(t, &page)
		n += len(page.Items)
		if page.Next == "" {
			return n
		}
		cursor = "&cursor=" + page.Next
	}
}
