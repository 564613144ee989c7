package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/verifier"
)

// drillReport says what a drill did.
type drillReport struct {
	Issuer string      `json:"issuer"`
	Key    string      `json:"key"`    // the one that was stolen
	From   time.Time   `json:"from"`   // when
	Signed int         `json:"signed"` // credentials of awards by it, on the original
	Passed bool        `json:"passed"`
	Folder string      `json:"folder,omitempty"` // of the copy, when it is kept
	Steps  []drillStep `json:"steps"`
}

// drillStep is one step of a drill.
type drillStep struct {
	Step     string   `json:"step"`
	Count    int      `json:"count"`
	Seconds  float64  `json:"seconds"`
	Note     string   `json:"note,omitempty"`
	Failures int      `json:"failures"`
	Failed   []string `json:"failed,omitempty"` // the first failuresShown of them
}

// failuresShown bounds the failures of a step that are listed.
const failuresShown = 20

func (s *drillStep) fail(format string, args ...any) {
	if s.Failures++; s.Failures <= failuresShown {
		s.Failed = append(s.Failed, fmt.Sprintf(format, args...))
	}
}

func (r *drillReport) add(s drillStep, took time.Duration) {
	s.Seconds = float64(took.Milliseconds()) / 1000
	r.Steps = append(r.Steps, s)
}

func (r *drillReport) words(w io.Writer) {
	say(w, "%s\nkey   %s\ntheft %s\n\n", r.Issuer, r.Key, r.From.Format(time.RFC3339))
	for _, s := range r.Steps {
		mark := "✓"
		if s.Failures > 0 {
			mark = "✗"
		}
		say(w, "%s %-34s %7d  %8.3f s  %s\n", mark, s.Step, s.Count, s.Seconds, plain(s.Note))
		for _, f := range s.Failed {
			say(w, "    %s\n", plain(f))
		}
		if more := s.Failures - len(s.Failed); more > 0 {
			say(w, "    and %d more\n", more)
		}
	}
	if r.Folder != "" {
		say(w, "\nThe copy is in %s. It holds names, addresses and sealed keys: delete it when you have looked at it.\n", r.Folder)
	}
	if r.Passed {
		sayln(w, "\n✓ the drill passed; the original was only read")
		return
	}
	sayln(w, "\n✗ the drill failed; the original was only read")
}

// drilled is a credential that a drill looks at.
type drilled struct {
	issuer.Signature

	before   verifier.Verdict // of the original
	believed bool             // the log places it before the theft
}

// steps are what a drill does, in order.
func (d *drill) steps() []struct {
	name string
	run  func(context.Context, *drillStep) error
} {
	return []struct {
		name string
		run  func(context.Context, *drillStep) error
	}{
		{"stand-ins for keys held elsewhere", d.standIns},
		{"verify what the key signed", d.verifyBefore},
		{"publish the next keys", d.publishNext},
		{"let them sign", d.activate},
		{"award by the new key", d.awardNew},
		{"verify what the retired key signed", d.verifyRetired},
		{"withdraw the key", d.withdraw},
		{"verify what the stolen key signed", d.verifyStolen},
		{"issue again", d.reissue},
		{"verify what was issued again", d.verifyAgain},
		{"examine the issuance log", d.examine},
	}
}

// run takes the steps. One that cannot be taken ends the drill.
func (d *drill) run(ctx context.Context) {
	d.report.Passed = true
	for _, step := range d.steps() {
		s := drillStep{Step: step.name}
		began := time.Now()
		err := step.run(ctx, &s)
		if err != nil {
			s.fail("%s", sentence(err))
		}
		d.report.add(s, time.Since(began))
		if d.report.Passed = d.report.Passed && s.Failures == 0; err != nil {
			return
		}
	}
}

// sentence is an error for an operator.
func sentence(err error) string {
	if p := fault.Describe(err); p.Kind != fault.Internal {
		return p.Sentence
	}
	return err.Error()
}

// standIns replaces keys that are held elsewhere by keys in the copy, which can sign here.
func (d *drill) standIns(ctx context.Context, s *drillStep) error {
	all, err := d.a.keys.Keys(ctx, d.issuer.ID)
	if err != nil {
		return err
	}
	var algs []keys.Algorithm
	var names []string
	for _, k := range all {
		if k.Holder == "" || k.State != keyring.Active && k.State != keyring.Next {
			continue
		}
		if k.State == keyring.Next { // the copy gets another one
			if _, err := d.a.keys.Withdraw(ctx, keyring.Withdrawal{IssuerID: d.issuer.ID, Key: k.ID, Actor: actorCLI}); err != nil {
				return err
			}
			continue
		}
		s.Count, algs, names = s.Count+1, append(algs, k.Alg), append(names, string(k.Alg)+" of "+k.Holder)
	}
	if len(algs) == 0 {
		s.Note = "none is held elsewhere"
		return nil
	}
	s.Note = "sealed keys of the copy sign in place of " + strings.Join(names, ", ") + ": the signer itself was not rehearsed"
	_, err = d.a.keys.Rotate(ctx, keyring.Rotation{
		IssuerID: d.issuer.ID, DID: d.issuer.DID, Algorithms: algs, Pace: keyring.Unannounced, Place: keyring.Place{Holder: keyring.Database}, Actor: actorCLI,
	})
	return err
}

// check verifies bytes as a stranger presents them.
func (d *drill) check(ctx context.Context, c issuer.Credential) (verifier.Result, error) {
	body, err := c.Published()
	if err != nil {
		return verifier.Result{}, err
	}
	return d.a.verifier.Check(ctx, verifier.Input{File: body}, verifier.Policy{Waive: verifier.EndorsementsUnsafe}), nil
}

// worst is the code of the check that decides against a result.
func worst(r verifier.Result) string {
	for _, o := range []verifier.Outcome{verifier.Fail, verifier.Unknown} {
		for _, c := range r.Checks {
			if c.Outcome == o {
				return c.Code
			}
		}
	}
	return string(r.Verdict)
}

func (d *drill) verifyBefore(ctx context.Context, s *drillStep) error {
	s.Count = len(d.sample)
	counts := map[verifier.Verdict]int{}
	for i := range d.sample {
		r, err := d.check(ctx, d.sample[i].Credential)
		if err != nil {
			return err
		}
		d.sample[i].before = r.Verdict
		counts[r.Verdict]++
		expired := !d.sample[i].ExpiresAt.IsZero() && !d.sample[i].ExpiresAt.After(time.Now())
		if r.Verdict != verifier.Valid && d.sample[i].State == issuer.Active && !expired {
			s.fail("%s is %s before anything was done: %s", d.sample[i].ID, r.Verdict, worst(r))
		}
	}
	s.Note = fmt.Sprintf("of %d; %d valid, %d not (revoked, suspended or expired)", d.report.Signed, counts[verifier.Valid], counts[verifier.Invalid])
	return nil
}

// publishNext publishes the next keys, but for those that are published already.
func (d *drill) publishNext(ctx context.Context, s *drillStep) error {
	all, err := d.a.keys.Keys(ctx, d.issuer.ID)
	if err != nil {
		return err
	}
	var algs []keys.Algorithm
	for _, k := range all {
		if k.State == keyring.Active && !slices.ContainsFunc(all, func(o keyring.Key) bool { return o.Alg == k.Alg && o.State == keyring.Next }) {
			algs = append(algs, k.Alg)
		}
	}
	if len(algs) == 0 {
		s.Note = "they are published already"
		return nil
	}
	made, err := d.a.keys.Rotate(ctx, keyring.Rotation{IssuerID: d.issuer.ID, DID: d.issuer.DID, Algorithms: algs, Actor: actorCLI})
	s.Count, s.Note = len(made), "their notice is "+d.a.cfg.KeyNotice.String()+", which the copy does not wait for"
	return err
}

func (d *drill) activate(ctx context.Context, s *drillStep) error {
	made, err := d.a.keys.Rotate(ctx, keyring.Rotation{IssuerID: d.issuer.ID, DID: d.issuer.DID, Pace: keyring.Unannounced, Actor: actorCLI})
	s.Count = len(made)
	return err
}

func (d *drill) awardNew(ctx context.Context, s *drillStep) error {
	all, err := d.a.catalog.Achievements(ctx, d.issuer.ID)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		s.Note = "the issuer has no achievement"
		return nil
	}
	got, err := d.a.awards.Award(ctx, issuer.Request{
		IssuerRef: d.issuer.ID, AchievementRef: all[0].ID, Recipient: issuer.Recipient{Name: "Drill"}, Actor: actorCLI,
	})
	if err != nil {
		return err
	}
	s.Count = 1
	c := got.Award.Credentials[0]
	r, err := d.check(ctx, c)
	if err == nil && (r.Verdict != verifier.Valid || c.KeyID == d.key.ID) {
		s.fail("%s by %s is %s: %s", c.ID, c.KeyID, r.Verdict, worst(r))
	}
	return err
}

// verifyRetired holds that a rotation changes no verdict.
func (d *drill) verifyRetired(ctx context.Context, s *drillStep) error {
	s.Count = len(d.sample)
	for _, x := range d.sample {
		r, err := d.check(ctx, x.Credential)
		if err != nil {
			return err
		}
		if r.Verdict != x.before {
			s.fail("%s was %s and is %s after the rotation: %s", x.ID, x.before, r.Verdict, worst(r))
		}
	}
	return nil
}

func (d *drill) withdraw(ctx context.Context, s *drillStep) error {
	k, err := d.a.keys.Withdraw(ctx, keyring.Withdrawal{IssuerID: d.issuer.ID, Key: d.key.ID, From: d.from, Actor: actorCLI})
	s.Count, s.Note = 1, "from "+k.CompromisedAt.Format(time.RFC3339)+" on"
	return err
}

// verifyStolen holds that what the log places before the theft is believed as before, and nothing else.
func (d *drill) verifyStolen(ctx context.Context, s *drillStep) error {
	s.Count = len(d.sample)
	believed := 0
	for i := range d.sample {
		x := &d.sample[i]
		message, err := issuance.Message(x.Form, x.Cryptosuite, x.Signed)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(message)
		e, err := d.a.store.Recorded(ctx, sum[:])
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		x.believed = err == nil && e.At.Before(d.from)
		r, err := d.check(ctx, x.Credential)
		if err != nil {
			return err
		}
		switch {
		case x.believed && r.Verdict != x.before:
			s.fail("%s was signed before the theft and is %s: %s", x.ID, r.Verdict, worst(r))
		case !x.believed && (r.Verdict != verifier.Invalid || r.Check(verifier.CheckBinding).Code != "key.compromised"):
			s.fail("%s was not signed before the theft and is %s: %s", x.ID, r.Verdict, worst(r))
		case x.believed:
			believed++
		}
	}
	s.Note = fmt.Sprintf("%d believed, %d refused", believed, len(d.sample)-believed)
	return nil
}

// reissue issues again what is not believed, as many as --most says.
func (d *drill) reissue(ctx context.Context, s *drillStep) error {
	r := issuer.Reissue{IssuerID: d.issuer.ID, KeyID: d.key.ID, From: d.from, Most: 100, Actor: actorCLI}
	plan, err := d.a.planReissue(ctx, r)
	if err != nil {
		return err
	}
	began := time.Now()
	for {
		done, err := d.a.awards.Reissue(ctx, r)
		s.Count += done.Done
		if err != nil {
			return err
		}
		if r.Cursor = done.Next; done.Next == "" || d.o.most > 0 && s.Count >= d.o.most {
			break
		}
	}
	s.Note = fmt.Sprintf("of %d; left alone: %d believed, %d revoked, %d suspended, %d expired",
		plan.Done, plan.Believed, plan.Revoked, plan.Suspended, plan.Expired)
	if left := plan.Done - s.Count; left > 0 && s.Count > 0 {
		s.Note += fmt.Sprintf("; the other %d take about %s", left, (time.Since(began) * time.Duration(left) / time.Duration(s.Count)).Round(time.Second))
	}
	if n := len(plan.Statements); n > 0 {
		s.Note += fmt.Sprintf("; %d records, endorsements or written credentials have to be made anew", n)
	}
	return nil
}

// verifyAgain holds that what was issued again is what it was, and that the copy of before is not believed.
func (d *drill) verifyAgain(ctx context.Context, s *drillStep) error {
	for _, x := range d.sample {
		if x.believed || x.State != issuer.Active {
			continue
		}
		a, err := d.a.awards.ByCredential(ctx, x.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(a.Credentials, func(c issuer.Credential) bool { return c.ID == x.ID })
		if i < 0 || a.Credentials[i].KeyID == x.KeyID {
			continue // expired, or more than --most
		}
		s.Count++
		fresh, err := d.check(ctx, a.Credentials[i])
		if err != nil {
			return err
		}
		old, err := d.check(ctx, x.Credential)
		if err != nil {
			return err
		}
		if fresh.Verdict != verifier.Valid {
			s.fail("%s is %s when issued again: %s", x.ID, fresh.Verdict, worst(fresh))
		}
		if old.Verdict != verifier.Invalid {
			s.fail("%s as the stolen key signed it is %s", x.ID, old.Verdict)
		}
		if a.Credentials[i].StatusIndex == x.StatusIndex && a.Credentials[i].StatusList == x.StatusList {
			s.fail("%s kept its status index", x.ID)
		}
	}
	return nil
}

func (d *drill) examine(ctx context.Context, s *drillStep) error {
	r, err := d.a.signlog.Verify(ctx, d.a.stored)
	s.Count, s.Note = int(r.Entries), fmt.Sprintf("entries; %d credentials and %d statements stand in it", r.Credentials, r.Statements)
	for _, f := range r.Faults {
		s.fail("%s", f)
	}
	return err
}
