package service_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/test/signertest"
)

func signerScenarios() []scenario {
	return []scenario{
		{"a remote signer that goes down: 503, nothing stored, no index used twice, and issuing goes on by itself", remoteSigner},
		{"while a remote signer is down a revocation is stored, a key is withdrawn, and nobody reads that either holds", outage},
	}
}

// heldElsewhere is a world whose keys can be held by a signer, and something that a key in its database signed before.
func heldElsewhere(t *testing.T, w *world) (own *world, s *signertest.Server, sealed []byte) {
	t.Helper()
	s = signertest.Start(t, signertest.Config{ClientCertificates: true})
	ca, token, certificate := s.Files(t, t.TempDir())
	own = newWorld(t, w.databases)
	sealed = own.signed(t, own.award(t, nil))
	own.running.stop(t)
	own.environment = append(own.environment, "LAUREL_SIGNER_URL="+s.URL, "LAUREL_SIGNER_CA="+ca, "LAUREL_SIGNER_TOKEN_FILE="+token,
		"LAUREL_SIGNER_CERTIFICATE="+certificate)
	own.start(t)
	return own, s, sealed
}

func remoteSigner(t *testing.T, w *world) {
	own, s, sealed := heldElsewhere(t, w)
	out := own.must(t, "keys", "rotate", "--issuer", own.school.ID, "--signer", "remote", "--now")
	if strings.Count(out, "held by remote") != 3 {
		t.Fatalf("it says %s", out)
	}
	held := own.keys(t)["active"][0].ID
	eventually(t, "the signer's key signs", func() bool { return signer(t, own.signed(t, own.award(t, nil))) == held })
	before := own.award(t, nil)
	for name, jws := range map[string][]byte{"by the key in the database": sealed, "by the key of the signer": own.signed(t, before)} {
		if r := own.everywhere(t, jws); r.Verdict != "valid" {
			t.Errorf("%s: %+v", name, r.Checks)
		}
	}

	stored := own.count(t)
	s.Stop()
	request := own.request(nil)
	for range 3 {
		if p := own.call(t, "POST /api/v1/awards", request).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "signer.unavailable" {
			t.Errorf("the problem is %+v", p)
		}
	}
	if n := own.count(t); n != stored {
		t.Errorf("%d awards are stored, %d before", n, stored)
	}
	if r := own.verify(t, map[string]string{"credential": string(sealed)}); r.check("proof").Outcome != "pass" {
		t.Errorf("verifying while the signer is down: %+v", r.Checks)
	}

	s.Resume(t)
	var again award
	own.call(t, "POST /api/v1/awards", request).want(t, http.StatusCreated).into(t, &again)
	after := own.award(t, nil)
	seen := map[entry]bool{}
	for _, a := range []award{before, again, after} {
		e := own.entry(t, a)
		if seen[e] {
			t.Errorf("the index %+v is used twice", e)
		}
		seen[e] = true
		if r := own.everywhere(t, own.signed(t, a)); r.Verdict != "valid" || signer(t, own.signed(t, a)) != held {
			t.Errorf("afterwards: %+v", r.Checks)
		}
	}
	own.must(t, "log", "verify")

	s.Spoil()
	if p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "signer.wrong" {
		t.Errorf("a signer that signs something else: %+v", p)
	}
}

// outage is what happens to what is signed already while the signer is away, and when it is back.
func outage(t *testing.T, w *world) {
	own, s, _ := heldElsewhere(t, w)
	own.must(t, "keys", "rotate", "--issuer", own.school.ID, "--signer", "remote", "--now")
	eventually(t, "the signer's key signs", func() bool { return signer(t, own.signed(t, own.award(t, nil))) == own.keys(t)["active"][0].ID })
	kept, gone := own.award(t, nil), own.award(t, nil)
	good, bad := own.signed(t, kept), own.signed(t, gone)
	own.everywhere(t, good)
	list := own.entry(t, gone).List
	own.ask(t, question{path: list}).want(t, http.StatusOK)
	own.drilled(t)

	s.Stop()
	if r := own.verify(t, map[string]string{"credential": string(good)}); r.Verdict != "valid" {
		t.Errorf("nothing has changed: %+v", r.Checks)
	}
	own.ask(t, question{path: list}).want(t, http.StatusOK)
	own.late(t, "before the revocation", false)
	var r struct {
		Reason  string
		Overdue *struct{ Since, Code string } `json:"list_overdue"`
	}
	own.call(t, "POST /api/v1/awards/"+gone.ID+"/revocation", map[string]any{"reason": "A mistake."}).want(t, http.StatusOK).into(t, &r)
	if r.Overdue == nil || r.Overdue.Code != "signer.unavailable" || r.Overdue.Since == "" {
		t.Errorf("the revocation is stored, and its list is not out: %+v", r)
	}
	own.late(t, "after the revocation", true)
	if out := own.must(t, "revoke", gone.ID, "--reason", "A mistake."); !strings.Contains(out, "It is recorded.") || !strings.Contains(out, "signer.unavailable") {
		t.Errorf("the command line says %s", out)
	}
	own.call(t, "GET /api/v1/awards/"+gone.ID+"/revocation", nil).want(t, http.StatusOK).into(t, &r)
	if p := own.ask(t, question{path: list}).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "signer.unavailable" || r.Reason == "" {
		t.Errorf("the list that cannot be signed: %+v", p)
	}
	for name, jws := range map[string][]byte{"revoked": bad, "beside it": good} {
		if r := own.everywhere(t, jws); r.Verdict == "valid" || r.check("proof").Outcome != "pass" {
			t.Errorf("%s, while the list cannot be published: %s, %+v", name, r.Verdict, r.check("status"))
		}
	}

	s.Resume(t)
	eventually(t, "the revocation is published", func() bool { return own.bit(t, gone) })
	own.late(t, "when the signer is back", false)
	eventually(t, "the verifier says so", func() bool {
		return own.verify(t, map[string]string{"credential": string(bad)}).check("status").Code == "status.revoked" &&
			own.verify(t, map[string]string{"credential": string(good)}).Verdict == "valid"
	})

	s.Stop()
	active := own.keys(t)["active"][0]
	stolen := active.ID
	own.call(t, "POST /api/v1/issuers/"+own.school.ID+"/keys/withdrawal", map[string]any{"key": stolen, "from": active.UsedFrom}).want(t, http.StatusOK)
	if k := own.keys(t); len(k["active"]) != 0 || !slices.ContainsFunc(k["withdrawn"], func(k keyRow) bool { return k.ID == stolen }) {
		t.Errorf("%+v", k)
	}
	before := own.count(t)
	if p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "key.no_successor" || own.count(t) != before {
		t.Errorf("an award without a key: %+v", p)
	}
	if r := own.everywhere(t, good); r.Verdict != "invalid" || r.check("binding").Code != "key.compromised" {
		t.Errorf("by the withdrawn key: %+v", r.Checks)
	}
	own.ask(t, question{path: list}).want(t, http.StatusServiceUnavailable) // it was signed by the withdrawn key
	s.Resume(t)
	eventually(t, "another key signs", func() bool { return len(own.keys(t)["active"]) == 1 })
	eventually(t, "the list is signed by it", func() bool {
		a, err := own.try(t, question{path: list})
		return err == nil && a.status == http.StatusOK && listSigner(t, a.body) != stolen
	})
	var again struct{ Done, Revoked int }
	own.call(t, "POST /api/v1/issuers/"+own.school.ID+"/keys/reissue", map[string]any{"key": stolen}).want(t, http.StatusOK).into(t, &again)
	if again.Done < 2 || again.Revoked != 1 {
		t.Errorf("%+v", again)
	}
	if r := own.everywhere(t, own.signed(t, kept)); r.Verdict != "valid" {
		t.Errorf("issued again: %+v", r.Checks)
	}
	if code, r := own.examine(t); code != 0 {
		t.Errorf("the log: %+v", r)
	}
}

// late asks award, readiness, metrics and console whether a list is overdue.
func (w *world) late(t *testing.T, when string, want bool) {
	t.Helper()
	for path, sign := range map[string]string{"/readyz": "status lists overdue: 1, since 20", "/metrics": "laurel_status_lists_overdue 1\n"} {
		if got := string(w.ask(t, question{path: path}).want(t, http.StatusOK).body); strings.Contains(got, sign) != want {
			t.Errorf("%s, %s says %.400s", when, path, got)
		}
	}
}

// drilled holds a drill beside the running server, on keys that a signer holds, and compares everything before and after.
func (w *world) drilled(t *testing.T) {
	t.Helper()
	before := w.dump(t)
	out := w.must(t, "keys", "drill", "--issuer", w.school.ID)
	if !strings.Contains(out, "✓ the drill passed") || !strings.Contains(out, "the signer itself was not rehearsed") || strings.Contains(out, "✗") {
		t.Errorf("the drill says %s", out)
	}
	if diff := cmp.Diff(before, w.dump(t)); diff != "" {
		t.Errorf("the original was changed:\n%s", diff)
	}
}

// dump is everything in the database, by table.
func (d *deployment) dump(t *testing.T) map[string][]string {
	t.Helper()
	driver, source := "pgx", d.database
	tables := "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	if source == "" {
		driver, source = "sqlite", filepath.Join(d.data, "laurel.db")+"?_pragma=busy_timeout(10000)"
		tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	out := map[string][]string{}
	for _, name := range texts(t, db, tables) {
		out[name] = texts(t, db, "SELECT * FROM "+name)
		slices.Sort(out[name])
	}
	if len(out) < 20 || len(out["credential"]) == 0 {
		t.Fatalf("%d tables, %d credentials", len(out), len(out["credential"]))
	}
	return out
}

// texts returns each row of a query as a text.
func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		row, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			places[i] = &row[i]
		}
		if err := rows.Scan(places...); err != nil {
			t.Fatal(err)
		}
		if len(row) == 1 {
			out = append(out, fmt.Sprint(row[0]))
			continue
		}
		out = append(out, fmt.Sprint(row...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
