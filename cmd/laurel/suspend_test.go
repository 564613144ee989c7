package main

import (
	"context"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/verifier"
)

// A suspended award does not hold in any form, and holds again when it is reinstated: under the same ids, signed anew where
// the list could only say revoked.
func TestSuspendedAndReinstated(t *testing.T) {
	a, award := awarded(t)
	for _, form := range []proof.Form{proof.VCJWT, proof.JWTVC11, proof.DataIntegrity} {
		if _, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: form}, "test"); err != nil {
			t.Fatal(err)
		}
	}
	wallet, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := wallet.Public()
	if _, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.VCSDJWT, Holder: issuer.Holder{Key: &key}}, "test"); err != nil {
		t.Fatal(err)
	}
	before := find(t, a, award.ID)
	verdicts(t, a, before.Credentials, verifier.Pass, "status.clear")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "under investigation", Code: "investigation", Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), before.Credentials, verifier.Fail, "status.revoked")
	if _, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.VCJWT, Holder: issuer.Holder{ID: "did:example:late"}}, "test"); fault.Describe(err).Code != "award.suspended" {
		t.Errorf("a suspended award is bound to a wallet: %v", err)
	}
	again := apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "another reason", Actor: "test"})
	if again.Suspension == nil || again.Suspension.Reason != "under investigation" || again.State() != issuer.Suspended {
		t.Errorf("%+v", again.Suspension)
	}
	after := apply(t, a, award.ID, issuer.Step{Action: issuer.Reinstate, Actor: "test"})
	other := process(t, a.cfg.Data)
	verdicts(t, other, after.Credentials, verifier.Pass, "status.clear")
	verdicts(t, other, before.Credentials, verifier.Fail, "status.revoked") // what was signed before stays revoked
	for i, c := range after.Credentials {
		old := before.Credentials[i]
		if c.ID != old.ID || c.StatusIndex == old.StatusIndex || c.Form != old.Form || c.Holder != old.Holder || after.Suspension != nil {
			t.Errorf("%+v is not %+v again", c, old)
		}
	}
	if _, err := a.awards.Apply(t.Context(), award.ID, issuer.Step{Action: issuer.Reinstate, Actor: "test"}); fault.Describe(err).Code != "award.not_suspended" {
		t.Errorf("reinstated twice: %v", err)
	}
	if n := events(t, a, "award.suspended"); n != 1 {
		t.Errorf("%d events of one suspension", n)
	}
	apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "again", Actor: "test"})
	apply(t, a, award.ID, issuer.Step{Action: issuer.Revoke, Reason: "proven", Code: "fraud", Actor: "test"})
	for _, action := range []issuer.Action{issuer.Suspend, issuer.Reinstate} {
		if _, err := a.awards.Apply(t.Context(), award.ID, issuer.Step{Action: action, Reason: "r", Actor: "test"}); fault.Describe(err).Code != "award.revoked" {
			t.Errorf("%s of a revoked award: %v", action, err)
		}
	}
	verdicts(t, process(t, a.cfg.Data), after.Credentials, verifier.Fail, "status.revoked")
}

// With an entry for suspensions, what was signed before holds again.
func TestSuspendedByItsOwnEntry(t *testing.T) {
	first, _ := awarded(t)
	a, err := open(t.Context(), config.Config{Data: first.cfg.Data, Listen: "127.0.0.1:8080", StatusEntry: statuslist.Suspension},
		slog.New(slog.DiscardHandler), working)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	got, err := a.awards.Award(t.Context(), issuer.Request{AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "Ben"}, Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	award := got.Award
	verdicts(t, a, award.Credentials, verifier.Pass, "status.clear")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "under investigation", Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), award.Credentials, verifier.Fail, "status.suspended")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Reinstate, Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), award.Credentials, verifier.Pass, "status.clear")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Revoke, Reason: "proven", Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), award.Credentials, verifier.Fail, "status.suspended")
}

// A token status list can say suspended, and takes it back: what a wallet holds holds again.
func TestSuspendedInATokenStatusList(t *testing.T) {
	a, award := awarded(t)
	c, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.SDJWT}, "test")
	if err != nil {
		t.Fatal(err)
	}
	held := []issuer.Credential{c}
	verdicts(t, a, held, verifier.Pass, "status.clear")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Suspend, Reason: "under investigation", Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), held, verifier.Fail, "status.suspended")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Reinstate, Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), held, verifier.Pass, "status.clear")
	apply(t, a, award.ID, issuer.Step{Action: issuer.Revoke, Reason: "proven", Actor: "test"})
	verdicts(t, process(t, a.cfg.Data), held, verifier.Fail, "status.revoked")
	lists, err := a.lists.Aggregation(t.Context(), award.IssuerID)
	if err != nil || len(lists) != 1 || !strings.HasSuffix(lists[0], "/status/"+c.StatusList+"/token") {
		t.Errorf("the aggregation names %v, %v", lists, err)
	}
	if _, err := a.lists.Publish(t.Context(), c.StatusList, statuslist.Token); !fault.Is(err, fault.NotFound) {
		t.Errorf("a token list as a credential: %v", err)
	}
}

// inCBOR is the deployment's own lists, as a reader gets them who asks for the type of CBOR Web Tokens.
type inCBOR struct {
	verifier.Fetcher
	app   *app
	asked int
}

func (c *inCBOR) Get(ctx context.Context, link, accept string) (*fetch.Response, error) {
	id, token := strings.CutSuffix(strings.TrimPrefix(link, c.app.base+"/status/"), "/token")
	if !token {
		return c.Fetcher.Get(ctx, link, accept)
	}
	c.asked++
	p, err := c.app.lists.Publish(ctx, id, statuslist.CWT)
	return &fetch.Response{URL: link, Status: 200, ContentType: "application/statuslist+cwt", Body: p.Body}, err
}

// What is published of a token status list as a CBOR Web Token is what the verifier reads of it.
func TestATokenStatusListInCBOR(t *testing.T) {
	for step, want := range map[issuer.Action]string{"": "status.clear", issuer.Suspend: "status.suspended", issuer.Revoke: "status.revoked"} {
		a, award := awarded(t)
		c, err := a.awards.IssueAs(t.Context(), award.ID, issuer.As{Form: proof.SDJWT}, "test")
		if err != nil {
			t.Fatal(err)
		}
		if step != "" {
			apply(t, a, award.ID, issuer.Step{Action: step, Reason: "looked into"})
		}
		web := &inCBOR{Fetcher: own{bases: a.bases, awards: a.awards, lists: a.lists}, app: a}
		v := verifier.New(verifier.Config{Keys: a.resolver, Fetch: web, Trust: trusted{own: a.isOwn, book: a.book}})
		if r := v.Check(t.Context(), verifier.Input{File: c.Signed}, verifier.Policy{}); r.Check(verifier.CheckStatus).Code != want || web.asked != 1 {
			t.Errorf("%q: %+v, asked %d times", step, r.Check(verifier.CheckStatus), web.asked)
		}
	}
}

// The issuer signs how its list was at a moment, and the verifier asks for it (threat S21).
func TestWasItValidThen(t *testing.T) {
	first, award := awarded(t)
	var passed time.Duration
	clock := func() time.Time { return time.Now().Add(passed) }
	a, other := processAt(t, first.cfg.Data, clock), processAt(t, first.cfg.Data, clock)
	passed = 2 * time.Second // dates have whole seconds
	then := clock().UTC().Truncate(time.Second)
	passed = 4 * time.Second
	apply(t, a, award.ID, issuer.Step{Action: issuer.Revoke, Reason: "a mistake", Actor: "test"})
	input := verifier.Input{File: award.Credentials[0].Signed}
	for name, v := range map[string]*verifier.Verifier{"the server": a.verifier, "another process": other.verifier} {
		if r := v.Check(t.Context(), input, verifier.Policy{}); r.Check(verifier.CheckStatus).Code != "status.revoked" {
			t.Errorf("%s, today: %+v", name, r.Check(verifier.CheckStatus))
		}
		if r := v.Check(t.Context(), input, verifier.Policy{At: then}); r.Verdict != verifier.Valid || r.Check(verifier.CheckStatus).Code != "status.clear" {
			t.Errorf("%s, then: %s %+v", name, r.Verdict, r.Check(verifier.CheckStatus))
		}
	}
	list := award.Credentials[0].StatusList
	past, err := a.lists.PublishAt(t.Context(), list, statuslist.Token, then)
	if err != nil {
		t.Fatal(err)
	}
	inside, err := base64.RawURLEncoding.DecodeString(strings.Split(string(past.Body), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	c, err := credential.Parse(inside)
	if err != nil || c.From.After(then) || !c.Until.After(then) || c.Until.After(clock()) {
		t.Errorf("signed for %s until %s, asked for %s, %v", c.From, c.Until, then, err)
	}
	for name, at := range map[string]time.Time{"the future": clock().Add(time.Hour), "before there was a list": then.AddDate(-1, 0, 0)} {
		if _, err := a.lists.PublishAt(t.Context(), list, statuslist.Token, at); fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func apply(t *testing.T, a *app, id string, step issuer.Step) issuer.Award {
	t.Helper()
	got, err := a.awards.Apply(t.Context(), id, step)
	if err != nil {
		t.Fatalf("%s: %v", step.Action, err)
	}
	return got
}

func find(t *testing.T, a *app, id string) issuer.Award {
	t.Helper()
	got, err := a.awards.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func events(t *testing.T, a *app, action string) int {
	t.Helper()
	all, err := a.awards.Events(context.WithoutCancel(t.Context()), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range all {
		if e.Action == action {
			n++
		}
	}
	return n
}
