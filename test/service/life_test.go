package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func lifeScenarios() []scenario {
	return []scenario{
		{"the first start makes an example once; a stop, a crash and a start keep everything", restarts},
		{"the greeting can be read at 80 columns", greeting},
		{"a rotation of keys by the command line is noticed by the running server, and old credentials stay valid", rotation},
		{"R07: what was revoked when the server was killed is published when it is back", revokedWhileDown},
		{"an old backup of the whole data folder issues and publishes nothing before an operator decides", restoredFolder},
		{"settings come from flags, the environment and laurel.toml, in this order", settingsOrder},
		{"every wrong setting is listed, and nothing starts", settingsWrong},
	}
}

// freePort is an address on loopback that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// listening is the address that a server with another base URL listens on, as it says when it starts.
func listening(t *testing.T, d *deployment) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^Listening on (127\.0\.0\.1:\d+)$`).FindStringSubmatch(d.running.hello)
	if m == nil {
		t.Fatalf("it does not say where it listens:\n%s", d.running.hello)
	}
	return m[1]
}

// awards lists everything that a deployment has awarded, with a fresh token.
func (d *deployment) awards(t *testing.T) []byte {
	t.Helper()
	token := strings.TrimSpace(d.must(t, "token", "add", "--scope", "admin"))
	return d.ask(t, question{path: "/api/v1/awards?limit=200", token: token}).want(t, http.StatusOK).body
}

func restarts(t *testing.T, w *world) {
	d := deploy(t, w.databases(t))
	first := d.start(t)
	badge := regexp.MustCompile(`http://\S+/c/\S+`).FindString(first.hello)
	link := regexp.MustCompile(`http://\S+/console/sign-in/\S+`).FindString(first.hello)
	if badge == "" || link == "" || !strings.Contains(first.hello, "Example University") {
		t.Fatalf("the first start says:\n%s", first.hello)
	}
	page := d.ask(t, question{path: badge}).want(t, http.StatusOK)
	signed := d.ask(t, question{path: badge + ".jwt"}).want(t, http.StatusOK).body
	if r := d.verify(t, map[string]string{"url": badge}); r.Verdict != "valid" {
		t.Errorf("the badge of the first start: %+v", r.Checks)
	}
	awards, keys := d.awards(t), d.ask(t, question{path: "/.well-known/did.json"}).body
	var list struct{ Items []award }
	if err := json.Unmarshal(awards, &list); err != nil || len(list.Items) < 5 || len(page.body) == 0 {
		t.Fatalf("%v: %d awards", err, len(list.Items))
	}
	for what, end := range map[string]func(*server){"a stop": func(s *server) { s.stop(t) }, "a crash": (*server).kill} {
		end(d.running)
		again := d.start(t)
		if strings.Contains(again.hello, "first start") || !strings.Contains(again.hello, badge[:strings.LastIndexByte(badge, '/')]) {
			t.Errorf("after %s it says:\n%s", what, again.hello)
		}
		if strings.Contains(again.hello, link) {
			t.Errorf("after %s the old sign-in link is printed", what)
		}
		if !bytes.Equal(d.awards(t), awards) {
			t.Errorf("after %s the awards are others", what)
		}
		if !bytes.Equal(d.ask(t, question{path: badge + ".jwt"}).want(t, http.StatusOK).body, signed) ||
			!bytes.Equal(d.ask(t, question{path: "/.well-known/did.json"}).body, keys) {
			t.Errorf("after %s the credential or the keys are others", what)
		}
	}
}

func greeting(t *testing.T, w *world) {
	d := deploy(t, "")
	for line := range strings.Lines(d.start(t).hello) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// signer is the id of the key that signed.
func signer(t *testing.T, jws []byte) string {
	t.Helper()
	head, _, _ := strings.Cut(string(jws), ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var h struct{ Kid, Alg, Typ string }
	if err := json.Unmarshal(text, &h); err != nil || h.Alg != "ES256" || h.Typ != "JWT" || h.Kid == "" {
		t.Fatalf("%v: header %s", err, text)
	}
	return h.Kid
}

func rotation(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	before := own.signed(t, own.award(t, nil))
	if got := own.must(t, "keys", "rotate", "--now", "--issuer", "open-school"); strings.Count(got, "active") != 3 {
		t.Errorf("keys rotate says:\n%s", got)
	}
	var after []byte
	eventually(t, "the running server signs with the new key", func() bool {
		after = own.signed(t, own.award(t, nil))
		return signer(t, after) != signer(t, before)
	})
	for name, jws := range map[string][]byte{"signed before": before, "signed after": after} {
		if r := own.verify(t, map[string]string{"credential": string(jws)}); r.Verdict != "valid" {
			t.Errorf("%s: %+v", name, r.Checks)
		}
		if o := own.command(t, jws, append([]string{"verify", "-"}, own.place()...)...); o.code != 0 {
			t.Errorf("%s, by the command line: %s", name, o.out)
		}
		var doc didDocument
		own.ask(t, question{path: "/.well-known/did.json"}).into(t, &doc)
		published := false
		for _, m := range doc.VerificationMethod {
			published = published || m.ID == signer(t, jws)
		}
		if !published {
			t.Errorf("%s: key %s is not published", name, signer(t, jws))
		}
	}
	if signer(t, own.signed(t, own.award(t, map[string]any{"issuer": own.night.ID, "achievement": "first-aid"}))) == signer(t, after) {
		t.Error("two issuers share a key")
	}
}

func revokedWhileDown(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	a, other := own.award(t, nil), own.award(t, nil)
	signed := own.signed(t, a)
	if own.bit(t, a) {
		t.Fatal("revoked from the start")
	}
	own.running.kill()
	own.must(t, "revoke", a.ID, "--reason", "committed, and nobody there to publish it")
	own.start(t)
	if !own.bit(t, a) || own.bit(t, other) {
		t.Error("the list after the restart does not say that this award is revoked, and only this")
	}
	if r := own.verify(t, map[string]string{"credential": string(signed)}); r.Verdict != "invalid" || r.check("status").Code != "status.revoked" {
		t.Errorf("%+v", r.check("status"))
	}
}

func settingsOrder(t *testing.T, w *world) {
	d := deploy(t, "")
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(d.data, "laurel.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("base_url = \"http://one.example\"\ndemo = false\nlog_format = \"json\"\nfetch_allow = [\"10.1.0.0/16\", \"10.2.0.0/16\"]\nrate_limit = 7\n")
	for _, tc := range []struct {
		name        string
		environment []string
		flags       []string
		base        string
	}{
		{"the file alone", nil, nil, "http://one.example"},
		{"the environment over the file", []string{"LAUREL_BASE_URL=http://two.example"}, nil, "http://two.example"},
		{"a flag over both", []string{"LAUREL_BASE_URL=http://two.example"}, []string{"--base-url", "http://three.example"}, "http://three.example"},
	} {
		d.environment, d.flags, d.listen = tc.environment, tc.flags, "127.0.0.1:0"
		s := d.start(t)
		if !strings.HasPrefix(s.hello, "\nLaurel is running at "+tc.base+"\n") || strings.Contains(s.hello, "first start") {
			t.Errorf("%s:\n%s", tc.name, s.hello)
		}
		d.base = "http://" + listening(t, d)
		d.ask(t, question{path: "/healthz"}).want(t, http.StatusOK)
		s.stop(t)
		if !strings.HasPrefix(s.log.String(), "{") {
			t.Errorf("%s: the log is no JSON: %.200s", tc.name, s.log)
		}
	}
	if o := d.command(t, nil, "serve", "--data", d.data, "--demo", "--no-demo"); o.code != 1 || !strings.Contains(o.errors, "--no-demo") {
		t.Errorf("a contradiction: %d %s", o.code, o.errors)
	}
}

func settingsWrong(t *testing.T, w *world) {
	d := deploy(t, "")
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.data, "laurel.toml"), []byte("colour = \"red\"\nrate_limit = -1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.flags = []string{"--listen", "nowhere", "--base-url", "ftp://x", "--fetch-allow", "0.0.0.0/0", "--trust", filepath.Join(d.dir, "absent")}
	d.environment = []string{"LAUREL_COLOUR=red", "LAUREL_RATE_LIMIT_TOKEN=many"}
	o := d.command(t, nil, append([]string{"serve", "--data", d.data}, d.flags...)...)
	if o.code != 1 || o.out != "" {
		t.Errorf("exit code %d: %s", o.code, o.out)
	}
	for _, part := range []string{"colour", "rate_limit", "--listen", "--base-url", "--fetch-allow", "trust", "LAUREL_COLOUR", "LAUREL_RATE_LIMIT_TOKEN", "8 settings are wrong", "hint:"} {
		if !strings.Contains(o.errors, part) {
			t.Errorf("%q is not named:\n%s", part, o.errors)
		}
	}
	left, err := os.ReadDir(d.data)
	if err != nil || len(left) != 1 {
		t.Errorf("%v: the data folder has %d entries", err, len(left))
	}
	d.environment = nil
	if o := d.command(t, nil, "serve", "--colour", "red"); o.code != 1 || !strings.Contains(o.errors, "--colour") {
		t.Errorf("an unknown flag: %d %s", o.code, o.errors)
	}
}
