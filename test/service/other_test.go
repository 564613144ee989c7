package service_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func otherLaurelScenarios() []scenario {
	return []scenario{
		{"another Laurel verifies our badge by its page, its QR code and its text", verifiedElsewhere},
		{"another Laurel that does not know us is undecided", unknownElsewhere},
		{"a revocation is seen by another Laurel within a minute", revokedElsewhere},
		{"a list of somebody else is followed when its signer signed it, and else believes nobody", followedElsewhere},
	}
}

// elsewhere starts another deployment whose trust list is text; "" for none.
func (w *world) elsewhere(t *testing.T, trust string, flags ...string) *deployment {
	t.Helper()
	d := deploy(t, w.databases(t), append([]string{"--no-demo", "--rate-limit", "0"}, flags...)...)
	if trust != "" {
		file := filepath.Join(d.dir, "trust.json")
		if err := os.WriteFile(file, []byte(trust), 0o600); err != nil {
			t.Fatal(err)
		}
		d.flags = append(d.flags, "--trust", file)
	}
	d.start(t)
	return d
}

const loopback = "127.0.0.0/8,::1/128"

func verifiedElsewhere(t *testing.T, w *world) {
	there := w.elsewhere(t, `{"issuers":["`+w.school.DID+`"]}`, "--fetch-allow", loopback)
	a := w.award(t, nil)
	c := a.Credentials[0]
	qr := w.ask(t, question{path: c.QRPNGURL}).want(t, http.StatusOK).body
	host := strings.TrimPrefix(w.base, "http://")
	for name, in := range map[string]map[string]string{
		"the address of the page": {"url": a.Page},
		"the pasted address":      {"credential": a.Page},
		"a picture of the code":   {"file": base64.StdEncoding.EncodeToString(qr)},
		"the signed text":         {"credential": string(w.signed(t, a))},
		"the baked picture":       {"file": base64.StdEncoding.EncodeToString(w.ask(t, question{path: c.PNGURL}).body)},
	} {
		r := there.verify(t, in)
		if r.Verdict != "valid" || r.Issuer.ID != w.school.DID || r.Issuer.Domain != host || r.ID != a.Page || r.check("status").Code != "status.clear" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// The other issuer of the same host is another one: trust is by identity, not by domain.
	night := w.award(t, map[string]any{"issuer": w.night.ID, "achievement": "first-aid"})
	if r := there.verify(t, map[string]string{"url": night.Page}); r.Verdict != "undecided" || r.check("trust").Outcome != "unknown" {
		t.Errorf("the other issuer: %+v", r)
	}
	o := there.command(t, nil, append([]string{"verify", a.Page, "--fetch-allow", loopback, "--trust", filepath.Join(there.dir, "trust.json")}, there.place()...)...)
	if o.code != 0 || !strings.HasPrefix(o.out, "VALID") {
		t.Errorf("by the command line: %d\n%s%s", o.code, o.out, o.errors)
	}
	if o := there.command(t, nil, "verify", a.Page, "--data", filepath.Join(there.dir, "nowhere"), "--fetch-allow", loopback); o.code != 2 || !strings.HasPrefix(o.out, "UNDECIDED") {
		t.Errorf("by the command line, with no deployment and no trust: %d\n%s%s", o.code, o.out, o.errors)
	}
	if _, err := os.Stat(filepath.Join(there.dir, "nowhere")); err == nil {
		t.Error("a verification made a data folder")
	}
}

func unknownElsewhere(t *testing.T, w *world) {
	a := w.award(t, nil)
	signed := string(w.signed(t, a))
	stranger := w.elsewhere(t, "", "--fetch-allow", loopback)
	r := stranger.verify(t, map[string]string{"url": a.Page})
	if r.Verdict != "undecided" || r.check("proof").Outcome != "pass" || r.check("binding").Outcome != "pass" || r.check("status").Outcome != "unknown" ||
		!strings.Contains(strings.ToLower(r.check("trust").Detail), "nobody you trust vouches") {
		t.Errorf("without a trust list: %+v", r)
	}
	if r.Issuer.Domain != strings.TrimPrefix(w.base, "http://") {
		t.Errorf("the domain that was verified is %q", r.Issuer.Domain)
	}
	if r := stranger.verify(t, map[string]string{"credential": signed, "policy": "any-issuer-unsafe"}); r.Verdict != "valid" {
		t.Errorf("without trust, by name: %+v", r)
	}
	closed := w.elsewhere(t, `["`+w.school.DID+`"]`)
	if r := closed.verify(t, map[string]string{"url": a.Page}); r.Verdict != "undecided" || !strings.HasPrefix(r.check("form").Code, "fetch.") {
		t.Errorf("a link into a closed network: %+v", r)
	}
	if r := closed.verify(t, map[string]string{"credential": signed}); r.Verdict != "undecided" || r.check("trust").Outcome != "pass" && r.check("binding").Outcome != "unknown" {
		t.Errorf("keys in a closed network: %+v", r)
	}
}

// followedElsewhere: one deployment publishes whom it believes, signed, and another believes that list and nothing else.
func followedElsewhere(t *testing.T, w *world) {
	ministry := w.elsewhere(t, "", "--fetch-allow", loopback)
	list := filepath.Join(ministry.dir, "list.json")
	run := func(args ...string) outcome {
		o := ministry.command(t, nil, append(args, ministry.place()...)...)
		if o.code != 0 {
			t.Fatalf("%v: %d\n%s%s", args, o.code, o.out, o.errors)
		}
		return o
	}
	run("issuer", "add", "--name", "Ministry", "--slug", "ministry")
	run("trust", "add", w.school.DID, "--name", "School", "--names", "fr=École", "--by", "the council", "--trust", list)
	run("trust", "publish", "--issuer", "ministry", "--trust", list)
	url, signer := ministry.base+"/issuers/ministry/trust-list.jwt", "did:web:"+strings.Replace(strings.TrimPrefix(ministry.base, "http://"), ":", "%3A", 1)
	follow := func(signer string) string {
		return `{"issuers":[],"lists":[{"url":"` + url + `","issuer":"` + signer + `"}]}`
	}
	a := w.award(t, nil)
	for _, row := range []struct {
		name, list, verdict, code string
	}{
		{"a list that the named signer signed", follow(signer), "valid", "trust.ok"},
		{"the same with another signer named", follow(w.school.DID), "undecided", "trust.list_unavailable"},
		{"a list that is not there", strings.Replace(follow(signer), "trust-list", "list", 1), "undecided", "trust.list_unavailable"},
	} {
		there := w.elsewhere(t, row.list, "--fetch-allow", loopback)
		if r := there.verify(t, map[string]string{"url": a.Page}); r.Verdict != row.verdict || r.check("trust").Code != row.code {
			t.Errorf("%s: %+v", row.name, r)
		}
		o := there.command(t, nil, append([]string{"verify", a.Page, "--fetch-allow", loopback, "--trust", filepath.Join(there.dir, "trust.json")}, there.place()...)...)
		if !strings.Contains(o.out, row.code) || (o.code == 0) != (row.verdict == "valid") {
			t.Errorf("%s, by the command line: %d\n%s", row.name, o.code, o.out)
		}
	}
	night := w.award(t, map[string]any{"issuer": w.night.ID, "achievement": "first-aid"})
	there := w.elsewhere(t, follow(signer), "--fetch-allow", loopback)
	if r := there.verify(t, map[string]string{"url": night.Page}); r.Verdict != "undecided" || r.check("trust").Code != "trust.unknown_issuer" {
		t.Errorf("an issuer that is on nobody's list: %+v", r)
	}
}

func revokedElsewhere(t *testing.T, w *world) {
	t.Parallel() // it may wait for the age of the list that the other has seen
	there := w.elsewhere(t, w.school.DID+"  # the school\n", "--fetch-allow", loopback)
	a := w.award(t, nil)
	in := map[string]string{"url": a.Page}
	if r := there.verify(t, in); r.Verdict != "valid" {
		t.Fatalf("before: %+v", r)
	}
	w.revoke(t, a)
	fresh := w.elsewhere(t, w.school.DID, "--fetch-allow", loopback)
	if r := fresh.verify(t, in); r.Verdict != "invalid" || r.check("status").Code != "status.revoked" {
		t.Errorf("one that has seen no list: %+v", r)
	}
	eventually(t, "the other says revoked", func() bool {
		r := there.verify(t, in)
		return r.Verdict == "invalid" && r.check("status").Code == "status.revoked"
	})
}
