package service_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func accessScenarios() []scenario {
	return []scenario{
		{"W06: who may only read, or awards for another issuer, awards nothing", mayNotAward},
		{"W07: who may only award revokes nothing", mayNotRevoke},
		{"W09: without credentials only the public addresses answer", nothingWithoutToken},
		{"W10: a private badge and none at all are told apart by nothing", privateOrAbsent},
		{"W12: a forged X-Forwarded-For changes nothing, unless a proxy is trusted", forgedAddress},
		{"W16: no default password, and a key file that others can read is refused", firstStartSecrets},
		{"a token that is revoked or made up opens nothing", tokensEnd},
	}
}

// with makes a token by the command line.
func (w *world) with(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(w.must(t, append([]string{"token", "add"}, args...)...))
}

func mayNotAward(t *testing.T, w *world) {
	before := w.count(t)
	for name, tc := range map[string]struct {
		token, code string
	}{
		"a token that reads":            {w.with(t, "--scope", "read"), "token.scope"},
		"a token that revokes":          {w.with(t, "--scope", "revoke"), "token.scope"},
		"a token of the other issuer":   {w.with(t, "--scope", "award,read", "--issuer", w.night.Slug), "token.issuer"},
		"an administrator of the other": {w.with(t, "--scope", "admin", "--issuer", w.night.Slug), "token.issuer"},
	} {
		got := w.ask(t, question{method: http.MethodPost, path: "/api/v1/awards", token: tc.token, body: w.request(nil)}).want(t, http.StatusForbidden)
		if p := got.problem(t); p.Code != tc.code || p.Hint == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if !strings.Contains(w.running.log.String(), "status=403") {
		t.Error("the log has no line of the refusals")
	}
	own := w.with(t, "--scope", "award", "--issuer", w.school.Slug)
	w.ask(t, question{method: http.MethodPost, path: "/api/v1/awards", token: own, body: w.request(nil)}).want(t, http.StatusCreated)
	if after := w.count(t); after != before+1 {
		t.Errorf("%d awards became %d", before, after)
	}
	for _, path := range []string{"/api/v1/issuers", "/api/v1/achievements", "/api/v1/tokens"} {
		body := map[string]any{"name": "Mine", "description": "d", "criteria": "c", "scopes": []string{"admin"}}
		if path != "/api/v1/achievements" {
			delete(body, "description")
			delete(body, "criteria")
		}
		if path != "/api/v1/tokens" {
			delete(body, "scopes")
		}
		if got := w.ask(t, question{method: http.MethodPost, path: path, token: own, body: body}); got.status != http.StatusForbidden {
			t.Errorf("a token that awards posts to %s: %d %s", path, got.status, got.body)
		}
	}
}

func mayNotRevoke(t *testing.T, w *world) {
	a := w.award(t, nil)
	path := "/api/v1/awards/" + a.ID + "/revocation"
	for name, tc := range map[string]struct {
		token  string
		status int
	}{
		"a token that awards and reads": {w.with(t, "--scope", "award,read"), http.StatusForbidden},
		"a token of the other issuer":   {w.with(t, "--scope", "revoke", "--issuer", w.night.Slug), http.StatusNotFound},
	} {
		got := w.ask(t, question{method: http.MethodPost, path: path, token: tc.token, body: map[string]any{"reason": "x"}})
		if got.status != tc.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	w.call(t, "GET "+path, nil).want(t, http.StatusNotFound)
	own := w.with(t, "--scope", "revoke", "--issuer", w.school.Slug)
	w.ask(t, question{method: http.MethodPost, path: path, token: own, body: map[string]any{"reason": "x"}}).want(t, http.StatusOK)
}

// The routes themselves are enumerated from the router by a test of cmd/laurel; here is the same from outside.
func nothingWithoutToken(t *testing.T, w *world) {
	var doc struct {
		Paths map[string]map[string]any
	}
	w.ask(t, question{path: "/api/openapi.json"}).want(t, http.StatusOK).into(t, &doc)
	called := 0
	a := w.award(t, nil)
	for path, methods := range doc.Paths {
		for method := range methods {
			called++
			filled := strings.NewReplacer("{id}", a.ID).Replace(path)
			q := question{method: strings.ToUpper(method), path: filled, body: map[string]any{}}
			if method == "get" || method == "delete" {
				q.body = nil
			}
			got := w.ask(t, q)
			want := http.StatusUnauthorized
			switch {
			case path == "/api/v1/checks":
				want = http.StatusOK // what the codes of a result mean is for everybody to read
			case strings.HasPrefix(path, "/api/v1/checks/"):
				want = http.StatusNotFound // the same, and there is no such code
			case path == "/api/v1/verify", path == "/api/v1/verify-many", path == "/api/v1/requests", path == "/api/v1/receipts":
				want = http.StatusBadRequest // it is public, and this is no request
			case strings.HasPrefix(path, "/api/v1/requests/"):
				want = http.StatusForbidden // no token opens it, but the secret that was given to whoever asked (O12)
			}
			if got.status != want {
				t.Errorf("%s %s: %d", method, path, got.status)
			}
			if want == http.StatusUnauthorized && !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s %s: WWW-Authenticate %q", method, path, got.header.Get("WWW-Authenticate"))
			}
		}
	}
	if called < 15 {
		t.Errorf("only %d operations are described", called)
	}
	for _, path := range []string{"/console", "/console/awards", "/console/awards/" + a.ID, "/console/award", "/console/batch", "/console/changes", "/console/achievements", "/console/achievements/new"} {
		w.ask(t, question{path: path}).want(t, http.StatusUnauthorized)
		if got := w.ask(t, question{method: http.MethodPost, path: path, body: []byte("a=b"), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}); got.status < 400 {
			t.Errorf("POST %s: %d", path, got.status)
		}
	}
	for _, header := range []string{"", "Basic YTpi", "Bearer", "Bearer  ", "bearer laurel_x", w.token, "Bearer " + w.token + "x"} {
		if got := w.ask(t, question{path: "/api/v1/awards", header: map[string]string{"Authorization": header}}); got.status != http.StatusUnauthorized {
			t.Errorf("Authorization %.12q…: %d", header, got.status)
		}
	}
	if got := w.ask(t, question{path: "/api/v1/awards?access_token=" + w.token}); got.status != http.StatusBadRequest {
		t.Errorf("a token in the address: %d", got.status)
	}
}

// changing is what differs from answer to answer whatever was asked.
var changing = regexp.MustCompile(`[0-9a-f]{24}`)

func privateOrAbsent(t *testing.T, w *world) {
	private := w.award(t, map[string]any{"visibility": "private"})
	id := private.Credentials[0].ID
	absent := randomID(t, len(id))
	for _, suffix := range []string{"", ".jwt", ".json", ".png", ".svg", ".qr.png", "/picture"} {
		for _, accept := range []string{"text/html", "application/json"} {
			h := map[string]string{"Accept": accept}
			one := w.ask(t, question{path: "/c/" + id + suffix, header: h}).want(t, http.StatusNotFound)
			two := w.ask(t, question{path: "/c/" + absent + suffix, header: h}).want(t, http.StatusNotFound)
			for _, a := range []answer{one, two} {
				a.header.Del("Date")
				a.header.Del("X-Request-Id")
			}
			if diff := cmp.Diff(one.header, two.header); diff != "" {
				t.Errorf("%s: headers (-private +absent):\n%s", suffix, diff)
			}
			clean := func(a answer, id string) string {
				return changing.ReplaceAllString(strings.ReplaceAll(string(a.body), id, "ID"), "REQUEST")
			}
			if diff := cmp.Diff(clean(one, id), clean(two, absent)); diff != "" {
				t.Errorf("%s: bodies (-private +absent):\n%s", suffix, diff)
			}
		}
	}
	for _, in := range []map[string]string{{"url": w.base + "/c/" + id}, {"url": w.base + "/c/" + id + ".jwt"}} {
		other := map[string]string{"url": strings.ReplaceAll(in["url"], id, absent)}
		one, two := w.verify(t, in), w.verify(t, other)
		if one.Verdict == "valid" || one.check("form").Code != two.check("form").Code || one.Verdict != two.Verdict {
			t.Errorf("the verifier tells them apart: %+v, %+v", one, two)
		}
	}
	for range 200 {
		if got := w.ask(t, question{path: "/c/" + randomID(t, len(id))}); got.status != http.StatusNotFound {
			t.Fatalf("a random id: %d", got.status)
		}
	}
}

func randomID(t *testing.T, length int) string {
	t.Helper()
	b := make([]byte, 64)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))[:length]
}

func forgedAddress(t *testing.T, w *world) {
	for name, tc := range map[string]struct {
		flags []string
		last  int
	}{
		"nobody is trusted": {nil, http.StatusTooManyRequests},
		"a proxy is":        {[]string{"--trusted-proxies", "127.0.0.0/8"}, http.StatusOK},
	} {
		d := deploy(t, "", append([]string{"--no-demo", "--rate-limit", "5"}, tc.flags...)...)
		d.start(t)
		var got answer
		for _, address := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			got = d.ask(t, question{path: "/verify", header: map[string]string{"X-Forwarded-For": "198.51.100." + address, "X-Real-IP": "198.51.100." + address}})
		}
		if got.status != tc.last {
			t.Errorf("%s: the eighth request gets %d, want %d", name, got.status, tc.last)
		}
		if got.status == http.StatusTooManyRequests && (got.header.Get("Retry-After") == "" || got.header.Get("RateLimit") == "") {
			t.Errorf("%s: Retry-After %q, RateLimit %q", name, got.header.Get("Retry-After"), got.header.Get("RateLimit"))
		}
		d.running.stop(t)
		if strings.Contains(d.running.log.String(), "198.51.100.") {
			t.Errorf("%s: the log has an address of a visitor", name)
		}
	}
}

func firstStartSecrets(t *testing.T, w *world) {
	d := deploy(t, w.databases(t), "--no-demo")
	d.start(t).stop(t)
	kek := filepath.Join(d.data, "kek")
	info, err := os.Stat(kek)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Errorf("the key-encryption key has mode %v and %d bytes", info.Mode(), info.Size())
	}
	mine, err := os.ReadFile(kek)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(filepath.Join(w.data, "kek"))
	if err != nil || bytes.Equal(mine, theirs) {
		t.Errorf("two deployments share a key: %v", err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o666} {
		if err := os.Chmod(kek, mode); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0", "--no-demo"}, {"token", "add", "--scope", "admin"}, {"keys", "list"}} {
			o := d.command(t, nil, append(args, d.place()...)...)
			if o.code == 0 || strings.Contains(o.out, "running") || strings.Contains(o.out, "laurel_") || !strings.Contains(o.errors, "hint:") {
				t.Errorf("mode %v: %s: exit code %d: %s%s", mode, args[0], o.code, o.out, o.errors)
			}
		}
	}
	if err := os.Chmod(kek, 0o600); err != nil {
		t.Fatal(err)
	}
	d.must(t, "keys", "list")
	for _, login := range []string{"Basic YWRtaW46YWRtaW4=", "Bearer admin", "Bearer laurel"} {
		w.ask(t, question{path: "/api/v1/me", header: map[string]string{"Authorization": login}}).want(t, http.StatusUnauthorized)
	}
}

func tokensEnd(t *testing.T, w *world) {
	token := w.with(t, "--scope", "read", "--name", "to be revoked")
	w.ask(t, question{path: "/api/v1/me", token: token}).want(t, http.StatusOK)
	for line := range strings.Lines(w.must(t, "token", "list")) {
		if strings.Contains(line, "to be revoked") {
			w.must(t, "token", "revoke", strings.Fields(line)[0])
		}
		if strings.Contains(line, "laurel_") {
			t.Error("the list shows a secret")
		}
	}
	eventually(t, "the running server knows that the token is revoked", func() bool {
		return w.ask(t, question{path: "/api/v1/me", token: token}).status == http.StatusUnauthorized
	})
	w.ask(t, question{path: "/api/v1/me", token: w.token}).want(t, http.StatusOK)
}
