package service_test

import (
	"database/sql"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // changes the past of a log

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// examined is what "laurel log verify" found.
type examined struct {
	Entries, Credentials, Statements, Unstored int
	Faults                                     []string
}

// examine runs "laurel log verify" and returns its exit code and report.
func (d *deployment) examine(t *testing.T, args ...string) (int, examined) {
	t.Helper()
	o := d.command(t, nil, append(append([]string{"log", "verify", "--json"}, args...), d.place()...)...)
	var r examined
	answer{body: []byte(o.out)}.into(t, &r)
	return o.code, r
}

// behind opens the database behind the program's back.
func (d *deployment) behind(t *testing.T) *sql.DB {
	t.Helper()
	driver, source := "pgx", d.database
	if source == "" {
		driver, source = "sqlite", filepath.Join(d.data, "laurel.db")+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// change runs a statement on the database behind the program's back.
func (d *deployment) change(t *testing.T, statement string, args ...any) {
	t.Helper()
	r, err := d.behind(t).ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows, %v", statement, n, err)
	}
}

// recordedBeforeTheft is row T05, as far as an independent record counts.
func recordedBeforeTheft(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	before := own.signed(t, own.award(t, nil))
	theft := time.Now().UTC().Truncate(time.Second).Add(2 * time.Second)
	eventually(t, "the moment of the theft", func() bool { return !time.Now().Before(theft) })
	after := own.signed(t, own.award(t, nil))
	own.must(t, "keys", "withdraw", signer(t, before), "--from", theft.Format(time.RFC3339))
	eventually(t, "the running server notices", func() bool {
		return own.verify(t, map[string]string{"credential": string(after)}).check("binding").Code == "key.compromised"
	})
	if r := own.everywhere(t, before); r.Verdict != "valid" || len(r.Warnings) == 0 || r.Warnings[0].Code != "key.withdrawn" {
		t.Errorf("signed before: %+v %+v", r.Checks, r.Warnings)
	}
	if r := own.everywhere(t, after); r.Verdict != "invalid" {
		t.Errorf("signed after: %+v", r.Checks)
	}
	own.change(t, "DELETE FROM issuance_log WHERE purpose = 'credential'") // without the record, nothing speaks for it
	if r := own.everywhere(t, before); r.Verdict != "invalid" || r.check("binding").Code != "key.compromised" {
		t.Errorf("without a record: %+v", r.Checks)
	}
}

// steal takes a private key as a thief does who has the database and the file with the key-encryption key.
func (d *deployment) steal(t *testing.T, id string) keys.Private {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(d.data, "kek"))
	if err != nil {
		t.Fatal(err)
	}
	kek, err := keys.ParseKEK(file)
	if err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	if err := d.behind(t).QueryRowContext(t.Context(), "SELECT sealed FROM signing_key WHERE id = $1", id).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	k, err := keys.Open(kek, id, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// signedOutside: a thief signs with a key of the issuer and no program of ours. The log does not know it, whatever date it bears, and says
// so when it is put among what is stored; once the key is withdrawn, it is what does not stay valid.
func signedOutside(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	genuine := own.signed(t, own.award(t, nil))
	kid := signer(t, genuine)
	theft := time.Now().UTC().Truncate(time.Second).Add(time.Second)
	eventually(t, "the moment of the theft", func() bool { return !time.Now().Before(theft) })
	forger, err := jose.NewSigner(proof.OBJWT, own.steal(t, kid))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(genuine), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(payload), `"Can help until help comes."`, `"Can operate on hearts."`, 1)
	forged, err := forger.Sign([]byte(other))
	if err != nil || other == string(payload) {
		t.Fatal(other, err)
	}
	if r := own.everywhere(t, forged); r.Verdict != "valid" {
		t.Fatalf("nobody can tell it yet, and still it is %+v", r.Checks)
	}
	if code, r := own.examine(t); code != 0 || len(r.Faults) != 0 {
		t.Errorf("what is stored nowhere: %d %+v", code, r)
	}
	own.change(t, "UPDATE credential SET signed = $1", forged)
	if code, r := own.examine(t); code != 1 || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "signed outside of the log") || r.Unstored != 1 {
		t.Errorf("among what is stored: %d %+v", code, r)
	}
	own.must(t, "keys", "withdraw", kid, "--from", theft.Format(time.RFC3339))
	eventually(t, "the running server notices", func() bool {
		return own.verify(t, map[string]string{"credential": string(forged)}).check("binding").Code == "key.compromised"
	})
	if r := own.everywhere(t, forged); r.Verdict != "invalid" {
		t.Errorf("signed outside, dated before the theft: %+v", r.Checks)
	}
	if r := own.everywhere(t, genuine); r.Verdict != "valid" {
		t.Errorf("what the log knows: %+v", r.Checks)
	}
}

func issuanceLog(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	for _, form := range []string{"vc-jwt", "data-integrity", "jwt-vc-1.1", "vc-cose", "sd-jwt"} {
		a := own.award(t, nil)
		own.call(t, "POST /api/v1/awards/"+a.ID+"/credentials", map[string]any{"form": form}).want(t, http.StatusCreated)
	}
	selective := own.award(t, nil)
	own.call(t, "POST /api/v1/awards/"+selective.ID+"/credentials", map[string]any{"form": "data-integrity", "cryptosuite": "ecdsa-sd-2023"}).want(t, http.StatusCreated)
	own.call(t, "POST /api/v1/records", map[string]any{"issuer": own.school.ID, "awards": []string{selective.ID}}).want(t, http.StatusCreated)
	own.call(t, "POST /api/v1/endorsements", map[string]any{"issuer": own.school.ID, "achievement": own.school.Achievement, "comment": "It is good."}).want(t, http.StatusCreated)
	checkpoint := own.ask(t, question{path: "/.well-known/laurel-log.jwt"}).want(t, http.StatusOK).body
	kept := filepath.Join(own.dir, "checkpoint.jwt")
	if err := os.WriteFile(kept, checkpoint, 0o600); err != nil {
		t.Fatal(err)
	}
	own.award(t, nil)
	code, r := own.examine(t, "--checkpoint", kept)
	if code != 0 || r.Credentials != 13 || r.Statements != 2 || r.Entries < 15 || r.Unstored != 0 || len(r.Faults) != 0 {
		t.Fatalf("exit code %d, %+v", code, r)
	}
	forged := filepath.Join(own.dir, "forged.jwt")
	if err := os.WriteFile(forged, append(checkpoint[:len(checkpoint)-4], "AAAA"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := own.command(t, nil, append([]string{"log", "verify", "--checkpoint", forged}, own.place()...)...); o.code != 1 || !strings.Contains(o.errors, "no checkpoint") {
		t.Errorf("a forged checkpoint: %d %s", o.code, o.errors)
	}
	own.change(t, "UPDATE issuance_log SET at = at + 1 WHERE seq = 2")
	if code, r := own.examine(t); code != 1 || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "entry 2 was changed") {
		t.Errorf("a changed entry: exit code %d, %+v", code, r)
	}
	own.change(t, "UPDATE issuance_log SET at = at - 1 WHERE seq = 2")
	swap := func(a, b int) {
		own.change(t, "UPDATE issuance_log SET seq = -1 WHERE seq = $1", a)
		own.change(t, "UPDATE issuance_log SET seq = $1 WHERE seq = $2", a, b)
		own.change(t, "UPDATE issuance_log SET seq = $1 WHERE seq = -1", b)
	}
	swap(2, 3)
	if code, r := own.examine(t, "--checkpoint", kept); code != 1 || !strings.Contains(strings.Join(r.Faults, "\n"), "entry 2 was changed") {
		t.Errorf("two entries in another order: exit code %d, %+v", code, r)
	}
	swap(2, 3)
	own.change(t, "UPDATE issuance_log SET purpose = 'receipt' WHERE seq = (SELECT MIN(seq) FROM issuance_log WHERE purpose = 'credential')")
	if code, r := own.examine(t); code != 1 || !strings.Contains(strings.Join(r.Faults, "\n"), "as something else (receipt)") {
		t.Errorf("a credential that was recorded as a receipt: exit code %d, %+v", code, r)
	}
	own.change(t, "UPDATE issuance_log SET purpose = 'credential' WHERE purpose = 'receipt'")
	if code, r := own.examine(t, "--checkpoint", kept); code != 0 {
		t.Errorf("as it was: exit code %d, %+v", code, r)
	}
	own.change(t, "DELETE FROM issuance_log WHERE seq = (SELECT MAX(seq) FROM issuance_log WHERE purpose = 'credential')")
	if code, r := own.examine(t); code != 1 || !strings.Contains(strings.Join(r.Faults, "\n"), "signed outside of the log") {
		t.Errorf("a credential without its entry: exit code %d, %+v", code, r)
	}
}

// crashAfterRecord is row R06.
func crashAfterRecord(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	own.award(t, nil)
	_, before := own.examine(t)
	// What a crash after the record and before the credential is stored leaves behind: the record.
	lost := own.award(t, nil)
	own.running.kill()
	own.change(t, "DELETE FROM offer WHERE seq = (SELECT MAX(seq) FROM offer)")
	own.change(t, "DELETE FROM credential WHERE seq = (SELECT MAX(seq) FROM credential)")
	own.change(t, "DELETE FROM award WHERE seq = (SELECT MAX(seq) FROM award)")
	own.start(t)
	code, r := own.examine(t)
	if code != 0 || r.Unstored != before.Unstored+1 || len(r.Faults) != 0 {
		t.Errorf("exit code %d, %+v", code, r)
	}
	var again award
	own.call(t, "POST /api/v1/awards", own.request(map[string]any{"external_id": lost.ExternalID})).want(t, http.StatusCreated).into(t, &again)
	if v := own.everywhere(t, own.signed(t, again)); v.Verdict != "valid" {
		t.Errorf("the same award again: %+v", v.Checks)
	}
}

func stoppedIssuing(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	a := own.award(t, nil)
	night := map[string]any{"issuer": own.night.ID, "achievement": own.night.Achievement}
	own.must(t, "issuing", "stop", "--issuer", "open-school", "--reason", "A key may be stolen.")
	before := own.count(t)
	p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t)
	if p.Code != "issuing.stopped" || !strings.Contains(p.Detail, "A key may be stolen.") || p.Hint == "" || own.count(t) != before {
		t.Errorf("%+v, %d awards of %d", p, own.count(t), before)
	}
	own.call(t, "POST /api/v1/awards/"+a.ID+"/credentials", map[string]any{"form": "vc-jwt"}).want(t, http.StatusServiceUnavailable)
	own.call(t, "POST /api/v1/awards", own.request(night)).want(t, http.StatusCreated)
	own.revoke(t, a)
	if !own.bit(t, a) {
		t.Error("a revocation is not published while issuing is stopped")
	}
	own.call(t, "POST /api/v1/issuing/stop", map[string]any{"reason": "everybody"}).want(t, http.StatusOK)
	own.call(t, "POST /api/v1/awards", own.request(night)).want(t, http.StatusServiceUnavailable)
	own.call(t, "POST /api/v1/issuing/stop", map[string]any{"reason": " "}).want(t, http.StatusBadRequest)
	own.call(t, "POST /api/v1/issuing/resume", map[string]any{}).want(t, http.StatusOK)
	own.must(t, "issuing", "resume", "--issuer", "open-school")
	if out := own.must(t, "issuing", "status"); !strings.Contains(out, "goes on") {
		t.Errorf("%s", out)
	}
	own.award(t, nil)
	own.call(t, "POST /api/v1/awards", own.request(night)).want(t, http.StatusCreated)
	if _, r := own.examine(t); len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
}
