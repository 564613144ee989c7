package main

import (
	"bytes"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/test/pgtest"
	"github.com/openlaurel/laurel/verifier"
)

// An old backup is restored: nothing is issued, and nothing of what was revoked since is published as valid, until an operator
// puts back what is missing. Then no index is given twice, and what was revoked stays revoked.
func TestAnOldBackupLosesNoRevocation(t *testing.T) {
	a, award := awarded(t)
	data := a.cfg.Data
	stop(t, a)
	db := filepath.Join(data, "laurel.db")
	backup, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	a = process(t, data)
	used := map[int]bool{award.Credentials[0].StatusIndex: true}
	lost := make([]issuer.Award, 5)
	for i := range lost {
		lost[i] = awardTo(t, a)
		used[lost[i].Credentials[0].StatusIndex] = true
	}
	for _, id := range []string{award.ID, lost[2].ID} {
		apply(t, a, id, issuer.Step{Action: issuer.Revoke, Reason: "a mistake", Actor: "test"})
	}
	stop(t, a)
	if err := os.WriteFile(db, backup, 0o600); err != nil {
		t.Fatal(err)
	}

	a = process(t, data)
	if _, err := a.awards.Award(t.Context(), request()); fault.Describe(err).Code != "status.behind" || !strings.Contains(fault.Describe(err).Hint, "laurel status") {
		t.Errorf("awarded from an old database: %v", err)
	}
	if _, err := a.lists.Publish(t.Context(), award.Credentials[0].StatusList, statuslist.Token); fault.Describe(err).Code != "status.behind" {
		t.Errorf("published from an old database: %v", err)
	}
	stop(t, a)
	var out bytes.Buffer
	if code := run(t.Context(), terminal{out: &out, err: &out}, []string{"status", "--data", data}); code != exitBad || !strings.Contains(out.String(), "2 changes") {
		t.Errorf("laurel status: %d\n%s", code, &out)
	}
	if code := run(t.Context(), terminal{out: &out, err: &out}, []string{"status", "recover", "--data", data}); code != 0 {
		t.Fatalf("laurel status recover: %d\n%s", code, &out)
	}
	if code := run(t.Context(), terminal{out: &out, err: &out}, []string{"status", "--data", data}); code != 0 {
		t.Errorf("laurel status, after that: %d\n%s", code, &out)
	}

	a = process(t, data)
	for range 20 {
		if i := awardTo(t, a).Credentials[0].StatusIndex; used[i] {
			t.Errorf("index %d is given again", i)
		} else {
			used[i] = true
		}
	}
	for i, x := range append(lost, award) {
		want := "status.clear"
		if i == 2 || i == 5 {
			want = "status.revoked"
		}
		r := a.verifier.Check(t.Context(), verifier.Input{File: x.Credentials[0].Signed}, verifier.Policy{})
		if got := r.Check(verifier.CheckStatus).Code; got != want {
			t.Errorf("award %d: %s, want %s", i, got, want)
		}
	}
}

// The ledger stands in the data folder for PostgreSQL too.
func TestAnOldBackupOfPostgreSQL(t *testing.T) {
	data, where := t.TempDir(), pgtest.Start(t)
	at := func() *app {
		a, err := open(t.Context(), config.Config{Data: data, Database: where, Listen: "127.0.0.1:8080"}, slog.New(slog.DiscardHandler), working)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := at()
	iss, err := a.catalog.AddIssuer(t.Context(), catalog.NewIssuer{Name: "Example School", Slug: "school", Email: "badges@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.keys.Create(t.Context(), iss.ID, iss.DID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Slug: "first-aid", Name: "First aid", Description: "Can give first aid.", Criteria: "Passed the test.", Type: "Course", Language: "en",
	}, "test"); err != nil {
		t.Fatal(err)
	}
	first := awardTo(t, a)
	stop(t, a)
	backup := copyDatabase(t, where)
	old := where
	where = pgtest.Start(t) // an empty database in the place of the one that was used
	a = at()
	defer stop(t, a)
	if err := a.ledger.Behind(""); fault.Describe(err).Code != "status.behind" {
		t.Errorf("with an empty database: %v", err)
	}
	where = old
	b := at()
	defer stop(t, b)
	if err := b.ledger.Behind(first.Credentials[0].StatusList); err != nil {
		t.Errorf("with its own database: %v", err)
	}
	lost := awardTo(t, b)
	for _, id := range []string{first.ID, lost.ID} {
		apply(t, b, id, issuer.Step{Action: issuer.Revoke, Reason: "a mistake", Actor: "test"})
	}
	where = backup // the database as it was before that
	c := at()
	if _, err := c.awards.Award(t.Context(), request()); fault.Describe(err).Code != "status.behind" {
		t.Errorf("awarded from an old database: %v", err)
	}
	stop(t, c)
	var out bytes.Buffer
	if code := run(t.Context(), terminal{out: &out, err: &out}, []string{"status", "recover", "--data", data, "--database", where}); code != 0 {
		t.Fatalf("laurel status recover: %d\n%s", code, &out)
	}
	d := at()
	defer stop(t, d)
	if i := awardTo(t, d).Credentials[0].StatusIndex; i == first.Credentials[0].StatusIndex || i == lost.Credentials[0].StatusIndex {
		t.Errorf("index %d is given again", i)
	}
	for _, x := range []issuer.Award{first, lost} {
		r := d.verifier.Check(t.Context(), verifier.Input{File: x.Credentials[0].Signed}, verifier.Policy{})
		if got := r.Check(verifier.CheckStatus).Code; got != "status.revoked" {
			t.Errorf("what was revoked after the backup: %s", got)
		}
	}
}

// copyDatabase copies a PostgreSQL database that nobody is using, and returns the address of the copy.
func copyDatabase(t *testing.T, from string) string {
	t.Helper()
	u, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	admin, to := *u, *u
	admin.Path, to.Path = "/template1", "/backup_"+name
	db, err := sql.Open("pgx", admin.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `CREATE DATABASE "backup_`+name+`" TEMPLATE "`+name+`"`); err != nil {
		t.Fatal(err)
	}
	return to.String()
}

func request() issuer.Request {
	return issuer.Request{AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ben"}, Actor: "test"}
}

func awardTo(t *testing.T, a *app) issuer.Award {
	t.Helper()
	got, err := a.awards.Award(t.Context(), request())
	if err != nil {
		t.Fatal(err)
	}
	return got.Award
}

func stop(t *testing.T, a *app) {
	t.Helper()
	if err := a.close(); err != nil {
		t.Error(err)
	}
}

// A whole data folder is restored from a backup, its ledger too: nothing inside can tell what was issued since, so nothing is issued or
// published until an operator decides. Then new lists begin, and no index is given twice.
func TestAnOldBackupOfTheWholeFolder(t *testing.T) {
	for name, row := range map[string]struct {
		without string // a file that the backup has not
		since   bool   // it can be said since when
	}{"everything": {"", true}, "without the ledger": {ledgerName, false}} {
		t.Run(name, func(t *testing.T) {
			a, award := awarded(t)
			data := a.cfg.Data
			stop(t, a)
			backup := filepath.Join(t.TempDir(), "backup")
			if err := os.CopyFS(backup, os.DirFS(data)); err != nil {
				t.Fatal(err)
			}
			a = process(t, data)
			used := map[statuslist.Entry]bool{entryOf(award): true}
			for range 5 {
				used[entryOf(awardTo(t, a))] = true
			}
			stop(t, a)
			aged(t, filepath.Join(backup, ledgerName))
			if err := errors.Join(os.RemoveAll(data), os.CopyFS(data, os.DirFS(backup))); err != nil {
				t.Fatal(err)
			}
			if row.without != "" {
				if err := os.Remove(filepath.Join(data, row.without)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(filepath.Join(data, "kek"), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // also after a restart
				a = process(t, data)
				if _, err := a.awards.Award(t.Context(), request()); fault.Describe(err).Code != "status.copied" {
					t.Errorf("awarded from an old folder: %v", err)
				}
				if _, err := a.lists.Publish(t.Context(), award.Credentials[0].StatusList, statuslist.Token); fault.Describe(err).Code != "status.copied" {
					t.Errorf("published from an old folder: %v", err)
				}
				stop(t, a)
			}
			says := func(code int, args ...string) string {
				t.Helper()
				var out bytes.Buffer
				if got := run(t.Context(), terminal{out: &out, err: &out}, append(args, "--data", data)); got != code {
					t.Errorf("laurel %v: %d\n%s", args, got, &out)
				}
				return out.String()
			}
			if out := says(exitBad, "status"); !strings.Contains(out, "copied here or restored") || strings.Contains(out, "is not known here") != row.since {
				t.Errorf("laurel status: %s", out)
			}
			says(0, "status", "recover")
			says(0, "status")
			a = process(t, data)
			defer stop(t, a)
			for range 20 {
				if e := entryOf(awardTo(t, a)); used[e] || e.ListID == award.Credentials[0].StatusList {
					t.Errorf("%+v is given again, or stands in a list of before", e)
				}
			}
			if r := a.verifier.Check(t.Context(), verifier.Input{File: award.Credentials[0].Signed}, verifier.Policy{}); r.Verdict != verifier.Valid {
				t.Errorf("what was awarded before the backup: %+v", r.Checks)
			}
		})
	}
}

func entryOf(a issuer.Award) statuslist.Entry {
	return statuslist.Entry{ListID: a.Credentials[0].StatusList, Index: a.Credentials[0].StatusIndex}
}

// aged makes the last record of a ledger an hour old, as that of a backup is.
func aged(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndex(data, []byte(`{"at":"`)) + len(`{"at":"`)
	text := data[last : last+bytes.IndexByte(data[last:], '"')]
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		t.Fatal(err)
	}
	then := at.Add(-time.Hour)
	data = append(append(bytes.Clone(data[:last]), then.Format(time.RFC3339Nano)...), data[last+len(text):]...)
	if err := errors.Join(os.WriteFile(path, data, 0o600), os.Chtimes(path, then, then)); err != nil {
		t.Fatal(err)
	}
}
