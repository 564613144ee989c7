package service_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func escape(s string) string { return url.PathEscape(s) }

func revocationScenarios() []scenario {
	return []scenario{
		{"many awards are suspended together, seen by everybody, and exactly those are reinstated", manyAtOnce},
		{"a revocation needs a reason, is final, and again is no error", revokedOnce},
		{"a revocation is seen in the published list at once, and by the verifier within a minute", revokedEverywhere},
		{"a revoked award stays readable, and says so on its page", revokedPage},
	}
}

func revokedOnce(t *testing.T, w *world) {
	a := w.award(t, nil)
	path := "/api/v1/awards/" + a.ID + "/revocation"
	w.call(t, "GET "+path, nil).want(t, http.StatusNotFound).problem(t)
	w.call(t, "DELETE "+path, nil).want(t, http.StatusNotFound).problem(t)
	for name, body := range map[string]any{
		"nothing":           map[string]any{},
		"an empty reason":   map[string]any{"reason": ""},
		"blanks":            map[string]any{"reason": " \t "},
		"a number":          map[string]any{"reason": 1},
		"NUL":               map[string]any{"reason": "a\x00"},
		"an unknown member": map[string]any{"reason": "x", "when": "now"},
		"a book":            map[string]any{"reason": strings.Repeat("x", 1001)},
	} {
		if p := w.call(t, "POST "+path, body).want(t, http.StatusBadRequest).problem(t); p.Pointer == "" || p.Hint == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if r := w.verify(t, map[string]string{"credential": string(w.signed(t, a))}); r.Verdict != "valid" {
		t.Fatalf("revoked without a reason: %+v", r.Checks)
	}
	first := w.call(t, "POST "+path, map[string]any{"reason": "Wrong learner."}).want(t, http.StatusOK)
	again := w.call(t, "POST "+path, map[string]any{"reason": "Another reason."}).want(t, http.StatusOK)
	read := w.call(t, "GET "+path, nil).want(t, http.StatusOK)
	if !bytes.Equal(first.body, again.body) || !bytes.Equal(first.body, read.body) || !bytes.Contains(first.body, []byte("Wrong learner.")) {
		t.Errorf("first %s\nagain %s\nread %s", first.body, again.body, read.body)
	}
	if p := w.call(t, "DELETE "+path, nil).want(t, http.StatusConflict).problem(t); p.Code != "award.revocation_final" {
		t.Errorf("%+v", p)
	}
	w.call(t, "POST /api/v1/awards/awd_nobody/revocation", map[string]any{"reason": "x"}).want(t, http.StatusNotFound)
}

func revokedEverywhere(t *testing.T, w *world) {
	a, other := w.award(t, nil), w.award(t, nil)
	signed := w.signed(t, a)
	if r := w.verify(t, map[string]string{"credential": string(signed)}); r.Verdict != "valid" || r.check("status").Code != "status.clear" {
		t.Fatalf("before: %+v", r)
	}
	w.revoke(t, a)
	if !w.bit(t, a) || w.bit(t, other) {
		t.Error("the list that is served does not say that this award is revoked, and only this")
	}
	eventually(t, "the verifier says revoked", func() bool {
		r := w.verify(t, map[string]string{"credential": string(signed)})
		return r.Verdict == "invalid" && r.check("status").Outcome == "fail" && r.check("status").Code == "status.revoked" && r.check("proof").Outcome == "pass"
	})
	if r := w.verify(t, map[string]string{"credential": string(w.signed(t, other))}); r.Verdict != "valid" {
		t.Errorf("another award: %+v", r.Checks)
	}
}

func revokedPage(t *testing.T, w *world) {
	a := w.award(t, nil)
	active := w.ask(t, question{path: a.Page}).want(t, http.StatusOK)
	w.revoke(t, a)
	var page answer
	eventually(t, "the page says revoked", func() bool {
		page = w.ask(t, question{path: a.Page}).want(t, http.StatusOK)
		return bytes.Contains(page.body, []byte("status.revoked")) || bytes.Contains(bytes.ToLower(page.body), []byte("revoked"))
	})
	if bytes.Contains(bytes.ToLower(active.body), []byte("has been revoked")) || bytes.Equal(active.body, page.body) {
		t.Error("the page said so before")
	}
	var read award
	w.call(t, "GET /api/v1/awards/"+a.ID, nil).want(t, http.StatusOK).into(t, &read)
	if read.Status != "revoked" || read.Revocation == nil || read.Revocation.Reason != "Awarded to the wrong learner." {
		t.Errorf("%+v", read)
	}
	w.ask(t, question{path: a.Credentials[0].JWTURL}).want(t, http.StatusOK)
}

// entry is where a credential says that its status stands.
type entry struct {
	List  string `json:"statusListCredential"`
	Index string `json:"statusListIndex"`
}

func (w *world) entry(t *testing.T, a award) entry {
	t.Helper()
	var doc struct {
		Status entry `json:"credentialStatus"`
	}
	payload(t, w.signed(t, a), &doc)
	if !strings.HasPrefix(doc.Status.List, w.base+"/status/") {
		t.Fatalf("status entry %+v", doc.Status)
	}
	return doc.Status
}

// statusList is what a list says, signed.
type statusList struct {
	Issuer, ID            string
	ValidFrom, ValidUntil time.Time
	Subject               struct {
		StatusPurpose, EncodedList string
		TTL                        int64
	} `json:"credentialSubject"`
}

// bit is whether the published list says that the award is revoked. It is unpacked with the standard library, counted
// from the left (Bitstring Status List 1.0 §3.2).
func (w *world) bit(t *testing.T, a award) bool {
	t.Helper()
	e := w.entry(t, a)
	var l statusList
	payload(t, w.ask(t, question{path: e.List}).want(t, http.StatusOK).body, &l)
	packed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(l.Subject.EncodedList, "u"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	i, err := strconv.Atoi(e.Index)
	if err != nil || i < 0 || len(bits) < 131_072/8 || i >= len(bits)*8 {
		t.Fatalf("index %q of %d", e.Index, len(bits)*8)
	}
	return bits[i/8]&(0x80>>(i%8)) != 0
}

func publicationScenarios() []scenario {
	return []scenario{
		{"the status list has an ETag, and its ttl is its Cache-Control", listHeaders},
		{"the DID documents and the key set publish the keys of every issuer", keyDocuments},
		{"the second issuer signs under its own DID, with its own keys and its own list", secondIssuer},
		{"an achievement is published with its criteria, for any origin", achievementPublished},
	}
}

var maxAge = regexp.MustCompile(`^public, max-age=(\d+)$`)

func listHeaders(t *testing.T, w *world) {
	a := w.award(t, nil)
	list := w.entry(t, a).List
	got := w.ask(t, question{path: list}).want(t, http.StatusOK)
	var l statusList
	payload(t, got.body, &l)
	age := maxAge.FindStringSubmatch(got.header.Get("Cache-Control"))
	if age == nil || l.Subject.TTL <= 0 || age[1] != strconv.FormatInt(l.Subject.TTL/1000, 10) || l.Subject.TTL > 60_000 {
		t.Errorf("Cache-Control %q, ttl %d ms", got.header.Get("Cache-Control"), l.Subject.TTL)
	}
	if l.ID != list || l.Issuer != w.school.DID || l.Subject.StatusPurpose != "revocation" || !l.ValidUntil.After(l.ValidFrom) {
		t.Errorf("%+v", l)
	}
	etag := got.header.Get("ETag")
	if same := w.ask(t, question{path: list, header: map[string]string{"If-None-Match": etag}}); same.status != http.StatusNotModified || len(same.body) != 0 || same.header.Get("ETag") != etag {
		t.Errorf("If-None-Match of %q: %d, ETag %q", etag, same.status, same.header.Get("ETag"))
	}
	for accept, media := range map[string]string{
		"": "application/vc+jwt", "*/*": "application/vc+jwt", "application/vc+jwt": "application/vc+jwt", "text/plain": "text/plain", "application/jwt": "application/jwt",
	} {
		if as := w.ask(t, question{path: list, header: map[string]string{"Accept": accept}}); as.header.Get("Content-Type") != media || !bytes.Equal(as.body, got.body) {
			t.Errorf("Accept %q: %q", accept, as.header.Get("Content-Type"))
		}
	}
	w.revoke(t, a)
	after := w.ask(t, question{path: list, header: map[string]string{"If-None-Match": etag}}).want(t, http.StatusOK)
	var changed statusList
	payload(t, after.body, &changed)
	if changed.ValidFrom.Before(l.ValidFrom) || after.header.Get("ETag") == etag {
		t.Errorf("after a revocation the list is of %s, was of %s", changed.ValidFrom, l.ValidFrom)
	}
	for _, unknown := range []string{"/status/nothing", "/status/" + strings.Repeat("a", 26), "/status/", list + "/1"} {
		if got := w.ask(t, question{path: unknown}); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, got.status)
		}
	}
}

// didDocument is what a DID document says, as far as it matters here.
type didDocument struct {
	ID                 string
	VerificationMethod []struct {
		ID, Type, Controller string
		PublicKeyJwk         map[string]any
		PublicKeyMultibase   string
	}
	AssertionMethod []string
}

func keyDocuments(t *testing.T, w *world) {
	var jwks struct{ Keys []map[string]any }
	set := w.ask(t, question{path: "/.well-known/jwks.json"}).want(t, http.StatusOK)
	set.into(t, &jwks)
	if set.header.Get("Content-Type") != "application/jwk-set+json" || set.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the key set is %q for %q", set.header.Get("Content-Type"), set.header.Get("Access-Control-Allow-Origin"))
	}
	for path, i := range map[string]issuer{"/.well-known/did.json": w.school, "/issuers/night-school/did.json": w.night} {
		got := w.ask(t, question{path: path}).want(t, http.StatusOK)
		var doc didDocument
		got.into(t, &doc)
		if doc.ID != i.DID || got.header.Get("Content-Type") != "application/did+json" || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %s, %s", path, doc.ID, got.header)
		}
		kinds := map[string]int{}
		for _, m := range doc.VerificationMethod {
			kinds[m.Type]++
			if m.Controller != i.DID || !strings.HasPrefix(m.ID, i.DID+"#") {
				t.Errorf("%s: method %s of %s", path, m.ID, m.Controller)
			}
			if m.PublicKeyJwk["d"] != nil || (m.PublicKeyJwk == nil) == (m.PublicKeyMultibase == "") {
				t.Errorf("%s: method %s has a private part, or not one public one", path, m.ID)
			}
		}
		if kinds["JsonWebKey"] < 3 || kinds["Multikey"] < 1 || len(doc.AssertionMethod) < 3 {
			t.Errorf("%s: methods %v, %d for assertions", path, kinds, len(doc.AssertionMethod))
		}
		for _, m := range doc.AssertionMethod {
			if !strings.HasPrefix(m, i.DID+"#") {
				t.Errorf("%s: assertionMethod %s is no full DID URL", path, m)
			}
		}
	}
	if len(jwks.Keys) < 3 {
		t.Errorf("%d keys in the set", len(jwks.Keys))
	}
	for _, k := range jwks.Keys {
		if k["d"] != nil || k["kid"] == nil || k["kty"] == "oct" {
			t.Errorf("key %v", k["kid"])
		}
	}
	w.ask(t, question{path: "/issuers/nobody/did.json"}).want(t, http.StatusNotFound)
}

func secondIssuer(t *testing.T, w *world) {
	host := strings.ReplaceAll(strings.TrimPrefix(w.base, "http://"), ":", "%3A")
	if w.school.DID != "did:web:"+host || w.night.DID != "did:web:"+host+":issuers:night-school" {
		t.Errorf("DIDs %s and %s of %s", w.school.DID, w.night.DID, w.base)
	}
	ours := w.award(t, nil)
	theirs := w.award(t, map[string]any{"issuer": w.night.DID, "achievement": "first-aid"})
	if theirs.Issuer != w.night.ID || theirs.Achievement != w.night.Achievement {
		t.Fatalf("%+v", theirs)
	}
	if w.entry(t, ours).List == w.entry(t, theirs).List {
		t.Error("two issuers share a list")
	}
	r := w.verify(t, map[string]string{"credential": string(w.signed(t, theirs))})
	if r.Verdict != "valid" || r.Issuer.ID != w.night.DID || r.Issuer.Name != "Night School" {
		t.Errorf("%+v", r)
	}
	if got := w.call(t, "POST /api/v1/awards", w.request(map[string]any{"issuer": w.night.ID})); got.status != http.StatusBadRequest {
		t.Errorf("one issuer awards the achievement of the other: %d", got.status)
	}
}

func achievementPublished(t *testing.T, w *world) {
	a := w.award(t, nil)
	var doc struct {
		Subject struct{ Achievement struct{ ID string } } `json:"credentialSubject"`
	}
	payload(t, w.signed(t, a), &doc)
	got := w.ask(t, question{path: doc.Subject.Achievement.ID}).want(t, http.StatusOK)
	var public struct {
		ID, Name string
		Criteria struct{ Narrative string }
	}
	got.into(t, &public)
	if public.ID != doc.Subject.Achievement.ID || public.Name != "First aid" || !strings.Contains(public.Criteria.Narrative, "*practical*") {
		t.Errorf("%s", got.body)
	}
	if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Content-Type") != "application/ld+json" {
		t.Errorf("%v", got.header)
	}
}
