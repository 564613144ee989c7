package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/verifier"
)

// stolen is a deployment whose key for alg was withdrawn, with what it signed: before the moment, and after it.
func stolen(t *testing.T, alg keys.Algorithm) (a *app, r issuer.Reissue, before, after []issuer.Credential) {
	t.Helper()
	a, first := awarded(t)
	wallet, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := wallet.Public()
	all := func(award string) (made []issuer.Credential) {
		for _, as := range issuer.Choices() {
			for _, as.Holder = range []issuer.Holder{{}, {Key: &key}} {
				c, err := a.awards.IssueAs(t.Context(), award, as, "test")
				if err != nil {
					t.Fatalf("%s: %v", as, err)
				}
				if c.Alg == alg {
					made = append(made, c)
				}
			}
		}
		return made
	}
	before = all(first.ID)
	moment := time.Now().UTC().Truncate(time.Second).Add(time.Second)
	<-time.After(time.Until(moment))
	after = all(awardTo(t, a).ID)
	current, err := a.keys.Current(t.Context(), first.IssuerID, alg)
	if err != nil {
		t.Fatal(err)
	}
	k, err := a.keys.Withdraw(t.Context(), keyring.Withdrawal{IssuerID: first.IssuerID, Key: current.ID, From: moment, Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return a, issuer.Reissue{IssuerID: k.IssuerID, KeyID: k.ID, From: k.CompromisedAt, Actor: "test"}, before, after
}

// What nobody believes any more of a withdrawn key is issued again in every form and for the same holders, under the same ids;
// what was signed before the theft stays; what the key signed is revoked where it was replaced.
func TestWhatAWithdrawnKeySignedIsIssuedAgain(t *testing.T) {
	for _, alg := range []keys.Algorithm{keys.ES256, keys.EdDSA} { // embedded proofs name the latter's key in another way
		t.Run(string(alg), func(t *testing.T) {
			a, r, before, after := stolen(t, alg)
			plan, err := a.awards.PlanReissue(t.Context(), r)
			if want := (issuer.Reissued{Done: len(after), Believed: len(before)}); err != nil || plan != want || len(after) < 6 {
				t.Fatalf("%+v, want %+v; %v", plan, want, err)
			}
			if n := events(t, a, "credential.reissued"); n != 0 {
				t.Fatalf("a plan made %d events", n)
			}
			r.Most = 5
			calls := 0
			for left := len(after) + len(before); ; calls++ {
				d, err := a.awards.Reissue(t.Context(), r)
				if err != nil {
					t.Fatal(err)
				}
				left -= d.Done + d.Believed
				if r.Cursor = d.Next; d.Next == "" {
					if left != 0 {
						t.Errorf("%d were not looked at", left)
					}
					break
				}
			}
			if calls < 2 || events(t, a, "credential.reissued") != len(after) {
				t.Errorf("%d calls, %d events for %d", calls, events(t, a, "credential.reissued"), len(after))
			}
			a = process(t, a.cfg.Data) // one that has seen no list yet
			verdicts(t, a, before, verifier.Pass, "status.clear")
			fresh := find(t, a, after[0].AwardID).Credentials
			verdicts(t, a, fresh, verifier.Pass, "status.clear")
			byID := map[string]issuer.Credential{}
			for _, c := range fresh {
				byID[c.ID] = c
			}
			for _, old := range after {
				c := byID[old.ID]
				if c.StatusIndex == old.StatusIndex || c.KeyID == old.KeyID || c.Form != old.Form || c.Holder != old.Holder || c.Alg != old.Alg {
					t.Errorf("%+v is not %+v again", c, old)
				}
				body, err := old.Published()
				if err != nil {
					t.Fatal(err)
				}
				x := a.verifier.Check(t.Context(), verifier.Input{File: body}, verifier.Policy{Waive: verifier.EndorsementsUnsafe})
				if x.Verdict != verifier.Invalid || x.Check(verifier.CheckBinding).Code != "key.compromised" {
					t.Errorf("%s by the withdrawn key: %s, %+v", old.Secured(), x.Verdict, x.Check(verifier.CheckBinding))
				}
			}
			r.Cursor = ""
			if d, err := a.awards.Reissue(t.Context(), r); err != nil || d.Done != 0 {
				t.Errorf("again: %+v, %v", d, err)
			}
			if rep := examined(t, a); len(rep.Faults) != 0 || rep.Unstored != int64(len(after)) {
				t.Errorf("the log: %+v", rep)
			}
			r.Scope, r.Most = issuer.All, 0
			if d, err := a.awards.Reissue(t.Context(), r); err != nil || d.Done != len(before) {
				t.Errorf("all: %+v, %v", d, err)
			}
		})
	}
}

// What cannot be issued again by itself is said, and left as it is.
func TestWhatIsNotIssuedAgain(t *testing.T) {
	a, first := awarded(t)
	revoked, suspended := awardTo(t, a), awardTo(t, a)
	apply(t, a, revoked.ID, issuer.Step{Action: issuer.Revoke, Reason: "a mistake"})
	apply(t, a, suspended.ID, issuer.Step{Action: issuer.Suspend, Reason: "looked into"})
	x, _, err := a.awards.Record(t.Context(), issuer.RecordRequest{Awards: []string{first.ID}})
	if err != nil {
		t.Fatal(err)
	}
	k, err := a.keys.Current(t.Context(), first.IssuerID, keys.ES256)
	if err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(t.Context(), terminal{out: &out, err: &out}, append(append([]string{"keys"}, args...), "--data", a.cfg.Data))
		return code, out.String()
	}
	if code, out := command("reissue", k.ID, "--dry-run"); code != exitBad || !strings.Contains(out, "withdraw it first") {
		t.Errorf("of a key that is not withdrawn: %d %s", code, out)
	}
	if code, out := command("reissue", "did:web:a.example#none"); code != exitBad || !strings.Contains(out, "no key") {
		t.Errorf("of no key: %d %s", code, out)
	}
	if code, out := command("withdraw", k.ID, "--from", "2020-01-01T00:00:00Z"); code != exitBad || !strings.Contains(out, "it cannot have been stolen") {
		t.Errorf("from before it was made: %d %s", code, out)
	}
	from := k.CreatedAt.Format(time.RFC3339)
	if code, out := command("withdraw", k.ID, "--from", from, "--dry-run"); code != 0 || !strings.Contains(out, "1 credentials would hold no more") ||
		!strings.Contains(out, "1 are suspended, 1 revoked, 0 expired") || !strings.Contains(out, "1 records") || !strings.Contains(out, x.ID) {
		t.Errorf("a plan: %d %s", code, out)
	}
	later := time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339) // within the minute for clocks
	if code, out := command("withdraw", k.ID, "--from", later, "--dry-run", "--json"); code != 0 || !strings.Contains(out, `"done": 0`) || !strings.Contains(out, `"believed": 2`) {
		t.Errorf("a plan from now on: %d %s", code, out)
	}
	if code, out := command("reissue", k.ID, "--dry-run"); code != exitBad || !strings.Contains(out, "withdraw it first") {
		t.Errorf("a plan has withdrawn the key: %d %s", code, out)
	}
	if code, out := command("withdraw", k.ID, "--from", from); code != 0 || !strings.Contains(out, "laurel keys reissue") {
		t.Fatal(out)
	}
	if code, out := command("reissue", k.ID, "--dry-run"); code != 0 || !strings.Contains(out, "1 credentials would be issued again") ||
		!strings.Contains(out, "0 believed, 1 revoked, 1 suspended, 0 expired") || !strings.Contains(out, x.ID) {
		t.Errorf("%d %s", code, out)
	}
	if code, out := command("reissue", k.ID, "--json"); code != 0 || !strings.Contains(out, `"done": 1`) || !strings.Contains(out, `"suspended": 1`) {
		t.Errorf("%d %s", code, out)
	}
	apply(t, a, suspended.ID, issuer.Step{Action: issuer.Reinstate})
	apply(t, a, first.ID, issuer.Step{Action: issuer.Revoke, Reason: "a mistake"})
	if code, out := command("reissue", k.ID, "--all"); code != 0 || !strings.Contains(out, "0 credentials were issued again") {
		t.Errorf("what came back by the new key is left: %d %s", code, out)
	}
	if _, err := a.awards.Reissue(t.Context(), issuer.Reissue{IssuerID: "x", KeyID: k.ID, Scope: "some"}); fault.Describe(err).Code != "reissue.scope" {
		t.Errorf("%v", err)
	}
	if _, err := a.awards.Reissue(t.Context(), issuer.Reissue{IssuerID: "x", KeyID: k.ID, Most: issuer.BulkMost + 1}); fault.Describe(err).Code != "bulk.limit" {
		t.Errorf("%v", err)
	}
	if _, err := a.awards.IssueAs(t.Context(), suspended.ID, issuer.As{Form: proof.VCJWT}, "test"); err != nil {
		t.Error(err)
	}
}
