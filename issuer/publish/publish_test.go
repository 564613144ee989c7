package publish_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/internal/store/storetest"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/publish"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

const base = "https://badges.example.org"

// host serves the lists of a real database, unsigned so that a test can read them, and two statements.
type host struct {
	*storetest.Fixture
	issuer     string
	now        time.Time
	lists      *statuslist.Service
	statements map[string]issuer.Statement
	router     *gin.Engine
}

func (h *host) DID(_ context.Context, issuerID string) (string, error) {
	if issuerID != h.issuer {
		return "", fault.New(fault.NotFound, nil, "there is no such issuer").Code("issuer.not_found")
	}
	return "did:web:badges.example.org", nil
}

func (*host) SignList(_ context.Context, _ string, _ statuslist.Form, unsigned []byte) ([]byte, error) {
	return unsigned, nil
}

func (h *host) Statement(_ context.Context, id string) (issuer.Statement, error) {
	if x, ok := h.statements[id]; ok {
		return x, nil
	}
	return issuer.Statement{}, fault.New(fault.NotFound, nil, "there is no such record or endorsement").Code("statement.not_found")
}

func newHost(t *testing.T) *host {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: filepath.Join(t.TempDir(), "laurel.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := &host{Fixture: storetest.NewFixture(t, s), now: storetest.Start(), statements: map[string]issuer.Statement{}}
	h.issuer = h.Issuer("school").ID
	h.lists = statuslist.New(statuslist.Config{Store: s, Issuers: h, Signer: h, BaseURL: base, Clock: func() time.Time { return h.now }})
	gin.SetMode(gin.TestMode)
	h.router = gin.New()
	publish.New(publish.Config{Lists: h.lists, Statements: h}).Register(h.router)
	return h
}

func (h *host) list(t *testing.T, purpose string) string {
	t.Helper()
	e, err := h.lists.Reserve(t.Context(), h.issuer, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(e.URL, base)
}

// get sends a request; header are names and values in turn.
func (h *host) get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.router.ServeHTTP(rec, r)
	return rec
}

// said is what a list says of itself, as a credential or as claims.
type said struct {
	ID, Sub               string
	ValidFrom, ValidUntil time.Time
	Iat, Exp, TTL         int64
	CredentialSubject     struct {
		StatusPurpose string
		TTL           int64
	}
	List struct {
		Aggregation string `json:"aggregation_uri"`
	} `json:"status_list"`
}

func read(t *testing.T, rec *httptest.ResponseRecorder) said {
	t.Helper()
	var l said
	if err := json.Unmarshal(rec.Body.Bytes(), &l); err != nil {
		t.Fatalf("%d %v %s", rec.Code, err, rec.Body)
	}
	return l
}

func TestStatusListsInEveryMediaType(t *testing.T) {
	h := newHost(t)
	revocations, suspensions, tokens := h.list(t, statuslist.Revocation), h.list(t, statuslist.Suspension), h.list(t, statuslist.Status)+"/token"
	for _, row := range []struct{ name, path, accept, want string }{
		{"anything", revocations, "*/*", "application/vc+jwt"},
		{"nothing said", revocations, "", "application/vc+jwt"},
		{"VC-JOSE-COSE", revocations, "application/vc+jwt", "application/vc+jwt"},
		{"a plain JWT", revocations, "application/jwt", "application/jwt"},
		{"text, as Open Badges says", revocations, "text/plain", "text/plain"},
		{"suspensions", suspensions, "*/*", "application/vc+jwt"},
		{"an embedded proof", revocations + "/embedded", "*/*", "application/vc"},
		{"an embedded proof as JSON-LD", revocations + "/embedded", "application/ld+json", "application/ld+json"},
		{"an embedded proof as JSON", revocations + "/embedded", "application/json", "application/json"},
		{"a token", tokens, "*/*", "application/statuslist+jwt"},
		{"a token by its type", tokens, "application/statuslist+jwt", "application/statuslist+jwt"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rec := h.get(http.MethodGet, row.path, "Accept", row.accept, "Origin", "https://elsewhere.example")
			l := read(t, rec)
			if got := rec.Header().Get("Content-Type"); rec.Code != http.StatusOK || got != row.want || l.ID+l.Sub != base+row.path {
				t.Errorf("%d %q of %q", rec.Code, got, l.ID+l.Sub)
			}
			ttl := l.TTL + l.CredentialSubject.TTL/1000
			if got := rec.Header().Get("Cache-Control"); ttl < 1 || got != fmt.Sprintf("public, max-age=%d", ttl) {
				t.Errorf("%q and a ttl of %d s", got, ttl)
			}
			if h := rec.Header(); h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Vary") != "Accept, Accept-Encoding" || h.Get("Set-Cookie") != "" {
				t.Errorf("%v", h)
			}
			from := l.ValidFrom
			if from.IsZero() {
				from = time.Unix(l.Iat, 0)
			}
			if got := rec.Header().Get("Last-Modified"); got != from.UTC().Format(http.TimeFormat) {
				t.Errorf("modified %q, from %s", got, from)
			}
			tag := rec.Header().Get("ETag")
			if again := h.get(http.MethodGet, row.path, "Accept", row.accept, "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("ETag") != tag {
				t.Errorf("again: %d %s", again.Code, again.Body)
			}
			if other := h.get(http.MethodGet, row.path, "Accept", row.accept, "If-None-Match", `"other"`); other.Code != http.StatusOK {
				t.Errorf("with another tag: %d", other.Code)
			}
			if head := h.get(http.MethodHead, row.path, "Accept", row.accept); head.Code != http.StatusOK || head.Header().Get("ETag") != tag {
				t.Errorf("HEAD: %d %v", head.Code, head.Header())
			}
		})
	}
}

// A token list is a CBOR Web Token for whoever asks for that type alone: the same claims.
func TestTokenListsInCBOR(t *testing.T) {
	h := newHost(t)
	path := h.list(t, statuslist.Status) + "/token"
	for accept, want := range map[string]string{
		"application/statuslist+cwt": "application/statuslist+cwt", "application/statuslist+cwt;q=1, application/cwt;q=0.5": "application/statuslist+cwt",
		"application/statuslist+cwt, application/statuslist+jwt": "application/statuslist+jwt", "application/statuslist+cwt, application/statuslist+jwt;q=0.5": "application/statuslist+cwt",
		"application/statuslist+cwt;q=0, */*": "application/statuslist+jwt", "application/cwt": "application/statuslist+jwt",
	} {
		if got := h.get(http.MethodGet, path, "Accept", accept).Header().Get("Content-Type"); got != want {
			t.Errorf("%s: %s", accept, got)
		}
	}
	token := read(t, h.get(http.MethodGet, path))
	rec := h.get(http.MethodGet, path, "Accept", "application/statuslist+cwt")
	claims, err := cbor.Parse(rec.Body.Bytes())
	if err != nil || rec.Header().Get("Vary") != "Accept, Accept-Encoding" {
		t.Fatalf("%v, %v", err, rec.Header())
	}
	number := func(claim int) int64 {
		n, _ := claims.At(claim).Int()
		return int64(n)
	}
	list := claims.At(65533)
	bits, _ := list.Member("bits").Int()
	values, err := status.InflateValues(list.Member("lst").Bytes(), bits)
	if err != nil || values.Len() < 131_072 || bits != 2 {
		t.Errorf("%d bits, %v", bits, err)
	}
	if claims.At(2).Text() != token.Sub || claims.At(1).Text() == "" || number(6) != token.Iat || number(65534) != int64(token.TTL) || number(4) <= number(6) {
		t.Errorf("the claims are not those of the other form: %s, %d, %d, %d", claims.At(2).Text(), number(4), number(6), number(65534))
	}
	tag := rec.Header().Get("ETag")
	if again := h.get(http.MethodGet, path, "Accept", "application/statuslist+cwt", "If-None-Match", tag); again.Code != http.StatusNotModified {
		t.Errorf("again: %d", again.Code)
	}
	if other := h.get(http.MethodGet, path, "If-None-Match", tag); other.Code != http.StatusOK {
		t.Errorf("the other form under its tag: %d", other.Code)
	}
	if rec := h.get(http.MethodGet, strings.TrimSuffix(path, "token")+"cwt", "Accept", "application/statuslist+cwt"); rec.Code != http.StatusNotFound {
		t.Errorf("at an address of its own: %d", rec.Code)
	}
}

// TestStatusListsOfThePast is row S21 on the issuing side: an answer for a moment says that it is for that moment.
func TestStatusListsOfThePast(t *testing.T) {
	h := newHost(t)
	revocations, tokens := h.list(t, statuslist.Revocation), h.list(t, statuslist.Status)+"/token"
	then := h.now.Add(30 * time.Minute)
	h.now = h.now.Add(3 * time.Hour)
	for name, path := range map[string]string{
		"at": revocations + "?at=" + then.UTC().Format(time.RFC3339), "at, embedded": revocations + "/embedded?at=" + then.UTC().Format(time.RFC3339),
		"time": fmt.Sprintf("%s?time=%d", revocations, then.Unix()), "a token by time": fmt.Sprintf("%s?time=%d", tokens, then.Unix()),
	} {
		rec := h.get(http.MethodGet, path)
		l := read(t, rec)
		from, until := l.ValidFrom, l.ValidUntil
		if from.IsZero() {
			from, until = time.Unix(l.Iat, 0), time.Unix(l.Exp, 0)
		}
		if rec.Code != http.StatusOK || from.After(then) || !until.After(then) || until.After(h.now) || rec.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d, signed from %s until %s for %s", name, rec.Code, from, until, then)
		}
	}
	for name, row := range map[string]struct {
		query string
		want  int
	}{
		"both":                {"?at=2026-01-01T00:00:00Z&time=5", http.StatusBadRequest},
		"no time":             {"?at=yesterday", http.StatusBadRequest},
		"a date":              {"?at=2026-01-01", http.StatusBadRequest},
		"nothing":             {"?at=", http.StatusBadRequest},
		"no number":           {"?time=1e9", http.StatusBadRequest},
		"before 1970":         {"?time=-1", http.StatusBadRequest},
		"after the year 9999": {"?time=253402300800", http.StatusBadRequest},
		"this second":         {fmt.Sprintf("?time=%d", h.now.Unix()), http.StatusBadRequest},
		"the future":          {fmt.Sprintf("?time=%d", h.now.Add(time.Hour).Unix()), http.StatusBadRequest},
		"before the list":     {"?time=0", http.StatusNotFound},
	} {
		if rec := h.get(http.MethodGet, revocations+row.query); rec.Code != row.want || !strings.Contains(rec.Header().Get("Content-Type"), "problem+json") ||
			rec.Header().Get("ETag") != "" || rec.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v %s", name, rec.Code, rec.Header(), rec.Body)
		}
	}
}

func TestListsThatThereAreNot(t *testing.T) {
	h := newHost(t)
	revocations, tokens := h.list(t, statuslist.Revocation), h.list(t, statuslist.Status)
	for name, path := range map[string]string{
		"an unknown id": "/status/" + strings.Repeat("a", 26), "no id": "/status/x", "a path": "/status/..%2f..%2fetc", "a longer id": revocations + "a",
		"an unknown form": revocations + "/cwt", "a list of revocations as a token": revocations + "/token", "a token list without its form": tokens,
		"a token list with an embedded proof": tokens + "/embedded",
	} {
		if rec := h.get(http.MethodGet, path); rec.Code != http.StatusNotFound || strings.Contains(rec.Body.String(), "sql") {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
}

func TestAggregation(t *testing.T) {
	h := newHost(t)
	h.list(t, statuslist.Revocation)
	tokens := h.list(t, statuslist.Status) + "/token"
	l := read(t, h.get(http.MethodGet, tokens))
	rec := h.get(http.MethodGet, strings.TrimPrefix(l.List.Aggregation, base))
	var got struct {
		Lists []string `json:"status_lists"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" ||
		len(got.Lists) != 1 || got.Lists[0] != base+tokens {
		t.Errorf("%d %v %s, %v", rec.Code, rec.Header(), rec.Body, err)
	}
}

// What is text and long is packed for whoever takes gzip, and what a proxy packed is known again.
func TestListsArePacked(t *testing.T) {
	h := newHost(t)
	path := h.list(t, statuslist.Revocation)
	plain := h.get(http.MethodGet, path)
	tag := plain.Header().Get("ETag")
	for name, row := range map[string]struct {
		header []string
		code   int
		packed bool
	}{
		"gzip is taken":              {[]string{"Accept-Encoding", "br, gzip"}, http.StatusOK, true},
		"gzip is not taken":          {[]string{"Accept-Encoding", "gzip;q=0"}, http.StatusOK, false},
		"known":                      {[]string{"If-None-Match", tag}, http.StatusNotModified, false},
		"known, packed by a proxy":   {[]string{"If-None-Match", "W/" + tag}, http.StatusNotModified, false},
		"known among others":         {[]string{"If-None-Match", `"other", ` + tag}, http.StatusNotModified, false},
		"whatever there is":          {[]string{"If-None-Match", "*"}, http.StatusNotModified, false},
		"known, and gzip is taken":   {[]string{"If-None-Match", tag, "Accept-Encoding", "gzip"}, http.StatusNotModified, false},
		"another, and gzip is taken": {[]string{"If-None-Match", `"other"`, "Accept-Encoding", "gzip"}, http.StatusOK, true},
	} {
		rec := h.get(http.MethodGet, path, row.header...)
		if rec.Code != row.code || (rec.Header().Get("Content-Encoding") == "gzip") != row.packed || rec.Header().Get("Vary") != "Accept, Accept-Encoding" {
			t.Errorf("%s: %d %v", name, rec.Code, rec.Header())
		}
		body := rec.Body.Bytes()
		if row.packed {
			z, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if body, err = io.ReadAll(z); err != nil || !strings.HasPrefix(rec.Header().Get("ETag"), "W/") {
				t.Errorf("%s: %v, %s", name, err, rec.Header().Get("ETag"))
			}
		}
		if row.code == http.StatusOK && !bytes.Equal(body, plain.Body.Bytes()) {
			t.Errorf("%s: another list", name)
		}
	}
	short := "/status/aggregation/" + h.issuer
	if rec := h.get(http.MethodGet, short, "Accept-Encoding", "gzip"); rec.Code != http.StatusOK || rec.Header().Get("Content-Encoding") != "" {
		t.Errorf("what is short: %d %v", rec.Code, rec.Header())
	}
	if rec := h.get(http.MethodGet, "/status/aggregation/iss_nobody"); rec.Code != http.StatusNotFound {
		t.Errorf("the lists of nobody: %d %s", rec.Code, rec.Body)
	}
}

func TestStatements(t *testing.T) {
	h := newHost(t)
	id := strings.Repeat("b", 25) + "a"
	token, embedded := []byte("eyJ.e30.c2ln"), []byte(`{"proof":{}}`)
	h.statements["rec_"+id] = issuer.Statement{ID: "rec_" + id, Kind: issuer.LearnerRecord, Form: proof.VCJWT, Signed: token}
	h.statements["end_"+id] = issuer.Statement{ID: "end_" + id, Kind: issuer.Endorsement, Form: proof.DataIntegrity, Signed: embedded}
	old := strings.Repeat("c", 25) + "a"
	h.statements["rec_"+old] = issuer.Statement{ID: "rec_" + old, Kind: issuer.LearnerRecord, Form: proof.OBJWT, Signed: token}
	for _, row := range []struct {
		path, media, body string
	}{
		{"/records/" + id, "application/vc+jwt", string(token)},
		{"/records/" + id + ".jwt", "application/vc+jwt", string(token)},
		{"/records/" + id + ".json", "application/vc", "data:application/vc+jwt,eyJ.e30.c2ln"},
		{"/records/" + old, "application/jwt", string(token)},
		{"/endorsements/" + id, "application/vc", string(embedded)},
		{"/endorsements/" + id + ".json", "application/vc", string(embedded)},
	} {
		rec := h.get(http.MethodGet, row.path)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != row.media || !strings.Contains(rec.Body.String(), row.body) {
			t.Errorf("%s: %d %v %s", row.path, rec.Code, rec.Header(), rec.Body)
		}
		head := rec.Header()
		if head.Get("X-Robots-Tag") != "noindex" || !strings.Contains(head.Get("Content-Security-Policy"), "sandbox") ||
			head.Get("Access-Control-Allow-Origin") != "*" || head.Get("Cache-Control") != "public, max-age=300" {
			t.Errorf("%s: %v", row.path, head)
		}
		if again := h.get(http.MethodGet, row.path, "If-None-Match", head.Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", row.path, again.Code)
		}
	}
	for _, path := range []string{
		"/records/" + strings.Repeat("d", 25) + "a", "/records/x", "/records/rec_" + id, "/records/" + id + ".exe", "/records/" + id + ".png", "/records/" + id + ".json.jwt",
		"/endorsements/" + id + ".jwt", "/endorsements/" + id + ".png", "/endorsements/" + old,
	} {
		if rec := h.get(http.MethodGet, path); rec.Code != http.StatusNotFound || !strings.Contains(rec.Body.String(), "statement.not_found") {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
}
