package service_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func keyScenarios() []scenario {
	return []scenario{
		{"K13: a credential by a key that retired ten rotations ago is valid, and each document that was published is served", tenRotations},
		{"T05: what a withdrawn key signed is refused, whatever date it bears, and lists are signed anew", withdrawnKey},
		{"T05: what the issuance log places before a theft stays valid", recordedBeforeTheft},
		{"every signature stands in the log before it is made: it is whole, and a change of the past is found", issuanceLog},
		{"T05: what a thief signs outside of the log is told from what was signed in it, whatever date it bears", signedOutside},
		{"R06: a crash between record and credential is seen and harms nothing", crashAfterRecord},
		{"a stop of issuing answers 503, stores nothing, lets revocations through, and ends", stoppedIssuing},
		{"W16: a new key is published before it signs, and does so by itself", announcedRotation},
	}
}

// keyRow is a key as the API shows it.
type keyRow struct {
	ID, Algorithm, State string
	UsedFrom             string `json:"used_from"`
}

// keys are the ES256 keys of the school, by state.
func (w *world) keys(t *testing.T) map[string][]keyRow {
	t.Helper()
	var p struct{ Items []keyRow }
	w.call(t, "GET /api/v1/issuers/"+w.school.ID+"/keys", nil).want(t, http.StatusOK).into(t, &p)
	out := map[string][]keyRow{}
	for _, k := range p.Items {
		if k.Algorithm == "ES256" {
			out[k.State] = append(out[k.State], k)
		}
	}
	return out
}

func (w *world) rotate(t *testing.T) {
	t.Helper()
	w.call(t, "POST /api/v1/issuers/"+w.school.ID+"/keys/rotation", map[string]any{"algorithms": []string{"ES256"}, "now": true}).want(t, http.StatusOK)
}

// everywhere judges a credential by the API and by the command line, which must agree.
func (w *world) everywhere(t *testing.T, jws []byte) result {
	t.Helper()
	r := w.verify(t, map[string]string{"credential": string(jws)})
	want := map[string]int{"valid": 0, "invalid": 1, "undecided": 2}[r.Verdict]
	if o := w.command(t, jws, append([]string{"verify", "-"}, w.place()...)...); o.code != want {
		t.Errorf("the API says %s, the command line ends with %d: %s", r.Verdict, o.code, o.out)
	}
	return r
}

func tenRotations(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	old := own.signed(t, own.award(t, nil))
	first := signer(t, old)
	for range 10 {
		own.rotate(t)
	}
	if k := own.keys(t); len(k["retired"]) != 10 || len(k["active"]) != 1 || !slices.ContainsFunc(k["retired"], func(k keyRow) bool { return k.ID == first }) {
		t.Fatalf("%+v", k)
	}
	recent := own.signed(t, own.award(t, nil))
	for name, jws := range map[string][]byte{"by the first key": old, "by the eleventh": recent} {
		if r := own.everywhere(t, jws); r.Verdict != "valid" || r.check("binding").Outcome != "pass" {
			t.Errorf("%s: %+v", name, r.Checks)
		}
	}
	var history struct {
		ID       string
		Versions []struct {
			VersionID   string `json:"versionId"`
			Created     string
			DIDDocument didDocument `json:"didDocument"`
		}
	}
	own.ask(t, question{path: "/.well-known/did-history.json"}).want(t, http.StatusOK).into(t, &history)
	if history.ID != own.school.DID || len(history.Versions) != 11 {
		t.Fatalf("%d versions of %s", len(history.Versions), history.ID)
	}
	for i, v := range history.Versions {
		var doc didDocument
		own.ask(t, question{path: "/.well-known/did.json?versionId=" + v.VersionID}).want(t, http.StatusOK).into(t, &doc)
		if doc.ID != own.school.DID || len(doc.VerificationMethod) != len(v.DIDDocument.VerificationMethod) || len(doc.VerificationMethod) != 5+2*i {
			t.Errorf("version %s has %d methods", v.VersionID, len(doc.VerificationMethod))
		}
	}
	for query, status := range map[string]int{
		"versionId=12": http.StatusNotFound, "versionId=x": http.StatusNotFound, "versionTime=2001-01-01T00:00:00Z": http.StatusNotFound,
		"versionTime=now": http.StatusBadRequest, "versionTime=2999-01-01T00:00:00Z": http.StatusOK,
	} {
		own.ask(t, question{path: "/.well-known/did.json?" + query}).want(t, status)
	}
	own.ask(t, question{path: "/issuers/night-school/did-history.json"}).want(t, http.StatusOK)
	own.ask(t, question{path: "/issuers/none/did-history.json"}).want(t, http.StatusNotFound)
}

func withdrawnKey(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	a := own.award(t, nil)
	jws := own.signed(t, a)
	if r := own.everywhere(t, jws); r.Verdict != "valid" {
		t.Fatalf("before: %+v", r.Checks)
	}
	list := own.entry(t, a).List
	before := own.ask(t, question{path: list}).want(t, http.StatusOK).body
	stolen, made := signer(t, jws), own.keys(t)["active"][0].UsedFrom
	if out := own.must(t, "keys", "withdraw", stolen, "--from", made, "--dry-run"); !strings.Contains(out, "  1 credentials would hold no more") {
		t.Errorf("the plan says %s", out)
	}
	var plan struct {
		State  string
		Effect struct{ Lost, Believed int }
	}
	own.call(t, "POST /api/v1/issuers/"+own.school.ID+"/keys/withdrawal", map[string]any{
		"key": stolen, "dry_run": true, "from": time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339), // within the minute for clocks
	}).want(t, http.StatusOK).into(t, &plan)
	if plan.State != "active" || plan.Effect.Lost != 0 || plan.Effect.Believed != 1 {
		t.Errorf("the plan from now on: %+v", plan)
	}
	own.call(t, "POST /api/v1/issuers/"+own.school.ID+"/keys/withdrawal", map[string]any{"key": stolen, "from": "2020-01-01T00:00:00Z"}).want(t, http.StatusBadRequest)
	out := own.must(t, "keys", "withdraw", stolen, "--from", made)
	if !strings.HasPrefix(out, "withdrawn ES256") {
		t.Errorf("it says %s", out)
	}
	eventually(t, "the running server notices", func() bool {
		r := own.verify(t, map[string]string{"credential": string(jws)})
		return r.Verdict == "invalid" && r.check("binding").Code == "key.compromised"
	})
	own.everywhere(t, jws)
	if after := own.ask(t, question{path: list}).want(t, http.StatusOK).body; listSigner(t, after) == listSigner(t, before) {
		t.Error("the status list is still the one that the withdrawn key signed")
	}
	if r := own.everywhere(t, own.signed(t, own.award(t, nil))); r.Verdict != "valid" || r.check("status").Outcome != "pass" {
		t.Errorf("what the new key signs: %+v", r.Checks)
	}
	for state, n := range map[string]int{"withdrawn": 1, "active": 1} {
		if k := own.keys(t); len(k[state]) != n {
			t.Errorf("%+v", k)
		}
	}
}

func announcedRotation(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	own.running.stop(t)
	own.flags = append(own.flags, "--key-notice", "6s")
	own.start(t)
	before := own.keys(t)["active"][0]
	path := "POST /api/v1/issuers/" + own.school.ID + "/keys/rotation"
	own.call(t, path, map[string]any{}).want(t, http.StatusOK)
	next := own.keys(t)["next"]
	if len(next) != 1 {
		t.Fatalf("%+v", own.keys(t))
	}
	var doc didDocument
	own.ask(t, question{path: "/.well-known/did.json"}).want(t, http.StatusOK).into(t, &doc)
	published := false
	for _, m := range doc.VerificationMethod {
		published = published || m.ID == next[0].ID
	}
	if !published || own.keys(t)["active"][0] != before {
		t.Errorf("published %v, active %+v", published, own.keys(t)["active"])
	}
	eventually(t, "the next key signs", func() bool { return signer(t, own.signed(t, own.award(t, nil))) == next[0].ID })
	if k := own.keys(t); len(k["next"]) != 0 || len(k["retired"]) != 1 {
		t.Errorf("%+v", k)
	}
}

// listSigner is the id of the key that signed a status list.
func listSigner(t *testing.T, jws []byte) string {
	t.Helper()
	head, _, _ := strings.Cut(string(jws), ".")
	var h struct{ Kid string }
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil {
		err = json.Unmarshal(text, &h)
	}
	if err != nil || h.Kid == "" {
		t.Fatalf("%v in the header %q", err, text)
	}
	return h.Kid
}
